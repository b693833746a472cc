//! The patterns of KEYS and SCAN MATCH, by trying everything that could match.

/// Whether the whole of `text` matches the KEYS pattern `pattern`. Both are bytes; case matters.
///
/// | in the pattern | matches |
/// |---|---|
/// | `*` | any bytes, also none |
/// | `?` | exactly one byte |
/// | `[abc]`, `[a-c]` | one byte of the class; reversed bounds are swapped |
/// | `[^abc]` | one byte outside the class |
/// | `\x` | the byte `x`, also inside a class |
/// | any other byte | itself |
///
/// Any pattern has a meaning: a class that nothing closes ends where the pattern ends, and a `\` at the very end
/// is a backslash.
///
/// Two oddities are a Redis server's own. The empty text matches the empty pattern and `*`, but no longer run of
/// stars. And the bounds of a range compare as *signed* bytes, as on the machines that most servers run on: 0xff
/// is -1, so `[a-\xff]` is the range from -1 to 97.
///
/// The time is exponential in the number of `*`.
///
/// ```
/// use redeque::model::glob_matches;
///
/// assert!(glob_matches(b"h[ae]llo*", b"hello world"));
/// assert!(!glob_matches(b"h[^ae]llo", b"hello"));
/// assert!(glob_matches(br"h\*llo", b"h*llo"));
/// assert!(!glob_matches(b"?", b""));
/// ```
#[must_use]
pub fn glob_matches(pattern: &[u8], text: &[u8]) -> bool {
    if text.is_empty() { matches!(pattern, b"" | b"*") } else { item_by_item(pattern, text) }
}

fn item_by_item(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], _) => text.is_empty(),
        ([b'*', rest @ ..], _) => (0..=text.len()).any(|taken| item_by_item(rest, &text[taken..])),
        (_, []) => false,
        ([b'?', rest @ ..], [_, tail @ ..]) => item_by_item(rest, tail),
        ([b'[', b'^', class @ ..], [byte, tail @ ..]) => {
            let (contained, rest) = class_contains(class, *byte);
            !contained && item_by_item(rest, tail)
        }
        ([b'[', class @ ..], [byte, tail @ ..]) => {
            let (contained, rest) = class_contains(class, *byte);
            contained && item_by_item(rest, tail)
        }
        ([b'\\', literal, rest @ ..] | [literal, rest @ ..], [byte, tail @ ..]) => {
            literal == byte && item_by_item(rest, tail)
        }
    }
}

/// Whether the class that `class` begins with contains `byte`; and the pattern after that class.
///
/// The order of the arms is Redis's: an escape before the closing bracket, that before a range. So `]` ends the
/// class even in first place, but it may be the upper bound of a range (`[a-]` is a range, and stays open).
fn class_contains(class: &[u8], byte: u8) -> (bool, &[u8]) {
    let (here, rest) = match class {
        [] => return (false, class),
        [b'\\', literal, rest @ ..] => (*literal == byte, rest),
        [b']', rest @ ..] => return (false, rest),
        [low, b'-', high, rest @ ..] => {
            (between(*low, byte, *high) || between(*high, byte, *low), rest)
        }
        [literal, rest @ ..] => (*literal == byte, rest),
    };
    let (later, rest) = class_contains(rest, byte);
    (here || later, rest)
}

fn between(low: u8, byte: u8, high: u8) -> bool {
    low.cast_signed() <= byte.cast_signed() && byte.cast_signed() <= high.cast_signed()
}

#[cfg(test)]
mod tests {
    use super::glob_matches;

    /// Every one-byte key that a pattern lists, as a Redis server answers `KEYS` for it.
    fn single_bytes(pattern: &[u8]) -> Vec<u8> {
        (0..=u8::MAX).filter(|byte| glob_matches(pattern, &[*byte])).collect()
    }

    #[test]
    fn an_unclosed_class_ends_with_the_pattern() {
        assert_eq!(single_bytes(b"["), b"");
        assert_eq!(single_bytes(b"[ab"), b"ab");
        assert_eq!(single_bytes(b"[a-"), b"-a");
        assert_eq!(single_bytes(b"[^").len(), 256);
        assert_eq!(single_bytes(br"[^\").len(), 255);
        assert!(!glob_matches(b"*[", b"x["));
    }

    #[test]
    fn a_bracket_closes_its_class_even_in_first_place() {
        assert_eq!(single_bytes(b"[]"), b"");
        assert_eq!(single_bytes(b"[^]").len(), 256);
        assert!(!glob_matches(b"[]a]", b"a]"));
        assert!(glob_matches(b"[^]a]", b"xa]"));
    }

    #[test]
    fn a_bracket_can_bound_a_range_and_then_closes_nothing() {
        assert_eq!(single_bytes(b"[a-]"), b"]^_`a");
        assert_eq!(single_bytes(b"[^a-]").len(), 251);
    }

    #[test]
    fn reversed_bounds_are_swapped() {
        assert_eq!(single_bytes(b"[d-a]"), b"abcd");
        assert_eq!(single_bytes(b"[\xff-\xfd]"), b"\xfd\xfe\xff");
    }

    #[test]
    fn bounds_compare_as_signed_bytes() {
        assert_eq!(single_bytes(b"[\x02-\xff]"), b"\x00\x01\x02\xff");
        assert_eq!(single_bytes(b"[a-\xff]").len(), 99);
        assert_eq!(single_bytes(b"[\x80-\x7f]").len(), 256);
    }

    #[test]
    fn a_run_of_stars_matches_all_but_the_empty_text() {
        assert!(glob_matches(b"*", b""));
        assert!(!glob_matches(b"**", b""));
        assert!(glob_matches(b"**", b"a"));
        assert!(glob_matches(b"a**", b"a"));
        assert!(glob_matches(b"**a**", b"a"));
    }

    #[test]
    fn the_empty_pattern_matches_only_the_empty_text() {
        assert!(glob_matches(b"", b""));
        assert!(!glob_matches(b"", b"a"));
    }

    #[test]
    fn a_backslash_escapes_inside_a_class_but_bounds_a_range_as_itself() {
        assert_eq!(single_bytes(br"[\]]"), b"]");
        assert_eq!(single_bytes(br"[a\]b"), b"]ab");
        assert_eq!(single_bytes(br"[a-\]"), br"\]^_`a");
        assert_eq!(single_bytes(br"[a-\c]"), br"\]^_`ac");
        assert_eq!(single_bytes(br"[\a-c]"), b"-ac");
        assert_eq!(single_bytes(br"[\^]"), b"^");
    }

    #[test]
    fn a_backslash_at_the_end_is_a_backslash() {
        assert_eq!(single_bytes(br"\"), br"\");
        assert!(glob_matches(br"a\", br"a\"));
    }

    #[test]
    fn a_dash_without_two_bounds_is_a_dash() {
        assert_eq!(single_bytes(b"[-a]"), b"-a");
        assert_eq!(single_bytes(b"[a-c-9]"), b"-9abc");
        assert_eq!(single_bytes(b"[--/]"), b"-./");
    }

    #[test]
    fn stars_and_question_marks_are_plain_inside_a_class() {
        assert_eq!(single_bytes(b"[*?!]"), b"!*?");
        assert_eq!(single_bytes(b"[[]"), b"[");
    }
}
