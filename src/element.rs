//! An element on its way into a list.

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use crate::literal::Bytes;

/// An element to store: bytes that are borrowed, or a buffer that is handed over.
///
/// Methods that store an element take `impl Into<Element>`, which these are:
///
/// | what is given | what becomes of it |
/// | --- | --- |
/// | a reference to anything that is `AsRef<[u8]>`: `&str`, `&[u8]`, `&[u8; N]`, `&String`, `&Vec<u8>`, … | the bytes are copied |
/// | `Vec<u8>`, `String`, `Box<[u8]>`, `Box<str>` | the buffer is moved |
/// | `Cow<[u8]>`, `Cow<str>` | copied if borrowed, moved if owned |
/// | `Arc<T>`, `Rc<T>` of a `T` that is `AsRef<[u8]>`: `Arc<[u8]>`, `Rc<str>`, … | the bytes are copied, for others may share them |
/// | `[u8; N]` | the bytes are copied, into a new allocation, which a reference avoids |
/// | an integer by value, except `u8` and `i8` | its decimal text is made, as Redis's clients send it |
///
/// Short elements are packed side by side in the list, and so are copied in any case. A longer one that is moved in
/// keeps its buffer, which gives back only its spare capacity, and a pop moves the buffer out again.
///
/// ```
/// use std::borrow::Cow;
/// use redeque::{Element, Store};
///
/// let store = Store::new();
/// store.rpush("k", "text")?;
/// store.rpush("k", b"bytes")?;
/// store.rpush("k", [0, 255])?;
/// store.rpush("k", Cow::Borrowed("either"))?;
/// store.rpush("k", -7)?;
/// assert_eq!(store.lrange("k", 0, -1), [&b"text"[..], b"bytes", &[0, 255], b"either", b"-7"]);
/// store.rpush("k", vec![0_u8; 100_000])?; // moved in, and moved out again by a pop
///
/// assert_eq!(Element::from("text").as_bytes(), b"text");
/// # Ok::<(), redeque::Error>(())
/// ```
///
/// # `u8` and `i8`
///
/// One of them could be a byte as well as a number, and many of them are bytes. So neither is an element: a byte
/// string given in place of several elements does not compile, instead of pushing `97`, `98` and `99`.
///
/// ```compile_fail,E0277
/// # let store = redeque::Store::new();
/// store.rpush_all("k", b"abc".to_vec());
/// ```
///
/// Write `[byte]` for the byte, and `u32::from(byte)` for the number.
///
/// ```
/// # let store = redeque::Store::new();
/// let byte = b'a';
/// store.rpush_all("k", [b"abc".to_vec()])?;
/// store.rpush("k", [byte])?;
/// store.rpush("k", u32::from(byte))?;
/// assert_eq!(store.lrange("k", 0, -1), [&b"abc"[..], b"a", b"97"]);
/// # Ok::<(), redeque::Error>(())
/// ```
///
/// ```compile_fail,E0277
/// redeque::Element::from(b'a');
/// ```
///
/// ```compile_fail,E0277
/// redeque::Element::from(-1_i8);
/// ```
#[derive(Clone)]
pub struct Element<'a>(Content<'a>);

/// Not public, so that the representation can change.
#[derive(Clone)]
enum Content<'a> {
    Borrowed(&'a [u8]),
    Owned(Vec<u8>),
}

impl Element<'_> {
    /// The bytes of the element.
    ///
    /// ```
    /// assert_eq!(redeque::Element::from(vec![1, 2]).as_bytes(), [1, 2]);
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Content::Borrowed(bytes) => bytes,
            Content::Owned(buffer) => buffer,
        }
    }

    /// The bytes as a buffer, copied only if they were borrowed.
    ///
    /// ```
    /// assert_eq!(redeque::Element::from("ab").into_vec(), vec![b'a', b'b']);
    /// ```
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        match self.0 {
            Content::Borrowed(bytes) => bytes.to_vec(),
            Content::Owned(buffer) => buffer,
        }
    }

    /// The same with a buffer of its own.
    pub(crate) fn into_static(self) -> Element<'static> {
        Element::from(self.into_vec())
    }

    /// The bytes as a buffer without room for more, copied only if they were borrowed or there was some.
    #[inline]
    pub(crate) fn into_boxed_slice(self) -> Box<[u8]> {
        match self.0 {
            Content::Borrowed(bytes) => bytes.into(),
            Content::Owned(buffer) => buffer.into_boxed_slice(),
        }
    }

    /// The same with a buffer of its own, if it has none and more than `longest` bytes.
    #[inline]
    pub(crate) fn owned_above(self, longest: usize) -> Self {
        match self.0 {
            Content::Borrowed(bytes) if bytes.len() > longest => Self::from(bytes.to_vec()),
            _ => self,
        }
    }
}

/// So that a reference to an element is one, too.
impl AsRef<[u8]> for Element<'_> {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Element<'_> {}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Element").field(&Bytes(self.as_bytes())).finish()
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> From<&'a T> for Element<'a> {
    #[inline]
    fn from(bytes: &'a T) -> Self {
        Self(Content::Borrowed(bytes.as_ref()))
    }
}

impl From<Vec<u8>> for Element<'_> {
    #[inline]
    fn from(buffer: Vec<u8>) -> Self {
        Self(Content::Owned(buffer))
    }
}

impl From<String> for Element<'_> {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

impl From<Box<[u8]>> for Element<'_> {
    fn from(buffer: Box<[u8]>) -> Self {
        Self::from(buffer.into_vec())
    }
}

impl From<Box<str>> for Element<'_> {
    fn from(text: Box<str>) -> Self {
        Self::from(text.into_string())
    }
}

impl<'a> From<Cow<'a, [u8]>> for Element<'a> {
    fn from(bytes: Cow<'a, [u8]>) -> Self {
        match bytes {
            Cow::Borrowed(bytes) => Self::from(bytes),
            Cow::Owned(buffer) => Self::from(buffer),
        }
    }
}

impl<'a> From<Cow<'a, str>> for Element<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        match text {
            Cow::Borrowed(text) => Self::from(text),
            Cow::Owned(text) => Self::from(text),
        }
    }
}

impl<const N: usize> From<[u8; N]> for Element<'_> {
    fn from(bytes: [u8; N]) -> Self {
        Self::from(bytes.to_vec())
    }
}

impl<T: AsRef<[u8]> + ?Sized> From<Arc<T>> for Element<'_> {
    fn from(shared: Arc<T>) -> Self {
        Self::from(T::as_ref(&shared).to_vec())
    }
}

impl<T: AsRef<[u8]> + ?Sized> From<Rc<T>> for Element<'_> {
    fn from(shared: Rc<T>) -> Self {
        Self::from(T::as_ref(&shared).to_vec())
    }
}

/// The decimal text.
macro_rules! from_integers {
    ($($integer:ty)*) => {
        $(
            impl From<$integer> for Element<'_> {
                fn from(number: $integer) -> Self {
                    Self::from(number.to_string())
                }
            }
        )*
    };
}

// With `u8` or `i8` among them, the elements of a `Vec<u8>` would be numbers.
from_integers!(i16 i32 i64 i128 isize u16 u32 u64 u128 usize);
