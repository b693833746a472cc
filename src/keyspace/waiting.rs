//! How a wait begins, and what is told to the keyspace of its end.

use std::sync::Arc;

use super::Keyspace;
use super::access::Reach;
use super::change::Intent;
use super::guard::Guard;
use super::key::{Key, KeyVec};
use super::moved::Placed;
use super::shard::Shard;
use super::waiter::{Outcome, OwnedRequest, Party, Request, Taken, Waiter};
use crate::sync::MutexGuard;
use crate::{Element, Error};

/// How far a blocking command got at once.
#[derive(Debug)]
pub(crate) enum Begun<'s> {
    Over(Outcome),
    /// None of its keys has the length that it waits for.
    InVain(Held<'s>),
}

/// The shards of a request's keys under their locks. A waiter that joins their queues lets no change slip in after
/// the look that found nothing.
#[derive(Debug)]
pub(crate) enum Held<'s> {
    /// Of the only key, in a shard that nobody observes but others who wait.
    One(MutexGuard<'s, Shard>),
    Several(Guard<'s>),
}

impl Keyspace {
    /// Takes what is requested, or returns with the locks.
    pub(crate) fn take_or_hold(
        &self,
        request: Request<'_>,
        brought: &mut Option<Element<'_>>,
    ) -> Begun<'_> {
        let Some(key) = request.only_key() else {
            return self.take_from_several(request);
        };
        let mut shard = self.lock_shard(self.shard_of(key.hash));
        if shard.is_observed() {
            return self.take_from_observed(key, shard, request, brought);
        }
        match shard.take_alone(key, request.take(), brought) {
            Some(taken) => Begun::Over(Outcome::Served(taken)),
            None => Begun::InVain(Held::One(shard)),
        }
    }

    /// The same with the only key in a shard that somebody observes.
    #[inline(never)]
    fn take_from_observed<'s>(
        &'s self,
        key: Key<'_>,
        mut shard: MutexGuard<'s, Shard>,
        request: Request<'_>,
        brought: &mut Option<Element<'_>>,
    ) -> Begun<'s> {
        if !shard.commits_alone(key) {
            let guard = Guard::new(self, [(self.shard_of(key.hash), shard)]);
            return guard.take_or_hold(request, brought);
        }
        match shard.take_and_serve(key, request.take(), brought) {
            (Some(taken), ended) => {
                drop(shard);
                drop(ended);
                Begun::Over(Outcome::Served(taken))
            }
            (None, _) => Begun::InVain(Held::One(shard)),
        }
    }

    #[inline(never)]
    fn take_from_several(&self, request: Request<'_>) -> Begun<'_> {
        let guard = self.lock(Reach::Keys(&request.all_keys()), Intent::Set);
        guard.take_or_hold(request, &mut None)
    }

    /// Takes somebody whose wait has ended out of the queues: who ended it could not reach them all.
    pub(crate) fn dequeue(&self, waiter: &Waiter) {
        self.lock_queues(waiter).dequeue(waiter);
    }

    /// What was served was collected: nothing of it will be given back.
    pub(crate) fn forget_placed(&self, request: Request<'_>, all: &[Placed]) {
        if let Some(key) = request.destination().or(request.key(0)) {
            let mut shard = self.lock_shard(self.shard_of(key.hash));
            for placed in all {
                shard.forget_placed(key, *placed);
            }
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
    pub(crate) fn give_back(&self, request: Request<'_>, taken: Taken) {
        let mut guard = self.lock(Reach::Keys(&request.all_keys()), Intent::Several);
        guard.give_back(request, taken);
    }

    /// Locks the shards in whose queues a waiter is.
    fn lock_queues(&self, waiter: &Waiter) -> Guard<'_> {
        let keys: KeyVec<'_> = waiter.request().keys().collect();
        self.lock(Reach::Keys(&keys), Intent::Set)
    }
}

impl Held<'_> {
    /// Puts somebody into the queues of the keys, and gives up the locks.
    pub(crate) fn wait(self, request: OwnedRequest, party: Party) -> Arc<Waiter> {
        match self {
            Self::One(mut shard) => {
                let waiter = Arc::new(Waiter::new(shard.next_ticket(), party, request));
                waiter.request().keys().for_each(|key| shard.add_waiter(key, &waiter));
                waiter
            }
            Self::Several(mut guard) => {
                let tickets = request.as_request().keys().map(|key| guard.shard(key).next_ticket());
                let ticket = tickets.max().unwrap_or(0);
                let waiter = Arc::new(Waiter::new(ticket, party, request));
                guard.enqueue(&waiter);
                waiter
            }
        }
    }
}

impl<'s> Guard<'s> {
    #[inline(never)]
    fn take_or_hold(self, request: Request<'_>, brought: &mut Option<Element<'_>>) -> Begun<'s> {
        let mut guard = self.widened_for(&request.all_keys(), request.intent());
        if let Err(error) = guard.admit(request.intent()) {
            return Begun::Over(Outcome::Failed(error));
        }
        match guard.take(request, brought) {
            Some(taken) => {
                let settled = guard.end();
                Begun::Over(settled.map_or_else(Outcome::Failed, |()| Outcome::Served(taken)))
            }
            None if guard.keyspace().is_closed() => Begun::Over(Outcome::Failed(Error::Closed)),
            None => Begun::InVain(Held::Several(guard)),
        }
    }
}

impl Guard<'_> {
    /// Puts a waiter into the queues of its keys, all of which are locked.
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
        self.wake(&waiter, woken);
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
