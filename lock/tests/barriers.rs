//! How many barriers a process asks for. All of its locks count, so all of it is one test, which is alone in its process.

// The model of the lock is no lock for others.
#![cfg(not(redeque_loom))]

use std::thread;
use std::time::{Duration, Instant};

use redeque_lock::{Mutex, Release, barriers, prepare};

/// A thread asks for one right before it sleeps.
fn wait_until_asked_for(count: usize) {
    let end = Instant::now() + Duration::from_secs(30);
    while barriers() < count {
        assert!(Instant::now() < end, "{} barriers, where there should be {count}", barriers());
        thread::yield_now();
    }
}

#[test]
fn only_who_is_about_to_sleep_asks_for_a_barrier_and_for_one() {
    let by_store = prepare() == Release::Store;
    let lock = Mutex::new(0);
    for _ in 0..1_000 {
        *lock.lock() += 1;
    }
    assert_eq!(barriers(), 0, "nobody has slept");

    for sleep in 1..=20 {
        let held = lock.lock();
        assert!(lock.try_lock().is_none(), "who only tries does not sleep");
        thread::scope(|scope| {
            scope.spawn(|| *lock.lock() += 1);
            if by_store {
                wait_until_asked_for(sleep);
            }
            drop(held);
        });
        assert_eq!(barriers(), if by_store { sleep } else { 0 });
    }
    assert_eq!(lock.into_inner(), 1_020);
}
