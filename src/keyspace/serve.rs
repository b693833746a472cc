//! Who waits is served at the end of the commit that made it possible: after it is complete, and before any lock is given
//! up.
//!
//! After every single serving, the first to have begun of those who wait for a key, and for whom the length of its list is
//! right, is next. Who cannot be served keeps their place and holds up nobody.

use std::sync::Arc;

use smallvec::SmallVec;

use super::guard::Guard;
use super::key::{Key, OwnedKey};
use super::queues::Ready;
use super::waiter::{Outcome, Request, Slot, Take, Taken, Waiter};
use crate::clock::UnixTime;
use crate::expiry::Expiry;
use crate::{Direction, Element};

/// Where waiters are served: among the lists, or [ahead](super::ahead) of it on their lengths alone.
pub(super) trait Serving {
    type Key;
    type Waiter;

    /// The keys that changed since this was last asked, so that somebody may be served, in the order in which they did.
    fn take_ready(&mut self) -> Option<SmallVec<[Self::Key; 1]>>;

    /// Notes that the waiters of a key are looked at: it can become ready again.
    fn looks_at(&mut self, key: &Self::Key);

    /// Who is to be served next with a key.
    fn next(&self, key: &Self::Key) -> Option<Self::Waiter>;

    fn serve(&mut self, key: &Self::Key, waiter: &Self::Waiter);

    /// Serves those who wait for a key that changed, in the order in which the keys did. A key that is changed by this has
    /// its turn after all of these.
    fn serve_all(&mut self) {
        while let Some(round) = self.take_ready() {
            for key in &round {
                self.looks_at(key);
                while let Some(waiter) = self.next(key) {
                    self.serve(key, &waiter);
                }
            }
        }
    }
}

impl Serving for Guard<'_> {
    type Key = OwnedKey;
    type Waiter = Arc<Waiter>;

    fn take_ready(&mut self) -> Option<Ready> {
        Guard::take_ready(self)
    }

    fn looks_at(&mut self, key: &OwnedKey) {
        let key = key.as_key();
        self.shard_mut(key).serving(key);
    }

    fn next(&self, key: &OwnedKey) -> Option<Arc<Waiter>> {
        let key = key.as_key();
        let shard = self.shard(key);
        let next = shard.queues().next(key, shard.len(key))?;
        // A deadline that a transaction set may have passed since its time stood still. For one command that is no time, and which
        // locks serving needs was found by it.
        if self.lasts() && shard.has_deadlines() && self.expires_meanwhile(key) {
            return None;
        }
        Some(Arc::clone(next))
    }

    /// Serves a waiter, unless a command on another of its keys did, and takes it out of the queues.
    fn serve(&mut self, key: &OwnedKey, waiter: &Arc<Waiter>) {
        let mut slot = waiter.slot();
        if let Slot::Waiting(_, brought) = &mut *slot
            && let Some(taken) = self.take_for(waiter, brought)
        {
            let woken = slot.end(Outcome::Served(taken));
            self.wake(waiter, woken);
            self.shard_mut(key.as_key()).count_served();
        }
        drop(slot);
        self.dequeue(waiter);
    }
}

impl Guard<'_> {
    /// Whether a key has a deadline that has passed by now, although it had not for this commit.
    fn expires_meanwhile(&self, key: Key<'_>) -> bool {
        match self.shard(key).expiry(key) {
            Expiry::At { deadline, .. } => deadline < self.keyspace().time().expiry_time(),
            Expiry::NoKey | Expiry::NoDeadline => false,
        }
    }

    /// What a blocking command does when it does not have to wait: it acts on the first of its keys whose list has the
    /// length for it. Keys in shards that are not locked have none, or none that this command may know of yet.
    pub(super) fn take(
        &mut self,
        request: Request<'_>,
        brought: &mut Option<Element<'_>>,
    ) -> Option<Taken> {
        request.keys().enumerate().find_map(|(position, key)| {
            if !self.holds(key) {
                return None;
            }
            let deadline = self.shard(key).deadline(key);
            let elements = match request.take() {
                // What has expired stays where it is: nobody has made sure of the locks for those who wait for room there.
                Take::Pop { .. } if !self.shard(key).exists(key) => return None,
                Take::Pop { from, count } => self.shard_mut(key).pop_up_to(key, from, count)?,
                Take::Move { destination, block } => self.move_block(key, destination, block)?,
                Take::Push { end, max_len } => {
                    return self
                        .changing(key)
                        .push_bounded(key, end, max_len, brought)
                        .map(Taken::pushed);
                }
            };
            let deadline = deadline.filter(|_| !self.shard(key).exists(key));
            Some(Taken { deadline, ..Taken::at_once(position, elements) })
        })
    }

    /// The same for somebody who waits, with what it takes to undo it, if that may be.
    fn take_for(
        &mut self,
        waiter: &Waiter,
        brought: &mut Option<Element<'static>>,
    ) -> Option<Taken> {
        if waiter.stays() {
            return self.take(waiter.request(), brought);
        }
        self.take_undoably(waiter.request(), brought)
    }

    /// What is taken like this can be [given back](Self::give_back).
    pub(super) fn take_undoably(
        &mut self,
        request: Request<'_>,
        brought: &mut Option<Element<'_>>,
    ) -> Option<Taken> {
        for key in request.keys() {
            if self.holds(key) {
                self.shard_mut(key).forget_last_pop();
            }
        }
        let mut taken = self.take(request, brought)?;
        let key = request.key(taken.position)?;
        self.shard_mut(key).remember(key, request.take(), &mut taken);
        if let Take::Move { destination, block } = request.take() {
            let count = taken.elements.len();
            taken.placed = self.shard_mut(destination).place(destination, block.to, count);
            block.turn_from_lying_to_popped(&mut taken.placed);
        }
        Some(taken)
    }

    /// Undoes what serving did for a wait that was dropped. Popped elements go back to where they were. What was moved or
    /// pushed goes back unless somebody has taken it from there since, or changed that list inside.
    pub(super) fn give_back(&mut self, request: Request<'_>, mut taken: Taken) {
        let Some(key) = request.key(taken.position) else { return };
        match request.take() {
            Take::Pop { from, .. } => {
                let returning = taken.elements.into_iter().zip(taken.numbers).collect();
                self.put_back(key, from, returning, taken.deadline);
            }
            Take::Move { destination, block } => {
                block.turn_from_lying_to_popped(&mut taken.elements);
                // A list that was moved to itself has been there all the time, and may have another deadline by now.
                let is_same = key == destination;
                let deadline = if is_same { self.shard(key).deadline(key) } else { taken.deadline };
                let numbered = taken.elements.into_iter().zip(taken.numbers);
                // All of them first: in such a list, what has gone back is not to be disturbed.
                let mut is_left =
                    |placed| self.shard_mut(destination).take_back(destination, placed);
                let left = numbered.zip(taken.placed).filter(|(_, placed)| is_left(*placed));
                let returning = left.map(|(numbered, _)| numbered).collect();
                self.put_back(key, block.from, returning, deadline);
            }
            Take::Push { .. } => {
                for placed in taken.placed {
                    self.shard_mut(key).take_back(key, placed);
                }
            }
        }
    }

    /// Puts elements back at an end of the list that they were taken from, in the order of popping. If they were the last of it,
    /// and the key is still gone, it is there again with the deadline that it had, or not at all if that has passed.
    fn put_back(
        &mut self,
        key: Key<'_>,
        end: Direction,
        returning: SmallVec<[(Vec<u8>, u64); 1]>,
        deadline: Option<UnixTime>,
    ) {
        if returning.is_empty() {
            return;
        }
        // A key that was made meanwhile has a deadline of its own, or none.
        let deadline = deadline.filter(|_| !self.changing(key).exists(key));
        let now = deadline.map_or(UnixTime::MIN, |_| self.expiry_time());
        if deadline.is_some_and(|deadline| deadline < now) {
            return self.shard_mut(key).count_expired();
        }
        for (element, number) in returning {
            self.changing(key).give_back(key, end, element, number);
        }
        if let Some(deadline) = deadline {
            self.shard_mut(key).keep_deadline(key, Expiry::At { deadline, now });
        }
    }
}
