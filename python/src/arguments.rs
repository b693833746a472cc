//! The other arguments of a `Store`'s methods.

use std::time::Duration;

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDelta, PyList, PyMapping, PyMemoryView, PyTuple};
use redeque::{Direction, MoveCount, MoveOrder};

use crate::clock::{of_datetime, of_timedelta};
use crate::errors::{ResponseError, refused};
use crate::words::Word;

/// `"LEFT"` or `"RIGHT"`, in any case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End(pub(crate) Direction);

impl FromPyObject<'_, '_> for End {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        value.extract::<&str>()?.parse().map(Self).map_err(|_| refused(redeque::Error::Syntax))
    }
}

/// How many: none are fewer than zero.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count(pub(crate) usize);

impl FromPyObject<'_, '_> for Count {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let refusal = "ERR value is out of range, must be positive";
        usize::try_from(integer::<i64>(value, refusal)?)
            .map(Self)
            .map_err(|_| ResponseError::new_err(refusal))
    }
}

/// An index, or how many with a sign.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Integer(pub(crate) i64);

impl FromPyObject<'_, '_> for Integer {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        integer(value, "ERR value is not an integer or out of range").map(Self)
    }
}

/// Where a walk goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor(pub(crate) u64);

impl FromPyObject<'_, '_> for Cursor {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        integer(value, "ERR invalid cursor").map(Self)
    }
}

/// A whole number, or Redis's refusal of one that is out of range: Python's are of any size.
fn integer<'a, 'py, T: FromPyObject<'a, 'py, Error = PyErr>>(
    value: Borrowed<'a, 'py, PyAny>,
    refusal: &'static str,
) -> PyResult<T> {
    T::extract(value).map_err(|error| {
        if is_overflow(&error, value) { ResponseError::new_err(refusal) } else { error }
    })
}

fn is_overflow(error: &PyErr, value: Borrowed<'_, '_, PyAny>) -> bool {
    error.is_instance_of::<PyOverflowError>(value.py())
}

/// Seconds; None is forever.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeout(pub(crate) Option<Duration>);

impl Timeout {
    fn of(seconds: f64) -> PyResult<Self> {
        if seconds.is_nan() || seconds < 0.0 {
            return Err(PyValueError::new_err(format!(
                "a timeout is zero or more seconds, not {seconds}"
            )));
        }
        // What no clock reaches is forever, and so is infinity.
        Ok(Self(Duration::try_from_secs_f64(seconds).ok()))
    }
}

impl FromPyObject<'_, '_> for Timeout {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if value.is_none() {
            return Ok(Self(None));
        }
        match f64::extract(value) {
            // An int that no float holds.
            Err(error) if is_overflow(&error, value) => {
                Self::of(if value.lt(0)? { f64::NEG_INFINITY } else { f64::INFINITY })
            }
            seconds => Self::of(seconds?),
        }
    }
}

/// A time in whichever unit a method counts in, or one that Python measures in microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Time {
    Counted(i64),
    Measured(i128),
}

impl Time {
    /// Whole ones, as redis-py counts them; none where there are more than 64 bits hold.
    pub(crate) fn seconds(self) -> Option<i64> {
        self.in_units_of(1_000_000)
    }

    pub(crate) fn millis(self) -> Option<i64> {
        self.in_units_of(1000)
    }

    fn in_units_of(self, micros: i128) -> Option<i64> {
        match self {
            Self::Counted(number) => Some(number),
            Self::Measured(measured) => i64::try_from(measured / micros).ok(),
        }
    }
}

/// A time from now: a number or a timedelta.
#[derive(Debug, Clone, Copy)]
pub(crate) struct After(pub(crate) Time);

impl FromPyObject<'_, '_> for After {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(time) = value.cast::<PyDelta>() {
            return Ok(Self(Time::Measured(of_timedelta(&time))));
        }
        Integer::extract(value).map(|number| Self(Time::Counted(number.0)))
    }
}

/// A time of the calendar: a number since 1970 or a datetime.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At(pub(crate) Time);

impl FromPyObject<'_, '_> for At {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(time) = value.cast::<PyDateTime>() {
            return Ok(Self(Time::Measured(of_datetime(&time)?)));
        }
        Integer::extract(value).map(|number| Self(Time::Counted(number.0)))
    }
}

/// One key, or several in a list or any other iterable.
#[derive(Debug)]
pub(crate) struct Keys(pub(crate) Vec<Vec<u8>>);

impl<'a, 'py> FromPyObject<'a, 'py> for Keys {
    type Error = PyErr;

    fn extract(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        match Word::extract(value) {
            Ok(key) => Ok(Self(vec![key.into_vec()])),
            Err(error) => several(&value, error),
        }
    }
}

fn several(value: &Bound<'_, PyAny>, not_one: PyErr) -> PyResult<Keys> {
    if !is_list(value) {
        return Err(not_one);
    }
    let Ok(items) = value.try_iter() else { return Err(not_one) };
    let keys = items.map(|item| Ok(item?.extract::<Word<'_>>()?.into_vec()));
    keys.collect::<PyResult<_>>().map(Keys)
}

/// Whether what can be iterated over is meant as several keys. The items of a buffer, such as a bytearray, are numbers, and
/// who passes a dict as keys has mistaken it for something else.
fn is_list(value: &Bound<'_, PyAny>) -> bool {
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        return true;
    }
    !value.is_instance_of::<PyMapping>() && PyMemoryView::from(value).is_err()
}

/// `"BEFORE"` or `"AFTER"`, in any case: whether it is before.
pub(crate) fn is_before(place: &str) -> PyResult<bool> {
    match place.to_ascii_uppercase().as_str() {
        "BEFORE" => Ok(true),
        "AFTER" => Ok(false),
        _ => Err(refused(redeque::Error::Syntax)),
    }
}

/// How many elements are moved: exactly as many, or up to as many.
pub(crate) fn move_count(Count(count): Count, exactly: bool) -> MoveCount {
    if exactly { MoveCount::Exactly(count) } else { MoveCount::UpTo(count) }
}

/// Whether they keep their order, or move one by one.
pub(crate) fn move_order(bulk: bool) -> MoveOrder {
    if bulk { MoveOrder::Bulk } else { MoveOrder::OneByOne }
}

/// A method of a file, if it has one.
pub(crate) fn method<'py>(file: &Bound<'py, PyAny>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    file.getattr(name).map_err(|_| {
        PyTypeError::new_err(format!("a binary file is needed, with a method '{name}'"))
    })
}
