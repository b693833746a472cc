//! A list so small that it needs no allocation.

use super::node::Node;
use super::packed::{self, Elements, MIXED, Run, Span};
use super::popped::Leaving;
use crate::Direction;

/// What fits, so that a list is four words.
pub(super) const CAPACITY: usize = 29;

/// Packed elements in the list itself, from the start of the buffer on. Empty is the empty list.
#[derive(Debug, Clone, Default)]
pub(super) struct Inline {
    /// The bytes in use, and the elements there. They are read and written at once: see the header of a node.
    used_and_count: [u8; 2],
    buffer: [u8; CAPACITY],
}

impl Inline {
    /// The elements of a node, if they fit.
    pub(super) fn from_node(node: &Node) -> Option<Self> {
        let Run { bytes, count, .. } = node.run();
        if !node.is_packed() || bytes.len() > CAPACITY {
            return None;
        }
        let mut inline = Self::default();
        inline.buffer[..bytes.len()].copy_from_slice(bytes);
        inline.set_span(Span { start: 0, end: bytes.len(), count, stride: MIXED });
        Some(inline)
    }

    /// The same elements in a node that has room for `size` more bytes.
    pub(super) fn to_node(&self, size: usize) -> Node {
        let run = Run { stride: packed::stride_of(self.elements()), ..self.run() };
        Node::copied(run, run.bytes.len() + size)
    }

    pub(super) fn run(&self) -> Run<'_> {
        let Span { count, stride, .. } = self.span();
        Run { bytes: &self.buffer[self.span().bytes()], count, stride }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.span().count
    }

    pub(super) fn elements(&self) -> Elements<'_> {
        Elements::packed(&self.buffer[self.span().bytes()])
    }

    #[inline]
    pub(super) fn push(&mut self, end: Direction, element: &[u8]) -> bool {
        let mut span = self.span();
        let size = packed::size_of(element);
        if size > CAPACITY - span.end {
            return false;
        }
        let at = match end {
            Direction::Right => span.end,
            Direction::Left => {
                self.buffer.copy_within(span.bytes(), size);
                0
            }
        };
        packed::write(&mut self.buffer, at, element);
        span.end += size;
        span.count += 1;
        self.set_span(span);
        true
    }

    #[inline]
    pub(super) fn pop<R>(
        &mut self,
        end: Direction,
        receive: impl FnOnce(Leaving<'_>) -> R,
    ) -> Option<R> {
        let mut span = self.span();
        if span.count == 0 {
            return None;
        }
        let popped = receive(Leaving::Packed(packed::pop(&self.buffer, &mut span, end)));
        if span.start > 0 {
            packed::slide(&mut self.buffer, &mut span, 0);
        }
        self.set_span(span);
        Some(popped)
    }

    #[inline]
    fn span(&self) -> Span {
        let [end, count] = u16::from_ne_bytes(self.used_and_count).to_ne_bytes();
        Span { start: 0, end: end.into(), count: count.into(), stride: MIXED }
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "at most CAPACITY")]
    fn set_span(&mut self, span: Span) {
        self.used_and_count = [span.end as u8, span.count as u8];
    }
}
