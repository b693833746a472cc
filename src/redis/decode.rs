//! The bytes that the crate would send to a server, back into commands.

use ::redis::RedisResult;

use super::client_error;

/// A command as its words.
type Words<'p> = Vec<&'p [u8]>;

/// The commands in these bytes, of which there must be `count`. An error is the crate's own if there are none.
pub(super) fn commands(mut packed: &[u8], count: usize) -> RedisResult<Vec<Words<'_>>> {
    if packed.is_empty() {
        return Err(client_error("empty command"));
    }
    let mut commands = Vec::new();
    while !packed.is_empty() {
        let Some((words, rest)) = command(packed) else {
            return Err(client_error("these bytes are no packed command"));
        };
        if words.is_empty() {
            return Err(client_error("empty command"));
        }
        commands.push(words);
        packed = rest;
    }
    if commands.len() != count {
        return Err(client_error("not as many packed commands as replies to them"));
    }
    Ok(commands)
}

fn command(packed: &[u8]) -> Option<(Words<'_>, &[u8])> {
    let (count, mut rest) = length(packed, b'*')?;
    let mut words = Words::new();
    for _ in 0..count {
        let (len, after) = length(rest, b'$')?;
        let (word, after) = after.split_at_checked(len)?;
        words.push(word);
        rest = after.strip_prefix(b"\r\n")?;
    }
    Some((words, rest))
}

/// The number in the first line, after its mark, and what comes after the line.
fn length(bytes: &[u8], mark: u8) -> Option<(usize, &[u8])> {
    let end = bytes.iter().position(|&byte| byte == b'\r')?;
    let rest = bytes[end..].strip_prefix(b"\r\n")?;
    let digits = bytes[..end].strip_prefix(&[mark])?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some((str::from_utf8(digits).ok()?.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use ::redis::{cmd, pack_command, pipe};
    use proptest::prelude::{any, prop, prop_assert_eq, proptest};

    use super::{Words, commands};

    fn decoded(packed: &[u8], count: usize) -> Option<Vec<Words<'_>>> {
        commands(packed, count).ok()
    }

    #[test]
    fn a_cursor_is_a_word_like_any_other() {
        let packed = cmd("SCAN").cursor_arg(512).arg("COUNT").arg(7).get_packed_command();
        assert_eq!(decoded(&packed, 1), Some(vec![vec![&b"SCAN"[..], b"512", b"COUNT", b"7"]]));
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
