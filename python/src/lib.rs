//! Redis lists inside a Python process: the native half of the package `redeque`.
//!
//! It hands words to the library and replies to Python, and has no semantics of its own.
//!
//! # Locks and the GIL
//!
//! A shard's lock is never held while Python runs, nor while a thread waits for the GIL:
//!
//! - arguments are bytes before a command begins, and a reply becomes Python's objects when it is over;
//! - a transaction is recorded, and carried out in one go;
//! - the library wakes a thread or a task after it has given up all locks, so the waker of a task (`bell`) may take the GIL;
//! - `export` and `import` read and write files with no lock held.
//!
//! So a thread that holds the GIL and wants a lock waits only for as long as a command takes, and need not give up the GIL
//! for it, which would cost more than most commands do. It is given up where a thread waits for an element, and by the
//! methods `keys`, `flushall`, `flushdb`, `reap`, `close`, `snapshot`, `export` and the two imports, and where a clock is
//! turned. A store with a log gives it up for
//! all that changes something, since that may wait for the disk, and its sessions run every command as one that waits. All
//! others hold it, also those that take long with a long list, and so does every command of a session, `KEYS` and `FLUSHALL`
//! too: its length is not known before.

mod arguments;
mod bell;
mod clock;
mod errors;
mod process;
mod replies;
mod session;
mod store;
mod thread;
mod wait;
mod waiting;
mod words;

use pyo3::prelude::*;

/// The native half of redeque: stores, sessions and waits.
#[pymodule(gil_used = true)]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::clock::ManualClock;
    #[pymodule_export]
    use crate::errors::{
        ClosedError, Error, ForkError, InUseError, OpenError, OutOfMemoryError, ResponseError,
        TransferError,
    };
    #[pymodule_export]
    use crate::session::Session;
    #[pymodule_export]
    use crate::store::{Recovery, Store};
    #[pymodule_export]
    use crate::wait::Wait;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        crate::store::sync_at_exit(module.py())?;
        crate::process::watch_forks(module.py())
    }
}
