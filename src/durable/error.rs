//! Why a store could not be opened.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::BuildError;
use crate::log::Trouble;

/// Why a store was not [opened](crate::Store::open). The directory is as it was, but for the empty file `lock`.
///
/// ```
/// # let directory = std::env::temp_dir().join(format!("redeque-error-{}", std::process::id()));
/// # std::fs::remove_dir_all(&directory).ok();
/// use redeque::Store;
///
/// let store = Store::open(&directory)?;
/// let error = Store::open(&directory).unwrap_err();
/// assert!(error.is_in_use());
/// assert!(error.to_string().ends_with("is locked: the log in there is open"));
/// # drop(store);
/// # std::fs::remove_dir_all(&directory)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct OpenError(Box<Kind>);

#[derive(Debug)]
enum Kind {
    Nowhere,
    Refused(BuildError),
    Io(PathBuf, io::Error),
    Trouble(PathBuf, Trouble),
}

/// What can be done about damage that only a cut mends, which loses what had been on disk.
const REMEDY: &str = "; redeque::repair_log cuts the log off at its damage, with all that comes behind: copy the directory \
                      first (redeque::check_log looks, and changes nothing)";

impl OpenError {
    pub(super) fn nowhere() -> Self {
        Self(Box::new(Kind::Nowhere))
    }

    pub(super) fn refused(error: BuildError) -> Self {
        Self(Box::new(Kind::Refused(error)))
    }

    pub(super) fn io(path: &Path, error: io::Error) -> Self {
        Self(Box::new(Kind::Io(path.to_owned(), error)))
    }

    pub(super) fn trouble(path: &Path, trouble: Trouble) -> Self {
        Self(Box::new(Kind::Trouble(path.to_owned(), trouble)))
    }

    /// Whether another store has the directory open, of this process or of another one.
    pub fn is_in_use(&self) -> bool {
        matches!(&*self.0, Kind::Io(_, error) if error.kind() == io::ErrorKind::ResourceBusy)
    }

    /// The name of the file that does not load, in the directory, if it is one.
    pub fn file(&self) -> Option<&str> {
        let Kind::Trouble(_, trouble) = &*self.0 else { return None };
        trouble.file.as_deref()
    }

    /// How many bytes into the file the trouble begins, if that says more than its name.
    pub fn offset(&self) -> Option<u64> {
        let Kind::Trouble(_, trouble) = &*self.0 else { return None };
        trouble.offset
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Nowhere => f.write_str("a store is opened in a directory, and none was named"),
            Kind::Refused(error) => error.fmt(f),
            // It names the directory itself.
            Kind::Io(_, error) if error.kind() == io::ErrorKind::ResourceBusy => error.fmt(f),
            Kind::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Kind::Trouble(path, trouble) => {
                write!(f, "{}: {trouble}", path.display())?;
                if trouble.is_mended_by_a_cut() { f.write_str(REMEDY) } else { Ok(()) }
            }
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Kind::Nowhere => None,
            Kind::Refused(error) => Some(error),
            Kind::Io(_, error) => Some(error),
            Kind::Trouble(_, trouble) => std::error::Error::source(trouble),
        }
    }
}
