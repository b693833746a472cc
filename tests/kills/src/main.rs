//! The process that is killed: it opens the store of a directory and writes, by several threads, until something ends it.
//!
//! `redeque-kills DIRECTORY MODE STEPS END`: for each lane STEPS says how many steps there were before, with commas between. END is
//! how it ends by itself: `never`; `panic`, `exit` or `abort`, with `:` and the milliseconds until then; or `failure`, when a command
//! was refused, or `heal`, which rewrites the log then.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use redeque::{Fsync, LogOptions, Store};
use redeque_kills::lanes::{LANES, Outcome};
use redeque_kills::report::{Event, Pipe, Step, now};

/// How often a lane tries to go on once it was refused.
const REFUSALS: u64 = 3;

struct Process {
    store: Store,
    pipe: Pipe,
    clock: AtomicU64,
    is_over: AtomicBool,
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [directory, mode, steps, end] = &arguments[..] else {
        panic!("a directory, a mode, numbers of steps and an end")
    };
    let fsync = match &**mode {
        "always" => Fsync::Always,
        "second" => Fsync::EverySecond,
        "never" => Fsync::Never,
        _ => panic!("{mode} is no mode"),
    };
    // A rewriting in the background would heal a log that is to fail.
    let percent = if matches!(&**end, "failure" | "heal") { 0 } else { 100 };
    // Some leave room behind what they wrote.
    let growth = u64::from(std::process::id() % 2) << 20;
    let options = LogOptions::new()
        .fsync(fsync)
        .growth_bytes(growth)
        .rewrite_percentage(percent)
        .rewrite_min_bytes(256 * 1024);
    let store = Store::builder().log(directory, options).open().expect("the store opens");
    let process = Process {
        store,
        pipe: Pipe::new(),
        clock: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
    };
    process.pipe.tell(Event::Ready);
    process.run(steps, end, Path::new(directory));
    if end == "heal" {
        // What fails once may be hit again by who tries first.
        (0..5).any(|_| process.rewrite_once());
    }
    process.pipe.tell(Event::Ends { at: now() });
}

impl Process {
    fn run(&self, steps: &str, end: &str, directory: &Path) {
        thread::scope(|scope| {
            scope.spawn(|| self.beat(&directory.with_extension("beat")));
            if !matches!(end, "failure" | "heal") {
                scope.spawn(|| self.rewrite());
            }
            let lanes: Vec<_> = steps
                .split(',')
                .map(|steps| steps.parse().expect("a number of steps"))
                .enumerate()
                .map(|(lane, step)| scope.spawn(move || self.run_lane(lane, step)))
                .collect();
            self.end(end);
            let mut lanes = lanes.into_iter();
            // Nobody feeds those who wait, once the others were refused.
            lanes.by_ref().take(4).for_each(|lane| lane.join().expect("no lane panics"));
            if end == "failure" {
                self.store.close();
            }
            lanes.for_each(|lane| lane.join().expect("no lane panics"));
            self.is_over.store(true, Ordering::Relaxed);
        });
    }

    /// What ends the process by itself, if anything does.
    fn end(&self, end: &str) {
        let Some((end, millis)) = end.split_once(':') else { return };
        thread::sleep(Duration::from_millis(millis.parse().expect("milliseconds")));
        if end == "panic" {
            // The threads end before the panic goes on.
            self.is_over.store(true, Ordering::Relaxed);
            self.store.close();
            panic!("as it was told");
        }
        self.pipe.tell(Event::Ends { at: now() });
        if end == "exit" { process::exit(3) } else { process::abort() }
    }

    fn run_lane(&self, lane: usize, mut step: u64) {
        let mut refusals = 0;
        while refusals < REFUSALS && !self.is_over.load(Ordering::Relaxed) {
            let begun = self.clock.fetch_add(1, Ordering::SeqCst);
            let outcome = LANES[lane].run(&self.store, step);
            let ended = self.clock.fetch_add(1, Ordering::SeqCst);
            let told = Step { lane, step, begun, ended, at: now() };
            self.pipe.tell(match outcome {
                Outcome::Done => Event::Done(told),
                Outcome::Unknown => Event::Unknown(told),
                Outcome::Refused => Event::Refused(told),
            });
            step += u64::from(outcome != Outcome::Refused);
            refusals += u64::from(outcome != Outcome::Done);
        }
    }

    /// Tells each time that it has slept for a millisecond and appended to a file beside the log.
    fn beat(&self, path: &Path) {
        let mut file = File::create(path).expect("a file");
        while !self.is_over.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(1));
            file.write_all(&[b'.'; 64]).expect("room");
            self.pipe.tell(Event::Beat { at: now() });
        }
    }

    fn rewrite(&self) {
        let mut pause = 1;
        while !self.is_over.load(Ordering::Relaxed) {
            pause = pause * 5 % 47;
            thread::sleep(Duration::from_millis(pause));
            self.rewrite_once();
        }
    }

    fn rewrite_once(&self) -> bool {
        let outcome = self.store.rewrite_log();
        self.pipe.tell(if outcome.is_ok() { Event::Rewritten } else { Event::NotRewritten });
        outcome.is_ok()
    }
}
