//! What was done to one key, by a command or by a wait that gave back, for those who observe the keyspace.

use crate::Direction;
use crate::list::List;
use crate::lmovem::Block;

/// A change of one key, noted by whatever made it and while it holds the lock. Replayed in their order, the changes of
/// all keys make the same lists again.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "what was changed is read by the recorder of the tests")
)]
pub(super) enum Change<'c> {
    /// An element was added at an end of a list, which was made if it was missing.
    Push { end: Direction, element: &'c [u8] },
    /// Elements were taken from an end.
    Pop { end: Direction, count: usize },
    /// An element went from one end to the other, or to the same.
    Rotate { from: Direction, to: Direction },
    /// The element at a position was replaced.
    Set { position: usize, element: &'c [u8] },
    /// An element was put beside the first one that equals `pivot`.
    Insert { side: Side, pivot: &'c [u8], element: &'c [u8] },
    /// The element at a position was removed: a cancelled move took it back.
    TakeBack { position: usize },
    /// Elements that equal this one were removed: LREM's `count` says which.
    Remove { count: i64, element: &'c [u8] },
    /// All but these elements were removed, by LTRIM's indexes.
    Trim { start: i64, stop: i64 },
    /// An element that a cancelled wait had got came back, `place` elements from this end.
    GiveBack { end: Direction, place: usize, element: &'c [u8] },
    /// The whole list was removed.
    Delete,
    /// This list came, in the place of one that may have been there.
    Put { list: &'c List },
}

/// Where LINSERT puts the new element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

impl Change<'_> {
    /// Whether there may be more elements than before.
    pub(super) fn adds(&self) -> bool {
        match self {
            Self::Push { .. } | Self::Insert { .. } | Self::Put { .. } | Self::GiveBack { .. } => {
                true
            }
            Self::Pop { .. }
            | Self::Rotate { .. }
            | Self::Set { .. }
            | Self::TakeBack { .. }
            | Self::Remove { .. }
            | Self::Trim { .. }
            | Self::Delete => false,
        }
    }

    /// Whether there may be fewer elements than before.
    pub(super) fn removes(&self) -> bool {
        match self {
            Self::Pop { .. }
            | Self::TakeBack { .. }
            | Self::Remove { .. }
            | Self::Trim { .. }
            | Self::Delete
            | Self::Put { .. } => true,
            Self::Push { .. }
            | Self::Rotate { .. }
            | Self::Set { .. }
            | Self::Insert { .. }
            | Self::GiveBack { .. } => false,
        }
    }
}

/// What a command is about to do to the lengths of the lists at its keys, as far as that is known before it does.
///
/// The command does exactly that or nothing: which locks serving needs is found by it beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    /// No length changes, although a list may.
    Set,
    /// A list grows by this many elements.
    Push(usize),
    /// The first of the keys that has a list loses this many elements, or all that it has.
    Pop(usize),
    /// A list loses elements: how many is known afterwards.
    Cut,
    /// All keys lose their lists.
    Delete,
    /// Elements go from the first key's list to the second's.
    Move(Block),
    /// The first key's list becomes the second's.
    Rename,
    /// The second key gets as many elements as the first has.
    Copy,
    /// Elements come, and others may go: how many is known afterwards.
    Store,
    /// Several commands, each of which says for itself what it intends.
    Several,
}

impl Intent {
    /// Whether elements come that were in no list before: what a store that is closed refuses.
    pub(super) fn brings_elements(self) -> bool {
        matches!(self, Self::Push(_) | Self::Copy | Self::Store)
    }

    /// Whether it may need memory for elements: what a server without any refuses.
    #[cfg(test)]
    pub(super) fn needs_memory(self) -> bool {
        match self {
            Self::Set | Self::Push(_) | Self::Move(_) | Self::Copy | Self::Store => true,
            Self::Pop(_) | Self::Cut | Self::Delete | Self::Rename | Self::Several => false,
        }
    }
}

#[cfg(test)]
pub(super) use self::as_commands::{Command, GIVE_BACK};

/// Changes as commands of Redis: a rehearsal of a log.
#[cfg(test)]
mod as_commands {
    use super::{Change, Side};
    use crate::Direction;

    pub(in crate::keyspace) type Command = Vec<Vec<u8>>;

    /// `GIVEBACK key LEFT|RIGHT place element`, for which Redis has no command.
    pub(in crate::keyspace) const GIVE_BACK: &[u8] = b"GIVEBACK";

    /// Nobody pushes this.
    const TAKEN_BACK: &[u8] = b"the element that was taken back";

    impl Change<'_> {
        /// What makes this change of a key.
        pub(in crate::keyspace) fn commands(&self, key: &[u8]) -> Vec<Command> {
            let one = |words: &[&[u8]]| vec![words.iter().map(|word| word.to_vec()).collect()];
            match *self {
                Self::Push { end, element } => one(&[&side(end, b"PUSH"), key, element]),
                Self::Pop { end, count } => one(&[&side(end, b"POP"), key, &number(count)]),
                Self::Rotate { from, to } => one(&[b"LMOVE", key, key, word(from), word(to)]),
                Self::Set { position, element } => one(&[b"LSET", key, &number(position), element]),
                Self::Insert { side: Side::Before, pivot, element } => {
                    one(&[b"LINSERT", key, b"BEFORE", pivot, element])
                }
                Self::Insert { side: Side::After, pivot, element } => {
                    one(&[b"LINSERT", key, b"AFTER", pivot, element])
                }
                Self::TakeBack { position } => [
                    one(&[b"LSET", key, &number(position), TAKEN_BACK]),
                    one(&[b"LREM", key, b"1", TAKEN_BACK]),
                ]
                .concat(),
                Self::Remove { count, element } => one(&[b"LREM", key, &number(count), element]),
                Self::Trim { start, stop } => one(&[b"LTRIM", key, &number(start), &number(stop)]),
                Self::GiveBack { end, place, element } => {
                    one(&[GIVE_BACK, key, word(end), &number(place), element])
                }
                Self::Delete => one(&[b"DEL", key]),
                Self::Put { list } => {
                    let push: Vec<&[u8]> = [b"RPUSH", key].into_iter().chain(list.iter()).collect();
                    [one(&[b"DEL", key]), one(&push)].concat()
                }
            }
        }
    }

    fn number(number: impl Copy + ToString) -> Vec<u8> {
        number.to_string().into_bytes()
    }

    fn word(end: Direction) -> &'static [u8] {
        match end {
            Direction::Left => b"LEFT",
            Direction::Right => b"RIGHT",
        }
    }

    fn side(end: Direction, command: &[u8]) -> Vec<u8> {
        let initial: &[u8] = if end == Direction::Left { b"L" } else { b"R" };
        [initial, command].concat()
    }
}
