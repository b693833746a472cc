//! A log on a simulated disk, with pieces that can be told apart in its file.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::error::LogFailure as Failure;
use crate::log::batch::{LONG, Part};
use crate::log::buffer::{Bounds, Position};
use crate::log::options::Fsync;
use crate::log::simulated::{Action, Simulated, Verdict};
use crate::log::storage::Directory;
use crate::log::tail::Tail;
use crate::log::writer::{Log, Writer};

/// A test that waits for something fails after this.
const DEADLINE: Duration = Duration::from_secs(30);

pub(super) const NAME: &str = "incr";
pub(super) const OPENING: &str = "opening;";

pub(super) const WIDE: Bounds = Bounds { bytes: 1 << 30, time: Duration::from_secs(1 << 30) };

/// A log in a new file of this disk.
pub(super) fn log_on(disk: &Simulated, fsync: Fsync, bounds: Bounds) -> Log {
    let file = disk.create(NAME).unwrap();
    disk.sync().unwrap();
    Log::with(Tail::begin(file, OPENING.as_bytes()).unwrap(), fsync, bounds, None)
}

/// How many bytes a piece has besides its numbers.
fn filling(number: usize) -> usize {
    if number % 50 == 49 { 5000 } else { number % 40 }
}

/// What one commit appends: of which thread it is and its number there, in several parts, some of them long.
pub(super) fn append(log: &Writer, thread: usize, number: usize) -> Position {
    let begin = format!("<{thread} {number} ");
    let inside = "x".repeat(filling(number));
    let inside = if inside.len() >= LONG {
        Part::Long(inside.into())
    } else {
        Part::Short(inside.as_bytes())
    };
    log.append([Part::Short(begin.as_bytes()), inside, Part::Short(b">")])
}

/// A whole commit, when it has been promised.
pub(super) fn commit(log: &Writer, thread: usize, number: usize) -> Result<(), Failure> {
    log.admit()?;
    log.settle(append(log, thread, number))
}

/// The pieces of a file that are whole, by thread and number, as far as there is nothing else.
pub(super) fn pieces(file: &[u8]) -> Vec<(usize, usize)> {
    let text = String::from_utf8_lossy(file);
    let mut rest = text.strip_prefix(OPENING).unwrap_or(&text);
    let mut pieces = Vec::new();
    loop {
        if let Some(record) = rest.strip_prefix("*2\r\n$4\r\nECHO\r\n$") {
            let Some((_, behind)) = record.split_once("\r\n") else { return pieces };
            let Some((_, behind)) = behind.split_once("\r\n") else { return pieces };
            rest = behind;
            continue;
        }
        let Some((piece, behind)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'))
        else {
            return pieces;
        };
        let mut words = piece.split(' ');
        let mut number = || words.next().and_then(|word| word.parse::<usize>().ok());
        let (Some(thread), Some(number)) = (number(), number()) else { return pieces };
        if words.next() != Some("x".repeat(filling(number)).as_str()) {
            return pieces;
        }
        pieces.push((thread, number));
        rest = behind;
    }
}

pub(super) fn file(disk: &Simulated) -> Vec<u8> {
    disk.file(NAME).unwrap()
}

/// Each thread's numbers in their order.
pub(super) fn by_thread(pieces: &[(usize, usize)]) -> BTreeMap<usize, Vec<usize>> {
    let mut threads = BTreeMap::<_, Vec<_>>::new();
    for &(thread, number) in pieces {
        threads.entry(thread).or_default().push(number);
    }
    threads
}

pub(super) fn syncs(disk: &Simulated) -> usize {
    disk.history().iter().filter(|step| matches!(step.action, Action::Sync)).count()
}

/// Looks again and again until it is so.
pub(super) fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < deadline, "it never happened that {what}");
        std::thread::yield_now();
    }
}

/// Where operations of a disk wait until they are let through.
#[derive(Clone, Default)]
pub(super) struct Gate(Arc<(Mutex<Door>, Condvar)>);

#[derive(Default)]
struct Door {
    is_shut: bool,
    waiting: usize,
}

impl Gate {
    /// A disk on which operations like these wait at the gate while it is shut.
    pub(super) fn on(disk: &Simulated, concerns: fn(&Action) -> bool) -> Self {
        let gate = Self::default();
        let door = gate.clone();
        disk.hook(move |_, action| {
            if concerns(action) {
                door.pass();
            }
            Verdict::Succeed
        });
        gate
    }

    fn pass(&self) {
        let (door, changed) = &*self.0;
        let mut open = door.lock().unwrap();
        open.waiting += 1;
        open = changed.wait_while(open, |door| door.is_shut).unwrap();
        open.waiting -= 1;
    }

    pub(super) fn shut(&self) {
        self.0.0.lock().unwrap().is_shut = true;
    }

    pub(super) fn open(&self) {
        self.0.0.lock().unwrap().is_shut = false;
        self.0.1.notify_all();
    }

    pub(super) fn wait_for_somebody(&self) {
        wait_until("somebody is at the gate", || self.0.0.lock().unwrap().waiting > 0);
    }
}

pub(super) fn is_a_write(action: &Action) -> bool {
    matches!(action, Action::Write { .. })
}

pub(super) fn is_a_sync(action: &Action) -> bool {
    matches!(action, Action::Sync)
}
