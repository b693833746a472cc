//! What a snapshot holds, and that it and its store go their own ways.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use redeque::Direction::{Left, Right};
use redeque::{Error, Reply, Store};

use super::elements::check_elements;

type Contents = BTreeMap<Vec<u8>, Vec<Vec<u8>>>;

/// Lists of every length in memory, with every byte value in keys and elements, beside `keys` short ones.
fn varied(keys: u32) -> Contents {
    let every_byte: Vec<u8> = (0..=255).collect();
    let numbers = |count: u32| (0..count).map(|number| number.to_be_bytes().to_vec()).collect();
    let mut contents = Contents::from([
        (Vec::new(), vec![Vec::new(), b"the empty key".to_vec(), Vec::new()]),
        (every_byte.clone(), (0..=255).map(|byte| vec![byte]).collect()),
        (b"one node".to_vec(), numbers(100)),
        (b"a chunk".to_vec(), numbers(1_000)),
        (b"a directory".to_vec(), numbers(50_000)),
        (b"a long element".to_vec(), vec![every_byte.repeat(4_000)]),
        (b"long ones".to_vec(), vec![every_byte, b"short".to_vec(), vec![0; 128], vec![1; 127]]),
    ]);
    contents.extend((0..keys).map(|number| (number.to_be_bytes().to_vec(), numbers(1))));
    contents
}

fn filled(shards: usize, contents: &Contents) -> Store {
    let store = Store::builder().shards(shards).build().unwrap();
    for (key, elements) in contents {
        store.rpush_all(key, elements).unwrap();
    }
    store
}

fn contents(store: &Store) -> Contents {
    check_elements(store);
    let keys = store.keys("*");
    assert_eq!(store.dbsize(), keys.len());
    keys.into_iter().map(|key| (key.clone(), store.lrange(key, 0, -1))).collect()
}

#[track_caller]
fn assert_holds(store: &Store, expected: &Contents) {
    assert!(contents(store) == *expected, "the lists differ");
}

#[test]
fn a_snapshot_has_every_list_as_it_was() {
    for (shards, keys) in [(1, 0), (1, 100), (1, 5_000), (64, 5_000)] {
        let expected = varied(keys);
        let store = filled(shards, &expected);
        let snapshot = store.snapshot();
        assert_holds(&snapshot, &expected);
        assert_holds(&snapshot.snapshot(), &expected);
        assert_holds(&store, &expected);
    }
}

/// The copy of a ring, whose elements go around the end of its buffer.
#[test]
fn a_snapshot_has_a_queue_that_passes_elements_on() {
    let store = Store::new();
    store.rpush_all("k", (100..150_u32).map(|number| number.to_string())).unwrap();
    for number in 150..877_u32 {
        store.rpush("k", number.to_string()).unwrap();
        store.lpop("k").unwrap();
    }
    let expected: Vec<_> = (827..877_u32).map(|number| number.to_string().into_bytes()).collect();
    assert_eq!(store.snapshot().lrange("k", 0, -1), expected);
}

/// Changes every list, removes most of them, and makes others.
fn change(store: &Store, keys: &Contents) {
    for key in keys.keys() {
        store.lset(key, 0, "another").unwrap();
        store.rpush(key, "more").unwrap();
    }
    for key in keys.keys().skip(3) {
        assert!(store.del(key).unwrap());
    }
    for number in 0..3_000_u32 {
        store.lpush(format!("new {number}"), "x").unwrap();
    }
}

#[test]
fn what_is_done_to_one_of_the_two_is_not_seen_in_the_other() {
    for (shards, keys) in [(1, 0), (1, 300), (3, 2_000)] {
        let expected = varied(keys);
        let store = filled(shards, &expected);
        let (changed, kept) = (store.snapshot(), store.snapshot());
        change(&changed, &expected);
        assert_holds(&store, &expected);
        change(&store, &expected);
        assert_holds(&kept, &expected);
        assert!(contents(&changed) == contents(&store), "the same changes make the same lists");
        drop(store);
        kept.flushall().unwrap();
        assert_eq!((changed.dbsize(), kept.dbsize()), (3_003, 0));
    }
}

#[test]
fn a_snapshot_of_nothing_is_empty_and_can_be_filled() {
    let store = Store::new();
    let snapshot = store.snapshot();
    assert_eq!(snapshot.dbsize(), 0);
    assert_eq!(snapshot.rpush("k", "a"), Ok(1));
    assert_eq!((snapshot.llen("k"), store.llen("k")), (1, 0));
}

#[test]
fn who_waits_at_a_store_is_not_served_by_its_snapshot() {
    let store = Store::new();
    let mut context = Context::from_waker(Waker::noop());
    let mut pop = pin!(store.blpop_async(["k"]));
    store.rpush("full", "x").unwrap();
    let mut push = pin!(store.brpush_bounded_async("full", 1, "y"));
    assert!(pop.as_mut().poll(&mut context).is_pending());
    assert!(push.as_mut().poll(&mut context).is_pending());

    let snapshot = store.snapshot();
    assert_eq!((snapshot.blocked_clients(), store.blocked_clients()), (0, 2));
    assert_eq!(snapshot.rpush("k", "a"), Ok(1));
    assert_eq!(snapshot.lpop("full"), Ok(Some(b"x".to_vec())));
    assert_eq!(snapshot.llen("full"), 0, "what waits for room is not there");
    assert!(pop.as_mut().poll(&mut context).is_pending());
    assert!(push.as_mut().poll(&mut context).is_pending());

    store.rpush("k", "b").unwrap();
    assert_eq!(store.snapshot().llen("k"), 0, "it was handed over");
    assert_eq!(pop.poll(&mut context), Poll::Ready(Ok((b"k".to_vec(), b"b".to_vec()))));
}

#[test]
fn a_snapshot_of_a_closed_store_is_open() {
    let store = Store::new();
    store.rpush("k", "a").unwrap();
    store.close();
    let snapshot = store.snapshot();
    assert!(!snapshot.is_closed());
    assert_eq!(snapshot.rpush("k", "b"), Ok(2));
    assert_eq!(store.rpush("k", "b"), Err(Error::Closed));
    snapshot.close();
    assert_eq!(snapshot.snapshot().llen("k"), 2);
}

#[test]
fn connections_to_a_store_and_to_its_snapshot_know_nothing_of_each_other() {
    let store = Store::new();
    let mut connection = store.connect();
    connection.execute(["WATCH", "k"]);
    let snapshot = store.snapshot();
    assert_eq!(snapshot.connect().execute(["CLIENT", "ID"]), Reply::Integer(1));
    snapshot.rpush("k", "a").unwrap();
    connection.execute(["MULTI"]);
    assert_eq!(connection.execute(["EXEC"]), Reply::Array(Vec::new()));
}

#[test]
fn a_snapshot_of_another_store_may_be_taken_inside_a_transaction() {
    let (store, other) = (Store::new(), Store::new());
    other.rpush("k", "a").unwrap();
    let moved = store.transaction(["k"], |tx| {
        let snapshot = other.snapshot();
        other.rpush("k", "b")?;
        tx.rpush_all("k", snapshot.lrange("k", 0, -1))?;
        snapshot.lmove("k", "l", Left, Right)
    });
    assert_eq!(moved, Ok(Some(b"a".to_vec())));
    assert_eq!(store.lrange("k", 0, -1), [b"a"]);
    assert_eq!(other.lrange("k", 0, -1), [b"a", b"b"]);
}
