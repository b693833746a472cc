//! Which end of a list a command works on.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// An end of a list: `Left` is the head, `Right` is the tail.
///
/// Redis spells them `LEFT` and `RIGHT` in [`LMOVE`](https://redis.io/commands/lmove/) and
/// [`LMPOP`](https://redis.io/commands/lmpop/), and so does [`Display`](fmt::Display). [`FromStr`] takes these words in
/// any case, and [`Error::Syntax`] is for any other.
///
/// ```
/// use redeque::{Direction, Store};
///
/// let store = Store::new();
/// store.rpush_all("todo", ["a", "b"])?;
/// store.lmove("todo", "done", Direction::Right, Direction::Left)?;
/// assert_eq!(store.lrange("done", 0, -1), [b"b"]);
///
/// assert_eq!("left".parse(), Ok(Direction::Left));
/// assert_eq!(Direction::Right.to_string(), "RIGHT");
/// # Ok::<(), redeque::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The head: where index 0 is.
    Left,
    /// The tail: where index -1 is.
    Right,
}

impl Direction {
    /// The end that a command's argument names.
    pub(crate) fn parse(word: &[u8]) -> Result<Self, Error> {
        if word.eq_ignore_ascii_case(b"LEFT") {
            Ok(Self::Left)
        } else if word.eq_ignore_ascii_case(b"RIGHT") {
            Ok(Self::Right)
        } else {
            Err(Error::Syntax)
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Left => "LEFT",
            Self::Right => "RIGHT",
        })
    }
}

impl FromStr for Direction {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        Self::parse(word.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::Direction;
    use crate::Error;

    #[test]
    fn a_word_in_any_case_is_an_end() {
        for word in ["LEFT", "left", "LeFt"] {
            assert_eq!(word.parse(), Ok(Direction::Left), "{word}");
        }
        for word in ["RIGHT", "right", "rIGHT"] {
            assert_eq!(word.parse(), Ok(Direction::Right), "{word}");
        }
    }

    #[test]
    fn any_other_word_is_a_syntax_error() {
        for word in ["", "L", "LEFTY", " LEFT", "LEFT ", "LEFT\0", "HEAD", "l\u{ed}ft"] {
            assert_eq!(word.parse::<Direction>(), Err(Error::Syntax), "{word}");
        }
    }

    #[test]
    fn an_end_prints_as_redis_spells_it() {
        assert_eq!(Direction::Left.to_string(), "LEFT");
        assert_eq!(format!("{:>6}|{:<6}|", Direction::Right, Direction::Left), " RIGHT|LEFT  |");
    }
}
