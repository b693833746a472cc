//! What was sent and not carried out, and what was replied and not read.
//!
//! Other threads may use a session at any time, also while a command of it runs: that may ring, and so run Python. So the
//! inbox is locked only to look into it and to change it, and never while a command runs or while anything of Python's may be
//! dropped. Nothing then waits for its lock, and what a command was replied can always be put in.

use std::collections::{HashSet, VecDeque};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

use pyo3::prelude::*;
use redeque::{Connection, Protocol, Reply, Store, command};

use super::{closed, in_use, nothing_sent, unread};
use crate::replies::holds_elements;
use crate::waiting::{Polled, Waiting};

/// A connection and what came of its command.
type Replied = (Connection, Reply);

/// A command's words, kept for later.
type Kept = Vec<Vec<u8>>;

#[derive(Debug)]
pub(super) struct Inbox {
    held: Mutex<Held>,
    /// Of the store: every command that writes may have to wait for its disk, which a task must not do in its loop.
    has_log: bool,
}

#[derive(Debug)]
struct Held {
    state: State,
    /// Somebody reads: see `Reading`.
    read: bool,
    /// Commands behind the one that runs or waits, as on a server.
    unsent: VecDeque<Kept>,
    replies: VecDeque<(Reply, Protocol)>,
    /// Whether elements are among what was replied since a command found all replies read.
    holds_elements: bool,
    /// Whether the last command was to have no reply, which `CLIENT REPLY` asks for: who reads one is not kept waiting.
    is_silent: bool,
}

#[derive(Debug)]
enum State {
    Idle(Connection),
    /// A command runs, and has the connection with it.
    Running,
    /// So has one that waits.
    Waiting(Waiting<Replied>),
    Closed,
}

/// One who reads, waiting or not. While there is one nobody else does, who could take what this one waits for.
#[derive(Debug)]
pub(super) struct Reading<'a>(&'a Inbox);

/// What came of running a command.
enum Ran {
    Over(Replied),
    Waits(Waiting<Replied>),
}

/// The commands that may wait.
static BLOCKING: LazyLock<HashSet<&[u8]>> = LazyLock::new(|| {
    let blocking = command::commands().iter().filter(|spec| spec.flags().contains(&"blocking"));
    blocking.map(|spec| spec.name().as_bytes()).collect()
});

/// Whether a command may wait.
fn may_wait(words: &[&[u8]]) -> bool {
    // Most are told by their first letter.
    let name = words.first().filter(|name| matches!(name.first(), Some(b'b' | b'B')));
    name.is_some_and(|name| BLOCKING.contains(name.to_ascii_lowercase().as_slice()))
}

fn kept(words: &[&[u8]]) -> Kept {
    words.iter().map(|word| word.to_vec()).collect()
}

fn run(mut connection: Connection, words: &[&[u8]], has_log: bool) -> Ran {
    if !has_log && !may_wait(words) {
        let reply = connection.execute(words);
        return Ran::Over((connection, reply));
    }
    let waiting = Waiting::executing(connection, kept(words));
    match waiting.poll(Waker::noop()) {
        Polled::Over(replied) => Ran::Over(replied),
        Polled::Waiting | Polled::Closed => Ran::Waits(waiting),
    }
}

impl Inbox {
    pub(super) fn new(store: &Store) -> Self {
        let held = Mutex::new(Held {
            state: State::Idle(store.connect()),
            read: false,
            unsent: VecDeque::new(),
            replies: VecDeque::new(),
            holds_elements: false,
            is_silent: false,
        });
        Self { held, has_log: store.recovery().is_some() }
    }

    /// No panic leaves anything half done under this lock.
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a command, or keeps it for when the one before it is over.
    pub(super) fn send(&self, words: &[&[u8]]) -> PyResult<()> {
        let connection = self.held().begin(words)?;
        if let Some(connection) = connection {
            self.go_on(run(connection, words, self.has_log));
        }
        Ok(())
    }

    /// The command that waited is over. Those behind it run, up to the next that waits.
    pub(super) fn over(&self, replied: Replied) {
        self.go_on(Ran::Over(replied));
    }

    fn go_on(&self, mut ran: Ran) {
        loop {
            let (next, _left) = self.held().settle(ran);
            let Some((connection, words)) = next else { return };
            let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
            ran = run(connection, &words, self.has_log);
        }
    }

    pub(super) fn read(&self) -> PyResult<Reading<'_>> {
        if std::mem::replace(&mut self.held().read, true) {
            Err(in_use())
        } else {
            Ok(Reading(self))
        }
    }

    /// The next reply, if it is there: for the one who reads, or while nobody does.
    pub(super) fn reply(
        &self,
        reading: Option<&Reading<'_>>,
    ) -> PyResult<Option<(Reply, Protocol)>> {
        let mut held = self.held();
        if held.read && reading.is_none() { Err(in_use()) } else { Ok(held.replies.pop_front()) }
    }

    /// The wait that the next reply is to come from; None if the reply is there.
    pub(super) fn awaited(&self) -> PyResult<Option<Waiting<Replied>>> {
        let held = self.held();
        if !held.replies.is_empty() {
            return Ok(None);
        }
        match &held.state {
            State::Idle(_) if held.is_silent => Ok(None),
            State::Idle(_) => Err(nothing_sent()),
            State::Running => Err(in_use()),
            State::Waiting(waiting) => Ok(Some(waiting.clone())),
            State::Closed => Err(closed()),
        }
    }

    /// Refuses one who would have to wait for a command that runs, which may be the very command that called; and one who
    /// would take the reply to another command for that to its own.
    pub(super) fn check_free(&self) -> PyResult<()> {
        let held = self.held();
        match held.state {
            State::Running => Err(in_use()),
            State::Waiting(_) => Err(unread()),
            State::Idle(_) if !held.replies.is_empty() => Err(unread()),
            State::Idle(_) | State::Closed => Ok(()),
        }
    }

    /// Whether it takes no more commands.
    pub(super) fn is_closed(&self) -> bool {
        match &self.held().state {
            State::Idle(connection) => connection.is_closed(),
            State::Running | State::Waiting(_) => false,
            State::Closed => true,
        }
    }

    pub(super) fn pending(&self) -> bool {
        let held = self.held();
        !held.replies.is_empty() || matches!(held.state, State::Running | State::Waiting(_))
    }

    /// Whether the next reply is none: the last command was to have no reply, and all others were read.
    pub(super) fn is_silent(&self) -> bool {
        let held = self.held();
        held.is_silent && held.replies.is_empty() && matches!(held.state, State::Idle(_))
    }

    pub(super) fn holds_elements(&self) -> bool {
        self.held().holds_elements
    }

    pub(super) fn seconds_left(&self) -> Option<f64> {
        let State::Waiting(waiting) = &self.held().state else { return None };
        let left = waiting.deadline()?.saturating_duration_since(Instant::now());
        Some(left.as_secs_f64())
    }

    /// Ends the session, and the wait of a thread or task that is in it. What was replied before can still be read: who waited
    /// for it may be about to.
    pub(super) fn close(&self) {
        let left = self.held().close();
        if let State::Waiting(waiting) = &left {
            waiting.close();
        }
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.held().read = false;
    }
}

impl Held {
    /// The connection to run a command with; None if it is kept for later.
    fn begin(&mut self, words: &[&[u8]]) -> PyResult<Option<Connection>> {
        match std::mem::replace(&mut self.state, State::Running) {
            // Behind a QUIT in one pipeline a command is refused by a reply: an error here would have the client try all of
            // it again, and what came before has been carried out.
            State::Idle(connection) if connection.is_closed() && self.replies.is_empty() => {
                self.state = State::Idle(connection);
                Err(closed())
            }
            State::Idle(connection) => {
                self.holds_elements &= !self.replies.is_empty();
                Ok(Some(connection))
            }
            State::Closed => {
                self.state = State::Closed;
                Err(closed())
            }
            busy => {
                self.state = busy;
                self.unsent.push_back(kept(words));
                Ok(None)
            }
        }
    }

    /// Puts in what came of a command. Returns the next to run, and what is left of the state, to be dropped where nothing is
    /// locked.
    fn settle(&mut self, ran: Ran) -> (Option<(Connection, Kept)>, State) {
        let is_closed = matches!(self.state, State::Closed);
        let (next, state) = match ran {
            Ran::Waits(waiting) => (None, State::Waiting(waiting)),
            Ran::Over((connection, reply)) => {
                self.holds_elements |= holds_elements(&reply);
                self.is_silent = matches!(reply, Reply::Silence);
                // What it got is not lost where the session was closed meanwhile.
                if !self.is_silent {
                    self.replies.push_back((reply, connection.protocol()));
                }
                match self.unsent.pop_front() {
                    Some(words) => (Some((connection, words)), State::Running),
                    None => (None, State::Idle(connection)),
                }
            }
        };
        if is_closed {
            return (None, state);
        }
        (next, std::mem::replace(&mut self.state, state))
    }

    fn close(&mut self) -> State {
        self.unsent.clear();
        std::mem::replace(&mut self.state, State::Closed)
    }
}
