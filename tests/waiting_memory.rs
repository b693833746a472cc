//! What waiting leaves behind: nothing. A counting allocator says how much memory is in use, so all of it is one test,
//! which is alone in its process.

use std::alloc::System;
use std::fmt::Debug;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use cap::Cap;
use redeque::Direction::{Left, Right};
use redeque::Store;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// Less than a byte for each of the waits that might have left some, and room for what the test's own thread does.
const SLACK: usize = 16 * 1024;

/// Each of 64 shards keeps the room that a few keys with waiters need.
const ROOM: usize = 96 * 1024;

/// Of each kind, of which there are eight: together more than a million in a release build.
const WAITS: usize = if cfg!(debug_assertions) { 20_000 } else { 200_000 };

/// Begins to wait, and gives up.
fn begin_and_drop(future: impl Future<Output: Debug>) {
    let poll = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_pending(), "it got {poll:?}");
}

#[track_caller]
fn leaves_nothing(what: &str, mut waits: impl FnMut(usize)) {
    // The first few may leave what is kept for the next.
    (0..1000).for_each(&mut waits);
    let before = MEMORY.allocated();
    (0..WAITS).for_each(&mut waits);
    let after = MEMORY.allocated();
    assert!(after <= before + SLACK, "{what}: {before} bytes before, {after} after");
}

fn give_up_in_every_way(store: &Store) {
    leaves_nothing("dropped, one key", |_| begin_and_drop(store.blpop_async(["k"])));
    leaves_nothing("dropped, many keys", |n| begin_and_drop(store.brpop_async([n.to_string()])));
    leaves_nothing("dropped, several keys each", |n| {
        begin_and_drop(store.blmpop_async(["k", "l", &n.to_string(), "k"], Left, 10));
    });
    leaves_nothing("dropped, moves", |n| {
        begin_and_drop(store.blmove_async(n.to_string(), "d", Left, Right));
    });
    leaves_nothing("timed out", |n| {
        assert_eq!(store.blpop(["k", &n.to_string()], Some(Duration::ZERO)), Ok(None));
    });
    leaves_nothing("never polled", |_| drop(store.blpop_async(["k"])));
    leaves_nothing("served and dropped", |n| {
        let key = n.to_string();
        let mut future = Box::pin(store.blpop_async([&key, "k", "l"]));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(store.rpush("k", "x"), Ok(1));
        drop(future);
        assert_eq!(store.lpop("k").unwrap().as_deref(), Some(&b"x"[..]));
    });
    leaves_nothing("served", |n| {
        let mut future = Box::pin(store.blpop_async(["k", &n.to_string()]));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(store.rpush("k", "x"), Ok(1));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    });
}

/// A crowd that waits at the same time, and leaves.
fn a_crowd_comes_and_goes(store: &Store) {
    let before = MEMORY.allocated();
    let crowded = drop_a_crowd(store);
    assert!(crowded > before + 40_000 * 100, "the crowd is not seen to wait");
    let after = MEMORY.allocated();
    assert!(after <= before + ROOM, "a crowd: {before} bytes before, {after} after");
}

/// Returns how much memory was in use while they waited.
fn drop_a_crowd(store: &Store) -> usize {
    let mut crowd = Vec::new();
    for number in 0..20_000 {
        let name = number.to_string();
        crowd.push(Box::pin(store.blpop_async(["k", &name])));
        crowd.push(Box::pin(store.blpop_async(["k"])));
    }
    for future in &mut crowd {
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    MEMORY.allocated()
}

/// A crowd of which each waits for a key of its own, all of which one transaction makes.
fn a_crowd_is_served_at_once(store: &Store) {
    let before = MEMORY.allocated();
    let names: Vec<String> = (0..20_000).map(|number| number.to_string()).collect();
    let mut crowd: Vec<_> = names.iter().map(|name| Box::pin(store.blpop_async([name]))).collect();
    for future in &mut crowd {
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let filled = store
        .transaction(&names, |tx| names.iter().try_for_each(|name| tx.rpush(name, "x").map(drop)));
    assert_eq!(filled, Ok(()));
    for future in &mut crowd {
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    }
    drop((crowd, names));
    let after = MEMORY.allocated();
    assert!(after <= before + ROOM, "served: {before} bytes before, {after} after");
}

/// How many bytes were asked for by pushes and pops: more where each push looks for those who wait. It is the least of
/// several rounds, since the thread that started this test asks for some at a time of its own.
fn price_of_pushes(store: &Store) -> usize {
    let round = |_| {
        let before = MEMORY.total_allocated();
        for _ in 0..1000 {
            assert_eq!(store.rpush("k", "x"), Ok(1));
            assert!(store.lpop("k").unwrap().is_some());
        }
        MEMORY.total_allocated() - before
    };
    (0..5).map(round).min().unwrap()
}

#[test]
fn waits_that_ended_leave_nothing_behind() {
    let store = Store::new();
    let fresh = price_of_pushes(&store);
    give_up_in_every_way(&store);
    a_crowd_comes_and_goes(&store);
    assert_eq!(price_of_pushes(&store), fresh, "the store still looks for those who wait");

    // The same while somebody waits forever, so that no shard is ever without a waiter, nor the queue of the crowd.
    let small = Store::builder().shards(1).build().unwrap();
    let mut lasting = Box::pin(small.blpop_async(["lasting", "k"]));
    assert!(lasting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    a_crowd_comes_and_goes(&small);
    a_crowd_is_served_at_once(&small);
    drop(lasting);
    let mut lasting = Box::pin(small.blpop_async(["lasting"]));
    assert!(lasting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    give_up_in_every_way(&small);
}
