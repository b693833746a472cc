//! The methods that fill a buffer ask for no memory where it has room. A counting allocator sees it, so all of it is one
//! test, which is alone in its process.

use std::alloc::System;

use cap::Cap;
use redeque::{ElementBuf, Store};

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

const ROUNDS: usize = 1000;

/// Less than a byte for each round, and room for what the test's own threads do.
const SLACK: usize = 512;

#[track_caller]
fn asks_for_nothing(what: &str, mut round: impl FnMut()) {
    // The first round gives the buffer its room.
    round();
    // The least of several: another thread may ask meanwhile.
    let asked = (0..5).map(|_| {
        let before = MEMORY.total_allocated();
        (0..ROUNDS).for_each(|_| round());
        MEMORY.total_allocated() - before
    });
    let asked = asked.min().expect("five rounds");
    assert!(asked <= SLACK, "{what} asked for {asked} bytes");
}

#[test]
fn a_buffer_with_room_is_filled_without_asking_for_memory() {
    let store = Store::new();
    for _ in 0..6 * ROUNDS {
        store.rpush_all("k", ["an element", "another", "and one more"]).expect("elements");
    }
    let (mut one, mut several) = (Vec::new(), ElementBuf::new());
    asks_for_nothing("lrange_into", || {
        store.lrange_into("k", 10, 60, &mut several);
        assert_eq!(several.len(), 51);
    });
    asks_for_nothing("lpop_into", || assert_eq!(store.lpop_into("k", &mut one), Ok(true)));
    asks_for_nothing("rpop_count_into", || {
        assert_eq!(store.rpop_count_into("k", 2, &mut several), Ok(true));
        assert_eq!(several.len(), 2);
    });
    // As long as an element can be that has no buffer of its own.
    for len in [16, 127] {
        let (key, element) = (len.to_string(), vec![b'x'; len]);
        (0..200).for_each(|round| {
            store.rpush(&key, &element).expect("an element");
            assert!(round < 30 || store.lpop_into(&key, &mut one).expect("an element"));
        });
        asks_for_nothing("a queue of equally long elements that passes them on", || {
            store.rpush(&key, &element).expect("an element");
            assert_eq!(store.lpop_into(&key, &mut one), Ok(true));
            assert_eq!(one, element);
        });
    }
}
