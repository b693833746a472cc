//! A list that needs several nodes. Both of its ends are at hand, so that a push or a pop looks at nothing but the
//! node there; what lies between is in a directory.

use super::directory::Directory;
use super::node::{MAX_CAPACITY, Node};
use super::popped::Popped;
use crate::{Direction, Element};

#[derive(Debug, Clone)]
pub(super) struct Chain {
    len: usize,
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
        if !self.end_mut(end).push(end, element.as_bytes()) {
            self.extend(end, element);
        }
    }

    /// Makes a new node at one end, with one element.
    fn extend(&mut self, end: Direction, element: Element<'_>) {
        let node = self.end_mut(end);
        let fresh = Node::new(end, element, node.is_packed());
        let mut full = std::mem::replace(node, fresh);
        full.fit();
        self.middle.push(end, full);
    }

    fn end_mut(&mut self, end: Direction) -> &mut Node {
        match end {
            Direction::Left => &mut self.head,
            Direction::Right => &mut self.tail,
        }
    }

    /// Takes the element at one end, and the only node that remains, if it is the only one.
    #[inline]
    pub(super) fn pop(&mut self, end: Direction) -> (Option<Popped>, Option<Node>) {
        let node = self.end_mut(end);
        let popped = node.pop(end);
        let is_empty = node.is_empty();
        self.len -= usize::from(popped.is_some());
        let mut last = if is_empty { self.advance(end) } else { None };
        if last.is_none() && self.middle.is_empty() {
            last = self.merged();
        }
        (popped, last)
    }

    /// Puts the next node in the place of an empty one at this end. If the chain has but one left, that is returned.
    fn advance(&mut self, end: Direction) -> Option<Node> {
        if let Some(next) = self.middle.pop(end) {
            *self.end_mut(end) = next;
            return None;
        }
        let other = match end {
            Direction::Left => &mut self.tail,
            Direction::Right => &mut self.head,
        };
        Some(std::mem::replace(other, Node::empty()))
    }

    /// The only two nodes as one, if they became small.
    fn merged(&mut self) -> Option<Node> {
        let used = self.head.used() + self.tail.used();
        if used > MERGE_UP_TO || !self.head.should_merge(&self.tail) {
            return None;
        }
        let mut node = std::mem::replace(&mut self.head, Node::empty());
        node.append(&self.tail);
        Some(node)
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
        middle.push(Direction::Left, head);
        middle.push(Direction::Right, tail);
        middle
    }

    /// The list that a directory of nodes makes; none if it has no elements.
    pub(super) fn close(mut middle: Directory) -> Option<Remnant> {
        let len = middle.len();
        let head = middle.pop(Direction::Left)?;
        let Some(tail) = middle.pop(Direction::Right) else { return Some(Remnant::Single(head)) };
        let mut chain = Self { len, head, tail, middle };
        let merged = if chain.middle.is_empty() { chain.merged() } else { None };
        Some(merged.map_or_else(|| Remnant::Chain(Box::new(chain)), Remnant::Single))
    }

    #[cfg(any(test, fuzzing))]
    pub(super) fn check_directory(&self) {
        self.middle.check();
    }

    #[cfg(any(test, fuzzing))]
    pub(super) fn directory_allocated(&self) -> usize {
        self.middle.allocated()
    }
}
