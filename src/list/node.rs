//! A node: the part of a list that lies in one buffer, which is either many packed elements or one long one.
//!
//! A packed node that needs more room grows up to [`MAX_CAPACITY`]; beyond that it takes no more, and whoever holds
//! it makes another. A node never looks at its neighbours.

use std::ops::Range;

use super::packed::{self, Elements, Span};
use super::popped::Popped;
use crate::{Direction, Element};

/// The most that a buffer of packed elements takes. Together with the allocator's own header it is a round number,
/// and it is within what glibc keeps ready for each thread (up to 1,032 bytes).
pub(super) const MAX_CAPACITY: usize = 920;

/// Neighbours that are together at most this large are made one.
const MERGE_UP_TO: usize = MAX_CAPACITY / 2;

#[derive(Debug, Clone)]
pub(super) struct Node {
    buffer: Box<[u8]>,
    header: Header,
}

/// The kind of a node and its span, in one word: written as four fields and soon read again as a vector of them, it
/// would stall the processor.
#[derive(Debug, Clone, Copy)]
struct Header(u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Elements of at most [`packed::MAX_LEN`] bytes.
    Packed,
    /// One element that is longer, in the buffer that it came in. The span's bytes are not used.
    Whole,
}

impl Header {
    const WHOLE: Self = Self(1 << 48 | 1 << 32);
    const EMPTY: Self = Self(0);

    #[inline]
    fn packed(span: Span) -> Self {
        debug_assert!(span.start <= span.end && span.end <= MAX_CAPACITY);
        Self((span.count as u64) << 32 | (span.end as u64) << 16 | span.start as u64)
    }

    #[inline]
    fn kind(self) -> Kind {
        if self.0 >> 48 == 0 { Kind::Packed } else { Kind::Whole }
    }

    #[inline]
    fn span(self) -> Span {
        #[expect(clippy::cast_possible_truncation, reason = "a field is 16 bits")]
        let field = |shift: u32| usize::from((self.0 >> shift) as u16);
        Span { start: field(0), end: field(16), count: field(32) }
    }
}

/// The capacity for this many bytes that the allocator would round to.
fn round(size: usize) -> usize {
    ((size + 8).next_multiple_of(16) - 8).min(MAX_CAPACITY)
}

impl Node {
    /// A node of one element, with hardly any room beside it.
    pub(super) fn new(end: Direction, element: Element<'_>) -> Self {
        let bytes = element.as_bytes();
        if bytes.len() > packed::MAX_LEN {
            return Self::whole(element);
        }
        let mut node = Self::empty();
        node.reallocate(round(packed::size_of(bytes)), end);
        node.push_in_room(end, bytes);
        node
    }

    /// A packed node of one element, with all its room towards `end`. It takes the buffer, unless that is empty.
    pub(super) fn roomy(end: Direction, element: &[u8], buffer: Box<[u8]>) -> Self {
        let mut node = Self { buffer, header: Header::EMPTY };
        if node.buffer.is_empty() {
            node.reallocate(MAX_CAPACITY, end);
        } else if end == Direction::Left {
            let all = node.capacity();
            node.set_span(Span { start: all, end: all, count: 0 });
        }
        node.push_in_room(end, element);
        node
    }

    /// The buffer of a node that became empty, if it is one to use again.
    #[inline]
    pub(super) fn into_spare(self) -> Option<Box<[u8]>> {
        if self.capacity() == MAX_CAPACITY { Some(self.buffer) } else { None }
    }

    /// A node of one element that is not packed. If it is short enough to be, the node must be alone.
    #[inline]
    pub(super) fn whole(element: Element<'_>) -> Self {
        let buffer = match element {
            Element::Borrowed(bytes) => bytes.into(),
            Element::Owned(buffer) => buffer.into_boxed_slice(),
        };
        Self { buffer, header: Header::WHOLE }
    }

    /// Packs the element of a node that is no longer alone, if it is short enough, with room for `size` more bytes.
    pub(super) fn pack(&mut self, size: usize, end: Direction) {
        if self.is_short_whole() {
            let Self { buffer, .. } = std::mem::replace(self, Self::empty());
            self.reallocate(round(packed::size_of(&buffer) + size), end);
            self.push_in_room(end, &buffer);
        }
    }

    pub(super) fn is_short_whole(&self) -> bool {
        !self.is_packed() && self.buffer.len() <= packed::MAX_LEN
    }

    /// A packed node without elements, which allocates nothing.
    #[inline]
    pub(super) fn empty() -> Self {
        Self { buffer: Box::default(), header: Header::EMPTY }
    }

    /// A node of packed elements that lay elsewhere.
    pub(super) fn copied(bytes: &[u8], count: usize, capacity: usize) -> Self {
        let mut node = Self::empty();
        node.reallocate(round(capacity.max(bytes.len())), Direction::Right);
        node.buffer[..bytes.len()].copy_from_slice(bytes);
        node.set_span(Span { start: 0, end: bytes.len(), count });
        node
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.span().count
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub(super) fn is_packed(&self) -> bool {
        self.header.kind() == Kind::Packed
    }

    #[inline]
    pub(super) fn capacity(&self) -> usize {
        self.buffer.len()
    }

    /// The packed elements, and how many they are.
    pub(super) fn packed_bytes(&self) -> (&[u8], usize) {
        let span = self.span();
        (&self.buffer[span.bytes()], span.count)
    }

    #[inline]
    pub(super) fn used(&self) -> usize {
        if self.is_packed() { self.span().used() } else { self.buffer.len() }
    }

    pub(super) fn elements(&self) -> Elements<'_> {
        match self.header.kind() {
            Kind::Packed => Elements::packed(&self.buffer[self.span().bytes()]),
            Kind::Whole => Elements::whole(&self.buffer),
        }
    }

    /// The elements from `index` on, which is at most the length.
    pub(super) fn elements_from(&self, index: usize) -> Elements<'_> {
        match self.header.kind() {
            Kind::Packed => {
                let span = self.span();
                let start = packed::offset(&self.buffer, span, index);
                Elements::packed(&self.buffer[start..span.end])
            }
            Kind::Whole if index == 0 => Elements::whole(&self.buffer),
            Kind::Whole => Elements::default(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&[u8]> {
        if index < self.len() { self.elements_from(index).next() } else { None }
    }

    /// Adds an element at one end, if it and those here are packed and there is room or can be made.
    #[inline]
    pub(super) fn push(&mut self, end: Direction, element: &[u8]) -> bool {
        if element.len() > packed::MAX_LEN || !self.is_packed() || self.is_empty() {
            return false;
        }
        let mut span = self.span();
        if packed::push(&mut self.buffer, &mut span, end, element) {
            self.set_span(span);
            return true;
        }
        self.make_room(end, packed::size_of(element)) && self.push_in_room(end, element)
    }

    fn push_in_room(&mut self, end: Direction, element: &[u8]) -> bool {
        let pushed = self.with_span(|buffer, span| packed::push(buffer, span, end, element));
        debug_assert!(pushed);
        pushed
    }

    /// Takes the element at one end, which may leave the node empty.
    #[inline]
    pub(super) fn pop(&mut self, end: Direction) -> Option<Popped> {
        if self.header.kind() == Kind::Whole {
            self.header = Header::EMPTY;
            return Some(Popped::moved(std::mem::take(&mut self.buffer)));
        }
        let mut span = self.span();
        if span.count == 0 {
            return None;
        }
        let popped = Popped::copied(packed::pop(&self.buffer, &mut span, end));
        self.set_span(span);
        Some(popped)
    }

    /// Puts an element before the one at `index`, which is at most the length, if it is one to pack and there is room
    /// or can be made.
    pub(super) fn insert(&mut self, index: usize, element: &[u8]) -> bool {
        if !self.is_packed() || element.len() > packed::MAX_LEN {
            return false;
        }
        let size = packed::size_of(element);
        if !self.has_room(size) {
            return false;
        }
        self.with_span(|buffer, span| {
            let at = packed::offset(buffer, *span, index);
            let at = packed::open(buffer, span, at, size);
            packed::write(buffer, at, element);
            span.count += 1;
        });
        true
    }

    /// Replaces the element at `index`, which is below the length, if the node can hold the other one.
    pub(super) fn set<'e>(
        &mut self,
        index: usize,
        element: Element<'e>,
    ) -> Result<(), Element<'e>> {
        let is_packed = element.as_bytes().len() <= packed::MAX_LEN;
        match self.header.kind() {
            Kind::Whole if !is_packed => *self = Self::whole(element),
            Kind::Packed if is_packed => {
                let bytes = element.as_bytes();
                let old = self.get(index).map_or(0, <[u8]>::len);
                if old == bytes.len() {
                    self.with_span(|buffer, span| {
                        packed::write(buffer, packed::offset(buffer, *span, index), bytes);
                    });
                } else if self.has_room(bytes.len().saturating_sub(old)) {
                    self.remove(index);
                    let inserted = self.insert(index, bytes);
                    debug_assert!(inserted);
                } else {
                    return Err(element);
                }
            }
            Kind::Packed | Kind::Whole => return Err(element),
        }
        Ok(())
    }

    /// Removes the element at `index`, which is below the length.
    pub(super) fn remove(&mut self, index: usize) {
        if self.header.kind() == Kind::Whole {
            *self = Self::empty();
            return;
        }
        self.with_span(|buffer, span| {
            let at = packed::offset(buffer, *span, index);
            let next = packed::offset(buffer, *span, index + 1);
            packed::close(buffer, span, at..next);
            span.count -= 1;
        });
    }

    /// Removes up to `limit` elements equal to `element`, counted from that end, and returns how many.
    pub(super) fn remove_equal(&mut self, element: &[u8], limit: usize, from: Direction) -> usize {
        let equal = self.elements().filter(|other| *other == element).count();
        let removed = equal.min(limit);
        if removed == self.len() {
            *self = Self::empty();
        } else if removed > 0 {
            let doomed = match from {
                Direction::Left => 0..removed,
                Direction::Right => equal - removed..equal,
            };
            self.with_span(|buffer, span| packed::remove_equal(buffer, span, element, &doomed));
        }
        removed
    }

    /// Keeps only the elements at these positions.
    pub(super) fn keep(&mut self, range: Range<usize>) {
        if range.is_empty() {
            *self = Self::empty();
        } else if self.is_packed() {
            self.with_span(|buffer, span| {
                let start = packed::offset(buffer, *span, range.start);
                let end = packed::offset(buffer, *span, range.end);
                *span = Span { start, end, count: range.len() };
            });
        }
    }

    /// Takes the elements from `index` on into a node of their own.
    pub(super) fn split_off(&mut self, index: usize) -> Self {
        let (bytes, count) = self.packed_bytes();
        let kept = packed::offset(&self.buffer, self.span(), index) - self.span().start;
        let rest = Self::copied(&bytes[kept..], count - index, 0);
        self.keep(0..index);
        rest
    }

    /// How many elements lie in the first half of a packed node's bytes, or one more.
    pub(super) fn half(&self) -> usize {
        let mut left = self.used() / 2;
        let before_half = |element: &&[u8]| {
            let begins = left > 0;
            left = left.saturating_sub(packed::size_of(element));
            begins
        };
        self.elements().take_while(before_half).count()
    }

    /// Whether this node and the next are so small that they are better one.
    #[inline]
    pub(super) fn should_merge(&self, next: &Self) -> bool {
        self.is_packed() && next.is_packed() && self.used() + next.used() <= MERGE_UP_TO
    }

    /// Copies the elements of the next node to the end of this one; both are packed and fit in one.
    pub(super) fn append(&mut self, next: &Self) {
        let (bytes, count) = next.packed_bytes();
        let used = self.used();
        if self.span().end + bytes.len() > self.capacity() {
            self.reallocate(round(used + bytes.len()), Direction::Right);
        }
        self.with_span(|buffer, span| {
            buffer[span.end..span.end + bytes.len()].copy_from_slice(bytes);
            span.end += bytes.len();
            span.count += count;
        });
    }

    /// Gives back what is not used, if that is more than a quarter.
    #[inline]
    pub(super) fn fit(&mut self) {
        if self.is_packed() && round(self.used()) < self.capacity() / 4 * 3 {
            self.reallocate(round(self.used()), Direction::Right);
        }
    }

    /// Shrinks a buffer that is mostly empty, so that the price is spread over the removals.
    pub(super) fn shrink(&mut self) {
        if self.is_sparse() {
            self.reallocate(round(self.used() * 2), Direction::Right);
        }
    }

    /// Whether so little is used that pushing one element again would not make the buffer grow to what it is.
    #[inline]
    pub(super) fn is_sparse(&self) -> bool {
        self.is_packed() && self.used() * 6 <= self.capacity()
    }

    /// Makes room for `size` more bytes at one end: by sliding, if that leaves a quarter of the buffer free, else by
    /// growing. So what is moved is not much more than what can then be added.
    #[inline(never)]
    fn make_room(&mut self, end: Direction, size: usize) -> bool {
        let needed = self.used() + size;
        if needed > self.capacity() / 4 * 3 {
            return self.grow(needed, needed.max(self.capacity() * 2), end);
        }
        let free = self.capacity() - self.used();
        self.with_span(|buffer, span| {
            // The other end gets a part of the room, so that pushing at both in turn does not slide each time.
            let other = (free - size) / 4;
            let start = match end {
                Direction::Left => free - other,
                Direction::Right => other,
            };
            packed::slide(buffer, span, start);
        });
        true
    }

    /// Makes room for `size` more bytes somewhere.
    fn has_room(&mut self, size: usize) -> bool {
        let needed = self.used() + size;
        needed <= self.capacity() || self.grow(needed, needed + needed / 4, Direction::Right)
    }

    fn grow(&mut self, needed: usize, capacity: usize, end: Direction) -> bool {
        let grows = needed <= MAX_CAPACITY && self.capacity() < MAX_CAPACITY;
        if grows {
            self.reallocate(round(capacity), end);
        }
        grows
    }

    /// Moves the elements to another buffer, with its room towards `end`.
    fn reallocate(&mut self, capacity: usize, end: Direction) {
        let (bytes, count) = self.packed_bytes();
        let free = capacity - bytes.len();
        let start = match end {
            Direction::Left => free,
            Direction::Right => 0,
        };
        let span = Span { start, end: start + bytes.len(), count };
        // Filled in two parts, because a buffer of zeros would come from `calloc`, which is slow in glibc.
        let mut buffer = Vec::with_capacity(capacity);
        buffer.resize(start, 0);
        buffer.extend_from_slice(bytes);
        buffer.resize(capacity, 0);
        self.buffer = buffer.into_boxed_slice();
        self.set_span(span);
    }

    #[inline]
    fn span(&self) -> Span {
        self.header.span()
    }

    #[inline]
    fn set_span(&mut self, span: Span) {
        self.header = Header::packed(span);
    }

    #[inline]
    fn with_span<R>(&mut self, change: impl FnOnce(&mut [u8], &mut Span) -> R) -> R {
        let mut span = self.span();
        let result = change(&mut self.buffer, &mut span);
        self.set_span(span);
        result
    }
}
