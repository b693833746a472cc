//! Writers wait where the disk is too far behind, before they have written.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::support::{
    Gate, WIDE, append, commit, file, is_a_sync, is_a_write, log_on, pieces, wait_until,
};
use crate::log::buffer::Bounds;
use crate::log::options::Fsync;
use crate::log::simulated::Simulated;

const WRITERS: usize = 4;
/// More than fits below the bound, for each of them.
const COMMITS: usize = 200;
const BYTES: u64 = 1000;
/// No piece that is written here is longer.
const LONGEST: u64 = 50;

#[test]
fn a_stuck_disk_stops_writers_at_the_bound_and_lets_them_go_afterwards() {
    for fsync in [Fsync::EverySecond, Fsync::Never] {
        let disk = Simulated::default();
        let log = log_on(&disk, fsync, Bounds { bytes: BYTES, ..WIDE });
        let gate = Gate::on(&disk, is_a_write);
        let begun = AtomicUsize::new(0);
        gate.shut();
        commit(&log, WRITERS, 0).unwrap();
        gate.wait_for_somebody();
        thread::scope(|scope| {
            for thread in 0..WRITERS {
                let (log, begun) = (&log, &begun);
                scope.spawn(move || {
                    for number in 0..COMMITS {
                        begun.fetch_add(1, Ordering::Relaxed);
                        commit(log, thread, number % 40).unwrap();
                    }
                });
            }
            wait_until("all writers wait", || log.turn.lock().held() == WRITERS);
            let written = log.end().0;
            assert!(written > BYTES, "{written}");
            assert!(written <= BYTES + WRITERS as u64 * LONGEST, "{written}");
            assert!(begun.load(Ordering::Relaxed) < COMMITS * WRITERS);
            gate.open();
        });
        log.sync().unwrap();
        assert_eq!(pieces(&file(&disk)).len(), COMMITS * WRITERS + 1);
        assert!(!log.buffer.needs_caution());
    }
}

#[test]
fn a_writer_that_finds_the_buffer_full_and_nobody_writing_writes() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, Bounds { bytes: 100, ..WIDE });
    let first = log.end();
    // As tasks do, which have not asked yet.
    for number in 0..20 {
        append(&log, 0, number);
    }
    assert_eq!(pieces(&file(&disk)), []);
    log.admit().unwrap();
    assert_eq!(pieces(&file(&disk)).len(), 20);
    assert_eq!(log.turn.lock().durable, first.0);
    assert!(!log.buffer.needs_caution());
}

/// Every sync is late.
const AT_ONCE: Bounds = Bounds { bytes: 1 << 30, time: Duration::ZERO };

#[test]
fn writers_wait_for_a_sync_that_takes_too_long() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::EverySecond, AT_ONCE);
    let gate = Gate::on(&disk, is_a_sync);
    gate.shut();
    commit(&log, 0, 0).unwrap();
    gate.wait_for_somebody();
    // The thread that writes notices, and writes nevertheless.
    log.settle(append(&log, 0, 1)).unwrap();
    wait_until("it is in the file", || pieces(&file(&disk)).len() == 2);
    assert!(log.buffer.needs_caution());
    thread::scope(|scope| {
        let writer = scope.spawn(|| log.admit());
        wait_until("the writer waits", || log.turn.lock().held() == 1);
        gate.open();
        assert_eq!(writer.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_chunk_that_fills_while_a_write_takes_too_long_is_noticed() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Never, AT_ONCE);
    let gate = Gate::on(&disk, is_a_write);
    gate.shut();
    log.settle(append(&log, 0, 0)).unwrap();
    gate.wait_for_somebody();
    assert!(!log.buffer.needs_caution());
    for number in 0..10_000 {
        append(&log, 0, 1 + number % 40);
    }
    assert!(log.buffer.needs_caution());
    gate.open();
    log.admit().unwrap();
}
