//! How a wait begins, and what is told to the keyspace of its end.

use std::sync::Arc;
use std::task::Waker;

use super::Keyspace;
use super::access::Reach;
use super::guard::Guard;
use super::key::KeyVec;
use super::moved::Placed;
use super::waiter::{Outcome, Request, Taken, Waiter};

/// How far a blocking command got at once.
#[derive(Debug)]
pub(crate) enum Begun {
    Over(Request, Outcome),
    Waiting(Arc<Waiter>),
}

impl Keyspace {
    /// Takes what is requested, or puts somebody into the queues of the keys, under the same locks: no push slips
    /// between the look and the wait.
    pub(crate) fn take_or_wait(
        &self,
        request: Request,
        client: Option<u64>,
        waker: Waker,
    ) -> Begun {
        let intent = request.intent();
        let mut guard = self.lock(Reach::Keys(&request.all_keys()), 0);
        // Who finds nothing adds nothing, and needs no locks of those whom an element would be moved on to.
        if intent.brings() > 0 && request.keys().any(|key| guard.shard(key).exists(key)) {
            guard = guard.widened_for(&request.all_keys(), intent.brings());
        }
        if let Err(error) = guard.admit(intent) {
            return Begun::Over(request, Outcome::Failed(error));
        }
        let Some(taken) = guard.take(&request) else {
            let waiter = Waiter::new(self.ticket(), client, request, waker);
            let waiter = Arc::new(waiter);
            guard.enqueue(&waiter);
            return Begun::Waiting(waiter);
        };
        let settled = guard.end();
        Begun::Over(request, settled.map_or_else(Outcome::Failed, |()| Outcome::Served(taken)))
    }

    /// Takes somebody whose wait has ended out of the queues: who ended it could not reach them all.
    pub(crate) fn dequeue(&self, waiter: &Waiter) {
        self.lock_queues(waiter).dequeue(waiter);
    }

    /// What was served was collected: nothing of it will be given back.
    pub(crate) fn forget_moved(&self, request: &Request, placed: Placed) {
        if let Some(destination) = request.destination() {
            let mut guard = self.lock(Reach::Keys(&[destination]), 0);
            guard.shard_mut(destination).forget_moved(destination, placed);
        }
    }

    /// Ends a wait, and returns its outcome, if it had one by then.
    pub(crate) fn end_wait(&self, waiter: &Waiter) -> Option<Outcome> {
        let mut guard = self.lock_queues(waiter);
        guard.dequeue(waiter);
        let left = waiter.leave();
        // The waker in there goes after the locks: its drop may run code of the caller's.
        drop(guard);
        left.into_outcome()
    }

    /// Undoes what serving did for a wait that was dropped. It is never refused.
    pub(crate) fn give_back(&self, request: &Request, taken: Taken) {
        let mut guard = self.lock(Reach::Keys(&request.all_keys()), taken.elements.len());
        guard.give_back(request, taken);
    }

    /// Locks the shards in whose queues a waiter is.
    fn lock_queues(&self, waiter: &Waiter) -> Guard<'_> {
        let keys: KeyVec<'_> = waiter.request().keys().collect();
        self.lock(Reach::Keys(&keys), 0)
    }
}

impl Guard<'_> {
    /// Puts a waiter into the queues of its keys, all of which are locked and have no list.
    fn enqueue(&mut self, waiter: &Arc<Waiter>) {
        for key in waiter.request().keys() {
            self.shard_mut(key).add_waiter(key, waiter);
        }
    }

    /// Takes a waiter out of the queues of those of its keys whose shards are locked.
    pub(super) fn dequeue(&mut self, waiter: &Waiter) {
        for key in waiter.request().keys() {
            if self.holds(key) {
                self.shard_mut(key).remove_waiter(key, waiter);
            }
        }
    }

    /// CLIENT UNBLOCK, with every shard locked: whether that connection was waiting.
    pub(super) fn unblock(&mut self, client: u64, outcome: Outcome) -> bool {
        let is_meant = |waiter: &&Arc<Waiter>| waiter.client() == Some(client);
        let Some(waiter) =
            self.shards().flat_map(|shard| shard.queues().all()).find(is_meant).cloned()
        else {
            return false;
        };
        let woken = waiter.slot().end(outcome);
        let unblocked = woken.is_some();
        self.wake(woken);
        self.dequeue(&waiter);
        unblocked
    }

    /// How many wait, with every shard locked.
    pub(crate) fn blocked_clients(&self) -> usize {
        self.shards().map(|shard| shard.queues().blocked_clients()).sum()
    }

    /// Whether anybody is in a queue of a locked shard.
    #[cfg(all(test, redeque_loom))]
    pub(crate) fn is_waited_for(&self) -> bool {
        self.shards().any(|shard| !shard.queues().is_empty())
    }
}
