//! What a transaction's closure works with: the declared keys, under their locks.
//!
//! Each method checks that its keys were declared and goes to the same code as the [`Store`](crate::Store) method of
//! the same name. They are in files as the store's are.

mod blocking;
mod commit;
mod keyspace;
mod lists;
mod view;

pub(crate) use self::commit::ANY;
pub(crate) use self::view::View;
use crate::Error;
use crate::shard::{Key, Shard};
use crate::shards::Afterwards;

/// Several keys of a store that no other thread can see or change meanwhile; see
/// [`Store::transaction`](crate::Store::transaction).
///
/// The methods are those of the store, but each returns a `Result`: a key that was not declared is
/// [`Error::UndeclaredKey`], and nothing changes.
#[derive(Debug)]
pub struct Transaction<'t> {
    view: View<'t>,
    /// Sorted.
    declared: Vec<Key<'t>>,
}

impl<'t> Transaction<'t> {
    /// Runs a closure on a view of the shards of the declared keys.
    pub(crate) fn run<R>(
        view: View<'t>,
        mut declared: Vec<Key<'t>>,
        closure: impl FnOnce(&mut Transaction<'_>) -> R,
    ) -> R {
        declared.sort_unstable();
        let _afterwards = Afterwards;
        let mut transaction = Transaction { view, declared };
        // Dropped first: those who are woken by the commit may call this store.
        let _inside = transaction.view.locked().run_closure();
        closure(&mut transaction)
    }

    /// The key, if it was declared.
    fn key<'k>(&self, bytes: &'k [u8]) -> Result<Key<'k>, Error> {
        let key = self.view.key(bytes);
        match self.declared.binary_search(&key) {
            Ok(_) => Ok(key),
            Err(_) => Err(Error::UndeclaredKey),
        }
    }

    fn keys<'k, K: AsRef<[u8]>>(&self, names: &'k [K]) -> Result<Vec<Key<'k>>, Error> {
        names.iter().map(|name| self.key(name.as_ref())).collect()
    }

    fn read<R>(&self, key: &[u8], command: impl FnOnce(&Shard, Key<'_>) -> R) -> Result<R, Error> {
        let key = self.key(key)?;
        Ok(command(self.view.shard(key), key))
    }

    fn write<R>(
        &mut self,
        key: &[u8],
        command: impl FnOnce(&mut Shard, Key<'_>) -> R,
    ) -> Result<R, Error> {
        let key = self.key(key)?;
        Ok(command(self.view.shard_mut(key), key))
    }
}
