//! The slowest single push: while a list grows to 10,000,000 elements, and while 2,000,000 keys are made.
//!
//! Each push is timed by itself, clock included. Each measurement runs in a process of its own, which this program
//! starts from itself: `latency <case> <peer>`. Without arguments it runs all of them and prints a table.
//!
//! What the machine does to a thread is in the figures, so the table says how often it was interrupted, and at which
//! push the slowest ones were: those that come at the same place in every run are the peer's own.

use std::error::Error;
use std::process::Command;
use std::time::Instant;

use hdrhistogram::Histogram;
use redeque_peers::workload::{element, key, renumber};
use redeque_peers::{DashMapOfDeques, HandTuned, Queues, Redeque};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    OneList,
    ManyKeys,
}

const CASES: [(&str, Case, usize); 2] = [
    ("10,000,000 elements into one list", Case::OneList, 10_000_000),
    ("2,000,000 keys", Case::ManyKeys, 2_000_000),
];

const PEERS: [&str; 3] = ["redeque", "hand_tuned", "dashmap"];

/// How many of the slowest pushes are told.
const SLOWEST: usize = 4;

struct Figures {
    nanoseconds: Histogram<u32>,
    /// Nanoseconds and number of the slowest pushes, the slowest first.
    slowest: Vec<(u64, usize)>,
    interruptions: u64,
}

fn measure<P: Queues + Default>(case: Case, count: usize) -> Result<Figures, Box<dyn Error>> {
    let peer = P::default();
    let mut nanoseconds = Histogram::new_with_bounds(1, 10_000_000_000, 3)?;
    let mut slowest: Vec<(u64, usize)> = Vec::with_capacity(SLOWEST + 1);
    let mut element = element(0, 16);
    let before = interruptions();
    for number in 0..count {
        renumber(&mut element, number);
        let key = key(if case == Case::ManyKeys { number } else { 0 });
        let start = Instant::now();
        peer.rpush(&key, &element);
        let taken = u64::try_from(start.elapsed().as_nanos())?;
        nanoseconds.saturating_record(taken);
        let place = slowest.partition_point(|other| other.0 >= taken);
        if place < SLOWEST {
            slowest.insert(place, (taken, number));
            slowest.truncate(SLOWEST);
        }
    }
    Ok(Figures { nanoseconds, slowest, interruptions: interruptions() - before })
}

/// How often the scheduler has taken the processor from this process, where the system tells.
fn interruptions() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = status.lines().find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:"));
    field.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}

/// Microseconds with two decimals.
fn microseconds(nanoseconds: u64) -> String {
    format!("{}.{:02}", nanoseconds / 1000, nanoseconds % 1000 / 10)
}

fn row(case: usize, peer: &str) -> Result<(), Box<dyn Error>> {
    let &(name, case, count) = CASES.get(case).ok_or("no such case")?;
    let figures = match peer {
        "redeque" => measure::<Redeque>(case, count)?,
        "hand_tuned" => measure::<HandTuned>(case, count)?,
        "dashmap" => measure::<DashMapOfDeques>(case, count)?,
        _ => return Err("no such peer".into()),
    };
    let quantiles = [0.5, 0.99, 0.9999, 1.0];
    let [p50, p99, p9999, max] =
        quantiles.map(|quantile| microseconds(figures.nanoseconds.value_at_quantile(quantile)));
    let slowest: Vec<String> = figures
        .slowest
        .iter()
        .map(|(taken, number)| format!("{} at {number}", microseconds(*taken)))
        .collect();
    let (interruptions, slowest) = (figures.interruptions, slowest.join(", "));
    println!("| {name} | {peer} | {p50} | {p99} | {p9999} | {max} | {slowest} | {interruptions} |");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [case, peer] = &*arguments {
        return row(case.parse()?, peer);
    }
    println!("| µs a push | who | p50 | p99 | p99.99 | max | slowest, at push | interruptions |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | --- | ---: |");
    for case in 0..CASES.len() {
        for peer in PEERS {
            Command::new(std::env::current_exe()?).args([&case.to_string(), peer]).status()?;
        }
    }
    Ok(())
}
