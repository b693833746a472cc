//! What keeps a log from loading, and what is cut off so that it loads.

use std::fmt;
use std::io;

use crate::log::manifest::Fault;

/// The end of the last file of a log, which did not load and was cut off; see [`Recovery::cut`](super::Recovery::cut) and
/// [`repair_log`](crate::repair_log).
///
/// [`Display`](fmt::Display) says which bytes of which file, and why.
///
/// ```
/// # let directory = std::env::temp_dir().join(format!("redeque-cut-{}", std::process::id()));
/// # std::fs::remove_dir_all(&directory).ok();
/// use std::fs::OpenOptions;
/// use redeque::Store;
///
/// Store::open(&directory)?.shutdown()?;
/// let name = "appendonly.aof.1.incr.aof";
/// let file = OpenOptions::new().write(true).open(directory.join(name))?;
/// let len = file.metadata()?.len();
/// // As a power loss may leave it.
/// file.set_len(len + 512)?;
///
/// let store = Store::open(&directory)?;
/// let cut = store.recovery().and_then(|recovery| recovery.cut()).expect("zeros are no command");
/// assert_eq!((cut.file(), cut.offset(), cut.bytes()), (name, len, 512));
/// # store.shutdown()?;
/// # std::fs::remove_dir_all(&directory)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    pub(super) file: String,
    pub(super) offset: u64,
    /// How long the file was.
    pub(super) len: u64,
    pub(super) reason: Reason,
    /// Where the reason is found: at the cut or behind it.
    pub(super) found: u64,
}

impl Cut {
    /// The name of the file, in the directory of the log.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// How long the file is without what was cut off, in bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes were cut off.
    pub fn bytes(&self) -> u64 {
        self.len - self.offset
    }
}

/// Which bytes of which file, and why.
impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, offset, reason, found, .. } = self;
        write!(f, "{file}: the last {} bytes, from byte {offset} on: ", self.bytes())?;
        write!(f, "at byte {found}, {reason}")
    }
}

/// What is wrong with a file somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The file ends within a record.
    Torn,
    /// The file ends within a transaction.
    Open,
    /// There are records that no checksum covers, and none of a server's.
    Unclosed,
    /// There is something else than a record, or a record where it has no sense.
    Damaged,
    /// The same, and the file ends with zeros.
    Zeros,
    /// A checksum is not that of the records before it.
    Checksum,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Torn => "the file ends within a record",
            Self::Open => "a transaction begins that has no EXEC",
            Self::Unclosed => "records begin that have no checksum",
            Self::Damaged => "there is no record that makes sense",
            Self::Zeros => "there is no record that makes sense, and the file ends with zeros",
            Self::Checksum => "records begin that are not those of their checksum",
        })
    }
}

/// Why a log does not load. The directory is as it was.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// Where: the name of a file; none for the directory itself.
    pub(crate) file: Option<String>,
    /// How many bytes into the file, if that says more than the name.
    pub(crate) offset: Option<u64>,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Io(io::Error),
    Manifest(Fault),
    /// There is no manifest, but there is this file.
    Foreign,
    /// The manifest names a file that is not there.
    Missing,
    /// The file is a server's snapshot, not a log.
    Snapshot,
    /// A database other than 0 is selected.
    Database(String),
    /// The file is damaged where it cannot be cut.
    Damage(Reason, Why),
    /// A command was refused, with this text.
    Refused(String),
    /// Somebody has changed the file since it was read.
    Changed,
}

/// Why a damaged file is not cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Others follow, or it is a base: it was whole once.
    NotTheLast,
    /// A later batch says that the file was on disk up to here.
    Synced(u64),
    /// A server has appended to it, so it was whole then.
    Served,
}

impl Trouble {
    pub(super) fn of(file: &str, kind: Kind) -> Self {
        Self { file: Some(file.to_owned()), offset: None, kind }
    }

    pub(super) fn at(file: &str, offset: u64, kind: Kind) -> Self {
        Self { offset: Some(offset), ..Self::of(file, kind) }
    }

    pub(super) fn io(file: &str, error: io::Error) -> Self {
        Self::of(file, Kind::Io(error))
    }

    /// Whether [`repair`](super::repair) can cut the file at the damage.
    pub(crate) fn is_mended_by_a_cut(&self) -> bool {
        matches!(self.kind, Kind::Damage(_, Why::Synced(_) | Why::Served))
    }

    pub(crate) fn of_the_directory(error: io::Error) -> Self {
        Self { file: None, offset: None, kind: Kind::Io(error) }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}: ")?;
        }
        if let Some(offset) = self.offset {
            write!(f, "at byte {offset}: ")?;
        }
        self.kind.fmt(f)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Manifest(fault) => fault.fmt(f),
            Self::Foreign => f.write_str(
                "the directory has this file and no manifest, so it is not a log, or has lost it",
            ),
            Self::Missing => f.write_str("the manifest names this file, and it is not there"),
            Self::Snapshot => f.write_str(
                "this is an RDB snapshot, which only a server reads; let the server that wrote it \
                 rewrite its log (BGREWRITEAOF) with aof-use-rdb-preamble no",
            ),
            Self::Database(name) => {
                write!(f, "database {name} is selected, and there is only database 0")
            }
            Self::Damage(reason, why) => write!(f, "{reason}; {why}"),
            Self::Refused(text) => f.write_str(text),
            Self::Changed => f.write_str("somebody else has changed this file"),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTheLast => f.write_str("only the last increment can have a torn end"),
            Self::Synced(offset) => write!(f, "the file was on disk up to byte {offset}"),
            Self::Served => f.write_str("a server has appended to these records"),
        }
    }
}

impl std::error::Error for Trouble {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            Kind::Io(error) => Some(error),
            _ => None,
        }
    }
}
