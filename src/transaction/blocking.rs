//! The commands that wait outside a transaction: inside one they take what there is.

use super::Transaction;
use crate::keyspace::{Access, Request};
use crate::{Direction, Error, Keys, MoveCount, MoveOrder};

/// # Waiting
///
/// Nothing waits inside a transaction: nobody else could change the list meanwhile. Where the store's command would begin
/// to wait, the reply here is `None`, at once. So [`blmove`](Self::blmove) is [`lmove`](Self::lmove),
/// [`blmovem`](Self::blmovem) is [`lmovem`](Self::lmovem), [`brpoplpush`](Self::brpoplpush) is
/// [`rpoplpush`](Self::rpoplpush), [`blmpop`](Self::blmpop) is [`lmpop`](Self::lmpop), and
/// [`brpush_bounded`](Self::brpush_bounded) is [`rpush_bounded`](Self::rpush_bounded).
impl Transaction<'_> {
    /// [`BLPOP`](https://redis.io/commands/blpop/): as [`Store::blpop`](crate::Store::blpop), but never waits.
    pub fn blpop(&mut self, keys: impl Keys) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
        self.pop_first("blpop", keys, Direction::Left)
    }

    /// [`BRPOP`](https://redis.io/commands/brpop/): as [`Store::brpop`](crate::Store::brpop), but never waits.
    pub fn brpop(&mut self, keys: impl Keys) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
        self.pop_first("brpop", keys, Direction::Right)
    }

    /// [`BLMOVE`](https://redis.io/commands/blmove/): as [`Store::blmove`](crate::Store::blmove), but never waits.
    pub fn blmove(
        &mut self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
        from: Direction,
        to: Direction,
    ) -> Result<Option<Vec<u8>>, Error> {
        self.lmove(source, destination, from, to)
    }

    /// [`BLMOVEM`](https://redis.io/commands/blmovem/): as [`Store::blmovem`](crate::Store::blmovem), but never waits.
    pub fn blmovem(
        &mut self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
        from: Direction,
        to: Direction,
        count: MoveCount,
        order: MoveOrder,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        self.lmovem(source, destination, from, to, count, order)
    }

    /// [`BRPOPLPUSH`](https://redis.io/commands/brpoplpush/): as [`Store::brpoplpush`](crate::Store::brpoplpush), but
    /// never waits.
    pub fn brpoplpush(
        &mut self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
    ) -> Result<Option<Vec<u8>>, Error> {
        self.rpoplpush(source, destination)
    }

    /// [`BLMPOP`](https://redis.io/commands/blmpop/): as [`Store::blmpop`](crate::Store::blmpop), but never waits.
    pub fn blmpop(
        &mut self,
        keys: impl Keys,
        from: Direction,
        count: usize,
    ) -> Result<Option<(Vec<u8>, Vec<Vec<u8>>)>, Error> {
        self.lmpop(keys, from, count)
    }

    fn pop_first(
        &mut self,
        command: &'static str,
        keys: impl Keys,
        from: Direction,
    ) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
        let names: Vec<_> = keys.into_iter().collect();
        let keys = self.keys(&names)?;
        let request = Request::pop(command, &keys, from)?;
        let taken = self.guard.take(request)?;
        Ok(taken.map(|taken| (request.key_of(&taken).to_vec(), taken.into_element())))
    }
}
