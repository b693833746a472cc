//! What happens around a command for those who wait: before it, the locks that serving them may need; after it, and
//! before any lock is given up, the serving itself.
//!
//! A waiter for a move writes to another key. So a command on keys that somebody waits for first finds out which keys
//! its elements could be moved on to, and locks their shards as well. Nothing was changed by then: it can give up its
//! locks and take more of them, in order.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::View;
use crate::shard::{Key, Outcome, OwnedKey, Request, Shard, Take, Taken, Unblock, Waiter};
use crate::shards::{Locked, Shards};
use crate::sync::MutexGuard;

/// As many elements as there may be.
pub(crate) const ANY: usize = usize::MAX;

impl<'s> View<'s> {
    /// Locks the shards of a command's keys, to which it will add up to `most` elements, and those of the keys that
    /// these elements may be moved on to when waiters are served.
    pub(crate) fn lock<'k>(
        shards: &'s Shards,
        keys: impl Iterator<Item = Key<'k>> + Clone,
        most: usize,
    ) -> Self {
        Self::with(shards.lock(keys.clone()), keys, most)
    }

    /// The same for a single key whose shard is locked already.
    pub(crate) fn widen(
        shards: &'s Shards,
        key: Key<'_>,
        guard: MutexGuard<'s, Shard>,
        most: usize,
    ) -> Self {
        Self::with(shards.locked_part(key, guard), std::iter::once(key), most)
    }

    #[expect(clippy::needless_pass_by_value, reason = "an iterator to be cloned is itself cheap")]
    fn with<'k>(
        mut locked: Locked<'s>,
        keys: impl Iterator<Item = Key<'k>> + Clone,
        most: usize,
    ) -> Self {
        while most > 0 && locked.parts().any(Shard::is_waited_for) {
            let beyond = unlocked_destinations(&locked, keys.clone(), most);
            if beyond.is_empty() {
                break;
            }
            locked = locked.widen(beyond.iter().map(OwnedKey::as_key));
        }
        Self { locked }
    }

    /// Locks every shard.
    pub(crate) fn lock_all(shards: &'s Shards) -> Self {
        Self { locked: shards.lock_all() }
    }

    /// What a blocking command does when it does not have to wait: it takes from the first of its keys that has a
    /// list. Keys in shards that are not locked have none, or none that this command may know of yet.
    pub(crate) fn take(&mut self, request: &Request) -> Option<Taken> {
        request.keys().enumerate().find_map(|(position, key)| {
            if !self.locked.holds(key) {
                return None;
            }
            let elements = match request.take() {
                Take::Pop { from, count: 1 } => {
                    std::iter::once(self.shard_mut(key).pop(key, *from)?.into_vec()).collect()
                }
                Take::Pop { from, count } => {
                    self.shard_mut(key).pop_count(key, *from, *count)?.into()
                }
                Take::Move { destination, from, to } => {
                    let moved = self.lmove(key, destination.as_key(), *from, *to)?;
                    std::iter::once(moved.into_vec()).collect()
                }
            };
            Some(Taken { position, elements })
        })
    }

    /// Undoes what [`take`](Self::take) did for somebody who does not want it any more. Popped elements go back to
    /// where they were; a moved one goes back unless somebody has taken it from its destination since.
    pub(crate) fn give_back(&mut self, request: &Request, taken: Taken) {
        let Some(source) = request.keys().nth(taken.position) else { return };
        let from = match request.take() {
            Take::Pop { from, .. } => *from,
            Take::Move { destination, from, to } => {
                let destination = destination.as_key();
                let count = to.first_match();
                let element = taken.elements.first().map_or(&[][..], Vec::as_slice);
                let removed = self.shard_mut(destination).remove(destination, count, element);
                if removed != Ok(1) {
                    return;
                }
                *from
            }
        };
        let elements = taken.elements.into_iter().rev().map(Into::into);
        self.shard_mut(source).push(source, from, elements);
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
            if self.locked.holds(key) {
                self.shard_mut(key).remove_waiter(key, waiter);
            }
        }
    }

    /// CLIENT UNBLOCK, with every shard locked: whether that connection was waiting.
    pub(crate) fn unblock(&mut self, client: u64, how: Unblock) -> bool {
        let is_meant = |waiter: &&Arc<Waiter>| waiter.client() == Some(client);
        let Some(waiter) = self.locked.parts().flat_map(Shard::all_waiters).find(is_meant).cloned()
        else {
            return false;
        };
        let woken = waiter.slot().end(Outcome::Unblocked(how));
        let unblocked = woken.is_some();
        self.locked.wake(woken);
        self.dequeue(&waiter);
        unblocked
    }

    /// How many wait, with every shard locked.
    pub(crate) fn blocked_clients(&self) -> usize {
        self.locked.parts().map(Shard::blocked_clients).sum()
    }

    /// Serves those who wait for a key that came into existence, in the order in which the keys did. A key that a
    /// served move creates has its turn after all of these.
    fn serve_waiters(&mut self) {
        while let Some(round) = self.locked.take_ready() {
            for key in &round {
                self.serve_key(key.as_key());
            }
        }
    }

    /// Serves those who wait for a key, the first come first, as long as it has a list.
    fn serve_key(&mut self, key: Key<'_>) {
        self.shard_mut(key).serving(key);
        while self.shard(key).exists(key) {
            let Some(waiter) = self.shard(key).waiters(key).next().map(Arc::clone) else { return };
            self.serve(&waiter);
        }
    }

    /// Serves a waiter, unless a command on another of its keys did, and takes it out of the queues.
    fn serve(&mut self, waiter: &Waiter) {
        let mut slot = waiter.slot();
        if slot.is_waiting()
            && let Some(taken) = self.take(waiter.request())
        {
            let woken = slot.end(Outcome::Served(taken));
            self.locked.wake(woken);
        }
        drop(slot);
        self.dequeue(waiter);
    }
}

/// The commit: effects leave the locked world. After this the locks are given up, and then the served are woken.
impl Drop for View<'_> {
    fn drop(&mut self) {
        self.serve_waiters();
    }
}

/// The keys that serving may write to and whose shards are not locked, if up to `most` elements are added to `keys`.
fn unlocked_destinations<'k>(
    locked: &Locked<'_>,
    keys: impl Iterator<Item = Key<'k>> + Clone,
    most: usize,
) -> Vec<OwnedKey> {
    let moves_on = |key| {
        locked.holds(key) && likely_destinations(locked.shard(key), key, most).next().is_some()
    };
    if !keys.clone().any(moves_on) {
        return Vec::new();
    }
    // What is reached, and over which of the places in `reached` it was.
    let mut over: BTreeMap<Key<'_>, usize> = keys.clone().map(|key| (key, usize::MAX)).collect();
    let mut reached: Vec<Key<'_>> = over.keys().copied().collect();
    let mut next = 0;
    while let Some(&key) = reached.get(next) {
        if locked.holds(key) {
            for destination in likely_destinations(locked.shard(key), key, most) {
                match over.entry(destination) {
                    Entry::Vacant(place) => {
                        place.insert(next);
                        reached.push(destination);
                    }
                    // Elements can come by twice, and then serve more waiters than there are elements.
                    Entry::Occupied(place) if *place.get() != next && most < ANY => {
                        return unlocked_destinations(locked, keys, ANY);
                    }
                    Entry::Occupied(_) => {}
                }
            }
        }
        next += 1;
    }
    reached.into_iter().filter(|&key| !locked.holds(key)).map(OwnedKey::new).collect()
}

/// Where those who wait for a key will move elements to, if that many come by. A waiter for several keys may have been
/// served elsewhere by then, so it does not count; the others are sure to be there, since none can leave while this
/// shard is locked.
fn likely_destinations<'l>(
    shard: &'l Shard,
    key: Key<'_>,
    most: usize,
) -> impl Iterator<Item = Key<'l>> {
    let mut left = most;
    let served = shard.waiters(key).take_while(move |waiter| {
        let reached = left > 0;
        left -= usize::from(reached && waiter.request().keys().nth(1).is_none());
        reached
    });
    served.filter_map(|waiter| waiter.request().destination())
}
