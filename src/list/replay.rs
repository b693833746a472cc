//! The list beside a `VecDeque<Vec<u8>>`: operations decoded from bytes run on both, for the property tests and the
//! fuzz target. After each of them the contents are the same and [`List::check`] holds.

use std::collections::VecDeque;
use std::ops::{ControlFlow, Range};

use super::List;
use super::inline;
use super::node::MAX_CAPACITY;
use super::packed::MAX_LEN;
use crate::{Direction, Element, memory};

/// The lengths of elements: those between which the layout changes, and some others.
const LENGTHS: [usize; 40] = [
    0,
    1,
    2,
    3,
    5,
    8,
    12,
    16,
    16,
    inline::CAPACITY - 4,
    inline::CAPACITY - 3,
    inline::CAPACITY - 2,
    inline::CAPACITY - 1,
    inline::CAPACITY,
    40,
    60,
    100,
    100,
    MAX_LEN - 2,
    MAX_LEN - 1,
    MAX_LEN,
    MAX_LEN + 1,
    MAX_LEN + 2,
    126,
    127,
    128,
    129,
    254,
    255,
    256,
    257,
    MAX_CAPACITY / 2,
    MAX_CAPACITY - 2,
    MAX_CAPACITY - 1,
    MAX_CAPACITY,
    MAX_CAPACITY + 1,
    1_000,
    16_383,
    16_384,
    70_000,
];

/// Nothing is added to a list of more bytes than this, so that a long program stays quick.
const ENOUGH: usize = 300_000;

/// A list of at most this many elements is checked after each step of an operation, a longer one after the operation.
const CHECKED_BY_STEP: usize = 200;

#[derive(Debug)]
enum Operation {
    Push { end: Direction, element: Vec<u8>, times: usize, owned: bool },
    Extend { end: Direction, elements: Vec<Vec<u8>> },
    Pop { end: Direction, times: usize },
    Rotate { from: Direction, to: Direction, times: usize },
    Set { index: usize, element: Vec<u8> },
    Insert { index: usize, element: Vec<u8> },
    RemoveEqual { to: usize, limit: usize, from: Direction },
    RemoveAbsent,
    Keep { range: Range<usize> },
    Read { range: Range<usize> },
    Clone,
}

/// The bytes of one operation.
const SIZE: usize = 5;

/// Runs the operations that these bytes stand for.
///
/// # Panics
///
/// If the list differs from the deque, or one of its invariants does not hold.
pub(crate) fn replay(bytes: &[u8]) {
    let mut both = Both { noted: memory::noted(), ..Both::default() };
    for encoded in bytes.as_chunks::<SIZE>().0 {
        let operation = both.decode(*encoded);
        both.run(operation);
        both.compare();
    }
}

#[derive(Default)]
struct Both {
    list: List,
    deque: VecDeque<Vec<u8>>,
    /// The bytes of all elements that were ever added since the deque was last empty.
    added: usize,
    /// What this thread had noted of memory when there was nothing in the list.
    noted: isize,
}

impl Both {
    /// Indexes are taken modulo the length that the deque has now.
    fn decode(&self, [code, a, b, c, d]: [u8; SIZE]) -> Operation {
        let len = self.deque.len();
        let end = if a & 1 == 0 { Direction::Left } else { Direction::Right };
        let times = match a >> 1 {
            few @ ..64 => usize::from(few % 4 + 1),
            many => usize::from(many),
        };
        // Few different fillings, so that there are equal elements to find.
        let element = vec![c % 3; LENGTHS[usize::from(b) % LENGTHS.len()]];
        let number = usize::from(u16::from_be_bytes([c, d]));
        let other = usize::from(u16::from_be_bytes([a, b]));
        let index = number % (len + 1);
        match code % 16 {
            4 => {
                let mut elements = vec![element; 2 * times];
                let other = LENGTHS[usize::from(d) % LENGTHS.len()];
                elements
                    .iter_mut()
                    .skip(30)
                    .step_by(50)
                    .for_each(|each| *each = vec![c % 3; other]);
                Operation::Extend { end, elements }
            }
            0..=3 => Operation::Push { end, element, times, owned: d & 1 == 0 },
            5..=6 => Operation::Pop { end, times },
            7 => Operation::Rotate {
                from: end,
                to: if b & 1 == 0 { Direction::Left } else { Direction::Right },
                times,
            },
            8..=9 => Operation::Set { index: usize::from(d) * 257 % (len + 1), element },
            10..=11 => Operation::Insert { index: usize::from(d) * 257 % (len + 1), element },
            12 => Operation::RemoveEqual {
                to: index,
                limit: if b < 128 { usize::MAX } else { usize::from(b - 127) },
                from: end,
            },
            13 if d == 0 => Operation::RemoveAbsent,
            13 => Operation::Read { range: ordered(index, other % (len + 1)) },
            // Mostly a little is cut off; now and then most of the list.
            14 if b < 200 => Operation::Keep {
                range: ordered(usize::from(a % 8).min(len), len - usize::from(c % 8).min(len)),
            },
            14 => Operation::Keep { range: ordered(index, other % (len + 1)) },
            _ => Operation::Clone,
        }
    }

    fn run(&mut self, operation: Operation) {
        match operation {
            Operation::Push { end, element, times, owned } => {
                for _ in 0..times {
                    self.push(end, &element, owned);
                }
            }
            Operation::Extend { end, elements } => self.extend(end, &elements),
            Operation::Pop { end, times } => (0..times).for_each(|_| self.pop(end)),
            Operation::Rotate { from, to, times } => {
                (0..times).for_each(|_| self.rotate(from, to));
            }
            Operation::Set { index, element } => {
                let set = self.list.set(index, Element::from(&element));
                assert_eq!(set, index < self.deque.len());
                if let Some(place) = self.deque.get_mut(index) {
                    *place = element;
                }
            }
            Operation::Insert { element, .. } if self.is_enough(&element) => {}
            Operation::Insert { index, element } => {
                self.list.insert(index, Element::from(&element));
                self.deque.insert(index, element);
            }
            Operation::RemoveEqual { to, limit, from } => {
                let Some(element) = self.deque.get(to).cloned() else { return };
                let removed = self.list.remove_equal(&element, limit, from);
                assert_eq!(removed, self.remove_equal_deque(&element, limit, from));
            }
            Operation::RemoveAbsent => {
                assert_eq!(self.list.remove_equal(b"absent", 3, Direction::Right), 0);
            }
            Operation::Keep { range } => {
                self.list.keep(range.clone());
                self.deque.truncate(range.end);
                self.deque.drain(..range.start);
            }
            Operation::Read { range } => self.read(range),
            Operation::Clone => self.change_clone(),
        }
    }

    fn pop(&mut self, end: Direction) {
        let popped = self.list.pop(end).map(super::Popped::into_vec);
        assert_eq!(popped, self.pop_deque(end));
        self.check_step();
    }

    fn rotate(&mut self, from: Direction, to: Direction) {
        if let Some(popped) = self.list.pop(from) {
            self.list.push(to, popped.as_element());
        }
        if let Some(popped) = self.pop_deque(from) {
            self.push_deque(to, popped);
        }
        self.check_step();
    }

    fn push(&mut self, end: Direction, element: &[u8], owned: bool) {
        if self.is_enough(element) {
            return;
        }
        let given = if owned { Element::from(element.to_vec()) } else { Element::from(element) };
        self.list.push(end, given);
        self.push_deque(end, element.to_vec());
        self.check_step();
    }

    fn extend(&mut self, end: Direction, elements: &[Vec<u8>]) {
        if elements.is_empty() || self.is_enough(&elements.concat()) {
            return;
        }
        let len = self.list.extend(end, elements.iter().map(Element::from));
        for element in elements {
            self.push_deque(end, element.clone());
        }
        assert_eq!(len, self.deque.len());
    }

    fn is_enough(&mut self, element: &[u8]) -> bool {
        self.added = if self.deque.is_empty() { 0 } else { self.added } + element.len() + 16;
        self.added > ENOUGH
    }

    fn check_step(&self) {
        if self.deque.len() <= CHECKED_BY_STEP {
            self.check();
        }
    }

    /// The invariants, and that the list has what was noted of its memory.
    fn check(&self) {
        self.list.check();
        assert_eq!(memory::noted() - self.noted, self.list.memory().cast_signed());
    }

    fn push_deque(&mut self, end: Direction, element: Vec<u8>) {
        match end {
            Direction::Left => self.deque.push_front(element),
            Direction::Right => self.deque.push_back(element),
        }
    }

    fn pop_deque(&mut self, end: Direction) -> Option<Vec<u8>> {
        match end {
            Direction::Left => self.deque.pop_front(),
            Direction::Right => self.deque.pop_back(),
        }
    }

    fn remove_equal_deque(&mut self, element: &[u8], limit: usize, from: Direction) -> usize {
        let mut equal: Vec<usize> =
            (0..self.deque.len()).filter(|&index| self.deque[index] == element).collect();
        if from == Direction::Right {
            equal.reverse();
        }
        equal.truncate(limit);
        equal.sort_unstable();
        for index in equal.iter().rev() {
            self.deque.remove(*index);
        }
        equal.len()
    }

    fn read(&self, range: Range<usize>) {
        for index in [range.start, range.end] {
            assert_eq!(self.list.get(index), self.deque.get(index).map(Vec::as_slice));
        }
        assert!(self.list.range(range.clone()).iter().eq(self.deque.range(range.clone())));
        self.find(range);
    }

    /// Looks for the element where the range begins, among as many as where it ends, from either end.
    fn find(&self, range: Range<usize>) {
        let absent = vec![9; 16];
        let element = self.deque.get(range.start).unwrap_or(&absent);
        for from in [Direction::Left, Direction::Right] {
            let mut found = Vec::new();
            self.list.find(element, from, range.end, |distance| {
                found.push(distance);
                ControlFlow::Continue(())
            });
            let is_equal =
                |(distance, other): (usize, &Vec<u8>)| (other == element).then_some(distance);
            let expected: Vec<usize> = match from {
                Direction::Left => {
                    self.deque.iter().enumerate().take(range.end).filter_map(is_equal).collect()
                }
                Direction::Right => self
                    .deque
                    .iter()
                    .rev()
                    .enumerate()
                    .take(range.end)
                    .filter_map(is_equal)
                    .collect(),
            };
            assert_eq!(found, expected);
        }
    }

    /// What happens to a clone is not seen in the list.
    fn change_clone(&mut self) {
        let noted = memory::noted();
        let deque = self.deque.clone();
        let mut other = Self { list: self.list.clone(), deque, added: 0, noted };
        other.check();
        other.push(Direction::Left, b"other", false);
        other.push(Direction::Right, &[1; 200], false);
        other.run(Operation::Pop { end: Direction::Left, times: 3 });
        other.run(Operation::Keep { range: 0..other.deque.len() / 2 });
        other.compare();
    }

    fn compare(&self) {
        self.check();
        assert_eq!(self.list.len(), self.deque.len());
        assert_eq!(self.list.is_empty(), self.deque.is_empty());
        assert!(self.list.iter().eq(&self.deque));
        assert!(self.list.iter().rev().eq(self.deque.iter().rev()));
    }
}

fn ordered(one: usize, other: usize) -> Range<usize> {
    one.min(other)..one.max(other)
}
