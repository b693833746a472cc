//! A directory has one log at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::process;

/// The file that is locked. What is in it does not matter, and it stays when the lock is given up: to remove it could take it
/// from under somebody who has just opened it.
const NAME: &str = "lock";

/// Holds the lock of a directory until it is dropped, or the process ends in any way.
///
/// The lock belongs to the open file, not to the process, so that a second log in the same process is refused, too. A child made
/// by `fork` has the same open file: it must not unlock it, and the lock lasts until both have closed it, or the parent has given
/// it up.
#[derive(Debug)]
pub(crate) struct Claim {
    file: File,
    process: u32,
}

impl Claim {
    /// Locks a directory.
    ///
    /// # Errors
    ///
    /// [`ResourceBusy`](io::ErrorKind::ResourceBusy) if somebody has done so; otherwise what the system says.
    pub(crate) fn new(directory: &Path) -> io::Result<Self> {
        let path = directory.join(NAME);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path)?;
        Self::of(file, directory)
    }

    /// Locks a directory in which there has been a log; `None` if there has been none. Writes nothing.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub(crate) fn if_there(directory: &Path) -> io::Result<Option<Self>> {
        match File::open(directory.join(NAME)) {
            Ok(file) => Self::of(file, directory).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn of(file: File, directory: &Path) -> io::Result<Self> {
        match file.try_lock() {
            Ok(()) => Ok(Self { file, process: process::id() }),
            Err(TryLockError::Error(error)) => Err(error),
            Err(TryLockError::WouldBlock) => {
                let text = format!(
                    "{} is locked: the log in there is open",
                    directory.join(NAME).display()
                );
                Err(io::Error::new(io::ErrorKind::ResourceBusy, text))
            }
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.process == process::id() {
            // Closing it would not be enough where a child has it open.
            let _ = self.file.unlock();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::fs;
    use std::io::ErrorKind;
    use std::process;

    use super::Claim;

    #[test]
    fn a_directory_is_claimed_once_at_a_time_in_one_process_too() {
        let directory = env::temp_dir().join(format!("redeque-claim-{}", process::id()));
        fs::create_dir_all(&directory).unwrap();
        let claim = Claim::new(&directory).unwrap();
        let refused = Claim::new(&directory).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ResourceBusy);
        assert!(refused.to_string().contains("is locked"), "{refused}");
        // What was opened in vain and closed takes the lock from nobody.
        assert_eq!(Claim::new(&directory).unwrap_err().kind(), ErrorKind::ResourceBusy);
        drop(claim);
        drop(Claim::new(&directory).unwrap());
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn a_directory_without_a_lock_is_left_so_and_one_with_it_is_claimed() {
        let directory = env::temp_dir().join(format!("redeque-claim-if-{}", process::id()));
        fs::create_dir_all(&directory).unwrap();
        assert!(Claim::if_there(&directory).unwrap().is_none());
        assert!(!directory.join("lock").exists());
        let claim = Claim::new(&directory).unwrap();
        assert_eq!(Claim::if_there(&directory).unwrap_err().kind(), ErrorKind::ResourceBusy);
        drop(claim);
        let claim = Claim::if_there(&directory).unwrap();
        assert_eq!(Claim::new(&directory).unwrap_err().kind(), ErrorKind::ResourceBusy);
        drop(claim);
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn a_directory_that_does_not_exist_is_not_made() {
        let directory = env::temp_dir().join(format!("redeque-no-claim-{}", process::id()));
        assert_eq!(Claim::new(&directory).unwrap_err().kind(), ErrorKind::NotFound);
        assert!(!directory.exists());
    }
}
