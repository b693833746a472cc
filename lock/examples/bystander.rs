//! What a thread loses that has nothing to do with a contended lock: `cargo run --release --example bystander`
//!
//! A bystander computes while other threads contend for one lock: of `parking_lot`, and of this crate. Both take turns,
//! a short while each, so that what else the machine does hits both alike. Printed are their ratio and the barriers a
//! second, for several numbers of contenders and lengths of what they do under the lock.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use lock_api::{Mutex, RawMutex};

const TURN: Duration = Duration::from_millis(50);
const TURNS: usize = 21;

/// What happened in one turn.
#[derive(Debug, Default, Clone, Copy)]
struct Turn {
    /// Work of the bystander, by a second of its own processor time.
    bystander: f64,
    /// Pairs of lock and unlock a second.
    pairs: f64,
    /// Heavy barriers a second.
    barriers: f64,
}

/// Some nanoseconds of work that reads and writes no memory.
fn work(rounds: u64) {
    let mut state = 1_u64;
    for _ in 0..rounds {
        state = black_box(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    }
}

/// One turn, with this many threads that contend, each with this much work under the lock and as much without it.
fn turn<R: RawMutex + Send + Sync>(contenders: usize, rounds: u64) -> Turn {
    let (lock, stop) = (Mutex::<R, usize>::new(0), AtomicBool::new(false));
    let before = redeque_lock::barriers();
    let mut bystander = 0.0;
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..contenders {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let mut count = lock.lock();
                    *count += 1;
                    work(rounds);
                    drop(count);
                    work(rounds);
                }
            });
        }
        bystander = stand_by(start + TURN);
        stop.store(true, Ordering::Relaxed);
    });
    let seconds = start.elapsed().as_secs_f64();
    let pairs = rate(lock.into_inner(), seconds);
    let barriers = rate(redeque_lock::barriers() - before, seconds);
    Turn { bystander, pairs, barriers }
}

fn rate(count: usize, seconds: f64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / seconds
}

/// Computes until then, and returns how much in a second of this thread's processor time.
fn stand_by(end: Instant) -> f64 {
    let start = processor_time();
    let mut done = 0.0;
    while Instant::now() < end {
        work(2000);
        done += 1.0;
    }
    done / processor_time().saturating_sub(start).as_secs_f64()
}

/// How long this thread has run so far. An interrupt that it was stopped by counts.
#[cfg(target_os = "linux")]
fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes the time to where it is told to, which lives and is of its type.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(failed, 0, "every thread has this clock");
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Without such a clock it shows only what remains after the scheduler's share.
#[cfg(not(target_os = "linux"))]
fn processor_time() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn compare(contenders: usize, rounds: u64) {
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        theirs.push(turn::<parking_lot::RawMutex>(contenders, rounds));
        ours.push(turn::<redeque_lock::RawMutex>(contenders, rounds));
    }
    let of = |turns: &[Turn], what: fn(&Turn) -> f64| median(turns.iter().map(what).collect());
    let bystander = of(&ours, |turn| turn.bystander) / of(&theirs, |turn| turn.bystander);
    let pairs = of(&ours, |turn| turn.pairs) / of(&theirs, |turn| turn.pairs);
    let barriers = of(&ours, |turn| turn.barriers);
    println!(
        "{contenders:>10} {rounds:>7} {:>10.2} % {pairs:>8.2} {barriers:>10.0}",
        (bystander - 1.0) * 100.0
    );
}

fn main() {
    println!("locks are released by: {:?}", redeque_lock::prepare());
    println!("contenders  rounds   bystander    pairs  barriers/s");
    for contenders in [1, 2, 4, 8, 16] {
        for rounds in [0, 200, 2000, 20_000, 200_000] {
            compare(contenders, rounds);
        }
    }
}
