//! The end of a store's use, and its figures.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::Store;
use crate::bell;
use crate::words::Word;

#[pymethods]
impl Store {
    /// Closes the store: all who wait, in threads and in tasks, are woken with a `ClosedError`, and nothing new comes into its
    /// lists. Pops, moves, removals and reads go on, so that what is there can be taken out; who would wait takes what there is,
    /// or gets a `ClosedError` at once. It cannot be undone. Closing again does nothing, and neither does it in a process that
    /// did not make the store.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        if let Ok(store) = self.inner() {
            py.detach(|| store.close());
            bell::check()?;
        }
        Ok(())
    }

    /// Whether it is closed.
    fn is_closed(&self) -> PyResult<bool> {
        Ok(self.inner()?.is_closed())
    }

    /// How many keys, elements, waiters and connections there are, the bytes of the log's files, how many keys have expired, how
    /// many commands and transactions wrote, and how many waits were served or ended unserved. `CONFIG RESETSTAT` by text has those
    /// that count events start again from 0.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let stats = self.inner()?.stats();
        let figures = PyDict::new(py);
        figures.set_item("keys", stats.keys)?;
        figures.set_item("elements", stats.elements)?;
        figures.set_item("commits", stats.commits)?;
        figures.set_item("log_bytes", stats.log_bytes)?;
        figures.set_item("keys_with_deadline", stats.keys_with_deadline)?;
        figures.set_item("expired", stats.expired)?;
        figures.set_item("bytes", stats.bytes)?;
        figures.set_item("waiters", stats.waiters)?;
        figures.set_item("waits_served", stats.waits_served)?;
        figures.set_item("waits_given_up", stats.waits_given_up)?;
        figures.set_item("watched_keys", stats.watched_keys)?;
        figures.set_item("connections", stats.connections)?;
        figures.set_item("connections_received", stats.connections_received)?;
        Ok(figures)
    }

    /// How many bytes the lists and their keys take: what is asked of the allocator for them. `max_memory` bounds it.
    fn used_memory(&self) -> PyResult<usize> {
        Ok(self.inner()?.used_memory())
    }

    /// How many bytes a key and its list take, or None if there is no such key.
    fn memory_usage(&self, key: Word<'_>) -> PyResult<Option<usize>> {
        Ok(self.inner()?.memory_usage(&key))
    }

    /// For `with`, which closes it at its end, and shuts it down if it has a log.
    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_raised))]
    fn __exit__(&self, py: Python<'_>, _raised: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.shutdown(py)
    }

    /// For `async with`, which does the same. The loop does not wait for the disk.
    fn __aenter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, PyAny>> {
        ready(slf.py(), slf.as_any())
    }

    #[pyo3(signature = (*_raised))]
    fn __aexit__<'py>(
        slf: &Bound<'py, Self>,
        _raised: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, store) = (slf.py(), slf.get());
        if store.open.is_some() {
            return Self::shutdown_in_a_thread(slf);
        }
        store.close(py)?;
        ready(py, py.None().bind(py))
    }
}

/// What is awaited for a value that is there already.
fn ready<'py>(py: Python<'py>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "redeque._waiting"))?.call_method1(intern!(py, "ready"), (value,))
}
