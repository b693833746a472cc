//! Lock and unlock where nobody else wants the lock: `cargo run --release --example alone`
//!
//! Many short runs of `parking_lot`'s lock and of this crate's in turns; the fastest of each counts.

use std::hint::black_box;
use std::time::{Duration, Instant};

use lock_api::{Mutex, RawMutex};

const RUNS: usize = 200;
const PAIRS: u32 = 100_000;

fn run<R: RawMutex>(lock: &Mutex<R, u64>) -> Duration {
    let start = Instant::now();
    for _ in 0..PAIRS {
        *black_box(lock).lock() += 1;
    }
    start.elapsed()
}

fn main() {
    println!("locks are released by: {:?}", redeque_lock::prepare());
    let (theirs, ours) = (Mutex::<parking_lot::RawMutex, _>::new(0), redeque_lock::Mutex::new(0));
    let mut least = [Duration::MAX; 2];
    for _ in 0..RUNS {
        least = [least[0].min(run(&theirs)), least[1].min(run(&ours))];
    }
    let of = |least: Duration| least.as_secs_f64() * 1e9 / f64::from(PAIRS);
    println!("lock and unlock, ns: parking_lot {:.1}, this {:.1}", of(least[0]), of(least[1]));
}
