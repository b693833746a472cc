//! What a store counts of its elements, beside what its lists say.

use redeque::Store;

/// Holds for a store that nobody else changes.
#[track_caller]
pub(crate) fn check_elements(store: &Store) {
    let stats = store.stats();
    let keys = store.keys("*");
    let found: usize = keys.iter().map(|key| store.llen(key)).sum();
    // Keys that have expired are counted until they are removed, with at least one element each.
    let kept = stats.keys - keys.len();
    if kept == 0 {
        assert_eq!(stats.elements, found, "counted, then found in {} lists", keys.len());
    } else {
        assert!(stats.elements >= found + kept, "{} counted, {found} found", stats.elements);
    }
}
