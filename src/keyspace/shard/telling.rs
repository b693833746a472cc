//! Who is told of what changes in a shard.

use super::{Observers, Shard};
#[cfg(feature = "durable")]
use crate::Direction;
use crate::keyspace::change::Change;
use crate::keyspace::key::Key;

/// Who is to be told of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Nobody,
    /// Nobody, unless a key has expired by now: some have deadlines.
    Clock,
    /// The log and nobody else: a command on one key is a commit, which serves nobody.
    #[cfg(feature = "durable")]
    Log,
    /// The same, of a commit that pops one element at most, and of one that did, at this end: it is written down from that alone.
    #[cfg(feature = "durable")]
    LogOfOnePop,
    #[cfg(feature = "durable")]
    LogOfPopAt(Direction),
    /// The log, and the copy that may be made beside it. Those who wait are looked at by who changes something.
    #[cfg(feature = "durable")]
    LogBesideWaiters,
    /// One of the [`Observers`], or several.
    Observers,
}

impl Shard {
    /// Whether a change or a deadline in this shard is to be observed.
    #[inline]
    pub(crate) fn is_observed(&self) -> bool {
        self.told != Told::Nobody
    }

    /// Whether nobody observes this shard, except that keys expire here.
    #[inline]
    pub(crate) fn only_expires(&self) -> bool {
        self.told == Told::Clock
    }

    /// Whether a command on one key is a commit that nobody but the log is told of.
    #[cfg(feature = "durable")]
    #[inline]
    pub(crate) fn is_only_logged(&self) -> bool {
        self.told == Told::Log
    }

    /// Runs a command where nobody but the clock observes this shard, and nothing is due.
    #[inline]
    pub(crate) fn unobserved<R>(&mut self, command: impl FnOnce(&mut Self) -> R) -> R {
        debug_assert!(self.only_expires() && !self.is_any_due(), "somebody would have to be told");
        self.telling(Told::Nobody, command)
    }

    /// Runs a command of which these are told, unless it has others observe this shard.
    #[inline]
    pub(super) fn telling<R>(&mut self, told: Told, command: impl FnOnce(&mut Self) -> R) -> R {
        self.told = told;
        let reply = command(self);
        self.look_who_observes();
        reply
    }

    /// Tells those who observe this shard of a change.
    #[inline]
    pub(super) fn note<'c>(&mut self, key: Key<'_>, change: impl FnOnce() -> Change<'c>) {
        if self.is_observed() {
            self.tell(key, change());
        }
    }

    #[cold]
    pub(super) fn tell(&mut self, key: Key<'_>, change: Change<'_>) {
        match self.told {
            #[cfg(feature = "durable")]
            Told::LogOfOnePop => self.note_pop(key, change),
            #[cfg(feature = "durable")]
            Told::Log | Told::LogOfPopAt(_) | Told::LogBesideWaiters => {
                self.write_down(key, change);
            }
            Told::Nobody | Told::Clock | Told::Observers => self.tell_observers(key, change),
        }
    }

    fn tell_observers(&mut self, key: Key<'_>, change: Change<'_>) {
        self.observers.watchers.touch(key);
        self.observers.queues.changed(key, change.adds(), change.removes());
        if change.sets_deadline() {
            self.reschedule(key);
        }
        if !self.observers.returns.is_empty() {
            self.observers.returns.observe(key, change, self.len(key));
        }
        if !self.observers.moved.is_empty() {
            self.observers.moved.observe(key, change, self.len(key));
        }
        // Either may have had nothing left to observe since.
        self.look_who_observes();
        #[cfg(feature = "durable")]
        self.write_down(key, change);
    }

    /// To be called when there may be another observer, or one less.
    pub(super) fn look_who_observes(&mut self) {
        self.lists.keep_emptied(self.keeps_places);
        self.told = self.observers.told(self.lists.has_deadlines());
    }
}

impl Observers {
    /// Who is told of a change where keys have deadlines, or have none.
    fn told(&self, has_deadlines: bool) -> Told {
        if !self.queues.is_empty() || !self.only_waiters_or_log() {
            return Told::Observers;
        }
        #[cfg(feature = "durable")]
        if self.journal.is_some() {
            let is_alone = !has_deadlines && self.copied.is_none();
            return if is_alone { Told::Log } else { Told::Observers };
        }
        if has_deadlines { Told::Clock } else { Told::Nobody }
    }

    /// Who is told where those who wait are looked at anyhow, and there is nobody else but the log.
    #[cfg_attr(
        not(feature = "durable"),
        expect(clippy::unused_self, reason = "with the feature there may be a log")
    )]
    pub(super) fn told_beside_waiters(&self) -> Told {
        #[cfg(feature = "durable")]
        if self.journal.is_some() {
            return Told::LogBesideWaiters;
        }
        Told::Nobody
    }

    /// Whether there is nobody else than those who wait.
    pub(super) fn only_waiters(&self) -> bool {
        self.only_waiters_or_log() && self.told_beside_waiters() == Told::Nobody
    }

    /// Whether there is nobody else than those who wait and the log.
    pub(super) fn only_waiters_or_log(&self) -> bool {
        let Self { watchers, returns, moved, closed, .. } = self;
        !closed && watchers.is_empty() && returns.is_empty() && moved.is_empty()
    }
}
