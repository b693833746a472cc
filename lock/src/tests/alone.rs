//! A process for a test: what is decided holds for all of it, and a thread that nobody wakes is ended with it.

use std::process::{self, Command};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, io};

/// Names the test that a process was started for.
const TEST: &str = "REDEQUE_LOCK_TEST";
/// The status of a process whose test ran to its end; no test has this by having no such name.
const DONE: i32 = 77;

/// Runs the rest of a test, whose path in this crate is given, in a process of its own. Fails if it does or is not done
/// by then.
pub(super) fn alone(path: &str, most: Duration, test: impl FnOnce()) {
    if env::var(TEST).is_ok_and(|chosen| chosen == path) {
        test();
        process::exit(DONE);
    }
    let status = run(path, Instant::now() + most).expect("this program can be started");
    assert_ne!(status, None, "{path} hangs: a thread sleeps, and nobody wakes it");
    assert_eq!(status, Some(DONE), "{path} failed");
}

/// The status that it ended with, if it did.
fn run(path: &str, end: Instant) -> io::Result<Option<i32>> {
    let mut child = Command::new(env::current_exe()?)
        .args(["--exact", path, "--nocapture"])
        .env(TEST, path)
        .spawn()?;
    while Instant::now() < end {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.code().unwrap_or(-1)));
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}
