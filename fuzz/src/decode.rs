//! From bytes to programs. Every byte string is one, and missing bytes are zeros.
//!
//! The first byte chooses the number of shards. Then each command is a byte that says which, and a byte or a few for
//! each of its arguments, so that a mutation of one byte is a mutation of one argument.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use redeque::model::{Batch, ByteString, ExpireCondition, Operation, Source};
use redeque::{Direction, MoveCount, MoveOrder};

use crate::{Program, Step};

const SHARDS: [usize; 4] = [1, 2, 3, 64];

/// Among them the empty key, one that is no UTF-8, and the longest that fits a table's slot with the next longer one.
const KEYS: [&[u8]; 8] = [
    b"a",
    b"b",
    b"c",
    b"",
    b"\xff\x00",
    b"k*[?",
    b"key of twenty-two byte",
    b"key of twenty-three byt",
];

/// Lengths of elements at which encodings of a length, or places to keep an element, change.
const LENGTHS: [usize; 16] =
    [0, 15, 16, 22, 23, 24, 63, 64, 126, 127, 128, 129, 1024, 4096, 16_383, 16_384];

/// Where indexes end, or those of a smaller integer do.
const EDGES: [i64; 16] = [
    i64::MIN,
    i64::MIN + 1,
    i64::MIN + 2,
    i64::MAX,
    i64::MAX - 1,
    i32::MIN as i64,
    i32::MIN as i64 - 1,
    i32::MAX as i64,
    i32::MAX as i64 + 1,
    u32::MAX as i64,
    u32::MAX as i64 + 1,
    128,
    -129,
    200,
    -200,
    1000,
];

const MOST_STEPS: usize = 64;

/// How many elements all long pushes of a program may have together.
const MOST_IN_BULK: usize = 2048;

impl Program {
    /// Reads a program.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Self {
        let mut reader = Reader { bytes, bulk: MOST_IN_BULK };
        let shards = *reader.one_of(&SHARDS);
        let steps = std::iter::from_fn(|| reader.step()).take(MOST_STEPS).collect();
        Self { shards, steps }
    }
}

struct Reader<'b> {
    bytes: &'b [u8],
    bulk: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        first
    }

    fn one_of<'t, T>(&mut self, table: &'t [T]) -> &'t T {
        &table[usize::from(self.byte()) % table.len()]
    }

    fn some<T>(&mut self, most: usize, item: impl Fn(&mut Self) -> T) -> Vec<T> {
        let count = usize::from(self.byte()) % (most + 1);
        (0..count).map(|_| item(self)).collect()
    }

    fn step(&mut self) -> Option<Step> {
        if self.bytes.is_empty() {
            return None;
        }
        Some(match self.byte() {
            255 => Step::Transaction(Batch {
                keys: self.some(KEYS.len(), Self::key),
                operations: self.some(16, |reader| {
                    let code = reader.byte();
                    reader.operation(code)
                }),
            }),
            code => Step::Alone(self.operation(code)),
        })
    }

    fn operation(&mut self, code: u8) -> Operation {
        Operation::from_fields(usize::from(code) % Operation::METHODS.len(), self)
    }

    fn key(&mut self) -> ByteString {
        (*self.one_of(&KEYS)).into()
    }

    fn keys(&mut self) -> Vec<ByteString> {
        self.some(5, Self::key)
    }

    /// One of few letters, the same letter many times, or bytes as they come.
    fn element(&mut self) -> ByteString {
        match self.byte() {
            255 => self.some(32, Self::byte).into(),
            code @ 128.. => vec![b'y' + code / 16 % 2; LENGTHS[usize::from(code % 16)]].into(),
            code => vec![b'a' + code % 8].into(),
        }
    }

    fn elements(&mut self) -> Vec<ByteString> {
        let (code, first) = (self.byte(), self.element());
        let count = match code {
            224.. => self.take_bulk((usize::from(code) - 223) * 32),
            _ => usize::from(code) % 9,
        };
        if count <= 8 {
            let rest = std::iter::repeat_with(|| self.element()).take(count.saturating_sub(1));
            return std::iter::once(first).take(count).chain(rest).collect();
        }
        // Many elements, of three kinds, so that a search finds some and the middle can be told from the ends.
        (0..count).map(|at| vec![b'a' + [0, 1, 0, 2][at % 4]].into()).collect()
    }

    fn take_bulk(&mut self, wanted: usize) -> usize {
        let taken = wanted.min(self.bulk);
        self.bulk -= taken;
        taken
    }

    fn index(&mut self) -> i64 {
        match self.byte() {
            code @ 120..136 => EDGES[usize::from(code) - 120],
            code => code.cast_signed().into(),
        }
    }

    fn count(&mut self) -> usize {
        match self.byte() {
            255 => usize::MAX,
            254 => usize::MAX - 1,
            253 => usize::MAX / 2 + 1,
            code @ 240.. => (usize::from(code) - 239) * 128,
            code => code.into(),
        }
    }

    /// Milliseconds: one by one at first, then by the tenth part of a second; now and then a part of one, or more than there can be.
    fn time(&mut self) -> Duration {
        match self.byte() {
            255 => Duration::MAX,
            code @ 248.. => Duration::from_micros((u64::from(code) - 248) * 300),
            code @ 128.. => Duration::from_millis((u64::from(code) - 127) * 100),
            code => Duration::from_millis(code.into()),
        }
    }

    fn end(&mut self) -> Direction {
        *self.one_of(&[Direction::Left, Direction::Right])
    }

    fn pattern(&mut self) -> ByteString {
        self.some(8, Self::byte).into()
    }

    fn type_name(&mut self) -> String {
        (*self.one_of(&["list", "LIST", "none", "string", "Zset", "foo"])).into()
    }

    fn maybe<T>(&mut self, item: impl Fn(&mut Self) -> T) -> Option<T> {
        (self.byte() % 2 == 1).then(|| item(self))
    }
}

impl Source<ByteString> for Reader<'_> {
    fn field(&mut self, name: &str) -> ByteString {
        match name {
            "key" | "newkey" | "source" | "destination" => self.key(),
            "element" | "pivot" => self.element(),
            "pattern" => self.pattern(),
            other => panic!("no bytes are called {other}"),
        }
    }
}

impl Source<Vec<ByteString>> for Reader<'_> {
    fn field(&mut self, name: &str) -> Vec<ByteString> {
        if name == "keys" { self.keys() } else { self.elements() }
    }
}

impl Source<i64> for Reader<'_> {
    fn field(&mut self, _: &str) -> i64 {
        self.index()
    }
}

impl Source<usize> for Reader<'_> {
    fn field(&mut self, _: &str) -> usize {
        self.count()
    }
}

impl Source<Direction> for Reader<'_> {
    fn field(&mut self, _: &str) -> Direction {
        self.end()
    }
}

impl Source<MoveCount> for Reader<'_> {
    fn field(&mut self, _: &str) -> MoveCount {
        let count = self.count();
        if self.byte().is_multiple_of(2) {
            MoveCount::UpTo(count)
        } else {
            MoveCount::Exactly(count)
        }
    }
}

impl Source<MoveOrder> for Reader<'_> {
    fn field(&mut self, _: &str) -> MoveOrder {
        *self.one_of(&[MoveOrder::OneByOne, MoveOrder::Bulk])
    }
}

impl Source<Duration> for Reader<'_> {
    fn field(&mut self, _: &str) -> Duration {
        self.time()
    }
}

/// A program begins with 1970.
impl Source<SystemTime> for Reader<'_> {
    fn field(&mut self, _: &str) -> SystemTime {
        UNIX_EPOCH + self.time().min(Duration::from_secs(20))
    }
}

impl Source<Vec<ExpireCondition>> for Reader<'_> {
    fn field(&mut self, _: &str) -> Vec<ExpireCondition> {
        use ExpireCondition::{Gt, Lt, Nx, Xx};
        self.some(2, |reader| *reader.one_of(&[Nx, Xx, Gt, Lt]))
    }
}

impl Source<Option<ByteString>> for Reader<'_> {
    fn field(&mut self, _: &str) -> Option<ByteString> {
        self.maybe(Self::pattern)
    }
}

impl Source<Option<usize>> for Reader<'_> {
    fn field(&mut self, _: &str) -> Option<usize> {
        self.maybe(Self::count)
    }
}

impl Source<Option<String>> for Reader<'_> {
    fn field(&mut self, _: &str) -> Option<String> {
        self.maybe(Self::type_name)
    }
}
