//! redeque itself, with its default of 64 shards.

use redeque::Store;

use crate::{Lists, Queues};

#[derive(Default)]
pub struct Redeque {
    store: Store,
}

impl Redeque {
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

fn signed(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}
