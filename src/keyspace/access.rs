//! How a command reaches the keyspace: by itself, with the locks that it takes, or among others, under locks that are held.
//!
//! Which locks a command needs, and what it intends, is said here once. It is the same for a method of a store, for one of a
//! transaction, and for text.

use smallvec::SmallVec;

use super::Keyspace;
use super::change::Intent;
use super::guard::Guard;
use super::key::Key;
use super::shard::{Shard, Single};
use super::waiter::{Outcome, Request, Taken};
use super::walk;
use crate::list::Popped;
use crate::lmovem::Block;
use crate::names::Names;
use crate::sync::MutexGuard;
use crate::{Direction, Element, Error, ScanOptions};

/// The keys of a command that has several.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reach<'k> {
    Keys(&'k [Key<'k>]),
    All,
}

/// The commands on several keys, or on all.
pub(crate) trait Access: Single {
    /// Reads several keys, or all.
    fn look<R>(&self, reach: Reach<'_>, look: impl FnOnce(&Guard<'_>) -> R) -> R;

    /// Changes several keys, or all.
    fn change<R>(
        &mut self,
        reach: Reach<'_>,
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
        self.change(
            Reach::Keys(&[source, destination]),
            Intent::Move(Block::one(from, to)),
            |guard| guard.lmove(source, destination, from, to),
        )
    }

    /// LMOVEM
    fn lmovem(
        &mut self,
        source: Key<'_>,
        destination: Key<'_>,
        block: Block,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        let reach = &[source, destination];
        self.change(Reach::Keys(reach), Intent::Move(block), |guard| {
            guard.move_block(source, destination, block).map(SmallVec::into_vec)
        })
    }

    /// What a command that waits does where there is no need to, and LMPOP.
    fn take(&mut self, request: Request<'_>) -> Result<Option<Taken>, Error> {
        if let Some(key) = request.only_key() {
            return self.write(key, request.intent(), |shard, key| {
                shard.take_alone(key, request.take(), &mut None)
            });
        }
        let keys = request.all_keys();
        self.change(Reach::Keys(&keys), request.intent(), |guard| guard.take(request, &mut None))
    }

    /// DEL and UNLINK
    fn del(&mut self, keys: &[Key<'_>]) -> Result<usize, Error> {
        self.change(Reach::Keys(keys), Intent::Delete, |guard| guard.del(keys))
    }

    /// EXISTS and TOUCH
    fn exists(&self, keys: &[Key<'_>]) -> usize {
        self.look(Reach::Keys(keys), |guard| guard.exists(keys))
    }

    /// RENAME
    fn rename(&mut self, key: Key<'_>, newkey: Key<'_>) -> Result<(), Error> {
        let reach = &[key, newkey];
        self.change(Reach::Keys(reach), Intent::Rename, |guard| guard.rename(key, newkey))?
    }

    /// RENAMENX
    fn renamenx(&mut self, key: Key<'_>, newkey: Key<'_>) -> Result<bool, Error> {
        let reach = &[key, newkey];
        self.change(Reach::Keys(reach), Intent::Rename, |guard| guard.renamenx(key, newkey))?
    }

    /// COPY
    fn copy(
        &mut self,
        source: Key<'_>,
        destination: Key<'_>,
        replace: bool,
    ) -> Result<bool, Error> {
        self.change(Reach::Keys(&[source, destination]), Intent::Copy, |guard| {
            guard.copy(source, destination, replace)
        })?
    }

    /// FLUSHALL and FLUSHDB
    fn flushall(&mut self) -> Result<(), Error> {
        self.change(Reach::All, Intent::Delete, |guard| guard.flushall())
    }
}

/// A command by itself.
impl Single for &Keyspace {
    #[inline]
    fn read<R>(&self, key: Key<'_>, look: impl FnOnce(&Shard, Key<'_>) -> R) -> R {
        look(&self.lock_shard(self.shard_of(key.hash)), key)
    }

    /// Where nobody observes the key's shard, this one lock is all that it takes: there is nobody to ask, to serve or to
    /// tell.
    #[expect(clippy::inline_always, reason = "a call in between costs a tenth of a pop")]
    #[inline(always)]
    fn write<R>(
        &mut self,
        key: Key<'_>,
        intent: Intent,
        command: impl FnOnce(&mut Shard, Key<'_>) -> R,
    ) -> Result<R, Error> {
        let mut shard = self.lock_shard(self.shard_of(key.hash));
        if shard.is_observed() {
            // In its parts, which pass in registers: as a whole it would have to be in memory, for each command.
            return self.write_observed(key.hash, key.bytes, shard, intent, command);
        }
        Ok(command(&mut shard, key))
    }

    #[inline]
    fn push_one(
        &mut self,
        key: Key<'_>,
        end: Direction,
        element: Element<'_>,
    ) -> Result<usize, Error> {
        let mut shard = self.lock_shard(self.shard_of(key.hash));
        if shard.is_observed() {
            return self.push_observed(key.hash, key.bytes, shard, end, element);
        }
        Ok(shard.push_one(key, end, element))
    }
}

impl Keyspace {
    /// A push of one element to a shard that somebody observes: most often somebody waits for just that.
    #[cold]
    #[inline(never)]
    fn push_observed(
        &self,
        hash: u64,
        bytes: &[u8],
        mut shard: MutexGuard<'_, Shard>,
        end: Direction,
        element: Element<'_>,
    ) -> Result<usize, Error> {
        match shard.hand_over(Key { hash, bytes }, element) {
            Ok(ended) => {
                drop(shard);
                drop(ended);
                Ok(1)
            }
            Err(element) => {
                self.write_observed(hash, bytes, shard, Intent::Push(1), |shard, key| {
                    shard.push_one(key, end, element)
                })
            }
        }
    }

    /// A write where somebody observes the shard. It shares nothing with the other, which is what commands are measured
    /// by.
    #[cold]
    #[inline(never)]
    fn write_observed<R>(
        &self,
        hash: u64,
        bytes: &[u8],
        mut shard: MutexGuard<'_, Shard>,
        intent: Intent,
        command: impl FnOnce(&mut Shard, Key<'_>) -> R,
    ) -> Result<R, Error> {
        let key = Key { hash, bytes };
        if shard.commits_alone(key) {
            let (reply, ended) = shard.commit_alone(key, command);
            drop(shard);
            drop(ended);
            return Ok(reply);
        }
        let locked = Guard::new(self, [(self.shard_of(hash), shard)]);
        let locked = locked.widened_for(&[key], intent);
        locked.run(intent, |guard| command(guard.shard_mut(key), key))
    }
}

impl Access for &Keyspace {
    fn look<R>(&self, reach: Reach<'_>, look: impl FnOnce(&Guard<'_>) -> R) -> R {
        look(&self.lock(reach, Intent::Set))
    }

    fn change<R>(
        &mut self,
        reach: Reach<'_>,
        intent: Intent,
        command: impl FnOnce(&mut Guard<'_>) -> R,
    ) -> Result<R, Error> {
        self.lock(reach, intent).run(intent, command)
    }

    /// One shard is locked at a time.
    fn scan(&self, cursor: u64, options: &ScanOptions) -> (u64, Names) {
        walk::page(cursor, options, self.count(), |index, visit| self.read_shard(index, visit))
    }

    fn unblock(&mut self, client: u64, outcome: Outcome) -> bool {
        self.lock(Reach::All, Intent::Set).unblock(client, outcome)
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
    fn look<R>(&self, _: Reach<'_>, look: impl FnOnce(&Guard<'_>) -> R) -> R {
        look(self)
    }

    fn change<R>(
        &mut self,
        _: Reach<'_>,
        intent: Intent,
        command: impl FnOnce(&mut Guard<'_>) -> R,
    ) -> Result<R, Error> {
        self.admit(intent)?;
        Ok(command(self))
    }

    fn scan(&self, cursor: u64, options: &ScanOptions) -> (u64, Names) {
        let parts: Vec<_> = self.shards().collect();
        walk::page(cursor, options, parts.len(), |part, visit| visit(parts[part]))
    }

    fn unblock(&mut self, client: u64, outcome: Outcome) -> bool {
        Guard::unblock(self, client, outcome)
    }
}
