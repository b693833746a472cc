//! KEYS and SCAN MATCH against the model's matcher, which tries everything.
//!
//! The input is a pattern, a newline, and the one key of a store.

#![no_main]

use libfuzzer_sys::fuzz_target;
use redeque::model::glob_matches;
use redeque::{ScanOptions, Store};

/// The model's time is exponential in the stars, with the length of the key as the base.
const MOST_STARS: usize = 5;
const LONGEST_KEY: usize = 32;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == b'\n');
    let (Some(pattern), Some(key)) = (parts.next(), parts.next()) else { return };
    let stars = pattern.iter().filter(|byte| **byte == b'*').count();
    if stars > MOST_STARS || key.len() > LONGEST_KEY {
        return;
    }
    check(pattern, key);
});

fn check(pattern: &[u8], key: &[u8]) {
    let store = Store::builder().shards(1).build().expect("one shard is a legal number");
    store.rpush(key, "x").expect("a push has no reason to fail");
    let expected = if glob_matches(pattern, key) { vec![key.to_vec()] } else { Vec::new() };
    let of = (pattern.escape_ascii(), key.escape_ascii());
    assert_eq!(store.keys(pattern), expected, "KEYS b\"{}\" of the key b\"{}\"", of.0, of.1);
    let page = store.scan(0, &ScanOptions::new().pattern(pattern));
    assert_eq!(page, (0, expected), "SCAN MATCH b\"{}\" of the key b\"{}\"", of.0, of.1);
}
