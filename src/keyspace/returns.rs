//! What cancelled waits gave back, and where: so that elements that were taken one after the other and come back in any
//! order stand as they stood.
//!
//! Every element that a waiter is served gets a number, which rises from the end of the list inwards: what is taken later
//! stood further in. Of an end of a list only the elements are known that were given back there and still are the
//! outermost, with their numbers; the next one finds its place among them. A pop there takes the first of them, and a
//! waiter who is served with one gets its number again. Anything else that touches that end, or changes the list other
//! than at its ends, and they are elements like any other; but not a cancelled move or push that takes back its own.

use std::collections::VecDeque;

use smallvec::SmallVec;

use super::change::Change;
use super::key::Key;
use super::key_map::KeyMap;
use crate::Direction;

/// The numbers of elements, in the order in which they were taken from one end.
pub(crate) type Numbers = SmallVec<[u64; 1]>;

/// The ends of lists at which something was given back.
#[derive(Debug)]
pub(super) struct Returns {
    /// The numbers of what the last pop took, as far as it had been given back.
    popped: Numbers,
    /// The numbers at the left end and at the right end of a list, rising inwards.
    by_key: KeyMap<[VecDeque<u64>; 2]>,
}

impl Returns {
    pub(super) const fn new() -> Self {
        Self { by_key: KeyMap::new(), popped: Numbers::new_const() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.by_key = KeyMap::new();
    }

    /// A waiter is about to be served: what others popped does not count.
    pub(super) fn forget_last_pop(&mut self) {
        self.popped.clear();
    }

    /// The numbers of the `count` elements that the last pop took. Those that were never given back get new ones, drawn in the
    /// order in which elements are taken.
    pub(super) fn numbers_of_last_pop(
        &mut self,
        count: usize,
        mut draw: impl FnMut() -> u64,
    ) -> Numbers {
        let mut numbers = std::mem::take(&mut self.popped);
        while numbers.len() < count {
            numbers.push(draw());
        }
        numbers
    }

    /// How many elements stand between the end and the place of this one, which comes back.
    pub(super) fn place(&mut self, key: Key<'_>, end: Direction, number: u64) -> usize {
        let numbers = &mut self.by_key.entry(key)[end as usize];
        let place = numbers.partition_point(|&other| other < number);
        numbers.insert(place, number);
        place
    }

    /// Takes notice of a change, which leaves the list with `len` elements.
    pub(super) fn observe(&mut self, key: Key<'_>, change: Change<'_>, len: usize) {
        let Some(ends) = self.by_key.get_mut(key) else { return };
        match change {
            Change::GiveBack { .. } | Change::Deadline(_) => return,
            Change::Push { end, .. } => ends[end as usize].clear(),
            Change::Pop { end, count } => {
                let numbers = &mut ends[end as usize];
                self.popped.clear();
                self.popped.extend(numbers.drain(..count.min(numbers.len())));
                // What is left may be less than what was given back at the other end.
                keep_outermost(ends, len);
            }
            Change::Rotate { from, to } => {
                self.popped.clear();
                self.popped.extend(ends[from as usize].pop_front());
                ends[to as usize].clear();
                keep_outermost(ends, len - 1);
            }
            Change::TakeBack { position } => {
                let [left, right] = ends;
                left.remove(position);
                right.remove(len - position);
            }
            _ => keep_outermost(ends, 0),
        }
        if ends.iter().all(VecDeque::is_empty) {
            self.by_key.remove(key);
        }
    }
}

/// Of each end as many numbers as there are elements.
fn keep_outermost(ends: &mut [VecDeque<u64>; 2], len: usize) {
    for numbers in ends {
        numbers.truncate(len);
    }
}
