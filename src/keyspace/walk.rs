//! [`SCAN`](https://redis.io/commands/scan/): walking all keys a page at a time, with nothing remembered in between.
//!
//! A cursor names a shard and how many of its positions are still to be visited. A shard is walked from its highest
//! position down, and a key only ever moves to a smaller position, so a key that stays is not missed.

use super::shard::Shard;
use crate::ScanOptions;
use crate::names::Names;

/// The page at `cursor` of a keyspace in `shards` parts, each of which `visit` gives access to in its turn; and the
/// cursor of the next page, 0 at the end. What the options ask for is [selected](ScanOptions::select) from the page
/// without a lock.
pub(super) fn page(
    cursor: u64,
    options: &ScanOptions,
    shards: usize,
    mut visit: impl FnMut(usize, &mut dyn FnMut(&Shard)),
) -> (u64, Names) {
    let parts = shards as u64;
    let mut names = Names::default();
    let mut budget = options.budget();
    // Where the walk of a shard begins, its end meaning all of it.
    let mut end = match cursor / parts {
        0 => usize::MAX,
        unvisited => usize::try_from(unvisited).unwrap_or(usize::MAX),
    };
    for part in cursor % parts..parts {
        let mut unvisited = 0;
        visit(index(part), &mut |shard| {
            let end = end.min(shard.place_count());
            unvisited = end.saturating_sub(budget);
            budget -= end - unvisited;
            names.extend(shard.keys_at((unvisited..end).rev()));
        });
        if unvisited > 0 {
            return (unvisited as u64 * parts + part, names);
        }
        if budget == 0 {
            return (if part + 1 < parts { part + 1 } else { 0 }, names);
        }
        end = usize::MAX;
    }
    (0, names)
}

/// A shard's number, which came from a `usize`.
fn index(part: u64) -> usize {
    usize::try_from(part).unwrap_or(usize::MAX)
}
