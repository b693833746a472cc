//! The bytes that the crate would send to a server, back into commands.

use ::redis::RedisResult;

use super::client_error;

/// The commands of a pipeline, whose words are parts of the bytes. There are as many allocations for all of them as for one.
#[derive(Debug)]
pub(super) struct Commands<'p> {
    /// Of one command after the other.
    words: Vec<&'p [u8]>,
    /// For each command, where the words of the next one begin.
    ends: Vec<usize>,
}

/// What most commands have. It need not be right.
const WORDS: usize = 3;

/// The bytes of the shortest command.
const SHORTEST: usize = b"*1\r\n$0\r\n\r\n".len();

/// The commands in these bytes, of which there must be `count`. An error is the crate's own if there are none.
pub(super) fn commands(mut packed: &[u8], count: usize) -> RedisResult<Commands<'_>> {
    if packed.is_empty() {
        return Err(client_error("empty command"));
    }
    let expected = count.min(packed.len() / SHORTEST);
    let mut words = Vec::with_capacity(expected * WORDS);
    let mut ends = Vec::with_capacity(expected);
    while !packed.is_empty() {
        let before = words.len();
        packed = command(packed, &mut words)
            .ok_or_else(|| client_error("these bytes are no packed command"))?;
        if words.len() == before {
            return Err(client_error("empty command"));
        }
        ends.push(words.len());
    }
    if ends.len() != count {
        return Err(client_error("not as many packed commands as replies to them"));
    }
    Ok(Commands { words, ends })
}

impl<'p> Commands<'p> {
    /// The words of the command that is alone.
    pub(super) fn only(&self) -> &[&'p [u8]] {
        &self.words
    }

    /// The words of each command.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[&'p [u8]]> {
        let mut begin = 0;
        self.ends.iter().map(move |&end| &self.words[std::mem::replace(&mut begin, end)..end])
    }
}

/// Appends the words of a command, and returns what comes after it.
fn command<'p>(packed: &'p [u8], words: &mut Vec<&'p [u8]>) -> Option<&'p [u8]> {
    let (count, mut rest) = length(packed, b'*')?;
    for _ in 0..count {
        let (len, after) = length(rest, b'$')?;
        let (word, after) = after.split_at_checked(len)?;
        words.push(word);
        rest = after.strip_prefix(b"\r\n")?;
    }
    Some(rest)
}

/// The number in the first line, after its mark, and what comes after the line.
#[inline]
fn length(bytes: &[u8], mark: u8) -> Option<(usize, &[u8])> {
    let (first, line) = bytes.split_first()?;
    match line {
        _ if *first != mark => None,
        // Most numbers have one digit, or two.
        [digit @ b'0'..=b'9', b'\r', b'\n', rest @ ..] => Some((usize::from(digit - b'0'), rest)),
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', b'\r', b'\n', rest @ ..] => {
            Some((usize::from((tens - b'0') * 10 + (ones - b'0')), rest))
        }
        _ => long_length(line),
    }
}

#[inline(never)]
fn long_length(line: &[u8]) -> Option<(usize, &[u8])> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = line.split_at(digits);
    Some((str::from_utf8(digits).ok()?.parse().ok()?, rest.strip_prefix(b"\r\n")?))
}

#[cfg(test)]
mod tests {
    use ::redis::{cmd, pack_command, pipe};
    use proptest::prelude::{any, prop, prop_assert_eq, proptest};

    use super::commands;

    type Words<'p> = Vec<&'p [u8]>;

    fn decoded(packed: &[u8], count: usize) -> Option<Vec<Words<'_>>> {
        let commands = commands(packed, count).ok()?;
        Some(commands.iter().map(<[_]>::to_vec).collect())
    }

    #[test]
    fn a_cursor_is_a_word_like_any_other() {
        let packed = cmd("SCAN").cursor_arg(512).arg("COUNT").arg(7).get_packed_command();
        assert_eq!(decoded(&packed, 1), Some(vec![vec![&b"SCAN"[..], b"512", b"COUNT", b"7"]]));
    }

    #[test]
    fn words_of_any_length_come_back() {
        for len in [0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 65_536] {
            let words = [b"ECHO".to_vec(), vec![b'7'; len]];
            let expected = words.iter().map(Vec::as_slice).collect();
            assert_eq!(decoded(&pack_command(&words), 1), Some(vec![expected]), "{len}");
        }
        let many = vec![Vec::new(); 1000];
        assert_eq!(decoded(&pack_command(&many), 1), Some(vec![vec![&b""[..]; 1000]]));
    }

    #[test]
    fn an_atomic_pipeline_is_its_commands_and_two_more() {
        let packed = pipe().atomic().llen("k").lpop("k", None).get_packed_pipeline();
        let expected: Vec<Words<'_>> =
            vec![vec![b"MULTI"], vec![b"LLEN", b"k"], vec![b"LPOP", b"k"], vec![b"EXEC"]];
        assert_eq!(decoded(&packed, 4), Some(expected));
    }

    #[test]
    fn bytes_that_are_no_commands_are_refused() {
        let packed = b"*1\r\n$4\r\nPING\r\n";
        assert!(decoded(packed, 1).is_some());
        assert!(decoded(packed, 0).is_none() && decoded(packed, 2).is_none());
        for cut in 0..packed.len() {
            assert!(decoded(&packed[..cut], 1).is_none(), "cut at {cut}");
        }
        for bytes in [
            "PING\r\n",
            "*0\r\n",
            "*-1\r\n",
            "*+1\r\n$4\r\nPING\r\n",
            "*18446744073709551616\r\n",
            "*18446744073709551615\r\n",
            "*1\r\n$18446744073709551615\r\nPING\r\n",
            "*1\r\n$-1\r\n",
            "*\r\n",
            "*1\r\n$\r\n\r\n",
            "*1\n$4\r\nPING\r\n",
            "*1\r\n$4\rPING\r\n",
            "*1\r\n*4\r\nPING\r\n",
            "*1\r\n$4\r\nPINGPONG",
        ] {
            assert!(decoded(bytes.as_bytes(), 1).is_none(), "{bytes}");
        }
    }

    proptest! {
        #[test]
        fn what_the_crate_packs_comes_back(words in prop::collection::vec(any::<Vec<u8>>(), 1..9)) {
            let packed = pack_command(&words);
            let expected = words.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(decoded(&packed, 1), Some(vec![expected]));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            drop(commands(&bytes, 1));
        }

        #[test]
        fn no_bytes_like_a_command_panic(text in r"(\*|\$|[0-9]|\r\n|a){0,24}") {
            drop(commands(text.as_bytes(), 1));
        }
    }
}
