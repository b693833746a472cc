//! A small table of things by key, for the few keys that somebody watches or waits for, or has given something back to.
//!
//! It stays apart from the lists because most of these keys need not exist, and so that an entry of a list has no field
//! for what hardly any list needs. Nor does it count as memory of the lists: who waits or watches pays for that.

use std::mem;

use super::buckets::Buckets;
use super::key::{Key, OwnedKey};
use crate::memory;

#[derive(Debug)]
pub(super) struct KeyMap<T> {
    slots: Buckets<Slot<T>, KEPT>,
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
        Self { slots: Buckets::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
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
        if self.get(key).is_none() {
            let slot = Slot { key: OwnedKey::new(key), value: T::default() };
            return memory::apart(|| &mut self.slots.insert(key.hash, slot, hash_of).value);
        }
        self.get_mut(key).expect("it is there")
    }

    /// Removes what is at a key.
    pub(super) fn remove(&mut self, key: Key<'_>) {
        memory::apart(|| self.slots.remove(key.hash, is(key), hash_of));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Key<'_>, &T)> {
        self.slots.iter().map(|slot| (slot.key.as_key(), &slot.value))
    }
}

impl<T> Drop for KeyMap<T> {
    fn drop(&mut self) {
        memory::apart(|| drop(mem::replace(&mut self.slots, Buckets::new())));
    }
}

fn is<T>(key: Key<'_>) -> impl Fn(&Slot<T>) -> bool {
    move |slot| slot.key.as_key() == key
}

fn hash_of<T>(slot: &Slot<T>) -> u64 {
    #[cfg(test)]
    super::costs::hashed();
    slot.key.as_key().hash
}
