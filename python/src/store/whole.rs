//! Several commands as one, text, and a whole store as a copy and as a file.

use std::io::{self, BufReader, BufWriter, Read, Write};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use redeque::{Connection, Protocol, Reply};

use super::Store;
use crate::arguments::method;
use crate::bell;
use crate::errors::{ResponseError, TransferError};
use crate::process::Owned;
use crate::replies::{Reader, Way, holds_elements};
use crate::session::Session;
use crate::words::{self, Words};

/// A method `write` or `read` of Python's. The library calls it with no lock held.
struct File(Py<PyAny>);

/// A file is handed this many bytes at a time, or asked for them.
const CHUNK: usize = 64 * 1024;

#[pymethods]
impl Store {
    /// A client that speaks Redis's command language to this store.
    fn connect(&self) -> PyResult<Session> {
        Ok(Session::on(self.inner()?))
    }

    /// Runs commands, each a tuple of its words, as one: nobody sees the lists in between. Returns their replies. As in
    /// Redis, one that fails does not stop the others, and its reply is the exception. One that cannot be queued is raised,
    /// and then none is run.
    ///
    /// The replies are those to text: bytes, and `b'OK'` where the method returns None.
    ///
    ///     >>> store.transaction([("RPUSH", "a", 1, 2), ("LMOVE", "a", "b", "LEFT", "LEFT"), ("LSET", "a", 0, "x")])
    ///     [2, b'1', b'OK']
    fn transaction<'py>(
        &self,
        py: Python<'py>,
        commands: Vec<Bound<'py, PyTuple>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let commands = commands.iter().map(words::all).collect::<PyResult<Vec<_>>>()?;
        let mut connection = self.inner()?.connect();
        connection.execute(["MULTI"]);
        for words in &commands {
            queue(&mut connection, words)?;
        }
        let replies = self.change(py, |_| connection.execute(["EXEC"]))?;
        bell::check_unless(|| holds_elements(&replies))?;
        Way { reader: &Reader::PLAIN, raw: true, protocol: Protocol::Resp3 }.result(py, &replies)
    }

    /// Copies all lists as they are at one moment, and returns them as a store of its own: what is written to one of the two is
    /// not seen in the other. Nobody waits at the copy, and it is open where this store is closed. Those who write wait
    /// until their lists are copied.
    ///
    ///     >>> store.rpush("k", "a")
    ///     1
    ///     >>> snapshot = store.snapshot()
    ///     >>> store.lpop("k"), snapshot.lrange("k")
    ///     (b'a', [b'a'])
    fn snapshot(&self, py: Python<'_>) -> PyResult<Self> {
        let store = self.inner()?;
        let owned = Owned::new(py.detach(|| store.snapshot()));
        Ok(Self { owned, open: None, time_passes: self.time_passes })
    }

    /// Writes all lists to a binary file, as commands that `redis-cli --pipe` sends, and returns how many keys there were.
    /// Each list is written as it was at one moment, which is the same for all where the store is a `snapshot()`.
    fn export(&self, py: Python<'_>, file: &Bound<'_, PyAny>) -> PyResult<usize> {
        let store = self.inner()?;
        let file = BufWriter::with_capacity(CHUNK, File(method(file, "write")?.unbind()));
        Ok(py.detach(|| store.export(file))?)
    }

    /// Adds the lists of a binary file that `export` wrote, and returns how many commands there were.
    fn import_(&self, py: Python<'_>, file: &Bound<'_, PyAny>) -> PyResult<u64> {
        let store = self.inner()?;
        let file = BufReader::with_capacity(CHUNK, File(method(file, "read")?.unbind()));
        let imported = py.detach(|| store.import(file));
        bell::check()?;
        imported.map_err(raised)
    }

    /// Runs every command of a binary file, and returns how many there were.
    fn import_commands(&self, py: Python<'_>, file: &Bound<'_, PyAny>) -> PyResult<u64> {
        let store = self.inner()?;
        let file = BufReader::with_capacity(CHUNK, File(method(file, "read")?.unbind()));
        let imported = py.detach(|| store.import_commands(file));
        bell::check()?;
        imported.map_err(raised)
    }
}

/// What ends a transaction, and so is no command of one.
const ENDS: [&[u8]; 4] = [b"EXEC", b"DISCARD", b"RESET", b"QUIT"];

fn queue(connection: &mut Connection, words: &Words<'_>) -> PyResult<()> {
    if words
        .first()
        .is_some_and(|name| ENDS.iter().any(|end| name.as_ref().eq_ignore_ascii_case(end)))
    {
        return Err(ResponseError::new_err("ERR Command not allowed inside a transaction"));
    }
    match connection.execute(words) {
        Reply::Error(text) => {
            Err(ResponseError::new_err(String::from_utf8_lossy(&text).into_owned()))
        }
        _ => Ok(()),
    }
}

/// What the file itself raised, or what was wrong with what it holds.
fn raised(error: redeque::ImportError) -> PyErr {
    let said = error.to_string();
    let cause = std::error::Error::source(&error);
    match cause.and_then(|cause| cause.downcast_ref::<io::Error>()).and_then(io::Error::get_ref) {
        Some(inner) if inner.is::<PyErr>() => {
            Python::attach(|py| inner.downcast_ref::<PyErr>().map(|error| error.clone_ref(py)))
                .unwrap_or_else(|| TransferError::new_err(said))
        }
        _ => TransferError::new_err(said),
    }
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Python::attach(|py| {
            let written = self.0.bind(py).call1((PyBytes::new(py, bytes),))?;
            // A raw file may take less than it was given; some objects say nothing.
            if written.is_none() {
                return Ok(bytes.len());
            }
            let count: usize = written.extract()?;
            if count > bytes.len() {
                return Err(io::Error::other("the file took more than it was given"));
            }
            Ok(count)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for File {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Python::attach(|py| {
            let read = self.0.bind(py).call1((buffer.len(),))?;
            let bytes: &[u8] = read.extract().map_err(PyErr::from)?;
            let Some(room) = buffer.get_mut(..bytes.len()) else {
                return Err(io::Error::other("the file returned more than it was asked for"));
            };
            room.copy_from_slice(bytes);
            Ok(bytes.len())
        })
    }
}
