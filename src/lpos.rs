//! What [`LPOS`](https://redis.io/commands/lpos/) looks for, and the search itself.

use std::num::NonZeroI64;
use std::ops::ControlFlow;

use crate::list::List;
use crate::{Direction, Error};

/// The `RANK` and `MAXLEN` of [`Store::lpos_with`](crate::Store::lpos_with) and
/// [`Store::lpos_count`](crate::Store::lpos_count). By default the first match from the head, in the whole list.
///
/// ```
/// use redeque::{LposOptions, Store};
///
/// let store = Store::new();
/// store.rpush_all("k", ["a", "b", "c", "b"])?;
/// assert_eq!(store.lpos("k", "b"), Some(1));
/// assert_eq!(store.lpos_with("k", "b", LposOptions::new().rank(-1)?), Some(3));
/// assert_eq!(store.lpos_with("k", "b", LposOptions::new().maxlen(1)), None);
/// # Ok::<(), redeque::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LposOptions {
    rank: NonZeroI64,
    maxlen: usize,
}

const FIRST: NonZeroI64 = NonZeroI64::new(1).unwrap();

impl Default for LposOptions {
    fn default() -> Self {
        Self { rank: FIRST, maxlen: 0 }
    }
}

impl LposOptions {
    /// The first match from the head, in the whole list.
    ///
    /// ```
    /// assert_eq!(redeque::LposOptions::new(), redeque::LposOptions::default());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts with the `rank`th match: 1 is the first from the head, 2 the second, -1 the first from the tail, which
    /// also makes the search go towards the head.
    ///
    /// # Errors
    ///
    /// [`Error::RankZero`] for 0, [`Error::OutOfSymmetricRange`] for `i64::MIN`.
    ///
    /// ```
    /// use redeque::{Error, LposOptions};
    ///
    /// assert!(LposOptions::new().rank(-2).is_ok());
    /// assert_eq!(LposOptions::new().rank(0), Err(Error::RankZero));
    /// ```
    pub fn rank(self, rank: i64) -> Result<Self, Error> {
        if rank == i64::MIN {
            return Err(Error::OutOfSymmetricRange);
        }
        let rank = NonZeroI64::new(rank).ok_or(Error::RankZero)?;
        Ok(Self { rank, ..self })
    }

    /// Compares at most `maxlen` elements, counted from where the search begins. 0 is no limit.
    ///
    /// ```
    /// let options = redeque::LposOptions::new().maxlen(1000);
    /// # let _ = options;
    /// ```
    #[must_use]
    pub fn maxlen(self, maxlen: usize) -> Self {
        Self { maxlen, ..self }
    }

    /// Up to `count` positions of `element` in scan order, all if `count` is 0.
    pub(crate) fn search(self, list: &List, element: &[u8], count: usize) -> Vec<usize> {
        let unlimited = |limit: usize| if limit == 0 { usize::MAX } else { limit };
        let from = if self.rank.is_positive() { Direction::Left } else { Direction::Right };
        let mut skipped = usize::try_from(self.rank.get().unsigned_abs() - 1).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        list.find(element, from, unlimited(self.maxlen), |distance| {
            match skipped.checked_sub(1) {
                Some(fewer) => skipped = fewer,
                None => found.push(match from {
                    Direction::Left => distance,
                    Direction::Right => list.len() - 1 - distance,
                }),
            }
            if found.len() == unlimited(count) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        found
    }
}
