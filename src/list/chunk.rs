//! A chunk: a run of neighbouring nodes in a ring of slots, and how many elements they hold together.
//!
//! A slot that is not in use holds an empty node. The one behind the last node may still have the buffer of a node that
//! became empty: a queue that only passes elements on needs no other.

use super::node::{MAX_CAPACITY, Node, SMALL_CAPACITY, Thin};
use super::packed;
use super::ring;
use super::wanted::Wanted;
use crate::memory::Counted;
use crate::{Direction, Element};

/// The most nodes in one chunk, all of whose handles may move in one push, and are looked through for an index.
pub(super) const MAX_NODES: usize = 64;

/// After this number of nodes a list is long: the next ones may have more room, which is little beside all of it.
const LARGE_FROM: usize = MAX_NODES / 4;

/// The slots that a chunk has at least.
const MIN_SLOTS: usize = 4;

#[derive(Debug, Clone)]
pub(super) struct Chunk {
    /// Their number is a power of two.
    slots: Counted<Box<[Node]>>,
    /// The slots of the first node and of the last one, so that either end is at hand.
    ends: [u8; 2],
    /// How many slots are in use.
    nodes: u8,
    /// How many elements there are.
    elements: u16,
    /// How many are in each node between the first and the last, or 0 where that differs or is not known.
    each: u16,
}

// What the small fields can count.
const _: () = assert!(MAX_NODES <= u8::MAX as usize && MAX_NODES.is_power_of_two());
const _: () = assert!(MAX_NODES * (MAX_CAPACITY / 2) <= u16::MAX as usize);

fn empty_slots(count: usize) -> Counted<Box<[Node]>> {
    Counted::new((0..count).map(|_| Node::empty()).collect())
}

/// A number of a slot, or of slots, as it is kept.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "there are at most MAX_NODES")]
fn byte(number: usize) -> u8 {
    debug_assert!(number <= MAX_NODES);
    number as u8
}

/// A number of elements as it is kept.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "see the assertion above")]
fn few(elements: usize) -> u16 {
    debug_assert!(u16::try_from(elements).is_ok());
    elements as u16
}

impl Chunk {
    fn new() -> Self {
        Self { slots: empty_slots(MIN_SLOTS), ends: [0; 2], nodes: 0, elements: 0, each: 0 }
    }

    /// A chunk of these nodes.
    pub(super) fn of_nodes(nodes: impl Iterator<Item = Node>) -> Self {
        let mut chunk = Self::new();
        nodes.for_each(|node| chunk.add_node(Direction::Right, node));
        chunk
    }

    /// A chunk of one node.
    pub(super) fn of(node: Node) -> Self {
        let mut chunk = Self::new();
        chunk.add_node(Direction::Right, node);
        chunk
    }

    /// How many elements there are.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.elements.into()
    }

    /// The bytes of its slots and of what their nodes have.
    pub(super) fn memory(&self) -> usize {
        let buffers: usize = self.slots.iter().map(Node::capacity).sum();
        size_of_val(&**self.slots) + buffers
    }

    #[inline]
    pub(super) fn node_count(&self) -> usize {
        self.nodes.into()
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.node_count() == MAX_NODES
    }

    /// Whether an insertion, which makes up to two more nodes, might find no place for them.
    pub(super) fn is_crowded(&self) -> bool {
        self.node_count() + 2 > MAX_NODES
    }

    /// The slot of a node, by its number from the first on.
    #[inline]
    fn slot(&self, number: usize) -> usize {
        self.head().wrapping_add(number) & (self.slots.len() - 1)
    }

    #[inline]
    fn head(&self) -> usize {
        self.ends[0].into()
    }

    /// Notes that the nodes begin at this slot, and how many they are.
    #[inline]
    fn place(&mut self, head: usize, nodes: usize) {
        let mask = self.slots.len() - 1;
        self.nodes = byte(nodes);
        self.ends = [byte(head & mask), byte(head.wrapping_add(nodes).wrapping_sub(1) & mask)];
    }

    #[inline]
    fn node(&self, number: usize) -> &Node {
        &self.slots[self.slot(number)]
    }

    #[inline]
    fn node_mut(&mut self, number: usize) -> &mut Node {
        let slot = self.slot(number);
        &mut self.slots.items()[slot]
    }

    #[inline]
    fn end_number(&self, end: Direction) -> usize {
        match end {
            Direction::Left => 0,
            Direction::Right => self.node_count().wrapping_sub(1),
        }
    }

    #[inline]
    fn end(&self, end: Direction) -> &Node {
        &self.slots[usize::from(self.ends[end as usize])]
    }

    #[inline]
    fn end_mut(&mut self, end: Direction) -> &mut Node {
        let slot = usize::from(self.ends[end as usize]);
        &mut self.slots.items()[slot]
    }

    /// The slots in use, in order: those up to the end of the ring, and those from its beginning on.
    #[inline]
    fn in_use(&self) -> (&[Node], &[Node]) {
        let (begin, ring) = self.slots.split_at(self.head());
        if self.node_count() <= ring.len() {
            (&ring[..self.node_count()], &[])
        } else {
            (ring, &begin[..self.node_count() - ring.len()])
        }
    }

    #[inline]
    pub(super) fn nodes(&self) -> impl DoubleEndedIterator<Item = &Node> + Clone {
        self.nodes_from(0)
    }

    #[inline]
    pub(super) fn nodes_from(
        &self,
        first: usize,
    ) -> impl DoubleEndedIterator<Item = &Node> + Clone {
        let (until_wrap, wrapped) = self.in_use();
        let in_wrapped = first.saturating_sub(until_wrap.len()).min(wrapped.len());
        let until_wrap = &until_wrap[first.min(until_wrap.len())..];
        until_wrap.iter().chain(&wrapped[in_wrapped..])
    }

    /// The number of the node that holds the element at `index`, which is below the length, and where in it that is.
    pub(super) fn locate(&self, index: usize) -> (usize, usize) {
        let Some(behind_first) = index.checked_sub(self.end(Direction::Left).len()) else {
            return (0, index);
        };
        if self.each == 0 {
            return self.look_for(index);
        }
        let behind_first = few(behind_first);
        let number = (behind_first / self.each).min(u16::from(self.nodes).saturating_sub(2));
        (usize::from(number) + 1, usize::from(behind_first - number * self.each))
    }

    /// The same by going from node to node, from the nearer end.
    fn look_for(&self, index: usize) -> (usize, usize) {
        if index < self.len() / 2 {
            let mut left = index;
            for (number, node) in self.nodes().enumerate() {
                if left < node.len() {
                    return (number, left);
                }
                left -= node.len();
            }
        } else {
            let mut left = self.len() - index;
            for (behind, node) in self.nodes().rev().enumerate() {
                if left <= node.len() {
                    return (self.node_count() - 1 - behind, node.len() - left);
                }
                left -= node.len();
            }
        }
        // No index below the length is beyond all nodes.
        (0, 0)
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&[u8]> {
        if index >= self.len() {
            return None;
        }
        let (number, offset) = self.locate(index);
        self.node(number).get(offset)
    }

    /// Adds an element at one end, if the node there can take it.
    #[inline]
    pub(super) fn push(&mut self, end: Direction, element: &[u8]) -> bool {
        let pushed = self.end_mut(end).push(end, element);
        self.elements += u16::from(pushed);
        pushed
    }

    /// Adds elements at one end until the node there can take no more: the first that it did not take.
    #[inline]
    pub(super) fn fill<'e>(
        &mut self,
        end: Direction,
        elements: &mut impl Iterator<Item = Element<'e>>,
    ) -> Option<Element<'e>> {
        let node = self.end_mut(end);
        let before = node.len();
        let refused = elements.find(|element| {
            let bytes = element.as_bytes();
            bytes.len() > packed::MAX_LEN || !node.push(end, bytes)
        });
        let added = node.len() - before;
        self.elements += few(added);
        refused
    }

    /// Puts an element into a new node at one end of a chunk that is not [full](Self::is_full).
    pub(super) fn extend(&mut self, end: Direction, element: Element<'_>) {
        let fresh = if element.as_bytes().len() > packed::MAX_LEN {
            Node::whole(element)
        } else {
            self.fresh(end, element.as_bytes())
        };
        self.extend_by(end, fresh);
    }

    /// The same with a node that is made.
    #[expect(clippy::inline_always, reason = "each long element comes through here")]
    #[inline(always)]
    pub(super) fn extend_by(&mut self, end: Direction, fresh: Node) {
        self.add_node(end, fresh);
        // What was the end lies between others now, where nothing is pushed.
        if self.node_count() > 2 {
            let number = match end {
                Direction::Left => 1,
                Direction::Right => self.node_count() - 2,
            };
            let len = few(self.node(number).len());
            if self.node_count() == 3 {
                self.each = len;
            } else if self.each != len {
                self.each = 0;
            }
            self.tidy(number);
        }
    }

    /// Whether these few nodes pass elements on that take `size` bytes each: one of them has become empty.
    pub(super) fn passes_on(&self, size: usize) -> bool {
        self.node_count() < self.slots.len()
            && self.len() * size <= ring::MADE_UP_TO
            && self.node(self.node_count()).capacity() > 0
            && self.nodes().all(|node| node.stride() == size)
    }

    /// A node of one short element, to be put at one end: with room if it continues others, or if its buffer is there
    /// anyway.
    #[inline(never)]
    fn fresh(&mut self, end: Direction, element: &[u8]) -> Node {
        let spare = self.take_spare();
        let previous = self.end(end);
        if !previous.is_packed() && spare.capacity() == 0 {
            return Node::new(end, element.into());
        }
        let is_long = previous.capacity() > SMALL_CAPACITY || self.node_count() >= LARGE_FROM;
        // What comes after elements that differ is likely to differ, too.
        let is_large = is_long && previous.stride() == packed::size_of(element);
        let capacity = if is_large { MAX_CAPACITY } else { SMALL_CAPACITY };
        Node::continuing(end, element, capacity, spare)
    }

    /// A chunk of one element, to be put beside this one, which is full.
    pub(super) fn continued(&mut self, end: Direction, element: Element<'_>) -> Self {
        Self::of(if element.as_bytes().len() > packed::MAX_LEN {
            Node::whole(element)
        } else {
            self.fresh(end, element.as_bytes())
        })
    }

    /// Tidies the node at one end, where nothing will be pushed.
    pub(super) fn tidy_end(&mut self, end: Direction) {
        self.tidy(self.end_number(end));
    }

    /// Puts a node at one end, and counts its elements.
    #[expect(clippy::inline_always, reason = "each long element comes through here, by `extend`")]
    #[inline(always)]
    fn add_node(&mut self, end: Direction, node: Node) {
        if self.node_count() == self.slots.len() {
            self.resize(self.slots.len() * 2);
        }
        let shift = usize::from(end == Direction::Left);
        self.place(self.head().wrapping_sub(shift), self.node_count() + 1);
        self.elements += few(node.len());
        *self.end_mut(end) = node;
    }

    /// Moves the nodes to a ring of this many slots.
    #[inline(never)]
    fn resize(&mut self, slots: usize) {
        let mut resized = empty_slots(slots);
        for (number, slot) in resized.items().iter_mut().enumerate().take(self.node_count()) {
            std::mem::swap(slot, self.node_mut(number));
        }
        self.slots = resized;
        self.place(0, self.node_count());
    }

    /// The empty node behind the last one, with its buffer if there is one.
    fn take_spare(&mut self) -> Node {
        if self.node_count() == self.slots.len() {
            return Node::empty();
        }
        let behind = self.node_count();
        std::mem::replace(self.node_mut(behind), Node::empty())
    }

    /// Puts an empty node behind the last one, if its buffer is one to use again.
    fn keep_spare(&mut self, emptied: Node) {
        if let Some(spare) = emptied.into_spare() {
            let behind = self.node_count();
            *self.node_mut(behind) = spare;
        }
    }

    /// The node at one end, from which one element is now taken, as is counted here, and when
    /// [`thin_out`](Self::thin_out) must follow: one of many nodes is of interest only when it is empty.
    #[inline]
    pub(super) fn node_to_pop(&mut self, end: Direction) -> (&mut Node, Thin) {
        self.elements -= 1;
        let thin = if self.nodes <= 2 { Thin::SPARSE } else { Thin::EMPTY };
        (self.end_mut(end), thin)
    }

    /// Drops the node at one end if it is empty, but keeps a large buffer.
    #[expect(clippy::inline_always, reason = "its one caller is a call by itself")]
    #[inline(always)]
    pub(super) fn thin_out(&mut self, end: Direction) {
        if self.nodes == 0 || !self.end(end).is_empty() {
            return;
        }
        match end {
            Direction::Left => {
                let emptied = self.head();
                self.place(emptied + 1, self.node_count() - 1);
                if self.slots[emptied].capacity() > 0 {
                    let emptied =
                        std::mem::replace(&mut self.slots.items()[emptied], Node::empty());
                    self.keep_spare(emptied);
                }
            }
            Direction::Right => {
                self.take_spare();
                self.place(self.head(), self.node_count() - 1);
                let emptied = self.take_spare();
                self.keep_spare(emptied);
            }
        }
        if self.slots.len() > MIN_SLOTS && self.node_count() <= self.slots.len() / 4 {
            self.resize(self.slots.len() / 2);
        }
    }

    /// Removes this many elements at one end.
    pub(super) fn cut(&mut self, end: Direction, mut count: usize) {
        while count > 0 && self.nodes > 0 {
            let node = self.end_mut(end);
            let len = node.len();
            let removed = count.min(len);
            node.keep(match end {
                Direction::Left => removed..len,
                Direction::Right => 0..len - removed,
            });
            count -= removed;
            self.elements -= few(removed);
            self.thin_out(end);
        }
    }

    /// Whether there is so little that it is better one node.
    #[inline]
    pub(super) fn is_small(&self) -> bool {
        self.nodes <= 2 && self.holds_little()
    }

    /// The same of one or two nodes.
    #[inline(never)]
    fn holds_little(&self) -> bool {
        self.nodes().all(Node::is_sparse)
            && (self.nodes < 2 || self.node(0).should_merge(self.node(1)))
    }

    /// One node of all that [is small](Self::is_small), or that is one node already.
    pub(super) fn into_single(mut self) -> Node {
        let mut single = std::mem::replace(self.node_mut(0), Node::empty());
        for next in self.nodes_from(1) {
            single.append(next);
        }
        single
    }

    /// Puts an element before the one at `index`, which is below the length, in a chunk that is not
    /// [crowded](Self::is_crowded).
    pub(super) fn insert(&mut self, index: usize, element: Element<'_>) {
        self.each = 0;
        let (number, offset) = self.locate(index);
        if self.node_mut(number).insert(offset, element.as_bytes()) {
            self.elements += 1;
            return;
        }
        if offset == 0 && number > 0 {
            let previous = self.node_mut(number - 1);
            if previous.insert(previous.len(), element.as_bytes()) {
                self.elements += 1;
                return;
            }
        }
        if self.node(number).has_room_in_half(element.as_bytes()) {
            self.split_around(number, offset, element.as_bytes());
            return;
        }
        let mut number = number;
        if offset > 0 {
            let rest = self.split_off(number, offset);
            self.insert_node(number + 1, rest);
            number += 1;
        }
        self.insert_node(number, Node::new(Direction::Right, element));
        self.merge_around(number);
    }

    /// Splits a full node in halves, one of which takes the element.
    fn split_around(&mut self, number: usize, offset: usize, element: &[u8]) {
        let half = self.node(number).half();
        let mut rest = self.split_off(number, half);
        let inserted = if offset <= half {
            self.elements += 1;
            self.node_mut(number).insert(offset, element)
        } else {
            rest.insert(offset - half, element)
        };
        debug_assert!(inserted, "half a node has room");
        self.insert_node(number + 1, rest);
        self.node_mut(number).fit();
        self.merge_around(number);
    }

    /// Makes one of each two small neighbours among the node of this number, those beside it and the one behind those.
    fn merge_around(&mut self, number: usize) {
        for first in [number + 1, number, number.wrapping_sub(1), number.wrapping_sub(2)] {
            self.merge(first);
        }
    }

    /// Takes the elements of a node from `offset` on out of it.
    fn split_off(&mut self, number: usize, offset: usize) -> Node {
        let node = self.node_mut(number);
        let rest = node.split_off(offset);
        node.fit();
        self.elements -= few(rest.len());
        rest
    }

    /// Puts a node before that of this number, and counts its elements.
    fn insert_node(&mut self, number: usize, node: Node) {
        self.add_node(Direction::Right, node);
        for number in (number..self.node_count() - 1).rev() {
            let (slot, next) = (self.slot(number), self.slot(number + 1));
            self.slots.items().swap(slot, next);
        }
    }

    /// Takes a node out; its elements stay counted.
    fn remove_node(&mut self, number: usize) -> Node {
        self.each = 0;
        self.take_spare();
        for number in number..self.node_count() - 1 {
            let (slot, next) = (self.slot(number), self.slot(number + 1));
            self.slots.items().swap(slot, next);
        }
        self.place(self.head(), self.node_count() - 1);
        self.take_spare()
    }

    /// Replaces the element at `index`, which is below the length, if its node can hold the other one.
    pub(super) fn set<'e>(
        &mut self,
        index: usize,
        element: Element<'e>,
    ) -> Result<(), Element<'e>> {
        let (number, offset) = self.locate(index);
        self.node_mut(number).set(offset, element)?;
        self.tidy(number);
        Ok(())
    }

    /// Removes the element at `index`, which is below the length.
    pub(super) fn remove(&mut self, index: usize) {
        let (number, offset) = self.locate(index);
        self.elements -= 1;
        self.node_mut(number).remove(offset);
        self.tidy_or_drop(number);
    }

    /// After elements were taken out of a node.
    fn tidy_or_drop(&mut self, number: usize) {
        self.each = 0;
        if self.node(number).is_empty() {
            self.remove_node(number);
            self.merge(number.wrapping_sub(1));
        } else {
            self.tidy(number);
        }
    }

    /// Removes up to `limit` elements equal to the wanted one, counted from that end, and returns how many.
    pub(super) fn remove_equal(
        &mut self,
        wanted: &Wanted<'_>,
        limit: usize,
        from: Direction,
    ) -> usize {
        let mut removed = 0;
        let mut changed = 0;
        let mut last_changed = 0;
        for step in 0..self.node_count() {
            let number = match from {
                Direction::Left => step,
                Direction::Right => self.node_count() - 1 - step,
            };
            let here = self.node_mut(number).remove_equal(wanted, limit - removed, from);
            if here > 0 {
                removed += here;
                changed += 1;
                last_changed = number;
            }
            if removed == limit {
                break;
            }
        }
        self.elements -= few(removed);
        match changed {
            0 => {}
            1 => self.tidy_or_drop(last_changed),
            _ => self.compact(),
        }
        removed
    }

    /// Drops empty nodes and makes one of those that became small.
    fn compact(&mut self) {
        let mut old = std::mem::replace(self, Self::new());
        for number in 0..old.node_count() {
            let mut node = std::mem::replace(old.node_mut(number), Node::empty());
            if node.is_empty() {
                continue;
            }
            let last = self.end_number(Direction::Right);
            if self.nodes > 0 && self.node(last).should_merge(&node) {
                self.node_mut(last).append(&node);
                self.elements += few(node.len());
            } else {
                node.fit();
                self.add_node(Direction::Right, node);
            }
        }
    }

    /// After a node shrank: gives back what it does not use, and makes it one with a small neighbour.
    #[inline]
    fn tidy(&mut self, number: usize) {
        if !self.node(number).is_well_filled() {
            self.node_mut(number).fit();
            self.merge(number);
            self.merge(number.wrapping_sub(1));
        }
    }

    /// Makes one of the node of this number and the next, if there are two and both are small.
    #[inline(never)]
    fn merge(&mut self, number: usize) {
        let next = number.wrapping_add(1);
        if number < self.node_count()
            && next < self.node_count()
            && self.node(number).should_merge(self.node(next))
        {
            let after = self.remove_node(next);
            self.node_mut(number).append(&after);
        }
    }

    /// Whether this chunk and the next are so short that they are better one.
    pub(super) fn should_merge(&self, next: &Self) -> bool {
        self.nodes == 0 || next.nodes == 0 || self.node_count() + next.node_count() <= MAX_NODES / 2
    }

    pub(super) fn append(&mut self, mut next: Self) {
        for number in 0..next.node_count() {
            let node = std::mem::replace(next.node_mut(number), Node::empty());
            self.add_node(Direction::Right, node);
        }
        self.compact();
    }

    /// Takes the second half into a chunk of its own.
    pub(super) fn split_off_half(&mut self) -> Self {
        self.take_spare();
        let mut rest = Self::new();
        let half = self.node_count() / 2;
        for number in half..self.node_count() {
            let node = std::mem::replace(self.node_mut(number), Node::empty());
            self.elements -= few(node.len());
            rest.add_node(Direction::Right, node);
        }
        self.place(self.head(), half);
        rest
    }

    /// What the chunk takes besides itself and the buffers in use.
    #[cfg(any(test, fuzzing))]
    pub(super) fn allocated(&self) -> usize {
        let in_use: usize = self.nodes().map(Node::capacity).sum();
        let all: usize = self.slots.iter().map(Node::capacity).sum();
        super::check::rounded(size_of_val(&**self.slots)) + super::check::rounded(all - in_use)
    }

    /// How many elements the chunk takes each node between its ends to have, if it takes them to have equally many.
    #[cfg(any(test, fuzzing))]
    pub(super) fn each(&self) -> Option<usize> {
        (self.each > 0).then_some(self.each.into())
    }
}
