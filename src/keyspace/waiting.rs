//! How a wait begins, and what is told to the keyspace of its end.

use std::sync::Arc;
use std::time::Duration;

use super::Keyspace;
use super::access::Reach;
use super::change::Intent;
use super::guard::Guard;
use super::key::{Key, KeyVec};
use super::moved::Placed;
use super::promise::Promise;
use super::shard::Shard;
use super::waiter::{Outcome, OwnedRequest, Party, Request, Taken, Waiter};
use crate::expiry::Expiry;
use crate::sync::MutexGuard;
use crate::{Element, Error};

/// How far a blocking command got at once.
#[derive(Debug)]
pub(crate) enum Begun<'s> {
    /// With what is to be settled before that is returned.
    Over(Outcome, Option<Promise>),
    /// None of its keys has the length that it waits for.
    InVain(Held<'s>),
}

/// The shards of a request's keys under their locks. A waiter that joins their queues lets no change slip in after
/// the look that found nothing.
#[derive(Debug)]
#[cfg_attr(
    feature = "durable",
    expect(
        clippy::large_enum_variant,
        reason = "once for a wait, and gone as soon as it has begun"
    )
)]
pub(crate) enum Held<'s> {
    /// Of the only key, in a shard that nobody observes but others who wait.
    One(MutexGuard<'s, Shard>),
    Several(Guard<'s>),
}

impl Keyspace {
    /// Takes what is requested, or returns with the locks. Who does not stay until it is over may give back what was taken.
    pub(crate) fn take_or_hold(
        &self,
        request: Request<'_>,
        brought: &mut Option<Element<'_>>,
        stays: bool,
    ) -> Begun<'_> {
        let Some(key) = request.only_key() else {
            return self.take_from_several(request, stays);
        };
        let _copies = self.copies_for_log(brought.as_slice());
        if request.intent().needs_memory()
            && let Err(error) = self.admits_more()
        {
            return Begun::Over(Outcome::Failed(error), None);
        }
        let mut shard = self.lock_shard(self.shard_of(key.hash));
        if shard.is_observed() {
            return self.take_from_observed(key, shard, request, brought, stays);
        }
        match shard.take_alone(key, request.take(), brought) {
            Some(taken) => {
                shard.count_commit();
                self.account.settle();
                Begun::Over(Outcome::Served(taken), None)
            }
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
        stays: bool,
    ) -> Begun<'s> {
        if self.promises() || self.is_any_due(&mut shard) || !shard.commits_alone(key) {
            let guard = self.guard_with_room(shard, key.hash);
            return guard.take_or_hold(request, brought, stays);
        }
        match shard.take_and_serve(key, request.take(), brought) {
            (Some(taken), ended) => {
                shard.count_commit();
                self.account.settle();
                drop(shard);
                drop(ended);
                Begun::Over(Outcome::Served(taken), None)
            }
            (None, _) => Begun::InVain(Held::One(shard)),
        }
    }

    #[inline(never)]
    fn take_from_several(&self, request: Request<'_>, stays: bool) -> Begun<'_> {
        self.wait_for_room();
        self.make_room_for(request.intent());
        let guard = self.lock(Reach::Keys(&request.all_keys()), Intent::Look);
        guard.take_or_hold(request, &mut None, stays)
    }

    /// Takes somebody whose wait has ended out of the queues: who ended it could not reach them all.
    pub(crate) fn dequeue(&self, waiter: &Waiter) {
        self.lock_queues(waiter).dequeue(waiter);
    }

    /// When somebody who waits for room is to look again, as the list in the way expires. One that has expired is removed, which
    /// may serve that very wait.
    pub(crate) fn look_for_room(&self, waiter: &Waiter) -> Option<Duration> {
        let request = waiter.request();
        let key = request.key(0).filter(|_| request.waits_for_room())?;
        let mut shard = self.lock_shard(self.shard_of(key.hash));
        if !shard.has_deadlines() {
            return None;
        }
        shard = self.without_few_expired(key.hash, key.bytes, shard);
        match shard.expiry(key) {
            Expiry::At { deadline, now } => self.time().until_after(now, deadline),
            Expiry::NoKey | Expiry::NoDeadline => None,
        }
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
        if left.is_waiting()
            && let Some(key) = waiter.request().key(0)
        {
            guard.shard_mut(key).count_given_up();
        }
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
        self.lock(Reach::Keys(&keys), Intent::Look)
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
    fn take_or_hold(
        self,
        request: Request<'_>,
        brought: &mut Option<Element<'_>>,
        stays: bool,
    ) -> Begun<'s> {
        let (keyspace, keys) = (self.keyspace(), request.all_keys());
        let mut guard = self.widened_for(&keys, request.intent());
        // Where something has expired, those come first who wait for room there. This one finds what they push: if it joined them
        // it might move that on to where nobody has looked for the locks.
        while guard.is_about_to_serve() {
            drop(guard);
            guard = keyspace.lock(Reach::Keys(&keys), request.intent());
        }
        if let Err(error) = guard.admit(request.intent()) {
            return Begun::Over(Outcome::Failed(error), None);
        }
        // What nothing is promised of is returned at once.
        let taken = if stays || !guard.keyspace().promises() {
            guard.take(request, brought)
        } else {
            guard.take_undoably(request, brought)
        };
        match taken {
            Some(taken) => {
                guard.has_written();
                Begun::Over(Outcome::Served(taken), guard.commit())
            }
            None if guard.keyspace().is_closed() => {
                Begun::Over(Outcome::Failed(Error::Closed), None)
            }
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

    /// The connections that wait, with every shard locked, each once for each of its keys.
    pub(crate) fn waiting_clients(&self) -> Vec<u64> {
        let waiters = self.shards().flat_map(|shard| shard.queues().all());
        let waiting = waiters.filter(|waiter| waiter.slot().is_waiting());
        waiting.filter_map(|waiter| waiter.client()).collect()
    }

    /// Whether anybody is in a queue of a locked shard.
    #[cfg(all(test, redeque_loom))]
    pub(crate) fn is_waited_for(&self) -> bool {
        self.shards().any(|shard| !shard.queues().is_empty())
    }
}
