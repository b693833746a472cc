//! An element that a list is searched for, and a quick way to see that a node does not have it.
//!
//! To go from one element to the next takes longer than to look through all their bytes at once. So the bytes of a node
//! are looked through first, for a part of the element, wherever it may begin; only in a node that has it are the elements
//! compared one by one. Where it is often found inside other elements, that is given up.

use std::cell::{Cell, OnceCell};

use memchr::arch::all::packedpair::HeuristicFrequencyRank;
use memchr::memmem::{Finder, FinderBuilder};

use super::packed;

/// The bytes of an element that are looked for: few enough to be compared at once.
const PART: usize = 16;

/// The bytes of a list that tell which bytes are rare in it.
const SAMPLE: usize = 255;

/// How often the rarest byte of an element may be in the sample. Where all of them are more frequent, as the digits of numbers
/// are among numbers, it takes longer to rule out the places that look like the element than to compare the elements.
const RARE: u8 = 2;

/// What a node adds to the doubt that has the part and not the element; one without the part takes 1 away.
const MISLED: u32 = 8;

/// With more doubt the bytes are no longer looked through.
const TOO_MUCH: u32 = 8 * MISLED;

/// How many nodes are gone through element by element first: most of what is looked for near an end is found there, and it
/// takes as long as a node to get ready for looking through others.
const NEAR: u32 = 4;

pub(super) struct Wanted<'e> {
    element: &'e [u8],
    near: Cell<u32>,
    /// None if bytes are not worth looking through.
    finder: OnceCell<Option<Finder<'e>>>,
    doubt: Cell<u32>,
}

impl<'e> Wanted<'e> {
    pub(super) fn new(element: &'e [u8]) -> Self {
        Self { element, near: Cell::new(0), finder: OnceCell::new(), doubt: Cell::new(0) }
    }

    #[inline]
    pub(super) fn element(&self) -> &'e [u8] {
        self.element
    }

    /// Whether the element can be among these packed ones.
    pub(super) fn may_be_in(&self, bytes: &[u8]) -> bool {
        let near = self.near.get();
        if near < NEAR {
            self.near.set(near + 1);
            return true;
        }
        let doubt = self.doubt.get();
        match self.finder.get_or_init(|| finder(self.element, bytes)) {
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
        if !found && self.finder.get().is_some() && self.doubt.get() <= TOO_MUCH {
            self.doubt.set(self.doubt.get() + MISLED);
        }
    }
}

/// What looks for an element among others such as those in these bytes.
fn finder<'e>(element: &'e [u8], bytes: &[u8]) -> Option<Finder<'e>> {
    if element.is_empty() || element.len() > packed::MAX_LEN {
        return None;
    }
    let counts = Counts::of(bytes);
    let rarest = counts.rarest(element);
    if counts.rank(element[rarest]) > RARE {
        return None;
    }
    let part = part_around(rarest, element);
    Some(FinderBuilder::new().build_forward_with_ranker(counts, part))
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

    /// Where the rarest byte of an element is.
    fn rarest(&self, element: &[u8]) -> usize {
        (0..element.len()).min_by_key(|at| self.rank(element[*at])).unwrap_or(0)
    }
}

/// As much of an element as is looked for.
fn part_around(position: usize, element: &[u8]) -> &[u8] {
    let len = element.len().min(PART);
    let start = position.saturating_sub(PART / 2).min(element.len() - len);
    &element[start..start + len]
}

impl HeuristicFrequencyRank for Counts {
    fn rank(&self, byte: u8) -> u8 {
        self.0[usize::from(byte)]
    }
}

#[cfg(test)]
mod tests {
    use super::{MISLED, NEAR, TOO_MUCH, Wanted};

    const ELEMENT: &[u8] = b"needle";

    /// The element as it is looked for behind some nodes, the last of which had these bytes.
    fn behind<'e>(element: &'e [u8], bytes: &[u8]) -> Wanted<'e> {
        let wanted = Wanted::new(element);
        for _ in 0..NEAR {
            assert!(wanted.may_be_in(b"nothing of it"));
            wanted.compared(false);
        }
        wanted.may_be_in(bytes);
        wanted
    }

    fn looks_through_bytes(wanted: &Wanted<'_>) -> bool {
        matches!(wanted.finder.get(), Some(Some(_)))
    }

    #[test]
    fn bytes_without_the_element_are_told_from_those_that_may_have_it() {
        for element in [&b"a"[..], ELEMENT, &[b'x'; 127], b"sixteen or more bytes, rarest last: ?"]
        {
            let wanted = behind(element, b"sizteen or more bytes, rarest last:");
            assert!(!wanted.may_be_in(&[b'y'; 2_000]));
            for before in 0..300 {
                assert!(wanted.may_be_in(&[&vec![b'y'; before], element, b"yyy"].concat()));
            }
        }
    }

    /// Or each node would be gone through twice.
    #[test]
    fn an_element_that_is_inside_of_others_everywhere_is_not_looked_for_much_longer() {
        let wanted = behind(ELEMENT, b"a needle");
        for misled in 0..=TOO_MUCH / MISLED {
            assert_eq!(wanted.doubt.get(), misled * MISLED);
            assert!(wanted.may_be_in(b"a needle"));
            wanted.compared(false);
        }
        assert!(wanted.may_be_in(b"nothing of it"));
    }

    #[test]
    fn an_element_that_is_inside_of_others_now_and_then_is_looked_for_all_the_time() {
        let wanted = behind(ELEMENT, b"a needle");
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
    fn bytes_are_not_looked_through_for_what_consists_of_frequent_ones() {
        let digits = b"0123456789".repeat(30);
        assert!(!looks_through_bytes(&behind(b"4711", &digits)));
        assert!(looks_through_bytes(&behind(b"4711 a", &digits)));
    }

    #[test]
    fn what_is_empty_or_too_long_to_be_packed_is_not_looked_for() {
        for element in [&[][..], &[7; 128]] {
            assert!(behind(element, &[7; 300]).may_be_in(b"nothing of it"));
        }
    }
}
