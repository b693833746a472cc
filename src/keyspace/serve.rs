//! Who waits is served at the end of the commit that made it possible: after it is complete, and before any lock is given
//! up.
//!
//! After every single serving, the first to have begun of those who wait for a key, and for whom the length of its list is
//! right, is next. Who cannot be served keeps their place and holds up nobody.

use std::sync::Arc;

use smallvec::SmallVec;

use super::guard::Guard;
use super::key::OwnedKey;
use super::queues::Ready;
use super::waiter::{Outcome, Request, Slot, Take, Taken, Waiter};
use crate::Element;

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
        shard.queues().next(key, shard.len(key)).map(Arc::clone)
    }

    /// Serves a waiter, unless a command on another of its keys did, and takes it out of the queues.
    fn serve(&mut self, _: &OwnedKey, waiter: &Arc<Waiter>) {
        let mut slot = waiter.slot();
        if let Slot::Waiting(_, brought) = &mut *slot
            && let Some(taken) = self.take_for(waiter, brought)
        {
            let woken = slot.end(Outcome::Served(taken));
            self.wake(waiter, woken);
        }
        drop(slot);
        self.dequeue(waiter);
    }
}

impl Guard<'_> {
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
            let elements = match request.take() {
                Take::Pop { from, count } => self.shard_mut(key).pop_up_to(key, from, count)?,
                Take::Move { destination, block } => self.move_block(key, destination, block)?,
                Take::Push { end, max_len } => {
                    return self
                        .shard_mut(key)
                        .push_bounded(key, end, max_len, brought)
                        .map(Taken::pushed);
                }
            };
            Some(Taken::at_once(position, elements))
        })
    }

    /// The same for somebody who waits, with what it takes to undo it, if that may be.
    fn take_for(
        &mut self,
        waiter: &Waiter,
        brought: &mut Option<Element<'static>>,
    ) -> Option<Taken> {
        let request = waiter.request();
        if waiter.stays() {
            return self.take(request, brought);
        }
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
                for (element, number) in taken.elements.into_iter().zip(taken.numbers) {
                    self.shard_mut(key).give_back(key, from, element, number);
                }
            }
            Take::Move { destination, block } => {
                block.turn_from_lying_to_popped(&mut taken.elements);
                let numbered = taken.elements.into_iter().zip(taken.numbers);
                let mut left: SmallVec<[_; 1]> = numbered.zip(taken.placed).collect();
                // All of them first: in a list that was moved to itself, what has gone back is not to be disturbed.
                left.retain(|(_, placed)| {
                    self.shard_mut(destination).take_back(destination, *placed)
                });
                for ((element, number), _) in left {
                    self.shard_mut(key).give_back(key, block.from, element, number);
                }
            }
            Take::Push { .. } => {
                for placed in taken.placed {
                    self.shard_mut(key).take_back(key, placed);
                }
            }
        }
    }
}
