//! The times that `fresh` measured, in a file for `summary`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Nanoseconds an operation of each process, by group, parameters and peer.
pub type FreshTimes = BTreeMap<String, BTreeMap<String, BTreeMap<String, Vec<f64>>>>;

/// Where cargo builds this crate, and criterion writes.
#[must_use]
pub fn target_directory() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    env::var_os("CARGO_TARGET_DIR").map_or_else(own, PathBuf::from)
}

fn file() -> PathBuf {
    target_directory().join("fresh.json")
}

/// The times of earlier runs; none where there was none.
pub fn load() -> io::Result<FreshTimes> {
    match fs::read_to_string(file()) {
        Ok(text) => Ok(serde_json::from_str(&text)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(FreshTimes::new()),
        Err(error) => Err(error),
    }
}

pub fn save(times: &FreshTimes) -> io::Result<()> {
    fs::write(file(), serde_json::to_string_pretty(times)?)
}
