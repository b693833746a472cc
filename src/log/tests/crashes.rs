//! Both halves together: threads commit, files are exchanged, the power goes at any moment, and what recovery finds is a
//! beginning of the one order, with all that was promised.

use std::sync::Mutex;
use std::thread;

use super::support::wait_until;
use crate::log::batch::Part;
use crate::log::checksum;
use crate::log::manifest::{Entry, increment_name};
use crate::log::options::{Fsync, LogOptions};
use crate::log::record;
use crate::log::recovery::{Recovered, recover};
use crate::log::simulated::{Action, EIO, Loss, Simulated, Verdict};
use crate::log::storage::Directory;
use crate::log::writer::Log;

const THREADS: usize = 3;
const COMMITS: usize = 4;

/// Files that end with what was written, and some that are longer: room for none of the pieces, and for several.
const GROWTHS: [u64; 3] = [0, 1, 500];

/// What one command pushes: a thread and a number.
type Pushed = (String, String);

/// Reads a log, and what its commands push.
fn read(disk: &Simulated, what: &str) -> (Recovered, Vec<Pushed>) {
    let mut pushed = Vec::new();
    let text = |word: &[u8]| String::from_utf8(word.to_vec()).unwrap();
    let recovered = recover(disk, &mut |words| {
        if let [b"RPUSH", thread, number] = words {
            pushed.push((text(thread), text(number)));
        }
        Ok(())
    });
    let mut recovered = recovered.unwrap_or_else(|trouble| panic!("{what}: {trouble:?}"));
    recovered.settle(disk).unwrap();
    (recovered, pushed)
}

/// One command, or two that belong together.
fn encode(thread: usize, number: usize) -> (Vec<u8>, Vec<Pushed>) {
    let push = |name: String| (thread.to_string(), name);
    let pushes: Vec<_> = if number.is_multiple_of(2) {
        vec![push(number.to_string())]
    } else {
        vec![push(format!("{number} a")), push(format!("{number} b"))]
    };
    let mut bytes = Vec::new();
    let is_several = pushes.len() > 1;
    if is_several {
        record::encode(&[b"MULTI"], &mut bytes);
    }
    for (thread, number) in &pushes {
        record::encode(&[b"RPUSH", thread.as_bytes(), number.as_bytes()], &mut bytes);
    }
    if is_several {
        record::encode(&[b"EXEC"], &mut bytes);
    }
    (bytes, pushes)
}

struct Run {
    disk: Simulated,
    /// What was promised, and after how many steps of the disk.
    promised: Vec<(Vec<Pushed>, usize)>,
}

fn open(disk: &Simulated, fsync: Fsync, growth: u64) -> (Log, Recovered) {
    let (recovered, _) = read(disk, "the beginning");
    let increment = recovered.increment().unwrap();
    let file = disk.open(&increment.name).unwrap();
    let options = LogOptions::new().fsync(fsync).growth_bytes(growth);
    (Log::open(file, increment.len, &options, None), recovered)
}

/// Exchanges the file, as compaction does. Where the disk fails, it stays as it is.
fn exchange(disk: &Simulated, log: &Log, recovered: &mut Recovered) -> std::io::Result<()> {
    let seq = recovered.next_increment;
    let name = increment_name(seq);
    let next = disk.create(&name)?;
    disk.sync()?;
    let rotation = log.rotate(next, &checksum::opening())?;
    if rotation.has_failed() {
        return Ok(());
    }
    recovered.manifest.increments.push(Entry { name, seq });
    rotation.switch(|_| recovered.manifest.write(disk))?;
    recovered.next_increment += 1;
    Ok(())
}

/// Threads that commit while files are exchanged, on a disk whose operation of this number fails.
fn run(fails: Option<usize>, growth: u64) -> Run {
    let disk = Simulated::default();
    let (log, mut recovered) = open(&disk, Fsync::Always, growth);
    let promised = Mutex::new(Vec::new());
    let counted = Mutex::new(0);
    disk.hook(move |_, _: &Action| {
        let mut count = counted.lock().unwrap();
        *count += 1;
        if Some(*count) == fails { Verdict::Fail(EIO) } else { Verdict::Succeed }
    });
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (log, disk, promised) = (&log, &disk, &promised);
            scope.spawn(move || {
                for number in 0..COMMITS {
                    let (bytes, pushes) = encode(thread, number);
                    let is_kept = log.admit().is_ok()
                        && log.settle(log.append([Part::Short(&bytes)])).is_ok();
                    if is_kept {
                        promised.lock().unwrap().push((pushes, disk.steps()));
                    }
                }
            });
        }
        for _ in 0..2 {
            let _ = exchange(&disk, &log, &mut recovered);
        }
    });
    disk.unhook();
    Run { disk, promised: promised.into_inner().unwrap() }
}

/// Opens what every crash leaves, and says how many there were.
fn every_crash_opens(run: &Run, seeds: &[u64], what: &str) -> usize {
    let moments = run.disk.moments();
    let losses = [Loss::Nothing, Loss::All].into_iter();
    let losses: Vec<_> = losses.chain(seeds.iter().map(|&seed| Loss::Random(seed))).collect();
    let last = run.disk.crashed(run.disk.steps(), Loss::Nothing);
    let (_, order) = read(&last, what);
    for &moment in &moments {
        for &loss in &losses {
            let what = format!("{what}, {loss:?} after {moment} steps");
            let image = run.disk.crashed(moment, loss);
            let (_, found) = read(&image, &what);
            assert!(order.starts_with(&found), "{found:?} is no beginning of {order:?}: {what}");
            let promised = run.promised.iter().filter(|(_, steps)| *steps <= moment);
            for pushed in promised.flat_map(|(pushes, _)| pushes) {
                assert!(found.contains(pushed), "{pushed:?} was promised: {what}");
            }
            let halves = found.iter().filter(|(_, number)| number.contains(' ')).count();
            assert_eq!(halves % 2, 0, "{found:?} has half a transaction: {what}");
            assert_eq!(read(&image, &what).1, found, "opened again: {what}");
        }
    }
    moments.len() * losses.len()
}

#[test]
fn a_crash_leaves_a_beginning_with_all_that_was_promised() {
    let mut images = 0;
    for round in 0..20 {
        let run = run(None, GROWTHS[round % GROWTHS.len()]);
        assert_eq!(run.promised.len(), THREADS * COMMITS);
        let seeds: Vec<_> = (1..=4).map(|seed| 10 * round as u64 + seed).collect();
        images += every_crash_opens(&run, &seeds, "nothing failed");
    }
    println!("{images} images");
    assert!(images > 2000, "{images}");
}

#[test]
fn a_crash_after_a_fault_does_too() {
    let mut images = 0;
    for fails in 1..40 {
        for growth in [GROWTHS[0], GROWTHS[2]] {
            let run = run(Some(fails), growth);
            images += every_crash_opens(&run, &[1, 2], &format!("operation {fails} failed"));
        }
    }
    println!("{images} images");
    assert!(images > 1000, "{images}");
}

/// Batches that the system has, one behind the other, of which some were synced.
fn run_without_waiting(seed: usize) -> Run {
    let disk = Simulated::default();
    let (log, mut recovered) = open(&disk, Fsync::Never, GROWTHS[seed % GROWTHS.len()]);
    let mut promised = Vec::new();
    let mut since = Vec::new();
    for number in 0..12 {
        let (bytes, pushes) = encode(0, number);
        log.settle(log.append([Part::Short(&bytes)])).unwrap();
        wait_until("it is in the file", || log.turn.lock().written == log.end().0);
        since.push(pushes);
        let syncs = (number + seed).is_multiple_of(5);
        if syncs {
            log.sync().unwrap();
        }
        if number == seed % 12 {
            exchange(&disk, &log, &mut recovered).unwrap();
        }
        if syncs || number == seed % 12 {
            promised.extend(since.drain(..).map(|pushes| (pushes, disk.steps())));
        }
    }
    Run { disk, promised }
}

#[test]
fn a_crash_leaves_a_beginning_with_all_that_was_synced_where_nobody_waits() {
    let mut images = 0;
    for seed in 0..12 {
        let run = run_without_waiting(seed);
        let seeds: Vec<_> = (1..=12).map(|draw| 100 * seed as u64 + draw).collect();
        images += every_crash_opens(&run, &seeds, "nobody waits");
    }
    println!("{images} images");
    assert!(images > 2000, "{images}");
}
