//! What a crash leaves of a disk is opened, and compared with what there was after each commit.

use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::difference::{difference, of_the_disk};
use super::run::{Kept, Plan, Run, run};
use super::{Contents, alive, contents, open};
use crate::log::DOUBT;
use crate::log::simulated::{Action, Draw, Loss, Simulated, Step};
use crate::{Fsync, Store};

/// A crash of a run, and which of its states may be found after that.
struct Crash<'r> {
    run: &'r Run,
    moment: usize,
    loss: Loss,
    allowed: Range<usize>,
}

impl Crash<'_> {
    fn check(&self, found: &Contents) {
        let states = &self.run.states;
        // What has expired may still be there, as nobody waits until it is not: it expires again.
        let is_found = |&at: &usize| states[at].contents == alive(found, states[at].now);
        if self.allowed.clone().any(|at| is_found(&at)) {
            return;
        }
        let differences =
            self.allowed.clone().map(|at| (at, difference(found, &states[at].contents)));
        let (nearest, difference) =
            differences.min_by_key(|(_, lines)| lines.len()).expect("one is allowed");
        let others: Vec<_> = (0..states.len()).filter(is_found).collect();
        let what = format!(
            "opened, it is what there was as of states {others:?}; of {:?}, one of which was to be found, {nearest} is the nearest",
            self.allowed
        );
        self.panic(&what, &difference);
    }

    /// What was opened before is the same when it is opened again, or what was written since is there.
    fn check_again(&self, when: &str, found: &Contents, expected: &Contents) {
        if found != expected {
            self.panic(when, &difference(found, expected));
        }
    }

    fn reopen(&self, image: &Simulated, fsync: Fsync) -> (Store, Contents) {
        let store =
            open(image, fsync).unwrap_or_else(|trouble| self.panic(&format!("{trouble:?}"), &[]));
        let found = contents(&store);
        (store, found)
    }

    fn panic(&self, what: &str, difference: &[String]) -> ! {
        panic!("{what}:\n{}\n{self}", difference.join("\n"));
    }
}

/// The disk's steps before the crash that are told of.
const STEPS: usize = 16;

impl fmt::Display for Crash<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, moment, loss, allowed } = self;
        writeln!(f, "{}", run.told())?;
        writeln!(f, "The last steps of the disk:")?;
        let history = run.disk.history();
        for (at, step) in
            history.iter().enumerate().take(*moment).skip(moment.saturating_sub(STEPS))
        {
            writeln!(f, "{:5} {}", at + 1, of_the_disk(step))?;
        }
        let kept =
            run.kept.iter().filter(|kept| kept.state == allowed.start && kept.steps <= *moment);
        writeln!(
            f,
            "The first state that is allowed, {}, was {:?}",
            allowed.start,
            kept.collect::<Vec<_>>()
        )?;
        write!(f, "{loss:?} after {moment} steps: {}", run.what)
    }
}

impl Run {
    /// What is to be found after a crash: no less than what was kept, and nothing that had not begun.
    fn crash(&self, moment: usize, loss: Loss) -> Crash<'_> {
        let is_kept = |kept: &&Kept| {
            let holds = matches!(loss, Loss::Nothing) || !kept.by_the_system;
            holds && kept.steps <= moment
        };
        let first = self.kept.iter().filter(is_kept).map(|kept| kept.state).max().unwrap_or(0);
        let begun = self.states.iter().take_while(|state| state.begun < moment).count();
        Crash { run: self, moment, loss, allowed: first..begun.max(first + 1) }
    }

    /// Whether a sync of the log has failed, and that is not noted in the directory yet: who opens it cannot know, and the README
    /// says so.
    fn has_unnoted_failure(&self, moment: usize) -> bool {
        let history = &self.disk.history()[..moment];
        let is_failure = |step: &Step| match step.action {
            Action::Sync => step.failed && step.name.ends_with(".incr.aof"),
            Action::SyncNames => step.failed,
            _ => false,
        };
        let is_note = |step: &Step| step.name == DOUBT && matches!(step.action, Action::Create);
        let failure = history.iter().rposition(is_failure);
        failure.is_some_and(|at| !history[at..].iter().any(is_note))
    }

    /// Opens what this crash leaves, again and again.
    pub(super) fn look_at(&self, moment: usize, loss: Loss, draw: &mut Draw) {
        let is_killed = matches!(loss, Loss::Nothing);
        if is_killed && self.has_unnoted_failure(moment) {
            return;
        }
        let image = if is_killed {
            // What it finds is not on disk yet, and is to be by the time when something is written behind it.
            self.disk.killed(moment)
        } else {
            self.disk.crashed(moment, loss)
        };
        let crash = self.crash(moment, loss);
        let fsync = [Fsync::Always, Fsync::EverySecond, Fsync::Never][draw.below(3)];
        let (store, found) = crash.reopen(&image, fsync);
        crash.check(&found);
        drop(store);
        if draw.below(4) == 0 && !is_killed {
            // The power goes once more, before that was over.
            let moments = image.moments();
            let moment = moments[draw.below(moments.len())];
            let again = image.crashed(moment, Loss::Random(draw.next()));
            let (_, again) = crash.reopen(&again, fsync);
            crash.check_again("interrupted and opened again", &again, &found);
        }
        let (store, again) = crash.reopen(&image, Fsync::Always);
        crash.check_again("opened again", &again, &found);
        write(&store, draw);
        let written = contents(&store);
        let image = image.crashed(image.steps(), Loss::All);
        drop(store);
        let (_, found) = crash.reopen(&image, fsync);
        crash.check_again("written to and opened again", &found, &written);
    }

    /// Opens this many of all images that a crash may leave, and says how many that were.
    pub(super) fn look_at_images(&self, images: usize, draw: &mut Draw) -> usize {
        let moments = self.disk.moments();
        for number in 0..images {
            let moment = moments[draw.below(moments.len())];
            let loss = match number % 5 {
                0 => Loss::Nothing,
                1 => Loss::All,
                _ => Loss::Random(draw.next()),
            };
            self.look_at(moment, loss, draw);
        }
        images
    }
}

/// A few commands, each of which is kept when it returns, and sometimes a rewriting among them.
fn write(store: &Store, draw: &mut Draw) {
    store.rpush("a", "written").expect("the disk is well");
    if draw.below(4) == 0 {
        store.rewrite_log().expect("the disk is well");
        store.lpop("a").expect("the disk is well");
    }
    if draw.below(2) == 0 {
        store.rename("a", "b").ok();
    }
}

/// Of a run in CI nobody sees more than the last lines.
#[test]
fn a_failure_is_told_in_few_lines_with_all_that_was_done() {
    let plan = Plan { seed: 17_957_513_651_583, fsync: Fsync::Never, steps: 40, fault: None };
    let run = run(Simulated::default(), &Contents::new(), plan);
    let crash = run.crash(run.disk.steps(), Loss::Nothing);
    let found = Contents::from([(b"a".to_vec(), vec![vec![b'-'; 5000]; 1000])]);
    let panic =
        catch_unwind(AssertUnwindSafe(|| crash.check(&found))).expect_err("nobody pushed it");
    let told = panic.downcast::<String>().expect("a message");
    let has = |part: &str| told.lines().any(|line| line.contains(part));
    assert!(has("a: 1000 elements instead of "), "{told}");
    assert!(run.told().lines().count() > 20 && told.contains(&run.told()), "{told}");
    assert!(has("bytes written at ") && has("seed: 17957513651583"), "{told}");
    assert!(told.lines().count() < 90 && told.len() < 8000, "{told}");
}
