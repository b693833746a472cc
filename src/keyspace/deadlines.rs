//! When the keys of a shard expire: which is the next, and when a certain one does.
//!
//! A binary heap of deadlines, each with the place of its key in the table, and a hash index from the place to where it is in
//! the heap. Neither ever moves as a whole. A shard in which no key has a deadline has no heap either.

use super::buckets::Buckets;
use super::segments::Segments;
use crate::clock::UnixTime;

#[derive(Debug, Clone, Copy)]
struct Deadline {
    at: UnixTime,
    /// Of the key, in the table.
    place: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Deadlines {
    /// What time it is for who holds the shard's lock.
    now: UnixTime,
    /// The earliest first: none is later than the two at twice its position, plus one and plus two.
    heap: Segments<Deadline, 256>,
    /// Positions in the heap, by the place of the key.
    index: Buckets<u32, 64>,
}

impl Deadlines {
    pub(super) fn new(now: UnixTime) -> Self {
        Self { now, heap: Segments::new(), index: Buckets::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn len(&self) -> usize {
        self.heap.len()
    }

    pub(super) fn now(&self) -> UnixTime {
        self.now
    }

    pub(super) fn set_now(&mut self, now: UnixTime) {
        self.now = now;
    }

    /// Whether the deadline of the key at a place has passed. A key is there up to its deadline.
    pub(super) fn has_passed(&self, place: usize) -> bool {
        self.is_any_due() && self.get(place).is_some_and(|at| at < self.now)
    }

    pub(super) fn is_any_due(&self) -> bool {
        self.heap.get(0).is_some_and(|first| first.at < self.now)
    }

    /// The places of keys whose deadline has passed, no more than `limit` of them.
    pub(super) fn due(&self, limit: usize) -> Vec<usize> {
        let (mut due, mut next) = (Vec::new(), vec![0]);
        while let Some(position) = next.pop()
            && due.len() < limit
        {
            // What is below one that is not due is not, either.
            if let Some(deadline) = self.heap.get(position).filter(|one| one.at < self.now) {
                due.push(deadline.place as usize);
                next.extend([2 * position + 1, 2 * position + 2]);
            }
        }
        due
    }

    pub(super) fn get(&self, place: usize) -> Option<UnixTime> {
        self.find(place).map(|position| self.heap[position].at)
    }

    pub(super) fn set(&mut self, place: usize, at: UnixTime) {
        if let Some(position) = self.find(place) {
            self.heap[position].at = at;
            return self.settle(position);
        }
        let position = self.heap.len();
        self.heap.push(Deadline { at, place: narrow(place) });
        let Self { heap, index, .. } = self;
        index.insert(hash(narrow(place)), narrow(position), |&other| hash_at(heap, other));
        self.settle(position);
    }

    /// The key at a place has no deadline any more: the one that it had.
    pub(super) fn remove(&mut self, place: usize) -> Option<UnixTime> {
        let position = self.find(place)?;
        let Self { heap, index, .. } = self;
        let is_there = |&other: &u32| other as usize == position;
        index.remove(hash(narrow(place)), is_there, |&other| hash_at(heap, other));
        let (removed, last) = (self.heap[position].at, self.heap.len() - 1);
        if position < last {
            self.shift(last, position);
        }
        self.heap.drop_last();
        if position < last {
            self.settle(position);
        }
        Some(removed)
    }

    /// The key at a place is at another one now, where none with a deadline is.
    pub(super) fn moved(&mut self, from: usize, to: usize) {
        if let Some(position) = self.find(from) {
            let Self { heap, index, .. } = self;
            let is_there = |&other: &u32| other as usize == position;
            index.remove(hash(narrow(from)), is_there, |&other| hash_at(heap, other));
            heap[position].place = narrow(to);
            index.insert(hash(narrow(to)), narrow(position), |&other| hash_at(heap, other));
        }
    }

    fn find(&self, place: usize) -> Option<usize> {
        let place = narrow(place);
        let is_of = |&position: &u32| self.heap[position as usize].place == place;
        self.index.find(hash(place), is_of).map(|&position| position as usize)
    }

    /// Brings what is at a position to where it belongs.
    fn settle(&mut self, mut position: usize) {
        let held = self.heap[position];
        self.point(held.place, narrow(position), HELD);
        while position > 0
            && let parent = (position - 1) / 2
            && held.at < self.heap[parent].at
        {
            self.shift(parent, position);
            position = parent;
        }
        while let Some(child) = self.earlier_child(position)
            && self.heap[child].at < held.at
        {
            self.shift(child, position);
            position = child;
        }
        self.heap[position] = held;
        self.point(held.place, HELD, narrow(position));
    }

    fn earlier_child(&self, position: usize) -> Option<usize> {
        let (left, right) = (2 * position + 1, 2 * position + 2);
        let first = self.heap.get(left)?;
        let is_right = self.heap.get(right).is_some_and(|second| second.at < first.at);
        Some(if is_right { right } else { left })
    }

    fn shift(&mut self, from: usize, to: usize) {
        let moved = self.heap[from];
        self.heap[to] = moved;
        self.point(moved.place, narrow(from), narrow(to));
    }

    /// Has the index tell another position of a place.
    fn point(&mut self, place: u32, from: u32, to: u32) {
        if let Some(position) = self.index.find_mut(hash(place), |&position| position == from) {
            *position = to;
        }
    }

    #[cfg(test)]
    pub(super) fn check(&self) {
        assert_eq!(self.index.len(), self.heap.len());
        for (position, deadline) in self.heap.iter().enumerate() {
            assert_eq!(self.find(deadline.place as usize), Some(position));
            assert!(self.heap[position.saturating_sub(1) / 2].at <= deadline.at);
        }
    }
}

/// The position of what is being moved in the heap.
const HELD: u32 = u32::MAX;

fn hash_at(heap: &Segments<Deadline, 256>, position: u32) -> u64 {
    #[cfg(test)]
    super::costs::hashed();
    hash(heap[position as usize].place)
}

/// Places are numbers from 0 on, which nobody chooses: their bits have to be spread, and need no key.
fn hash(place: u32) -> u64 {
    let spread = u64::from(place).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    spread ^ (spread >> 32)
}

/// A place in a table, which has fewer than 2^32 of them.
fn narrow(place: usize) -> u32 {
    u32::try_from(place).expect("a shard holds fewer than 2^32 keys")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::Deadlines;
    use crate::clock::UnixTime;

    #[derive(Debug, Clone)]
    enum Operation {
        Set(usize, i64),
        Remove(usize),
        /// From a place to another, if only the first has a deadline.
        Move(usize, usize),
        /// As many of the earliest as this.
        RemoveFirst(usize),
    }

    fn operation() -> impl Strategy<Value = Operation> {
        let place = || 0..700_usize;
        prop_oneof![
            6 => (place(), 0..50_i64).prop_map(|(place, at)| Operation::Set(place, at)),
            2 => place().prop_map(Operation::Remove),
            1 => (place(), place()).prop_map(|(from, to)| Operation::Move(from, to)),
            1 => (0..20_usize).prop_map(Operation::RemoveFirst),
        ]
    }

    fn apply(deadlines: &mut Deadlines, map: &mut BTreeMap<usize, i64>, operation: &Operation) {
        match *operation {
            Operation::Set(place, at) => {
                deadlines.set(place, UnixTime(at));
                map.insert(place, at);
            }
            Operation::Remove(place) => {
                assert_eq!(deadlines.remove(place).map(|at| at.0), map.remove(&place));
            }
            Operation::Move(from, to) if !map.contains_key(&to) => {
                deadlines.moved(from, to);
                let at = map.remove(&from);
                map.extend(at.map(|at| (to, at)));
            }
            Operation::Move(..) => {}
            Operation::RemoveFirst(count) => {
                for _ in 0..count.min(map.len()) {
                    let first = deadlines.heap[0];
                    let (place, UnixTime(at)) = (first.place as usize, first.at);
                    assert_eq!(Some(&at), map.values().min());
                    assert_eq!(deadlines.remove(place), Some(UnixTime(at)));
                    assert_eq!(map.remove(&place), Some(at));
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn deadlines_are_those_of_a_map_and_the_first_is_the_earliest(
            operations in vec(operation(), 1..900),
        ) {
            let (mut deadlines, mut map) = (Deadlines::new(UnixTime(25)), BTreeMap::new());
            for operation in &operations {
                apply(&mut deadlines, &mut map, operation);
            }
            deadlines.check();
            for place in 0..700 {
                prop_assert_eq!(deadlines.get(place).map(|at| at.0), map.get(&place).copied());
                let has_passed = map.get(&place).is_some_and(|&at| at < 25);
                prop_assert_eq!(deadlines.has_passed(place), has_passed);
            }
            let all: Vec<_> = map.iter().filter(|(_, at)| **at < 25).map(|(place, _)| *place).collect();
            let mut due = deadlines.due(usize::MAX);
            due.sort_unstable();
            prop_assert_eq!(due, &all[..]);
            prop_assert_eq!(deadlines.due(3).len(), all.len().min(3));
        }
    }
}
