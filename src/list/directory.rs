//! The nodes of a long list in order, in chunks, so that no change moves all the handles.
//!
//! Each chunk knows at which position it begins, on a line without ends: a list that grows at its head reaches to the
//! left there. So an index is found by a guess, which is right where elements are about equally long, and by halving
//! where it is not.

use std::collections::VecDeque;

use super::chunk::Chunk;
use super::node::{Node, Thin};
use super::wanted::Wanted;
use crate::memory::{Allocated, Counted};
use crate::{Direction, Element};

/// With fewer chunks than this there is too little to give back.
const SHRINK_ABOVE: usize = 8;

/// A directory of so few nodes in one chunk is better that chunk alone.
const SINGLE_UP_TO: usize = super::chunk::MAX_NODES / 4;

#[derive(Debug, Clone)]
pub(super) struct Directory {
    /// How many elements there are.
    len: usize,
    /// None of them is empty, and there is at least one, except in between.
    parts: Counted<VecDeque<Part>>,
}

#[derive(Debug, Clone)]
struct Part {
    /// The position of the first element.
    start: usize,
    chunk: Chunk,
}

impl Directory {
    pub(super) fn of(chunk: Chunk) -> Self {
        let len = chunk.len();
        Self { len, parts: Counted::new(VecDeque::from([Part { start: 0, chunk }])) }
    }

    /// How many elements there are.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The bytes of its places for chunks and of what these have.
    pub(super) fn memory(&self) -> usize {
        let chunks: usize = self.chunks().map(Chunk::memory).sum();
        self.parts.allocated() + chunks
    }

    pub(super) fn chunks(&self) -> impl DoubleEndedIterator<Item = &Chunk> + Clone {
        self.chunks_from(0)
    }

    pub(super) fn chunks_from(
        &self,
        first: usize,
    ) -> impl DoubleEndedIterator<Item = &Chunk> + Clone {
        self.parts.range(first..).map(|part| &part.chunk)
    }

    /// Where an index is counted from.
    #[inline]
    fn origin(&self) -> usize {
        self.parts.front().map_or(0, |part| part.start)
    }

    /// The number of the chunk that holds the element at `index`, which is below the length, and its index there.
    pub(super) fn locate(&self, index: usize) -> (usize, usize) {
        let origin = self.origin();
        let start = |part: &Part| part.start.wrapping_sub(origin);
        let within =
            |part: &Part| Some(index.checked_sub(start(part))?).filter(|at| *at < part.chunk.len());
        // Both factors are far below 2^32 where elements are packed, and a wrong guess costs nothing but time. The chunks at
        // the ends may have less than the others: then the right one is beside.
        let guess = index.wrapping_mul(self.parts.len()) / self.len.max(1);
        for number in [guess, guess.wrapping_sub(1), guess.wrapping_add(1)] {
            if let Some(at) = self.parts.get(number).and_then(within) {
                return (number, at);
            }
        }
        let number = self.parts.partition_point(|part| start(part) <= index).saturating_sub(1);
        (number, index - self.parts.get(number).map_or(0, start))
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&[u8]> {
        if index >= self.len {
            return None;
        }
        let (number, at) = self.locate(index);
        self.parts.get(number)?.chunk.get(at)
    }

    #[inline]
    fn end_mut(&mut self, end: Direction) -> Option<&mut Part> {
        match end {
            Direction::Left => self.parts.as_it_is().front_mut(),
            Direction::Right => self.parts.as_it_is().back_mut(),
        }
    }

    /// Adds an element at one end, if the node there can take it.
    #[inline]
    pub(super) fn push(&mut self, end: Direction, element: &[u8]) -> bool {
        let Some(part) = self.end_mut(end) else { return false };
        let pushed = part.chunk.push(end, element);
        if end == Direction::Left {
            part.start = part.start.wrapping_sub(usize::from(pushed));
        }
        self.len += usize::from(pushed);
        pushed
    }

    /// As [`Chunk::fill`].
    pub(super) fn fill<'e>(
        &mut self,
        end: Direction,
        elements: &mut impl Iterator<Item = Element<'e>>,
    ) -> Option<Element<'e>> {
        let Some(part) = self.end_mut(end) else { return elements.next() };
        let before = part.chunk.len();
        let refused = part.chunk.fill(end, elements);
        let added = part.chunk.len() - before;
        if end == Direction::Left {
            part.start = part.start.wrapping_sub(added);
        }
        self.len += added;
        refused
    }

    /// Puts an element into a new node at one end.
    pub(super) fn extend(&mut self, end: Direction, element: Element<'_>) {
        let start = match end {
            Direction::Left => self.origin().wrapping_sub(1),
            Direction::Right => self.origin().wrapping_add(self.len),
        };
        self.len += 1;
        let Some(part) = self.end_mut(end) else { return };
        part.chunk.tidy_end(end);
        if !part.chunk.is_full() {
            part.chunk.extend(end, element);
            if end == Direction::Left {
                part.start = start;
            }
            return;
        }
        let chunk = part.chunk.continued(end, element);
        self.parts.resize(|parts| match end {
            Direction::Left => parts.push_front(Part { start, chunk }),
            Direction::Right => parts.push_back(Part { start, chunk }),
        });
    }

    /// As [`Chunk::node_to_pop`].
    #[inline]
    pub(super) fn node_to_pop(&mut self, end: Direction) -> Option<(&mut Node, Thin)> {
        self.len -= 1;
        let part = self.end_mut(end)?;
        if end == Direction::Left {
            part.start = part.start.wrapping_add(1);
        }
        let (node, _) = part.chunk.node_to_pop(end);
        Some((node, Thin::EMPTY))
    }

    /// Drops what is empty at one end.
    pub(super) fn thin_out(&mut self, end: Direction) {
        let Some(part) = self.end_mut(end) else { return };
        part.chunk.thin_out(end);
        if part.chunk.node_count() == 0 {
            match end {
                Direction::Left => drop(self.parts.as_it_is().pop_front()),
                Direction::Right => drop(self.parts.as_it_is().pop_back()),
            }
            self.shrink();
        }
    }

    /// Removes this many elements at one end.
    pub(super) fn cut(&mut self, end: Direction, mut count: usize) {
        while let Some(part) = self.end_mut(end)
            && count > 0
        {
            let removed = count.min(part.chunk.len());
            part.chunk.cut(end, removed);
            if end == Direction::Left {
                part.start = part.start.wrapping_add(removed);
            }
            count -= removed;
            self.len -= removed;
            self.thin_out(end);
        }
    }

    /// Whether there is at most one chunk, and that is short.
    pub(super) fn is_small(&self) -> bool {
        let short = |part: &Part| part.chunk.node_count() <= SINGLE_UP_TO;
        self.parts.len() <= 1 && self.parts.front().is_none_or(short)
    }

    /// The only chunk of a directory that [is small](Self::is_small), if there is one.
    pub(super) fn take_single(&mut self) -> Option<Chunk> {
        self.parts.as_it_is().pop_front().map(|part| part.chunk)
    }

    /// Puts an element before the one at `index`, which is below the length.
    pub(super) fn insert(&mut self, index: usize, element: Element<'_>) {
        let (mut number, mut at) = self.locate(index);
        self.split_if_crowded(number);
        let before = self.chunk_mut(number).len();
        if at >= before {
            (number, at) = (number + 1, at - before);
        }
        self.chunk_mut(number).insert(at, element);
        self.count_from(number);
    }

    #[inline]
    fn chunk_mut(&mut self, number: usize) -> &mut Chunk {
        &mut self.parts.as_it_is()[number].chunk
    }

    fn split_if_crowded(&mut self, number: usize) {
        let chunk = self.chunk_mut(number);
        if chunk.is_crowded() {
            let rest = chunk.split_off_half();
            let part = Part { start: 0, chunk: rest };
            self.parts.resize(|parts| parts.insert(number + 1, part));
            self.count_from(number);
        }
    }

    /// Counts anew where the chunks behind this one begin, and the elements.
    fn count_from(&mut self, number: usize) {
        let mut next = self.parts.get(number).map_or(0, |part| part.start);
        for part in self.parts.as_it_is().range_mut(number..) {
            part.start = next;
            next = next.wrapping_add(part.chunk.len());
        }
        self.len = next.wrapping_sub(self.origin());
    }

    /// Replaces the element at `index`, which is below the length, if its node can hold the other one.
    pub(super) fn set<'e>(
        &mut self,
        index: usize,
        element: Element<'e>,
    ) -> Result<(), Element<'e>> {
        let (number, at) = self.locate(index);
        self.chunk_mut(number).set(at, element)
    }

    /// Removes the element at `index`, which is below the length.
    pub(super) fn remove(&mut self, index: usize) {
        let (number, at) = self.locate(index);
        self.chunk_mut(number).remove(at);
        self.count_from(number);
        if self.parts[number].chunk.node_count() == 0 {
            self.parts.as_it_is().remove(number);
            self.shrink();
        }
    }

    /// Removes up to `limit` elements equal to the wanted one, scanning from that end, and returns how many.
    pub(super) fn remove_equal(
        &mut self,
        wanted: &Wanted<'_>,
        limit: usize,
        from: Direction,
    ) -> usize {
        let mut removed = 0;
        let mut remove = |part: &mut Part| {
            removed += part.chunk.remove_equal(wanted, limit - removed, from);
            removed == limit
        };
        match from {
            Direction::Left => self.parts.as_it_is().iter_mut().any(&mut remove),
            Direction::Right => self.parts.as_it_is().iter_mut().rev().any(&mut remove),
        };
        if removed > 0 {
            self.compact();
        }
        removed
    }

    /// Drops empty chunks and makes one of those that became short.
    fn compact(&mut self) {
        let is_short = |(chunk, next): (&Chunk, &Chunk)| chunk.should_merge(next);
        let any_short = self.chunks().zip(self.chunks().skip(1)).any(is_short);
        if any_short || self.parts[0].chunk.node_count() == 0 {
            for part in std::mem::take(&mut self.parts).into_inner() {
                match self.parts.as_it_is().back_mut() {
                    _ if part.chunk.node_count() == 0 => {}
                    Some(last) if last.chunk.should_merge(&part.chunk) => {
                        last.chunk.append(part.chunk);
                    }
                    _ => self.parts.resize(|parts| parts.push_back(part)),
                }
            }
        }
        self.count_from(0);
    }

    /// Gives unused room for chunks back once three quarters of it are.
    fn shrink(&mut self) {
        if self.parts.capacity() > SHRINK_ABOVE && self.parts.len() <= self.parts.capacity() / 4 {
            self.parts.resize(|parts| parts.shrink_to(parts.len() * 2));
        }
    }

    /// Asserts that the positions are those of the elements.
    #[cfg(any(test, fuzzing))]
    pub(super) fn check_positions(&self) {
        let mut next = self.origin();
        for part in self.parts.iter() {
            assert_eq!(part.start, next);
            next = next.wrapping_add(part.chunk.len());
        }
        assert_eq!(next.wrapping_sub(self.origin()), self.len);
    }

    /// What the handles of chunks take.
    #[cfg(any(test, fuzzing))]
    pub(super) fn allocated(&self) -> usize {
        let chunks: usize = self.chunks().map(Chunk::allocated).sum();
        chunks + super::check::rounded(self.parts.allocated())
    }
}
