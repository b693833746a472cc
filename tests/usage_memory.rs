//! MEMORY USAGE is what the allocator was asked for. A counting allocator sees it, so all of it is one test, which has its process
//! for itself: a harness would allocate beside it.

use std::alloc::System;

use std::time::Duration;

use cap::Cap;
use redeque::Store;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

fn usage(store: &Store, key: &str) -> usize {
    let reply = store.connect().execute(["MEMORY", "USAGE", key]).as_integer();
    usize::try_from(reply.expect("a key that is there")).expect("no less than nothing")
}

/// How much more is allocated, and how much more MEMORY USAGE says, after this.
fn growth(store: &Store, key: &str, grow: impl FnOnce()) -> (usize, usize) {
    let (allocated, used) = (MEMORY.allocated(), usage(store, key));
    let before = MEMORY.allocated() - allocated;
    assert_eq!(before, 0, "to ask leaves nothing behind");
    grow();
    (MEMORY.allocated() - allocated, usage(store, key) - used)
}

fn main() {
    what_a_list_is_said_to_use_is_what_was_asked_for();
    a_deadline_takes_little();
}

/// What a key with a deadline takes more than one without: an entry of a heap and its place in an index.
const MOST_FOR_A_DEADLINE: usize = 48;

fn a_deadline_takes_little() {
    const KEYS: usize = 100_000;
    for builder in [Store::builder(), Store::builder().shards(1), Store::builder().shards(64)] {
        let store = builder.build().expect("a legal number of shards");
        (0..KEYS).for_each(|key| _ = store.rpush(key.to_string(), "x").expect("an element"));
        let before = MEMORY.allocated();
        for key in 0..KEYS {
            let after = Duration::from_secs(1000 + key as u64 * 78_787 % 1000);
            assert_eq!(store.expire(key.to_string(), after), Ok(true));
        }
        let each = (MEMORY.allocated() - before).div_ceil(KEYS);
        assert!((1..=MOST_FOR_A_DEADLINE).contains(&each), "{each} bytes for each deadline");
        for key in 0..KEYS {
            assert_eq!(store.persist(key.to_string()), Ok(true));
        }
        assert_eq!(MEMORY.allocated(), before, "and nothing once they are taken away");
    }
}

fn what_a_list_is_said_to_use_is_what_was_asked_for() {
    let store = Store::builder().shards(1).build().expect("one shard");
    // The key itself, its entry and its place in the index: the same for every key that needs no allocation.
    store.rpush("k", "x").expect("an element");
    store.rpush("another short key", "x").expect("an element");
    let entry = usage(&store, "k");
    assert_eq!(entry, 32 + 24 + 4, "a list, a key and a position");
    assert_eq!(usage(&store, "another short key"), entry);
    let long = "a key of more bytes than an entry has room for";
    store.rpush(long, "x").expect("an element");
    assert_eq!(usage(&store, long), entry + long.len());

    let push = |count: usize, len: usize| {
        for _ in 0..count {
            store.rpush("k", "e".repeat(len)).expect("an element");
        }
    };
    // An inline list, a node, nodes, many nodes, a directory of them, and elements with a buffer each.
    for (count, len) in [(1, 10), (5, 30), (100, 30), (2_000, 16), (200_000, 16), (10, 5_000)] {
        let (allocated, used) = growth(&store, "k", || push(count, len));
        assert_eq!(used, allocated, "{count} elements of {len} bytes");
    }
    // Elements that are passed on, in a ring.
    store.rpush_all("ring", ["0123456789"; 40]).expect("elements");
    let (allocated, used) = growth(&store, "ring", || {
        for _ in 0..1_000 {
            store.rpush("ring", "0123456789").expect("an element");
            store.lpop("ring").expect("an element");
        }
        store.rpush_all("ring", ["0123456789"; 200]).expect("elements");
    });
    assert_eq!(used, allocated);
    assert!(allocated > 0);
}
