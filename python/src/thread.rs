//! A thread that waits, without the GIL.

use std::sync::Arc;
use std::task::{Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use pyo3::intern;
use pyo3::prelude::*;

use crate::waiting::{Polled, Waiting};

/// How long the main thread sleeps before it looks for signals, such as that of Ctrl-C. No other thread handles any, so
/// no other wakes up in vain.
const SLICE: Duration = Duration::from_millis(40);

/// Wakes a parked thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// How a thread's wait ended.
#[derive(Debug)]
pub(crate) enum Ended<T> {
    Over(T),
    /// The caller's limit came first. The wait keeps its place.
    Late,
    Closed,
}

/// Waits in this thread, at most until `limit`. The signals that come meanwhile are handled, and what their handlers raise
/// is raised here. All slices poll the one wait, so its place in the queue is kept.
pub(crate) fn block<T: Send>(
    py: Python<'_>,
    waiting: &Waiting<T>,
    limit: Option<Instant>,
) -> PyResult<Ended<T>> {
    // Most find what they want at once.
    if let Polled::Over(reply) = waiting.poll(Waker::noop()) {
        return Ok(Ended::Over(reply));
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let slice = is_main(py)?.then_some(SLICE);
    loop {
        let slice_end = slice.map(|slice| Instant::now() + slice);
        let until = [slice_end, limit].into_iter().flatten().min();
        match py.detach(|| sleep(waiting, &waker, until)) {
            Polled::Over(reply) => return Ok(Ended::Over(reply)),
            Polled::Closed => return Ok(Ended::Closed),
            Polled::Waiting => {}
        }
        py.check_signals()?;
        if limit.is_some_and(|limit| Instant::now() >= limit) {
            return Ok(Ended::Late);
        }
    }
}

/// Sleeps until the wait is over or that moment is there.
fn sleep<T: Send>(waiting: &Waiting<T>, waker: &Waker, until: Option<Instant>) -> Polled<T> {
    loop {
        match waiting.poll(waker) {
            Polled::Waiting => {}
            ended => return ended,
        }
        match [until, waiting.deadline()].into_iter().flatten().min() {
            None => thread::park(),
            Some(next) => {
                if until.is_some_and(|until| Instant::now() >= until) {
                    return Polled::Waiting;
                }
                thread::park_timeout(next.saturating_duration_since(Instant::now()));
            }
        }
    }
}

fn is_main(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import(intern!(py, "threading"))?;
    let main = threading.call_method0(intern!(py, "main_thread"))?;
    let here = threading.call_method0(intern!(py, "get_ident"))?;
    main.getattr(intern!(py, "ident"))?.eq(here)
}
