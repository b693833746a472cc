//! A hash table that grows by splitting: many small tables, of which an insertion splits at most one and a removal merges at
//! most two. So no command pays for all that is there, as it would where one table doubles.
//!
//! This is linear hashing. With 2^n buckets, `n` bits of a hash say which it is in. Buckets are split in the order of their
//! numbers, whichever is the fullest, and the new one goes to the end: it takes those whose next bit is set. A number that is
//! not there yet means the bucket that it will be split off from. Merging is the way back. As long as one bucket is enough, it
//! is a table like any other.

use hashbrown::HashTable;

use super::segments::Segments;
use crate::memory::{Allocated, Counted};

/// Of the only bucket, room for `KEPT` is not given back.
#[derive(Debug, Clone)]
pub(super) enum Buckets<T, const KEPT: usize> {
    One(Bucket<T>),
    Many(Counted<Box<Many<T>>>),
}

#[derive(Debug, Clone)]
pub(super) struct Many<T> {
    buckets: Segments<Bucket<T>, 256>,
    /// One less than the number of buckets rounded up to a power of two.
    mask: u64,
    len: usize,
}

/// What a bucket of 128 slots holds.
const FULL: usize = 112;

/// With as many as this in a bucket on the average, one is split. One that waits for its turn has up to twice as many, and by
/// chance some more: then a twentieth of these are more than `FULL`, and have 256 slots for a while.
const SPLIT_FROM: usize = 48;

/// With fewer than this, two are merged. Half of the other, so that nothing is split and merged by turns.
const MERGE_BELOW: usize = SPLIT_FROM / 2;

/// A bucket tells what it has apart by the lowest bits of a hash and the highest.
const BUCKET_BITS: u32 = 8;

type Bucket<T> = Counted<HashTable<T>>;

impl<T> Allocated for HashTable<T> {
    fn allocated(&self) -> usize {
        self.allocation_size()
    }
}

fn with_capacity<T>(capacity: usize) -> Bucket<T> {
    Counted::new(HashTable::with_capacity(capacity))
}

/// Inserts what is not there.
#[inline]
fn insert<T>(bucket: &mut Bucket<T>, hash: u64, value: T, hash_of: impl Fn(&T) -> u64) -> &mut T {
    if bucket.len() == bucket.capacity() {
        return insert_in_full(bucket, hash, value, hash_of);
    }
    bucket.as_it_is().insert_unique(hash, value, hash_of).into_mut()
}

/// The same where the bucket may have to grow.
#[cold]
#[inline(never)]
fn insert_in_full<T>(
    bucket: &mut Bucket<T>,
    hash: u64,
    value: T,
    hash_of: impl Fn(&T) -> u64,
) -> &mut T {
    let place = bucket.resize(|bucket| bucket.insert_unique(hash, value, hash_of).bucket_index());
    bucket.as_it_is().get_bucket_mut(place).expect("it was inserted there")
}

impl<T, const KEPT: usize> Buckets<T, KEPT> {
    pub(super) const fn new() -> Self {
        Self::One(Counted::unallocated(HashTable::new()))
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::One(bucket) => bucket.len(),
            Self::Many(many) => many.len,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        let (one, many) = match self {
            Self::One(bucket) => (Some(bucket), None),
            Self::Many(many) => (None, Some(many.buckets.iter())),
        };
        one.into_iter().chain(many.into_iter().flatten()).flat_map(|bucket| bucket.iter())
    }

    #[inline]
    pub(super) fn find(&self, hash: u64, is: impl FnMut(&T) -> bool) -> Option<&T> {
        let bucket = match self {
            Self::One(bucket) => bucket,
            Self::Many(many) => &many.buckets[many.number(hash)],
        };
        bucket.find(hash, is)
    }

    #[inline]
    pub(super) fn find_mut(&mut self, hash: u64, is: impl FnMut(&T) -> bool) -> Option<&mut T> {
        let bucket = match self {
            Self::One(bucket) => bucket,
            Self::Many(many) => {
                let number = many.number(hash);
                &mut many.items().buckets[number]
            }
        };
        bucket.as_it_is().find_mut(hash, is)
    }

    /// Inserts what is not there. `hash_of` tells the hash of any that is there.
    #[inline]
    pub(super) fn insert(&mut self, hash: u64, value: T, hash_of: impl Fn(&T) -> u64) -> &mut T {
        if let Self::One(bucket) = self
            && bucket.len() == FULL
        {
            *self = Self::Many(Counted::new(Box::new(Many::new(std::mem::take(bucket)))));
        }
        match self {
            Self::One(bucket) => insert(bucket, hash, value, hash_of),
            Self::Many(many) => many.items().insert(hash, value, hash_of),
        }
    }

    #[inline]
    pub(super) fn remove(
        &mut self,
        hash: u64,
        is: impl FnMut(&T) -> bool,
        hash_of: impl Fn(&T) -> u64,
    ) {
        let bucket = match self {
            Self::One(bucket) => bucket,
            Self::Many(many) => {
                if let Some(only) = many.items().remove(hash, is, hash_of) {
                    *self = Self::One(only);
                }
                return;
            }
        };
        if let Ok(slot) = bucket.as_it_is().find_entry(hash, is) {
            slot.remove();
        }
        if bucket.capacity() > KEPT && bucket.len() < bucket.capacity() / 4 {
            bucket.resize(|bucket| bucket.shrink_to(bucket.len() * 2, hash_of));
        }
    }

    /// For how many there is room.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        match self {
            Self::One(bucket) => bucket.capacity(),
            Self::Many(many) => many.buckets.iter().map(|bucket| bucket.capacity()).sum(),
        }
    }
}

impl<T> Many<T> {
    fn new(first: Bucket<T>) -> Self {
        let (len, mut buckets) = (first.len(), Segments::new());
        buckets.push(first);
        Self { buckets, mask: 0, len }
    }

    #[inline(never)]
    fn insert(&mut self, hash: u64, value: T, hash_of: impl Fn(&T) -> u64) -> &mut T {
        if self.len >= self.buckets.len() * SPLIT_FROM {
            self.split(&hash_of);
        }
        self.len += 1;
        let number = self.number(hash);
        insert(&mut self.buckets[number], hash, value, hash_of)
    }

    /// What is left if that is one bucket.
    #[inline(never)]
    fn remove(
        &mut self,
        hash: u64,
        is: impl FnMut(&T) -> bool,
        hash_of: impl Fn(&T) -> u64,
    ) -> Option<Bucket<T>> {
        let number = self.number(hash);
        self.buckets[number].as_it_is().find_entry(hash, is).ok()?.remove();
        self.len -= 1;
        if self.len >= self.buckets.len() * MERGE_BELOW {
            return None;
        }
        self.merge(hash_of);
        if self.buckets.len() == 1 { self.buckets.pop() } else { None }
    }

    /// The bucket of a hash.
    #[inline]
    fn number(&self, hash: u64) -> usize {
        let number = masked(hash, self.mask);
        if number < self.buckets.len() { number } else { masked(hash, self.mask >> 1) }
    }

    /// Adds a bucket, with its share of the one that it is split off from.
    #[cold]
    #[inline(never)]
    fn split(&mut self, hash_of: impl Fn(&T) -> u64) {
        let added = self.buckets.len();
        if added.is_power_of_two() {
            self.mask = self.mask * 2 + 1;
        }
        let whole = &mut self.buckets[origin(added)];
        let all = hashed(whole.as_it_is().drain(), &hash_of);
        // As large as the other, which will be as full.
        let mut split_off = with_capacity(whole.capacity().min(FULL));
        if whole.capacity() > FULL {
            *whole = with_capacity(FULL);
        }
        for (hash, value) in all {
            let leaves = masked(hash, self.mask) == added;
            let bucket = if leaves { &mut split_off } else { &mut *whole };
            insert(bucket, hash, value, &hash_of);
        }
        self.buckets.push(split_off);
    }

    /// Undoes the last split.
    #[cold]
    #[inline(never)]
    fn merge(&mut self, hash_of: impl Fn(&T) -> u64) {
        let Some(split_off) = self.buckets.pop() else { return };
        let removed = self.buckets.len();
        let whole = &mut self.buckets[origin(removed)];
        for (hash, value) in hashed(split_off.into_inner().into_iter(), &hash_of) {
            insert(whole, hash, value, &hash_of);
        }
        if removed.is_power_of_two() {
            self.mask >>= 1;
        }
    }
}

/// With their hashes. What these are made of is far apart in memory: where nothing else is done in between, the processor
/// waits for several at once.
fn hashed<T>(values: impl Iterator<Item = T>, hash_of: impl Fn(&T) -> u64) -> Vec<(u64, T)> {
    values.map(|value| (hash_of(&value), value)).collect()
}

/// The bits of a hash that tell buckets apart, as far as the mask goes, which any number of buckets fits.
#[inline]
fn masked(hash: u64, mask: u64) -> usize {
    usize::try_from(hash >> BUCKET_BITS & mask).unwrap_or(usize::MAX)
}

/// The bucket that one is split off from: its number without the highest bit.
fn origin(added: usize) -> usize {
    added - (1 << added.ilog2())
}
