//! A file that is made longer than what is written to it.

use std::io::IoSlice;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::support::{Gate, NAME, OPENING, WIDE, append, commit, file, pieces, wait_until};
use crate::error::LogFailure as Failure;
use crate::log::batch::Part;
use crate::log::checksum;
use crate::log::options::Fsync;
use crate::log::record::{self, Decoder, END, Found};
use crate::log::room::PAGE;
use crate::log::simulated::{Action, EIO, ENOSPC, Simulated, Step, Verdict};
use crate::log::storage::Directory;
use crate::log::tail::Tail;
use crate::log::writer::Log;

const GROWTH: u64 = 1000;

fn growing_log_on(disk: &Simulated, fsync: Fsync) -> Log {
    let file = disk.create(NAME).unwrap();
    let tail = Tail::begin(file, OPENING.as_bytes()).unwrap();
    Log::with(tail.growing_by(GROWTH), fsync, WIDE, None)
}

/// How often the file was made longer, or that was tried.
fn lengths(disk: &Simulated) -> usize {
    let ends = |step: &&Step| matches!(&step.action, Action::Write { bytes, .. } if bytes == END);
    disk.history().iter().filter(ends).count()
}

/// What was written to a file, and of how many zeros the room behind it is.
fn split(mut bytes: Vec<u8>) -> (Vec<u8>, usize) {
    let begin = b"*2\r\n$4\r\nECHO\r\n$";
    let Some(at) = bytes.windows(begin.len()).rposition(|part| part == begin) else {
        return (bytes, 0);
    };
    let record = &bytes[at + begin.len()..];
    let header = record.windows(2).position(|part| part == b"\r\n").unwrap();
    let zeros: usize = str::from_utf8(&record[..header]).unwrap().parse().unwrap();
    if record[header + 2..] != [&vec![0; zeros], &b"\r\n"[..]].concat() {
        return (bytes, 0);
    }
    bytes.truncate(at);
    (bytes, zeros)
}

#[test]
fn several_pieces_go_into_one_length_and_the_file_ends_with_the_last_when_the_log_is_shut_down() {
    let disk = Simulated::default();
    let log = growing_log_on(&disk, Fsync::Always);
    let before = file(&disk).len();
    commit(&log, 0, 0).unwrap();
    let (written, room) = split(file(&disk));
    assert_eq!(room, 1000);
    let a_piece = written.len() - before;
    for number in 1..=5 {
        commit(&log, 0, number).unwrap();
    }
    assert_eq!(lengths(&disk), 1, "a piece has {a_piece} bytes");
    for number in 6..40 {
        commit(&log, 0, number).unwrap();
    }
    let (written, room) = split(file(&disk));
    assert!(room > 0);
    let grown = lengths(&disk);
    assert!((2..=written.len() / 1000 + 1).contains(&grown), "{grown} for {}", written.len());
    assert_eq!(log.size.total(), written.len() as u64);

    log.shutdown().unwrap();
    assert_eq!(file(&disk), written);
    assert_eq!(pieces(&written), (0..40).map(|number| (0, number)).collect::<Vec<_>>());
    assert_eq!(log.shutdown(), Ok(()), "once more");
}

#[test]
fn the_length_is_on_disk_when_the_log_was_shut_down() {
    let disk = Simulated::default();
    let log = growing_log_on(&disk, Fsync::Never);
    commit(&log, 0, 0).unwrap();
    log.shutdown().unwrap();
    let history = disk.history();
    let changes = history.iter().filter(|step| step.action.changes());
    let last: Vec<_> = changes.map(|step| &step.action).rev().take(2).collect();
    assert!(matches!(last[..], [Action::Sync, Action::SetLen { .. }]), "{last:?}");
}

/// What nobody waits for may be appended until then.
#[test]
fn nothing_is_written_behind_the_end_of_a_log_that_is_being_shut_down() {
    let disk = Simulated::default();
    let log = growing_log_on(&disk, Fsync::Always);
    commit(&log, 0, 0).unwrap();
    let gate = Gate::on(&disk, |action| matches!(action, Action::SetLen { .. }));
    gate.shut();
    thread::scope(|scope| {
        let shut = scope.spawn(|| log.shutdown());
        gate.wait_for_somebody();
        log.settle_later(append(&log, 0, 1));
        gate.open();
        shut.join().unwrap().unwrap();
    });
    let (written, room) = split(file(&disk));
    assert_eq!((pieces(&written), room), (vec![(0, 0)], 0));
}

#[test]
fn the_file_of_somebody_else_is_not_cut_off() {
    let disk = Simulated::default();
    let log = growing_log_on(&disk, Fsync::Always);
    commit(&log, 0, 0).unwrap();
    let other = disk.open(NAME).unwrap();
    other.write_at(other.len().unwrap(), &[IoSlice::new(b"SELECT")]).unwrap();
    let theirs = file(&disk);
    assert_eq!(log.shutdown(), Err(Failure::FOREIGN));
    assert_eq!(file(&disk), theirs);
}

/// The one that goes on has as much room.
#[test]
fn a_file_that_is_left_ends_with_its_last_piece() {
    let disk = Simulated::default();
    let log = growing_log_on(&disk, Fsync::Always);
    commit(&log, 0, 0).unwrap();
    let rotation = log.rotate(disk.create("next").unwrap(), OPENING.as_bytes()).unwrap();
    let len = rotation.switch(|_| Ok(())).unwrap();
    assert_eq!(file(&disk).len() as u64, len);
    assert_eq!(split(file(&disk)).1, 0);
    commit(&log, 0, 1).unwrap();
    assert!(split(disk.file("next").unwrap()).1 >= 1000);
}

#[test]
fn a_file_that_cannot_be_made_longer_is_written_to_as_it_is() {
    let disk = Simulated::default();
    let log = growing_log_on(&disk, Fsync::Always);
    disk.hook(|_, action| match action {
        Action::Write { bytes, .. } if bytes == END => Verdict::Fail(EIO),
        _ => Verdict::Succeed,
    });
    for number in 0..3 {
        commit(&log, 0, number).unwrap();
    }
    assert_eq!(lengths(&disk), 3, "it was tried each time");
    let (written, room) = split(file(&disk));
    assert_eq!((pieces(&written).len(), room), (3, 0));
}

/// It has the beginning of a record at its end then.
#[test]
fn a_file_that_cannot_be_cut_off_either_ends_the_log() {
    let disk = Simulated::default();
    let log = growing_log_on(&disk, Fsync::Always);
    disk.hook(|_, action| match action {
        Action::Write { bytes, .. } if bytes == END => Verdict::Fail(EIO),
        Action::SetLen { .. } => Verdict::Fail(EIO),
        _ => Verdict::Succeed,
    });
    commit(&log, 0, 0).unwrap_err();
    disk.unhook();
    let left = file(&disk);
    commit(&log, 0, 1).unwrap_err();
    drop(log);
    assert_eq!(file(&disk), left);
}

#[test]
fn a_disk_that_was_full_goes_on_where_it_was() {
    let disk = Simulated::default();
    let log = growing_log_on(&disk, Fsync::Always);
    commit(&log, 0, 0).unwrap();
    let (before, _) = split(file(&disk));
    let space = Arc::<AtomicBool>::default();
    let is_there = Arc::clone(&space);
    disk.hook(move |_, action| match action {
        Action::Write { .. } if is_there.load(Ordering::SeqCst) => Verdict::Succeed,
        Action::Write { bytes, .. } if bytes.starts_with(b"<") => Verdict::Short(3),
        Action::Write { .. } => Verdict::Fail(ENOSPC),
        _ => Verdict::Succeed,
    });
    commit(&log, 0, 1).unwrap_err();
    wait_until("the file is as it was", || split(file(&disk)).0 == before);
    space.store(true, Ordering::SeqCst);
    wait_until("more is taken", || log.admit().is_ok());
    commit(&log, 0, 2).unwrap();
    let (written, room) = split(file(&disk));
    assert_eq!(pieces(&written), [(0, 0), (0, 1), (0, 2)]);
    assert!(room > 0);
}

#[test]
fn somebody_else_who_writes_behind_the_room_is_found_out() {
    let disk = Simulated::default();
    let log = growing_log_on(&disk, Fsync::Always);
    commit(&log, 0, 0).unwrap();
    let other = disk.open(NAME).unwrap();
    other.write_at(other.len().unwrap(), &[IoSlice::new(b"SELECT")]).unwrap();
    let theirs = file(&disk);
    assert_eq!(commit(&log, 0, 1), Err(Failure::FOREIGN));
    drop(log);
    assert_eq!(file(&disk), theirs);
}

/// The elements that the records of a file push, and what they end with.
fn read(disk: &Simulated) -> (Vec<Vec<u8>>, Found) {
    let file = disk.open(NAME).unwrap();
    let mut records = Decoder::new(&*file, 0..file.len().unwrap());
    let mut pushed = Vec::new();
    loop {
        match records.next().unwrap() {
            Found::Record => records.words(|words| {
                if let [b"RPUSH", _, element] = words {
                    pushed.push(element.to_vec());
                }
            }),
            found => return (pushed, found),
        }
    }
}

/// The disk as it is before this step, and amid it, if it is a write of several pages.
fn killed_at(disk: &Simulated, step: usize) -> Vec<Simulated> {
    let mut images = vec![disk.killed(step)];
    if let Action::Write { offset, bytes } = &disk.history()[step].action {
        let boundaries = (1..bytes.len()).filter(|&at| (*offset + at as u64).is_multiple_of(PAGE));
        images.extend(boundaries.map(|at| {
            let image = disk.killed(step);
            let file = image.open(NAME).unwrap();
            file.write_at(*offset, &[IoSlice::new(&bytes[..at])]).unwrap();
            image
        }));
    }
    images
}

/// What a kill leaves at any moment is what was written, and more of it than was acknowledged, for a server, too: it leaves out a
/// last record that is not whole, and looks at no checksum.
fn every_kill_leaves_records(growth: u64, of_lengths: impl Iterator<Item = usize>) {
    let disk = Simulated::default();
    let tail = Tail::begin(disk.create(NAME).unwrap(), &checksum::opening()).unwrap();
    let log = Log::with(tail.growing_by(growth), Fsync::Always, WIDE, None);
    let begun = disk.steps();
    let (mut pushed, mut acknowledged) = (Vec::new(), Vec::new());
    for len in of_lengths {
        pushed.push(vec![b'x'; len]);
        let mut bytes = Vec::new();
        record::encode(&[b"RPUSH", b"k", &pushed[pushed.len() - 1]], &mut bytes);
        log.settle(log.append([Part::Short(&bytes)])).unwrap();
        acknowledged.push(disk.steps());
        let (_, room) = split(file(&disk));
        assert!((1..=growth).contains(&(room as u64)), "{room} of {growth}");
        assert_eq!(read(&disk), (pushed.clone(), Found::End));
    }
    for step in begun..disk.steps() {
        let least = acknowledged.iter().filter(|&&steps| steps <= step).count();
        for image in killed_at(&disk, step) {
            let (found, end) = read(&image);
            assert!(matches!(end, Found::End | Found::Torn), "{end:?} at {step}, with {growth}");
            assert!(pushed.starts_with(&found), "at {step}, with {growth}");
            assert!(found.len() >= least, "at {step}, with {growth}");
        }
    }
}

#[test]
fn a_kill_leaves_what_a_server_loads_however_much_room_there_is() {
    for growth in 1..150 {
        every_kill_leaves_records(growth, 0..20);
    }
}

#[test]
fn a_kill_amid_a_write_leaves_what_a_server_loads() {
    for growth in [1, 100, 3009, 20_000, 100_000] {
        every_kill_leaves_records(growth, (0..25).map(|number| number * number * 15));
        every_kill_leaves_records(growth, (0..15).map(|_| 3000));
        // The beginning of the room is before, on and behind the boundary of a page.
        every_kill_leaves_records(growth, (3950..4010).map(|len| len - 100 * (len % 2)));
    }
}
