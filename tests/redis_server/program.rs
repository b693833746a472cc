//! Programs: who says what, and how that is written in a file.

use std::fmt;

/// The words of a command.
pub(crate) type Words = Vec<Vec<u8>>;

/// One command of a program.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// Which of the clients says it.
    pub(crate) client: usize,
    pub(crate) words: Words,
}

impl Step {
    /// Whether it is this command, in any case.
    pub(crate) fn is(&self, name: &str) -> bool {
        is(&self.words, name)
    }
}

/// Whether the words are this command, in any case.
pub(crate) fn is(words: &[Vec<u8>], name: &str) -> bool {
    words.first().is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
}

/// Whether the words are this subcommand, in any case.
pub(crate) fn is_sub(words: &[Vec<u8>], name: &str, subcommand: &str) -> bool {
    is(words, name) && words.len() > 1 && is(&words[1..], subcommand)
}

/// Whether one of the words is this one, in any case.
pub(crate) fn says(words: &[Vec<u8>], option: &str) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(option.as_bytes()))
}

/// The step as a line of a script.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(["A>", "B>"][self.client])?;
        self.words.iter().try_for_each(|word| write!(f, " \"{}\"", word.escape_ascii()))
    }
}

/// The programs of a script. An empty line ends a program, `#` begins a comment. A line is a command, whose words are
/// quoted as in `redis-cli`, and `@5000` is a word of 5000 letters; `B>` before it makes the second client say it.
pub(crate) fn parse_script(script: &str) -> Vec<Vec<Step>> {
    let mut programs = vec![Vec::new()];
    for line in script.lines().map(str::trim) {
        if line.is_empty() {
            programs.push(Vec::new());
        } else if !line.starts_with('#') {
            let (client, command) = match line.strip_prefix("B>") {
                Some(command) => (1, command),
                None => (0, line),
            };
            let words = split_words(command);
            programs.last_mut().expect("there is one").push(Step { client, words });
        }
    }
    programs.retain(|program| !program.is_empty());
    programs
}

/// The words of a line, of which some may be in double quotes, with escapes.
fn split_words(line: &str) -> Words {
    let mut words = Vec::new();
    let mut rest = line.trim_start().as_bytes();
    while !rest.is_empty() {
        let mut word = Vec::new();
        if let Some(quoted) = rest.strip_prefix(b"\"") {
            rest = read_quoted(quoted, &mut word);
        } else {
            let end = rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len());
            let (bare, behind) = rest.split_at(end);
            match bare.strip_prefix(b"@") {
                Some(length) => word.resize(number(length), b'x'),
                None => word.extend_from_slice(bare),
            }
            rest = behind;
        }
        words.push(word);
        rest = rest.trim_ascii_start();
    }
    words
}

fn number(digits: &[u8]) -> usize {
    str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).expect("a number")
}

/// Reads up to the closing quote, and returns what comes behind it.
fn read_quoted<'l>(mut rest: &'l [u8], word: &mut Vec<u8>) -> &'l [u8] {
    loop {
        rest = match rest {
            [b'"', rest @ ..] => return rest,
            [b'\\', b'x', high, low, rest @ ..] => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16).expect("a hex digit");
                word.push(u8::try_from(digit(high) * 16 + digit(low)).expect("a byte"));
                rest
            }
            [b'\\', escaped, rest @ ..] => {
                word.push(match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    other => *other,
                });
                rest
            }
            [byte, rest @ ..] => {
                word.push(*byte);
                rest
            }
            [] => panic!("a quote is never closed"),
        }
    }
}
