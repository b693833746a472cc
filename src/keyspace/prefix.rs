//! A list of which a copy has only the first elements, and what a change of the list is there.

use std::ops::ControlFlow;

use super::change::Change;
use super::journal::{Journal, number, pop};
use super::key::Key;
use crate::Direction;
use crate::list::List;

/// How many elements are copied when a list may get one more that is not. So it is copied at last, however much is added to
/// it meanwhile, and however seldom the one who copies gets the lock.
const CATCHING_UP: usize = 2;

/// The first elements of a list.
#[derive(Debug)]
pub(super) struct Prefix<'c> {
    records: &'c mut Journal,
    key: Key<'c>,
    len: usize,
}

impl<'c> Prefix<'c> {
    /// Of the list at a key the copy has `len` elements. What is done to them goes to the records.
    pub(super) fn new(records: &'c mut Journal, key: Key<'c>, len: usize) -> Self {
        Self { records, key, len }
    }

    /// Writes down what a change of the list is here. Returns how many elements the copy has then, or none if it has all.
    ///
    /// The list is what it is when the change is noted.
    pub(super) fn note(mut self, change: Change<'_>, list: Option<&List>) -> Option<usize> {
        match change {
            Change::Push { .. }
            | Change::Set { .. }
            | Change::Insert { .. }
            | Change::GiveBack { .. }
            | Change::Remove { .. } => self.is_about_to(change, list),
            Change::Pop { .. }
            | Change::Rotate { .. }
            | Change::Trim { .. }
            | Change::TakeBack { .. }
            | Change::Delete
            | Change::Expired
            | Change::Deadline(_)
            | Change::Leave
            | Change::Put { .. } => self.has_changed(change, list),
        }
    }

    /// The list is as it was before.
    fn is_about_to(&mut self, change: Change<'_>, list: Option<&List>) -> Option<usize> {
        if let Some(list) = list {
            self.catch_up(list);
            if self.len < list.len() {
                self.apply(change, list);
                return Some(self.len);
            }
        }
        self.records.note(self.key, change, || list);
        None
    }

    /// Does what is going to be done to a list that has more elements than the copy.
    fn apply(&mut self, change: Change<'_>, list: &List) {
        let grows = match change {
            Change::Push { end, .. } => end == Direction::Left,
            Change::GiveBack { end: Direction::Left, place, .. } => place < self.len,
            Change::GiveBack { end: Direction::Right, place, .. } => list.len() - place < self.len,
            Change::Insert { pivot, .. } => {
                occurrences(list, pivot, Direction::Left, self.len, 1) > 0
            }
            Change::Set { position, .. } if position < self.len => {
                return self.records.note(self.key, change, || None);
            }
            Change::Remove { count, element } => return self.remove(count, element, list),
            _ => false,
        };
        if grows {
            self.records.note(self.key, change, || Some(list));
            self.len += 1;
        }
    }

    /// LREM, which removes from the tail first if the count is negative.
    fn remove(&mut self, count: i64, element: &[u8], list: &List) {
        let limit = match count {
            0 => usize::MAX,
            _ => usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX),
        };
        let behind = if count < 0 { list.len() - self.len } else { 0 };
        let limit = limit - occurrences(list, element, Direction::Right, behind, limit);
        let removed = occurrences(list, element, Direction::Left, self.len, limit);
        if removed > 0 {
            let from_end: &[u8] = if count < 0 { b"-" } else { b"" };
            let count = [from_end, &number(removed)].concat();
            self.records.add(&[b"LREM", self.key.bytes, &count, element]);
            self.len -= removed;
        }
    }

    /// The list is as it is afterwards, gone if it is empty.
    fn has_changed(&mut self, change: Change<'_>, list: Option<&List>) -> Option<usize> {
        match change {
            Change::Pop { end: Direction::Left, count } => self.pop(Direction::Left, count),
            Change::Rotate { from: Direction::Left, to: Direction::Right } => {
                self.pop(Direction::Left, 1);
                if let Some(list) = list {
                    self.catch_up(list);
                }
            }
            Change::Rotate { from: Direction::Right, to: Direction::Left } => {
                if let Some(element) = list.and_then(|list| list.get(0)) {
                    self.records.push(self.key.bytes, Direction::Left, element);
                    self.len += 1;
                }
            }
            Change::Trim { start, stop } => {
                let behind = self.len.saturating_sub(stop);
                self.pop(Direction::Right, behind);
                self.pop(Direction::Left, start);
            }
            Change::TakeBack { position } if position < self.len => {
                self.records.take_back(self.key.bytes, position);
                self.len -= 1;
            }
            Change::Delete | Change::Expired => self.pop(Direction::Left, self.len),
            // The key's new name tells the copy what became of it.
            Change::Leave => return None,
            _ => {}
        }
        let len = list.map_or(0, List::len);
        self.pop(Direction::Right, self.len.saturating_sub(len));
        (self.len < len).then_some(self.len)
    }

    /// Removes at most `count` elements.
    fn pop(&mut self, end: Direction, count: usize) {
        let count = count.min(self.len);
        if count > 0 {
            self.records.add(&[pop(end), self.key.bytes, &number(count)]);
            self.len -= count;
        }
    }

    fn catch_up(&mut self, list: &List) {
        let wanted = self.len + CATCHING_UP;
        list.visit_from(self.len, |element| {
            self.records.push(self.key.bytes, Direction::Right, element);
            self.len += 1;
            if self.len < wanted { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
    }
}

/// How often an element is among the first `within` from an end, at most `limit` times.
fn occurrences(list: &List, element: &[u8], from: Direction, within: usize, limit: usize) -> usize {
    let mut found = 0;
    list.find(element, from, within, |_| {
        found += 1;
        if found < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    found.min(limit)
}
