//! Who waits for which key of a shard, and who of them is next.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::task::Waker;

use smallvec::SmallVec;

use super::condition::Condition;
use super::key::{Key, OwnedKey};
use super::key_map::KeyMap;
use super::waiter::Waiter;

/// Keys that became ready, in that order.
pub(super) type Ready = SmallVec<[OwnedKey; 1]>;

/// The waiters of a shard. Between two commits none of them waits for what is the case.
#[derive(Debug)]
pub(super) struct Queues {
    near: Near,
    by_key: KeyMap<Queue>,
    /// The keys that changed so that somebody may be served, in the order in which they did, each once.
    ready: Ready,
    /// How many waits ended unserved by themselves, of those whose first key is of this shard.
    given_up: u64,
}

/// What changes when somebody waits alone and is served: one cache line goes from one processor to another.
#[derive(Debug)]
#[repr(align(64))]
struct Near {
    /// Who waits where nobody else does in this shard, for a single key, and touches no other. It has no queue.
    only: Option<Only>,
    /// The last number that was drawn: those of tickets, and of elements that waiters are served.
    drawn: u64,
    /// How many waits were served from this shard.
    served: u64,
}

#[derive(Debug)]
struct Only {
    waiter: Arc<Waiter>,
    key: OwnedKey,
    /// As for a queue.
    ready: bool,
}

/// The waiters of a key.
#[derive(Debug, Default)]
struct Queue {
    /// By what they wait for, and then in the order in which they began. Any of them leaves in O(log n).
    waiters: BTreeMap<(Condition, u64), Arc<Waiter>>,
    /// How many wait for room.
    pushers: usize,
    /// The keys that some of them write to when they are served, each with how many do: whose locks a command has to
    /// take beforehand.
    destinations: BTreeMap<OwnedKey, usize>,
    /// Whether the key changed and was not looked at since.
    ready: bool,
}

impl Queue {
    /// Adds a waiter. Adding it again changes nothing.
    fn add(&mut self, waiter: &Arc<Waiter>) {
        if self.waiters.insert(place(waiter), Arc::clone(waiter)).is_some() {
            return;
        }
        let request = waiter.request();
        self.pushers += usize::from(request.condition().is_for_room());
        if let Some(destination) = request.destination() {
            *self.destinations.entry(OwnedKey::new(destination)).or_default() += 1;
        }
    }

    /// Takes a waiter out, if it is there.
    fn remove(&mut self, waiter: &Waiter) {
        if self.waiters.remove(&place(waiter)).is_none() {
            return;
        }
        let request = waiter.request();
        self.pushers -= usize::from(request.condition().is_for_room());
        if let Some(destination) = request.destination()
            && let Entry::Occupied(mut count) = self.destinations.entry(OwnedKey::new(destination))
        {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }

    /// The first to have begun of those whose condition holds for a length, and whose ticket is not below what `since` says
    /// of their condition. Of all who wait for the same, only the first has to be looked at.
    fn next(&self, len: usize, since: impl Fn(Condition) -> u64) -> Option<&Arc<Waiter>> {
        let ranges = Condition::holding(len).into_iter();
        let conditions = ranges.flat_map(|(from, to)| self.conditions(from, to));
        let firsts = conditions.filter_map(|condition| {
            let line = (condition, since(condition))..=(condition, u64::MAX);
            self.waiters.range(line).next().map(|(_, waiter)| waiter)
        });
        firsts.min_by_key(|waiter| waiter.ticket())
    }

    /// What they wait for, from one condition to another of its kind.
    fn conditions(&self, from: Condition, to: Condition) -> impl Iterator<Item = Condition> {
        let mut from = Some(from);
        std::iter::from_fn(move || {
            let range = (from?, 0)..=(to, u64::MAX);
            let (condition, _) = *self.waiters.range(range).next()?.0;
            from = condition.next().filter(|next| *next <= to);
            Some(condition)
        })
    }
}

/// Where a waiter is among others.
fn place(waiter: &Waiter) -> (Condition, u64) {
    (waiter.request().condition(), waiter.ticket())
}

impl Queues {
    pub(super) fn new() -> Self {
        Self {
            near: Near { only: None, drawn: 0, served: 0 },
            by_key: KeyMap::new(),
            ready: Ready::new(),
            given_up: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.near.only.is_none() && self.by_key.is_empty()
    }

    /// A number that is higher than all that were drawn here.
    pub(super) fn next_number(&self) -> u64 {
        self.near.drawn + 1
    }

    pub(super) fn draw(&mut self) -> u64 {
        self.near.drawn += 1;
        self.near.drawn
    }

    /// Counts a wait that was served.
    pub(super) fn count_served(&mut self) {
        self.near.served += 1;
    }

    /// Counts a wait that ended unserved by itself.
    pub(super) fn count_given_up(&mut self) {
        self.given_up += 1;
    }

    /// How many waits were served, and how many ended by themselves.
    pub(super) fn counts(&self) -> [u64; 2] {
        [self.near.served, self.given_up]
    }

    /// Adds a waiter. Adding it again for the same key changes nothing.
    pub(super) fn add(&mut self, key: Key<'_>, waiter: &Arc<Waiter>) {
        self.near.drawn = self.near.drawn.max(waiter.ticket());
        if self.is_empty() && waiter.request().only_key().is_some() {
            let (waiter, key) = (Arc::clone(waiter), OwnedKey::new(key));
            self.near.only = Some(Only { waiter, key, ready: false });
            return;
        }
        self.queue_up();
        self.by_key.entry(key).add(waiter);
    }

    /// Gives the one who waits alone a queue.
    fn queue_up(&mut self) {
        if let Some(Only { waiter, key, ready }) = self.near.only.take() {
            let queue = self.by_key.entry(key.as_key());
            queue.add(&waiter);
            queue.ready = ready;
        }
    }

    /// The one who waits for a key, where it waits alone.
    fn only(&self, key: Key<'_>) -> Option<&Only> {
        self.near.only.as_ref().filter(|only| only.key.as_key() == key)
    }

    /// Takes a waiter out of the queue of a key, if it is there.
    pub(super) fn remove(&mut self, key: Key<'_>, waiter: &Waiter) {
        if self.only(key).is_some_and(|only| only.waiter.ticket() == waiter.ticket()) {
            self.near.only = None;
            return;
        }
        let Some(queue) = self.by_key.get_mut(key) else { return };
        queue.remove(waiter);
        if queue.waiters.is_empty() {
            self.by_key.remove(key);
        }
    }

    /// Who is to be served next with a key whose list has this length. Complexity: O(c log n) for n waiters and c different
    /// conditions of theirs that hold.
    pub(super) fn next(&self, key: Key<'_>, len: usize) -> Option<&Arc<Waiter>> {
        self.next_since(key, len, |_| 0)
    }

    /// The same, without those whose ticket is below what `since` says of their condition.
    pub(super) fn next_since(
        &self,
        key: Key<'_>,
        len: usize,
        since: impl Fn(Condition) -> u64,
    ) -> Option<&Arc<Waiter>> {
        if let Some(only) = self.only(key) {
            let (condition, ticket) = place(&only.waiter);
            let is_next = condition.holds(len) && ticket >= since(condition);
            return is_next.then_some(&only.waiter);
        }
        self.by_key.get(key)?.next(len, since)
    }

    /// Where elements can go from a key when its waiters are served: each key once, however many wait to move there.
    pub(super) fn destinations(&self, key: Key<'_>) -> impl Iterator<Item = Key<'_>> {
        let queue = self.by_key.get(key).into_iter();
        queue.flat_map(|queue| queue.destinations.keys().map(OwnedKey::as_key))
    }

    /// Whether somebody waits to move elements on from a key.
    pub(super) fn moves_on(&self, key: Key<'_>) -> bool {
        self.destinations(key).next().is_some()
    }

    /// How many wait for room at a key.
    pub(super) fn pushers(&self, key: Key<'_>) -> usize {
        if let Some(only) = self.only(key) {
            return usize::from(only.waiter.request().condition().is_for_room());
        }
        self.by_key.get(key).map_or(0, |queue| queue.pushers)
    }

    /// What wakes the threads that wait for room at a key.
    pub(super) fn sleeping_pushers(&self, key: Key<'_>) -> impl Iterator<Item = Waker> {
        let only = self.only(key).map(|only| &only.waiter).into_iter();
        let pushers = (Condition::Below(0), 0)..=(Condition::Below(usize::MAX), u64::MAX);
        let queued = self.by_key.get(key).into_iter();
        let queued = queued.flat_map(move |queue| queue.waiters.range(pushers.clone()));
        let waiters = only.chain(queued.map(|(_, waiter)| waiter));
        waiters.filter_map(|waiter| waiter.sleeping_pusher())
    }

    /// Every waiter, and again for each of its keys.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Waiter>> {
        self.by_waiter().map(|(_, waiter)| waiter)
    }

    fn by_waiter(&self) -> impl Iterator<Item = (Key<'_>, &Arc<Waiter>)> {
        let only = self.near.only.iter().map(|only| (only.key.as_key(), &only.waiter));
        let queued = self.by_key.iter();
        only.chain(
            queued.flat_map(|(key, queue)| queue.waiters.values().map(move |one| (key, one))),
        )
    }

    /// How many wait whose first key is of this shard. Some in a queue may have been served by way of another key.
    pub(super) fn blocked_clients(&self) -> usize {
        let by_first_key =
            self.by_waiter().filter(|(key, waiter)| waiter.request().keys().next() == Some(*key));
        by_first_key.filter(|(_, waiter)| waiter.slot().is_waiting()).count()
    }

    /// Notes that the list at a key may have grown, or shrunk.
    pub(super) fn changed(&mut self, key: Key<'_>, grew: bool, shrank: bool) {
        if (grew || shrank && self.pushers(key) > 0)
            && let Some(ready) = self.ready_mut(key)
            && !std::mem::replace(ready, true)
        {
            self.ready.push(OwnedKey::new(key));
        }
    }

    /// Whether a key changed and was not looked at since, if anybody waits for it.
    fn ready_mut(&mut self, key: Key<'_>) -> Option<&mut bool> {
        match &mut self.near.only {
            Some(only) if only.key.as_key() == key => Some(&mut only.ready),
            _ => self.by_key.get_mut(key).map(|queue| &mut queue.ready),
        }
    }

    /// Notes that no key has a list any more.
    pub(super) fn flushed(&mut self) {
        let only = self.near.only.iter().map(|only| only.key.as_key());
        let keys = only.chain(self.by_key.iter().map(|(key, _)| key));
        let keys: Vec<OwnedKey> = keys.map(OwnedKey::new).collect();
        for key in &keys {
            self.changed(key.as_key(), false, true);
        }
    }

    /// The keys that became ready since they were last taken out of here.
    pub(super) fn ready(&mut self) -> &mut Ready {
        &mut self.ready
    }

    /// Notes that a key is looked at, and that no other one of this shard became ready.
    pub(super) fn all_looked_at(&mut self, key: Key<'_>) {
        if !self.ready.is_empty() {
            self.ready.clear();
            self.looked_at(key);
        }
    }

    /// Notes that a key is looked at: it can become ready again.
    pub(super) fn looked_at(&mut self, key: Key<'_>) {
        if let Some(ready) = self.ready_mut(key) {
            *ready = false;
        }
    }
}
