//! Going on in another file.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::support::{
    Gate, NAME, OPENING, WIDE, append, by_thread, commit, is_a_sync, is_a_write, log_on, pieces,
    wait_until,
};
use crate::error::LogFailure as Failure;
use crate::log::options::Fsync;
use crate::log::simulated::{Action, EIO, Loss, Simulated, Verdict};
use crate::log::storage::Directory;
use crate::sync::Parker;

const MODES: [Fsync; 3] = [Fsync::Always, Fsync::EverySecond, Fsync::Never];

fn pieces_of(disk: &Simulated, name: &str) -> Vec<(usize, usize)> {
    pieces(&disk.file(name).unwrap())
}

#[test]
fn what_was_appended_before_the_cut_is_in_the_old_file_and_the_rest_in_the_next() {
    for fsync in MODES {
        let disk = Simulated::default();
        let log = log_on(&disk, fsync, WIDE);
        commit(&log, 0, 0).unwrap();
        let before = append(&log, 0, 1);
        let mut rotation = log.rotate(disk.create("next").unwrap(), OPENING.as_bytes()).unwrap();
        assert!(!rotation.has_failed());
        let last = append(&log, 0, 2);
        assert_eq!(rotation.cut(), last);
        let after = append(&log, 0, 3);
        let len = rotation.switch(|len| {
            assert_eq!(len, disk.file(NAME).unwrap().len() as u64);
            let crash = disk.crashed(disk.steps(), Loss::All);
            assert_eq!(pieces_of(&crash, NAME).len(), 3, "the old file is on disk to its end");
            assert_eq!(pieces_of(&disk, "next"), []);
            Ok(())
        });
        assert_eq!(len.unwrap(), disk.file(NAME).unwrap().len() as u64);
        for position in [before, last, after] {
            log.settle(position).unwrap();
        }
        log.sync().unwrap();
        assert_eq!(pieces_of(&disk, NAME), [(0, 0), (0, 1), (0, 2)]);
        assert_eq!(pieces_of(&disk, "next"), [(0, 3)]);
        assert!(disk.file("next").unwrap().starts_with(OPENING.as_bytes()));
    }
}

#[test]
fn files_that_are_exchanged_under_load_have_everything_once_and_in_order() {
    const THREADS: usize = 4;
    const COMMITS: usize = 300;
    for fsync in MODES {
        let disk = Simulated::default();
        let log = log_on(&disk, fsync, WIDE);
        let mut names = vec![NAME.to_owned()];
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let log = &log;
                scope.spawn(move || {
                    (0..COMMITS).for_each(|number| commit(log, thread, number).unwrap());
                });
            }
            for number in 0..20 {
                let name = format!("next {number}");
                let next = disk.create(&name).unwrap();
                log.rotate(next, OPENING.as_bytes()).unwrap().switch(|_| Ok(())).unwrap();
                names.push(name);
            }
        });
        log.sync().unwrap();
        let all: Vec<_> = names.iter().flat_map(|name| pieces_of(&disk, name)).collect();
        let threads = by_thread(&all);
        assert_eq!(threads.len(), THREADS);
        assert!(
            threads.values().all(|numbers| numbers.iter().copied().eq(0..COMMITS)),
            "{fsync:?}"
        );
    }
}

/// It was acknowledged, so a kill must not find it here still, however long the exchange takes.
#[test]
fn what_came_before_an_exchange_is_handed_over_when_it_begins() {
    for fsync in [Fsync::EverySecond, Fsync::Never] {
        let disk = Simulated::default();
        let log = log_on(&disk, fsync, WIDE);
        append(&log, 0, 0);
        // With each sync something comes, and so with the last one before others are kept from returning.
        let came = Arc::new(AtomicUsize::new(1));
        disk.hook({
            let (writer, came) = (Arc::clone(&log), Arc::clone(&came));
            move |_, action| {
                if is_a_sync(action) {
                    append(&writer, 0, came.fetch_add(1, Ordering::SeqCst));
                }
                Verdict::Succeed
            }
        });
        let rotation = log.rotate(disk.create("next").unwrap(), OPENING.as_bytes()).unwrap();
        disk.unhook();
        let came = came.load(Ordering::SeqCst);
        assert!(came > 1);
        assert_eq!(pieces_of(&disk, NAME).len(), came, "{fsync:?}");
        rotation.switch(|_| Ok(())).unwrap();
        assert_eq!(pieces_of(&disk, NAME).len(), came, "{fsync:?}");
    }
}

#[test]
fn nothing_is_promised_while_a_file_is_exchanged() {
    for fsync in MODES {
        let disk = Simulated::default();
        let log = log_on(&disk, fsync, WIDE);
        let mut rotation = log.rotate(disk.create("next").unwrap(), b"").unwrap();
        rotation.cut();
        let settled = AtomicBool::new(false);
        thread::scope(|scope| {
            let position = append(&log, 0, 0);
            let (log, settled) = (&log, &settled);
            scope.spawn(move || {
                log.settle(position).unwrap();
                settled.store(true, Ordering::SeqCst);
            });
            wait_until("somebody waits", || {
                let turn = log.turn.lock();
                turn.waiting() + turn.held() == 1
            });
            assert!(!settled.load(Ordering::SeqCst));
            assert_eq!(log.admit(), Ok(()), "others may begin");
            rotation.switch(|_| Ok(())).unwrap();
        });
        log.sync().unwrap();
        assert_eq!(pieces_of(&disk, "next"), [(0, 0)]);
    }
}

#[test]
fn a_rotation_that_is_given_up_changes_nothing() {
    for fsync in MODES {
        let disk = Simulated::default();
        let log = log_on(&disk, fsync, WIDE);
        let mut rotation = log.rotate(disk.create("next").unwrap(), b"").unwrap();
        append(&log, 0, 0);
        rotation.cut();
        append(&log, 0, 1);
        drop(rotation);
        commit(&log, 0, 2).unwrap();
        log.sync().unwrap();
        assert_eq!(pieces_of(&disk, NAME), [(0, 0), (0, 1), (0, 2)]);
        assert_eq!(pieces_of(&disk, "next"), []);
    }
}

#[test]
fn a_next_file_that_cannot_be_written_changes_nothing() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    let next = disk.create("next").unwrap();
    disk.hook(|name, _| if name == "next" { Verdict::Fail(EIO) } else { Verdict::Succeed });
    assert_eq!(log.rotate(next, OPENING.as_bytes()).err().unwrap().raw_os_error(), Some(EIO));
    commit(&log, 0, 0).unwrap();
    assert_eq!(pieces_of(&disk, NAME), [(0, 0)]);
}

#[test]
fn a_log_has_failed_if_its_old_file_cannot_be_ended_or_the_next_not_be_published() {
    for number in 0..3 {
        let disk = Simulated::default();
        let log = log_on(&disk, Fsync::Always, WIDE);
        let rotation = log.rotate(disk.create("next").unwrap(), b"").unwrap();
        let position = append(&log, 0, 0);
        let concerns = [is_a_write, is_a_sync, |_: &Action| false][number];
        disk.hook(
            move |_, action| if concerns(action) { Verdict::Fail(EIO) } else { Verdict::Succeed },
        );
        let outcome = rotation.switch(|_| {
            assert_eq!(number, 2, "nothing is published unless the old file is on disk");
            Err(io::Error::from_raw_os_error(EIO))
        });
        let error = outcome.unwrap_err();
        assert_eq!(error.raw_os_error(), Some(EIO));
        let failure = Failure::from(&error);
        // What was written before it could not be published is known to be on disk nevertheless, but nobody says so.
        assert_eq!(log.settle(position), Err(failure));
        assert_eq!(log.admit(), Err(failure));
    }
}

#[test]
fn a_log_that_has_failed_goes_on_in_another_file_and_leaves_the_old_one() {
    for fsync in MODES {
        let disk = Simulated::default();
        let log = log_on(&disk, fsync, WIDE);
        disk.hook(
            |_, action| if is_a_write(action) { Verdict::Fail(EIO) } else { Verdict::Succeed },
        );
        let lost = append(&log, 0, 0);
        let failure = log.sync().unwrap_err();
        disk.unhook();
        let old = disk.file(NAME).unwrap();
        let mut rotation = log.rotate(disk.create("next").unwrap(), OPENING.as_bytes()).unwrap();
        assert!(rotation.has_failed());
        // Given back by a wait that was dropped: it is never refused.
        let back = append(&log, 0, 1);
        assert_eq!(rotation.cut(), back);
        let later = append(&log, 0, 2);
        log.settle_later(later);
        assert_eq!(log.admit(), Err(failure), "not before it is published");
        assert_eq!(log.settle(back), Err(failure));
        rotation.switch(|_| Ok(())).unwrap();
        assert_eq!(log.admit(), Ok(()));
        // What was published makes up for these.
        for position in [lost, back] {
            log.settle(position).unwrap();
        }
        wait_until("the background catches up", || pieces_of(&disk, "next").len() == 1);
        commit(&log, 0, 3).unwrap();
        log.sync().unwrap();
        assert_eq!(pieces_of(&disk, "next"), [(0, 2), (0, 3)]);
        assert_eq!(disk.file(NAME).unwrap(), old);
    }
}

#[test]
fn nobody_begins_to_write_while_a_rotation_waits_for_its_turn() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    let mut turn = log.turn.lock();
    let tail = turn.take_both().unwrap();
    turn.give_tail_back(tail);
    let (parker, mut is_mine) = (Parker::new(), false);
    assert!(turn.reserve(parker.unparker(), &mut is_mine).is_none(), "somebody syncs");
    assert!(turn.take_tail().is_none() && turn.take_both().is_none());
    turn.end_sync();
    let tail = turn.reserve(parker.unparker(), &mut is_mine).unwrap();
    turn.give_tail_back(tail);
    turn.end_sync();
    turn.end_reservation();
}

#[test]
fn a_log_that_was_shut_down_goes_on_nowhere() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    let next = disk.create("next").unwrap();
    log.shutdown().unwrap();
    assert_eq!(log.rotate(next, b"").err().unwrap().kind(), io::ErrorKind::NotConnected);
    assert_eq!(log.admit(), Err(Failure::SHUT));
}

#[test]
fn rotations_take_their_turns_also_while_others_sync_all_the_time() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    let gate = Gate::on(&disk, is_a_sync);
    gate.shut();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let (log, disk, done) = (&log, &disk, &done);
        let commits = |thread| {
            let more = (0..).take_while(|_| !done.load(Ordering::SeqCst));
            more.for_each(|number| commit(log, thread, number).unwrap());
        };
        scope.spawn(move || commits(0));
        gate.wait_for_somebody();
        (1..4).for_each(|thread| drop(scope.spawn(move || commits(thread))));
        let rotates = |name| {
            let next = disk.create(name).unwrap();
            log.rotate(next, OPENING.as_bytes()).unwrap().switch(|_| Ok(())).unwrap();
        };
        let rotations = ["a", "b"].map(|name| scope.spawn(move || rotates(name)));
        gate.open();
        for rotation in rotations {
            rotation.join().unwrap();
        }
        done.store(true, Ordering::SeqCst);
    });
    assert_eq!(log.admit(), Ok(()));
}
