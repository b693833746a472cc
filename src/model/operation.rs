//! One command with its arguments, as a value: to be generated, printed, shrunk and run.

use std::fmt;

use super::ByteString;
use crate::Direction;

/// Declares the operations. Behind the `=` of each is its method, as a call of which it prints.
macro_rules! operations {
    (
        $(#[$attribute:meta])*
        pub enum Operation {
            $($(#[$doc:meta])* $name:ident $({ $($field:ident: $type:ty),* })? = $method:ident,)*
        }
    ) => {
        $(#[$attribute])*
        pub enum Operation {
            $($(#[$doc])* $name $({ $($field: $type),* })?,)*
        }

        impl fmt::Debug for Operation {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let (method, arguments): (_, &[&dyn fmt::Debug]) = match self {
                    $(Self::$name $({ $($field),* })? => {
                        (stringify!($method), &[$($(argument!($field, $field)),*)?])
                    })*
                };
                write!(f, "{method}(")?;
                for (at, argument) in arguments.iter().enumerate() {
                    write!(f, "{}{argument:?}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
        }
    };
}

/// A field as it prints.
macro_rules! argument {
    (elements, $value:expr) => {
        &Elements($value)
    };
    ($other:ident, $value:expr) => {
        $value
    };
}

operations! {
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
        Lpush { key: ByteString, element: ByteString } = lpush,
        /// RPUSH with one element.
        Rpush { key: ByteString, element: ByteString } = rpush,
        /// LPUSHX with one element.
        Lpushx { key: ByteString, element: ByteString } = lpushx,
        /// RPUSHX with one element.
        Rpushx { key: ByteString, element: ByteString } = rpushx,
        /// LPUSH.
        LpushAll { key: ByteString, elements: Vec<ByteString> } = lpush_all,
        /// RPUSH.
        RpushAll { key: ByteString, elements: Vec<ByteString> } = rpush_all,
        /// LPUSHX.
        LpushxAll { key: ByteString, elements: Vec<ByteString> } = lpushx_all,
        /// RPUSHX.
        RpushxAll { key: ByteString, elements: Vec<ByteString> } = rpushx_all,
        /// LPOP.
        Lpop { key: ByteString } = lpop,
        /// RPOP.
        Rpop { key: ByteString } = rpop,
        /// LPOP with a count.
        LpopCount { key: ByteString, count: usize } = lpop_count,
        /// RPOP with a count.
        RpopCount { key: ByteString, count: usize } = rpop_count,
        /// LMPOP.
        Lmpop { keys: Vec<ByteString>, from: Direction, count: usize } = lmpop,
        /// LLEN.
        Llen { key: ByteString } = llen,
        /// LRANGE.
        Lrange { key: ByteString, start: i64, stop: i64 } = lrange,
        /// LINDEX.
        Lindex { key: ByteString, index: i64 } = lindex,
        /// LPOS.
        Lpos { key: ByteString, element: ByteString } = lpos,
        /// LPOS with RANK and MAXLEN.
        LposWith { key: ByteString, element: ByteString, rank: i64, maxlen: usize } = lpos_with,
        /// LPOS with COUNT, RANK and MAXLEN.
        LposCount { key: ByteString, element: ByteString, count: usize, rank: i64, maxlen: usize } = lpos_count,
        /// LSET.
        Lset { key: ByteString, index: i64, element: ByteString } = lset,
        /// LINSERT BEFORE.
        LinsertBefore { key: ByteString, pivot: ByteString, element: ByteString } = linsert_before,
        /// LINSERT AFTER.
        LinsertAfter { key: ByteString, pivot: ByteString, element: ByteString } = linsert_after,
        /// LREM.
        Lrem { key: ByteString, count: i64, element: ByteString } = lrem,
        /// LTRIM.
        Ltrim { key: ByteString, start: i64, stop: i64 } = ltrim,
        /// LMOVE.
        Lmove { source: ByteString, destination: ByteString, from: Direction, to: Direction } = lmove,
        /// RPOPLPUSH.
        Rpoplpush { source: ByteString, destination: ByteString } = rpoplpush,
        /// DEL of one key.
        Del { key: ByteString } = del,
        /// UNLINK of one key.
        Unlink { key: ByteString } = unlink,
        /// DEL.
        DelAll { keys: Vec<ByteString> } = del_all,
        /// UNLINK.
        UnlinkAll { keys: Vec<ByteString> } = unlink_all,
        /// EXISTS of one key.
        Exists { key: ByteString } = exists,
        /// TOUCH of one key.
        Touch { key: ByteString } = touch,
        /// EXISTS.
        ExistsAll { keys: Vec<ByteString> } = exists_all,
        /// TOUCH.
        TouchAll { keys: Vec<ByteString> } = touch_all,
        /// TYPE.
        KeyType { key: ByteString } = key_type,
        /// RENAME.
        Rename { key: ByteString, newkey: ByteString } = rename,
        /// RENAMENX.
        Renamenx { key: ByteString, newkey: ByteString } = renamenx,
        /// COPY.
        Copy { source: ByteString, destination: ByteString } = copy,
        /// COPY with REPLACE.
        CopyReplace { source: ByteString, destination: ByteString } = copy_replace,
        /// KEYS; the outcome is sorted.
        Keys { pattern: ByteString } = keys,
        /// SCAN, a whole iteration with MATCH, COUNT and TYPE; the outcome is sorted and without repeats.
        Scan { pattern: Option<ByteString>, count: Option<usize>, key_type: Option<String> } = scan,
        /// RANDOMKEY; the outcome says only whether there was a key.
        Randomkey = randomkey,
        /// DBSIZE.
        Dbsize = dbsize,
        /// FLUSHALL.
        Flushall = flushall,
        /// FLUSHDB.
        Flushdb = flushdb,
    }
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
