//! Threads here do not spin: one that finds a lock held sleeps at once.

mod alone;
mod decisions;
mod sleepers;

use std::mem;
use std::sync::Arc;
use std::thread;

use crate::{Mutex, RawMutex, prepare};

fn wait_for_a_sleeper(lock: &Mutex<()>) {
    // SAFETY: nothing is done with it but to count.
    while unsafe { lock.raw() }.sleepers() == 0 {
        thread::yield_now();
    }
}

#[test]
fn a_lock_has_one_owner() {
    const THREADS: usize = 4;
    let times = if cfg!(miri) { 20 } else { 20_000 };
    prepare();
    let count = Mutex::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..times {
                    let mut count = count.lock();
                    let seen = *count;
                    thread::yield_now();
                    *count = seen + 1;
                }
            });
        }
    });
    assert_eq!(count.into_inner(), THREADS * times);
}

/// A release reads the lock once more when it may be another thread's already, which has its own release behind it and lets
/// go of its handle. What it reads must be there: Miri sees it if not.
#[test]
fn a_lock_may_go_as_soon_as_its_releases_have_returned() {
    let times = if cfg!(miri) { 40 } else { 1_000 };
    prepare();
    for _ in 0..times {
        let shared = Arc::new(Mutex::new(0));
        let threads = [Arc::clone(&shared), shared].map(|shared| {
            thread::spawn(move || {
                *shared.lock() += 1;
                Arc::into_inner(shared).map(Mutex::into_inner)
            })
        });
        let last = threads.map(|thread| thread.join().expect("it only counts"));
        assert!(last == [Some(2), None] || last == [None, Some(2)], "{last:?}");
    }
}

#[test]
fn a_held_lock_is_not_taken_by_trying() {
    let lock = Mutex::new(());
    let held = lock.try_lock().expect("nobody has it");
    assert!(lock.is_locked());
    assert!(lock.try_lock().is_none());
    drop(held);
    assert!(!lock.is_locked());
    assert!(lock.try_lock().is_some());
}

#[test]
fn a_lock_takes_two_bytes() {
    assert_eq!(mem::size_of::<RawMutex>(), 2);
}
