//! Commands out of a stream of bytes, read as a server reads them, but told apart from damage more strictly.
//!
//! It knows nothing of what a command does. Whatever the bytes are, no more memory is taken than they fill.

use std::io::{self, BufRead, Read};
use std::ops::RangeInclusive;

use super::Kind;
use crate::quoting;

/// The most words of one command, and the most bytes of one word: a server's own limits.
const WORDS: RangeInclusive<u64> = 1..=1024 * 1024;
const BYTES: RangeInclusive<u64> = 0..=512 * 1024 * 1024;

/// The longest line that gives a length, and the longest line that is a command, their ends included.
const MAX_LENGTH: u64 = 32;
const MAX_LINE: u64 = 64 * 1024;

/// Where the trouble is, and what it is.
type Trouble = (u64, Kind);

/// The commands of a stream.
pub(super) struct Commands<R> {
    input: R,
    /// How many bytes were read.
    offset: u64,
    /// Where the last command begins.
    start: u64,
    /// Whether commands may be lines of text. Only in a stream that begins with one: elsewhere a line is damage.
    lines: bool,
}

impl<R: BufRead> Commands<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, offset: 0, start: 0, lines: false }
    }

    /// How many bytes were read.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes into the stream the last command begins.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// The words of the next command; none at the end of the stream.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Vec<u8>>>, Trouble> {
        loop {
            let first = self.peek()?;
            self.start = self.offset;
            if self.offset == 0 {
                self.lines = first != Some(b'*');
            }
            match first {
                None => return Ok(None),
                Some(byte) if byte == b'*' || !self.lines => return self.array().map(Some),
                Some(_) => {
                    let words = self.line()?;
                    if !words.is_empty() {
                        return Ok(Some(words));
                    }
                }
            }
        }
    }

    /// A command as an array of byte strings.
    fn array(&mut self) -> Result<Vec<Vec<u8>>, Trouble> {
        let count = self.length(b'*', WORDS, "no command begins here")?;
        let mut words = Vec::new();
        for _ in 0..count {
            let len = self.length(b'$', BYTES, "no word begins here")?;
            words.push(self.word(len)?);
        }
        // Where a length was damaged, the words may be whole and yet not those that were meant. Then it is here that
        // the stream stops making sense.
        match self.peek()? {
            Some(byte) if byte != b'*' && !self.lines => {
                Err(damaged(self.offset, "what follows the command is not a command"))
            }
            _ => Ok(words),
        }
    }

    /// A command as people type it, or no words if the line is empty.
    fn line(&mut self) -> Result<Vec<Vec<u8>>, Trouble> {
        let start = self.offset;
        let mut line = Vec::new();
        self.fill(|input| input.take(MAX_LINE).read_until(b'\n', &mut line))?;
        if !line.ends_with(b"\n") {
            let cut = (line.len() as u64) < MAX_LINE;
            let what = if cut {
                "the stream ends in the middle of a line"
            } else {
                "the line is too long"
            };
            return Err(damaged(start, what));
        }
        quoting::split_words(&line).ok_or(damaged(start, "the line has unbalanced quotes"))
    }

    fn peek(&mut self) -> Result<Option<u8>, Trouble> {
        loop {
            match self.input.fill_buf() {
                Ok(rest) => return Ok(rest.first().copied()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err((self.offset, Kind::Io(error))),
            }
        }
    }

    /// A line that gives a length, after the mark of what it is the length of.
    fn length(
        &mut self,
        mark: u8,
        legal: RangeInclusive<u64>,
        otherwise: &'static str,
    ) -> Result<u64, Trouble> {
        let start = self.offset;
        let mut line = Vec::new();
        self.fill(|input| input.take(MAX_LENGTH).read_until(b'\n', &mut line))?;
        if !line.ends_with(b"\n") && (line.len() as u64) < MAX_LENGTH {
            return Err(damaged(start, "the stream ends in the middle of a length"));
        }
        let digits = line.strip_prefix(&[mark]).and_then(|rest| rest.strip_suffix(b"\r\n"));
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_digit));
        let length = digits.and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
        length.filter(|length| legal.contains(length)).ok_or(damaged(start, otherwise))
    }

    /// A word of that many bytes, and the end of its line.
    fn word(&mut self, len: u64) -> Result<Vec<u8>, Trouble> {
        let start = self.offset;
        let mut word = Vec::new();
        // It grows as bytes arrive: a length that is a lie allocates nothing.
        self.fill(|input| input.take(len + 2).read_to_end(&mut word))?;
        if word.len() as u64 != len + 2 {
            return Err(damaged(start, "the stream ends in the middle of a word"));
        }
        if !word.ends_with(b"\r\n") {
            return Err(damaged(start, "the word does not have the length it states"));
        }
        word.truncate(word.len() - 2);
        Ok(word)
    }

    fn fill(&mut self, read: impl FnOnce(&mut R) -> io::Result<usize>) -> Result<(), Trouble> {
        match read(&mut self.input) {
            Ok(count) => {
                self.offset += count as u64;
                Ok(())
            }
            Err(error) => Err((self.offset, Kind::Io(error))),
        }
    }
}

fn damaged(offset: u64, what: &'static str) -> Trouble {
    (offset, Kind::Damaged(what))
}
