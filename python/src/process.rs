//! What belongs to one process.
//!
//! A forked child has a copy of the parent's memory, with the locks as they were: one that another thread of the parent held
//! is held forever. So whatever was made before a fork is neither used nor dropped in the child.

use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyCFunction};

use crate::errors::ForkError;

/// The number of this process, or `UNSURE`. It is kept since the system takes longer to tell it than a push takes.
static PROCESS: AtomicU32 = AtomicU32::new(UNSURE);

/// No process has this number.
const UNSURE: u32 = 0;

/// How many threads of this process are about to fork. While there are any, nothing is kept: the child asks anew, however
/// early its other hooks run.
static FORKING: AtomicU32 = AtomicU32::new(0);

/// A value of the process that made it.
#[derive(Debug)]
pub(crate) struct Owned<T> {
    process: u32,
    /// There, until it is dropped.
    value: Option<T>,
}

#[inline]
fn this_process() -> u32 {
    match PROCESS.load(Ordering::Relaxed) {
        UNSURE => std::process::id(),
        known => known,
    }
}

/// Has every fork that is made through Python noticed.
pub(crate) fn watch_forks(py: Python<'_>) -> PyResult<()> {
    let os = py.import("os")?;
    PROCESS.store(std::process::id(), Ordering::Relaxed);
    if !os.hasattr("register_at_fork")? {
        return Ok(()); // Windows has no forks.
    }
    let before = PyCFunction::new_closure(py, None, None, |_, _| {
        FORKING.fetch_add(1, Ordering::Relaxed);
        PROCESS.store(UNSURE, Ordering::Relaxed);
    })?;
    let in_parent = PyCFunction::new_closure(py, None, None, |_, _| {
        if FORKING.fetch_sub(1, Ordering::Relaxed) == 1 {
            PROCESS.store(std::process::id(), Ordering::Relaxed);
        }
    })?;
    let in_child = PyCFunction::new_closure(py, None, None, |_, _| {
        FORKING.store(0, Ordering::Relaxed);
        PROCESS.store(std::process::id(), Ordering::Relaxed);
    })?;
    let hooks = [("before", before), ("after_in_parent", in_parent), ("after_in_child", in_child)];
    os.call_method("register_at_fork", (), Some(&hooks.into_py_dict(py)?))?;
    Ok(())
}

impl<T> Owned<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { process: this_process(), value: Some(value) }
    }

    /// Whether this process made it.
    #[inline]
    pub(crate) fn is_ours(&self) -> bool {
        self.process == this_process()
    }

    #[inline]
    pub(crate) fn get(&self) -> PyResult<&T> {
        match &self.value {
            Some(value) if self.is_ours() => Ok(value),
            _ => Err(foreign()),
        }
    }
}

#[cold]
fn foreign() -> PyErr {
    ForkError::new_err(
        "this object belongs to the process that this one was forked from, and so do its lists: \
         make a Store of your own after the fork",
    )
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        if !self.is_ours() {
            std::mem::forget(self.value.take());
        }
    }
}
