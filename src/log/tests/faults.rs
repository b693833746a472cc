//! Each operation fails once, in each way, and the power goes at each moment: what was acknowledged is there.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::support::{
    NAME, WIDE, by_thread, commit, file, is_a_sync, is_a_write, log_on, pieces, wait_until,
};
use crate::error::LogFailure as Failure;
use crate::log::options::Fsync;
use crate::log::simulated::{Action, EIO, ENOSPC, Loss, Simulated, Step, Verdict};
use crate::log::writer::Log;

const THREADS: usize = 3;
const COMMITS: usize = 4;

/// How an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Error(i32),
    /// A write is short, and the next one finds the disk full.
    Full(usize),
    Short(usize),
}

/// A piece that was acknowledged, and after how many steps of the disk that was.
type Acknowledged = ((usize, usize), usize);

struct Run {
    disk: Simulated,
    log: Log,
    acknowledged: Vec<Acknowledged>,
    failures: Vec<Failure>,
    has_failed: bool,
}

/// Threads that write until something fails, on a disk whose operation of this number fails.
fn run(fault: Fault, at: usize) -> Run {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    let operations = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&operations);
    disk.hook(move |_, action| {
        let behind = counted.fetch_add(1, Ordering::SeqCst).checked_sub(at);
        match (fault, behind) {
            (Fault::Error(number), Some(0)) => Verdict::Fail(number),
            (Fault::Short(len) | Fault::Full(len), Some(0)) if is_a_write(action) => {
                Verdict::Short(len)
            }
            (Fault::Full(_), Some(1)) if is_a_write(action) => Verdict::Fail(ENOSPC),
            _ => Verdict::Succeed,
        }
    });
    let (acknowledged, failures) = (Mutex::default(), Mutex::default());
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (disk, log, acknowledged, failures) = (&disk, &log, &acknowledged, &failures);
            scope.spawn(move || {
                for number in 0..COMMITS {
                    match commit(log, thread, number) {
                        Ok(()) => {
                            let mut all: std::sync::MutexGuard<'_, Vec<_>> =
                                acknowledged.lock().unwrap();
                            all.push(((thread, number), disk.steps()));
                        }
                        Err(failure) => {
                            let mut all: std::sync::MutexGuard<'_, Vec<_>> =
                                failures.lock().unwrap();
                            all.push(failure);
                        }
                    }
                }
            });
        }
    });
    disk.unhook();
    let has_failed = operations.load(Ordering::SeqCst) > at;
    let acknowledged = acknowledged.into_inner().unwrap();
    Run { disk, log, acknowledged, failures: failures.into_inner().unwrap(), has_failed }
}

/// Looks at every crash, and says how many there were.
fn nothing_acknowledged_is_missing(run: &Run, what: &str) -> usize {
    let mut images = 0;
    for moment in run.disk.moments() {
        for loss in [Loss::Nothing, Loss::All, Loss::Random(1), Loss::Random(2), Loss::Random(3)] {
            let image = run.disk.crashed(moment, loss).file(NAME).unwrap_or_default();
            let there = pieces(&image);
            let promised = run.acknowledged.iter().filter(|(_, steps)| *steps <= moment);
            for (piece, _) in promised {
                assert!(there.contains(piece), "{piece:?} is missing: {what}, {moment}, {loss:?}");
            }
            images += 1;
        }
    }
    images
}

fn faults() -> Vec<Fault> {
    let mut faults = vec![Fault::Error(EIO), Fault::Error(ENOSPC)];
    faults.extend([0, 1, 7, 40].map(Fault::Short));
    faults.extend([1, 20].map(Fault::Full));
    faults
}

#[test]
fn nothing_that_was_acknowledged_is_missing_after_a_fault_and_a_crash() {
    let (mut images, mut failed, mut survived) = (0, 0, 0);
    for fault in faults() {
        for at in 0.. {
            let run = run(fault, at);
            if !run.has_failed {
                break;
            }
            let what = format!("{fault:?} at {at}");
            images += nothing_acknowledged_is_missing(&run, &what);
            let (done, refused) = (run.acknowledged.len(), run.failures.len());
            assert_eq!(done + refused, THREADS * COMMITS, "{what}");
            if refused == 0 {
                survived += 1;
            } else {
                failed += 1;
            }
            all_agree(&run, &what);
        }
    }
    println!("{images} images, {failed} logs failed, {survived} did not");
    assert!(images > 1000 && failed > 10 && survived > 10, "{images}, {failed}, {survived}");
}

/// A log for which there was no room takes more, and has lost nothing and written nothing twice.
fn has_healed(run: &Run, what: &str) {
    wait_until("there is room", || run.log.admit().is_ok());
    commit(&run.log, 9, 0).unwrap();
    let there = by_thread(&pieces(&file(&run.disk)));
    for &((thread, number), _) in &run.acknowledged {
        assert!(there[&thread].contains(&number), "{what}");
    }
    let ascend = |numbers: &Vec<usize>| numbers.is_sorted_by(|a, b| a < b);
    assert!(there.values().all(ascend), "{what}: {there:?}");
    assert_eq!(run.log.sync(), Ok(()), "{what}");
}

/// A log that has failed says the same to all, and hands nothing more to the disk.
fn all_agree(run: &Run, what: &str) {
    let history = run.disk.history();
    let is_final = |step: &Step| step.failed && !matches!(step.action, Action::Write { .. });
    let has_ended = history.iter().any(is_final) || what.contains(&format!("Error({EIO})"));
    let Some(failure) = run.failures.first().filter(|_| has_ended) else {
        return has_healed(run, what);
    };
    assert!(run.failures.iter().all(|other| other == failure), "{what}");
    let failure = *failure;
    let steps = run.disk.steps();
    assert_eq!(commit(&run.log, 9, 0), Err(failure), "{what}");
    assert_eq!(run.log.sync(), Err(failure), "{what}");
    assert_eq!(run.disk.steps(), steps, "{what}");
}

fn log_whose_next_fails(
    concerns: fn(&Action) -> bool,
    number: i32,
    times: usize,
) -> (Simulated, Log) {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    let left = AtomicUsize::new(times);
    disk.hook(move |_, action| {
        let fails = concerns(action)
            && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        if fails { Verdict::Fail(number) } else { Verdict::Succeed }
    });
    (disk, log)
}

#[test]
fn a_sync_that_failed_is_not_tried_again() {
    let (disk, log) = log_whose_next_fails(is_a_sync, EIO, 1);
    let failure = commit(&log, 0, 0).unwrap_err();
    assert_eq!(failure.to_string(), "Input/output error");
    says_no_for_good(&disk, &log, failure);
}

/// Also to who asks again, and without another look at the disk.
fn says_no_for_good(disk: &Simulated, log: &Log, failure: Failure) {
    let steps = disk.steps();
    assert_eq!(log.sync(), Err(failure));
    assert_eq!(log.admit(), Err(failure));
    assert_eq!(log.check(), Err(failure));
    assert_eq!(log.shutdown(), Err(failure));
    assert_eq!(disk.steps(), steps);
}

#[test]
fn a_sync_for_which_there_is_no_room_is_not_tried_again_either() {
    let (disk, log) = log_whose_next_fails(is_a_sync, ENOSPC, 1);
    let failure = commit(&log, 0, 0).unwrap_err();
    assert_eq!(failure.to_string(), "No space left on device");
    says_no_for_good(&disk, &log, failure);
}

#[test]
fn a_file_that_cannot_be_left_as_it_was_is_not_written_again() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    disk.hook(|_, action| match action {
        Action::Write { .. } => Verdict::Fail(ENOSPC),
        Action::SetLen { .. } => Verdict::Fail(EIO),
        _ => Verdict::Succeed,
    });
    let failure = commit(&log, 0, 0).unwrap_err();
    assert_eq!(failure.to_string(), "Input/output error");
    disk.unhook();
    says_no_for_good(&disk, &log, failure);
}

#[test]
fn where_nobody_waits_for_the_disk_a_failure_is_told_to_the_next_who_comes() {
    for fsync in [Fsync::EverySecond, Fsync::Never] {
        let disk = Simulated::default();
        let log = log_on(&disk, fsync, WIDE);
        disk.hook(
            |_, action| if is_a_write(action) { Verdict::Fail(EIO) } else { Verdict::Succeed },
        );
        let _ = commit(&log, 0, 0);
        wait_until("the log fails", || log.admit().is_err());
        let late = super::support::append(&log, 0, 1);
        assert_eq!(log.settle(late).unwrap_err().to_string(), "Input/output error");
    }
}
