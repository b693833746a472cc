//! The commands on one key, each with what it intends: once for all surfaces.

use super::change::{Intent, Side};
use super::key::Key;
use super::log_copies::LogCopies;
use super::shard::Shard;
use crate::clock::UnixTime;
use crate::expiry::{ExpireOptions, When};
use crate::list::{List, Popped};
use crate::several::Prepared;
use crate::{Direction, Element, ElementBuf, Error};

/// EXPIRE and its like, by what time it is when the key is locked, and by which time keys expire then. At the time of the call,
/// which may be over by then, somebody may have seen it without.
pub(super) fn expire_by(
    single: &mut impl Single,
    key: Key<'_>,
    when: When,
    options: ExpireOptions,
    times: impl Fn() -> (UnixTime, UnixTime),
) -> Result<bool, Error> {
    options.check()?;
    // It can be told now, and so it can a moment later, or hardly.
    when.deadline(single.now())?;
    let expire = |shard: &mut Shard, key: Key<'_>, removed: &mut Option<List>| {
        let (now, expiry_time) = times();
        let deadline = when.deadline(now).unwrap_or(UnixTime::MAX);
        let (has_key, list) = shard.expire(key, deadline, expiry_time, options);
        *removed = list;
        has_key
    };
    single.remove_by(key, Intent::Expire, expire)
}

/// The commands on one key, as all surfaces call them: by themselves, or under locks that are held. Each says what it
/// intends.
pub(crate) trait Single {
    /// Reads one key.
    fn read<R>(&self, key: Key<'_>, look: impl FnOnce(&Shard, Key<'_>) -> R) -> R;

    /// Changes one key.
    fn write<R>(
        &mut self,
        key: Key<'_>,
        intent: Intent,
        command: impl FnOnce(&mut Shard, Key<'_>) -> R,
    ) -> Result<R, Error>;

    /// The same by a command that may remove the list, which it leaves to be freed after unlocking.
    fn remove_by<R>(
        &mut self,
        key: Key<'_>,
        intent: Intent,
        command: impl FnOnce(&mut Shard, Key<'_>, &mut Option<List>) -> R,
    ) -> Result<R, Error>;

    /// Copies long elements for the log, if this is before the lock, under which that would stop others.
    #[inline]
    fn copies_for_log(&self, _: &[Element<'_>]) -> LogCopies {
        LogCopies::NONE
    }

    /// Changes one key by a command that stores these elements, or drops them.
    #[inline]
    fn store<'e, E: AsRef<[Element<'e>]>, R>(
        &mut self,
        key: Key<'_>,
        intent: Intent,
        elements: E,
        command: impl FnOnce(&mut Shard, Key<'_>, E) -> R,
    ) -> Result<R, Error> {
        let copies = self.copies_for_log(elements.as_ref());
        self.write(key, intent, |shard, key| {
            let _copies = copies;
            command(shard, key, elements)
        })
    }

    /// LPUSH and RPUSH
    #[inline]
    fn push(
        &mut self,
        key: Key<'_>,
        end: Direction,
        elements: Prepared<'_>,
    ) -> Result<usize, Error> {
        let intent = Intent::Push(elements.len());
        self.store(key, intent, elements, |shard, key, elements| shard.push(key, end, elements))
    }

    /// LPUSH and RPUSH of one element, which is prepared.
    #[inline]
    fn push_one(
        &mut self,
        key: Key<'_>,
        end: Direction,
        element: Element<'_>,
    ) -> Result<usize, Error> {
        self.store(key, Intent::Push(1), [element], |shard, key, [element]| {
            shard.push_one(key, end, element)
        })
    }

    /// LPUSHX and RPUSHX
    fn push_existing(
        &mut self,
        key: Key<'_>,
        end: Direction,
        elements: Prepared<'_>,
    ) -> Result<usize, Error> {
        self.store(key, Intent::Push(elements.len()), elements, |shard, key, elements| {
            shard.push_existing(key, end, elements)
        })
    }

    /// A push of an element, which is prepared, to a list that is shorter than `max_len`.
    fn push_bounded(
        &mut self,
        key: Key<'_>,
        end: Direction,
        max_len: usize,
        element: Element<'_>,
    ) -> Result<Option<usize>, Error> {
        if max_len == 0 {
            return Err(Error::NeverFits);
        }
        self.store(key, Intent::Push(1), [element], |shard, key, [element]| {
            shard.push_bounded(key, end, max_len, &mut Some(element))
        })
    }

    /// The same with several elements, if there is room for all of them.
    fn push_bounded_all(
        &mut self,
        key: Key<'_>,
        end: Direction,
        max_len: usize,
        elements: Prepared<'_>,
    ) -> Result<Option<usize>, Error> {
        if elements.len() > max_len {
            return Err(Error::NeverFits);
        }
        self.store(key, Intent::Push(elements.len()), elements, |shard, key, elements| {
            shard.push_bounded_all(key, end, max_len, elements)
        })
    }

    /// LPOP and RPOP
    #[inline]
    fn pop(&mut self, key: Key<'_>, end: Direction) -> Result<Option<Popped>, Error> {
        self.write(key, Intent::Pop(1), |shard, key| shard.pop(key, end))
    }

    /// LPOP and RPOP with a count
    fn pop_count(
        &mut self,
        key: Key<'_>,
        end: Direction,
        count: usize,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        self.write(key, Intent::Pop(count), |shard, key| shard.pop_count(key, end, count))
    }

    /// LPOP and RPOP into a buffer
    #[inline]
    fn pop_into(
        &mut self,
        key: Key<'_>,
        end: Direction,
        buffer: &mut Vec<u8>,
    ) -> Result<bool, Error> {
        let mut replaced = Vec::new();
        self.write(key, Intent::Pop(1), |shard, key| {
            shard.pop_into(key, end, buffer, &mut replaced)
        })
    }

    /// LPOP and RPOP with a count, into a buffer
    fn pop_count_into(
        &mut self,
        key: Key<'_>,
        end: Direction,
        count: usize,
        buffer: &mut ElementBuf,
    ) -> Result<bool, Error> {
        let mut emptied = Vec::new();
        self.write(key, Intent::Pop(count), |shard, key| {
            shard.pop_count_into(key, end, count, buffer, &mut emptied)
        })
    }

    /// LSET
    fn set(&mut self, key: Key<'_>, index: i64, element: Element<'_>) -> Result<(), Error> {
        let set =
            |shard: &mut Shard, key: Key<'_>, [element]: [_; 1]| shard.set(key, index, element);
        self.store(key, Intent::Set, [element], set)?
    }

    /// LINSERT
    fn insert(
        &mut self,
        key: Key<'_>,
        side: Side,
        pivot: &[u8],
        element: Element<'_>,
    ) -> Result<i64, Error> {
        self.store(key, Intent::Push(1), [element], |shard, key, [element]| {
            shard.insert(key, side, pivot, element)
        })
    }

    /// LREM
    fn remove(&mut self, key: Key<'_>, count: i64, element: &[u8]) -> Result<usize, Error> {
        self.write(key, Intent::Cut, |shard, key| shard.remove(key, count, element))?
    }

    /// LTRIM
    fn trim(&mut self, key: Key<'_>, start: i64, stop: i64) -> Result<(), Error> {
        self.write(key, Intent::Cut, |shard, key| shard.trim(key, start, stop))
    }

    /// What time it is.
    fn now(&self) -> UnixTime;

    /// EXPIRE and its like: whether there is a key that the options allow this deadline.
    fn expire(&mut self, key: Key<'_>, when: When, options: ExpireOptions) -> Result<bool, Error>;

    /// PERSIST
    fn persist(&mut self, key: Key<'_>) -> Result<bool, Error> {
        self.write(key, Intent::Expire, |shard, key| shard.persist(key))
    }

    /// DEL and UNLINK of one key: whether there was one.
    fn del_one(&mut self, key: Key<'_>) -> Result<bool, Error> {
        self.remove_by(key, Intent::Delete, |shard, key, removed| {
            *removed = shard.delete(key);
            removed.is_some()
        })
    }
}
