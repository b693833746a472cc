//! A store that survives the shell: where it is, what was found there, and how it ends.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use redeque::{Cut, Error, Fsync, LogOptions, Recovery, Store, check_log, repair_log};

/// The store of this directory, or one that ends with the shell; or what to say of a directory that does not load.
pub(crate) fn open(directory: Option<&PathBuf>, fsync: Option<Fsync>) -> Result<Store, String> {
    let Some(directory) = directory else { return Ok(Store::new()) };
    let options = LogOptions::new().fsync(fsync.unwrap_or_default());
    Store::builder().log(directory, options).open().map_err(|error| {
        let hint = if error.is_in_use() { "" } else { " (--check-log, --repair-log)" };
        format!("{error}{hint}")
    })
}

/// Says what a store was opened with: only what is lost, or all.
pub(crate) fn tell(directory: &Path, recovery: &Recovery, all: bool) {
    if all {
        eprintln!("{}", found(directory, recovery));
    }
    if let Some(cut) = recovery.cut() {
        eprintln!("{}", lost(directory, cut, "cut off"));
    }
}

/// Ends the use of a store. If what was last done may not be on disk, the status says so, too.
pub(crate) fn end(store: &Store) -> Result<(), String> {
    store.shutdown().map_err(|error| error.to_string())
}

/// For a program that is about to end in the midst of a command, which is not to be told of it.
pub(crate) fn bring_to_disk(store: &Store) -> Result<(), String> {
    match store.sync() {
        Ok(()) | Err(Error::NoLog) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// `--check-log`: the status is that of a log which opens as it is, or not.
pub(crate) fn check(directory: &Path) -> ExitCode {
    match check_log(directory) {
        Ok(recovery) => {
            println!("{}", found(directory, &recovery));
            let Some(cut) = recovery.cut() else { return ExitCode::SUCCESS };
            println!("{}", lost(directory, cut, "opening it would cut off"));
            ExitCode::FAILURE
        }
        Err(error) => refuse(&error.to_string()),
    }
}

/// `--repair-log`: the status is that of a log which opens now, as far as its end is concerned, or not.
pub(crate) fn repair(directory: &Path) -> ExitCode {
    match repair_log(directory) {
        Ok(Some(cut)) => println!("{}", lost(directory, &cut, "cut off")),
        Ok(None) => println!("{}: nothing had to be cut off", directory.display()),
        Err(error) => return refuse(&error.to_string()),
    }
    ExitCode::SUCCESS
}

pub(crate) fn refuse(text: &str) -> ExitCode {
    eprintln!("Error: {text}");
    ExitCode::FAILURE
}

fn found(directory: &Path, recovery: &Recovery) -> String {
    let (keys, commands, bytes) = (recovery.keys(), recovery.commands(), recovery.bytes());
    let seconds = recovery.elapsed().as_secs_f64();
    let of = directory.display();
    format!("{of}: keys {keys}, commands {commands}, bytes {bytes}, in {seconds:.3} s")
}

fn lost(directory: &Path, cut: &Cut, how: &str) -> String {
    format!("{}: {how} {cut}", directory.display())
}
