//! Jobs as JSON: a struct goes into a queue through `serde_json` and comes out of it as it was.
//!
//! A job is not popped but moved, to a list of those that are running, and leaves that when it is done: a worker that
//! stops halfway leaves its job where it can be found.
//!
//! ```text
//! cargo run --release --example json_jobs
//! ```

use std::error::Error;

use redeque::Direction::{Left, Right};
use redeque::Store;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Job {
    id: u32,
    task: Task,
    to: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Task {
    Greet,
    Remind { days: u8 },
}

fn main() -> Result<(), Box<dyn Error>> {
    let store = Store::new();

    let jobs = [
        Job { id: 1, task: Task::Greet, to: vec!["ada".into()] },
        Job { id: 2, task: Task::Remind { days: 3 }, to: vec!["grace".into(), "alan".into()] },
        Job { id: 3, task: Task::Greet, to: vec!["Zo\u{eb} \"Z\"".into()] },
    ];
    for job in &jobs {
        let text = serde_json::to_string(job)?;
        println!("queue {text}");
        store.rpush("jobs", text)?;
    }

    let mut done = Vec::new();
    while let Some(text) = store.lmove("jobs", "running", Left, Right)? {
        let job: Job = serde_json::from_slice(&text)?;
        println!("run   job {}: {}", job.id, perform(&job));
        store.lrem("running", 1, &text)?;
        done.push(job);
    }

    assert_eq!(done, jobs);
    println!("done  {} jobs, {} still running", done.len(), store.llen("running"));
    Ok(())
}

fn perform(job: &Job) -> String {
    let names = job.to.join(" and ");
    match job.task {
        Task::Greet => format!("hello, {names}"),
        Task::Remind { days } => format!("{names}: {days} days left"),
    }
}
