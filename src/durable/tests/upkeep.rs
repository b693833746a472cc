//! What is done to the log of a program: it is synced and rewritten, and its disk hangs.

use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;

use super::run::{Driver, InFlight, Pending, Plan, Sleeper, is_refused, text};
use super::steps::look;
use super::traffic::rewrites_beside;
use super::{Contents, contents, open, wait_until};
use crate::log::simulated::{Action, Simulated, Verdict};
use crate::{Error, Fsync, Reply};

impl Driver {
    pub(super) fn hang(&mut self) {
        self.tell("the disk hangs");
        self.traffic.hang();
        self.hangs_since = Some(self.last());
        self.run.counts.hanging += 1;
    }

    pub(super) fn go_on(&mut self) {
        if let Some(since) = self.hangs_since {
            let is_early = |sleeper: &Sleeper| {
                let served = sleeper.served.as_ref().is_some_and(|(_, state)| *state > since);
                served && sleeper.thread.is_finished()
            };
            let always = self.plan.fsync == Fsync::Always;
            if always && !self.is_lenient() && self.sleepers.iter().any(is_early) {
                self.panic("a thread returned while the disk hung");
            }
            self.tell("the disk goes on");
            self.hangs_since = None;
            self.traffic.go_on();
        }
        for InFlight { pending, expected, state } in std::mem::take(&mut self.in_flight) {
            let reply = match pending {
                Pending::Command(job) => text(self.end_of(job)),
                Pending::Wait(mut waiter) => self.end_of(waiter.reply()),
                Pending::Sync(sync) => {
                    let synced = self.end_of(sync);
                    if synced.is_ok() {
                        self.keep(state, false);
                    }
                    text(synced)
                }
            };
            self.acknowledge(&reply, &expected, state);
        }
    }

    pub(super) fn sync(&mut self) {
        let state = self.last();
        self.tell("sync");
        let mut sync = self.store.sync_async();
        if self.hangs_since.is_some() {
            match look(&mut sync) {
                Poll::Ready(synced) if synced.is_ok() => self.keep(state, false),
                Poll::Ready(_) => {}
                Poll::Pending => {
                    let (pending, expected) = (Pending::Sync(sync), text(Ok::<_, Error>(())));
                    self.in_flight.push(InFlight { pending, expected, state });
                }
            }
            return;
        }
        let synced = if self.commands.once_in(2) { self.store.sync() } else { self.end_of(sync) };
        match synced {
            Ok(()) => self.keep(state, false),
            Err(error) if self.is_lenient() && is_refused(&text(&error)) => {
                self.run.counts.unknown += 1;
            }
            Err(error) => self.panic(&format!("not synced: {error}")),
        }
    }

    /// Waits until the system has everything: a kill loses none of it.
    pub(super) fn be_handed_over(&mut self) {
        if self.plan.fsync == Fsync::Always || self.plan.fault.is_some() {
            return;
        }
        self.join_rewriter();
        let mark = self.push_mark();
        let state = self.last();
        wait_until("the system has it", || self.has_reached_the_system(&mark));
        self.keep(state, true);
    }

    /// Pushes what was pushed by nobody, in the program before on this disk either: what is found of that in a file says
    /// nothing of what comes now.
    fn push_mark(&mut self) -> String {
        let mark = self.commands.mark();
        assert!(!self.has_reached_the_system(&mark), "{mark} is on the disk before it is pushed");
        self.say(vec![format!("RPUSH a {mark}")]);
        mark
    }

    fn has_reached_the_system(&self, mark: &str) -> bool {
        let is_there = |bytes: &Vec<u8>| memchr::memmem::find(bytes, mark.as_bytes()).is_some();
        self.run.disk.contents().values().any(is_there)
    }

    pub(super) fn rewrite(&mut self) {
        self.join_rewriter();
        if self.commands.once_in(2) {
            self.traffic.heal();
        }
        self.tell("rewrite");
        let had_failed = self.is_lenient();
        let state = self.last();
        match self.store.rewrite_log() {
            Ok(()) => {
                self.keep(state, false);
                self.run.counts.rewritten += 1;
                self.run.counts.healed += usize::from(had_failed);
            }
            Err(error) if !self.is_lenient() => self.panic(&format!("not rewritten: {error}")),
            Err(_) => {}
        }
    }

    pub(super) fn rewrite_beside(&mut self) {
        if self.rewriter.is_some() {
            return self.join_rewriter_where_it_can();
        }
        self.tell("a thread begins to rewrite");
        self.traffic.set_free(false);
        let store = self.store.clone();
        let thread = thread::spawn(move || {
            rewrites_beside();
            store.rewrite_log().is_ok()
        });
        self.rewriter = Some((thread, self.last()));
    }

    pub(super) fn join_rewriter_where_it_can(&mut self) {
        if self.hangs_since.is_none() {
            self.join_rewriter();
        }
    }

    pub(super) fn join_rewriter(&mut self) {
        let Some((thread, state)) = self.rewriter.take() else { return };
        self.tell("the thread has rewritten");
        self.traffic.set_free(true);
        if thread.join().expect("it does not panic") {
            self.keep(state, false);
            self.run.counts.rewritten += 1;
        } else if !self.is_lenient() {
            self.panic("it was not rewritten");
        }
    }
}

/// On the disk is what the program before has pushed, of which nothing may be taken for what this one pushes.
#[test]
fn nothing_counts_as_handed_over_before_it_is_written() {
    let disk = Simulated::default();
    let plan = Plan { seed: 1, fsync: Fsync::Never, steps: 0, fault: None };
    let mut before = Contents::new();
    for seed in [1, 2] {
        let mut driver = Driver::begin(disk.clone(), &before, Plan { seed, ..plan });
        let gate = Arc::new(Mutex::new(()));
        let (held, writes) = (gate.lock(), Arc::clone(&gate));
        disk.hook(move |_, action| {
            if let Action::Write { .. } = action {
                drop(writes.lock());
            }
            Verdict::Succeed
        });
        let mark = driver.push_mark();
        assert!(!driver.has_reached_the_system(&mark), "{mark} is not written yet");
        drop(held);
        wait_until("it is written", || driver.has_reached_the_system(&mark));
        before = contents(&driver.store);
        driver.finish();
    }
    assert_eq!(before["a".as_bytes()].len(), 2);
}

#[test]
fn waitaof_waits_for_the_disk_until_its_timeout() {
    let disk = Simulated::default();
    let store = open(&disk, Fsync::Never).expect("a new log");
    let gate = Arc::new(Mutex::new(()));
    let (held, syncs) = (gate.lock(), Arc::clone(&gate));
    disk.hook(move |_, action| {
        if let Action::Sync = action {
            drop(syncs.lock());
        }
        Verdict::Succeed
    });
    store.rpush("k", "a").expect("a disk");
    let wait = |milliseconds: &str| store.connect().execute(["WAITAOF", "1", "0", milliseconds]);
    let synced = |count| Reply::Array(vec![Reply::Integer(count), Reply::Integer(0)]);
    assert_eq!(wait("5"), synced(0), "the disk hangs");
    drop(held);
    assert_eq!(wait("3600000"), synced(1));
    assert_eq!(wait("0"), synced(1));
}
