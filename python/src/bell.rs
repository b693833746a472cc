//! What wakes a task of asyncio.
//!
//! It only wakes it: the element leaves the wait when the task itself runs and polls it. A value that was set from here could
//! be lost, where the task is cancelled before it runs.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Wake, Waker};

use pyo3::prelude::*;
use pyo3::types::PyBool;

use crate::process::Owned;
use crate::waiting::{Close, Waiting};

/// Rings for one wait, by a call of `ring`, which can be made in any thread. It returns False where nobody can hear it any
/// more.
struct Bell {
    ring: Owned<Py<PyAny>>,
    wait: Weak<dyn Close>,
}

pub(crate) fn waker<T: Send + 'static>(ring: Bound<'_, PyAny>, waiting: &Waiting<T>) -> Waker {
    let wait = Arc::downgrade(&waiting.place());
    Waker::from(Arc::new(Bell { ring: Owned::new(ring.unbind()), wait }))
}

/// The library calls this when it has given up all its locks, so it may wait for the GIL.
impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        // None while the interpreter ends.
        let heard = Python::try_attach(|py| {
            // A wait that is dropped while an exception is under way rings for the next one, and no Python may run with it.
            let under_way = PyErr::take(py);
            let heard = self.ring.get().is_ok_and(|ring| is_heard(ring.bind(py)));
            if let Some(error) = under_way {
                error.restore(py);
            }
            heard
        });
        if heard != Some(true)
            && let Some(wait) = self.wait.upgrade()
        {
            give_back(wait);
        }
    }
}

/// How often a bell is rung that raises. A handler of a signal, such as that of Ctrl-C, raises in whatever Python runs, and
/// then the next call rings.
const TRIES: usize = 3;

/// Rings, and returns whether somebody can hear it. What it raises is no answer to that: the wait is left alone, and it is
/// raised again by the command that rang.
fn is_heard(ring: &Bound<'_, PyAny>) -> bool {
    for _ in 0..TRIES {
        match ring.call0() {
            Ok(heard) => return !heard.is(PyBool::new(ring.py(), false)),
            Err(error) => keep(error, ring),
        }
    }
    true
}

/// Whether a ring has ever raised anything, in any thread.
static EVER_RAISED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// What a ring raised in this thread, until a command raises it.
    static RAISED: Cell<Option<PyErr>> = const { Cell::new(None) };
}

/// Keeps the first error for the command; any other is reported, as Python reports those of finalisers.
fn keep(error: PyErr, ring: &Bound<'_, PyAny>) {
    EVER_RAISED.store(true, Ordering::Relaxed);
    match RAISED.take() {
        None => RAISED.set(Some(error)),
        first => {
            RAISED.set(first);
            error.write_unraisable(ring.py(), Some(ring));
        }
    }
}

/// Raises what a ring has raised in this thread since this was last asked.
#[inline]
pub(crate) fn check() -> PyResult<()> {
    check_unless(|| false)
}

/// The same, but for where that would take the place of elements which are in no list any more, and would be lost: then the
/// next command raises it. It is asked only where a ring has ever raised anything.
#[inline]
pub(crate) fn check_unless(holds_elements: impl FnOnce() -> bool) -> PyResult<()> {
    if EVER_RAISED.load(Ordering::Relaxed) && !holds_elements() {
        return RAISED.take().map_or(Ok(()), Err);
    }
    Ok(())
}

thread_local! {
    /// Waits whose tasks can never run again.
    static DEAD: RefCell<Vec<Arc<dyn Close>>> = const { RefCell::new(Vec::new()) };
    /// Whether this thread is closing them.
    static CLOSING: Cell<bool> = const { Cell::new(false) };
}

/// Closes a wait whose task can never run again, so that what it was given goes back. That may serve another such wait,
/// which then is closed after this one and not inside it: there can be any number of them.
fn give_back(wait: Arc<dyn Close>) {
    DEAD.with_borrow_mut(|dead| dead.push(wait));
    if CLOSING.replace(true) {
        return;
    }
    while let Some(wait) = DEAD.with_borrow_mut(Vec::pop) {
        wait.close();
    }
    CLOSING.set(false);
}
