//! The keyspace of one shard: from key to list, and the keys in an order that a cursor can walk.
//!
//! The lists lie densely in a `Vec`, and a hash index maps a key to a position there. So the index, which must have
//! free slots to be fast, has them at four bytes each; and a position is a cursor: removal moves only the last entry,
//! and only to a smaller position, so a walk from the highest position down meets every entry that stays.

use std::cell::Cell;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::key::{Key, RandomState, StoredKey};
use crate::list::List;

#[derive(Debug, Default)]
struct Item {
    key: StoredKey,
    list: List,
}

/// The lists of one shard by key. One that is empty is to be removed, or filled again, before long.
///
/// The fields are in the order of their use: what most commands need fills the cache line in which the lock lies, so
/// that a shard goes from one processor to another in one line.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Table {
    /// The hash of the key that was looked up last, and its position: what one command pushes to, the next is likely
    /// to pop from. It need not be true any more, which the key there tells.
    recent: Cell<(u64, usize)>,
    entries: Vec<Item>,
    /// Positions in `entries`, by the hash of the key there.
    index: HashTable<u32>,
    hasher: RandomState,
}

/// With fewer entries than this there is too little to give back.
const SHRINK_ABOVE: usize = 64;

impl Table {
    pub(super) fn new(hasher: RandomState) -> Self {
        Self { index: HashTable::new(), entries: Vec::new(), recent: Cell::default(), hasher }
    }

    /// An empty table in the place of this one, which is returned.
    pub(super) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::new(self.hasher.clone()))
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The list at a key, if there is one that is not empty.
    #[inline]
    pub(super) fn get(&self, key: Key<'_>) -> Option<&List> {
        Some(&self.entries[self.position(key)?].list).filter(|list| !list.is_empty())
    }

    /// Where a key is. It is looked for first where the last one was.
    #[inline]
    pub(super) fn position(&self, key: Key<'_>) -> Option<usize> {
        self.look_at_recent(key).or_else(|| self.look_up(key))
    }

    #[inline]
    fn look_at_recent(&self, key: Key<'_>) -> Option<usize> {
        let (hash, position) = self.recent.get();
        if hash != key.hash {
            return None;
        }
        self.entries.get(position).filter(|entry| entry.key.is(key.bytes)).map(|_| position)
    }

    #[inline(never)]
    fn look_up(&self, key: Key<'_>) -> Option<usize> {
        let is_key = |&position: &u32| self.entries[position as usize].key.is(key.bytes);
        let position = *self.index.find(key.hash, is_key)? as usize;
        self.recent.set((key.hash, position));
        Some(position)
    }

    /// The position of a key, which is made with an empty list if there is none. The list must not be left empty.
    #[inline]
    pub(super) fn position_or_create(&mut self, key: Key<'_>) -> usize {
        match self.look_at_recent(key) {
            Some(position) => position,
            None => self.look_up_or_create(key),
        }
    }

    #[inline(never)]
    fn look_up_or_create(&mut self, key: Key<'_>) -> usize {
        let Self { index, entries, hasher, .. } = self;
        let is_key = |&position: &u32| entries[position as usize].key.is(key.bytes);
        let rehash = |&position: &u32| hash_at(hasher, entries, position);
        let (position, created) = match index.entry(key.hash, is_key, rehash) {
            Entry::Occupied(slot) => (*slot.get() as usize, false),
            Entry::Vacant(slot) => {
                slot.insert(as_index(entries.len()));
                (entries.len(), true)
            }
        };
        if created {
            append(entries, key.bytes);
        }
        self.recent.set((key.hash, position));
        position
    }

    /// The key at a position below [`len`](Self::len), if its list is not empty.
    #[inline]
    pub(super) fn key_at(&self, position: usize) -> Option<&[u8]> {
        let entry = &self.entries[position];
        (!entry.list.is_empty()).then(|| entry.key.as_bytes())
    }

    /// The list at a position below [`len`](Self::len), to be changed. One that is emptied is to be
    /// [removed](Self::remove_at).
    #[inline]
    pub(super) fn list_mut(&mut self, position: usize) -> &mut List {
        &mut self.entries[position].list
    }

    /// Removes the entry at a position if its list is empty.
    pub(super) fn drop_if_empty(&mut self, position: usize) {
        if self.entries[position].list.is_empty() {
            self.remove_at(hash_at(&self.hasher, &self.entries, as_index(position)), position);
        }
    }

    /// Removes the entry at a position, whose key has this hash.
    #[inline(never)]
    pub(super) fn remove_at(&mut self, hash: u64, position: usize) {
        let removed = as_index(position);
        if let Ok(slot) = self.index.find_entry(hash, |&other| other == removed) {
            slot.remove();
        }
        self.remove_entry(position);
    }

    /// Drops the entry at a position that no longer has an index slot, and moves the last entry there. An entry that
    /// is the last itself is dropped where it is: most that come and go are, and what was just written is slow to move.
    fn remove_entry(&mut self, position: usize) {
        let last = self.entries.len() - 1;
        if position != last {
            self.entries.swap(position, last);
        }
        self.entries.truncate(last);
        if let Some(moved) = self.entries.get(position) {
            let from = as_index(self.entries.len());
            let hash = Key::new(&self.hasher, moved.key.as_bytes()).hash;
            if let Some(slot) = self.index.find_mut(hash, |&other| other == from) {
                *slot = as_index(position);
            }
        }
        self.shrink_if_sparse();
    }

    /// Gives memory back once three quarters of it are unused, so that the price is spread over the removals.
    fn shrink_if_sparse(&mut self) {
        let Self { index, entries, hasher, .. } = self;
        if entries.capacity() > SHRINK_ABOVE && entries.len() < entries.capacity() / 4 {
            let target = entries.len() * 2;
            entries.shrink_to(target);
            index.shrink_to(target, |&position| hash_at(hasher, entries, position));
        }
    }

    #[cfg(test)]
    pub(super) fn check(&self) {
        assert_eq!(self.index.len(), self.entries.len());
        for (position, entry) in self.entries.iter().enumerate() {
            let key = Key::new(&self.hasher, entry.key.as_bytes());
            assert_eq!(self.position(key), Some(position));
            assert!(!entry.list.is_empty());
        }
    }
}

fn hash_at(hasher: &RandomState, entries: &[Item], position: u32) -> u64 {
    Key::new(hasher, entries[position as usize].key.as_bytes()).hash
}

/// Appends an entry with an empty list, growing by half instead of doubling: entries are large, and unused ones are
/// the larger part of what a small list costs. The key is written where it stays, as what was just written is slow to
/// move.
fn append(entries: &mut Vec<Item>, key: &[u8]) {
    if entries.len() == entries.capacity() {
        entries.reserve_exact((entries.len() / 2).max(4));
    }
    entries.push(Item::default());
    if let Some(entry) = entries.last_mut() {
        entry.key.set(key);
    }
}

/// A position as the index keeps it. A shard of 2^32 keys would take hundreds of GiB for its entries alone.
fn as_index(position: usize) -> u32 {
    u32::try_from(position).expect("a shard holds fewer than 2^32 keys")
}

#[cfg(test)]
mod tests {
    use super::{Key, RandomState, Table};
    use crate::Direction;

    struct Fixture {
        table: Table,
        hasher: RandomState,
    }

    impl Fixture {
        fn with_keys(count: u32) -> Self {
            let hasher = RandomState::default();
            let mut fixture = Self { table: Table::new(hasher.clone()), hasher };
            for number in 0..count {
                fixture.insert(number);
            }
            fixture
        }

        fn on<R>(&mut self, number: u32, act: impl FnOnce(&mut Table, Key<'_>) -> R) -> R {
            let name = number.to_be_bytes();
            let key = Key::new(&self.hasher, &name);
            let result = act(&mut self.table, key);
            self.table.check();
            result
        }

        fn insert(&mut self, number: u32) {
            let name = number.to_be_bytes();
            self.on(number, |table, key| {
                let position = table.position_or_create(key);
                table.list_mut(position).push(Direction::Right, (&name).into());
            });
        }

        fn holds(&mut self, number: u32) -> bool {
            self.on(number, |table, key| {
                table.get(key).and_then(|list| list.get(0)) == Some(key.bytes)
            })
        }
    }

    fn remove(table: &mut Table, key: Key<'_>) -> bool {
        let position = table.position(key);
        position.map(|position| table.remove_at(key.hash, position)).is_some()
    }

    #[test]
    fn every_key_stays_findable_while_others_come_and_go() {
        let mut fixture = Fixture::with_keys(200);
        for number in (0..200).step_by(3) {
            assert!(fixture.on(number, remove));
        }
        for number in 0..200 {
            assert_eq!(fixture.holds(number), number % 3 != 0, "{number}");
        }
    }

    #[test]
    fn emptying_a_list_removes_its_key() {
        let mut fixture = Fixture::with_keys(2);
        let popped = fixture.on(0, |table, key| {
            let position = table.position(key)?;
            let popped = table.list_mut(position).pop(Direction::Left);
            table.drop_if_empty(position);
            popped
        });
        assert!(popped.is_some());
        assert_eq!(fixture.table.len(), 1);
        assert!(!fixture.holds(0));
        assert!(fixture.holds(1));
    }

    #[test]
    fn what_was_looked_up_last_is_not_taken_for_what_lies_there_now() {
        let Fixture { mut table, hasher } = Fixture::with_keys(2);
        let names = [0_u32.to_be_bytes(), 1_u32.to_be_bytes()];
        let [first, second] = names.each_ref().map(|name| Key::new(&hasher, name));
        assert_eq!(table.position(first), Some(0));
        assert!(remove(&mut table, first));
        assert_eq!(table.position(first), None);
        assert_eq!(table.position(second), Some(0));
        assert!(remove(&mut table, second));
        assert_eq!(table.position(second), None);
    }

    #[test]
    fn removing_most_keys_gives_memory_back() {
        let mut fixture = Fixture::with_keys(1000);
        for number in 10..1000 {
            fixture.on(number, remove);
        }
        assert!(fixture.table.entries.capacity() <= 64);
        assert!(fixture.table.index.capacity() <= 128);
        assert!((0..10).all(|number| fixture.holds(number)));
    }
}
