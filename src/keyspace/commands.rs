//! Every command that needs more than one key, or all of them, under the locks of a [`Guard`].
//!
//! A command on one key goes to that key's shard; nothing of it is said here again. The names are those of
//! [`Access`](super::Access), which has a command admitted and then calls what is here. Outside the keyspace, where these are
//! not to be seen, a guard has those of `Access` only.

use smallvec::SmallVec;

use super::change::Origin;
use super::guard::Guard;
use super::key::Key;
use super::shard::Shard;
use super::watchers::Changed;
use crate::expiry::Expiry;
use crate::list::{List, Popped};
use crate::lmovem::Block;
use crate::names::Names;
use crate::{Direction, Element, Error};

impl Guard<'_> {
    /// LMOVE
    pub(super) fn lmove(
        &mut self,
        source: Key<'_>,
        destination: Key<'_>,
        from: Direction,
        to: Direction,
    ) -> Option<Popped> {
        if source == destination {
            return self.changing(source).rotate(source, from, to);
        }
        let moved = self.changing(source).pop(source, from)?;
        self.changing(destination).push_one(destination, to, moved.as_element());
        Some(moved)
    }

    /// LMOVEM, and what serves who waits for a move: the elements as they lie in the destination.
    pub(super) fn move_block(
        &mut self,
        source: Key<'_>,
        destination: Key<'_>,
        block: Block,
    ) -> Option<SmallVec<[Vec<u8>; 1]>> {
        let count = block.out_of(self.shard(source).len(source))?;
        if count == 1 {
            let moved = self.lmove(source, destination, block.from, block.to)?;
            return Some(SmallVec::from_buf([moved.into_vec()]));
        }
        let kept = self.shard(source).expiry(source);
        let mut moved = self.changing(source).pop_count(source, block.from, count)?;
        block.turn_for_pushing(&mut moved);
        let elements = moved.iter().map(Element::from);
        self.changing(destination).push(destination, block.to, elements);
        if source == destination {
            self.shard_mut(source).keep_deadline(source, kept);
        }
        block.turn_as_it_lies(&mut moved);
        Some(moved.into())
    }

    /// DEL and UNLINK: how many keys there were.
    pub(super) fn del(&mut self, keys: &[Key<'_>]) -> usize {
        let removed = keys.iter().filter(|&&key| {
            let list = self.changing(key).delete(key);
            let existed = list.is_some();
            self.discard(list);
            existed
        });
        removed.count()
    }

    /// EXISTS and TOUCH: how many of the arguments name a key that exists.
    pub(super) fn exists(&self, keys: &[Key<'_>]) -> usize {
        keys.iter().filter(|&&key| self.shard(key).exists(key)).count()
    }

    /// RENAME
    pub(super) fn rename(&mut self, key: Key<'_>, newkey: Key<'_>) -> Result<(), Error> {
        if key == newkey {
            return if self.shard(key).exists(key) { Ok(()) } else { Err(Error::NoSuchKey) };
        }
        let origin = Origin::Renamed(self.shard(key).as_source(key));
        let expiry = self.shard(key).expiry(key);
        let list = self.changing(key).leave(key).ok_or(Error::NoSuchKey)?;
        let replaced = self.changing(newkey).put(newkey, list, expiry, origin);
        self.discard(Some(replaced));
        Ok(())
    }

    /// RENAMENX: whether the new name was free.
    pub(super) fn renamenx(&mut self, key: Key<'_>, newkey: Key<'_>) -> Result<bool, Error> {
        if !self.shard(key).exists(key) {
            return Err(Error::NoSuchKey);
        }
        if self.shard(newkey).exists(newkey) {
            return Ok(false);
        }
        self.rename(key, newkey)?;
        Ok(true)
    }

    /// COPY, with `replace` over a destination that exists: whether it was copied.
    pub(super) fn copy(
        &mut self,
        source: Key<'_>,
        destination: Key<'_>,
        replace: bool,
    ) -> Result<bool, Error> {
        if source == destination {
            return Err(Error::SameObject);
        }
        if !replace && self.shard(destination).exists(destination) {
            return Ok(false);
        }
        let Some(list) = self.shard(source).duplicate(source) else { return Ok(false) };
        let origin = Origin::Copied(self.shard(source).as_source(source));
        let expiry = self.shard(source).expiry(source);
        let replaced = self.changing(destination).put(destination, list, expiry, origin);
        self.discard(Some(replaced));
        Ok(true)
    }

    /// What SORT does with its result: these elements and nothing else at a key, which is gone if there are none.
    /// Returns how many there are.
    pub(crate) fn store(&mut self, destination: Key<'_>, elements: Vec<Vec<u8>>) -> usize {
        if elements.is_empty() {
            self.del(&[destination]);
            return 0;
        }
        let mut list = List::default();
        for element in elements {
            list.push(Direction::Right, element.into());
        }
        let len = list.len();
        let (expiry, origin) = (Expiry::NoDeadline, Origin::Made);
        let replaced = self.changing(destination).put(destination, list, expiry, origin);
        self.discard(Some(replaced));
        len
    }

    /// WATCH
    pub(crate) fn watch(&mut self, keys: &[Key<'_>], changed: &Changed) {
        for &key in keys {
            self.changing(key).watch(key, changed);
        }
    }

    /// UNWATCH
    pub(crate) fn unwatch(&mut self, keys: &[Key<'_>], changed: &Changed) {
        for &key in keys {
            self.shard_mut(key).unwatch(key, changed);
        }
    }

    /// The names of all keys of the locked shards, for KEYS to match without the locks.
    pub(crate) fn names(&self) -> Names {
        self.shards().flat_map(Shard::keys).collect()
    }

    /// DBSIZE, over all locked shards. Keys that have expired count until they are removed.
    pub(crate) fn dbsize(&self) -> usize {
        self.shards().map(Shard::key_count).sum()
    }

    /// RANDOMKEY, over all locked shards: each key with the same chance. The locks are held by others than this command, so
    /// where it draws in vain, the keys are counted that have not expired.
    pub(super) fn randomkey(&self) -> Option<Vec<u8>> {
        self.draw_key().or_else(|| {
            let keys = || self.shards().flat_map(Shard::keys);
            let count = keys().count();
            let drawn = (count > 0).then(|| self.keyspace().random_below(count));
            drawn.and_then(|drawn| keys().nth(drawn)).map(<[u8]>::to_vec)
        })
    }

    /// One of the keys of all locked shards, each with the same chance. None if there are none, or all that were drawn have
    /// expired.
    pub(super) fn draw_key(&self) -> Option<Vec<u8>> {
        const DRAWS: usize = 100;
        let total = self.dbsize();
        let draws = if total == 0 { 0 } else { DRAWS };
        let draw = |_| self.nth_key(self.keyspace().random_below(total));
        (0..draws).find_map(draw).map(<[u8]>::to_vec)
    }

    /// The key at a position below [`dbsize`](Self::dbsize), if it has not expired.
    fn nth_key(&self, mut position: usize) -> Option<&[u8]> {
        for shard in self.shards() {
            let count = shard.key_count();
            if position < count {
                return shard.nth_key(position);
            }
            position -= count;
        }
        None
    }
}
