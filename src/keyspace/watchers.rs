//! Who wants to know whether a key changed: [`WATCH`](https://redis.io/commands/watch/).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::key::Key;
use super::key_map::KeyMap;

/// Raised when a watched key changes. It is written and read under the lock of that key's shard.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changed(Arc<AtomicBool>);

impl Changed {
    /// What is raised.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// How many hold this flag: those who watch, and the keys that they watch.
    #[cfg(test)]
    pub(crate) fn holders(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Tells it from every other that somebody holds.
    fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
}

/// Those who watch one key, however many, of whom each comes and goes by itself.
type ByAddress = BTreeMap<usize, Changed>;

/// The watched keys of a shard. A key is here as long as somebody watches it.
#[derive(Debug)]
pub(super) struct Watchers {
    by_key: KeyMap<ByAddress>,
}

impl Watchers {
    pub(super) const fn new() -> Self {
        Self { by_key: KeyMap::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// How many keys somebody watches.
    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    pub(super) fn add(&mut self, key: Key<'_>, watcher: &Changed) {
        self.by_key.entry(key).entry(watcher.address()).or_insert_with(|| watcher.clone());
    }

    pub(super) fn remove(&mut self, key: Key<'_>, watcher: &Changed) {
        let Some(watchers) = self.by_key.get_mut(key) else { return };
        watchers.remove(&watcher.address());
        if watchers.is_empty() {
            self.by_key.remove(key);
        }
    }

    /// Tells everybody who watches this key that it changed.
    pub(super) fn touch(&self, key: Key<'_>) {
        raise_all(self.by_key.get(key));
    }

    /// Tells everybody who watches a key that satisfies the condition.
    pub(super) fn touch_where(&self, condition: impl Fn(Key<'_>) -> bool) {
        raise_all(self.by_key.iter().filter(|(key, _)| condition(*key)).map(|(_, all)| all));
    }
}

fn raise_all<'w>(watchers: impl IntoIterator<Item = &'w ByAddress>) {
    watchers.into_iter().flat_map(BTreeMap::values).for_each(Changed::raise);
}
