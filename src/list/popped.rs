//! An element on its way out of a list.

use crate::Element;

/// An element that was popped: the buffer of a long one, or a copy of one that was packed.
///
/// It is two words, so that it is handed on in registers. A copy on the stack, with memory allocated for it only after
/// unlocking, is slower: it is moved several times, each time right after it was written.
#[derive(Debug)]
pub(crate) struct Popped(Box<[u8]>);

/// An element as it leaves: who gets it decides what becomes of it.
pub(crate) enum Leaving<'l> {
    /// Packed among others, whose bytes are overwritten later.
    Packed(&'l [u8]),
    /// In a buffer of its own, which is handed over.
    Whole(Box<[u8]>),
}

impl Popped {
    #[inline]
    pub(super) fn copied(element: &[u8]) -> Self {
        Self(element.into())
    }

    #[inline]
    pub(super) fn moved(buffer: Box<[u8]>) -> Self {
        Self(buffer)
    }

    #[inline]
    pub(crate) fn into_vec(self) -> Vec<u8> {
        self.0.into_vec()
    }

    pub(crate) fn as_element(&self) -> Element<'_> {
        Element::from(&self.0)
    }
}
