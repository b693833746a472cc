//! A line of input as words, by the rules of quoting that redis-cli has for what people type and a server for inline
//! commands.
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

/// The bytes that C would see of a string.
pub(crate) fn until_zero(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// Whether C's `isspace` holds.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// What is left of a text without the spaces at its start.
pub(crate) fn skip_spaces(text: &[u8]) -> &[u8] {
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
