//! The commands that wait: for a thread, which gives up the GIL, and for a task of asyncio.

use pyo3::prelude::*;
use redeque::Reply;

use super::Store;
use crate::arguments::{Count, End, Keys, Timeout};
use crate::wait::Wait;
use crate::waiting::Waiting;
use crate::words::Word;

fn pair((key, element): (Vec<u8>, Vec<u8>)) -> Reply {
    Reply::Array(vec![Reply::Bulk(key), Reply::Bulk(element)])
}

fn several((key, elements): (Vec<u8>, Vec<Vec<u8>>)) -> Reply {
    let elements = elements.into_iter().map(Reply::Bulk).collect();
    Reply::Array(vec![Reply::Bulk(key), Reply::Array(elements)])
}

#[pymethods]
impl Store {
    /// Removes the first element of the first of these lists that exists, and returns a tuple of its key and the element.
    /// Waits while none exists; None after `timeout` seconds. A timeout of None waits forever, and 0 not at all.
    #[pyo3(signature = (keys, timeout=Timeout(None)), text_signature = "($self, keys, timeout=None)")]
    fn blpop<'py>(
        &self,
        py: Python<'py>,
        keys: Keys,
        timeout: Timeout,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.blpop_async(keys, timeout)?.block(py)
    }

    /// As `blpop`, with the last element.
    #[pyo3(signature = (keys, timeout=Timeout(None)), text_signature = "($self, keys, timeout=None)")]
    fn brpop<'py>(
        &self,
        py: Python<'py>,
        keys: Keys,
        timeout: Timeout,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.brpop_async(keys, timeout)?.block(py)
    }

    /// Removes up to `count` elements from an end of the first of these lists that exists, and returns a tuple of its key
    /// and a list of them. Waits while none exists; None after `timeout` seconds.
    #[pyo3(
        signature = (keys, end, count=Count(1), timeout=Timeout(None)),
        text_signature = "($self, keys, end, count=1, timeout=None)"
    )]
    fn blmpop<'py>(
        &self,
        py: Python<'py>,
        keys: Keys,
        end: End,
        count: Count,
        timeout: Timeout,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.blmpop_async(keys, end, count, timeout)?.block(py)
    }

    /// Moves an element from one end of a list to an end of another, and returns it. Waits while there is no source; None
    /// after `timeout` seconds.
    #[pyo3(
        signature = (source, destination, wherefrom, whereto, timeout=Timeout(None)),
        text_signature = "($self, source, destination, wherefrom, whereto, timeout=None)"
    )]
    fn blmove<'py>(
        &self,
        py: Python<'py>,
        source: Word<'_>,
        destination: Word<'_>,
        wherefrom: End,
        whereto: End,
        timeout: Timeout,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.blmove_async(source, destination, wherefrom, whereto, timeout)?.block(py)
    }

    /// As `blmove` from right to left.
    #[pyo3(
        signature = (source, destination, timeout=Timeout(None)),
        text_signature = "($self, source, destination, timeout=None)"
    )]
    fn brpoplpush<'py>(
        &self,
        py: Python<'py>,
        source: Word<'_>,
        destination: Word<'_>,
        timeout: Timeout,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.brpoplpush_async(source, destination, timeout)?.block(py)
    }

    /// As `blpop`, to be awaited. It begins to wait when it is awaited, and `timeout` counts from then.
    #[pyo3(signature = (keys, timeout=Timeout(None)), text_signature = "($self, keys, timeout=None)")]
    fn blpop_async(&self, keys: Keys, timeout: Timeout) -> PyResult<Wait> {
        let wait = self.inner()?.blpop_async(&keys.0);
        Ok(Wait::new(Waiting::popping(wait, timeout.0, pair)))
    }

    /// As `brpop`, to be awaited.
    #[pyo3(signature = (keys, timeout=Timeout(None)), text_signature = "($self, keys, timeout=None)")]
    fn brpop_async(&self, keys: Keys, timeout: Timeout) -> PyResult<Wait> {
        let wait = self.inner()?.brpop_async(&keys.0);
        Ok(Wait::new(Waiting::popping(wait, timeout.0, pair)))
    }

    /// As `blmpop`, to be awaited.
    #[pyo3(
        signature = (keys, end, count=Count(1), timeout=Timeout(None)),
        text_signature = "($self, keys, end, count=1, timeout=None)"
    )]
    fn blmpop_async(&self, keys: Keys, end: End, count: Count, timeout: Timeout) -> PyResult<Wait> {
        let wait = self.inner()?.blmpop_async(&keys.0, end.0, count.0);
        Ok(Wait::new(Waiting::popping(wait, timeout.0, several)))
    }

    /// As `blmove`, to be awaited.
    #[pyo3(
        signature = (source, destination, wherefrom, whereto, timeout=Timeout(None)),
        text_signature = "($self, source, destination, wherefrom, whereto, timeout=None)"
    )]
    fn blmove_async(
        &self,
        source: Word<'_>,
        destination: Word<'_>,
        wherefrom: End,
        whereto: End,
        timeout: Timeout,
    ) -> PyResult<Wait> {
        let wait = self.inner()?.blmove_async(source, destination, wherefrom.0, whereto.0);
        Ok(Wait::new(Waiting::popping(wait, timeout.0, Reply::Bulk)))
    }

    /// As `brpoplpush`, to be awaited.
    #[pyo3(
        signature = (source, destination, timeout=Timeout(None)),
        text_signature = "($self, source, destination, timeout=None)"
    )]
    fn brpoplpush_async(
        &self,
        source: Word<'_>,
        destination: Word<'_>,
        timeout: Timeout,
    ) -> PyResult<Wait> {
        let wait = self.inner()?.brpoplpush_async(source, destination);
        Ok(Wait::new(Waiting::popping(wait, timeout.0, Reply::Bulk)))
    }

    /// How many threads and tasks wait at this moment.
    fn blocked_clients(&self) -> PyResult<usize> {
        Ok(self.inner()?.blocked_clients())
    }
}
