//! How long it takes to open a directory, here and on a server that loads the same one.

use std::path::Path;
use std::time::Instant;

use redeque::{Fsync, Store};
use redeque_peers::workload::{element, key, renumber};

use crate::figures::{float, grouped, head, median, milliseconds, row};
use crate::server::{LOG, Server};
use crate::{Failure, disk, open};

const KEYS: usize = 1_000;
const ELEMENTS: usize = 2_000_000;

pub(crate) fn tell(rounds: usize) -> Result<(), Failure> {
    let directory = disk::fresh()?;
    let log = directory.path().join(LOG);
    fill(&log)?;
    head(&[
        "2,000,000 elements of 16 bytes in 1,000 lists",
        "bytes",
        "redeque, ms",
        "Redis, ms",
        "Redis, empty, ms",
        "redeque, elements a second",
        "Redis, elements a second",
        "redeque is this many times as fast",
    ]);
    tell_of("an increment of 2,000,000 RPUSHes", directory.path(), rounds)?;
    let store = open(&log, Fsync::Never)?;
    store.rewrite_log()?;
    store.shutdown()?;
    tell_of("a base, as a rewriting leaves it", directory.path(), rounds)
}

fn fill(log: &Path) -> Result<(), Failure> {
    let store = open(log, Fsync::Never)?;
    let mut element = element(0, 16);
    for number in 0..ELEMENTS {
        renumber(&mut element, number);
        store.rpush(key(number % KEYS), &element)?;
    }
    Ok(store.shutdown()?)
}

/// Both take turns.
fn tell_of(name: &str, directory: &Path, rounds: usize) -> Result<(), Failure> {
    let log = directory.join(LOG);
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        let empty = disk::fresh()?;
        times[0].push(time_to_open(&log)?);
        times[1].push(time_to_load(directory));
        times[2].push(time_to_load(empty.path()));
    }
    let [here, there, empty] = times.map(median);
    let speed = |milliseconds: f64| grouped(float(ELEMENTS as u64) * 1e3 / milliseconds);
    row(&[
        name.to_owned(),
        grouped(float(disk::bytes_in(&log)?)),
        grouped(here),
        grouped(there),
        grouped(empty),
        speed(here),
        speed(there),
        format!("{:.2}", there / here),
    ]);
    Ok(())
}

/// In milliseconds, without dropping what was opened.
fn time_to_open(log: &Path) -> Result<f64, Failure> {
    let begun = Instant::now();
    let store: Store = open(log, Fsync::Never)?;
    let time = milliseconds(begun.elapsed());
    let found: usize = (0..KEYS).map(|number| store.llen(key(number))).sum();
    store.shutdown()?;
    if found == ELEMENTS { Ok(time) } else { Err("elements are missing".into()) }
}

/// The same from the start of a server until it answers PING; not a number where there is no server.
fn time_to_load(directory: &Path) -> f64 {
    let begun = Instant::now();
    match Server::start(directory, "no") {
        Ok(_) => milliseconds(begun.elapsed()),
        Err(error) => {
            eprintln!("no redis-server ({error}): Redis is left out");
            f64::NAN
        }
    }
}
