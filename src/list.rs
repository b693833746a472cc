//! One list: a deque of byte strings, and everything that can be done to one list by itself.
//!
//! It knows nothing of keys, locks or Redis's words: positions are resolved `usize`s, and a count is a limit. What it
//! offers is kept narrow, so that the layout in memory can change without a word above it changing.

use std::collections::VecDeque;
use std::ops::Range;

use crate::{Direction, Element};

/// A deque of byte strings.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    elements: VecDeque<Vec<u8>>,
}

/// An element on its way out.
#[derive(Debug)]
pub(crate) struct Popped(Vec<u8>);

impl Popped {
    pub(crate) fn into_vec(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn as_element(&self) -> Element<'_> {
        Element::Borrowed(&self.0)
    }
}

impl List {
    pub(crate) fn len(&self) -> usize {
        self.elements.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    pub(crate) fn push(&mut self, end: Direction, element: Element<'_>) {
        match end {
            Direction::Left => self.elements.push_front(element.into_vec()),
            Direction::Right => self.elements.push_back(element.into_vec()),
        }
    }

    pub(crate) fn pop(&mut self, end: Direction) -> Option<Popped> {
        let element = match end {
            Direction::Left => self.elements.pop_front(),
            Direction::Right => self.elements.pop_back(),
        };
        element.map(Popped)
    }

    pub(crate) fn get(&self, index: usize) -> Option<&[u8]> {
        self.elements.get(index).map(Vec::as_slice)
    }

    /// Replaces the element at `index`; false if there is none.
    pub(crate) fn set(&mut self, index: usize, element: Element<'_>) -> bool {
        match self.elements.get_mut(index) {
            Some(slot) => {
                *slot = element.into_vec();
                true
            }
            None => false,
        }
    }

    /// Puts an element before position `index`, which is at most the length.
    pub(crate) fn insert(&mut self, index: usize, element: Element<'_>) {
        self.elements.insert(index, element.into_vec());
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator {
        self.elements.iter().map(Vec::as_slice)
    }

    pub(crate) fn range(
        &self,
        range: Range<usize>,
    ) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator {
        self.elements.range(range).map(Vec::as_slice)
    }

    /// Removes up to `limit` elements equal to `element`, scanning from that end, and returns how many.
    pub(crate) fn remove_equal(&mut self, element: &[u8], limit: usize, from: Direction) -> usize {
        let equal = self.elements.iter().filter(|other| *other == element).count();
        let removed = equal.min(limit);
        let spared_at_head = match from {
            Direction::Left => 0,
            Direction::Right => equal - removed,
        };
        let mut seen = 0;
        self.elements.retain(|other| {
            if other != element {
                return true;
            }
            seen += 1;
            !(spared_at_head + 1..=spared_at_head + removed).contains(&seen)
        });
        removed
    }

    /// Keeps only the elements at these positions.
    pub(crate) fn keep(&mut self, range: Range<usize>) {
        self.elements.truncate(range.end);
        self.elements.drain(..range.start);
    }
}
