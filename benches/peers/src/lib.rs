//! redeque and what people would use instead, behind one small trait.
//!
//! The rules that make the peers comparable:
//!
//! - elements come as slices, so that everybody copies them in, and each popped element is [read](workload::read);
//! - a popped element is owned by the caller, or lies in the caller's buffer, and outlives the lock;
//! - a key goes when its list empties, as in Redis, and keys are byte strings of any length;
//! - everything is built as a user's program would be, with the default release profile.

pub mod cells;
mod dash_map;
mod deques;
pub mod fresh_times;
mod hand_tuned;
mod hot_queues;
mod one_mutex;
mod papaya_map;
mod peers;
mod redeque_store;
mod redis_server;
mod scc_map;
pub mod workload;
mod yo_stripes;

pub use dash_map::DashMapOfDeques;
pub use hand_tuned::{HandTuned, HandTunedFast};
pub use hot_queues::{Concurrent, Mpsc, Seg};
pub use one_mutex::OneMutex;
pub use papaya_map::PapayaOfDeques;
pub use peers::{EachLists, EachQueue, each_lists, each_queue};
pub use redeque_store::{Redeque, RedequeInto};
pub use redis_server::{PIPELINE, RedisLists, RedisServer};
pub use scc_map::SccOfDeques;
pub use yo_stripes::YoStripes;

use redeque::ElementBuf;

use self::workload::read;

/// Where a peer that can puts what it pops and reads, so that each element needs no memory of its own.
#[derive(Default)]
pub struct Buffers {
    pub element: Vec<u8>,
    pub batch: ElementBuf,
}

/// A queue by key: in on the right, out on the left.
pub trait Queues: Sync {
    /// An element on its way out, owned by the caller.
    type Popped: AsRef<[u8]>;

    fn rpush(&self, key: &[u8], element: &[u8]);

    fn lpop(&self, key: &[u8]) -> Option<Self::Popped>;

    /// Pops an element and reads it. Returns whether there was one.
    fn consume(&self, key: &[u8], _buffers: &mut Buffers) -> bool {
        self.lpop(key).inspect(|popped| read(popped.as_ref())).is_some()
    }
}

/// Lists by key: the commands that are measured, as in Redis, with positions from the head only.
pub trait Lists: Queues {
    fn rpush_all(&self, key: &[u8], elements: &[&[u8]]);

    fn lpop_count(&self, key: &[u8], count: usize) -> Vec<Self::Popped>;

    /// Pops up to `count` elements and reads them. Returns how many there were.
    fn consume_count(&self, key: &[u8], count: usize, _buffers: &mut Buffers) -> usize {
        let popped = self.lpop_count(key, count);
        for element in &popped {
            read(element.as_ref());
        }
        popped.len()
    }

    /// The elements from `start` to `stop`, which is included.
    fn lrange(&self, key: &[u8], start: usize, stop: usize) -> Vec<Vec<u8>>;

    /// The same, which are read. Returns how many they are.
    fn read_range(&self, key: &[u8], start: usize, stop: usize, _buffers: &mut Buffers) -> usize {
        let elements = self.lrange(key, start, stop);
        for element in &elements {
            read(element);
        }
        elements.len()
    }

    fn lindex(&self, key: &[u8], index: usize) -> Option<Vec<u8>>;

    fn lpos(&self, key: &[u8], element: &[u8]) -> Option<usize>;

    /// LREM with a count of 0: removes all elements that equal this one, and says how many.
    fn lrem(&self, key: &[u8], element: &[u8]) -> usize;

    /// Whether the pivot was found.
    fn linsert_before(&self, key: &[u8], pivot: &[u8], element: &[u8]) -> bool;

    /// DBSIZE
    fn key_count(&self) -> usize;
}
