//! An observer that writes down every change, as the commands of Redis that make it: what a log keeps.
//!
//! Each command does on a server of Redis 7.0 exactly what was done here. What such a server has no command for, or may do
//! otherwise, is said by its effect.

use std::hash::BuildHasher;
use std::iter;
use std::ops::Range;

use super::change::{Change, Origin, Side};
use super::key::{Key, RandomState};
use super::log_copies::LogCopies;
use crate::Direction;
use crate::clock::UnixTime;
use crate::list::List;
use crate::log::{LONG, Part, Position, Writer, record};

/// How much memory a buffer keeps to be used again.
const KEPT: usize = 4096;

/// Commands, one behind the other, that are in no commit yet.
#[derive(Debug, Default)]
pub(super) struct Records {
    bytes: Vec<u8>,
    /// What is long enough to be handed over instead of being copied once more, and behind how many of the bytes it belongs.
    long: Vec<(usize, Vec<u8>)>,
    commands: usize,
    /// How many of them nobody waits for: they remove what has expired, and would do so again.
    unawaited: usize,
    /// How many long words were copied here, and so under a lock.
    #[cfg(test)]
    copied: usize,
}

/// The records of a shard.
#[derive(Debug)]
pub(crate) struct Journal {
    records: Records,
    /// The command that was written last, if it pushes. Pushes to the same end of the same list that follow each other are one.
    push: Option<Push>,
    marks: Marks,
}

/// A command that pushes, as the last of the records.
#[derive(Debug)]
struct Push {
    begin: usize,
    key: Range<usize>,
    end: Direction,
    elements: usize,
}

/// What a command that pushes one element begins with, up to the bytes of its key.
const PUSH_ONE: [[u8; 20]; 2] =
    [*b"*3\r\n$5\r\nLPUSH\r\n$00\r\n", *b"*3\r\n$5\r\nRPUSH\r\n$00\r\n"];
/// Where in it the number of its words is.
const WORDS: Range<usize> = 1..2;

/// What a command that pops one element begins with, up to the bytes of its key.
const POP_ONE: [[u8; 19]; 2] = [*b"*2\r\n$4\r\nLPOP\r\n$00\r\n", *b"*2\r\n$4\r\nRPOP\r\n$00\r\n"];

/// What stands between a key and the bytes of an element.
const ELEMENT: [u8; 7] = *b"\r\n$00\r\n";

/// No fewer bytes than the headers of a command can take beyond those above, and what ends it.
const LONGEST_HEADERS: usize = 64;

/// Begins a command on a key, which its first bytes end with the header of, up to what ends the key.
#[inline]
fn begin<const LEN: usize>(first: [u8; LEN], key: &[u8], to: &mut Vec<u8>) {
    record::header_behind(first, key.len(), to);
    to.extend_from_slice(key);
}

impl Records {
    pub(super) fn is_empty(&self) -> bool {
        self.commands == 0
    }

    /// Whether anybody is to wait until this is kept.
    pub(super) fn is_awaited(&self) -> bool {
        self.commands > self.unawaited
    }

    /// How many long words were copied here, and so under a lock.
    #[cfg(test)]
    pub(super) fn copied(&self) -> usize {
        self.copied
    }

    pub(super) fn flushed(&mut self) {
        self.add(&[b"FLUSHDB"]);
    }

    fn add(&mut self, words: &[&[u8]]) {
        record::array(words.len(), &mut self.bytes);
        for word in words {
            self.word(word);
        }
        self.commands += 1;
    }

    /// Begins a command on a key, which its first bytes end with the header of.
    #[inline]
    fn begin<const LEN: usize>(&mut self, first: [u8; LEN], key: &[u8]) {
        begin(first, key, &mut self.bytes);
        self.bytes.extend_from_slice(record::END);
        self.commands += 1;
    }

    #[inline]
    fn word(&mut self, word: &[u8]) {
        if word.len() < LONG { record::word(word, &mut self.bytes) } else { self.long_word(word) }
    }

    #[cold]
    fn long_word(&mut self, word: &[u8]) {
        record::header(word.len(), &mut self.bytes);
        let copy = LogCopies::take(word);
        #[cfg(test)]
        {
            self.copied += usize::from(copy.is_none());
        }
        self.long.push((self.bytes.len(), copy.unwrap_or_else(|| word.to_vec())));
        self.bytes.extend_from_slice(record::END);
    }

    /// Takes over what a shard has written down.
    pub(super) fn take_over(&mut self, journal: &mut Journal) {
        let more = journal.records();
        let before = self.bytes.len();
        self.long.extend(more.long.drain(..).map(|(behind, bytes)| (before + behind, bytes)));
        self.bytes.extend_from_slice(&more.bytes);
        self.commands += more.commands;
        self.unawaited += more.unawaited;
        more.clear();
    }

    /// Writes all of this down as one commit, and forgets it. Returns where it ends, if it is anything.
    #[inline]
    pub(super) fn commit(&mut self, log: &Writer) -> Option<Position> {
        let end = match self.commands {
            0 => return None,
            1 if self.long.is_empty() => log.append([Part::Short(&self.bytes)]),
            _ => self.commit_parts(log),
        };
        self.clear();
        Some(end)
    }

    fn commit_parts(&mut self, log: &Writer) -> Position {
        const BEGIN: &[u8] = b"*1\r\n$5\r\nMULTI\r\n";
        const END: &[u8] = b"*1\r\n$4\r\nEXEC\r\n";
        match (self.commands, self.long.is_empty()) {
            (1, _) => log.append(parts(&self.bytes, &mut self.long)),
            (_, true) => log.append([BEGIN, &self.bytes, END].map(Part::Short)),
            (_, false) => {
                let parts = parts(&self.bytes, &mut self.long);
                let begun = iter::once(Part::Short(BEGIN)).chain(parts);
                log.append(begun.chain([Part::Short(END)]))
            }
        }
    }

    /// Of how many words a command is that begins there, which said three.
    fn tell_words(&mut self, begin: usize, words: usize) {
        let mut digits = Vec::new();
        record::decimal(words as u64, &mut digits);
        let (place, more) = (begin + WORDS.start..begin + WORDS.end, digits.len() - WORDS.len());
        self.bytes.splice(place, digits);
        let behind = self.long.iter_mut().filter(|(behind, _)| *behind > begin);
        behind.for_each(|(behind, _)| *behind += more);
    }

    /// Hands all of this on, and forgets it.
    pub(super) fn hand_on(&mut self, to: impl FnOnce(&mut dyn Iterator<Item = Part<'_>>)) {
        if !self.is_empty() {
            to(&mut parts(&self.bytes, &mut self.long));
            self.clear();
        }
    }

    /// The memory is used again, unless it is much.
    #[inline]
    fn clear(&mut self) {
        self.bytes.clear();
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
        self.long.clear();
        self.commands = 0;
        self.unawaited = 0;
    }
}

/// Bytes with what is long in between.
fn parts<'r>(
    bytes: &'r [u8],
    long: &'r mut Vec<(usize, Vec<u8>)>,
) -> impl Iterator<Item = Part<'r>> {
    let mut long = long.drain(..).peekable();
    let mut begin = 0;
    iter::from_fn(move || {
        if let Some((_, bytes)) = long.next_if(|(behind, _)| *behind == begin) {
            return Some(Part::Long(bytes));
        }
        let end = long.peek().map_or(bytes.len(), |(behind, _)| *behind);
        let part = &bytes[begin..end];
        begin = end;
        (!part.is_empty()).then_some(Part::Short(part))
    })
}

impl Journal {
    pub(super) fn new(hasher: RandomState) -> Self {
        Self { records: Records::default(), push: None, marks: Marks { hasher, drawn: 0 } }
    }

    /// What was written down since this was last emptied.
    #[inline]
    pub(super) fn records(&mut self) -> &mut Records {
        self.end_push();
        &mut self.records
    }

    /// How many bytes were written down since this was last emptied.
    pub(super) fn size(&self) -> usize {
        let long: usize = self.records.long.iter().map(|(_, bytes)| bytes.len()).sum();
        self.records.bytes.len() + long
    }

    /// Writes down a change of a key, whose list this is when the change is noted.
    pub(super) fn note<'l>(
        &mut self,
        key: Key<'_>,
        change: Change<'_>,
        list: impl FnOnce() -> Option<&'l List>,
    ) {
        let key = key.bytes;
        match change {
            Change::Push { end, element } => self.push(key, end, element),
            Change::Pop { end, count: 1 } => {
                self.end_push();
                self.records.begin(POP_ONE[end as usize], key);
            }
            Change::Pop { end, count } => self.add(&[pop(end), key, &number(count)]),
            Change::Rotate { from, to } => self.add(&[b"LMOVE", key, key, word(from), word(to)]),
            Change::Set { position, element } => {
                self.add(&[b"LSET", key, &number(position), element]);
            }
            Change::Insert { side, pivot, element } => {
                let side: &[u8] = if side == Side::Before { b"BEFORE" } else { b"AFTER" };
                self.add(&[b"LINSERT", key, side, pivot, element]);
            }
            Change::Remove { count, element } => self.add(&[b"LREM", key, &number(count), element]),
            Change::Trim { start, stop } if start < stop => {
                self.add(&[b"LTRIM", key, &number(start), &number(stop - 1)]);
            }
            Change::TakeBack { position } => self.take_back(key, position),
            Change::GiveBack { end, place, element } => match list() {
                Some(list) if place > 0 => self.give_back(key, list, end, place, element),
                _ => self.push(key, end, element),
            },
            Change::Trim { .. } | Change::Delete => self.add(&[b"DEL", key]),
            Change::Leave => {}
            Change::Expired => {
                self.add(&[b"DEL", key]);
                self.records.unawaited += 1;
            }
            Change::Deadline(Some(UnixTime(at))) => self.add(&[b"PEXPIREAT", key, &number(at)]),
            Change::Deadline(None) => self.add(&[b"PERSIST", key]),
            Change::Put { list, origin: Origin::Made } => {
                self.add(&[b"DEL", key]);
                list.iter().for_each(|element| self.push(key, Direction::Right, element));
            }
            Change::Put { origin: Origin::Renamed(source), .. } => {
                self.add(&[b"RENAME", source.key, key]);
            }
            Change::Put { origin: Origin::Copied(source), .. } => {
                self.add(&[b"COPY", source.key, key, b"REPLACE"]);
            }
        }
    }

    pub(super) fn add(&mut self, words: &[&[u8]]) {
        self.end_push();
        self.records.add(words);
    }

    pub(super) fn push(&mut self, key: &[u8], end: Direction, element: &[u8]) {
        let Self { records, push, .. } = self;
        match push {
            Some(push) if push.end == end && records.bytes[push.key.clone()] == *key => {
                push.elements += 1;
            }
            _ => self.begin_push(key, end),
        }
        self.records.word(element);
    }

    /// A commit that pushes one short element and does nothing else.
    #[inline]
    pub(super) fn commit_push(
        &mut self,
        key: &[u8],
        end: Direction,
        element: &[u8],
        log: &Writer,
    ) -> Position {
        debug_assert!(element.len() < LONG, "the log refers to a long one");
        debug_assert!(self.records.is_empty(), "nothing is left of another commit");
        let most = PUSH_ONE[0].len() + key.len() + ELEMENT.len() + element.len() + LONGEST_HEADERS;
        log.append_written(most, |to| {
            begin(PUSH_ONE[end as usize], key, to);
            record::header_behind(ELEMENT, element.len(), to);
            to.extend_from_slice(element);
            to.extend_from_slice(record::END);
        })
    }

    /// A commit that pops one element and does nothing else.
    #[inline]
    pub(super) fn commit_pop(&mut self, key: &[u8], end: Direction, log: &Writer) -> Position {
        debug_assert!(self.records.is_empty(), "nothing is left of another commit");
        let most = POP_ONE[0].len() + key.len() + LONGEST_HEADERS;
        log.append_written(most, |to| {
            begin(POP_ONE[end as usize], key, to);
            to.extend_from_slice(record::END);
        })
    }

    #[inline]
    fn begin_push(&mut self, key: &[u8], end: Direction) {
        self.end_push();
        let begin = self.records.bytes.len();
        self.records.begin(PUSH_ONE[end as usize], key);
        let behind = self.records.bytes.len() - record::END.len();
        let key = behind - key.len()..behind;
        self.push = Some(Push { begin, key, end, elements: 1 });
    }

    #[inline]
    fn end_push(&mut self) {
        if let Some(Push { begin, elements, .. }) = self.push.take()
            && elements > 1
        {
            self.records.tell_words(begin, 2 + elements);
        }
    }

    /// Removes by position: the element there becomes one that no other equals.
    pub(super) fn take_back(&mut self, key: &[u8], position: usize) {
        let mark = self.marks.draw();
        self.add(&[b"LSET", key, &number(position), &mark]);
        self.add(&[b"LREM", key, b"1", &mark]);
    }

    /// Inserts by position: the element that stands there becomes one that no other equals, and afterwards itself again.
    fn give_back(&mut self, key: &[u8], list: &List, end: Direction, place: usize, element: &[u8]) {
        let position = if end == Direction::Left { place } else { list.len() - place };
        let Some(old) = list.get(position) else {
            return self.push(key, Direction::Right, element);
        };
        if position == 0 {
            return self.push(key, Direction::Left, element);
        }
        let mark = self.marks.draw();
        self.add(&[b"LSET", key, &number(position), &mark]);
        self.add(&[b"LINSERT", key, b"BEFORE", &mark, element]);
        self.add(&[b"LSET", key, &number(position + 1), old]);
    }
}

/// Draws elements that nobody pushes: 128 bits of the keyed hash of a counter.
#[derive(Debug)]
struct Marks {
    hasher: RandomState,
    drawn: u64,
}

impl Marks {
    fn draw(&mut self) -> [u8; 16] {
        let mut half = || {
            self.drawn += 1;
            self.hasher.hash_one(self.hasher.hash_one(self.drawn)).to_le_bytes()
        };
        let mut mark = [0; 16];
        let (first, second) = mark.split_at_mut(8);
        first.copy_from_slice(&half());
        second.copy_from_slice(&half());
        mark
    }
}

pub(super) fn pop(end: Direction) -> &'static [u8] {
    if end == Direction::Left { b"LPOP" } else { b"RPOP" }
}

fn word(end: Direction) -> &'static [u8] {
    if end == Direction::Left { b"LEFT" } else { b"RIGHT" }
}

pub(super) fn number(number: impl ToString + Copy) -> Vec<u8> {
    number.to_string().into_bytes()
}
