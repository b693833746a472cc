//! All parts of the keyspace: which one holds a key, and how one, several or all of them are locked.
//!
//! It knows nothing of commands. A key lives in exactly one shard, decided by its hash alone. Locks are always taken
//! in ascending order of the shards, so no two threads can wait for each other.

mod reentry;

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_utils::CachePadded;
use foldhash::quality::RandomState;
use parking_lot::{Mutex, MutexGuard};
use smallvec::SmallVec;

use self::reentry::Inside;
use crate::list::List;
use crate::shard::{Key, Shard, Table};

/// The keyspace.
#[derive(Debug)]
pub(crate) struct Shards {
    /// What runs under a lock is one command, or the closure of a transaction; nothing that waits or wakes.
    parts: Box<[CachePadded<Mutex<Shard>>]>,
    /// Seeded anew for each store: whoever chooses the keys can't choose where they go.
    hasher: RandomState,
    /// Counts the random numbers drawn so far.
    draws: AtomicU64,
}

/// Several shards under their locks, by ascending index.
#[derive(Debug)]
pub(crate) struct Locked<'s> {
    shards: &'s Shards,
    guards: SmallVec<[(usize, MutexGuard<'s, Shard>); 2]>,
    /// Freed after the guards, which are dropped before it: unlocking does not wait for the allocator.
    garbage: Garbage,
}

/// What commands removed and nobody asked for.
#[derive(Debug, Default)]
struct Garbage {
    lists: Vec<List>,
    tables: Vec<Table>,
}

impl Shards {
    pub(crate) fn new(count: usize) -> Self {
        let hasher = RandomState::default();
        let part = || CachePadded::new(Mutex::new(Shard::new(hasher.clone())));
        Self { parts: (0..count).map(|_| part()).collect(), hasher, draws: AtomicU64::new(0) }
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
    fn shard_of(&self, hash: u64) -> usize {
        let bits = (hash >> 25) & u64::from(u32::MAX);
        // There are less than 2^32 shards, so the product fits, and what is left of it is below their number.
        #[expect(clippy::cast_possible_truncation)]
        let shard = ((bits * self.parts.len() as u64) >> 32) as usize;
        shard
    }

    /// Runs one command on one key, under the one lock that it needs.
    #[inline]
    pub(crate) fn with<R>(&self, key: &[u8], command: impl FnOnce(&mut Shard, Key<'_>) -> R) -> R {
        let key = self.key(key);
        command(&mut self.lock_part(self.shard_of(key.hash)), key)
    }

    /// Locks one shard, by its index below [`count`](Self::count).
    #[inline]
    pub(crate) fn lock_part(&self, index: usize) -> MutexGuard<'_, Shard> {
        reentry::refuse(self);
        self.parts[index].lock()
    }

    /// Locks the shards of these keys.
    pub(crate) fn lock<'k>(&self, keys: impl IntoIterator<Item = Key<'k>>) -> Locked<'_> {
        let mut wanted: SmallVec<[usize; 8]> =
            keys.into_iter().map(|key| self.shard_of(key.hash)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        self.lock_ascending(wanted)
    }

    /// Locks every shard.
    pub(crate) fn lock_all(&self) -> Locked<'_> {
        self.lock_ascending(0..self.count())
    }

    fn lock_ascending(&self, indexes: impl IntoIterator<Item = usize>) -> Locked<'_> {
        reentry::refuse(self);
        let guards = indexes.into_iter().map(|index| (index, self.parts[index].lock())).collect();
        Locked { shards: self, guards, garbage: Garbage::default() }
    }

    /// A random number below `bound`, which is not 0. The keyed hash of a counter is as random as keys are spread.
    pub(crate) fn random_below(&self, bound: usize) -> usize {
        let drawn = self.hasher.hash_one(self.draws.fetch_add(1, Ordering::Relaxed));
        // The product is below `bound << 64`, so what is left of it fits `usize`.
        #[expect(clippy::cast_possible_truncation)]
        let number = ((u128::from(drawn) * bound as u128) >> 64) as usize;
        number
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
        &mut self.guards[place].1
    }

    fn place(&self, key: Key<'_>) -> usize {
        let wanted = self.shards.shard_of(key.hash);
        self.guards
            .binary_search_by_key(&wanted, |(index, _)| *index)
            .expect("a command touches only keys that it locked")
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
