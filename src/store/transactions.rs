//! Several commands as one.

use super::Store;
use crate::keyspace::Key;
use crate::{Error, Keys, Transaction};

/// # Transactions
impl Store {
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
    /// or one of your own. A key that was not declared is [`Error::UndeclaredKey`]. A push can be refused behind a pop, as the
    /// store is [closed](Self::close): then what was popped is in no list, unless the closure puts it elsewhere. So push first, or
    /// use [`lmove`](Transaction::lmove). Over a [bound on memory](crate::Builder::max_memory) the first command that needs some is
    /// refused, but none behind one that has written. Where a log
    /// (feature `durable`) fails, the transaction itself returns that [`Error`] in the same way.
    ///
    /// Where the closure uses `?` and its caller takes errors of several types, the compiler cannot infer which it is:
    /// with `?` in a function that returns a `Box<dyn std::error::Error>` or an error of your own, and with `unwrap`. It
    /// says "type annotations needed" and proposes `Ok::<_, E>(…)`. Write for its `E` what takes all errors of the
    /// closure: [`Error`], if there are no others. It needs no help if the closure is a single command, or if the function
    /// returns what the transaction does.
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
        Transaction::run(self.keyspace.alone(), declared, closure)
    }
}
