//! A small table of things by key, for the few keys that somebody watches or waits for, or has given something back to.
//!
//! It stays apart from the lists because most of these keys need not exist, and so that an entry of a list has no field
//! for what hardly any list needs.

use hashbrown::HashTable;

use super::key::{Key, OwnedKey};

#[derive(Debug)]
pub(super) struct KeyMap<T> {
    slots: HashTable<Slot<T>>,
}

/// Room for this many is kept: a queue whose waiter comes and goes with every element does not ask for memory each time.
const KEPT: usize = 8;

#[derive(Debug)]
struct Slot<T> {
    key: OwnedKey,
    value: T,
}

impl<T> KeyMap<T> {
    pub(super) const fn new() -> Self {
        Self { slots: HashTable::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub(super) fn get(&self, key: Key<'_>) -> Option<&T> {
        self.slots.find(key.hash, is(key)).map(|slot| &slot.value)
    }

    pub(super) fn get_mut(&mut self, key: Key<'_>) -> Option<&mut T> {
        self.slots.find_mut(key.hash, is(key)).map(|slot| &mut slot.value)
    }

    /// The thing at a key, made if it is missing.
    pub(super) fn entry(&mut self, key: Key<'_>) -> &mut T
    where
        T: Default,
    {
        let slot = self
            .slots
            .entry(key.hash, is(key), hash_of)
            .or_insert_with(|| Slot { key: OwnedKey::new(key), value: T::default() });
        &mut slot.into_mut().value
    }

    /// Removes what is at a key, and gives memory back when there is much more than what is left needs.
    pub(super) fn remove(&mut self, key: Key<'_>) {
        if let Ok(slot) = self.slots.find_entry(key.hash, is(key)) {
            slot.remove();
        }
        if self.slots.num_buckets() > KEPT.max(self.slots.len() * 8) {
            self.slots.shrink_to(self.slots.len() * 2, hash_of);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Key<'_>, &T)> {
        self.slots.iter().map(|slot| (slot.key.as_key(), &slot.value))
    }
}

fn is<T>(key: Key<'_>) -> impl Fn(&Slot<T>) -> bool {
    move |slot| slot.key.as_key() == key
}

fn hash_of<T>(slot: &Slot<T>) -> u64 {
    slot.key.as_key().hash
}
