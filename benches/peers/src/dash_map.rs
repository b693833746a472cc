//! Peer 1: `DashMap<Vec<u8>, VecDeque<Vec<u8>>>`, what most people write.
//!
//! A push looks with `get_mut` first, which needs no owned key, and takes the entry only where that finds nothing. A
//! pop that empties a list removes it with `remove_if`, which looks again under the lock.

use std::collections::VecDeque;

use dashmap::DashMap;

use crate::{Lists, Queues};

#[derive(Default)]
pub struct DashMapOfDeques {
    lists: DashMap<Vec<u8>, VecDeque<Vec<u8>>>,
}

impl DashMapOfDeques {
    fn change<R>(&self, key: &[u8], change: impl FnOnce(&mut VecDeque<Vec<u8>>) -> R) -> R {
        if let Some(mut list) = self.lists.get_mut(key) {
            return change(&mut list);
        }
        change(&mut self.lists.entry(key.to_vec()).or_default())
    }

    /// Changes a list that exists, and removes the key if that empties it.
    fn shrink<R>(&self, key: &[u8], change: impl FnOnce(&mut VecDeque<Vec<u8>>) -> R) -> Option<R> {
        let mut list = self.lists.get_mut(key)?;
        let result = change(&mut list);
        let emptied = list.is_empty();
        drop(list);
        if emptied {
            self.lists.remove_if(key, |_, list| list.is_empty());
        }
        Some(result)
    }
}

impl Queues for DashMapOfDeques {
    type Popped = Vec<u8>;

    fn rpush(&self, key: &[u8], element: &[u8]) {
        let element = element.to_vec();
        self.change(key, |list| list.push_back(element));
    }

    fn lpop(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.shrink(key, VecDeque::pop_front).flatten()
    }
}

impl Lists for DashMapOfDeques {
    fn rpush_all(&self, key: &[u8], elements: &[&[u8]]) {
        self.change(key, |list| list.extend(elements.iter().map(|element| element.to_vec())));
    }

    fn lpop_count(&self, key: &[u8], count: usize) -> Vec<Vec<u8>> {
        self.shrink(key, |list| list.drain(..count.min(list.len())).collect()).unwrap_or_default()
    }

    fn lrange(&self, key: &[u8], start: usize, stop: usize) -> Vec<Vec<u8>> {
        self.lists
            .get(key)
            .map_or_else(Vec::new, |list| list.range(start..=stop).cloned().collect())
    }

    fn lindex(&self, key: &[u8], index: usize) -> Option<Vec<u8>> {
        self.lists.get(key)?.get(index).cloned()
    }

    fn lpos(&self, key: &[u8], element: &[u8]) -> Option<usize> {
        self.lists.get(key)?.iter().position(|other| other == element)
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
        let Some(mut list) = self.lists.get_mut(key) else { return false };
        let Some(found) = list.iter().position(|other| other == pivot) else { return false };
        list.insert(found, element.to_vec());
        true
    }

    fn key_count(&self) -> usize {
        self.lists.len()
    }
}
