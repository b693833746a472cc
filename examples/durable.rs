//! A job queue that is killed and goes on: jobs, what each worker has begun, and results are on disk before a command returns.
//!
//! A worker moves a job to a list of its own before it begins, and when it is done, the job disappears and its result appears in
//! one step. So what it had begun when the process was killed is found at the next start. To pop the job would not do: a pop that
//! was on disk and had not returned would have taken it from the queue, and nobody would have it.
//!
//! Run with `cargo run --features durable --example durable -- DIRECTORY`, kill it, and run it again.

use std::error::Error;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use redeque::Direction::{Left, Right};
use redeque::{Fsync, LogOptions, Store};

const JOBS: &str = "jobs";
const DONE: &str = "done";
/// The number of the last job that was made.
const MADE: &str = "made";

const WORKERS: [&str; 2] = ["ada", "bob"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().map_or_else(default_directory, PathBuf::from);
    let jobs: u64 = arguments.next().map_or(Ok(300), |count| count.parse())?;

    let options = LogOptions::new().fsync(Fsync::Always);
    let store = Store::builder().log(&directory, options).open()?;
    println!("{} of {jobs} jobs were done before, in {}", store.llen(DONE), directory.display());
    if let Some(cut) = store.recovery().and_then(|recovery| recovery.cut()) {
        println!("what a crash had torn was cut off: {cut}");
    }

    let all_are_made = AtomicBool::new(false);
    thread::scope(|scope| {
        let workers: Vec<_> =
            WORKERS.iter().map(|name| scope.spawn(|| work(&store, name, &all_are_made))).collect();
        let made = make(&store, jobs);
        all_are_made.store(true, Ordering::Release);
        workers.into_iter().try_for_each(|worker| worker.join().expect("no worker panics"))?;
        made
    })?;

    let mut results: Vec<u64> = store.lrange(DONE, 0, -1).iter().map(|job| number(job)).collect();
    results.sort_unstable();
    println!("each of {jobs} jobs was done once: {}", results.iter().copied().eq(1..=jobs));
    store.shutdown()?;
    Ok(())
}

fn default_directory() -> PathBuf {
    std::env::temp_dir().join("redeque-jobs")
}

/// Makes the jobs that are not made yet. That one is made, and that it was, is one step.
fn make(store: &Store, jobs: u64) -> Result<(), redeque::Error> {
    let last = store.lindex(MADE, 0).map_or(0, |last| number(&last));
    for job in last + 1..=jobs {
        store.transaction([JOBS, MADE], |tx| {
            tx.rpush(JOBS, job)?;
            tx.del(MADE)?;
            tx.rpush(MADE, job)
        })?;
    }
    Ok(())
}

/// Does what this worker had begun, and then what is in the queue, until there is nothing and all is made.
fn work(store: &Store, name: &str, all_are_made: &AtomicBool) -> Result<(), redeque::Error> {
    let begun = format!("begun:{name}");
    for job in store.lrange(&begun, 0, -1) {
        println!("{name} takes up job {} again", number(&job));
        complete(store, &begun, &job)?;
    }
    loop {
        let is_over = all_are_made.load(Ordering::Acquire);
        match store.blmove(JOBS, &begun, Left, Right, Some(Duration::from_millis(50)))? {
            Some(job) => complete(store, &begun, &job)?,
            None if is_over => return Ok(()),
            None => {}
        }
    }
}

fn complete(store: &Store, begun: &str, job: &[u8]) -> Result<(), redeque::Error> {
    // Here the work would be done. It may be done again after a kill, so its effects must bear that.
    store.transaction([begun, DONE], |tx| {
        tx.lrem(begun, 1, job)?;
        tx.rpush(DONE, job)
    })?;
    println!("job {} is done", number(job));
    Ok(())
}

fn number(job: &[u8]) -> u64 {
    String::from_utf8_lossy(job).parse().expect("a job is a number")
}
