//! A reliable queue, with threads: each worker moves a job to a list of its own and removes it when the job is done.
//! So a worker that dies leaves its job behind for somebody else, and no job is lost. A worker that is only slow, and was
//! taken for dead, may do a job that somebody else does as well; but one of the two results counts, and no more.
//!
//! Run with `cargo run --example worker_pool`.

use std::thread;

use redeque::Direction::{Left, Right};
use redeque::{Error, Store};

const JOBS: &str = "jobs";
const RESULTS: &str = "results";

/// A job that tells a worker to go home.
const STOP: &str = "stop";

fn main() -> Result<(), Error> {
    let store = Store::new();
    store.rpush_all(JOBS, ["square 1", "square 2", "square 3"])?;

    println!("ada does one job, and dies in the middle of the next");
    let ada = thread::spawn({
        let store = store.clone();
        move || work_until_killed(&store, "ada", 1)
    });
    ada.join().expect("her thread ends in silence")?;
    println!("  done:    {}", texts(&store.lrange(RESULTS, 0, -1)));
    println!("  her job: {}", texts(&store.lrange(processing("ada"), 0, -1)));
    println!("  queue:   {}", texts(&store.lrange(JOBS, 0, -1)));

    println!("her job goes back to the head of the queue");
    println!("  recovered: {}", recover(&store, "ada")?);
    println!("  queue:     {}", texts(&store.lrange(JOBS, 0, -1)));

    println!("dan begins a job, and is so slow that he is taken for dead");
    let slow = store.blmove(JOBS, processing("dan"), Left, Right, None)?;
    let slow = slow.expect("there are jobs");
    println!("  recovered: {}", recover(&store, "dan")?);

    println!("bob and cyd do the rest, and what comes while they wait");
    let workers = ["bob", "cyd"].map(|name| {
        let store = store.clone();
        thread::spawn(move || work(&store, name))
    });
    for number in 4..=8 {
        store.rpush(JOBS, format!("square {number}"))?;
    }
    store.rpush_all(JOBS, [STOP, STOP])?;
    for worker in workers {
        worker.join().expect("no worker panics")?;
    }

    let mut results = store.lrange(RESULTS, 0, -1);
    results.sort();
    println!("  done: {}", texts(&results));

    println!("dan is done at last, with a job that was done without him");
    println!("  his result counts: {}", complete(&store, &processing("dan"), &slow)?);
    println!("  results: {}", store.llen(RESULTS));
    println!("  left: {}", store.dbsize() - 1);
    Ok(())
}

/// The list of what a worker has begun.
fn processing(worker: &str) -> String {
    format!("processing:{worker}")
}

/// Takes jobs until there is one that says to stop.
fn work(store: &Store, worker: &str) -> Result<(), Error> {
    let processing = processing(worker);
    while let Some(job) = store.blmove(JOBS, &processing, Left, Right, None)? {
        if job == STOP.as_bytes() {
            store.lrem(&processing, 1, &job)?;
            return Ok(());
        }
        complete(store, &processing, &job)?;
    }
    Ok(())
}

/// The same, but it ends in the middle of a job.
fn work_until_killed(store: &Store, worker: &str, jobs: usize) -> Result<(), Error> {
    let processing = processing(worker);
    for _ in 0..jobs {
        if let Some(job) = store.blmove(JOBS, &processing, Left, Right, None)? {
            complete(store, &processing, &job)?;
        }
    }
    let unfinished = store.blmove(JOBS, &processing, Left, Right, None)?;
    drop(unfinished); // as by a crash: nobody tells the store
    Ok(())
}

/// The job disappears and its result appears in one step, so a crash in between can't give it two results. A job that
/// is not there any more was given to somebody else: then this result does not count, and false comes back.
fn complete(store: &Store, processing: &str, job: &[u8]) -> Result<bool, Error> {
    let result = result_of(job);
    store.transaction([processing, RESULTS], |tx| {
        let is_mine = tx.lrem(processing, 1, job)? == 1;
        if is_mine {
            tx.rpush(RESULTS, result)?;
        }
        Ok(is_mine)
    })
}

fn result_of(job: &[u8]) -> String {
    let job = String::from_utf8_lossy(job);
    let number: u64 = job.trim_start_matches("square ").parse().unwrap_or(0);
    format!("{number}*{number}={}", number * number)
}

/// Moves what a dead worker had begun to the head of the queue, in its order. Returns how many jobs that were.
fn recover(store: &Store, worker: &str) -> Result<usize, Error> {
    let mut recovered = 0;
    while store.lmove(processing(worker), JOBS, Right, Left)?.is_some() {
        recovered += 1;
    }
    Ok(recovered)
}

fn texts(elements: &[Vec<u8>]) -> String {
    let texts: Vec<_> = elements.iter().map(|element| String::from_utf8_lossy(element)).collect();
    texts.join(", ")
}
