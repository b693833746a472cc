//! What has to hold of a list after every operation, and what it may take.

use super::chunk::{Chunk, MAX_NODES};
use super::directory::Directory;
use super::node::{MAX_CAPACITY, Node, SMALL_CAPACITY};
use super::packed::{self, MAX_LEN, MIXED};
use super::ring::{self, Ring};
use super::{Layout, List};
use crate::Direction;

impl List {
    /// Asserts every invariant of the layout, and that the memory taken is in proportion to what is stored.
    pub(super) fn check(&self) {
        let content: usize = self.iter().map(|element| element.len() + 2).sum();
        // Three large buffers: one at each end, and a spare one.
        let chunk_overhead = 3 * MAX_CAPACITY + 2 * MAX_NODES * size_of::<Node>() + 600;
        let allowed = match &self.0 {
            Layout::Inline(inline) => {
                assert_eq!(inline.elements().count(), inline.len());
                assert_eq!(inline.elements().rev().count(), inline.len());
                0
            }
            Layout::Single(node) => {
                assert!(!node.is_empty());
                if !node.is_short_whole() {
                    node.check();
                }
                assert!(!node.is_sparse());
                4 * content + 64
            }
            Layout::Ring(ring) => {
                ring.check();
                assert!(!ring.is_sparse());
                (4 * content).min(ring::LITTLE).max(2 * content) + 64
            }
            Layout::Chunk(chunk) => {
                chunk.check(&[Direction::Left, Direction::Right]);
                assert!(!chunk.is_small());
                chunk_overhead + 3 * content
            }
            Layout::Directory(directory) => {
                directory.check();
                chunk_overhead + 3 * content
            }
        };
        let allocated = self.allocated();
        assert!(allocated <= allowed, "{allocated} bytes for {content}");
    }

    /// What the list takes beside itself, as glibc rounds it.
    pub(super) fn allocated(&self) -> usize {
        let buffers: usize = self.nodes().map(|node| rounded(node.capacity())).sum();
        buffers
            + match &self.0 {
                Layout::Inline(_) | Layout::Single(_) => 0,
                Layout::Ring(ring) => rounded(ring.capacity()),
                Layout::Chunk(chunk) => chunk.allocated(),
                Layout::Directory(directory) => {
                    rounded(size_of::<Directory>()) + directory.allocated()
                }
            }
    }
}

/// The size of glibc's block for a request of this many bytes.
pub(super) fn rounded(request: usize) -> usize {
    if request == 0 { 0 } else { (request + 8).next_multiple_of(16).max(32) }
}

impl Node {
    /// Asserts that the bytes can be read from both ends, and that each element is kept as its length asks for.
    pub(super) fn check(&self) {
        if self.is_packed() {
            let is_mixed = !self.is_empty() && self.run().stride == MIXED;
            assert!(self.capacity() <= if is_mixed { SMALL_CAPACITY } else { MAX_CAPACITY });
            assert!(self.elements().all(|element| element.len() <= MAX_LEN));
        } else {
            assert!(self.capacity() > MAX_LEN);
        }
        assert_eq!(self.elements().count(), self.len());
        let mut reversed: Vec<_> = self.elements().rev().collect();
        reversed.reverse();
        assert!(self.elements().eq(reversed));
        if self.is_packed() && self.run().stride != MIXED {
            assert_eq!(packed::stride_of(self.elements()), self.run().stride);
        }
    }
}

impl Ring {
    /// Asserts that all elements have the length that the ring counts on, and lie where it finds them.
    pub(super) fn check(&self) {
        assert!(self.capacity() <= ring::MAX_CAPACITY);
        assert_eq!(self.capacity() % self.stride(), 0);
        let [until_wrap, wrapped] = self.elements();
        let elements: Vec<_> = until_wrap.chain(wrapped).collect();
        assert_eq!(elements.len(), self.len());
        for (index, element) in elements.into_iter().enumerate() {
            assert_eq!(packed::size_of(element), self.stride());
            assert_eq!(self.get(index), Some(element));
        }
    }
}

impl Chunk {
    /// Asserts what holds of a chunk that lies at these ends of a list, whose nodes there may have room.
    pub(super) fn check(&self, at: &[Direction]) {
        assert!((1..=MAX_NODES).contains(&self.node_count()));
        assert_eq!(self.nodes().map(Node::len).sum::<usize>(), self.len());
        for node in self.nodes() {
            node.check();
            assert!(!node.is_empty());
        }
        let first = usize::from(at.contains(&Direction::Left));
        let last = self.node_count() - usize::from(at.contains(&Direction::Right));
        let inner: Vec<&Node> = self.nodes().take(last).skip(first).collect();
        for node in &inner {
            assert!(!node.is_packed() || node.capacity() <= 2 * node.used() + 32);
        }
        if let Some(each) = self.each()
            && let [_, between @ .., _] = &*self.nodes().collect::<Vec<_>>()
        {
            assert!(between.iter().all(|node| node.len() == each));
        }
        for index in [0, self.len() / 3, self.len() / 2, self.len() - 1] {
            let (number, offset) = self.locate(index);
            let before: usize = self.nodes().take(number).map(Node::len).sum();
            assert_eq!(before + offset, index);
            assert!(self.nodes().nth(number).is_some_and(|node| offset < node.len()));
        }
        for (node, next) in inner.iter().zip(inner.iter().skip(1)) {
            assert!(!node.should_merge(next));
        }
    }
}

impl Directory {
    pub(super) fn check(&self) {
        assert!(!self.is_small());
        self.check_positions();
        let last = self.chunks().count() - 1;
        for (number, chunk) in self.chunks().enumerate() {
            let left = (number == 0).then_some(Direction::Left);
            let right = (number == last).then_some(Direction::Right);
            chunk.check(&left.into_iter().chain(right).collect::<Vec<_>>());
        }
    }
}
