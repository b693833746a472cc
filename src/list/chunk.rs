//! A chunk: a run of neighbouring nodes, and how many elements they hold together.

use std::collections::VecDeque;

use super::node::Node;
use crate::{Direction, Element};

/// The most nodes in one chunk, so that no push moves more handles than this.
pub(super) const MAX_NODES: usize = 128;

/// With fewer handles than this there is too little to give back.
const SHRINK_ABOVE: usize = 8;

#[derive(Debug, Clone, Default)]
pub(super) struct Chunk {
    elements: usize,
    nodes: VecDeque<Node>,
}

impl Chunk {
    /// How many elements there are.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.elements
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.nodes.len() >= MAX_NODES
    }

    pub(super) fn nodes(&self) -> impl DoubleEndedIterator<Item = &Node> + Clone {
        self.nodes.iter()
    }

    pub(super) fn nodes_from(&self, slot: usize) -> impl DoubleEndedIterator<Item = &Node> + Clone {
        self.nodes.range(slot..)
    }

    /// The node that holds the element at `index`, which is below the length, and where in the node it is.
    pub(super) fn locate(&self, index: usize) -> Option<(usize, usize)> {
        if index < self.elements / 2 {
            let mut left = index;
            for (slot, node) in self.nodes.iter().enumerate() {
                if left < node.len() {
                    return Some((slot, left));
                }
                left -= node.len();
            }
        } else {
            let mut left = self.elements - index;
            for (slot, node) in self.nodes.iter().enumerate().rev() {
                if left <= node.len() {
                    return Some((slot, node.len() - left));
                }
                left -= node.len();
            }
        }
        None
    }

    #[inline]
    pub(super) fn push(&mut self, end: Direction, node: Node) {
        self.elements += node.len();
        match end {
            Direction::Left => {
                let merges = self.nodes.front().is_some_and(|next| node.should_merge(next));
                self.nodes.push_front(node);
                if merges {
                    self.merge(0);
                }
            }
            Direction::Right => {
                let merges = self.nodes.back().is_some_and(|last| last.should_merge(&node));
                self.nodes.push_back(node);
                if merges {
                    self.merge(self.nodes.len() - 2);
                }
            }
        }
    }

    #[inline]
    pub(super) fn pop(&mut self, end: Direction) -> Option<Node> {
        let node = match end {
            Direction::Left => self.nodes.pop_front(),
            Direction::Right => self.nodes.pop_back(),
        }?;
        self.elements -= node.len();
        Some(node)
    }

    /// Gives unused room for handles back once three quarters of it are.
    #[inline]
    pub(super) fn shrink(&mut self) {
        if self.nodes.capacity() > SHRINK_ABOVE && self.nodes.len() <= self.nodes.capacity() / 4 {
            self.nodes.shrink_to(self.nodes.len() * 2);
        }
    }

    /// Puts an element before the one that lies at `offset` in the node at `slot`.
    pub(super) fn insert(&mut self, slot: usize, offset: usize, element: Element<'_>) {
        self.elements += 1;
        if self.nodes[slot].insert(offset, element.as_bytes()) {
            return;
        }
        if offset == 0
            && slot > 0
            && self.nodes[slot - 1].push(Direction::Right, element.as_bytes())
        {
            return;
        }
        let node = &mut self.nodes[slot];
        let fresh = Node::new(Direction::Right, element, false);
        if node.is_packed() && fresh.is_packed() {
            self.split_around(slot, offset, &fresh);
        } else if offset == 0 {
            self.nodes.insert(slot, fresh);
        } else {
            let rest = node.split_off(offset);
            node.fit();
            self.nodes.insert(slot + 1, rest);
            self.nodes.insert(slot + 1, fresh);
            self.merge(slot + 2);
            self.merge(slot.wrapping_sub(1));
        }
    }

    /// Splits a full node in halves, one of which takes the packed element of `fresh`.
    fn split_around(&mut self, slot: usize, offset: usize, fresh: &Node) {
        let node = &mut self.nodes[slot];
        let half = node.half();
        let mut rest = node.split_off(half);
        for element in fresh.elements() {
            let inserted = if offset <= half {
                node.insert(offset, element)
            } else {
                rest.insert(offset - half, element)
            };
            debug_assert!(inserted, "half a node has room");
        }
        node.fit();
        self.nodes.insert(slot + 1, rest);
        self.merge(slot + 1);
        self.merge(slot.wrapping_sub(1));
    }

    /// Replaces the element at `offset` in the node at `slot`, if that node can hold the other one.
    pub(super) fn set<'e>(
        &mut self,
        slot: usize,
        offset: usize,
        element: Element<'e>,
    ) -> Result<(), Element<'e>> {
        self.nodes[slot].set(offset, element)?;
        self.tidy(slot);
        Ok(())
    }

    /// Removes the element at `offset` in the node at `slot`.
    pub(super) fn remove(&mut self, slot: usize, offset: usize) {
        self.elements -= 1;
        self.nodes[slot].remove(offset);
        if self.nodes[slot].is_empty() {
            self.nodes.remove(slot);
            self.merge(slot.wrapping_sub(1));
        } else {
            self.tidy(slot);
        }
    }

    /// Removes up to `limit` elements equal to `element`, counted from that end, and returns how many.
    pub(super) fn remove_equal(&mut self, element: &[u8], limit: usize, from: Direction) -> usize {
        let mut removed = 0;
        let mut remove = |node: &mut Node| {
            removed += node.remove_equal(element, limit - removed, from);
            removed == limit
        };
        match from {
            Direction::Left => self.nodes.iter_mut().any(&mut remove),
            Direction::Right => self.nodes.iter_mut().rev().any(&mut remove),
        };
        if removed > 0 {
            self.elements -= removed;
            self.compact();
        }
        removed
    }

    /// Drops empty nodes and makes one of those that became small.
    fn compact(&mut self) {
        for mut node in std::mem::take(&mut self.nodes) {
            match self.nodes.back_mut() {
                _ if node.is_empty() => {}
                Some(last) if last.should_merge(&node) => last.append(&node),
                _ => {
                    node.fit();
                    self.nodes.push_back(node);
                }
            }
        }
    }

    /// After a node shrank: gives back what it does not use, and makes it one with a small neighbour.
    fn tidy(&mut self, slot: usize) {
        self.nodes[slot].fit();
        self.merge(slot);
        self.merge(slot.wrapping_sub(1));
    }

    /// Makes one of the nodes at `slot` and after it, if there are two and both are small.
    fn merge(&mut self, slot: usize) {
        let next = slot.wrapping_add(1);
        let (Some(node), Some(after)) = (self.nodes.get(slot), self.nodes.get(next)) else {
            return;
        };
        if node.should_merge(after) {
            if let Some(after) = self.nodes.remove(next) {
                self.nodes[slot].append(&after);
            }
        }
    }

    /// Whether this chunk and the next are so short that they are better one.
    pub(super) fn should_merge(&self, next: &Self) -> bool {
        self.nodes.len() + next.nodes.len() <= MAX_NODES / 2
    }

    pub(super) fn append(&mut self, next: Self) {
        self.elements += next.elements;
        self.nodes.extend(next.nodes);
        self.compact();
    }

    /// Takes the second half into a chunk of its own.
    pub(super) fn split_off_half(&mut self) -> Self {
        let nodes = self.nodes.split_off(self.nodes.len() / 2);
        let elements = nodes.iter().map(Node::len).sum();
        self.elements -= elements;
        Self { elements, nodes }
    }

    #[cfg(any(test, fuzzing))]
    pub(super) fn allocated(&self) -> usize {
        super::check::rounded(self.nodes.capacity() * size_of::<Node>())
    }
}
