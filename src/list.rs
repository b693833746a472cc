//! One list: a deque of byte strings, and everything that can be done to one list by itself.
//!
//! It knows nothing of keys, locks or Redis's words: positions are resolved `usize`s, and a count is a limit. What it
//! offers is kept narrow, so that the layout in memory can change without a word above it changing.
//!
//! The layout, from the bottom up: elements are *packed* into bytes; a *node* owns one buffer of them, or one long
//! element in the buffer that it came in; a *chunk* is a run of nodes, a *directory* all chunks, and a *chain* a
//! directory with the nodes of both ends taken out. A list is the smallest of these that will do.

mod chain;
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
#[cfg(test)]
mod tests;

use std::ops::Range;

use self::chain::{Chain, Remnant};
use self::directory::Directory;
use self::inline::Inline;
use self::node::Node;
use self::packed::Elements;
pub(crate) use self::popped::Popped;
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
    /// Two nodes or more, or what is left of them.
    Chain(Box<Chain>),
}

// An entry of the keyspace is a list and a key of three words.
const _: () = assert!(size_of::<List>() == 32);

impl Default for List {
    fn default() -> Self {
        Self(Layout::Inline(Inline::default()))
    }
}

impl List {
    pub(crate) fn len(&self) -> usize {
        match &self.0 {
            Layout::Inline(inline) => inline.len(),
            Layout::Single(node) => node.len(),
            Layout::Chain(chain) => chain.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn push(&mut self, end: Direction, element: Element<'_>) {
        match &mut self.0 {
            Layout::Inline(inline) => {
                if !inline.push(end, element.as_bytes()) {
                    self.push_beyond_inline(end, element);
                }
            }
            Layout::Single(node) => {
                if !node.push(end, element.as_bytes()) {
                    self.push_beyond_single(end, element);
                }
            }
            Layout::Chain(chain) => chain.push(end, element),
        }
    }

    #[cold]
    fn push_beyond_inline(&mut self, end: Direction, element: Element<'_>) {
        if self.is_empty() {
            self.0 = Layout::Single(Node::whole(element));
        } else {
            self.spill(element.as_bytes(), end);
            self.push(end, element);
        }
    }

    #[cold]
    fn push_beyond_single(&mut self, end: Direction, element: Element<'_>) {
        let Layout::Single(node) = &mut self.0 else { return self.push(end, element) };
        if node.is_short_whole() {
            self.spill(element.as_bytes(), end);
            return self.push(end, element);
        }
        let node = std::mem::replace(node, Node::empty());
        self.0 = Layout::Chain(Box::new(Chain::extended(node, end, element)));
    }

    pub(crate) fn pop(&mut self, end: Direction) -> Option<Popped> {
        match &mut self.0 {
            Layout::Inline(inline) => inline.pop(end),
            Layout::Single(node) => {
                let popped = node.pop(end);
                if node.is_sparse() {
                    self.settle();
                }
                popped
            }
            Layout::Chain(chain) => {
                let popped = chain.pop(end);
                if chain.is_small() {
                    self.collapse();
                }
                popped
            }
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<&[u8]> {
        match &self.0 {
            Layout::Inline(inline) => inline.elements().nth(index),
            Layout::Single(node) => node.get(index),
            Layout::Chain(chain) if index < chain.len() => chain.get(index),
            Layout::Chain(_) => None,
        }
    }

    /// Replaces the element at `index`; false if there is none.
    pub(crate) fn set(&mut self, index: usize, element: Element<'_>) -> bool {
        if index >= self.len() {
            return false;
        }
        self.spill(element.as_bytes(), Direction::Right);
        let element = match &mut self.0 {
            Layout::Single(node) => node.set(index, element).err(),
            _ => Some(element),
        };
        if let Some(element) = element {
            self.edit(|nodes| nodes.set(index, element));
        }
        self.settle();
        true
    }

    /// Puts an element before position `index`, which is at most the length.
    pub(crate) fn insert(&mut self, index: usize, element: Element<'_>) {
        if index == 0 {
            return self.push(Direction::Left, element);
        }
        if index == self.len() {
            return self.push(Direction::Right, element);
        }
        self.spill(element.as_bytes(), Direction::Right);
        let inserted = match &mut self.0 {
            Layout::Single(node) => node.insert(index, element.as_bytes()),
            _ => false,
        };
        if !inserted {
            self.edit(|nodes| nodes.insert(index, element));
        }
        self.settle();
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        let (elements, chain) = match &self.0 {
            Layout::Inline(inline) => (inline.elements(), None),
            Layout::Single(node) => (node.elements(), None),
            Layout::Chain(chain) => (Elements::default(), Some(chain)),
        };
        let nodes = chain.into_iter().flat_map(|chain| chain.nodes());
        elements.chain(nodes.flat_map(Node::elements))
    }

    /// The elements at these positions, which are in the list.
    pub(crate) fn range(&self, range: Range<usize>) -> impl Iterator<Item = &[u8]> {
        let (elements, nodes) = match &self.0 {
            Layout::Inline(inline) => {
                let mut elements = inline.elements();
                elements.by_ref().take(range.start).for_each(drop);
                (elements, None)
            }
            Layout::Single(node) => (node.elements_from(range.start.min(node.len())), None),
            Layout::Chain(chain) if range.start < chain.len() => {
                let (mut nodes, offset) = chain.nodes_from(range.start);
                let first = nodes.next().map(|node| node.elements_from(offset));
                (first.unwrap_or_default(), Some(nodes))
            }
            Layout::Chain(_) => (Elements::default(), None),
        };
        elements.chain(nodes.into_iter().flatten().flat_map(Node::elements)).take(range.len())
    }

    /// Removes up to `limit` elements equal to `element`, scanning from that end, and returns how many.
    pub(crate) fn remove_equal(&mut self, element: &[u8], limit: usize, from: Direction) -> usize {
        let removed = match &mut self.0 {
            Layout::Inline(inline) if !inline.elements().any(|other| other == element) => 0,
            Layout::Inline(_) => {
                self.spill(&[], Direction::Right);
                return self.remove_equal(element, limit, from);
            }
            Layout::Single(node) => node.remove_equal(element, limit, from),
            Layout::Chain(_) => self.edit(|nodes| nodes.remove_equal(element, limit, from)),
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
        if range == (0..self.len()) {
            return;
        }
        self.spill(&[], Direction::Right);
        match &mut self.0 {
            Layout::Chain(chain) => {
                chain.cut(Direction::Right, chain.len() - range.end);
                chain.cut(Direction::Left, range.start);
                if chain.is_small() {
                    self.collapse();
                }
            }
            Layout::Single(node) => {
                node.keep(range);
                self.settle();
            }
            Layout::Inline(_) => {}
        }
    }

    /// Makes a packed node of an inline list, or of a short element that was alone, with room for another one.
    fn spill(&mut self, element: &[u8], end: Direction) {
        let size = if element.len() > packed::MAX_LEN { 0 } else { packed::size_of(element) };
        match &mut self.0 {
            Layout::Inline(inline) => self.0 = Layout::Single(inline.to_node(size)),
            Layout::Single(node) => node.pack(size, end),
            Layout::Chain(_) => {}
        }
    }

    /// Makes a single node of a chain that is too small.
    #[cold]
    fn collapse(&mut self) {
        if let Layout::Chain(chain) = std::mem::take(self).0 {
            let node = chain.into_single();
            if !node.is_empty() {
                self.0 = Layout::Single(node);
                self.settle();
            }
        }
    }

    /// Changes the list as a directory of nodes.
    fn edit<R>(&mut self, change: impl FnOnce(&mut Directory) -> R) -> R {
        let mut nodes = match std::mem::take(self).0 {
            Layout::Inline(inline) => Directory::of(inline.to_node(0)),
            Layout::Single(node) => Directory::of(node),
            Layout::Chain(chain) => chain.open(),
        };
        let result = change(&mut nodes);
        match Chain::close(nodes) {
            None => {}
            Some(Remnant::Single(node)) => self.0 = Layout::Single(node),
            Some(Remnant::Chain(chain)) => self.0 = Layout::Chain(chain),
        }
        result
    }

    /// After elements went: gives back what is not needed for the others.
    fn settle(&mut self) {
        if let Layout::Single(node) = &mut self.0 {
            if let Some(inline) = Inline::from_node(node) {
                self.0 = Layout::Inline(inline);
            } else {
                node.shrink();
            }
        }
    }
}
