//! Peer 1: `DashMap<Vec<u8>, VecDeque<Vec<u8>>>`, what most people write.
//!
//! A push looks with `get_mut` first, which needs no owned key, and takes the entry only where that finds nothing. A
//! pop that empties a list removes it with `remove_if`, which looks again under the lock.

use dashmap::DashMap;

use crate::deques::{Deques, List};

#[derive(Default)]
pub struct DashMapOfDeques {
    lists: DashMap<Vec<u8>, List>,
}

impl Deques for DashMapOfDeques {
    fn change<R>(&self, key: &[u8], change: impl FnOnce(&mut List) -> R) -> R {
        if let Some(mut list) = self.lists.get_mut(key) {
            return change(&mut list);
        }
        change(&mut self.lists.entry(key.to_vec()).or_default())
    }

    fn shrink<R>(&self, key: &[u8], change: impl FnOnce(&mut List) -> R) -> Option<R> {
        let mut list = self.lists.get_mut(key)?;
        let result = change(&mut list);
        let emptied = list.is_empty();
        drop(list);
        if emptied {
            self.lists.remove_if(key, |_, list| list.is_empty());
        }
        Some(result)
    }

    fn look<R>(&self, key: &[u8], look: impl FnOnce(&List) -> R) -> Option<R> {
        Some(look(&*self.lists.get(key)?))
    }

    fn key_count(&self) -> usize {
        self.lists.len()
    }
}
