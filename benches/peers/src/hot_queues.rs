//! Peers for one hot queue only: there are no keys, and an element is a `Vec<u8>` that goes through.

use std::sync::mpsc::{self, Receiver, Sender};

use concurrent_queue::ConcurrentQueue;
use crossbeam_queue::SegQueue;
use parking_lot::Mutex;

use crate::Queues;

/// `crossbeam_queue::SegQueue<Vec<u8>>`
#[derive(Default)]
pub struct Seg {
    queue: SegQueue<Vec<u8>>,
}

impl Queues for Seg {
    type Popped = Vec<u8>;

    fn rpush(&self, _key: &[u8], element: &[u8]) {
        self.queue.push(element.to_vec());
    }

    fn lpop(&self, _key: &[u8]) -> Option<Vec<u8>> {
        self.queue.pop()
    }
}

/// `concurrent_queue::ConcurrentQueue<Vec<u8>>`, unbounded.
pub struct Concurrent {
    queue: ConcurrentQueue<Vec<u8>>,
}

impl Default for Concurrent {
    fn default() -> Self {
        Self { queue: ConcurrentQueue::unbounded() }
    }
}

impl Queues for Concurrent {
    type Popped = Vec<u8>;

    fn rpush(&self, _key: &[u8], element: &[u8]) {
        self.queue.push(element.to_vec()).expect("nobody closes it");
    }

    fn lpop(&self, _key: &[u8]) -> Option<Vec<u8>> {
        self.queue.pop().ok()
    }
}

/// `std::sync::mpsc`, whose one receiver is shared under a lock so that any thread can pop.
pub struct Mpsc {
    sender: Sender<Vec<u8>>,
    receiver: Mutex<Receiver<Vec<u8>>>,
}

impl Default for Mpsc {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self { sender, receiver: Mutex::new(receiver) }
    }
}

impl Queues for Mpsc {
    type Popped = Vec<u8>;

    fn rpush(&self, _key: &[u8], element: &[u8]) {
        self.sender.send(element.to_vec()).expect("the receiver lives as long");
    }

    fn lpop(&self, _key: &[u8]) -> Option<Vec<u8>> {
        self.receiver.lock().try_recv().ok()
    }
}
