//! A command that waits, for as long as it may: a future that a thread or a task of asyncio drives, and that anybody can end.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use redeque::{Connection, Error, Reply, SyncLog, Wait};

type Driven<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a poll found.
#[derive(Debug)]
pub(crate) enum Polled<T> {
    Over(T),
    Waiting,
    /// Somebody closed it. What it had been given went back.
    Closed,
}

/// A wait. A clone is another handle on the same one, which ends when it is closed or when the last of them is dropped.
#[derive(Debug)]
pub(crate) struct Waiting<T> {
    place: Arc<Place<T>>,
    clock: Arc<Clock>,
}

/// Its place in the queue, which it keeps however often it is polled.
struct Place<T> {
    /// Taken out while it is polled: no lock of ours is held while others are woken, since that may run Python.
    future: Mutex<Option<Driven<T>>>,
    /// Who is to be told of its end.
    waker: Mutex<Option<Waker>>,
    closed: AtomicBool,
}

/// How long it may take, from the first look at it: that is when it takes its place in the queue.
#[derive(Debug)]
struct Clock {
    begun: OnceLock<Instant>,
    /// Known once it waits, if it ends at all.
    timeout: OnceLock<Duration>,
    expired: AtomicBool,
}

/// Somebody else can end it, whatever its reply is.
pub(crate) trait Close: Send + Sync {
    /// Ends the wait. What it had been given goes back, and the next in the queue gets it.
    fn close(&self);
}

impl<T> Waiting<T> {
    fn new(future: impl Future<Output = T> + Send + 'static, clock: Arc<Clock>) -> Self {
        let future = Mutex::new(Some(Box::pin(future) as Driven<T>));
        let place = Place { future, waker: Mutex::new(None), closed: AtomicBool::new(false) };
        Self { place: Arc::new(place), clock }
    }

    /// Looks whether it is over, or has to be because its time is.
    pub(crate) fn poll(&self, waker: &Waker) -> Polled<T> {
        self.clock.look();
        self.place.poll(waker)
    }

    /// When it ends by itself, if it has begun or begins now.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.clock.deadline()
    }

    pub(crate) fn close(&self)
    where
        T: Send,
    {
        self.place.close();
    }

    pub(crate) fn place(&self) -> Arc<dyn Close>
    where
        T: Send + 'static,
    {
        Arc::clone(&self.place) as Arc<dyn Close>
    }
}

impl Waiting<Reply> {
    /// A barrier, which replies nil.
    pub(crate) fn syncing(sync: SyncLog) -> Self {
        let replied = async move {
            match sync.await {
                Ok(()) => Reply::Nil,
                Err(error) => Reply::Error(error.to_string().into_bytes()),
            }
        };
        Self::new(replied, Arc::new(Clock::new(None)))
    }

    /// A pop, a move or a push of a store. Its time over, it replies nil.
    pub(crate) fn popping<T: Send + 'static>(
        wait: Wait<Result<T, Error>>,
        timeout: Option<Duration>,
        reply: fn(T) -> Reply,
    ) -> Self {
        let clock = Arc::new(Clock::new(timeout));
        let popped = until_expired(wait, Arc::clone(&clock));
        let replied = async move {
            match popped.await {
                Some(Ok(taken)) => reply(taken),
                Some(Err(error)) => Reply::Error(error.to_string().into_bytes()),
                None => Reply::NilArray,
            }
        };
        Self::new(replied, clock)
    }
}

impl Waiting<(Connection, Reply)> {
    /// A text command, until its own timeout, and until what it changed is on disk if its store promises that. It takes the connection with it.
    pub(crate) fn executing(mut connection: Connection, words: Vec<Vec<u8>>) -> Self {
        let clock = Arc::new(Clock::new(None));
        let told = Arc::clone(&clock);
        let executed = async move {
            let mut execute = connection.execute_async(&words);
            let replied = poll_fn(|context| {
                let polled = Pin::new(&mut execute).poll(context);
                if polled.is_pending()
                    && let Some(timeout) = execute.timeout()
                {
                    let _ = told.timeout.set(timeout);
                }
                told.unless_expired(polled)
            });
            let reply = if let Some(reply) = replied.await {
                reply
            } else {
                // It may have been served just before, and then the disk may have to be waited for.
                execute.time_out();
                execute.await
            };
            (connection, reply)
        };
        Self::new(executed, clock)
    }
}

/// What a wait results in; None if its time is over before. What it had got by then may have to be brought to disk first.
async fn until_expired<T>(mut wait: Wait<T>, clock: Arc<Clock>) -> Option<T> {
    let result = poll_fn(|context| clock.unless_expired(Pin::new(&mut wait).poll(context))).await;
    match result {
        None if !wait.time_out() => Some(wait.await),
        result => result,
    }
}

impl Clock {
    fn new(timeout: Option<Duration>) -> Self {
        let timeout = timeout.map_or_else(OnceLock::new, OnceLock::from);
        Self { begun: OnceLock::new(), timeout, expired: AtomicBool::new(false) }
    }

    fn look(&self) {
        let now = Instant::now();
        self.begun.get_or_init(|| now);
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            self.expired.store(true, Ordering::Relaxed);
        }
    }

    /// None where there is none, and where it has passed: what then is waited for is the disk.
    fn deadline(&self) -> Option<Instant> {
        if self.expired.load(Ordering::Relaxed) {
            return None;
        }
        let timeout = *self.timeout.get()?;
        self.begun.get().copied().unwrap_or_else(Instant::now).checked_add(timeout)
    }

    fn unless_expired<T>(&self, polled: Poll<T>) -> Poll<Option<T>> {
        match polled {
            Poll::Ready(reply) => Poll::Ready(Some(reply)),
            Poll::Pending if self.expired.load(Ordering::Relaxed) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<T> Clone for Waiting<T> {
    fn clone(&self) -> Self {
        Self { place: Arc::clone(&self.place), clock: Arc::clone(&self.clock) }
    }
}

impl<T> Place<T> {
    fn poll(&self, waker: &Waker) -> Polled<T> {
        // The one from before is dropped with no lock held, like all that may run Python.
        let before = lock(&self.waker).replace(waker.clone());
        drop(before);
        let Some(mut future) = lock(&self.future).take() else { return Polled::Closed };
        if let Poll::Ready(reply) = future.as_mut().poll(&mut Context::from_waker(waker)) {
            return Polled::Over(reply);
        }
        *lock(&self.future) = Some(future);
        if self.closed.load(Ordering::SeqCst) {
            self.empty();
            return Polled::Closed;
        }
        Polled::Waiting
    }

    /// Dropped with no lock held: others may be woken.
    fn empty(&self) {
        let future = lock(&self.future).take();
        drop(future);
    }
}

impl<T: Send> Close for Place<T> {
    fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.empty();
        let waker = lock(&self.waker).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> std::fmt::Debug for Place<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place").finish_non_exhaustive()
    }
}

/// No panic leaves anything half done under these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
