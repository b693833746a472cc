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
//! 4. **Receipt**: what is left to do without the locks. It is settled before those who were served are woken and before
//!    the command returns.
//!
//! Where nobody observes a shard, a command on one of its keys has nobody to ask, to serve or to tell, and takes none of
//! these steps: see [`Access`](super::Access). Nor does one where nobody observes it but those who wait, and none of them moves
//! elements on from its key: see [`Shard::commit_alone`].

use std::sync::Arc;
use std::task::Waker;

use smallvec::SmallVec;

use super::change::Intent;
use super::key::Key;
use super::queues::Ready;
use super::receipt::Receipt;
use super::reentry::Inside;
use super::serve::Serving;
use super::shard::Shard;
use super::waiter::{Outcome, Waiter};
use super::{Keyspace, Parts};
use crate::Error;
use crate::list::List;
use crate::sync::MutexGuard;

/// Shards under their locks, by ascending index.
#[derive(Debug)]
pub(crate) struct Guard<'s> {
    keyspace: &'s Keyspace,
    shards: SmallVec<[(usize, MutexGuard<'s, Shard>); 2]>,
    /// The place of the shard that was last given out to be changed.
    changing: usize,
    /// The keys that changed so that somebody may be served, in that order.
    ready: Ready,
    /// Dropped last: what is left to do without the locks.
    receipt: Receipt,
}

impl<'s> Guard<'s> {
    pub(super) fn new(
        keyspace: &'s Keyspace,
        shards: impl IntoIterator<Item = (usize, MutexGuard<'s, Shard>)>,
    ) -> Self {
        Self {
            keyspace,
            shards: shards.into_iter().collect(),
            changing: 0,
            ready: Ready::new(),
            receipt: Receipt::default(),
        }
    }

    /// Unlocks, and locks again with the shards of more keys. Nothing was changed yet.
    pub(super) fn widen<'k>(self, keys: impl IntoIterator<Item = Key<'k>>) -> Self {
        let keyspace = self.keyspace;
        let more = keys.into_iter().map(|key| keyspace.shard_of(key.hash));
        let wanted: Parts = self.shards.iter().map(|(index, _)| *index).chain(more).collect();
        drop(self);
        keyspace.lock_shards(wanted)
    }

    pub(super) fn keyspace(&self) -> &'s Keyspace {
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

    /// As [`shard`](Self::shard), to change it.
    pub(super) fn shard_mut(&mut self, key: Key<'_>) -> &mut Shard {
        let place = self.place(key);
        if place != self.changing {
            self.note_ready();
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
        for (_, shard) in &mut self.shards {
            self.receipt.tables.push(shard.flush());
            self.ready.append(shard.ready());
        }
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

    /// Takes over which keys became ready in the shard that was last given out. So their order is known across shards.
    fn note_ready(&mut self) {
        if let Some((_, shard)) = self.shards.get_mut(self.changing) {
            let ready = shard.ready();
            if !ready.is_empty() {
                self.ready.extend(std::mem::take(ready));
            }
        }
    }

    /// Marks this thread as running a caller's closure under these locks, until the mark is dropped.
    pub(crate) fn run_closure(&self) -> Inside {
        Inside::enter(self.keyspace)
    }

    /// The commit, and its receipt, in place: a guard is large, and a command of several keys pays for each copy. Those who
    /// were served are woken when the guard goes, which is when this returns.
    pub(crate) fn end(mut self) -> Result<(), Error> {
        self.finish();
        self.shards.clear();
        #[cfg(test)]
        self.keyspace.rehearsal().fail(&mut self.receipt);
        self.receipt.settle()
    }

    /// Runs one command, if it is admitted, and commits it.
    #[inline]
    pub(super) fn run<R>(
        mut self,
        intent: Intent,
        command: impl FnOnce(&mut Self) -> R,
    ) -> Result<R, Error> {
        self.admit(intent)?;
        let reply = command(&mut self);
        self.end()?;
        Ok(reply)
    }

    /// Admission: a store that is closed takes no new elements. Memory without a bound refuses nothing.
    pub(super) fn admit(&self, intent: Intent) -> Result<(), Error> {
        #[cfg(test)]
        self.keyspace().rehearsal().admit(intent)?;
        if intent.brings_elements() && self.keyspace.is_closed() {
            return Err(Error::Closed);
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
        self.shards.iter_mut().for_each(|(_, shard)| shard.drop_places());
    }
}

/// What was changed is committed even where its closure panics: nothing is rolled back.
impl Drop for Guard<'_> {
    fn drop(&mut self) {
        // None are left of what was committed before.
        if !self.shards.is_empty() {
            self.finish();
        }
    }
}
