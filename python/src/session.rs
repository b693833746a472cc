//! One client, by text: words in, replies out.
//!
//! It is what a socket to a server would be. Commands are sent, and run at once unless one before them waits; replies are
//! read in their order. A command that waits begins to when it is sent, and so has its place in the queue from then on.

mod inbox;

use std::time::Instant;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::pyclass::{PyTraverseError, PyVisit};
use pyo3::types::{PyEllipsis, PyTuple};
use redeque::Store;

use self::inbox::{Inbox, Reading};
use crate::arguments::Timeout;
use crate::bell;
use crate::errors::ClosedError;
use crate::process::Owned;
use crate::replies::{Reader, Way};
use crate::thread::{self, Ended};
use crate::waiting::Polled;
use crate::words::{self, Word, Words};

/// A client of a store that takes commands in Redis's language. `MULTI`, `WATCH` and the version of the protocol are its own.
///
/// `execute` is all that most programs need. `send` with `take` or `read` is for those that send ahead of what they read, as
/// `redeque.Connection` does; `poll` is for a loop that must not wait.
#[pyclass(module = "redeque", frozen, weakref)]
#[derive(Debug)]
pub(crate) struct Session {
    inbox: Owned<Inbox>,
    reader: Reader,
    /// Makes bytes of what is not bytes; without it, arguments are those of a `Store`.
    encode: Option<Py<PyAny>>,
}

impl Session {
    pub(crate) fn on(store: &Store) -> Self {
        Self { inbox: Owned::new(Inbox::new(store)), reader: Reader::PLAIN, encode: None }
    }

    /// Raises what a ring has raised, unless elements are among what the commands that were sent together got. Their replies
    /// are returned then, and the next command raises it.
    fn check_rings(&self) -> PyResult<()> {
        let inbox = self.inbox.get()?;
        bell::check_unless(|| inbox.holds_elements())
    }

    /// Waits until the next reply is there, at most until `limit`.
    fn wait(&self, py: Python<'_>, _: &Reading<'_>, limit: Option<Instant>) -> PyResult<()> {
        let inbox = self.inbox.get()?;
        self.check_rings()?;
        while let Some(waiting) = inbox.awaited()? {
            match thread::block(py, &waiting, limit, &|| None)? {
                Ended::Over(replied) => inbox.over(replied),
                Ended::Late => break,
                Ended::Closed => return Err(closed()),
            }
        }
        Ok(())
    }

    /// The next reply, which nobody else gets then; `...` if it is still to come.
    fn taken<'py>(
        &self,
        py: Python<'py>,
        reading: Option<&Reading<'_>>,
        raw: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let inbox = self.inbox.get()?;
        match inbox.reply(reading)? {
            Some((reply, protocol)) => {
                Way { reader: &self.reader, raw, protocol }.result(py, &reply)
            }
            None if inbox.is_silent() => Ok(py.None().into_bound(py)),
            None => inbox.awaited().map(|_| PyEllipsis::get(py).to_owned().into_any()),
        }
    }

    /// Its words as bytes. Nothing has been run if one of them cannot be made into bytes.
    fn words<'a>(&self, words: &'a Bound<'_, PyTuple>) -> PyResult<Words<'a>> {
        let Some(encode) = &self.encode else { return words::all(words) };
        let encode = encode.bind(words.py());
        let mut encoded = Words::with_capacity(words.len());
        for (place, word) in words.iter_borrowed().enumerate() {
            if place > 0 {
                encoded.push(self.encoded(encode, word)?);
                continue;
            }
            // A command's name is UTF-8 in every encoding, as redis-py sends it.
            match words::plain(word)? {
                Some(name) => encoded.extend(names(name)),
                None => encoded.extend(names(self.encoded(encode, word)?)),
            }
        }
        Ok(encoded)
    }

    fn encoded<'a>(
        &self,
        encode: &Bound<'_, PyAny>,
        word: Borrowed<'a, '_, PyAny>,
    ) -> PyResult<Word<'a>> {
        if self.reader.utf8
            && let Some(plain) = words::plain(word)?
        {
            return Ok(plain);
        }
        words::copied(&encode.call1((word,))?)
    }
}

/// A command's name of several words, such as `CLIENT ID`, is several.
fn names(name: Word<'_>) -> Words<'_> {
    if !name.as_ref().iter().any(u8::is_ascii_whitespace) {
        return Words::from_iter([name]);
    }
    let parts = name.as_ref().split(u8::is_ascii_whitespace).filter(|part| !part.is_empty());
    parts.map(|part| Word::Made(part.to_vec())).collect()
}

#[pymethods]
impl Session {
    /// A client of this store. With `encode`, arguments are what that makes bytes of; with `decode`, byte strings are what
    /// that makes of them; and an error is what `parse_error` makes of its text. `utf8` promises that both do what strict
    /// UTF-8 does: then `encode` is not called for str, bytes and int, nor `decode` for what is UTF-8.
    #[new]
    #[pyo3(signature = (store, *, encode=None, decode=None, parse_error=None, utf8=false))]
    fn new(
        store: &crate::store::Store,
        encode: Option<Py<PyAny>>,
        decode: Option<Py<PyAny>>,
        parse_error: Option<Py<PyAny>>,
        utf8: bool,
    ) -> PyResult<Self> {
        let reader = Reader { decode, utf8, parse_error };
        Ok(Self { reader, encode, ..Self::on(store.inner()?) })
    }

    /// Sends one command.
    fn send(&self, words: &Bound<'_, PyTuple>) -> PyResult<()> {
        bell::check()?;
        let words = self.words(words)?;
        let words: smallvec::SmallVec<[&[u8]; 8]> = words.iter().map(AsRef::as_ref).collect();
        self.inbox.get()?.send(&words)
    }

    /// Sends several commands. None of them is run if an argument of any cannot be made into bytes.
    fn send_all(&self, commands: Vec<Bound<'_, PyTuple>>) -> PyResult<()> {
        bell::check()?;
        let commands =
            commands.iter().map(|words| self.words(words)).collect::<PyResult<Vec<_>>>()?;
        let inbox = self.inbox.get()?;
        for words in &commands {
            let words: smallvec::SmallVec<[&[u8]; 8]> = words.iter().map(AsRef::as_ref).collect();
            inbox.send(&words)?;
        }
        Ok(())
    }

    /// The next reply, or `...` if it is still to come; an error is raised. With `raw`, nothing is decoded.
    #[pyo3(signature = (raw=false))]
    fn take<'py>(&self, py: Python<'py>, raw: bool) -> PyResult<Bound<'py, PyAny>> {
        self.check_rings()?;
        self.taken(py, None, raw)
    }

    /// As `take`, but waits for the reply, without the GIL, for at most `timeout` seconds if that is not None. `...` if it is
    /// still to come then.
    #[pyo3(
        signature = (raw=false, timeout=Timeout(None)),
        text_signature = "($self, raw=False, timeout=None)"
    )]
    fn read<'py>(
        &self,
        py: Python<'py>,
        raw: bool,
        timeout: Timeout,
    ) -> PyResult<Bound<'py, PyAny>> {
        let reading = self.inbox.get()?.read()?;
        let limit = timeout.0.and_then(|limit| Instant::now().checked_add(limit));
        self.wait(py, &reading, limit)?;
        self.taken(py, Some(&reading), raw)
    }

    /// Sends one command, waits for its reply and returns it.
    #[pyo3(signature = (*words))]
    fn execute<'py>(
        &self,
        py: Python<'py>,
        words: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let inbox = self.inbox.get()?;
        let reading = inbox.read()?;
        inbox.check_free()?;
        self.send(words)?;
        if let Err(interrupted) = self.wait(py, &reading, None) {
            // Its reply must not be taken for that to another command.
            inbox.close();
            return Err(interrupted);
        }
        let reply = self.taken(py, Some(&reading), false);
        self.check_rings()?;
        reply
    }

    /// Whether there is a reply that nobody has read, or one to come.
    #[getter]
    fn pending(&self) -> PyResult<bool> {
        Ok(self.inbox.get()?.pending())
    }

    /// Whether it takes no more commands: it was closed, or said `QUIT`.
    #[getter]
    fn closed(&self) -> PyResult<bool> {
        Ok(self.inbox.get()?.is_closed())
    }

    /// As that of a `Wait`: whether the next reply is there. If it is not, `ring` will be called.
    fn poll(&self, ring: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.check_rings()?;
        let inbox = self.inbox.get()?;
        let _reading = inbox.read()?;
        while let Some(waiting) = inbox.awaited()? {
            match waiting.poll(&bell::waker(ring.clone(), &waiting)) {
                Polled::Over(replied) => inbox.over(replied),
                Polled::Waiting => return Ok(false),
                Polled::Closed => return Err(closed()),
            }
        }
        Ok(true)
    }

    /// Seconds until the command that waits ends by itself, if it does.
    fn seconds_left(&self) -> PyResult<Option<f64>> {
        Ok(self.inbox.get()?.seconds_left())
    }

    /// Ends the session. A command that waits gives back what it had been given. In a process that did not make it, this does
    /// nothing.
    fn close(&self) -> PyResult<()> {
        if let Ok(inbox) = self.inbox.get() {
            inbox.close();
            bell::check()?;
        }
        Ok(())
    }

    /// For the collector of cycles. It needs nothing to clear here: these are given once and never change, so each cycle
    /// has some other object in it that can be cleared, as a cycle through a tuple has.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.encode)?;
        visit.call(&self.reader.decode)?;
        visit.call(&self.reader.parse_error)
    }

    /// As that of a socket, which redis-py shuts down before it closes it.
    fn shutdown(&self, _how: i32) -> PyResult<()> {
        self.close()
    }
}

fn closed() -> PyErr {
    ClosedError::new_err("the session is closed")
}

fn in_use() -> PyErr {
    PyRuntimeError::new_err(
        "a command of this session is being run: a session is for one thread at a time",
    )
}

fn unread() -> PyErr {
    PyRuntimeError::new_err(
        "a reply of this session has not been read: take it before another command is executed",
    )
}

fn nothing_sent() -> PyErr {
    PyRuntimeError::new_err("no reply is to come: no command was sent")
}
