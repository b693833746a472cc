//! Commands as bytes: arrays of bulk strings in RESP, written and read.
//!
//! It knows nothing of what a command does. A file can hold any bytes, so a reader takes no more memory than in proportion to
//! those that it has read, whatever lengths they state.

use std::io;
use std::ops::Range;

use super::storage::File;
use super::whole;

/// What ends each line, and each word.
pub(crate) const END: &[u8] = b"\r\n";

/// The longest comment, its newline included: a server reads it into a buffer of 1,024 bytes.
const LONGEST_COMMENT: usize = 1023;

/// The fewest bytes that a word takes, which is an empty one.
const SHORTEST_WORD: u64 = b"$0\r\n\r\n".len() as u64;

/// As many digits as surely fit into 64 bits.
const MOST_DIGITS: usize = 19;

/// How much is read at once.
const CHUNK: usize = 128 * 1024;

/// Commands of no more words than this are handed on without memory of their own.
const FEW: usize = 16;

/// Appends a command.
pub(crate) fn encode(words: &[&[u8]], buffer: &mut Vec<u8>) {
    array(words.len(), buffer);
    for bytes in words {
        word(bytes, buffer);
    }
}

/// Appends the beginning of a command of this many words.
pub(crate) fn array(words: usize, buffer: &mut Vec<u8>) {
    length(b'*', words, buffer);
}

/// Appends a word of a command.
#[expect(clippy::inline_always, reason = "the calls cost a fifth of a commit to the log")]
#[inline(always)]
pub(crate) fn word(bytes: &[u8], buffer: &mut Vec<u8>) {
    header(bytes.len(), buffer);
    buffer.extend_from_slice(bytes);
    buffer.extend_from_slice(END);
}

/// Appends what stands before a word of this many bytes. Its bytes follow, and [`END`].
#[inline]
pub(crate) fn header(bytes: usize, buffer: &mut Vec<u8>) {
    header_behind(*b"$00\r\n", bytes, buffer);
}

/// Appends what ends with such a header, of a word of two digits of bytes. Where there are more or fewer, the header has as many.
#[inline]
pub(crate) fn header_behind<const LEN: usize>(
    mut before: [u8; LEN],
    bytes: usize,
    buffer: &mut Vec<u8>,
) {
    // Most words are such, and this is what a commit to the log spends the most on.
    if let Ok(short @ 10..100) = u8::try_from(bytes) {
        before[LEN - 4] = b'0' + short / 10;
        before[LEN - 3] = b'0' + short % 10;
        buffer.extend_from_slice(&before);
    } else {
        buffer.extend_from_slice(&before[..LEN - b"$00\r\n".len()]);
        other_header(bytes, buffer);
    }
}

#[inline(never)]
fn other_header(bytes: usize, buffer: &mut Vec<u8>) {
    match u8::try_from(bytes) {
        Ok(digit @ 0..10) => buffer.extend_from_slice(&[b'$', b'0' + digit, b'\r', b'\n']),
        _ => length(b'$', bytes, buffer),
    }
}

fn length(mark: u8, length: usize, buffer: &mut Vec<u8>) {
    let mut line = [0; 1 + LONGEST_NUMBER + END.len()];
    let digits = line.len() - END.len();
    line[digits..].copy_from_slice(END);
    let first = digits_before(length as u64, digits, &mut line) - 1;
    line[first] = mark;
    buffer.extend_from_slice(&line[first..]);
}

/// How many digits a number has at most.
const LONGEST_NUMBER: usize = 20;

/// Appends a number as its digits.
pub(crate) fn decimal(number: u64, buffer: &mut Vec<u8>) {
    let mut digits = [0; LONGEST_NUMBER];
    let first = digits_before(number, LONGEST_NUMBER, &mut digits);
    buffer.extend_from_slice(&digits[first..]);
}

/// Puts the digits of a number before a place, and says where they begin.
#[inline]
fn digits_before(mut number: u64, mut place: usize, line: &mut [u8]) -> usize {
    loop {
        place -= 1;
        line[place] = b"0123456789"[(number % 10) as usize];
        number /= 10;
        if number == 0 {
            return place;
        }
    }
}

/// What a decoder comes upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Record,
    /// A line that begins with `#`.
    Comment,
    /// The file ends behind what was found before.
    End,
    /// The file ends within something that may be the beginning of a record or a comment.
    Torn,
    /// Something begins here that is neither.
    Broken,
}

/// Reads one record or comment of a file after the other.
pub(crate) struct Decoder<'f> {
    source: Source<'f>,
    /// Where the words of the record are in it.
    words: Vec<Range<usize>>,
    /// The length of what was found last.
    len: usize,
}

impl<'f> Decoder<'f> {
    /// Reads what is between these offsets.
    pub(crate) fn new(file: &'f dyn File, part: Range<u64>) -> Self {
        Self { source: Source::new(file, part), words: Vec::new(), len: 0 }
    }

    /// Goes on behind what was found last. Where there is no record and no comment, it stays.
    pub(crate) fn next(&mut self) -> io::Result<Found> {
        self.source.skip(self.len);
        self.len = 0;
        loop {
            match parse(self.source.bytes(), &mut self.words) {
                Ok((found, len)) => {
                    self.len = len;
                    return Ok(found);
                }
                Err(Short::Broken) => return Ok(Found::Broken),
                Err(Short::Needs(_)) if self.source.left() == 0 => return Ok(Found::End),
                Err(Short::Needs(len)) if len > self.source.left() => return Ok(Found::Torn),
                Err(Short::Needs(len)) => {
                    if !self.source.more(len)? {
                        return Ok(Found::Torn);
                    }
                }
            }
        }
    }

    /// Where in the file it begins that was found last.
    pub(crate) fn begin(&self) -> u64 {
        self.source.offset
    }

    /// Where in the file it ends that was found last.
    pub(crate) fn end(&self) -> u64 {
        self.source.offset + self.len as u64
    }

    /// What was found last, as it stands in the file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.source.bytes()[..self.len]
    }

    /// Hands on the words of the record that was found last.
    pub(crate) fn words<T>(&self, to: impl FnOnce(&[&[u8]]) -> T) -> T {
        let bytes = self.bytes();
        let words = self.words.iter().map(|range| &bytes[range.clone()]);
        if self.words.len() > FEW {
            return to(&words.collect::<Vec<_>>());
        }
        let mut few = [&bytes[..0]; FEW];
        few.iter_mut().zip(words).for_each(|(place, word)| *place = word);
        to(&few[..self.words.len()])
    }
}

/// Why there is no record at the beginning of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Short {
    /// There may be one if there are at least this many bytes.
    Needs(u64),
    Broken,
}

/// What begins these bytes, how long it is, and where its words are.
fn parse(bytes: &[u8], words: &mut Vec<Range<usize>>) -> Result<(Found, usize), Short> {
    words.clear();
    match bytes.first() {
        None => Err(Short::Needs(1)),
        Some(b'*') => Ok((Found::Record, record(bytes, words)?)),
        Some(b'#') => Ok((Found::Comment, comment(bytes)?)),
        Some(_) => Err(Short::Broken),
    }
}

fn comment(bytes: &[u8]) -> Result<usize, Short> {
    let line = &bytes[..bytes.len().min(LONGEST_COMMENT)];
    match line.iter().position(|&byte| byte == b'\n') {
        Some(at) => Ok(at + 1),
        None if line.len() < LONGEST_COMMENT => Err(Short::Needs(line.len() as u64 + 1)),
        None => Err(Short::Broken),
    }
}

fn record(bytes: &[u8], words: &mut Vec<Range<usize>>) -> Result<usize, Short> {
    let (count, mut at) = number(bytes, 0, b'*')?;
    if count == 0 {
        return Err(Short::Broken);
    }
    for more in (0..count).rev() {
        // What the words that follow take at least tells a length that is a lie before anything is read for it.
        let rest = more.saturating_mul(SHORTEST_WORD);
        let longer = |short| match short {
            Short::Needs(len) => Short::Needs(len.saturating_add(rest)),
            Short::Broken => short,
        };
        let range = a_word(bytes, at).map_err(longer)?;
        at = range.end + END.len();
        words.push(range);
    }
    Ok(at)
}

fn a_word(bytes: &[u8], at: usize) -> Result<Range<usize>, Short> {
    let (len, begin) = number(bytes, at, b'$')?;
    let needed = len.saturating_add((begin + END.len()) as u64);
    if needed > bytes.len() as u64 {
        return Err(Short::Needs(needed));
    }
    // It is in memory, so this fits.
    let end = begin + usize::try_from(len).unwrap_or_default();
    if bytes[end..].starts_with(END) { Ok(begin..end) } else { Err(Short::Broken) }
}

/// A line that states a number, and where the next one begins.
fn number(bytes: &[u8], at: usize, mark: u8) -> Result<(u64, usize), Short> {
    let line = &bytes[at..];
    let missing = Short::Needs(bytes.len() as u64 + 1);
    match line.first() {
        None => return Err(missing),
        Some(&first) if first != mark => return Err(Short::Broken),
        Some(_) => {}
    }
    let digits = line[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, end) = line[1..].split_at(digits);
    let has_zeros = digits.len() > 1 && digits[0] == b'0';
    if digits.len() > MOST_DIGITS || has_zeros || digits.is_empty() && !end.is_empty() {
        return Err(Short::Broken);
    }
    if end.len() < END.len() {
        return Err(if END.starts_with(end) { missing } else { Short::Broken });
    }
    if !end.starts_with(END) {
        return Err(Short::Broken);
    }
    let value = digits.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
    Ok((value, at + 1 + digits.len() + END.len()))
}

/// Part of a file, read from its beginning to its end. The buffer grows only for bytes that were read.
pub(crate) struct Source<'f> {
    file: &'f dyn File,
    /// Where in the file the first byte is that was not skipped.
    offset: u64,
    /// Where the part ends.
    end: u64,
    buffer: Vec<u8>,
    /// What of the buffer was read and not skipped.
    held: Range<usize>,
}

impl<'f> Source<'f> {
    pub(crate) fn new(file: &'f dyn File, part: Range<u64>) -> Self {
        Self { file, offset: part.start, end: part.end, buffer: Vec::new(), held: 0..0 }
    }

    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes there are that were not skipped.
    pub(crate) fn left(&self) -> u64 {
        self.end.saturating_sub(self.offset)
    }

    /// Those of them that were read.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[self.held.clone()]
    }

    pub(crate) fn skip(&mut self, count: usize) {
        self.held.start += count;
        self.offset += count as u64;
    }

    /// Reads on, because there is a use for this many bytes. Returns whether there was anything.
    pub(crate) fn more(&mut self, wanted: u64) -> io::Result<bool> {
        let held = self.held.len();
        self.buffer.copy_within(self.held.clone(), 0);
        self.held = 0..held;
        let left = self.left();
        let room = usize::try_from(wanted.min(left)).unwrap_or(usize::MAX);
        // Doubled at most, as what is wanted may be what damaged bytes state.
        let room = room.min(held.saturating_mul(2)).max(CHUNK);
        let room = room.min(usize::try_from(left).unwrap_or(usize::MAX));
        if self.buffer.len() < room {
            self.buffer.reserve_exact(room - self.buffer.len());
            self.buffer.resize(room, 0);
        }
        let space = self.buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let begin = self.offset + held as u64;
        let count = whole::read(self.file, begin, &mut self.buffer[held..space])?;
        self.held.end += count;
        Ok(count > 0)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{CHUNK, Decoder, END, Found, array, decimal, encode, header, word};
    use crate::log::simulated::Simulated;
    use crate::log::storage::Directory;

    /// What a file of these bytes holds: the words of each record, `#` for a comment, and what ends it.
    fn decoded(bytes: &[u8]) -> io::Result<(Vec<String>, Found, u64)> {
        let file = Simulated::with([("f", bytes)]).open("f")?;
        let mut decoder = Decoder::new(&*file, 0..bytes.len() as u64);
        let mut all = Vec::new();
        loop {
            match decoder.next()? {
                Found::Record => {
                    all.push(decoder.words(|words| words.join(&b' ').escape_ascii().to_string()));
                }
                Found::Comment => all.push("#".to_owned()),
                end => return Ok((all, end, decoder.end())),
            }
        }
    }

    #[test]
    fn commands_are_arrays_of_bulk_strings() {
        let mut bytes = Vec::new();
        encode(&[b"RPUSH", b"", b"\r\n\0"], &mut bytes);
        assert_eq!(bytes, b"*3\r\n$5\r\nRPUSH\r\n$0\r\n\r\n$3\r\n\r\n\0\r\n");
        let mut parts = Vec::new();
        array(3, &mut parts);
        word(b"RPUSH", &mut parts);
        word(b"", &mut parts);
        header(3, &mut parts);
        parts.extend_from_slice(b"\r\n\0");
        parts.extend_from_slice(END);
        assert_eq!(parts, bytes);
    }

    #[test]
    fn numbers_are_their_digits() {
        for (number, digits) in
            [(0, "0"), (9, "9"), (10, "10"), (1024, "1024"), (u64::MAX, "18446744073709551615")]
        {
            let mut bytes = Vec::new();
            decimal(number, &mut bytes);
            assert_eq!(bytes, digits.as_bytes());
        }
    }

    #[test]
    fn encoding_asks_for_no_memory_where_there_is_room() {
        let mut bytes = Vec::with_capacity(64);
        let before = bytes.as_ptr();
        encode(&[b"RPUSH", b"key", b"element"], &mut bytes);
        assert_eq!((bytes.as_ptr(), bytes.capacity()), (before, 64));
    }

    #[test]
    fn what_is_whole_is_read_and_the_rest_is_named() {
        let good: &[u8] = b"*1\r\n$1\r\na\r\n";
        let behind = |rest: &[u8]| {
            let (all, end, at) = decoded(&[good, rest].concat()).expect("a file");
            assert_eq!((all[0].as_str(), at), ("a", 11));
            end
        };
        assert_eq!(behind(b""), Found::End);
        let whole = b"*2\r\n$10\r\n0123456789\r\n$0\r\n\r\n";
        for len in 1..whole.len() {
            assert_eq!(behind(&whole[..len]), Found::Torn, "{len}");
        }
        for torn in
            [&b"#"[..], b"#TS:17", b"*9999\r\n$1\r\nx\r\n", b"*1\r\n$9223372036854775807\r\nx\r\n"]
        {
            assert_eq!(behind(torn), Found::Torn, "{}", torn.escape_ascii());
        }
        for broken in [
            &b"\0"[..],
            b"a",
            b"$1\r\na\r\n",
            b"\r\n",
            b"*\r\n",
            b"*0\r\n",
            b"*-1\r\n",
            b"*01\r\n",
            b"*1\n",
            b"*1\r\r",
            b"*1x",
            b"*1\r\n*1\r\n",
            b"*1\r\n$-1\r\n",
            b"*1\r\n$1\r\nab\r\n",
            b"*1\r\n$1\r\na\n*",
            b"*1\r\n$2\r\na\r\n*",
            b"*10000000000000000000\r\n",
            b"*1\r\n$99999999999999999999\r\n",
            b"*1\r\n$1\r\na\r\r",
        ] {
            assert_eq!(behind(broken), Found::Broken, "{}", broken.escape_ascii());
        }
    }

    #[test]
    fn records_of_all_lengths_and_numbers_of_words_pass_through_the_buffer() {
        let lengths = [0, 1, 100, CHUNK - 20, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 5, CHUNK / 2];
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for (number, len) in lengths.into_iter().cycle().take(30).enumerate() {
            let long = vec![b'x'; len];
            let mut words: Vec<&[u8]> = vec![b"RPUSH", &long];
            words.resize(2 + number * 3, b"e");
            encode(&words, &mut bytes);
            expected.push(words.join(&b' ').escape_ascii().to_string());
        }
        let (all, end, at) = decoded(&bytes).expect("a file");
        assert!(all == expected, "other words");
        assert_eq!((end, at), (Found::End, bytes.len() as u64));
    }
}
