//! Which words of a command are keys.

use std::ops::Range;

use smallvec::SmallVec;

use super::arguments::{is_word, strict_integer};

/// One or several keys of a command, and what it does with them.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeySpec {
    /// In Redis's words: `RO`, `RW`, `OW` or `RM`, and what is done with the data.
    pub(super) access: &'static [&'static str],
    pub(super) find: Find,
}

/// How the keys are found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Find {
    /// From one position to the other. The last is relative to the first, or counted from the end if negative.
    Range { first: i64, last: i64 },
    /// As many as the word at this position says, right behind it.
    Counted { numkeys: i64 },
    /// Behind this word, wherever it is.
    Behind { word: &'static str, note: &'static str },
    /// In the lists themselves.
    Unknown { note: &'static str },
}

/// Which words are keys, in ascending order. It may also find words that are not used as keys, never too few, unless the
/// command is one that its handler refuses.
pub(super) fn find(specs: &[KeySpec], args: &[&[u8]]) -> SmallVec<[usize; 4]> {
    let mut places = SmallVec::new();
    for spec in specs {
        match spec.find {
            Find::Range { first, last } => {
                let words = i64::try_from(args.len()).unwrap_or(i64::MAX);
                let last = if last < 0 { words + last } else { first + last };
                places.extend(between(args, first, last));
            }
            Find::Counted { numkeys } => {
                let count = between(args, numkeys, numkeys).next().map(|place| args[place]);
                let count = count.and_then(strict_integer).unwrap_or(0);
                places.extend(between(args, numkeys + 1, numkeys.saturating_add(count)));
            }
            Find::Behind { word, .. } => {
                places.extend((1..args.len()).filter(|place| is_word(args[place - 1], word)));
            }
            Find::Unknown { .. } => {}
        }
    }
    places.sort_unstable();
    places.dedup();
    places
}

/// Which words are keys, in the order in which COMMAND GETKEYS tells them, and what is done with each; none if the number of
/// keys is not one that can be.
pub(super) fn told(specs: &[KeySpec], args: &[&[u8]]) -> Option<Vec<(usize, Texts)>> {
    let mut told = Vec::new();
    for spec in specs {
        let places = match spec.find {
            Find::Range { .. } => find(std::slice::from_ref(spec), args),
            Find::Counted { numkeys } => {
                let place = usize::try_from(numkeys).ok()?;
                let count = usize::try_from(atoi(args.get(place)?)).ok()?;
                if count == 0 || count >= args.len() - place {
                    return None;
                }
                (place + 1..=place + count).collect()
            }
            Find::Behind { word, .. } => last_behind(word, args).into_iter().collect(),
            Find::Unknown { .. } => SmallVec::new(),
        };
        told.extend(places.into_iter().map(|place| (place, spec.access)));
    }
    Some(told)
}

/// What C's function of this name makes of a text, by which servers look for keys: digits behind spaces and a sign, whatever
/// follows them, cut to 32 bits.
fn atoi(text: &[u8]) -> i32 {
    let text = text.trim_ascii_start();
    let is_negative = text.first() == Some(&b'-');
    let digits = text.strip_prefix(if is_negative { b"-" } else { b"+" }).unwrap_or(text);
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
    let number = digits.fold(0_i64, |number, digit| {
        let digit = i64::from(digit - b'0');
        let digit = if is_negative { -digit } else { digit };
        number.saturating_mul(10).saturating_add(digit)
    });
    #[expect(clippy::cast_possible_truncation, reason = "as C does")]
    let cut = number as i32;
    cut
}

type Texts = &'static [&'static str];

/// The options of SORT with values, and how many they have: a value may be the word of another option.
const VALUES: [(&str, usize); 3] = [("limit", 2), ("get", 1), ("by", 1)];

/// The place behind the last such option.
fn last_behind(word: &str, args: &[&[u8]]) -> Option<usize> {
    let (mut place, mut found) = (2, None);
    while place < args.len() {
        let values = VALUES.iter().find(|(option, _)| is_word(args[place], option));
        if is_word(args[place], word) && place + 1 < args.len() {
            found = Some(place + 1);
        }
        place += 1 + values.map_or(0, |(_, count)| *count);
    }
    found
}

/// From one position to another, as far as there are words.
fn between(args: &[&[u8]], first: i64, last: i64) -> Range<usize> {
    let place = |position: i64| usize::try_from(position).unwrap_or(0).min(args.len());
    place(first)..place(last.saturating_add(1))
}

/// First key, last key and step, as Redis told them before it knew better. All 0 if the positions are not fixed.
pub(super) fn legacy(specs: &[KeySpec]) -> (i64, i64, i64) {
    let ranges = specs.iter().filter_map(|spec| match spec.find {
        Find::Range { first, last } => Some((first, if last < 0 { last } else { first + last })),
        _ => None,
    });
    let joined = ranges.reduce(|(first, last), (other_first, other_last)| {
        (first.min(other_first), last.max(other_last))
    });
    joined.map_or((0, 0, 0), |(first, last)| (first, last, 1))
}

impl KeySpec {
    /// One key.
    pub(super) const fn at(position: i64, access: &'static [&'static str]) -> Self {
        Self { access, find: Find::Range { first: position, last: 0 } }
    }

    /// All words from one on, but for as many at the end as `last` says: -1 is none.
    pub(super) const fn from(first: i64, last: i64, access: &'static [&'static str]) -> Self {
        Self { access, find: Find::Range { first, last } }
    }

    /// Keys with their number in front.
    pub(super) const fn counted(numkeys: i64, access: &'static [&'static str]) -> Self {
        Self { access, find: Find::Counted { numkeys } }
    }
}
