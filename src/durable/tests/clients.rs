//! Several threads at once, whose order nobody knows but the log: each commit says there whose it is.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

use super::commands::Commands;
use super::difference::difference;
use super::{Contents, contents, long_ago, open};
use crate::log::simulated::{Action, Draw, Loss, Simulated};
use crate::{Fsync, Store};

const THREADS: usize = 3;
const COMMITS: usize = 12;

/// Where each commit says whose it is, and what a thread waits for.
const MARKS: &[u8] = b"marks";
const JOBS: &[u8] = b"jobs";

/// What one commit does: the commands of a transaction, the last of which marks it.
type Commit = Vec<String>;

struct Run {
    seed: u64,
    disk: Simulated,
    /// By their marks.
    commits: BTreeMap<String, Commit>,
    /// After how many steps of the disk the commits with these marks, and what was taken of the jobs, were acknowledged.
    kept: Vec<(String, usize)>,
    taken: Vec<(String, usize)>,
}

/// What a thread does. Each commit brings a job, some of them two.
fn program(thread: usize, seed: u64) -> Vec<(String, Commit)> {
    let mut commands = Commands::new(seed);
    let nothing = Store::new();
    let commit = |number: usize| {
        let mark = format!("{thread}:{number}");
        let mut lines = commands.lines(&nothing);
        // Elements are told apart by who pushes them.
        for line in &mut lines {
            *line = line.replace(" e", &format!(" e{mark}:"));
        }
        lines.push(format!("RPUSH jobs job:{mark}"));
        lines.push(format!("RPUSH marks {mark}"));
        (mark, lines)
    };
    (0..COMMITS).map(commit).collect()
}

fn say(store: &Store, lines: &[String]) {
    let mut connection = store.connect();
    connection.execute(["MULTI"]);
    for line in lines {
        connection.execute(line.split(' '));
    }
    connection.execute(["EXEC"]);
}

fn without_flushing(program: Vec<(String, Commit)>) -> Vec<(String, Commit)> {
    let keep = |line: &String| line != "FLUSHALL";
    program
        .into_iter()
        .map(|(mark, lines)| (mark, lines.into_iter().filter(keep).collect()))
        .collect()
}

fn run(seed: u64) -> Run {
    let disk = Simulated::default();
    let store = open(&disk, Fsync::Always).unwrap();
    let programs: Vec<_> = (0..THREADS)
        .map(|thread| without_flushing(program(thread, seed * 10 + thread as u64)))
        .collect();
    let (kept, taken) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for as_task in [false, true] {
            let (store, disk, taken) = (&store, &disk, &taken);
            scope.spawn(move || consume(store, disk, as_task, taken));
        }
        let mut writers: Vec<_> = programs
            .iter()
            .map(|program| {
                let (store, disk, kept) = (&store, &disk, &kept);
                scope.spawn(move || {
                    for (mark, lines) in program {
                        say(store, lines);
                        kept.lock().unwrap().push((mark.clone(), disk.steps()));
                    }
                })
            })
            .collect();
        writers.push(scope.spawn(|| (0..3).for_each(|_| store.rewrite_log().unwrap())));
        for thread in writers {
            thread.join().unwrap();
        }
        // Those who wait for more are told that none will come.
        store.close();
    });
    store.sync().unwrap();
    drop(store);
    let commits = programs.into_iter().flatten().collect();
    Run {
        seed,
        disk,
        commits,
        kept: kept.into_inner().unwrap(),
        taken: taken.into_inner().unwrap(),
    }
}

/// Takes jobs, by a thread or by futures, until the store is closed.
fn consume(store: &Store, disk: &Simulated, as_task: bool, taken: &Mutex<Vec<(String, usize)>>) {
    loop {
        let popped = if as_task {
            futures_lite::future::block_on(store.blpop_async([JOBS]))
        } else {
            store.blpop([JOBS], None).map(|popped| popped.expect("there is no timeout"))
        };
        let Ok((_, job)) = popped else { return };
        taken.lock().unwrap().push((String::from_utf8(job).unwrap(), disk.steps()));
    }
}

/// All that was ever written to increments, in the order of the log.
fn written(disk: &Simulated) -> Vec<u8> {
    let mut files = BTreeMap::<(usize, String), Vec<u8>>::new();
    for step in disk.history().into_iter().filter(|step| step.name.ends_with("incr.aof")) {
        if let Action::Write { offset, bytes } = step.action {
            let file = files.entry((step.name.len(), step.name)).or_default();
            let begin = usize::try_from(offset).unwrap();
            let end = begin + bytes.len();
            // What is not written yet is room's, and nothing else is overwritten.
            file.resize(end.max(file.len()), 0);
            assert!(is_of_room(&file[begin..end]), "{:?}", file[begin..end].escape_ascii());
            file[begin..end].copy_from_slice(&bytes);
        }
    }
    files.into_values().flatten().collect()
}

/// Whether bytes of a file are zeros, or the beginning of room, or its end.
fn is_of_room(bytes: &[u8]) -> bool {
    let rest = bytes.strip_prefix(b"*2\r\n$4\r\nECHO\r\n$").unwrap_or(bytes);
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest[digits..].iter().all(|byte| b"\0\r\n".contains(byte))
}

/// The marks of all commits, in the order of the log. Each is in a transaction of its own there, as a server is to read it.
fn order(disk: &Simulated) -> Vec<String> {
    let written = String::from_utf8(written(disk)).unwrap();
    let marks = |text: &str| {
        let behind = text.split("\r\n$5\r\nmarks\r\n$").skip(1);
        let mark = |rest: &str| rest.split("\r\n").nth(1).expect("a mark").to_owned();
        behind.map(mark).collect::<Vec<_>>()
    };
    let mut transactions = written.split("*1\r\n$5\r\nMULTI\r\n");
    assert_eq!(transactions.next().map(marks), Some(Vec::new()), "before the first transaction");
    let mark_of = |transaction: &str| {
        let (inside, behind) = transaction.split_once("*1\r\n$4\r\nEXEC\r\n").expect("it ends");
        assert_eq!((marks(inside).len(), marks(behind).len()), (1, 0), "{transaction}");
        marks(inside).remove(0)
    };
    transactions.map(mark_of).collect()
}

fn take_jobs(mut contents: Contents) -> (Contents, Vec<String>) {
    let jobs = contents.remove(JOBS).unwrap_or_default();
    (contents, jobs.into_iter().map(|job| String::from_utf8(job).unwrap()).collect())
}

/// What there is after each commit, but for the jobs.
fn states(run: &Run, order: &[String]) -> Vec<Contents> {
    let store = Store::builder().clock(long_ago()).build().expect("a legal number");
    let mut states = vec![Contents::new()];
    for mark in order {
        say(&store, &run.commits[mark]);
        states.push(take_jobs(contents(&store)).0);
    }
    states
}

impl Run {
    fn look_at(&self, order: &[String], states: &[Contents], moment: usize, loss: Loss) {
        let what = format!("{loss:?} after {moment} steps of {}", self.seed);
        let image = self.disk.crashed(moment, loss);
        let store =
            open(&image, Fsync::Always).unwrap_or_else(|trouble| panic!("{trouble:?}: {what}"));
        let (found, jobs) = take_jobs(contents(&store));
        let count = found.get(MARKS).map_or(0, Vec::len);
        let others = difference(&found, &states[count]).join("\n");
        assert!(found == states[count], "of state {count}, {what}:\n{others}");
        let kept = self.kept.iter().filter(|(_, steps)| *steps <= moment);
        for (mark, _) in kept {
            assert!(order[..count].contains(mark), "{mark} was acknowledged: {what}");
        }
        let taken = self.taken.iter().filter(|(_, steps)| *steps <= moment);
        for (job, _) in taken {
            assert!(!jobs.contains(job), "{job} was handed out: {what}");
        }
        let pushed: Vec<_> = order[..count].iter().map(|mark| format!("job:{mark}")).collect();
        // Those that are gone were taken, from the left, and those that are left stand in their order.
        assert!(pushed.ends_with(&jobs), "{jobs:?} are left of {pushed:?}: {what}");
        for gone in &pushed[..pushed.len() - jobs.len()] {
            assert!(self.taken.iter().any(|(job, _)| job == gone), "{gone} is lost: {what}");
        }
        drop(store);
        let again = contents(&open(&image, Fsync::Always).unwrap());
        assert_eq!(take_jobs(again), (found, jobs), "opened again: {what}");
    }
}

/// Runs threads on one disk, and opens this many images of what a crash leaves.
pub(super) fn look_at_threads(seed: u64, images: usize) -> usize {
    let mut draw = Draw(seed);
    let run = run(seed);
    let order = order(&run.disk);
    assert_eq!((order.len(), run.kept.len()), (THREADS * COMMITS, THREADS * COMMITS));
    assert_eq!(run.taken.len() + contents_of_jobs(&run), THREADS * COMMITS);
    let states = states(&run, &order);
    let moments = run.disk.moments();
    for number in 0..images {
        let moment = moments[draw.below(moments.len())];
        let loss = match number % 4 {
            0 => Loss::Nothing,
            1 => Loss::All,
            _ => Loss::Random(draw.next()),
        };
        run.look_at(&order, &states, moment, loss);
    }
    images
}

fn contents_of_jobs(run: &Run) -> usize {
    let image = run.disk.crashed(run.disk.steps(), Loss::All);
    open(&image, Fsync::Always).unwrap().llen(JOBS)
}

#[test]
fn threads_leave_the_state_after_a_beginning_of_their_commits() {
    let images: usize = (1..=6).map(|seed| look_at_threads(seed, 200)).sum();
    assert_eq!(images, 1200);
}
