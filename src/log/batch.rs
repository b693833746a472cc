//! Bytes in the order in which they were appended, on their way to the file.

use std::fmt;
use std::io::IoSlice;

use smallvec::SmallVec;

/// How much memory is asked for at once, in bytes. What was copied never moves to a larger piece, as that would stop all
/// writers for the time it takes.
const CHUNK: usize = 64 * 1024;
/// How many chunks an empty batch keeps.
const KEPT_CHUNKS: usize = 16;
/// How many places for long parts an empty batch keeps.
const KEPT_PLACES: usize = 64;

/// From how many bytes on it pays to hand an encoded record over instead of having it copied.
pub(crate) const LONG: usize = 4 * 1024;

/// A piece of what one commit appends.
#[derive(Debug)]
pub(crate) enum Part<'p> {
    /// Is copied.
    Short(&'p [u8]),
    /// Is kept until it is written: [`LONG`] bytes or more.
    Long(Vec<u8>),
}

/// What was appended and not yet written. Its memory is used again once it is cleared.
#[derive(Default)]
pub(super) struct Batch {
    /// Those behind the one that is being filled are empty.
    chunks: Vec<Vec<u8>>,
    filling: usize,
    /// The bytes in chunks.
    copied: usize,
    long: Vec<Long>,
    /// The bytes in long parts.
    referred: usize,
}

/// A long part, and how many copied bytes come before it.
struct Long {
    behind: usize,
    bytes: Vec<u8>,
}

impl Batch {
    /// In bytes.
    pub(super) fn len(&self) -> usize {
        self.copied + self.referred
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many chunks were begun.
    pub(super) fn chunks(&self) -> usize {
        self.filling
    }

    #[inline]
    pub(super) fn push(&mut self, part: Part<'_>) {
        match part {
            Part::Short(bytes) => self.copy(bytes),
            Part::Long(bytes) => {
                self.referred += bytes.len();
                self.long.push(Long { behind: self.copied, bytes });
            }
        }
    }

    #[inline]
    fn copy(&mut self, bytes: &[u8]) {
        self.copied += bytes.len();
        match self.chunks.get_mut(self.filling) {
            Some(chunk) if chunk.capacity() - chunk.len() >= bytes.len() => {
                chunk.extend_from_slice(bytes);
            }
            _ => self.copy_over(bytes),
        }
    }

    /// Has something written behind the rest, of at most that many bytes.
    #[inline]
    pub(super) fn write(&mut self, most: usize, write: impl FnOnce(&mut Vec<u8>)) {
        match self.chunks.get_mut(self.filling) {
            Some(chunk) if chunk.capacity() - chunk.len() >= most => {
                let before = chunk.len();
                write(chunk);
                debug_assert!(chunk.len() - before <= most, "or the chunk could move");
                self.copied += chunk.len() - before;
            }
            _ => {
                let mut bytes = Vec::with_capacity(most);
                write(&mut bytes);
                self.copied += bytes.len();
                self.copy_over(&bytes);
            }
        }
    }

    /// Copies what goes beyond the chunk that is being filled.
    #[cold]
    fn copy_over(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let Some(chunk) = self.chunks.get_mut(self.filling) else {
                self.chunks.push(Vec::with_capacity(CHUNK));
                continue;
            };
            let room = chunk.capacity() - chunk.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            chunk.extend_from_slice(now);
            bytes = later;
            if !bytes.is_empty() {
                self.filling += 1;
            }
        }
    }

    /// All bytes in their order.
    pub(super) fn slices(&self) -> SmallVec<[IoSlice<'_>; 4]> {
        let mut slices = SmallVec::new();
        let mut push = |bytes| {
            if <[u8]>::len(bytes) > 0 {
                slices.push(IoSlice::new(bytes));
            }
        };
        let mut long = self.long.iter().peekable();
        let mut behind = 0;
        for chunk in self.chunks.iter().take(self.filling + 1) {
            let mut rest = chunk.as_slice();
            while let Some(next) = long.next_if(|long| long.behind - behind <= rest.len()) {
                let (before, after) = rest.split_at(next.behind - behind);
                push(before);
                push(&next.bytes);
                (behind, rest) = (next.behind, after);
            }
            push(rest);
            behind += rest.len();
        }
        long.for_each(|long| push(&long.bytes));
        slices
    }

    /// Forgets the bytes and keeps some of the memory.
    pub(super) fn clear(&mut self) {
        self.chunks.truncate(KEPT_CHUNKS);
        self.chunks.iter_mut().for_each(Vec::clear);
        self.long.clear();
        self.long.shrink_to(KEPT_PLACES);
        (self.filling, self.copied, self.referred) = (0, 0, 0);
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Batch, CHUNK, KEPT_CHUNKS, Part};

    fn bytes(batch: &Batch) -> Vec<u8> {
        batch.slices().iter().flat_map(|slice| slice.to_vec()).collect()
    }

    /// Bytes of a length that tell where they are from.
    fn piece(number: usize, len: usize) -> Vec<u8> {
        (0..len).map(|at| u8::try_from((number * 31 + at) % 251).unwrap()).collect()
    }

    #[test]
    fn short_and_long_parts_come_out_in_the_order_in_which_they_were_pushed() {
        let lengths = [0, 1, 50, 4096, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK];
        let mut batch = Batch::default();
        for round in 0..3 {
            let mut expected = Vec::new();
            for number in 0..200 {
                let piece = piece(number, lengths[(number * 5 + round) % lengths.len()]);
                expected.extend_from_slice(&piece);
                match (number + round) % 4 {
                    0 => batch.push(Part::Long(piece)),
                    1 => batch.push(Part::Short(&piece)),
                    // With room to spare, or none.
                    more => batch.write(piece.len() + 40 * (more - 2), |to| to.extend(&piece)),
                }
            }
            assert_eq!(batch.len(), expected.len());
            assert!(bytes(&batch) == expected, "round {round}");
            batch.clear();
            assert!(batch.is_empty());
            assert!(bytes(&batch).is_empty());
        }
    }

    #[test]
    fn a_batch_of_long_parts_alone_has_no_chunk() {
        let mut batch = Batch::default();
        batch.push(Part::Long(b"one".to_vec()));
        batch.push(Part::Long(b"two".to_vec()));
        assert_eq!(bytes(&batch), b"onetwo");
        assert!(batch.chunks.is_empty());
    }

    #[test]
    fn a_cleared_batch_keeps_some_of_its_memory_and_fills_it_again() {
        let mut batch = Batch::default();
        batch.push(Part::Short(&piece(0, 100 * CHUNK)));
        assert_eq!(batch.chunks.len(), 100);
        batch.clear();
        assert_eq!(batch.chunks.len(), KEPT_CHUNKS);
        let kept: Vec<_> = batch.chunks.iter().map(|chunk| chunk.as_ptr()).collect();
        (0..KEPT_CHUNKS).for_each(|number| batch.push(Part::Short(&piece(number, CHUNK))));
        assert_eq!(batch.chunks.iter().map(|chunk| chunk.as_ptr()).collect::<Vec<_>>(), kept);
    }
}
