//! An element on its way out of a list.

use super::packed;
use crate::Element;

/// An element that was popped. Whoever pops under a lock makes a `Vec` of it after unlocking.
#[derive(Debug)]
pub(crate) enum Popped {
    /// A copy, so that nothing is allocated under the lock.
    Packed { len: u8, bytes: [u8; packed::MAX_LEN] },
    /// The buffer itself.
    Whole(Box<[u8]>),
}

impl Popped {
    /// Copies an element that was packed.
    pub(super) fn packed(element: &[u8]) -> Self {
        let mut bytes = [0; packed::MAX_LEN];
        bytes[..element.len()].copy_from_slice(element);
        #[expect(clippy::cast_possible_truncation, reason = "a packed length is one byte")]
        let len = element.len() as u8;
        Self::Packed { len, bytes }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Packed { len, bytes } => &bytes[..usize::from(*len)],
            Self::Whole(bytes) => bytes,
        }
    }

    pub(crate) fn into_vec(self) -> Vec<u8> {
        match self {
            Self::Packed { .. } => self.as_bytes().to_vec(),
            Self::Whole(bytes) => bytes.into_vec(),
        }
    }

    pub(crate) fn as_element(&self) -> Element<'_> {
        Element::Borrowed(self.as_bytes())
    }
}
