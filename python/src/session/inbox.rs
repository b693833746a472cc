//! What was sent and not carried out, and what was replied and not read.

use std::collections::{HashSet, VecDeque};
use std::sync::LazyLock;
use std::task::Waker;
use std::time::Instant;

use pyo3::prelude::*;
use redeque::{Connection, Protocol, Reply, command};

use super::{closed, nothing_sent};
use crate::waiting::{Polled, Waiting};

/// A connection and what came of its command.
type Replied = (Connection, Reply);

#[derive(Debug)]
pub(super) struct Inbox {
    state: State,
    /// Commands behind the one that waits, as on a server.
    unsent: VecDeque<Vec<Vec<u8>>>,
    replies: VecDeque<(Reply, Protocol)>,
}

#[derive(Debug)]
enum State {
    Idle(Connection),
    /// A command that waits has the connection with it.
    Waiting(Waiting<Replied>),
    Closed,
}

/// What is left of a session that has ended, to be dropped where nothing is borrowed.
#[derive(Debug)]
pub(super) struct Ended(State);

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

impl Inbox {
    pub(super) fn new(connection: Connection) -> Self {
        Self { state: State::Idle(connection), unsent: VecDeque::new(), replies: VecDeque::new() }
    }

    /// Runs a command, or keeps it for when the one that waits is over.
    pub(super) fn send(&mut self, words: &[&[u8]]) -> PyResult<()> {
        match &mut self.state {
            // Behind a QUIT in one pipeline a command is refused by a reply: an error here would have the client try all of
            // it again, and what came before has been carried out.
            State::Idle(connection) if connection.is_closed() && self.replies.is_empty() => {
                Err(closed())
            }
            State::Idle(_) if may_wait(words) => self.begin(words),
            State::Idle(connection) => {
                let reply = connection.execute(words);
                self.replies.push_back((reply, connection.protocol()));
                Ok(())
            }
            State::Waiting(_) => {
                self.unsent.push_back(words.iter().map(|word| word.to_vec()).collect());
                Ok(())
            }
            State::Closed => Err(closed()),
        }
    }

    /// Runs a command that may wait, which then has the connection.
    fn begin(&mut self, words: &[&[u8]]) -> PyResult<()> {
        let State::Idle(connection) = std::mem::replace(&mut self.state, State::Closed) else {
            return Err(closed());
        };
        let words = words.iter().map(|word| word.to_vec()).collect();
        let waiting = Waiting::executing(connection, words);
        self.state = match waiting.poll(Waker::noop()) {
            Polled::Over((connection, reply)) => {
                self.replies.push_back((reply, connection.protocol()));
                State::Idle(connection)
            }
            Polled::Waiting | Polled::Closed => State::Waiting(waiting),
        };
        Ok(())
    }

    /// The command that waited is over. Those behind it run, up to the next that waits.
    pub(super) fn over(&mut self, (connection, reply): Replied) -> PyResult<()> {
        // What it got is not lost where the session was closed meanwhile.
        self.replies.push_back((reply, connection.protocol()));
        if matches!(self.state, State::Waiting(_)) {
            self.state = State::Idle(connection);
        }
        while let State::Idle(_) = self.state
            && let Some(words) = self.unsent.pop_front()
        {
            let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
            self.send(&words)?;
        }
        Ok(())
    }

    pub(super) fn reply(&mut self) -> Option<(Reply, Protocol)> {
        self.replies.pop_front()
    }

    /// The wait that the next reply is to come from.
    pub(super) fn waiting(&self) -> PyResult<Waiting<Replied>> {
        match &self.state {
            State::Idle(_) => Err(nothing_sent()),
            State::Waiting(waiting) => Ok(waiting.clone()),
            State::Closed => Err(closed()),
        }
    }

    pub(super) fn waits(&self) -> bool {
        self.replies.is_empty() && matches!(self.state, State::Waiting(_))
    }

    pub(super) fn pending(&self) -> bool {
        !self.replies.is_empty() || matches!(self.state, State::Waiting(_))
    }

    pub(super) fn seconds_left(&self) -> Option<f64> {
        let State::Waiting(waiting) = &self.state else { return None };
        let left = waiting.deadline()?.saturating_duration_since(Instant::now());
        Some(left.as_secs_f64())
    }

    pub(super) fn close(&mut self) -> Ended {
        self.unsent.clear();
        self.replies.clear();
        Ended(std::mem::replace(&mut self.state, State::Closed))
    }
}

impl Ended {
    /// Ends the wait of whoever is in it, in whichever thread.
    pub(super) fn close(self) {
        if let State::Waiting(waiting) = &self.0 {
            waiting.close();
        }
    }
}
