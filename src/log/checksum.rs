//! What closes a batch: a record that a server executes without effect, and that tells us whether the batch is whole.
//!
//! `ECHO crc32c:<checksum>:<bytes covered>:<offset known to be synced>`. It covers the bytes before it in the file, as many as it says,
//! and the checksum is over them and over its own text behind the checksum. The offset is one in the same file.

use super::record;

const NAME: &[u8] = b"ECHO";
const MARK: &[u8] = b"crc32c:";
const HEX_DIGITS: usize = 8;

/// What each closing record begins with, and [room](super::room).
pub(crate) const BEGINNING: &[u8] = b"*2\r\n$4\r\nECHO\r\n$";

/// No closing record is longer: it has two numbers of 20 digits at most.
pub(crate) const LONGEST: usize = BEGINNING.len() + 4 + MARK.len() + HEX_DIGITS + LONGEST_TAIL + 2;
const LONGEST_TAIL: usize = 2 * (1 + 20);

/// The checksum of nothing, to begin with.
pub(crate) const EMPTY: u32 = 0;

/// The checksum of bytes that follow others, of which this is the checksum.
pub(crate) fn extend(sum: u32, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(sum, bytes)
}

/// A record that closes a batch, as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closing {
    /// The checksum of the batch and of the numbers.
    sum: u32,
    /// How many bytes before the record it covers.
    pub(crate) covered: u64,
    /// Up to where the file was on disk when this was written.
    pub(crate) synced: u64,
}

/// Appends the record that closes a batch with this checksum, of this many bytes.
pub(crate) fn close(batch: u32, covered: u64, synced: u64, buffer: &mut Vec<u8>) {
    let mut tail = Vec::with_capacity(LONGEST_TAIL);
    print_tail(covered, synced, &mut tail);
    record::array(2, buffer);
    record::word(NAME, buffer);
    record::header(MARK.len() + HEX_DIGITS + tail.len(), buffer);
    buffer.extend_from_slice(MARK);
    print_hex(extend(batch, &tail), buffer);
    buffer.extend_from_slice(&tail);
    buffer.extend_from_slice(record::END);
}

/// What a file begins with, as its first batch: the database to use. It stands alone, because recovery takes a `SELECT` among
/// records without a checksum for a server's.
pub(crate) fn opening() -> Vec<u8> {
    let mut bytes = Vec::new();
    record::encode(&[b"SELECT", b"0"], &mut bytes);
    close(extend(EMPTY, &bytes), bytes.len() as u64, 0, &mut bytes);
    bytes
}

fn print_tail(covered: u64, synced: u64, buffer: &mut Vec<u8>) {
    for number in [covered, synced] {
        buffer.push(b':');
        record::decimal(number, buffer);
    }
}

fn print_hex(number: u32, buffer: &mut Vec<u8>) {
    for place in (0..HEX_DIGITS).rev() {
        let digit = usize::try_from((number >> (4 * place)) & 0xf).unwrap_or_default();
        buffer.push(b"0123456789abcdef"[digit]);
    }
}

/// A record that is meant to close a batch, and makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Senseless;

/// What a record of these words says, if it is meant to close a batch.
pub(crate) fn recognise(words: &[&[u8]]) -> Option<Result<Closing, Senseless>> {
    let &[NAME, text] = words else { return None };
    Some(Closing::read(text.strip_prefix(MARK)?).ok_or(Senseless))
}

impl Closing {
    fn read(text: &[u8]) -> Option<Self> {
        let (sum, tail) = text.split_at_checked(HEX_DIGITS)?;
        if !sum.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        let sum = u32::from_str_radix(str::from_utf8(sum).ok()?, 16).ok()?;
        let (covered, synced) = str::from_utf8(tail).ok()?.strip_prefix(':')?.split_once(':')?;
        let closing = Self { sum, covered: covered.parse().ok()?, synced: synced.parse().ok()? };
        // The checksum is over the text, so there is one text for each number.
        (closing.tail() == tail).then_some(closing)
    }

    fn tail(&self) -> Vec<u8> {
        let mut tail = Vec::with_capacity(LONGEST_TAIL);
        print_tail(self.covered, self.synced, &mut tail);
        tail
    }

    /// Whether it closes a batch with this checksum.
    pub(crate) fn closes(&self, batch: u32) -> bool {
        extend(batch, &self.tail()) == self.sum
    }

    /// Whether it closes the batch that lies between two offsets of a file, given the checksums of all before each. That of
    /// the batch itself need not be known.
    pub(crate) fn closes_between(&self, before: u32, after: u32) -> bool {
        let tail = self.tail();
        let Ok(covered) = usize::try_from(self.covered) else { return false };
        let together = crc32c::crc32c_combine(before, self.sum, covered.saturating_add(tail.len()));
        extend(after, &tail) == together
    }
}

#[cfg(test)]
mod tests {
    use super::{EMPTY, LONGEST, Senseless, close, extend, opening, recognise};

    /// As RFC 3720 has it: of `123456789`, and of 32 zeros.
    #[test]
    fn it_is_crc32c() {
        assert_eq!(extend(EMPTY, b"123456789"), 0xe306_9283);
        assert_eq!(extend(EMPTY, &[0; 32]), 0x8a91_36aa);
        assert_eq!(extend(extend(EMPTY, b"1234"), b"56789"), 0xe306_9283);
    }

    #[test]
    fn the_checksum_is_over_the_batch_and_the_numbers_behind_it() {
        let sum = extend(EMPTY, b"123456789:9:1234");
        let mut bytes = Vec::new();
        close(0xe306_9283, 9, 1234, &mut bytes);
        let expected = format!("*2\r\n$4\r\nECHO\r\n$22\r\ncrc32c:{sum:08x}:9:1234\r\n");
        assert_eq!(String::from_utf8(bytes).as_deref(), Ok(&*expected));

        let text = format!("crc32c:{sum:08x}:9:1234");
        let closing = recognise(&[b"ECHO", text.as_bytes()]).expect("it is meant to be one");
        let closing = closing.expect("it is one");
        assert_eq!((closing.covered, closing.synced), (9, 1234));
        assert!(closing.closes(0xe306_9283));
        assert!(!closing.closes(0xe306_9282));
        let (before, after) = (extend(EMPTY, b"before"), extend(EMPTY, b"before123456789"));
        assert!(closing.closes_between(before, after));
        assert!(!closing.closes_between(before, before));
        let shifted = (extend(EMPTY, b"befor"), extend(EMPTY, b"befor123456789"));
        assert!(closing.closes_between(shifted.0, shifted.1));
        assert!(!closing.closes_between(shifted.0, after));
    }

    #[test]
    fn changed_numbers_are_not_covered() {
        let sum = extend(EMPTY, b"123456789:9:1234");
        for tail in ["9:1235", "8:1234", "9:123", "0:0"] {
            let text = format!("crc32c:{sum:08x}:{tail}");
            let closing =
                recognise(&[b"ECHO", text.as_bytes()]).and_then(Result::ok).expect("it is one");
            assert!(!closing.closes(0xe306_9283), "{tail}");
        }
    }

    #[test]
    fn what_closes_no_batch_is_told_from_what_was_meant_to() {
        for words in [
            &["ECHO", "hello"][..],
            &["ECHO"],
            &["echo", "crc32c:00000000:0:0"],
            &["ECHO", "crc32c:", "x"],
        ] {
            let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
            assert_eq!(recognise(&words), None, "{words:?}");
        }
        for text in [
            "",
            "0",
            "00000000",
            "00000000:",
            "00000000:1",
            "00000000:1:",
            "00000000:1:2:3",
            "0000000g:1:2",
            "0000000A:1:2",
            "+0000000:1:2",
            "00000000:01:2",
            "00000000:+1:2",
            "00000000:-1:2",
            "00000000:1 :2",
            "00000000:1:18446744073709551616",
            "00000000:1:\0",
            "\0\0\0\0\0\0\0\0:1:2",
        ] {
            let text = format!("crc32c:{text}");
            assert_eq!(recognise(&[b"ECHO", text.as_bytes()]), Some(Err(Senseless)), "{text:?}");
        }
    }

    #[test]
    fn none_is_longer_than_the_longest() {
        let mut bytes = Vec::new();
        close(1, u64::MAX, u64::MAX, &mut bytes);
        assert_eq!(bytes.len(), LONGEST);
    }

    #[test]
    fn a_file_opens_with_its_database_in_a_batch_of_its_own() {
        let select = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n";
        let sum = extend(EMPTY, format!("{select}:23:0").as_bytes());
        let expected = format!("{select}*2\r\n$4\r\nECHO\r\n$20\r\ncrc32c:{sum:08x}:23:0\r\n");
        assert_eq!(String::from_utf8(opening()).as_deref(), Ok(&*expected));
    }
}
