//! What a command can refuse, in the words of a Redis server.

#[cfg(feature = "durable")]
mod log_failure;

use std::fmt;

#[cfg(feature = "durable")]
pub use self::log_failure::LogFailure;

/// Why a command was refused. It changed nothing, except where a variant says otherwise.
///
/// [`Display`](fmt::Display) is the text that a Redis server sends, without the protocol's leading `-`.
///
/// ```
/// use redeque::{Error, Store};
///
/// let error = Store::new().lset("missing", 0, "x").unwrap_err();
/// assert_eq!(error, Error::NoSuchKey);
/// assert_eq!(error.to_string(), "ERR no such key");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A command that takes one or more keys or elements was given none. Holds the command's name in lower case.
    WrongArity(&'static str),
    /// An argument is not one that the command knows.
    Syntax,
    /// A word that a setting does not know, such as an [`Fsync`](crate::Fsync). Holds those that it does; the text is a server's reason
    /// for refusing CONFIG SET.
    #[cfg(feature = "durable")]
    NotOneOf(&'static str),
    /// The key that the command needs does not exist.
    NoSuchKey,
    /// The index is outside the list.
    IndexOutOfRange,
    /// A rank of zero: ranks count from 1, or from -1 at the tail.
    RankZero,
    /// A number whose negation does not fit 64 bits where the command needs both signs: `i64::MIN`.
    OutOfSymmetricRange,
    /// A command over several keys was given none of them.
    NumkeysNotPositive,
    /// A count of zero where at least one element must be asked for.
    CountNotPositive,
    /// Source and destination are the same key.
    SameObject,
    /// A deadline that is to be set only if there is none, and on a further condition.
    NxWithOthers,
    /// A deadline that is to be both later and earlier than the one that is there.
    GtWithLt,
    /// A deadline beyond what 64 bits of milliseconds since 1970 hold. Holds the command's name in lower case.
    InvalidExpireTime(&'static str),
    /// Another connection ended the wait with `CLIENT UNBLOCK … ERROR`.
    Unblocked,
    /// The connection is closed: the client said `QUIT`, or another one said `CLIENT KILL`. This text is redeque's own.
    Killed,
    /// A transaction touched a key that it did not declare. This text is redeque's own.
    UndeclaredKey,
    /// A bounded push of more elements than its `max_len`, which may be zero: there will never be room for them. This text
    /// is redeque's own.
    NeverFits,
    /// The store is [closed](crate::Store::close): it takes no new elements, and nobody waits any more. This text is
    /// redeque's own.
    Closed,
    /// The store takes more memory than its [bound](crate::Builder::max_memory): what may need more of it is refused.
    OutOfMemory,
    /// The store has no log: it was not opened in a directory (feature `durable`). This text is redeque's own.
    NoLog,
    /// The [log](crate::Store::open) has failed, and nothing is changed until a [`rewrite_log`](crate::Store::rewrite_log)
    /// succeeds, or, if the disk was full, until it has room; reads go on.
    #[cfg(feature = "durable")]
    LogFailed(LogFailure),
    /// The log failed while the command was on its way to the disk. It was carried out in memory; whether it is in the log is
    /// known when that is opened again. What it took is not handed out. This text is redeque's own.
    #[cfg(feature = "durable")]
    OutcomeUnknown(LogFailure),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::WrongArity(command) => {
                return write!(f, "ERR wrong number of arguments for '{command}' command");
            }
            Self::Syntax => "ERR syntax error",
            #[cfg(feature = "durable")]
            Self::NotOneOf(words) => {
                return write!(f, "ERR argument(s) must be one of the following: {words}");
            }
            Self::NoSuchKey => "ERR no such key",
            Self::IndexOutOfRange => "ERR index out of range",
            Self::RankZero => {
                "ERR RANK can't be zero: use 1 to start from the first match, \
                 2 from the second ... or use negative to start from the end of the list"
            }
            Self::OutOfSymmetricRange => {
                "ERR value is out of range, \
                 value must between -9223372036854775807 and 9223372036854775807"
            }
            Self::NumkeysNotPositive => "ERR numkeys should be greater than 0",
            Self::CountNotPositive => "ERR count should be greater than 0",
            Self::SameObject => "ERR source and destination objects are the same",
            Self::NxWithOthers => {
                "ERR NX and XX, GT or LT options at the same time are not compatible"
            }
            Self::GtWithLt => "ERR GT and LT options at the same time are not compatible",
            Self::InvalidExpireTime(command) => {
                return write!(f, "ERR invalid expire time in '{command}' command");
            }
            Self::Unblocked => "UNBLOCKED client unblocked via CLIENT UNBLOCK",
            Self::Killed => "ERR the connection is closed",
            Self::UndeclaredKey => "ERR key is not declared in this transaction",
            Self::NeverFits => "ERR there will never be room for that within max_len",
            Self::Closed => "CLOSED the store is closed",
            Self::OutOfMemory => "OOM command not allowed when used memory > 'maxmemory'.",
            Self::NoLog => "ERR this store has no log",
            #[cfg(feature = "durable")]
            Self::LogFailed(failure) => {
                return write!(f, "MISCONF Errors writing to the AOF file: {failure}");
            }
            #[cfg(feature = "durable")]
            Self::OutcomeUnknown(failure) => {
                return write!(
                    f,
                    "UNKNOWN the log failed, and whether it holds this command is known when it is opened again: {failure}"
                );
            }
        };
        f.write_str(text)
    }
}

impl std::error::Error for Error {}
