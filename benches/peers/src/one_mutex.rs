//! Peer 2: one `Mutex<HashMap<Vec<u8>, VecDeque<Vec<u8>>>>`, all of it from the standard library.
//!
//! A push looks with `get_mut` first, which needs no owned key. Elements are copied before the lock is taken.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::deques::{Deques, List};

type Map = HashMap<Vec<u8>, List>;

#[derive(Default)]
pub struct OneMutex {
    lists: Mutex<Map>,
}

impl OneMutex {
    fn lock(&self) -> MutexGuard<'_, Map> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deques for OneMutex {
    fn change<R>(&self, key: &[u8], change: impl FnOnce(&mut List) -> R) -> R {
        let mut lists = self.lock();
        match lists.get_mut(key) {
            Some(list) => change(list),
            None => change(lists.entry(key.to_vec()).or_default()),
        }
    }

    fn shrink<R>(&self, key: &[u8], change: impl FnOnce(&mut List) -> R) -> Option<R> {
        let mut lists = self.lock();
        let list = lists.get_mut(key)?;
        let result = change(list);
        if list.is_empty() {
            lists.remove(key);
        }
        Some(result)
    }

    fn look<R>(&self, key: &[u8], look: impl FnOnce(&List) -> R) -> Option<R> {
        Some(look(self.lock().get(key)?))
    }

    fn key_count(&self) -> usize {
        self.lock().len()
    }
}
