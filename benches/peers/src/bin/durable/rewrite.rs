//! What a rewriting of the log costs those who write meanwhile, and in memory and on disk, with one list that is long among many
//! that are short.
//!
//! Each case runs in a process of its own, so that the memory of one is not that of another.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use redeque::{Fsync, Store};
use redeque_peers::workload::{element, key, renumber};

use crate::figures::{float, head, median, milliseconds, row};
use crate::server::LOG;
use crate::{Failure, disk, open};

/// What a process is told to measure one case.
pub(crate) const CASE: &str = "rewrite-case";

const LONG: usize = 10_000_000;
const SHORT: usize = 100_000;

/// When the log is synced, and how many threads write all the time.
const CASES: [(&str, Fsync, usize); 4] = [
    ("never", Fsync::Never, 0),
    ("always", Fsync::Always, 0),
    ("never", Fsync::Never, 2),
    ("always", Fsync::Always, 2),
];

const COLUMNS: [&str; 10] = [
    "sync, and how many threads write all the time",
    "rewriting, ms",
    "longest push meanwhile, ms",
    "99.9 % of pushes, ms",
    "longest without rewriting, ms",
    "99.9 % without, ms",
    "memory before, MB",
    "more memory, MB",
    "more disk, MB",
    "base, MB",
];

/// One behind the other: what one process tells.
type Figures = [f64; COLUMNS.len() - 1];

pub(crate) fn tell(rounds: usize) -> Result<(), Failure> {
    head(&COLUMNS);
    for (number, (name, _, writers)) in CASES.into_iter().enumerate() {
        let mut figures = vec![Vec::new(); COLUMNS.len() - 1];
        for _ in 0..rounds {
            for (figures, figure) in figures.iter_mut().zip(measured(number)?) {
                figures.push(figure);
            }
        }
        let mut cells = vec![format!("{name}, {writers} threads")];
        cells.extend(figures.into_iter().map(|figures| format!("{:.1}", median(figures))));
        row(&cells);
    }
    Ok(())
}

/// What a process of its own tells of a case.
fn measured(case: usize) -> Result<Vec<f64>, Failure> {
    let output = Command::new(std::env::current_exe()?).args([CASE, &case.to_string()]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let told = String::from_utf8(output.stdout)?;
    Ok(told.split_whitespace().map(str::parse).collect::<Result<_, _>>()?)
}

/// In the process.
pub(crate) fn tell_case(words: &[&str]) -> Result<(), Failure> {
    let number: usize = words.first().ok_or("which case?")?.parse()?;
    let &(_, fsync, writers) = CASES.get(number).ok_or("no such case")?;
    let directory = disk::fresh()?;
    let log = directory.path().join(LOG);
    let store = filled(&log, fsync)?;
    let figures = measure(&store, &log, writers)?;
    store.shutdown()?;
    println!("{}", figures.map(|figure| figure.to_string()).join(" "));
    Ok(())
}

/// Filled without waiting for the disk at each command.
fn filled(log: &Path, fsync: Fsync) -> Result<Store, Failure> {
    let store = open(log, Fsync::Never)?;
    let mut elements = vec![element(0, 16); 1_000];
    for first in (0..LONG).step_by(elements.len()) {
        for (element, number) in elements.iter_mut().zip(first..) {
            renumber(element, number);
        }
        store.rpush_all("long", &elements)?;
    }
    for number in 0..SHORT {
        store.rpush(key(number), &elements[0])?;
    }
    store.shutdown()?;
    drop(store);
    open(log, fsync)
}

/// In the order of the columns.
fn measure(store: &Store, log: &Path, writers: usize) -> Result<Figures, Failure> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for writer in 0..writers {
            let stop = &stop;
            scope.spawn(move || write_all_the_time(store, writer, stop));
        }
        let outcome = measure_beside(store, log);
        stop.store(true, Ordering::Relaxed);
        outcome
    })
}

fn measure_beside(store: &Store, log: &Path) -> Result<Figures, Failure> {
    let (calm, _) = watched(store, log, || {
        thread::sleep(Duration::from_secs(2));
        Ok(())
    })?;
    let (memory, bytes) = (memory("VmRSS")?, disk::bytes_in(log)?);
    // From here on, the peak is that of what follows.
    fs::write("/proc/self/clear_refs", "5")?;
    let begun = Instant::now();
    let mut took = Duration::ZERO;
    let (pushes, most_disk) = watched(store, log, || {
        store.rewrite_log()?;
        took = begun.elapsed();
        Ok(())
    })?;
    Ok([
        milliseconds(took),
        pushes[1],
        pushes[0],
        calm[1],
        calm[0],
        megabytes(memory),
        megabytes(self::memory("VmHWM")?.saturating_sub(memory)),
        megabytes(most_disk.saturating_sub(bytes)),
        megabytes(base(log)?),
    ])
}

/// Runs this, while others push and look at the disk: how long a push took of a thousand in milliseconds and at most, and
/// the most bytes on disk.
fn watched(
    store: &Store,
    log: &Path,
    run: impl FnOnce() -> Result<(), Failure>,
) -> Result<([f64; 2], u64), Failure> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let pushing = scope.spawn(|| push_now_and_then(store, &stop));
        let looking = scope.spawn(|| most_bytes(log, &stop));
        let outcome = run();
        stop.store(true, Ordering::Relaxed);
        let mut times = pushing.join().map_err(|_| "the writer panicked")??;
        let most = looking.join().map_err(|_| "who looks panicked")??;
        outcome?;
        times.sort_unstable();
        let at = |place: usize| times.get(place).copied().map_or(0.0, milliseconds);
        Ok(([at(times.len() - 1 - times.len() / 1000), at(times.len() - 1)], most))
    })
}

/// How long each push takes to a key of any shard.
fn push_now_and_then(store: &Store, stop: &AtomicBool) -> Result<Vec<Duration>, Failure> {
    let mut times = Vec::new();
    for number in (0..).map(|number: usize| number.wrapping_mul(0x9e37_79b9) % SHORT) {
        let begun = Instant::now();
        store.rpush(key(number), "pushed meanwhile")?;
        times.push(begun.elapsed());
        if stop.load(Ordering::Relaxed) {
            break;
        }
        // It is to be there, and not to keep a processor.
        thread::sleep(Duration::from_micros(50));
    }
    Ok(times)
}

fn most_bytes(log: &Path, stop: &AtomicBool) -> Result<u64, Failure> {
    let mut most = 0;
    while !stop.load(Ordering::Relaxed) {
        most = most.max(disk::bytes_in(log)?);
        thread::sleep(Duration::from_millis(2));
    }
    Ok(most)
}

/// Pairs on keys of its own, so that there are never more elements.
fn write_all_the_time(store: &Store, writer: usize, stop: &AtomicBool) {
    let element = element(0, 16);
    for number in (0..1_000).cycle() {
        let key = key(2 * SHORT + 1_000 * writer + number);
        if store.rpush(key, &element).and_then(|_| store.lpop(key)).is_err()
            || stop.load(Ordering::Relaxed)
        {
            return;
        }
    }
}

/// The bytes of the log's base.
fn base(log: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for entry in fs::read_dir(log)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().contains(".base.") {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}

/// A line of what the system tells of this process's memory, in bytes.
fn memory(line: &str) -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let found = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
    let kilobytes = found.and_then(|text| text.split_whitespace().next()).ok_or("no such line")?;
    Ok(kilobytes.parse::<u64>()? * 1024)
}

fn megabytes(bytes: u64) -> f64 {
    float(bytes) / 1e6
}
