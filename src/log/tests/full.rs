//! A disk without room: nothing more is taken, and when there is room again all is as before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Wake, Waker};
use std::thread;

use super::support::{
    Gate, NAME, OPENING, WIDE, append, commit, file, is_a_write, log_on, pieces, wait_until,
};
use crate::error::LogFailure as Failure;
use crate::log::options::Fsync;
use crate::log::simulated::{Action, ENOSPC, Loss, Simulated, Verdict};
use crate::log::storage::Directory;
use crate::log::turn::Ticket;
use crate::log::writer::Log;

const MODES: [Fsync; 3] = [Fsync::Always, Fsync::EverySecond, Fsync::Never];

/// Whether there is room in the file of the log. Other files have some.
#[derive(Clone, Default)]
struct Room(Arc<AtomicBool>);

impl Room {
    /// None, once a write has been short.
    fn none_on(disk: &Simulated) -> Self {
        let room = Self::default();
        let left = room.clone();
        disk.hook(move |name, action| match action {
            Action::Write { .. } if name != NAME || left.is_there() => Verdict::Succeed,
            Action::Write { bytes, .. } if bytes.starts_with(b"<") => Verdict::Short(3),
            Action::Write { .. } => Verdict::Fail(ENOSPC),
            _ => Verdict::Succeed,
        });
        room
    }

    fn is_there(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    fn make(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn is_refused(log: &Log) -> Failure {
    wait_until("nothing is taken", || log.admit().is_err());
    let failure = log.admit().unwrap_err();
    assert_eq!(failure.to_string(), "No space left on device");
    assert_eq!(log.check(), Err(failure));
    failure
}

/// A log that has no room for its first piece, of which it is not known whether it is kept.
fn full_log(fsync: Fsync) -> (Simulated, Log, Room) {
    let disk = Simulated::default();
    let log = log_on(&disk, fsync, WIDE);
    let room = Room::none_on(&disk);
    let outcome = commit(&log, 0, 0);
    let failure = is_refused(&log);
    if fsync == Fsync::Always {
        assert_eq!(outcome, Err(failure));
    }
    (disk, log, room)
}

#[test]
fn what_finds_no_room_is_written_when_there_is_some_and_nothing_is_taken_before() {
    for fsync in MODES {
        let (disk, log, room) = full_log(fsync);
        // It was in its commit when the disk was found full.
        let failure = is_refused(&log);
        assert_eq!(log.settle(append(&log, 0, 1)), Err(failure));
        assert_eq!(log.sync(), Err(failure));
        // Not a moment during an attempt.
        wait_until("the file is as it was", || file(&disk) == OPENING.as_bytes());
        room.make();
        wait_until("more is taken", || log.admit().is_ok());
        assert_eq!(log.check(), Ok(()));
        commit(&log, 0, 2).unwrap();
        log.sync().unwrap();
        assert_eq!(pieces(&file(&disk)), [(0, 0), (0, 1), (0, 2)], "{fsync:?}");
        let crash = disk.crashed(disk.steps(), Loss::All);
        assert_eq!(pieces(&file(&crash)).len(), 3);
        assert!(!log.buffer.needs_caution());
    }
}

#[test]
fn what_was_in_doubt_gets_to_disk_without_anybody_who_commits() {
    for fsync in [Fsync::Always, Fsync::EverySecond] {
        let (disk, log, room) = full_log(fsync);
        let _ = log.settle(append(&log, 0, 1));
        room.make();
        wait_until("it is on disk", || log.turn.lock().durable == log.end().0);
        let crash = disk.crashed(disk.steps(), Loss::All);
        assert_eq!(pieces(&file(&crash)), [(0, 0), (0, 1)]);
    }
}

#[test]
fn what_is_settled_later_is_not_tried_before_there_is_room() {
    for fsync in [Fsync::Always, Fsync::EverySecond] {
        let (disk, log, room) = full_log(fsync);
        log.settle_later(append(&log, 0, 1));
        assert_eq!(log.turn.lock().wanted(), None, "the thread that syncs would not sleep");
        room.make();
        wait_until("it is on disk", || log.turn.lock().durable == log.end().0);
        assert_eq!(pieces(&file(&disk)), [(0, 0), (0, 1)]);
    }
}

#[test]
fn who_asks_for_everything_on_disk_has_it_tried_again_at_once() {
    for fsync in MODES {
        let (disk, log, room) = full_log(fsync);
        append(&log, 0, 1);
        room.make();
        assert_eq!(log.sync(), Ok(()));
        assert_eq!(log.admit(), Ok(()));
        assert_eq!(pieces(&file(&disk)), [(0, 0), (0, 1)]);
        let (disk, log, room) = full_log(fsync);
        room.make();
        assert_eq!(log.shutdown(), Ok(()));
        assert_eq!(pieces(&file(&disk)), [(0, 0)]);
    }
}

#[test]
fn a_log_that_is_shut_down_without_room_says_so() {
    for fsync in MODES {
        let (disk, log, room) = full_log(fsync);
        assert_eq!(log.shutdown().unwrap_err().to_string(), "No space left on device");
        assert_eq!(log.admit(), Err(Failure::SHUT));
        room.make();
        let steps = disk.steps();
        assert_eq!(log.sync(), Err(Failure::SHUT));
        assert_eq!((disk.steps(), file(&disk)), (steps, OPENING.into()));
    }
}

#[test]
fn what_is_in_the_file_gets_to_disk_without_room_for_more() {
    for fsync in [Fsync::EverySecond, Fsync::Never] {
        let disk = Simulated::default();
        let log = log_on(&disk, fsync, WIDE);
        let first = append(&log, 0, 0);
        log.settle(first).unwrap();
        wait_until("it is in the file", || pieces(&file(&disk)).len() == 1);
        let _room = Room::none_on(&disk);
        let second = append(&log, 0, 1);
        let _ = log.settle(second);
        let failure = is_refused(&log);
        assert_eq!(log.settle(first), Ok(()));
        if fsync == Fsync::Never {
            assert_eq!(log.wait_until_durable(first.0), Ok(()));
        }
        wait_until("it is on disk", || log.turn.lock().durable == first.0);
        assert_eq!(log.wait_until_durable(second.0), Err(failure));
        let crash = disk.crashed(disk.steps(), Loss::All);
        assert_eq!(pieces(&file(&crash)), [(0, 0)]);
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn threads_and_tasks_that_wait_are_told() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    let gate = Gate::on(&disk, is_a_write);
    gate.shut();
    thread::scope(|scope| {
        let first = scope.spawn(|| commit(&log, 0, 0));
        gate.wait_for_somebody();
        let second = scope.spawn(|| commit(&log, 1, 0));
        let (flag, mut ticket) = (Arc::new(Flag(AtomicBool::new(false))), Ticket::default());
        let waker = Waker::from(Arc::clone(&flag));
        let position = append(&log, 2, 0);
        assert!(log.poll_settled(position, &mut ticket, &waker).is_pending());
        // The two of them, and the thread that waits for tasks.
        wait_until("all wait", || log.turn.lock().waiting() == 3);
        // The first one is past this.
        let _room = Room::none_on(&disk);
        gate.open();
        first.join().unwrap().unwrap();
        let failure = second.join().unwrap().unwrap_err();
        assert_eq!(failure.to_string(), "No space left on device");
        wait_until("the task is woken", || flag.0.load(Ordering::SeqCst));
        let outcome = log.poll_settled(position, &mut ticket, &waker);
        assert_eq!(outcome, Poll::Ready(Err(failure)));
    });
}

#[test]
fn another_file_makes_up_for_what_finds_no_room() {
    for fsync in MODES {
        let (disk, log, _room) = full_log(fsync);
        let mut rotation = log.rotate(disk.create("next").unwrap(), OPENING.as_bytes()).unwrap();
        assert!(rotation.has_failed());
        let last = append(&log, 0, 1);
        assert_eq!(rotation.cut(), last);
        append(&log, 0, 2);
        rotation.switch(|_| Ok(())).unwrap();
        assert_eq!(log.admit(), Ok(()));
        log.settle(last).unwrap();
        commit(&log, 0, 3).unwrap();
        log.sync().unwrap();
        assert_eq!(file(&disk), OPENING.as_bytes());
        assert_eq!(pieces(&disk.file("next").unwrap()), [(0, 2), (0, 3)]);
    }
}

#[test]
fn a_next_file_without_room_knows_what_came_before_it() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    commit(&log, 0, 0).unwrap();
    let upto = log.end().0;
    log.rotate(disk.create("next").unwrap(), b"").unwrap().switch(|_| Ok(())).unwrap();
    disk.hook(
        |_, action| if is_a_write(action) { Verdict::Fail(ENOSPC) } else { Verdict::Succeed },
    );
    commit(&log, 0, 1).unwrap_err();
    let turn = log.turn.lock();
    assert_eq!((turn.written, turn.durable), (upto, upto));
}

#[test]
fn a_rotation_that_is_given_up_without_room_loses_nothing() {
    for fsync in MODES {
        let (disk, log, room) = full_log(fsync);
        let mut rotation = log.rotate(disk.create("next").unwrap(), b"").unwrap();
        append(&log, 0, 1);
        rotation.cut();
        append(&log, 0, 2);
        drop(rotation);
        is_refused(&log);
        room.make();
        log.sync().unwrap();
        assert_eq!(pieces(&file(&disk)), [(0, 0), (0, 1), (0, 2)]);
    }
}

#[test]
fn a_rotation_that_finds_no_room_for_the_end_of_the_old_file_is_given_up() {
    for fsync in MODES {
        let disk = Simulated::default();
        let log = log_on(&disk, fsync, WIDE);
        let rotation = log.rotate(disk.create("next").unwrap(), b"").unwrap();
        append(&log, 0, 0);
        let room = Room::none_on(&disk);
        let outcome = rotation.switch(|_| panic!("nothing is published"));
        assert_eq!(outcome.unwrap_err().raw_os_error(), Some(ENOSPC));
        is_refused(&log);
        room.make();
        wait_until("more is taken", || log.admit().is_ok());
        log.sync().unwrap();
        assert_eq!(pieces(&file(&disk)), [(0, 0)]);
        assert!(disk.file("next").unwrap().is_empty());
    }
}
