//! Many elements in one buffer.

use std::fmt;
use std::ops::Index;

use crate::literal::Bytes;

/// Elements that were read or popped, side by side in one buffer, which is there to be used again.
///
/// The methods that end in `_into` replace what is in it: they ask for memory only where more bytes or more elements come
/// out than ever before, instead of once for each element.
///
/// ```
/// use redeque::{ElementBuf, Store};
///
/// let store = Store::new();
/// store.rpush_all("k", ["a", "b", "c"])?;
/// let mut page = ElementBuf::new();
/// store.lrange_into("k", 0, 1, &mut page);
/// assert_eq!(page.len(), 2);
/// assert_eq!(&page[1], b"b");
/// for element in &page {
///     println!("{}", String::from_utf8_lossy(element));
/// }
/// # Ok::<(), redeque::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ElementBuf {
    bytes: Vec<u8>,
    /// Where each element ends.
    ends: Vec<usize>,
}

/// The elements of an [`ElementBuf`], in order, from either end.
#[derive(Debug, Clone)]
pub struct ElementBufIter<'b> {
    buffer: &'b ElementBuf,
    places: std::ops::Range<usize>,
}

impl ElementBuf {
    /// Without elements and without memory.
    ///
    /// ```
    /// assert!(redeque::ElementBuf::new().is_empty());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), ends: Vec::new() }
    }

    /// Without elements, with room for `elements` of them that have `bytes` together.
    ///
    /// ```
    /// assert!(redeque::ElementBuf::with_capacity(100, 1600).is_empty());
    /// ```
    #[must_use]
    pub fn with_capacity(elements: usize, bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ends: Vec::with_capacity(elements) }
    }

    /// How many elements there are.
    ///
    /// ```
    /// assert_eq!(redeque::ElementBuf::new().len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no elements.
    ///
    /// ```
    /// assert!(redeque::ElementBuf::default().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The element at an index; none if there are not as many.
    ///
    /// ```
    /// # let (store, mut buffer) = (redeque::Store::new(), redeque::ElementBuf::new());
    /// store.rpush("k", "a")?;
    /// store.lrange_into("k", 0, -1, &mut buffer);
    /// assert_eq!(buffer.get(0), Some(&b"a"[..]));
    /// assert_eq!(buffer.get(1), None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.bytes[start..end])
    }

    /// The elements, in order.
    ///
    /// ```
    /// # let (store, mut buffer) = (redeque::Store::new(), redeque::ElementBuf::new());
    /// store.rpush_all("k", ["a", "b"])?;
    /// store.lrange_into("k", 0, -1, &mut buffer);
    /// assert!(buffer.iter().rev().eq([b"b", b"a"]));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn iter(&self) -> ElementBufIter<'_> {
        ElementBufIter { buffer: self, places: 0..self.len() }
    }

    /// Removes the elements, and keeps the memory.
    ///
    /// ```
    /// # let (store, mut buffer) = (redeque::Store::new(), redeque::ElementBuf::new());
    /// store.rpush("k", "a")?;
    /// store.lrange_into("k", 0, -1, &mut buffer);
    /// buffer.clear();
    /// assert!(buffer.is_empty());
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    #[inline]
    pub(crate) fn push(&mut self, element: &[u8]) {
        self.bytes.extend_from_slice(element);
        self.ends.push(self.bytes.len());
    }
}

/// Panics if there are not as many.
impl Index<usize> for ElementBuf {
    type Output = [u8];

    fn index(&self, index: usize) -> &[u8] {
        let len = self.len();
        self.get(index).unwrap_or_else(|| panic!("index {index} of {len} elements"))
    }
}

impl fmt::Debug for ElementBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(Bytes)).finish()
    }
}

impl<'b> IntoIterator for &'b ElementBuf {
    type Item = &'b [u8];
    type IntoIter = ElementBufIter<'b>;

    fn into_iter(self) -> ElementBufIter<'b> {
        self.iter()
    }
}

impl<'b> Iterator for ElementBufIter<'b> {
    type Item = &'b [u8];

    #[inline]
    fn next(&mut self) -> Option<&'b [u8]> {
        self.buffer.get(self.places.next()?)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.places.size_hint()
    }
}

impl DoubleEndedIterator for ElementBufIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.buffer.get(self.places.next_back()?)
    }
}

impl ExactSizeIterator for ElementBufIter<'_> {}
impl std::iter::FusedIterator for ElementBufIter<'_> {}
