//! Several shards under their locks: the one way to the keyspace for a command that needs more than one key, or that
//! somebody observes.
//!
//! Everything that is changed through a guard is one commit, in these steps:
//!
//! 1. **Admission**: the one place where a command is refused before it has changed anything. What a cancelled wait
//!    gives back, and what was promised to somebody who waits, is never refused.
//! 2. **Changes**: each command notes what it did, for those who observe the shard.
//! 3. **Commit**: those who wait are served where a list has the length for them now, which may change more; places of
//!    keys that are gone go; the locks are given up.
//! 4. **Receipt**: what is left to do without the locks: those who were served are woken, and what the commit
//!    [promises](super::promise) is settled before the command returns. Each of those settles it, too, before it returns.
//!
//! Where nobody observes a shard, a command on one of its keys has nobody to ask, to serve or to tell, and takes none of
//! these steps: see [`Access`](super::Access). Nor does one where nobody observes it but those who wait, and none of them moves
//! elements on from its key: see [`Shard::commit_alone`].

use std::cell::Cell;
use std::iter;
use std::sync::Arc;
use std::task::Waker;

use smallvec::SmallVec;

use super::change::Intent;
#[cfg(feature = "durable")]
use super::journal::{Journal, Records};
use super::key::Key;
use super::promise::Promise;
use super::queues::Ready;
use super::receipt::Receipt;
use super::reentry::Inside;
use super::serve::Serving;
use super::shard::Shard;
use super::table::Table;
use super::waiter::{Outcome, Waiter};
use super::{Keyspace, Parts};
use crate::clock::UnixTime;
use crate::list::List;
#[cfg(feature = "durable")]
use crate::log::{Position, Writer};
use crate::sync::MutexGuard;
use crate::{Error, memory};

/// Shards under their locks, by ascending index.
pub(super) type Locked<'s> = SmallVec<[(usize, MutexGuard<'s, Shard>); 2]>;

/// The same, to be changed and committed.
#[derive(Debug)]
pub(crate) struct Guard<'s> {
    keyspace: &'s Keyspace,
    shards: Locked<'s>,
    /// What time it is, once it matters: the least that there can be until then.
    now: Cell<UnixTime>,
    /// Whether any key had expired and was kept when the locks were taken. Time stands still, so none expires until they go.
    finds_expired: bool,
    /// Whether time may pass until the commit: there are several commands, and maybe a closure of the caller's, which can turn a
    /// clock that is turned by hand.
    lasts: bool,
    /// Whether a closure of the caller's runs. Once it has written, it is not refused memory any more, as it may hold what it took
    /// from a list.
    runs_closure: Cell<bool>,
    /// Whether a command has written, be it that it found nothing to change.
    writes: bool,
    /// The place of the shard that was last given out to be changed.
    changing: usize,
    /// The keys that changed so that somebody may be served, in that order.
    ready: Ready,
    /// What was written down in shards that were given out before that one.
    #[cfg(feature = "durable")]
    records: Records,
    /// Whether the log has let in a command. It lets in all that follow, so that it does not fail in the midst of a transaction.
    #[cfg(feature = "durable")]
    is_let_in: Cell<bool>,
    /// What is left to do without the locks.
    receipt: Receipt,
    /// Dropped last: what that freed.
    _freed: Entered<'s>,
}

/// Enters what was noted until this is dropped.
#[derive(Debug)]
pub(super) struct Entered<'s>(pub(super) &'s Keyspace);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.account.settle();
    }
}

/// What time it is, and whether anything has expired by then. With the locks held: so it is no earlier than for anybody who
/// held them before.
#[cold]
fn look_at_clock(keyspace: &Keyspace, shards: &mut Locked<'_>) -> (UnixTime, bool) {
    let now = keyspace.time().now();
    let expiry_time = keyspace.time().expiry_time_at(now);
    shards.iter_mut().for_each(|(_, shard)| shard.set_now(expiry_time));
    (now, shards.iter().any(|(_, shard)| shard.is_any_due()))
}

impl<'s> Guard<'s> {
    /// Of one shard, for one command.
    pub(super) fn of(keyspace: &'s Keyspace, index: usize, shard: MutexGuard<'s, Shard>) -> Self {
        Self::new(keyspace, iter::once((index, shard)).collect(), false)
    }

    /// `lasts` as the field. Nothing looks at the guard before it is returned: it would be made elsewhere and copied.
    #[inline]
    pub(super) fn new(keyspace: &'s Keyspace, mut shards: Locked<'s>, lasts: bool) -> Self {
        let is_turned = lasts && !keyspace.time().clock().runs();
        let (now, finds_expired) =
            if is_turned || shards.iter().any(|(_, shard)| shard.has_deadlines()) {
                look_at_clock(keyspace, &mut shards)
            } else {
                (UnixTime::MIN, false)
            };
        Self {
            keyspace,
            shards,
            now: Cell::new(now),
            finds_expired,
            lasts,
            runs_closure: Cell::new(false),
            writes: false,
            changing: 0,
            ready: Ready::new(),
            #[cfg(feature = "durable")]
            records: Records::default(),
            #[cfg(feature = "durable")]
            is_let_in: Cell::new(false),
            receipt: Receipt::default(),
            _freed: Entered(keyspace),
        }
    }

    /// Whether any key of the locked shards has expired and may still be kept.
    pub(super) fn finds_expired(&self) -> bool {
        self.finds_expired
    }

    /// What time it is, which stands still from here to the commit.
    pub(super) fn now(&self) -> UnixTime {
        if self.now.get() == UnixTime::MIN {
            self.now.set(self.keyspace.time().now());
        }
        self.now.get()
    }

    /// Whether time may pass until the commit.
    pub(super) fn lasts(&self) -> bool {
        self.lasts
    }

    /// The time by which keys expire.
    pub(super) fn expiry_time(&self) -> UnixTime {
        self.keyspace.time().expiry_time_at(self.now())
    }

    /// Unlocks, and locks again with the shards of more keys. Nothing was changed yet.
    pub(super) fn widen<'k>(self, keys: impl IntoIterator<Item = Key<'k>>) -> Self {
        let keyspace = self.keyspace;
        let more = keys.into_iter().map(|key| keyspace.shard_of(key.hash));
        let wanted: Parts = self.shards.iter().map(|(index, _)| *index).chain(more).collect();
        let lasts = self.lasts;
        drop(self);
        Self::new(keyspace, keyspace.lock_parts(wanted), lasts)
    }

    pub(crate) fn keyspace(&self) -> &'s Keyspace {
        self.keyspace
    }

    /// A key as this keyspace knows it.
    pub(crate) fn key<'k>(&self, bytes: &'k [u8]) -> Key<'k> {
        self.keyspace.key(bytes)
    }

    /// The shard of a key, which must be among those that were locked for.
    pub(super) fn shard(&self, key: Key<'_>) -> &Shard {
        &self.shards[self.place(key)].1
    }

    /// The shard of a key whose list is about to be changed: one that has expired is gone by then.
    pub(super) fn changing(&mut self, key: Key<'_>) -> &mut Shard {
        if self.finds_expired {
            self.expire(key);
        }
        self.shard_mut(key)
    }

    /// Removes a key if it has expired.
    #[cold]
    pub(super) fn expire(&mut self, key: Key<'_>) {
        if self.shard(key).is_kept_expired(key) {
            let list = self.shard_mut(key).remove_expired(key);
            self.discard(list);
        }
    }

    /// Removes those of these keys that have expired. With locks for just them that was done when they were taken.
    pub(crate) fn expire_all<'k>(&mut self, keys: impl IntoIterator<Item = Key<'k>>) {
        for key in keys {
            self.expire(key);
        }
        // A closure that comes now may use another store.
        self.settle_memory();
    }

    /// How many lists it has removed.
    pub(super) fn removed(&self) -> usize {
        self.receipt.lists.len()
    }

    /// As [`shard`](Self::shard), to change it or what is known of who observes it.
    pub(super) fn shard_mut(&mut self, key: Key<'_>) -> &mut Shard {
        let place = self.place(key);
        if place != self.changing {
            self.note_ready();
            #[cfg(feature = "durable")]
            self.take_over_records();
            self.changing = place;
        }
        let shard = &mut self.shards[place].1;
        shard.keep_places();
        shard
    }

    fn place(&self, key: Key<'_>) -> usize {
        self.find(key).expect("a command touches only keys that it locked")
    }

    fn find(&self, key: Key<'_>) -> Option<usize> {
        let wanted = self.keyspace.shard_of(key.hash);
        self.shards.binary_search_by_key(&wanted, |(index, _)| *index).ok()
    }

    /// Whether the shard of a key is locked.
    pub(super) fn holds(&self, key: Key<'_>) -> bool {
        self.find(key).is_some()
    }

    /// The locked shards in ascending order.
    pub(super) fn shards(&self) -> impl Iterator<Item = &Shard> {
        self.shards.iter().map(|(_, shard)| &**shard)
    }

    /// FLUSHALL, over all locked shards.
    pub(super) fn flushall(&mut self) {
        // What changed before this has its turn first.
        self.note_ready();
        #[cfg(feature = "durable")]
        if self.keyspace.log().is_some() {
            self.take_over_records();
            self.records.flushed();
            if let Some((_, shard)) = self.shards.first_mut() {
                shard.copy_flushed();
            }
        }
        for (_, shard) in &mut self.shards {
            self.receipt.rare().tables.push(shard.flush());
            self.ready.append(shard.ready());
        }
    }

    /// Hands out copies of the lists of each locked shard. A shard is unlocked as soon as it is copied: none was unlocked
    /// before all were locked, so each copy is still of the moment when they were.
    ///
    /// What the copies take is returned: it is not this keyspace's.
    pub(super) fn copy_lists(mut self, receive: impl FnMut(Table)) -> isize {
        let shards = std::mem::take(&mut self.shards);
        shards.into_iter().map(|(_, shard)| shard.copy_lists()).for_each(receive);
        memory::take()
    }

    /// Enters what a command allocated and freed.
    #[inline]
    pub(super) fn settle_memory(&self) {
        self.keyspace.account.settle();
    }

    /// Frees a list after unlocking.
    pub(super) fn discard(&mut self, list: Option<List>) {
        self.receipt.lists.extend(list);
    }

    /// Tells somebody whose wait has ended so, after unlocking.
    pub(super) fn wake(&mut self, waiter: &Arc<Waiter>, waker: Option<Waker>) {
        if let Some(waker) = waker {
            self.receipt.ended.0.push((Arc::clone(waiter), waker));
        }
    }

    /// The keys that changed so that somebody may be served, since this was last asked, in that order.
    pub(super) fn take_ready(&mut self) -> Option<Ready> {
        self.note_ready();
        if self.ready.is_empty() { None } else { Some(std::mem::take(&mut self.ready)) }
    }

    /// Whether there are such keys.
    pub(super) fn is_about_to_serve(&mut self) -> bool {
        self.note_ready();
        !self.ready.is_empty()
    }

    /// Takes over which keys became ready in the shard that was last given out. So their order is known across shards.
    fn note_ready(&mut self) {
        if let Some((_, shard)) = self.shards.get_mut(self.changing) {
            let ready = shard.ready();
            if !ready.is_empty() {
                self.ready.extend(std::mem::take(ready));
            }
        }
    }

    /// Takes over what was written down in the shard that was last given out. So the order is known across shards.
    #[cfg(feature = "durable")]
    fn take_over_records(&mut self) {
        let Some((_, shard)) = self.shards.get_mut(self.changing) else { return };
        if let Some(journal) = shard.journal() {
            self.records.take_over(journal);
            shard.send_to_copy();
        }
    }

    /// Has every change of the locked shards written down from now on.
    #[cfg(feature = "durable")]
    pub(super) fn keep_journals(&mut self, journal: impl Fn() -> Journal) {
        self.shards.iter_mut().for_each(|(_, shard)| shard.keep_journal(journal()));
    }

    /// The locked shards, to begin or end a copy of them.
    #[cfg(feature = "durable")]
    pub(super) fn shards_mut(&mut self) -> impl Iterator<Item = &mut Shard> {
        self.shards.iter_mut().map(|(_, shard)| &mut **shard)
    }

    /// Writes the commit to the log, if there is one. Those who were served are promised what the one who commits is, which is
    /// nothing if it only removed what had expired.
    #[cfg(feature = "durable")]
    fn write_down(&mut self) {
        let Some(log) = self.keyspace.log() else { return };
        let Some((end, is_awaited)) = self.append(log) else { return };
        for (waiter, _) in &self.receipt.ended.0 {
            waiter.promise(end);
        }
        let promise = Promise::new(log, end);
        if is_awaited {
            self.receipt.promise = Some(promise);
        } else {
            promise.settle_later();
        }
    }

    /// Where the commit ends in the log, if it is anything, and whether anybody is to wait for it.
    #[cfg(feature = "durable")]
    fn append(&mut self, log: &Writer) -> Option<(Position, bool)> {
        if self.records.is_empty() {
            // It is all in one shard, as nearly always.
            let (_, shard) = self.shards.get_mut(self.changing)?;
            let records = shard.journal()?.records();
            let is_awaited = records.is_awaited();
            let end = records.commit(log);
            shard.send_to_copy();
            return Some((end?, is_awaited));
        }
        self.take_over_records();
        let is_awaited = self.records.is_awaited();
        Some((self.records.commit(log)?, is_awaited))
    }

    /// Marks this thread as running a caller's closure under these locks, until the mark is dropped.
    pub(crate) fn run_closure(&self) -> Inside {
        self.runs_closure.set(true);
        Inside::enter(self.keyspace)
    }

    /// The commit, whose promise is settled before this returns.
    pub(crate) fn end(self) -> Result<(), Error> {
        let promise = {
            // It goes here, and so wakes those who were served before this waits.
            let mut guard = self;
            guard.commit()
        };
        Promise::settle_if_any(promise)
    }

    /// The commit, which gives up the locks. Those who were served are woken when the guard goes, and what is promised is to be
    /// settled after that. A guard is large, and one that was used is copied where it is handed on: so it is dropped in its place.
    pub(crate) fn commit(&mut self) -> Option<Promise> {
        self.finish();
        self.shards.clear();
        self.receipt.promise.take()
    }

    /// Runs one command, if it is admitted, and commits it.
    #[inline]
    pub(super) fn run<R>(
        self,
        intent: Intent,
        command: impl FnOnce(&mut Self) -> R,
    ) -> Result<R, Error> {
        let (reply, promise) = self.carry_out(intent, command)?;
        Promise::settle_if_any(promise)?;
        Ok(reply)
    }

    #[inline]
    fn carry_out<R>(
        mut self,
        intent: Intent,
        command: impl FnOnce(&mut Self) -> R,
    ) -> Result<(R, Option<Promise>), Error> {
        self.admit(intent)?;
        let reply = command(&mut self);
        self.has_written();
        Ok((reply, self.commit()))
    }

    /// Notes that this is a commit of a command that writes, or of several.
    #[inline]
    pub(super) fn has_written(&mut self) {
        self.writes = true;
    }

    /// Admission: over its bound on memory a store refuses what needs more of it, and one that is closed takes no new
    /// elements.
    pub(super) fn admit(&self, intent: Intent) -> Result<(), Error> {
        #[cfg(all(test, feature = "durable"))]
        self.keyspace().rehearsal().admit(intent)?;
        if intent.needs_memory() && !(self.runs_closure.get() && self.writes) {
            self.keyspace.account.admit()?;
        }
        if intent.brings_elements() && self.keyspace.is_closed() {
            return Err(Error::Closed);
        }
        #[cfg(feature = "durable")]
        if !self.is_let_in.get() {
            self.keyspace.admits_changes()?;
            self.is_let_in.set(true);
        }
        Ok(())
    }

    /// Has every shard observed from now on, so that none is written to without admission, and ends all waits.
    pub(super) fn close(&mut self) {
        for place in 0..self.shards.len() {
            let shard = &mut self.shards[place].1;
            shard.close();
            let waiters: Vec<_> = shard.queues().all().map(Arc::clone).collect();
            for waiter in waiters {
                let woken = waiter.slot().end(Outcome::Failed(Error::Closed));
                self.wake(&waiter, woken);
                self.dequeue(&waiter);
            }
        }
    }

    fn finish(&mut self) {
        self.serve_all();
        #[cfg(feature = "durable")]
        self.write_down();
        let mut commits = u64::from(self.writes);
        for (_, shard) in &mut self.shards {
            // It is one, in the first of them.
            shard.count_commits(std::mem::take(&mut commits));
            shard.drop_places();
            if let Some(wakers) = shard.take_rescheduled() {
                self.receipt.rare().rescheduled.0.extend(wakers);
            }
        }
        self.settle_memory();
    }
}

/// What was changed is committed even where its closure panics: nothing is rolled back.
impl Drop for Guard<'_> {
    fn drop(&mut self) {
        // None are left of what was committed before.
        if !self.shards.is_empty() {
            self.finish();
            #[cfg(feature = "durable")]
            self.receipt.promise.iter().for_each(Promise::settle_later);
        }
    }
}
