//! What was done to one key, by a command or by a wait that gave back, for those who observe the keyspace.

use crate::Direction;
use crate::clock::UnixTime;
use crate::list::List;
use crate::lmovem::Block;

/// A change of one key, noted by whatever made it and while it holds the lock. Replayed in their order, the changes of
/// all keys make the same lists again.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(feature = "durable"),
    expect(dead_code, reason = "what was changed is read by the log")
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
    /// Elements that equal this one are removed, of which there is one at least: LREM's `count` says which.
    Remove { count: i64, element: &'c [u8] },
    /// All elements were removed but those from position `start` on that are before `stop`.
    Trim { start: usize, stop: usize },
    /// An element that a cancelled wait had got came back, `place` elements from this end.
    GiveBack { end: Direction, place: usize, element: &'c [u8] },
    /// The whole list was removed.
    Delete,
    /// The whole list was removed, as its deadline had passed.
    Expired,
    /// The key has another deadline, or none any more.
    Deadline(Option<UnixTime>),
    /// The whole list is about to be [put](Self::Put) at another key.
    Leave,
    /// This list came, in the place of one that may have been there.
    Put { list: &'c List, origin: Origin<'c> },
}

/// Where a list came from: with what became of it there, it is known without its elements.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(feature = "durable"), expect(dead_code, reason = "as for a change"))]
pub(super) enum Origin<'c> {
    Made,
    Renamed(Source<'c>),
    Copied(Source<'c>),
}

/// The key from which a list came.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(feature = "durable"), expect(dead_code, reason = "as for a change"))]
pub(super) struct Source<'c> {
    pub(super) key: &'c [u8],
    /// How many of its elements are in the copy of all lists that is being made, if that has the key.
    pub(super) copied: Option<usize>,
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
            | Self::Delete
            | Self::Expired
            | Self::Deadline(_)
            | Self::Leave => false,
        }
    }

    /// Whether the key may expire at another time than before.
    pub(super) fn sets_deadline(&self) -> bool {
        matches!(self, Self::Deadline(_) | Self::Put { .. })
    }

    /// Whether there may be fewer elements than before.
    pub(super) fn removes(&self) -> bool {
        match self {
            Self::Pop { .. }
            | Self::TakeBack { .. }
            | Self::Remove { .. }
            | Self::Trim { .. }
            | Self::Delete
            | Self::Expired
            | Self::Leave
            | Self::Put { .. } => true,
            Self::Push { .. }
            | Self::Rotate { .. }
            | Self::Set { .. }
            | Self::Insert { .. }
            | Self::Deadline(_)
            | Self::GiveBack { .. } => false,
        }
    }
}

/// What a command is about to do to the lengths of the lists at its keys, as far as that is known before it does.
///
/// The command does exactly that or nothing: which locks serving needs is found by it beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    /// Nothing changes, but for what is known of those who wait or watch.
    Look,
    /// No length changes, although a list does.
    Set,
    /// A list grows by this many elements.
    Push(usize),
    /// The first of the keys that has a list loses this many elements, or all that it has.
    Pop(usize),
    /// A list loses elements: how many is known afterwards.
    Cut,
    /// All keys lose their lists.
    Delete,
    /// A list is to expire, or not to: it may be gone at once.
    Expire,
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

    /// Whether it may need memory for elements: what is refused over the bound on memory.
    #[inline]
    pub(super) fn needs_memory(self) -> bool {
        match self {
            Self::Set | Self::Push(_) | Self::Move(_) | Self::Copy | Self::Store => true,
            Self::Look
            | Self::Pop(_)
            | Self::Cut
            | Self::Delete
            | Self::Expire
            | Self::Rename
            | Self::Several => false,
        }
    }
}
