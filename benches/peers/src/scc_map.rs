//! Peer 6: `scc::HashMap<Vec<u8>, VecDeque<Vec<u8>>>`, whose locks are those of its buckets.
//!
//! A push looks with `get_sync` first, which needs no owned key, and takes the entry only where that finds nothing. A
//! pop removes the key of a list that it empties by the entry that it holds.

use scc::HashMap;

use crate::deques::{Deques, List};

#[derive(Default)]
pub struct SccOfDeques {
    lists: HashMap<Vec<u8>, List>,
}

impl Deques for SccOfDeques {
    fn change<R>(&self, key: &[u8], change: impl FnOnce(&mut List) -> R) -> R {
        if let Some(mut entry) = self.lists.get_sync(key) {
            return change(entry.get_mut());
        }
        change(self.lists.entry_sync(key.to_vec()).or_default().get_mut())
    }

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

    fn key_count(&self) -> usize {
        self.lists.len()
    }
}
