//! An element that a list is searched for, and a quick way to see that a node does not have it.
//!
//! To go from one element to the next takes longer than to look through all their bytes at once. So the bytes of a node
//! are looked through first, for a part of the element, wherever it may begin; only in a node that has it are the elements
//! compared one by one. Where it is often found inside other elements, that is given up.

use std::cell::Cell;

use memchr::arch::all::packedpair::HeuristicFrequencyRank;
use memchr::memmem::{Finder, FinderBuilder};

use super::packed;

/// The bytes of an element that are looked for: few enough to be compared at once.
const PART: usize = 16;

/// The bytes of a list that tell which bytes are rare in it.
const SAMPLE: usize = 255;

/// What a node adds to the doubt that has the part and not the element; one without the part takes 1 away.
const MISLED: u32 = 8;

/// With more doubt the bytes are no longer looked through.
const TOO_MUCH: u32 = 8 * MISLED;

pub(super) struct Wanted<'e> {
    element: &'e [u8],
    finder: Option<Finder<'e>>,
    doubt: Cell<u32>,
}

impl<'e> Wanted<'e> {
    /// To be looked for among few elements.
    pub(super) fn among_few(element: &'e [u8]) -> Self {
        Self { element, finder: None, doubt: Cell::new(0) }
    }

    /// To be looked for among many elements, such as those in these bytes.
    pub(super) fn among_many(element: &'e [u8], bytes: &[u8]) -> Self {
        if element.is_empty() || element.len() > packed::MAX_LEN {
            return Self::among_few(element);
        }
        let counts = Counts::of(bytes);
        let part = counts.part(element);
        let finder = FinderBuilder::new().build_forward_with_ranker(counts, part);
        Self { finder: Some(finder), ..Self::among_few(element) }
    }

    #[inline]
    pub(super) fn element(&self) -> &'e [u8] {
        self.element
    }

    /// Whether the element can be among these packed ones.
    pub(super) fn may_be_in(&self, bytes: &[u8]) -> bool {
        let doubt = self.doubt.get();
        match &self.finder {
            Some(finder) if doubt <= TOO_MUCH => {
                let found = finder.find(bytes).is_some();
                if !found {
                    self.doubt.set(doubt.saturating_sub(1));
                }
                found
            }
            _ => true,
        }
    }

    /// Notes that some elements, which it could be among, were compared, and whether it was there.
    pub(super) fn compared(&self, found: bool) {
        if !found && self.doubt.get() <= TOO_MUCH {
            self.doubt.set(self.doubt.get() + MISLED);
        }
    }
}

/// How often each byte is in a sample.
struct Counts([u8; 256]);

impl Counts {
    fn of(bytes: &[u8]) -> Self {
        let mut counts = [0; 256];
        for byte in &bytes[..bytes.len().min(SAMPLE)] {
            counts[usize::from(*byte)] += 1;
        }
        Self(counts)
    }

    /// The part of an element around its rarest byte.
    fn part<'e>(&self, element: &'e [u8]) -> &'e [u8] {
        let rarest = (0..element.len()).min_by_key(|at| self.rank(element[*at])).unwrap_or(0);
        let len = element.len().min(PART);
        let start = rarest.saturating_sub(PART / 2).min(element.len() - len);
        &element[start..start + len]
    }
}

impl HeuristicFrequencyRank for Counts {
    fn rank(&self, byte: u8) -> u8 {
        self.0[usize::from(byte)]
    }
}

#[cfg(test)]
mod tests {
    use super::{MISLED, TOO_MUCH, Wanted};

    const ELEMENT: &[u8] = b"needle";

    #[test]
    fn bytes_without_the_element_are_told_from_those_that_may_have_it() {
        for element in [&b"a"[..], ELEMENT, &[b'x'; 127], b"sixteen or more bytes, rarest last: ?"]
        {
            let wanted =
                Wanted::among_many(element, b"xxxxxxxxxxxxxxx sixteen or more bytes, rarest last:");
            assert!(!wanted.may_be_in(&[b'y'; 2_000]));
            for before in 0..300 {
                assert!(wanted.may_be_in(&[&vec![b'y'; before], element, b"yyy"].concat()));
            }
        }
    }

    /// Or each node would be gone through twice.
    #[test]
    fn an_element_that_is_inside_of_others_everywhere_is_not_looked_for_much_longer() {
        let wanted = Wanted::among_many(ELEMENT, b"a needle, a needle");
        for misled in 0..=TOO_MUCH / MISLED {
            assert!(wanted.finder.is_some() && wanted.doubt.get() == misled * MISLED);
            assert!(wanted.may_be_in(b"a needle"));
            wanted.compared(false);
        }
        assert!(wanted.may_be_in(b"nothing of it"));
    }

    #[test]
    fn an_element_that_is_inside_of_others_now_and_then_is_looked_for_all_the_time() {
        let wanted = Wanted::among_many(ELEMENT, b"a needle, a needle");
        for node in 0..10_000 {
            let is_misled = node % 10 == 0;
            if is_misled {
                assert!(wanted.may_be_in(b"needles"));
                wanted.compared(false);
            } else {
                assert!(!wanted.may_be_in(b"nothing of it"));
            }
        }
    }

    #[test]
    fn what_is_empty_or_too_long_to_be_packed_is_not_looked_for() {
        for element in [&[][..], &[7; 128]] {
            assert!(Wanted::among_many(element, &[7; 300]).may_be_in(b"nothing of it"));
        }
    }
}
