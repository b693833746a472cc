//! The longest wait for a contended lock: `cargo run --release --example waits`
//!
//! Threads take one lock again and again, of `parking_lot` and of this crate in turns. Printed are, for several numbers of
//! threads, the median over all turns of the longest wait in a turn, and how unequal the threads' shares are.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use lock_api::{Mutex, RawMutex};

const TURN: Duration = Duration::from_millis(100);
const TURNS: usize = 15;

/// What one thread saw in a turn.
#[derive(Debug, Clone, Copy)]
struct Seen {
    longest: Duration,
    times: u32,
}

fn take_turns<R: RawMutex + Send + Sync>(lock: &Mutex<R, u64>, stop: &AtomicBool) -> Seen {
    let mut seen = Seen { longest: Duration::ZERO, times: 0 };
    while !stop.load(Ordering::Relaxed) {
        let start = Instant::now();
        let mut value = lock.lock();
        seen.longest = seen.longest.max(start.elapsed());
        for _ in 0..100 {
            *value = black_box(value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
        seen.times += 1;
    }
    seen
}

/// The longest wait in milliseconds, and the most often taken lock beside the mean.
fn turn<R: RawMutex + Send + Sync>(threads: u32) -> (f64, f64) {
    let (lock, stop) = (Mutex::<R, u64>::new(1), AtomicBool::new(false));
    let seen: Vec<Seen> = thread::scope(|scope| {
        let running: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| take_turns(&lock, &stop))).collect();
        thread::sleep(TURN);
        stop.store(true, Ordering::Relaxed);
        running.into_iter().map(|thread| thread.join().expect("no thread panics")).collect()
    });
    let longest = seen.iter().map(|seen| seen.longest).max().unwrap_or_default();
    let most = seen.iter().map(|seen| f64::from(seen.times)).fold(0.0, f64::max);
    let all: f64 = seen.iter().map(|seen| f64::from(seen.times)).sum();
    (longest.as_secs_f64() * 1000.0, most * f64::from(threads) / all)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    println!("locks are released by: {:?}", redeque_lock::prepare());
    println!(
        "threads  longest wait, ms: parking_lot, this   largest share of the mean: parking_lot, this"
    );
    for threads in [2, 4, 8, 16] {
        let (mut theirs, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            theirs.push(turn::<parking_lot::RawMutex>(threads));
            ours.push(turn::<redeque_lock::RawMutex>(threads));
        }
        let of = |turns: &[(f64, f64)]| {
            (median(turns.iter().map(|turn| turn.0)), median(turns.iter().map(|turn| turn.1)))
        };
        let ((their_wait, their_share), (our_wait, our_share)) = (of(&theirs), of(&ours));
        println!(
            "{threads:>7} {their_wait:>29.2} {our_wait:>6.2} {their_share:>40.2} {our_share:>6.2}"
        );
    }
}
