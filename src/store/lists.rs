//! The commands of Redis's list group.

use super::Store;
use crate::keyspace::{Access, Request, Side, Single};
use crate::list::{Popped, prepared};
use crate::lmovem::Block;
use crate::several::{Prepared, drawn, elements_of};
use crate::{
    Direction, Element, ElementBuf, Elements, Error, Keys, LposOptions, MoveCount, MoveOrder,
};

/// # Lists
impl Store {
    /// Puts an element at the head of a list, which is made if it is missing. Returns the length after the push.
    ///
    /// Complexity: O(1). Redis: [`LPUSH`](https://redis.io/commands/lpush/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// assert_eq!(store.lpush("k", "a")?, 1);
    /// assert_eq!(store.lpush("k", "b")?, 2);
    /// assert_eq!(store.lrange("k", 0, -1), [b"b", b"a"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpush<'e>(
        &self,
        key: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<usize, Error> {
        self.push_one(key.as_ref(), Direction::Left, element.into())
    }

    /// Puts an element at the tail of a list, which is made if it is missing. Returns the length after the push.
    ///
    /// Complexity: O(1). Redis: [`RPUSH`](https://redis.io/commands/rpush/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// assert_eq!(store.rpush("k", "a")?, 1);
    /// assert_eq!(store.rpush("k", "b")?, 2);
    /// assert_eq!(store.lrange("k", 0, -1), [b"a", b"b"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpush<'e>(
        &self,
        key: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<usize, Error> {
        self.push_one(key.as_ref(), Direction::Right, element.into())
    }

    /// Puts elements at the head of a list, one after the other, so that the last one ends up first. Returns the
    /// length after the push; a missing list is made.
    ///
    /// Complexity: O(n) for n elements. Redis: [`LPUSH`](https://redis.io/commands/lpush/).
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no elements.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// assert_eq!(store.lpush_all("k", ["a", "b", "c"])?, 3);
    /// assert_eq!(store.lrange("k", 0, -1), [b"c", b"b", b"a"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpush_all<'e>(
        &self,
        key: impl AsRef<[u8]>,
        elements: impl Elements<'e>,
    ) -> Result<usize, Error> {
        self.push_all("lpush", key.as_ref(), Direction::Left, elements)
    }

    /// Puts elements at the tail of a list in their order. Returns the length after the push; a missing list is made.
    ///
    /// Complexity: O(n) for n elements. Redis: [`RPUSH`](https://redis.io/commands/rpush/).
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no elements.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// assert_eq!(store.rpush_all("k", ["a", "b", "c"])?, 3);
    /// assert_eq!(store.lrange("k", 0, -1), [b"a", b"b", b"c"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpush_all<'e>(
        &self,
        key: impl AsRef<[u8]>,
        elements: impl Elements<'e>,
    ) -> Result<usize, Error> {
        self.push_all("rpush", key.as_ref(), Direction::Right, elements)
    }

    /// Puts an element at the head of a list that exists. Returns the length after the push, 0 if there is no list.
    ///
    /// Complexity: O(1). Redis: [`LPUSHX`](https://redis.io/commands/lpushx/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// assert_eq!(store.lpushx("k", "a")?, 0);
    /// assert!(!store.exists("k"));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpushx<'e>(
        &self,
        key: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<usize, Error> {
        self.lpushx_all(key, [element])
    }

    /// Puts an element at the tail of a list that exists. Returns the length after the push, 0 if there is no list.
    ///
    /// Complexity: O(1). Redis: [`RPUSHX`](https://redis.io/commands/rpushx/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// assert_eq!(store.rpushx("k", "a")?, 0);
    /// assert!(!store.exists("k"));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpushx<'e>(
        &self,
        key: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<usize, Error> {
        self.rpushx_all(key, [element])
    }

    /// Puts elements at the head of a list that exists, one after the other. Returns the length after the push, 0 if
    /// there is no list.
    ///
    /// Complexity: O(n) for n elements. Redis: [`LPUSHX`](https://redis.io/commands/lpushx/).
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no elements.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("k", "a")?;
    /// assert_eq!(store.lpushx_all("k", ["b", "c"])?, 3);
    /// assert_eq!(store.lrange("k", 0, -1), [b"c", b"b", b"a"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpushx_all<'e>(
        &self,
        key: impl AsRef<[u8]>,
        elements: impl Elements<'e>,
    ) -> Result<usize, Error> {
        let elements = elements_of("lpushx", elements)?;
        self.push_existing(key.as_ref(), Direction::Left, elements)
    }

    /// Puts elements at the tail of a list that exists, in their order. Returns the length after the push, 0 if there
    /// is no list.
    ///
    /// Complexity: O(n) for n elements. Redis: [`RPUSHX`](https://redis.io/commands/rpushx/).
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no elements.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("k", "a")?;
    /// assert_eq!(store.rpushx_all("k", ["b", "c"])?, 3);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpushx_all<'e>(
        &self,
        key: impl AsRef<[u8]>,
        elements: impl Elements<'e>,
    ) -> Result<usize, Error> {
        let elements = elements_of("rpushx", elements)?;
        self.push_existing(key.as_ref(), Direction::Right, elements)
    }

    /// Removes and returns the first element of a list; `None` if there is no list. The key goes with its last
    /// element.
    ///
    /// Complexity: O(1). Redis: [`LPOP`](https://redis.io/commands/lpop/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b"])?;
    /// assert_eq!(store.lpop("k")?, Some(b"a".to_vec()));
    /// assert_eq!(store.lpop("missing")?, None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpop(&self, key: impl AsRef<[u8]>) -> Result<Option<Vec<u8>>, Error> {
        self.pop_one(key.as_ref(), Direction::Left)
    }

    /// Removes and returns the last element of a list; `None` if there is no list. The key goes with its last
    /// element.
    ///
    /// Complexity: O(1). Redis: [`RPOP`](https://redis.io/commands/rpop/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b"])?;
    /// assert_eq!(store.rpop("k")?, Some(b"b".to_vec()));
    /// assert_eq!(store.rpop("missing")?, None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpop(&self, key: impl AsRef<[u8]>) -> Result<Option<Vec<u8>>, Error> {
        self.pop_one(key.as_ref(), Direction::Right)
    }

    /// Removes and returns up to `count` elements from the head, first one first. `None` if there is no list, also
    /// when `count` is 0; an empty `Vec` if there is one and `count` is 0.
    ///
    /// Complexity: O(n) for n elements returned. Redis: [`LPOP`](https://redis.io/commands/lpop/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "c"])?;
    /// assert_eq!(store.lpop_count("k", 2)?, Some(vec![b"a".to_vec(), b"b".to_vec()]));
    /// assert_eq!(store.lpop_count("k", 0)?, Some(vec![]));
    /// assert_eq!(store.lpop_count("missing", 0)?, None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpop_count(
        &self,
        key: impl AsRef<[u8]>,
        count: usize,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        self.pop_count(key.as_ref(), Direction::Left, count)
    }

    /// Removes and returns up to `count` elements from the tail, last one first. `None` if there is no list, also
    /// when `count` is 0; an empty `Vec` if there is one and `count` is 0.
    ///
    /// Complexity: O(n) for n elements returned. Redis: [`RPOP`](https://redis.io/commands/rpop/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "c"])?;
    /// assert_eq!(store.rpop_count("k", 2)?, Some(vec![b"c".to_vec(), b"b".to_vec()]));
    /// assert_eq!(store.rpop_count("k", 100)?, Some(vec![b"a".to_vec()]));
    /// assert_eq!(store.rpop_count("k", 100)?, None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpop_count(
        &self,
        key: impl AsRef<[u8]>,
        count: usize,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        self.pop_count(key.as_ref(), Direction::Right, count)
    }

    /// Takes the element at the head of a list into a buffer of the caller's. Returns whether there was one; the buffer is
    /// empty if not.
    ///
    /// What the buffer held is gone, its memory is used again. An element of more than 127 bytes brings its own along, which
    /// takes the place of the buffer's: such a pop saves nothing, and the capacity is then the element's.
    ///
    /// After an error the buffer is not to be read. A command that was refused leaves in it what was there before.
    ///
    /// Complexity: O(1). Redis: [`LPOP`](https://redis.io/commands/lpop/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b"])?;
    /// let mut element = Vec::new();
    /// while store.lpop_into("k", &mut element)? {
    ///     println!("{}", String::from_utf8_lossy(&element));
    /// }
    /// assert!(element.is_empty());
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpop_into(&self, key: impl AsRef<[u8]>, buffer: &mut Vec<u8>) -> Result<bool, Error> {
        self.pop_into(key.as_ref(), Direction::Left, buffer)
    }

    /// Takes the element at the tail of a list into a buffer of the caller's. Returns whether there was one; the buffer is
    /// empty if not.
    ///
    /// What the buffer held is gone, its memory is used again. An element of more than 127 bytes brings its own along, which
    /// takes the place of the buffer's: such a pop saves nothing, and the capacity is then the element's.
    ///
    /// After an error the buffer is not to be read. A command that was refused leaves in it what was there before.
    ///
    /// Complexity: O(1). Redis: [`RPOP`](https://redis.io/commands/rpop/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b"])?;
    /// let mut element = Vec::new();
    /// while store.rpop_into("k", &mut element)? {
    ///     println!("{}", String::from_utf8_lossy(&element));
    /// }
    /// assert!(element.is_empty());
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpop_into(&self, key: impl AsRef<[u8]>, buffer: &mut Vec<u8>) -> Result<bool, Error> {
        self.pop_into(key.as_ref(), Direction::Right, buffer)
    }

    /// Takes up to `count` elements from the head of a list into a buffer of the caller's, in the order of popping. Returns
    /// whether there was a list, also for a count of 0. What the buffer held is gone; it is empty if nothing was taken.
    ///
    /// After an error the buffer is not to be read. A command that was refused leaves in it what was there before.
    ///
    /// Complexity: O(n) for n elements taken. Redis: [`LPOP`](https://redis.io/commands/lpop/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let mut batch = redeque::ElementBuf::new();
    /// store.rpush_all("k", ["a", "b", "c"])?;
    /// assert!(store.lpop_count_into("k", 2, &mut batch)?);
    /// assert_eq!((&batch[0], &batch[1]), (&b"a"[..], &b"b"[..]));
    /// assert!(!store.lpop_count_into("missing", 2, &mut batch)?);
    /// assert!(batch.is_empty());
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpop_count_into(
        &self,
        key: impl AsRef<[u8]>,
        count: usize,
        buffer: &mut ElementBuf,
    ) -> Result<bool, Error> {
        self.keyspace.alone().pop_count_into(
            self.keyspace.key(key.as_ref()),
            Direction::Left,
            count,
            buffer,
        )
    }

    /// Takes up to `count` elements from the tail of a list into a buffer of the caller's, in the order of popping. Returns
    /// whether there was a list, also for a count of 0. What the buffer held is gone; it is empty if nothing was taken.
    ///
    /// After an error the buffer is not to be read. A command that was refused leaves in it what was there before.
    ///
    /// Complexity: O(n) for n elements taken. Redis: [`RPOP`](https://redis.io/commands/rpop/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let mut batch = redeque::ElementBuf::new();
    /// store.rpush_all("k", ["a", "b", "c"])?;
    /// assert!(store.rpop_count_into("k", 2, &mut batch)?);
    /// assert_eq!((&batch[0], &batch[1]), (&b"c"[..], &b"b"[..]));
    /// assert!(!store.rpop_count_into("missing", 2, &mut batch)?);
    /// assert!(batch.is_empty());
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpop_count_into(
        &self,
        key: impl AsRef<[u8]>,
        count: usize,
        buffer: &mut ElementBuf,
    ) -> Result<bool, Error> {
        self.keyspace.alone().pop_count_into(
            self.keyspace.key(key.as_ref()),
            Direction::Right,
            count,
            buffer,
        )
    }

    /// The number of elements in a list; 0 if there is none.
    ///
    /// Complexity: O(1). Redis: [`LLEN`](https://redis.io/commands/llen/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b"])?;
    /// assert_eq!(store.llen("k"), 2);
    /// assert_eq!(store.llen("missing"), 0);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn llen(&self, key: impl AsRef<[u8]>) -> usize {
        self.read(key.as_ref(), |s, key| s.len(key))
    }

    /// The elements from `start` to `stop`, both included; negative indexes count from the tail, so `0, -1` is the
    /// whole list. Indexes beyond an end stop there. Empty if nothing is in range or there is no list.
    ///
    /// Complexity: O(log s + n) for n elements of a list of s. Redis:
    /// [`LRANGE`](https://redis.io/commands/lrange/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "c"])?;
    /// assert_eq!(store.lrange("k", -2, 100), [b"b", b"c"]);
    /// assert!(store.lrange("k", 2, 1).is_empty());
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lrange(&self, key: impl AsRef<[u8]>, start: i64, stop: i64) -> Vec<Vec<u8>> {
        self.read(key.as_ref(), |s, key| s.range(key, start, stop))
    }

    /// Reads the elements from one index to another, both included, into a buffer of the caller's, as
    /// [`lrange`](Self::lrange) does. What the buffer held is gone; it is empty if there is no list.
    ///
    /// Complexity: O(n) for n elements read, and O(log n) to find the first. Redis: [`LRANGE`](https://redis.io/commands/lrange/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let mut page = redeque::ElementBuf::new();
    /// store.rpush_all("k", ["a", "b", "c"])?;
    /// store.lrange_into("k", -2, -1, &mut page);
    /// assert!(page.iter().eq([b"b", b"c"]));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lrange_into(
        &self,
        key: impl AsRef<[u8]>,
        start: i64,
        stop: i64,
        buffer: &mut ElementBuf,
    ) {
        self.read(key.as_ref(), |s, key| s.range_into(key, start, stop, buffer));
    }

    /// The element at `index`, negative from the tail; `None` if there is no such element or no list.
    ///
    /// Complexity: O(log n) for a list of n elements. Redis: [`LINDEX`](https://redis.io/commands/lindex/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b"])?;
    /// assert_eq!(store.lindex("k", -1), Some(b"b".to_vec()));
    /// assert_eq!(store.lindex("k", 2), None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lindex(&self, key: impl AsRef<[u8]>, index: i64) -> Option<Vec<u8>> {
        self.read(key.as_ref(), |s, key| s.index(key, index)).map(<[u8]>::into_vec)
    }

    /// Replaces the element at `index`, negative from the tail.
    ///
    /// Complexity: O(log n) for a list of n elements; O(n), in steps of hundreds or more, where an element of another
    /// length finds no room in the place of the old one. Redis: [`LSET`](https://redis.io/commands/lset/).
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchKey`] if there is no list, [`Error::IndexOutOfRange`] if it has no such element.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b"])?;
    /// store.lset("k", -1, "z")?;
    /// assert_eq!(store.lrange("k", 0, -1), [b"a", b"z"]);
    /// assert_eq!(store.lset("k", 2, "x"), Err(redeque::Error::IndexOutOfRange));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lset<'e>(
        &self,
        key: impl AsRef<[u8]>,
        index: i64,
        element: impl Into<Element<'e>>,
    ) -> Result<(), Error> {
        let element = prepared(element.into());
        self.keyspace.alone().set(self.keyspace.key(key.as_ref()), index, element)
    }

    /// Puts an element before the first one that equals `pivot`. Returns the new length, -1 if no element equals it,
    /// 0 if there is no list.
    ///
    /// Complexity: O(n) for a pivot that is n away from the head. Redis:
    /// [`LINSERT`](https://redis.io/commands/linsert/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "c"])?;
    /// assert_eq!(store.linsert_before("k", "c", "b")?, 3);
    /// assert_eq!(store.linsert_before("k", "nowhere", "x")?, -1);
    /// assert_eq!(store.linsert_before("missing", "c", "x")?, 0);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn linsert_before<'e>(
        &self,
        key: impl AsRef<[u8]>,
        pivot: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<i64, Error> {
        self.insert_beside(key.as_ref(), Side::Before, pivot.as_ref(), element.into())
    }

    /// Puts an element behind the first one that equals `pivot`. Returns the new length, -1 if no element equals it,
    /// 0 if there is no list.
    ///
    /// Complexity: O(n) for a pivot that is n away from the head. Redis:
    /// [`LINSERT`](https://redis.io/commands/linsert/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "c"])?;
    /// assert_eq!(store.linsert_after("k", "a", "b")?, 3);
    /// assert_eq!(store.lrange("k", 0, -1), [b"a", b"b", b"c"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn linsert_after<'e>(
        &self,
        key: impl AsRef<[u8]>,
        pivot: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<i64, Error> {
        self.insert_beside(key.as_ref(), Side::After, pivot.as_ref(), element.into())
    }

    /// Removes elements that equal `element`: the first `count` of them, the last `-count` if `count` is negative,
    /// all if it is 0. Returns how many were removed, 0 if there is no list.
    ///
    /// Complexity: O(n) for a list of n elements. Redis: [`LREM`](https://redis.io/commands/lrem/).
    ///
    /// # Errors
    ///
    /// [`Error::OutOfSymmetricRange`] if `count` is `i64::MIN`.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a", "a"])?;
    /// assert_eq!(store.lrem("k", -2, "a")?, 2);
    /// assert_eq!(store.lrange("k", 0, -1), [b"a", b"b"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lrem(
        &self,
        key: impl AsRef<[u8]>,
        count: i64,
        element: impl AsRef<[u8]>,
    ) -> Result<usize, Error> {
        self.keyspace.alone().remove(self.keyspace.key(key.as_ref()), count, element.as_ref())
    }

    /// Keeps only the elements from `start` to `stop`, both included and negative from the tail. If that leaves
    /// none, the key goes. Does nothing if there is no list.
    ///
    /// Complexity: O(n) for n elements removed. Redis: [`LTRIM`](https://redis.io/commands/ltrim/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("log", ["1", "2", "3", "4"])?;
    /// store.ltrim("log", -2, -1)?; // the last two
    /// assert_eq!(store.lrange("log", 0, -1), [b"3", b"4"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn ltrim(&self, key: impl AsRef<[u8]>, start: i64, stop: i64) -> Result<(), Error> {
        self.keyspace.alone().trim(self.keyspace.key(key.as_ref()), start, stop)
    }

    /// The position of the first element that equals `element`; `None` if there is none, or no list.
    ///
    /// Complexity: O(n) for a match n away from the head. Redis: [`LPOS`](https://redis.io/commands/lpos/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "b"])?;
    /// assert_eq!(store.lpos("k", "b"), Some(1));
    /// assert_eq!(store.lpos("k", "z"), None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpos(&self, key: impl AsRef<[u8]>, element: impl AsRef<[u8]>) -> Option<usize> {
        self.lpos_with(key, element, LposOptions::new())
    }

    /// The position, from the head, of the element that the options ask for; `None` if there is none, or no list.
    ///
    /// Complexity: O(n) for n elements compared. Redis: [`LPOS`](https://redis.io/commands/lpos/) with `RANK` and
    /// `MAXLEN`.
    ///
    /// ```
    /// use redeque::LposOptions;
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["b", "a", "b"])?;
    /// assert_eq!(store.lpos_with("k", "b", LposOptions::new().rank(2)?), Some(2));
    /// assert_eq!(store.lpos_with("k", "b", LposOptions::new().rank(-1)?.maxlen(1)), Some(2));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpos_with(
        &self,
        key: impl AsRef<[u8]>,
        element: impl AsRef<[u8]>,
        options: LposOptions,
    ) -> Option<usize> {
        self.lpos_count(key, element, 1, options).first().copied()
    }

    /// Up to `count` positions of elements that equal `element`, all if `count` is 0. They count from the head and
    /// come in the order of the search, which a negative rank turns round. Empty if there are none, or no list.
    ///
    /// Complexity: O(n) for n elements compared. Redis: [`LPOS`](https://redis.io/commands/lpos/) with `COUNT`.
    ///
    /// ```
    /// use redeque::LposOptions;
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["b", "a", "b"])?;
    /// assert_eq!(store.lpos_count("k", "b", 0, LposOptions::new()), [0, 2]);
    /// assert_eq!(store.lpos_count("k", "b", 0, LposOptions::new().rank(-1)?), [2, 0]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpos_count(
        &self,
        key: impl AsRef<[u8]>,
        element: impl AsRef<[u8]>,
        count: usize,
        options: LposOptions,
    ) -> Vec<usize> {
        let element = element.as_ref();
        self.read(key.as_ref(), |s, key| s.positions(key, element, count, options))
    }

    /// Takes an element from one end of a list and puts it at an end of another, in one step, and returns it; `None`
    /// if there is no source. The two may be the same list, which is rotated. A missing destination is made.
    ///
    /// Complexity: O(n) for an element of n bytes, which is copied while both lists are locked: one copy stays, the other
    /// is returned. Redis: [`LMOVE`](https://redis.io/commands/lmove/).
    ///
    /// ```
    /// use redeque::Direction::{Left, Right};
    /// # let store = redeque::Store::new();
    /// store.rpush_all("jobs", ["1", "2"])?;
    /// assert_eq!(store.lmove("jobs", "running", Left, Right)?, Some(b"1".to_vec()));
    /// assert_eq!(store.lrange("running", 0, -1), [b"1"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lmove(
        &self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
        from: Direction,
        to: Direction,
    ) -> Result<Option<Vec<u8>>, Error> {
        let source = self.keyspace.key(source.as_ref());
        let destination = self.keyspace.key(destination.as_ref());
        let moved = self.keyspace.alone().lmove(source, destination, from, to)?;
        Ok(moved.map(Popped::into_vec))
    }

    /// Takes elements from one end of a list and puts them at an end of another, in one step, and returns them in the order
    /// in which they lie there; `None` if there is no source, or if it has fewer than [`MoveCount::Exactly`] asks for. The
    /// two may be the same list. A missing destination is made.
    ///
    /// Complexity: O(n) for n elements, whose bytes are copied while both lists are locked: one copy stays, the other is
    /// returned. Redis: [`LMOVEM`](https://redis.io/commands/lmovem/).
    ///
    /// # Errors
    ///
    /// [`Error::CountNotPositive`] for a count of 0.
    ///
    /// ```
    /// use redeque::Direction::{Left, Right};
    /// use redeque::{MoveCount, MoveOrder};
    /// # let store = redeque::Store::new();
    /// store.rpush_all("jobs", ["1", "2", "3"])?;
    /// let batch = MoveCount::Exactly(2);
    /// let moved = store.lmovem("jobs", "running", Left, Right, batch, MoveOrder::Bulk)?;
    /// assert_eq!(moved, Some(vec![b"1".to_vec(), b"2".to_vec()]));
    /// assert_eq!(store.lmovem("jobs", "running", Left, Right, batch, MoveOrder::Bulk)?, None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lmovem(
        &self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
        from: Direction,
        to: Direction,
        count: MoveCount,
        order: MoveOrder,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        let block = Block::new(from, to, count, order)?;
        let source = self.keyspace.key(source.as_ref());
        let destination = self.keyspace.key(destination.as_ref());
        self.keyspace.alone().lmovem(source, destination, block)
    }

    /// Takes the last element of a list and puts it first in another: [`lmove`](Self::lmove) from right to left.
    ///
    /// Complexity: O(n) for an element of n bytes, which is copied while both lists are locked: one copy stays, the other
    /// is returned. Redis: [`RPOPLPUSH`](https://redis.io/commands/rpoplpush/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("ring", ["1", "2", "3"])?;
    /// assert_eq!(store.rpoplpush("ring", "ring")?, Some(b"3".to_vec()));
    /// assert_eq!(store.lrange("ring", 0, -1), [b"3", b"1", b"2"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpoplpush(
        &self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
    ) -> Result<Option<Vec<u8>>, Error> {
        self.lmove(source, destination, Direction::Right, Direction::Left)
    }

    /// Removes up to `count` elements from the first of the lists that exists, and returns its key with them;
    /// `None` if none exists.
    ///
    /// Complexity: O(k + n) for k keys and n elements returned. Redis: [`LMPOP`](https://redis.io/commands/lmpop/).
    ///
    /// # Errors
    ///
    /// [`Error::NumkeysNotPositive`] if there are no keys, [`Error::CountNotPositive`] if `count` is 0.
    ///
    /// ```
    /// use redeque::Direction::Left;
    /// # let store = redeque::Store::new();
    /// store.rpush_all("normal", ["a", "b"])?;
    /// let popped = store.lmpop(["urgent", "normal"], Left, 10)?;
    /// assert_eq!(popped, Some((b"normal".to_vec(), vec![b"a".to_vec(), b"b".to_vec()])));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lmpop(
        &self,
        keys: impl Keys,
        from: Direction,
        count: usize,
    ) -> Result<Option<(Vec<u8>, Vec<Vec<u8>>)>, Error> {
        let names = drawn(keys);
        let keys = self.keys_of(&names);
        let request = Request::pop_many(&keys, from, count)?;
        let taken = self.keyspace.alone().take(request)?;
        Ok(taken.map(|taken| (request.key_of(&taken).to_vec(), taken.into_elements())))
    }

    /// Not generic, so that it is compiled here, in one piece with all that it calls.
    fn push_one(&self, key: &[u8], end: Direction, element: Element<'_>) -> Result<usize, Error> {
        let element = prepared(element);
        self.keyspace.alone().push_one(self.keyspace.key(key), end, element)
    }

    /// A single element takes the way of a push of one.
    fn push_all<'e>(
        &self,
        command: &'static str,
        key: &[u8],
        end: Direction,
        elements: impl Elements<'e>,
    ) -> Result<usize, Error> {
        let mut elements = elements.into_iter();
        match elements.next() {
            Some(only) if elements.size_hint().1 == Some(0) => self.push_one(key, end, only.into()),
            first => {
                let elements = elements_of(command, first.into_iter().chain(elements))?;
                self.push(key, end, elements)
            }
        }
    }

    fn push(&self, key: &[u8], end: Direction, elements: Prepared<'_>) -> Result<usize, Error> {
        self.keyspace.alone().push(self.keyspace.key(key), end, elements)
    }

    fn push_existing(
        &self,
        key: &[u8],
        end: Direction,
        elements: Prepared<'_>,
    ) -> Result<usize, Error> {
        self.keyspace.alone().push_existing(self.keyspace.key(key), end, elements)
    }

    #[inline]
    pub(super) fn pop_one(&self, key: &[u8], end: Direction) -> Result<Option<Vec<u8>>, Error> {
        let mut refused = Ok(());
        let popped = self.pop_unless_refused(key, end, &mut refused);
        refused?;
        Ok(popped.map(Popped::into_vec))
    }

    /// The error comes apart. In one `Result` with it, what was popped would not come back in registers but in memory, from
    /// where it is read right after it was written, in other pieces: some twentieth of the time of a push and a pop.
    fn pop_unless_refused(
        &self,
        key: &[u8],
        end: Direction,
        refused: &mut Result<(), Error>,
    ) -> Option<Popped> {
        match self.keyspace.alone().pop(self.keyspace.key(key), end) {
            Ok(popped) => popped,
            Err(error) => {
                *refused = Err(error);
                None
            }
        }
    }

    fn pop_into(&self, key: &[u8], end: Direction, buffer: &mut Vec<u8>) -> Result<bool, Error> {
        self.keyspace.alone().pop_into(self.keyspace.key(key), end, buffer)
    }

    fn pop_count(
        &self,
        key: &[u8],
        end: Direction,
        count: usize,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        if count == 1 {
            // The way of a pop of one, and what it is put into is made without the lock.
            return Ok(self.pop_one(key, end)?.map(|element| vec![element]));
        }
        self.keyspace.alone().pop_count(self.keyspace.key(key), end, count)
    }

    fn insert_beside(
        &self,
        key: &[u8],
        side: Side,
        pivot: &[u8],
        element: Element<'_>,
    ) -> Result<i64, Error> {
        let element = prepared(element);
        self.keyspace.alone().insert(self.keyspace.key(key), side, pivot, element)
    }
}
