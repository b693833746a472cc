//! A command in a task: what [`Connection::execute_async`] returns.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use super::{Connection, Unfinished};
use crate::command::{self, Blocking, Refusal};
use crate::keyspace::Promise;
use crate::{Error, Reply};

/// A command as a future; see [`Connection::execute_async`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct Execute<'c> {
    connection: &'c mut Connection,
    state: State,
    is_timed_out: bool,
}

/// `New` → `Begun` → `Ended` → `Over`; what needs not wait skips `Begun`.
enum State {
    /// With what is waited for before it begins, if the disk is too far behind.
    New(Vec<Vec<u8>>, Option<Promise>),
    Begun(Unfinished),
    /// What is said of a wait that was ended.
    Ended(Reply),
    Over,
}

impl<'c> Execute<'c> {
    pub(super) fn new(connection: &'c mut Connection, args: Vec<Vec<u8>>) -> Self {
        Self { connection, state: State::New(args, None), is_timed_out: false }
    }

    /// What is left of a command that has begun.
    #[cfg(feature = "redis-async")]
    pub(super) fn unfinished(connection: &'c mut Connection, unfinished: Unfinished) -> Self {
        Self { connection, state: State::Begun(unfinished), is_timed_out: false }
    }

    /// The reply, if that is all that is left, and what is to be kept before it is given.
    #[cfg(feature = "redis-async")]
    pub(crate) fn into_promised(mut self) -> Result<(Reply, Promise), Self> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Begun(Unfinished::Promised(reply, promise)) => Ok((reply, promise)),
            state => Err(Self { state, ..self }),
        }
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
            State::New(args, _) => {
                let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
                command::timeout_of(&self.connection.keyspace, &args)
            }
            State::Begun(Unfinished::Waiting(waiting)) => waiting.timeout,
            State::Begun(Unfinished::Promised(..)) | State::Ended(_) | State::Over => None,
        }
    }

    /// Ends the wait as its timeout does, and returns the reply: nil, unless the command was served just before.
    ///
    /// Where a store has a log (feature `durable`) that is brought to disk before a command returns, this waits in the thread for
    /// what the command was served. A task calls [`time_out`](Self::time_out) instead.
    ///
    /// ```
    /// use redeque::Reply;
    ///
    /// let mut connection = redeque::Store::new().connect();
    /// assert_eq!(connection.execute_async(["BLPOP", "k", "1.5"]).expire(), Reply::NilArray);
    /// ```
    pub fn expire(mut self) -> Reply {
        self.time_out();
        match std::mem::replace(&mut self.state, State::Over) {
            State::Begun(Unfinished::Waiting(unserved)) => {
                let muted = unserved.muted;
                heard(muted, unserved.wait.expire().unwrap_or_else(Blocking::timed_out))
            }
            State::Begun(Unfinished::Promised(reply, promise)) => kept(reply, promise.settle()),
            State::Ended(reply) => reply,
            State::New(..) | State::Over => Blocking::timed_out(),
        }
    }

    /// Ends the wait as its timeout does, for a task, which then awaits the future once more. That is ready with nil, or with what
    /// the command was served just before, as soon as that is kept as the store's log (feature `durable`) promises it. A command
    /// that has not begun is carried out first, and does not wait.
    ///
    /// ```
    /// use redeque::Reply;
    ///
    /// # futures_lite::future::block_on(async {
    /// let mut connection = redeque::Store::new().connect();
    /// let mut popped = connection.execute_async(["BLPOP", "k", "1.5"]);
    /// popped.time_out();
    /// assert_eq!(popped.await, Reply::NilArray);
    /// # });
    /// ```
    pub fn time_out(&mut self) {
        self.is_timed_out = true;
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(reply) = Pin::new(&mut *self).poll(&mut context) {
            self.state = State::Ended(reply);
        }
    }

    /// Ends a wait whose time is over. A command that there was no room for by then begins later, and must not wait either.
    fn end_overdue_wait(&mut self) {
        if let State::Begun(Unfinished::Waiting(waiting)) = &mut self.state
            && self.is_timed_out
            && waiting.wait.time_out()
        {
            self.state = State::Ended(heard(waiting.muted, Blocking::timed_out()));
        }
    }

    /// Carries the command out, if there is room for what it may write.
    fn begin(&mut self, waker: &Waker) {
        if let State::New(args, room) = &mut self.state {
            if self.connection.keyspace.poll_room(room, waker).is_pending() {
                return;
            }
            let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
            self.state = match self.connection.begin(&args) {
                Ok(reply) => State::Ended(reply),
                Err(unfinished) => State::Begun(unfinished),
            };
        }
    }
}

/// The reply, if somebody wants it.
fn heard(muted: bool, reply: Reply) -> Reply {
    if muted { Reply::Silence } else { reply }
}

/// The reply, if it may be given.
fn kept(reply: Reply, promise: Result<(), Error>) -> Reply {
    promise.map_or_else(|error| Refusal::from(error).into(), |()| reply)
}

impl Future for Execute<'_> {
    type Output = Reply;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Reply> {
        self.begin(context.waker());
        self.end_overdue_wait();
        let promised = match &mut self.state {
            State::New(..) | State::Over => return Poll::Pending,
            State::Ended(_) => Ok(()),
            State::Begun(Unfinished::Promised(_, promise)) => ready!(promise.poll(context.waker())),
            State::Begun(Unfinished::Waiting(waiting)) => {
                let reply = ready!(Pin::new(&mut waiting.wait).poll(context));
                let reply = heard(waiting.muted, reply);
                self.state = State::Ended(reply);
                Ok(())
            }
        };
        match std::mem::replace(&mut self.state, State::Over) {
            State::Begun(Unfinished::Promised(reply, _)) => Poll::Ready(kept(reply, promised)),
            State::Ended(reply) => Poll::Ready(reply),
            State::New(..) | State::Begun(_) | State::Over => Poll::Pending,
        }
    }
}

impl fmt::Debug for Execute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Execute").finish_non_exhaustive()
    }
}
