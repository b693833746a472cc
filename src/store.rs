//! The façade: documentation, one lock, one call.
//!
//! `builder` makes a store. `lists` has the methods of Redis's list group, `keyspace` those of its generic group,
//! `expiry` those that say when a key expires, `transactions` several of them as one, `blocking` those that wait, `bounded`
//! pushes within a bound, `snapshot` copies of a store, `closing` the end of one, and `figures` what it tells of itself. None holds any logic of a command.

use std::fmt;
use std::sync::Arc;

pub use self::builder::{BuildError, Builder};
use crate::keyspace::{Key, KeyVec, Keyspace, Shard, Single};

/// Redis lists in this process: byte-string keys, each with a deque of byte strings.
///
/// A clone is another handle on the same lists, and costs as much as cloning an [`Arc`]. Every method takes `&self`
/// and may be called from any number of threads. Each is one Redis command, and atomic: no other thread sees it half
/// done, also where it touches several keys. (`export` and `import` are walks over many commands.)
///
/// A method that writes returns a `Result`, one that only reads returns its reply: the crate's documentation says
/// [why](crate#replies), also of writes that nothing refuses. Nothing here blocks but for the short time that another
/// command holds a lock, except what is under *Waiting*, the bounded pushes that wait, and, in a store with a log, what waits for
/// the [disk](crate#blocking).
///
/// ```
/// use redeque::Store;
///
/// let store = Store::new();
/// // A queue: in on the left, out on the right.
/// store.lpush("TEST", "A")?;
/// store.lpush("TEST", "B")?;
/// assert_eq!(store.rpop("TEST")?.as_deref(), Some(&b"A"[..]));
/// assert_eq!(store.llen("TEST"), 1);
/// assert_eq!(store.lpop("EMPTY")?, None);
/// # Ok::<(), redeque::Error>(())
/// ```
///
/// # Panics
///
/// The closure of [`transaction`](Self::transaction) must use the [`Transaction`](crate::Transaction) that it is given.
/// If it calls a method of the same store instead, that call panics: the alternative is that the thread waits for a
/// lock that it holds itself. Nothing else panics, on any input.
#[derive(Clone)]
pub struct Store {
    keyspace: Arc<Keyspace>,
}

// In the order in which the documentation shows their methods.
mod builder;

mod lists;

mod keyspace;

mod expiry;

mod transactions;

mod blocking;

mod bounded;

mod snapshot;

mod closing;

mod figures;

impl Default for Store {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("shards", &self.keyspace.count()).finish_non_exhaustive()
    }
}

/// A log is brought to disk by who drops the last handle.
#[cfg(feature = "durable")]
impl Drop for Store {
    fn drop(&mut self) {
        self.keyspace.be_the_last();
    }
}

impl Store {
    pub(crate) fn keyspace(&self) -> &Arc<Keyspace> {
        &self.keyspace
    }

    /// Reads one key.
    #[inline]
    pub(crate) fn read<R>(&self, key: &[u8], look: impl FnOnce(&Shard, Key<'_>) -> R) -> R {
        self.keyspace.alone().read(self.keyspace.key(key), look)
    }

    /// The keys of a command that takes several. They are drawn from the caller's iterator here, before any lock.
    fn keys_of<'k, K: AsRef<[u8]>>(&self, keys: &'k [K]) -> KeyVec<'k> {
        keys.iter().map(|key| self.keyspace.key(key.as_ref())).collect()
    }
}
