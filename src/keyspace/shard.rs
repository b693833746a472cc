//! A part of the keyspace: every command on one key, single-threaded.
//!
//! It knows nothing of locks, nor of other shards. Whatever changes a list ends by noting its [`Change`], if anybody
//! observes this shard: see [`Observers`].
//!
//! A list that a command empties goes at once. In the midst of a commit of several commands its place is kept until the
//! end, although no command finds the key there: so a key that is removed and made again within one commit does not move,
//! and a walk by positions, which is what SCAN is, does not miss it.

mod handing;

use std::collections::BTreeSet;
use std::sync::Arc;

use smallvec::SmallVec;

use super::change::{Change, Intent, Side};
use super::key::{Key, RandomState};
use super::moved::Moved;
use super::queues::{Queues, Ready};
#[cfg(test)]
use super::recorder::Recorder;
use super::returns::Returns;
use super::table::Table;
use super::waiter::{Take, Taken, Waiter};
use super::watchers::{Changed, Watchers};
use crate::list::{Leaving, List, Popped};
use crate::lpos::LposOptions;
use crate::several::Prepared;
use crate::{Direction, Element, ElementBuf, Error, index};

/// A part of the keyspace, the most used first.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Shard {
    lists: Table,
    /// Whether a change is to be noted: one of the [`Observers`] has something to observe.
    observed: bool,
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
    /// The places of lists that this commit emptied. Some may be filled again.
    emptied: Vec<usize>,
    #[cfg(test)]
    recorder: Option<Arc<Recorder>>,
}

impl Shard {
    pub(super) fn new(hasher: RandomState) -> Self {
        let observers = Observers {
            emptied: Vec::new(),
            watchers: Watchers::new(),
            queues: Queues::new(),
            closed: false,
            returns: Returns::new(),
            moved: Moved::new(),
            #[cfg(test)]
            recorder: None,
        };
        Self {
            lists: Table::new(hasher),
            observed: false,
            keeps_places: false,
            observers: Box::new(observers),
        }
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
        reply_integer(list.len())
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
        let Some(position) = self.position(key) else { return Ok(0) };
        let removed = self.lists.list_mut(position).remove_equal(element, limit, from);
        if removed > 0 {
            self.drop_if_empty(key, position);
            self.note(key, || Change::Remove { count, element });
        }
        Ok(removed)
    }

    /// LTRIM, which counts as a change also where it removes nothing.
    pub(crate) fn trim(&mut self, key: Key<'_>, start: i64, stop: i64) {
        let Some(position) = self.position(key) else { return };
        let list = self.lists.list_mut(position);
        list.keep(index::resolve(start, stop, list.len()));
        self.drop_if_empty(key, position);
        self.note(key, || Change::Trim { start, stop });
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

    /// The whole list, which is gone from here: DEL, and the source's half of RENAME.
    pub(crate) fn take(&mut self, key: Key<'_>) -> Option<List> {
        let position = self.position(key)?;
        let taken = std::mem::take(self.lists.list_mut(position));
        self.drop_if_empty(key, position);
        self.note(key, || Change::Delete);
        Some(taken)
    }

    /// A list at a key, in the place of one that may have been there and is returned.
    pub(super) fn put(&mut self, key: Key<'_>, list: List) -> List {
        let position = self.lists.position_or_create(key);
        self.note(key, || Change::Put { list: &list });
        std::mem::replace(self.lists.list_mut(position), list)
    }

    /// A copy of a list, for COPY.
    pub(crate) fn duplicate(&self, key: Key<'_>) -> Option<List> {
        self.list(key).cloned()
    }

    /// How many keys there are.
    pub(super) fn key_count(&self) -> usize {
        let is_kept_empty = |&&place: &&usize| self.lists.key_at(place).is_none();
        let emptied: BTreeSet<_> = self.observers.emptied.iter().filter(is_kept_empty).collect();
        self.place_count() - emptied.len()
    }

    /// The key at a position below [`key_count`](Self::key_count), in any order.
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
        observers.watchers.touch_where(|key| lists.get(key).is_some());
        #[cfg(test)]
        if let Some(recorder) = &self.observers.recorder {
            recorder.flushed();
        }
        self.observers.queues.flushed();
        self.observers.emptied.clear();
        self.observers.returns.clear();
        self.observers.moved.clear();
        self.look_who_observes();
        self.lists.take()
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

    /// Whether anybody observes this shard.
    #[inline]
    pub(super) fn is_observed(&self) -> bool {
        self.observed
    }

    /// Has every change of this shard recorded.
    #[cfg(test)]
    pub(super) fn record(&mut self, recorder: &Arc<Recorder>) {
        self.observers.recorder = Some(Arc::clone(recorder));
        self.look_who_observes();
    }

    /// Whether anybody waits for a key of this shard.
    pub(super) fn is_waited_for(&self) -> bool {
        !self.observers.queues.is_empty()
    }

    pub(super) fn queues(&self) -> &Queues {
        &self.observers.queues
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
    }

    /// The commit ends: places of keys that are gone go as well.
    pub(super) fn drop_places(&mut self) {
        self.keeps_places = false;
        if !self.observers.emptied.is_empty() {
            let mut emptied = std::mem::take(&mut self.observers.emptied);
            emptied.sort_unstable();
            emptied.dedup();
            // From the last on, as removing one moves the last place of all there.
            for position in emptied.into_iter().rev() {
                self.lists.drop_if_empty(position);
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
        self.lists.position(key).filter(|&position| self.lists.key_at(position).is_some())
    }

    fn extend<'e>(
        &mut self,
        key: Key<'_>,
        position: usize,
        end: Direction,
        elements: impl IntoIterator<Item = Element<'e>>,
    ) -> usize {
        if self.observed {
            return elements.into_iter().fold(0, |_, element| {
                self.note(key, || Change::Push { end, element: element.as_bytes() });
                self.lists.list_mut(position).push(end, element)
            });
        }
        self.lists.list_mut(position).extend(end, elements)
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
            self.observers.emptied.push(position);
        } else {
            self.lists.remove_at(key.hash, position);
        }
    }

    /// Tells those who observe this shard of a change.
    #[inline]
    fn note<'c>(&mut self, key: Key<'_>, change: impl FnOnce() -> Change<'c>) {
        if self.observed {
            self.tell(key, change());
        }
    }

    #[cold]
    fn tell(&mut self, key: Key<'_>, change: Change<'_>) {
        self.observers.watchers.touch(key);
        self.observers.queues.changed(key, change.adds(), change.removes());
        if !self.observers.returns.is_empty() {
            self.observers.returns.observe(key, change, self.len(key));
        }
        if !self.observers.moved.is_empty() {
            self.observers.moved.observe(key, change, self.len(key));
        }
        // Either may have had nothing left to observe since.
        self.look_who_observes();
        #[cfg(test)]
        if let Some(recorder) = &self.observers.recorder {
            recorder.record(key, change);
        }
    }

    fn look_who_observes(&mut self) {
        self.observed = !self.observers.queues.is_empty() || !self.observers.only_waiters();
    }
}

impl Observers {
    /// Whether there is nobody else than those who wait.
    fn only_waiters(&self) -> bool {
        let Self { watchers, returns, moved, closed, .. } = self;
        let nobody = !closed && watchers.is_empty() && returns.is_empty() && moved.is_empty();
        #[cfg(test)]
        let nobody = nobody && self.recorder.is_none();
        nobody
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

    /// LPUSH and RPUSH
    #[inline]
    fn push(
        &mut self,
        key: Key<'_>,
        end: Direction,
        elements: Prepared<'_>,
    ) -> Result<usize, Error> {
        self.write(key, Intent::Push(elements.len()), |shard, key| shard.push(key, end, elements))
    }

    /// LPUSH and RPUSH of one element, which is prepared.
    #[inline]
    fn push_one(
        &mut self,
        key: Key<'_>,
        end: Direction,
        element: Element<'_>,
    ) -> Result<usize, Error> {
        self.write(key, Intent::Push(1), |shard, key| shard.push_one(key, end, element))
    }

    /// LPUSHX and RPUSHX
    fn push_existing(
        &mut self,
        key: Key<'_>,
        end: Direction,
        elements: Prepared<'_>,
    ) -> Result<usize, Error> {
        self.write(key, Intent::Push(elements.len()), |shard, key| {
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
        self.write(key, Intent::Push(1), |shard, key| {
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
        self.write(key, Intent::Push(elements.len()), |shard, key| {
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
        self.write(key, Intent::Set, |shard, key| shard.set(key, index, element))?
    }

    /// LINSERT
    fn insert(
        &mut self,
        key: Key<'_>,
        side: Side,
        pivot: &[u8],
        element: Element<'_>,
    ) -> Result<i64, Error> {
        self.write(key, Intent::Push(1), |shard, key| shard.insert(key, side, pivot, element))
    }

    /// LREM
    fn remove(&mut self, key: Key<'_>, count: i64, element: &[u8]) -> Result<usize, Error> {
        self.write(key, Intent::Cut, |shard, key| shard.remove(key, count, element))?
    }

    /// LTRIM
    fn trim(&mut self, key: Key<'_>, start: i64, stop: i64) -> Result<(), Error> {
        self.write(key, Intent::Cut, |shard, key| shard.trim(key, start, stop))
    }

    /// DEL and UNLINK of one key: whether there was one.
    fn del_one(&mut self, key: Key<'_>) -> Result<bool, Error> {
        // What was there is freed after unlocking.
        self.write(key, Intent::Delete, |shard, key| shard.take(key)).map(|list| list.is_some())
    }
}
