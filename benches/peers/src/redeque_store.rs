//! redeque itself, with its default number of shards. Twice: what it pops and reads is owned by the caller, or lies in the
//! caller's buffers.

use redeque::Store;

use crate::workload::read;
use crate::{Buffers, Lists, Queues};

#[derive(Default)]
pub struct Redeque {
    store: Store,
}

impl Redeque {
    /// With a store that is made otherwise than by default.
    #[must_use]
    pub fn with(store: Store) -> Self {
        Self { store }
    }

    /// For what the other peers have no like of.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }
}

impl Queues for Redeque {
    type Popped = Vec<u8>;

    fn rpush(&self, key: &[u8], element: &[u8]) {
        self.store.rpush(key, element).expect("nothing limits a push");
    }

    fn lpop(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.store.lpop(key).expect("nothing limits a pop")
    }
}

impl Lists for Redeque {
    fn rpush_all(&self, key: &[u8], elements: &[&[u8]]) {
        self.store.rpush_all(key, elements).expect("there are elements");
    }

    fn lpop_count(&self, key: &[u8], count: usize) -> Vec<Vec<u8>> {
        let popped = self.store.lpop_count(key, count).expect("nothing limits a pop");
        popped.unwrap_or_default()
    }

    fn lrange(&self, key: &[u8], start: usize, stop: usize) -> Vec<Vec<u8>> {
        self.store.lrange(key, signed(start), signed(stop))
    }

    fn lindex(&self, key: &[u8], index: usize) -> Option<Vec<u8>> {
        self.store.lindex(key, signed(index))
    }

    fn lpos(&self, key: &[u8], element: &[u8]) -> Option<usize> {
        self.store.lpos(key, element)
    }

    fn lrem(&self, key: &[u8], element: &[u8]) -> usize {
        self.store.lrem(key, 0, element).expect("0 is a count")
    }

    fn linsert_before(&self, key: &[u8], pivot: &[u8], element: &[u8]) -> bool {
        self.store.linsert_before(key, pivot, element).expect("nothing limits an insertion") > 0
    }

    fn key_count(&self) -> usize {
        self.store.dbsize()
    }
}

/// The same store by the methods whose names end in `_into`.
#[derive(Default)]
pub struct RedequeInto {
    owning: Redeque,
}

impl Queues for RedequeInto {
    type Popped = Vec<u8>;

    fn rpush(&self, key: &[u8], element: &[u8]) {
        self.owning.rpush(key, element);
    }

    fn lpop(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.owning.lpop(key)
    }

    fn consume(&self, key: &[u8], buffers: &mut Buffers) -> bool {
        let popped = self.owning.store.lpop_into(key, &mut buffers.element);
        let popped = popped.expect("nothing limits a pop");
        if popped {
            read(&buffers.element);
        }
        popped
    }
}

impl Lists for RedequeInto {
    fn rpush_all(&self, key: &[u8], elements: &[&[u8]]) {
        self.owning.rpush_all(key, elements);
    }

    fn lpop_count(&self, key: &[u8], count: usize) -> Vec<Vec<u8>> {
        self.owning.lpop_count(key, count)
    }

    fn consume_count(&self, key: &[u8], count: usize, buffers: &mut Buffers) -> usize {
        let popped = self.owning.store.lpop_count_into(key, count, &mut buffers.batch);
        popped.expect("nothing limits a pop");
        buffers.batch.iter().for_each(read);
        buffers.batch.len()
    }

    fn lrange(&self, key: &[u8], start: usize, stop: usize) -> Vec<Vec<u8>> {
        self.owning.lrange(key, start, stop)
    }

    fn read_range(&self, key: &[u8], start: usize, stop: usize, buffers: &mut Buffers) -> usize {
        self.owning.store.lrange_into(key, signed(start), signed(stop), &mut buffers.batch);
        buffers.batch.iter().for_each(read);
        buffers.batch.len()
    }

    fn lindex(&self, key: &[u8], index: usize) -> Option<Vec<u8>> {
        self.owning.lindex(key, index)
    }

    fn lpos(&self, key: &[u8], element: &[u8]) -> Option<usize> {
        self.owning.lpos(key, element)
    }

    fn lrem(&self, key: &[u8], element: &[u8]) -> usize {
        self.owning.lrem(key, element)
    }

    fn linsert_before(&self, key: &[u8], pivot: &[u8], element: &[u8]) -> bool {
        self.owning.linsert_before(key, pivot, element)
    }

    fn key_count(&self) -> usize {
        self.owning.key_count()
    }
}

fn signed(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}
