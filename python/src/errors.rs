//! What Python sees raised.

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(
    redeque,
    Error,
    PyException,
    "What redeque raises of its own: the others are kinds of it. An argument of a wrong type or value is Python's own \
     TypeError or ValueError."
);
create_exception!(
    redeque,
    ResponseError,
    Error,
    "A command was refused, in the words of a Redis server. A Store and a Session raise it. What a Redis of redeque raises is \
     redis-py's redis.ResponseError, which is no kind of this one, nor this one of that."
);
create_exception!(
    redeque,
    ClosedError,
    Error,
    "The store is closed, the session has ended and takes no more commands, or the wait is over."
);
create_exception!(
    redeque,
    ForkError,
    Error,
    "The object belongs to the process that this one was forked from."
);
create_exception!(
    redeque,
    TransferError,
    Error,
    "A stream of commands could not be read to its end."
);

/// What a command was refused with.
pub(crate) fn refused(error: impl Into<redeque::Error>) -> PyErr {
    of_text(error.into().to_string())
}

/// What a command was refused with, in its words: their first says whether the store is closed.
pub(crate) fn of_text(text: String) -> PyErr {
    if text.starts_with("CLOSED ") {
        ClosedError::new_err(text)
    } else {
        ResponseError::new_err(text)
    }
}

/// Where the library says `Result`, and Python raises.
pub(crate) trait OrRaise<T> {
    fn or_raise(self) -> PyResult<T>;
}

impl<T> OrRaise<T> for Result<T, redeque::Error> {
    #[inline]
    fn or_raise(self) -> PyResult<T> {
        self.map_err(refused)
    }
}
