//! All that the log asks of a disk: one directory of files.
//!
//! The log does nothing to a disk but through these two traits, so that a simulated disk can crash at every operation.

use std::io::{self, IoSlice};

/// A directory, which holds files and nothing that matters else.
pub(crate) trait Directory: Send + Sync {
    /// The names of the files, in no order.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Opens a file for reading and writing. One that does not exist is an error.
    fn open(&self, name: &str) -> io::Result<Box<dyn File>>;

    /// Makes an empty file and opens it. One that exists is an error.
    fn create(&self, name: &str) -> io::Result<Box<dyn File>>;

    /// Gives a file another name, at one moment; a file that had this name is gone.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file. One that does not exist is an error.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Brings the names to disk: which files there are, not what is in them.
    fn sync(&self) -> io::Result<()>;
}

/// An open file. Offsets and lengths are in bytes.
pub(crate) trait File: Send + Sync {
    fn len(&self) -> io::Result<u64>;

    /// Reads at most as much as `buffer` holds; 0 at the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes what the parts hold, one behind the other, or less of it; says how much.
    fn write_at(&self, offset: u64, parts: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Cuts the file off behind its first `len` bytes.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Brings what is in the file to disk, and its length, as `fdatasync` does.
    fn sync(&self) -> io::Result<()>;
}
