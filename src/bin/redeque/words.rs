//! A line of input as words, by redis-cli's rules, and the number at the start of a word.
//!
//! It knows nothing of commands. The library reads lines by the same rules, so it has them.

#[path = "../../words.rs"]
mod line;

use self::line::skip_spaces;
pub(crate) use self::line::{split, until_zero};

/// What C's `strtol` makes of a text: the number at its start, 0 if there is none, and what comes after.
pub(crate) fn leading_number(text: &[u8]) -> (i128, &[u8]) {
    let (negative, digits) = match skip_spaces(text) {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    let len = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if len == 0 {
        return (0, text);
    }
    let number = digits[..len].iter().fold(0_i128, |number, byte| {
        number.saturating_mul(10).saturating_add(i128::from(byte - b'0'))
    });
    (if negative { -number } else { number }, &digits[len..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{leading_number, split};
    use crate::format::quote;

    #[track_caller]
    fn check(line: &[u8], words: Option<&[&[u8]]>) {
        let expected = words.map(|words| words.iter().map(|word| word.to_vec()).collect());
        assert_eq!(split(line), expected, "{}", line.escape_ascii());
    }

    #[test]
    fn spaces_separate_words() {
        check(b"", Some(&[]));
        check(b" \t\r\n\x0b\x0c", Some(&[]));
        check(b"lpush  k\ta\r\n", Some(&[b"lpush", b"k", b"a"]));
        check(b"a\x0bb \x0cc", Some(&[b"a\x0bb", b"c"]));
        check(b"\xff \x80", Some(&[b"\xff", b"\x80"]));
    }

    #[test]
    fn a_zero_byte_ends_the_line() {
        check(b"a b\0c \"", Some(&[b"a", b"b"]));
    }

    #[test]
    fn double_quotes_know_escapes() {
        check(br#""\x00\xfF\n\r\t\b\a""#, Some(&[b"\x00\xff\n\r\t\x08\x07"]));
        check(br#""\"\\\q\x0g\x""#, Some(&[br#""\qx0gx"#]));
        check(br#""" "a b""#, Some(&[b"", b"a b"]));
    }

    #[test]
    fn single_quotes_know_only_their_own_escape() {
        check(br"'a\n\\\'b'", Some(&[br"a\n\\'b"]));
        check(b"''", Some(&[b""]));
    }

    #[test]
    fn a_quote_may_open_in_a_word_and_its_end_ends_the_word() {
        check(br#"a"b c" d"#, Some(&[b"ab c", b"d"]));
        check(b"a'b'", Some(&[b"ab"]));
        check(br#""a"b"#, None);
        check(br#""a"'b'"#, None);
        check(b"'a'b", None);
        check(b"\"a\"\x0bb", Some(&[b"a", b"b"]));
    }

    #[test]
    fn an_open_quote_is_no_line() {
        check(b"\"", None);
        check(b"'", None);
        check(br#"a "b\""#, None);
        check(br#""\"#, None);
        check(br"'\'", None);
    }

    #[test]
    fn a_backslash_outside_of_quotes_is_a_byte() {
        check(br"a\n\", Some(&[br"a\n\"]));
    }

    #[test]
    fn numbers_are_read_as_strtol_does() {
        assert_eq!(leading_number(b"12"), (12, &b""[..]));
        assert_eq!(leading_number(b" \t+3x"), (3, &b"x"[..]));
        assert_eq!(leading_number(b"-4"), (-4, &b""[..]));
        assert_eq!(leading_number(b""), (0, &b""[..]));
        assert_eq!(leading_number(b" -"), (0, &b" -"[..]));
        assert!(leading_number(&[b'9'; 100]).0 > i128::from(i64::MAX));
    }

    proptest! {
        #[test]
        fn no_line_panics(line: Vec<u8>) {
            split(&line);
            leading_number(&line);
        }

        #[test]
        fn no_line_of_quotes_and_escapes_panics(line in r#"["'\\xnaf0 ]{0,24}"#) {
            split(line.as_bytes());
        }

        #[test]
        fn what_is_shown_in_quotes_can_be_typed_back(word in any::<Vec<u8>>()) {
            let mut line = Vec::new();
            quote(&word, &mut line);
            prop_assert_eq!(split(&line), Some(vec![word]));
        }
    }
}
