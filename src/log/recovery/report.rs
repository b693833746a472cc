//! What a user is told of a recovery.

use std::time::Duration;

use super::{Cut, Recovered};

/// What was found in the directory of a store when it was [opened](crate::Store::open).
///
/// ```
/// # let directory = std::env::temp_dir().join(format!("redeque-recovery-{}", std::process::id()));
/// # std::fs::remove_dir_all(&directory).ok();
/// use redeque::Store;
///
/// let store = Store::open(&directory)?;
/// store.rpush("jobs", "first")?;
/// store.shutdown()?;
///
/// let store = Store::open(&directory)?;
/// let recovery = store.recovery().expect("it has a log");
/// assert_eq!((recovery.keys(), recovery.commands()), (1, 1));
/// assert!(recovery.cut().is_none());
/// # store.shutdown()?;
/// # std::fs::remove_dir_all(&directory)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    keys: usize,
    commands: u64,
    bytes: u64,
    cut: Option<Cut>,
    elapsed: Duration,
    over_bound: Option<usize>,
}

impl Recovery {
    pub(crate) fn new(recovered: &Recovered, keys: usize, elapsed: Duration) -> Self {
        let (commands, bytes) = (recovered.commands(), recovered.bytes());
        Self { keys, commands, bytes, cut: recovered.cut.clone(), elapsed, over_bound: None }
    }

    /// How many keys there were.
    pub fn keys(&self) -> usize {
        self.keys
    }

    /// How many commands were carried out.
    pub fn commands(&self) -> u64 {
        self.commands
    }

    /// How many bytes were loaded, of all files.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What was cut off because a crash had torn it, if anything was.
    pub fn cut(&self) -> Option<&Cut> {
        self.cut.as_ref()
    }

    /// The same of a store that takes this many bytes more than it may.
    pub(crate) fn over_bound(self, bytes: Option<usize>) -> Self {
        Self { over_bound: bytes, ..self }
    }

    /// By how many bytes the store took more than its [bound](crate::Builder::max_memory) when it was opened, if it did. Until
    /// that much has been removed, what needs memory is refused with [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    ///
    /// ```
    /// # let directory = std::env::temp_dir().join(format!("redeque-bound-{}", std::process::id()));
    /// # std::fs::remove_dir_all(&directory).ok();
    /// use redeque::{Error, LogOptions, Store};
    ///
    /// let store = Store::open(&directory)?;
    /// store.rpush("jobs", vec![b'x'; 2_000_000])?;
    /// store.shutdown()?;
    ///
    /// let bounded = Store::builder().max_memory(1_000_000).log(&directory, LogOptions::new());
    /// let store = bounded.open()?;
    /// assert!(store.recovery().is_some_and(|recovery| recovery.bytes_over_bound() > Some(1_000_000)));
    /// assert_eq!(store.rpush("jobs", "x"), Err(Error::OutOfMemory));
    /// # store.shutdown()?;
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bytes_over_bound(&self) -> Option<usize> {
        self.over_bound
    }

    /// How long it took.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}
