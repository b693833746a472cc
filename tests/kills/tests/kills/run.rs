//! A process that writes to a directory until it ends, what it told, and what is in the directory then.

use std::env;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};

use redeque::Store;
use redeque_kills::lanes::Lists;
use redeque_kills::report::Event;

pub(crate) const MODES: [&str; 3] = ["always", "second", "never"];

/// A directory of the test's own, gone when the test ends well, and what is beside it.
#[derive(Debug)]
pub(crate) struct Home(PathBuf);

impl Home {
    pub(crate) fn new(test: &str) -> Self {
        // On a disk, where there is a choice: what is built is there, too.
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.0.join("queues")
    }

    /// What is there, when the log is opened by somebody else.
    pub(crate) fn lists(&self) -> Lists {
        let store = Store::open(self.log()).unwrap_or_else(|error| panic!("{error}"));
        let keys = store.keys("*").into_iter();
        keys.map(|key| {
            let list = store.lrange(&key, 0, -1).into();
            (String::from_utf8(key).expect("a name"), list)
        })
        .collect()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // What a failure left is there to be looked at.
        if !thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

pub(crate) struct Running {
    pub(crate) process: Child,
    told: JoinHandle<Vec<Event>>,
    ready: Receiver<()>,
}

/// Starts the process, behind the words of another program, if there are any.
pub(crate) fn start(before: &[&str], home: &Home, mode: &str, steps: &[u64], end: &str) -> Running {
    let program = env!("CARGO_BIN_EXE_redeque-kills");
    let words: Vec<_> = before.iter().copied().chain([program]).collect();
    let steps: Vec<_> = steps.iter().map(u64::to_string).collect();
    let mut process = Command::new(words[0])
        .args(&words[1..])
        .arg(home.log())
        .args([mode, &steps.join(","), end])
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the process starts");
    let output = process.stdout.take().expect("its output");
    let (tell, ready) = channel();
    let told = thread::spawn(move || read(output, &mut || _ = tell.send(())));
    Running { process, told, ready }
}

/// All that it tells until it ends. A line is whole or not there, as each is written at once.
fn read(output: ChildStdout, is_ready: &mut dyn FnMut()) -> Vec<Event> {
    let lines = BufReader::new(output).lines().map(|line| line.expect("text"));
    lines
        .map(|line| {
            let event: Event = line.parse().unwrap_or_else(|line| panic!("it told: {line}"));
            if event == Event::Ready {
                is_ready();
            }
            event
        })
        .collect()
}

impl Running {
    pub(crate) fn wait_until_ready(&self) {
        self.ready.recv().expect("it opens the store");
    }

    /// How it ended, what it told, and what it said of errors.
    pub(crate) fn end(mut self) -> (ExitStatus, Vec<Event>, String) {
        let said = std::io::read_to_string(self.process.stderr.take().expect("its errors"));
        let status = self.process.wait().expect("its end");
        (status, self.told.join().expect("it tells"), said.expect("text"))
    }
}

/// The number in a variable of the environment, or another one.
pub(crate) fn number(variable: &str, otherwise: u64) -> u64 {
    env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// A number below this one.
pub(crate) fn below(bound: u64) -> u64 {
    RandomState::new().hash_one(0) % bound
}
