//! The end of a store's use.

use std::sync::Arc;

use super::Store;

/// # Closing
///
/// A program that shuts down has threads and tasks that wait. Redis ends their waits as it goes down; here
/// [`close`](Self::close) does.
impl Store {
    /// Closes the store: all who wait are woken with [`Error::Closed`](crate::Error::Closed), and its lists take no new
    /// elements.
    ///
    /// From then on these are refused with that error: LPUSH, RPUSH, LPUSHX, RPUSHX, LINSERT, COPY, SORT with STORE, bounded
    /// pushes and imports. All else goes on, so that the queues can be drained: pops, moves, removals and reads. A command that
    /// would wait takes what there is, or is refused at once; in a transaction, where nothing waits, it replies that there is
    /// nothing. What a dropped future had got goes back to its list.
    ///
    /// It cannot be undone, and closing again changes nothing. A thread that waits holds a handle of its own, so dropping the
    /// other handles wakes nobody: call this instead. Once it has returned, none of the commands above succeeds any more.
    /// Called inside the closure of a [transaction](Self::transaction) of this store, it takes effect when that is over.
    ///
    /// By text the error is `CLOSED the store is closed`. By the traits of the `redis` crate (feature `redis`) it is that of a
    /// connection that is gone: `RedisError::is_connection_dropped` is true.
    ///
    /// Complexity: O(s + w) for s shards, all of them locked, and w who wait.
    ///
    /// ```
    /// use redeque::{Error, Store};
    ///
    /// let store = Store::new();
    /// store.rpush("jobs", "last")?;
    /// let worker = std::thread::spawn({
    ///     let store = store.clone();
    ///     move || {
    ///         let mut done = 0;
    ///         while let Ok(Some(_)) = store.blpop(["jobs"], None) {
    ///             done += 1;
    ///         }
    ///         done
    ///     }
    /// });
    /// store.close();
    /// assert_eq!(store.rpush("jobs", "too late"), Err(Error::Closed));
    /// assert_eq!(worker.join().unwrap(), 1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn close(&self) {
        let keyspace = Arc::clone(&self.keyspace);
        self.keyspace.outside(move || keyspace.close());
    }

    /// Whether the store is closed.
    ///
    /// Complexity: O(1), without a lock.
    ///
    /// ```
    /// let store = redeque::Store::new();
    /// assert!(!store.is_closed());
    /// store.clone().close();
    /// assert!(store.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.keyspace.is_closed()
    }
}
