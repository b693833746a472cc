//! A line of input as words, by redis-cli's rules of quoting.
//!
//! It knows nothing of commands. Lines and words are bytes; those that C would read as strings end at a zero byte.

/// The words of a line, or nothing if its quotes do not match.
///
/// In double quotes `\n \r \t \b \a` and `\x00` to `\xff` are escapes, and any other byte after a backslash stands for
/// itself. In single quotes only `\'` is one. A quote may open within a word, but what closes it ends the word.
pub(crate) fn split(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut words = Vec::new();
    let mut rest = skip_spaces(until_zero(line));
    while !rest.is_empty() {
        let (word, after) = first(rest)?;
        words.push(word);
        rest = skip_spaces(after);
    }
    Some(words)
}

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

/// The bytes that C would see of a string.
pub(crate) fn until_zero(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// Whether C's `isspace` holds.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

fn skip_spaces(text: &[u8]) -> &[u8] {
    let spaces = text.iter().take_while(|&&byte| is_space(byte)).count();
    &text[spaces..]
}

/// The word at the start of a text, and what comes after it.
fn first(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut word = Vec::new();
    loop {
        let after = match rest {
            // Vertical tabs and form feeds only separate words where a word has not begun.
            [] | [b' ' | b'\t' | b'\n' | b'\r', ..] => return Some((word, rest)),
            [b'"', quoted @ ..] => double_quoted(quoted, &mut word)?,
            [b'\'', quoted @ ..] => single_quoted(quoted, &mut word)?,
            [byte, after @ ..] => {
                word.push(*byte);
                rest = after;
                continue;
            }
        };
        let ends = after.first().is_none_or(|&byte| is_space(byte));
        return ends.then_some((word, after));
    }
}

fn double_quoted<'t>(mut rest: &'t [u8], word: &mut Vec<u8>) -> Option<&'t [u8]> {
    loop {
        let (byte, after) = match rest {
            [] => return None,
            [b'"', after @ ..] => return Some(after),
            [b'\\', b'x', high, low, after @ ..]
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                (hex_digit(*high) << 4 | hex_digit(*low), after)
            }
            [b'\\', escaped, after @ ..] => (unescape(*escaped), after),
            [byte, after @ ..] => (*byte, after),
        };
        word.push(byte);
        rest = after;
    }
}

fn single_quoted<'t>(mut rest: &'t [u8], word: &mut Vec<u8>) -> Option<&'t [u8]> {
    loop {
        let (byte, after) = match rest {
            [] => return None,
            [b'\'', after @ ..] => return Some(after),
            [b'\\', b'\'', after @ ..] => (b'\'', after),
            [byte, after @ ..] => (*byte, after),
        };
        word.push(byte);
        rest = after;
    }
}

fn unescape(escaped: u8) -> u8 {
    match escaped {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => b'\x08',
        b'a' => b'\x07',
        other => other,
    }
}

fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | b' ') - b'a' + 10,
    }
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
