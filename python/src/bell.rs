//! What wakes a task of asyncio.
//!
//! It only wakes it: the element leaves the wait when the task itself runs and polls it. A value that was set from here could
//! be lost, where the task is cancelled before it runs.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Weak};
use std::task::{Wake, Waker};

use pyo3::prelude::*;

use crate::process::Owned;
use crate::waiting::{Close, Waiting};

/// Rings for one wait, by a call of `ring`, which can be made in any thread.
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
        // None while the interpreter ends; an error where the loop is closed. There is nobody to tell of either.
        let rung = Python::try_attach(|py| match self.ring.get() {
            Ok(ring) => ring.call0(py).is_ok(),
            Err(_) => false,
        });
        if rung != Some(true)
            && let Some(wait) = self.wait.upgrade()
        {
            give_back(wait);
        }
    }
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
