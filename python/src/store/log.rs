//! A store that survives: how it is opened, what it does for its log, and how it ends.

use std::error::Error as _;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyCFunction;
use redeque::{Fsync, LogOptions};

use super::Store;
use crate::bell;
use crate::errors::{InUseError, OpenError, OrRaise, refused};
use crate::process::Owned;
use crate::wait::Wait;
use crate::waiting::Waiting;

/// When a log is brought to disk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct When(Fsync);

impl FromPyObject<'_, '_> for When {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let word = value.extract::<&str>()?;
        // These are literals in Python's types, in lower case only.
        let fsync = word.parse().ok().filter(|fsync: &Fsync| fsync.to_string() == word);
        fsync.map(Self).ok_or_else(|| {
            PyValueError::new_err(format!("fsync is 'always', 'everysec' or 'no', not '{word}'"))
        })
    }
}

/// What was found in the directory of a store when it was opened.
#[pyclass(module = "redeque", frozen)]
#[derive(Debug)]
pub(crate) struct Recovery(redeque::Recovery);

#[pymethods]
impl Recovery {
    /// How many keys there were.
    #[getter]
    fn keys(&self) -> usize {
        self.0.keys()
    }

    /// How many commands were carried out.
    #[getter]
    fn commands(&self) -> u64 {
        self.0.commands()
    }

    /// How many bytes were loaded, of all files.
    #[getter]
    fn bytes(&self) -> u64 {
        self.0.bytes()
    }

    /// What was cut off since a crash had torn it: which bytes of which file, and why. None if nothing was.
    #[getter]
    fn cut(&self) -> Option<String> {
        self.0.cut().map(ToString::to_string)
    }

    /// How many bytes were cut off.
    #[getter]
    fn bytes_cut(&self) -> u64 {
        self.0.cut().map_or(0, redeque::Cut::bytes)
    }

    /// By how many bytes the store took more than its `max_memory` when it was opened; 0 if it did not.
    #[getter]
    fn bytes_over_bound(&self) -> usize {
        self.0.bytes_over_bound().unwrap_or(0)
    }

    /// How long it took.
    #[getter]
    fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }

    fn __repr__(&self) -> String {
        let (keys, commands, bytes) = (self.0.keys(), self.0.commands(), self.0.bytes());
        let cut = self.bytes_cut();
        format!(
            "<redeque.Recovery: keys {keys}, commands {commands}, bytes {bytes}, bytes_cut {cut}>"
        )
    }
}

impl Store {
    pub(super) fn open(
        py: Python<'_>,
        builder: redeque::Builder,
        path: &Path,
        fsync: Option<When>,
    ) -> PyResult<Self> {
        let When(fsync) = fsync.unwrap_or(When(Fsync::EverySecond));
        let options = LogOptions::new().fsync(fsync);
        let opened = py.detach(|| builder.log(path, options).open());
        let store = opened.map_err(|error| not_opened(&error, path))?;
        let open = Some(Open::new(&store));
        Ok(Self { owned: Owned::new(store), open, time_passes: true })
    }
}

/// What keeps a directory from being opened: somebody who has it open, the system, or what is in it.
fn not_opened(error: &redeque::OpenError, path: &Path) -> PyErr {
    if error.is_in_use() {
        return InUseError::new_err(error.to_string());
    }
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    match cause.and_then(|cause| Some((cause, cause.raw_os_error()?))) {
        Some((cause, number)) => {
            let text = cause.to_string();
            let text = text.strip_suffix(&format!(" (os error {number})")).unwrap_or(&text);
            let file = error.file().map_or_else(|| path.to_owned(), |file| path.join(file));
            PyOSError::new_err((number, text.to_owned(), file.into_os_string()))
        }
        None => OpenError::new_err(error.to_string()),
    }
}

#[pymethods]
impl Store {
    /// A barrier: returns when everything that returned before is on disk, whatever `fsync` says. A store without a log refuses
    /// it with a `ResponseError`.
    fn sync(&self, py: Python<'_>) -> PyResult<()> {
        let store = self.inner()?;
        py.detach(|| store.sync()).or_raise()
    }

    /// As `sync`, to be awaited or made a task of, once. It is about what returned before this call.
    fn sync_async(&self) -> PyResult<Wait> {
        Ok(Wait::new(Waiting::syncing(self.inner()?.sync_async())))
    }

    /// Rewrites the log as the shortest one that makes these lists, and returns when that is in its place. Others go on
    /// meanwhile. By itself this happens in the background, when the log has doubled and is above 64 MiB. It takes its time: a
    /// task has it done by `asyncio.to_thread`.
    fn rewrite_log(&self, py: Python<'_>) -> PyResult<()> {
        let store = self.inner()?;
        py.detach(|| store.rewrite_log()).or_raise()
    }

    /// What was found when the store was opened; None if it has no log.
    #[getter]
    fn recovery(&self) -> PyResult<Option<Recovery>> {
        Ok(self.inner()?.recovery().cloned().map(Recovery))
    }

    /// Closes the store, brings all that was changed to disk and gives up the directory, which can be opened again. Whatever
    /// changes something is then a `ClosedError`, also a pop; reads go on. A store without a log is closed. In a process that
    /// did not make the store, this does nothing.
    ///
    /// A `ResponseError` says that it is not known what of the last changes is on disk. The directory is given up all the same.
    pub(super) fn shutdown(&self, py: Python<'_>) -> PyResult<()> {
        if let Ok(store) = self.inner() {
            let ended = py.detach(|| store.shutdown());
            bell::check()?;
            ended.or_raise()?;
        }
        Ok(())
    }
}

impl Store {
    /// What `async with` awaits at its end: the disk is not waited for in the loop.
    pub(super) fn shutdown_in_a_thread<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let shutdown = slf.getattr(intern!(py, "shutdown"))?;
        let module = py.import(intern!(py, "redeque._waiting"))?;
        module.call_method1(intern!(py, "in_a_thread"), (shutdown,))
    }
}

/// A store that was opened and is still used. An interpreter that ends drops most of what there is, but not what a thread uses;
/// and what is not dropped is not brought to disk.
#[derive(Debug)]
pub(super) struct Open(u64);

/// Locked only while the GIL is held, and so by nobody else while a process forks.
static OPEN: Mutex<Vec<(u64, Owned<redeque::Store>)>> = Mutex::new(Vec::new());

static NEXT: AtomicU64 = AtomicU64::new(0);

fn all_open() -> MutexGuard<'static, Vec<(u64, Owned<redeque::Store>)>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Open {
    fn new(store: &redeque::Store) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        all_open().push((number, Owned::new(store.clone())));
        Self(number)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut open = all_open();
        let place = open.iter().position(|(number, _)| *number == self.0);
        let gone = place.map(|place| open.swap_remove(place));
        drop(open);
        // It may be the last handle.
        drop(gone);
    }
}

/// Has what is open brought to disk when the interpreter ends, also where somebody still uses it. It is not shut
/// down: threads that wait and are to end with the process would be told of that.
pub(crate) fn sync_at_exit(py: Python<'_>) -> PyResult<()> {
    let sync = PyCFunction::new_closure(py, None, None, |arguments, _| {
        let py = arguments.py();
        let open = std::mem::take(&mut *all_open());
        for (_, store) in &open {
            let Ok(store) = store.get() else { continue };
            match py.detach(|| store.sync()) {
                // It has been shut down.
                Ok(()) | Err(redeque::Error::Closed) => {}
                Err(error) => refused(error).write_unraisable(py, None),
            }
        }
    })?;
    py.import("atexit")?.call_method1("register", (sync,))?;
    Ok(())
}
