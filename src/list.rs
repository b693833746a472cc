//! One list: a deque of byte strings, and everything that can be done to one list by itself.
//!
//! It knows nothing of keys, locks or Redis's words: positions are resolved `usize`s, and a count is a limit. What it
//! offers is kept narrow, so that the layout in memory can change without a word above it changing.
//!
//! The layout, from the bottom up: elements are *packed* into bytes; a *node* owns one buffer of them, or one long
//! element in the buffer that it came in; a *chunk* is a run of nodes, and a *directory* all chunks. Elements that are
//! passed on, in at one end and out at the other, are in a *ring*. A list is the smallest of these that will do.

#[cfg(any(test, fuzzing))]
mod check;
mod chunk;
mod directory;
mod inline;
mod node;
mod packed;
mod popped;
#[cfg(any(test, fuzzing))]
pub(crate) mod replay;
mod ring;
#[cfg(test)]
mod tests;
mod wanted;

use std::ops::{ControlFlow, Range};

use self::chunk::Chunk;
use self::directory::Directory;
use self::inline::Inline;
use self::node::{Node, SMALL_CAPACITY, Thin};
use self::packed::{Elements, MAX_LEN as MAX_PACKED};
pub(crate) use self::popped::{Leaving, Popped};
use self::ring::Ring;
use self::wanted::Wanted;
use crate::memory::Counted;
use crate::{Direction, Element};

/// A deque of byte strings.
#[derive(Debug, Clone)]
pub(crate) struct List(Layout);

#[derive(Debug, Clone)]
enum Layout {
    /// A few bytes of packed elements, or none.
    Inline(Inline),
    /// One node, which is not empty.
    Single(Node),
    /// Some equally long elements, while they are passed on.
    Ring(Ring),
    /// Two nodes or more, or what is left of them.
    Chunk(Chunk),
    /// More nodes than a chunk has, or what is left of them.
    Directory(Counted<Box<Directory>>),
}

// An entry of the keyspace is a list and a key of three words.
const _: () = assert!(size_of::<List>() == 32);

impl Default for List {
    fn default() -> Self {
        Self(Layout::Inline(Inline::default()))
    }
}

/// An element with a buffer of its own, if a list gives it one: made before the lock, which is not held meanwhile.
#[inline]
pub(crate) fn prepared(element: Element<'_>) -> Element<'_> {
    element.owned_above(MAX_PACKED)
}

/// An element out of a buffer that is kept: a list that gives it a buffer of its own gets this one.
pub(crate) fn lent(buffer: &mut Vec<u8>) -> Element<'_> {
    if buffer.len() > MAX_PACKED {
        std::mem::take(buffer).into()
    } else {
        Element::from(&buffer[..])
    }
}

impl List {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match &self.0 {
            Layout::Inline(inline) => inline.len(),
            Layout::Single(node) => node.len(),
            Layout::Ring(ring) => ring.len(),
            Layout::Chunk(chunk) => chunk.len(),
            Layout::Directory(directory) => directory.len(),
        }
    }

    /// The bytes that it has allocated: the buffers of its elements, in use or not, and what leads to them. Complexity: O(1)
    /// for each buffer.
    pub(crate) fn memory(&self) -> usize {
        match &self.0 {
            Layout::Inline(_) => 0,
            Layout::Single(node) => node.capacity(),
            Layout::Ring(ring) => ring.capacity(),
            Layout::Chunk(chunk) => chunk.memory(),
            Layout::Directory(directory) => size_of::<Directory>() + directory.memory(),
        }
    }

    /// Only an inline list can be: each other layout goes with its last element.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.0, Layout::Inline(inline) if inline.len() == 0)
    }

    /// Adds an element at one end; how many there are then.
    #[expect(clippy::inline_always, reason = "a call in between costs a tenth of a push")]
    #[inline(always)]
    pub(crate) fn push(&mut self, end: Direction, element: Element<'_>) -> usize {
        let bytes = element.as_bytes();
        match &mut self.0 {
            _ if bytes.len() > MAX_PACKED => return self.push_long(end, element),
            Layout::Inline(inline) => {
                if inline.push(end, bytes) {
                    return inline.len();
                }
            }
            Layout::Single(node) => {
                if node.push(end, bytes) {
                    return node.len();
                }
            }
            Layout::Ring(ring) => {
                if ring.push(end, bytes) {
                    return ring.len();
                }
            }
            Layout::Chunk(chunk) => {
                if chunk.push(end, bytes) {
                    return chunk.len();
                }
            }
            Layout::Directory(directory) => {
                if directory.items().push(end, bytes) {
                    return directory.len();
                }
            }
        }
        self.push_beyond(end, element)
    }

    /// Adds an element that is too long to be packed.
    #[inline(never)]
    fn push_long(&mut self, end: Direction, element: Element<'_>) -> usize {
        match &mut self.0 {
            Layout::Inline(inline) if inline.len() == 0 => {
                self.0 = Layout::Single(Node::whole(element));
                1
            }
            Layout::Chunk(chunk) if !chunk.is_full() => {
                chunk.extend_by(end, Node::whole(element));
                chunk.len()
            }
            _ => self.push_beyond(end, element),
        }
    }

    /// Adds an element for which the layout, or the node at that end, is too small.
    #[inline(never)]
    fn push_beyond(&mut self, end: Direction, element: Element<'_>) -> usize {
        let bytes = element.as_bytes();
        let size = packed::size_of(bytes);
        match &mut self.0 {
            Layout::Inline(inline) if inline.len() == 0 => {
                self.0 = Layout::Single(Node::whole(element));
                return 1;
            }
            Layout::Ring(ring) => match ring.fitted().filter(|_| ring.stride() == size) {
                Some(fitted) => *ring = fitted,
                None => self.unroll(),
            },
            Layout::Single(node) if node.passes_on(size) => self.roll(size),
            Layout::Chunk(chunk) if bytes.len() <= MAX_PACKED && chunk.passes_on(size) => {
                self.roll(size);
            }
            Layout::Chunk(chunk) if !chunk.is_full() => {
                chunk.extend(end, element);
                return chunk.len();
            }
            Layout::Directory(directory) => {
                directory.items().extend(end, element);
                return directory.len();
            }
            Layout::Chunk(_) => self.widen(),
            Layout::Single(node) if !node.is_short_whole() => self.widen(),
            Layout::Inline(_) | Layout::Single(_) => self.spill(element.as_bytes(), end),
        }
        self.push(end, element)
    }

    /// Adds elements at one end, of which there is at least one; how many there are then.
    pub(crate) fn extend<'e>(
        &mut self,
        end: Direction,
        elements: impl IntoIterator<Item = Element<'e>>,
    ) -> usize {
        let mut elements = elements.into_iter();
        let mut next = elements.next();
        while let Some(element) = next {
            self.push(end, element);
            // As many as the node there takes, without asking each time where it is.
            next = match &mut self.0 {
                Layout::Chunk(chunk) => chunk.fill(end, &mut elements),
                Layout::Directory(directory) => directory.items().fill(end, &mut elements),
                Layout::Inline(_) | Layout::Single(_) | Layout::Ring(_) => elements.next(),
            };
        }
        self.len()
    }

    /// Takes the element at one end, if there is one.
    #[expect(clippy::inline_always, reason = "a call in between costs a tenth of a pop")]
    #[inline(always)]
    pub(crate) fn pop(&mut self, end: Direction) -> Option<Popped> {
        self.pop_to(end, |leaving| match leaving {
            Leaving::Packed(bytes) => Popped::copied(bytes),
            Leaving::Whole(buffer) => Popped::moved(buffer),
        })
    }

    /// Takes the element at one end, if there is one, and hands it to `receive`.
    #[expect(clippy::inline_always, reason = "as for pop")]
    #[inline(always)]
    pub(crate) fn pop_to<R>(
        &mut self,
        end: Direction,
        receive: impl FnOnce(Leaving<'_>) -> R,
    ) -> Option<R> {
        let (node, thin) = match &mut self.0 {
            Layout::Inline(inline) => return inline.pop(end, receive),
            Layout::Single(node) => (node, Thin::SPARSE),
            Layout::Ring(ring) => {
                let popped = ring.pop(end, receive);
                if ring.is_sparse() {
                    self.thin_out(end);
                }
                return Some(popped);
            }
            Layout::Chunk(chunk) => chunk.node_to_pop(end),
            Layout::Directory(directory) => directory.items().node_to_pop(end)?,
        };
        let popped = node.pop(end, receive);
        if node.became(thin) {
            self.thin_out(end);
        }
        popped
    }

    /// After a pop left little at that end: does with less, if that is possible.
    #[inline(never)]
    fn thin_out(&mut self, end: Direction) {
        let is_small = match &mut self.0 {
            Layout::Inline(_) => false,
            Layout::Single(_) | Layout::Ring(_) => true,
            Layout::Chunk(chunk) => {
                chunk.thin_out(end);
                chunk.is_small()
            }
            Layout::Directory(directory) => {
                directory.items().thin_out(end);
                directory.is_small()
            }
        };
        if is_small {
            self.settle();
        }
    }

    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&[u8]> {
        match &self.0 {
            Layout::Inline(inline) => inline.elements().nth(index),
            Layout::Single(node) => node.get(index),
            Layout::Ring(ring) => ring.get(index),
            Layout::Chunk(chunk) => chunk.get(index),
            Layout::Directory(directory) => directory.get(index),
        }
    }

    /// Replaces the element at `index`; false if there is none.
    pub(crate) fn set(&mut self, index: usize, element: Element<'_>) -> bool {
        if index >= self.len() {
            return false;
        }
        if let Layout::Ring(ring) = &mut self.0
            && ring.set(index, element.as_bytes())
        {
            return true;
        }
        self.spill(element.as_bytes(), Direction::Right);
        let set = match &mut self.0 {
            Layout::Inline(_) | Layout::Ring(_) => Err(element),
            Layout::Single(node) => node.set(index, element),
            Layout::Chunk(chunk) => chunk.set(index, element),
            Layout::Directory(directory) => directory.items().set(index, element),
        };
        if let Err(element) = set {
            self.remove(index);
            self.insert(index, element);
        }
        self.settle();
        true
    }

    /// Removes the element at `index`, which is below the length.
    pub(crate) fn remove(&mut self, index: usize) {
        self.spill(&[], Direction::Right);
        match &mut self.0 {
            Layout::Inline(_) | Layout::Ring(_) => {}
            Layout::Single(node) => node.remove(index),
            Layout::Chunk(chunk) => chunk.remove(index),
            Layout::Directory(directory) => directory.items().remove(index),
        }
        self.settle();
    }

    /// Puts an element before position `index`, which is at most the length.
    pub(crate) fn insert(&mut self, index: usize, element: Element<'_>) {
        if index == 0 {
            self.push(Direction::Left, element);
            return;
        }
        if index == self.len() {
            self.push(Direction::Right, element);
            return;
        }
        self.spill(element.as_bytes(), Direction::Right);
        let inserted = match &mut self.0 {
            Layout::Single(node) => node.insert(index, element.as_bytes()),
            _ => false,
        };
        match &mut self.0 {
            _ if inserted => {}
            Layout::Chunk(chunk) if !chunk.is_crowded() => chunk.insert(index, element),
            Layout::Directory(directory) => directory.items().insert(index, element),
            Layout::Inline(_) | Layout::Single(_) | Layout::Ring(_) | Layout::Chunk(_) => {
                self.widen();
                self.insert(index, element);
            }
        }
        self.settle();
    }

    /// The nodes of a list that has some.
    fn nodes(&self) -> impl DoubleEndedIterator<Item = &Node> {
        let (node, chunk, directory) = match &self.0 {
            Layout::Inline(_) | Layout::Ring(_) => (None, None, None),
            Layout::Single(node) => (Some(node), None, None),
            Layout::Chunk(chunk) => (None, Some(chunk), None),
            Layout::Directory(directory) => (None, None, Some(directory)),
        };
        let chunks = directory.into_iter().flat_map(|directory| directory.chunks());
        node.into_iter().chain(chunk.into_iter().chain(chunks).flat_map(Chunk::nodes))
    }

    /// The elements of a list that has no nodes, in two parts.
    fn elements_without_nodes(&self) -> [Elements<'_>; 2] {
        match &self.0 {
            Layout::Inline(inline) => [inline.elements(), Elements::default()],
            Layout::Ring(ring) => ring.elements(),
            _ => [Elements::default(), Elements::default()],
        }
    }

    /// The elements, from either end.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        let [first, second] = self.elements_without_nodes();
        first.chain(second).chain(self.nodes().flat_map(Node::elements))
    }

    /// Copies of the elements at these positions, which are in the list.
    pub(crate) fn range(&self, range: Range<usize>) -> Vec<Vec<u8>> {
        let mut copies = Vec::with_capacity(range.len());
        self.visit(range, |element| copies.push(element.to_vec()));
        copies
    }

    /// Visits the elements at these positions, which are in the list, in order.
    #[inline]
    pub(crate) fn visit(&self, range: Range<usize>, mut visit: impl FnMut(&[u8])) {
        if let Layout::Inline(inline) = &self.0 {
            inline.elements().skip(range.start).take(range.len()).for_each(visit);
            return;
        }
        if let Layout::Ring(ring) = &self.0 {
            ring.runs(range).into_iter().for_each(|run| run.visit(&mut visit));
            return;
        }
        if range.is_empty() {
            return;
        }
        let (nodes, mut offset) = self.nodes_from(range.start);
        let mut wanted = range.len();
        for node in nodes {
            let end = node.len().min(offset + wanted);
            node.visit(offset..end, &mut visit);
            wanted -= end - offset;
            offset = 0;
            if wanted == 0 {
                break;
            }
        }
    }

    /// Visits the elements from a position on, in order, until the visitor has enough.
    #[cfg(feature = "durable")]
    pub(crate) fn visit_from(&self, start: usize, mut visit: impl FnMut(&[u8]) -> ControlFlow<()>) {
        if start >= self.len() {
            return;
        }
        let [first, second] = self.elements_without_nodes();
        let (nodes, offset) = self.nodes_from(start);
        let elements = first.chain(second).skip(start);
        let behind = nodes.flat_map(Node::elements).skip(offset);
        let _ = elements.chain(behind).try_for_each(&mut visit);
    }

    /// The nodes of a list that has some, from the one on that holds the element at `index`, which is below the
    /// length, and where in that node it is.
    fn nodes_from(&self, index: usize) -> (impl Iterator<Item = &Node>, usize) {
        let (mut single, mut chunk, mut behind) = (None, None, None);
        match &self.0 {
            Layout::Inline(_) | Layout::Ring(_) => {}
            Layout::Single(node) => single = Some(node),
            Layout::Chunk(only) => chunk = Some((only, index)),
            Layout::Directory(directory) => {
                let (number, at) = directory.locate(index);
                let mut chunks = directory.chunks_from(number);
                chunk = chunks.next().map(|first| (first, at));
                behind = Some(chunks);
            }
        }
        let mut offset = index;
        let nodes = chunk.map(|(chunk, at)| {
            let (number, place) = chunk.locate(at);
            offset = place;
            chunk.nodes_from(number)
        });
        let behind = behind.into_iter().flatten().flat_map(Chunk::nodes);
        (single.into_iter().chain(nodes.into_iter().flatten()).chain(behind), offset)
    }

    /// Visits the elements equal to this one among the first `within` from one end on, by how many lie before them in
    /// that direction, until the visitor has enough.
    pub(crate) fn find(
        &self,
        element: &[u8],
        from: Direction,
        within: usize,
        mut visit: impl FnMut(usize) -> ControlFlow<()>,
    ) {
        let mut before = 0;
        let mut visit = |distance| {
            if distance < within { visit(distance) } else { ControlFlow::Break(()) }
        };
        if let Layout::Inline(inline) = &self.0 {
            let _ = inline.run().find(element, from, visit);
            return;
        }
        if let Layout::Ring(ring) = &self.0 {
            let _ = ring.find(element, from, visit);
            return;
        }
        let wanted = Wanted::new(element);
        let search = |node: &Node| {
            if before >= within {
                return ControlFlow::Break(());
            }
            let found = node.find(&wanted, from, |distance| visit(before + distance));
            before += node.len();
            found
        };
        let _ = match from {
            Direction::Left => self.nodes().try_for_each(search),
            Direction::Right => self.nodes().rev().try_for_each(search),
        };
    }

    /// Where the first element equal to this one is.
    pub(crate) fn position(&self, element: &[u8]) -> Option<usize> {
        let mut found = None;
        self.find(element, Direction::Left, usize::MAX, |distance| {
            found = Some(distance);
            ControlFlow::Break(())
        });
        found
    }

    /// Removes up to `limit` elements equal to `element`, scanning from that end, and returns how many.
    pub(crate) fn remove_equal(&mut self, element: &[u8], limit: usize, from: Direction) -> usize {
        if let Layout::Inline(_) | Layout::Ring(_) = &self.0 {
            if self.position(element).is_none() {
                return 0;
            }
            self.spill(&[], Direction::Right);
        }
        let wanted = Wanted::new(element);
        let removed = match &mut self.0 {
            Layout::Inline(_) | Layout::Ring(_) => 0,
            Layout::Single(node) => node.remove_equal(&wanted, limit, from),
            Layout::Chunk(chunk) => chunk.remove_equal(&wanted, limit, from),
            Layout::Directory(directory) => directory.items().remove_equal(&wanted, limit, from),
        };
        self.settle();
        removed
    }

    /// Keeps only the elements at these positions.
    pub(crate) fn keep(&mut self, range: Range<usize>) {
        if range.is_empty() {
            *self = Self::default();
            return;
        }
        let len = self.len();
        if range == (0..len) {
            return;
        }
        if let Layout::Inline(_) = &self.0 {
            self.spill(&[], Direction::Right);
        }
        match &mut self.0 {
            Layout::Inline(_) => {}
            Layout::Single(node) => node.keep(range),
            Layout::Ring(ring) => ring.keep(range),
            Layout::Chunk(chunk) => {
                chunk.cut(Direction::Right, len - range.end);
                chunk.cut(Direction::Left, range.start);
            }
            Layout::Directory(directory) => {
                directory.items().cut(Direction::Right, len - range.end);
                directory.items().cut(Direction::Left, range.start);
            }
        }
        self.settle();
    }

    /// Makes a packed node of an inline list, or of a short element that was alone, with room for another one.
    fn spill(&mut self, element: &[u8], end: Direction) {
        let size = if element.len() > packed::MAX_LEN { 0 } else { packed::size_of(element) };
        match &mut self.0 {
            Layout::Inline(inline) => self.0 = Layout::Single(inline.to_node(size)),
            Layout::Single(node) => node.pack(size, end),
            Layout::Ring(_) => self.unroll(),
            Layout::Chunk(_) | Layout::Directory(_) => {}
        }
    }

    /// Makes a ring of nodes that pass elements on, which take `size` bytes each.
    fn roll(&mut self, size: usize) {
        let ring = Ring::of(self.nodes().map(Node::run), size);
        self.0 = Layout::Ring(ring);
    }

    /// Makes nodes of a ring.
    fn unroll(&mut self) {
        if let Layout::Ring(ring) = &self.0 {
            self.0 = if ring.used() <= SMALL_CAPACITY {
                Layout::Single(ring.to_node())
            } else {
                Layout::Chunk(Chunk::of_nodes(ring.to_nodes()))
            };
        }
    }

    /// Takes the next larger layout.
    fn widen(&mut self) {
        self.0 = match std::mem::take(self).0 {
            Layout::Inline(inline) => Layout::Single(inline.to_node(0)),
            Layout::Single(node) => Layout::Chunk(Chunk::of(node)),
            Layout::Ring(ring) => Layout::Chunk(Chunk::of_nodes(ring.to_nodes())),
            Layout::Chunk(chunk) => Layout::Directory(Counted::new(Box::new(Directory::of(chunk)))),
            directory @ Layout::Directory(_) => directory,
        };
    }

    /// After elements went: takes the smallest layout that will do, and gives back what is not needed.
    fn settle(&mut self) {
        match &mut self.0 {
            Layout::Single(node) if node.is_empty() => *self = Self::default(),
            Layout::Single(node) => match Inline::from_node(node) {
                Some(inline) => self.0 = Layout::Inline(inline),
                None => node.shrink(),
            },
            Layout::Ring(ring) if ring.is_sparse() => {
                if ring.used() > SMALL_CAPACITY
                    && let Some(fitted) = ring.fitted()
                {
                    *ring = fitted;
                } else {
                    self.0 = Layout::Single(ring.to_node());
                    self.settle();
                }
            }
            Layout::Chunk(chunk) if chunk.is_small() || chunk.node_count() <= 1 => {
                if let Layout::Chunk(chunk) = std::mem::take(self).0 {
                    self.0 = Layout::Single(chunk.into_single());
                    self.settle();
                }
            }
            Layout::Directory(directory) if directory.is_small() => {
                let single = directory.items().take_single();
                *self = single.map_or_else(Self::default, |chunk| Self(Layout::Chunk(chunk)));
                self.settle();
            }
            Layout::Inline(_) | Layout::Ring(_) | Layout::Chunk(_) | Layout::Directory(_) => {}
        }
    }
}
