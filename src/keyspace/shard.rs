//! A part of the keyspace: every command on one key, single-threaded.
//!
//! It knows nothing of locks, nor of other shards. Whatever changes a list ends by noting its [`Change`], if anybody
//! observes this shard: see [`Observers`].
//!
//! A list that a command empties goes at once. In the midst of a commit of several commands its place is kept until the
//! end, although no command finds the key there: so a key that is removed and made again within one commit does not move,
//! and a walk by positions, which is what SCAN is, does not miss it.

mod expiring;
mod handing;
#[cfg(feature = "durable")]
mod logged;
mod telling;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::task::Waker;

use smallvec::SmallVec;

use self::telling::Told;
use super::change::{Change, Origin, Side, Source};
#[cfg(feature = "durable")]
use super::copied::Copied;
#[cfg(feature = "durable")]
use super::journal::Journal;
use super::key::Key;
use super::moved::Moved;
use super::queues::{Queues, Ready};
use super::returns::Returns;
use super::table::Table;
use super::waiter::{Take, Taken, Waiter};
use super::watchers::{Changed, Watchers};
use crate::expiry::Expiry;
use crate::list::{Leaving, List, Popped};
use crate::lpos::LposOptions;
use crate::several::Prepared;
use crate::{Direction, Element, ElementBuf, Error, index};

/// A part of the keyspace, the most used first.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Shard {
    lists: Table,
    told: Told,
    /// A commit of several commands is going on, so emptied lists keep their places.
    keeps_places: bool,
    /// Apart, so that what most commands need is in one cache line.
    observers: Box<Observers>,
}

/// What is there for few keys, and looked at by few commands.
#[derive(Debug)]
struct Observers {
    queues: Queues,
    /// The store is closed, so nothing is done without admission.
    closed: bool,
    returns: Returns,
    moved: Moved,
    watchers: Watchers,
    /// How many keys expired and were removed.
    expired: u64,
    /// Those who sleep until a key expires, and have to look again when that will be.
    rescheduled: Vec<Waker>,
    /// The places of lists that this commit emptied. Some may be filled again.
    emptied: Vec<usize>,
    /// Where there is a log, what is to go into it.
    #[cfg(feature = "durable")]
    journal: Option<Journal>,
    /// Where there is a log, and a copy of all lists is being made: what of it is here.
    #[cfg(feature = "durable")]
    copied: Option<Box<Copied>>,
}

impl Shard {
    /// A shard of these lists, which nobody waits for or watches, and nobody has written to.
    pub(super) fn new(mut lists: Table) -> Self {
        lists.forget_commits();
        let observers = Observers {
            emptied: Vec::new(),
            watchers: Watchers::new(),
            expired: 0,
            rescheduled: Vec::new(),
            queues: Queues::new(),
            closed: false,
            returns: Returns::new(),
            moved: Moved::new(),
            #[cfg(feature = "durable")]
            journal: None,
            #[cfg(feature = "durable")]
            copied: None,
        };
        let mut shard =
            Self { lists, told: Told::Nobody, keeps_places: false, observers: Box::new(observers) };
        shard.look_who_observes();
        shard
    }

    /// LPUSH and RPUSH: the length after the push of at least one element.
    #[inline]
    pub(crate) fn push<'e>(
        &mut self,
        key: Key<'_>,
        end: Direction,
        elements: impl IntoIterator<Item = Element<'e>>,
    ) -> usize {
        let position = self.lists.position_or_create(key);
        self.extend(key, position, end, elements)
    }

    /// LPUSH and RPUSH of one element, which is not carried about more than it must.
    #[expect(clippy::inline_always, reason = "as for pop")]
    #[inline(always)]
    pub(crate) fn push_one(&mut self, key: Key<'_>, end: Direction, element: Element<'_>) -> usize {
        self.lists.grew(1);
        self.note(key, || Change::Push { end, element: element.as_bytes() });
        self.lists.change_or_create(key, |list| list.push(end, element))
    }

    /// A push of what is brought, if the list is shorter than `max_len`: the length after it.
    pub(crate) fn push_bounded(
        &mut self,
        key: Key<'_>,
        end: Direction,
        max_len: usize,
        brought: &mut Option<Element<'_>>,
    ) -> Option<usize> {
        if self.len(key) >= max_len {
            return None;
        }
        Some(self.push_one(key, end, brought.take()?))
    }

    /// The same with several elements, if there is room for all of them.
    pub(crate) fn push_bounded_all(
        &mut self,
        key: Key<'_>,
        end: Direction,
        max_len: usize,
        elements: Prepared<'_>,
    ) -> Option<usize> {
        let room = max_len.saturating_sub(self.len(key));
        (elements.len() <= room).then(|| self.push(key, end, elements))
    }

    /// What a blocking command does with this key if it has no other.
    pub(crate) fn take_alone(
        &mut self,
        key: Key<'_>,
        take: Take<Key<'_>>,
        brought: &mut Option<Element<'_>>,
    ) -> Option<Taken> {
        match take {
            Take::Pop { from, count } => {
                self.pop_up_to(key, from, count).map(|elements| Taken::at_once(0, elements))
            }
            Take::Push { end, max_len } => {
                self.push_bounded(key, end, max_len, brought).map(Taken::pushed)
            }
            Take::Move { .. } => None,
        }
    }

    /// LPUSHX and RPUSHX: the length after the push, 0 if there is no list to push to.
    pub(crate) fn push_existing<'e>(
        &mut self,
        key: Key<'_>,
        end: Direction,
        elements: impl IntoIterator<Item = Element<'e>>,
    ) -> usize {
        match self.position(key) {
            Some(position) => self.extend(key, position, end, elements),
            None => 0,
        }
    }

    /// LPOP and RPOP without a count.
    #[expect(clippy::inline_always, reason = "a call in between costs a tenth of a pop")]
    #[inline(always)]
    pub(crate) fn pop(&mut self, key: Key<'_>, end: Direction) -> Option<Popped> {
        let pop = |list: &mut List| (list.pop(end), list.is_empty());
        let (position, (popped, emptied)) = self.lists.change(key, pop)?;
        if emptied {
            self.drop_empty(key, position);
        }
        if popped.is_some() {
            self.lists.shrank(1);
            self.note(key, || Change::Pop { end, count: 1 });
        }
        popped
    }

    /// LPOP and RPOP with a count: none if there is no list, also when the count is 0.
    pub(crate) fn pop_count(
        &mut self,
        key: Key<'_>,
        end: Direction,
        count: usize,
    ) -> Option<Vec<Vec<u8>>> {
        let position = self.position(key)?;
        let list = self.lists.list_mut(position);
        let count = count.min(list.len());
        let mut popped = Vec::with_capacity(count);
        while popped.len() < count
            && let Some(element) = list.pop(end)
        {
            popped.push(element.into_vec());
        }
        if count > 0 {
            self.lists.shrank(count);
            self.drop_if_empty(key, position);
            self.note(key, || Change::Pop { end, count });
        }
        Some(popped)
    }

    /// What a command that waits pops from a key, at most `count` elements: none if there is no list.
    pub(crate) fn pop_up_to(
        &mut self,
        key: Key<'_>,
        end: Direction,
        count: usize,
    ) -> Option<SmallVec<[Vec<u8>; 1]>> {
        if count == 1 {
            return Some(SmallVec::from_buf([self.pop(key, end)?.into_vec()]));
        }
        self.pop_count(key, end, count).map(SmallVec::from_vec)
    }

    /// LPOP and RPOP into a buffer, which is empty afterwards if there is no list: whether there was one. A buffer that the
    /// element brings along takes its place, and it is `replaced`.
    #[expect(clippy::inline_always, reason = "as for pop")]
    #[inline(always)]
    pub(crate) fn pop_into(
        &mut self,
        key: Key<'_>,
        end: Direction,
        buffer: &mut Vec<u8>,
        replaced: &mut Vec<u8>,
    ) -> bool {
        buffer.clear();
        let pop = |list: &mut List| {
            let popped = list.pop_to(end, |leaving| match leaving {
                Leaving::Packed(bytes) => buffer.extend_from_slice(bytes),
                Leaving::Whole(whole) => *replaced = std::mem::replace(buffer, whole.into_vec()),
            });
            (popped, list.is_empty())
        };
        let Some((position, (popped, emptied))) = self.lists.change(key, pop) else { return false };
        if emptied {
            self.drop_empty(key, position);
        }
        if popped.is_some() {
            self.lists.shrank(1);
            self.note(key, || Change::Pop { end, count: 1 });
        }
        popped.is_some()
    }

    /// LPOP and RPOP with a count, into a buffer: whether there was a list. The elements' own buffers are `emptied`.
    pub(crate) fn pop_count_into(
        &mut self,
        key: Key<'_>,
        end: Direction,
        count: usize,
        buffer: &mut ElementBuf,
        emptied: &mut Vec<Box<[u8]>>,
    ) -> bool {
        buffer.clear();
        let Some(position) = self.position(key) else { return false };
        let list = self.lists.list_mut(position);
        let count = count.min(list.len());
        for _ in 0..count {
            list.pop_to(end, |leaving| match leaving {
                Leaving::Packed(bytes) => buffer.push(bytes),
                Leaving::Whole(whole) => {
                    buffer.push(&whole);
                    emptied.push(whole);
                }
            });
        }
        if count > 0 {
            self.lists.shrank(count);
            self.drop_if_empty(key, position);
            self.note(key, || Change::Pop { end, count });
        }
        true
    }

    /// LMOVE from a list to itself: the element that went from one end to the other.
    pub(crate) fn rotate(
        &mut self,
        key: Key<'_>,
        from: Direction,
        to: Direction,
    ) -> Option<Popped> {
        let position = self.position(key)?;
        let list = self.lists.list_mut(position);
        let moved = list.pop(from)?;
        list.push(to, moved.as_element());
        self.note(key, || Change::Rotate { from, to });
        Some(moved)
    }

    pub(crate) fn exists(&self, key: Key<'_>) -> bool {
        self.list(key).is_some()
    }

    /// TYPE
    pub(crate) fn type_name(&self, key: Key<'_>) -> &'static str {
        if self.exists(key) { "list" } else { "none" }
    }

    /// OBJECT ENCODING
    pub(crate) fn encoding(&self, key: Key<'_>) -> Option<&'static str> {
        let list = self.list(key)?;
        Some(if is_small(list) { "listpack" } else { "quicklist" })
    }

    /// MEMORY USAGE
    pub(crate) fn memory_usage(&self, key: Key<'_>) -> Option<usize> {
        self.lists.bytes(key)
    }

    /// LLEN
    pub(crate) fn len(&self, key: Key<'_>) -> usize {
        self.list(key).map_or(0, List::len)
    }

    /// LRANGE
    pub(crate) fn range(&self, key: Key<'_>, start: i64, stop: i64) -> Vec<Vec<u8>> {
        self.list(key)
            .map_or_else(Vec::new, |list| list.range(index::resolve(start, stop, list.len())))
    }

    /// LRANGE into a buffer
    pub(crate) fn range_into(&self, key: Key<'_>, start: i64, stop: i64, buffer: &mut ElementBuf) {
        buffer.clear();
        if let Some(list) = self.list(key) {
            list.visit(index::resolve(start, stop, list.len()), |element| buffer.push(element));
        }
    }

    /// LINDEX
    #[inline]
    pub(crate) fn index(&self, key: Key<'_>, index: i64) -> Option<Box<[u8]>> {
        let list = self.list(key)?;
        list.get(index::position(index, list.len())?).map(Box::from)
    }

    /// LSET
    pub(crate) fn set(
        &mut self,
        key: Key<'_>,
        index: i64,
        element: Element<'_>,
    ) -> Result<(), Error> {
        let place = self.position(key).ok_or(Error::NoSuchKey)?;
        let len = self.lists.list_mut(place).len();
        let position = index::position(index, len).filter(|&position| position < len);
        let position = position.ok_or(Error::IndexOutOfRange)?;
        self.note(key, || Change::Set { position, element: element.as_bytes() });
        self.lists.list_mut(place).set(position, element);
        Ok(())
    }

    /// LINSERT: the new length, 0 if there is no list, -1 if no element equals the pivot.
    pub(crate) fn insert(
        &mut self,
        key: Key<'_>,
        side: Side,
        pivot: &[u8],
        element: Element<'_>,
    ) -> i64 {
        let Some(place) = self.position(key) else { return 0 };
        let Some(found) = self.lists.list_mut(place).position(pivot) else { return -1 };
        self.note(key, || Change::Insert { side, pivot, element: element.as_bytes() });
        let list = self.lists.list_mut(place);
        list.insert(found + usize::from(side == Side::After), element);
        let len = list.len();
        self.lists.grew(1);
        reply_integer(len)
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
        let Some(place) = self.position(key) else { return Ok(0) };
        // It is noted while the list tells what is going to be removed from which part of it.
        if self.is_observed() && self.lists.list_mut(place).position(element).is_some() {
            self.tell(key, Change::Remove { count, element });
        }
        let removed = self.lists.list_mut(place).remove_equal(element, limit, from);
        self.lists.shrank(removed);
        self.drop_if_empty(key, place);
        Ok(removed)
    }

    /// LTRIM, which counts as a change also where it removes nothing.
    pub(crate) fn trim(&mut self, key: Key<'_>, start: i64, stop: i64) {
        let Some(position) = self.position(key) else { return };
        let list = self.lists.list_mut(position);
        let before = list.len();
        let Range { start, end } = index::resolve(start, stop, before);
        list.keep(start..end);
        let removed = before - list.len();
        self.lists.shrank(removed);
        self.drop_if_empty(key, position);
        self.note(key, || Change::Trim { start, stop: end });
    }

    /// LPOS with a count: positions from the head, in the order of the scan. 0 asks for all.
    pub(crate) fn positions(
        &self,
        key: Key<'_>,
        element: &[u8],
        count: usize,
        options: LposOptions,
    ) -> Vec<usize> {
        self.list(key).map_or_else(Vec::new, |list| options.search(list, element, count))
    }

    /// DEL: the whole list, which is gone.
    pub(crate) fn delete(&mut self, key: Key<'_>) -> Option<List> {
        self.take(key, Change::Delete)
    }

    /// The source's half of RENAME: the whole list, which is about to be [put](Self::put) at another key.
    pub(super) fn leave(&mut self, key: Key<'_>) -> Option<List> {
        self.take(key, Change::Leave)
    }

    fn take(&mut self, key: Key<'_>, change: Change<'_>) -> Option<List> {
        let position = self.position(key)?;
        Some(self.take_at(key, position, change))
    }

    fn take_at(&mut self, key: Key<'_>, position: usize, change: Change<'_>) -> List {
        let taken = std::mem::take(self.lists.list_mut(position));
        self.lists.shrank(taken.len());
        self.drop_empty(key, position);
        self.note(key, || change);
        taken
    }

    /// A key as the one from which its list goes to another.
    #[cfg_attr(not(feature = "durable"), expect(clippy::unused_self, reason = "nothing is copied"))]
    pub(super) fn as_source<'k>(&self, key: Key<'k>) -> Source<'k> {
        #[cfg(feature = "durable")]
        let copied = self.copied_of(key);
        #[cfg(not(feature = "durable"))]
        let copied = None;
        Source { key: key.bytes, copied }
    }

    /// A list with its deadline at a key, in the place of one that may have been there and is returned.
    pub(super) fn put(
        &mut self,
        key: Key<'_>,
        list: List,
        expiry: Expiry,
        origin: Origin<'_>,
    ) -> List {
        let position = self.lists.position_or_create(key);
        self.set_deadline(position, expiry);
        self.note(key, || Change::Put { list: &list, origin });
        self.lists.grew(list.len());
        let replaced = std::mem::replace(self.lists.list_mut(position), list);
        self.lists.shrank(replaced.len());
        replaced
    }

    /// A copy of a list, for COPY.
    pub(crate) fn duplicate(&self, key: Key<'_>) -> Option<List> {
        self.list(key).cloned()
    }

    /// A copy of all lists. Between commits none of them is empty.
    pub(super) fn copy_lists(&self) -> Table {
        self.lists.clone()
    }

    /// How many elements all lists have.
    pub(super) fn element_count(&self) -> usize {
        self.lists.elements()
    }

    /// A command or a transaction that writes was carried out.
    #[inline]
    pub(super) fn count_commit(&mut self) {
        self.count_commits(1);
    }

    #[inline]
    pub(super) fn count_commits(&mut self, count: u64) {
        self.lists.count_commits(count);
    }

    pub(super) fn commits(&self) -> u64 {
        self.lists.commits()
    }

    /// How many keys there are, those included that have expired and are kept.
    pub(super) fn key_count(&self) -> usize {
        let is_kept_empty = |&&place: &&usize| self.lists.is_empty_at(place);
        let emptied: BTreeSet<_> = self.observers.emptied.iter().filter(is_kept_empty).collect();
        self.place_count() - emptied.len()
    }

    /// The key at a position below [`key_count`](Self::key_count), in any order, if it has not expired.
    pub(super) fn nth_key(&self, position: usize) -> Option<&[u8]> {
        if self.observers.emptied.is_empty() {
            return self.lists.key_at(position);
        }
        self.keys().nth(position)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.keys_at(0..self.place_count())
    }

    /// How many places there are for keys, in the order that [`Table`] promises for cursors.
    pub(crate) fn place_count(&self) -> usize {
        self.lists.len()
    }

    /// The keys at these places, which are below their count. A place that is only kept has none.
    pub(crate) fn keys_at(
        &self,
        places: impl DoubleEndedIterator<Item = usize>,
    ) -> impl DoubleEndedIterator<Item = &[u8]> {
        places.filter_map(|place| self.lists.key_at(place))
    }

    /// FLUSHALL: everything that was here, so that it can be freed after unlocking. No place is kept.
    pub(super) fn flush(&mut self) -> Table {
        let Self { lists, observers, .. } = self;
        observers.watchers.touch_where(|key| lists.get_kept(key).is_some());
        self.observers.queues.flushed();
        self.observers.emptied.clear();
        self.observers.returns.clear();
        self.observers.moved.clear();
        #[cfg(feature = "durable")]
        self.observers.copied.iter_mut().for_each(|copied| copied.flushed());
        let lists = self.lists.take();
        self.look_who_observes();
        lists
    }

    /// The store is closed.
    pub(super) fn close(&mut self) {
        self.observers.closed = true;
        self.look_who_observes();
    }

    /// WATCH
    pub(crate) fn watch(&mut self, key: Key<'_>, watcher: &Changed) {
        self.observers.watchers.add(key, watcher);
        self.look_who_observes();
    }

    /// UNWATCH
    pub(crate) fn unwatch(&mut self, key: Key<'_>, watcher: &Changed) {
        self.observers.watchers.remove(key, watcher);
        self.look_who_observes();
    }

    /// Whether anybody waits for a key of this shard.
    pub(super) fn is_waited_for(&self) -> bool {
        !self.observers.queues.is_empty()
    }

    pub(super) fn queues(&self) -> &Queues {
        &self.observers.queues
    }

    /// How many keys somebody watches.
    pub(super) fn watched_keys(&self) -> usize {
        self.observers.watchers.len()
    }

    /// A ticket that is higher than those of all who wait for keys of this shard.
    pub(super) fn next_ticket(&self) -> u64 {
        self.observers.queues.next_number()
    }

    /// Puts a waiter into the queue of a key.
    pub(super) fn add_waiter(&mut self, key: Key<'_>, waiter: &Arc<Waiter>) {
        self.observers.queues.add(key, waiter);
        self.look_who_observes();
    }

    pub(super) fn remove_waiter(&mut self, key: Key<'_>, waiter: &Waiter) {
        self.observers.queues.remove(key, waiter);
        self.look_who_observes();
    }

    /// The keys that were added to while somebody waited for them, since they were last taken out of here.
    pub(super) fn ready(&mut self) -> &mut Ready {
        self.observers.queues.ready()
    }

    /// Notes that the waiters of a key are served: from here on it can become ready again.
    pub(super) fn serving(&mut self, key: Key<'_>) {
        self.observers.queues.looked_at(key);
    }

    /// A commit of several commands begins: lists that are emptied keep their places until
    /// [`drop_places`](Self::drop_places).
    pub(super) fn keep_places(&mut self) {
        self.keeps_places = true;
        self.lists.keep_emptied(true);
    }

    /// The commit ends: places of keys that are gone go as well.
    pub(super) fn drop_places(&mut self) {
        self.keeps_places = false;
        self.lists.keep_emptied(false);
        if !self.observers.emptied.is_empty() {
            let mut emptied = std::mem::take(&mut self.observers.emptied);
            emptied.sort_unstable();
            emptied.dedup();
            // From the last on, as removing one moves the last place of all there.
            for position in emptied.into_iter().rev() {
                if self.lists.drop_if_empty(position) {
                    #[cfg(feature = "durable")]
                    self.removed(position);
                }
            }
        }
    }

    /// The list at a key: the one look-up of all commands that need one.
    #[inline]
    fn list(&self, key: Key<'_>) -> Option<&List> {
        self.lists.get(key)
    }

    /// Where the list at a key is, if there is one.
    #[inline]
    fn position(&self, key: Key<'_>) -> Option<usize> {
        self.lists.position_alive(key)
    }

    fn extend<'e>(
        &mut self,
        key: Key<'_>,
        position: usize,
        end: Direction,
        elements: impl IntoIterator<Item = Element<'e>>,
    ) -> usize {
        if self.is_observed() {
            return elements.into_iter().fold(0, |_, element| {
                self.note(key, || Change::Push { end, element: element.as_bytes() });
                self.lists.grew(1);
                self.lists.list_mut(position).push(end, element)
            });
        }
        let list = self.lists.list_mut(position);
        let before = list.len();
        let len = list.extend(end, elements);
        self.lists.grew(len - before);
        len
    }

    /// Removes a key whose list is empty, or notes that its place is to go when the commit ends.
    #[inline]
    fn drop_if_empty(&mut self, key: Key<'_>, position: usize) {
        if self.lists.list_mut(position).is_empty() {
            self.drop_empty(key, position);
        }
    }

    #[inline]
    fn drop_empty(&mut self, key: Key<'_>, position: usize) {
        if self.keeps_places {
            self.lists.take_deadline(position);
            self.observers.emptied.push(position);
        } else {
            self.lists.remove_at(key.hash, position);
        }
    }
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
