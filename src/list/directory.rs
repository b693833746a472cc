//! The nodes of a long list in order, in chunks, so that a position is found by counting chunks, then nodes, then
//! elements, and so that no change moves all the handles.

use std::collections::VecDeque;

use super::chunk::Chunk;
use super::node::Node;
use crate::{Direction, Element};

/// With fewer chunks than this there is too little to give back.
const SHRINK_ABOVE: usize = 8;

#[derive(Debug, Clone, Default)]
pub(super) struct Directory {
    /// None of them is empty.
    chunks: VecDeque<Chunk>,
}

/// Where an element lies.
struct Place {
    chunk: usize,
    slot: usize,
    offset: usize,
}

impl Directory {
    pub(super) fn of(node: Node) -> Self {
        let mut directory = Self::default();
        directory.push(Direction::Right, node);
        directory
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// How many elements there are.
    pub(super) fn len(&self) -> usize {
        self.chunks.iter().map(Chunk::len).sum()
    }

    pub(super) fn nodes(&self) -> impl DoubleEndedIterator<Item = &Node> + Clone {
        self.chunks.iter().flat_map(Chunk::nodes)
    }

    /// The nodes from the one on that holds the element at `index`, and where in that node it is.
    pub(super) fn nodes_from(
        &self,
        index: usize,
    ) -> Option<(impl DoubleEndedIterator<Item = &Node> + Clone, usize)> {
        let Place { chunk, slot, offset } = self.locate(index)?;
        let after = self.chunks.range(chunk + 1..).flat_map(Chunk::nodes);
        Some((self.chunks[chunk].nodes_from(slot).chain(after), offset))
    }

    pub(super) fn get(&self, index: usize) -> Option<&[u8]> {
        let (mut nodes, offset) = self.nodes_from(index)?;
        nodes.next()?.get(offset)
    }

    fn locate(&self, index: usize) -> Option<Place> {
        let mut left = index;
        for (chunk, nodes) in self.chunks.iter().enumerate() {
            if left < nodes.len() {
                let (slot, offset) = nodes.locate(left)?;
                return Some(Place { chunk, slot, offset });
            }
            left -= nodes.len();
        }
        None
    }

    #[inline]
    pub(super) fn push(&mut self, end: Direction, node: Node) {
        let chunk = match end {
            Direction::Left => self.chunks.front_mut(),
            Direction::Right => self.chunks.back_mut(),
        };
        if let Some(chunk) = chunk.filter(|chunk| !chunk.is_full()) {
            chunk.push(end, node);
        } else {
            self.push_chunk(end, node);
        }
    }

    /// Makes a new chunk at one end, with one node.
    #[cold]
    fn push_chunk(&mut self, end: Direction, node: Node) {
        let mut chunk = Chunk::default();
        chunk.push(end, node);
        match end {
            Direction::Left => self.chunks.push_front(chunk),
            Direction::Right => self.chunks.push_back(chunk),
        }
    }

    #[inline]
    pub(super) fn pop(&mut self, end: Direction) -> Option<Node> {
        let chunk = match end {
            Direction::Left => self.chunks.front_mut(),
            Direction::Right => self.chunks.back_mut(),
        }?;
        let node = chunk.pop(end);
        if chunk.is_empty() {
            self.pop_chunk(end);
        } else if self.chunks.len() == 1 {
            self.chunks[0].shrink();
        }
        node
    }

    #[cold]
    fn pop_chunk(&mut self, end: Direction) {
        match end {
            Direction::Left => self.chunks.pop_front(),
            Direction::Right => self.chunks.pop_back(),
        };
        self.shrink();
    }

    /// Puts an element before the one at `index`, or at the end if there is none.
    pub(super) fn insert(&mut self, index: usize, element: Element<'_>) {
        let Some(Place { chunk, slot, offset }) = self.locate(index) else {
            self.push(Direction::Right, Node::new(Direction::Right, element, false));
            return;
        };
        let changed = &mut self.chunks[chunk];
        changed.insert(slot, offset, element);
        if changed.is_full() {
            let rest = changed.split_off_half();
            self.chunks.insert(chunk + 1, rest);
        }
    }

    /// Replaces the element at `index`; false if there is none.
    pub(super) fn set(&mut self, index: usize, element: Element<'_>) -> bool {
        let Some(Place { chunk, slot, offset }) = self.locate(index) else { return false };
        if let Err(element) = self.chunks[chunk].set(slot, offset, element) {
            self.chunks[chunk].remove(slot, offset);
            self.drop_if_empty(chunk);
            self.insert(index, element);
        }
        true
    }

    fn drop_if_empty(&mut self, chunk: usize) {
        if self.chunks[chunk].is_empty() {
            self.chunks.remove(chunk);
            self.shrink();
        }
    }

    /// Removes up to `limit` elements equal to `element`, scanning from that end, and returns how many.
    pub(super) fn remove_equal(&mut self, element: &[u8], limit: usize, from: Direction) -> usize {
        let mut removed = 0;
        let mut remove = |chunk: &mut Chunk| {
            removed += chunk.remove_equal(element, limit - removed, from);
            removed == limit
        };
        match from {
            Direction::Left => self.chunks.iter_mut().any(&mut remove),
            Direction::Right => self.chunks.iter_mut().rev().any(&mut remove),
        };
        if removed > 0 {
            self.compact();
        }
        removed
    }

    /// Drops empty chunks and makes one of those that became short.
    fn compact(&mut self) {
        let short = |chunks: &VecDeque<Chunk>| {
            let pairs = chunks.iter().zip(chunks.iter().skip(1));
            pairs.into_iter().any(|(chunk, next)| chunk.should_merge(next))
                || chunks.iter().any(Chunk::is_empty)
        };
        if !short(&self.chunks) {
            return;
        }
        for chunk in std::mem::take(&mut self.chunks) {
            match self.chunks.back_mut() {
                _ if chunk.is_empty() => {}
                Some(last) if last.should_merge(&chunk) => last.append(chunk),
                _ => self.chunks.push_back(chunk),
            }
        }
    }

    /// Gives unused room for chunks back once three quarters of it are.
    fn shrink(&mut self) {
        if self.chunks.capacity() > SHRINK_ABOVE && self.chunks.len() <= self.chunks.capacity() / 4
        {
            self.chunks.shrink_to(self.chunks.len() * 2);
        }
    }

    #[cfg(any(test, fuzzing))]
    pub(super) fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        self.chunks.iter()
    }

    /// What the handles take, and not what the nodes hold.
    #[cfg(any(test, fuzzing))]
    pub(super) fn allocated(&self) -> usize {
        let handles: usize = self.chunks.iter().map(Chunk::allocated).sum();
        handles + super::check::rounded(self.chunks.capacity() * size_of::<Chunk>())
    }
}
