//! The slowest single command: while a list grows to 10,000,000 elements, and while many keys are made and drained.
//!
//! `latency` measures 2,000,000 keys, `latency <keys>` as many as are asked for. Each measurement runs in a process of its
//! own, which this program starts from itself: `latency <case> <peer> <count>`. A quantile of fewer commands than it takes to
//! leave one out is not told: it would be the slowest.
//!
//! A command takes what the thread's own processor time says, so that waiting for a processor is in no figure. What the
//! kernel does for the thread is: above all fresh memory, and memory that the allocator gives back. The clock is a call
//! of the kernel, and the first row says what it takes by itself. The slowest that come at the same place in every run
//! are the peer's own.

use std::error::Error;
use std::process::Command;

use hdrhistogram::Histogram;
use redeque_peers::workload::{element, key, renumber};
use redeque_peers::{DashMapOfDeques, HandTuned, Queues, Redeque};
use rustix::time::{ClockId, clock_gettime};

#[derive(Clone, Copy)]
enum Case {
    Nothing,
    /// Elements pushed into one list.
    OneList,
    /// Keys made by a push each.
    Pushed,
    /// The same keys, each emptied by a pop, those that came first first.
    Drained,
}

const CASES: [(&str, Case); 4] = [
    ("nothing", Case::Nothing),
    ("elements pushed into one list", Case::OneList),
    ("keys pushed", Case::Pushed),
    ("keys drained", Case::Drained),
];

const PEERS: [&str; 3] = ["redeque", "hand_tuned", "dashmap"];

const ELEMENTS: usize = 10_000_000;

const KEYS: usize = 2_000_000;

/// How many of the slowest commands are told.
const SLOWEST: usize = 4;

/// The processor time of this thread, in nanoseconds.
fn now() -> u64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    u64::try_from(now.tv_sec * 1_000_000_000 + now.tv_nsec).unwrap_or(0)
}

/// The quantiles that are told, each with how many commands it takes to leave one out.
const QUANTILES: [(f64, u64); 3] = [(0.5, 2), (0.99, 100), (0.9999, 10_000)];

struct Figures {
    nanoseconds: Histogram<u32>,
    /// Nanoseconds and number of the slowest commands, the slowest first.
    slowest: Vec<(u64, usize)>,
}

impl Figures {
    /// Times each of these commands by itself.
    fn of(count: usize, mut command: impl FnMut(usize)) -> Result<Self, Box<dyn Error>> {
        let nanoseconds = Histogram::new_with_bounds(1, 10_000_000_000, 3)?;
        let mut figures = Self { nanoseconds, slowest: Vec::with_capacity(SLOWEST + 1) };
        for number in 0..count {
            let start = now();
            command(number);
            figures.note(now() - start, number);
        }
        Ok(figures)
    }

    fn note(&mut self, taken: u64, number: usize) {
        self.nanoseconds.saturating_record(taken);
        let place = self.slowest.partition_point(|other| other.0 >= taken);
        if place < SLOWEST {
            self.slowest.insert(place, (taken, number));
            self.slowest.truncate(SLOWEST);
        }
    }

    /// In microseconds.
    fn quantile(&self, (quantile, least): (f64, u64)) -> String {
        if self.nanoseconds.len() < least {
            return "-".to_owned();
        }
        microseconds(self.nanoseconds.value_at_quantile(quantile))
    }
}

fn measure<P: Queues + Default>(case: Case, count: usize) -> Result<Figures, Box<dyn Error>> {
    let peer = P::default();
    let mut element = element(0, 16);
    let mut push = |place: usize, number: usize| {
        renumber(&mut element, number);
        peer.rpush(&key(place), &element);
    };
    match case {
        Case::Nothing => Figures::of(count, |_| {}),
        Case::OneList => Figures::of(count, |number| push(0, number)),
        Case::Pushed => Figures::of(count, |number| push(number, number)),
        Case::Drained => {
            (0..count).for_each(|number| push(number, number));
            Figures::of(count, |number| drop(peer.lpop(&key(number))))
        }
    }
}

/// Microseconds with two decimals.
fn microseconds(nanoseconds: u64) -> String {
    format!("{}.{:02}", nanoseconds / 1000, nanoseconds % 1000 / 10)
}

fn row(case: usize, peer: &str, count: usize) -> Result<(), Box<dyn Error>> {
    let &(name, case) = CASES.get(case).ok_or("no such case")?;
    if count == 0 {
        return Err("at least one command".into());
    }
    let figures = match peer {
        "redeque" => measure::<Redeque>(case, count)?,
        "hand_tuned" => measure::<HandTuned>(case, count)?,
        "dashmap" => measure::<DashMapOfDeques>(case, count)?,
        _ => return Err("no such peer".into()),
    };
    let [p50, p99, p9999] = QUANTILES.map(|quantile| figures.quantile(quantile));
    let max = microseconds(figures.nanoseconds.max());
    let slowest: Vec<String> = figures
        .slowest
        .iter()
        .map(|(taken, number)| format!("{} at {number}", microseconds(*taken)))
        .collect();
    let slowest = slowest.join(", ");
    println!("| {count} {name} | {peer} | {p50} | {p99} | {p9999} | {max} | {slowest} |");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let keys = match &*arguments {
        [] => KEYS,
        [keys] => keys.parse()?,
        [case, peer, count] => return row(case.parse()?, peer, count.parse()?),
        _ => return Err("how many keys? or: which case, which peer, how many".into()),
    };
    println!("| µs a command | who | p50 | p99 | p99.99 | max | slowest, at command |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | --- |");
    for (number, (_, case)) in CASES.iter().enumerate() {
        let (peers, count) = match case {
            Case::Nothing => (&PEERS[..1], keys),
            Case::OneList => (&PEERS[..], ELEMENTS),
            Case::Pushed | Case::Drained => (&PEERS[..], keys),
        };
        for peer in peers {
            let arguments = [&number.to_string(), *peer, &count.to_string()];
            if !Command::new(std::env::current_exe()?).args(arguments).status()?.success() {
                return Err(format!("{peer} was not measured").into());
            }
        }
    }
    Ok(())
}
