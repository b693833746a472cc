//! A log that nobody has open: whether it loads, and what can be done if it does not.

use std::io;
use std::path::Path;
use std::time::Instant;

use super::replay::replay;
use super::{OpenError, claim};
use crate::Store;
use crate::log::{self, Claim, Cut, Disk, Recovery};

/// Reads the log in this directory as [`Store::open`] would, and returns what that would find. Changes nothing.
///
/// The commands are carried out in a store that is thrown away, so that one which would be refused is found, too. What a crash
/// has torn is no error: it is the [cut](Recovery::cut) that opening would make. A directory that a server wrote can be checked
/// as well, but not while the server writes to it: a server takes no lock, and what it is about to write looks torn.
///
/// Complexity: O(n) for n bytes of the log. The lists are in memory meanwhile.
///
/// # Errors
///
/// The [`OpenError`] that opening would return. A directory that does not exist, which opening would make, is one, too.
///
/// ```
/// # let directory = std::env::temp_dir().join(format!("redeque-check-{}", std::process::id()));
/// # std::fs::remove_dir_all(&directory).ok();
/// use redeque::Store;
///
/// let store = Store::open(&directory)?;
/// store.rpush("jobs", "first")?;
/// assert!(redeque::check_log(&directory).unwrap_err().is_in_use());
/// store.shutdown()?;
///
/// let found = redeque::check_log(&directory)?;
/// assert_eq!((found.keys(), found.commands()), (1, 1));
/// assert_eq!(found.cut(), None);
/// # std::fs::remove_dir_all(&directory)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check_log(directory: impl AsRef<Path>) -> Result<Recovery, OpenError> {
    let path = directory.as_ref();
    let begun = Instant::now();
    let _claim = Claim::if_there(path).map_err(|error| OpenError::io(path, error))?;
    let store = Store::new();
    let recovered = log::recover(&Disk::new(path), &mut |words| replay(store.keyspace(), words))
        .map_err(|trouble| OpenError::trouble(path, trouble))?;
    Ok(Recovery::new(&recovered, store.dbsize(), begun.elapsed()))
}

/// Cuts the log in this directory where its last file is damaged, so that it can be opened, and returns what was cut off; `None`
/// if it was not damaged.
///
/// [`Store::open`] does the same where a crash has torn the end, and needs no help. This also cuts where that refuses, since
/// what is lost had been on disk: all commands from the damage on, whether they can be read or not. Copy the directory first.
///
/// Complexity: O(n) for n bytes of the log.
///
/// # Errors
///
/// An [`OpenError`] if the directory is in use, or if what is wrong is not the end of the last file. Then nothing has changed.
///
/// ```
/// # let directory = std::env::temp_dir().join(format!("redeque-repair-{}", std::process::id()));
/// # std::fs::remove_dir_all(&directory).ok();
/// use std::fs;
/// use redeque::Store;
///
/// let store = Store::open(&directory)?;
/// for job in ["first", "second", "third"] {
///     store.rpush("jobs", job)?;
///     store.sync()?;
/// }
/// store.shutdown()?;
///
/// // Some byte of the second has rotted.
/// let file = directory.join("appendonly.aof.1.incr.aof");
/// let mut bytes = fs::read(&file)?;
/// let rotten = bytes.windows(6).position(|part| part == b"second").expect("it is in there");
/// bytes[rotten] = b'?';
/// fs::write(&file, bytes)?;
/// assert!(Store::open(&directory).is_err());
///
/// let cut = redeque::repair_log(&directory)?.expect("it was damaged");
/// assert_eq!(cut.file(), "appendonly.aof.1.incr.aof");
/// assert_eq!(Store::open(&directory)?.lrange("jobs", 0, -1), [b"first"]);
/// # fs::remove_dir_all(&directory)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn repair_log(directory: impl AsRef<Path>) -> Result<Option<Cut>, OpenError> {
    let path = directory.as_ref();
    let io = |error: io::Error| OpenError::io(path, error);
    let _claim = claim(path).map_err(io)?;
    let repaired = log::repair(&Disk::new(path));
    repaired.map(|it| it.cut).map_err(|trouble| OpenError::trouble(path, trouble))
}
