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
    /// All chunks but the last. None of them is empty.
    chunks: VecDeque<Chunk>,
    /// At hand, because it is the only one unless the list is very long. It is empty only if there are no nodes.
    last: Chunk,
}

/// Where an element lies. The number of the last chunk is that of the others.
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
        self.last.is_empty()
    }

    /// How many elements there are.
    pub(super) fn len(&self) -> usize {
        self.all().map(Chunk::len).sum()
    }

    pub(super) fn nodes(&self) -> impl DoubleEndedIterator<Item = &Node> + Clone {
        self.all().flat_map(Chunk::nodes)
    }

    /// The nodes from the one on that holds the element at `index`, and where in that node it is.
    pub(super) fn nodes_from(
        &self,
        index: usize,
    ) -> Option<(impl Iterator<Item = &Node> + Clone, usize)> {
        let Place { chunk, slot, offset } = self.locate(index)?;
        let mut chunks = self.all_from(chunk);
        let first = chunks.next()?;
        Some((first.nodes_from(slot).chain(chunks.flat_map(Chunk::nodes)), offset))
    }

    pub(super) fn get(&self, index: usize) -> Option<&[u8]> {
        let (mut nodes, offset) = self.nodes_from(index)?;
        nodes.next()?.get(offset)
    }

    fn all(&self) -> impl DoubleEndedIterator<Item = &Chunk> + Clone {
        self.all_from(0)
    }

    fn all_from(&self, chunk: usize) -> impl DoubleEndedIterator<Item = &Chunk> + Clone {
        self.chunks.range(chunk..).chain(std::iter::once(&self.last))
    }

    fn chunk_mut(&mut self, chunk: usize) -> &mut Chunk {
        self.chunks.get_mut(chunk).unwrap_or(&mut self.last)
    }

    fn locate(&self, index: usize) -> Option<Place> {
        let mut left = index;
        for (chunk, nodes) in self.all().enumerate() {
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
        let chunk = self.end_mut(end);
        if chunk.is_full() {
            self.push_chunk(end, node);
        } else {
            chunk.push(end, node);
        }
    }

    #[inline]
    fn end_mut(&mut self, end: Direction) -> &mut Chunk {
        match end {
            Direction::Left => self.chunks.front_mut().unwrap_or(&mut self.last),
            Direction::Right => &mut self.last,
        }
    }

    /// Makes a new chunk at one end, with one node.
    #[cold]
    fn push_chunk(&mut self, end: Direction, node: Node) {
        let mut chunk = Chunk::default();
        chunk.push(end, node);
        match end {
            Direction::Left => self.chunks.push_front(chunk),
            Direction::Right => self.chunks.push_back(std::mem::replace(&mut self.last, chunk)),
        }
    }

    #[inline]
    pub(super) fn pop(&mut self, end: Direction) -> Option<Node> {
        let chunk = self.end_mut(end);
        let node = chunk.pop(end);
        if chunk.is_empty() {
            self.drop_end(end);
        } else if self.chunks.is_empty() {
            self.last.shrink();
        }
        node
    }

    /// Drops the empty chunk at one end, unless it is the only one.
    fn drop_end(&mut self, end: Direction) {
        match end {
            Direction::Left => drop(self.chunks.pop_front()),
            Direction::Right => self.replace_last(),
        }
        self.shrink();
    }

    fn replace_last(&mut self) {
        if let Some(chunk) = self.chunks.pop_back() {
            self.last = chunk;
        }
    }

    /// Puts an element before the one at `index`, or at the end if there is none.
    pub(super) fn insert(&mut self, index: usize, element: Element<'_>) {
        let Some(Place { chunk, slot, offset }) = self.locate(index) else {
            self.push(Direction::Right, Node::new(Direction::Right, element));
            return;
        };
        let changed = self.chunk_mut(chunk);
        changed.insert(slot, offset, element);
        if changed.is_full() {
            let mut rest = changed.split_off_half();
            if chunk == self.chunks.len() {
                std::mem::swap(&mut self.last, &mut rest);
                self.chunks.push_back(rest);
            } else {
                self.chunks.insert(chunk + 1, rest);
            }
        }
    }

    /// Replaces the element at `index`; false if there is none.
    pub(super) fn set(&mut self, index: usize, element: Element<'_>) -> bool {
        let Some(Place { chunk, slot, offset }) = self.locate(index) else { return false };
        let changed = self.chunk_mut(chunk);
        if let Err(element) = changed.set(slot, offset, element) {
            changed.remove(slot, offset);
            if changed.is_empty() {
                self.drop_chunk(chunk);
            }
            self.insert(index, element);
        }
        true
    }

    fn drop_chunk(&mut self, chunk: usize) {
        if self.chunks.remove(chunk).is_none() {
            self.replace_last();
        }
        self.shrink();
    }

    /// Removes up to `limit` elements equal to `element`, scanning from that end, and returns how many.
    pub(super) fn remove_equal(&mut self, element: &[u8], limit: usize, from: Direction) -> usize {
        let mut removed = 0;
        let mut remove = |chunk: &mut Chunk| {
            removed += chunk.remove_equal(element, limit - removed, from);
            removed == limit
        };
        let mut all = self.chunks.iter_mut().chain(std::iter::once(&mut self.last));
        match from {
            Direction::Left => all.any(&mut remove),
            Direction::Right => all.rev().any(&mut remove),
        };
        if removed > 0 {
            self.compact();
        }
        removed
    }

    /// Drops empty chunks and makes one of those that became short.
    fn compact(&mut self) {
        if !self.last.is_empty() && !self.has_short_chunks() {
            return;
        }
        let last = std::mem::take(&mut self.last);
        for chunk in std::mem::take(&mut self.chunks).into_iter().chain([last]) {
            match self.chunks.back_mut() {
                _ if chunk.is_empty() => {}
                Some(previous) if previous.should_merge(&chunk) => previous.append(chunk),
                _ => self.chunks.push_back(chunk),
            }
        }
        self.replace_last();
    }

    fn has_short_chunks(&self) -> bool {
        self.all().zip(self.all().skip(1)).any(|(chunk, next)| chunk.should_merge(next))
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
        self.all()
    }

    /// What the handles take, and not what the nodes hold.
    #[cfg(any(test, fuzzing))]
    pub(super) fn allocated(&self) -> usize {
        let handles: usize = self.all().map(Chunk::allocated).sum();
        handles + super::check::rounded(self.chunks.capacity() * size_of::<Chunk>())
    }
}
