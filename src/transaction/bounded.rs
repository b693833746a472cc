//! Bounded pushes, which Redis does not have, on declared keys.

use super::Transaction;
use crate::keyspace::Single;
use crate::several::elements_of;
use crate::{Direction, Element, Elements, Error};

/// # Bounded pushes
impl Transaction<'_> {
    /// As [`Store::rpush_bounded`](crate::Store::rpush_bounded).
    pub fn rpush_bounded<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        max_len: usize,
        element: impl Into<Element<'e>>,
    ) -> Result<Option<usize>, Error> {
        let key = self.key(key.as_ref())?;
        self.guard.push_bounded(key, Direction::Right, max_len, element.into())
    }

    /// As [`Store::rpush_bounded_all`](crate::Store::rpush_bounded_all).
    pub fn rpush_bounded_all<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        max_len: usize,
        elements: impl Elements<'e>,
    ) -> Result<Option<usize>, Error> {
        let elements = elements_of("rpush", elements)?;
        let key = self.key(key.as_ref())?;
        self.guard.push_bounded_all(key, Direction::Right, max_len, elements)
    }

    /// As [`Store::brpush_bounded`](crate::Store::brpush_bounded), but never waits.
    pub fn brpush_bounded<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        max_len: usize,
        element: impl Into<Element<'e>>,
    ) -> Result<Option<usize>, Error> {
        self.rpush_bounded(key, max_len, element)
    }

    /// As [`Store::lpush_bounded`](crate::Store::lpush_bounded).
    pub fn lpush_bounded<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        max_len: usize,
        element: impl Into<Element<'e>>,
    ) -> Result<Option<usize>, Error> {
        let key = self.key(key.as_ref())?;
        self.guard.push_bounded(key, Direction::Left, max_len, element.into())
    }

    /// As [`Store::lpush_bounded_all`](crate::Store::lpush_bounded_all).
    pub fn lpush_bounded_all<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        max_len: usize,
        elements: impl Elements<'e>,
    ) -> Result<Option<usize>, Error> {
        let elements = elements_of("lpush", elements)?;
        let key = self.key(key.as_ref())?;
        self.guard.push_bounded_all(key, Direction::Left, max_len, elements)
    }

    /// As [`Store::blpush_bounded`](crate::Store::blpush_bounded), but never waits.
    pub fn blpush_bounded<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        max_len: usize,
        element: impl Into<Element<'e>>,
    ) -> Result<Option<usize>, Error> {
        self.lpush_bounded(key, max_len, element)
    }
}
