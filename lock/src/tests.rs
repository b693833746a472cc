//! Threads here do not spin: one that finds a lock held sleeps at once.

mod alone;
mod decisions;
mod sleepers;

use std::mem;
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
