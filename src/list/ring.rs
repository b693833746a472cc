//! A ring: the layout of a list that passes elements on, which are all equally long.
//!
//! What is pushed takes the place of what was popped, so nothing is allocated or moved meanwhile, and the memory that is
//! touched is hardly more than the elements. Only what happens at the ends is done here: for anything in the middle the
//! elements go back to nodes.

use std::ops::{ControlFlow, Range};

use super::node::Node;
use super::packed::{self, Elements, Run};
use super::popped::Leaving;
use crate::Direction;
use crate::memory::Counted;

/// The most bytes of a ring, all of which move when it grows.
pub(super) const MAX_CAPACITY: usize = 4 * super::node::MAX_CAPACITY;

/// What a list that becomes a ring has at most, so that one that grows and shrinks a little does not change each time.
pub(super) const MADE_UP_TO: usize = MAX_CAPACITY / 4 * 3;

/// Up to this capacity a quarter of a ring may be all that is used. There is little to save, and a short list that is filled
/// and drained in turns would move its elements each time.
pub(super) const LITTLE: usize = 2 * super::node::SMALL_CAPACITY;

/// Packed elements of one length, from the first on around the end of the buffer.
#[derive(Debug, Clone)]
pub(super) struct Ring {
    /// A whole number of elements.
    buffer: Counted<Box<[u8]>>,
    /// Where the first element begins.
    head: u16,
    /// Where the next one at the tail will begin.
    tail: u16,
    count: u16,
    /// The bytes that each element takes.
    stride: u16,
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "at most MAX_CAPACITY")]
fn short(number: usize) -> u16 {
    debug_assert!(number <= MAX_CAPACITY);
    number as u16
}

impl Ring {
    /// The elements of these runs, which have this stride, and a little room.
    pub(super) fn of<'r>(runs: impl Iterator<Item = Run<'r>>, stride: usize) -> Self {
        let mut bytes = Vec::with_capacity(MADE_UP_TO);
        runs.for_each(|run| bytes.extend_from_slice(run.bytes));
        let count = bytes.len() / stride;
        Self::with_room(&[&bytes], stride, count + 2)
    }

    /// Packed elements in as many places.
    fn with_room(parts: &[&[u8]], stride: usize, places: usize) -> Self {
        let mut buffer = Vec::with_capacity(places * stride);
        for part in parts {
            buffer.extend_from_slice(part);
        }
        let used = buffer.len();
        buffer.resize(places * stride, 0);
        let tail = if used == buffer.len() { 0 } else { used };
        Self {
            buffer: Counted::new(buffer.into_boxed_slice()),
            head: 0,
            tail: short(tail),
            count: short(used / stride),
            stride: short(stride),
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.count.into()
    }

    #[inline]
    pub(super) fn stride(&self) -> usize {
        self.stride.into()
    }

    pub(super) fn used(&self) -> usize {
        self.len() * self.stride()
    }

    #[inline]
    pub(super) fn capacity(&self) -> usize {
        self.buffer.len()
    }

    /// Adds an element at one end, if it has the right length and there is room.
    #[inline]
    pub(super) fn push(&mut self, end: Direction, element: &[u8]) -> bool {
        let size = packed::size_of(element);
        let is_full = self.head == self.tail && self.count > 0;
        if size != self.stride() || is_full {
            return false;
        }
        let at = match end {
            Direction::Left => {
                self.head = short(self.before(self.head));
                self.head
            }
            Direction::Right => {
                let behind = short(self.behind(self.tail));
                std::mem::replace(&mut self.tail, behind)
            }
        };
        packed::write(self.buffer.items(), at.into(), element);
        self.count += 1;
        true
    }

    /// Takes the element at one end of a ring that is not empty.
    #[inline]
    pub(super) fn pop<R>(&mut self, end: Direction, receive: impl FnOnce(Leaving<'_>) -> R) -> R {
        let at = match end {
            Direction::Left => {
                let behind = short(self.behind(self.head));
                std::mem::replace(&mut self.head, behind)
            }
            Direction::Right => {
                self.tail = short(self.before(self.tail));
                self.tail
            }
        };
        self.count -= 1;
        let entry = &self.buffer[at.into()..][..self.stride()];
        receive(Leaving::Packed(&entry[1..entry.len() - 1]))
    }

    /// Whether so little is used that it is better kept otherwise.
    #[inline]
    pub(super) fn is_sparse(&self) -> bool {
        let (used, capacity) = (self.used(), self.capacity());
        used * 2 <= capacity && (capacity > LITTLE || used * 4 <= capacity)
    }

    #[inline]
    fn behind(&self, place: u16) -> usize {
        let behind = usize::from(place) + self.stride();
        if behind == self.capacity() { 0 } else { behind }
    }

    #[inline]
    fn before(&self, place: u16) -> usize {
        let place = if place == 0 { self.capacity() } else { place.into() };
        place - self.stride()
    }

    /// Where the element at `index`, which is below the length, begins.
    #[inline]
    fn place(&self, index: usize) -> usize {
        let place = usize::from(self.head) + index * self.stride();
        if place < self.capacity() { place } else { place - self.capacity() }
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&[u8]> {
        (index < self.len()).then(|| packed::element_at(&self.buffer, self.place(index)))
    }

    /// Replaces the element at `index`, which is below the length, by one that is as long.
    pub(super) fn set(&mut self, index: usize, element: &[u8]) -> bool {
        let is_as_long = packed::size_of(element) == self.stride();
        if is_as_long {
            let place = self.place(index);
            packed::write(self.buffer.items(), place, element);
        }
        is_as_long
    }

    /// Keeps only the elements at these positions, of which there are some.
    pub(super) fn keep(&mut self, range: Range<usize>) {
        let (first, last) = (self.place(range.start), self.place(range.end - 1));
        self.head = short(first);
        self.tail = short(self.behind(short(last)));
        self.count = short(range.len());
    }

    /// The elements at these positions: those up to the end of the buffer, and those from its beginning on.
    pub(super) fn runs(&self, range: Range<usize>) -> [Run<'_>; 2] {
        let stride = self.stride();
        let until_wrap = (self.capacity() - usize::from(self.head)) / stride;
        let run = |places: Range<usize>| Run {
            bytes: &self.buffer[places.start * stride..places.end * stride],
            count: places.len(),
            stride,
        };
        let first = usize::from(self.head) / stride;
        let [start, end] = [range.start, range.end].map(|index| index.min(until_wrap));
        let wrapped = (range.start - start)..(range.end - end);
        [run(first + start..first + end), run(wrapped)]
    }

    fn all(&self) -> [Run<'_>; 2] {
        self.runs(0..self.len())
    }

    pub(super) fn elements(&self) -> [Elements<'_>; 2] {
        self.all().map(|run| Elements::packed(run.bytes))
    }

    /// Visits the elements equal to this one from one end on, by how many lie before them in that direction, until
    /// the visitor has enough.
    pub(super) fn find(
        &self,
        element: &[u8],
        from: Direction,
        mut visit: impl FnMut(usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut runs = self.all();
        if from == Direction::Right {
            runs.reverse();
        }
        runs[0].find(element, from, &mut visit)?;
        runs[1].find(element, from, |distance| visit(runs[0].count + distance))
    }

    /// The same elements with room for a quarter more, if they may have it. So a ring that grew or shrank does neither again
    /// before it was given or lost elements in proportion to those that it moved.
    pub(super) fn fitted(&self) -> Option<Self> {
        let places = (self.len() + self.len() / 4 + 1).min(MAX_CAPACITY / self.stride());
        let parts = self.all().map(|run| run.bytes);
        (places > self.len()).then(|| Self::with_room(&parts, self.stride(), places))
    }

    /// The same elements in one node, which they fit in.
    pub(super) fn to_node(&self) -> Node {
        let [run, wrapped] = self.all();
        let mut node = Node::copied(run, self.used());
        node.append(&Node::copied(wrapped, 0));
        node
    }

    /// The same elements in nodes.
    pub(super) fn to_nodes(&self) -> impl Iterator<Item = Node> {
        let each = super::node::SMALL_CAPACITY / self.stride();
        (0..self.len()).step_by(each).map(move |start| {
            let [run, wrapped] = self.runs(start..self.len().min(start + each));
            let mut node = Node::copied(run, run.bytes.len() + wrapped.bytes.len());
            node.append(&Node::copied(wrapped, 0));
            node
        })
    }
}
