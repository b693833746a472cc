//! What is still to be made sure of when a commit is over: that what was changed is in the log, as its user wants it to be.
//!
//! Who commits settles its own promise, and so does each who was served, when they are about to return: a thread waits for the
//! disk, a task is woken by it. Where there is no log nothing is promised.

#[cfg(feature = "durable")]
pub(super) use self::with_log::{End, is_put_off, putting_off, settle};
#[cfg(feature = "durable")]
pub(crate) use self::with_log::{Promise, admission, aside};
#[cfg(not(feature = "durable"))]
pub(super) use self::without_log::End;
#[cfg(not(feature = "durable"))]
pub(crate) use self::without_log::{Promise, aside};

impl Promise {
    /// Settles what was promised, if anything was.
    #[inline]
    pub(crate) fn settle_if_any(promise: Option<Self>) -> Result<(), crate::Error> {
        promise.map_or(Ok(()), Self::settle)
    }
}

#[cfg(feature = "durable")]
mod with_log {
    use std::cell::Cell;
    use std::fmt;
    use std::sync::Arc;
    use std::task::{Poll, Waker};
    use std::time::{Duration, Instant};

    use crate::error::{Error, LogFailure};
    use crate::log::{Position, Ticket, Writer};

    thread_local! {
        /// The log whose promises are put off, by its address, and what it promised since.
        static PUT_OFF: Cell<Option<(usize, Option<Promised>)>> = const { Cell::new(None) };
    }

    /// Up to where, and what.
    type Promised = (Position, Wants);

    /// That everything up to a position of a log is kept.
    pub(crate) struct Promise {
        log: Arc<Writer>,
        upto: Position,
        ticket: Ticket,
        wants: Wants,
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    enum Wants {
        /// What the user of the log asked for.
        AsPromised,
        /// All of it on disk.
        Durable,
    }

    impl Promise {
        pub(crate) fn new(log: &Arc<Writer>, upto: Position) -> Self {
            let wants = Wants::AsPromised;
            Self { log: Arc::clone(log), upto, ticket: Ticket::default(), wants }
        }

        /// That everything that was appended until now is on disk.
        pub(crate) fn barrier(log: &Arc<Writer>) -> Self {
            Self { wants: Wants::Durable, ..Self::new(log, log.end()) }
        }

        /// Waits in this thread, unless that is [put off](putting_off).
        pub(crate) fn settle(self) -> Result<(), Error> {
            let Self { log, upto, wants, .. } = self;
            settle_or(&log, upto, wants, || match wants {
                Wants::AsPromised => log.settle(upto),
                Wants::Durable => log.sync_upto(upto),
            })
        }

        /// The same for a [`barrier`](Self::barrier), and for no longer than this. False if it is not kept by then.
        pub(crate) fn settle_within(self, timeout: Duration) -> Result<bool, Error> {
            match Instant::now().checked_add(timeout) {
                Some(deadline) if self.wants == Wants::Durable && !is_put_off(&self.log) => {
                    let kept = self.log.sync_until(self.upto, deadline);
                    kept.map_err(|failure| refused(failure, self.wants))
                }
                _ => self.settle().map(|()| true),
            }
        }

        /// Whether it is kept. If that is not known yet, the waker is woken when this is to be asked again.
        pub(crate) fn poll(&mut self, waker: &Waker) -> Poll<Result<(), Error>> {
            let Self { log, upto, ticket, wants } = self;
            let kept = match wants {
                Wants::AsPromised => log.poll_settled(*upto, ticket, waker),
                Wants::Durable => log.poll_synced(*upto, ticket, waker),
            };
            kept.map_err(|failure| refused(failure, *wants))
        }

        /// Leaves it to the background.
        pub(crate) fn settle_later(&self) {
            self.log.settle_later(self.upto);
        }
    }

    impl fmt::Debug for Promise {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Promise").field("upto", &self.upto).finish_non_exhaustive()
        }
    }

    /// Where a commit ends in the log.
    pub(crate) type End = Position;

    /// Settles what a commit promises that ends there.
    #[inline]
    pub(crate) fn settle(log: &Arc<Writer>, upto: Position) -> Result<(), Error> {
        settle_or(log, upto, Wants::AsPromised, || log.settle(upto))
    }

    #[inline]
    fn settle_or(
        log: &Arc<Writer>,
        upto: Position,
        wants: Wants,
        wait: impl FnOnce() -> Result<(), LogFailure>,
    ) -> Result<(), Error> {
        match PUT_OFF.get() {
            Some((put_off, before)) if put_off == address(log) => {
                let (most, all) = before.unwrap_or((upto, wants));
                PUT_OFF.set(Some((put_off, Some((upto.max(most), wants.max(all))))));
                Ok(())
            }
            _ => wait().map_err(|failure| refused(failure, wants)),
        }
    }

    /// Runs a command that must not wait for this log. What it promises comes back with its reply.
    pub(crate) fn putting_off<R>(
        log: &Arc<Writer>,
        command: impl FnOnce() -> R,
    ) -> (R, Option<Promise>) {
        let scope = Scope::begin(Some((address(log), None)));
        let reply = command();
        let promised = PUT_OFF.get().and_then(|(_, promised)| promised);
        drop(scope);
        let promise = |(upto, wants)| Promise { wants, ..Promise::new(log, upto) };
        (reply, promised.map(promise))
    }

    /// Runs somebody else's code, whose commands settle their own promises.
    pub(crate) fn aside<R>(code: impl FnOnce() -> R) -> R {
        let _scope = Scope::begin(None);
        code()
    }

    /// Whether a command of this thread must not wait for this log.
    pub(crate) fn is_put_off(log: &Arc<Writer>) -> bool {
        PUT_OFF.get().is_some_and(|(put_off, _)| put_off == address(log))
    }

    /// What was in force before is again when this is dropped.
    struct Scope(Option<(usize, Option<Promised>)>);

    impl Scope {
        fn begin(now: Option<(usize, Option<Promised>)>) -> Self {
            Self(PUT_OFF.replace(now))
        }
    }

    impl Drop for Scope {
        fn drop(&mut self) {
            PUT_OFF.set(self.0);
        }
    }

    fn address(log: &Arc<Writer>) -> usize {
        Arc::as_ptr(log).addr()
    }

    /// The error of a command that was refused because of this.
    pub(crate) fn admission(failure: LogFailure) -> Error {
        if failure == LogFailure::SHUT { Error::Closed } else { Error::LogFailed(failure) }
    }

    /// The error of one that was carried out, or that wants to know what was.
    fn refused(failure: LogFailure, wants: Wants) -> Error {
        match wants {
            Wants::AsPromised => Error::OutcomeUnknown(failure),
            Wants::Durable => admission(failure),
        }
    }
}

#[cfg(not(feature = "durable"))]
mod without_log {
    use std::task::{Poll, Waker};
    use std::time::Duration;

    use crate::Error;

    /// No commit ends in a log.
    #[derive(Debug)]
    pub(crate) enum End {}

    /// Nobody promises anything.
    #[derive(Debug)]
    pub(crate) enum Promise {}

    impl Promise {
        pub(crate) fn settle(self) -> Result<(), Error> {
            match self {}
        }

        pub(crate) fn settle_within(self, _: Duration) -> Result<bool, Error> {
            match self {}
        }

        pub(crate) fn poll(&mut self, _: &Waker) -> Poll<Result<(), Error>> {
            match *self {}
        }
    }

    pub(crate) fn aside<R>(code: impl FnOnce() -> R) -> R {
        code()
    }
}
