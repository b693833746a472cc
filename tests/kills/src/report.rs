//! What the process tells by a pipe, a line for each event, in one write: what was written stays in the pipe when the process is killed.

use std::fmt;
use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The store is open.
    Ready,
    /// A step has returned.
    Done(Step),
    /// A step was carried out, and nobody knows whether that is kept.
    Unknown(Step),
    /// A step was refused.
    Refused(Step),
    /// A thread has slept for a millisecond and appended to a file.
    Beat { at: u64 },
    /// The log was rewritten.
    Rewritten,
    /// It was not.
    NotRewritten,
    /// The process ends now.
    Ends { at: u64 },
}

/// A step of a lane, with numbers of one counter for when it began and ended, and the time at which it ended, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub lane: usize,
    pub step: u64,
    pub begun: u64,
    pub ended: u64,
    pub at: u64,
}

/// Now, in microseconds, by the clock that all processes share.
///
/// # Panics
///
/// Before 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    u64::try_from(since.as_micros()).expect("a time")
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut step = |name, Step { lane, step, begun, ended, at }: &Step| {
            write!(f, "{name} {lane} {step} {begun} {ended} {at}")
        };
        match self {
            Self::Done(done) => step("done", done),
            Self::Unknown(unknown) => step("unknown", unknown),
            Self::Refused(refused) => step("refused", refused),
            Self::Beat { at } => write!(f, "beat {at}"),
            Self::Ends { at } => write!(f, "ends {at}"),
            Self::Ready => f.write_str("ready"),
            Self::Rewritten => f.write_str("rewritten"),
            Self::NotRewritten => f.write_str("not-rewritten"),
        }
    }
}

impl FromStr for Event {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split(' ');
        let name = words.next().unwrap_or_default();
        let numbers: Vec<u64> = words.map_while(|word| word.parse().ok()).collect();
        Ok(match (name, &numbers[..]) {
            ("ready", []) => Self::Ready,
            ("rewritten", []) => Self::Rewritten,
            ("not-rewritten", []) => Self::NotRewritten,
            ("beat", &[at]) => Self::Beat { at },
            ("ends", &[at]) => Self::Ends { at },
            (_, &[lane, step, begun, ended, at]) => {
                let lane = usize::try_from(lane).map_err(|_| text.to_owned())?;
                let step = Step { lane, step, begun, ended, at };
                match name {
                    "done" => Self::Done(step),
                    "unknown" => Self::Unknown(step),
                    "refused" => Self::Refused(step),
                    _ => return Err(text.to_owned()),
                }
            }
            _ => return Err(text.to_owned()),
        })
    }
}

/// The standard output, without a buffer and without a lock.
#[derive(Debug)]
pub struct Pipe(File);

impl Pipe {
    /// # Panics
    ///
    /// If there is none.
    pub fn new() -> Self {
        let output = std::io::stdout().as_fd().try_clone_to_owned().expect("an output");
        Self(File::from(output))
    }

    /// # Panics
    ///
    /// If nobody reads.
    pub fn tell(&self, event: Event) {
        (&self.0).write_all(format!("{event}\n").as_bytes()).expect("somebody reads");
    }
}

impl Default for Pipe {
    fn default() -> Self {
        Self::new()
    }
}
