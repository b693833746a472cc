//! Why a log takes nothing more.

use std::fmt;
use std::io;

/// Why the log of a store takes nothing more: an error of the operating system, in its words, or one of three of redeque's own:
/// the log was shut down, belongs to the process that this one was forked from, or was changed by somebody else.
///
/// ```
/// use redeque::{Error, LogFailure};
///
/// let full = LogFailure::from(&std::io::Error::from(std::io::ErrorKind::StorageFull));
/// assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
/// let error = Error::LogFailed(full);
/// assert_eq!(error.to_string(), format!("MISCONF Errors writing to the AOF file: {full}"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogFailure(Cause);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// A number of the system's.
    System(i32),
    Kind(io::ErrorKind),
    Known(Known),
}

/// What no system call returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Forked,
    Shut,
    Foreign,
}

// An error is handed on by every command that writes.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<crate::Error>() == size_of::<[usize; 3]>());

impl LogFailure {
    pub(crate) const FORKED: Self = Self(Cause::Known(Known::Forked));
    pub(crate) const SHUT: Self = Self(Cause::Known(Known::Shut));
    pub(crate) const FOREIGN: Self = Self(Cause::Known(Known::Foreign));

    /// The kind of the error that a file would have returned.
    pub fn kind(&self) -> io::ErrorKind {
        match self.0 {
            Cause::System(code) => io::Error::from_raw_os_error(code).kind(),
            Cause::Kind(kind) => kind,
            Cause::Known(Known::Forked) => io::ErrorKind::PermissionDenied,
            Cause::Known(Known::Shut) => io::ErrorKind::NotConnected,
            Cause::Known(Known::Foreign) => io::ErrorKind::InvalidData,
        }
    }
}

impl From<&io::Error> for LogFailure {
    fn from(error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>());
        let cause = error.raw_os_error().map_or(Cause::Kind(error.kind()), Cause::System);
        inner.copied().unwrap_or(Self(cause))
    }
}

/// What a server puts behind `MISCONF Errors writing to the AOF file: `.
impl fmt::Display for LogFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Cause::System(code) => {
                let text = io::Error::from_raw_os_error(code).to_string();
                // What is behind the words of strerror(3) is the standard library's.
                f.write_str(text.strip_suffix(&format!(" (os error {code})")).unwrap_or(&text))
            }
            Cause::Kind(kind) => kind.fmt(f),
            Cause::Known(Known::Forked) => {
                f.write_str("the log belongs to the process that this one was forked from")
            }
            Cause::Known(Known::Shut) => f.write_str("the log was shut down"),
            Cause::Known(Known::Foreign) => f.write_str("somebody else has written to the log"),
        }
    }
}

impl std::error::Error for LogFailure {}

impl From<LogFailure> for io::Error {
    fn from(failure: LogFailure) -> Self {
        Self::new(failure.kind(), failure)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::LogFailure;

    #[test]
    #[cfg(target_os = "linux")]
    fn an_error_of_the_system_reads_as_strerror_has_it() {
        let failure = LogFailure::from(&Error::from_raw_os_error(28));
        assert_eq!(failure.to_string(), "No space left on device");
        assert_eq!(failure.kind(), ErrorKind::StorageFull);
    }

    #[test]
    fn what_went_through_an_error_of_a_file_is_what_it_was() {
        for failure in [LogFailure::FORKED, LogFailure::SHUT, LogFailure::FOREIGN] {
            assert_eq!(LogFailure::from(&Error::from(failure)), failure);
        }
    }
}
