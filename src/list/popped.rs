//! An element on its way out of a list.

use super::packed;
use crate::Element;

/// An element that was popped, or the place for it. Whoever pops under a lock makes the place before locking and a `Vec`
/// of it after unlocking: so nothing is allocated under the lock, and the copy is written once.
#[derive(Debug)]
pub(crate) struct Popped {
    /// The buffer itself, of an element that was not packed.
    whole: Option<Box<[u8]>>,
    len: u8,
    /// A copy of one that was packed.
    bytes: [u8; packed::MAX_LEN],
}

impl Default for Popped {
    fn default() -> Self {
        Self { whole: None, len: 0, bytes: [0; packed::MAX_LEN] }
    }
}

impl Popped {
    /// Copies an element that was packed.
    #[inline]
    pub(super) fn set_packed(&mut self, element: &[u8]) {
        self.bytes[..element.len()].copy_from_slice(element);
        #[expect(clippy::cast_possible_truncation, reason = "a packed length is one byte")]
        let len = element.len() as u8;
        self.len = len;
    }

    pub(super) fn set_whole(&mut self, buffer: Box<[u8]>) {
        self.whole = Some(buffer);
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.whole {
            Some(buffer) => buffer,
            None => &self.bytes[..usize::from(self.len)],
        }
    }

    #[inline]
    pub(crate) fn into_vec(self) -> Vec<u8> {
        match self.whole {
            Some(buffer) => buffer.into_vec(),
            None => self.bytes[..usize::from(self.len)].to_vec(),
        }
    }

    pub(crate) fn as_element(&self) -> Element<'_> {
        Element::Borrowed(self.as_bytes())
    }
}
