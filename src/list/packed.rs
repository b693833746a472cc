//! Elements packed into a run of bytes: each is its length, its bytes, and its length again.
//!
//! So a run can be read from either end, and grows and shrinks at either end without moving what it holds. Where in
//! its buffer the run lies is a [`Span`]; who owns the buffer is not known here.
//!
//! Where all elements of a run are equally long, the run has a *stride*: an element is then found by multiplication
//! instead of going from one to the next.

use std::ops::{ControlFlow, Range};

use crate::Direction;

/// The longest element that is packed: its length is one byte.
pub(crate) const MAX_LEN: usize = 127;

/// What an element takes besides its bytes.
const LENGTHS: usize = 2;

/// The stride of a run whose elements differ in length, and of one that is empty.
pub(super) const MIXED: usize = 0;

/// The part of a buffer that is in use, and what lies there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    /// How many elements there are.
    pub(super) count: usize,
    /// The bytes that each of them takes, or [`MIXED`].
    pub(super) stride: usize,
}

/// Packed elements, wherever they lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run<'b> {
    pub(super) bytes: &'b [u8],
    pub(super) count: usize,
    pub(super) stride: usize,
}

impl Span {
    #[inline]
    pub(super) fn used(self) -> usize {
        self.end - self.start
    }

    #[inline]
    pub(super) fn bytes(self) -> Range<usize> {
        self.start..self.end
    }

    /// Counts elements in.
    fn add(&mut self, count: usize, stride: usize) {
        if self.count == 0 {
            self.stride = stride;
        } else if self.stride != stride {
            self.stride = MIXED;
        }
        self.count += count;
    }
}

/// The bytes that an element takes.
#[inline]
pub(super) fn size_of(element: &[u8]) -> usize {
    element.len() + LENGTHS
}

/// The length of an element that takes `size` bytes.
#[inline]
pub(super) fn len_of(size: usize) -> usize {
    size - LENGTHS
}

/// The stride of some packed elements.
pub(super) fn stride_of(elements: Elements<'_>) -> usize {
    let mut sizes = elements.map(size_of);
    let first = sizes.next().unwrap_or(MIXED);
    if sizes.all(|size| size == first) { first } else { MIXED }
}

/// Writes an element that is at most [`MAX_LEN`] long.
#[inline]
pub(super) fn write(buffer: &mut [u8], at: usize, element: &[u8]) {
    #[expect(clippy::cast_possible_truncation, reason = "at most MAX_LEN")]
    let len = element.len() as u8;
    let entry = &mut buffer[at..at + size_of(element)];
    entry[0] = len;
    entry[1..=element.len()].copy_from_slice(element);
    entry[element.len() + 1] = len;
}

/// Adds an element at one end, if there is room on that side.
#[inline]
pub(super) fn push(buffer: &mut [u8], span: &mut Span, end: Direction, element: &[u8]) -> bool {
    let size = size_of(element);
    match end {
        Direction::Left if size <= span.start => {
            span.start -= size;
            write(buffer, span.start, element);
        }
        Direction::Right if size <= buffer.len() - span.end => {
            write(buffer, span.end, element);
            span.end += size;
        }
        _ => return false,
    }
    span.add(1, size);
    true
}

/// The element that begins at a place in the buffer.
#[inline]
pub(super) fn element_at(buffer: &[u8], at: usize) -> &[u8] {
    &buffer[at + 1..][..usize::from(buffer[at])]
}

/// The bytes that the element at one end of a span takes; the span is not empty.
#[inline]
pub(super) fn end_size(buffer: &[u8], span: Range<usize>, end: Direction) -> usize {
    let len = match end {
        Direction::Left => buffer[span.start],
        Direction::Right => buffer[span.end - 1],
    };
    usize::from(len) + LENGTHS
}

/// Takes the element at one end out of a span that is not empty. Its bytes stay in the buffer until it is written to.
#[inline]
pub(super) fn pop<'b>(buffer: &'b [u8], span: &mut Span, end: Direction) -> &'b [u8] {
    let size = end_size(buffer, span.bytes(), end);
    span.count -= 1;
    let start = match end {
        Direction::Left => {
            span.start += size;
            span.start - size
        }
        Direction::Right => {
            span.end -= size;
            span.end
        }
    };
    &buffer[start + 1..=start + len_of(size)]
}

/// Where in the buffer the element at `index` begins, or where the span ends if `index` is the count.
#[inline]
pub(super) fn offset(buffer: &[u8], span: Span, index: usize) -> usize {
    if span.stride == MIXED {
        offset_of_mixed(buffer, span, index)
    } else {
        span.start + index * span.stride
    }
}

fn offset_of_mixed(buffer: &[u8], span: Span, index: usize) -> usize {
    let mut elements = Elements::packed(&buffer[span.bytes()]);
    if index <= span.count / 2 {
        elements.by_ref().take(index).for_each(drop);
        span.end - elements.bytes.len()
    } else {
        elements.by_ref().rev().take(span.count - index).for_each(drop);
        span.start + elements.bytes.len()
    }
}

/// Moves the span within its buffer, so that it begins at `start`.
pub(super) fn slide(buffer: &mut [u8], span: &mut Span, start: usize) {
    buffer.copy_within(span.bytes(), start);
    *span = Span { start, end: start + span.used(), ..*span };
}

/// Puts an element between the first `at` bytes of the buffer and the rest of a span, which has room for it.
pub(super) fn insert(buffer: &mut [u8], span: &mut Span, at: usize, element: &[u8]) {
    let size = size_of(element);
    let at = if buffer.len() - span.end >= size {
        buffer.copy_within(at..span.end, at + size);
        span.end += size;
        at
    } else if span.start >= size {
        buffer.copy_within(span.start..at, span.start - size);
        span.start -= size;
        at - size
    } else {
        let at = at - span.start;
        slide(buffer, span, 0);
        buffer.copy_within(at..span.end, at + size);
        span.end += size;
        at
    };
    debug_assert!(span.end <= buffer.len());
    write(buffer, at, element);
    span.add(1, size);
}

/// Takes the bytes of one element out of a span, of which they are a part.
pub(super) fn remove(buffer: &mut [u8], span: &mut Span, gap: Range<usize>) {
    if gap.start - span.start < span.end - gap.end {
        buffer.copy_within(span.start..gap.start, span.start + gap.len());
        span.start += gap.len();
    } else {
        buffer.copy_within(gap.end..span.end, gap.start);
        span.end -= gap.len();
    }
    span.count -= 1;
}

/// Adds other packed elements at the end of a span, where there is room for them.
pub(super) fn append(buffer: &mut [u8], span: &mut Span, run: Run<'_>) {
    buffer[span.end..span.end + run.bytes.len()].copy_from_slice(run.bytes);
    span.end += run.bytes.len();
    span.add(run.count, run.stride);
}

/// Removes those of the elements equal to `element` that are `doomed`, counted among the equal ones from the head.
pub(super) fn remove_equal(
    buffer: &mut [u8],
    span: &mut Span,
    element: &[u8],
    doomed: &Range<usize>,
) {
    let mut kept = span.start;
    let mut at = span.start;
    let mut seen = 0;
    while at < span.end {
        let len = usize::from(buffer[at]);
        let next = at + len + LENGTHS;
        let equal = buffer[at + 1..=at + len] == *element;
        if equal && doomed.contains(&seen) {
            span.count -= 1;
        } else {
            buffer.copy_within(at..next, kept);
            kept += next - at;
        }
        seen += usize::from(equal);
        at = next;
    }
    span.end = kept;
}

impl<'b> Run<'b> {
    /// Visits the elements in order.
    #[inline]
    pub(super) fn visit(self, visit: impl FnMut(&[u8])) {
        if self.stride == MIXED {
            Elements::packed(self.bytes).for_each(visit);
        } else {
            self.equally_long().for_each(visit);
        }
    }

    /// The elements of a run that has a stride.
    #[inline]
    fn equally_long(self) -> impl DoubleEndedIterator<Item = &'b [u8]> {
        self.bytes.chunks_exact(self.stride).map(|entry| &entry[1..entry.len() - 1])
    }

    /// Visits the elements equal to this one from one end on, by how many lie before them in that direction, until
    /// the visitor has enough.
    pub(super) fn find(
        self,
        element: &[u8],
        from: Direction,
        visit: impl FnMut(usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if self.stride == MIXED {
            let elements = Elements::packed(self.bytes);
            return match from {
                Direction::Left => find_among(elements, element, visit),
                Direction::Right => find_among(elements.rev(), element, visit),
            };
        }
        if self.stride != size_of(element) {
            return ControlFlow::Continue(());
        }
        match from {
            Direction::Left => find_among(self.equally_long(), element, visit),
            Direction::Right => find_among(self.equally_long().rev(), element, visit),
        }
    }
}

/// The same for elements in whichever order. It is a plain loop, as iterators in iterators are slower here.
#[inline]
fn find_among<'e>(
    elements: impl Iterator<Item = &'e [u8]>,
    wanted: &[u8],
    mut visit: impl FnMut(usize) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for (distance, element) in elements.enumerate() {
        if is_equal(element, wanted) {
            visit(distance)?;
        }
    }
    ControlFlow::Continue(())
}

/// Whether two elements are equal. Most that are not differ in their first bytes, and to see that takes no call.
#[inline]
fn is_equal(one: &[u8], other: &[u8]) -> bool {
    match (one.first_chunk::<8>(), other.first_chunk::<8>()) {
        (Some(one), Some(other)) if u64::from_ne_bytes(*one) != u64::from_ne_bytes(*other) => false,
        _ => one == other,
    }
}

/// The elements of one node, from either end.
#[derive(Debug, Clone, Default)]
pub(super) struct Elements<'l> {
    bytes: &'l [u8],
    /// The bytes are one element, and not packed ones. It is not empty.
    whole: bool,
}

impl<'l> Elements<'l> {
    #[inline]
    pub(super) fn packed(bytes: &'l [u8]) -> Self {
        Self { bytes, whole: false }
    }

    #[inline]
    pub(super) fn whole(bytes: &'l [u8]) -> Self {
        Self { bytes, whole: true }
    }
}

impl<'l> Iterator for Elements<'l> {
    type Item = &'l [u8];

    #[inline]
    fn next(&mut self) -> Option<&'l [u8]> {
        let (&len, rest) = self.bytes.split_first()?;
        if self.whole {
            return Some(std::mem::take(&mut self.bytes));
        }
        let (element, rest) = rest.split_at(usize::from(len));
        self.bytes = &rest[1..];
        Some(element)
    }
}

impl DoubleEndedIterator for Elements<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        let (&len, rest) = self.bytes.split_last()?;
        if self.whole {
            return Some(std::mem::take(&mut self.bytes));
        }
        let (rest, element) = rest.split_at(rest.len() - usize::from(len));
        self.bytes = &rest[..rest.len() - 1];
        Some(element)
    }
}
