//! How a log ends.

use std::env;
use std::fs;
use std::io::{ErrorKind, IoSlice};
use std::process;
use std::sync::Arc;
use std::task::{Poll, Waker};

use super::support::{
    Gate, NAME, WIDE, append, commit, file, is_a_sync, is_a_write, log_on, pieces, syncs,
    wait_until,
};
use crate::error::LogFailure as Failure;
use crate::log::buffer::Bounds;
use crate::log::claim::Claim;
use crate::log::options::{Fsync, LogOptions};
use crate::log::simulated::Simulated;
use crate::log::storage::Directory;
use crate::log::turn::Ticket;
use crate::log::writer::Log;

const MODES: [Fsync; 3] = [Fsync::Always, Fsync::EverySecond, Fsync::Never];

#[test]
fn a_shutdown_brings_everything_to_disk_and_ends_the_threads() {
    for fsync in MODES {
        let disk = Simulated::default();
        let log = log_on(&disk, fsync, WIDE);
        commit(&log, 0, 0).unwrap();
        log.settle_later(append(&log, 0, 1));
        let last = append(&log, 0, 2);
        let before = syncs(&disk);
        assert_eq!(log.shutdown(), Ok(()));
        assert_eq!(pieces(&file(&disk)).len(), 3);
        assert!(syncs(&disk) > before);
        assert_eq!(log.settle(last), Ok(()));
        assert_eq!(log.admit(), Err(Failure::SHUT));
        assert_eq!(log.me.strong_count(), 1, "the threads have ended: {fsync:?}");
        assert_eq!(log.shutdown(), Ok(()));
    }
}

/// What comes while everything is being brought to disk comes too late, and must not be called kept.
#[test]
fn what_is_appended_while_a_log_is_shut_down_is_not_acknowledged() {
    for fsync in MODES {
        let disk = Simulated::default();
        let log = log_on(&disk, fsync, WIDE);
        let gate = Gate::on(&disk, is_a_sync);
        gate.shut();
        let first = append(&log, 0, 0);
        std::thread::scope(|scope| {
            let log = &log;
            let shut = scope.spawn(|| log.shutdown());
            gate.wait_for_somebody();
            let admitted = log.admit();
            // By somebody who was admitted before.
            let late = append(log, 0, 1);
            let settled = scope.spawn(move || log.settle(late));
            let early = scope.spawn(move || log.settle(first));
            let mut ticket = Ticket::default();
            let is_pending = log.poll_settled(late, &mut ticket, Waker::noop()).is_pending();
            gate.open();
            assert_eq!((admitted, is_pending), (Err(Failure::SHUT), true), "{fsync:?}");
            assert_eq!(shut.join().unwrap(), Ok(()));
            assert_eq!(early.join().unwrap(), Ok(()));
            // Who wants it on disk may have brought it there in time.
            let polled = log.poll_settled(late, &mut ticket, Waker::noop());
            let is_on_disk = log.turn.lock().durable >= late.0;
            for outcome in [Poll::Ready(settled.join().unwrap()), polled] {
                let is_told = outcome == Poll::Ready(Err(Failure::SHUT));
                assert!(is_told || is_on_disk && outcome == Poll::Ready(Ok(())), "{fsync:?}");
            }
        });
    }
}

#[test]
fn a_log_that_is_dropped_is_shut_down() {
    for fsync in MODES {
        let disk = Simulated::default();
        let log = log_on(&disk, fsync, WIDE);
        commit(&log, 0, 0).unwrap();
        append(&log, 0, 1);
        let me = log.me.clone();
        drop(log);
        assert_eq!(me.strong_count(), 0);
        assert_eq!(pieces(&file(&disk)).len(), 2);
        let history = disk.history();
        assert!(matches!(history.last().unwrap().action, crate::log::simulated::Action::Sync));
    }
}

#[test]
fn a_directory_can_be_opened_again_after_a_shutdown_or_a_drop() {
    let directory = env::temp_dir().join(format!("redeque-writer-{}", process::id()));
    fs::create_dir_all(&directory).unwrap();
    let open = || {
        let claim = Claim::new(&directory)?;
        let file = Simulated::default().create(NAME)?;
        Ok::<_, std::io::Error>(Log::open(file, 0, &LogOptions::new(), Some(claim)))
    };
    let first = open().unwrap();
    assert_eq!(open().unwrap_err().kind(), ErrorKind::ResourceBusy);
    first.shutdown().unwrap();
    let second = open().unwrap();
    assert_eq!(open().unwrap_err().kind(), ErrorKind::ResourceBusy);
    // The handle that has nothing any more gives nothing up.
    drop(first);
    assert_eq!(open().unwrap_err().kind(), ErrorKind::ResourceBusy);
    drop(second);
    drop(open().unwrap());
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn a_child_after_fork_never_writes_and_takes_nothing_that_is_to_be_kept() {
    for fsync in MODES {
        let disk = Simulated::default();
        let log = log_on(&disk, fsync, WIDE);
        commit(&log, 0, 0).unwrap();
        wait_until("it is in the file", || pieces(&file(&disk)).len() == 1);
        wait_until("all threads sleep", || log.flusher.is_idle() && log.syncer.is_idle());
        log.sync().unwrap();
        // It has all that the parent has, except the threads, and another number.
        let (parent, steps) = (process::id(), disk.steps());
        log.fork(parent.wrapping_add(1));
        let position = append(&log, 0, 1);
        assert_eq!(log.settle(position), Err(Failure::FORKED));
        assert_eq!(log.admit(), Err(Failure::FORKED));
        assert_eq!(log.sync(), Err(Failure::FORKED));
        let poll = log.poll_settled(position, &mut Ticket::default(), Waker::noop());
        assert_eq!(poll, Poll::Ready(Err(Failure::FORKED)));
        log.settle_later(position);
        let next = Simulated::default().create(NAME).unwrap();
        assert_eq!(log.rotate(next, b"").err().unwrap().kind(), ErrorKind::PermissionDenied);
        assert_eq!(log.shutdown(), Ok(()));
        assert_eq!(disk.steps(), steps);
        log.fork(parent);
    }
}

#[test]
fn who_had_the_turn_at_a_fork_does_not_write_behind_it() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    append(&log, 0, 0);
    let tail = log.turn.lock().take_tail().unwrap();
    let (parent, steps) = (process::id(), disk.steps());
    log.fork(parent.wrapping_add(1));
    assert!(log.write(tail).is_none());
    assert_eq!(disk.steps(), steps);
    log.fork(parent);
}

#[test]
fn a_check_refuses_what_is_refused_and_never_waits() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Never, Bounds { bytes: 0, ..WIDE });
    assert_eq!(log.check(), Ok(()));
    let gate = Gate::on(&disk, is_a_write);
    gate.shut();
    log.settle(append(&log, 0, 0)).unwrap();
    gate.wait_for_somebody();
    assert!(log.buffer.needs_caution());
    assert_eq!(log.check(), Ok(()), "it is merely behind");
    gate.open();
    log.sync().unwrap();
    assert!(!log.buffer.needs_caution());
    log.buffer.call_for_caution();
    {
        // A thread that the child does not have has the lock.
        let _turn = log.turn.lock();
        log.fork(process::id().wrapping_add(1));
        assert_eq!(log.check(), Err(Failure::FORKED));
        log.fork(process::id());
    }
    log.shutdown().unwrap();
    assert_eq!(log.check(), Err(Failure::SHUT));
}

#[test]
fn somebody_else_who_writes_to_the_file_is_found_out_before_anything_is_written_there() {
    for change in [-1, 1] {
        let disk = Simulated::default();
        let log = log_on(&disk, Fsync::Always, WIDE);
        commit(&log, 0, 0).unwrap();
        let other = disk.open(NAME).unwrap();
        let len = other.len().unwrap();
        if change > 0 {
            other.write_at(len, &[IoSlice::new(b"SELECT")]).unwrap();
        } else {
            other.set_len(len - 1).unwrap();
        }
        let theirs = file(&disk);
        let failure = commit(&log, 0, 1).unwrap_err();
        assert!(failure.to_string().contains("somebody else has written to the log"), "{failure}");
        assert_eq!(log.admit(), Err(failure));
        assert_eq!(file(&disk), theirs);
    }
}

#[test]
fn a_file_that_somebody_else_has_appended_to_is_not_called_whole() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    commit(&log, 0, 0).unwrap();
    let rotation = log.rotate(disk.create("next").unwrap(), b"").unwrap();
    let other = disk.open(NAME).unwrap();
    other.write_at(other.len().unwrap(), &[IoSlice::new(b"SELECT")]).unwrap();
    let outcome = rotation.switch(|_| panic!("nothing is published"));
    assert!(outcome.unwrap_err().to_string().contains("somebody else has written to the log"));
    assert!(log.admit().is_err());
}

#[test]
fn a_thread_in_the_background_does_not_keep_a_log() {
    let disk = Simulated::default();
    let log = Arc::new(log_on(&disk, Fsync::EverySecond, WIDE));
    commit(&log, 0, 0).unwrap();
    wait_until("it is in the file", || pieces(&file(&disk)).len() == 1);
    let me = log.me.clone();
    drop(log);
    assert_eq!(me.strong_count(), 0);
}
