//! The protocol under loom, which runs a test under every order of its threads' steps, and with every value that a load
//! may see.

use std::cell::Cell;
use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom::thread;

use crate::RawMutex;

/// A side of the protocol, by its barrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Light,
    Heavy,
}

// Those of a test's own thread, in which loom runs all threads of the model.
std::thread_local! {
    static LEFT_OUT: Cell<Option<Side>> = const { Cell::new(None) };
    static DUE: Cell<bool> = const { Cell::new(false) };
}

pub(crate) fn is_left_out(side: Side) -> bool {
    LEFT_OUT.get() == Some(side)
}

pub(crate) fn sleepers_are_due() -> bool {
    DUE.get()
}

struct Counter {
    lock: RawMutex,
    count: UnsafeCell<usize>,
}

impl Counter {
    /// Loom fails where two threads are in here at once, or one does not see what the one before wrote.
    fn count(&self) {
        self.lock.lock();
        // SAFETY: the lock is held.
        self.count.with_mut(|count| unsafe { *count += 1 });
        self.lock.unlock();
    }
}

// SAFETY: the count is reached only by who holds the lock.
unsafe impl Sync for Counter {}

/// This many threads take the lock this often. It is a deadlock, and found as one, if somebody sleeps forever.
fn contend(threads: usize, times: usize, preemptions: Option<usize>) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = model.preemption_bound.or(preemptions);
    model.check(move || {
        let counter = Arc::new(Counter { lock: RawMutex::new(), count: UnsafeCell::new(0) });
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let counter = Arc::clone(&counter);
                thread::spawn(move || (0..times).for_each(|_| counter.count()))
            })
            .collect();
        (0..times).for_each(|_| counter.count());
        for other in others {
            other.join().unwrap();
        }
        // SAFETY: the other threads are gone.
        assert_eq!(counter.count.with(|count| unsafe { *count }), threads * times);
    });
}

#[test]
fn two_threads_never_sleep_through_a_release() {
    contend(2, 1, None);
}

#[test]
fn two_threads_that_come_again_never_sleep_through_a_release() {
    contend(2, 2, Some(3));
}

#[test]
fn three_threads_never_sleep_through_a_release() {
    contend(3, 1, Some(3));
    contend(3, 2, Some(2));
}

#[test]
fn four_threads_never_sleep_through_a_release() {
    contend(4, 1, Some(2));
}

#[test]
fn a_lock_that_is_handed_over_has_one_owner() {
    DUE.set(true);
    contend(2, 2, Some(3));
    contend(3, 1, Some(3));
}

#[test]
#[should_panic(expected = "deadlock")]
fn without_the_light_barrier_somebody_sleeps_forever() {
    LEFT_OUT.set(Some(Side::Light));
    contend(2, 1, None);
}

#[test]
#[should_panic(expected = "deadlock")]
fn without_the_heavy_barrier_somebody_sleeps_forever() {
    LEFT_OUT.set(Some(Side::Heavy));
    contend(2, 1, None);
}
