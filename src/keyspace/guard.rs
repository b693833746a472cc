//! Several shards under their locks: the one way to the keyspace for a command that needs more than one key, or that
//! somebody waits for.
//!
//! Everything that a command changes through a guard is one commit. The guard ends with it, in this order: those who wait
//! for keys that came into existence are served, which may change more; the locks are given up; then those who were served
//! are woken, and what nobody asked for is freed.

use std::sync::Arc;
use std::task::Waker;

use smallvec::SmallVec;

use super::each::each_by_itself;
use super::key::Key;
use super::queues::Ready;
use super::reentry::Inside;
use super::shard::Shard;
use super::table::Table;
use super::waiter::{Outcome, Unblock, Waiter};
use super::{Keyspace, Parts};
use crate::list::List;
use crate::sync::MutexGuard;

/// Shards under their locks, by ascending index.
#[derive(Debug)]
pub(crate) struct Guard<'s> {
    keyspace: &'s Keyspace,
    shards: SmallVec<[(usize, MutexGuard<'s, Shard>); 2]>,
    /// The place of the shard that was last given out to be changed.
    changing: usize,
    /// The keys that came into existence while somebody waited for them, in that order.
    ready: Ready,
    /// Woken after the locks are given up: who runs then does not run into one.
    wakers: Wakers,
    /// Freed last: neither unlocking nor waking waits for the allocator.
    garbage: Garbage,
}

/// What commands removed and nobody asked for.
#[derive(Debug, Default)]
struct Garbage {
    lists: Vec<List>,
    tables: Vec<Table>,
}

/// Those who are to be woken when this is dropped, each by itself: a waker that panics keeps nobody from being woken.
#[derive(Debug, Default)]
struct Wakers(SmallVec<[Waker; 1]>);

impl Drop for Wakers {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            each_by_itself(self.0.drain(..), Waker::wake);
        }
    }
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
            wakers: Wakers::default(),
            garbage: Garbage::default(),
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
    pub(crate) fn shard(&self, key: Key<'_>) -> &Shard {
        &self.shards[self.place(key)].1
    }

    /// As [`shard`](Self::shard), to change it.
    pub(crate) fn shard_mut(&mut self, key: Key<'_>) -> &mut Shard {
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
    pub(crate) fn flushall(&mut self) {
        self.garbage.tables.extend(self.shards.iter_mut().map(|(_, shard)| shard.flush()));
    }

    /// Frees a list after unlocking.
    pub(super) fn discard(&mut self, list: Option<List>) {
        self.garbage.lists.extend(list);
    }

    /// Wakes somebody after unlocking.
    pub(super) fn wake(&mut self, waker: Option<Waker>) {
        self.wakers.0.extend(waker);
    }

    /// The keys that came into existence while somebody waited for them, since this was last asked, in that order.
    pub(super) fn take_ready(&mut self) -> Option<Ready> {
        self.note_ready();
        if self.ready.is_empty() { None } else { Some(std::mem::take(&mut self.ready)) }
    }

    /// Takes over which keys became ready in the shard that was last given out. So their order is known across shards.
    fn note_ready(&mut self) {
        if let Some((_, shard)) = self.shards.get_mut(self.changing) {
            let ready = shard.ready();
            if !ready.is_empty() {
                self.ready.append(ready);
            }
        }
    }

    /// Marks this thread as running a caller's closure under these locks, until the mark is dropped.
    pub(crate) fn run_closure(&self) -> Inside {
        Inside::enter(self.keyspace)
    }

    /// Puts a waiter into the queues of its keys, all of which are locked and have no list.
    pub(crate) fn enqueue(&mut self, waiter: &Arc<Waiter>) {
        for key in waiter.request().keys() {
            self.shard_mut(key).add_waiter(key, waiter);
        }
    }

    /// Takes a waiter out of the queues of those of its keys whose shards are locked.
    pub(crate) fn dequeue(&mut self, waiter: &Waiter) {
        for key in waiter.request().keys() {
            if self.holds(key) {
                self.shard_mut(key).remove_waiter(key, waiter);
            }
        }
    }

    /// CLIENT UNBLOCK, with every shard locked: whether that connection was waiting.
    pub(crate) fn unblock(&mut self, client: u64, how: Unblock) -> bool {
        let is_meant = |waiter: &&Arc<Waiter>| waiter.client() == Some(client);
        let Some(waiter) =
            self.shards().flat_map(|shard| shard.queues().all()).find(is_meant).cloned()
        else {
            return false;
        };
        let woken = waiter.slot().end(Outcome::Unblocked(how));
        let unblocked = woken.is_some();
        self.wake(woken);
        self.dequeue(&waiter);
        unblocked
    }

    /// Whether anybody is in a queue of a locked shard.
    #[cfg(all(test, redeque_loom))]
    pub(crate) fn is_waited_for(&self) -> bool {
        self.shards().any(|shard| !shard.queues().is_empty())
    }

    /// How many wait, with every shard locked.
    pub(crate) fn blocked_clients(&self) -> usize {
        self.shards().map(|shard| shard.queues().blocked_clients()).sum()
    }
}

/// The commit. After this the fields go in their order: locks, wakers, garbage.
impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.serve_waiters();
        self.shards.iter_mut().for_each(|(_, shard)| shard.settle());
    }
}
