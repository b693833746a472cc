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

/// How long a thread that waits sleeps at most before it looks again, though nobody wakes it. Asked before each sleep.
pub(crate) type Look<'a> = &'a dyn Fn() -> Option<Duration>;

/// Waits in this thread, at most until `limit`. The signals that come meanwhile are handled, and what their handlers raise
/// is raised here. All slices poll the one wait, so its place in the queue is kept.
///
/// Signals are handled before each poll and never after one, so what a handler raises finds the element in the wait, which
/// gives it back.
pub(crate) fn block<T: Send>(
    py: Python<'_>,
    waiting: &Waiting<T>,
    limit: Option<Instant>,
    look: Look<'_>,
) -> PyResult<Ended<T>> {
    py.check_signals()?;
    // Most find what they want at once.
    if let Polled::Over(reply) = waiting.poll(Waker::noop()) {
        return Ok(Ended::Over(reply));
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let slice = is_main(py)?.then_some(SLICE);
    loop {
        py.check_signals()?;
        match waiting.poll(&waker) {
            Polled::Over(reply) => return Ok(Ended::Over(reply)),
            Polled::Closed => return Ok(Ended::Closed),
            Polled::Waiting => {}
        }
        let look_in = look();
        let now = Instant::now();
        if limit.is_some_and(|limit| now >= limit) {
            return Ok(Ended::Late);
        }
        let slice_end = slice.map(|slice| now + slice);
        let look_at = look_in.and_then(|look_in| now.checked_add(look_in));
        let until = [slice_end, limit, look_at, waiting.deadline()].into_iter().flatten().min();
        py.detach(|| sleep(until));
    }
}

/// Sleeps until this thread is woken or that moment is there. It takes nothing from the wait: no signal could be handled
/// before that.
fn sleep(until: Option<Instant>) {
    match until {
        None => thread::park(),
        Some(until) => thread::park_timeout(until.saturating_duration_since(Instant::now())),
    }
}

fn is_main(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import(intern!(py, "threading"))?;
    let main = threading.call_method0(intern!(py, "main_thread"))?;
    let here = threading.call_method0(intern!(py, "get_ident"))?;
    main.getattr(intern!(py, "ident"))?.eq(here)
}
