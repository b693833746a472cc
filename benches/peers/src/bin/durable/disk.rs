//! Where the files are, how many bytes they are, and what the disk takes to keep some.

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use tempfile::TempDir;

use crate::Failure;
use crate::figures::median;

/// An empty directory on the disk that is measured, gone when it is dropped.
pub(crate) fn fresh() -> io::Result<TempDir> {
    let ours = || Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let place = std::env::var_os("DURABLE_DIR").map_or_else(ours, PathBuf::from);
    fs::create_dir_all(&place)?;
    TempDir::new_in(place)
}

/// The bytes of all files in a directory that has only files. One that goes meanwhile counts nothing.
pub(crate) fn bytes_in(directory: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        bytes += entry?.metadata().map_or(0, |file| file.len());
    }
    Ok(bytes)
}

/// How many batches there are in the increments of a log: a record with a checksum closes each.
pub(crate) fn batches_in(directory: &Path) -> io::Result<u64> {
    let mut batches = 0;
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".incr.aof") {
            let bytes = fs::read(path)?;
            batches += memchr::memmem::find_iter(&bytes, b"\r\ncrc32c:").count() as u64;
        }
    }
    Ok(batches)
}

/// How long it takes to bring 100 bytes to disk, in microseconds: at the end of a file, and where the file has
/// bytes already, which is less. Medians of 300 times.
pub(crate) fn fdatasync() -> Result<[f64; 2], Failure> {
    let directory = fresh()?;
    let mut file = File::create(directory.path().join("synced"))?;
    let mut behind = Vec::new();
    for _ in 0..300 {
        behind.push(synced(&mut file)?);
    }
    let mut over = Vec::new();
    file.rewind()?;
    for _ in 0..300 {
        over.push(synced(&mut file)?);
    }
    Ok([median(behind), median(over)])
}

fn synced(file: &mut File) -> io::Result<f64> {
    file.write_all(&[b'x'; 100])?;
    let begun = Instant::now();
    file.sync_data()?;
    Ok(begun.elapsed().as_secs_f64() * 1e6)
}
