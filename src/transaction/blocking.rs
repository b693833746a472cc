//! The commands that wait outside a transaction: inside one they take what there is.

use super::Transaction;
use crate::keyspace::Request;
use crate::{Direction, Error, Keys};

/// # Waiting
///
/// Nothing waits inside a transaction: nobody else could make the key exist meanwhile. Where the store's command would
/// begin to wait, the reply here is `None`, at once.
impl Transaction<'_> {
    /// As [`Store::blpop`](crate::Store::blpop), on declared keys and without waiting.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let reply = store.transaction(["k"], |tx| tx.blpop(["k"]));
    /// assert_eq!(reply, Ok(None));
    /// ```
    pub fn blpop(&mut self, keys: impl Keys) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
        self.pop_first("blpop", keys, Direction::Left)
    }

    /// As [`Store::brpop`](crate::Store::brpop), on declared keys and without waiting.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b"])?;
    /// let reply = store.transaction(["k"], |tx| tx.brpop(["k"]));
    /// assert_eq!(reply, Ok(Some((b"k".to_vec(), b"b".to_vec()))));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn brpop(&mut self, keys: impl Keys) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
        self.pop_first("brpop", keys, Direction::Right)
    }

    /// As [`Store::blmove`](crate::Store::blmove), on declared keys and without waiting, which makes it an
    /// [`lmove`](Self::lmove).
    ///
    /// ```
    /// use redeque::Direction::{Left, Right};
    /// # let store = redeque::Store::new();
    /// let reply = store.transaction(["k", "l"], |tx| tx.blmove("k", "l", Left, Right));
    /// assert_eq!(reply, Ok(None));
    /// ```
    pub fn blmove(
        &mut self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
        from: Direction,
        to: Direction,
    ) -> Result<Option<Vec<u8>>, Error> {
        self.lmove(source, destination, from, to)
    }

    /// As [`Store::brpoplpush`](crate::Store::brpoplpush), on declared keys and without waiting, which makes it an
    /// [`rpoplpush`](Self::rpoplpush).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let reply = store.transaction(["k", "l"], |tx| tx.brpoplpush("k", "l"));
    /// assert_eq!(reply, Ok(None));
    /// ```
    pub fn brpoplpush(
        &mut self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
    ) -> Result<Option<Vec<u8>>, Error> {
        self.rpoplpush(source, destination)
    }

    /// As [`Store::blmpop`](crate::Store::blmpop), on declared keys and without waiting, which makes it an
    /// [`lmpop`](Self::lmpop).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let reply = store.transaction(["k"], |tx| tx.blmpop(["k"], redeque::Direction::Left, 10));
    /// assert_eq!(reply, Ok(None));
    /// ```
    pub fn blmpop(
        &mut self,
        keys: impl Keys,
        from: Direction,
        count: usize,
    ) -> Result<Option<(Vec<u8>, Vec<Vec<u8>>)>, Error> {
        self.lmpop(keys, from, count)
    }

    fn pop_first(
        &mut self,
        command: &'static str,
        keys: impl Keys,
        from: Direction,
    ) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
        let names: Vec<_> = keys.into_iter().collect();
        let request = Request::pop(command, self.keys(&names)?, from)?;
        Ok(self.guard.take(&request).map(|taken| taken.into_popped(&request)))
    }
}
