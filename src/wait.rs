//! Waiting: one future for every blocking command, and the same by a thread.
//!
//! Either takes its place in the queues of all its keys while it holds their shards' locks and found them all empty, so no
//! push can slip between the look and the wait. From then on its [`Waiter`] is served by the command that makes one of its
//! keys exist. A thread looks for that for a moment, and leaves a waker only then, before it parks; a future leaves its
//! task's. Nothing is known here of a command's text.

#[cfg(all(test, redeque_loom))]
mod checked;

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use crate::Element;
use crate::keyspace::{Begun, Keyspace, Outcome, OwnedRequest, Party, Request, Waiter};
use crate::sync::{Parker, Patience, Unparker, per_thread};

/// A blocking pop, move or bounded push as a future: what [`Store::blpop_async`](crate::Store::blpop_async) and its like
/// return.
///
/// It begins to wait when it is first polled, and needs no particular runtime and no timer: bound it with whatever the
/// program uses, such as `tokio::time::timeout`. Dropping it at any time is safe. If it was served by then and nobody
/// has seen the result, the elements go back to the same end of the list that they were taken from, and the next
/// waiter gets them; what was pushed is taken out again, if it is still there. After it was ready, it is pending forever.
///
/// One that waits does not keep its store alive. Once every [`Store`](crate::Store) and
/// [`Connection`](crate::Connection) of it is gone nobody can push any more, and a future that waits is pending from
/// then on, without a waker: a task that nothing else holds is dropped with the store.
///
/// Inside the closure of a [transaction](crate::Store::transaction) of its own store, it panics when it is polled for
/// the first time, as any call to that store does there. One that is dropped there gives its elements back once the
/// transaction is over.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Wait<T> {
    client: Option<u64>,
    finish: Finish<T>,
    state: State<T>,
}

/// Makes the reply from how a wait ended, and the key from which something was taken.
pub(crate) type Finish<T> = fn(&[u8], Outcome) -> T;

/// `New` → `Waiting` → `Over`, or at once from `New` or `Known` to `Over`.
enum State<T> {
    New(Arc<Keyspace>, OwnedRequest),
    /// The store is not kept alive: without a handle on it nobody can push, and nobody could see what is given back. A
    /// task that only its own waker holds, in a queue of the store, would otherwise keep the store, and so itself.
    Waiting(Weak<Keyspace>, Arc<Waiter>),
    /// The reply needed no look at the store.
    Known(T),
    Over,
}

/// A blocking command of this thread, whose keys need not be kept if there is something to take. None if the timeout came
/// first; without one that never happens.
#[inline]
pub(crate) fn block<T>(
    keyspace: &Keyspace,
    request: Request<'_>,
    mut brought: Option<Element<'_>>,
    finish: Finish<T>,
    timeout: Option<Duration>,
) -> Option<T> {
    let outcome = match keyspace.take_or_hold(request, &mut brought) {
        Begun::Over(outcome) => outcome,
        Begun::InVain(held) => {
            let request = OwnedRequest::new(request).bringing(brought);
            let party = Party { client: None, stays: true };
            sit_down(keyspace, &held.wait(request, party), timeout)?
        }
    };
    Some(finished(finish, request, outcome))
}

/// Waits in this thread, which has its place. None if the timeout came first.
fn sit_down(keyspace: &Keyspace, waiter: &Waiter, timeout: Option<Duration>) -> Option<Outcome> {
    let outcome = if timeout != Some(Duration::ZERO) && is_ended_by(timeout, waiter) {
        let ended = waiter.leave();
        // Its server may not have held the locks of all its queues.
        if waiter.request().len() > 1 {
            keyspace.dequeue(waiter);
        }
        ended.into_outcome()
    } else {
        keyspace.end_wait(waiter)
    };
    let placed = outcome.as_ref().map_or(&[][..], Outcome::placed);
    // A future that had begun to wait could have been dropped instead.
    if !placed.is_empty() {
        keyspace.forget_placed(waiter.request(), placed);
    }
    outcome
}

/// Waits in this thread until somebody ends the wait, and says whether somebody did before the timeout.
fn is_ended_by(timeout: Option<Duration>, waiter: &Waiter) -> bool {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let mut seat = SEAT.try_with(Cell::take).ok().flatten().unwrap_or_else(Seat::new);
    let ended = seat.wait_for(waiter, deadline);
    // A thread that is ending has no place left to keep it.
    let _ = SEAT.try_with(|kept| kept.set(Some(seat)));
    ended
}

#[inline]
fn finished<T>(finish: Finish<T>, request: Request<'_>, outcome: Outcome) -> T {
    let key = match &outcome {
        Outcome::Served(taken) => request.key_of(taken),
        Outcome::TimedOut | Outcome::Failed(_) => &[],
    };
    finish(key, outcome)
}

impl<T> Wait<T> {
    pub(crate) fn new(keyspace: Arc<Keyspace>, request: OwnedRequest, finish: Finish<T>) -> Self {
        Self { client: None, finish, state: State::New(keyspace, request) }
    }

    /// A wait that is over before it begins.
    pub(crate) fn known(finish: Finish<T>, reply: T) -> Self {
        Self { client: None, finish, state: State::Known(reply) }
    }

    /// The same wait, on behalf of a connection that another one can unblock.
    pub(crate) fn for_client(mut self, client: u64) -> Self {
        self.client = Some(client);
        self
    }

    /// Waits in this thread. None if the timeout came first; without one that never happens.
    pub(crate) fn block(mut self, timeout: Option<Duration>) -> Option<T> {
        if let Some(reply) = self.begin(true) {
            return Some(reply);
        }
        let State::Waiting(keyspace, waiter) = std::mem::replace(&mut self.state, State::Over)
        else {
            return None;
        };
        // A thread that blocks has a handle on the store.
        let outcome = sit_down(&*keyspace.upgrade()?, &waiter, timeout)?;
        Some(finished(self.finish, waiter.request(), outcome))
    }

    /// Ends a wait that has begun as its timeout does, and returns what it had got by then.
    pub(crate) fn expire(mut self) -> Option<T> {
        self.give_up()
    }

    fn poll_now(&mut self, waker: &Waker) -> Poll<T> {
        if let Some(reply) = self.start() {
            return Poll::Ready(reply);
        }
        match &self.state {
            State::Waiting(_, waiter) if waiter.has_ended() || !waiter.watch(waker) => {
                self.collect().map_or(Poll::Pending, Poll::Ready)
            }
            _ => Poll::Pending,
        }
    }

    /// Takes what there is, or begins to wait, if it has not yet.
    pub(crate) fn start(&mut self) -> Option<T> {
        self.begin(false)
    }

    /// The same by somebody who stays until the wait is over, or may not.
    fn begin(&mut self, stays: bool) -> Option<T> {
        match &self.state {
            State::New(keyspace, _) => keyspace.refuse_inside_closure(),
            State::Known(_) => {}
            State::Waiting(..) | State::Over => return None,
        }
        match std::mem::replace(&mut self.state, State::Over) {
            State::New(keyspace, mut request) => {
                let mut brought = request.brought.take();
                match keyspace.take_or_hold(request.as_request(), &mut brought) {
                    Begun::Over(outcome) => {
                        Some(finished(self.finish, request.as_request(), outcome))
                    }
                    Begun::InVain(held) => {
                        request.brought = brought;
                        let waiter = held.wait(request, Party { client: self.client, stays });
                        self.state = State::Waiting(Arc::downgrade(&keyspace), waiter);
                        None
                    }
                }
            }
            State::Known(reply) => Some(reply),
            State::Waiting(..) | State::Over => None,
        }
    }

    /// The reply to a wait that has ended. Its server may not have held the locks of all its queues.
    fn collect(&mut self) -> Option<T> {
        let State::Waiting(keyspace, waiter) = std::mem::replace(&mut self.state, State::Over)
        else {
            return None;
        };
        let outcome = waiter.leave().into_outcome();
        if waiter.request().len() > 1 {
            let waiter = Arc::clone(&waiter);
            outside(&keyspace, move |keyspace| keyspace.dequeue(&waiter));
        }
        outcome.map(|outcome| self.reply(&keyspace, &waiter, outcome))
    }

    /// The reply to a wait that ended like this, of which nothing will be given back.
    fn reply(&self, keyspace: &Weak<Keyspace>, waiter: &Arc<Waiter>, outcome: Outcome) -> T {
        if !outcome.placed().is_empty() {
            let (waiter, placed) = (Arc::clone(waiter), outcome.placed().to_vec());
            outside(keyspace, move |keyspace| keyspace.forget_placed(waiter.request(), &placed));
        }
        finished(self.finish, waiter.request(), outcome)
    }

    /// Ends the wait, and returns the reply if it had ended before.
    fn give_up(&mut self) -> Option<T> {
        let State::Waiting(weak, waiter) = std::mem::replace(&mut self.state, State::Over) else {
            return None;
        };
        let outcome = match weak.upgrade() {
            Some(keyspace) => keyspace.end_wait(&waiter),
            None => waiter.leave().into_outcome(),
        };
        outcome.map(|outcome| self.reply(&weak, &waiter, outcome))
    }
}

/// Runs a task on a store that is still there, now or when the transaction is over whose closure this thread runs.
fn outside(keyspace: &Weak<Keyspace>, task: impl FnOnce(&Keyspace) + 'static) {
    if let Some(keyspace) = keyspace.upgrade() {
        let kept = Arc::clone(&keyspace);
        keyspace.outside(move || task(&kept));
    }
}

/// Ends a wait, and gives back what it had got by then.
fn cancel(keyspace: &Keyspace, waiter: &Waiter) {
    if let Some(Outcome::Served(taken)) = keyspace.end_wait(waiter) {
        keyspace.give_back(waiter.request(), taken);
    }
}

/// A reply is never pinned: it is made when the wait is over, and moved out.
impl<T> Unpin for Wait<T> {}

impl<T> Future for Wait<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.get_mut().poll_now(context.waker())
    }
}

impl<T> Drop for Wait<T> {
    fn drop(&mut self) {
        if let State::Waiting(keyspace, waiter) = std::mem::replace(&mut self.state, State::Over) {
            outside(&keyspace, move |keyspace| cancel(keyspace, &waiter));
        }
    }
}

impl<T> fmt::Debug for Wait<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::New(..) | State::Known(_) => "new",
            State::Waiting(..) => "waiting",
            State::Over => "over",
        };
        f.debug_struct("Wait").field("state", &state).finish_non_exhaustive()
    }
}

/// Where a thread waits, and what wakes it there.
struct Seat {
    parker: Parker,
    waker: Waker,
    patience: Patience,
}

per_thread! {
    /// Kept for the next wait. A late wake is then spurious: the thread looks and sleeps again.
    static SEAT: Cell<Option<Seat>> = const { Cell::new(None) };
}

impl Seat {
    fn new() -> Self {
        let parker = Parker::new();
        let waker = Waker::from(Arc::new(Unpark(parker.unparker().clone())));
        Self { parker, waker, patience: Patience::default() }
    }

    /// Looks for a moment whether a wait has ended, and then sleeps: only who sleeps has to be woken. False where the
    /// deadline came first.
    fn wait_for(&mut self, waiter: &Waiter, deadline: Option<Instant>) -> bool {
        if self.patience.look(|| waiter.has_ended()) {
            return true;
        }
        while waiter.watch(&self.waker) {
            match deadline {
                None => self.parker.park(),
                Some(deadline) if Instant::now() < deadline => self.parker.park_deadline(deadline),
                Some(_) => return false,
            }
        }
        true
    }
}

/// Wakes a parked thread.
struct Unpark(Unparker);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}
