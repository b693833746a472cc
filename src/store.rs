//! The façade: documentation, one lock, one call.
//!
//! The commands are in three files: `lists` has those of Redis's list group, `blocking` those of them that wait, and
//! `keyspace` those of its generic group. None holds any logic of a command.

mod blocking;
mod keyspace;
mod lists;

use std::fmt;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::keyspace::{Key, Keyspace, Shard, Single};
use crate::{Error, Keys, Transaction};

/// Redis lists in this process: byte-string keys, each with a deque of byte strings.
///
/// A clone is another handle on the same lists, and costs as much as cloning an [`Arc`]. Every method takes `&self`
/// and may be called from any number of threads. Each is one Redis command, and atomic: no other thread sees it half
/// done, also where it touches several keys. (`export` and `import` are walks over many commands.)
///
/// A method that writes returns a `Result`, one that only reads returns its reply: the crate's documentation says
/// [why](crate#replies), also of writes that cannot fail today. Nothing here blocks but for the short time that another
/// command holds a lock, except what is under *Waiting*.
///
/// ```
/// use redeque::Store;
///
/// let store = Store::new();
/// store.lpush("TEST", "A")?;
/// store.lpush("TEST", "B")?;
/// assert_eq!(store.rpop("TEST")?.as_deref(), Some(&b"A"[..])); // a queue: in on the left, out on the right
/// assert_eq!(store.llen("TEST"), 1);
/// assert_eq!(store.lpop("EMPTY")?, None);
/// # Ok::<(), redeque::Error>(())
/// ```
///
/// # Panics
///
/// The closure of [`transaction`](Self::transaction) must use the [`Transaction`] that it is given. If it calls a
/// method of the same store instead, that call panics: the alternative is that the thread waits for a lock that it
/// holds itself. Nothing else panics, on any input.
#[derive(Clone)]
pub struct Store {
    keyspace: Arc<Keyspace>,
}

/// How a [`Store`] is to be made; see [`Store::builder`].
#[derive(Debug, Clone)]
pub struct Builder {
    shards: usize,
}

/// Why a [`Builder`] refused.
///
/// ```
/// use redeque::{BuildError, Store};
///
/// let refused = Store::builder().shards(0).build().unwrap_err();
/// assert_eq!(refused, BuildError::ZeroShards);
/// assert_eq!(refused.to_string(), "a store needs at least one shard");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// A store needs at least one shard.
    ZeroShards,
    /// More shards than [`Builder::MAX_SHARDS`].
    TooManyShards,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ZeroShards => f.write_str("a store needs at least one shard"),
            Self::TooManyShards => {
                write!(f, "a store has at most {} shards", Builder::MAX_SHARDS)
            }
        }
    }
}

impl std::error::Error for BuildError {}

impl Builder {
    /// The most shards a store can have. More would not make it faster: a command on all keys locks every one.
    pub const MAX_SHARDS: usize = 65_536;

    const DEFAULT_SHARDS: usize = 64;

    /// In how many parts, each with a lock of its own, the keys are kept. The default is 64, which serves a machine
    /// of a few dozen cores; 1 makes every command wait for every other.
    ///
    /// ```
    /// let store = redeque::Store::builder().shards(8).build()?;
    /// # Ok::<(), redeque::BuildError>(())
    /// ```
    #[must_use]
    pub fn shards(self, shards: usize) -> Self {
        Self { shards }
    }

    /// The store.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the number of shards is 0 or more than [`MAX_SHARDS`](Self::MAX_SHARDS).
    ///
    /// ```
    /// assert!(redeque::Store::builder().shards(100).build().is_ok());
    /// assert!(redeque::Store::builder().shards(0).build().is_err());
    /// ```
    pub fn build(self) -> Result<Store, BuildError> {
        match self.shards {
            0 => Err(BuildError::ZeroShards),
            count if count > Self::MAX_SHARDS => Err(BuildError::TooManyShards),
            count => Ok(Store { keyspace: Arc::new(Keyspace::new(count)) }),
        }
    }
}

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

impl Store {
    /// An empty store.
    ///
    /// ```
    /// assert_eq!(redeque::Store::new().dbsize(), 0);
    /// ```
    pub fn new() -> Self {
        Self { keyspace: Arc::new(Keyspace::new(Builder::DEFAULT_SHARDS)) }
    }

    /// An empty store with settings of your own.
    ///
    /// ```
    /// let store = redeque::Store::builder().shards(16).build()?;
    /// # Ok::<(), redeque::BuildError>(())
    /// ```
    pub fn builder() -> Builder {
        Builder { shards: Builder::DEFAULT_SHARDS }
    }

    /// Runs several commands on the declared keys as one: no other thread sees the keys in between.
    ///
    /// Returns what the closure returns. Commands take effect as they are called, and nothing is rolled back: not
    /// when the closure returns an error, nor when it panics (which goes on to the caller and leaves the store
    /// usable). This is what a script does on a Redis server, and
    /// [`MULTI`](https://redis.io/commands/multi/)/[`EXEC`](https://redis.io/commands/exec/) if no reply is needed
    /// in between.
    ///
    /// The keys' shards stay locked while the closure runs, so let it be short.
    ///
    /// Complexity: O(k log k) for k keys, besides the commands themselves.
    ///
    /// # Errors
    ///
    /// The closure's own. Their type is any that is [`From`] an [`Error`]: that itself, `Box<dyn std::error::Error>`,
    /// or one of your own. A key that was not declared is [`Error::UndeclaredKey`]. The transaction itself cannot fail
    /// today; a later version in which it can returns that [`Error`] in the same way.
    ///
    /// Where both the closure and its caller use `?`, the compiler cannot infer that type: end the closure with
    /// `Ok::<_, Error>(…)`. It needs no help if the closure is a single command, or if the function returns what the
    /// transaction does.
    ///
    /// # Panics
    ///
    /// What the closure panics with goes on to the caller; and so does the panic of a waker, if the transaction serves
    /// somebody whose waker panics: then all of it is done and everybody else is woken, but what the closure returned is
    /// lost.
    ///
    /// A call to this same store from inside the closure panics instead of deadlocking. Other stores may be called;
    /// where two threads nest the transactions of two stores, let both do it in the same order.
    ///
    /// ```
    /// use redeque::{Error, Store};
    ///
    /// let store = Store::new();
    /// store.rpush_all("accounts:a", ["coin", "coin"])?;
    /// let moved = store.transaction(["accounts:a", "accounts:b"], |tx| {
    ///     if tx.llen("accounts:a")? < 2 {
    ///         return Ok(false);
    ///     }
    ///     for coin in tx.lpop_count("accounts:a", 2)?.unwrap_or_default() {
    ///         tx.rpush("accounts:b", coin)?;
    ///     }
    ///     Ok::<_, Error>(true)
    /// })?;
    /// assert!(moved);
    /// assert_eq!(store.llen("accounts:b"), 2);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    ///
    /// A closure whose errors are of several types:
    ///
    /// ```
    /// use redeque::Store;
    ///
    /// /// Adds up what is in `amounts`, and keeps the sum in its place.
    /// fn add_up(store: &Store) -> Result<u64, Box<dyn std::error::Error>> {
    ///     store.transaction(["amounts"], |tx| {
    ///         let mut sum = 0;
    ///         for amount in tx.lrange("amounts", 0, -1)? {
    ///             sum += String::from_utf8(amount)?.parse::<u64>()?;
    ///         }
    ///         tx.del("amounts")?;
    ///         tx.rpush("amounts", sum)?;
    ///         Ok(sum)
    ///     })
    /// }
    ///
    /// let store = Store::new();
    /// store.rpush_all("amounts", ["20", "22"])?;
    /// assert_eq!(add_up(&store)?, 42);
    /// store.rpush("amounts", "many")?;
    /// assert_eq!(add_up(&store).unwrap_err().to_string(), "invalid digit found in string");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn transaction<T, E: From<Error>>(
        &self,
        keys: impl Keys,
        closure: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let keys: Vec<_> = keys.into_iter().collect();
        let declared: Vec<Key<'_>> =
            keys.iter().map(|key| self.keyspace.key(key.as_ref())).collect();
        Transaction::run(self.keyspace.batch(declared.iter().copied()), declared, closure)
    }

    pub(crate) fn keyspace(&self) -> &Arc<Keyspace> {
        &self.keyspace
    }

    /// Reads one key.
    #[inline]
    pub(crate) fn read<R>(&self, key: &[u8], look: impl FnOnce(&Shard, Key<'_>) -> R) -> R {
        self.keyspace.alone().read(self.keyspace.key(key), look)
    }

    /// The keys of a command that takes several. They are drawn from the caller's iterator here, before any lock.
    fn keys_of<'k, K: AsRef<[u8]>>(&self, keys: &'k [K]) -> SmallVec<[Key<'k>; 8]> {
        keys.iter().map(|key| self.keyspace.key(key.as_ref())).collect()
    }
}
