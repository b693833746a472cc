//! What two threads do: on a thousand keys, and on one.
//!
//! The clock runs from the first thread's start to the last one's end. An iteration is one pair of push and pop, by
//! whichever thread, so a group of two threads is directly comparable with one of one.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::workload::{Key, element, shuffled_keys};
use crate::{Buffers, Queues};

/// Elements that each queue holds in between.
const DEPTH: usize = 50;

/// A workload of threads, for queues.
pub trait Shared {
    /// The cells that are shown together.
    fn group(&self) -> &'static str;

    /// What tells this cell from the others of its group.
    fn parameters(&self) -> String;

    /// How many queues there are.
    fn queues(&self) -> usize;

    /// What is there before anything is timed.
    fn fill(&self, peer: &impl Queues);

    /// The time that this number of iterations takes.
    fn run(&self, peer: &impl Queues, times: u64) -> Duration;
}

/// Runs the job in this number of threads, which are numbered, and returns the time from the first start to the last end.
fn together(threads: usize, job: impl Fn(usize) + Sync) -> Duration {
    let (barrier, job) = (&Barrier::new(threads), &job);
    let run = |thread| {
        move || {
            barrier.wait();
            let start = Instant::now();
            job(thread);
            (start, Instant::now())
        }
    };
    let spans: Vec<(Instant, Instant)> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|number| scope.spawn(run(number))).collect();
        running.into_iter().map(|thread| thread.join().expect("no job panics")).collect()
    });
    let start = spans.iter().map(|span| span.0).min();
    let end = spans.iter().map(|span| span.1).max();
    start.zip(end).map_or(Duration::ZERO, |(start, end)| end - start)
}

/// The share of a thread, rounded up.
fn share(times: u64, threads: usize) -> u64 {
    times.div_ceil(u64::try_from(threads).unwrap_or(1))
}

/// Pairs of push and pop, each thread from another place among the keys.
pub struct SharedPairs {
    keys: Vec<Key>,
    threads: usize,
    element: Vec<u8>,
}

impl SharedPairs {
    #[must_use]
    pub fn new(keys: usize, threads: usize, size: usize) -> Self {
        Self { keys: shuffled_keys(keys), threads, element: element(0, size) }
    }
}

impl Shared for SharedPairs {
    fn group(&self) -> &'static str {
        match (self.keys.len(), self.threads) {
            (1, _) => "hot_2_threads",
            (_, 1) => "spread_1_thread",
            _ => "spread_2_threads",
        }
    }

    fn parameters(&self) -> String {
        match self.keys.len() {
            1 => format!("pairs, {} bytes", self.element.len()),
            keys => format!("{keys} keys, {} bytes", self.element.len()),
        }
    }

    fn queues(&self) -> usize {
        self.keys.len()
    }

    fn fill(&self, peer: &impl Queues) {
        for key in &self.keys {
            (0..DEPTH).for_each(|_| peer.rpush(key, &self.element));
        }
    }

    fn run(&self, peer: &impl Queues, times: u64) -> Duration {
        let keys = &self.keys;
        together(self.threads, |thread| {
            let mut buffers = Buffers::default();
            let visits = keys.iter().cycle().skip(thread * keys.len() / self.threads);
            let count = usize::try_from(share(times, self.threads)).unwrap_or(usize::MAX);
            for key in visits.take(count) {
                peer.rpush(key, &self.element);
                assert!(peer.consume(key, &mut buffers), "as many are pushed before");
            }
        })
    }
}

/// The pairs of the grid: of one thread and of two on a thousand keys, and of two on one.
pub fn all_shared_pairs() -> impl Iterator<Item = SharedPairs> {
    let sizes = |(keys, threads)| [16, 100, 1000].map(|size| SharedPairs::new(keys, threads, size));
    [(1000, 1), (1000, 2), (1, 2)].into_iter().flat_map(sizes)
}

/// One thread pushes and another pops all of that.
pub struct Pipe {
    key: Key,
    element: Vec<u8>,
}

impl Pipe {
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { key: shuffled_keys(1)[0], element: element(0, size) }
    }
}

impl Shared for Pipe {
    fn group(&self) -> &'static str {
        "hot_2_threads"
    }

    fn parameters(&self) -> String {
        format!("one pushes, one pops, {} bytes", self.element.len())
    }

    fn queues(&self) -> usize {
        1
    }

    fn fill(&self, _peer: &impl Queues) {}

    fn run(&self, peer: &impl Queues, times: u64) -> Duration {
        together(2, |thread| {
            if thread == 0 {
                (0..times).for_each(|_| peer.rpush(&self.key, &self.element));
                return;
            }
            let (mut left, mut buffers) = (times, Buffers::default());
            while left > 0 {
                if peer.consume(&self.key, &mut buffers) {
                    left -= 1;
                } else {
                    thread::yield_now();
                }
            }
        })
    }
}
