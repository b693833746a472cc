//! A byte string that a failed test can print.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

/// A run of one byte at least this long prints as `[b'x'; 128]`.
const SHORTENED_FROM: usize = 24;

/// A key or an element: a `Vec<u8>` whose `Debug` is a byte string literal, not a list of numbers.
///
/// ```
/// use redeque::model::ByteString;
///
/// assert_eq!(format!("{:?}", ByteString::from("caf\u{e9}")), r#"b"caf\xc3\xa9""#);
/// assert_eq!(format!("{:?}", ByteString::from(vec![b'x'; 128])), "[b'x'; 128]");
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteString(Vec<u8>);

impl ByteString {
    /// Returns the bytes as a vector, without a copy.
    ///
    /// ```
    /// assert_eq!(redeque::model::ByteString::from("ab").into_vec(), vec![b'a', b'b']);
    /// ```
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Debug for ByteString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.len();
        match self.first() {
            Some(first) if length >= SHORTENED_FROM && self.iter().all(|byte| byte == first) => {
                write!(f, "[b'{}'; {length}]", first.escape_ascii())
            }
            _ => write!(f, "b\"{}\"", self.escape_ascii()),
        }
    }
}

impl Deref for ByteString {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for ByteString {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Borrow<[u8]> for ByteString {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for ByteString {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for ByteString {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for ByteString {
    fn from(bytes: &[u8; N]) -> Self {
        Self(bytes.to_vec())
    }
}

impl From<&str> for ByteString {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}
