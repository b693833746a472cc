//! [`proptest`](mod@proptest) strategies for programs that find bugs: few keys, so that commands meet on them; few
//! different elements, so that searches find several; lists that are short, long and empty; arguments at every edge.
//!
//! ```
//! use proptest::prelude::*;
//! use redeque::model::strategy;
//!
//! proptest!(|(key in strategy::key(), program in strategy::program(0..20))| {
//!     prop_assert!(key.len() < 10);
//!     prop_assert!(program.len() < 20);
//! });
//! ```

use proptest::collection::{SizeRange, vec};
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{Batch, ByteString, Operation};
use crate::Direction;

/// The keys of all programs. The empty one and one that is not UTF-8 are among them.
const KEYS: [&[u8]; 5] = [b"a", b"b", b"list", b"", b"\xff\x00"];

/// The elements that come up often, some more often than others, so that a search finds several.
const ELEMENTS: [&[u8]; 11] =
    [b"x", b"x", b"x", b"x", b"y", b"y", b"z", b"1", b"01", b"", b"\x00\xff\r\n"];

/// A key out of five, among them the empty one and one that is not UTF-8.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::model::strategy;
///
/// proptest!(|(keys in prop::collection::vec(strategy::key(), 6))| {
///     prop_assert!((1..6).any(|at| keys[..at].contains(&keys[at])), "six keys out of five");
/// });
/// ```
pub fn key() -> impl Strategy<Value = ByteString> + Clone {
    select(&KEYS[..]).prop_map(ByteString::from)
}

/// One to four keys, which may repeat; now and then none, which most commands refuse.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::model::strategy;
///
/// proptest!(|(keys in strategy::keys())| prop_assert!(keys.len() <= 4));
/// ```
pub fn keys() -> impl Strategy<Value = Vec<ByteString>> + Clone {
    prop_oneof![12 => vec(key(), 1..=4), 1 => Just(Vec::new())]
}

/// An element: mostly one of seven short ones; sometimes 127 or 128 bytes, where encodings of a length grow by a
/// byte, around 1 KiB, or around 16 KiB; rarely any bytes at all.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::model::strategy;
///
/// proptest!(|(element in strategy::element())| prop_assert!(element.len() < 20_000));
/// ```
pub fn element() -> impl Strategy<Value = ByteString> + Clone {
    let repeated = |(byte, length)| ByteString::from(std::vec![byte; length]);
    prop_oneof![
        40 => select(&ELEMENTS[..]).prop_map(ByteString::from),
        4 => (select(&b"mn"[..]), 126..=129_usize).prop_map(repeated),
        1 => (Just(b'K'), 1_020..=1_030_usize).prop_map(repeated),
        1 => (Just(b'B'), 16_380..=16_390_usize).prop_map(repeated),
        2 => vec(any::<u8>(), 0..40).prop_map(ByteString::from),
    ]
}

/// Mostly up to six elements; sometimes hundreds or thousands, which makes a list long; now and then none.
///
/// A long one repeats a few elements, so that it shrinks and prints as fast as a short one.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::model::strategy;
///
/// proptest!(ProptestConfig::with_cases(32), |(elements in strategy::elements())| {
///     prop_assert!(elements.len() <= 3000);
/// });
/// ```
pub fn elements() -> impl Strategy<Value = Vec<ByteString>> + Clone {
    let repeat = |(few, length): (Vec<_>, _)| few.into_iter().cycle().take(length).collect();
    let short = select(&ELEMENTS[..]).prop_map(ByteString::from);
    let length = prop_oneof![4 => 20..=400_usize, 1 => 400..=3000_usize];
    prop_oneof![
        20 => vec(element(), 1..=6),
        1 => (vec(short, 1..=5), length).prop_map(repeat),
        1 => Just(Vec::new()),
    ]
}

/// An index into a list, or another signed argument: mostly near one of its ends, sometimes in the middle of a long
/// list, sometimes at the edge of what an `i64` holds.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::model::strategy;
///
/// proptest!(|(index in strategy::index())| {
///     prop_assert!(index.checked_abs().is_none_or(|far| far <= 3000 || far >= i64::MAX - 1));
/// });
/// ```
pub fn index() -> impl Strategy<Value = i64> + Clone {
    let edges = [i64::MIN, i64::MIN + 1, i64::MIN + 2, i64::MAX - 1, i64::MAX];
    prop_oneof![
        8 => -3..=3_i64,
        4 => -9..=9_i64,
        1 => -400..=400_i64,
        1 => -3000..=3000_i64,
        1 => select(edges.to_vec()),
    ]
}

/// A count of elements: mostly a few, sometimes 0, many, or all that a `usize` can say.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::model::strategy;
///
/// proptest!(|(count in strategy::count())| prop_assert!(count <= 3000 || count >= usize::MAX - 1));
/// ```
pub fn count() -> impl Strategy<Value = usize> + Clone {
    prop_oneof![
        16 => 1..=3_usize,
        3 => Just(0),
        4 => 4..=9_usize,
        1 => 0..=3000_usize,
        1 => usize::MAX - 1..=usize::MAX,
    ]
}

/// The RANK of LPOS: mostly one of the first few matches from either end.
fn rank() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![8 => select(&[1, 1, -1, -1, 2, -2, 3, -3][..]), 1 => index()]
}

/// The COUNT or the MAXLEN of LPOS, where 0 is no limit.
fn limit() -> impl Strategy<Value = usize> + Clone {
    prop_oneof![Just(0), count()]
}

/// A range for LRANGE or LTRIM. Two wild indexes mostly enclose nothing, so every other range is most of the list.
fn span() -> impl Strategy<Value = (i64, i64)> + Clone {
    prop_oneof![(0..=2_i64, -3..=-1_i64), (index(), index())]
}

/// One end of a list.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::Direction;
/// use redeque::model::strategy;
///
/// proptest!(|(end in strategy::direction())| {
///     prop_assert!([Direction::Left, Direction::Right].contains(&end));
/// });
/// ```
pub fn direction() -> impl Strategy<Value = Direction> + Clone {
    select(&[Direction::Left, Direction::Right][..])
}

/// A KEYS pattern: `*`, the name of a key, or up to six of the bytes that mean something in a pattern.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::model::strategy;
///
/// proptest!(|(pattern in strategy::pattern())| prop_assert!(pattern.len() <= 6));
/// ```
pub fn pattern() -> impl Strategy<Value = ByteString> + Clone {
    let items = vec(select(&b"**?[]^-\\abist\xff\x00"[..]), 0..=6);
    prop_oneof![1 => Just("*".into()), 1 => key(), 3 => items.prop_map(ByteString::from)]
}

/// Any command on named keys: what a transaction offers.
///
/// Pushes outweigh pops and removals, so that most commands find a list.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::model::strategy;
///
/// proptest!(|(operation in strategy::key_operation())| prop_assert!(operation.keys().is_some()));
/// ```
pub fn key_operation() -> impl Strategy<Value = Operation> {
    prop_oneof![14 => push(), 6 => pop(), 8 => read(), 6 => edit(), 5 => transfer(), 1 => remove()]
}

/// Any command.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::model::{Model, strategy};
///
/// let mut model = Model::new();
/// proptest!(|(operation in strategy::operation())| {
///     let copy = model.clone().contents();
///     operation.on_model(&mut model.clone());
///     prop_assert_eq!(model.contents(), copy);
/// });
/// ```
pub fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![20 => key_operation(), 1 => keyspace_operation()]
}

/// A program: operations in a row, as many as `length` allows.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::model::strategy;
///
/// proptest!(ProptestConfig::with_cases(32), |(program in strategy::program(10..=20))| {
///     prop_assert!((10..=20).contains(&program.len()));
/// });
/// ```
pub fn program(length: impl Into<SizeRange>) -> impl Strategy<Value = Vec<Operation>> {
    vec(operation(), length)
}

/// A program in transactions, as many as `length` allows, of up to twelve operations each. Most transactions declare
/// every key that they use, some only a few of them.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::model::strategy;
///
/// proptest!(ProptestConfig::with_cases(32), |(batches in strategy::transaction_program(0..5))| {
///     for batch in batches {
///         prop_assert!(batch.operations.iter().all(|operation| operation.keys().is_some()));
///     }
/// });
/// ```
pub fn transaction_program(length: impl Into<SizeRange>) -> impl Strategy<Value = Vec<Batch>> {
    let keys = || KEYS.map(ByteString::from).to_vec();
    let declared =
        prop_oneof![3 => Just(keys()), 1 => subsequence(keys(), 0..=KEYS.len()).prop_shuffle()];
    let operations = vec(key_operation(), 0..=12);
    vec((declared, operations).prop_map(|(keys, operations)| Batch { keys, operations }), length)
}

/// LPUSH, RPUSH and their X forms; mostly onto whatever is there, and sometimes many at once.
fn push() -> BoxedStrategy<Operation> {
    prop_oneof![
        3 => (key(), element())
            .prop_map(|(key, element)| Operation::Lpush { key, element }),
        3 => (key(), element())
            .prop_map(|(key, element)| Operation::Rpush { key, element }),
        1 => (key(), element())
            .prop_map(|(key, element)| Operation::Lpushx { key, element }),
        1 => (key(), element())
            .prop_map(|(key, element)| Operation::Rpushx { key, element }),
        4 => (key(), elements())
            .prop_map(|(key, elements)| Operation::LpushAll { key, elements }),
        4 => (key(), elements())
            .prop_map(|(key, elements)| Operation::RpushAll { key, elements }),
        1 => (key(), elements())
            .prop_map(|(key, elements)| Operation::LpushxAll { key, elements }),
        1 => (key(), elements())
            .prop_map(|(key, elements)| Operation::RpushxAll { key, elements }),
    ]
    .boxed()
}

fn pop() -> BoxedStrategy<Operation> {
    prop_oneof![
        3 => key().prop_map(|key| Operation::Lpop { key }),
        3 => key().prop_map(|key| Operation::Rpop { key }),
        2 => (key(), count())
            .prop_map(|(key, count)| Operation::LpopCount { key, count }),
        2 => (key(), count())
            .prop_map(|(key, count)| Operation::RpopCount { key, count }),
        2 => (keys(), direction(), count())
            .prop_map(|(keys, from, count)| Operation::Lmpop { keys, from, count }),
    ]
    .boxed()
}

fn read() -> BoxedStrategy<Operation> {
    prop_oneof![
        1 => key().prop_map(|key| Operation::Llen { key }),
        2 => (key(), span())
            .prop_map(|(key, (start, stop))| Operation::Lrange { key, start, stop }),
        2 => (key(), index())
            .prop_map(|(key, index)| Operation::Lindex { key, index }),
        1 => (key(), element())
            .prop_map(|(key, element)| Operation::Lpos { key, element }),
        2 => (key(), element(), rank(), limit()).prop_map(
            |(key, element, rank, maxlen)| Operation::LposWith { key, element, rank, maxlen }
        ),
        3 => (key(), element(), limit(), rank(), limit()).prop_map(
            |(key, element, count, rank, maxlen)| Operation::LposCount { key, element, count, rank, maxlen }
        ),
        1 => key().prop_map(|key| Operation::Exists { key }),
        1 => key().prop_map(|key| Operation::Touch { key }),
        1 => keys().prop_map(|keys| Operation::ExistsAll { keys }),
        1 => keys().prop_map(|keys| Operation::TouchAll { keys }),
        1 => key().prop_map(|key| Operation::KeyType { key }),
    ]
    .boxed()
}

fn edit() -> BoxedStrategy<Operation> {
    prop_oneof![
        3 => (key(), index(), element())
            .prop_map(|(key, index, element)| Operation::Lset { key, index, element }),
        3 => (key(), element(), element())
            .prop_map(|(key, pivot, element)| Operation::LinsertBefore { key, pivot, element }),
        3 => (key(), element(), element())
            .prop_map(|(key, pivot, element)| Operation::LinsertAfter { key, pivot, element }),
        4 => (key(), index(), element())
            .prop_map(|(key, count, element)| Operation::Lrem { key, count, element }),
        2 => (key(), span())
            .prop_map(|(key, (start, stop))| Operation::Ltrim { key, start, stop }),
    ]
    .boxed()
}

fn transfer() -> BoxedStrategy<Operation> {
    prop_oneof![
        4 => (key(), key(), direction(), direction()).prop_map(
            |(source, destination, from, to)| Operation::Lmove { source, destination, from, to }
        ),
        2 => (key(), key())
            .prop_map(|(source, destination)| Operation::Rpoplpush { source, destination }),
        1 => (key(), key())
            .prop_map(|(key, newkey)| Operation::Rename { key, newkey }),
        1 => (key(), key())
            .prop_map(|(key, newkey)| Operation::Renamenx { key, newkey }),
        2 => (key(), key())
            .prop_map(|(source, destination)| Operation::Copy { source, destination }),
        1 => (key(), key())
            .prop_map(|(source, destination)| Operation::CopyReplace { source, destination }),
    ]
    .boxed()
}

fn remove() -> BoxedStrategy<Operation> {
    prop_oneof![
        2 => key().prop_map(|key| Operation::Del { key }),
        2 => key().prop_map(|key| Operation::Unlink { key }),
        1 => keys().prop_map(|keys| Operation::DelAll { keys }),
        1 => keys().prop_map(|keys| Operation::UnlinkAll { keys }),
    ]
    .boxed()
}

fn keyspace_operation() -> BoxedStrategy<Operation> {
    let types =
        ["list", "LIST", "none", "string", "hash", "Stream", "foo"].map(str::to_owned).to_vec();
    prop_oneof![
        4 => pattern().prop_map(|pattern| Operation::Keys { pattern }),
        6 => (of(pattern()), of(count()), weighted(0.3, select(types)))
            .prop_map(|(pattern, count, key_type)| Operation::Scan { pattern, count, key_type }),
        3 => Just(Operation::Randomkey),
        4 => Just(Operation::Dbsize),
        1 => Just(Operation::Flushall),
        1 => Just(Operation::Flushdb),
    ]
    .boxed()
}
