//! Peer 4: `yo-kv`, a published embedded store with Redis's data types: a `Db` of 64 stripes.
//!
//! Its own commands, under the stripe's lock, that it removes emptied keys by. `pop` is the form that hands out an
//! owned element; the clock stands still, as nothing here expires.

use std::fmt::Debug;

use yo_kv::{Clock, Db, End, Keyspace};

use crate::{Lists, Queues};

pub struct YoStripes {
    db: Db,
}

impl Default for YoStripes {
    fn default() -> Self {
        Self { db: Db::with_clock(Clock::system(), 64) }
    }
}

impl YoStripes {
    fn on<R, E: Debug>(
        &self,
        key: &[u8],
        command: impl FnOnce(&mut Keyspace) -> Result<R, E>,
    ) -> R {
        command(&mut self.db.hold(key)).expect("every key is a list, and no element is too large")
    }
}

impl Queues for YoStripes {
    type Popped = Vec<u8>;

    fn rpush(&self, key: &[u8], element: &[u8]) {
        self.on(key, |lists| lists.push(key, End::Right, std::iter::once(element)));
    }

    fn lpop(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.on(key, |lists| lists.pop(key, End::Left))
    }
}

impl Lists for YoStripes {
    fn rpush_all(&self, key: &[u8], elements: &[&[u8]]) {
        self.on(key, |lists| lists.push(key, End::Right, elements.iter().copied()));
    }

    fn lpop_count(&self, key: &[u8], count: usize) -> Vec<Vec<u8>> {
        let mut popped = Vec::with_capacity(count);
        self.on(key, |lists| {
            lists.pop_into(key, End::Left, count, |element| popped.push(element.to_vec()))
        });
        popped
    }

    fn lrange(&self, key: &[u8], start: usize, stop: usize) -> Vec<Vec<u8>> {
        self.on(key, |lists| {
            let range = lists.lrange(key, signed(start), signed(stop));
            range.map(|range| range.map(|element| element.to_vec()).collect())
        })
    }

    fn lindex(&self, key: &[u8], index: usize) -> Option<Vec<u8>> {
        self.on(key, |lists| {
            lists.lindex(key, signed(index)).map(|found| found.map(|element| element.to_vec()))
        })
    }

    fn lpos(&self, key: &[u8], element: &[u8]) -> Option<usize> {
        let mut position = None;
        self.on(key, |lists| {
            lists.lpos_into(key, element, 1, 1, 0, |found| position = Some(found))
        });
        position
    }

    fn lrem(&self, key: &[u8], element: &[u8]) -> usize {
        self.on(key, |lists| lists.lrem(key, 0, element))
    }

    fn linsert_before(&self, key: &[u8], pivot: &[u8], element: &[u8]) -> bool {
        self.on(key, |lists| lists.linsert(key, true, pivot, element)) > 0
    }

    fn key_count(&self) -> usize {
        self.db.len()
    }
}

fn signed(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}
