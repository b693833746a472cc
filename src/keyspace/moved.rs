//! Where the elements are that waiters for moves were served and have not collected: so that a cancelled move takes back
//! its own element, and not an equal one that somebody else pushed.
//!
//! The places of a list are numbered once and for all: what is pushed at the left end has lower numbers than all others, at
//! the right end higher ones. So pushes and pops at the ends leave the number of an element alone, and a pop that took it
//! is seen by its number. What cancelled waits give back and take back inside the list shifts those behind it. Any other
//! change inside the list ends this, for each of its elements.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::change::Change;
use super::key::Key;
use super::key_map::KeyMap;
use crate::Direction;

/// An element that a waiter was served, in the list that it was moved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    place: i64,
    id: u64,
}

/// The lists that uncollected elements were moved to.
#[derive(Debug)]
pub(super) struct Moved {
    by_key: KeyMap<Places>,
    /// How many elements were placed.
    placed: u64,
}

#[derive(Debug, Default)]
struct Places {
    /// The place of the list's first element.
    head: i64,
    /// Whose element is at a place.
    ids: BTreeMap<i64, u64>,
}

impl Moved {
    pub(super) const fn new() -> Self {
        Self { by_key: KeyMap::new(), placed: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.by_key = KeyMap::new();
    }

    /// Remembers the outermost elements at an end of a list of `len` elements, as they lie there.
    pub(super) fn place(
        &mut self,
        key: Key<'_>,
        end: Direction,
        count: usize,
        len: usize,
    ) -> SmallVec<[Placed; 1]> {
        let Self { by_key, placed: ids } = self;
        let places = by_key.entry(key);
        let first = match end {
            Direction::Left => places.head,
            Direction::Right => places.head + offset(len - count),
        };
        let outermost = (first..).take(count).map(|place| {
            *ids += 1;
            places.ids.insert(place, *ids);
            Placed { place, id: *ids }
        });
        outermost.collect()
    }

    /// Forgets an element, and returns its position if it is still in its list.
    pub(super) fn forget(&mut self, key: Key<'_>, element: Placed) -> Option<usize> {
        let places = self.by_key.get_mut(key)?;
        let place = places.find(element);
        let position = place.and_then(|place| usize::try_from(place - places.head).ok());
        place.map(|place| places.ids.remove(&place));
        if places.ids.is_empty() {
            self.by_key.remove(key);
        }
        position
    }

    /// Takes notice of a change of a list. What is pushed or given back is not yet counted in `len`; what is popped is no longer.
    pub(super) fn observe(&mut self, key: Key<'_>, change: Change<'_>, len: usize) {
        let Some(places) = self.by_key.get_mut(key) else { return };
        match change {
            Change::Push { end: Direction::Left, .. }
            | Change::GiveBack { end: Direction::Left, place: 0, .. } => places.head -= 1,
            Change::Deadline(_)
            | Change::Push { end: Direction::Right, .. }
            | Change::GiveBack { end: Direction::Right, place: 0, .. } => {}
            Change::Pop { end, count } => places.pop(end, count, len),
            Change::Rotate { from, to } => {
                places.pop(from, 1, len - 1);
                if to == Direction::Left {
                    places.head -= 1;
                }
            }
            Change::GiveBack { end: Direction::Left, place, .. } => places.shift(place, len, 1),
            Change::GiveBack { end: Direction::Right, place, .. } => {
                places.shift(len - place, len, 1);
            }
            Change::TakeBack { position } => places.shift(position, len, -1),
            _ => places.ids.clear(),
        }
        if places.ids.is_empty() {
            self.by_key.remove(key);
        }
    }
}

impl Places {
    /// Where an element is now. Most are where they were put.
    fn find(&self, placed: Placed) -> Option<i64> {
        if self.ids.get(&placed.place) == Some(&placed.id) {
            return Some(placed.place);
        }
        self.ids.iter().find(|(_, id)| **id == placed.id).map(|(&place, _)| place)
    }

    /// The elements from `position` on were shifted, in a list of `len`. Where these are the greater part, those before it get
    /// other places instead: waits that are cancelled in the order in which they began take back what is near the head.
    fn shift(&mut self, position: usize, len: usize, by: i64) {
        let behind = self.ids.split_off(&(self.head + offset(position)));
        if position < len / 2 {
            let before = std::mem::replace(&mut self.ids, behind);
            self.ids.extend(before.into_iter().map(|(place, id)| (place - by, id)));
            self.head -= by;
        } else {
            self.ids.extend(behind.into_iter().map(|(place, id)| (place + by, id)));
        }
    }

    /// `count` elements were taken from an end, and `len` are left.
    fn pop(&mut self, end: Direction, count: usize, len: usize) {
        match end {
            Direction::Left => {
                self.head += offset(count);
                self.ids = self.ids.split_off(&self.head);
            }
            Direction::Right => drop(self.ids.split_off(&(self.head + offset(len)))),
        }
    }
}

/// A number of elements, of which no memory holds more.
fn offset(elements: usize) -> i64 {
    i64::try_from(elements).unwrap_or(i64::MAX)
}
