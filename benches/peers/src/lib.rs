//! redeque and what people would use instead, behind one small trait.
//!
//! The rules that make the peers comparable:
//!
//! - elements come as slices, so that everybody copies them in, and each popped element is [read](workload::read);
//! - a popped element is owned by the caller and outlives the lock;
//! - a key goes when its list empties, as in Redis, and keys are byte strings of any length;
//! - everything is built as a user's program would be, with the default release profile.

mod dash_map;
mod hand_tuned;
mod hot_queues;
mod one_mutex;
mod redeque_store;
mod redis_server;
pub mod workload;
mod yo_stripes;

pub use dash_map::DashMapOfDeques;
pub use hand_tuned::{HandTuned, HandTunedFast};
pub use hot_queues::{Mpsc, Seg};
pub use one_mutex::OneMutex;
pub use redeque_store::Redeque;
pub use redis_server::{PIPELINE, RedisLists, RedisServer};
pub use yo_stripes::YoStripes;

/// A queue by key: in on the right, out on the left.
pub trait Queues: Sync {
    /// An element on its way out, owned by the caller.
    type Popped: AsRef<[u8]>;

    fn rpush(&self, key: &[u8], element: &[u8]);

    fn lpop(&self, key: &[u8]) -> Option<Self::Popped>;
}

/// Lists by key: the commands that are measured, as in Redis, with positions from the head only.
pub trait Lists: Queues {
    fn rpush_all(&self, key: &[u8], elements: &[&[u8]]);

    /// The elements from `start` to `stop`, which is included.
    fn lrange(&self, key: &[u8], start: usize, stop: usize) -> Vec<Vec<u8>>;

    fn lindex(&self, key: &[u8], index: usize) -> Option<Vec<u8>>;

    fn lpos(&self, key: &[u8], element: &[u8]) -> Option<usize>;

    /// LREM with a count of 0: removes all elements that equal this one, and says how many.
    fn lrem(&self, key: &[u8], element: &[u8]) -> usize;

    /// Whether the pivot was found.
    fn linsert_before(&self, key: &[u8], pivot: &[u8], element: &[u8]) -> bool;

    /// DBSIZE
    fn key_count(&self) -> usize;
}
