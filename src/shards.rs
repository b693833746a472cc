//! All parts of the keyspace: which one holds a key, and how one, several or all of them are locked.
//!
//! It knows nothing of commands. A key lives in exactly one shard, decided by its hash alone. Locks are always taken
//! in ascending order of the shards, so no two threads can wait for each other.

mod each;
mod reentry;

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;

use crossbeam_utils::CachePadded;
use foldhash::fast::RandomState;
use smallvec::SmallVec;

use self::each::each_by_itself;
pub(crate) use self::reentry::Afterwards;
use self::reentry::Inside;
use crate::list::List;
use crate::shard::{Key, Ready, Shard, Table, Waiter};
use crate::sync::{Mutex, MutexGuard};

/// The keyspace.
#[derive(Debug)]
pub(crate) struct Shards {
    /// What runs under a lock is one command, or the closure of a transaction; nothing that waits or wakes.
    parts: Box<[CachePadded<Mutex<Shard>>]>,
    /// Seeded anew for each store: whoever chooses the keys can't choose where they go.
    hasher: RandomState,
    /// Counts the random numbers drawn so far.
    draws: AtomicU64,
    /// Counts those who began to wait.
    tickets: AtomicU64,
    /// Counts the connections made so far.
    connections: AtomicU64,
}

/// Several shards under their locks, by ascending index.
#[derive(Debug)]
pub(crate) struct Locked<'s> {
    shards: &'s Shards,
    guards: Guards<'s>,
    /// The place of the shard that was last given out to be changed.
    changing: usize,
    /// The keys that came into existence while somebody waited for them, in that order.
    ready: Ready,
    /// Woken after the guards are dropped: whoever runs then does not run into a lock.
    wakers: Wakers,
    /// Freed after the guards, which are dropped before it: unlocking does not wait for the allocator.
    garbage: Garbage,
}

/// Locked shards, each with its index.
type Guards<'s> = SmallVec<[(usize, MutexGuard<'s, Shard>); 2]>;

/// Indexes of shards.
type Parts = SmallVec<[usize; 8]>;

/// What commands removed and nobody asked for.
#[derive(Debug, Default)]
struct Garbage {
    lists: Vec<List>,
    tables: Vec<Table>,
}

/// Those who are to be woken when this is dropped, each by itself: a waker that panics keeps nobody from being woken.
#[derive(Debug, Default)]
struct Wakers(SmallVec<[Waker; 1]>);

impl Drop for Wakers {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            each_by_itself(self.0.drain(..), Waker::wake);
        }
    }
}

impl Shards {
    pub(crate) fn new(count: usize) -> Self {
        let hasher = RandomState::default();
        let part = || CachePadded::new(Mutex::new(Shard::new(hasher.clone())));
        let parts = (0..count).map(|_| part()).collect();
        let [draws, tickets, connections] = std::array::from_fn(|_| AtomicU64::new(0));
        Self { parts, hasher, draws, tickets, connections }
    }

    pub(crate) fn count(&self) -> usize {
        self.parts.len()
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
        ((bits * self.parts.len() as u64) >> 32) as usize
    }

    /// Runs one command on one key, under the one lock that it needs.
    #[inline]
    pub(crate) fn with<R>(&self, key: &[u8], command: impl FnOnce(&mut Shard, Key<'_>) -> R) -> R {
        let key = self.key(key);
        command(&mut self.lock_part_of(key), key)
    }

    /// Locks the shard of a key.
    pub(crate) fn lock_part_of(&self, key: Key<'_>) -> MutexGuard<'_, Shard> {
        self.lock_part(self.shard_of(key.hash))
    }

    /// Locks one shard, by its index below [`count`](Self::count).
    #[inline]
    pub(crate) fn lock_part(&self, index: usize) -> MutexGuard<'_, Shard> {
        reentry::refuse(self);
        self.parts[index].lock()
    }

    /// Locks the shards of these keys.
    pub(crate) fn lock<'k>(&self, keys: impl IntoIterator<Item = Key<'k>>) -> Locked<'_> {
        self.lock_parts(keys.into_iter().map(|key| self.shard_of(key.hash)).collect())
    }

    /// Locks every shard.
    pub(crate) fn lock_all(&self) -> Locked<'_> {
        self.lock_parts((0..self.count()).collect())
    }

    fn lock_parts(&self, mut wanted: Parts) -> Locked<'_> {
        reentry::refuse(self);
        wanted.sort_unstable();
        wanted.dedup();
        let guards = wanted.into_iter().map(|index| (index, self.parts[index].lock())).collect();
        self.locked(guards)
    }

    /// The shard of this key, which is locked already.
    pub(crate) fn locked_part<'s>(
        &'s self,
        key: Key<'_>,
        guard: MutexGuard<'s, Shard>,
    ) -> Locked<'s> {
        self.locked(std::iter::once((self.shard_of(key.hash), guard)).collect())
    }

    fn locked<'s>(&'s self, guards: Guards<'s>) -> Locked<'s> {
        Locked {
            shards: self,
            guards,
            changing: 0,
            ready: Ready::new(),
            wakers: Wakers::default(),
            garbage: Garbage::default(),
        }
    }

    /// Runs a task that calls this store, now or when the transaction is over whose closure this thread runs.
    pub(crate) fn outside(&self, task: impl FnOnce() + 'static) {
        reentry::outside(self, task);
    }

    /// The ticket of one more waiter, which is higher than those of all who wait for the keys of the locked shards.
    pub(crate) fn ticket(&self) -> u64 {
        self.tickets.fetch_add(1, Ordering::Relaxed)
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
impl Drop for Shards {
    fn drop(&mut self) {
        for part in &self.parts {
            let waiters: Vec<Arc<Waiter>> = part.lock().all_waiters().map(Arc::clone).collect();
            each_by_itself(waiters, |waiter| drop(waiter.forsake()));
        }
    }
}

impl<'s> Locked<'s> {
    pub(crate) fn shards(&self) -> &'s Shards {
        self.shards
    }

    /// The shard of a key, which must be among those that were locked for.
    pub(crate) fn shard(&self, key: Key<'_>) -> &Shard {
        &self.guards[self.place(key)].1
    }

    /// As [`shard`](Self::shard), to change it.
    pub(crate) fn shard_mut(&mut self, key: Key<'_>) -> &mut Shard {
        let place = self.place(key);
        if place != self.changing {
            self.note_ready();
            self.changing = place;
        }
        &mut self.guards[place].1
    }

    fn place(&self, key: Key<'_>) -> usize {
        self.find(key).expect("a command touches only keys that it locked")
    }

    fn find(&self, key: Key<'_>) -> Option<usize> {
        let wanted = self.shards.shard_of(key.hash);
        self.guards.binary_search_by_key(&wanted, |(index, _)| *index).ok()
    }

    /// Whether the shard of a key is locked.
    pub(crate) fn holds(&self, key: Key<'_>) -> bool {
        self.find(key).is_some()
    }

    /// Unlocks, and locks again with the shards of more keys.
    pub(crate) fn widen<'k>(self, keys: impl IntoIterator<Item = Key<'k>>) -> Self {
        let shards = self.shards;
        let more = keys.into_iter().map(|key| shards.shard_of(key.hash));
        let wanted = self.guards.iter().map(|(index, _)| *index).chain(more).collect();
        drop(self);
        shards.lock_parts(wanted)
    }

    /// The keys that came into existence while somebody waited for them, since this was last asked, in that order.
    pub(crate) fn take_ready(&mut self) -> Option<Ready> {
        self.note_ready();
        if self.ready.is_empty() { None } else { Some(std::mem::take(&mut self.ready)) }
    }

    /// Takes over which keys became ready in the shard that was last given out. So their order is known across shards.
    fn note_ready(&mut self) {
        if let Some((_, shard)) = self.guards.get_mut(self.changing) {
            let ready = shard.ready();
            if !ready.is_empty() {
                self.ready.append(ready);
            }
        }
    }

    /// Wakes somebody after unlocking.
    pub(crate) fn wake(&mut self, waker: Option<Waker>) {
        self.wakers.0.extend(waker);
    }

    /// The locked shards in ascending order.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Shard> {
        self.guards.iter().map(|(_, shard)| &**shard)
    }

    /// Empties the locked shards.
    pub(crate) fn flush(&mut self) {
        self.garbage.tables.extend(self.guards.iter_mut().map(|(_, shard)| shard.flush()));
    }

    /// Frees a list after unlocking.
    pub(crate) fn discard(&mut self, list: Option<List>) {
        self.garbage.lists.extend(list);
    }

    /// Marks this thread as running a caller's closure under these locks, until the mark is dropped.
    pub(crate) fn run_closure(&self) -> Inside {
        Inside::enter(self.shards)
    }
}

#[cfg(test)]
mod tests {
    use super::Shards;

    fn fullest_share(shards: &Shards, keys: &[Vec<u8>]) -> f64 {
        let mut counts = vec![0_u32; shards.count()];
        for key in keys {
            counts[shards.shard_of(shards.key(key).hash)] += 1;
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
            let shards = Shards::new(count);
            let fair = 1.0 / f64::from(u32::try_from(count).unwrap());
            assert!(fullest_share(&shards, &keys) < fair * 1.5, "{count} shards");
        }
    }

    #[test]
    fn keys_that_collide_in_one_store_spread_in_the_next() {
        let victim = Shards::new(16);
        let colliding: Vec<_> =
            numbered(50_000).filter(|key| victim.shard_of(victim.key(key).hash) == 3).collect();
        assert!(colliding.len() > 2000);
        assert!(fullest_share(&Shards::new(16), &colliding) < 0.15);
    }

    #[test]
    fn the_bits_that_choose_a_shard_are_not_those_of_its_table() {
        let shards = Shards::new(64);
        let middle = ((1_u64 << 32) - 1) << 25;
        for hash in [0, 0x0123_4567_89ab_cdef, u64::MAX] {
            let chosen = shards.shard_of(hash);
            assert_eq!(chosen, shards.shard_of(hash & middle));
            assert!(chosen < 64);
        }
    }

    #[test]
    fn random_numbers_reach_every_value() {
        let shards = Shards::new(1);
        let mut seen = [false; 10];
        for _ in 0..1000 {
            seen[shards.random_below(10)] = true;
        }
        assert_eq!(seen, [true; 10]);
    }
}
