//! How a store is made.

use std::fmt;
use std::num::NonZero;
use std::sync::{Arc, LazyLock};

use super::Store;
use crate::keyspace::Keyspace;

/// # Making a store
impl Store {
    /// An empty store.
    ///
    /// ```
    /// assert_eq!(redeque::Store::new().dbsize(), 0);
    /// ```
    pub fn new() -> Self {
        Self { keyspace: Arc::new(Keyspace::new(Builder::default_shards())) }
    }

    /// An empty store with settings of your own.
    ///
    /// ```
    /// let store = redeque::Store::builder().shards(16).build()?;
    /// # Ok::<(), redeque::BuildError>(())
    /// ```
    pub fn builder() -> Builder {
        Builder { shards: Builder::default_shards() }
    }
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
