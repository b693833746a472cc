//! Bounded pushes, which Redis does not have: at once, and for a thread or a task that waits for room.

use std::time::Duration;

use pyo3::prelude::*;
use redeque::{Reply, Ttl};

use super::Store;
use crate::arguments::{Count, Keys as Elements, Timeout};
use crate::bell;
use crate::errors::OrRaise;
use crate::wait::Wait;
use crate::waiting::Waiting;
use crate::words::Word;

fn length(len: usize) -> Reply {
    Reply::Integer(i64::try_from(len).unwrap_or(i64::MAX))
}

fn pushing(wait: redeque::Wait<Result<usize, redeque::Error>>, timeout: Timeout) -> Wait {
    Wait::new(Waiting::popping(wait, timeout.0, length))
}

impl Store {
    /// How long the list that is in the way of a push stays there at most. To ask removes one that has expired, which makes room.
    fn until_expired(&self, key: &[u8]) -> Option<Duration> {
        let store = self.inner().ok().filter(|_| self.time_passes)?;
        match store.ttl(key) {
            Ttl::Remaining(left) => Some(left.saturating_add(Duration::from_millis(1))),
            Ttl::NoKey | Ttl::NoDeadline => None,
        }
    }
}

#[pymethods]
impl Store {
    /// Pushes an element onto the head of a list, if that has at most `max_len` elements then, and returns its new length. None
    /// if there is no room, and nothing has changed. The bound is this call's, not the list's.
    fn lpush_bounded(
        &self,
        py: Python<'_>,
        key: Word<'_>,
        max_len: Count,
        element: Word<'_>,
    ) -> PyResult<Option<usize>> {
        let pushed = self.change(py, |store| store.lpush_bounded(key, max_len.0, &element))?;
        bell::check()?;
        pushed.or_raise()
    }

    /// As `lpush_bounded`, onto the tail of a list.
    fn rpush_bounded(
        &self,
        py: Python<'_>,
        key: Word<'_>,
        max_len: Count,
        element: Word<'_>,
    ) -> PyResult<Option<usize>> {
        let pushed = self.change(py, |store| store.rpush_bounded(key, max_len.0, &element))?;
        bell::check()?;
        pushed.or_raise()
    }

    /// Pushes elements onto the head of a list, one after the other, if that has at most `max_len` elements then: all of them,
    /// and returns its new length; or none of them, and returns None.
    fn lpush_bounded_all(
        &self,
        py: Python<'_>,
        key: Word<'_>,
        max_len: Count,
        elements: Elements,
    ) -> PyResult<Option<usize>> {
        let pushed =
            self.change(py, |store| store.lpush_bounded_all(key, max_len.0, &elements.0))?;
        bell::check()?;
        pushed.or_raise()
    }

    /// As `lpush_bounded_all`, onto the tail of a list.
    fn rpush_bounded_all(
        &self,
        py: Python<'_>,
        key: Word<'_>,
        max_len: Count,
        elements: Elements,
    ) -> PyResult<Option<usize>> {
        let pushed =
            self.change(py, |store| store.rpush_bounded_all(key, max_len.0, &elements.0))?;
        bell::check()?;
        pushed.or_raise()
    }

    /// As `lpush_bounded`, but waits for room; None after `timeout` seconds, and nothing has been pushed. A timeout of None
    /// waits forever, and 0 not at all.
    #[pyo3(
        signature = (key, max_len, element, timeout=Timeout(None)),
        text_signature = "($self, key, max_len, element, timeout=None)"
    )]
    fn blpush_bounded<'py>(
        &self,
        py: Python<'py>,
        key: Word<'_>,
        max_len: Count,
        element: Word<'_>,
        timeout: Timeout,
    ) -> PyResult<Bound<'py, PyAny>> {
        let list = key.as_ref().to_vec();
        let pushed = self.blpush_bounded_async(key, max_len, element, timeout)?;
        pushed.block_and_look(py, &|| self.until_expired(&list))
    }

    /// As `blpush_bounded`, onto the tail of a list.
    #[pyo3(
        signature = (key, max_len, element, timeout=Timeout(None)),
        text_signature = "($self, key, max_len, element, timeout=None)"
    )]
    fn brpush_bounded<'py>(
        &self,
        py: Python<'py>,
        key: Word<'_>,
        max_len: Count,
        element: Word<'_>,
        timeout: Timeout,
    ) -> PyResult<Bound<'py, PyAny>> {
        let list = key.as_ref().to_vec();
        let pushed = self.brpush_bounded_async(key, max_len, element, timeout)?;
        pushed.block_and_look(py, &|| self.until_expired(&list))
    }

    /// As `blpush_bounded`, to be awaited. As `blpop_async` it begins to wait when it first runs. Where it is cancelled and had
    /// pushed by then, the element is taken out again, unless somebody has taken it before.
    #[pyo3(
        signature = (key, max_len, element, timeout=Timeout(None)),
        text_signature = "($self, key, max_len, element, timeout=None)"
    )]
    fn blpush_bounded_async(
        &self,
        key: Word<'_>,
        max_len: Count,
        element: Word<'_>,
        timeout: Timeout,
    ) -> PyResult<Wait> {
        let wait = self.inner()?.blpush_bounded_async(key, max_len.0, &element);
        Ok(pushing(wait, timeout))
    }

    /// As `blpush_bounded_async`, onto the tail of a list.
    #[pyo3(
        signature = (key, max_len, element, timeout=Timeout(None)),
        text_signature = "($self, key, max_len, element, timeout=None)"
    )]
    fn brpush_bounded_async(
        &self,
        key: Word<'_>,
        max_len: Count,
        element: Word<'_>,
        timeout: Timeout,
    ) -> PyResult<Wait> {
        let wait = self.inner()?.brpush_bounded_async(key, max_len.0, &element);
        Ok(pushing(wait, timeout))
    }
}
