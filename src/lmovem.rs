//! What [`LMOVEM`](https://redis.io/commands/lmovem/) moves, and in which order.

use crate::{Direction, Error};

/// How many elements [`Store::lmovem`](crate::Store::lmovem) moves.
///
/// ```
/// use redeque::Direction::{Left, Right};
/// use redeque::{MoveCount, MoveOrder, Store};
///
/// let store = Store::new();
/// store.rpush_all("jobs", ["1", "2"])?;
/// let batch = |count| store.lmovem("jobs", "running", Left, Right, count, MoveOrder::OneByOne);
/// assert_eq!(batch(MoveCount::Exactly(3))?, None);
/// assert_eq!(batch(MoveCount::UpTo(3))?, Some(vec![b"1".to_vec(), b"2".to_vec()]));
/// # Ok::<(), redeque::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MoveCount {
    /// As many as there are, up to this: Redis's `COUNT`.
    UpTo(usize),
    /// As many as this, or none: Redis's `EXACTLY`.
    Exactly(usize),
}

/// In which order elements that are moved together arrive. It makes a difference only where they leave and arrive at the
/// same end: where the ends differ, both keep the order of the source.
///
/// ```
/// use redeque::Direction::Left;
/// use redeque::{MoveCount, MoveOrder, Store};
///
/// let store = Store::new();
/// for (order, expected) in [(MoveOrder::OneByOne, [b"2", b"1"]), (MoveOrder::Bulk, [b"1", b"2"])] {
///     store.flushall()?;
///     store.rpush_all("source", ["1", "2", "3"])?;
///     store.lmovem("source", "destination", Left, Left, MoveCount::UpTo(2), order)?;
///     assert_eq!(store.lrange("destination", 0, -1), expected);
/// }
/// # Ok::<(), redeque::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MoveOrder {
    /// Each is pushed as it is popped, as by as many LMOVE: Redis's `OBO`.
    OneByOne,
    /// They keep the order that they have in the source: Redis's `BULK`.
    Bulk,
}

/// Elements that move from one end of a list to an end of another, or of the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) from: Direction,
    pub(crate) to: Direction,
    count: MoveCount,
    order: MoveOrder,
}

impl Block {
    pub(crate) fn new(
        from: Direction,
        to: Direction,
        count: MoveCount,
        order: MoveOrder,
    ) -> Result<Self, Error> {
        match count {
            MoveCount::UpTo(0) | MoveCount::Exactly(0) => Err(Error::CountNotPositive),
            _ => Ok(Self { from, to, count, order }),
        }
    }

    /// A single element.
    pub(crate) fn one(from: Direction, to: Direction) -> Self {
        Self { from, to, count: MoveCount::UpTo(1), order: MoveOrder::OneByOne }
    }

    /// How many elements there have to be.
    pub(crate) fn least(self) -> usize {
        match self.count {
            MoveCount::UpTo(_) => 1,
            MoveCount::Exactly(count) => count,
        }
    }

    /// How many it takes of a list of `len` elements; `None` if there are too few.
    pub(crate) fn out_of(self, len: usize) -> Option<usize> {
        let (MoveCount::UpTo(most) | MoveCount::Exactly(most)) = self.count;
        (len >= self.least()).then_some(most.min(len))
    }

    /// Turns what is in the order of popping into that of pushing, or the other way round.
    pub(crate) fn turn_for_pushing<T>(self, block: &mut [T]) {
        if self.order == MoveOrder::Bulk && self.from == self.to {
            block.reverse();
        }
    }

    /// Turns what is in the order of pushing into that in which it lies then, or the other way round.
    pub(crate) fn turn_as_it_lies<T>(self, block: &mut [T]) {
        if self.to == Direction::Left {
            block.reverse();
        }
    }

    /// Turns what is as it lies in the destination into the order of popping.
    pub(crate) fn turn_from_lying_to_popped<T>(self, block: &mut [T]) {
        self.turn_as_it_lies(block);
        self.turn_for_pushing(block);
    }
}
