//! Raw bytes as a stream of lists: no input makes a panic, what was applied is what a store that exports it holds, and a
//! stream that only lists are let in from means the same where any command is.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use redeque::Store;

fuzz_target!(|bytes: &[u8]| {
    let store = Store::builder().shards(3).build().expect("three shards are a legal number");
    let imported = store.import(bytes);
    if let Err(error) = &imported {
        assert!(
            error.applied() <= error.offset() && error.offset() <= bytes.len() as u64,
            "{error}"
        );
    }
    let held = contents(&store);

    let mut stream = Vec::new();
    store.export(&mut stream).expect("a vector takes it");
    let copy = Store::new();
    copy.import(&stream[..]).expect("what was exported can be imported");
    assert_eq!(contents(&copy), held);

    if let Ok(count) = imported {
        let other = Store::new();
        assert_eq!(other.import_commands(bytes).expect("it was imported before"), count);
        assert_eq!(contents(&other), held);
    }
});

fn contents(store: &Store) -> BTreeMap<Vec<u8>, Vec<Vec<u8>>> {
    store.keys("*").into_iter().map(|key| (key.clone(), store.lrange(&key, 0, -1))).collect()
}
