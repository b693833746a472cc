//! How a store is made.

use std::fmt;
use std::sync::Arc;

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
