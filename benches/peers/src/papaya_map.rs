//! Peer 5: `papaya`, a map that readers never wait for, of a lock and a deque each.
//!
//! What such a map holds can't be changed in place without a lock of its own, and a list may be removed between finding
//! and locking it. So the pop that empties a list marks it and removes its key, both under the list's lock: a push that
//! gets the lock afterwards sees the mark, and finds the key gone when it looks again.

use papaya::HashMap;
use parking_lot::Mutex;

use crate::deques::{Deques, List};

#[derive(Default)]
struct Slot {
    elements: List,
    removed: bool,
}

#[derive(Default)]
pub struct PapayaOfDeques {
    lists: HashMap<Vec<u8>, Mutex<Slot>>,
}

impl Deques for PapayaOfDeques {
    fn change<R>(&self, key: &[u8], change: impl FnOnce(&mut List) -> R) -> R {
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

    fn shrink<R>(&self, key: &[u8], change: impl FnOnce(&mut List) -> R) -> Option<R> {
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

    fn look<R>(&self, key: &[u8], look: impl FnOnce(&List) -> R) -> Option<R> {
        Some(look(&self.lists.pin().get(key)?.lock().elements))
    }

    fn key_count(&self) -> usize {
        self.lists.len()
    }
}
