//! `SORT` and `SORT_RO` on lists.
//!
//! Patterns of BY and GET name strings and hashes, of which a store of lists has none: every such look-up fails, as it
//! does on a server that has only lists.

use std::cmp::Ordering;
use std::ops::Range;

use super::arguments::{float, integer, is_word, syntax};
use super::replies::count;
use super::{Answer, Call, Refusal};
use crate::Reply;
use crate::keyspace::{Access, Intent, Key, Reach, Shard, Single};
use crate::quoting::c_text;

pub(super) fn sort(call: &mut Call<'_, '_>) -> Answer {
    let options = Options::parse(&call.args[2..], true)?;
    let Some(place) = options.store else { return sorted(call, &options) };
    let (key, destination) = (call.key(1), call.key(2 + place));
    call.keyspace.change(Reach::Keys(&[key, destination]), Intent::Store, |guard| {
        let rows = options.rows(guard.read(key, elements))?;
        let elements = rows.into_iter().map(Option::unwrap_or_default).collect();
        Ok(count(guard.store(destination, elements)))
    })?
}

pub(super) fn sort_ro(call: &mut Call<'_, '_>) -> Answer {
    let options = Options::parse(&call.args[2..], false)?;
    sorted(call, &options)
}

/// The elements are sorted after they were read: nobody waits for that.
fn sorted(call: &mut Call<'_, '_>, options: &Options<'_>) -> Answer {
    let rows = options.rows(call.keyspace.read(call.key(1), elements))?;
    let rows = rows.into_iter().map(|row| row.map_or(Reply::Nil, Reply::Bulk));
    Ok(Reply::Array(rows.collect()))
}

fn elements(shard: &Shard, key: Key<'_>) -> Vec<Vec<u8>> {
    shard.range(key, 0, -1)
}

#[derive(Debug, Default)]
struct Options<'a> {
    descending: bool,
    alpha: bool,
    limit: Option<(i64, i64)>,
    by: Option<By>,
    get: Vec<&'a [u8]>,
    /// Where among the options the destination is.
    store: Option<usize>,
}

/// What BY asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// No order, which a pattern without a star asks for. A later BY does not take that back.
    Nothing,
    /// Weights, which are strings or fields of hashes.
    Weights,
}

impl By {
    fn after(earlier: Option<Self>, pattern: &[u8]) -> Option<Self> {
        let ordered = c_text(pattern).contains(&b'*') && earlier != Some(Self::Nothing);
        Some(if ordered { Self::Weights } else { Self::Nothing })
    }
}

/// What the elements are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// By nothing: as they are in the list.
    AsStored,
    /// By the numbers that they are.
    Numbers,
    /// By their bytes. `whole` is false where a server compares them as C's texts, which end at a NUL.
    Bytes { whole: bool },
}

impl<'a> Options<'a> {
    /// Options may come in any order and repeatedly: the last counts, but for GET, which adds up, and
    /// for BY.
    fn parse(all: &[&'a [u8]], may_store: bool) -> Result<Self, Refusal> {
        let mut options = Self::default();
        let mut args = all;
        loop {
            args = match args {
                [] => return Ok(options),
                [word, rest @ ..] if is_word(word, "asc") => {
                    options.descending = false;
                    rest
                }
                [word, rest @ ..] if is_word(word, "desc") => {
                    options.descending = true;
                    rest
                }
                [word, rest @ ..] if is_word(word, "alpha") => {
                    options.alpha = true;
                    rest
                }
                [word, offset, count, rest @ ..] if is_word(word, "limit") => {
                    options.limit = Some((integer(offset)?, integer(count)?));
                    rest
                }
                [word, _, rest @ ..] if may_store && is_word(word, "store") => {
                    options.store = Some(all.len() - rest.len() - 1);
                    rest
                }
                [word, pattern, rest @ ..] if is_word(word, "by") => {
                    options.by = By::after(options.by, pattern);
                    rest
                }
                [word, pattern, rest @ ..] if is_word(word, "get") => {
                    options.get.push(pattern);
                    rest
                }
                _ => return Err(syntax()),
            }
        }
    }

    fn order(&self) -> Order {
        match self.by {
            // Every weight is missing, and counts as 0; equal numbers are ordered by the elements' bytes.
            Some(By::Weights) if !self.alpha => Order::Bytes { whole: true },
            Some(By::Weights | By::Nothing) => Order::AsStored,
            None if self.alpha => Order::Bytes { whole: self.store.is_some() },
            None => Order::Numbers,
        }
    }

    /// A pattern that orders by nothing can be reversed; equal weights can't.
    fn reverses(&self) -> bool {
        self.descending && self.by == Some(By::Nothing)
    }

    /// The elements in order, or what GET makes of them. None is what GET does not find.
    fn rows(&self, mut elements: Vec<Vec<u8>>) -> Result<Vec<Option<Vec<u8>>>, Refusal> {
        arrange(&mut elements, self)?;
        let page = elements.drain(self.page(elements.len()));
        if self.get.is_empty() {
            return Ok(page.map(Some).collect());
        }
        let got = page.flat_map(|element| {
            self.get.iter().map(move |pattern| (c_text(pattern) == b"#").then(|| element.clone()))
        });
        Ok(got.collect())
    }

    /// The positions that LIMIT leaves of `len`.
    fn page(&self, len: usize) -> Range<usize> {
        let Some((offset, count)) = self.limit else { return 0..len };
        let start = usize::try_from(offset.max(0)).unwrap_or(usize::MAX).min(len);
        // A negative count is none.
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        start..start.saturating_add(count).min(len)
    }
}

/// Sorts the elements. Equal ones keep their order.
fn arrange(elements: &mut Vec<Vec<u8>>, options: &Options<'_>) -> Result<(), Refusal> {
    let directed = |order: Ordering| if options.descending { order.reverse() } else { order };
    match options.order() {
        Order::AsStored if options.reverses() => elements.reverse(),
        Order::AsStored => {}
        Order::Bytes { whole: true } => elements.sort_by(|a, b| directed(a.cmp(b))),
        Order::Bytes { whole: false } => {
            elements.sort_by(|a, b| directed(c_text(a).cmp(c_text(b))));
        }
        Order::Numbers => {
            let scored: Option<Vec<_>> =
                elements.drain(..).map(|element| Some((score(&element)?, element))).collect();
            let mut scored = scored.ok_or_else(|| {
                Refusal::new("ERR One or more scores can't be converted into double")
            })?;
            scored.sort_by(|(a, element), (b, other)| {
                let order = a.partial_cmp(b).unwrap_or(Ordering::Equal);
                directed(order.then_with(|| element.cmp(other)))
            });
            elements.extend(scored.into_iter().map(|(_, element)| element));
        }
    }
    Ok(())
}

/// The number that an element is, as Redis 8 reads it: nothing at all is 0.
fn score(element: &[u8]) -> Option<f64> {
    let text = c_text(element);
    if text.is_empty() { Some(0.0) } else { float(text) }
}

#[cfg(test)]
mod tests {
    use super::score;

    #[track_caller]
    fn check(text: &str, number: Option<f64>) {
        let score = score(text.as_bytes());
        assert_eq!(score.map(f64::to_bits), number.map(f64::to_bits), "{text}: {score:?}");
    }

    #[test]
    fn elements_are_numbers_as_redis_8_reads_them() {
        for (text, number) in [
            ("", 0.0),
            ("-0", -0.0),
            ("+5", 5.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1E2", 100.0),
            ("0e400", 0.0),
            ("inf", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("7\0junk", 7.0),
            ("1.7976931348623157e308", f64::MAX),
            ("1e400", f64::INFINITY),
            ("1e-400", 0.0),
        ] {
            check(text, Some(number));
        }
    }

    #[test]
    fn what_is_no_number_has_no_score() {
        for text in [
            " ", " 7", "1 ", "\t8", "x", "1x", "0x10", "nan", "-nan", "1e", "1e+", ".", "-", "--1",
            "infinit", "\u{a0}1",
        ] {
            check(text, None);
        }
    }
}
