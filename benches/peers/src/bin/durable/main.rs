//! What a log costs, and how redeque with one compares with what else survives: prints tables for `README.md`.
//!
//! `durable <part>`, where the part is `pairs`, `commits`, `open` or `rewrite`. A number behind it is the rounds; of each
//! figure the median is told.
//!
//! Files are made below this crate's `target`, so that they lie on a disk and not in memory; `DURABLE_DIR` names another
//! place.

mod commits;
mod disk;
mod figures;
mod opening;
mod pairs;
mod queues;
mod rewrite;
mod server;

use std::error::Error;
use std::path::Path;

use redeque::{Fsync, LogOptions, Store};

type Failure = Box<dyn Error + Send + Sync>;

/// A store whose log grows until it is told to rewrite it.
fn open(directory: &Path, fsync: Fsync) -> Result<Store, Failure> {
    open_with(LogOptions::new().fsync(fsync), directory)
}

/// The same, each sync of which brings a new length of the file to disk.
fn open_without_room(directory: &Path, fsync: Fsync) -> Result<Store, Failure> {
    open_with(LogOptions::new().fsync(fsync).growth_bytes(0), directory)
}

fn open_with(options: LogOptions, directory: &Path) -> Result<Store, Failure> {
    Ok(Store::builder().log(directory, options.rewrite_percentage(0)).open()?)
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let rounds = |default| words.get(1).map_or(Ok(default), |rounds| rounds.parse());
    match words.first() {
        Some(&"pairs") => pairs::tell(rounds(9)?),
        Some(&"commits") => commits::tell(rounds(5)?),
        Some(&"open") => opening::tell(rounds(5)?),
        Some(&"rewrite") => rewrite::tell(rounds(3)?),
        Some(&rewrite::CASE) => rewrite::tell_case(&words[1..]),
        _ => Err("which part: pairs, commits, open or rewrite?".into()),
    }
}
