//! The methods for Redis's list group, on declared keys.

use super::Transaction;
use crate::keyspace::{Access, Request, Side, Single};
use crate::list::Popped;
use crate::lmovem::Block;
use crate::several::elements_of;
use crate::{
    Direction, Element, ElementBuf, Elements, Error, Keys, LposOptions, MoveCount, MoveOrder,
};

/// # Lists
impl Transaction<'_> {
    /// [`LPUSH`](https://redis.io/commands/lpush/): as [`Store::lpush`](crate::Store::lpush).
    pub fn lpush<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<usize, Error> {
        let key = self.key(key.as_ref())?;
        self.guard.push_one(key, Direction::Left, element.into())
    }

    /// [`RPUSH`](https://redis.io/commands/rpush/): as [`Store::rpush`](crate::Store::rpush).
    pub fn rpush<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<usize, Error> {
        let key = self.key(key.as_ref())?;
        self.guard.push_one(key, Direction::Right, element.into())
    }

    /// [`LPUSH`](https://redis.io/commands/lpush/): as [`Store::lpush_all`](crate::Store::lpush_all).
    pub fn lpush_all<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        elements: impl Elements<'e>,
    ) -> Result<usize, Error> {
        let elements = elements_of("lpush", elements)?;
        let key = self.key(key.as_ref())?;
        self.guard.push(key, Direction::Left, elements)
    }

    /// [`RPUSH`](https://redis.io/commands/rpush/): as [`Store::rpush_all`](crate::Store::rpush_all).
    pub fn rpush_all<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        elements: impl Elements<'e>,
    ) -> Result<usize, Error> {
        let elements = elements_of("rpush", elements)?;
        let key = self.key(key.as_ref())?;
        self.guard.push(key, Direction::Right, elements)
    }

    /// [`LPUSHX`](https://redis.io/commands/lpushx/): as [`Store::lpushx`](crate::Store::lpushx).
    pub fn lpushx<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<usize, Error> {
        self.lpushx_all(key, [element])
    }

    /// [`RPUSHX`](https://redis.io/commands/rpushx/): as [`Store::rpushx`](crate::Store::rpushx).
    pub fn rpushx<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<usize, Error> {
        self.rpushx_all(key, [element])
    }

    /// [`LPUSHX`](https://redis.io/commands/lpushx/): as [`Store::lpushx_all`](crate::Store::lpushx_all).
    pub fn lpushx_all<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        elements: impl Elements<'e>,
    ) -> Result<usize, Error> {
        let elements = elements_of("lpushx", elements)?;
        let key = self.key(key.as_ref())?;
        self.guard.push_existing(key, Direction::Left, elements)
    }

    /// [`RPUSHX`](https://redis.io/commands/rpushx/): as [`Store::rpushx_all`](crate::Store::rpushx_all).
    pub fn rpushx_all<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        elements: impl Elements<'e>,
    ) -> Result<usize, Error> {
        let elements = elements_of("rpushx", elements)?;
        let key = self.key(key.as_ref())?;
        self.guard.push_existing(key, Direction::Right, elements)
    }

    /// [`LPOP`](https://redis.io/commands/lpop/): as [`Store::lpop`](crate::Store::lpop).
    pub fn lpop(&mut self, key: impl AsRef<[u8]>) -> Result<Option<Vec<u8>>, Error> {
        let key = self.key(key.as_ref())?;
        Ok(self.guard.pop(key, Direction::Left)?.map(Popped::into_vec))
    }

    /// [`RPOP`](https://redis.io/commands/rpop/): as [`Store::rpop`](crate::Store::rpop).
    pub fn rpop(&mut self, key: impl AsRef<[u8]>) -> Result<Option<Vec<u8>>, Error> {
        let key = self.key(key.as_ref())?;
        Ok(self.guard.pop(key, Direction::Right)?.map(Popped::into_vec))
    }

    /// [`LPOP`](https://redis.io/commands/lpop/): as [`Store::lpop_count`](crate::Store::lpop_count).
    pub fn lpop_count(
        &mut self,
        key: impl AsRef<[u8]>,
        count: usize,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        let key = self.key(key.as_ref())?;
        self.guard.pop_count(key, Direction::Left, count)
    }

    /// [`RPOP`](https://redis.io/commands/rpop/): as [`Store::rpop_count`](crate::Store::rpop_count).
    pub fn rpop_count(
        &mut self,
        key: impl AsRef<[u8]>,
        count: usize,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        let key = self.key(key.as_ref())?;
        self.guard.pop_count(key, Direction::Right, count)
    }

    /// [`LPOP`](https://redis.io/commands/lpop/): as [`Store::lpop_into`](crate::Store::lpop_into).
    pub fn lpop_into(
        &mut self,
        key: impl AsRef<[u8]>,
        buffer: &mut Vec<u8>,
    ) -> Result<bool, Error> {
        let key = self.key(key.as_ref())?;
        self.guard.pop_into(key, Direction::Left, buffer)
    }

    /// [`LPOP`](https://redis.io/commands/lpop/): as [`Store::lpop_count_into`](crate::Store::lpop_count_into).
    pub fn lpop_count_into(
        &mut self,
        key: impl AsRef<[u8]>,
        count: usize,
        buffer: &mut ElementBuf,
    ) -> Result<bool, Error> {
        let key = self.key(key.as_ref())?;
        self.guard.pop_count_into(key, Direction::Left, count, buffer)
    }

    /// [`RPOP`](https://redis.io/commands/rpop/): as [`Store::rpop_into`](crate::Store::rpop_into).
    pub fn rpop_into(
        &mut self,
        key: impl AsRef<[u8]>,
        buffer: &mut Vec<u8>,
    ) -> Result<bool, Error> {
        let key = self.key(key.as_ref())?;
        self.guard.pop_into(key, Direction::Right, buffer)
    }

    /// [`RPOP`](https://redis.io/commands/rpop/): as [`Store::rpop_count_into`](crate::Store::rpop_count_into).
    pub fn rpop_count_into(
        &mut self,
        key: impl AsRef<[u8]>,
        count: usize,
        buffer: &mut ElementBuf,
    ) -> Result<bool, Error> {
        let key = self.key(key.as_ref())?;
        self.guard.pop_count_into(key, Direction::Right, count, buffer)
    }

    /// [`LLEN`](https://redis.io/commands/llen/): as [`Store::llen`](crate::Store::llen).
    pub fn llen(&self, key: impl AsRef<[u8]>) -> Result<usize, Error> {
        self.read(key.as_ref(), |s, key| s.len(key))
    }

    /// [`LRANGE`](https://redis.io/commands/lrange/): as [`Store::lrange`](crate::Store::lrange).
    pub fn lrange(
        &self,
        key: impl AsRef<[u8]>,
        start: i64,
        stop: i64,
    ) -> Result<Vec<Vec<u8>>, Error> {
        self.read(key.as_ref(), |s, key| s.range(key, start, stop))
    }

    /// [`LRANGE`](https://redis.io/commands/lrange/): as [`Store::lrange_into`](crate::Store::lrange_into). If the key was
    /// not declared, the buffer holds what was there before.
    pub fn lrange_into(
        &self,
        key: impl AsRef<[u8]>,
        start: i64,
        stop: i64,
        buffer: &mut ElementBuf,
    ) -> Result<(), Error> {
        self.read(key.as_ref(), |s, key| s.range_into(key, start, stop, buffer))
    }

    /// [`LINDEX`](https://redis.io/commands/lindex/): as [`Store::lindex`](crate::Store::lindex).
    pub fn lindex(&self, key: impl AsRef<[u8]>, index: i64) -> Result<Option<Vec<u8>>, Error> {
        self.read(key.as_ref(), |s, key| s.index(key, index).map(<[u8]>::into_vec))
    }

    /// [`LSET`](https://redis.io/commands/lset/): as [`Store::lset`](crate::Store::lset).
    pub fn lset<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        index: i64,
        element: impl Into<Element<'e>>,
    ) -> Result<(), Error> {
        let key = self.key(key.as_ref())?;
        self.guard.set(key, index, element.into())
    }

    /// [`LINSERT`](https://redis.io/commands/linsert/): as [`Store::linsert_before`](crate::Store::linsert_before).
    pub fn linsert_before<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        pivot: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<i64, Error> {
        let key = self.key(key.as_ref())?;
        self.guard.insert(key, Side::Before, pivot.as_ref(), element.into())
    }

    /// [`LINSERT`](https://redis.io/commands/linsert/): as [`Store::linsert_after`](crate::Store::linsert_after).
    pub fn linsert_after<'e>(
        &mut self,
        key: impl AsRef<[u8]>,
        pivot: impl AsRef<[u8]>,
        element: impl Into<Element<'e>>,
    ) -> Result<i64, Error> {
        let key = self.key(key.as_ref())?;
        self.guard.insert(key, Side::After, pivot.as_ref(), element.into())
    }

    /// [`LREM`](https://redis.io/commands/lrem/): as [`Store::lrem`](crate::Store::lrem).
    pub fn lrem(
        &mut self,
        key: impl AsRef<[u8]>,
        count: i64,
        element: impl AsRef<[u8]>,
    ) -> Result<usize, Error> {
        let key = self.key(key.as_ref())?;
        self.guard.remove(key, count, element.as_ref())
    }

    /// [`LTRIM`](https://redis.io/commands/ltrim/): as [`Store::ltrim`](crate::Store::ltrim).
    pub fn ltrim(&mut self, key: impl AsRef<[u8]>, start: i64, stop: i64) -> Result<(), Error> {
        let key = self.key(key.as_ref())?;
        self.guard.trim(key, start, stop)
    }

    /// [`LPOS`](https://redis.io/commands/lpos/): as [`Store::lpos`](crate::Store::lpos).
    pub fn lpos(
        &self,
        key: impl AsRef<[u8]>,
        element: impl AsRef<[u8]>,
    ) -> Result<Option<usize>, Error> {
        self.lpos_with(key, element, LposOptions::new())
    }

    /// [`LPOS`](https://redis.io/commands/lpos/): as [`Store::lpos_with`](crate::Store::lpos_with).
    pub fn lpos_with(
        &self,
        key: impl AsRef<[u8]>,
        element: impl AsRef<[u8]>,
        options: LposOptions,
    ) -> Result<Option<usize>, Error> {
        Ok(self.lpos_count(key, element, 1, options)?.first().copied())
    }

    /// [`LPOS`](https://redis.io/commands/lpos/): as [`Store::lpos_count`](crate::Store::lpos_count).
    pub fn lpos_count(
        &self,
        key: impl AsRef<[u8]>,
        element: impl AsRef<[u8]>,
        count: usize,
        options: LposOptions,
    ) -> Result<Vec<usize>, Error> {
        self.read(key.as_ref(), |s, key| s.positions(key, element.as_ref(), count, options))
    }

    /// [`LMOVE`](https://redis.io/commands/lmove/): as [`Store::lmove`](crate::Store::lmove).
    pub fn lmove(
        &mut self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
        from: Direction,
        to: Direction,
    ) -> Result<Option<Vec<u8>>, Error> {
        let (source, destination) = (self.key(source.as_ref())?, self.key(destination.as_ref())?);
        Ok(self.guard.lmove(source, destination, from, to)?.map(Popped::into_vec))
    }

    /// [`LMOVEM`](https://redis.io/commands/lmovem/): as [`Store::lmovem`](crate::Store::lmovem).
    pub fn lmovem(
        &mut self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
        from: Direction,
        to: Direction,
        count: MoveCount,
        order: MoveOrder,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        let block = Block::new(from, to, count, order)?;
        let (source, destination) = (self.key(source.as_ref())?, self.key(destination.as_ref())?);
        self.guard.lmovem(source, destination, block)
    }

    /// [`RPOPLPUSH`](https://redis.io/commands/rpoplpush/): as [`Store::rpoplpush`](crate::Store::rpoplpush).
    pub fn rpoplpush(
        &mut self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
    ) -> Result<Option<Vec<u8>>, Error> {
        self.lmove(source, destination, Direction::Right, Direction::Left)
    }

    /// [`LMPOP`](https://redis.io/commands/lmpop/): as [`Store::lmpop`](crate::Store::lmpop).
    pub fn lmpop(
        &mut self,
        keys: impl Keys,
        from: Direction,
        count: usize,
    ) -> Result<Option<(Vec<u8>, Vec<Vec<u8>>)>, Error> {
        let names: Vec<_> = keys.into_iter().collect();
        let keys = self.keys(&names)?;
        let request = Request::pop_many(&keys, from, count)?;
        let taken = self.guard.take(request)?;
        Ok(taken.map(|taken| (request.key_of(&taken).to_vec(), taken.into_elements())))
    }
}
