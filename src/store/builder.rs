//! How a store is made.

use std::fmt;
use std::num::NonZero;
#[cfg(feature = "durable")]
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use super::Store;
use crate::Clock;
use crate::keyspace::Keyspace;
#[cfg(feature = "durable")]
use crate::log::LogOptions;

/// # Making a store
impl Store {
    /// An empty store.
    ///
    /// ```
    /// assert_eq!(redeque::Store::new().dbsize(), 0);
    /// ```
    pub fn new() -> Self {
        Self::of(Keyspace::new(Builder::default_shards(), Clock::system()))
    }

    pub(super) fn of(keyspace: Keyspace) -> Self {
        let keyspace = Arc::new(keyspace);
        keyspace.listen_to_clock();
        Self { keyspace }
    }

    /// An empty store with settings of your own.
    ///
    /// ```
    /// let store = redeque::Store::builder().shards(16).build()?;
    /// # Ok::<(), redeque::BuildError>(())
    /// ```
    pub fn builder() -> Builder {
        Builder {
            shards: Builder::default_shards(),
            clock: Clock::system(),
            max_memory: 0,
            #[cfg(feature = "durable")]
            log: None,
        }
    }
}

/// How a [`Store`] is to be made; see [`Store::builder`].
#[derive(Debug, Clone)]
pub struct Builder {
    shards: usize,
    clock: Clock,
    /// 0 is no bound.
    max_memory: usize,
    #[cfg(feature = "durable")]
    log: Option<(PathBuf, LogOptions)>,
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
    /// The store has a [log](Builder::log), so it is to be [opened](Builder::open).
    #[cfg(feature = "durable")]
    HasLog,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ZeroShards => f.write_str("a store needs at least one shard"),
            Self::TooManyShards => {
                write!(f, "a store has at most {} shards", Builder::MAX_SHARDS)
            }
            #[cfg(feature = "durable")]
            Self::HasLog => f.write_str("a store with a log is opened, not built"),
        }
    }
}

impl std::error::Error for BuildError {}

impl Builder {
    /// The most shards a store can have. More would not make it faster: a command on all keys locks every one.
    pub const MAX_SHARDS: usize = 65_536;

    /// The shards of a store whose maker says nothing.
    fn default_shards() -> usize {
        const LEAST: usize = 64;
        const FOR_EACH_THREAD: usize = 8;
        // Asking costs some 25 microseconds, and a program may make many stores.
        static SHARDS: LazyLock<usize> = LazyLock::new(|| {
            threads().saturating_mul(FOR_EACH_THREAD).clamp(LEAST, Builder::MAX_SHARDS)
        });
        *SHARDS
    }

    /// In how many parts, each with a lock of its own, the keys are kept. By default there are eight for each thread that
    /// the machine runs at once ([`available_parallelism`](std::thread::available_parallelism), asked once in a process),
    /// and at least 64; 1 makes every command wait for every other.
    ///
    /// ```
    /// let store = redeque::Store::builder().shards(8).build()?;
    /// # Ok::<(), redeque::BuildError>(())
    /// ```
    #[must_use]
    pub fn shards(self, shards: usize) -> Self {
        Self { shards, ..self }
    }

    /// By which clock keys expire: by default the system's. A [`ManualClock`](crate::ManualClock) is one that tests turn.
    ///
    /// Time never goes back in a store: if its clock is put back, keys expire as if it had stood still until it is where it was.
    /// A store that is opened again begins with what its clock shows then. On a platform without a clock
    /// (`wasm32-unknown-unknown`) it is always the beginning of 1970, unless there is one that is turned by hand.
    ///
    /// ```
    /// use std::time::Duration;
    /// use redeque::{ManualClock, Store};
    ///
    /// let clock = ManualClock::new();
    /// let store = Store::builder().clock(&clock).build()?;
    /// store.rpush("k", "x").unwrap();
    /// store.expire("k", Duration::from_secs(3600)).unwrap();
    /// clock.advance(Duration::from_secs(3601));
    /// assert_eq!(store.dbsize(), 0);
    /// # Ok::<(), redeque::BuildError>(())
    /// ```
    #[must_use]
    pub fn clock(self, clock: impl Into<Clock>) -> Self {
        Self { clock: clock.into(), ..self }
    }

    /// A bound on what keys and lists take, in bytes; by default, and if it is 0, there is none.
    ///
    /// While the store takes [more](Store::used_memory) than that, every command that may need memory is refused with
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory), before it changes anything: pushes of every kind, `lset`,
    /// `linsert_before`
    /// and `linsert_after`, moves, `copy`, those that wait included, and `SORT` as text. All that makes room goes on,
    /// and so do reads, renames, and the moves of those who have begun to wait before: what they move is there already.
    /// This is what a Redis server does with the policy `noeviction`.
    ///
    /// Before a command is refused, some of what has expired is removed. Nobody waits for memory: a push that would wait for
    /// room in
    /// a list fails at once. The closure of a [transaction](Store::transaction) is not refused any more once it has written.
    ///
    /// A command that is let in is carried out whole, so a store takes more than the bound by what the commands add that were
    /// let in before it was reached. Renames, deadlines and bounded pushes that have begun to wait before are not refused, as on a
    /// server: a longer name, a deadline and what such a push brings take memory, too. It is never passed by more than that. An
    /// element that is handed to somebody who waits is in no list. A
    /// snapshot has no bound.
    ///
    /// A store with a log (feature `durable`) that holds more than this opens all the same, and says so in its
    /// `Recovery`.
    ///
    /// ```
    /// use redeque::{Error, Store};
    ///
    /// let store = Store::builder().max_memory(100_000).build()?;
    /// store.rpush("k", vec![b'x'; 200_000])?; // there was room before it
    /// assert_eq!(store.rpush("k", "x"), Err(Error::OutOfMemory));
    /// store.lpop("k")?;
    /// assert_eq!(store.rpush("k", "x"), Ok(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn max_memory(self, bytes: usize) -> Self {
        Self { max_memory: bytes, ..self }
    }

    #[cfg(feature = "durable")]
    pub(crate) fn bound(&self) -> usize {
        self.max_memory
    }

    #[cfg(feature = "durable")]
    pub(crate) fn with_log(self, directory: PathBuf, options: LogOptions) -> Self {
        Self { log: Some((directory, options)), ..self }
    }

    #[cfg(feature = "durable")]
    pub(crate) fn take_log(&mut self) -> Option<(PathBuf, LogOptions)> {
        self.log.take()
    }

    /// The store.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the number of shards is 0 or more than [`MAX_SHARDS`](Self::MAX_SHARDS), or if the store is to have a
    /// log (feature `durable`), as that is opened.
    ///
    /// ```
    /// assert!(redeque::Store::builder().shards(100).build().is_ok());
    /// assert!(redeque::Store::builder().shards(0).build().is_err());
    /// ```
    pub fn build(self) -> Result<Store, BuildError> {
        #[cfg(feature = "durable")]
        if self.log.is_some() {
            return Err(BuildError::HasLog);
        }
        match self.shards {
            0 => Err(BuildError::ZeroShards),
            count if count > Self::MAX_SHARDS => Err(BuildError::TooManyShards),
            count => {
                let keyspace = Keyspace::new(count, self.clock);
                keyspace.set_max_memory(self.max_memory);
                Ok(Store::of(keyspace))
            }
        }
    }
}

/// How many threads the machine runs at once.
fn threads() -> usize {
    #[cfg(test)]
    tests::note_that_it_is_asked();
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Store;

    /// How often the machine was asked, by all tests of this process.
    static ASKED: AtomicUsize = AtomicUsize::new(0);

    pub(super) fn note_that_it_is_asked() {
        ASKED.fetch_add(1, Ordering::Relaxed);
    }

    #[test]
    fn the_machine_is_asked_once_however_many_stores_are_made() {
        let shards = Store::new().keyspace().count();
        assert!(shards >= 64);
        assert_eq!(Store::new().keyspace().count(), shards);
        assert_eq!(Store::builder().build().map(|store| store.keyspace().count()), Ok(shards));
        assert_eq!(ASKED.load(Ordering::Relaxed), 1);
    }
}
