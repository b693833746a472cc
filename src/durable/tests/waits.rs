//! What somebody waits for, by a thread or by a future.

use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use super::in_time;
use crate::wait::Wait;
use crate::{Direction, Error, MoveCount, MoveOrder, Store};

#[derive(Debug, Clone)]
pub(super) enum Want {
    Pop { keys: Vec<String>, end: Direction },
    PopMany { keys: Vec<String>, end: Direction, count: usize },
    Move { from: String, to: String, ends: (Direction, Direction) },
    MoveMany { from: String, to: String, ends: (Direction, Direction), count: MoveCount },
    Push { key: String, end: Direction, most: usize, element: String },
}

/// A future whose reply is looked at as text.
pub(super) trait Waiting: Send {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<String>;

    fn time_out(&mut self) -> bool;
}

impl<T: Debug + Send> Waiting for Wait<T> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<String> {
        Pin::new(self).poll(context).map(|reply| format!("{reply:?}"))
    }

    fn time_out(&mut self) -> bool {
        Wait::time_out(self)
    }
}

/// Whether somebody was woken.
#[derive(Default)]
pub(super) struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Flag {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Somebody who waits, and whether that is over.
pub(super) struct Waiter {
    waiting: Box<dyn Waiting>,
    flag: Arc<Flag>,
}

impl Waiter {
    /// Begins a wait; with the reply, if there is no need to wait.
    pub(super) fn begin(store: &Store, want: &Want) -> (Self, Poll<String>) {
        let mut waiter = Self { waiting: want.task(store), flag: Arc::default() };
        let reply = waiter.poll();
        (waiter, reply)
    }

    pub(super) fn poll(&mut self) -> Poll<String> {
        let waker = Waker::from(Arc::clone(&self.flag));
        self.waiting.poll(&mut Context::from_waker(&waker))
    }

    pub(super) fn has_ended(&self) -> bool {
        self.flag.is_set()
    }

    pub(super) fn time_out(&mut self) -> bool {
        self.waiting.time_out()
    }

    /// The reply, when there is one.
    pub(super) fn reply(&mut self) -> impl Future<Output = String> + Unpin + '_ {
        poll_fn(|context| self.waiting.poll(context))
    }

    /// The reply, unless that takes too long.
    pub(super) fn finish(&mut self) -> String {
        in_time(self.reply()).expect("it does not wait for good")
    }
}

fn got<T>(reply: Result<Option<T>, Error>) -> Result<T, Error> {
    reply.map(|got| got.expect("it waits without a timeout"))
}

impl Want {
    fn task(&self, store: &Store) -> Box<dyn Waiting> {
        match self {
            Self::Pop { keys, end: Direction::Left } => Box::new(store.blpop_async(keys)),
            Self::Pop { keys, .. } => Box::new(store.brpop_async(keys)),
            Self::PopMany { keys, end, count } => Box::new(store.blmpop_async(keys, *end, *count)),
            Self::Move { from, to, ends } => Box::new(store.blmove_async(from, to, ends.0, ends.1)),
            Self::MoveMany { from, to, ends, count } => {
                let order = MoveOrder::Bulk;
                Box::new(store.blmovem_async(from, to, ends.0, ends.1, *count, order))
            }
            Self::Push { key, end: Direction::Left, most, element } => {
                Box::new(store.blpush_bounded_async(key, *most, &element[..]))
            }
            Self::Push { key, most, element, .. } => {
                Box::new(store.brpush_bounded_async(key, *most, &element[..]))
            }
        }
    }

    /// Waits in this thread.
    pub(super) fn block(&self, store: &Store) -> String {
        match self {
            Self::Pop { keys, end: Direction::Left } => {
                format!("{:?}", got(store.blpop(keys, None)))
            }
            Self::Pop { keys, .. } => format!("{:?}", got(store.brpop(keys, None))),
            Self::PopMany { keys, end, count } => {
                format!("{:?}", got(store.blmpop(keys, *end, *count, None)))
            }
            Self::Move { from, to, ends } => {
                format!("{:?}", got(store.blmove(from, to, ends.0, ends.1, None)))
            }
            Self::MoveMany { from, to, ends, count } => {
                let order = MoveOrder::Bulk;
                let moved = store.blmovem(from, to, ends.0, ends.1, *count, order, None);
                format!("{:?}", got(moved))
            }
            Self::Push { key, end: Direction::Left, most, element } => {
                format!("{:?}", got(store.blpush_bounded(key, *most, &element[..], None)))
            }
            Self::Push { key, most, element, .. } => {
                format!("{:?}", got(store.brpush_bounded(key, *most, &element[..], None)))
            }
        }
    }
}
