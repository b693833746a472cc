//! Replies in one form, so that those of different sides can be compared.

use std::time::UNIX_EPOCH;

use super::ByteString;
use crate::{Error, ExpireTime, Ttl};

/// What an operation replied.
///
/// Whatever a command of [`Model`](super::Model), [`Store`](crate::Store) or [`Transaction`](crate::Transaction)
/// returns converts into it.
///
/// ```
/// use redeque::Store;
/// use redeque::model::Outcome;
///
/// let store = Store::new();
/// assert_eq!(Outcome::from(store.rpush("k", "a")), Outcome::Integer(1));
/// assert_eq!(Outcome::from(store.lindex("k", 0)), Outcome::Bytes("a".into()));
/// assert_eq!(Outcome::from(store.lpop("missing")), Outcome::Nil);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The command did its work and has nothing to say.
    Ok,
    /// A number; also a yes (1) or no (0), as Redis replies them, and the milliseconds of PTTL and PEXPIRETIME.
    Integer(i64),
    /// A type's name.
    Type(&'static str),
    /// One element, or one key.
    Bytes(ByteString),
    /// Nothing there.
    Nil,
    /// Several elements, or several keys.
    Many(Vec<ByteString>),
    /// Several positions in a list.
    Positions(Vec<usize>),
    /// Elements, and the key that they came from.
    Popped(ByteString, Vec<ByteString>),
    /// RANDOMKEY returned a key that exists; which one is its own choice.
    SomeKey,
    /// The command refused to run, and changed nothing.
    Failed(Error),
}

impl Outcome {
    fn milliseconds(count: u128) -> Self {
        Self::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// Takes away what the order of `Many` says and how often it repeats itself.
    pub(super) fn sorted_without_repeats(self) -> Self {
        match self {
            Self::Many(mut many) => {
                many.sort();
                many.dedup();
                Self::Many(many)
            }
            other => other,
        }
    }
}

impl<T: Into<Outcome>> From<Result<T, Error>> for Outcome {
    fn from(result: Result<T, Error>) -> Self {
        result.map_or_else(Self::Failed, Into::into)
    }
}

impl<T: Into<Outcome>> From<Option<T>> for Outcome {
    fn from(reply: Option<T>) -> Self {
        reply.map_or(Self::Nil, Into::into)
    }
}

impl From<()> for Outcome {
    fn from((): ()) -> Self {
        Self::Ok
    }
}

impl From<bool> for Outcome {
    fn from(yes: bool) -> Self {
        Self::Integer(yes.into())
    }
}

impl From<i64> for Outcome {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<usize> for Outcome {
    fn from(number: usize) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// As PTTL replies.
impl From<Ttl> for Outcome {
    fn from(ttl: Ttl) -> Self {
        match ttl {
            Ttl::NoKey => Self::Integer(-2),
            Ttl::NoDeadline => Self::Integer(-1),
            Ttl::Remaining(time) => Self::milliseconds(time.as_millis()),
        }
    }
}

/// As PEXPIRETIME replies. No key expires before 1970.
impl From<ExpireTime> for Outcome {
    fn from(time: ExpireTime) -> Self {
        match time {
            ExpireTime::NoKey => Self::Integer(-2),
            ExpireTime::NoDeadline => Self::Integer(-1),
            ExpireTime::At(moment) => {
                let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
                Self::milliseconds(since.as_millis())
            }
        }
    }
}

impl From<&'static str> for Outcome {
    fn from(name: &'static str) -> Self {
        Self::Type(name)
    }
}

impl From<Vec<u8>> for Outcome {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<Vec<Vec<u8>>> for Outcome {
    fn from(many: Vec<Vec<u8>>) -> Self {
        Self::Many(many.into_iter().map(ByteString::from).collect())
    }
}

impl From<Vec<usize>> for Outcome {
    fn from(positions: Vec<usize>) -> Self {
        Self::Positions(positions)
    }
}

impl From<(Vec<u8>, Vec<Vec<u8>>)> for Outcome {
    fn from((key, elements): (Vec<u8>, Vec<Vec<u8>>)) -> Self {
        Self::Popped(key.into(), elements.into_iter().map(ByteString::from).collect())
    }
}
