//! What a store can tell of itself at little cost.

/// The figures of a store at one moment; see [`Store::stats`](crate::Store::stats).
///
/// ```
/// let store = redeque::Store::new();
/// store.rpush("k", "a")?;
/// let stats = store.stats();
/// assert_eq!((stats.keys, stats.elements, stats.commits), (1, 1, 1));
/// # Ok::<(), redeque::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// The keys, as [`dbsize`](crate::Store::dbsize) counts them: with those that have expired and were not removed since.
    pub keys: usize,
    /// Those of them that have a deadline.
    pub keys_with_deadline: usize,
    /// The keys that expired and were removed since.
    pub expired: u64,
    /// The elements of all lists, those of keys included that have expired and were not removed since.
    pub elements: usize,
    /// The commands that write, and the transactions with such a command, that were carried out: each once, and also where it
    /// found nothing to change, as a pop from a key without a list. Not counted is what was refused, a command that begins to
    /// wait (if it is served, [`waits_served`](Self::waits_served) counts that), and what the store does by itself, as to
    /// remove what has expired or to recover a log. A snapshot and a store that was opened begin at 0.
    pub commits: u64,
    /// The bytes of the log's files, as far as they are handed to the system: 0 without a log. The manifest, which names them, is
    /// not counted.
    pub log_bytes: u64,
    /// What the keys and lists take, as [`used_memory`](crate::Store::used_memory) counts it.
    pub bytes: usize,
    /// The threads and tasks that wait, as [`blocked_clients`](crate::Store::blocked_clients) counts them.
    pub waiters: usize,
    /// The waits that were served after they had begun, those included whose future was dropped before it was polled again.
    /// A command that found what it wanted at once did not wait.
    pub waits_served: u64,
    /// The waits that ended unserved by themselves: their time was over, or their future was dropped.
    pub waits_given_up: u64,
    /// The keys that somebody watches, each once.
    pub watched_keys: usize,
    /// The connections that are open.
    pub connections: usize,
    /// The connections that were ever opened.
    pub connections_received: u64,
}
