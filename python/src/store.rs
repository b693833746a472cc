//! The native door: the methods of the library's `Store`, by Redis's names.
//!
//! Nothing here decides anything. Arguments become the library's, one of its methods is called, and what it returns
//! becomes Python's. The methods are in several files, as the library's are.

mod blocking;
mod bounded;
mod closing;
mod keys;
mod lists;
mod whole;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::process::Owned;

/// Redis lists in this process: keys, each with a deque of byte strings.
///
/// Keys and elements are bytes, str (as UTF-8), memoryview, int or float, and come back as bytes. Any number of threads
/// may call any method. Each is one Redis command, and atomic.
#[pyclass(module = "redeque", frozen, weakref)]
#[derive(Debug)]
pub(crate) struct Store {
    store: Owned<redeque::Store>,
}

impl Store {
    #[inline]
    pub(crate) fn inner(&self) -> PyResult<&redeque::Store> {
        self.store.get()
    }
}

#[pymethods]
impl Store {
    /// A store without lists.
    #[new]
    fn new() -> Self {
        Self { store: Owned::new(redeque::Store::new()) }
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
            "a redeque.Store cannot be pickled or copied: its lists live in this process; export() writes them to a file",
        ))
    }
}
