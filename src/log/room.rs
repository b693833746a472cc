//! The room that a file has behind what was written: a record that a server executes without effect, of zeros, as long as the
//! rest of the file.
//!
//! A batch is written over the beginning of the room, and with it the beginning of what is left. The file consists of records at
//! every moment, of which the last may not be whole, so room that nobody has cut off harms nobody.

use super::checksum::BEGINNING;
use super::record::{self, END};

/// No beginning is longer: it has a number of 20 digits at most.
pub(super) const LONGEST: usize = BEGINNING.len() + 20 + END.len();

/// A write that is on one page is there as a whole or not at all, if its process is killed. Pages are as long as this, or longer.
pub(super) const PAGE: u64 = 4096;

/// An ECHO, as long as any beginning.
pub(super) const PAD: &[u8] = b"*2\r\n$4\r\nECHO\r\n$16\r\nto the next page\r\n";

/// Whether the beginning of room here may be on two pages. With [`PAD`] before it, it is not.
pub(super) fn would_cross_a_page(offset: u64) -> bool {
    offset % PAGE + LONGEST as u64 > PAGE
}

/// Appends the beginning of room of this many zeros, which follow, and [`END`].
pub(super) fn begin(zeros: u64, buffer: &mut Vec<u8>) {
    buffer.extend_from_slice(BEGINNING);
    record::decimal(zeros, buffer);
    buffer.extend_from_slice(END);
}

/// How many bytes of a file are taken by room of this many zeros.
pub(super) fn len(zeros: u64) -> u64 {
    framed(digits_of(zeros)) + zeros
}

/// Of how many zeros the room is that takes this many bytes of a file. None where no record is as long.
pub(super) fn zeros_within(len: u64) -> Option<u64> {
    let fits = |digits| {
        let zeros = len.checked_sub(framed(digits))?;
        (zeros > 0 && digits_of(zeros) == digits).then_some(zeros)
    };
    (1..=20).find_map(fits)
}

fn digits_of(number: u64) -> u64 {
    u64::from(number.checked_ilog10().unwrap_or_default()) + 1
}

/// How many bytes a record has besides its zeros, where their number has this many digits.
fn framed(digits: u64) -> u64 {
    (BEGINNING.len() + 2 * END.len()) as u64 + digits
}

/// Whether an ECHO of this is room.
pub(super) fn is_room(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(|&byte| byte == 0)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, PAD, PAGE, begin, is_room, len, would_cross_a_page, zeros_within};

    #[test]
    fn room_is_an_echo_of_zeros() {
        let mut bytes = Vec::new();
        begin(4, &mut bytes);
        bytes.extend_from_slice(b"\0\0\0\0\r\n");
        assert_eq!(bytes, b"*2\r\n$4\r\nECHO\r\n$4\r\n\0\0\0\0\r\n");
        assert_eq!((len(4), zeros_within(24)), (24, Some(4)));
    }

    #[test]
    fn it_is_as_long_as_it_says() {
        for zeros in (1..2000).chain([9_999, 10_000, 1 << 20, u64::MAX / 2]) {
            let mut bytes = Vec::new();
            begin(zeros, &mut bytes);
            let expected = format!("*2\r\n$4\r\nECHO\r\n${zeros}\r\n");
            assert_eq!(str::from_utf8(&bytes), Ok(&*expected));
            assert_eq!(len(zeros), expected.len() as u64 + zeros + 2);
            assert_eq!(zeros_within(len(zeros)), Some(zeros));
        }
    }

    /// One digit more makes two bytes.
    #[test]
    fn no_room_is_as_long_as_some_lengths() {
        for len in (0..=20).chain([30, 121, 1022, 10_023, 100_024]) {
            assert_eq!(zeros_within(len), None, "{len}");
        }
        let some = [21, 29, 31, 120, 122, 1021, 1023].map(zeros_within);
        assert_eq!(some, [1, 9, 10, 99, 100, 999, 1000].map(Some));
    }

    #[test]
    fn no_beginning_is_longer_than_the_longest() {
        let mut bytes = Vec::new();
        begin(u64::MAX, &mut bytes);
        assert_eq!(bytes.len(), LONGEST);
    }

    /// The number of bytes that a checksum covers may have a digit more with it.
    #[test]
    fn a_pad_brings_a_beginning_to_the_next_page() {
        for offset in 0..3 * PAGE {
            if would_cross_a_page(offset) {
                for longer in [0, 1] {
                    let padded = offset + PAD.len() as u64 + longer;
                    assert!(!would_cross_a_page(padded), "{offset}");
                    assert_eq!(padded / PAGE, offset / PAGE + 1, "{offset}");
                }
            } else {
                assert_eq!((offset + LONGEST as u64 - 1) / PAGE, offset / PAGE, "{offset}");
            }
        }
        assert!(PAD.len() >= LONGEST);
    }

    #[test]
    fn room_holds_nothing_but_zeros() {
        assert!(is_room(b"\0") && is_room(&[0; 100]));
        assert!(!is_room(b"") && !is_room(b"\0\0x\0") && !is_room(b"0"));
    }
}
