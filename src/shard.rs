//! One part of the keyspace: which list is at which key, and every command that touches a single key.
//!
//! Everything here is single-threaded: whoever calls holds the shard's lock. It knows nothing of other shards.

mod by_key;
mod key;
mod table;
mod waiter;
mod waiting;
mod watch;

use std::sync::Arc;

use foldhash::fast::RandomState;

pub(crate) use self::key::{Key, OwnedKey};
pub(crate) use self::table::Table;
pub(crate) use self::waiter::{Outcome, Request, Take, Taken, Unblock, Waiter};
pub(crate) use self::waiting::Ready;
use self::waiting::Waiting;
pub(crate) use self::watch::Changed;
use self::watch::Watchers;
use crate::list::{List, Popped};
use crate::lpos::LposOptions;
use crate::{Direction, Element, Error, range};

/// A part of the keyspace, the most used first.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Shard {
    lists: Table,
    watchers: Watchers,
    waiting: Waiting,
}

/// Where LINSERT puts the new element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

impl Shard {
    pub(crate) fn new(hasher: RandomState) -> Self {
        Self { lists: Table::new(hasher), watchers: Watchers::new(), waiting: Waiting::new() }
    }

    /// LPUSH and RPUSH: the length after the push of at least one element.
    #[inline]
    pub(crate) fn push<'e>(
        &mut self,
        key: Key<'_>,
        end: Direction,
        elements: impl IntoIterator<Item = Element<'e>>,
    ) -> usize {
        self.create_or_change(key, |list| extend(list, end, elements)).0
    }

    /// LPUSH and RPUSH of one element, which is not carried about more than it must.
    #[expect(clippy::inline_always, reason = "as for pop")]
    #[inline(always)]
    pub(crate) fn push_one(&mut self, key: Key<'_>, end: Direction, element: Element<'_>) -> usize {
        let (position, created) = self.lists.position_or_create(key);
        let len = self.lists.list_mut(position).push(end, element);
        self.created_or_changed(key, created);
        len
    }

    /// LPUSHX and RPUSHX: the length after the push, 0 if there is no list to push to.
    pub(crate) fn push_existing<'e>(
        &mut self,
        key: Key<'_>,
        end: Direction,
        elements: impl IntoIterator<Item = Element<'e>>,
    ) -> usize {
        self.change(key, |list| (true, extend(list, end, elements))).unwrap_or(0)
    }

    /// LPOP and RPOP without a count.
    #[expect(clippy::inline_always, reason = "a call in between costs a tenth of a pop")]
    #[inline(always)]
    pub(crate) fn pop(&mut self, key: Key<'_>, end: Direction) -> Option<Popped> {
        let position = self.lists.position(key)?;
        let popped = self.lists.list_mut(position).pop(end);
        self.changed(key, position);
        popped
    }

    /// LPOP and RPOP with a count: none if there is no list, also when the count is 0.
    pub(crate) fn pop_count(
        &mut self,
        key: Key<'_>,
        end: Direction,
        count: usize,
    ) -> Option<Vec<Vec<u8>>> {
        self.change(key, |list| {
            let count = count.min(list.len());
            let mut popped = Vec::with_capacity(count);
            popped.extend(std::iter::from_fn(|| list.pop(end)).take(count).map(Popped::into_vec));
            (count > 0, popped)
        })
    }

    /// LMOVE from a list to itself: the element that went from one end to the other.
    pub(crate) fn rotate(
        &mut self,
        key: Key<'_>,
        from: Direction,
        to: Direction,
    ) -> Option<Popped> {
        let moved = self.change(key, |list| {
            let moved = list.pop(from);
            if let Some(moved) = &moved {
                list.push(to, moved.as_element());
            }
            (true, moved)
        });
        moved.flatten()
    }

    pub(crate) fn exists(&self, key: Key<'_>) -> bool {
        self.lists.get(key).is_some()
    }

    /// TYPE
    pub(crate) fn type_name(&self, key: Key<'_>) -> &'static str {
        if self.exists(key) { "list" } else { "none" }
    }

    /// OBJECT ENCODING
    pub(crate) fn encoding(&self, key: Key<'_>) -> Option<&'static str> {
        let list = self.lists.get(key)?;
        Some(if is_small(list) { "listpack" } else { "quicklist" })
    }

    /// LLEN
    pub(crate) fn len(&self, key: Key<'_>) -> usize {
        self.lists.get(key).map_or(0, List::len)
    }

    /// LRANGE
    pub(crate) fn range(&self, key: Key<'_>, start: i64, stop: i64) -> Vec<Vec<u8>> {
        self.lists
            .get(key)
            .map_or_else(Vec::new, |list| list.range(range::resolve(start, stop, list.len())))
    }

    /// LINDEX
    #[inline]
    pub(crate) fn index(&self, key: Key<'_>, index: i64) -> Option<Box<[u8]>> {
        let list = self.lists.get(key)?;
        list.get(range::position(index, list.len())?).map(Box::from)
    }

    /// LSET
    pub(crate) fn set(
        &mut self,
        key: Key<'_>,
        index: i64,
        element: Element<'_>,
    ) -> Result<(), Error> {
        let replaced = self.change(key, |list| {
            let position = range::position(index, list.len());
            let replaced = position.is_some_and(|position| list.set(position, element));
            (replaced, replaced)
        });
        match replaced {
            Some(true) => Ok(()),
            Some(false) => Err(Error::IndexOutOfRange),
            None => Err(Error::NoSuchKey),
        }
    }

    /// LINSERT: the new length, 0 if there is no list, -1 if no element equals the pivot.
    pub(crate) fn insert(
        &mut self,
        key: Key<'_>,
        side: Side,
        pivot: &[u8],
        element: Element<'_>,
    ) -> i64 {
        let inserted = self.change(key, |list| {
            let Some(found) = list.position(pivot) else { return (false, -1) };
            list.insert(found + usize::from(side == Side::After), element);
            (true, reply_integer(list.len()))
        });
        inserted.unwrap_or(0)
    }

    /// LREM: how many were removed.
    pub(crate) fn remove(
        &mut self,
        key: Key<'_>,
        count: i64,
        element: &[u8],
    ) -> Result<usize, Error> {
        if count == i64::MIN {
            return Err(Error::OutOfSymmetricRange);
        }
        let from = if count < 0 { Direction::Right } else { Direction::Left };
        let limit = match count {
            0 => usize::MAX,
            _ => usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX),
        };
        let removed = self.change(key, |list| {
            let removed = list.remove_equal(element, limit, from);
            (removed > 0, removed)
        });
        Ok(removed.unwrap_or(0))
    }

    /// LTRIM, which counts as a change also where it removes nothing.
    pub(crate) fn trim(&mut self, key: Key<'_>, start: i64, stop: i64) {
        self.change(key, |list| (true, list.keep(range::resolve(start, stop, list.len()))));
    }

    /// LPOS with a count: positions from the head, in the order of the scan. 0 asks for all.
    pub(crate) fn positions(
        &self,
        key: Key<'_>,
        element: &[u8],
        count: usize,
        options: LposOptions,
    ) -> Vec<usize> {
        self.lists.get(key).map_or_else(Vec::new, |list| options.search(list, element, count))
    }

    /// The whole list, which is gone from here: DEL, and the source's half of RENAME.
    pub(crate) fn take(&mut self, key: Key<'_>) -> Option<List> {
        let taken = self.lists.remove(key)?;
        self.watchers.touch(key);
        Some(taken)
    }

    /// A list at a key, in the place of one that may have been there and is returned.
    pub(crate) fn put(&mut self, key: Key<'_>, list: List) -> Option<List> {
        let (replaced, created) =
            self.create_or_change(key, |place| std::mem::replace(place, list));
        (!created).then_some(replaced)
    }

    /// A copy of a list, for COPY.
    pub(crate) fn duplicate(&self, key: Key<'_>) -> Option<List> {
        self.lists.get(key).cloned()
    }

    pub(crate) fn key_count(&self) -> usize {
        self.lists.len()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.lists.keys()
    }

    /// The key at a position below [`key_count`](Self::key_count), in the order that [`Table`] promises for cursors.
    pub(crate) fn key_at(&self, position: usize) -> &[u8] {
        self.lists.key_at(position)
    }

    /// FLUSHALL: everything that was here, so that it can be freed after unlocking.
    pub(crate) fn flush(&mut self) -> Table {
        let Self { lists, watchers, .. } = self;
        watchers.touch_where(|key| lists.get(key).is_some());
        lists.take()
    }

    /// WATCH
    pub(crate) fn watch(&mut self, key: Key<'_>, watcher: &Changed) {
        self.watchers.add(key, watcher);
    }

    /// UNWATCH
    pub(crate) fn unwatch(&mut self, key: Key<'_>, watcher: &Changed) {
        self.watchers.remove(key, watcher);
    }

    /// Whether anybody waits for a key of this shard.
    pub(crate) fn is_waited_for(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether anybody waits for a key.
    pub(crate) fn has_waiters(&self, key: Key<'_>) -> bool {
        self.is_waited_for() && self.waiters(key).next().is_some()
    }

    /// Puts a waiter, whose ticket is the highest so far, into the queue of a key.
    pub(crate) fn add_waiter(&mut self, key: Key<'_>, waiter: &Arc<Waiter>) {
        self.waiting.add(key, waiter);
    }

    pub(crate) fn remove_waiter(&mut self, key: Key<'_>, waiter: &Waiter) {
        self.waiting.remove(key, waiter);
    }

    /// Those who wait for a key, in the order in which they began.
    pub(crate) fn waiters(&self, key: Key<'_>) -> impl Iterator<Item = &Arc<Waiter>> {
        self.waiting.of(key)
    }

    /// Those who wait for any key, once for each.
    pub(crate) fn all_waiters(&self) -> impl Iterator<Item = &Arc<Waiter>> {
        self.waiting.all()
    }

    /// How many wait whose first key is of this shard.
    pub(crate) fn blocked_clients(&self) -> usize {
        self.waiting.by_first_key().filter(|waiter| waiter.slot().is_waiting()).count()
    }

    /// The keys that came into existence while somebody waited for them, since they were last taken out of here.
    pub(crate) fn ready(&mut self) -> &mut Ready {
        self.waiting.ready()
    }

    /// Notes that the waiters of a key are served: from here on it can become ready again.
    pub(crate) fn serving(&mut self, key: Key<'_>) {
        self.waiting.looked_at(key);
    }

    /// Runs `change` on a list, if there is one; it also says whether it changed anything.
    fn change<R>(
        &mut self,
        key: Key<'_>,
        change: impl FnOnce(&mut List) -> (bool, R),
    ) -> Option<R> {
        let position = self.lists.position(key)?;
        let (changed, result) = change(self.lists.list_mut(position));
        if changed {
            self.changed(key, position);
        }
        Some(result)
    }

    /// Runs `change` on a list that is made if there is none, and says whether it was.
    fn create_or_change<R>(
        &mut self,
        key: Key<'_>,
        change: impl FnOnce(&mut List) -> R,
    ) -> (R, bool) {
        let (position, created) = self.lists.position_or_create(key);
        let result = change(self.lists.list_mut(position));
        self.created_or_changed(key, created);
        (result, created)
    }

    /// What follows whenever a list was changed in its place.
    #[inline]
    fn changed(&mut self, key: Key<'_>, position: usize) {
        self.lists.drop_if_empty(key.hash, position);
        self.watchers.touch(key);
    }

    /// What follows whenever something was added to a list, or a key was made for it.
    #[inline]
    fn created_or_changed(&mut self, key: Key<'_>, created: bool) {
        self.watchers.touch(key);
        if created && self.is_waited_for() {
            self.waiting.created(key);
        }
    }
}

fn extend<'e>(
    list: &mut List,
    end: Direction,
    elements: impl IntoIterator<Item = Element<'e>>,
) -> usize {
    elements.into_iter().fold(0, |_, element| list.push(end, element))
}

/// Whether a server would keep the list in one piece: in 8 KiB, with what it writes around each element.
fn is_small(list: &List) -> bool {
    const LIMIT: usize = 8 * 1024;
    let sizes = list.iter().map(|element| element.len() + 2);
    let mut total = 0;
    sizes.take(LIMIT).all(|size| {
        total += size;
        total <= LIMIT
    })
}

fn reply_integer(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}
