//! Arguments that several commands have: integers, words, ends of a list.

use super::refusal::Refusal;
use crate::Direction;
use crate::quoting::c_text;

/// Redis's one way to write an integer: no sign but a minus, no leading zero, no space, and within 64 bits.
pub(super) fn strict_integer(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let canonical = match digits {
        b"0" => digits.len() == text.len(),
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !canonical {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Any integer.
pub(super) fn integer(text: &[u8]) -> Result<i64, Refusal> {
    let refusal = || Refusal::new("ERR value is not an integer or out of range");
    strict_integer(text).ok_or_else(refusal)
}

/// An integer of 32 bits, such as the number of a database.
pub(super) fn integer_32(text: &[u8]) -> Result<i32, Refusal> {
    let out_of_range = "ERR value is out of range, value must between -2147483648 and 2147483647";
    i32::try_from(integer(text)?).map_err(|_| Refusal::new(out_of_range))
}

/// An integer that is `least` or more, refused with the one text otherwise.
pub(super) fn at_least(least: i64, text: &[u8], refusal: &'static str) -> Result<usize, Refusal> {
    let number = strict_integer(text).filter(|&number| number >= least);
    let number = number.ok_or_else(|| Refusal::new(refusal))?;
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}

/// A decimal number, or infinity, as the nearest `f64`.
pub(super) fn float(text: &[u8]) -> Option<f64> {
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (!number.is_nan()).then_some(number)
}

/// Whether an argument is this word, in any case. A server compares them as C's texts, which end at a NUL.
pub(super) fn is_word(argument: &[u8], word: &str) -> bool {
    c_text(argument).eq_ignore_ascii_case(word.as_bytes())
}

/// `LEFT` or `RIGHT`, compared as any other word.
pub(super) fn direction(argument: &[u8]) -> Result<Direction, Refusal> {
    Ok(Direction::parse(c_text(argument))?)
}

/// `DB 0`: a store has only that database.
pub(super) fn database(argument: &[u8]) -> Result<(), Refusal> {
    match integer_32(argument)? {
        0 => Ok(()),
        _ => Err(Refusal::new("ERR DB index is out of range")),
    }
}

pub(super) fn syntax() -> Refusal {
    crate::Error::Syntax.into()
}

#[cfg(test)]
mod tests {
    use super::strict_integer;

    #[test]
    fn only_the_canonical_text_of_an_integer_is_one() {
        for (text, number) in [
            ("0", 0),
            ("7", 7),
            ("-1", -1),
            ("10", 10),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(strict_integer(text.as_bytes()), Some(number), "{text}");
        }
        let odd = ["", "-", "+1", "-0", "00", "01", "-01", " 1", "1 ", "1.0", "1e0", "0x1", "a"];
        let large = ["9223372036854775808", "-9223372036854775809", "100000000000000000000"];
        for text in odd.into_iter().chain(large) {
            assert_eq!(strict_integer(text.as_bytes()), None, "{text}");
        }
        assert_eq!(strict_integer(b"1\0"), None);
        assert_eq!(strict_integer(b"\xff"), None);
    }
}
