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
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use crate::keyspace::{
    Begun, Keyspace, Outcome, OwnedRequest, Party, Placed, Promise, Request, Taken, Waiter,
};
use crate::sync::{Parker, Patience, per_thread};
use crate::{Element, Error};

/// A blocking pop, move or bounded push as a future: what [`Store::blpop_async`](crate::Store::blpop_async) and its like
/// return.
///
/// It begins to wait when it is first polled, and needs no particular runtime and no timer: bound it with whatever the
/// program uses, such as `tokio::time::timeout`. Dropping it at any time is safe. If it was served by then and nobody
/// has seen the result, the elements go back to the same end of the list that they were taken from, and the next
/// waiter gets them; what was pushed is taken out again, if it is still there. If they were the last of a list that was to
/// expire, and the key is still gone, it is made again with its deadline, or not at all if that has passed. After it was ready, it is pending forever.
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
    /// What it waits for before it begins, if the disk is too far behind.
    room: Option<Promise>,
}

/// Makes the reply from how a wait ended, and the key from which something was taken.
pub(crate) type Finish<T> = fn(&[u8], Outcome) -> T;

/// `New` → `Waiting` → `Over`, or at once from `New` or `Known` to `Over`. Where there is a log, what was got may be `Promised`
/// before it is `Over`.
enum State<T> {
    New(Arc<Keyspace>, OwnedRequest),
    /// The store is not kept alive: without a handle on it nobody can push, and nobody could see what is given back. A
    /// task that only its own waker holds, in a queue of the store, would otherwise keep the store, and so itself.
    Waiting(Weak<Keyspace>, Arc<Waiter>),
    /// This was got, and is not handed out before it is kept.
    Promised(Weak<Keyspace>, Asked, Taken, Promise),
    /// The reply needed no look at the store.
    Known(T),
    Over,
}

/// What was asked for, by somebody who had to wait for it or not.
enum Asked {
    Waited(Arc<Waiter>),
    Found(OwnedRequest),
}

impl Asked {
    fn request(&self) -> Request<'_> {
        match self {
            Self::Waited(waiter) => waiter.request(),
            Self::Found(request) => request.as_request(),
        }
    }
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
    let outcome = match keyspace.take_or_hold(request, &mut brought, true) {
        Begun::Over(outcome, promise) => kept(outcome, promise),
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
    let outcome = if timeout != Some(Duration::ZERO) && is_ended_by(keyspace, timeout, waiter) {
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
    outcome.map(|outcome| settled(keyspace, waiter, outcome))
}

/// The outcome of a wait in this thread, when what was promised is kept.
fn settled(keyspace: &Keyspace, waiter: &Waiter, outcome: Outcome) -> Outcome {
    if !matches!(outcome, Outcome::Served(_)) {
        return outcome;
    }
    loop {
        match keyspace.promised(waiter) {
            Poll::Ready(promise) => return kept(outcome, promise),
            // Its server holds the locks for a moment longer.
            Poll::Pending => thread::yield_now(),
        }
    }
}

fn kept(outcome: Outcome, promise: Option<Promise>) -> Outcome {
    match promise.map(Promise::settle) {
        Some(Err(error)) => Outcome::Failed(error),
        Some(Ok(())) | None => outcome,
    }
}

/// Waits in this thread until somebody ends the wait, and says whether somebody did before the timeout.
fn is_ended_by(keyspace: &Keyspace, timeout: Option<Duration>, waiter: &Waiter) -> bool {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let mut seat = SEAT.try_with(Cell::take).ok().flatten().unwrap_or_else(Seat::new);
    let ended = seat.wait_for(waiter, deadline, || keyspace.look_for_room(waiter));
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
        Self { client: None, finish, state: State::New(keyspace, request), room: None }
    }

    /// A wait that is over before it begins.
    pub(crate) fn known(finish: Finish<T>, reply: T) -> Self {
        Self { client: None, finish, state: State::Known(reply), room: None }
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
        if let State::Waiting(keyspace, waiter) = &self.state {
            // A thread that blocks has a handle on the store.
            let outcome = sit_down(&*keyspace.upgrade()?, waiter, timeout);
            let State::Waiting(_, waiter) = std::mem::replace(&mut self.state, State::Over) else {
                return None;
            };
            return Some(finished(self.finish, waiter.request(), outcome?));
        }
        self.settle()
    }

    /// Ends a wait that has begun as its timeout does, and returns what it had got by then, when that is kept.
    pub(crate) fn expire(mut self) -> Option<T> {
        let _ = self.time_out();
        self.settle()
    }

    /// Ends the wait as a timeout does, and returns whether it had got nothing: then the future is pending forever. Otherwise
    /// await it: it is ready with what it had got as soon as that is kept as the store's log (feature `durable`) promises it.
    ///
    /// Dropping the future ends it, too, and gives back what it had got. With a log that is brought to disk before a command
    /// returns, that would happen to each element which is found just when the timeout is over. A future that was never polled
    /// has got nothing, and does not look.
    ///
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let store = redeque::Store::new();
    /// assert!(store.blpop_async(["jobs"]).time_out());
    ///
    /// let mut popped = store.blpop_async(["jobs"]);
    /// assert!(futures_lite::future::poll_once(&mut popped).await.is_none());
    /// store.rpush("jobs", "first")?;
    /// assert!(!popped.time_out());
    /// assert_eq!(popped.await?, (b"jobs".to_vec(), b"first".to_vec()));
    /// # Ok::<(), redeque::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use = "the future is pending forever if it had got nothing"]
    pub fn time_out(&mut self) -> bool {
        if let State::New(..) = &self.state {
            self.state = State::Over;
        }
        if let State::Waiting(weak, waiter) = &self.state {
            let (weak, waiter) = (Weak::clone(weak), Arc::clone(waiter));
            self.state = State::Over;
            let outcome = match weak.upgrade() {
                Some(keyspace) => keyspace.end_wait(&waiter),
                None => waiter.leave().into_outcome(),
            };
            if let Some(outcome) = outcome {
                self.state = self.got(weak, waiter, outcome);
            }
        }
        matches!(self.state, State::Over)
    }

    /// What was got, when it is kept: in this thread, which waits for that.
    fn settle(&mut self) -> Option<T> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Promised(keyspace, asked, taken, promise) => {
                Some(self.reply(&keyspace, &asked, taken, promise.settle()))
            }
            State::Known(reply) => Some(reply),
            State::New(..) | State::Waiting(..) | State::Over => None,
        }
    }

    fn poll_now(&mut self, waker: &Waker) -> Poll<T> {
        if let State::New(keyspace, _) = &self.state
            && keyspace.poll_room(&mut self.room, waker).is_pending()
        {
            return Poll::Pending;
        }
        if let Some(reply) = self.start() {
            return Poll::Ready(reply);
        }
        if let State::Waiting(_, waiter) = &self.state {
            if !waiter.has_ended() && waiter.watch(waker) {
                return Poll::Pending;
            }
            self.collect(waker);
        }
        self.poll_promised(waker)
    }

    fn poll_promised(&mut self, waker: &Waker) -> Poll<T> {
        let outcome = match &mut self.state {
            State::Promised(.., promise) => std::task::ready!(promise.poll(waker)),
            State::Known(_) => Ok(()),
            State::New(..) | State::Waiting(..) | State::Over => return Poll::Pending,
        };
        match std::mem::replace(&mut self.state, State::Over) {
            State::Promised(keyspace, asked, taken, _) => {
                Poll::Ready(self.reply(&keyspace, &asked, taken, outcome))
            }
            State::Known(reply) => Poll::Ready(reply),
            State::New(..) | State::Waiting(..) | State::Over => Poll::Pending,
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
            State::Waiting(..) | State::Promised(..) | State::Over => return None,
        }
        match std::mem::replace(&mut self.state, State::Over) {
            State::New(keyspace, mut request) => {
                let mut brought = request.brought.take();
                match keyspace.take_or_hold(request.as_request(), &mut brought, stays) {
                    Begun::Over(Outcome::Served(taken), Some(promise)) => {
                        let asked = Asked::Found(request);
                        let weak = Arc::downgrade(&keyspace);
                        self.state = State::Promised(weak, asked, taken, promise);
                        None
                    }
                    Begun::Over(outcome, _) => {
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
            State::Waiting(..) | State::Promised(..) | State::Over => None,
        }
    }

    /// Takes the outcome of a wait that has ended. Its server may not have held the locks of all its queues.
    fn collect(&mut self, waker: &Waker) {
        let State::Waiting(weak, waiter) = std::mem::replace(&mut self.state, State::Over) else {
            return;
        };
        if weak.upgrade().is_some_and(|keyspace| keyspace.is_being_served(&waiter)) {
            // Its server holds the locks for a moment longer.
            self.state = State::Waiting(weak, waiter);
            return waker.wake_by_ref();
        }
        let outcome = waiter.leave().into_outcome();
        if waiter.request().len() > 1 {
            let waiter = Arc::clone(&waiter);
            outside(&weak, move |keyspace| keyspace.dequeue(&waiter));
        }
        if let Some(outcome) = outcome {
            self.state = self.got(weak, waiter, outcome);
        }
    }

    /// What comes after a wait that has ended like this.
    fn got(&self, keyspace: Weak<Keyspace>, waiter: Arc<Waiter>, outcome: Outcome) -> State<T> {
        let promise = keyspace.upgrade().and_then(|keyspace| match keyspace.promised(&waiter) {
            Poll::Ready(promise) => promise,
            Poll::Pending => None,
        });
        let asked = Asked::Waited(waiter);
        match (outcome, promise) {
            (Outcome::Served(taken), Some(promise)) => {
                State::Promised(keyspace, asked, taken, promise)
            }
            (Outcome::Served(taken), None) => {
                State::Known(self.reply(&keyspace, &asked, taken, Ok(())))
            }
            (outcome, _) => State::Known(finished(self.finish, asked.request(), outcome)),
        }
    }

    /// The reply when this was got, of which nothing will be given back, and kept or not.
    fn reply(
        &self,
        keyspace: &Weak<Keyspace>,
        asked: &Asked,
        taken: Taken,
        kept: Result<(), Error>,
    ) -> T {
        let outcome = Outcome::Served(taken);
        if let (false, Some(keyspace)) = (outcome.placed().is_empty(), keyspace.upgrade()) {
            forget_placed(&keyspace, asked, outcome.placed());
        }
        let outcome = kept.map_or_else(Outcome::Failed, |()| outcome);
        finished(self.finish, asked.request(), outcome)
    }
}

/// Runs a task on a store that is still there, now or when the transaction is over whose closure this thread runs.
fn outside(keyspace: &Weak<Keyspace>, task: impl FnOnce(&Keyspace) + 'static) {
    if let Some(keyspace) = keyspace.upgrade() {
        let kept = Arc::clone(&keyspace);
        keyspace.outside(move || task(&kept));
    }
}

/// Forgets where elements were put, which will not be given back any more.
fn forget_placed(keyspace: &Arc<Keyspace>, asked: &Asked, placed: &[Placed]) {
    let (request, placed) = (OwnedRequest::new(asked.request()), placed.to_vec());
    let kept = Arc::clone(keyspace);
    keyspace.outside(move || kept.forget_placed(request.as_request(), &placed));
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
        match std::mem::replace(&mut self.state, State::Over) {
            State::Waiting(keyspace, waiter) => {
                outside(&keyspace, move |keyspace| cancel(keyspace, &waiter));
            }
            State::Promised(keyspace, asked, taken, _) => {
                outside(&keyspace, move |keyspace| keyspace.give_back(asked.request(), taken));
            }
            State::New(..) | State::Known(_) | State::Over => {}
        }
    }
}

impl<T> fmt::Debug for Wait<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::New(..) | State::Known(_) => "new",
            State::Waiting(..) | State::Promised(..) => "waiting",
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
        let waker = Waker::from(Arc::new(parker.unparker().clone()));
        Self { parker, waker, patience: Patience::default() }
    }

    /// Looks for a moment whether a wait has ended, and then sleeps: only who sleeps has to be woken. False where the
    /// deadline came first. It sleeps no longer than until it is to look again, as the last look says.
    fn wait_for(
        &mut self,
        waiter: &Waiter,
        deadline: Option<Instant>,
        look: impl Fn() -> Option<Duration>,
    ) -> bool {
        if self.patience.look(|| waiter.has_ended()) {
            return true;
        }
        while waiter.watch(&self.waker) {
            let next = look().and_then(|after| Instant::now().checked_add(after));
            match deadline.into_iter().chain(next).min() {
                None => self.parker.park(),
                Some(_) if deadline.is_some_and(|deadline| deadline <= Instant::now()) => {
                    return false;
                }
                Some(until) => self.parker.park_deadline(until),
            }
        }
        true
    }
}
