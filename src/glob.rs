//! Redis's patterns for key names, byte for byte, as [`KEYS`](https://redis.io/commands/keys/) describes them.
//!
//! `*` is any run of bytes, `?` any one byte, `[abc]`, `[a-z]` and `[^a]` one byte of a class, and `\x` the byte `x`
//! itself, also within a class. Knows nothing of keys.

/// Whether the whole of `text` matches `pattern`.
///
/// Only the last `*` is ever reconsidered, so the time is at most proportional to the product of both lengths:
/// a hostile pattern can't make it exponential.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    if text.is_empty() {
        // A server knows `*` by itself as "all keys"; its matcher has no other pattern for the empty key.
        return matches!(pattern, b"" | b"*");
    }
    let (mut p, mut t) = (0, 0);
    // Where to resume if what follows the last `*` does not match: just behind that `*`, and one byte further on.
    let mut retry = None;
    loop {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            retry = Some((p, t));
        } else if t == text.len() && p == pattern.len() {
            return true;
        } else if let Some(width) = text.get(t).and_then(|&byte| accept(&pattern[p..], byte)) {
            p += width;
            t += 1;
        } else {
            match retry {
                Some((after_star, resume)) if resume < text.len() => {
                    retry = Some((after_star, resume + 1));
                    (p, t) = (after_star, resume + 1);
                }
                _ => return false,
            }
        }
    }
}

/// How many bytes of `pattern` its first item takes, if that item, which is no `*`, accepts `byte`.
fn accept(pattern: &[u8], byte: u8) -> Option<usize> {
    match *pattern {
        [] => None,
        [b'?', ..] => Some(1),
        [b'[', ref class @ ..] => {
            let (accepted, width) = accept_class(class, byte);
            accepted.then_some(1 + width)
        }
        [b'\\', escaped, ..] => (escaped == byte).then_some(2),
        [literal, ..] => (literal == byte).then_some(1),
    }
}

/// Whether the class that follows a `[` accepts `byte`, and how many bytes it takes with its `]`. A class without a
/// `]` ends with the pattern.
fn accept_class(class: &[u8], byte: u8) -> (bool, usize) {
    let negated = class.first() == Some(&b'^');
    let mut at = usize::from(negated);
    let mut listed = false;
    loop {
        let (found, width) = match class[at..] {
            [] => break,
            [b'\\', escaped, ..] => (escaped == byte, 2),
            [b']', ..] => {
                at += 1;
                break;
            }
            [low, b'-', high, ..] => (in_range(low, high, byte), 3),
            [literal, ..] => (literal == byte, 1),
        };
        listed |= found;
        at += width;
    }
    (listed != negated, at)
}

/// A server compares the bounds as C's `char`, which is signed on the platforms it is built for most: the byte 0xff
/// comes before the byte 0x00. Reversed bounds are swapped.
fn in_range(low: u8, high: u8, byte: u8) -> bool {
    let [low, high, byte] = [low, high, byte].map(u8::cast_signed);
    (low.min(high)..=low.max(high)).contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::matches;

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
    fn hostile_patterns_take_no_exponential_time() {
        let text = [b'a'; 2000];
        let pattern = b"a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b";
        assert!(!matches(pattern, &text));
    }
}
