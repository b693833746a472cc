//! Peer 6: `scc::HashMap<Vec<u8>, VecDeque<Vec<u8>>>`, whose locks are those of its buckets.
//!
//! A push looks with `get_sync` first, which needs no owned key, and takes the entry only where that finds nothing. A
//! pop removes the key of a list that it empties by the entry that it holds.

use std::collections::VecDeque;

use scc::HashMap;

use crate::{Lists, Queues};

type List = VecDeque<Vec<u8>>;

#[derive(Default)]
pub struct SccOfDeques {
    lists: HashMap<Vec<u8>, List>,
}

impl SccOfDeques {
    fn change<R>(&self, key: &[u8], change: impl FnOnce(&mut List) -> R) -> R {
        if let Some(mut entry) = self.lists.get_sync(key) {
            return change(entry.get_mut());
        }
        change(self.lists.entry_sync(key.to_vec()).or_default().get_mut())
    }

    /// Changes a list that exists, and removes the key if that empties it.
    fn shrink<R>(&self, key: &[u8], change: impl FnOnce(&mut List) -> R) -> Option<R> {
        let mut entry = self.lists.get_sync(key)?;
        let result = change(entry.get_mut());
        if entry.get().is_empty() {
            drop(entry.remove_entry());
        }
        Some(result)
    }

    fn look<R>(&self, key: &[u8], look: impl FnOnce(&List) -> R) -> Option<R> {
        self.lists.read_sync(key, |_, list| look(list))
    }
}

impl Queues for SccOfDeques {
    type Popped = Vec<u8>;

    fn rpush(&self, key: &[u8], element: &[u8]) {
        let element = element.to_vec();
        self.change(key, |list| list.push_back(element));
    }

    fn lpop(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.shrink(key, VecDeque::pop_front).flatten()
    }
}

impl Lists for SccOfDeques {
    fn rpush_all(&self, key: &[u8], elements: &[&[u8]]) {
        self.change(key, |list| list.extend(elements.iter().map(|element| element.to_vec())));
    }

    fn lpop_count(&self, key: &[u8], count: usize) -> Vec<Vec<u8>> {
        self.shrink(key, |list| list.drain(..count.min(list.len())).collect()).unwrap_or_default()
    }

    fn lrange(&self, key: &[u8], start: usize, stop: usize) -> Vec<Vec<u8>> {
        self.look(key, |list| list.range(start..=stop).cloned().collect()).unwrap_or_default()
    }

    fn lindex(&self, key: &[u8], index: usize) -> Option<Vec<u8>> {
        self.look(key, |list| list.get(index).cloned()).flatten()
    }

    fn lpos(&self, key: &[u8], element: &[u8]) -> Option<usize> {
        self.look(key, |list| list.iter().position(|other| other == element)).flatten()
    }

    fn lrem(&self, key: &[u8], element: &[u8]) -> usize {
        let removed = self.shrink(key, |list| {
            let before = list.len();
            list.retain(|other| other != element);
            before - list.len()
        });
        removed.unwrap_or(0)
    }

    fn linsert_before(&self, key: &[u8], pivot: &[u8], element: &[u8]) -> bool {
        let inserted = self.shrink(key, |list| {
            let found = list.iter().position(|other| other == pivot);
            found.map(|found| list.insert(found, element.to_vec())).is_some()
        });
        inserted.unwrap_or(false)
    }

    fn key_count(&self) -> usize {
        self.lists.len()
    }
}
