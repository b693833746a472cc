//! Bounded pushes, which Redis does not have.

use std::time::Duration;

use super::Store;
use crate::keyspace::{Outcome, Request, Single};
use crate::list::prepared;
use crate::several::elements_of;
use crate::wait::{self, Finish, Wait};
use crate::{Direction, Element, Elements, Error};

/// The reply of a bounded push that may wait.
const PUSHED: Finish<Result<usize, Error>> = |_, outcome: Outcome| Ok(outcome.into_taken()?.len);

/// # Bounded pushes
///
/// Redis has no bound on a list. These methods are redeque's own: they push only where the list stays within `max_len`
/// elements, so that a producer that is faster than its consumers waits instead of filling the memory.
///
/// The bound is the call's, not the key's. Where callers name different ones, each holds to its own: a call with a larger
/// bound pushes where one with a smaller bound waits, and a call whose bound the list is never below waits forever. So does
/// [`blmovem`](Self::blmovem) for exactly n elements where all pushes are bounded below n. Commands without a bound (pushes,
/// moves, RENAME, COPY) may make a list longer than any, and so may what a dropped future gives back, which is never refused.
///
/// A push that waits is served by whatever makes room: pops, moves away, LREM, LTRIM, DEL, FLUSHALL, RENAME away, a shorter
/// list in the place of this one, a transaction with such commands, and those who are served themselves. Who is next, and
/// what it costs to find out, is said under [Waiting](#waiting). A pop and a push never both wait on one key where one could
/// serve the other.
///
/// Callers mostly name one bound. Where thousands name a bound each, and a DEL makes room for all of them, all these bounds
/// are looked at for each who is served, while the key is locked.
/// Where somebody waits for room, and others to move elements on from the same key to many keys, LREM, LTRIM and transactions
/// on it lock all that these could write to, as what they remove is known only afterwards.
impl Store {
    /// Puts an element at the tail of a list, if the list has at most `max_len` elements then. Returns the length after the
    /// push, or `None` if there is no room: then nothing has changed. A missing list is made.
    ///
    /// Complexity: O(1).
    ///
    /// # Errors
    ///
    /// [`Error::NeverFits`] if `max_len` is 0, [`Error::Closed`] if the store is [closed](Self::close).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// assert_eq!(store.rpush_bounded("k", 2, "a")?, Some(1));
    /// assert_eq!(store.rpush_bounded("k", 2, "b")?, Some(2));
    /// assert_eq!(store.rpush_bounded("k", 2, "c")?, None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpush_bounded<'e>(
        &self,
        key: impl AsRef<[u8]>,
        max_len: usize,
        element: impl Into<Element<'e>>,
    ) -> Result<Option<usize>, Error> {
        self.push_bounded(key.as_ref(), Direction::Right, max_len, element.into())
    }

    /// As [`rpush_bounded`](Self::rpush_bounded), at the head of the list.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// assert_eq!(store.lpush_bounded("k", 2, "a")?, Some(1));
    /// assert_eq!(store.lpush_bounded("k", 2, "b")?, Some(2));
    /// assert_eq!(store.lpush_bounded("k", 2, "c")?, None);
    /// assert_eq!(store.lrange("k", 0, -1), [b"b", b"a"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpush_bounded<'e>(
        &self,
        key: impl AsRef<[u8]>,
        max_len: usize,
        element: impl Into<Element<'e>>,
    ) -> Result<Option<usize>, Error> {
        self.push_bounded(key.as_ref(), Direction::Left, max_len, element.into())
    }

    /// Puts elements at the tail of a list, in their order, if the list has at most `max_len` elements then: all of them or
    /// none. Returns the length after the push, or `None` if there is no room. A missing list is made.
    ///
    /// Complexity: O(n) for n elements.
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no elements, [`Error::NeverFits`] if there are more than `max_len`, [`Error::Closed`]
    /// if the store is [closed](Self::close).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// assert_eq!(store.rpush_bounded_all("k", 3, ["a", "b"])?, Some(2));
    /// assert_eq!(store.rpush_bounded_all("k", 3, ["c", "d"])?, None);
    /// assert_eq!(store.llen("k"), 2);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpush_bounded_all<'e>(
        &self,
        key: impl AsRef<[u8]>,
        max_len: usize,
        elements: impl Elements<'e>,
    ) -> Result<Option<usize>, Error> {
        let elements = elements_of("rpush", elements)?;
        let key = self.keyspace.key(key.as_ref());
        self.keyspace.alone().push_bounded_all(key, Direction::Right, max_len, elements)
    }

    /// As [`rpush_bounded_all`](Self::rpush_bounded_all), at the head of the list: one after the other, so that the last one
    /// ends up first.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// assert_eq!(store.lpush_bounded_all("k", 3, ["a", "b"])?, Some(2));
    /// assert_eq!(store.lpush_bounded_all("k", 3, ["c", "d"])?, None);
    /// assert_eq!(store.lrange("k", 0, -1), [b"b", b"a"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpush_bounded_all<'e>(
        &self,
        key: impl AsRef<[u8]>,
        max_len: usize,
        elements: impl Elements<'e>,
    ) -> Result<Option<usize>, Error> {
        let elements = elements_of("lpush", elements)?;
        let key = self.keyspace.key(key.as_ref());
        self.keyspace.alone().push_bounded_all(key, Direction::Left, max_len, elements)
    }

    /// Puts an element at the tail of a list as [`rpush_bounded`](Self::rpush_bounded) does, and waits for room. Returns the
    /// length after the push, or `None` after the timeout. A timeout of `None` waits forever.
    ///
    /// Complexity: O(1).
    ///
    /// # Errors
    ///
    /// [`Error::NeverFits`] if `max_len` is 0, [`Error::Closed`] if the store is [closed](Self::close), also while it waits.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # let store = redeque::Store::new();
    /// store.rpush("k", "a")?;
    /// let producer = std::thread::spawn({
    ///     let store = store.clone();
    ///     move || store.brpush_bounded("k", 1, "b", None)
    /// });
    /// assert_eq!(store.blpop(["k"], None)?, Some((b"k".to_vec(), b"a".to_vec())));
    /// assert_eq!(producer.join().unwrap()?, Some(1));
    /// assert_eq!(store.brpush_bounded("k", 1, "c", Some(Duration::from_millis(1)))?, None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn brpush_bounded<'e>(
        &self,
        key: impl AsRef<[u8]>,
        max_len: usize,
        element: impl Into<Element<'e>>,
        timeout: Option<Duration>,
    ) -> Result<Option<usize>, Error> {
        self.push_or_wait(key.as_ref(), Direction::Right, max_len, element.into(), timeout)
    }

    /// As [`brpush_bounded`](Self::brpush_bounded), at the head of the list.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # let store = redeque::Store::new();
    /// store.lpush("k", "a")?;
    /// let producer = std::thread::spawn({
    ///     let store = store.clone();
    ///     move || store.blpush_bounded("k", 1, "b", None)
    /// });
    /// assert_eq!(store.blpop(["k"], None)?, Some((b"k".to_vec(), b"a".to_vec())));
    /// assert_eq!(producer.join().unwrap()?, Some(1));
    /// assert_eq!(store.blpush_bounded("k", 1, "c", Some(Duration::from_millis(1)))?, None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn blpush_bounded<'e>(
        &self,
        key: impl AsRef<[u8]>,
        max_len: usize,
        element: impl Into<Element<'e>>,
        timeout: Option<Duration>,
    ) -> Result<Option<usize>, Error> {
        self.push_or_wait(key.as_ref(), Direction::Left, max_len, element.into(), timeout)
    }

    /// As [`brpush_bounded`](Self::brpush_bounded), for a task. If it is dropped when it has pushed and nobody has seen that, the
    /// element is taken out again, unless somebody has taken it since or has changed the list inside.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let pushed = store.brpush_bounded_async("k", 100, "a"); // await it
    /// # drop(pushed);
    /// ```
    pub fn brpush_bounded_async<'e>(
        &self,
        key: impl AsRef<[u8]>,
        max_len: usize,
        element: impl Into<Element<'e>>,
    ) -> Wait<Result<usize, Error>> {
        self.push_later(key.as_ref(), Direction::Right, max_len, element.into())
    }

    /// As [`brpush_bounded_async`](Self::brpush_bounded_async), at the head of the list.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let pushed = store.blpush_bounded_async("k", 100, "a"); // await it
    /// # drop(pushed);
    /// ```
    pub fn blpush_bounded_async<'e>(
        &self,
        key: impl AsRef<[u8]>,
        max_len: usize,
        element: impl Into<Element<'e>>,
    ) -> Wait<Result<usize, Error>> {
        self.push_later(key.as_ref(), Direction::Left, max_len, element.into())
    }

    fn push_bounded(
        &self,
        key: &[u8],
        end: Direction,
        max_len: usize,
        element: Element<'_>,
    ) -> Result<Option<usize>, Error> {
        let element = prepared(element);
        self.keyspace.alone().push_bounded(self.keyspace.key(key), end, max_len, element)
    }

    fn push_or_wait(
        &self,
        key: &[u8],
        end: Direction,
        max_len: usize,
        element: Element<'_>,
        timeout: Option<Duration>,
    ) -> Result<Option<usize>, Error> {
        let key = self.keyspace.key(key);
        let request = Request::push_bounded(&key, end, max_len)?;
        let element = Some(prepared(element));
        wait::block(&self.keyspace, request, element, PUSHED, timeout).transpose()
    }

    fn push_later(
        &self,
        key: &[u8],
        end: Direction,
        max_len: usize,
        element: Element<'_>,
    ) -> Wait<Result<usize, Error>> {
        let key = self.keyspace.key(key);
        let request = Request::push_bounded(&key, end, max_len);
        self.wait(request, Some(prepared(element)), PUSHED)
    }
}
