//! How many pushes a second are acknowledged, each when its queue keeps its promise for it.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use redeque::Fsync;

use crate::figures::{float, grouped, head, median, row};
use crate::queues::{Kind, LATER, ON_DISK, Queue};
use crate::server::LOG;
use crate::{Failure, disk, open};

const THREADS: [usize; 3] = [1, 8, 64];

/// How long each queue is pushed to at once.
const BURST: Duration = Duration::from_millis(500);

pub(crate) fn tell(rounds: usize) -> Result<(), Failure> {
    tell_disk("before")?;
    tell_kinds("on disk when it returns", &ON_DISK, rounds);
    tell_batches(rounds)?;
    tell_kinds("within a second, or with the operating system", &LATER, rounds);
    tell_disk("afterwards")
}

fn tell_disk(when: &str) -> Result<(), Failure> {
    let [behind, over] = disk::fdatasync()?;
    println!(
        "One `fdatasync` of 100 bytes took {behind:.0} µs {when} where the file grew by them, and {over:.0} µs where it had as many.\n"
    );
    Ok(())
}

/// All kinds take turns in each round, forwards and backwards and another one first, as a disk may be busy with what the one before
/// left. Behind each figure is how many times as fast the first kind is. One that does not start is left out.
fn tell_kinds(promise: &str, kinds: &[Kind], rounds: usize) {
    let mut columns = vec![promise.to_owned(), "promise".to_owned()];
    columns.extend(THREADS.iter().map(|threads| format!("pushes a second, {}", named(*threads))));
    let mut speeds = vec![[const { Vec::new() }; THREADS.len()]; kinds.len()];
    for round in 0..rounds {
        for (column, threads) in THREADS.into_iter().enumerate() {
            let mut order: Vec<_> = (0..kinds.len()).collect();
            order.rotate_left(round % kinds.len());
            if round % 2 == 1 {
                order.reverse();
            }
            for number in order {
                let kind = &kinds[number];
                match speed(kind, threads) {
                    Ok(speed) => speeds[number][column].push(speed),
                    Err(error) => eprintln!("{} is left out: {error}", kind.name),
                }
            }
        }
    }
    let medians: Vec<_> = speeds.into_iter().map(|speeds| speeds.map(median)).collect();
    head(&columns);
    let told =
        kinds.iter().zip(&medians).filter(|(_, speeds)| speeds.iter().all(|&speed| speed > 0.0));
    for (kind, speeds) in told {
        let mut cells = vec![kind.name.to_owned(), kind.promise.to_owned()];
        cells.extend(
            speeds
                .iter()
                .zip(&medians[0])
                .map(|(speed, first)| format!("{} ({:.2})", grouped(*speed), first / speed)),
        );
        row(&cells);
    }
    println!();
}

fn named(threads: usize) -> String {
    if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") }
}

/// Pushes a second to a queue in a fresh directory.
fn speed(kind: &Kind, threads: usize) -> Result<f64, Failure> {
    let directory = disk::fresh()?;
    let queue = (kind.make)(directory.path())?;
    let speed = speed_of(&*queue, threads)?;
    queue.end()?;
    Ok(speed)
}

fn speed_of(queue: &dyn Queue, threads: usize) -> Result<f64, Failure> {
    let start = Barrier::new(threads);
    let pushed = on_threads(threads, |thread| {
        start.wait();
        let begun = Instant::now();
        queue.push_while(thread, &|| begun.elapsed() < BURST)
    })?;
    Ok(float(pushed) / BURST.as_secs_f64())
}

/// Runs this on each of this many threads, and adds up what they return.
pub(crate) fn on_threads(
    threads: usize,
    run: impl Fn(usize) -> Result<u64, Failure> + Sync,
) -> Result<u64, Failure> {
    thread::scope(|scope| {
        let run = &run;
        let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || run(thread))).collect();
        running.into_iter().map(|thread| thread.join().map_err(|_| "a thread panicked")?).sum()
    })
}

/// How many commits of redeque's share an `fdatasync`: as many as a batch holds, since with `Always` each batch is synced.
fn tell_batches(rounds: usize) -> Result<(), Failure> {
    let mut columns = vec!["redeque, always".to_owned()];
    columns.extend(THREADS.iter().map(|threads| named(*threads)));
    head(&columns);
    let mut cells = vec!["commits an `fdatasync`".to_owned()];
    for threads in THREADS {
        let commits = (0..rounds).map(|_| commits_a_batch(threads)).collect::<Result<_, _>>()?;
        cells.push(format!("{:.1}", median(commits)));
    }
    row(&cells);
    println!();
    Ok(())
}

fn commits_a_batch(threads: usize) -> Result<f64, Failure> {
    let directory = disk::fresh()?;
    let log = directory.path().join(LOG);
    let store = open(&log, Fsync::Always)?;
    let pushed = speed_of(&store, threads)? * BURST.as_secs_f64();
    store.shutdown()?;
    Ok(pushed / float(disk::batches_in(&log)?.max(1)))
}
