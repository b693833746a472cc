//! A reliable queue, with tasks: as in `worker_pool`, and tasks can be aborted wherever they wait. The store needs no
//! runtime; this example uses tokio for its tasks and its clock.
//!
//! ```text
//! cargo run --release --features redis-async --example async_workers
//! ```
//!
//! The feature is here for tokio, which comes with it. A program that brings a runtime itself needs none.

use std::time::Duration;

use redeque::Direction::{Left, Right};
use redeque::{Error, Store};
use tokio::runtime::Builder;

const JOBS: &str = "jobs";
const RESULTS: &str = "results";

/// A job that tells a worker to go home.
const STOP: &str = "stop";

fn main() -> Result<(), Error> {
    // One thread is enough: a task that waits for an element leaves it to the others.
    let runtime = Builder::new_current_thread().enable_time().build().expect("a clock");
    runtime.block_on(run(&Store::new()))
}

async fn run(store: &Store) -> Result<(), Error> {
    println!("a task that waits is aborted: nobody waits, and nothing is lost");
    let idle = tokio::spawn(work(store.clone(), "ian"));
    while store.blocked_clients() == 0 {
        tokio::task::yield_now().await;
    }
    idle.abort();
    println!("  aborted: {}", idle.await.is_err_and(|error| error.is_cancelled()));
    println!("  queue:   {} after a push", store.rpush(JOBS, "upper a")?);

    println!("ada is aborted in the middle of a job");
    let ada = tokio::spawn(work_for_ever_on_one_job(store.clone(), "ada"));
    let (_, begun) = store.blpop_async(["begun"]).await?;
    ada.abort();
    println!("  begun:   {}", String::from_utf8_lossy(&begun));
    println!("  aborted: {}", ada.await.is_err_and(|error| error.is_cancelled()));
    println!("  her job: {}", texts(&store.lrange(processing("ada"), 0, -1)));

    println!("bob and cyd get her job, and what comes while they wait");
    let workers = ["bob", "cyd"].map(|name| tokio::spawn(work(store.clone(), name)));
    println!("  recovered: {}", recover(store, "ada")?);
    for job in ["upper b", "upper c", "upper d", "upper e"] {
        store.rpush(JOBS, job)?;
    }
    store.rpush_all(JOBS, [STOP, STOP])?;
    for worker in workers {
        worker.await.expect("no worker panics")?;
    }
    let mut results = store.lrange(RESULTS, 0, -1);
    results.sort();
    println!("  done: {}", texts(&results));

    println!("a wait is bounded by the runtime's clock");
    let more = tokio::time::timeout(Duration::from_millis(20), store.blpop_async([JOBS])).await;
    println!("  another job: {}", more.is_ok());
    Ok(())
}

/// The list of what a worker has begun.
fn processing(worker: &str) -> String {
    format!("processing:{worker}")
}

/// Takes jobs until there is one that says to stop.
async fn work(store: Store, worker: &str) -> Result<(), Error> {
    let processing = processing(worker);
    loop {
        let job = store.blmove_async(JOBS, &processing, Left, Right).await?;
        if job == STOP.as_bytes() {
            store.lrem(&processing, 1, &job)?;
            return Ok(());
        }
        let result = String::from_utf8_lossy(&job).trim_start_matches("upper ").to_uppercase();
        tokio::task::yield_now().await; // here, a real one would wait for something
        // The result appears and the job disappears in one step: being aborted in between can't do a job twice.
        store.transaction([processing.as_str(), RESULTS], |tx| {
            tx.rpush(RESULTS, result)?;
            tx.lrem(&processing, 1, &job)
        })?;
    }
}

/// Begins a job, says so, and never ends it.
async fn work_for_ever_on_one_job(store: Store, worker: &str) -> Result<(), Error> {
    let job = store.blmove_async(JOBS, processing(worker), Left, Right).await?;
    store.rpush("begun", job)?;
    std::future::pending().await
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
