//! Who waits is served at the end of the commit that added to their key: after it is complete, and before any lock is
//! given up.
//!
//! A waiter for a move writes to another key. So a command on keys that somebody waits for first finds out which keys
//! its elements could be moved on to, and locks their shards as well. Nothing was changed by then: it can give up its
//! locks and take more of them, in order.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use smallvec::SmallVec;

use super::ANY;
use super::access::Reach;
use super::guard::Guard;
use super::key::{Key, OwnedKey};
use super::waiter::{Outcome, Request, Take, Taken, Waiter};

/// How often a guard takes more locks because what it locked led it to further ones. A longer chain of moves than that
/// has every shard locked: one by one, each with all locks before it given up and taken again, would be quadratic.
const WIDENINGS: usize = 8;

impl Guard<'_> {
    /// The same with the locks that serving will need, if up to `most` elements are added to `keys`.
    pub(super) fn widened_for(mut self, keys: &[Key<'_>], most: usize) -> Self {
        if most == 0 || !self.shards().any(|shard| shard.is_waited_for()) {
            return self;
        }
        for _ in 0..WIDENINGS {
            let beyond = self.unlocked_destinations(keys, most);
            if beyond.is_empty() {
                return self;
            }
            self = self.widen(beyond.iter().map(OwnedKey::as_key));
        }
        let keyspace = self.keyspace();
        drop(self);
        keyspace.lock(Reach::All, most)
    }

    /// The keys that serving may write to and whose shards are not locked, if up to `most` elements are added to `keys`.
    fn unlocked_destinations(&self, keys: &[Key<'_>], most: usize) -> Vec<OwnedKey> {
        if !keys.iter().any(|&key| self.moves_on(key)) {
            return Vec::new();
        }
        // What is reached, and over which of the places in `reached` it was.
        let mut over: BTreeMap<Key<'_>, usize> =
            keys.iter().map(|&key| (key, usize::MAX)).collect();
        let mut reached: Vec<Key<'_>> = over.keys().copied().collect();
        let mut next = 0;
        while let Some(&key) = reached.get(next) {
            for destination in self.destinations(key, most) {
                match over.entry(destination) {
                    Entry::Vacant(place) => {
                        place.insert(next);
                        reached.push(destination);
                    }
                    // Elements can come by twice, and serve more waiters there than there are elements.
                    Entry::Occupied(place)
                        if *place.get() != next && most < ANY && self.moves_on(destination) =>
                    {
                        return self.unlocked_destinations(keys, ANY);
                    }
                    Entry::Occupied(_) => {}
                }
            }
            next += 1;
        }
        reached.into_iter().filter(|&key| !self.holds(key)).map(OwnedKey::new).collect()
    }

    /// Where those who wait for a key may move up to `most` elements; nowhere as long as its shard is not locked.
    fn destinations(&self, key: Key<'_>, most: usize) -> impl Iterator<Item = Key<'_>> {
        let shard = self.holds(key).then(|| self.shard(key));
        shard.into_iter().flat_map(move |shard| shard.queues().destinations(key, most))
    }

    /// Whether somebody waits to move an element on from a key.
    fn moves_on(&self, key: Key<'_>) -> bool {
        self.destinations(key, 1).next().is_some()
    }

    /// What a blocking command does when it does not have to wait: it takes from the first of its keys that has a
    /// list. Keys in shards that are not locked have none, or none that this command may know of yet.
    pub(super) fn take(&mut self, request: Request<'_>) -> Option<Taken> {
        request.keys().enumerate().find_map(|(position, key)| {
            if !self.holds(key) {
                return None;
            }
            let elements = match request.take() {
                Take::Pop { from, count } => self.shard_mut(key).pop_up_to(key, from, count)?,
                Take::Move { destination, from, to } => {
                    SmallVec::from_buf([self.lmove(key, destination, from, to)?.into_vec()])
                }
            };
            Some(Taken::at_once(position, elements))
        })
    }

    /// Undoes what serving did for a wait that was dropped. Popped elements go back to where they were; a
    /// moved one goes back unless somebody has taken it from its destination since, or changed that inside.
    pub(super) fn give_back(&mut self, request: Request<'_>, taken: Taken) {
        let Some(source) = request.key(taken.position) else { return };
        let from = match (request.take(), taken.placed) {
            (Take::Pop { from, .. }, _) => from,
            (Take::Move { destination, from, .. }, Some(placed)) => {
                if !self.shard_mut(destination).take_back(destination, placed) {
                    return;
                }
                from
            }
            (Take::Move { .. }, None) => return,
        };
        for (element, number) in taken.elements.into_iter().zip(taken.numbers) {
            self.shard_mut(source).give_back(source, from, element, number);
        }
    }

    /// Serves those who wait for a key that came into existence, in the order in which the keys did. A key that a
    /// served move creates has its turn after all of these.
    pub(super) fn serve_waiters(&mut self) {
        while let Some(round) = self.take_ready() {
            for key in &round {
                self.serve_key(key.as_key());
            }
        }
    }

    /// Serves those who wait for a key, the first come first, as long as it has a list.
    fn serve_key(&mut self, key: Key<'_>) {
        self.shard_mut(key).serving(key);
        while self.shard(key).exists(key) {
            let Some(waiter) = self.shard(key).queues().first(key).map(Arc::clone) else { return };
            self.serve(&waiter);
        }
    }

    /// Serves a waiter, unless a command on another of its keys did, and takes it out of the queues.
    fn serve(&mut self, waiter: &Arc<Waiter>) {
        let mut slot = waiter.slot();
        if slot.is_waiting()
            && let Some(taken) = self.take_numbered(waiter.request())
        {
            let woken = slot.end(Outcome::Served(taken));
            self.wake(waiter, woken);
        }
        drop(slot);
        self.dequeue(waiter);
    }

    /// As [`take`](Self::take), with the numbers by which the elements find their places if they come back.
    fn take_numbered(&mut self, request: Request<'_>) -> Option<Taken> {
        for key in request.keys() {
            if self.holds(key) {
                self.shard_mut(key).forget_last_pop();
            }
        }
        let mut taken = self.take(request)?;
        if let Some(source) = request.key(taken.position) {
            taken.numbers = self.shard_mut(source).numbers_of_last_pop(taken.elements.len());
        }
        if let Take::Move { destination, to, .. } = request.take() {
            taken.placed = Some(self.shard_mut(destination).place_moved(destination, to));
        }
        Some(taken)
    }
}
