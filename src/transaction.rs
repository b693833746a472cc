//! What a transaction's closure works with: the declared keys, under their locks.
//!
//! Each method checks that its keys were declared and goes to the same code as the [`Store`](crate::Store) method of
//! the same name, where it is documented. They are in files as the store's are.

mod blocking;
mod bounded;
mod expiry;
mod keyspace;
mod lists;

use std::fmt;

use crate::Error;
use crate::keyspace::{Afterwards, Guard, Key, KeyVec, Keyspace, Promise, Reach, Shard, Single};

/// Several keys of a store that no other thread can see or change meanwhile; see
/// [`Store::transaction`](crate::Store::transaction).
///
/// The methods are those of the store, which say what each does, returns, costs and refuses. Here every one of them
/// returns a `Result`: a key that was not declared is [`Error::UndeclaredKey`], and that command changes nothing.
///
/// ```
/// use redeque::{Error, Store};
///
/// let store = Store::new();
/// store.rpush_all("taken", ["a", "b"])?;
/// let waiting = store.transaction(["taken", "waiting"], |tx| {
///     while tx.rpoplpush("taken", "waiting")?.is_some() {}
///     assert_eq!(tx.exists("taken"), Ok(false)); // the closure sees what it did
///     assert_eq!(tx.lpush("elsewhere", "c"), Err(Error::UndeclaredKey));
///     tx.llen("waiting")
/// })?;
/// assert_eq!(waiting, 2);
/// assert_eq!(store.lrange("waiting", 0, -1), [b"a", b"b"]);
/// assert!(!store.exists("elsewhere"));
/// # Ok::<(), Error>(())
/// ```
pub struct Transaction<'t> {
    guard: Guard<'t>,
    /// Sorted.
    declared: Vec<Key<'t>>,
}

/// Not what is under its locks.
impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let declared = self.declared.len();
        f.debug_struct("Transaction").field("declared", &declared).finish_non_exhaustive()
    }
}

impl<'t> Transaction<'t> {
    /// Runs a closure under the locks of the declared keys.
    pub(crate) fn run<T, E: From<Error>>(
        keyspace: &'t Keyspace,
        mut declared: Vec<Key<'t>>,
        closure: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        declared.sort_unstable();
        let guard = keyspace.batch(Reach::Keys(&declared));
        let _afterwards = Afterwards;
        let (returned, promise) = Transaction { guard, declared }.run_and_commit(closure);
        let ended = Promise::settle_if_any(promise);
        let value = returned?;
        ended?;
        Ok(value)
    }

    /// Runs the closure and commits what it did: what it returned, and what the commit promises.
    fn run_and_commit<R>(
        mut self,
        closure: impl FnOnce(&mut Transaction<'_>) -> R,
    ) -> (R, Option<Promise>) {
        let inside = self.guard.run_closure();
        let returned = closure(&mut self);
        // Those who are woken by the commit may call this store.
        drop(inside);
        (returned, self.guard.commit())
    }

    /// The key, if it was declared.
    fn key<'k>(&self, bytes: &'k [u8]) -> Result<Key<'k>, Error> {
        let key = self.guard.key(bytes);
        match self.declared.binary_search(&key) {
            Ok(_) => Ok(key),
            Err(_) => Err(Error::UndeclaredKey),
        }
    }

    fn keys<'k, K: AsRef<[u8]>>(&self, names: &'k [K]) -> Result<KeyVec<'k>, Error> {
        names.iter().map(|name| self.key(name.as_ref())).collect()
    }

    fn read<R>(&self, key: &[u8], command: impl FnOnce(&Shard, Key<'_>) -> R) -> Result<R, Error> {
        let key = self.key(key)?;
        Ok(self.guard.read(key, command))
    }
}
