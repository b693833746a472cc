//! The keyspace of one shard: from key to list, and the keys in an order that a cursor can walk.
//!
//! The lists lie densely in segments, and a hash index maps a key to a position there. So the index, which must have
//! free slots to be fast, has them at four bytes each; and a position is a cursor: removal moves only the last entry,
//! and only to a smaller position, so a walk from the highest position down meets every entry that stays.
//!
//! Neither part ever moves as a whole, whatever comes and goes: see [`Segments`] and [`Buckets`].
//!
//! A key whose deadline has passed is as good as gone: no look-up finds it, although it keeps its place until somebody removes
//! it. What [changes](Table::change) a list without looking it up is to be called for a key that has not expired.

use std::cell::Cell;

use super::buckets::Buckets;
use super::deadlines::Deadlines;
use super::key::{CountedKey, Key, RandomState, StoredKey};
use super::segments::Segments;
use crate::clock::UnixTime;
use crate::list::List;
use crate::memory::Counted;

#[derive(Debug, Clone, Default)]
struct Item {
    key: CountedKey,
    list: List,
}

/// In segments of 14 KiB: a fresh one is a few pages, and most allocators keep it in the heap.
type Entries = Segments<Item, 256>;

/// The lists of one shard by key. One that is empty is to be removed, or filled again, before long.
///
/// The fields are in the order of their use: what most commands need fills the cache line in which the lock lies, so
/// that a shard goes from one processor to another in one line.
///
/// A clone has the same places, and so the same index: no key is hashed for it.
#[derive(Debug, Clone)]
#[repr(C)]
pub(crate) struct Table {
    /// The hash of the key that was looked up last, and its position: what one command pushes to, the next is likely
    /// to pop from. It need not be true any more, which the key there tells.
    recent_hash: Cell<u64>,
    recent_position: Cell<u32>,
    /// Whether a key that is here may be none to commands, as its list is empty for a while or its deadline has passed.
    has_absent: bool,
    /// How many all lists have: who changes the length of one [says](Self::grew) so.
    elements: usize,
    /// How many commits of commands were made here. It is no property of the lists, but has to be in this cache line.
    commits: u64,
    entries: Entries,
    /// Positions in `entries`, by the hash of the key there.
    index: Buckets<u32, 64>,
    hasher: RandomState,
    /// If any key has one.
    deadlines: Option<Counted<Box<Deadlines>>>,
}

// An empty table is part of every shard, behind eight bytes with the lock.
#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<Table>() == 104);
    assert!(std::mem::offset_of!(Table, index) <= 64 - 8, "what a push writes is in one line");
};

impl Table {
    pub(super) fn new(hasher: RandomState) -> Self {
        Self {
            index: Buckets::new(),
            entries: Segments::new(),
            recent_hash: Cell::default(),
            recent_position: Cell::default(),
            has_absent: false,
            elements: 0,
            commits: 0,
            hasher,
            deadlines: None,
        }
    }

    /// An empty table in the place of this one, which is returned. The commits stay counted.
    pub(super) fn take(&mut self) -> Self {
        let empty = Self { commits: self.commits, ..Self::new(self.hasher.clone()) };
        std::mem::replace(self, empty)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many elements all lists have, those included that have expired and are kept.
    pub(super) fn elements(&self) -> usize {
        self.elements
    }

    /// A list got as many elements as this.
    #[inline]
    pub(super) fn grew(&mut self, count: usize) {
        self.elements += count;
    }

    /// A list lost as many elements as this.
    #[inline]
    pub(super) fn shrank(&mut self, count: usize) {
        self.elements -= count;
    }

    /// There were as many more commits of commands.
    #[inline]
    pub(super) fn count_commits(&mut self, count: u64) {
        self.commits += count;
    }

    pub(super) fn commits(&self) -> u64 {
        self.commits
    }

    pub(super) fn forget_commits(&mut self) {
        self.commits = 0;
    }

    /// The bytes of a key and its list: their entry and their place in the index, and what each of them has allocated.
    pub(super) fn bytes(&self, key: Key<'_>) -> Option<usize> {
        let list = self.get(key)?;
        let place = size_of::<Item>() + size_of::<u32>();
        Some(place + StoredKey::allocated(key.bytes.len()) + list.memory())
    }

    /// The list at a key, if there is one that is not empty and has not expired.
    #[inline]
    pub(super) fn get(&self, key: Key<'_>) -> Option<&List> {
        let position = self.position_alive(key)?;
        Some(&self.entries[position].list)
    }

    /// Nearly always that is one comparison.
    #[inline]
    fn is_alive(&self, position: usize) -> bool {
        !self.has_absent || self.is_no_absent(position)
    }

    #[cold]
    #[inline(never)]
    fn is_no_absent(&self, position: usize) -> bool {
        !self.is_empty_at(position) && !self.has_expired(position)
    }

    /// From here on there may be lists that were emptied and are kept, or none any more.
    #[inline]
    pub(super) fn keep_emptied(&mut self, is_kept: bool) {
        self.has_absent = is_kept || self.has_deadlines();
    }

    /// Where a key is whose list is not empty and has not expired.
    #[expect(clippy::inline_always, reason = "a call in between costs a thirtieth of an LSET")]
    #[inline(always)]
    pub(super) fn position_alive(&self, key: Key<'_>) -> Option<usize> {
        self.position(key).filter(|&position| self.is_alive(position))
    }

    /// The list at a key, if there is one that is not empty, be it expired.
    pub(super) fn get_kept(&self, key: Key<'_>) -> Option<&List> {
        Some(&self.entries[self.position(key)?].list).filter(|list| !list.is_empty())
    }

    /// Where a key is, be it expired. It is looked for first where the last one was.
    #[inline]
    pub(super) fn position(&self, key: Key<'_>) -> Option<usize> {
        self.look_at_recent(key).or_else(|| self.look_up(key))
    }

    #[inline]
    fn look_at_recent(&self, key: Key<'_>) -> Option<usize> {
        let position = self.recent_position(key)?;
        self.entries.get(position).filter(|entry| entry.key.is(key.bytes)).map(|_| position)
    }

    /// Where the last one was, if it may have been this.
    #[inline]
    fn recent_position(&self, key: Key<'_>) -> Option<usize> {
        (self.recent_hash.get() == key.hash).then(|| self.recent_position.get() as usize)
    }

    #[inline]
    fn set_recent(&self, hash: u64, position: u32) {
        self.recent_hash.set(hash);
        self.recent_position.set(position);
    }

    #[inline(never)]
    fn look_up(&self, key: Key<'_>) -> Option<usize> {
        let is_key = |&position: &u32| self.entries[position as usize].key.is(key.bytes);
        let position = *self.index.find(key.hash, is_key)?;
        self.set_recent(key.hash, position);
        Some(position as usize)
    }

    /// The entry of a key where the last one was, with that position: so it is not looked for in its segment twice.
    #[inline]
    fn recent_mut(&mut self, key: Key<'_>) -> Option<(usize, &mut Item)> {
        let position = self.recent_position(key)?;
        let entry = self.entries.get_mut(position)?;
        entry.key.is(key.bytes).then_some((position, entry))
    }

    /// Acts on the list at a key, if there is one, and tells its position. One that is emptied is to be
    /// [removed](Self::remove_at).
    #[expect(clippy::inline_always, reason = "a call in between costs a tenth of a pop")]
    #[inline(always)]
    pub(super) fn change<R>(
        &mut self,
        key: Key<'_>,
        act: impl FnOnce(&mut List) -> R,
    ) -> Option<(usize, R)> {
        let (position, entry) = if let Some(found) = self.recent_mut(key) {
            found
        } else {
            let position = self.look_up(key)?;
            (position, &mut self.entries[position])
        };
        Some((position, act(&mut entry.list)))
    }

    /// Acts on the list at a key, which is made with an empty list if there is none. It must not be left empty.
    #[expect(clippy::inline_always, reason = "as above")]
    #[inline(always)]
    pub(super) fn change_or_create<R>(
        &mut self,
        key: Key<'_>,
        act: impl FnOnce(&mut List) -> R,
    ) -> R {
        let entry = if let Some((_, entry)) = self.recent_mut(key) {
            entry
        } else {
            let position = self.look_up_or_create(key);
            &mut self.entries[position]
        };
        act(&mut entry.list)
    }

    /// The position of a key, which is made with an empty list if there is none. The list must not be left empty.
    #[inline]
    pub(super) fn position_or_create(&mut self, key: Key<'_>) -> usize {
        match self.look_at_recent(key) {
            Some(position) => position,
            None => self.look_up_or_create(key),
        }
    }

    /// The key is written where it stays, as what was just written is slow to move.
    #[inline(never)]
    fn look_up_or_create(&mut self, key: Key<'_>) -> usize {
        let Self { index, entries, hasher, .. } = self;
        let is_key = |&position: &u32| entries[position as usize].key.is(key.bytes);
        let found = index.find(key.hash, is_key).copied();
        let position = found.unwrap_or_else(|| {
            let end = as_index(entries.len());
            index.insert(key.hash, end, |&other| hash_at(hasher, entries, other));
            entries.push(Item::default()).key.set(key.bytes);
            end
        });
        self.set_recent(key.hash, position);
        position as usize
    }

    /// The key at a position below [`len`](Self::len), if its list is not empty and has not expired.
    #[inline]
    pub(super) fn key_at(&self, position: usize) -> Option<&[u8]> {
        #[cfg(test)]
        super::costs::looked();
        self.is_alive(position).then(|| self.entries[position].key.as_bytes())
    }

    /// Whether the list at a position below [`len`](Self::len) is empty.
    pub(super) fn is_empty_at(&self, position: usize) -> bool {
        self.entries[position].list.is_empty()
    }

    /// The key at a position below [`len`](Self::len) and its list, if that is not empty, be it expired.
    #[cfg(feature = "durable")]
    pub(super) fn entry(&self, position: usize) -> Option<(Key<'_>, &List)> {
        let Item { key, list } = &self.entries[position];
        (!list.is_empty()).then(|| (Key::new(&self.hasher, key.as_bytes()), list))
    }

    /// The list at a position below [`len`](Self::len), to be changed. One that is emptied is to be
    /// [removed](Self::remove_at).
    #[inline]
    pub(super) fn list_mut(&mut self, position: usize) -> &mut List {
        &mut self.entries[position].list
    }

    /// Removes the entry at a position if its list is empty: whether it was.
    pub(super) fn drop_if_empty(&mut self, position: usize) -> bool {
        let is_empty = self.entries[position].list.is_empty();
        if is_empty {
            self.remove_at(hash_at(&self.hasher, &self.entries, as_index(position)), position);
        }
        is_empty
    }

    /// Removes the entry at a position, whose key has this hash, and moves the last entry there.
    #[inline(never)]
    pub(super) fn remove_at(&mut self, hash: u64, position: usize) {
        if self.has_deadlines() {
            self.remove_deadline(position);
        }
        let Self { index, entries, hasher, .. } = self;
        let removed = as_index(position);
        index.remove(hash, |&other| other == removed, |&other| hash_at(hasher, entries, other));
        if position + 1 == entries.len() {
            entries.drop_last();
        } else if let Some(last) = entries.pop() {
            let from = as_index(entries.len());
            let hash = Key::new(hasher, last.key.as_bytes()).hash;
            if let Some(slot) = index.find_mut(hash, |&other| other == from) {
                *slot = removed;
            }
            entries[position] = last;
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

/// When keys expire.
impl Table {
    /// Whether any key has a deadline.
    #[inline]
    pub(super) fn has_deadlines(&self) -> bool {
        self.deadlines.is_some()
    }

    /// How many keys have one.
    pub(super) fn deadline_count(&self) -> usize {
        self.deadlines.as_ref().map_or(0, |deadlines| deadlines.len())
    }

    /// From here on it is this time, as far as what has expired is concerned.
    pub(super) fn set_now(&mut self, now: UnixTime) {
        if let Some(deadlines) = &mut self.deadlines {
            deadlines.items().set_now(now);
        }
    }

    /// Whether the key at a position has expired.
    #[inline]
    pub(super) fn has_expired(&self, position: usize) -> bool {
        self.deadlines.as_ref().is_some_and(|deadlines| deadlines.has_passed(position))
    }

    /// The deadline of the key at a position, and what time it is.
    pub(super) fn deadline(&self, position: usize) -> Option<(UnixTime, UnixTime)> {
        let deadlines = self.deadlines.as_ref()?;
        deadlines.get(position).map(|at| (at, deadlines.now()))
    }

    /// Gives the key at a position a deadline, at this time.
    pub(super) fn set_deadline(&mut self, position: usize, at: UnixTime, now: UnixTime) {
        let deadlines =
            self.deadlines.get_or_insert_with(|| Counted::new(Box::new(Deadlines::new(now))));
        deadlines.items().set(position, at);
        self.has_absent = true;
    }

    /// Takes away the deadline of the key at a position.
    #[inline]
    pub(super) fn take_deadline(&mut self, position: usize) -> Option<UnixTime> {
        if self.has_deadlines() { self.take_one_of_them(position) } else { None }
    }

    #[cold]
    #[inline(never)]
    fn take_one_of_them(&mut self, position: usize) -> Option<UnixTime> {
        let deadlines = self.deadlines.as_mut()?;
        let taken = deadlines.items().remove(position);
        if deadlines.is_empty() {
            self.deadlines = None;
        }
        taken
    }

    /// The entry at a position is about to be removed, and the last one to take its place.
    #[cold]
    #[inline(never)]
    fn remove_deadline(&mut self, position: usize) {
        self.take_deadline(position);
        if let Some(deadlines) = &mut self.deadlines {
            deadlines.items().moved(self.entries.len() - 1, position);
        }
    }

    /// Whether a key has expired that is kept.
    #[inline]
    pub(super) fn is_any_due(&self) -> bool {
        self.deadlines.as_ref().is_some_and(|deadlines| deadlines.is_any_due())
    }

    /// Keys that have expired, no more than `limit` of them.
    pub(super) fn due(&self, limit: usize) -> impl Iterator<Item = Key<'_>> {
        let due = self.deadlines.iter().flat_map(move |deadlines| deadlines.due(limit));
        due.map(|position| Key::new(&self.hasher, self.entries[position].key.as_bytes()))
    }
}

fn hash_at(hasher: &RandomState, entries: &Entries, position: u32) -> u64 {
    #[cfg(test)]
    super::costs::hashed();
    Key::new(hasher, entries[position as usize].key.as_bytes()).hash
}

/// A position as the index keeps it. A shard of 2^32 keys would take hundreds of GiB for its entries alone.
fn as_index(position: usize) -> u32 {
    u32::try_from(position).expect("a shard holds fewer than 2^32 keys")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use proptest::collection::vec;
    use proptest::prelude::*;

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

    #[test]
    fn at_any_time_while_keys_go_memory_is_in_proportion_to_those_that_stay() {
        let hasher = RandomState::default();
        let mut table = Table::new(hasher.clone());
        let count = 50_000_u32;
        let names: Vec<_> = (0..count).map(u32::to_be_bytes).collect();
        for name in &names {
            push(&mut table, Key::new(&hasher, name), 0);
        }
        table.check();
        for (gone, name) in (1..).zip(&names) {
            assert!(remove(&mut table, Key::new(&hasher, name)));
            let left = names.len() - gone;
            // A segment in reserve and the rest of the one before it; a bucket has at least 20 of the 112 that it has room for.
            assert!(table.entries.capacity() <= left + 512, "{left}");
            assert!(table.index.capacity() <= left * 6 + 128, "{left}");
        }
        assert!(table.entries.capacity() <= 64);
        assert!(table.index.capacity() <= 64);
    }

    fn push(table: &mut Table, key: Key<'_>, value: u8) {
        table.change_or_create(key, |list| list.push(Direction::Right, (&[value]).into()));
    }

    #[derive(Debug, Clone)]
    enum Operation {
        /// Adds to each of these keys.
        Push(std::ops::Range<u32>),
        /// Removes each of these keys, the last one first if that is true.
        Remove(std::ops::Range<u32>, bool),
        /// Visits as many positions as this, downwards, and goes on where the last visit ended.
        Walk(usize),
        /// Goes on with a clone.
        Clone,
    }

    fn keys() -> impl Strategy<Value = std::ops::Range<u32>> {
        (0..3000_u32, prop_oneof![0..20_u32, 0..1500_u32]).prop_map(|(from, len)| from..from + len)
    }

    fn operation() -> impl Strategy<Value = Operation> {
        prop_oneof![
            keys().prop_map(Operation::Push),
            (keys(), any::<bool>()).prop_map(|(keys, last)| Operation::Remove(keys, last)),
            (0..1000_usize).prop_map(Operation::Walk),
            Just(Operation::Clone),
        ]
    }

    /// A table beside a map, and a walk over it beside the keys that it must still meet.
    #[derive(Default)]
    struct Compared {
        hasher: RandomState,
        lists: HashMap<u32, Vec<u8>>,
        /// Where the walk is, and the keys that were there when it began, have been since, and were not met.
        unvisited: usize,
        unmet: BTreeSet<u32>,
    }

    impl Compared {
        fn apply(&mut self, table: &mut Table, operation: Operation) {
            match operation {
                Operation::Push(keys) => keys.for_each(|number| self.push(table, number)),
                Operation::Remove(keys, false) => keys.for_each(|key| self.remove(table, key)),
                Operation::Remove(keys, true) => keys.rev().for_each(|key| self.remove(table, key)),
                Operation::Walk(steps) => self.walk(table, steps),
                Operation::Clone => *table = table.clone(),
            }
            table.check();
            assert_eq!(table.len(), self.lists.len());
        }

        fn push(&mut self, table: &mut Table, number: u32) {
            let value = u8::try_from(self.lists.len() % 256).unwrap();
            push(table, Key::new(&self.hasher, &number.to_be_bytes()), value);
            self.lists.entry(number).or_default().push(value);
        }

        fn remove(&mut self, table: &mut Table, number: u32) {
            let removed = remove(table, Key::new(&self.hasher, &number.to_be_bytes()));
            assert_eq!(removed, self.lists.remove(&number).is_some());
            self.unmet.remove(&number);
        }

        fn walk(&mut self, table: &Table, steps: usize) {
            if self.unvisited == 0 {
                assert_eq!(self.unmet, BTreeSet::new(), "a walk missed keys that stayed");
                self.unvisited = table.len();
                self.unmet = self.lists.keys().copied().collect();
            }
            let end = self.unvisited.min(table.len());
            self.unvisited = end.saturating_sub(steps);
            for position in self.unvisited..end {
                let name = table.key_at(position).unwrap().try_into().unwrap();
                self.unmet.remove(&u32::from_be_bytes(name));
            }
        }

        fn holds_what_the_map_does(&self, table: &Table) {
            for (number, list) in &self.lists {
                let key = number.to_be_bytes();
                let found = table.get(Key::new(&self.hasher, &key)).unwrap();
                assert!(found.iter().flatten().eq(list), "{number}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn a_table_behaves_as_a_map_and_a_walk_meets_every_key_that_stays(
            operations in vec(operation(), 1..30),
        ) {
            let mut compared = Compared::default();
            let mut table = Table::new(compared.hasher.clone());
            for operation in operations {
                compared.apply(&mut table, operation);
            }
            compared.holds_what_the_map_does(&table);
            compared.walk(&table, usize::MAX);
            compared.walk(&table, 0);
        }
    }
}
