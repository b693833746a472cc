//! A blocking pop, move or push of a store, for a task: what `Store.blpop_async` and its like return.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;
use redeque::Reply;

use crate::bell;
use crate::errors::ClosedError;
use crate::process::Owned;
use crate::replies;
use crate::thread::{self, Ended};
use crate::waiting::{Polled, Waiting};

/// A blocking pop, move or push that is awaited. It begins to wait when it is first awaited, and may be cancelled at any time:
/// what it had been given goes back to the list, and what it had pushed is taken out again.
#[pyclass(module = "redeque", frozen, weakref)]
#[derive(Debug)]
pub(crate) struct Wait {
    waiting: Owned<Waiting<Reply>>,
    reply: Mutex<Option<Reply>>,
    shown: Shown,
    awaited: AtomicBool,
}

/// How a reply is shown to Python.
type Shown = for<'py> fn(Python<'py>, &Reply) -> PyResult<Bound<'py, PyAny>>;

impl Wait {
    pub(crate) fn new(waiting: Waiting<Reply>) -> Self {
        Self {
            waiting: Owned::new(waiting),
            reply: Mutex::new(None),
            shown: replies::popped,
            awaited: AtomicBool::new(false),
        }
    }

    /// A move of several, which results in a list.
    pub(crate) fn of_several(waiting: Waiting<Reply>) -> Self {
        Self { shown: replies::moved, ..Self::new(waiting) }
    }

    /// Locked for no longer than it takes to put a reply in or out.
    fn reply(&self) -> MutexGuard<'_, Option<Reply>> {
        self.reply.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits in this thread instead.
    pub(crate) fn block(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        match thread::block(py, self.waiting.get()?, None)? {
            Ended::Over(reply) => (self.shown)(py, &reply),
            Ended::Late | Ended::Closed => Err(over()),
        }
    }
}

#[pymethods]
impl Wait {
    /// For annotations, such as `Wait[bytes]`.
    #[classmethod]
    fn __class_getitem__(cls: &Bound<'_, PyType>, _item: &Bound<'_, PyAny>) -> Py<PyType> {
        cls.clone().unbind()
    }

    fn __await__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        // It wakes one task.
        if slf.get().awaited.swap(true, Ordering::Relaxed) {
            return Err(ClosedError::new_err("this wait has been awaited before: make a new one"));
        }
        let py = slf.py();
        let driver =
            py.import(intern!(py, "redeque._waiting"))?.getattr(intern!(py, "result_of"))?;
        driver.call1((slf,))?.call_method0(intern!(py, "__await__"))
    }

    /// Looks whether it is over. If it is not, `ring` will be called, in any thread, when that is worth another look. It
    /// returns False where nobody hears it any more, and then what the wait was given goes back.
    fn poll(&self, ring: Bound<'_, PyAny>) -> PyResult<bool> {
        bell::check()?;
        let waiting = self.waiting.get()?;
        match waiting.poll(&bell::waker(ring, waiting)) {
            Polled::Over(reply) => {
                *self.reply() = Some(reply);
                Ok(true)
            }
            Polled::Waiting => Ok(false),
            Polled::Closed => Err(over()),
        }
    }

    /// Seconds until it ends by itself, if it does.
    fn seconds_left(&self) -> PyResult<Option<f64>> {
        let deadline = self.waiting.get()?.deadline();
        Ok(deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()).as_secs_f64()))
    }

    /// What it got, once.
    fn result<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let reply = self.reply().take().ok_or_else(over)?;
        (self.shown)(py, &reply)
    }

    /// Ends it. What it had been given goes back. In a process that did not make it, this does nothing.
    fn close(&self) -> PyResult<()> {
        if let Ok(waiting) = self.waiting.get() {
            waiting.close();
            bell::check()?;
        }
        Ok(())
    }
}

fn over() -> PyErr {
    ClosedError::new_err("this wait is over: make a new one")
}
