//! A clock that tests turn.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDelta, PyDeltaAccess, PyFloat, PyInt, PyTzInfo};

use crate::bell;
use crate::process::Owned;

/// A clock that stands still until it is turned, for tests of what expires. A store goes by it that is made as
/// `Store(clock=clock)`, and so does a client that is made as `Redis(clock=clock)`; several may go by one.
///
/// It shows a datetime, where one that has no time zone is local, or seconds since the beginning of 1970; and what the system's
/// clock shows now where it is given nothing. It counts milliseconds.
///
/// Keys expire by it. The timeouts of what waits are real time all the same.
///
///     >>> clock = redeque.ManualClock()
///     >>> store = redeque.Store(clock=clock)
///     >>> store.rpush("session", "x")
///     1
///     >>> store.expire("session", 60)
///     True
///     >>> clock.advance(59)
///     >>> store.ttl("session"), store.exists("session")
///     (1, 1)
///     >>> clock.advance(2)
///     >>> store.exists("session")
///     0
#[pyclass(module = "redeque", frozen, weakref)]
#[derive(Debug)]
pub(crate) struct ManualClock(Owned<redeque::ManualClock>);

impl ManualClock {
    pub(crate) fn inner(&self) -> PyResult<&redeque::ManualClock> {
        self.0.get()
    }
}

#[pymethods]
impl ManualClock {
    #[new]
    #[pyo3(signature = (at=None))]
    fn new(at: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let clock = match at {
            None => redeque::ManualClock::new(),
            Some(at) => redeque::ManualClock::at(shown(at)?),
        };
        Ok(Self(Owned::new(clock)))
    }

    /// What it shows, as a datetime in UTC.
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let millis = since_1970(self.inner()?.now());
        let (days, millis) = (millis.div_euclid(DAY), millis.rem_euclid(DAY));
        let days = i32::try_from(days)?;
        let (seconds, millis) = (i32::try_from(millis / 1000)?, i32::try_from(millis % 1000)?);
        epoch(py)?.add(PyDelta::new(py, days, seconds, millis * 1000, false)?)
    }

    /// Turns it forwards, by a timedelta or by seconds: what is left of a millisecond is not counted. When it returns, each
    /// store that goes by it has removed what is due by then, and has served those who waited for room there. It is never turned
    /// back.
    fn advance(&self, py: Python<'_>, by: &Bound<'_, PyAny>) -> PyResult<()> {
        let clock = self.inner()?;
        let by = duration(by)?;
        py.detach(|| clock.advance(by));
        bell::check()
    }

    #[expect(clippy::cast_precision_loss, reason = "it is shown in seconds, as Python has them")]
    fn __repr__(&self) -> String {
        match self.inner() {
            Ok(clock) => {
                format!("redeque.ManualClock({})", since_1970(clock.now()) as f64 / 1000.0)
            }
            Err(_) => "<redeque.ManualClock of another process>".to_owned(),
        }
    }
}

const DAY: i64 = 24 * 60 * 60 * 1000;

/// In milliseconds, which may be negative.
pub(crate) fn since_1970(time: SystemTime) -> i64 {
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(before) => -millis(before.duration()),
    }
}

/// None where the platform's calendar does not go so far.
pub(crate) fn system_time(millis: i64) -> Option<SystemTime> {
    let distance = Duration::from_millis(millis.unsigned_abs());
    if millis < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
}

/// In microseconds: of a datetime that has no time zone, by local time.
pub(crate) fn of_datetime(time: &Bound<'_, PyDateTime>) -> PyResult<i128> {
    let local = time.call_method0("astimezone")?;
    Ok(of_timedelta(&local.sub(epoch(time.py())?)?.cast_into()?))
}

/// In microseconds, more of which there can be than 64 bits hold.
pub(crate) fn of_timedelta(time: &Bound<'_, PyDelta>) -> i128 {
    let seconds = i128::from(time.get_days()) * 86_400 + i128::from(time.get_seconds());
    seconds * 1_000_000 + i128::from(time.get_microseconds())
}

fn epoch(py: Python<'_>) -> PyResult<Bound<'_, PyDateTime>> {
    let utc = PyTzInfo::utc(py)?;
    PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, Some(&utc))
}

/// What a clock is told to show.
fn shown(at: &Bound<'_, PyAny>) -> PyResult<SystemTime> {
    let millis = if let Ok(time) = at.cast::<PyDateTime>() {
        i64::try_from(of_datetime(time)?.div_euclid(1000)).ok()
    } else {
        whole_millis(number(at, "a clock shows a datetime or seconds since 1970")?)?
    };
    millis
        .and_then(system_time)
        .ok_or_else(|| PyOverflowError::new_err(format!("no clock shows {at}")))
}

/// 2^63, which no clock reaches.
const END: f64 = 9_223_372_036_854_775_808.0;

/// The nearest number of milliseconds, as no float is exact; none where there are more than a clock counts.
fn whole_millis(seconds: f64) -> PyResult<Option<i64>> {
    let millis = (seconds * 1000.0).round();
    if millis.is_nan() {
        return Err(PyValueError::new_err("a clock shows a time, not nan"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is within the range")]
    Ok((-END < millis && millis < END).then_some(millis as i64))
}

/// How far a clock is turned.
fn duration(by: &Bound<'_, PyAny>) -> PyResult<Duration> {
    if let Ok(time) = by.cast::<PyDelta>() {
        let millis = u64::try_from(of_timedelta(time).div_euclid(1000));
        return millis.map(Duration::from_millis).map_err(|_| backwards(by));
    }
    let seconds = number(by, "a clock is turned by a timedelta or by seconds")?;
    if seconds.is_nan() || seconds < 0.0 {
        return Err(backwards(by));
    }
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| PyOverflowError::new_err(format!("no clock is turned by {by} seconds")))
}

fn backwards(by: &Bound<'_, PyAny>) -> PyErr {
    PyValueError::new_err(format!(
        "a clock is turned forwards, by zero or more seconds, not by {by}"
    ))
}

fn number(value: &Bound<'_, PyAny>, wanted: &str) -> PyResult<f64> {
    if value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>() {
        return value.extract();
    }
    let name = value.get_type().name()?;
    Err(PyTypeError::new_err(format!("{wanted}, not '{name}'")))
}
