//! What of a shard is in a copy of all lists, while that is made.
//!
//! The copy is a second log, which grows key by key beside the commits that go on. At every moment it makes, carried out on an
//! empty store, the lists that were copied as they are now, and the first elements of those that are being copied. So a
//! change of a list that it has is written to it, too; one of a list that it does not have is left out.
//!
//! A shard's table is walked from its last place down. An entry only ever moves to a smaller place, and a new one gets a higher
//! place than all others: what is at the cursor or above it is in the copy, and of what is below it only what was moved there
//! from above.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::change::{Change, Origin};
use super::journal::Journal;
use super::key::Key;
use super::partial::Partial;
use super::prefix::Prefix;
use super::table::Table;
use crate::Direction;
use crate::clock::UnixTime;
use crate::list::List;
use crate::log::{Draft, Part};

/// What a place without anything to copy counts in a piece, as it takes some time.
const PASSED: usize = 16;

/// Where a copy of all lists is written while it is made.
pub(crate) trait CopySink: Debug + Send + Sync {
    /// Appends whole commands. Called under the locks of shards.
    fn append(&self, commands: &mut dyn Iterator<Item = Part<'_>>);
}

impl CopySink for Draft {
    fn append(&self, commands: &mut dyn Iterator<Item = Part<'_>>) {
        Draft::append(self, commands);
    }
}

/// How a copy is made: each list is begun, and then each that is long goes on in its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Begin,
    GoOn,
}

#[derive(Debug)]
pub(crate) struct Copied {
    sink: Arc<dyn CopySink>,
    /// What is to go there before the lock is given up.
    records: Journal,
    /// With how many bytes a piece is large enough.
    piece: usize,
    /// The lowest of the places that are in the copy.
    cursor: usize,
    /// The places below it that are.
    ahead: BTreeSet<usize>,
    /// Which of all these are not in it with all their elements.
    partial: Partial,
    passed: usize,
}

impl Copied {
    pub(super) fn new(sink: Arc<dyn CopySink>, records: Journal, piece: usize) -> Self {
        let (ahead, partial) = (BTreeSet::new(), Partial::new());
        Self { sink, records, piece, cursor: 0, ahead, partial, passed: 0 }
    }

    /// The copy has nothing of a table of this many places.
    pub(super) fn begin(&mut self, places: usize) {
        self.cursor = places;
    }

    pub(super) fn is_complete(&self) -> bool {
        self.cursor == 0 && self.partial.is_empty()
    }

    fn has(&self, place: usize) -> bool {
        place >= self.cursor || self.ahead.contains(&place)
    }

    /// How many elements of a list of `len` the copy has, if it has the key.
    pub(super) fn elements(&self, key: Key<'_>, place: usize, len: usize) -> Option<usize> {
        self.has(place).then(|| self.partial.get(key).unwrap_or(len))
    }

    /// The entry of a place is gone. There are `len` now, and the last one was moved there.
    pub(super) fn removed(&mut self, place: usize, len: usize) {
        let moved = self.has(len);
        self.ahead.remove(&len);
        self.cursor = self.cursor.min(len);
        if place < self.cursor && moved {
            self.ahead.insert(place);
        } else {
            self.ahead.remove(&place);
        }
    }

    /// All lists are gone, so the copy has what is left.
    pub(super) fn flushed(&mut self) {
        self.cursor = 0;
        self.ahead.clear();
        self.partial = Partial::new();
    }

    /// Takes all lists of all shards out of the copy.
    pub(super) fn lose_all(&mut self) {
        self.records.records().flushed();
        self.send();
    }

    /// Hands on what was written down.
    pub(super) fn send(&mut self) {
        self.records.records().hand_on(|commands| self.sink.append(commands));
    }

    /// Takes notice of a change of the list at a key, which is this one now.
    pub(super) fn note(
        &mut self,
        key: Key<'_>,
        place: usize,
        change: Change<'_>,
        list: Option<&List>,
        deadline: Option<UnixTime>,
    ) {
        if let Change::Put { list, origin } = change {
            self.put(key, place, list, origin);
        } else if self.has(place) {
            match self.partial.get(key) {
                None => self.records.note(key, change, || list),
                Some(copied) => {
                    let copied = Prefix::new(&mut self.records, key, copied).note(change, list);
                    self.has_copied(key, copied, deadline);
                }
            }
        }
    }

    /// The copy has as many elements of a list that it had a part of, or all. Only then does it get the deadline: until then it
    /// may lose the key once more, and the deadline with it.
    fn has_copied(&mut self, key: Key<'_>, copied: Option<usize>, deadline: Option<UnixTime>) {
        self.partial.set(key, copied);
        if copied.is_none() && deadline.is_some() {
            self.records.note(key, Change::Deadline(deadline), || None);
        }
    }

    /// A list comes to a key. Of one that comes from another key the copy gets there what it has, without any element being
    /// written: so a list that goes from key to key is copied all the same.
    fn put(&mut self, key: Key<'_>, place: usize, list: &List, origin: Origin<'_>) {
        let copied = match origin {
            Origin::Made => list.len(),
            Origin::Renamed(source) | Origin::Copied(source) => source.copied.unwrap_or(0),
        };
        if !self.has(place) {
            // Its turn to be copied comes.
            if let Origin::Renamed(source) = origin
                && copied > 0
            {
                self.records.add(&[b"DEL", source.key]);
            }
            return;
        }
        if copied == 0 {
            self.records.add(&[b"DEL", key.bytes]);
        } else {
            self.records.note(key, Change::Put { list, origin }, || None);
        }
        self.partial.remove(key);
        if copied < list.len() {
            self.partial.add(key, copied);
        }
    }

    /// Copies a piece, and says whether there was one to be copied in this step.
    pub(super) fn copy_piece(&mut self, step: Step, lists: &Table) -> bool {
        let was_left = match step {
            Step::Begin => self.begin_lists(lists),
            Step::GoOn => self.go_on(lists),
        };
        self.send();
        was_left
    }

    fn begin_lists(&mut self, lists: &Table) -> bool {
        let was_left = self.cursor > 0;
        self.passed = 0;
        while self.cursor > 0 && !self.is_piece() {
            self.cursor -= 1;
            self.passed += PASSED;
            if !self.ahead.remove(&self.cursor)
                && let Some((key, list)) = lists.entry(self.cursor)
            {
                match self.copy(key, list, 0) {
                    Some(copied) => self.partial.add(key, copied),
                    None => self.has_copied(key, None, deadline_at(lists, self.cursor)),
                }
            }
        }
        was_left
    }

    fn go_on(&mut self, lists: &Table) -> bool {
        self.passed = 0;
        let Some((key, copied)) = self.partial.next() else { return false };
        let key = key.as_key();
        let copied = lists.get_kept(key).and_then(|list| self.copy(key, list, copied));
        let place = lists.position(key);
        self.has_copied(key, copied, place.and_then(|place| deadline_at(lists, place)));
        true
    }

    /// Copies elements until they are a piece: how many the copy has then, or none if it has all.
    fn copy(&mut self, key: Key<'_>, list: &List, mut copied: usize) -> Option<usize> {
        list.visit_from(copied, |element| {
            self.records.push(key.bytes, Direction::Right, element);
            copied += 1;
            if self.is_piece() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        (copied < list.len()).then_some(copied)
    }

    fn is_piece(&self) -> bool {
        self.records.size() + self.passed >= self.piece
    }
}

fn deadline_at(lists: &Table, place: usize) -> Option<UnixTime> {
    lists.deadline(place).map(|(at, _)| at)
}
