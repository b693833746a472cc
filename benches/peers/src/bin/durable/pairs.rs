//! What a pair of push and pop costs more with a log, in bursts that the operating system can take, and how many bytes a push is
//! in the log.

use std::time::Instant;

use redeque::{Fsync, Store};
use redeque_peers::workload::{Key, element, key, read, shuffled_keys};
use rustix::time::{ClockId, clock_gettime};

use crate::figures::{float, head, median, row};
use crate::{Failure, commits, disk, open, server};

/// A pair is some 90 bytes of log, so a burst is 180 MB.
const PAIRS: usize = 2_000_000;

/// Without a log, and with one.
const MODES: [(&str, Option<Fsync>); 3] =
    [("no log", None), ("every second", Some(Fsync::EverySecond)), ("never", Some(Fsync::Never))];

/// How many keys there are, and how many elements stay in each list.
const SHAPES: [(usize, usize); 3] = [(1, 0), (16, 0), (16, 50)];

/// Nanoseconds a pair: by the clock, and of this thread's processor.
type Cost = [f64; 2];

pub(crate) fn tell(rounds: usize) -> Result<(), Failure> {
    head(&[
        "a pair, 16 bytes",
        "no log, ns",
        "every second: more, ns",
        "never: more, ns",
        "every second: more processor time, ns",
        "never: more processor time, ns",
    ]);
    for shape in SHAPES {
        let costs = (0..rounds).map(|_| round(shape)).collect::<Result<Vec<_>, _>>()?;
        let of = |figure: fn(&[Cost; 3]) -> f64| {
            format!("{:.0}", median(costs.iter().map(figure).collect()))
        };
        let (keys, depth) = shape;
        row(&[
            format!("keys: {keys}, elements that stay in each: {depth}"),
            of(|[none, ..]| none[0]),
            of(|[none, second, _]| second[0] - none[0]),
            of(|[none, _, never]| never[0] - none[0]),
            of(|[none, second, _]| second[1] - none[1]),
            of(|[none, _, never]| never[1] - none[1]),
        ]);
    }
    println!();
    tell_bytes()
}

/// One burst in each mode, one after the other.
fn round(shape: (usize, usize)) -> Result<[Cost; 3], Failure> {
    let mut costs = [Cost::default(); 3];
    for (cost, (_, mode)) in costs.iter_mut().zip(MODES) {
        let directory = disk::fresh()?;
        let store = match mode {
            None => Store::new(),
            Some(fsync) => open(&directory.path().join(server::LOG), fsync)?,
        };
        *cost = burst(&store, shape)?;
        store.shutdown()?;
    }
    Ok(costs)
}

fn burst(store: &Store, (keys, depth): (usize, usize)) -> Result<Cost, Failure> {
    let (keys, element) = (shuffled_keys(keys), element(0, 16));
    for key in &keys {
        (0..depth).try_for_each(|_| store.rpush(key, &element).map(drop))?;
    }
    // Those that went before are not waited for by what is timed.
    run(store, &keys, &element, PAIRS / 20)?;
    let (begun, before) = (Instant::now(), processor_time());
    run(store, &keys, &element, PAIRS)?;
    let times = [begun.elapsed().as_secs_f64(), processor_time() - before];
    Ok(times.map(|seconds| seconds * 1e9 / float(PAIRS as u64)))
}

fn run(store: &Store, keys: &[Key], element: &[u8], pairs: usize) -> Result<(), Failure> {
    for key in keys.iter().cycle().take(pairs) {
        store.rpush(key, element)?;
        read(&store.lpop(key)?.ok_or("it was pushed")?);
    }
    Ok(())
}

/// Of this thread, in seconds.
#[expect(clippy::cast_precision_loss, reason = "it is far below a year")]
fn processor_time() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

fn tell_bytes() -> Result<(), Failure> {
    head(&["a push of 16 bytes to a key of 12", "pushes a batch", "bytes of log a push"]);
    let alone = pushed(Fsync::Always, 1)?;
    let together = pushed(Fsync::Always, 64)?;
    let burst = pushed(Fsync::Never, 1)?;
    for (name, [pushes, bytes]) in
        [("always, 1 thread", alone), ("always, 64 threads", together), ("never, 1 thread", burst)]
    {
        row(&[name.to_owned(), format!("{pushes:.1}"), format!("{bytes:.1}")]);
    }
    Ok(())
}

/// Pushes a batch, and bytes a push, after 20,000 pushes by this many threads.
fn pushed(fsync: Fsync, threads: usize) -> Result<[f64; 2], Failure> {
    let directory = disk::fresh()?;
    let log = directory.path().join(server::LOG);
    let store = open(&log, fsync)?;
    let pushes = 20_000 / threads;
    commits::on_threads(threads, |thread| {
        let (key, element) = (key(thread), element(0, 16));
        (0..pushes).try_for_each(|_| store.rpush(key, &element).map(drop))?;
        Ok(pushes as u64)
    })?;
    store.shutdown()?;
    let all = float((pushes * threads) as u64);
    Ok([all / float(disk::batches_in(&log)?), float(disk::bytes_in(&log)?) / all])
}
