//! What has to hold of a list after every operation, and what it may take.

use super::chain::Chain;
use super::chunk::{Chunk, MAX_NODES};
use super::directory::Directory;
use super::node::{MAX_CAPACITY, Node};
use super::packed::MAX_LEN;
use super::{Layout, List};

impl List {
    /// Asserts every invariant of the layout, and that the memory taken is in proportion to what is stored.
    pub(super) fn check(&self) {
        let content: usize = self.iter().map(|element| element.len() + 2).sum();
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
                6 * content + 64
            }
            Layout::Chain(chain) => {
                chain.check();
                3 * content + 2 * (MAX_CAPACITY + MAX_NODES * size_of::<Node>()) + 600
            }
        };
        let allocated = self.allocated();
        assert!(allocated <= allowed, "{allocated} bytes for {content}");
    }

    /// What the list takes beside itself, as glibc rounds it.
    pub(super) fn allocated(&self) -> usize {
        match &self.0 {
            Layout::Inline(_) => 0,
            Layout::Single(node) => rounded(node.capacity()),
            Layout::Chain(chain) => {
                let nodes: usize = chain.nodes().map(|node| rounded(node.capacity())).sum();
                rounded(size_of::<Chain>()) + nodes + chain.directory_allocated()
            }
        }
    }
}

/// The size of a block of glibc's for a request of so many bytes.
pub(super) fn rounded(request: usize) -> usize {
    if request == 0 { 0 } else { (request + 8).next_multiple_of(16).max(32) }
}

impl Node {
    /// Asserts that the bytes can be read from both ends, and that each element is kept as its length asks for.
    pub(super) fn check(&self) {
        if self.is_packed() {
            assert!(self.capacity() <= MAX_CAPACITY);
            assert!(self.elements().all(|element| element.len() <= MAX_LEN));
        } else {
            assert!(self.capacity() > MAX_LEN);
        }
        assert_eq!(self.elements().count(), self.len());
        let mut reversed: Vec<_> = self.elements().rev().collect();
        reversed.reverse();
        assert!(self.elements().eq(reversed));
    }
}

impl Chunk {
    pub(super) fn check(&self) {
        assert!(!self.is_empty());
        assert!(self.nodes().count() <= MAX_NODES);
        assert_eq!(self.nodes().map(Node::len).sum::<usize>(), self.len());
        for node in self.nodes() {
            node.check();
            assert!(!node.is_empty());
            if node.is_packed() {
                assert!(node.capacity() <= 2 * node.used() + 32);
            }
        }
        for (node, next) in self.nodes().zip(self.nodes().skip(1)) {
            assert!(!node.should_merge(next));
        }
    }
}

impl Chain {
    pub(super) fn check(&self) {
        assert_eq!(self.nodes().map(Node::len).sum::<usize>(), self.len());
        let ends = [self.nodes().next(), self.nodes().next_back()];
        for node in ends.into_iter().flatten() {
            node.check();
        }
        assert!(!self.is_small());
        self.check_directory();
    }
}

impl Directory {
    pub(super) fn check(&self) {
        for chunk in self.chunks() {
            chunk.check();
        }
    }
}
