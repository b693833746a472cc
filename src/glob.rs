//! Redis's patterns for key names, byte for byte, as [`KEYS`](https://redis.io/commands/keys/) describes them.
//!
//! `*` is any run of bytes, `?` any one byte, `[abc]`, `[a-z]` and `[^a]` one byte of a class, and `\x` the byte `x`
//! itself, also within a class. Knows nothing of keys.

use memchr::memmem::Finder;

/// A pattern that was read, to be matched with many names.
///
/// Between its stars are *pieces*, each of which matches as many bytes as it has items. The first one must begin the
/// text and the last one end it; each of those between is looked for behind the one before, and the first place where
/// it matches will do, since a star takes up whatever lies in between.
#[derive(Debug)]
pub(crate) struct Pattern {
    first: Piece,
    /// None if the pattern has no star: then the first piece is all of it.
    last: Option<Piece>,
    between: Vec<Piece>,
    matches_empty: bool,
}

/// What stands between two stars.
#[derive(Debug)]
enum Piece {
    /// Bytes that stand for themselves. To find them takes time in proportion to the text, whatever they are.
    Literal(Box<Finder<'static>>),
    /// To find these takes, in the worst case, time in proportion to the product of both lengths.
    Items(Vec<Item>),
}

/// What matches one byte.
#[derive(Debug, Clone, Copy)]
enum Item {
    Byte(u8),
    Any,
    Class(Class),
}

/// A set of bytes, a bit for each.
#[derive(Debug, Clone, Copy, Default)]
struct Class([u64; 4]);

impl Pattern {
    pub(crate) fn new(pattern: &[u8]) -> Self {
        let mut pieces = pieces(pattern);
        let last = if pieces.len() > 1 { pieces.pop() } else { None };
        let between = pieces.split_off(1);
        let first = pieces.remove(0);
        // A server knows `*` by itself as "all keys"; its matcher has no other pattern for the empty key.
        let matches_empty = matches!(pattern, b"" | b"*");
        Self { first, last, between, matches_empty }
    }

    /// Whether all of `text` matches.
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        if text.is_empty() {
            return self.matches_empty;
        }
        let Some(rest) = self.first.strip_from(text) else { return false };
        let Some(last) = &self.last else { return rest.is_empty() };
        let Some(mut rest) = last.strip_from_end(rest) else { return false };
        self.between.iter().all(|piece| match piece.find(rest) {
            Some(place) => {
                rest = &rest[place + piece.len()..];
                true
            }
            None => false,
        })
    }
}

impl Piece {
    fn new(items: Vec<Item>) -> Self {
        let bytes: Option<Vec<u8>> = items.iter().map(|item| item.as_byte()).collect();
        match bytes {
            Some(bytes) => Self::Literal(Box::new(Finder::new(&bytes).into_owned())),
            None => Self::Items(items),
        }
    }

    /// How many bytes it matches.
    fn len(&self) -> usize {
        match self {
            Self::Literal(finder) => finder.needle().len(),
            Self::Items(items) => items.len(),
        }
    }

    /// Whether it matches all of `text`, which is as long as it is.
    fn matches(&self, text: &[u8]) -> bool {
        match self {
            Self::Literal(finder) => finder.needle() == text,
            Self::Items(items) => items.iter().zip(text).all(|(item, &byte)| item.matches(byte)),
        }
    }

    /// What follows it, if `text` begins with it.
    fn strip_from<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        let (begin, rest) = text.split_at_checked(self.len())?;
        self.matches(begin).then_some(rest)
    }

    /// What precedes it, if `text` ends with it.
    fn strip_from_end<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        let (rest, end) = text.split_at_checked(text.len().checked_sub(self.len())?)?;
        self.matches(end).then_some(rest)
    }

    /// The first place where it matches.
    fn find(&self, text: &[u8]) -> Option<usize> {
        match self {
            Self::Literal(finder) => finder.find(text),
            Self::Items(items) => text.windows(items.len()).position(|window| self.matches(window)),
        }
    }
}

impl Item {
    fn as_byte(self) -> Option<u8> {
        match self {
            Self::Byte(byte) => Some(byte),
            Self::Any | Self::Class(_) => None,
        }
    }

    fn matches(self, byte: u8) -> bool {
        match self {
            Self::Byte(own) => own == byte,
            Self::Any => true,
            Self::Class(class) => class.contains(byte),
        }
    }
}

/// The pieces of a pattern: one more than it has stars, if a run of these counts as one.
fn pieces(mut pattern: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut items = Vec::new();
    while let [first, ref rest @ ..] = *pattern {
        let (item, rest) = match (first, rest) {
            (b'*', [b'*', ..]) => {
                pattern = rest;
                continue;
            }
            (b'*', rest) => {
                pieces.push(Piece::new(std::mem::take(&mut items)));
                pattern = rest;
                continue;
            }
            (b'?', rest) => (Item::Any, rest),
            (b'[', rest) => {
                let (class, rest) = Class::read(rest);
                (Item::Class(class), rest)
            }
            (b'\\', [escaped, rest @ ..]) => (Item::Byte(*escaped), rest),
            (literal, rest) => (Item::Byte(literal), rest),
        };
        items.push(item);
        pattern = rest;
    }
    pieces.push(Piece::new(items));
    pieces
}

impl Class {
    /// The class that follows a `[`, and what follows its `]`. A class without a `]` ends with the pattern.
    fn read(pattern: &[u8]) -> (Self, &[u8]) {
        let (negated, mut rest) = match pattern {
            [b'^', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let mut class = Self::default();
        loop {
            rest = match *rest {
                [] => break,
                [b'\\', escaped, ref rest @ ..] => {
                    class.insert(escaped);
                    rest
                }
                [b']', ref behind @ ..] => {
                    rest = behind;
                    break;
                }
                [low, b'-', high, ref rest @ ..] => {
                    class.insert_range(low, high);
                    rest
                }
                [literal, ref rest @ ..] => {
                    class.insert(literal);
                    rest
                }
            }
        }
        (if negated { Self(class.0.map(|bits| !bits)) } else { class }, rest)
    }

    fn contains(self, byte: u8) -> bool {
        self.0[usize::from(byte / 64)] >> (byte % 64) & 1 == 1
    }

    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte / 64)] |= 1 << (byte % 64);
    }

    /// A server compares the bounds as C's `char`, which is signed on the platforms it is built for most: the byte
    /// 0xff comes before the byte 0x00. Reversed bounds are swapped.
    fn insert_range(&mut self, low: u8, high: u8) {
        let [low, high] = [low, high].map(u8::cast_signed);
        for byte in low.min(high)..=low.max(high) {
            self.insert(byte.cast_unsigned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn matches(pattern: &[u8], text: &[u8]) -> bool {
        Pattern::new(pattern).matches(text)
    }

    /// Every expectation was read off a Redis 7.0.15 server on x86-64.
    #[track_caller]
    fn check(pattern: &[u8], accepted: &[&[u8]], refused: &[&[u8]]) {
        for text in accepted {
            assert!(matches(pattern, text), "{pattern:?} should match {text:?}");
        }
        for text in refused {
            assert!(!matches(pattern, text), "{pattern:?} should not match {text:?}");
        }
    }

    #[test]
    fn stars_match_any_run_of_bytes() {
        check(b"*", &[b"", b"a", b"\xff\x00"], &[]);
        check(b"a*c", &[b"ac", b"abc", b"acc"], &[b"ab", b"acb", b"bac"]);
        check(b"*a*b", &[b"ab", b"xaxbxb"], &[b"ba"]);
        check(b"a**", &[b"a", b"ab"], &[b""]);
    }

    #[test]
    fn two_stars_do_not_match_the_empty_key() {
        check(b"**", &[b"a"], &[b""]);
    }

    #[test]
    fn a_question_mark_is_exactly_one_byte() {
        check(b"?", &[b"a", b"\xff"], &[b"", b"ab"]);
        check(b"h?llo", &[b"hello", b"h\nllo"], &[b"hllo"]);
    }

    #[test]
    fn an_empty_pattern_matches_the_empty_key_only() {
        check(b"", &[b""], &[b"a"]);
    }

    #[test]
    fn classes_list_bytes_and_ranges() {
        check(b"[abc]", &[b"a", b"c"], &[b"d", b"", b"ab"]);
        check(b"[a-c]x", &[b"ax", b"cx"], &[b"dx", b"-x"]);
        check(b"[c-a]", &[b"a", b"b", b"c"], &[b"d"]);
        check(b"[^a-c]", &[b"d"], &[b"a", b"b"]);
        check(b"[a-]", &[b"]", b"^", b"a"], &[b"-"]);
    }

    #[test]
    fn odd_classes_match_as_a_server_does() {
        check(b"[^]", &[b"a", b"]"], &[b""]);
        check(b"[]", &[], &[b"", b"a", b"]"]);
        check(b"[ab", &[b"a", b"b"], &[b"c", b"[ab"]);
        check(b"[\\]]", &[b"]"], &[b"\\", b"]]"]);
        check(b"[a\\-z]", &[b"a", b"-", b"z"], &[b"b"]);
    }

    #[test]
    fn range_bounds_compare_as_signed_bytes() {
        check(b"[\x01-\xff]", &[b"\x00", b"\x01", b"\xff"], &[b"\x02", b"\x7f", b"\x80"]);
    }

    #[test]
    fn a_backslash_takes_the_next_byte_literally() {
        check(b"\\*", &[b"*"], &[b"a", b"\\*"]);
        check(b"a\\", &[b"a\\"], &[b"a"]);
        check(b"\\\\", &[b"\\"], &[b"\\\\"]);
    }

    #[test]
    fn pieces_do_not_overlap() {
        check(b"ab*ba", &[b"abba", b"abxba"], &[b"aba"]);
        check(b"a*ab*b", &[b"aabb", b"aab\xffabb"], &[b"ab", b"aab"]);
        check(b"*ab?*b?c*", &[b"abxbxc", b"xxabbbbcc"], &[b"abbc", b"abxbc"]);
        check(b"?*?", &[b"ab", b"abc"], &[b"a"]);
    }

    /// Byte by byte these would be five thousand million comparisons.
    #[test]
    fn a_long_literal_is_found_in_linear_time() {
        let run = |len| b"a".repeat(len);
        let pattern = [b"*", &run(50_000)[..], b"b*"].concat();
        assert!(!matches(&pattern, &run(100_000)));
        assert!(matches(&pattern, &[&run(100_000)[..], b"bc"].concat()));
    }

    #[test]
    fn hostile_patterns_take_no_exponential_time() {
        let text = [b'a'; 2000];
        let pattern = b"a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b";
        assert!(!matches(pattern, &text));
    }

    #[cfg(feature = "model")]
    mod against_the_model {
        use proptest::collection::vec;
        use proptest::prelude::*;
        use proptest::sample::select;

        use super::matches;
        use crate::model::glob_matches;

        proptest! {
            #![proptest_config(ProptestConfig::with_cases(20_000))]

            #[test]
            fn any_pattern_matches_what_it_matches_there(
                pattern in vec(select(&b"***??[[]]^--\\\\aabb\xff"[..]), 0..12),
                text in vec(select(&b"aaabb-]\\^\xff"[..]), 0..8),
            ) {
                prop_assert_eq!(matches(&pattern, &text), glob_matches(&pattern, &text));
            }
        }
    }
}
