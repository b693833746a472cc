//! Python's values as byte strings.

use std::fmt::Display;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyMemoryView, PyString, PyTuple};
use smallvec::SmallVec;

/// A key or an element: the bytes of an object that lives as long as the call, or bytes that were made for it.
#[derive(Debug)]
pub(crate) enum Word<'a> {
    Lent(&'a [u8]),
    Made(Vec<u8>),
}

pub(crate) type Words<'a> = SmallVec<[Word<'a>; 4]>;

impl AsRef<[u8]> for Word<'_> {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Lent(bytes) => bytes,
            Self::Made(bytes) => bytes,
        }
    }
}

impl Word<'_> {
    pub(crate) fn into_vec(self) -> Vec<u8> {
        match self {
            Self::Lent(bytes) => bytes.to_vec(),
            Self::Made(bytes) => bytes,
        }
    }
}

/// What needs no Python to be run: text as UTF-8, bytes as they are, a whole number in decimal. None for anything else.
#[inline]
pub(crate) fn plain<'a>(value: Borrowed<'a, '_, PyAny>) -> PyResult<Option<Word<'a>>> {
    if value.is_instance_of::<PyString>() {
        return Ok(Some(Word::Lent(<&str>::extract(value)?.as_bytes())));
    }
    if value.is_instance_of::<PyBytes>() {
        return Ok(Some(Word::Lent(<&[u8]>::extract(value)?)));
    }
    // An int of a subclass may print as something else, as a bool does.
    if value.is_exact_instance_of::<PyInt>()
        && let Ok(number) = value.extract::<i64>()
    {
        return Ok(Some(decimal(number)));
    }
    Ok(None)
}

pub(crate) fn decimal(number: impl Display) -> Word<'static> {
    Word::Made(number.to_string().into_bytes())
}

/// Numbers are their `repr`, as redis-py sends them.
impl<'a, 'py> FromPyObject<'a, 'py> for Word<'a> {
    type Error = PyErr;

    #[inline]
    fn extract(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        match plain(value)? {
            Some(word) => Ok(word),
            None => made(&value),
        }
    }
}

fn made(value: &Bound<'_, PyAny>) -> PyResult<Word<'static>> {
    if value.is_instance_of::<PyBool>() {
        return Err(unusable(value));
    }
    if value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() {
        return Ok(decimal(value.repr()?));
    }
    if value.is_instance_of::<PyMemoryView>() {
        return copied(value);
    }
    Err(unusable(value))
}

/// The bytes of a buffer, which others may change as soon as Python runs.
pub(crate) fn copied(buffer: &Bound<'_, PyAny>) -> PyResult<Word<'static>> {
    let bytes = buffer.py().get_type::<PyBytes>().call1((buffer,))?;
    Ok(Word::Made(bytes.extract::<&[u8]>()?.to_vec()))
}

#[cold]
fn unusable(value: &Bound<'_, PyAny>) -> PyErr {
    match value.get_type().name() {
        Ok(name) => PyTypeError::new_err(format!(
            "a key or an element is bytes, str, memoryview, int or float, not '{name}'"
        )),
        Err(error) => error,
    }
}

/// The words of a call's `*arguments`.
#[inline]
pub(crate) fn all<'a>(values: &'a Bound<'_, PyTuple>) -> PyResult<Words<'a>> {
    values.iter_borrowed().map(Word::extract).collect()
}
