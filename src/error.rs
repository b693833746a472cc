//! What a command can refuse, in the words of a Redis server.

use std::fmt;

/// Why a command was refused. It changed nothing.
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
    /// Another connection ended the wait with `CLIENT UNBLOCK … ERROR`.
    Unblocked,
    /// A transaction touched a key that it did not declare. This text is redeque's own.
    UndeclaredKey,
    /// A bounded push of more elements than its `max_len`, which may be zero: there will never be room for them. This text
    /// is redeque's own.
    NeverFits,
    /// The store is [closed](crate::Store::close): it takes no new elements, and nobody waits any more. This text is
    /// redeque's own.
    Closed,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::WrongArity(command) => {
                return write!(f, "ERR wrong number of arguments for '{command}' command");
            }
            Self::Syntax => "ERR syntax error",
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
            Self::Unblocked => "UNBLOCKED client unblocked via CLIENT UNBLOCK",
            Self::UndeclaredKey => "ERR key is not declared in this transaction",
            Self::NeverFits => "ERR there will never be room for that within max_len",
            Self::Closed => "CLOSED the store is closed",
        };
        f.write_str(text)
    }
}

impl std::error::Error for Error {}
