//! What a store tells of itself.

use super::Store;
use crate::Stats;
use crate::keyspace::{Access, Reach};

/// # Figures
impl Store {
    /// How many keys, elements, waiters and connections there are, how large the log is, and how many commands wrote and waits
    /// were served.
    ///
    /// All figures are those of one moment, but for the size of the log, whose files are written beside it. They can be
    /// polled: commands count under the lock that they have anyway. `CONFIG RESETSTAT` as text has those of events count
    /// from 0 again; the same figures are in [`INFO`](https://redis.io/commands/info/).
    ///
    /// Complexity: O(s + w) for s shards, all of them locked, and w who wait.
    ///
    /// ```
    /// let store = redeque::Store::new();
    /// let connection = store.connect();
    /// store.rpush_all("k", ["a", "b"])?;
    /// let stats = store.stats();
    /// assert_eq!((stats.keys, stats.elements, stats.connections), (1, 2, 1));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn stats(&self) -> Stats {
        self.keyspace.alone().look(Reach::All, |guard| guard.stats())
    }

    /// How many bytes the keys and lists take: what is asked of the allocator for elements, long keys, and all that leads to
    /// them, in use or not. Among it is what is kept of where elements stood that a dropped future gave back, until the ends of
    /// their list change: some 300 bytes for a key. It is what [`max_memory`](crate::Builder::max_memory) bounds.
    ///
    /// Not counted are what the allocator adds to each piece, what a store without a key takes (some kilobytes for its shards),
    /// and what those take who wait or watch, or hold what they were handed. A [`snapshot`](Self::snapshot) counts for itself.
    ///
    /// Complexity: O(1), without a lock. It is counted where a buffer comes or goes, and not for each element.
    ///
    /// ```
    /// let store = redeque::Store::new();
    /// assert_eq!(store.used_memory(), 0);
    /// store.rpush("k", vec![b'x'; 100_000])?;
    /// assert!((100_000..101_000).contains(&store.used_memory()));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn used_memory(&self) -> usize {
        self.keyspace.used_memory()
    }

    /// The bound on memory, if there is one: see [`Builder::max_memory`](crate::Builder::max_memory). This is redeque's own.
    ///
    /// Complexity: O(1), without a lock.
    ///
    /// ```
    /// use redeque::Store;
    ///
    /// assert_eq!(Store::new().max_memory(), None);
    /// assert_eq!(Store::builder().max_memory(1 << 20).build()?.max_memory(), Some(1 << 20));
    /// # Ok::<(), redeque::BuildError>(())
    /// ```
    pub fn max_memory(&self) -> Option<usize> {
        Some(self.keyspace.max_memory()).filter(|&bytes| bytes > 0)
    }

    /// Sets the bound on memory, in bytes, or takes it away. If more is used already, what needs memory is refused from here on
    /// until there is room; nothing is removed. As text it is `CONFIG SET maxmemory`. A bound of 0 is none.
    ///
    /// Complexity: O(1), without a lock.
    ///
    /// ```
    /// use redeque::{Error, Store};
    ///
    /// let store = Store::new();
    /// store.rpush("k", vec![b'x'; 1000])?;
    /// store.set_max_memory(Some(500));
    /// assert_eq!(store.rpush("k", "x"), Err(Error::OutOfMemory));
    /// store.set_max_memory(None);
    /// assert_eq!(store.rpush("k", "x"), Ok(2));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn set_max_memory(&self, bytes: Option<usize>) {
        self.keyspace.set_max_memory(bytes.unwrap_or(0));
    }

    /// How many bytes a key and its list take: their entry, the key if it is longer than 22 bytes, and the buffers of the list, in
    /// use or not. `None` if there is no such key.
    ///
    /// Complexity: O(b) for b buffers, in which small elements are packed, and of which each longer one has its own. Redis:
    /// [`MEMORY USAGE`](https://redis.io/commands/memory-usage/).
    ///
    /// ```
    /// let store = redeque::Store::new();
    /// store.rpush("k", "an element")?;
    /// assert!(store.memory_usage("k").is_some_and(|bytes| bytes < 100));
    /// assert_eq!(store.memory_usage("missing"), None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn memory_usage(&self, key: impl AsRef<[u8]>) -> Option<usize> {
        self.read(key.as_ref(), |shard, key| shard.memory_usage(key))
    }
}
