//! Elements packed into a run of bytes: each is its length, its bytes, and its length again.
//!
//! So a run can be read from either end, and grows and shrinks at either end without moving what it holds. Where in
//! its buffer the run lies is a [`Span`]; who owns the buffer is not known here.

use std::ops::Range;

use crate::Direction;

/// The longest element that is packed: its length is one byte.
pub(super) const MAX_LEN: usize = 127;

/// What an element takes besides its bytes.
const LENGTHS: usize = 2;

/// The part of a buffer that is in use, and how many elements lie there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) count: usize,
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
}

/// The bytes that an element takes.
#[inline]
pub(super) fn size_of(element: &[u8]) -> usize {
    element.len() + LENGTHS
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
    span.count += 1;
    true
}

/// Takes the element at one end out of a span that is not empty. Its bytes stay in the buffer until it is written to.
#[inline]
pub(super) fn pop<'b>(buffer: &'b [u8], span: &mut Span, end: Direction) -> &'b [u8] {
    span.count -= 1;
    match end {
        Direction::Left => {
            let start = span.start + 1;
            let len = usize::from(buffer[span.start]);
            span.start += len + LENGTHS;
            &buffer[start..start + len]
        }
        Direction::Right => {
            let end = span.end - 1;
            let len = usize::from(buffer[end]);
            span.end -= len + LENGTHS;
            &buffer[end - len..end]
        }
    }
}

/// Where in the buffer the element at `index` begins, or where the span ends if `index` is the count.
pub(super) fn offset(buffer: &[u8], span: Span, index: usize) -> usize {
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
    *span = Span { start, end: start + span.used(), count: span.count };
}

/// Puts bytes between the first `at` and the rest of a span that has room for `size` more; where they go.
pub(super) fn open(buffer: &mut [u8], span: &mut Span, at: usize, size: usize) -> usize {
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
    at
}

/// Takes bytes out of a span, of which they are a part.
pub(super) fn close(buffer: &mut [u8], span: &mut Span, gap: Range<usize>) {
    if gap.start - span.start < span.end - gap.end {
        buffer.copy_within(span.start..gap.start, span.start + gap.len());
        span.start += gap.len();
    } else {
        buffer.copy_within(gap.end..span.end, gap.start);
        span.end -= gap.len();
    }
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
