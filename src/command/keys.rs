//! Which words of a command are keys.

use smallvec::SmallVec;

use super::arguments::{is_word, strict_integer};

/// What of the keyspace a command may touch.
#[derive(Debug)]
pub(crate) enum Reach<'a> {
    /// Only these keys.
    Keys(SmallVec<[&'a [u8]; 4]>),
    /// Any key.
    Everything,
}

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

/// The keys among the words. It may also find words that are not used as keys, never too few, unless the command
/// is one that its handler refuses.
pub(super) fn find<'a>(specs: &[KeySpec], args: &[&'a [u8]]) -> SmallVec<[&'a [u8]; 4]> {
    let mut keys = SmallVec::new();
    for spec in specs {
        match spec.find {
            Find::Range { first, last } => {
                let words = i64::try_from(args.len()).unwrap_or(i64::MAX);
                let last = if last < 0 { words + last } else { first + last };
                keys.extend(between(args, first, last).iter().copied());
            }
            Find::Counted { numkeys } => {
                let count = between(args, numkeys, numkeys).first();
                let count = count.and_then(|count| strict_integer(count)).unwrap_or(0);
                let last = numkeys.saturating_add(count);
                keys.extend(between(args, numkeys + 1, last).iter().copied());
            }
            Find::Behind { word, .. } => {
                let pairs = args.windows(2).filter(|pair| is_word(pair[0], word));
                keys.extend(pairs.map(|pair| pair[1]));
            }
            Find::Unknown { .. } => {}
        }
    }
    keys
}

/// The words from one position to another that there are.
fn between<'w, 'a>(args: &'w [&'a [u8]], first: i64, last: i64) -> &'w [&'a [u8]] {
    let place = |position: i64| usize::try_from(position).unwrap_or(0).min(args.len());
    let (first, end) = (place(first), place(last.saturating_add(1)));
    args.get(first..end).unwrap_or(&[])
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
