//! What happens to the operations of a disk: syncs hang as long as that is wanted, one operation fails, and who rewrites the
//! log lets others go ahead.

use std::cell::Cell;
use std::ops::Deref;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::log::simulated::{Action, EIO, ENOSPC, Simulated, Verdict};

/// How an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Error(i32),
    /// A write is short, and goes on after that.
    Short(usize),
    /// A write is short, and finds no room once.
    Full(usize),
    /// There is no room from here on.
    FullForGood,
}

#[derive(Clone, Default)]
pub(super) struct Traffic(Arc<(Mutex<Signals>, Condvar)>);

#[derive(Default)]
struct Signals {
    hangs: bool,
    /// How many syncs hang now.
    hanging: usize,
    /// How many steps the program has gone, and whether it waits for the one who rewrites.
    steps: usize,
    is_free: bool,
    operations: usize,
    fault: Option<(usize, Fault)>,
    has_failed: bool,
}

thread_local! {
    static REWRITES: Cell<bool> = const { Cell::new(false) };
}

/// From here on this thread goes on only as far as the program does.
pub(super) fn rewrites_beside() {
    REWRITES.set(true);
}

impl Traffic {
    pub(super) fn on(disk: &Simulated) -> Self {
        let traffic = Self::default();
        let hook = traffic.clone();
        disk.hook(move |name, action| hook.pass(name, action));
        traffic
    }

    fn signals(&self) -> MutexGuard<'_, Signals> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Signals) -> T) -> T {
        let changed = change(&mut self.signals());
        self.0.1.notify_all();
        changed
    }

    fn pass(&self, name: &str, action: &Action) -> Verdict {
        let mut signals = self.signals();
        if REWRITES.get() {
            // From here on others may have to wait for it.
            signals.is_free |= matches!(action, Action::Create) && name.ends_with("incr.aof");
            let before = signals.steps;
            let waits = |signals: &mut Signals| !signals.is_free && signals.steps == before;
            signals = self.0.1.wait_while(signals, waits).unwrap_or_else(PoisonError::into_inner);
        }
        if matches!(action, Action::Sync | Action::SyncNames) {
            signals.hanging += 1;
            let hangs = |signals: &mut Signals| signals.hangs;
            signals = self.0.1.wait_while(signals, hangs).unwrap_or_else(PoisonError::into_inner);
            signals.hanging -= 1;
        }
        signals.verdict(action)
    }

    /// Syncs hang from here on.
    pub(super) fn hang(&self) {
        self.change(|signals| signals.hangs = true);
    }

    pub(super) fn go_on(&self) {
        self.change(|signals| signals.hangs = false);
    }

    pub(super) fn hanging(&self) -> usize {
        self.signals().hanging
    }

    /// The program has gone a step.
    pub(super) fn step(&self) {
        self.change(|signals| signals.steps += 1);
    }

    /// Who rewrites the log need not wait for the program, or has to.
    pub(super) fn set_free(&self, is_free: bool) {
        self.change(|signals| signals.is_free = is_free);
    }

    /// The operation of this number fails, counted from here.
    pub(super) fn fail(&self, at: usize, fault: Fault) {
        self.change(|signals| signals.fault = Some((signals.operations + at, fault)));
    }

    /// Nothing fails any more.
    pub(super) fn heal(&self) {
        self.change(|signals| signals.fault = None);
    }

    /// Whether something has failed until now.
    pub(super) fn has_failed(&self) -> bool {
        self.signals().has_failed
    }
}

/// The traffic of a program. When it goes, whatever it has held up goes on: a store that goes waits for its disk, also where a test
/// has failed.
pub(super) struct Held(Traffic);

impl Held {
    pub(super) fn on(disk: &Simulated) -> Self {
        Self(Traffic::on(disk))
    }
}

impl Deref for Held {
    type Target = Traffic;

    fn deref(&self) -> &Traffic {
        &self.0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.go_on();
        self.set_free(true);
    }
}

impl Signals {
    fn verdict(&mut self, action: &Action) -> Verdict {
        let now = self.operations;
        self.operations += 1;
        let Some((at, fault)) = self.fault else { return Verdict::Succeed };
        let is_a_write = matches!(action, Action::Write { .. });
        let verdict = match (fault, now.checked_sub(at)) {
            (Fault::Error(number), Some(0)) => Verdict::Fail(number),
            (Fault::Short(len) | Fault::Full(len), Some(0)) if is_a_write => Verdict::Short(len),
            (Fault::Full(_), Some(1)) if is_a_write => Verdict::Fail(ENOSPC),
            (Fault::FullForGood, Some(_)) if is_a_write || matches!(action, Action::Create) => {
                Verdict::Fail(ENOSPC)
            }
            _ => Verdict::Succeed,
        };
        self.has_failed |= !matches!(verdict, Verdict::Succeed);
        verdict
    }
}

/// One of all kinds of faults.
pub(super) fn faults() -> [Fault; 7] {
    [
        Fault::Error(EIO),
        Fault::Error(EIO),
        Fault::Error(ENOSPC),
        Fault::Short(7),
        Fault::Full(11),
        Fault::Full(0),
        Fault::FullForGood,
    ]
}
