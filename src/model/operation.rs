//! One command with its arguments, as a value: to be generated, printed, shrunk and run.

use std::fmt;

use super::ByteString;
use crate::Direction;

/// A command with its arguments. The fields carry the names that the command's Redis page gives them.
///
/// Each variant is one method of [`Store`](crate::Store), and `Debug` prints it as a call of that method, on one
/// line. A push of many elements that repeat a few prints them as `cycle([b"x", b"y"]; 300)`.
///
/// ```
/// use redeque::Store;
/// use redeque::model::{Model, Operation, Outcome};
///
/// let push = Operation::RpushAll { key: "k".into(), elements: vec!["a".into(), "b".into()] };
/// assert_eq!(format!("{push:?}"), r#"rpush_all(b"k", [b"a", b"b"])"#);
/// assert_eq!(push.on_model(&mut Model::new()), Outcome::Integer(2));
/// assert_eq!(push.on_store(&Store::new()), Outcome::Integer(2));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "a field means what the Redis page of its command says")]
pub enum Operation {
    /// LPUSH with one element.
    Lpush { key: ByteString, element: ByteString },
    /// RPUSH with one element.
    Rpush { key: ByteString, element: ByteString },
    /// LPUSHX with one element.
    Lpushx { key: ByteString, element: ByteString },
    /// RPUSHX with one element.
    Rpushx { key: ByteString, element: ByteString },
    /// LPUSH.
    LpushAll { key: ByteString, elements: Vec<ByteString> },
    /// RPUSH.
    RpushAll { key: ByteString, elements: Vec<ByteString> },
    /// LPUSHX.
    LpushxAll { key: ByteString, elements: Vec<ByteString> },
    /// RPUSHX.
    RpushxAll { key: ByteString, elements: Vec<ByteString> },
    /// LPOP.
    Lpop { key: ByteString },
    /// RPOP.
    Rpop { key: ByteString },
    /// LPOP with a count.
    LpopCount { key: ByteString, count: usize },
    /// RPOP with a count.
    RpopCount { key: ByteString, count: usize },
    /// LMPOP.
    Lmpop { keys: Vec<ByteString>, from: Direction, count: usize },
    /// LLEN.
    Llen { key: ByteString },
    /// LRANGE.
    Lrange { key: ByteString, start: i64, stop: i64 },
    /// LINDEX.
    Lindex { key: ByteString, index: i64 },
    /// LPOS.
    Lpos { key: ByteString, element: ByteString },
    /// LPOS with RANK and MAXLEN.
    LposWith { key: ByteString, element: ByteString, rank: i64, maxlen: usize },
    /// LPOS with COUNT, RANK and MAXLEN.
    LposCount { key: ByteString, element: ByteString, count: usize, rank: i64, maxlen: usize },
    /// LSET.
    Lset { key: ByteString, index: i64, element: ByteString },
    /// LINSERT BEFORE.
    LinsertBefore { key: ByteString, pivot: ByteString, element: ByteString },
    /// LINSERT AFTER.
    LinsertAfter { key: ByteString, pivot: ByteString, element: ByteString },
    /// LREM.
    Lrem { key: ByteString, count: i64, element: ByteString },
    /// LTRIM.
    Ltrim { key: ByteString, start: i64, stop: i64 },
    /// LMOVE.
    Lmove { source: ByteString, destination: ByteString, from: Direction, to: Direction },
    /// RPOPLPUSH.
    Rpoplpush { source: ByteString, destination: ByteString },
    /// DEL of one key.
    Del { key: ByteString },
    /// UNLINK of one key.
    Unlink { key: ByteString },
    /// DEL.
    DelAll { keys: Vec<ByteString> },
    /// UNLINK.
    UnlinkAll { keys: Vec<ByteString> },
    /// EXISTS of one key.
    Exists { key: ByteString },
    /// TOUCH of one key.
    Touch { key: ByteString },
    /// EXISTS.
    ExistsAll { keys: Vec<ByteString> },
    /// TOUCH.
    TouchAll { keys: Vec<ByteString> },
    /// TYPE.
    KeyType { key: ByteString },
    /// RENAME.
    Rename { key: ByteString, newkey: ByteString },
    /// RENAMENX.
    Renamenx { key: ByteString, newkey: ByteString },
    /// COPY.
    Copy { source: ByteString, destination: ByteString },
    /// COPY with REPLACE.
    CopyReplace { source: ByteString, destination: ByteString },
    /// KEYS; the outcome is sorted.
    Keys { pattern: ByteString },
    /// SCAN, a whole iteration with MATCH, COUNT and TYPE; the outcome is sorted and without repeats.
    Scan { pattern: Option<ByteString>, count: Option<usize>, key_type: Option<String> },
    /// RANDOMKEY; the outcome says only whether there was a key.
    Randomkey,
    /// DBSIZE.
    Dbsize,
    /// FLUSHALL.
    Flushall,
    /// FLUSHDB.
    Flushdb,
}

impl Operation {
    /// The keys that the operation names, in its order; `None` if it is about the keyspace as a whole.
    ///
    /// ```
    /// use redeque::model::Operation;
    ///
    /// let rename = Operation::Rename { key: "k".into(), newkey: "n".into() };
    /// assert_eq!(rename.keys(), Some(vec![&"k".into(), &"n".into()]));
    /// assert_eq!(Operation::Dbsize.keys(), None);
    /// ```
    #[must_use]
    pub fn keys(&self) -> Option<Vec<&ByteString>> {
        match self {
            Self::Lpush { key, .. }
            | Self::Rpush { key, .. }
            | Self::Lpushx { key, .. }
            | Self::Rpushx { key, .. }
            | Self::LpushAll { key, .. }
            | Self::RpushAll { key, .. }
            | Self::LpushxAll { key, .. }
            | Self::RpushxAll { key, .. }
            | Self::Lpop { key, .. }
            | Self::Rpop { key, .. }
            | Self::LpopCount { key, .. }
            | Self::RpopCount { key, .. }
            | Self::Llen { key, .. }
            | Self::Lrange { key, .. }
            | Self::Lindex { key, .. }
            | Self::Lpos { key, .. }
            | Self::LposWith { key, .. }
            | Self::LposCount { key, .. }
            | Self::Lset { key, .. }
            | Self::LinsertBefore { key, .. }
            | Self::LinsertAfter { key, .. }
            | Self::Lrem { key, .. }
            | Self::Ltrim { key, .. }
            | Self::Del { key, .. }
            | Self::Unlink { key, .. }
            | Self::Exists { key, .. }
            | Self::Touch { key, .. }
            | Self::KeyType { key, .. } => Some(vec![key]),
            Self::Lmpop { keys, .. }
            | Self::DelAll { keys, .. }
            | Self::UnlinkAll { keys, .. }
            | Self::ExistsAll { keys, .. }
            | Self::TouchAll { keys, .. } => Some(keys.iter().collect()),
            Self::Lmove { source, destination, .. }
            | Self::Rpoplpush { source, destination, .. }
            | Self::Copy { source, destination, .. }
            | Self::CopyReplace { source, destination, .. } => Some(vec![source, destination]),
            Self::Rename { key, newkey } | Self::Renamenx { key, newkey } => {
                Some(vec![key, newkey])
            }
            Self::Keys { .. }
            | Self::Scan { .. }
            | Self::Randomkey
            | Self::Dbsize
            | Self::Flushall
            | Self::Flushdb => None,
        }
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lpush { key, element } => write!(f, "lpush({key:?}, {element:?})"),
            Self::Rpush { key, element } => write!(f, "rpush({key:?}, {element:?})"),
            Self::Lpushx { key, element } => write!(f, "lpushx({key:?}, {element:?})"),
            Self::Rpushx { key, element } => write!(f, "rpushx({key:?}, {element:?})"),
            Self::LpushAll { key, elements } => {
                write!(f, "lpush_all({key:?}, {:?})", Elements(elements))
            }
            Self::RpushAll { key, elements } => {
                write!(f, "rpush_all({key:?}, {:?})", Elements(elements))
            }
            Self::LpushxAll { key, elements } => {
                write!(f, "lpushx_all({key:?}, {:?})", Elements(elements))
            }
            Self::RpushxAll { key, elements } => {
                write!(f, "rpushx_all({key:?}, {:?})", Elements(elements))
            }
            Self::Lpop { key } => write!(f, "lpop({key:?})"),
            Self::Rpop { key } => write!(f, "rpop({key:?})"),
            Self::LpopCount { key, count } => write!(f, "lpop_count({key:?}, {count:?})"),
            Self::RpopCount { key, count } => write!(f, "rpop_count({key:?}, {count:?})"),
            Self::Lmpop { keys, from, count } => write!(f, "lmpop({keys:?}, {from:?}, {count:?})"),
            Self::Llen { key } => write!(f, "llen({key:?})"),
            Self::Lrange { key, start, stop } => write!(f, "lrange({key:?}, {start:?}, {stop:?})"),
            Self::Lindex { key, index } => write!(f, "lindex({key:?}, {index:?})"),
            Self::Lpos { key, element } => write!(f, "lpos({key:?}, {element:?})"),
            Self::LposWith { key, element, rank, maxlen } => {
                write!(f, "lpos_with({key:?}, {element:?}, {rank:?}, {maxlen:?})")
            }
            Self::LposCount { key, element, count, rank, maxlen } => {
                write!(f, "lpos_count({key:?}, {element:?}, {count:?}, {rank:?}, {maxlen:?})")
            }
            Self::Lset { key, index, element } => {
                write!(f, "lset({key:?}, {index:?}, {element:?})")
            }
            Self::LinsertBefore { key, pivot, element } => {
                write!(f, "linsert_before({key:?}, {pivot:?}, {element:?})")
            }
            Self::LinsertAfter { key, pivot, element } => {
                write!(f, "linsert_after({key:?}, {pivot:?}, {element:?})")
            }
            Self::Lrem { key, count, element } => {
                write!(f, "lrem({key:?}, {count:?}, {element:?})")
            }
            Self::Ltrim { key, start, stop } => write!(f, "ltrim({key:?}, {start:?}, {stop:?})"),
            Self::Lmove { source, destination, from, to } => {
                write!(f, "lmove({source:?}, {destination:?}, {from:?}, {to:?})")
            }
            Self::Rpoplpush { source, destination } => {
                write!(f, "rpoplpush({source:?}, {destination:?})")
            }
            Self::Del { key } => write!(f, "del({key:?})"),
            Self::Unlink { key } => write!(f, "unlink({key:?})"),
            Self::DelAll { keys } => write!(f, "del_all({keys:?})"),
            Self::UnlinkAll { keys } => write!(f, "unlink_all({keys:?})"),
            Self::Exists { key } => write!(f, "exists({key:?})"),
            Self::Touch { key } => write!(f, "touch({key:?})"),
            Self::ExistsAll { keys } => write!(f, "exists_all({keys:?})"),
            Self::TouchAll { keys } => write!(f, "touch_all({keys:?})"),
            Self::KeyType { key } => write!(f, "key_type({key:?})"),
            Self::Rename { key, newkey } => write!(f, "rename({key:?}, {newkey:?})"),
            Self::Renamenx { key, newkey } => write!(f, "renamenx({key:?}, {newkey:?})"),
            Self::Copy { source, destination } => write!(f, "copy({source:?}, {destination:?})"),
            Self::CopyReplace { source, destination } => {
                write!(f, "copy_replace({source:?}, {destination:?})")
            }
            Self::Keys { pattern } => write!(f, "keys({pattern:?})"),
            Self::Scan { pattern, count, key_type } => {
                write!(f, "scan({pattern:?}, {count:?}, {key_type:?})")
            }
            Self::Randomkey => f.write_str("randomkey()"),
            Self::Dbsize => f.write_str("dbsize()"),
            Self::Flushall => f.write_str("flushall()"),
            Self::Flushdb => f.write_str("flushdb()"),
        }
    }
}

/// The elements of a push as a failed test prints them: many that repeat a few as `cycle([b"x", b"y"]; 300)`.
struct Elements<'e>(&'e [ByteString]);

impl fmt::Debug for Elements<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.0.len();
        let repeats = |period: &usize| self.0[..length - period] == self.0[*period..];
        match (1..=length / 3).take(8).find(repeats) {
            Some(period) if length > 12 => {
                write!(f, "cycle({:?}; {length})", &self.0[..period])
            }
            _ => self.0.fmt(f),
        }
    }
}
