//! A program on a store with a log, and the same step by step on one without. The one without says what there is after each
//! commit; what was acknowledged, and when, is said by the one with it.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::commands::Commands;
use super::difference::{apart, brief, difference};
use super::traffic::{Fault, Held};
use super::waits::Waiter;
use super::{Contents, contents, deadline, in_time, long_ago, open_by};
use crate::Error;
use crate::log::LogOptions;
use crate::log::simulated::Simulated;
use crate::{Fsync, ManualClock, Reply, Store};

/// What there is after a commit, and how many steps of the disk were over when it began.
pub(super) struct State {
    pub(super) contents: Contents,
    /// What time it was.
    pub(super) now: SystemTime,
    pub(super) begun: usize,
}

/// After this many steps of the disk, everything up to a state is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    pub(super) steps: usize,
    pub(super) state: usize,
    /// Only if nothing but the process is lost.
    pub(super) by_the_system: bool,
}

pub(super) struct Run {
    pub(super) what: String,
    /// What was done, each with how many steps of the disk were over and the state that there was.
    trace: Vec<String>,
    pub(super) disk: Simulated,
    pub(super) states: Vec<State>,
    pub(super) kept: Vec<Kept>,
    /// How often somebody was served, gave back, and so on: that the programs do what they are for.
    pub(super) counts: Counts,
}

impl Run {
    fn begin(disk: Simulated, before: &Contents, plan: Plan) -> Self {
        Self {
            what: format!("{plan:?}"),
            trace: Vec::new(),
            states: vec![State { contents: before.clone(), now: UNIX_EPOCH, begun: 0 }],
            kept: Vec::new(),
            disk,
            counts: Counts::default(),
        }
    }

    pub(super) fn told(&self) -> String {
        let trace = self.trace.join("\n");
        format!("What was done, by the steps of the disk and the states until then:\n{trace}")
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) served: usize,
    pub(super) given_back: usize,
    pub(super) hanging: usize,
    pub(super) rewritten: usize,
    pub(super) unknown: usize,
    pub(super) refused: usize,
    pub(super) healed: usize,
    pub(super) expired: usize,
}

impl Counts {
    pub(super) fn add(&mut self, more: Self) {
        self.served += more.served;
        self.given_back += more.given_back;
        self.hanging += more.hanging;
        self.rewritten += more.rewritten;
        self.unknown += more.unknown;
        self.refused += more.refused;
        self.healed += more.healed;
        self.expired += more.expired;
    }
}

/// What a program is like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) fsync: Fsync,
    pub(super) steps: usize,
    /// The operation of this number fails, counted from when the store is open.
    pub(super) fault: Option<(usize, Fault)>,
}

impl Plan {
    /// Every second program's file ends with what was written.
    fn options(&self) -> LogOptions {
        LogOptions::new().fsync(self.fsync).growth_bytes(self.seed % 2 * 2000)
    }
}

pub(super) type Job = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// Something that was done and not yet acknowledged, and what it is to reply.
pub(super) enum Pending {
    Command(Job),
    Wait(Waiter),
    /// All up to its state is on disk, whatever is promised.
    Sync(crate::durable::SyncLog),
}

pub(super) struct InFlight {
    pub(super) pending: Pending,
    pub(super) expected: String,
    pub(super) state: usize,
}

/// A future that waits here, and its like on the store without a log.
pub(super) struct Pair {
    pub(super) ours: Waiter,
    pub(super) plain: Waiter,
    /// The commit that ended the wait.
    pub(super) served: Option<usize>,
}

/// A thread that waits here, and a future on the store without a log.
pub(super) struct Sleeper {
    pub(super) thread: JoinHandle<(String, usize)>,
    pub(super) plain: Option<Waiter>,
    pub(super) served: Option<(String, usize)>,
}

pub(super) struct Driver {
    pub(super) plan: Plan,
    pub(super) commands: Commands,
    /// Goes before the store does.
    pub(super) traffic: Held,
    pub(super) store: Store,
    pub(super) plain: Store,
    /// By which keys expire in both.
    pub(super) clock: ManualClock,
    pub(super) run: Run,
    pub(super) pairs: Vec<Pair>,
    pub(super) sleepers: Vec<Sleeper>,
    pub(super) in_flight: Vec<InFlight>,
    /// The state when the disk began to hang.
    pub(super) hangs_since: Option<usize>,
    pub(super) rewriter: Option<(JoinHandle<bool>, usize)>,
}

/// Runs a program on what a disk holds, which is this.
pub(super) fn run(disk: Simulated, before: &Contents, plan: Plan) -> Run {
    let mut driver = Driver::begin(disk, before, plan);
    for _ in 0..plan.steps {
        driver.step();
        driver.traffic.step();
    }
    driver.finish()
}

pub(super) fn text(reply: impl Debug) -> String {
    format!("{reply:?}")
}

/// A command that changed nothing, as the log has failed.
pub(super) fn is_refused(reply: &str) -> bool {
    reply.contains("MISCONF") || reply.contains("LogFailed")
}

pub(super) fn is_unknown(reply: &str) -> bool {
    reply.contains("UNKNOWN the log") || reply.contains("OutcomeUnknown")
}

impl Driver {
    /// Opens a store on what a disk holds, which is this.
    pub(super) fn begin(disk: Simulated, before: &Contents, plan: Plan) -> Self {
        let traffic = Held::on(&disk);
        let clock = long_ago();
        let store = open_by(&clock, &disk, &plan.options())
            .unwrap_or_else(|trouble| panic!("{plan:?}: {trouble:?}"));
        let model = Store::builder().shards(3).clock(&clock).build().expect("a legal number");
        for (key, list) in before {
            let deadline = deadline(list).map(Duration::from_millis);
            let elements = &list[..list.len() - usize::from(deadline.is_some())];
            model.rpush_all(key, elements).expect("a store without a log");
            if let Some(after) = deadline {
                model.expireat(key, UNIX_EPOCH + after).expect("a store without a log");
            }
        }
        let mut driver = Self {
            plan,
            commands: Commands::new(plan.seed),
            traffic,
            store,
            plain: model,
            clock,
            run: Run::begin(disk, before, plan),
            pairs: Vec::new(),
            sleepers: Vec::new(),
            in_flight: Vec::new(),
            hangs_since: None,
            rewriter: None,
        };
        driver.keep(0, false);
        driver.check();
        if let Some((at, fault)) = plan.fault {
            driver.traffic.fail(at, fault);
        }
        driver
    }

    pub(super) fn is_lenient(&self) -> bool {
        self.traffic.has_failed()
    }

    pub(super) fn panic(&self, what: &str) -> ! {
        panic!("{what}\n{}\n{}", self.run.told(), self.run.what);
    }

    /// What becomes of a future, which nothing keeps waiting.
    pub(super) fn end_of<T>(&self, future: impl Future<Output = T> + Unpin) -> T {
        in_time(future).unwrap_or_else(|| self.panic("it waits for good"))
    }

    /// Whether everything up to a state is on disk, and somebody was told so.
    pub(super) fn is_on_disk(&self, state: usize) -> bool {
        self.run.kept.iter().any(|kept| !kept.by_the_system && kept.state >= state)
    }

    /// Notes what is done, for who reads of a failure.
    pub(super) fn tell(&mut self, what: &str) {
        let (steps, state) = (self.run.disk.steps(), self.last());
        self.run.trace.push(format!("{steps:5} {state:5} {}", brief(what)));
    }

    pub(super) fn last(&self) -> usize {
        self.run.states.len() - 1
    }

    pub(super) fn keep(&mut self, state: usize, by_the_system: bool) {
        let steps = self.run.disk.steps();
        self.run.kept.push(Kept { steps, state, by_the_system });
    }

    /// A command has returned that stands for what was done up to a state, unless nobody knows. A barrier changes nothing, so it
    /// is refused instead.
    pub(super) fn acknowledge(&mut self, reply: &str, expected: &str, state: usize) {
        let is_barrier = expected == text(Ok::<_, Error>(()));
        if self.is_lenient() && (is_unknown(reply) || is_barrier && is_refused(reply)) {
            self.run.counts.unknown += 1;
            return;
        }
        if reply != expected {
            let [reply, expected] = apart(reply, expected);
            self.panic(&format!("it replied {reply} instead of {expected}"));
        }
        if self.plan.fsync == Fsync::Always {
            self.keep(state, false);
        }
    }

    /// Notes what there is after a commit, and who was served. False if it has changed nothing, or nobody can tell.
    pub(super) fn note(&mut self, begun: usize) -> bool {
        let contents = contents(&self.plain);
        let has_changed = self.run.states[self.last()].contents != contents;
        self.run.states.push(State { contents, now: self.clock.now(), begun });
        let last = self.last();
        for pair in &mut self.pairs {
            if pair.served.is_none() && pair.plain.has_ended() {
                pair.served = Some(last);
                self.run.counts.served += 1;
            }
        }
        for sleeper in &mut self.sleepers {
            if let Some(waiter) = &mut sleeper.plain
                && waiter.has_ended()
                && let Poll::Ready(reply) = waiter.poll()
            {
                (sleeper.plain, sleeper.served) = (None, Some((reply, last)));
                self.run.counts.served += 1;
            }
        }
        has_changed
    }

    /// Both stores hold the same, and the same were served.
    pub(super) fn check(&self) {
        let (ours, plain) = (contents(&self.store), contents(&self.plain));
        if ours != plain {
            self.panic(&difference(&ours, &plain).join("\n"));
        }
        for pair in &self.pairs {
            if pair.ours.has_ended() != pair.plain.has_ended() {
                self.panic(&format!("{} was served", pair.ours.has_ended()));
            }
        }
    }

    /// Those of the commands that were not refused, and whether that is all of them.
    pub(super) fn carried_out(
        &mut self,
        lines: Vec<String>,
        refused: &[bool],
    ) -> (Vec<String>, bool) {
        if !refused.contains(&true) {
            return (lines, true);
        }
        if !self.is_lenient() {
            self.panic("it was refused and nothing has failed");
        }
        self.run.counts.refused += 1;
        let lines = lines.into_iter().zip(refused).filter(|(_, refused)| !**refused);
        (lines.map(|(line, _)| line).collect(), false)
    }

    /// Where the disk hangs, nothing returns that has to wait for it.
    pub(super) fn must_not_be_early(&self, state: usize, has_changed: bool) {
        let Some(since) = self.hangs_since else { return };
        if self.plan.fsync == Fsync::Always && state > since && has_changed && !self.is_lenient() {
            self.panic("it returned while the disk hung");
        }
    }

    pub(super) fn finish(mut self) -> Run {
        self.traffic.set_free(true);
        self.go_on();
        self.join_rewriter();
        while !self.pairs.is_empty() {
            if self.commands.once_in(2) {
                self.drop_one();
            } else {
                self.time_out();
            }
            self.check();
        }
        self.pairs.clear();
        self.store.close();
        self.plain.close();
        for Sleeper { thread, plain, served } in std::mem::take(&mut self.sleepers) {
            let (reply, steps) = thread.join().expect("it does not panic");
            let (expected, state) = served.unwrap_or_else(|| {
                let closed = plain.map_or(Poll::Pending, |mut waiter| waiter.poll());
                let Poll::Ready(expected) = closed else {
                    self.panic("it waits in a closed store")
                };
                (expected, 0)
            });
            let is_unknown = is_unknown(&reply) && self.is_lenient();
            if !is_unknown && reply != expected {
                let [reply, expected] = apart(&reply, &expected);
                self.panic(&format!("a thread got {reply} instead of {expected}"));
            }
            if !is_unknown && self.plan.fsync == Fsync::Always {
                self.run.kept.push(Kept { steps, state, by_the_system: false });
            }
        }
        if self.commands.once_in(2) {
            match self.store.shutdown() {
                Ok(()) => self.keep(self.last(), false),
                Err(error) if !self.is_lenient() => self.panic(&format!("not shut down: {error}")),
                Err(_) => {}
            }
        }
        let Self { run, store, traffic, .. } = self;
        drop(store);
        traffic.heal();
        run.disk.unhook();
        run
    }
}
