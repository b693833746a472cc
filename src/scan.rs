//! What [`SCAN`](https://redis.io/commands/scan/) asks for, and which names of a page that is. The walk itself is the
//! keyspace's.

use crate::Error;
use crate::glob::Pattern;
use crate::names::Names;

/// What [`Store::scan`](crate::Store::scan) returns a page of: by default all keys, ten at a time.
///
/// ```
/// use redeque::{ScanOptions, Store};
///
/// let store = Store::new();
/// store.rpush("user:1", "x")?;
/// store.rpush("job:1", "x")?;
/// let (cursor, keys) = store.scan(0, &ScanOptions::new().pattern("user:*").count(100)?);
/// assert_eq!((cursor, keys), (0, vec![b"user:1".to_vec()]));
/// # Ok::<(), redeque::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanOptions {
    pattern: Option<Vec<u8>>,
    count: usize,
    lists: bool,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self { pattern: None, count: 10, lists: true }
    }
}

impl ScanOptions {
    /// All keys, about ten a page.
    ///
    /// ```
    /// assert_eq!(redeque::ScanOptions::new(), redeque::ScanOptions::default());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Only keys that match a pattern, as [`Store::keys`](crate::Store::keys) describes it (`MATCH`). The page is
    /// filtered after it was fetched: an empty one is not the end.
    ///
    /// ```
    /// let options = redeque::ScanOptions::new().pattern("user:*");
    /// # let _ = options;
    /// ```
    #[must_use]
    pub fn pattern(self, pattern: impl AsRef<[u8]>) -> Self {
        Self { pattern: Some(pattern.as_ref().to_vec()), ..self }
    }

    /// How many keys to look at for a page (`COUNT`).
    ///
    /// # Errors
    ///
    /// [`Error::Syntax`] for 0.
    ///
    /// ```
    /// use redeque::{Error, ScanOptions};
    ///
    /// assert!(ScanOptions::new().count(1000).is_ok());
    /// assert_eq!(ScanOptions::new().count(0), Err(Error::Syntax));
    /// ```
    pub fn count(self, count: usize) -> Result<Self, Error> {
        if count == 0 { Err(Error::Syntax) } else { Ok(Self { count, ..self }) }
    }

    /// Only keys of this type (`TYPE`), in any case: all of them for `list`, none for any other name. Like a pattern, it
    /// filters a page after it was fetched.
    ///
    /// ```
    /// use redeque::{ScanOptions, Store};
    ///
    /// let store = Store::new();
    /// store.rpush("k", "x")?;
    /// assert_eq!(store.scan(0, &ScanOptions::new().key_type("LIST")), (0, vec![b"k".to_vec()]));
    /// assert_eq!(store.scan(0, &ScanOptions::new().key_type("hash")), (0, vec![]));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    #[must_use]
    pub fn key_type(self, name: impl AsRef<[u8]>) -> Self {
        Self { lists: name.as_ref().eq_ignore_ascii_case(b"list"), ..self }
    }

    /// How many keys a page looks at.
    pub(crate) fn budget(&self) -> usize {
        self.count
    }

    /// Those of the names that are asked for.
    pub(crate) fn select(&self, names: &Names) -> Vec<Vec<u8>> {
        let pattern = self.pattern.as_deref().map(Pattern::new);
        let wanted = |name: &&[u8]| {
            self.lists && pattern.as_ref().is_none_or(|pattern| pattern.matches(name))
        };
        names.iter().filter(wanted).map(<[u8]>::to_vec).collect()
    }
}
