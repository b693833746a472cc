//! One sync for all who came meanwhile.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use super::support::{
    Gate, WIDE, append, commit, file, is_a_sync, log_on, pieces, syncs, wait_until,
};
use crate::log::options::Fsync;
use crate::log::simulated::{Simulated, Verdict};

#[test]
fn sixty_four_threads_share_a_sync_of_100_microseconds_among_at_least_16_commits() {
    const THREADS: usize = 64;
    const COMMITS: usize = 200;
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    disk.hook(|_, action| {
        if is_a_sync(action) {
            thread::sleep(Duration::from_micros(100));
        }
        Verdict::Succeed
    });
    let (start, before) = (Barrier::new(THREADS), syncs(&disk));
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (log, start) = (&log, &start);
            scope.spawn(move || {
                start.wait();
                (0..COMMITS).for_each(|number| commit(log, thread, number).unwrap());
            });
        }
    });
    let (commits, syncs) = (THREADS * COMMITS, syncs(&disk) - before);
    assert_eq!(pieces(&file(&disk)).len(), commits);
    println!("{commits} commits, {syncs} syncs");
    assert!(commits >= 16 * syncs, "{commits} commits took {syncs} syncs");
}

#[test]
fn those_who_come_during_a_sync_are_done_by_the_next_one_together() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    let gate = Gate::on(&disk, is_a_sync);
    let before = syncs(&disk);
    gate.shut();
    thread::scope(|scope| {
        let log = &log;
        scope.spawn(move || commit(log, 0, 0).unwrap());
        gate.wait_for_somebody();
        for thread in 1..20 {
            scope.spawn(move || commit(log, thread, 0).unwrap());
        }
        wait_until("all wait", || log.turn.lock().waiting() == 19);
        gate.open();
    });
    assert_eq!(syncs(&disk) - before, 2);
    assert_eq!(pieces(&file(&disk)).len(), 20);
}

#[test]
fn what_is_on_disk_already_takes_no_sync() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    let (first, second) = (append(&log, 0, 0), append(&log, 0, 1));
    let before = syncs(&disk);
    log.settle(second).unwrap();
    log.settle(first).unwrap();
    log.sync().unwrap();
    assert_eq!(syncs(&disk) - before, 1);
}
