//! A list that needs several nodes. Both of its ends are at hand, so that a push or a pop looks at nothing but the
//! node there; what lies between is in a directory.

use super::directory::Directory;
use super::node::{MAX_CAPACITY, Node};
use super::packed;
use super::popped::Popped;
use crate::{Direction, Element};

#[derive(Debug, Clone)]
pub(super) struct Chain {
    len: usize,
    /// One of the ends may be empty while nothing lies between: a queue of two nodes now and then does not become a
    /// chain each time.
    head: Node,
    tail: Node,
    middle: Directory,
}

/// What remains of a chain.
pub(super) enum Remnant {
    Chain(Box<Chain>),
    Single(Node),
}

/// Two nodes that use no more than this are made one.
const MERGE_UP_TO: usize = MAX_CAPACITY / 4;

impl Chain {
    /// A chain of one node, and of an element that it can't take at that end.
    pub(super) fn extended(node: Node, end: Direction, element: Element<'_>) -> Self {
        let fresh = Node::new(end, element, node.is_packed());
        let len = node.len() + 1;
        let (head, tail) = match end {
            Direction::Left => (fresh, node),
            Direction::Right => (node, fresh),
        };
        Self { len, head, tail, middle: Directory::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn push(&mut self, end: Direction, element: Element<'_>) {
        self.len += 1;
        if element.as_bytes().len() > packed::MAX_LEN {
            self.extend(end, Node::whole(element));
        } else if !self.end_mut(end).push(end, element.as_bytes()) {
            let continues = self.end_mut(end).is_packed();
            self.extend(end, Node::first(end, element.as_bytes(), continues));
        }
    }

    /// Puts a new node at one end, and the one that was there next to it.
    #[inline]
    fn extend(&mut self, end: Direction, fresh: Node) {
        let mut full = std::mem::replace(self.end_mut(end), fresh);
        if full.is_empty() {
            return;
        }
        let other = self.end_mut(end.opposite());
        if other.is_empty() && self.middle.is_empty() {
            *self.end_mut(end.opposite()) = full;
        } else {
            full.fit();
            self.middle.push(end, full);
        }
    }

    #[inline]
    fn end_mut(&mut self, end: Direction) -> &mut Node {
        match end {
            Direction::Left => &mut self.head,
            Direction::Right => &mut self.tail,
        }
    }

    /// Takes the element at one end. Then the chain may be [too small](Self::is_small) to be one.
    #[inline]
    pub(super) fn pop(&mut self, end: Direction) -> Option<Popped> {
        let from = if self.end_mut(end).is_empty() { end.opposite() } else { end };
        let node = self.end_mut(from);
        let popped = node.pop(end)?;
        let is_empty = node.is_empty();
        self.len -= 1;
        if is_empty {
            *self.end_mut(from) = self.middle.pop(from).unwrap_or_else(Node::empty);
        }
        Some(popped)
    }

    /// Removes this many elements at one end. Then the chain may be [too small](Self::is_small) to be one.
    pub(super) fn cut(&mut self, end: Direction, mut count: usize) {
        self.len -= count;
        while count > 0 {
            let from = if self.end_mut(end).is_empty() { end.opposite() } else { end };
            let node = self.end_mut(from);
            let len = node.len();
            if count < len {
                node.keep(match end {
                    Direction::Left => count..len,
                    Direction::Right => 0..len - count,
                });
                return;
            }
            *node = Node::empty();
            count -= len;
            if let Some(next) = self.middle.pop(from) {
                *self.end_mut(from) = next;
            }
        }
    }

    /// Whether what is left is so little that it is better one node.
    #[inline]
    pub(super) fn is_small(&self) -> bool {
        self.middle.is_empty()
            && self.head.used() + self.tail.used() <= MERGE_UP_TO
            && (self.len == 0 || self.head.should_merge(&self.tail))
    }

    /// The only node of a chain that [is small](Self::is_small).
    pub(super) fn into_single(self) -> Node {
        let Self { mut head, tail, .. } = self;
        if head.is_empty() {
            return tail;
        }
        head.append(&tail);
        head
    }

    pub(super) fn nodes(&self) -> impl DoubleEndedIterator<Item = &Node> + Clone {
        std::iter::once(&self.head).chain(self.middle.nodes()).chain(std::iter::once(&self.tail))
    }

    /// The nodes from the one on that holds the element at `index`, which is below the length, and where in that node
    /// it is.
    pub(super) fn nodes_from(&self, index: usize) -> (impl Iterator<Item = &Node> + Clone, usize) {
        let after_head = index.checked_sub(self.head.len());
        let before_tail = self.len - self.tail.len();
        let head = if after_head.is_none() { Some(&self.head) } else { None };
        let (middle, offset) = match after_head {
            None => (self.middle.nodes_from(0), index),
            Some(after_head) if index < before_tail => {
                let found = self.middle.nodes_from(after_head);
                let offset = found.as_ref().map_or(0, |(_, offset)| *offset);
                (found, offset)
            }
            Some(_) => (None, index - before_tail),
        };
        let middle = middle.into_iter().flat_map(|(nodes, _)| nodes);
        (head.into_iter().chain(middle).chain(std::iter::once(&self.tail)), offset)
    }

    pub(super) fn get(&self, index: usize) -> Option<&[u8]> {
        let before_tail = self.len - self.tail.len();
        match index.checked_sub(self.head.len()) {
            None => self.head.get(index),
            Some(after_head) if index < before_tail => self.middle.get(after_head),
            Some(_) => self.tail.get(index - before_tail),
        }
    }

    /// All nodes in one directory, for changes that can concern any of them.
    pub(super) fn open(self) -> Directory {
        let Self { head, tail, mut middle, .. } = self;
        for (end, node) in [(Direction::Left, head), (Direction::Right, tail)] {
            if !node.is_empty() {
                middle.push(end, node);
            }
        }
        middle
    }

    /// The list that a directory of nodes makes; none if it has no elements.
    pub(super) fn close(mut middle: Directory) -> Option<Remnant> {
        let len = middle.len();
        let head = middle.pop(Direction::Left)?;
        let Some(tail) = middle.pop(Direction::Right) else { return Some(Remnant::Single(head)) };
        let chain = Self { len, head, tail, middle };
        Some(if chain.is_small() {
            Remnant::Single(chain.into_single())
        } else {
            Remnant::Chain(Box::new(chain))
        })
    }

    #[cfg(any(test, fuzzing))]
    pub(super) fn check_directory(&self) {
        assert!(self.middle.is_empty() || !self.head.is_empty() && !self.tail.is_empty());
        self.middle.check();
    }

    #[cfg(any(test, fuzzing))]
    pub(super) fn directory_allocated(&self) -> usize {
        self.middle.allocated()
    }
}
