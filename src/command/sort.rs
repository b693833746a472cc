//! `SORT` and `SORT_RO` on lists.
//!
//! Patterns of BY and GET name strings and hashes, of which a store of lists has none: every such look-up fails, as it
//! does on a server that has only lists.

use std::cmp::Ordering;
use std::ops::Range;

use super::arguments::{integer, is_word, syntax};
use super::float::{self, Binary, Float, Magnitude};
use super::replies::count;
use super::{Answer, Call, Refusal};
use crate::Reply;
use crate::keyspace::{ANY, Access, Intent, Key, Shard};
use crate::quoting::c_text;

pub(super) fn sort(call: &mut Call<'_, '_>) -> Answer {
    let options = Options::parse(&call.args[2..], true)?;
    let Some(place) = options.store else { return sorted(call, &options) };
    let (key, destination) = (call.key(1), call.key(2 + place));
    call.keyspace.change([key, destination].into_iter(), Intent::Add(ANY), |guard| {
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

    /// The positions that LIMIT leaves of so many.
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

/// The number that an element is to C's `strtod`: leading space is skipped, and nothing at all is 0. None if it is
/// no number, or one too large or too small for an `f64`.
fn score(element: &[u8]) -> Option<f64> {
    let text = c_text(element);
    if text.is_empty() {
        return Some(0.0);
    }
    let is_space = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'\x0b';
    let space = text.iter().position(|byte| !is_space(byte)).unwrap_or(text.len());
    let text = &text[space..];
    let Float { negative, magnitude } = float::parse(text)?;
    let score = match magnitude {
        Magnitude::Infinite => f64::INFINITY,
        Magnitude::Binary(binary) => from_binary(binary)?,
        Magnitude::Decimal(decimal) => {
            let unsigned = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
            let score: f64 = std::str::from_utf8(unsigned).ok()?.parse().ok()?;
            let exact = score.is_normal() || decimal.normal().is_none();
            exact.then_some(score)?
        }
    };
    Some(if negative { -score } else { score })
}

/// A number of binary digits. What is too small for all of its digits is refused.
fn from_binary(binary: Binary) -> Option<f64> {
    let Some(power) = binary.magnitude() else { return Some(0.0) };
    if !(-1073..=1024).contains(&power) {
        return None;
    }
    let shift = binary.mantissa.leading_zeros();
    let mantissa = binary.mantissa << shift;
    if power < -1021 {
        // Subnormal: its last digit stands for 2^-1074, and nothing may be left below.
        let digits = u32::try_from(power + 1074).ok()?;
        let lost = 64_u32.checked_sub(digits)?;
        let bits = mantissa.checked_shr(lost).unwrap_or(0);
        let exact = !binary.more && bits.checked_shl(lost) == Some(mantissa);
        return exact.then_some(f64::from_bits(bits));
    }
    // 53 digits are kept of 64; the last of these stands for all that come behind it.
    #[expect(clippy::cast_precision_loss, reason = "rounding to the nearest is what is wanted")]
    let rounded = (mantissa | u64::from(binary.more)) as f64;
    let scaled = rounded * 2_f64.powi(-64) * 2_f64.powi(i32::try_from(power).ok()?.min(1023));
    let scaled = if power == 1024 { scaled * 2.0 } else { scaled };
    scaled.is_finite().then_some(scaled)
}

#[cfg(test)]
mod tests {
    use super::score;

    /// Every expectation was read off glibc's `strtod`.
    #[track_caller]
    fn check(text: &str, number: Option<f64>) {
        let same = match (score(text.as_bytes()), number) {
            (Some(score), Some(number)) => score.to_bits() == number.to_bits(),
            (score, number) => score == number,
        };
        assert!(same, "{text}: {:?} and not {number:?}", score(text.as_bytes()));
    }

    #[test]
    fn elements_are_numbers_as_c_reads_them() {
        for (text, number) in [
            ("", 0.0),
            ("-0", -0.0),
            ("+5", 5.0),
            ("\t\x0b .5", 0.5),
            ("5.", 5.0),
            ("1e2", 100.0),
            ("0e400", 0.0),
            ("-Infinity", f64::NEG_INFINITY),
            ("7\0junk", 7.0),
            ("1.7976931348623157e308", f64::MAX),
            ("2.2250738585072014e-308", f64::MIN_POSITIVE),
        ] {
            check(text, Some(number));
        }
    }

    #[test]
    fn hexadecimal_digits_round_to_the_nearest() {
        let after_one = 1.0 + f64::EPSILON;
        for (text, number) in [
            ("0x10", 16.0),
            ("0x1.8p1", 3.0),
            ("0x0p99999", 0.0),
            ("0x1.00000000000008p0", 1.0),
            ("0x1.000000000000080000000000001p0", after_one),
            ("0x1.00000000000018p0", after_one + f64::EPSILON),
            ("0x123456789abcdef01", f64::from_bits(0x43f2_3456_789a_bcdf)),
            ("0x1.fffffffffffffp1023", f64::MAX),
            ("0x1p-1074", f64::from_bits(1)),
            ("0x1.8p-1023", f64::MIN_POSITIVE * 0.75),
        ] {
            check(text, Some(number));
        }
    }

    #[test]
    fn what_is_out_of_range_or_no_number_has_no_score() {
        let odd = [" ", "x", "1 ", "1x", "0x", "nan", "-nan", "1e", "--1", "\u{a0}1"];
        let large = ["1e400", "-1e400", "1.7976931348623159e308", "0x1p1024"];
        let rounded_up = ["0x1.fffffffffffff8p1023"];
        let small = ["1e-400", "4.9e-324", "1e-310", "0x1p-1075", "0x1.8p-1074"];
        for text in odd.into_iter().chain(large).chain(rounded_up).chain(small) {
            check(text, None);
        }
    }
}
