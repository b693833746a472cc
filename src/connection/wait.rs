//! A command in a task: what [`Connection::execute_async`] returns.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::{Connection, Waiting};
use crate::Reply;
use crate::command;

/// A command as a future; see [`Connection::execute_async`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct Execute<'c> {
    connection: &'c mut Connection,
    state: State,
}

/// `New` → `Waiting` → `Over`, or at once from `New` to `Over`.
enum State {
    New(Vec<Vec<u8>>),
    Waiting(Waiting),
    Over,
}

impl<'c> Execute<'c> {
    pub(super) fn new(connection: &'c mut Connection, args: Vec<Vec<u8>>) -> Self {
        Self { connection, state: State::New(args) }
    }

    /// What is left of a command that has begun.
    #[cfg(feature = "redis-async")]
    pub(super) fn waiting(connection: &'c mut Connection, waiting: Waiting) -> Self {
        Self { connection, state: State::Waiting(waiting) }
    }

    /// The timeout that the command names; `None` if it does not wait, or waits forever.
    ///
    /// The future keeps no clock. To enforce the timeout, bound the future with a timer of the runtime, and then call
    /// [`expire`](Self::expire).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let mut connection = redeque::Store::new().connect();
    /// let waiting = connection.execute_async(["BLPOP", "k", "1.5"]);
    /// assert_eq!(waiting.timeout(), Some(Duration::from_millis(1500)));
    /// ```
    pub fn timeout(&self) -> Option<Duration> {
        match &self.state {
            State::New(args) => {
                let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
                command::timeout_of(&self.connection.keyspace, &args)
            }
            State::Waiting(waiting) => waiting.timeout,
            State::Over => None,
        }
    }

    /// Ends the wait as its timeout does, and returns the reply: nil, unless the command was served just before.
    ///
    /// ```
    /// use redeque::Reply;
    ///
    /// let mut connection = redeque::Store::new().connect();
    /// assert_eq!(connection.execute_async(["BLPOP", "k", "1.5"]).expire(), Reply::NilArray);
    /// ```
    pub fn expire(mut self) -> Reply {
        let mut context = Context::from_waker(std::task::Waker::noop());
        if let Poll::Ready(reply) = Pin::new(&mut self).poll(&mut context) {
            return reply;
        }
        match std::mem::replace(&mut self.state, State::Over) {
            State::Waiting(waiting) => waiting.wait.expire().unwrap_or(Reply::NilArray),
            State::New(_) | State::Over => Reply::NilArray,
        }
    }
}

impl Future for Execute<'_> {
    type Output = Reply;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Reply> {
        let this = &mut *self;
        if let State::New(args) = &this.state {
            let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
            match this.connection.begin(&args) {
                Ok(reply) => {
                    this.state = State::Over;
                    return Poll::Ready(reply);
                }
                Err(waiting) => this.state = State::Waiting(waiting),
            }
        }
        let State::Waiting(waiting) = &mut this.state else { return Poll::Pending };
        let reply = std::task::ready!(Pin::new(&mut waiting.wait).poll(context));
        this.state = State::Over;
        Poll::Ready(reply)
    }
}

impl fmt::Debug for Execute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Execute").finish_non_exhaustive()
    }
}
