//! Which end of a list a command works on.

/// An end of a list: `Left` is the head, `Right` is the tail.
///
/// Redis spells them `LEFT` and `RIGHT` in [`LMOVE`](https://redis.io/commands/lmove/) and
/// [`LMPOP`](https://redis.io/commands/lmpop/).
///
/// ```
/// use redeque::{Direction, Store};
///
/// let store = Store::new();
/// store.rpush_all("todo", ["a", "b"])?;
/// store.lmove("todo", "done", Direction::Right, Direction::Left)?;
/// assert_eq!(store.lrange("done", 0, -1), [b"b"]);
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
    /// The count with which LREM removes the element nearest to this end.
    pub(crate) fn first_match(self) -> i64 {
        match self {
            Self::Left => 1,
            Self::Right => -1,
        }
    }
}
