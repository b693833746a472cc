//! A node: the part of a list that lies in one buffer, which is either many packed elements or one long one.
//!
//! A packed node that needs more room grows up to [`SMALL_CAPACITY`]; beyond that it takes no more, and its holder makes
//! another. Where a long list goes on with elements that are equally long, it begins with [`MAX_CAPACITY`] at once. A node
//! never looks at its neighbours.

use std::ops::{ControlFlow, Range};

use super::packed::{self, Elements, MIXED, Run, Span};
use super::popped::Leaving;
use super::wanted::Wanted;
use crate::memory::Counted;
use crate::{Direction, Element};

/// The most that a buffer of packed elements takes. Together with the allocator's own header it is a round number.
pub(super) const MAX_CAPACITY: usize = 2_040;

/// The most of a short list, which is to have little room, and where elements differ in length: to find one of those by
/// its index is to go through them from one end of the node. It is within what glibc keeps ready for each thread (up to
/// 1,032 bytes).
pub(super) const SMALL_CAPACITY: usize = 920;

/// Neighbours that are together at most this large are made one.
const MERGE_UP_TO: usize = SMALL_CAPACITY / 2;

/// How little in a node is worth a look: this many times what is used is no more than the buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thin(usize);

impl Thin {
    /// As [`Node::is_sparse`].
    pub(super) const SPARSE: Self = Self(4);
    /// Nothing is left.
    pub(super) const EMPTY: Self = Self(MAX_CAPACITY + 1);
}

#[derive(Debug, Clone)]
pub(super) struct Node {
    buffer: Counted<Box<[u8]>>,
    header: Header,
}

/// The span of a node's packed elements in one word, its four fields in 16 bits each: written as fields and soon read
/// again as a vector of them, they would stall the processor.
///
/// A node of one element that is not packed, in the buffer that it came in, has a stride that no packed elements have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header(u64);

impl Header {
    const END: u32 = 16;
    const COUNT: u32 = 32;
    const STRIDE: u32 = 48;
    const EMPTY: Self = Self(0);
    const WHOLE: Self = Self(1 << Self::STRIDE | 1 << Self::COUNT);

    fn packed(span: Span) -> Self {
        debug_assert!(span.start <= span.end && span.end <= MAX_CAPACITY);
        let fields =
            [(span.end, Self::END), (span.count, Self::COUNT), (span.stride, Self::STRIDE)];
        Self(
            fields
                .into_iter()
                .fold(span.start as u64, |all, (field, at)| all | (field as u64) << at),
        )
    }

    #[inline]
    fn field(self, at: u32) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "each field has 16 bits")]
        let field = (self.0 >> at) as u16;
        usize::from(field)
    }

    #[inline]
    fn start(self) -> usize {
        self.field(0)
    }

    #[inline]
    fn end(self) -> usize {
        self.field(Self::END)
    }

    #[inline]
    fn count(self) -> usize {
        self.field(Self::COUNT)
    }

    #[inline]
    fn stride(self) -> usize {
        self.field(Self::STRIDE)
    }

    #[inline]
    fn is_whole(self) -> bool {
        self.stride() == Self::WHOLE.stride()
    }

    #[inline]
    fn span(self) -> Span {
        Span { start: self.start(), end: self.end(), count: self.count(), stride: self.stride() }
    }

    /// With one more element of `size` bytes, for which there is room. Fields do not overflow into each other.
    #[inline]
    fn grown(self, end: Direction, size: usize) -> Self {
        Self(match end {
            Direction::Left => self.0 + (1 << Self::COUNT) - size as u64,
            Direction::Right => self.0 + (1 << Self::COUNT) + ((size as u64) << Self::END),
        })
    }

    /// Without the element of `size` bytes at that end.
    #[inline]
    fn shrunk(self, end: Direction, size: usize) -> Self {
        Self(match end {
            Direction::Left => self.0 - (1 << Self::COUNT) + size as u64,
            Direction::Right => self.0 - (1 << Self::COUNT) - ((size as u64) << Self::END),
        })
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

    /// A node of one short element that others are likely to follow: with room of a `capacity`, towards `end`. It takes
    /// the spare buffer, if that is as large as it should be.
    pub(super) fn continuing(end: Direction, bytes: &[u8], capacity: usize, spare: Self) -> Self {
        let mut node = spare;
        if node.capacity() != capacity {
            node = Self::empty();
            node.reallocate(capacity, end);
        } else if end == Direction::Left {
            let all = node.capacity();
            node.set_span(Span { start: all, end: all, ..Span::default() });
        }
        node.push_in_room(end, bytes);
        node
    }

    /// The bytes that each element takes, if these are equally long.
    #[inline]
    pub(super) fn stride(&self) -> usize {
        self.header.stride()
    }

    /// Whether this packed node has room at its other end only, where elements of `size` bytes were taken from.
    pub(super) fn passes_on(&self, size: usize) -> bool {
        self.stride() == size && self.capacity() - self.used() >= size
    }

    /// A node that became empty, with its buffer, if that is one to use again.
    #[inline]
    pub(super) fn into_spare(self) -> Option<Self> {
        let is_large = self.capacity() == SMALL_CAPACITY || self.capacity() == MAX_CAPACITY;
        is_large.then_some(Self { header: Header::EMPTY, ..self })
    }

    /// A node of one element that is not packed. If it is short enough to be, the node must be alone.
    #[inline]
    pub(super) fn whole(element: Element<'_>) -> Self {
        Self { buffer: Counted::new(element.into_boxed_slice()), header: Header::WHOLE }
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
        Self { buffer: Counted::default(), header: Header::EMPTY }
    }

    /// A node of packed elements that lay elsewhere.
    pub(super) fn copied(run: Run<'_>, capacity: usize) -> Self {
        let mut node = Self::empty();
        node.reallocate(round(capacity.max(run.bytes.len())), Direction::Right);
        node.with_span(|buffer, span| packed::append(buffer, span, run));
        node
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.header.count()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub(super) fn is_packed(&self) -> bool {
        !self.header.is_whole()
    }

    #[inline]
    pub(super) fn capacity(&self) -> usize {
        self.buffer.len()
    }

    /// The elements of a node that is packed.
    pub(super) fn run(&self) -> Run<'_> {
        let Span { count, stride, .. } = self.span();
        Run { bytes: &self.buffer[self.span().bytes()], count, stride }
    }

    #[inline]
    pub(super) fn used(&self) -> usize {
        if self.is_packed() { self.span().used() } else { self.buffer.len() }
    }

    #[inline]
    pub(super) fn elements(&self) -> Elements<'_> {
        if self.is_packed() {
            Elements::packed(&self.buffer[self.span().bytes()])
        } else {
            Elements::whole(&self.buffer)
        }
    }

    /// Visits the elements at these positions, which are in the node.
    #[inline]
    pub(super) fn visit(&self, range: Range<usize>, mut visit: impl FnMut(&[u8])) {
        if !self.is_packed() {
            range.for_each(|_| visit(&self.buffer));
            return;
        }
        let (span, count) = (self.span(), range.len());
        let [start, end] =
            [range.start, range.end].map(|index| packed::offset(&self.buffer, span, index));
        Run { bytes: &self.buffer[start..end], count, stride: span.stride }.visit(visit);
    }

    /// Visits the elements equal to this one from one end on, by how many lie before them in that direction, until
    /// the visitor has enough.
    pub(super) fn find(
        &self,
        wanted: &Wanted<'_>,
        from: Direction,
        mut visit: impl FnMut(usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let element = wanted.element();
        if !self.is_packed() {
            let is_equal = **self.buffer == *element;
            return if is_equal { visit(0) } else { ControlFlow::Continue(()) };
        }
        let run = self.run();
        let may_have_length = match run.stride {
            MIXED => element.len() <= packed::MAX_LEN,
            stride => stride == packed::size_of(element),
        };
        if !may_have_length || !wanted.may_be_in(run.bytes) {
            return ControlFlow::Continue(());
        }
        let mut is_there = false;
        let found = run.find(element, from, |distance| {
            is_there = true;
            visit(distance)
        });
        wanted.compared(is_there);
        found
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&[u8]> {
        if index >= self.len() {
            return None;
        }
        if !self.is_packed() {
            return Some(&self.buffer);
        }
        Some(packed::element_at(&self.buffer, packed::offset(&self.buffer, self.span(), index)))
    }

    /// Adds an element that is short enough at one end, if those here are packed and there is room or can be made.
    #[inline]
    pub(super) fn push(&mut self, end: Direction, element: &[u8]) -> bool {
        debug_assert!(element.len() <= packed::MAX_LEN);
        let size = packed::size_of(element);
        let (header, stride) = (self.header, self.header.stride());
        let fits_in = stride == size || stride == MIXED;
        let at = match end {
            Direction::Left => header.start().checked_sub(size),
            Direction::Right => Some(header.end()).filter(|at| at + size <= self.buffer.len()),
        };
        match at {
            Some(at) if fits_in => {
                packed::write(self.buffer.items(), at, element);
                self.header = header.grown(end, size);
                true
            }
            _ => self.push_slowly(end, element),
        }
    }

    /// The same where room has to be made, or where the first element of another length comes.
    #[inline(never)]
    fn push_slowly(&mut self, end: Direction, element: &[u8]) -> bool {
        if !self.is_packed() || self.is_empty() {
            return false;
        }
        let size = packed::size_of(element);
        let most = self.most_with(size);
        if self.capacity() > most && !self.has_room(size, most) {
            return false;
        }
        let pushed = self.with_span(|buffer, span| packed::push(buffer, span, end, element));
        pushed || self.make_room(end, size) && self.push_in_room(end, element)
    }

    /// The most that the buffer may take once elements of this stride are among those here.
    fn most_with(&self, stride: usize) -> usize {
        let equally_long = stride != MIXED && self.header.stride() == stride;
        if equally_long || self.is_empty() { MAX_CAPACITY } else { SMALL_CAPACITY }
    }

    fn push_in_room(&mut self, end: Direction, element: &[u8]) -> bool {
        let pushed = self.with_span(|buffer, span| packed::push(buffer, span, end, element));
        debug_assert!(pushed);
        pushed
    }

    /// Takes the element at one end, which may leave the node empty.
    #[expect(clippy::inline_always, reason = "as for the pop of a list")]
    #[inline(always)]
    pub(super) fn pop<R>(
        &mut self,
        end: Direction,
        receive: impl FnOnce(Leaving<'_>) -> R,
    ) -> Option<R> {
        let header = self.header;
        if header.is_whole() {
            self.header = Header::EMPTY;
            let buffer = std::mem::take(&mut self.buffer).into_inner();
            return Some(receive(Leaving::Whole(buffer)));
        }
        if header.count() == 0 {
            return None;
        }
        let size = match header.stride() {
            MIXED => packed::end_size(&self.buffer, header.start()..header.end(), end),
            stride => stride,
        };
        let at = match end {
            Direction::Left => header.start(),
            Direction::Right => header.end() - size,
        };
        let element = &self.buffer[at + 1..=at + packed::len_of(size)];
        let popped = receive(Leaving::Packed(element));
        self.header = header.shrunk(end, size);
        Some(popped)
    }

    /// Puts an element before the one at `index`, which is at most the length, if it is one to pack and there is room
    /// or can be made.
    pub(super) fn insert(&mut self, index: usize, element: &[u8]) -> bool {
        if !self.is_packed() || element.len() > packed::MAX_LEN {
            return false;
        }
        let size = packed::size_of(element);
        if !self.has_room(size, self.most_with(size)) {
            return false;
        }
        self.with_span(|buffer, span| {
            let at = packed::offset(buffer, *span, index);
            packed::insert(buffer, span, at, element);
        });
        true
    }

    /// Replaces the element at `index`, which is below the length, if the node can hold the other one.
    pub(super) fn set<'e>(
        &mut self,
        index: usize,
        element: Element<'e>,
    ) -> Result<(), Element<'e>> {
        let packs = element.as_bytes().len() <= packed::MAX_LEN;
        if packs != self.is_packed() {
            return Err(element);
        }
        if !packs {
            *self = Self::whole(element);
            return Ok(());
        }
        let bytes = element.as_bytes();
        let old = self.get(index).map_or(0, <[u8]>::len);
        if old == bytes.len() {
            self.with_span(|buffer, span| {
                packed::write(buffer, packed::offset(buffer, *span, index), bytes);
            });
        } else if self.has_room(bytes.len().saturating_sub(old), self.most_without_one(bytes)) {
            self.remove(index);
            let inserted = self.insert(index, bytes);
            debug_assert!(inserted);
        } else {
            return Err(element);
        }
        Ok(())
    }

    /// As [`most_with`](Self::most_with) for this element in the place of one of those here.
    fn most_without_one(&self, element: &[u8]) -> usize {
        if self.len() == 1 { MAX_CAPACITY } else { self.most_with(packed::size_of(element)) }
    }

    /// Removes the element at `index`, which is below the length.
    pub(super) fn remove(&mut self, index: usize) {
        if !self.is_packed() {
            *self = Self::empty();
            return;
        }
        self.with_span(|buffer, span| {
            let at = packed::offset(buffer, *span, index);
            let next = packed::offset(buffer, *span, index + 1);
            packed::remove(buffer, span, at..next);
        });
    }

    /// Removes up to `limit` elements equal to the wanted one, counted from that end, and returns how many.
    pub(super) fn remove_equal(
        &mut self,
        wanted: &Wanted<'_>,
        limit: usize,
        from: Direction,
    ) -> usize {
        let (mut equal, mut last) = (0, 0);
        let _ = self.find(wanted, from, |distance| {
            (equal, last) = (equal + 1, distance);
            if limit == 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let removed = equal.min(limit);
        if removed == self.len() {
            *self = Self::empty();
        } else if equal == 1 && removed == 1 {
            self.remove(match from {
                Direction::Left => last,
                Direction::Right => self.len() - 1 - last,
            });
        } else if removed > 0 {
            let doomed = match from {
                Direction::Left => 0..removed,
                Direction::Right => equal - removed..equal,
            };
            self.with_span(|buffer, span| {
                packed::remove_equal(buffer, span, wanted.element(), &doomed);
            });
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
                *span = Span { start, end, count: range.len(), ..*span };
            });
        }
    }

    /// Takes the elements from `index` on into a node of their own.
    pub(super) fn split_off(&mut self, index: usize) -> Self {
        let Run { bytes, count, stride } = self.run();
        let kept = packed::offset(&self.buffer, self.span(), index) - self.span().start;
        let rest = Run { bytes: &bytes[kept..], count: count - index, stride };
        let rest = Self::copied(rest, 0);
        self.keep(0..index);
        rest
    }

    /// Whether half of this full node would take the element, too: not if it makes elements differ that are many.
    pub(super) fn has_room_in_half(&self, element: &[u8]) -> bool {
        let size = packed::size_of(element);
        self.is_packed()
            && element.len() <= packed::MAX_LEN
            && self.used() / 2 + packed::size_of(&[0; packed::MAX_LEN]) + size
                <= self.most_with(size)
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
        let run = next.run();
        let end = self.span().end + run.bytes.len();
        if end > self.capacity() || self.capacity() > self.most_with(run.stride) {
            self.reallocate(round(self.used() + run.bytes.len()), Direction::Right);
        }
        self.with_span(|buffer, span| packed::append(buffer, span, run));
    }

    /// Whether the node has neither much room nor is so small that others may merge with it.
    #[inline]
    pub(super) fn is_well_filled(&self) -> bool {
        let used = self.used();
        !self.is_packed() || used > MERGE_UP_TO && used >= self.capacity() / 4 * 3
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
        self.is_packed() && self.used() * 4 <= self.capacity()
    }

    /// Whether a node that an element was just taken from holds this little.
    #[inline]
    pub(super) fn became(&self, Thin(times): Thin) -> bool {
        (self.header.end() - self.header.start()) * times <= self.capacity()
    }

    /// Makes room for `size` more bytes at one end: by sliding, if that leaves a quarter of the buffer free, else by
    /// growing. So what is moved is not much more than what can then be added.
    #[inline(never)]
    fn make_room(&mut self, end: Direction, size: usize) -> bool {
        let needed = self.used() + size;
        if needed > self.capacity() / 4 * 3 {
            let grows = needed <= SMALL_CAPACITY && self.capacity() < SMALL_CAPACITY;
            if grows {
                let capacity = round(needed.max(self.capacity() * 2));
                self.reallocate(capacity.min(SMALL_CAPACITY), end);
            }
            return grows;
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

    /// Makes room for `size` more bytes somewhere in a buffer of at most `most`, if that is enough.
    fn has_room(&mut self, size: usize, most: usize) -> bool {
        let needed = self.used() + size;
        let is_possible = needed <= most;
        if is_possible && (needed > self.capacity() || self.capacity() > most) {
            self.reallocate(round(needed + needed / 4).min(most), Direction::Right);
        }
        is_possible
    }

    /// Moves the elements to another buffer, with its room towards `end`.
    fn reallocate(&mut self, capacity: usize, end: Direction) {
        let Run { bytes, count, stride } = self.run();
        let free = capacity - bytes.len();
        let start = match end {
            Direction::Left => free,
            Direction::Right => 0,
        };
        let span = Span { start, end: start + bytes.len(), count, stride };
        // Filled in two parts, because a buffer of zeros would come from `calloc`, which is slow in glibc.
        let mut buffer = Vec::with_capacity(capacity);
        buffer.resize(start, 0);
        buffer.extend_from_slice(bytes);
        buffer.resize(capacity, 0);
        self.buffer = Counted::new(buffer.into_boxed_slice());
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
        let result = change(self.buffer.items(), &mut span);
        self.set_span(span);
        result
    }
}
