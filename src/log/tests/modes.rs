//! What happens without anybody who waits for it.

use std::thread;
use std::time::{Duration, Instant};

use super::support::{
    Gate, WIDE, append, commit, file, is_a_sync, log_on, pieces, syncs, wait_until,
};
use crate::log::options::Fsync;
use crate::log::simulated::{Loss, Simulated};

#[test]
fn what_was_settled_goes_to_the_system_by_itself() {
    for fsync in [Fsync::EverySecond, Fsync::Never] {
        let disk = Simulated::default();
        let log = log_on(&disk, fsync, WIDE);
        for number in 0..5 {
            commit(&log, 0, number).unwrap();
            wait_until("it is in the file", || pieces(&file(&disk)).len() == number + 1);
            // The next one finds the thread asleep, or not.
            wait_until("it sleeps", || number % 2 == 0 || log.flusher.is_idle());
        }
    }
}

#[test]
fn what_is_in_the_file_is_on_disk_within_seconds_where_it_is_to_be() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::EverySecond, WIDE);
    let before = syncs(&disk);
    for number in 1..=2 {
        commit(&log, 0, number).unwrap();
        wait_until("it is synced", || syncs(&disk) == before + number);
        let turn = log.turn.lock();
        assert_eq!((turn.durable, turn.since), (log.end().0, None));
    }
}

#[test]
fn nobody_syncs_where_that_is_up_to_the_system_but_by_asking() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Never, WIDE);
    let before = syncs(&disk);
    commit(&log, 0, 0).unwrap();
    wait_until("it is in the file", || pieces(&file(&disk)).len() == 1);
    assert_eq!(log.turn.lock().since, None);
    assert_eq!(syncs(&disk), before);
    log.sync().unwrap();
    assert_eq!(syncs(&disk), before + 1);
}

#[test]
fn others_write_while_a_sync_takes_its_time() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::EverySecond, WIDE);
    let gate = Gate::on(&disk, is_a_sync);
    gate.shut();
    commit(&log, 0, 0).unwrap();
    gate.wait_for_somebody();
    commit(&log, 0, 1).unwrap();
    wait_until("it is in the file", || pieces(&file(&disk)).len() == 2);
    gate.open();
    // That sync began too early for the second piece.
    log.sync().unwrap();
    let crash = disk.crashed(disk.steps(), Loss::All);
    assert_eq!(pieces(&file(&crash)), [(0, 0), (0, 1)]);
}

#[test]
fn a_thread_without_anything_to_do_does_nothing() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Never, WIDE);
    commit(&log, 0, 0).unwrap();
    wait_until("it is in the file", || pieces(&file(&disk)).len() == 1);
    wait_until("it sleeps", || log.flusher.is_idle());
    let steps = disk.steps();
    assert_eq!(
        steps, 6,
        "create, sync the names, write and sync the opening, ask the length, write"
    );
    // It would have to be told.
    append(&log, 0, 1);
    (0..1000).for_each(|_| thread::yield_now());
    assert_eq!(disk.steps(), steps);
    log.settle(log.end()).unwrap();
    wait_until("it is in the file", || pieces(&file(&disk)).len() == 2);
}

#[test]
fn what_is_settled_later_is_synced_in_the_background() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    let before = syncs(&disk);
    log.settle_later(append(&log, 0, 0));
    wait_until("it is synced", || syncs(&disk) == before + 1);
    assert_eq!(pieces(&file(&disk)).len(), 1);
}

#[test]
fn who_waits_until_a_deadline_is_told_whether_it_is_on_disk_by_then() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Never, WIDE);
    let gate = Gate::on(&disk, is_a_sync);
    gate.shut();
    let position = append(&log, 0, 0);
    let soon = Instant::now() + Duration::from_millis(5);
    assert_eq!(log.sync_until(position, soon), Ok(false));
    assert!(Instant::now() >= soon);
    assert_eq!(log.waiting(), 0);
    gate.wait_for_somebody();
    gate.open();
    let later = Instant::now() + Duration::from_secs(3600);
    assert_eq!(log.sync_until(position, later), Ok(true));
    let crash = disk.crashed(disk.steps(), Loss::All);
    assert_eq!(pieces(&file(&crash)), [(0, 0)]);
}
