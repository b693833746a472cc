//! The protocol of turns under loom, which runs each scenario in every order of its threads' steps.
//!
//! Loom reports a thread that nobody wakes as a deadlock. Each commit of a scenario looks, when it has returned, whether the disk has
//! what it was promised. `.ci/loom` runs the scenarios and prints how many orders each has.

use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use loom::thread::JoinHandle;

use super::batch::Part;
use super::buffer::{Bounds, Position};
use super::options::Fsync;
use super::storage::File;
use super::tail::Tail;
use super::turn::Ticket;
use super::writer::Log;
use crate::error::LogFailure as Failure;
use crate::sync::{Parker, Unparker};

/// As in the scenarios of waiting.
const PREEMPTIONS: usize = 3;

/// Where the threads in the background are in it, too.
const FEWER: usize = 2;

const WIDE: Bounds = Bounds { bytes: 1 << 30, time: Duration::from_secs(1 << 30) };

/// A file in memory, which keeps what was synced apart. Its locks are ordinary ones: no thread stops while it has one.
#[derive(Clone, Default)]
struct Ledger(Arc<Pages>);

#[derive(Default)]
struct Pages {
    bytes: Mutex<Vec<u8>>,
    synced: AtomicUsize,
    fails: AtomicBool,
    /// How many writes find no room from now on.
    full: AtomicUsize,
    /// Told of each write and each sync.
    reader: Mutex<Option<Unparker>>,
}

impl Ledger {
    fn has_written(&self, piece: &str) -> bool {
        contains(&self.0.bytes.lock().unwrap(), piece)
    }

    fn has_synced(&self, piece: &str) -> bool {
        let bytes = self.0.bytes.lock().unwrap();
        contains(&bytes[..self.0.synced.load(Ordering::SeqCst)], piece)
    }

    /// Tells this thread of each write and each sync.
    fn tell(&self) -> Parker {
        let parker = Parker::new();
        *self.0.reader.lock().unwrap() = Some(parker.unparker().clone());
        parker
    }

    fn has_changed(&self) {
        let reader = self.0.reader.lock().unwrap().clone();
        reader.iter().for_each(Unparker::unpark);
    }
}

fn contains(bytes: &[u8], piece: &str) -> bool {
    bytes.windows(piece.len()).any(|window| window == piece.as_bytes())
}

impl File for Ledger {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.bytes.lock().unwrap().len() as u64)
    }

    fn read_at(&self, _offset: u64, _buffer: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }

    fn write_at(&self, _offset: u64, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let more = self.0.full.load(Ordering::SeqCst);
        if more > 0 {
            self.0.full.store(more - 1, Ordering::SeqCst);
            return Err(io::ErrorKind::StorageFull.into());
        }
        let mut bytes = self.0.bytes.lock().unwrap();
        let before = bytes.len();
        parts.iter().for_each(|part| bytes.extend_from_slice(part));
        let written = bytes.len() - before;
        drop(bytes);
        self.has_changed();
        Ok(written)
    }

    fn set_len(&self, _len: u64) -> io::Result<()> {
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let len = self.0.bytes.lock().unwrap().len();
        // Others go on meanwhile.
        loom::thread::yield_now();
        if self.0.fails.load(Ordering::SeqCst) {
            return Err(io::Error::other("broken"));
        }
        self.0.synced.fetch_max(len, Ordering::SeqCst);
        self.has_changed();
        Ok(())
    }
}

struct Scene {
    log: Log,
    disk: Ledger,
}

impl Scene {
    fn new(fsync: Fsync, bounds: Bounds) -> Arc<Self> {
        let disk = Ledger::default();
        let tail = Tail::new(Box::new(disk.clone()), 0);
        Arc::new(Self { log: Log::with(tail, fsync, bounds, None), disk })
    }

    fn spawn(self: &Arc<Self>, act: impl FnOnce(&Self) + 'static) -> JoinHandle<()> {
        let scene = Arc::clone(self);
        loom::thread::spawn(move || act(&scene))
    }

    fn append(&self, piece: &str) -> Position {
        self.log.append([Part::Short(piece.as_bytes())])
    }

    /// A commit, which finds what it was promised.
    fn commit(&self, piece: &str) {
        self.log.admit().unwrap();
        self.log.settle(self.append(piece)).unwrap();
        assert!(self.disk.has_synced(piece), "{piece} is not on disk");
    }

    /// A commit of a task, by this thread.
    fn commit_as_a_task(&self, piece: &str) -> Result<(), Failure> {
        let (position, mut ticket) = (self.append(piece), Ticket::default());
        let parker = Parker::new();
        let waker = Waker::from(Arc::new(parker.unparker().clone()));
        loop {
            match self.log.poll_settled(position, &mut ticket, &waker) {
                Poll::Ready(outcome) => return outcome,
                Poll::Pending => parker.park(),
            }
        }
    }
}

fn join(threads: impl IntoIterator<Item = JoinHandle<()>>) {
    for thread in threads {
        thread.join().unwrap();
    }
}

fn in_bounded_orders(scenario: impl Fn() + Send + Sync + 'static) {
    in_orders_with(PREEMPTIONS, scenario);
}

fn in_orders_with(preemptions: usize, scenario: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    let bound = *builder.preemption_bound.get_or_insert(preemptions);
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        scenario();
    });
    println!("orders with at most {bound} preemptions: {}", runs.load(Ordering::Relaxed));
}

#[test]
fn who_commits_returns_and_finds_it_on_disk() {
    in_bounded_orders(|| {
        let scene = Scene::new(Fsync::Always, WIDE);
        let others = ["<a>", "<b>"].map(|piece| scene.spawn(move |scene| scene.commit(piece)));
        scene.commit("<c>");
        join(others);
    });
}

#[test]
fn those_who_commit_while_a_sync_fails_return_and_nobody_is_promised_anything() {
    in_bounded_orders(|| {
        let scene = Scene::new(Fsync::Always, WIDE);
        scene.disk.0.fails.store(true, Ordering::SeqCst);
        let settles = |scene: &Scene, piece| {
            let position = scene.append(piece);
            assert!(scene.log.settle(position).is_err());
        };
        let others = ["<a>", "<b>"].map(|piece| scene.spawn(move |scene| settles(scene, piece)));
        settles(&scene, "<c>");
        join(others);
    });
}

#[test]
fn a_task_is_woken_when_it_is_on_disk_beside_a_thread_that_commits() {
    in_bounded_orders(|| {
        let scene = Scene::new(Fsync::Always, WIDE);
        let syncer = scene.spawn(|scene| scene.log.run_syncer());
        let other = scene.spawn(|scene| scene.commit("<a>"));
        scene.commit_as_a_task("<b>").unwrap();
        assert!(scene.disk.has_synced("<b>"));
        join([other]);
        scene.log.shutdown().unwrap();
        join([syncer]);
    });
}

#[test]
fn what_is_settled_reaches_the_system_and_a_barrier_the_disk() {
    in_bounded_orders(|| {
        let scene = Scene::new(Fsync::Never, WIDE);
        let parker = scene.disk.tell();
        let flusher = scene.spawn(|scene| scene.log.run_flusher());
        let other = scene.spawn(|scene| scene.log.settle(scene.append("<a>")).unwrap());
        scene.log.settle(scene.append("<b>")).unwrap();
        while !(scene.disk.has_written("<a>") && scene.disk.has_written("<b>")) {
            parker.park();
        }
        scene.log.sync().unwrap();
        assert!(scene.disk.has_synced("<a>") && scene.disk.has_synced("<b>"));
        join([other]);
        scene.log.shutdown().unwrap();
        join([flusher]);
    });
}

#[test]
fn writers_at_the_bound_go_on() {
    in_bounded_orders(|| {
        let scene = Scene::new(Fsync::Always, Bounds { bytes: 3, ..WIDE });
        let others = ["<aa>", "<bb>"].map(|piece| scene.spawn(move |scene| scene.commit(piece)));
        join(others);
        scene.commit("<c>");
    });
}

#[test]
fn a_file_is_exchanged_while_others_commit() {
    in_bounded_orders(|| {
        let scene = Scene::new(Fsync::Always, WIDE);
        let next = Ledger::default();
        let commits = |scene: &Scene, piece: &str, next: &Ledger| {
            scene.log.settle(scene.append(piece)).unwrap();
            assert!(scene.disk.has_synced(piece) != next.has_synced(piece), "{piece}");
        };
        let other = scene.spawn({
            let next = next.clone();
            move |scene| commits(scene, "<a>", &next)
        });
        let rotating = scene.spawn({
            let next = next.clone();
            move |scene| {
                let rotation = scene.log.rotate(Box::new(next), b"").unwrap();
                rotation.switch(|_| Ok(())).unwrap();
            }
        });
        commits(&scene, "<b>", &next);
        join([other, rotating]);
    });
}

/// The threads in the background, and one that commits: what finds no room gets to disk nevertheless, also if nobody comes back.
fn finds_no_room_once(fsync: Fsync, commit: impl Fn(&Scene) + Send + Sync + 'static) {
    in_orders_with(FEWER, move || {
        let scene = Scene::new(fsync, WIDE);
        let parker = scene.disk.tell();
        scene.disk.0.full.store(1, Ordering::SeqCst);
        let flusher = scene.spawn(|scene| scene.log.run_flusher());
        let syncer = scene.spawn(|scene| scene.log.run_syncer());
        commit(&scene);
        while !scene.disk.has_synced("<a>") {
            parker.park();
        }
        scene.log.shutdown().unwrap();
        join([flusher, syncer]);
    });
}

#[test]
fn what_finds_no_room_gets_to_disk_later() {
    finds_no_room_once(Fsync::Always, |scene| {
        // It may be there before this thread has heard that there was no room.
        let outcome = scene.log.settle(scene.append("<a>"));
        assert!(outcome.is_err() || scene.disk.has_synced("<a>"));
    });
}

#[test]
fn what_nobody_waits_for_and_finds_no_room_gets_to_disk_later() {
    finds_no_room_once(Fsync::Always, |scene| scene.log.settle_later(scene.append("<a>")));
}

#[test]
fn a_barrier_on_a_disk_without_room_returns_and_what_it_was_for_is_written_later() {
    in_bounded_orders(|| {
        let scene = Scene::new(Fsync::Never, WIDE);
        scene.disk.0.full.store(1, Ordering::SeqCst);
        let flusher = scene.spawn(|scene| scene.log.run_flusher());
        let other = scene.spawn(|scene| {
            let _ = scene.log.settle(scene.append("<a>"));
        });
        // Who finds the disk full is one of the two, and the next attempt has room.
        let _ = scene.log.sync();
        join([other]);
        scene.log.sync().or_else(|_| scene.log.sync()).unwrap();
        assert!(scene.disk.has_synced("<a>"));
        scene.log.shutdown().unwrap();
        join([flusher]);
    });
}
