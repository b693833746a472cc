//! The commands on lists that are a `VecDeque<Vec<u8>>` each, once for all peers that are a map of such deques. What is
//! measured of them is how a map finds, locks, makes and removes one.

use std::collections::VecDeque;

use crate::{Lists, Queues};

pub(crate) type List = VecDeque<Vec<u8>>;

pub(crate) trait Deques: Sync {
    /// Changes a list, which is made if it is missing.
    fn change<R>(&self, key: &[u8], change: impl FnOnce(&mut List) -> R) -> R;

    /// Changes a list that exists, and removes the key if that empties it.
    fn shrink<R>(&self, key: &[u8], change: impl FnOnce(&mut List) -> R) -> Option<R>;

    /// Looks at a list that exists.
    fn look<R>(&self, key: &[u8], look: impl FnOnce(&List) -> R) -> Option<R>;

    fn key_count(&self) -> usize;
}

impl<D: Deques> Queues for D {
    type Popped = Vec<u8>;

    fn rpush(&self, key: &[u8], element: &[u8]) {
        let element = element.to_vec();
        self.change(key, |list| list.push_back(element));
    }

    fn lpop(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.shrink(key, VecDeque::pop_front).flatten()
    }
}

impl<D: Deques> Lists for D {
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
        Deques::key_count(self)
    }
}
