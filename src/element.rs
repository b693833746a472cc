//! An element on its way into a list.

use crate::list::MAX_PACKED;

/// An element to store: bytes that are borrowed, or a buffer that is handed over.
///
/// Methods that store an element take `impl Into<Element>`. A reference to anything that is
/// `AsRef<[u8]>` (`&str`, `&[u8]`, `&[u8; N]`, `&String`, `&Vec<u8>`, `&Arc<[u8]>`, …) is copied into the list. An
/// owned `Vec<u8>`, `String` or `Box<[u8]>` is given away, so that a large one need not be copied.
///
/// ```
/// use redeque::{Element, Store};
///
/// let store = Store::new();
/// store.rpush("k", "text")?;
/// store.rpush("k", b"bytes")?;
/// store.rpush("k", vec![0_u8; 100_000])?; // moved in, and moved out again by a pop
/// assert_eq!(store.llen("k"), 3);
///
/// assert_eq!(Element::from("text").as_bytes(), b"text");
/// # Ok::<(), redeque::Error>(())
/// ```
#[derive(Debug, Clone)]
pub enum Element<'a> {
    /// Bytes that stay with the caller.
    Borrowed(&'a [u8]),
    /// A buffer that the list may keep.
    Owned(Vec<u8>),
}

impl Element<'_> {
    /// The bytes of the element.
    ///
    /// ```
    /// assert_eq!(redeque::Element::from(vec![1, 2]).as_bytes(), [1, 2]);
    /// ```
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Owned(buffer) => buffer,
        }
    }

    /// The bytes as a buffer, copied only if they were borrowed.
    ///
    /// ```
    /// assert_eq!(redeque::Element::from("ab").into_vec(), vec![b'a', b'b']);
    /// ```
    pub fn into_vec(self) -> Vec<u8> {
        match self {
            Self::Borrowed(bytes) => bytes.to_vec(),
            Self::Owned(buffer) => buffer,
        }
    }
}

impl Element<'_> {
    /// The same with a buffer of its own, if a list would make it one: so that no lock is held meanwhile.
    #[inline]
    pub(crate) fn prepared(self) -> Self {
        match self {
            Self::Borrowed(bytes) if bytes.len() > MAX_PACKED => Self::Owned(bytes.to_vec()),
            prepared => prepared,
        }
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> From<&'a T> for Element<'a> {
    fn from(bytes: &'a T) -> Self {
        Self::Borrowed(bytes.as_ref())
    }
}

impl From<Vec<u8>> for Element<'_> {
    fn from(buffer: Vec<u8>) -> Self {
        Self::Owned(buffer)
    }
}

impl From<String> for Element<'_> {
    fn from(text: String) -> Self {
        Self::Owned(text.into_bytes())
    }
}

impl From<Box<[u8]>> for Element<'_> {
    fn from(buffer: Box<[u8]>) -> Self {
        Self::Owned(buffer.into_vec())
    }
}
