//! How a command reaches the keyspace: by itself, with the locks that it takes, or among others, under locks that are held.
//!
//! Which locks a command needs, and what it intends, is said here once. It is the same for a method of a store, for one of a
//! transaction, and for text.

#[cfg(feature = "durable")]
use std::sync::Arc;

use smallvec::SmallVec;

use super::Keyspace;
use super::change::Intent;
use super::guard::{Entered, Guard};
use super::key::Key;
use super::log_copies::LogCopies;
#[cfg(feature = "durable")]
use super::promise::{End, settle};
use super::shard::Shard;
use super::single::{Single, expire_by};
use super::waiter::{Outcome, Request, Taken};
use super::walk;
use crate::clock::UnixTime;
use crate::expiry::{ExpireOptions, When};
use crate::list::{List, Popped};
use crate::lmovem::Block;
#[cfg(feature = "durable")]
use crate::log::Writer;
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

    /// RANDOMKEY
    fn randomkey(&self) -> Option<Vec<u8>>;

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
        let mut shard = self.lock_shard(self.shard_of(key.hash));
        if shard.has_deadlines() {
            // In parts, as where it is written to.
            shard = self.without_few_expired(key.hash, key.bytes, shard);
        }
        look(&shard, key)
    }

    #[inline]
    fn copies_for_log(&self, elements: &[Element<'_>]) -> LogCopies {
        Keyspace::copies_for_log(self, elements)
    }

    fn now(&self) -> UnixTime {
        self.time().now()
    }

    fn expire(&mut self, key: Key<'_>, when: When, options: ExpireOptions) -> Result<bool, Error> {
        let time = self.time();
        let times = || {
            let now = time.now();
            (now, time.expiry_time_at(now))
        };
        expire_by(self, key, when, options, times)
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
        if intent.needs_memory() {
            self.admits_more()?;
        }
        let mut shard = self.lock_shard(self.shard_of(key.hash));
        if shard.is_observed() {
            // In its parts, which pass in registers: as a whole it would have to be in memory, for each command.
            return self.write_observed(key.hash, key.bytes, shard, intent, command);
        }
        let reply = command(&mut shard, key);
        shard.count_commit();
        self.account.settle();
        Ok(reply)
    }

    /// What was freed is entered also where the log fails, or the waker of somebody who was served panics.
    fn remove_by<R>(
        &mut self,
        key: Key<'_>,
        intent: Intent,
        command: impl FnOnce(&mut Shard, Key<'_>, &mut Option<List>) -> R,
    ) -> Result<R, Error> {
        let _freed = Entered(self);
        let mut removed = None;
        self.write(key, intent, |shard, key| command(shard, key, &mut removed))
    }

    #[inline]
    fn push_one(
        &mut self,
        key: Key<'_>,
        end: Direction,
        element: Element<'_>,
    ) -> Result<usize, Error> {
        self.admits_more()?;
        if self.logs_copy_of(&element) {
            return self.push_long(key, end, element);
        }
        let mut shard = self.lock_shard(self.shard_of(key.hash));
        if shard.is_observed() {
            return self.push_observed(key.hash, key.bytes, shard, end, element);
        }
        let len = shard.push_one(key, end, element);
        shard.count_commit();
        self.account.settle();
        Ok(len)
    }
}

impl Keyspace {
    /// The same shard, in which keys expire, after a few that are due were removed. That is a commit which nobody waits for, and
    /// the lock is given up in between.
    #[cold]
    #[inline(never)]
    pub(super) fn without_few_expired<'s>(
        &'s self,
        hash: u64,
        bytes: &[u8],
        mut shard: MutexGuard<'s, Shard>,
    ) -> MutexGuard<'s, Shard> {
        if self.is_any_due(&mut shard) {
            let (key, index) = (Key { hash, bytes }, self.shard_of(hash));
            drop(Guard::of(self, index, shard).widened_for(&[key], Intent::Expire));
            shard = self.lock_shard(index);
            self.look_at_clock(&mut shard);
        }
        shard
    }

    /// Whether a key of this shard has expired: if not, its commands are what they are without deadlines.
    #[inline]
    pub(super) fn is_any_due(&self, shard: &mut Shard) -> bool {
        self.look_at_clock(shard);
        shard.is_any_due()
    }

    /// Has what has expired by now hidden, for as long as the lock is held.
    #[inline]
    pub(super) fn look_at_clock(&self, shard: &mut Shard) {
        if shard.has_deadlines() {
            shard.set_now(self.time().expiry_time());
        }
    }

    /// A push of one element of which the log gets a copy.
    #[cold]
    #[inline(never)]
    fn push_long(
        mut self: &Self,
        key: Key<'_>,
        end: Direction,
        element: Element<'_>,
    ) -> Result<usize, Error> {
        self.store(key, Intent::Push(1), [element], |shard, key, [element]| {
            shard.push_one(key, end, element)
        })
    }

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
        #[cfg(feature = "durable")]
        if let Some(log) = self.log_alone(&shard) {
            let (len, written) = shard.push_logged(Key { hash, bytes }, end, element, log);
            self.end_logged(log, shard, written)?;
            return Ok(len);
        }
        let is_any_due = self.is_any_due(&mut shard);
        if !is_any_due && shard.only_expires() {
            let push = |shard: &mut Shard| shard.push_one(Key { hash, bytes }, end, element);
            let len = shard.unobserved(push);
            shard.count_commit();
            self.account.settle();
            return Ok(len);
        }
        if is_any_due {
            return self.write_observed(hash, bytes, shard, Intent::Push(1), |shard, key| {
                shard.push_one(key, end, element)
            });
        }
        match shard.hand_over(Key { hash, bytes }, element) {
            Ok(ended) => {
                shard.count_commit();
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
        #[cfg(feature = "durable")]
        if let Some(log) = self.log_alone(&shard) {
            let (reply, written) = shard.commit_logged(key, intent, command, log);
            self.end_logged(log, shard, written)?;
            return Ok(reply);
        }
        let is_any_due = self.is_any_due(&mut shard);
        if !is_any_due && shard.only_expires() {
            let reply = shard.unobserved(|shard| command(shard, key));
            shard.count_commit();
            self.account.settle();
            return Ok(reply);
        }
        let needs_guard = is_any_due || intent == Intent::Expire;
        if !needs_guard && shard.commits_alone(key) && !self.needs_caution() {
            let (reply, ended) = shard.commit_alone(key, command);
            shard.count_commit();
            let end = self.write_down(&mut shard, &ended);
            self.account.settle();
            drop(shard);
            drop(ended);
            return self.settle(end).map(|()| reply);
        }
        let locked = self.guard_with_room(shard, hash).widened_for(&[key], intent);
        locked.run(intent, |guard| command(guard.changing(key), key))
    }
}

/// Commits that nobody but the log is told of.
#[cfg(feature = "durable")]
impl Keyspace {
    /// The log, if a command on a key of this shard is such a commit and is admitted.
    #[inline]
    fn log_alone(&self, shard: &Shard) -> Option<&Arc<Writer>> {
        if shard.is_only_logged() && !self.needs_caution() { self.log() } else { None }
    }

    #[inline]
    fn end_logged(
        &self,
        log: &Arc<Writer>,
        mut shard: MutexGuard<'_, Shard>,
        written: Option<End>,
    ) -> Result<(), Error> {
        shard.count_commit();
        self.account.settle();
        drop(shard);
        written.map_or(Ok(()), |end| settle(log, end))
    }
}

impl Access for &Keyspace {
    fn look<R>(&self, reach: Reach<'_>, look: impl FnOnce(&Guard<'_>) -> R) -> R {
        look(&self.lock(reach, Intent::Look))
    }

    fn change<R>(
        &mut self,
        reach: Reach<'_>,
        intent: Intent,
        command: impl FnOnce(&mut Guard<'_>) -> R,
    ) -> Result<R, Error> {
        self.wait_for_room();
        self.make_room_for(intent);
        self.lock(reach, intent).run(intent, command)
    }

    /// One shard is locked at a time.
    fn scan(&self, cursor: u64, options: &ScanOptions) -> (u64, Names) {
        walk::page(cursor, options, self.count(), |index, visit| self.read_shard(index, visit))
    }

    /// Where nearly all have expired, they are removed, a few under a lock at a time, and it draws again: to find one among them
    /// would take the longer, with all locks, the more there are.
    fn randomkey(&self) -> Option<Vec<u8>> {
        loop {
            let guard = self.lock(Reach::All, Intent::Look);
            let drawn = guard.draw_key();
            if drawn.is_some() || guard.dbsize() == 0 {
                return drawn;
            }
            drop(guard);
            self.reap();
        }
    }

    fn unblock(&mut self, client: u64, outcome: Outcome) -> bool {
        self.lock(Reach::All, Intent::Look).unblock(client, outcome)
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
        let reply = command(self.changing(key), key);
        self.has_written();
        self.settle_memory();
        Ok(reply)
    }

    fn remove_by<R>(
        &mut self,
        key: Key<'_>,
        intent: Intent,
        command: impl FnOnce(&mut Shard, Key<'_>, &mut Option<List>) -> R,
    ) -> Result<R, Error> {
        let mut removed = None;
        let reply = self.write(key, intent, |shard, key| command(shard, key, &mut removed))?;
        self.discard(removed);
        Ok(reply)
    }

    fn now(&self) -> UnixTime {
        Guard::now(self)
    }

    fn expire(&mut self, key: Key<'_>, when: When, options: ExpireOptions) -> Result<bool, Error> {
        let times = (Guard::now(self), self.expiry_time());
        expire_by(self, key, when, options, || times)
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
        let reply = command(self);
        self.has_written();
        self.settle_memory();
        Ok(reply)
    }

    fn scan(&self, cursor: u64, options: &ScanOptions) -> (u64, Names) {
        let parts: Vec<_> = self.shards().collect();
        walk::page(cursor, options, parts.len(), |part, visit| visit(parts[part]))
    }

    fn randomkey(&self) -> Option<Vec<u8>> {
        Guard::randomkey(self)
    }

    fn unblock(&mut self, client: u64, outcome: Outcome) -> bool {
        Guard::unblock(self, client, outcome)
    }
}
