//! The strategies of arguments.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{ByteString, ExpireCondition};
use crate::{Direction, MoveCount, MoveOrder};

/// The keys of all programs. The empty one and one that is not UTF-8 are among them.
pub(super) const KEYS: [&[u8]; 5] = [b"a", b"b", b"list", b"", b"\xff\x00"];

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
pub(super) fn rank() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![8 => select(&[1, 1, -1, -1, 2, -2, 3, -3][..]), 1 => index()]
}

/// The COUNT or the MAXLEN of LPOS, where 0 is no limit.
pub(super) fn limit() -> impl Strategy<Value = usize> + Clone {
    prop_oneof![Just(0), count()]
}

/// A key, and a range for LRANGE or LTRIM. Two wild indexes mostly enclose nothing, so every other range is most of the
/// list.
pub(super) fn key_and_range() -> impl Strategy<Value = (ByteString, i64, i64)> + Clone {
    let range = prop_oneof![(0..=2_i64, -3..=-1_i64), (index(), index())];
    (key(), range).prop_map(|(key, (start, stop))| (key, start, stop))
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

/// How many elements LMOVEM moves.
pub(super) fn move_count() -> impl Strategy<Value = MoveCount> + Clone {
    prop_oneof![count().prop_map(MoveCount::UpTo), count().prop_map(MoveCount::Exactly)]
}

/// In which order LMOVEM moves them.
pub(super) fn move_order() -> impl Strategy<Value = MoveOrder> + Clone {
    select(&[MoveOrder::OneByOne, MoveOrder::Bulk][..])
}

/// How long a key is to live: mostly some milliseconds, so that it expires in the midst of a program.
pub(super) fn lifetime() -> impl Strategy<Value = Duration> + Clone {
    prop_oneof![
        8 => (1..=20_u64).prop_map(Duration::from_millis),
        8 => (20..=3000_u64).prop_map(Duration::from_millis),
        2 => (0..=3000_u64).prop_map(Duration::from_micros),
        1 => Just(Duration::ZERO),
        1 => Just(Duration::MAX),
    ]
}

/// By how much the clock is turned: as much as some keys have left, and often no more than that.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::model::strategy;
///
/// proptest!(|(by in strategy::turning())| prop_assert!(by.as_secs() <= 2));
/// ```
pub fn turning() -> impl Strategy<Value = Duration> + Clone {
    prop_oneof![
        8 => (1..=10_u64).prop_map(Duration::from_millis),
        3 => (10..=100_u64).prop_map(Duration::from_millis),
        2 => (100..=2000_u64).prop_map(Duration::from_millis),
        1 => (0..=3000_u64).prop_map(Duration::from_micros),
    ]
}

/// A moment around which a program runs, as it begins with 1970.
pub(super) fn moment() -> impl Strategy<Value = SystemTime> + Clone {
    prop_oneof![
        3 => (1..=50_u64).prop_map(|millis| UNIX_EPOCH + Duration::from_millis(millis)),
        8 => (0..=8000_u64).prop_map(|millis| UNIX_EPOCH + Duration::from_millis(millis)),
        1 => (0..=3_000_000_u64).prop_map(|micros| UNIX_EPOCH + Duration::from_micros(micros)),
        1 => (0..=2000_u64).prop_map(|micros| UNIX_EPOCH - Duration::from_micros(micros)),
    ]
}

/// Conditions of EXPIRE, some of which exclude each other.
pub(super) fn conditions() -> impl Strategy<Value = Vec<ExpireCondition>> + Clone {
    use ExpireCondition::{Gt, Lt, Nx, Xx};
    vec(select(&[Nx, Xx, Gt, Lt][..]), 0..=2)
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

/// Names of types, for SCAN: of lists, of what is no list, and of nothing.
pub(super) fn type_name() -> impl Strategy<Value = String> + Clone {
    select(&["list", "LIST", "none", "string", "hash", "Stream", "foo"][..]).prop_map(str::to_owned)
}
