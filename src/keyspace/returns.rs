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
use crate::memory::{Allocated, Counted};

/// The numbers of elements, in the order in which they were taken from one end.
pub(crate) type Numbers = SmallVec<[u64; 1]>;

impl Allocated for Numbers {
    fn allocated(&self) -> usize {
        if self.spilled() { self.capacity() * size_of::<u64>() } else { 0 }
    }
}

/// The ends of lists at which something was given back. Their memory is counted with that of the lists.
#[derive(Debug)]
pub(super) struct Returns {
    /// The numbers of what the last pop took, as far as it had been given back.
    popped: Counted<Numbers>,
    /// The numbers at the left end and at the right end of a list, rising inwards.
    by_key: KeyMap<Ends, true>,
}

type Ends = [Counted<VecDeque<u64>>; 2];

impl Returns {
    pub(super) const fn new() -> Self {
        Self { by_key: KeyMap::new(), popped: Counted::unallocated(Numbers::new_const()) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new();
    }

    /// A waiter is about to be served: what others popped does not count.
    pub(super) fn forget_last_pop(&mut self) {
        self.popped.as_it_is().clear();
    }

    /// The numbers of the `count` elements that the last pop took. Those that were never given back get new ones, drawn in the
    /// order in which elements are taken.
    pub(super) fn numbers_of_last_pop(
        &mut self,
        count: usize,
        mut draw: impl FnMut() -> u64,
    ) -> Numbers {
        if self.popped.is_empty() {
            return (0..count).map(|_| draw()).collect();
        }
        let mut numbers = std::mem::take(&mut self.popped).into_inner();
        while numbers.len() < count {
            numbers.push(draw());
        }
        numbers
    }

    /// How many elements stand between the end and the place of this one, which comes back.
    pub(super) fn place(&mut self, key: Key<'_>, end: Direction, number: u64) -> usize {
        let numbers = &mut self.by_key.entry(key)[end as usize];
        let place = numbers.partition_point(|&other| other < number);
        numbers.resize(|numbers| numbers.insert(place, number));
        place
    }

    /// Takes notice of a change, which leaves the list with `len` elements.
    pub(super) fn observe(&mut self, key: Key<'_>, change: Change<'_>, len: usize) {
        let Some(ends) = self.by_key.get_mut(key) else { return };
        match change {
            Change::GiveBack { .. } | Change::Deadline(_) => return,
            Change::Push { end, .. } => ends[end as usize].as_it_is().clear(),
            Change::Pop { end, count } => {
                take(&mut self.popped, &mut ends[end as usize], count);
                // What is left may be less than what was given back at the other end.
                keep_outermost(ends, len);
            }
            Change::Rotate { from, to } => {
                take(&mut self.popped, &mut ends[from as usize], 1);
                ends[to as usize].as_it_is().clear();
                keep_outermost(ends, len - 1);
            }
            Change::TakeBack { position } => {
                let [left, right] = ends;
                left.as_it_is().remove(position);
                right.as_it_is().remove(len - position);
            }
            _ => keep_outermost(ends, 0),
        }
        if ends.iter().all(|numbers| numbers.is_empty()) {
            self.by_key.remove(key);
        }
    }
}

/// What a pop of this many elements takes of the numbers at an end.
fn take(popped: &mut Counted<Numbers>, numbers: &mut Counted<VecDeque<u64>>, count: usize) {
    let numbers = numbers.as_it_is();
    let taken = numbers.drain(..count.min(numbers.len()));
    popped.resize(|popped| {
        popped.clear();
        popped.extend(taken);
    });
}

/// Of each end as many numbers as there are elements.
fn keep_outermost(ends: &mut Ends, len: usize) {
    for numbers in ends {
        numbers.as_it_is().truncate(len);
    }
}
