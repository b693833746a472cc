//! Who waits for which key of a shard, in the order in which they began.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use smallvec::SmallVec;

use super::key::{Key, OwnedKey};
use super::key_map::KeyMap;
use super::waiter::Waiter;

/// Keys that became ready, in that order.
pub(super) type Ready = SmallVec<[OwnedKey; 1]>;

/// The waiters of a shard. Between two commits none of their keys has a list.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Queues {
    /// The queue of one of the keys. It is here so that a key whose only waiter comes and goes needs no memory elsewhere, and
    /// few cache lines.
    one: Option<(OwnedKey, Queue)>,
    /// The highest ticket of those who ever waited here.
    last_ticket: u64,
    /// The queues of the others.
    others: KeyMap<Queue>,
    /// The keys with waiters that were added to, in the order in which that began, each once.
    ready: Ready,
}

#[derive(Debug, Default)]
struct Queue {
    waiters: Line,
    /// Of few keys.
    moves: Option<Box<Moves>>,
    /// Whether the key was added to and not looked at since.
    ready: bool,
}

/// Those of a queue that write to another key when they are served: whose locks a command has to take beforehand.
#[derive(Debug, Default)]
struct Moves {
    movers: Line,
    /// The keys that they write to, each with how many do.
    destinations: BTreeMap<OwnedKey, usize>,
}

impl Moves {
    fn add(&mut self, waiter: &Arc<Waiter>) {
        if let Some(destination) = waiter.request().destination()
            && self.movers.add(waiter)
        {
            *self.destinations.entry(OwnedKey::new(destination)).or_default() += 1;
        }
    }

    fn remove(&mut self, waiter: &Waiter) {
        if let Some(destination) = waiter.request().destination()
            && self.movers.remove(waiter)
            && let Entry::Occupied(mut count) = self.destinations.entry(OwnedKey::new(destination))
        {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

/// Waiters by their tickets: in the order in which they began, and any of them leaves in O(log n). The first one is at hand,
/// as most have nobody behind them.
#[derive(Debug, Default)]
struct Line {
    first: Option<Arc<Waiter>>,
    behind: BTreeMap<u64, Arc<Waiter>>,
}

impl Line {
    fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.behind.len()
    }

    fn iter(&self) -> impl Iterator<Item = &Arc<Waiter>> {
        self.first.iter().chain(self.behind.values())
    }

    /// Adds one whose ticket is later than all of these; false if it is one of them.
    fn add(&mut self, waiter: &Arc<Waiter>) -> bool {
        match &self.first {
            None => self.first = Some(Arc::clone(waiter)),
            Some(first) if first.ticket() == waiter.ticket() => return false,
            Some(_) => {
                return self.behind.insert(waiter.ticket(), Arc::clone(waiter)).is_none();
            }
        }
        true
    }

    fn take_first(&mut self) -> Option<Arc<Waiter>> {
        let next = self.behind.pop_first().map(|(_, next)| next);
        std::mem::replace(&mut self.first, next)
    }

    /// Takes one out, and says whether it was there.
    fn remove(&mut self, waiter: &Waiter) -> bool {
        if self.first.as_ref().is_some_and(|first| first.ticket() == waiter.ticket()) {
            return self.take_first().is_some();
        }
        self.behind.remove(&waiter.ticket()).is_some()
    }
}

impl Queues {
    pub(super) fn new() -> Self {
        Self { one: None, last_ticket: 0, others: KeyMap::new(), ready: Ready::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.one.is_none() && self.others.is_empty()
    }

    pub(super) fn next_ticket(&self) -> u64 {
        self.last_ticket + 1
    }

    fn get(&self, key: Key<'_>) -> Option<&Queue> {
        match &self.one {
            Some((other, queue)) if other.as_key() == key => Some(queue),
            _ if self.others.is_empty() => None,
            _ => self.others.get(key),
        }
    }

    fn get_mut(&mut self, key: Key<'_>) -> Option<&mut Queue> {
        match &mut self.one {
            Some((other, queue)) if other.as_key() == key => Some(queue),
            _ if self.others.is_empty() => None,
            _ => self.others.get_mut(key),
        }
    }

    fn entry(&mut self, key: Key<'_>) -> &mut Queue {
        let is_here = self.one.as_ref().is_some_and(|(other, _)| other.as_key() == key);
        let is_free = self.one.is_none() && self.others.is_empty();
        if is_here || is_free {
            &mut self.one.get_or_insert_with(|| (OwnedKey::new(key), Queue::default())).1
        } else {
            self.others.entry(key)
        }
    }

    /// Forgets a queue that is empty.
    fn drop_if_empty(&mut self, key: Key<'_>) {
        match &self.one {
            Some((other, queue)) if other.as_key() == key => {
                if queue.waiters.is_empty() {
                    self.one = None;
                }
            }
            _ if self.others.get(key).is_some_and(|queue| queue.waiters.is_empty()) => {
                self.others.remove(key);
            }
            _ => {}
        }
    }

    fn iter(&self) -> impl Iterator<Item = (Key<'_>, &Queue)> {
        let one = self.one.iter().map(|(key, queue)| (key.as_key(), queue));
        one.chain(self.others.iter())
    }

    /// Adds a waiter. Adding it again for the same key changes nothing.
    pub(super) fn add(&mut self, key: Key<'_>, waiter: &Arc<Waiter>) {
        self.last_ticket = self.last_ticket.max(waiter.ticket());
        let queue = self.entry(key);
        queue.waiters.add(waiter);
        if waiter.request().destination().is_some() {
            queue.moves.get_or_insert_default().add(waiter);
        }
    }

    /// Takes a waiter out of the queue of a key, if it is there.
    pub(super) fn remove(&mut self, key: Key<'_>, waiter: &Waiter) {
        let Some(queue) = self.get_mut(key) else { return };
        queue.waiters.remove(waiter);
        if let Some(moves) = &mut queue.moves {
            moves.remove(waiter);
        }
        self.drop_if_empty(key);
    }

    /// Takes out who was to be served next with a key. It is not one who moves on.
    pub(super) fn take_first(&mut self, key: Key<'_>) -> Option<Arc<Waiter>> {
        let taken = self.get_mut(key)?.waiters.take_first();
        self.drop_if_empty(key);
        taken
    }

    /// Who is to be served next with a key.
    pub(super) fn first(&self, key: Key<'_>) -> Option<&Arc<Waiter>> {
        self.get(key)?.waiters.first.as_ref()
    }

    /// Where up to `most` elements that are added to a key can go when its waiters are served: at most one waiter is
    /// served with each, and those who wait for a move wait for this key alone. Where that may be all of them, each destination
    /// comes once, however many wait to move there.
    pub(super) fn destinations(&self, key: Key<'_>, most: usize) -> impl Iterator<Item = Key<'_>> {
        let moves = self.get(key).and_then(|queue| queue.moves.as_deref());
        moves.into_iter().flat_map(move |moves| {
            let all = most >= moves.movers.len();
            let each = all.then_some(&moves.destinations).into_iter().flat_map(BTreeMap::keys);
            let first = (!all).then(|| moves.movers.iter().take(most)).into_iter().flatten();
            let first = first.filter_map(|waiter| waiter.request().destination());
            each.map(OwnedKey::as_key).chain(first)
        })
    }

    /// Every waiter, and again for each of its keys.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Waiter>> {
        self.iter().flat_map(|(_, queue)| queue.waiters.iter())
    }

    /// How many wait whose first key is of this shard. Some in a queue may have been served by way of another key.
    pub(super) fn blocked_clients(&self) -> usize {
        let by_first_key = self.iter().flat_map(|(key, queue)| {
            queue.waiters.iter().filter(move |waiter| waiter.request().keys().next() == Some(key))
        });
        by_first_key.filter(|waiter| waiter.slot().is_waiting()).count()
    }

    /// Notes that a key was added to. Nobody waits for one that has a list, so it came into existence by that, or its
    /// waiters have not been looked at since it did.
    pub(super) fn added(&mut self, key: Key<'_>) {
        if let Some(queue) = self.get_mut(key)
            && !std::mem::replace(&mut queue.ready, true)
        {
            self.ready.push(OwnedKey::new(key));
        }
    }

    /// The keys that became ready since they were last taken out of here.
    pub(super) fn ready(&mut self) -> &mut Ready {
        &mut self.ready
    }

    /// Notes that a key is looked at: it can become ready again.
    pub(super) fn looked_at(&mut self, key: Key<'_>) {
        if let Some(queue) = self.get_mut(key) {
            queue.ready = false;
        }
    }
}
