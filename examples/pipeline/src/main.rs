//! A pipeline that ends well: producers, workers and a writer, with a bounded queue between any two, until Ctrl-C.
//!
//! Each queue is a store of its own, so that the stages can be closed one after the other: first nobody adds jobs any more,
//! then the workers empty their queue, then the writer does. Nothing is lost, and the counts at the end say so.
//!
//! Run with `cargo run` in this directory, and press Ctrl-C; or `cargo run -- 1000` for that many jobs.

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, ScopedJoinHandle};

use redeque::Store;

/// No queue gets longer than this, however slow the next stage is.
const ROOM: usize = 100;
const PRODUCERS: usize = 2;
const WORKERS: usize = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let most: u64 = std::env::args().nth(1).map_or(Ok(u64::MAX), |count| count.parse())?;
    let (jobs, results) = (Store::new(), Store::new());
    ctrlc::set_handler({
        let jobs = jobs.clone();
        move || jobs.close()
    })?;

    let (numbers, produced) = (AtomicU64::new(0), AtomicU64::new(0));
    let written = thread::scope(|scope| {
        let producers: Vec<_> = (0..PRODUCERS)
            .map(|_| scope.spawn(|| produce(&jobs, &numbers, &produced, most)))
            .collect();
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(|| work(&jobs, &results))).collect();
        let writer = scope.spawn(|| write(&results));
        println!("running");

        join(producers);
        jobs.close();
        join(workers);
        results.close();
        writer.join().expect("the writer does not panic")
    });

    println!("all jobs were done: {}", written == produced.into_inner());
    println!("nothing is left: {}", jobs.llen("jobs") + results.llen("results") == 0);
    Ok(())
}

fn join(threads: Vec<ScopedJoinHandle<'_, ()>>) {
    for thread in threads {
        thread.join().expect("no stage panics");
    }
}

/// Makes jobs until there are enough, or until the queue is closed: then the one that waited for room is not a job.
fn produce(jobs: &Store, numbers: &AtomicU64, produced: &AtomicU64, most: u64) {
    loop {
        let number = numbers.fetch_add(1, Ordering::Relaxed);
        if number >= most || jobs.brpush_bounded("jobs", ROOM, number, None).is_err() {
            return;
        }
        produced.fetch_add(1, Ordering::Relaxed);
    }
}

/// Does jobs until there are none and there will be none. The results are not closed before that.
fn work(jobs: &Store, results: &Store) {
    while let Ok(Some((_, job))) = jobs.blpop(["jobs"], None) {
        let result = [&b"done: "[..], &job].concat();
        results.brpush_bounded("results", ROOM, result, None).expect("the results are open");
    }
}

/// Takes results until there are none and there will be none, and returns how many there were.
fn write(results: &Store) -> u64 {
    let mut written = 0;
    while let Ok(Some(_)) = results.blpop(["results"], None) {
        written += 1;
    }
    written
}
