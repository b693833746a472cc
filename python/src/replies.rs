//! Replies as Python's objects.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyNone, PyString, PyTuple};
use redeque::{Protocol, Reply};

use crate::errors;

/// How byte strings and errors are shown to Python.
#[derive(Debug)]
pub(crate) struct Reader {
    /// What decodes byte strings, if they are decoded.
    pub(crate) decode: Option<Py<PyAny>>,
    /// Text is UTF-8 and nothing else, so `decode` needs to be asked for no more than its error.
    pub(crate) utf8: bool,
    /// What makes an exception of an error's text; without one, it is redeque's own.
    pub(crate) parse_error: Option<Py<PyAny>>,
}

/// A reply on its way: how it is read, and in which version of the protocol.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way<'a> {
    pub(crate) reader: &'a Reader,
    pub(crate) raw: bool,
    pub(crate) protocol: Protocol,
}

impl Reader {
    pub(crate) const PLAIN: Self = Self { decode: None, utf8: true, parse_error: None };

    fn bytes<'py>(&self, py: Python<'py>, bytes: &[u8], raw: bool) -> PyResult<Bound<'py, PyAny>> {
        let Some(decode) = self.decode.as_ref().filter(|_| !raw) else {
            return Ok(PyBytes::new(py, bytes).into_any());
        };
        if self.utf8
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            return Ok(PyString::new(py, text).into_any());
        }
        decode.bind(py).call1((PyBytes::new(py, bytes),))
    }

    /// The exception for an error's text.
    fn error<'py>(&self, py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let text = String::from_utf8_lossy(text);
        match &self.parse_error {
            Some(parse) => parse.bind(py).call1((text,)),
            None => Ok(errors::of_text(text.into_owned()).into_value(py).into_bound(py).into_any()),
        }
    }
}

impl Way<'_> {
    /// The reply to a command; an error is raised.
    pub(crate) fn result<'py>(self, py: Python<'py>, reply: &Reply) -> PyResult<Bound<'py, PyAny>> {
        match reply {
            Reply::Error(text) => Err(PyErr::from_value(self.reader.error(py, text)?)),
            reply => self.object(py, reply),
        }
    }

    /// The same, where an error is an object among others.
    pub(crate) fn object<'py>(self, py: Python<'py>, reply: &Reply) -> PyResult<Bound<'py, PyAny>> {
        Ok(match reply {
            Reply::Status(word) => self.reader.bytes(py, word.as_bytes(), self.raw)?,
            Reply::Error(text) => self.reader.error(py, text)?,
            Reply::Integer(number) => number.into_pyobject(py)?.into_any(),
            Reply::Bulk(bytes) | Reply::Verbatim(bytes) => {
                self.reader.bytes(py, bytes, self.raw)?
            }
            // redis-py makes lists of sets, too: what is in them need not be hashable.
            Reply::Array(items) | Reply::Set(items) => self.list(py, items)?,
            Reply::Map(pairs) if self.protocol == Protocol::Resp3 => self.dict(py, pairs)?,
            Reply::Map(pairs) => {
                let items = pairs.iter().flat_map(|(name, value)| [name, value]);
                self.list(py, items)?
            }
            _ => PyNone::get(py).to_owned().into_any(),
        })
    }

    fn list<'py, 'r>(
        self,
        py: Python<'py>,
        items: impl IntoIterator<Item = &'r Reply>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let items: Vec<_> =
            items.into_iter().map(|item| self.object(py, item)).collect::<PyResult<_>>()?;
        Ok(PyList::new(py, items)?.into_any())
    }

    fn dict<'py>(self, py: Python<'py>, pairs: &[(Reply, Reply)]) -> PyResult<Bound<'py, PyAny>> {
        let dict = PyDict::new(py);
        for (name, value) in pairs {
            dict.set_item(self.object(py, name)?, self.object(py, value)?)?;
        }
        Ok(dict.into_any())
    }
}

/// Whether there may be elements in it.
pub(crate) fn holds_elements(reply: &Reply) -> bool {
    match reply {
        Reply::Bulk(_) => true,
        Reply::Array(items) => items.iter().any(holds_elements),
        _ => false,
    }
}

/// The reply to a move of several, which is a list.
pub(crate) fn moved<'py>(py: Python<'py>, reply: &Reply) -> PyResult<Bound<'py, PyAny>> {
    Way { reader: &Reader::PLAIN, raw: true, protocol: Protocol::Resp3 }.result(py, reply)
}

/// The reply to a pop or a push of a `Store`: a tuple with what is in an array, or a value.
pub(crate) fn popped<'py>(py: Python<'py>, reply: &Reply) -> PyResult<Bound<'py, PyAny>> {
    let way = Way { reader: &Reader::PLAIN, raw: true, protocol: Protocol::Resp3 };
    match reply {
        Reply::Array(items) => {
            let items =
                items.iter().map(|item| way.object(py, item)).collect::<PyResult<Vec<_>>>()?;
            Ok(PyTuple::new(py, items)?.into_any())
        }
        reply => way.result(py, reply),
    }
}
