//! Nobody sleeps through a release. The sleeps have no time limit: one wake-up lost, and the test hangs.

use std::hint::spin_loop;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{alone::alone, wait_for_a_sleeper};
use crate::{Mutex, Release, barriers, prepare};

/// A cache line.
#[repr(align(128))]
struct Line(AtomicU64);

/// What two threads share that meet at a lock, once in a round.
struct Meeting {
    lock: Mutex<()>,
    begun: Line,
    done: Line,
    /// Written by both in turns. Stores to them are on their way when the lock is released, and keep that store back.
    clutter: [Line; 6],
}

impl Meeting {
    fn new() -> Self {
        let line = || Line(AtomicU64::new(0));
        let clutter = std::array::from_fn(|_| line());
        Self { lock: Mutex::new(()), begun: line(), done: line(), clutter }
    }

    fn write(&self, round: u64) {
        for line in &self.clutter {
            line.0.store(round, Ordering::Relaxed);
        }
    }

    /// Releases the lock while the other thread falls asleep, a bit earlier or later in each round. Returns the rounds.
    fn hold_until(&self, end: Instant) -> u64 {
        let mut round = 0;
        while Instant::now() < end {
            round += 1;
            let held = self.lock.lock();
            self.begun.0.store(round, Ordering::Release);
            (0..round * 7 % 300).for_each(|_| spin_loop());
            if round.is_multiple_of(64) {
                wait_for_a_sleeper(&self.lock);
            }
            self.write(round);
            drop(held);
            wait_for(&self.done.0, round);
        }
        self.begun.0.store(u64::MAX, Ordering::Release);
        round
    }

    fn sleep(&self) {
        for round in 1.. {
            if wait_for(&self.begun.0, round) == u64::MAX {
                return;
            }
            drop(self.lock.lock());
            self.write(round);
            self.done.0.store(round, Ordering::Release);
        }
    }
}

fn wait_for(number: &AtomicU64, least: u64) -> u64 {
    let mut looks = 0_u32;
    loop {
        let seen = number.load(Ordering::Acquire);
        if seen >= least {
            return seen;
        }
        looks += 1;
        // Seldom, so that both run at once even where others want to run as well.
        if looks.is_multiple_of(10_000) { thread::yield_now() } else { spin_loop() }
    }
}

/// Keeps two threads from sharing a processor, where they would never meet. It is only tried: there may be no such one.
#[cfg(target_os = "linux")]
fn stay_on_processor(number: usize) {
    // SAFETY: all bits zero are an empty set.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: the number is one of the set's bits.
    unsafe { libc::CPU_SET(number, &mut set) };
    // SAFETY: the set is read, with its own size.
    unsafe { libc::sched_setaffinity(0, size_of_val(&set), &raw const set) };
}

#[cfg(not(target_os = "linux"))]
fn stay_on_processor(_number: usize) {}

/// `REDEQUE_STRESS_SECONDS` gives it longer.
fn seconds() -> u64 {
    let given = std::env::var("REDEQUE_STRESS_SECONDS").ok();
    given.and_then(|seconds| seconds.parse().ok()).unwrap_or(2)
}

#[test]
#[cfg_attr(miri, ignore = "takes a process")]
fn who_falls_asleep_as_the_lock_is_released_is_woken() {
    let seconds = Duration::from_secs(seconds());
    let path = "tests::sleepers::who_falls_asleep_as_the_lock_is_released_is_woken";
    alone(path, seconds + Duration::from_secs(30), || {
        let decided = prepare();
        let meeting = Meeting::new();
        let rounds = thread::scope(|scope| {
            scope.spawn(|| {
                stay_on_processor(1);
                meeting.sleep();
            });
            stay_on_processor(0);
            meeting.hold_until(Instant::now() + seconds)
        });
        println!("{rounds} rounds, {} barriers, released by {decided:?}", barriers());
        assert!(decided == Release::Exchange || barriers() as u64 >= rounds / 64);
    });
}

/// More threads than processors, of which most sleep in one of two queues at any time.
#[test]
#[cfg_attr(miri, ignore = "takes a process")]
fn a_crowd_gets_through() {
    const THREADS: u64 = 16;
    const TIMES: u64 = 5000;
    alone("tests::sleepers::a_crowd_gets_through", Duration::from_secs(60), || {
        prepare();
        let (locks, start) = ([Mutex::new(0), Mutex::new(0)], Barrier::new(16));
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (locks, start) = (&locks, &start);
                scope.spawn(move || {
                    start.wait();
                    for time in 0..TIMES {
                        *locks[usize::from((thread + time) % 3 == 0)].lock() += 1;
                    }
                });
            }
        });
        let counts = locks.map(Mutex::into_inner);
        assert_eq!(counts.iter().sum::<u64>(), THREADS * TIMES);
    });
}
