//! The methods for Redis's list group, on declared keys.

use super::Transaction;
use crate::keyspace::{Request, Side};
use crate::list::Popped;
use crate::several::elements_of;
use crate::{Direction, Element, Elements, Error, Keys, LposOptions};

/// # Lists
impl Transaction<'_> {
    /// As [`Store::lpush`](crate::Store::lpush), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let reply = store.transaction(["k", "l"], |tx| tx.lpush("k", "a"));
    /// assert_eq!(reply, Ok(1));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpush<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<usize, Error> {
        self.write(key.as_ref(), |s, key| s.push(key, Direction::Left, [element.into()]))
    }

    /// As [`Store::rpush`](crate::Store::rpush), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let reply = store.transaction(["k", "l"], |tx| tx.rpush("k", "a"));
    /// assert_eq!(reply, Ok(1));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpush<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<usize, Error> {
        self.write(key.as_ref(), |s, key| s.push(key, Direction::Right, [element.into()]))
    }

    /// As [`Store::lpush_all`](crate::Store::lpush_all), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let reply = store.transaction(["k", "l"], |tx| tx.lpush_all("k", ["a", "b"]));
    /// assert_eq!(reply, Ok(2));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpush_all<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        elements: impl Elements<'e>,
    ) -> Result<usize, Error> {
        let elements = elements_of("lpush", elements)?;
        self.write(key.as_ref(), |s, key| s.push(key, Direction::Left, elements))
    }

    /// As [`Store::rpush_all`](crate::Store::rpush_all), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let reply = store.transaction(["k", "l"], |tx| tx.rpush_all("k", ["a", "b"]));
    /// assert_eq!(reply, Ok(2));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpush_all<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        elements: impl Elements<'e>,
    ) -> Result<usize, Error> {
        let elements = elements_of("rpush", elements)?;
        self.write(key.as_ref(), |s, key| s.push(key, Direction::Right, elements))
    }

    /// As [`Store::lpushx`](crate::Store::lpushx), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let reply = store.transaction(["k", "l"], |tx| tx.lpushx("k", "a"));
    /// assert_eq!(reply, Ok(0));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpushx<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<usize, Error> {
        self.lpushx_all(key, [element])
    }

    /// As [`Store::rpushx`](crate::Store::rpushx), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let reply = store.transaction(["k", "l"], |tx| tx.rpushx("k", "a"));
    /// assert_eq!(reply, Ok(0));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpushx<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<usize, Error> {
        self.rpushx_all(key, [element])
    }

    /// As [`Store::lpushx_all`](crate::Store::lpushx_all), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let reply = store.transaction(["k", "l"], |tx| tx.lpushx_all("k", ["a", "b"]));
    /// assert_eq!(reply, Ok(0));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpushx_all<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        elements: impl Elements<'e>,
    ) -> Result<usize, Error> {
        let elements = elements_of("lpushx", elements)?;
        self.write(key.as_ref(), |s, key| s.push_existing(key, Direction::Left, elements))
    }

    /// As [`Store::rpushx_all`](crate::Store::rpushx_all), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let reply = store.transaction(["k", "l"], |tx| tx.rpushx_all("k", ["a", "b"]));
    /// assert_eq!(reply, Ok(0));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpushx_all<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        elements: impl Elements<'e>,
    ) -> Result<usize, Error> {
        let elements = elements_of("rpushx", elements)?;
        self.write(key.as_ref(), |s, key| s.push_existing(key, Direction::Right, elements))
    }

    /// As [`Store::lpop`](crate::Store::lpop), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.lpop("k"));
    /// assert_eq!(reply, Ok(Some(b"a".to_vec())));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpop(&mut self, key: impl AsRef<[u8]>) -> Result<Option<Vec<u8>>, Error> {
        let popped = self.write(key.as_ref(), |s, key| s.pop(key, Direction::Left))?;
        Ok(popped.map(Popped::into_vec))
    }

    /// As [`Store::rpop`](crate::Store::rpop), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.rpop("k"));
    /// assert_eq!(reply, Ok(Some(b"b".to_vec())));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpop(&mut self, key: impl AsRef<[u8]>) -> Result<Option<Vec<u8>>, Error> {
        let popped = self.write(key.as_ref(), |s, key| s.pop(key, Direction::Right))?;
        Ok(popped.map(Popped::into_vec))
    }

    /// As [`Store::lpop_count`](crate::Store::lpop_count), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.lpop_count("k", 1));
    /// assert_eq!(reply, Ok(Some(vec![b"a".to_vec()])));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpop_count(
        &mut self,
        key: impl AsRef<[u8]>,
        count: usize,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        self.write(key.as_ref(), |s, key| s.pop_count(key, Direction::Left, count))
    }

    /// As [`Store::rpop_count`](crate::Store::rpop_count), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.rpop_count("k", 1));
    /// assert_eq!(reply, Ok(Some(vec![b"b".to_vec()])));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpop_count(
        &mut self,
        key: impl AsRef<[u8]>,
        count: usize,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        self.write(key.as_ref(), |s, key| s.pop_count(key, Direction::Right, count))
    }

    /// As [`Store::llen`](crate::Store::llen), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.llen("k"));
    /// assert_eq!(reply, Ok(3));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn llen(&self, key: impl AsRef<[u8]>) -> Result<usize, Error> {
        self.read(key.as_ref(), |s, key| s.len(key))
    }

    /// As [`Store::lrange`](crate::Store::lrange), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.lrange("k", 1, 1));
    /// assert_eq!(reply, Ok(vec![b"b".to_vec()]));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lrange(
        &self,
        key: impl AsRef<[u8]>,
        start: i64,
        stop: i64,
    ) -> Result<Vec<Vec<u8>>, Error> {
        self.read(key.as_ref(), |s, key| s.range(key, start, stop))
    }

    /// As [`Store::lindex`](crate::Store::lindex), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.lindex("k", 1));
    /// assert_eq!(reply, Ok(Some(b"b".to_vec())));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lindex(&self, key: impl AsRef<[u8]>, index: i64) -> Result<Option<Vec<u8>>, Error> {
        self.read(key.as_ref(), |s, key| s.index(key, index).map(<[u8]>::into_vec))
    }

    /// As [`Store::lset`](crate::Store::lset), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.lset("k", 0, "z"));
    /// assert_eq!(reply, Ok(()));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lset<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        index: i64,
        element: impl Into<Element<'e>>,
    ) -> Result<(), Error> {
        self.write(key.as_ref(), |s, key| s.set(key, index, element.into()))?
    }

    /// As [`Store::linsert_before`](crate::Store::linsert_before), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.linsert_before("k", "b", "x"));
    /// assert_eq!(reply, Ok(4));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn linsert_before<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        pivot: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<i64, Error> {
        self.write(key.as_ref(), |s, key| {
            s.insert(key, Side::Before, pivot.as_ref(), element.into())
        })
    }

    /// As [`Store::linsert_after`](crate::Store::linsert_after), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.linsert_after("k", "b", "x"));
    /// assert_eq!(reply, Ok(4));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn linsert_after<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        pivot: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<i64, Error> {
        self.write(key.as_ref(), |s, key| {
            s.insert(key, Side::After, pivot.as_ref(), element.into())
        })
    }

    /// As [`Store::lrem`](crate::Store::lrem), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.lrem("k", 0, "a"));
    /// assert_eq!(reply, Ok(2));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lrem(
        &mut self,
        key: impl AsRef<[u8]>,
        count: i64,
        element: impl AsRef<[u8]>,
    ) -> Result<usize, Error> {
        self.write(key.as_ref(), |s, key| s.remove(key, count, element.as_ref()))?
    }

    /// As [`Store::ltrim`](crate::Store::ltrim), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.ltrim("k", 0, 0));
    /// assert_eq!(reply, Ok(()));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn ltrim(&mut self, key: impl AsRef<[u8]>, start: i64, stop: i64) -> Result<(), Error> {
        self.write(key.as_ref(), |s, key| s.trim(key, start, stop))
    }

    /// As [`Store::lpos`](crate::Store::lpos), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.lpos("k", "b"));
    /// assert_eq!(reply, Ok(Some(1)));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpos(
        &self,
        key: impl AsRef<[u8]>,
        element: impl AsRef<[u8]>,
    ) -> Result<Option<usize>, Error> {
        self.lpos_with(key, element, LposOptions::new())
    }

    /// As [`Store::lpos_with`](crate::Store::lpos_with), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let options = redeque::LposOptions::new().rank(-1)?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.lpos_with("k", "a", options));
    /// assert_eq!(reply, Ok(Some(2)));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpos_with(
        &self,
        key: impl AsRef<[u8]>,
        element: impl AsRef<[u8]>,
        options: LposOptions,
    ) -> Result<Option<usize>, Error> {
        Ok(self.lpos_count(key, element, 1, options)?.first().copied())
    }

    /// As [`Store::lpos_count`](crate::Store::lpos_count), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let options = redeque::LposOptions::new();
    /// let reply = store.transaction(["k", "l"], |tx| tx.lpos_count("k", "a", 0, options));
    /// assert_eq!(reply, Ok(vec![0, 2]));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lpos_count(
        &self,
        key: impl AsRef<[u8]>,
        element: impl AsRef<[u8]>,
        count: usize,
        options: LposOptions,
    ) -> Result<Vec<usize>, Error> {
        self.read(key.as_ref(), |s, key| s.positions(key, element.as_ref(), count, options))
    }

    /// As [`Store::lmove`](crate::Store::lmove), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// use redeque::Direction::{Left, Right};
    /// let reply = store.transaction(["k", "l"], |tx| tx.lmove("k", "l", Left, Right));
    /// assert_eq!(reply, Ok(Some(b"a".to_vec())));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lmove(
        &mut self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
        from: Direction,
        to: Direction,
    ) -> Result<Option<Vec<u8>>, Error> {
        let (source, destination) = (self.key(source.as_ref())?, self.key(destination.as_ref())?);
        Ok(self.guard.lmove(source, destination, from, to).map(Popped::into_vec))
    }

    /// As [`Store::rpoplpush`](crate::Store::rpoplpush), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// let reply = store.transaction(["k", "l"], |tx| tx.rpoplpush("k", "l"));
    /// assert_eq!(reply, Ok(Some(b"a".to_vec())));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn rpoplpush(
        &mut self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
    ) -> Result<Option<Vec<u8>>, Error> {
        self.lmove(source, destination, Direction::Right, Direction::Left)
    }

    /// As [`Store::lmpop`](crate::Store::lmpop), on declared keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "a"])?;
    /// use redeque::Direction;
    /// let reply = store.transaction(["k", "l"], |tx| tx.lmpop(["l", "k"], Direction::Left, 1));
    /// assert_eq!(reply, Ok(Some((b"k".to_vec(), vec![b"a".to_vec()]))));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn lmpop(
        &mut self,
        keys: impl Keys,
        from: Direction,
        count: usize,
    ) -> Result<Option<(Vec<u8>, Vec<Vec<u8>>)>, Error> {
        let names: Vec<_> = keys.into_iter().collect();
        let request = Request::pop_many(self.keys(&names)?, from, count)?;
        Ok(self.guard.take(&request).map(|taken| taken.into_popped_many(&request)))
    }
}
