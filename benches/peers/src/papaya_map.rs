//! Peer 5: `papaya`, a map that readers never wait for, of a lock and a deque each.
//!
//! What such a map holds can't be changed in place without a lock of its own, and a list may be removed between finding
//! and locking it. So the pop that empties a list marks it and removes its key, both under the list's lock: a push that
//! gets the lock afterwards sees the mark, and finds the key gone when it looks again.

use std::collections::VecDeque;

use papaya::HashMap;
use parking_lot::Mutex;

use crate::{Lists, Queues};

#[derive(Default)]
struct List {
    elements: VecDeque<Vec<u8>>,
    removed: bool,
}

#[derive(Default)]
pub struct PapayaOfDeques {
    lists: HashMap<Vec<u8>, Mutex<List>>,
}

impl PapayaOfDeques {
    fn change<R>(&self, key: &[u8], change: impl FnOnce(&mut VecDeque<Vec<u8>>) -> R) -> R {
        let lists = self.lists.pin();
        loop {
            let found = lists.get(key);
            let list =
                found.unwrap_or_else(|| lists.get_or_insert_with(key.to_vec(), Mutex::default));
            let mut list = list.lock();
            if !list.removed {
                return change(&mut list.elements);
            }
        }
    }

    /// Changes a list that exists, and removes the key if that empties it.
    fn shrink<R>(&self, key: &[u8], change: impl FnOnce(&mut VecDeque<Vec<u8>>) -> R) -> Option<R> {
        let lists = self.lists.pin();
        let mut list = lists.get(key)?.lock();
        if list.removed {
            return None;
        }
        let result = change(&mut list.elements);
        if list.elements.is_empty() {
            list.removed = true;
            lists.remove(key);
        }
        Some(result)
    }

    fn look<R>(&self, key: &[u8], look: impl FnOnce(&VecDeque<Vec<u8>>) -> R) -> Option<R> {
        Some(look(&self.lists.pin().get(key)?.lock().elements))
    }
}

impl Queues for PapayaOfDeques {
    type Popped = Vec<u8>;

    fn rpush(&self, key: &[u8], element: &[u8]) {
        let element = element.to_vec();
        self.change(key, |list| list.push_back(element));
    }

    fn lpop(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.shrink(key, VecDeque::pop_front).flatten()
    }
}

impl Lists for PapayaOfDeques {
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
