//! The native door: the methods of the library's `Store`, by Redis's names.
//!
//! Nothing here decides anything. Arguments become the library's, one of its methods is called, and what it returns
//! becomes Python's. The methods are in several files, as the library's are.

mod blocking;
mod bounded;
mod closing;
mod expiry;
mod keys;
mod lists;
mod log;
mod whole;

use std::path::PathBuf;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use self::log::{Open, When};
pub(crate) use self::log::{Recovery, sync_at_exit};
use crate::clock::ManualClock;
use crate::process::Owned;

/// Redis lists in this process: keys, each with a deque of byte strings.
///
/// Keys and elements are bytes, str (as UTF-8), memoryview, int or float, and come back as bytes. Any number of threads
/// may call any method. Each is one Redis command, and atomic.
///
/// With a path, the lists are kept in a log in that directory, which is made, or recovered from. `fsync` says when what was
/// changed is brought to disk, past the caches of the system: `"always"` before a method returns, `"everysec"` each second, which
/// is the default, or `"no"` when the system finds the time. One store has the directory open until `shutdown`, which the end of
/// `with` does, or until nobody has the store any more.
///
///     >>> import tempfile
///     >>> directory = tempfile.TemporaryDirectory()
///     >>> with redeque.Store(directory.name) as store:
///     ...     store.rpush("jobs", "first")
///     1
///     >>> with redeque.Store(directory.name) as store:
///     ...     store.recovery.keys, store.lpop("jobs")
///     (1, b'first')
///
/// With a `clock`, keys expire by that, and by the system's without one: a `ManualClock` is turned by a test.
///
/// With `max_memory`, a number of bytes, what may need memory raises an `OutOfMemoryError` while the lists and their keys take more
/// than that; 0 is no bound. Pops and all else go on. What a directory holds is let in, whatever it takes.
///
///     >>> store = redeque.Store(max_memory=100_000)
///     >>> store.rpush("jobs", bytes(200_000))
///     1
///     >>> store.rpush("jobs", "one more")
///     Traceback (most recent call last):
///         ...
///     redeque.OutOfMemoryError: OOM command not allowed when used memory > 'maxmemory'.
#[pyclass(module = "redeque", frozen, weakref)]
#[derive(Debug)]
pub(crate) struct Store {
    owned: Owned<redeque::Store>,
    /// Where there is a log.
    open: Option<Open>,
    /// Whether time passes by itself, which it does not where a clock is turned by hand.
    time_passes: bool,
}

impl Store {
    #[inline]
    pub(crate) fn inner(&self) -> PyResult<&redeque::Store> {
        self.owned.get()
    }

    /// Runs a command that changes something. Where there is a log it may have to wait for the disk, and gives up the GIL.
    #[inline]
    fn change<T: Send>(
        &self,
        py: Python<'_>,
        command: impl FnOnce(&redeque::Store) -> T + Send,
    ) -> PyResult<T> {
        let store = self.inner()?;
        Ok(if self.open.is_some() { py.detach(|| command(store)) } else { command(store) })
    }
}

#[pymethods]
impl Store {
    /// A store without lists, or with those of a directory.
    #[new]
    #[pyo3(signature = (path=None, *, fsync=None, clock=None, max_memory=0))]
    fn new(
        py: Python<'_>,
        path: Option<PathBuf>,
        fsync: Option<When>,
        clock: Option<&ManualClock>,
        max_memory: usize,
    ) -> PyResult<Self> {
        let mut builder = redeque::Store::builder().max_memory(max_memory);
        if let Some(clock) = clock {
            builder = builder.clock(clock.inner()?);
        }
        let time_passes = clock.is_none();
        match path {
            Some(path) => Ok(Self { time_passes, ..Self::open(py, builder, &path, fsync)? }),
            None if fsync.is_some() => Err(PyTypeError::new_err(
                "fsync is about a log, and a store has one in the directory of its path: none was given",
            )),
            None => {
                let store =
                    builder.build().map_err(|error| PyValueError::new_err(error.to_string()))?;
                Ok(Self { owned: Owned::new(store), open: None, time_passes })
            }
        }
    }

    fn __repr__(&self) -> String {
        match self.inner() {
            Ok(store) => format!("<redeque.Store with {} keys>", store.dbsize()),
            Err(_) => "<redeque.Store of another process>".to_owned(),
        }
    }

    #[expect(clippy::unused_self, reason = "Python passes it")]
    fn __reduce_ex__(&self, _protocol: i32) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "a redeque.Store cannot be pickled or copied: its lists live in this process; snapshot() copies them there, export() writes them to a file",
        ))
    }
}
