//! The keyspace: which shard holds a key, and how one, several or all shards are locked.
//!
//! A key lives in exactly one shard, decided by its hash alone. Locks are always taken in ascending order of the shards,
//! so no two threads can wait for each other. A list can be changed in two ways, and no other compiles: one key of a shard
//! under its lock alone, where nobody observes it, and anything by a [`Guard`]. [`Access`] chooses.
//!
//! The room, from the bottom up: a [`Key`] finds a list in a [`Table`](table::Table), which grows and shrinks by a few
//! [segments] and [buckets] at a time; a [`Shard`] has every command on one key, and notes each [`Change`](change::Change)
//! for those who observe it: who [watches](watchers) a key, who [waits](queues) for one, what cancelled waits [gave
//! back](returns), and where served moves [put](moved) what nobody has collected yet. A [walk] goes over the keys of all
//! shards, a page at a time. A `Guard` has every command on several keys, and ends with the [commit](serve).

mod access;
mod account;
mod ahead;
mod buckets;
mod change;
mod commands;
mod condition;
#[cfg(feature = "durable")]
mod copied;
#[cfg(feature = "durable")]
mod copying;
#[cfg(test)]
mod costs;
mod deadlines;
mod each;
mod figures;
#[cfg(all(test, feature = "durable"))]
mod forms;
mod guard;
#[cfg(feature = "durable")]
mod journal;
mod key;
mod key_map;
mod log_copies;
#[cfg(feature = "durable")]
mod logged;
mod moved;
#[cfg(feature = "durable")]
mod partial;
mod persistence;
#[cfg(feature = "durable")]
mod prefix;
mod promise;
mod queues;
#[cfg(all(test, feature = "durable"))]
mod reaped;
mod receipt;
#[cfg(all(test, feature = "durable"))]
mod recorder;
mod reentry;
#[cfg(all(test, feature = "durable"))]
mod rehearsal;
mod returns;
mod segments;
mod serve;
mod shard;
mod single;
mod table;
mod time;
#[cfg(test)]
mod touches;
#[cfg(not(feature = "durable"))]
mod unlogged;
mod waiter;
mod waiting;
mod walk;
mod watchers;

use std::hash::BuildHasher;
#[cfg(feature = "durable")]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crossbeam_utils::CachePadded;
use smallvec::SmallVec;

pub(crate) use self::access::{Access, Reach};
use self::account::Account;
pub(crate) use self::change::{Intent, Side};
#[cfg(all(test, feature = "durable"))]
use self::copied::CopySink;
use self::each::each_by_itself;
use self::figures::Uncounted;
pub(crate) use self::guard::Guard;
use self::guard::Locked;
use self::key::RandomState;
pub(crate) use self::key::{Key, KeyVec, OwnedKey};
pub(crate) use self::log_copies::LogCopies;
pub(crate) use self::moved::Placed;
pub(crate) use self::persistence::Persistence;
pub(crate) use self::promise::Promise;
#[cfg(feature = "durable")]
pub(crate) use self::promise::admission;
pub(crate) use self::reentry::Afterwards;
pub(crate) use self::shard::Shard;
pub(crate) use self::single::Single;
use self::table::Table;
pub(crate) use self::time::Time;
pub(crate) use self::waiter::{Outcome, OwnedRequest, Party, Request, Taken, Waiter};
pub(crate) use self::waiting::Begun;
pub(crate) use self::watchers::Changed;
use crate::Error;
use crate::clients::Clients;
use crate::clock::{Clock, Moment, Turned};
#[cfg(feature = "durable")]
use crate::log::Log;
use crate::memory;
use crate::sync::{Mutex, MutexGuard, prepare_locks};

/// All keys with their lists, who watches them and who waits for them.
///
/// It begins in a cache line of its own: beside it an [`Arc`] counts its holders, and each future is one for a while.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Keyspace {
    /// What runs under a lock is one command, or the closure of a transaction; nothing that waits or wakes.
    shards: Box<[CachePadded<Mutex<Shard>>]>,
    /// Seeded anew for each store that is not a snapshot: somebody who chooses the keys can't choose where they go.
    hasher: RandomState,
    /// What the lists and their keys take.
    account: Account,
    /// Counts the random numbers drawn so far.
    draws: AtomicU64,
    /// Who is connected.
    clients: Clients,
    since: Option<Moment>,
    /// By which keys expire.
    time: Time,
    /// How often a shard was looked into for what has expired, as there was no memory left.
    reaped: AtomicUsize,
    /// What had been counted when CONFIG RESETSTAT was last said.
    uncounted: Uncounted,
    /// Written under all locks, and read under one where a command depends on it.
    closed: AtomicBool,
    #[cfg(feature = "durable")]
    log: OnceLock<Log>,
    /// Where a copy of all lists goes on.
    #[cfg(feature = "durable")]
    progress: copying::Progress,
    #[cfg(all(test, feature = "durable"))]
    rehearsal: rehearsal::Rehearsal,
}

// With its lock a shard fills the two cache lines that it is padded to.
#[cfg(all(target_pointer_width = "64", not(redeque_loom)))]
const _: () = assert!(size_of::<Mutex<Shard>>() <= 128);

/// Indexes of shards.
type Parts = SmallVec<[usize; 8]>;

impl Keyspace {
    pub(crate) fn new(count: usize, clock: Clock) -> Self {
        prepare_locks();
        let hasher = RandomState::default();
        let tables = (0..count).map(|_| Table::new(hasher.clone()));
        Self::of(tables, hasher.clone(), Time::new(clock))
    }

    /// Of the lists of each shard, whose keys have their places by this hasher.
    fn of(tables: impl IntoIterator<Item = Table>, hasher: RandomState, time: Time) -> Self {
        let shard = |table| CachePadded::new(Mutex::new(Shard::new(table)));
        let shards = tables.into_iter().map(shard).collect();
        Self {
            shards,
            hasher,
            account: Account::new(),
            draws: AtomicU64::new(0),
            clients: Clients::new(),
            since: Moment::now(),
            time,
            reaped: AtomicUsize::new(0),
            uncounted: Uncounted::default(),
            closed: AtomicBool::new(false),
            #[cfg(feature = "durable")]
            log: OnceLock::new(),
            #[cfg(feature = "durable")]
            progress: copying::Progress::default(),
            #[cfg(all(test, feature = "durable"))]
            rehearsal: rehearsal::Rehearsal::default(),
        }
    }

    /// How many shards there are.
    pub(crate) fn count(&self) -> usize {
        self.shards.len()
    }

    /// For the traits: they are those of a reference, which a method call on an [`Arc`] would not find.
    #[inline]
    pub(crate) fn alone(&self) -> &Self {
        self
    }

    #[inline]
    pub(crate) fn key<'k>(&self, bytes: &'k [u8]) -> Key<'k> {
        Key::new(&self.hasher, bytes)
    }

    /// The shard of a hash. Its highest seven bits and its lowest ones are left alone, because a shard's own table
    /// tells its keys apart by those.
    pub(crate) fn shard_of(&self, hash: u64) -> usize {
        let bits = (hash >> 25) & u64::from(u32::MAX);
        // There are less than 2^32 shards, so the product fits, and what is left of it is below their number.
        ((bits * self.shards.len() as u64) >> 32) as usize
    }

    /// Reads one shard, by its index below [`count`](Self::count).
    pub(crate) fn read_shard<R>(&self, index: usize, read: impl FnOnce(&Shard) -> R) -> R {
        let mut shard = self.lock_shard(index);
        self.look_at_clock(&mut shard);
        read(&shard)
    }

    /// Several commands as one commit, which [`Guard::end`] ends. Each asks for its own admission.
    pub(crate) fn batch(&self, reach: Reach<'_>) -> Guard<'_> {
        self.wait_for_room();
        self.make_room_for(Intent::Several);
        self.lock_for(reach, Intent::Several, true)
    }

    /// Notes or forgets who watches these keys, which changes none.
    pub(crate) fn attend<R>(
        &self,
        keys: &[Key<'_>],
        attend: impl FnOnce(&mut Guard<'_>) -> R,
    ) -> R {
        attend(&mut self.lock(Reach::Keys(keys), Intent::Expire))
    }

    /// Locks one shard.
    #[inline]
    fn lock_shard(&self, index: usize) -> MutexGuard<'_, Shard> {
        reentry::refuse(self);
        debug_assert!(
            memory::is_taken_over(),
            "who changed lists before has entered what that took"
        );
        #[cfg(test)]
        costs::locked();
        self.shards[index].lock()
    }

    /// Locks the shards of a command's keys, and of those that are written to when the command has done what it intends and
    /// waiters are served.
    fn lock(&self, reach: Reach<'_>, intent: Intent) -> Guard<'_> {
        self.lock_for(reach, intent, false)
    }

    /// The same where time may pass until the commit, or not.
    fn lock_for(&self, reach: Reach<'_>, intent: Intent, lasts: bool) -> Guard<'_> {
        let Reach::Keys(keys) = reach else {
            return Guard::new(self, self.lock_parts((0..self.count()).collect()), lasts);
        };
        let shards = self.lock_parts(keys.iter().map(|key| self.shard_of(key.hash)).collect());
        // Nobody waits where nobody observes, and nothing expires. To ask the guard would take a copy of it.
        if shards.iter().any(|(_, shard)| shard.is_observed()) {
            return self.lock_more(shards, lasts, keys, intent);
        }
        Guard::new(self, shards, lasts)
    }

    #[cold]
    #[inline(never)]
    fn lock_more<'s>(
        &'s self,
        shards: Locked<'s>,
        lasts: bool,
        keys: &[Key<'_>],
        intent: Intent,
    ) -> Guard<'s> {
        Guard::new(self, shards, lasts).widened_for(keys, intent)
    }

    fn lock_parts(&self, mut wanted: Parts) -> Locked<'_> {
        reentry::refuse(self);
        debug_assert!(memory::is_taken_over(), "as for one shard");
        #[cfg(test)]
        costs::locked();
        wanted.sort_unstable();
        wanted.dedup();
        wanted.into_iter().map(|index| (index, self.shards[index].lock())).collect()
    }

    /// Panics if this thread runs the closure of a transaction of this store.
    pub(crate) fn refuse_inside_closure(&self) {
        reentry::refuse(self);
    }

    /// Runs a task that calls this store, now or when the transaction is over whose closure this thread runs.
    pub(crate) fn outside(&self, task: impl FnOnce() + 'static) {
        reentry::outside(self, task);
    }

    /// Ends all waits, and refuses new elements from then on.
    pub(crate) fn close(&self) {
        let mut guard = self.lock(Reach::All, Intent::Look);
        if !self.closed.swap(true, Ordering::Relaxed) {
            guard.close();
        }
    }

    /// A keyspace of its own with copies of all lists, as they are at one moment: the one at which all shards are locked.
    /// Who waits here, watches or is told of changes has no part in it.
    pub(crate) fn snapshot(&self) -> Self {
        // All that the copy takes is asked for under the locks, as nobody knows beforehand how much it is. Where the tables
        // go is one allocation, which can be made before.
        let mut tables = Vec::with_capacity(self.count());
        let taken = self.lock(Reach::All, Intent::Look).copy_lists(|table| tables.push(table));
        let copy = Self::of(tables, self.hasher.clone(), self.time.for_copy());
        copy.account.enter(taken);
        copy
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// What the lists and their keys have allocated, and what leads to them.
    pub(crate) fn used_memory(&self) -> usize {
        self.account.used()
    }

    /// 0 if there is no bound.
    pub(crate) fn max_memory(&self) -> usize {
        self.account.bound()
    }

    /// 0 is no bound.
    pub(crate) fn set_max_memory(&self, bytes: usize) {
        self.account.set_bound(bytes);
    }

    /// How much more is used than the bound allows, if it is more.
    #[cfg(feature = "durable")]
    pub(crate) fn over_bound(&self) -> Option<usize> {
        let bound = self.max_memory();
        let over = self.used_memory().saturating_sub(bound);
        (bound > 0 && over > 0).then_some(over)
    }

    /// Whether [`admits_more`](Self::admits_more) is to be asked.
    #[inline]
    pub(crate) fn may_be_over_bound(&self) -> bool {
        self.account.may_be_over()
    }

    /// Refuses what needs memory while more is used than the bound allows, also after some of what has expired was removed. Without
    /// locks.
    #[inline]
    pub(crate) fn admits_more(&self) -> Result<(), Error> {
        if self.account.may_be_over() { self.admits_after_reaping() } else { Ok(()) }
    }

    /// Where a command is admitted under its locks: removes some of what has expired beforehand, if the bound asks for that.
    fn make_room_for(&self, intent: Intent) {
        if intent.needs_memory() || intent == Intent::Several {
            // Admission says whether that was enough.
            let _ = self.admits_more();
        }
    }

    /// Who is refused looks into a few shards, and who comes next into the next ones.
    #[cold]
    fn admits_after_reaping(&self) -> Result<(), Error> {
        const FEW: usize = 16;
        for _ in 0..FEW.min(self.count()) {
            if self.account.admit().is_ok() || !self.time.was_asked() {
                break;
            }
            let turn = self.reaped.fetch_add(1, Ordering::Relaxed);
            self.reap_few(turn % self.count());
        }
        self.account.admit()
    }

    pub(crate) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Has what is due removed whenever its clock is turned by hand.
    pub(crate) fn listen_to_clock(self: &Arc<Self>) {
        let listener: Weak<Self> = Arc::downgrade(self);
        self.time.clock().tell(listener);
    }

    /// By which keys expire.
    pub(crate) fn time(&self) -> &Time {
        &self.time
    }

    /// Removes all keys that have expired by now, and returns how many there were. One lock is held at a time, for a few keys.
    pub(crate) fn reap(&self) -> usize {
        let mut removed = 0;
        for index in 0..self.count() {
            while let Some(count) = self.reap_few(index) {
                removed += count;
            }
        }
        removed
    }

    /// Removes a few keys of a shard that have expired. None if none has.
    fn reap_few(&self, index: usize) -> Option<usize> {
        let mut shard = self.lock_shard(index);
        if !self.is_any_due(&mut shard) {
            return None;
        }
        Some(Guard::of(self, index, shard).widened_for(&[], Intent::Expire).removed())
    }

    fn uncounted(&self) -> &Uncounted {
        &self.uncounted
    }

    /// How long it has been there.
    pub(crate) fn age(&self) -> Duration {
        self.since.map_or(Duration::ZERO, Moment::elapsed)
    }

    /// A random number below `bound`, which is not 0: the keyed hash of a counter, hashed twice as neighbouring
    /// numbers have related hashes.
    pub(crate) fn random_below(&self, bound: usize) -> usize {
        let hashed = self.hasher.hash_one(self.draws.fetch_add(1, Ordering::Relaxed));
        let drawn = self.hasher.hash_one(hashed);
        // The product is below `bound << 64`, so what is left of it fits `usize`.
        #[expect(clippy::cast_possible_truncation)]
        let number = ((u128::from(drawn) * bound as u128) >> 64) as usize;
        number
    }
}

/// The clock was turned by hand: maybe in the closure of another store's transaction, whose locks somebody may hold up who
/// turns it in one of this store.
impl Turned for Keyspace {
    fn turned(self: Arc<Self>) {
        reentry::outside_all(move || _ = self.reap());
    }
}

/// The last handle is gone, so nobody who still waits will ever be served. The wakers are dropped, and with them the
/// tasks that nothing else holds: each waits here, is held by its waker, and holds the waiter that holds that.
impl Drop for Keyspace {
    fn drop(&mut self) {
        let waiters = |shard: &CachePadded<Mutex<Shard>>| {
            shard.lock().queues().all().map(Arc::clone).collect::<Vec<_>>()
        };
        let waiters: Vec<Arc<Waiter>> = self.shards.iter().flat_map(waiters).collect();
        // The lists go with their account. The thread may be about to enter something in another one.
        let shards = std::mem::take(&mut self.shards);
        memory::apart(|| drop(shards));
        each_by_itself(waiters, |waiter| drop(waiter.abandon()));
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Waker};

    use super::Keyspace;
    use crate::Clock;

    fn fullest_share(keyspace: &Keyspace, keys: &[Vec<u8>]) -> f64 {
        let mut counts = vec![0_u32; keyspace.count()];
        for key in keys {
            counts[keyspace.shard_of(keyspace.key(key).hash)] += 1;
        }
        let fullest = counts.into_iter().max().unwrap_or(0);
        f64::from(fullest) / f64::from(u32::try_from(keys.len()).unwrap())
    }

    fn numbered(count: u32) -> impl Iterator<Item = Vec<u8>> {
        (0..count).map(|number| format!("key:{number}").into_bytes())
    }

    #[test]
    fn keys_spread_over_any_number_of_shards() {
        let keys: Vec<_> = numbered(20_000).collect();
        for count in [1, 2, 3, 7, 16, 64, 100] {
            let keyspace = Keyspace::new(count, Clock::system());
            let fair = 1.0 / f64::from(u32::try_from(count).unwrap());
            assert!(fullest_share(&keyspace, &keys) < fair * 1.5, "{count} shards");
        }
    }

    #[test]
    fn keys_that_collide_in_one_store_spread_in_the_next() {
        let victim = Keyspace::new(16, Clock::system());
        let colliding: Vec<_> =
            numbered(50_000).filter(|key| victim.shard_of(victim.key(key).hash) == 3).collect();
        assert!(colliding.len() > 2000);
        assert!(fullest_share(&Keyspace::new(16, Clock::system()), &colliding) < 0.15);
    }

    #[test]
    fn the_bits_that_choose_a_shard_are_not_those_of_its_table() {
        let keyspace = Keyspace::new(64, Clock::system());
        let middle = ((1_u64 << 32) - 1) << 25;
        for hash in [0, 0x0123_4567_89ab_cdef, u64::MAX] {
            let chosen = keyspace.shard_of(hash);
            assert_eq!(chosen, keyspace.shard_of(hash & middle));
            assert!(chosen < 64);
        }
    }

    /// Where nobody observes a shard, a command takes its lock and nothing else.
    #[test]
    fn a_shard_is_not_observed_once_what_came_back_is_gone() {
        let left = crate::Direction::Left;
        let removals: [fn(&crate::Store); 2] =
            [|store| drop(store.lpop("k").unwrap()), |store| store.flushall().unwrap()];
        for remove in removals {
            for destination in [None, Some("d")] {
                let store = crate::Store::builder().shards(1).build().unwrap();
                let is_observed = || store.keyspace().read_shard(0, super::Shard::is_observed);
                let mut context = Context::from_waker(Waker::noop());
                let mut popping = store.blpop_async(["k"]);
                let mut moving = destination.map(|to| store.blmove_async("k", to, left, left));
                match &mut moving {
                    Some(moving) => assert!(Pin::new(moving).poll(&mut context).is_pending()),
                    None => assert!(Pin::new(&mut popping).poll(&mut context).is_pending()),
                }
                store.rpush("k", "x").unwrap();
                drop((popping, moving));
                assert!(is_observed(), "an element came back");
                remove(&store);
                assert!(!is_observed(), "it is gone");
            }
        }
    }

    /// A thread stays until it knows what it got, so what it was served never comes back.
    #[test]
    fn nothing_is_remembered_of_what_a_thread_was_served() {
        let store = crate::Store::builder().shards(1).build().unwrap();
        store.rpush("k", "x").unwrap();
        let is_observed = || store.keyspace().read_shard(0, super::Shard::is_observed);
        std::thread::scope(|scope| {
            let pusher = scope.spawn(|| store.brpush_bounded("k", 1, "y", None));
            while store.blocked_clients() == 0 {
                std::thread::yield_now();
            }
            assert_eq!(store.lpop("k").unwrap(), Some(b"x".to_vec()));
            assert!(!is_observed());
            assert_eq!(pusher.join().unwrap(), Ok(Some(1)));
        });
    }

    #[test]
    fn random_numbers_reach_every_value() {
        let keyspace = Keyspace::new(1, Clock::system());
        let mut seen = [false; 10];
        for _ in 0..1000 {
            seen[keyspace.random_below(10)] = true;
        }
        assert_eq!(seen, [true; 10]);
    }
}
