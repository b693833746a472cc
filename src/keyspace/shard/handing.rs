//! What is handed to those who wait for a key of a shard, and what comes back from those who gave up.
//!
//! Where nobody observes a shard but those who wait, and none of them would move the elements of a key on to another one, a
//! command on that key is a commit under this one lock: there is nobody to ask for admission or to tell of changes, and
//! who is served touches no other list. So it needs none of a guard's steps.

use std::sync::Arc;
use std::task::Waker;

use super::Shard;
use crate::Element;
use crate::direction::Direction;
use crate::keyspace::change::Change;
use crate::keyspace::key::Key;
use crate::keyspace::moved::Placed;
use crate::keyspace::receipt::Ended;
use crate::keyspace::waiter::{AllPlaced, Outcome, Slot, Take, Taken, Waiter};

impl Shard {
    /// Whether a command on this key is a commit under this lock alone.
    pub(crate) fn commits_alone(&self, key: Key<'_>) -> bool {
        self.observers.only_waiters_or_log() && !self.observers.queues.moves_on(key)
    }

    /// Such a command, after which those are served who wait for the key. What is returned of them outlives the lock.
    pub(crate) fn commit_alone<R>(
        &mut self,
        key: Key<'_>,
        command: impl FnOnce(&mut Self, Key<'_>) -> R,
    ) -> (R, Ended) {
        // Those who wait are looked at below, whatever changes, and nobody but the log wants to be told.
        let told = self.observers.told_beside_waiters();
        self.telling(told, |shard| {
            shard.keep_places();
            let reply = command(shard, key);
            let ended = shard.serve_alone(key);
            shard.drop_places();
            (reply, ended)
        })
    }

    /// What a blocking command does with such a key, if it has no other, and who is served then.
    pub(crate) fn take_and_serve(
        &mut self,
        key: Key<'_>,
        take: Take<Key<'_>>,
        brought: &mut Option<Element<'_>>,
    ) -> (Option<Taken>, Ended) {
        if let Some(element) = brought.take() {
            match self.hand_over(key, element) {
                Ok(ended) => return (Some(Taken::pushed(1)), ended),
                Err(element) => *brought = Some(element),
            }
        }
        self.commit_alone(key, |shard, key| shard.take_alone(key, take, brought))
    }

    /// Hands an element to the one who has waited for a key the longest, if it wants to pop: what a push of this one, and the
    /// commit that ends the push, would do, without a list in between. Only where nobody else observes this shard.
    /// What is returned outlives the lock. Otherwise the element comes back.
    pub(crate) fn hand_over<'e>(
        &mut self,
        key: Key<'_>,
        element: Element<'e>,
    ) -> Result<Ended, Element<'e>> {
        if !self.observers.only_waiters() {
            return Err(element);
        }
        let queues = &mut self.observers.queues;
        let Some(waiter) = queues.next(key, 1) else { return Err(element) };
        let Some(position) = waiter.position_to_pop(key) else { return Err(element) };
        debug_assert!(
            self.lists.get(key).is_none(),
            "nobody waits to pop from a list that is there"
        );
        let waiter = Arc::clone(waiter);
        let mut slot = waiter.slot();
        if !slot.is_waiting() {
            return Err(element);
        }
        let number = queues.next_number();
        queues.count_served();
        let woken = slot.end(Outcome::Served(Taken::handed_over(position, element, number)));
        drop(slot);
        queues.draw();
        queues.remove(key, &waiter);
        self.leave_other_queues(&waiter);
        self.look_who_observes();
        Ok(Ended(woken.map(|waker| (waiter, waker)).into_iter().collect()))
    }

    /// Serves those who wait for a key: each time the first to have begun of those for whom its length is right.
    fn serve_alone(&mut self, key: Key<'_>) -> Ended {
        let mut ended = Ended::default();
        while let Some(waiter) = self.observers.queues.next(key, self.len(key)).map(Arc::clone) {
            let woken = self.end_by_serving(key, &waiter);
            self.observers.queues.remove(key, &waiter);
            self.leave_other_queues(&waiter);
            ended.0.extend(woken.map(|waker| (waiter, waker)));
        }
        // It was noted from where on something may come back.
        self.observers.queues.all_looked_at(key);
        ended
    }

    /// Serves a waiter, unless a command on another of its keys did.
    fn end_by_serving(&mut self, key: Key<'_>, waiter: &Waiter) -> Option<Waker> {
        let mut slot = waiter.slot();
        let Slot::Waiting(_, brought) = &mut *slot else { return None };
        self.forget_last_pop();
        let (take, deadline) = (waiter.request().take(), self.deadline(key));
        let mut taken = self.take_alone(key, take, brought)?;
        // Who pushes has one key.
        taken.position = waiter.position_to_pop(key).unwrap_or(0);
        if !waiter.stays() {
            taken.deadline = deadline.filter(|_| !self.exists(key));
            self.remember(key, take, &mut taken);
        }
        self.count_served();
        slot.end(Outcome::Served(taken))
    }

    /// Takes a waiter out of the queues of its further keys, as far as they are in this shard.
    fn leave_other_queues(&mut self, waiter: &Waiter) {
        if !waiter.has_one_key() {
            waiter.request().keys().for_each(|key| self.observers.queues.remove(key, waiter));
        }
    }

    pub(crate) fn count_served(&mut self) {
        self.observers.queues.count_served();
    }

    pub(crate) fn count_given_up(&mut self) {
        self.observers.queues.count_given_up();
    }

    /// A waiter is about to be served.
    pub(crate) fn forget_last_pop(&mut self) {
        self.observers.returns.forget_last_pop();
    }

    /// Notes what it takes to undo what was just done for a waiter at this key.
    pub(crate) fn remember(&mut self, key: Key<'_>, take: Take<Key<'_>>, taken: &mut Taken) {
        if let Take::Push { end, .. } = take {
            taken.placed = self.place(key, end, 1);
            return;
        }
        let (queues, returns) = (&mut self.observers.queues, &mut self.observers.returns);
        taken.numbers = returns.numbers_of_last_pop(taken.elements.len(), || queues.draw());
    }

    /// Puts an element back that a waiter had been served, among others that came back to that end.
    pub(crate) fn give_back(
        &mut self,
        key: Key<'_>,
        end: Direction,
        element: Vec<u8>,
        number: u64,
    ) {
        let position = self.lists.position_or_create(key);
        let place = self.observers.returns.place(key, end, number);
        self.look_who_observes();
        self.note(key, || Change::GiveBack { end, place, element: &element });
        let list = self.lists.list_mut(position);
        let index = if end == Direction::Left { place } else { list.len() - place };
        list.insert(index, element.into());
        self.lists.grew(1);
    }

    /// Remembers the outermost elements at an end of a list, as they lie there: they were put there for a waiter.
    pub(crate) fn place(&mut self, key: Key<'_>, end: Direction, count: usize) -> AllPlaced {
        let placed = self.observers.moved.place(key, end, count, self.len(key));
        self.look_who_observes();
        placed
    }

    /// Forgets such an element.
    pub(crate) fn forget_placed(&mut self, key: Key<'_>, placed: Placed) {
        self.observers.moved.forget(key, placed);
        self.look_who_observes();
    }

    /// Removes such an element, and says whether it was still there.
    pub(crate) fn take_back(&mut self, key: Key<'_>, placed: Placed) -> bool {
        let place = self.observers.moved.forget(key, placed);
        let position = self.position(key);
        if let (Some(place), Some(position)) = (place, position) {
            let list = self.lists.list_mut(position);
            let len = list.len();
            let ends = [(0, Direction::Left), (len - 1, Direction::Right)];
            if let Some((_, end)) = ends.into_iter().find(|(at, _)| *at == place) {
                self.pop(key, end);
            } else {
                list.remove(place);
                self.lists.shrank(1);
                self.note(key, || Change::TakeBack { position: place });
            }
        }
        self.look_who_observes();
        place.is_some() && position.is_some()
    }
}
