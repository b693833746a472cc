//! The lists that are in a copy with their first elements only, each of which has its turn to be copied on.

use std::collections::VecDeque;

use super::key::{Key, OwnedKey};
use super::key_map::KeyMap;

#[derive(Debug)]
pub(super) struct Partial {
    /// How many elements the copy has.
    copied: KeyMap<usize>,
    /// Each of these keys at least once, and some that are whole by now or gone.
    turns: VecDeque<OwnedKey>,
}

impl Partial {
    pub(super) const fn new() -> Self {
        Self { copied: KeyMap::new(), turns: VecDeque::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.copied.is_empty()
    }

    pub(super) fn get(&self, key: Key<'_>) -> Option<usize> {
        self.copied.get(key).copied()
    }

    /// From here on the copy has this many elements of this key's list, and not all.
    pub(super) fn add(&mut self, key: Key<'_>, copied: usize) {
        *self.copied.entry(key) = copied;
        self.turns.push_back(OwnedKey::new(key));
        // A list that goes from key to key leaves turns behind.
        if self.turns.len() > 2 * self.copied.len() + 8 {
            self.turns = self.copied.iter().map(|(key, _)| OwnedKey::new(key)).collect();
        }
    }

    /// The copy has another number of this list's elements, or all.
    pub(super) fn set(&mut self, key: Key<'_>, copied: Option<usize>) {
        match (copied, self.copied.get_mut(key)) {
            (Some(copied), Some(before)) => *before = copied,
            _ => self.remove(key),
        }
    }

    pub(super) fn remove(&mut self, key: Key<'_>) {
        self.copied.remove(key);
    }

    /// The key whose turn it is, and how many elements of its list the copy has. It has another turn after all others.
    pub(super) fn next(&mut self) -> Option<(OwnedKey, usize)> {
        while let Some(key) = self.turns.pop_front() {
            if let Some(copied) = self.get(key.as_key()) {
                self.turns.push_back(OwnedKey::new(key.as_key()));
                return Some((key, copied));
            }
        }
        None
    }
}
