//! How a command reaches the keyspace: by itself, with the locks that it takes, or among others, under locks that are held.
//!
//! Which locks a command needs, and what it intends, is said here once. It is the same for a method of a store, for one of a
//! transaction, and for text.

use super::ANY;
use super::Keyspace;
use super::change::Intent;
use super::guard::Guard;
use super::key::Key;
use super::shard::{Shard, Single};
use super::waiter::{Outcome, Request, Taken};
use crate::list::Popped;
use crate::names::Names;
use crate::{Direction, Error, ScanOptions};

/// The commands on several keys, or on all.
pub(crate) trait Access: Single {
    /// Reads several keys.
    fn look<'k, R>(
        &self,
        keys: impl Iterator<Item = Key<'k>> + Clone,
        look: impl FnOnce(&Guard<'_>) -> R,
    ) -> R;

    /// Reads all keys.
    fn look_all<R>(&self, look: impl FnOnce(&Guard<'_>) -> R) -> R;

    /// Changes several keys.
    fn change<'k, R>(
        &mut self,
        keys: impl Iterator<Item = Key<'k>> + Clone,
        intent: Intent,
        command: impl FnOnce(&mut Guard<'_>) -> R,
    ) -> Result<R, Error>;

    /// Changes any keys, and adds to none that somebody may wait for.
    fn change_all<R>(
        &mut self,
        intent: Intent,
        command: impl FnOnce(&mut Guard<'_>) -> R,
    ) -> Result<R, Error>;

    /// SCAN: a page of the names.
    fn scan(&self, cursor: u64, options: &ScanOptions) -> (u64, Names);

    /// CLIENT UNBLOCK: whether that connection was waiting.
    fn unblock(&mut self, client: u64, outcome: Outcome) -> bool;

    /// LMOVE
    fn lmove(
        &mut self,
        source: Key<'_>,
        destination: Key<'_>,
        from: Direction,
        to: Direction,
    ) -> Result<Option<Popped>, Error> {
        self.change([source, destination].into_iter(), Intent::Add(1), |guard| {
            guard.lmove(source, destination, from, to)
        })
    }

    /// What a command that waits does where there is no need to, and LMPOP.
    fn take(&mut self, request: &Request) -> Result<Option<Taken>, Error> {
        self.change(request.all_keys(), request.intent(), |guard| guard.take(request))
    }

    /// DEL and UNLINK
    fn del(&mut self, keys: &[Key<'_>]) -> Result<usize, Error> {
        let keys = keys.iter().copied();
        self.change(keys.clone(), Intent::Remove, |guard| guard.del(keys))
    }

    /// EXISTS and TOUCH
    fn exists(&self, keys: &[Key<'_>]) -> usize {
        let keys = keys.iter().copied();
        self.look(keys.clone(), |guard| guard.exists(keys))
    }

    /// RENAME
    fn rename(&mut self, key: Key<'_>, newkey: Key<'_>) -> Result<(), Error> {
        let keys = [key, newkey].into_iter();
        self.change(keys, Intent::Add(ANY), |guard| guard.rename(key, newkey))?
    }

    /// RENAMENX
    fn renamenx(&mut self, key: Key<'_>, newkey: Key<'_>) -> Result<bool, Error> {
        let keys = [key, newkey].into_iter();
        self.change(keys, Intent::Add(ANY), |guard| guard.renamenx(key, newkey))?
    }

    /// COPY
    fn copy(
        &mut self,
        source: Key<'_>,
        destination: Key<'_>,
        replace: bool,
    ) -> Result<bool, Error> {
        let keys = [source, destination].into_iter();
        self.change(keys, Intent::Add(ANY), |guard| guard.copy(source, destination, replace))?
    }

    /// FLUSHALL and FLUSHDB
    fn flushall(&mut self) -> Result<(), Error> {
        self.change_all(Intent::Remove, |guard| guard.flushall())
    }
}

/// A command by itself.
impl Single for &Keyspace {
    #[inline]
    fn read<R>(&self, key: Key<'_>, look: impl FnOnce(&Shard, Key<'_>) -> R) -> R {
        Keyspace::read(self, key, look)
    }

    #[expect(clippy::inline_always, reason = "a call in between costs a tenth of a pop")]
    #[inline(always)]
    fn write<R>(
        &mut self,
        key: Key<'_>,
        intent: Intent,
        command: impl FnOnce(&mut Shard, Key<'_>) -> R,
    ) -> Result<R, Error> {
        Keyspace::write(self, key, intent, command)
    }
}

impl Access for &Keyspace {
    fn look<'k, R>(
        &self,
        keys: impl Iterator<Item = Key<'k>> + Clone,
        look: impl FnOnce(&Guard<'_>) -> R,
    ) -> R {
        look(&self.lock(keys, 0))
    }

    fn look_all<R>(&self, look: impl FnOnce(&Guard<'_>) -> R) -> R {
        look(&self.lock_all())
    }

    fn change<'k, R>(
        &mut self,
        keys: impl Iterator<Item = Key<'k>> + Clone,
        intent: Intent,
        command: impl FnOnce(&mut Guard<'_>) -> R,
    ) -> Result<R, Error> {
        self.lock(keys, intent.brings()).run(intent, command)
    }

    fn change_all<R>(
        &mut self,
        intent: Intent,
        command: impl FnOnce(&mut Guard<'_>) -> R,
    ) -> Result<R, Error> {
        self.lock_all().run(intent, command)
    }

    fn scan(&self, cursor: u64, options: &ScanOptions) -> (u64, Names) {
        Keyspace::scan(self, cursor, options)
    }

    fn unblock(&mut self, client: u64, outcome: Outcome) -> bool {
        self.lock_all().unblock(client, outcome)
    }
}

/// A command among others, on keys whose locks are held.
impl Single for Guard<'_> {
    fn read<R>(&self, key: Key<'_>, look: impl FnOnce(&Shard, Key<'_>) -> R) -> R {
        look(self.shard(key), key)
    }

    fn write<R>(
        &mut self,
        key: Key<'_>,
        intent: Intent,
        command: impl FnOnce(&mut Shard, Key<'_>) -> R,
    ) -> Result<R, Error> {
        self.admit(intent)?;
        Ok(command(self.shard_mut(key), key))
    }
}

impl Access for Guard<'_> {
    fn look<'k, R>(
        &self,
        _: impl Iterator<Item = Key<'k>> + Clone,
        look: impl FnOnce(&Guard<'_>) -> R,
    ) -> R {
        look(self)
    }

    fn look_all<R>(&self, look: impl FnOnce(&Guard<'_>) -> R) -> R {
        look(self)
    }

    fn change<'k, R>(
        &mut self,
        _: impl Iterator<Item = Key<'k>> + Clone,
        intent: Intent,
        command: impl FnOnce(&mut Guard<'_>) -> R,
    ) -> Result<R, Error> {
        self.admit(intent)?;
        Ok(command(self))
    }

    fn change_all<R>(
        &mut self,
        intent: Intent,
        command: impl FnOnce(&mut Guard<'_>) -> R,
    ) -> Result<R, Error> {
        self.admit(intent)?;
        Ok(command(self))
    }

    fn scan(&self, cursor: u64, options: &ScanOptions) -> (u64, Names) {
        Guard::scan(self, cursor, options)
    }

    fn unblock(&mut self, client: u64, outcome: Outcome) -> bool {
        Guard::unblock(self, client, outcome)
    }
}
