//! What somebody waits for: that a list has a length.

/// A condition on the length of one list. A key without a list has the length 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Condition {
    /// There are as many elements as this, or more.
    AtLeast(usize),
    /// There are fewer elements than this.
    Below(usize),
}

impl Condition {
    pub(super) fn holds(self, len: usize) -> bool {
        match self {
            Self::AtLeast(least) => len >= least,
            Self::Below(limit) => len < limit,
        }
    }

    /// Whether a list that shrinks can meet it.
    pub(super) fn is_for_room(self) -> bool {
        matches!(self, Self::Below(_))
    }

    /// All conditions that hold for a length: two ranges, from the first to the last.
    pub(super) fn holding(len: usize) -> [(Self, Self); 2] {
        let least = (Self::AtLeast(0), Self::AtLeast(len));
        [least, (Self::Below(len.saturating_add(1)), Self::Below(usize::MAX))]
    }

    /// The next one of its kind, if there is one.
    pub(super) fn next(self) -> Option<Self> {
        match self {
            Self::AtLeast(least) => least.checked_add(1).map(Self::AtLeast),
            Self::Below(limit) => limit.checked_add(1).map(Self::Below),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Condition::{AtLeast, Below};

    #[test]
    fn the_ranges_have_the_conditions_that_hold_and_no_others() {
        for len in 0..5 {
            for condition in (0..7).flat_map(|n| [AtLeast(n), Below(n)]) {
                let ranges = super::Condition::holding(len);
                let in_range = ranges.iter().any(|(from, to)| (*from..=*to).contains(&condition));
                assert_eq!(in_range, condition.holds(len), "{condition:?} of {len}");
            }
        }
    }
}
