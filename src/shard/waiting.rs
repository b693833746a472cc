//! Who waits for which key of a shard, in the order in which they began.

use std::collections::VecDeque;
use std::sync::Arc;

use smallvec::SmallVec;

use super::by_key::ByKey;
use super::key::{Key, OwnedKey};
use super::waiter::Waiter;

/// Keys that became ready, in that order.
pub(crate) type Ready = SmallVec<[OwnedKey; 1]>;

/// The waiters of a shard. Between two commands none of their keys has a list.
#[derive(Debug)]
pub(super) struct Waiting {
    by_key: ByKey<Queue>,
    /// The keys with waiters that came into existence, in that order, each once.
    ready: Ready,
}

#[derive(Debug, Default)]
struct Queue {
    /// By ascending ticket.
    waiters: VecDeque<Arc<Waiter>>,
    /// Whether the key came into existence and was not looked at since.
    ready: bool,
}

impl Waiting {
    pub(super) fn new() -> Self {
        Self { by_key: ByKey::new(), ready: Ready::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Adds a waiter whose ticket is higher than any that is here. Adding it again for the same key changes nothing.
    pub(super) fn add(&mut self, key: Key<'_>, waiter: &Arc<Waiter>) {
        let waiters = &mut self.by_key.entry(key).waiters;
        if waiters.back().is_none_or(|last| last.ticket() < waiter.ticket()) {
            waiters.push_back(Arc::clone(waiter));
        }
    }

    /// Takes a waiter out of the queue of a key, if it is there.
    pub(super) fn remove(&mut self, key: Key<'_>, waiter: &Waiter) {
        let Some(queue) = self.by_key.get_mut(key) else { return };
        if let Ok(place) =
            queue.waiters.binary_search_by_key(&waiter.ticket(), |other| other.ticket())
        {
            queue.waiters.remove(place);
        }
        if queue.waiters.is_empty() {
            self.by_key.remove(key);
        }
    }

    /// The waiters for a key, in the order in which they are to be served.
    pub(super) fn of(&self, key: Key<'_>) -> impl Iterator<Item = &Arc<Waiter>> {
        self.by_key.get(key).into_iter().flat_map(|queue| &queue.waiters)
    }

    /// Every waiter, and again for each of its keys.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Waiter>> {
        self.by_key.iter().flat_map(|(_, queue)| &queue.waiters)
    }

    /// Every waiter whose first key is in this shard, once. Some may have been served by way of another key.
    pub(super) fn by_first_key(&self) -> impl Iterator<Item = &Arc<Waiter>> {
        self.by_key.iter().flat_map(|(key, queue)| {
            queue.waiters.iter().filter(move |waiter| waiter.request().keys().next() == Some(key))
        })
    }

    /// Notes that a key came into existence.
    pub(super) fn created(&mut self, key: Key<'_>) {
        if let Some(queue) = self.by_key.get_mut(key)
            && !std::mem::replace(&mut queue.ready, true)
        {
            self.ready.push(OwnedKey::new(key));
        }
    }

    /// The keys that came into existence since they were last taken out of here.
    pub(super) fn ready(&mut self) -> &mut Ready {
        &mut self.ready
    }

    /// Notes that a key is looked at: it can become ready again.
    pub(super) fn looked_at(&mut self, key: Key<'_>) {
        if let Some(queue) = self.by_key.get_mut(key) {
            queue.ready = false;
        }
    }
}
