//! A line of input as words, by the rules of quoting that redis-cli has for what people type and a server for inline
//! commands.
//!
//! It knows nothing of commands. Lines and words are bytes; those that C would read as strings end at a zero byte.

/// Splits a line into words by the quoting rules of `redis-cli`, for [`Connection::execute`](crate::Connection::execute).
///
/// Returns `None` if a quote is not closed, or if something other than a space follows the one that closes it.
///
/// In double quotes `\n \r \t \b \a` and `\x00` to `\xff` are escapes, and any other byte after a backslash stands for
/// itself. In single quotes only `\'` is one. A quote may open within a word. The line ends at the first zero byte.
///
/// Complexity: O(n) for n bytes.
///
/// ```
/// use redeque::{Reply, Store, split_words};
///
/// let words = split_words(r#"RPUSH jobs "two words" '' "\x00\xff""#).expect("quotes that match");
/// assert_eq!(words, [&b"RPUSH"[..], b"jobs", b"two words", b"", b"\x00\xff"]);
/// assert_eq!(Store::new().connect().execute(words), Reply::Integer(3));
///
/// assert_eq!(split_words(" "), Some(vec![]));
/// assert_eq!(split_words(r#"RPUSH jobs "two"#), None);
/// ```
#[must_use]
pub fn split_words(line: impl AsRef<[u8]>) -> Option<Vec<Vec<u8>>> {
    let mut words = Vec::new();
    let mut rest = skip_spaces(c_text(line.as_ref()));
    while !rest.is_empty() {
        let (word, after) = first(rest)?;
        words.push(word);
        rest = skip_spaces(after);
    }
    Some(words)
}

/// The bytes before the first NUL, which is where C takes a text to end.
pub(crate) fn c_text(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// Whether C's `isspace` holds.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// What is left of a text without the spaces at its start.
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
    use proptest::prelude::{any, proptest};

    use super::split_words;

    #[track_caller]
    fn check(line: &[u8], words: Option<&[&[u8]]>) {
        let expected = words.map(|words| words.iter().map(|word| word.to_vec()).collect());
        assert_eq!(split_words(line), expected, "{}", line.escape_ascii());
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

    proptest! {
        #[test]
        fn no_line_panics(line in any::<Vec<u8>>()) {
            let _ = split_words(&line);
        }

        #[test]
        fn no_line_of_quotes_and_escapes_panics(line in r#"["'\\xnaf0 ]{0,24}"#) {
            let _ = split_words(line);
        }
    }
}
