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
    OutOfMemoryError,
    ResponseError,
    "The store takes more memory than it may: what may need more of it is refused until something is removed."
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
create_exception!(
    redeque,
    OpenError,
    Error,
    "A store was not opened: what is in its directory does not load. It says which file, where, and why, and has changed \
     nothing. What the system refuses is Python's own OSError."
);
create_exception!(
    redeque,
    InUseError,
    OpenError,
    "A store was not opened: its directory is open in another one, of this process or of another."
);

/// What a command was refused with.
pub(crate) fn refused(error: impl Into<redeque::Error>) -> PyErr {
    of_text(error.into().to_string())
}

/// What a command was refused with, in its words: their first says whether the store is closed, or takes
/// more memory than it may.
pub(crate) fn of_text(text: String) -> PyErr {
    if text.starts_with("CLOSED ") {
        ClosedError::new_err(text)
    } else if text.starts_with("OOM ") {
        OutOfMemoryError::new_err(text)
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
