//! A log that is rewritten.

use std::fs;
use std::time::{Duration, Instant};

use redeque::{Fsync, LogOptions, Store};

use crate::home::{Home, MANIFEST, contents, lists};

fn size(home: &Home) -> usize {
    home.files().values().map(Vec::len).sum()
}

fn push_and_pop(store: &Store, times: usize) {
    for _ in 0..times {
        store.rpush("jobs", "job").expect("a push");
        store.lpop("jobs").expect("a pop");
    }
}

#[test]
fn a_rewriting_leaves_the_shortest_log() {
    let home = Home::new();
    let store = home.open();
    store.rpush_all("k", ["a", "b"]).expect("a push");
    push_and_pop(&store, 500);
    store.sync().expect("a disk");
    let before = size(&home);
    store.rewrite_log().expect("a disk");
    assert!(size(&home) * 10 < before, "{} of {before}", size(&home));
    let names: Vec<_> = home.files().into_keys().collect();
    assert_eq!(
        names,
        ["appendonly.aof.1.base.aof", "appendonly.aof.2.incr.aof", "appendonly.aof.manifest"]
    );
    store.rpush("k", "c").expect("a push");
    drop(store);
    let store = home.open();
    assert_eq!(contents(&store), lists("k: a b c"));
    assert_eq!(store.recovery().expect("a log").commands(), 2);
    store.rewrite_log().expect("a disk");
    assert_eq!(home.files().len(), 3);
}

/// The manifest, which names them, is not counted as one of the log's files.
fn size_without_manifest(home: &Home) -> u64 {
    let files = home.files().into_iter().filter(|(name, _)| name != MANIFEST);
    files.map(|(_, bytes)| bytes.len() as u64).sum()
}

#[test]
fn the_bytes_of_a_log_are_those_of_its_files() {
    let home = Home::new();
    let store = home.open();
    for round in 0..3 {
        push_and_pop(&store, 100);
        store.rpush("k", "a").expect("a push");
        store.sync().expect("a disk");
        assert_eq!(store.stats().log_bytes, size_without_manifest(&home), "round {round}");
        store.rewrite_log().expect("a disk");
        assert_eq!(store.stats().log_bytes, size_without_manifest(&home), "round {round}");
    }
    drop(store);
    let store = home.open();
    assert!(store.stats().log_bytes > 0);
    assert_eq!(store.stats().log_bytes, size_without_manifest(&home));
}

#[test]
fn recovering_counts_elements_and_no_commits() {
    let home = Home::new();
    let store = home.open();
    push_and_pop(&store, 10);
    store.rpush_all("k", ["a", "b", "c"]).expect("a push");
    let stats = store.stats();
    assert_eq!((stats.elements, stats.commits), (3, 21));
    drop(store);
    let store = home.open();
    let stats = store.stats();
    assert_eq!((stats.elements, stats.commits), (3, 0));
    store.lpop("k").expect("a pop");
    let stats = store.stats();
    assert_eq!((stats.elements, stats.commits), (2, 1));
}

#[test]
fn a_log_that_has_grown_is_rewritten_by_itself_and_one_that_must_not_be_is_left() {
    for percent in [100, 0] {
        let home = Home::new();
        let options = LogOptions::new()
            .fsync(Fsync::Never)
            .rewrite_percentage(percent)
            .rewrite_min_bytes(10_000);
        let store = Store::builder().log(home.log(), options).open().expect("it opens");
        let manifest = home.log().join(MANIFEST);
        let is_rewritten =
            || fs::read_to_string(&manifest).expect("it is there").contains(" type b");
        push_and_pop(&store, 50);
        assert!(!is_rewritten());
        push_and_pop(&store, 1000);
        let end = Instant::now() + Duration::from_secs(30);
        while percent > 0 && !is_rewritten() {
            assert!(Instant::now() < end, "it was not rewritten");
            push_and_pop(&store, 10);
        }
        store.shutdown().expect("a disk");
        assert_eq!(is_rewritten(), percent > 0);
    }
}
