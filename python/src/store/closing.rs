//! The end of a store's use.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::Store;
use crate::bell;

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

    /// For `with`, which closes it at its end.
    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_raised))]
    fn __exit__(&self, py: Python<'_>, _raised: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    /// For `async with`, which does the same.
    fn __aenter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, PyAny>> {
        ready(slf.py(), slf.as_any())
    }

    #[pyo3(signature = (*_raised))]
    fn __aexit__<'py>(
        &self,
        py: Python<'py>,
        _raised: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.close(py)?;
        ready(py, py.None().bind(py))
    }
}

/// What is awaited for a value that is there already.
fn ready<'py>(py: Python<'py>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "redeque._waiting"))?.call_method1(intern!(py, "ready"), (value,))
}
