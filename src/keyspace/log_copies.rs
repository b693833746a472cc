//! Copies for the log of long elements that a command is about to store, made before the lock under which it does.
//!
//! The log keeps its copy until that is written, and a list hands out its element as it is, so there have to be two. A journal
//! finds a copy by where the element is in memory. The command owns both: elements that it does not store, and their
//! copies, are gone when it is done, so no other element can be at such a place before.

#[cfg(feature = "durable")]
use std::{cell::RefCell, marker::PhantomData};

#[cfg(feature = "durable")]
use crate::{Element, log::LONG, sync::per_thread};

/// While this is there, the journals of this thread find the copies.
#[must_use]
pub(crate) struct LogCopies {
    #[cfg(feature = "durable")]
    is_any: bool,
    /// It stays in its thread.
    #[cfg(feature = "durable")]
    of_thread: PhantomData<*const ()>,
}

#[cfg(not(feature = "durable"))]
impl LogCopies {
    pub(super) const NONE: Self = Self {};
}

#[cfg(feature = "durable")]
per_thread! {
    /// Where the elements are, and their copies, the one that is stored first at the end.
    static COPIES: RefCell<Vec<(usize, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
}

#[cfg(feature = "durable")]
impl LogCopies {
    pub(super) const NONE: Self = Self { is_any: false, of_thread: PhantomData };

    /// Whether an element is so long that a log keeps a copy of it as it is.
    #[inline]
    pub(super) fn is_for(element: &Element<'_>) -> bool {
        element.as_bytes().len() >= LONG
    }

    /// Copies those that are long.
    #[cold]
    pub(super) fn of(elements: &[Element<'_>]) -> Self {
        let long = elements.iter().rev().filter(|element| Self::is_for(element));
        let long = long.map(Element::as_bytes);
        let copies = long.map(|bytes| (bytes.as_ptr().addr(), bytes.to_vec())).collect();
        // A thread that is ending has no place for them.
        let is_any = COPIES.try_with(|all| all.replace(copies)).is_ok();
        Self { is_any, of_thread: PhantomData }
    }

    /// How many are found in this thread.
    #[cfg(test)]
    pub(super) fn count() -> usize {
        COPIES.with(|all| all.borrow().len())
    }

    /// The copy of a word, if it is an element that is stored next.
    pub(super) fn take(word: &[u8]) -> Option<Vec<u8>> {
        let is_it = |(of, copy): &mut (usize, Vec<u8>)| {
            *of == word.as_ptr().addr() && copy.len() == word.len()
        };
        let (_, copy) = COPIES.try_with(|all| all.borrow_mut().pop_if(is_it)).ok().flatten()?;
        debug_assert!(copy == word, "an element is not changed before it is stored");
        Some(copy)
    }
}

impl Drop for LogCopies {
    #[inline]
    fn drop(&mut self) {
        #[cfg(feature = "durable")]
        if self.is_any {
            // If they cannot be reached, they are gone.
            let _ = COPIES.try_with(|all| all.take());
        }
    }
}
