//! How long a snapshot stops those who write.
//!
//! Each measurement runs in a process of its own, which this program starts from itself: `snapshot <case>`. So the copy is made in
//! fresh memory, which the kernel has to hand out, as in a program that takes one now and then. `snapshot` takes the
//! median of 15 processes for each case.
//!
//! The call as a whole is what a writer waits at most. One that writes to any key waits until the shard of that key is
//! copied: the longest wait of one command is told, too. And beside both, a copy of as many bytes of one vector.

use std::error::Error;
use std::hint::black_box;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use redeque::Store;
use redeque_peers::workload::{element, key, renumber};
use rustix::time::{ClockId, clock_gettime};

/// Each with how many lists there are and how many elements of how many bytes in each.
const CASES: [(usize, usize, usize); 4] =
    [(1_000_000, 1, 16), (1, 10_000_000, 16), (100_000, 50, 16), (1_000, 100, 1_000)];

const PROCESSES: usize = 15;

fn filled((lists, elements, size): (usize, usize, usize)) -> Result<Store, redeque::Error> {
    let store = Store::new();
    let mut element = element(0, size);
    for list in 0..lists {
        for number in 0..elements {
            renumber(&mut element, number);
            store.rpush(key(list), &element)?;
        }
    }
    Ok(store)
}

/// The longest that one push to any of these keys takes, until it is told to stop.
fn longest_push(store: &Store, keys: usize, stop: &AtomicBool) -> Duration {
    let mut longest = Duration::ZERO;
    for number in (0..).map(|number: usize| number.wrapping_mul(0x9e37_79b9) % keys) {
        let start = Instant::now();
        let _ = black_box(store.rpush(key(number), "pushed meanwhile"));
        longest = longest.max(start.elapsed());
        if stop.load(Ordering::Relaxed) {
            break;
        }
        // It is to be there, and not to make the store larger.
        thread::sleep(Duration::from_micros(20));
    }
    longest
}

/// The time that a call takes, by the clock and of this thread's processor, in microseconds.
fn timed<R>(call: impl FnOnce() -> R) -> [u128; 2] {
    let processor = || {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        u128::try_from(now.tv_sec * 1_000_000_000 + now.tv_nsec).unwrap_or(0)
    };
    let (start, before) = (Instant::now(), processor());
    let result = call();
    let taken = [start.elapsed().as_micros(), (processor() - before) / 1000];
    drop(black_box(result));
    taken
}

/// What is told of one process: the call by the clock and by processor time, the longest push, the vector.
fn measure(case: (usize, usize, usize)) -> Result<[u128; 4], Box<dyn Error>> {
    let store = filled(case)?;
    let (lists, elements, size) = case;
    let bytes = vec![1_u8; lists * elements * size];
    let [vector, _] = timed(|| bytes.clone());
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let pushing = scope.spawn(|| longest_push(&store, lists.max(1_000), &stop));
        thread::sleep(Duration::from_millis(5));
        let [clock, processor] = timed(|| store.snapshot());
        stop.store(true, Ordering::Relaxed);
        let longest = pushing.join().map_err(|_| "the writer panicked")?;
        Ok([clock, processor, longest.as_micros(), vector])
    })
}

fn medians(case: usize) -> Result<[u128; 4], Box<dyn Error>> {
    let mut figures = [const { Vec::new() }; 4];
    for _ in 0..PROCESSES {
        let output = Command::new(std::env::current_exe()?).arg(case.to_string()).output()?.stdout;
        let told = String::from_utf8(output)?;
        for (column, figure) in figures.iter_mut().zip(told.split_whitespace()) {
            column.push(figure.parse()?);
        }
    }
    let median = |mut column: Vec<u128>| {
        column.sort_unstable();
        column.get(column.len() / 2).copied().ok_or("nothing was measured")
    };
    let [clock, processor, longest, vector] = figures.map(median);
    Ok([clock?, processor?, longest?, vector?])
}

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(case) = std::env::args().nth(1) {
        let case = *CASES.get(case.parse::<usize>()?).ok_or("no such case")?;
        let [clock, processor, longest, vector] = measure(case)?;
        println!("{clock} {processor} {longest} {vector}");
        return Ok(());
    }
    println!(
        "| lists | elements in each | bytes | snapshot, ms | its processor time, ms | longest push, ms | elements a ms | a vector of as many bytes, ms |"
    );
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (number, (lists, elements, size)) in CASES.into_iter().enumerate() {
        let [clock, processor, longest, vector] = medians(number)?;
        let milliseconds = |taken: u128| format!("{}.{}", taken / 1000, taken % 1000 / 100);
        let speed = (lists * elements) as u128 * 1000 / clock.max(1);
        let [clock, processor, longest, vector] =
            [clock, processor, longest, vector].map(milliseconds);
        println!(
            "| {lists} | {elements} | {size} | {clock} | {processor} | {longest} | {speed} | {vector} |"
        );
    }
    Ok(())
}
