//! What belongs to one process.
//!
//! A forked child has a copy of the parent's memory, with the locks as they were: one that another thread of the parent held
//! is held forever. So whatever was made before a fork is neither used nor dropped in the child.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyCFunction};

use crate::errors::ForkError;

/// How many forks lie between this process and the one that first loaded the module.
static FORKS: AtomicU64 = AtomicU64::new(0);

/// A value of the process that made it.
#[derive(Debug)]
pub(crate) struct Owned<T> {
    forks: u64,
    /// There, until it is dropped.
    value: Option<T>,
}

/// Has every fork counted, in the child.
pub(crate) fn watch_forks(py: Python<'_>) -> PyResult<()> {
    let os = py.import("os")?;
    if !os.hasattr("register_at_fork")? {
        return Ok(()); // Windows has no forks.
    }
    let count = PyCFunction::new_closure(py, None, None, |_, _| {
        FORKS.fetch_add(1, Ordering::Relaxed);
    })?;
    os.call_method("register_at_fork", (), Some(&[("after_in_child", count)].into_py_dict(py)?))?;
    Ok(())
}

impl<T> Owned<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { forks: FORKS.load(Ordering::Relaxed), value: Some(value) }
    }

    /// Whether this process made it.
    #[inline]
    pub(crate) fn is_ours(&self) -> bool {
        self.forks == FORKS.load(Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn get(&self) -> PyResult<&T> {
        match &self.value {
            Some(value) if self.is_ours() => Ok(value),
            _ => Err(foreign()),
        }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self) -> PyResult<&mut T> {
        let ours = self.is_ours();
        match &mut self.value {
            Some(value) if ours => Ok(value),
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
