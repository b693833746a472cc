//! The other arguments of a `Store`'s methods.

use std::time::Duration;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use redeque::{Direction, MoveCount, MoveOrder};

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
        usize::try_from(value.extract::<i64>()?)
            .map(Self)
            .map_err(|_| ResponseError::new_err("ERR value is out of range, must be positive"))
    }
}

/// Seconds; None is forever.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeout(pub(crate) Option<Duration>);

impl Timeout {
    fn of(seconds: f64) -> PyResult<Self> {
        if seconds.is_nan() || seconds < 0.0 {
            return Err(PyValueError::new_err(format!(
                "a timeout of {seconds} seconds: it cannot be negative"
            )));
        }
        // What no clock reaches is forever, and so is infinity.
        Ok(Self(Duration::try_from_secs_f64(seconds).ok()))
    }
}

impl FromPyObject<'_, '_> for Timeout {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if value.is_none() { Ok(Self(None)) } else { Self::of(value.extract()?) }
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
    let Ok(items) = value.try_iter() else { return Err(not_one) };
    let keys = items.map(|item| Ok(item?.extract::<Word<'_>>()?.into_vec()));
    keys.collect::<PyResult<_>>().map(Keys)
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
