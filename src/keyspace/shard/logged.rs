//! What of a shard's changes is written down: in the log, and in the copy of all lists that is made beside it.

use std::mem;

use super::Shard;
use super::telling::Told;
use crate::keyspace::change::{Change, Intent};
use crate::keyspace::copied::{Copied, Step};
use crate::keyspace::journal::Journal;
use crate::keyspace::key::Key;
use crate::log::{Position, Writer};
use crate::{Direction, Element};

impl Shard {
    /// Has every change of this shard written down.
    pub(crate) fn keep_journal(&mut self, journal: Journal) {
        self.observers.journal = Some(journal);
        self.look_who_observes();
    }

    pub(crate) fn journal(&mut self) -> Option<&mut Journal> {
        self.observers.journal.as_mut()
    }

    /// Writes down a change.
    pub(super) fn write_down(&mut self, key: Key<'_>, change: Change<'_>) {
        let Some(journal) = &mut self.observers.journal else { return };
        journal.note(key, change, || self.lists.get(key));
        if let Some(copied) = &mut self.observers.copied {
            // A key that is made has the next place.
            let found = self.lists.position(key);
            let deadline = found.and_then(|place| self.lists.deadline(place)).map(|(at, _)| at);
            let place = found.unwrap_or(self.lists.len());
            copied.note(key, place, change, self.lists.get(key), deadline);
        }
    }

    /// Notes what a commit does that pops one element at most, and of which nobody but the log is told.
    pub(super) fn note_pop(&mut self, key: Key<'_>, change: Change<'_>) {
        match change {
            Change::Pop { end, count: 1 } => self.told = Told::LogOfPopAt(end),
            change => self.write_down(key, change),
        }
    }

    /// A push of one short element, as a commit of which nobody but the log is told: most pushes of a store with a log. So it is
    /// not made a [`Change`], and does not go through the journal.
    #[inline]
    pub(crate) fn push_logged(
        &mut self,
        key: Key<'_>,
        end: Direction,
        element: Element<'_>,
        log: &Writer,
    ) -> (usize, Option<Position>) {
        debug_assert!(self.is_only_logged(), "somebody else would have to be told");
        let journal = self.observers.journal.as_mut();
        let written =
            journal.map(|journal| journal.commit_push(key.bytes, end, element.as_bytes(), log));
        self.lists.grew(1);
        (self.lists.change_or_create(key, |list| list.push(end, element)), written)
    }

    /// Another command, as such a commit.
    #[inline]
    pub(crate) fn commit_logged<R>(
        &mut self,
        key: Key<'_>,
        intent: Intent,
        command: impl FnOnce(&mut Self, Key<'_>) -> R,
        log: &Writer,
    ) -> (R, Option<Position>) {
        debug_assert!(self.is_only_logged(), "somebody else would have to be told");
        let is_pop = intent == Intent::Pop(1);
        if is_pop {
            self.told = Told::LogOfOnePop;
        }
        let reply = command(self, key);
        let told = self.told;
        if is_pop {
            self.told = Told::Log;
        }
        let written = self.observers.journal.as_mut().and_then(|journal| match told {
            Told::LogOfPopAt(end) => Some(journal.commit_pop(key.bytes, end, log)),
            _ => journal.records().commit(log),
        });
        (reply, written)
    }

    /// A copy is made of the lists that are here, none of which it has yet.
    pub(crate) fn begin_copy(&mut self, mut copied: Box<Copied>) {
        debug_assert!(self.observers.journal.is_some(), "otherwise changes would go unseen");
        copied.begin(self.lists.len());
        self.observers.copied = Some(copied);
        self.look_who_observes();
    }

    /// Ends the copy, if there is one.
    pub(crate) fn end_copy(&mut self) -> Option<Box<Copied>> {
        let copied = mem::take(&mut self.observers.copied);
        self.look_who_observes();
        copied
    }

    pub(crate) fn is_being_copied(&self) -> bool {
        self.observers.copied.is_some()
    }

    /// Whether the copy has all that is here.
    pub(crate) fn is_copied(&self) -> bool {
        self.observers.copied.as_ref().is_some_and(|copied| copied.is_complete())
    }

    /// Copies a piece, and says whether there was one to be copied in this step.
    pub(crate) fn copy_piece(&mut self, step: Step) -> bool {
        let Self { lists, observers, .. } = self;
        observers.copied.as_mut().is_some_and(|copied| copied.copy_piece(step, lists))
    }

    /// Hands on what this commit changed in the copy.
    pub(crate) fn send_to_copy(&mut self) {
        if let Some(copied) = &mut self.observers.copied {
            copied.send();
        }
    }

    /// The copy loses the lists of all shards.
    pub(crate) fn copy_flushed(&mut self) {
        if let Some(copied) = &mut self.observers.copied {
            copied.lose_all();
        }
    }

    /// How many elements of a key's list are in the copy, if that has the key.
    pub(super) fn copied_of(&self, key: Key<'_>) -> Option<usize> {
        let copied = self.observers.copied.as_ref()?;
        copied.elements(key, self.position(key)?, self.len(key))
    }

    /// The entry of a place is gone, and the last one is there now.
    pub(super) fn removed(&mut self, place: usize) {
        if let Some(copied) = &mut self.observers.copied {
            copied.removed(place, self.lists.len());
        }
    }
}
