//! Peer 3: what someone would write who measures: 64 cache-padded locks, each over a `hashbrown::HashTable` of boxed
//! keys and deques of boxed elements.
//!
//! A key is hashed once, by `foldhash`, for both the choice of the lock and the table. Elements are boxed before the
//! lock is taken. Push and removal go through one lookup each.
//!
//! With the lock of `redeque-lock` it is a second peer.

use std::collections::VecDeque;
use std::hash::BuildHasher;

use crossbeam_utils::CachePadded;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use parking_lot::lock_api::{Mutex, MutexGuard, RawMutex};

use crate::{Lists, Queues};

const SHARDS: usize = 64;

type List = VecDeque<Box<[u8]>>;
type Table = HashTable<(Box<[u8]>, List)>;

/// As its users have it.
pub type HandTuned = HandTunedBy<parking_lot::RawMutex>;

/// With locks that are released by a plain store.
pub type HandTunedFast = HandTunedBy<redeque_lock::RawMutex>;

pub struct HandTunedBy<L> {
    shards: Box<[CachePadded<Mutex<L, Table>>]>,
    hasher: RandomState,
}

impl<L: RawMutex> Default for HandTunedBy<L> {
    fn default() -> Self {
        redeque_lock::prepare();
        Self {
            shards: (0..SHARDS).map(|_| CachePadded::default()).collect(),
            hasher: RandomState::default(),
        }
    }
}

impl<L: RawMutex> HandTunedBy<L> {
    /// The locked shard of a key, with its hash. The table takes its bits from both ends of the hash.
    fn lock(&self, key: &[u8]) -> (MutexGuard<'_, L, Table>, u64) {
        let hash = self.hasher.hash_one(key);
        let shard = (hash >> 32) as usize % SHARDS;
        (self.shards[shard].lock(), hash)
    }

    fn change<R>(&self, key: &[u8], change: impl FnOnce(&mut List) -> R) -> R {
        let (mut table, hash) = self.lock(key);
        let rehash = |(key, _): &(Box<[u8]>, List)| self.hasher.hash_one(&**key);
        match table.entry(hash, |(other, _)| **other == *key, rehash) {
            Entry::Occupied(entry) => change(&mut entry.into_mut().1),
            Entry::Vacant(entry) => {
                change(&mut entry.insert((key.into(), List::new())).into_mut().1)
            }
        }
    }

    /// Changes a list that exists, and removes the key if that empties it.
    fn shrink<R>(&self, key: &[u8], change: impl FnOnce(&mut List) -> R) -> Option<R> {
        let (mut table, hash) = self.lock(key);
        let mut entry = table.find_entry(hash, |(other, _)| **other == *key).ok()?;
        let list = &mut entry.get_mut().1;
        let result = change(list);
        if list.is_empty() {
            entry.remove();
        }
        Some(result)
    }

    fn look<R>(&self, key: &[u8], look: impl FnOnce(&List) -> R) -> Option<R> {
        let (table, hash) = self.lock(key);
        table.find(hash, |(other, _)| **other == *key).map(|(_, list)| look(list))
    }
}

impl<L: RawMutex + Send + Sync> Queues for HandTunedBy<L> {
    type Popped = Box<[u8]>;

    fn rpush(&self, key: &[u8], element: &[u8]) {
        let element = element.into();
        self.change(key, |list| list.push_back(element));
    }

    fn lpop(&self, key: &[u8]) -> Option<Box<[u8]>> {
        self.shrink(key, VecDeque::pop_front).flatten()
    }
}

impl<L: RawMutex + Send + Sync> Lists for HandTunedBy<L> {
    fn rpush_all(&self, key: &[u8], elements: &[&[u8]]) {
        self.change(key, |list| list.extend(elements.iter().map(|&element| Box::from(element))));
    }

    fn lpop_count(&self, key: &[u8], count: usize) -> Vec<Box<[u8]>> {
        self.shrink(key, |list| list.drain(..count.min(list.len())).collect()).unwrap_or_default()
    }

    fn lrange(&self, key: &[u8], start: usize, stop: usize) -> Vec<Vec<u8>> {
        let range =
            |list: &List| list.range(start..=stop).map(|element| element.to_vec()).collect();
        self.look(key, range).unwrap_or_default()
    }

    fn lindex(&self, key: &[u8], index: usize) -> Option<Vec<u8>> {
        self.look(key, |list| list.get(index).map(|element| element.to_vec())).flatten()
    }

    fn lpos(&self, key: &[u8], element: &[u8]) -> Option<usize> {
        self.look(key, |list| list.iter().position(|other| **other == *element)).flatten()
    }

    fn lrem(&self, key: &[u8], element: &[u8]) -> usize {
        let removed = self.shrink(key, |list| {
            let before = list.len();
            list.retain(|other| **other != *element);
            before - list.len()
        });
        removed.unwrap_or(0)
    }

    fn linsert_before(&self, key: &[u8], pivot: &[u8], element: &[u8]) -> bool {
        let element = element.into();
        let inserted = self.shrink(key, |list| {
            let found = list.iter().position(|other| **other == *pivot);
            found.map(|found| list.insert(found, element)).is_some()
        });
        inserted.unwrap_or(false)
    }

    fn key_count(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().len()).sum()
    }
}
