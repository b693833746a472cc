//! A blocking pop, move or push of a store, for a task: what `Store.blpop_async` and its like return.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pyclass::{PyTraverseError, PyVisit};
use pyo3::types::{PyTuple, PyType};
use redeque::Reply;

use crate::bell;
use crate::errors::ClosedError;
use crate::process::Owned;
use crate::replies;
use crate::thread::{self, Ended, Look};
use crate::waiting::{Polled, Waiting};

/// A blocking pop, move or push, which is awaited or made a task of, once. It is a coroutine to `asyncio`: `create_task`,
/// `gather`, `wait_for`, `TaskGroup` and `run` take it. It begins to wait when it first runs, and may be cancelled at any time:
/// what it had been given goes back to the list, and what it had pushed is taken out again.
#[pyclass(module = "redeque", frozen, weakref)]
#[derive(Debug)]
pub(crate) struct Wait {
    waiting: Owned<Waiting<Reply>>,
    reply: Mutex<Option<Reply>>,
    shown: Shown,
    /// Whether what it gets is in no list any more.
    pops: bool,
    awaited: AtomicBool,
    /// What a task runs that was made of this.
    coroutine: OnceLock<Py<PyAny>>,
}

/// How a reply is shown to Python.
type Shown = for<'py> fn(Python<'py>, &Reply) -> PyResult<Bound<'py, PyAny>>;

impl Wait {
    /// A move or a push. It may serve others, and what their rings raise is raised in the place of its result.
    pub(crate) fn new(waiting: Waiting<Reply>) -> Self {
        Self {
            waiting: Owned::new(waiting),
            reply: Mutex::new(None),
            shown: replies::popped,
            pops: false,
            awaited: AtomicBool::new(false),
            coroutine: OnceLock::new(),
        }
    }

    /// A pop. What rings raise does not take the place of its result, which would be lost: the next command raises it.
    pub(crate) fn of_pop(waiting: Waiting<Reply>) -> Self {
        Self { pops: true, ..Self::new(waiting) }
    }

    /// A move of several, which results in a list.
    pub(crate) fn of_several(waiting: Waiting<Reply>) -> Self {
        Self { shown: replies::moved, ..Self::new(waiting) }
    }

    /// It wakes one task.
    fn claim(&self) -> PyResult<()> {
        if self.awaited.swap(true, Ordering::Relaxed) {
            return Err(ClosedError::new_err("this wait has been awaited before: make a new one"));
        }
        Ok(())
    }

    /// The coroutine that `send` and `throw` run. It has another handle on the wait: with this one, each of the two would
    /// keep the other.
    fn coroutine<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        if self.coroutine.get().is_none() {
            self.claim()?;
            let handle = Self {
                shown: self.shown,
                pops: self.pops,
                ..Self::new(self.waiting.get()?.clone())
            };
            let handle = Bound::new(py, handle)?;
            // Nobody else has claimed it, so nobody else has set it.
            let _ = self.coroutine.set(result_of(&handle)?.unbind());
        }
        let coroutine = self.coroutine.get().ok_or_else(over)?;
        Ok(coroutine.bind(py))
    }

    /// Locked for no longer than it takes to put a reply in or out.
    fn reply(&self) -> MutexGuard<'_, Option<Reply>> {
        self.reply.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits in this thread instead.
    pub(crate) fn block(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        self.block_and_look(py, &|| None)
    }

    /// The same, where time alone may end the wait.
    pub(crate) fn block_and_look<'py>(
        self,
        py: Python<'py>,
        look: Look<'_>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let pops = self.pops;
        let result = self.blocked(py, look);
        if !pops || result.is_err() {
            bell::check()?;
        }
        result
    }

    /// It is over and dropped when this returns.
    fn blocked<'py>(self, py: Python<'py>, look: Look<'_>) -> PyResult<Bound<'py, PyAny>> {
        bell::check()?;
        match thread::block(py, self.waiting.get()?, None, look)? {
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
        slf.get().claim()?;
        result_of(slf)?.call_method0(intern!(slf.py(), "__await__"))
    }

    /// As that of a coroutine, for the task that was made of this.
    #[pyo3(signature = (value, /))]
    fn send<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = value.py();
        self.coroutine(py)?.call_method1(intern!(py, "send"), (value,))
    }

    /// As that of a coroutine, for the task that was made of this.
    #[pyo3(signature = (*exception))]
    fn throw<'py>(&self, exception: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        let py = exception.py();
        self.coroutine(py)?.call_method1(intern!(py, "throw"), exception)
    }

    /// Looks whether it is over. If it is not, `ring` will be called, in any thread, when that is worth another look. It
    /// returns False where nobody hears it any more, and then what the wait was given goes back.
    fn poll(&self, ring: Bound<'_, PyAny>) -> PyResult<bool> {
        bell::check()?;
        let waiting = self.waiting.get()?;
        let is_over = match waiting.poll(&bell::waker(ring, waiting)) {
            Polled::Over(reply) => {
                *self.reply() = Some(reply);
                true
            }
            Polled::Waiting => false,
            Polled::Closed => return Err(over()),
        };
        if !(is_over && self.pops) {
            bell::check()?;
        }
        Ok(is_over)
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

    /// For the collector of cycles, as a task that waits is one: from its coroutine to the future that it awaits, and back. It
    /// needs nothing to clear here, since a future and a task can be cleared.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(self.coroutine.get())
    }
}

/// A coroutine that waits, and returns what it got.
fn result_of<'py>(wait: &Bound<'py, Wait>) -> PyResult<Bound<'py, PyAny>> {
    let py = wait.py();
    let module = py.import(intern!(py, "redeque._waiting"))?;
    module.call_method1(intern!(py, "result_of"), (wait,))
}

fn over() -> PyErr {
    ClosedError::new_err("this wait is over: make a new one")
}
