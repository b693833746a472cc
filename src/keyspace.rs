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
mod ahead;
mod buckets;
mod change;
mod commands;
mod condition;
#[cfg(test)]
mod costs;
mod each;
#[cfg(test)]
mod forms;
mod guard;
mod key;
mod key_map;
mod moved;
mod queues;
mod receipt;
#[cfg(test)]
mod recorder;
mod reentry;
#[cfg(test)]
mod rehearsal;
mod returns;
mod segments;
mod serve;
mod shard;
mod table;
#[cfg(test)]
mod touches;
mod waiter;
mod waiting;
mod walk;
mod watchers;

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crossbeam_utils::CachePadded;
use smallvec::SmallVec;

pub(crate) use self::access::{Access, Reach};
pub(crate) use self::change::{Intent, Side};
use self::each::each_by_itself;
pub(crate) use self::guard::Guard;
use self::key::RandomState;
pub(crate) use self::key::{Key, KeyVec, OwnedKey};
pub(crate) use self::reentry::Afterwards;
pub(crate) use self::shard::{Shard, Single};
pub(crate) use self::waiter::{Outcome, OwnedRequest, Party, Request, Taken, Waiter};
pub(crate) use self::waiting::Begun;
pub(crate) use self::watchers::Changed;
use crate::sync::{Mutex, MutexGuard, prepare_locks};

/// All keys with their lists, who watches them and who waits for them.
///
/// It begins in a cache line of its own: beside it an [`Arc`] counts its holders, and each future is one for a while.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Keyspace {
    /// What runs under a lock is one command, or the closure of a transaction; nothing that waits or wakes.
    shards: Box<[CachePadded<Mutex<Shard>>]>,
    /// Seeded anew for each store: somebody who chooses the keys can't choose where they go.
    hasher: RandomState,
    /// Counts the random numbers drawn so far.
    draws: AtomicU64,
    /// Counts the connections made so far.
    connections: AtomicU64,
    /// Written under all locks, and read under one where a command depends on it.
    closed: AtomicBool,
    #[cfg(test)]
    rehearsal: rehearsal::Rehearsal,
}

/// Indexes of shards.
type Parts = SmallVec<[usize; 8]>;

impl Keyspace {
    pub(crate) fn new(count: usize) -> Self {
        prepare_locks();
        let hasher = RandomState::default();
        let shard = || CachePadded::new(Mutex::new(Shard::new(hasher.clone())));
        let shards = (0..count).map(|_| shard()).collect();
        let [draws, connections] = std::array::from_fn(|_| AtomicU64::new(0));
        Self {
            shards,
            hasher,
            draws,
            connections,
            closed: AtomicBool::new(false),
            #[cfg(test)]
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
        read(&self.lock_shard(index))
    }

    /// Several commands as one commit, which [`Guard::end`] ends. Each asks for its own admission.
    pub(crate) fn batch(&self, reach: Reach<'_>) -> Guard<'_> {
        self.lock(reach, Intent::Several)
    }

    /// Notes or forgets who watches these keys, which changes none.
    pub(crate) fn attend<R>(
        &self,
        keys: &[Key<'_>],
        attend: impl FnOnce(&mut Guard<'_>) -> R,
    ) -> R {
        attend(&mut self.lock(Reach::Keys(keys), Intent::Set))
    }

    /// Locks one shard.
    #[inline]
    fn lock_shard(&self, index: usize) -> MutexGuard<'_, Shard> {
        reentry::refuse(self);
        self.shards[index].lock()
    }

    /// Locks the shards of a command's keys, and of those that are written to when the command has done what it intends and
    /// waiters are served.
    fn lock(&self, reach: Reach<'_>, intent: Intent) -> Guard<'_> {
        match reach {
            Reach::Keys(keys) => {
                let shards = keys.iter().map(|key| self.shard_of(key.hash)).collect();
                self.lock_shards(shards).widened_for(keys, intent)
            }
            Reach::All => self.lock_shards((0..self.count()).collect()),
        }
    }

    fn lock_shards(&self, mut wanted: Parts) -> Guard<'_> {
        reentry::refuse(self);
        wanted.sort_unstable();
        wanted.dedup();
        Guard::new(self, wanted.into_iter().map(|index| (index, self.shards[index].lock())))
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
        let mut guard = self.lock(Reach::All, Intent::Set);
        if !self.closed.swap(true, Ordering::Relaxed) {
            guard.close();
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// The number of a new connection, counted from 1.
    pub(crate) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
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

/// The last handle is gone, so nobody who still waits will ever be served. The wakers are dropped, and with them the
/// tasks that nothing else holds: each waits here, is held by its waker, and holds the waiter that holds that.
impl Drop for Keyspace {
    fn drop(&mut self) {
        let waiters = |shard: &CachePadded<Mutex<Shard>>| {
            shard.lock().queues().all().map(Arc::clone).collect::<Vec<_>>()
        };
        let waiters: Vec<Arc<Waiter>> = self.shards.iter().flat_map(waiters).collect();
        each_by_itself(waiters, |waiter| drop(waiter.abandon()));
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Waker};

    use super::Keyspace;

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
            let keyspace = Keyspace::new(count);
            let fair = 1.0 / f64::from(u32::try_from(count).unwrap());
            assert!(fullest_share(&keyspace, &keys) < fair * 1.5, "{count} shards");
        }
    }

    #[test]
    fn keys_that_collide_in_one_store_spread_in_the_next() {
        let victim = Keyspace::new(16);
        let colliding: Vec<_> =
            numbered(50_000).filter(|key| victim.shard_of(victim.key(key).hash) == 3).collect();
        assert!(colliding.len() > 2000);
        assert!(fullest_share(&Keyspace::new(16), &colliding) < 0.15);
    }

    #[test]
    fn the_bits_that_choose_a_shard_are_not_those_of_its_table() {
        let keyspace = Keyspace::new(64);
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
        let keyspace = Keyspace::new(1);
        let mut seen = [false; 10];
        for _ in 0..1000 {
            seen[keyspace.random_below(10)] = true;
        }
        assert_eq!(seen, [true; 10]);
    }
}
