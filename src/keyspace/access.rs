//! How a command reaches the keyspace: by itself, with the locks that it takes, or among others, under locks that are held.
//!
//! Which locks a command needs, and what it intends, is said here once. It is the same for a method of a store, for one of a
//! transaction, and for text.

use super::ANY;
use super::Keyspace;
use super::change::{Intent, Side};
use super::guard::Guard;
use super::key::Key;
use super::shard::Shard;
use super::waiter::{Outcome, Request, Taken};
use crate::list::Popped;
use crate::names::Names;
use crate::several::Prepared;
use crate::{Direction, Element, Error, ScanOptions};

pub(crate) trait Access {
    /// Reads one key.
    fn read<R>(&self, key: Key<'_>, look: impl FnOnce(&Shard, Key<'_>) -> R) -> R;

    /// Reads several keys.
    fn look<'k, R>(
        &self,
        keys: impl Iterator<Item = Key<'k>> + Clone,
        look: impl FnOnce(&Guard<'_>) -> R,
    ) -> R;

    /// Reads all keys.
    fn look_all<R>(&self, look: impl FnOnce(&Guard<'_>) -> R) -> R;

    /// Changes one key.
    fn write<R>(
        &mut self,
        key: Key<'_>,
        intent: Intent,
        command: impl FnOnce(&mut Shard, Key<'_>) -> R,
    ) -> Result<R, Error>;

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

    /// LPUSH and RPUSH
    #[inline]
    fn push(
        &mut self,
        key: Key<'_>,
        end: Direction,
        elements: Prepared<'_>,
    ) -> Result<usize, Error> {
        self.write(key, Intent::Add(elements.len()), |shard, key| shard.push(key, end, elements))
    }

    /// LPUSH and RPUSH of one element, which is prepared.
    #[inline]
    fn push_one(
        &mut self,
        key: Key<'_>,
        end: Direction,
        element: Element<'_>,
    ) -> Result<usize, Error> {
        self.write(key, Intent::Add(1), |shard, key| shard.push_one(key, end, element))
    }

    /// LPUSHX and RPUSHX. Nobody waits for a list that exists.
    fn push_existing(
        &mut self,
        key: Key<'_>,
        end: Direction,
        elements: Prepared<'_>,
    ) -> Result<usize, Error> {
        self.write(key, Intent::Add(0), |shard, key| shard.push_existing(key, end, elements))
    }

    /// LPOP and RPOP
    #[inline]
    fn pop(&mut self, key: Key<'_>, end: Direction) -> Result<Option<Popped>, Error> {
        self.write(key, Intent::Remove, |shard, key| shard.pop(key, end))
    }

    /// LPOP and RPOP with a count
    fn pop_count(
        &mut self,
        key: Key<'_>,
        end: Direction,
        count: usize,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        self.write(key, Intent::Remove, |shard, key| shard.pop_count(key, end, count))
    }

    /// LSET
    fn set(&mut self, key: Key<'_>, index: i64, element: Element<'_>) -> Result<(), Error> {
        self.write(key, Intent::Add(0), |shard, key| shard.set(key, index, element))?
    }

    /// LINSERT
    fn insert(
        &mut self,
        key: Key<'_>,
        side: Side,
        pivot: &[u8],
        element: Element<'_>,
    ) -> Result<i64, Error> {
        self.write(key, Intent::Add(0), |shard, key| shard.insert(key, side, pivot, element))
    }

    /// LREM
    fn remove(&mut self, key: Key<'_>, count: i64, element: &[u8]) -> Result<usize, Error> {
        self.write(key, Intent::Remove, |shard, key| shard.remove(key, count, element))?
    }

    /// LTRIM
    fn trim(&mut self, key: Key<'_>, start: i64, stop: i64) -> Result<(), Error> {
        self.write(key, Intent::Remove, |shard, key| shard.trim(key, start, stop))
    }

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

    /// DEL and UNLINK of one key: whether there was one.
    fn del_one(&mut self, key: Key<'_>) -> Result<bool, Error> {
        // What was there is freed after unlocking.
        self.write(key, Intent::Remove, |shard, key| shard.take(key)).map(|list| list.is_some())
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
impl Access for &Keyspace {
    #[inline]
    fn read<R>(&self, key: Key<'_>, look: impl FnOnce(&Shard, Key<'_>) -> R) -> R {
        Keyspace::read(self, key, look)
    }

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
impl Access for Guard<'_> {
    fn read<R>(&self, key: Key<'_>, look: impl FnOnce(&Shard, Key<'_>) -> R) -> R {
        look(self.shard(key), key)
    }

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

    fn write<R>(
        &mut self,
        key: Key<'_>,
        intent: Intent,
        command: impl FnOnce(&mut Shard, Key<'_>) -> R,
    ) -> Result<R, Error> {
        self.admit(intent)?;
        Ok(command(self.shard_mut(key), key))
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
