//! A small table of things by key, for the few keys that somebody watches or waits for, or has given something back to.
//!
//! It stays apart from the lists because most of these keys need not exist, and so that an entry of a list has no field
//! for what hardly any list needs. Nor does it count as memory of the lists, unless it `COUNTS`: who waits or watches pays for
//! that, but nobody is there any more who gave something back.

use std::mem;

use super::buckets::Buckets;
use super::key::{Key, OwnedKey};
use crate::memory;

#[derive(Debug)]
pub(super) struct KeyMap<T, const COUNTS: bool = false> {
    slots: Buckets<Slot<T, COUNTS>, KEPT>,
}

/// Room for this many is kept: a queue whose waiter comes and goes with every element does not ask for memory each time.
const KEPT: usize = 8;

#[derive(Debug)]
struct Slot<T, const COUNTS: bool> {
    key: OwnedKey,
    value: T,
}

impl<T, const COUNTS: bool> Slot<T, COUNTS> {
    fn new(key: Key<'_>, value: T) -> Self {
        let key = OwnedKey::new(key);
        if COUNTS {
            memory::note(0, key.allocated());
        }
        Self { key, value }
    }
}

impl<T, const COUNTS: bool> Drop for Slot<T, COUNTS> {
    fn drop(&mut self) {
        if COUNTS {
            memory::note(self.key.allocated(), 0);
        }
    }
}

impl<T, const COUNTS: bool> KeyMap<T, COUNTS> {
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
            let slot = Slot::new(key, T::default());
            return resizing::<COUNTS, _>(|| &mut self.slots.insert(key.hash, slot, hash_of).value);
        }
        self.get_mut(key).expect("it is there")
    }

    /// Removes what is at a key.
    pub(super) fn remove(&mut self, key: Key<'_>) {
        resizing::<COUNTS, _>(|| self.slots.remove(key.hash, is(key), hash_of));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Key<'_>, &T)> {
        self.slots.iter().map(|slot| (slot.key.as_key(), &slot.value))
    }
}

impl<T, const COUNTS: bool> Drop for KeyMap<T, COUNTS> {
    fn drop(&mut self) {
        resizing::<COUNTS, _>(|| drop(mem::replace(&mut self.slots, Buckets::new())));
    }
}

/// Does what may allocate or free.
fn resizing<const COUNTS: bool, R>(act: impl FnOnce() -> R) -> R {
    if COUNTS { act() } else { memory::apart(act) }
}

fn is<T, const COUNTS: bool>(key: Key<'_>) -> impl Fn(&Slot<T, COUNTS>) -> bool {
    move |slot| slot.key.as_key() == key
}

fn hash_of<T, const COUNTS: bool>(slot: &Slot<T, COUNTS>) -> u64 {
    #[cfg(test)]
    super::costs::hashed();
    slot.key.as_key().hash
}
