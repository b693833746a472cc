//! A list so small that it needs no allocation.

use super::node::Node;
use super::packed::{self, Elements, Span};
use super::popped::Popped;
use crate::Direction;

/// What fits, so that a list is four words.
pub(super) const CAPACITY: usize = 28;

/// Packed elements in the list itself. Empty is the empty list.
#[derive(Debug, Clone, Default)]
pub(super) struct Inline {
    start: u8,
    end: u8,
    count: u8,
    buffer: [u8; CAPACITY],
}

impl Inline {
    /// The elements of a node, if they fit.
    pub(super) fn from_node(node: &Node) -> Option<Self> {
        let (bytes, count) = node.packed_bytes();
        if !node.is_packed() || bytes.len() > CAPACITY {
            return None;
        }
        let mut inline = Self::default();
        inline.buffer[..bytes.len()].copy_from_slice(bytes);
        inline.set_span(Span { start: 0, end: bytes.len(), count });
        Some(inline)
    }

    /// The same elements in a node that has room for `size` more bytes.
    pub(super) fn to_node(&self, size: usize) -> Node {
        let bytes = &self.buffer[self.span().bytes()];
        Node::copied(bytes, self.len(), bytes.len() + size)
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.count)
    }

    pub(super) fn elements(&self) -> Elements<'_> {
        Elements::packed(&self.buffer[self.span().bytes()])
    }

    #[inline]
    pub(super) fn push(&mut self, end: Direction, element: &[u8]) -> bool {
        let mut span = self.span();
        let size = packed::size_of(element);
        let free = CAPACITY - span.used();
        if size > free {
            return false;
        }
        if !packed::push(&mut self.buffer, &mut span, end, element) {
            let start = match end {
                Direction::Left => free,
                Direction::Right => 0,
            };
            packed::slide(&mut self.buffer, &mut span, start);
            packed::push(&mut self.buffer, &mut span, end, element);
        }
        self.set_span(span);
        true
    }

    #[inline]
    pub(super) fn pop(&mut self, end: Direction) -> Option<Popped> {
        let mut span = self.span();
        let popped = packed::pop(&self.buffer, &mut span, end).map(Popped::packed);
        self.set_span(span);
        popped
    }

    fn span(&self) -> Span {
        Span { start: self.start.into(), end: self.end.into(), count: self.count.into() }
    }

    #[expect(clippy::cast_possible_truncation, reason = "at most CAPACITY")]
    fn set_span(&mut self, span: Span) {
        self.start = span.start as u8;
        self.end = span.end as u8;
        self.count = span.count as u8;
    }
}
