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
pub(super) struct Queues {
    near: Near,
    by_key: KeyMap<Queue>,
    /// The keys with waiters that were added to, in the order in which that began, each once.
    ready: Ready,
}

/// What changes when somebody waits alone and is served: one cache line goes from one processor to another.
#[derive(Debug)]
#[repr(align(64))]
struct Near {
    /// Who waits where nobody else does in this shard, to pop from a single key. It has no queue.
    only: Option<Only>,
    /// The last number that was drawn: those of tickets, and of elements that waiters are served.
    drawn: u64,
}

#[derive(Debug)]
struct Only {
    waiter: Arc<Waiter>,
    key: OwnedKey,
    /// As for a queue.
    ready: bool,
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
        let last = self.behind.last_key_value().map(|(_, last)| last).or(self.first.as_ref());
        debug_assert!(last.is_none_or(|last| last.ticket() <= waiter.ticket()));
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
        Self { near: Near { only: None, drawn: 0 }, by_key: KeyMap::new(), ready: Ready::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.near.only.is_none() && self.by_key.is_empty()
    }

    /// A number that is higher than all that were drawn here.
    pub(super) fn next(&self) -> u64 {
        self.near.drawn + 1
    }

    pub(super) fn draw(&mut self) -> u64 {
        self.near.drawn += 1;
        self.near.drawn
    }

    /// Adds a waiter. Adding it again for the same key changes nothing.
    pub(super) fn add(&mut self, key: Key<'_>, waiter: &Arc<Waiter>) {
        self.near.drawn = self.near.drawn.max(waiter.ticket());
        if self.is_empty() && waiter.pops_from_one() {
            let (waiter, key) = (Arc::clone(waiter), OwnedKey::new(key));
            self.near.only = Some(Only { waiter, key, ready: false });
            return;
        }
        self.queue_up();
        let queue = self.by_key.entry(key);
        queue.waiters.add(waiter);
        if waiter.request().destination().is_some() {
            queue.moves.get_or_insert_default().add(waiter);
        }
    }

    /// Gives the one who waits alone a queue.
    fn queue_up(&mut self) {
        if let Some(Only { waiter, key, ready }) = self.near.only.take() {
            let queue = self.by_key.entry(key.as_key());
            queue.waiters.add(&waiter);
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
        queue.waiters.remove(waiter);
        if let Some(moves) = &mut queue.moves {
            moves.remove(waiter);
        }
        if queue.waiters.is_empty() {
            self.by_key.remove(key);
        }
    }

    /// Takes out who was to be served next with a key. It is not one who moves on.
    pub(super) fn take_first(&mut self, key: Key<'_>) -> Option<Arc<Waiter>> {
        if self.only(key).is_some() {
            return self.near.only.take().map(|only| only.waiter);
        }
        let queue = self.by_key.get_mut(key)?;
        let taken = queue.waiters.take_first();
        if queue.waiters.is_empty() {
            self.by_key.remove(key);
        }
        taken
    }

    /// Who is to be served next with a key.
    pub(super) fn first(&self, key: Key<'_>) -> Option<&Arc<Waiter>> {
        match self.only(key) {
            Some(only) => Some(&only.waiter),
            None => self.by_key.get(key)?.waiters.first.as_ref(),
        }
    }

    /// Where up to `most` elements that are added to a key can go when its waiters are served: at most one waiter is
    /// served with each, and those who wait for a move wait for this key alone. Where that may be all of them, each destination
    /// comes once, however many wait to move there.
    pub(super) fn destinations(&self, key: Key<'_>, most: usize) -> impl Iterator<Item = Key<'_>> {
        let moves = self.by_key.get(key).and_then(|queue| queue.moves.as_deref());
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
        self.by_waiter().map(|(_, waiter)| waiter)
    }

    fn by_waiter(&self) -> impl Iterator<Item = (Key<'_>, &Arc<Waiter>)> {
        let only = self.near.only.iter().map(|only| (only.key.as_key(), &only.waiter));
        let queued = self.by_key.iter();
        only.chain(queued.flat_map(|(key, queue)| queue.waiters.iter().map(move |one| (key, one))))
    }

    /// How many wait whose first key is of this shard. Some in a queue may have been served by way of another key.
    pub(super) fn blocked_clients(&self) -> usize {
        let by_first_key =
            self.by_waiter().filter(|(key, waiter)| waiter.request().keys().next() == Some(*key));
        by_first_key.filter(|(_, waiter)| waiter.slot().is_waiting()).count()
    }

    /// Notes that a key was added to. Nobody waits for one that has a list, so it came into existence by that, or its
    /// waiters have not been looked at since it did.
    pub(super) fn added(&mut self, key: Key<'_>) {
        if let Some(ready) = self.ready_mut(key)
            && !std::mem::replace(ready, true)
        {
            self.ready.push(OwnedKey::new(key));
        }
    }

    /// Whether a key was added to and not looked at since, if anybody waits for it.
    fn ready_mut(&mut self, key: Key<'_>) -> Option<&mut bool> {
        match &mut self.near.only {
            Some(only) if only.key.as_key() == key => Some(&mut only.ready),
            _ => self.by_key.get_mut(key).map(|queue| &mut queue.ready),
        }
    }

    /// The keys that became ready since they were last taken out of here.
    pub(super) fn ready(&mut self) -> &mut Ready {
        &mut self.ready
    }

    /// Notes that a key is looked at: it can become ready again.
    pub(super) fn looked_at(&mut self, key: Key<'_>) {
        if let Some(ready) = self.ready_mut(key) {
            *ready = false;
        }
    }
}
