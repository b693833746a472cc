//! The commands that wait: for a thread, which gives up the GIL, and for a task of asyncio.

use pyo3::prelude::*;
use redeque::Direction::{Left, Right};
use redeque::Reply;

use super::Store;
use crate::arguments::{Count, End, Keys, Timeout, move_count, move_order};
use crate::wait::Wait;
use crate::waiting::Waiting;
use crate::words::Word;

fn pair((key, element): (Vec<u8>, Vec<u8>)) -> Reply {
    Reply::Array(vec![Reply::Bulk(key), Reply::Bulk(element)])
}

fn several((key, elements): (Vec<u8>, Vec<Vec<u8>>)) -> Reply {
    Reply::Array(vec![Reply::Bulk(key), list(elements)])
}

fn list(elements: Vec<Vec<u8>>) -> Reply {
    Reply::Array(elements.into_iter().map(Reply::Bulk).collect())
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

    /// As `lmove`, but waits while there is no first list; None after `timeout` seconds. A timeout of None waits forever, and 0
    /// not at all. It comes last, where redis-py has it third: give it by name.
    #[pyo3(
        signature = (first_list, second_list, src=End(Left), dest=End(Right), timeout=Timeout(None)),
        text_signature = "($self, first_list, second_list, src='LEFT', dest='RIGHT', timeout=None)"
    )]
    fn blmove<'py>(
        &self,
        py: Python<'py>,
        first_list: Word<'_>,
        second_list: Word<'_>,
        src: End,
        dest: End,
        timeout: Timeout,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.blmove_async(first_list, second_list, src, dest, timeout)?.block(py)
    }

    /// Moves up to `count` elements from one end of a list to an end of another, and returns a list of them as they lie there.
    /// Waits while there is no first list, or with `exactly` until it has `count` elements; None after `timeout` seconds. `bulk`
    /// is as in `lmovem`.
    #[expect(clippy::too_many_arguments, reason = "Python names them")]
    #[pyo3(
        signature = (
            first_list, second_list, src=End(Left), dest=End(Right), count=Count(1), timeout=Timeout(None), *,
            exactly=false, bulk=false
        ),
        text_signature = "($self, first_list, second_list, src='LEFT', dest='RIGHT', count=1, timeout=None, *, \
            exactly=False, bulk=False)"
    )]
    fn blmovem<'py>(
        &self,
        py: Python<'py>,
        first_list: Word<'_>,
        second_list: Word<'_>,
        src: End,
        dest: End,
        count: Count,
        timeout: Timeout,
        exactly: bool,
        bulk: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.blmovem_async(first_list, second_list, src, dest, count, timeout, exactly, bulk)?
            .block(py)
    }

    /// As `blmove` with `src="RIGHT", dest="LEFT"`.
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

    /// As `blpop`, to be awaited or made a task of, once. It begins to wait when it first runs, and `timeout` counts from then.
    #[pyo3(signature = (keys, timeout=Timeout(None)), text_signature = "($self, keys, timeout=None)")]
    fn blpop_async(&self, keys: Keys, timeout: Timeout) -> PyResult<Wait> {
        let wait = self.inner()?.blpop_async(&keys.0);
        Ok(Wait::of_pop(Waiting::popping(wait, timeout.0, pair)))
    }

    /// As `brpop`, to be awaited.
    #[pyo3(signature = (keys, timeout=Timeout(None)), text_signature = "($self, keys, timeout=None)")]
    fn brpop_async(&self, keys: Keys, timeout: Timeout) -> PyResult<Wait> {
        let wait = self.inner()?.brpop_async(&keys.0);
        Ok(Wait::of_pop(Waiting::popping(wait, timeout.0, pair)))
    }

    /// As `blmpop`, to be awaited.
    #[pyo3(
        signature = (keys, end, count=Count(1), timeout=Timeout(None)),
        text_signature = "($self, keys, end, count=1, timeout=None)"
    )]
    fn blmpop_async(&self, keys: Keys, end: End, count: Count, timeout: Timeout) -> PyResult<Wait> {
        let wait = self.inner()?.blmpop_async(&keys.0, end.0, count.0);
        Ok(Wait::of_pop(Waiting::popping(wait, timeout.0, several)))
    }

    /// As `blmove`, to be awaited.
    #[pyo3(
        signature = (first_list, second_list, src=End(Left), dest=End(Right), timeout=Timeout(None)),
        text_signature = "($self, first_list, second_list, src='LEFT', dest='RIGHT', timeout=None)"
    )]
    fn blmove_async(
        &self,
        first_list: Word<'_>,
        second_list: Word<'_>,
        src: End,
        dest: End,
        timeout: Timeout,
    ) -> PyResult<Wait> {
        let wait = self.inner()?.blmove_async(first_list, second_list, src.0, dest.0);
        Ok(Wait::new(Waiting::popping(wait, timeout.0, Reply::Bulk)))
    }

    /// As `blmovem`, to be awaited.
    #[expect(clippy::too_many_arguments, reason = "Python names them")]
    #[pyo3(
        signature = (
            first_list, second_list, src=End(Left), dest=End(Right), count=Count(1), timeout=Timeout(None), *,
            exactly=false, bulk=false
        ),
        text_signature = "($self, first_list, second_list, src='LEFT', dest='RIGHT', count=1, timeout=None, *, \
            exactly=False, bulk=False)"
    )]
    fn blmovem_async(
        &self,
        first_list: Word<'_>,
        second_list: Word<'_>,
        src: End,
        dest: End,
        count: Count,
        timeout: Timeout,
        exactly: bool,
        bulk: bool,
    ) -> PyResult<Wait> {
        let (from, to) = (src.0, dest.0);
        let (count, order) = (move_count(count, exactly), move_order(bulk));
        let wait = self.inner()?.blmovem_async(first_list, second_list, from, to, count, order);
        Ok(Wait::of_several(Waiting::popping(wait, timeout.0, list)))
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
