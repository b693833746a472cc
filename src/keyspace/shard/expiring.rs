//! What expires in a shard. A key whose deadline has passed is not found any more; what is here gives it its deadline, and
//! takes it away in the end.

use std::task::Waker;

use super::Shard;
use crate::clock::UnixTime;
use crate::expiry::{ExpireOptions, Expiry};
use crate::keyspace::change::Change;
use crate::keyspace::key::{Key, OwnedKey};
use crate::list::List;

/// How many keys that are due a command removes beside its own.
const FEW: usize = 8;

impl Shard {
    /// Whether any key has a deadline.
    #[inline]
    pub(crate) fn has_deadlines(&self) -> bool {
        self.lists.has_deadlines()
    }

    /// How many keys have one, and how many have expired and been removed.
    pub(crate) fn expiry_counts(&self) -> (usize, u64) {
        (self.lists.deadline_count(), self.observers.expired)
    }

    /// What time it is as long as the lock is held, which is after all times that it was here before.
    pub(crate) fn set_now(&mut self, now: UnixTime) {
        self.lists.set_now(now);
    }

    /// Whether a key has expired that is kept.
    #[inline]
    pub(crate) fn is_any_due(&self) -> bool {
        self.lists.is_any_due()
    }

    /// A few keys that have expired and are kept.
    pub(crate) fn due(&self) -> impl Iterator<Item = OwnedKey> {
        self.lists.due(FEW).map(OwnedKey::new)
    }

    /// Whether this key has expired and is kept.
    pub(crate) fn is_kept_expired(&self, key: Key<'_>) -> bool {
        self.is_any_due()
            && self.lists.position(key).is_some_and(|position| self.lists.has_expired(position))
    }

    /// Removes a key if it has expired.
    pub(crate) fn remove_expired(&mut self, key: Key<'_>) -> Option<List> {
        if !self.is_kept_expired(key) {
            return None;
        }
        let position = self.lists.position(key)?;
        self.count_expired();
        Some(self.take_at(key, position, Change::Expired))
    }

    /// TTL and EXPIRETIME
    pub(crate) fn expiry(&self, key: Key<'_>) -> Expiry {
        match self.position(key).map(|position| self.lists.deadline(position)) {
            None => Expiry::NoKey,
            Some(None) => Expiry::NoDeadline,
            Some(Some((deadline, now))) => Expiry::At { deadline, now },
        }
    }

    /// When a key expires, if it does.
    #[inline]
    pub(crate) fn deadline(&self, key: Key<'_>) -> Option<UnixTime> {
        if !self.has_deadlines() {
            return None;
        }
        if let Expiry::At { deadline, .. } = self.expiry(key) { Some(deadline) } else { None }
    }

    /// Counts a key that has expired where nobody has seen it since.
    pub(crate) fn count_expired(&mut self) {
        self.observers.expired += 1;
    }

    /// EXPIRE and its like, at this time: whether there is a key that the options allow this deadline, and its list if that is
    /// gone at once, as the deadline is not in the future.
    pub(crate) fn expire(
        &mut self,
        key: Key<'_>,
        at: UnixTime,
        now: UnixTime,
        options: ExpireOptions,
    ) -> (bool, Option<List>) {
        let Some(position) = self.position(key) else { return (false, None) };
        let old = self.lists.deadline(position).map(|(at, _)| at);
        if !options.allow(at, old) {
            return (false, None);
        }
        if at <= now {
            return (true, self.delete(key));
        }
        self.set_deadline(position, Expiry::At { deadline: at, now });
        self.note(key, || Change::Deadline(Some(at)));
        (true, None)
    }

    /// PERSIST: whether there was a deadline, which is gone.
    pub(crate) fn persist(&mut self, key: Key<'_>) -> bool {
        let Some(position) = self.position(key) else { return false };
        let had_one = self.lists.take_deadline(position).is_some();
        if had_one {
            self.note(key, || Change::Deadline(None));
        }
        had_one
    }

    /// Gives the key at a position a deadline, if that is one, in the place of the one that it may have.
    pub(super) fn set_deadline(&mut self, position: usize, expiry: Expiry) {
        if let Expiry::At { deadline, now } = expiry {
            self.lists.set_deadline(position, deadline, now);
            self.look_who_observes();
        } else {
            self.lists.take_deadline(position);
        }
    }

    /// Gives a key back the deadline that it had before all elements were taken out of its list, if it has none since they are in
    /// there again.
    pub(crate) fn keep_deadline(&mut self, key: Key<'_>, kept: Expiry) {
        let Expiry::At { deadline, .. } = kept else { return };
        if self.expiry(key) == Expiry::NoDeadline
            && let Some(position) = self.position(key)
        {
            self.set_deadline(position, kept);
            self.note(key, || Change::Deadline(Some(deadline)));
        }
    }

    /// What wakes the threads that wait for room at keys whose deadline has changed since this was last asked: they sleep no
    /// longer than until then.
    pub(crate) fn take_rescheduled(&mut self) -> Option<Vec<Waker>> {
        let rescheduled = &mut self.observers.rescheduled;
        (!rescheduled.is_empty()).then(|| std::mem::take(rescheduled))
    }

    /// Notes who has to look again when a key expires.
    pub(super) fn reschedule(&mut self, key: Key<'_>) {
        let observers = &mut *self.observers;
        observers.rescheduled.extend(observers.queues.sleeping_pushers(key));
    }
}
