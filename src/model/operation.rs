//! One command with its arguments, as a value: to be generated, printed, shrunk and run.

use std::fmt;
use std::time::{Duration, SystemTime};

use proptest::option::{of, weighted};
use proptest::prelude::*;

use super::arguments::{
    conditions, count, direction, element, elements, index, key, key_and_range, keys, lifetime,
    limit, moment, move_count, move_order, pattern, rank, turning, type_name,
};
use super::run::{InTransaction, OnStore};
use super::{ByteString, ExpireCondition, Model, Outcome};
use crate::{Direction, MoveCount, MoveOrder};

/// Makes the enum of all operations, and what there is to say of each, from one row for each: its fields, the name of
/// its method on every side, and how often the strategies draw it, from which arguments.
macro_rules! operations {
    (
        on_keys { $(
            #[doc = $doc:literal]
            $name:ident { $($field:ident: $type:ty),* } = $method:ident, $weight:literal of $drawn:expr;
        )* }
        on_all_keys { $(
            #[doc = $all_doc:literal]
            $all:ident $({ $($all_field:ident: $all_type:ty),* })? = $all_method:ident,
                $all_weight:literal of $all_drawn:expr;
        )* }
    ) => {
        /// A command with its arguments. The fields carry the names that the command's Redis page gives them.
        ///
        /// Each variant is one method of [`Store`](crate::Store), except [`Elapse`](Self::Elapse), which turns its clock.
        /// `Debug` prints it as a call of that method, on one line. A push of many elements that repeat a few prints them as
        /// `cycle([b"x", b"y"]; 300)`.
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
            $(#[doc = $doc] $name { $($field: $type),* },)*
            $(#[doc = $all_doc] $all $({ $($all_field: $all_type),* })?,)*
        }

        impl Operation {
            /// The method of each operation, by name.
            ///
            /// ```
            /// use redeque::model::Operation;
            ///
            /// assert!(Operation::METHODS.contains(&"lpush_all"));
            /// assert!(Operation::METHODS.contains(&Operation::Dbsize.method()));
            /// ```
            pub const METHODS: &[&str] = &[$(stringify!($method),)* $(stringify!($all_method),)*];

            /// The name of its method, and its fields with theirs.
            fn parts(&self) -> (&'static str, Vec<(&'static str, &dyn Field)>) {
                match self {
                    $(Self::$name { $($field),* } => {
                        (stringify!($method), vec![$((stringify!($field), $field)),*])
                    })*
                    $(Self::$all { $($($all_field),*)? } => {
                        (stringify!($all_method), vec![$($((stringify!($all_field), $all_field)),*)?])
                    })*
                }
            }

            /// The operation of that number, in the order of [`METHODS`](Self::METHODS), with what its fields get.
            #[cfg(fuzzing)]
            pub fn from_fields(number: usize, source: &mut impl Fields) -> Self {
                let mut numbers = 0..;
                $(if numbers.next() == Some(number) {
                    return Self::$name { $($field: source.field(stringify!($field))),* };
                })*
                $(if numbers.next() == Some(number) {
                    return Self::$all $({ $($all_field: source.field(stringify!($all_field))),* })?;
                })*
                panic!("there is no operation {number}")
            }

            /// Whether it is about the keyspace as a whole.
            fn is_on_all_keys(&self) -> bool {
                matches!(self, $(Self::$all { .. })|*)
            }

            pub(super) fn call_model(&self, model: &mut Model) -> Outcome {
                match self {
                    $(Self::$name { $($field),* } => model.$method($($field.argument()),*).into(),)*
                    $(Self::$all { $($($all_field),*)? } => {
                        model.$all_method($($($all_field.argument()),*)?).into()
                    })*
                }
            }

            pub(super) fn call_store(&self, store: &mut OnStore<'_>) -> Outcome {
                match self {
                    $(Self::$name { $($field),* } => store.$method($($field.argument()),*).into(),)*
                    $(Self::$all { $($($all_field),*)? } => {
                        store.$all_method($($($all_field.argument()),*)?).into()
                    })*
                }
            }

            pub(super) fn call_transaction(&self, transaction: &mut InTransaction<'_, '_>) -> Option<Outcome> {
                Some(match self {
                    $(Self::$name { $($field),* } => transaction.$method($($field.argument()),*).into(),)*
                    $(Self::$all { .. })|* => return None,
                })
            }

            /// The operations on named keys, each with how often it comes.
            pub(super) fn on_keys() -> Vec<(u32, BoxedStrategy<Self>)> {
                vec![$(
                    ($weight, $drawn.prop_map(|($($field,)*)| Self::$name { $($field),* }).boxed()),
                )*]
            }

            /// Those on the keyspace as a whole.
            pub(super) fn on_all_keys() -> Vec<(u32, BoxedStrategy<Self>)> {
                vec![$(
                    ($all_weight, $all_drawn.prop_map(|($($($all_field,)*)?)| Self::$all { $($($all_field),*)? }).boxed()),
                )*]
            }
        }
    };
}

operations! {
    on_keys {
        /// LPUSH with one element.
        Lpush { key: ByteString, element: ByteString } = lpush, 47 of (key(), element());
        /// RPUSH with one element.
        Rpush { key: ByteString, element: ByteString } = rpush, 47 of (key(), element());
        /// LPUSHX with one element.
        Lpushx { key: ByteString, element: ByteString } = lpushx, 16 of (key(), element());
        /// RPUSHX with one element.
        Rpushx { key: ByteString, element: ByteString } = rpushx, 16 of (key(), element());
        /// LPUSH.
        LpushAll { key: ByteString, elements: Vec<ByteString> } = lpush_all, 62 of (key(), elements());
        /// RPUSH.
        RpushAll { key: ByteString, elements: Vec<ByteString> } = rpush_all, 62 of (key(), elements());
        /// LPUSHX.
        LpushxAll { key: ByteString, elements: Vec<ByteString> } = lpushx_all, 16 of (key(), elements());
        /// RPUSHX.
        RpushxAll { key: ByteString, elements: Vec<ByteString> } = rpushx_all, 16 of (key(), elements());
        /// RPUSH of one element within a bound.
        RpushBounded { key: ByteString, max_len: usize, element: ByteString } = rpush_bounded,
            12 of (key(), count(), element());
        /// LPUSH of one element within a bound.
        LpushBounded { key: ByteString, max_len: usize, element: ByteString } = lpush_bounded,
            12 of (key(), count(), element());
        /// RPUSH of several elements within a bound.
        RpushBoundedAll { key: ByteString, max_len: usize, elements: Vec<ByteString> } = rpush_bounded_all,
            12 of (key(), count(), elements());
        /// LPUSH of several elements within a bound.
        LpushBoundedAll { key: ByteString, max_len: usize, elements: Vec<ByteString> } = lpush_bounded_all,
            12 of (key(), count(), elements());
        /// LPOP.
        Lpop { key: ByteString } = lpop, 30 of (key(),);
        /// RPOP.
        Rpop { key: ByteString } = rpop, 30 of (key(),);
        /// LPOP with a count.
        LpopCount { key: ByteString, count: usize } = lpop_count, 20 of (key(), count());
        /// RPOP with a count.
        RpopCount { key: ByteString, count: usize } = rpop_count, 20 of (key(), count());
        /// LMPOP.
        Lmpop { keys: Vec<ByteString>, from: Direction, count: usize } = lmpop, 20 of (keys(), direction(), count());
        /// LLEN.
        Llen { key: ByteString } = llen, 10 of (key(),);
        /// LRANGE.
        Lrange { key: ByteString, start: i64, stop: i64 } = lrange, 20 of key_and_range();
        /// LINDEX.
        Lindex { key: ByteString, index: i64 } = lindex, 20 of (key(), index());
        /// LPOS.
        Lpos { key: ByteString, element: ByteString } = lpos, 10 of (key(), element());
        /// LSET.
        Lset { key: ByteString, index: i64, element: ByteString } = lset, 24 of (key(), index(), element());
        /// LINSERT BEFORE.
        LinsertBefore { key: ByteString, pivot: ByteString, element: ByteString } = linsert_before,
            24 of (key(), element(), element());
        /// LINSERT AFTER.
        LinsertAfter { key: ByteString, pivot: ByteString, element: ByteString } = linsert_after,
            24 of (key(), element(), element());
        /// LREM.
        Lrem { key: ByteString, count: i64, element: ByteString } = lrem, 32 of (key(), index(), element());
        /// LTRIM.
        Ltrim { key: ByteString, start: i64, stop: i64 } = ltrim, 16 of key_and_range();
        /// LMOVE.
        Lmove { source: ByteString, destination: ByteString, from: Direction, to: Direction } = lmove,
            36 of (key(), key(), direction(), direction());
        /// LMOVEM.
        Lmovem { source: ByteString, destination: ByteString, from: Direction, to: Direction, count: MoveCount, order: MoveOrder } = lmovem,
            36 of (key(), key(), direction(), direction(), move_count(), move_order());
        /// RPOPLPUSH.
        Rpoplpush { source: ByteString, destination: ByteString } = rpoplpush, 18 of (key(), key());
        /// DEL of one key.
        Del { key: ByteString } = del, 7 of (key(),);
        /// UNLINK of one key.
        Unlink { key: ByteString } = unlink, 7 of (key(),);
        /// DEL.
        DelAll { keys: Vec<ByteString> } = del_all, 3 of (keys(),);
        /// UNLINK.
        UnlinkAll { keys: Vec<ByteString> } = unlink_all, 3 of (keys(),);
        /// EXISTS of one key.
        Exists { key: ByteString } = exists, 10 of (key(),);
        /// TOUCH of one key.
        Touch { key: ByteString } = touch, 10 of (key(),);
        /// EXISTS.
        ExistsAll { keys: Vec<ByteString> } = exists_all, 10 of (keys(),);
        /// TOUCH.
        TouchAll { keys: Vec<ByteString> } = touch_all, 10 of (keys(),);
        /// TYPE.
        KeyType { key: ByteString } = key_type, 10 of (key(),);
        /// RENAME.
        Rename { key: ByteString, newkey: ByteString } = rename, 9 of (key(), key());
        /// RENAMENX.
        Renamenx { key: ByteString, newkey: ByteString } = renamenx, 9 of (key(), key());
        /// COPY.
        Copy { source: ByteString, destination: ByteString } = copy, 18 of (key(), key());
        /// COPY with REPLACE.
        CopyReplace { source: ByteString, destination: ByteString } = copy_replace, 9 of (key(), key());
        /// LPOS with RANK and MAXLEN.
        LposWith { key: ByteString, element: ByteString, rank: i64, maxlen: usize } = lpos_with,
            20 of (key(), element(), rank(), limit());
        /// LPOS with COUNT, RANK and MAXLEN.
        LposCount { key: ByteString, element: ByteString, count: usize, rank: i64, maxlen: usize } = lpos_count,
            30 of (key(), element(), limit(), rank(), limit());
        /// LPOP into a buffer.
        LpopInto { key: ByteString } = lpop_into, 20 of (key(),);
        /// LPOP with a count, into a buffer.
        LpopCountInto { key: ByteString, count: usize } = lpop_count_into, 15 of (key(), count());
        /// RPOP into a buffer.
        RpopInto { key: ByteString } = rpop_into, 20 of (key(),);
        /// RPOP with a count, into a buffer.
        RpopCountInto { key: ByteString, count: usize } = rpop_count_into, 15 of (key(), count());
        /// LRANGE into a buffer.
        LrangeInto { key: ByteString, start: i64, stop: i64 } = lrange_into, 15 of key_and_range();
        /// PEXPIRE.
        Expire { key: ByteString, milliseconds: Duration } = expire, 14 of (key(), lifetime());
        /// PEXPIRE with NX, XX, GT and LT.
        ExpireWith { key: ByteString, milliseconds: Duration, conditions: Vec<ExpireCondition> } = expire_with,
            10 of (key(), lifetime(), conditions());
        /// PEXPIREAT.
        Expireat { key: ByteString, unix_time_milliseconds: SystemTime } = expireat, 10 of (key(), moment());
        /// PEXPIREAT with NX, XX, GT and LT.
        ExpireatWith { key: ByteString, unix_time_milliseconds: SystemTime, conditions: Vec<ExpireCondition> } = expireat_with,
            10 of (key(), moment(), conditions());
        /// PERSIST.
        Persist { key: ByteString } = persist, 8 of (key(),);
        /// PTTL.
        Ttl { key: ByteString } = ttl, 10 of (key(),);
        /// PEXPIRETIME.
        Expiretime { key: ByteString } = expiretime, 10 of (key(),);
    }
    on_all_keys {
        /// KEYS; the outcome is sorted.
        Keys { pattern: ByteString } = keys, 4 of (pattern(),);
        /// SCAN, a whole iteration with MATCH, COUNT and TYPE; the outcome is sorted and without repeats.
        Scan { pattern: Option<ByteString>, count: Option<usize>, key_type: Option<String> } = scan,
            6 of (of(pattern()), of(count()), weighted(0.3, type_name()));
        /// RANDOMKEY; the outcome says only whether there was a key.
        Randomkey = randomkey, 3 of Just(());
        /// DBSIZE, without keys that have expired.
        Dbsize = dbsize, 4 of Just(());
        /// FLUSHALL.
        Flushall = flushall, 1 of Just(());
        /// FLUSHDB.
        Flushdb = flushdb, 1 of Just(());
        /// Turns the clock forwards, as time passes: nobody is told, and nothing is removed by that.
        Elapse { milliseconds: Duration } = elapse, 12 of (turning(),);
        /// Removes what has expired; the outcome does not say how many keys that were.
        Reap = reap, 2 of Just(());
    }
}

impl Operation {
    /// The method that it is a call of, by name.
    ///
    /// ```
    /// use redeque::model::Operation;
    ///
    /// assert_eq!(Operation::LpopCount { key: "k".into(), count: 2 }.method(), "lpop_count");
    /// ```
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.parts().0
    }

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
        if self.is_on_all_keys() {
            return None;
        }
        let fields = self.parts().1.into_iter();
        let keys = fields.filter(|(name, _)| KEYS.contains(name));
        Some(keys.flat_map(|(_, field)| field.byte_strings()).collect())
    }
}

/// The names of fields that hold keys.
const KEYS: [&str; 5] = ["key", "keys", "newkey", "source", "destination"];

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (method, fields) = self.parts();
        write!(f, "{method}(")?;
        for (at, (name, field)) in fields.into_iter().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            match name {
                "elements" => Elements(field.byte_strings()).fmt(f)?,
                _ => field.fmt(f)?,
            }
        }
        f.write_str(")")
    }
}

/// What a field can hold.
trait Field: fmt::Debug {
    /// The keys or elements in it.
    fn byte_strings(&self) -> &[ByteString] {
        &[]
    }
}

impl Field for ByteString {
    fn byte_strings(&self) -> &[ByteString] {
        std::slice::from_ref(self)
    }
}

impl Field for Vec<ByteString> {
    fn byte_strings(&self) -> &[ByteString] {
        self
    }
}

impl Field for Vec<ExpireCondition> {}
impl Field for Option<ByteString> {}
impl Field for Option<String> {}

/// Where the fields of one type come from, by their names.
#[cfg(fuzzing)]
pub trait Source<T> {
    /// The next one.
    fn field(&mut self, name: &str) -> T;
}

/// Where all fields come from.
#[cfg(fuzzing)]
#[rustfmt::skip]
pub trait Fields: Source<ByteString> + Source<Vec<ByteString>> + Source<i64> + Source<usize> + Source<Direction>
    + Source<MoveCount> + Source<MoveOrder> + Source<Option<ByteString>> + Source<Option<usize>> + Source<Option<String>>
    + Source<Duration> + Source<SystemTime> + Source<Vec<ExpireCondition>> {}

#[cfg(fuzzing)]
#[rustfmt::skip]
impl<S> Fields for S where S: Source<ByteString> + Source<Vec<ByteString>> + Source<i64> + Source<usize>
    + Source<Direction> + Source<MoveCount> + Source<MoveOrder> + Source<Option<ByteString>> + Source<Option<usize>>
    + Source<Option<String>> + Source<Duration> + Source<SystemTime> + Source<Vec<ExpireCondition>> {}

/// A field as methods take it: numbers and ends by value, bytes by reference.
trait Argument {
    type As<'a>
    where
        Self: 'a;

    fn argument(&self) -> Self::As<'_>;
}

impl Argument for ByteString {
    type As<'a> = &'a ByteString;

    fn argument(&self) -> &ByteString {
        self
    }
}

impl Argument for Vec<ByteString> {
    type As<'a> = &'a Vec<ByteString>;

    fn argument(&self) -> &Vec<ByteString> {
        self
    }
}

impl Argument for Vec<ExpireCondition> {
    type As<'a> = &'a [ExpireCondition];

    fn argument(&self) -> &[ExpireCondition] {
        self
    }
}

impl Argument for Option<ByteString> {
    type As<'a> = Option<&'a [u8]>;

    fn argument(&self) -> Option<&[u8]> {
        self.as_deref()
    }
}

impl Argument for Option<String> {
    type As<'a> = Option<&'a str>;

    fn argument(&self) -> Option<&str> {
        self.as_deref()
    }
}

macro_rules! by_value {
    ($($type:ty)*) => { $(
        impl Field for $type {}

        impl Argument for $type {
            type As<'a> = Self;

            fn argument(&self) -> Self {
                *self
            }
        }
    )* };
}

by_value!(Direction Duration MoveCount MoveOrder SystemTime i64 usize Option<usize>);

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
