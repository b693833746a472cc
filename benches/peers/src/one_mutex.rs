//! Peer 2: one `Mutex<HashMap<Vec<u8>, VecDeque<Vec<u8>>>>`, all of it from the standard library.
//!
//! A push looks with `get_mut` first, which needs no owned key. Elements are copied before the lock is taken.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Lists, Queues};

type Map = HashMap<Vec<u8>, VecDeque<Vec<u8>>>;

#[derive(Default)]
pub struct OneMutex {
    lists: Mutex<Map>,
}

impl OneMutex {
    fn lock(&self) -> MutexGuard<'_, Map> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<R>(&self, key: &[u8], change: impl FnOnce(&mut VecDeque<Vec<u8>>) -> R) -> R {
        let mut lists = self.lock();
        match lists.get_mut(key) {
            Some(list) => change(list),
            None => change(lists.entry(key.to_vec()).or_default()),
        }
    }

    /// Changes a list that exists, and removes the key if that empties it.
    fn shrink<R>(&self, key: &[u8], change: impl FnOnce(&mut VecDeque<Vec<u8>>) -> R) -> Option<R> {
        let mut lists = self.lock();
        let list = lists.get_mut(key)?;
        let result = change(list);
        if list.is_empty() {
            lists.remove(key);
        }
        Some(result)
    }
}

impl Queues for OneMutex {
    type Popped = Vec<u8>;

    fn rpush(&self, key: &[u8], element: &[u8]) {
        let element = element.to_vec();
        self.change(key, |list| list.push_back(element));
    }

    fn lpop(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.shrink(key, VecDeque::pop_front).flatten()
    }
}

impl Lists for OneMutex {
    fn rpush_all(&self, key: &[u8], elements: &[&[u8]]) {
        self.change(key, |list| list.extend(elements.iter().map(|element| element.to_vec())));
    }

    fn lpop_count(&self, key: &[u8], count: usize) -> Vec<Vec<u8>> {
        self.shrink(key, |list| list.drain(..count.min(list.len())).collect()).unwrap_or_default()
    }

    fn lrange(&self, key: &[u8], start: usize, stop: usize) -> Vec<Vec<u8>> {
        self.lock()
            .get(key)
            .map_or_else(Vec::new, |list| list.range(start..=stop).cloned().collect())
    }

    fn lindex(&self, key: &[u8], index: usize) -> Option<Vec<u8>> {
        self.lock().get(key)?.get(index).cloned()
    }

    fn lpos(&self, key: &[u8], element: &[u8]) -> Option<usize> {
        self.lock().get(key)?.iter().position(|other| other == element)
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
        let mut lists = self.lock();
        let Some(list) = lists.get_mut(key) else { return false };
        let Some(found) = list.iter().position(|other| other == pivot) else { return false };
        list.insert(found, element.to_vec());
        true
    }

    fn key_count(&self) -> usize {
        self.lock().len()
    }
}
