//! Code of the caller's that runs several times in a row, where a panic of one must not keep the next from running.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

/// Calls `run` with each item, also after it panicked with another. The first panic goes on when all had their turn. It
/// ends here if the thread is panicking already: a second one would abort the process.
pub(super) fn each_by_itself<T>(items: impl IntoIterator<Item = T>, run: impl Fn(T)) {
    let mut first: Option<Box<dyn Any + Send>> = None;
    for item in items {
        // What `run` shares with other turns is behind `&`, and an item is lost with its panic.
        match catch_unwind(AssertUnwindSafe(|| run(item))) {
            Err(panic) if first.is_none() => first = Some(panic),
            // What a panic carries may panic when it is dropped, so it is not.
            Err(panic) => std::mem::forget(panic),
            Ok(()) => {}
        }
    }
    match first {
        Some(panic) if thread::panicking() => std::mem::forget(panic),
        Some(panic) => resume_unwind(panic),
        None => {}
    }
}
