//! Numbers with a fraction, as C's `strtod` and `strtold` read them.

/// The parts of a number's text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Float<'t> {
    pub(super) negative: bool,
    pub(super) magnitude: Magnitude<'t>,
}

/// A number without its sign.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Magnitude<'t> {
    Infinite,
    Decimal(Decimal<'t>),
    Binary(Binary),
}

/// Decimal digits before and behind the point, times ten to the power of the exponent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Decimal<'t> {
    whole: &'t [u8],
    fraction: &'t [u8],
    exponent: i64,
}

/// An integer times two to the power of the exponent, and whether that is a little less than the number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Binary {
    pub(super) mantissa: u64,
    pub(super) exponent: i64,
    pub(super) more: bool,
}

/// Reads all of a text. What is not a number is no number either: `nan` is refused wherever a server reads one.
pub(super) fn parse(text: &[u8]) -> Option<Float<'_>> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let infinite =
        ["inf", "infinity"].iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()));
    let magnitude = if infinite {
        Magnitude::Infinite
    } else if let [b'0', b'x' | b'X', digits @ ..] = text {
        Magnitude::Binary(binary(digits)?)
    } else {
        Magnitude::Decimal(decimal(text)?)
    };
    Some(Float { negative, magnitude })
}

fn decimal(text: &[u8]) -> Option<Decimal<'_>> {
    let (whole, fraction, rest) = digits(text, u8::is_ascii_digit)?;
    Some(Decimal { whole, fraction, exponent: exponent(rest, b'e')? })
}

fn binary(text: &[u8]) -> Option<Binary> {
    let (whole, fraction, rest) = digits(text, u8::is_ascii_hexdigit)?;
    let shift = exponent(rest, b'p')?;
    let point = i64::try_from(fraction.len()).ok()?.checked_mul(4)?;
    let mut number = Binary { mantissa: 0, exponent: shift.saturating_sub(point), more: false };
    for digit in whole.iter().chain(fraction) {
        let digit = u64::from(char::from(*digit).to_digit(16)?);
        if number.mantissa.leading_zeros() >= 4 {
            number.mantissa = number.mantissa << 4 | digit;
        } else {
            number.exponent = number.exponent.saturating_add(4);
            number.more |= digit != 0;
        }
    }
    Some(number)
}

/// The digits before the point, those behind it, and the rest. There must be a digit on either side.
fn digits(text: &[u8], is_digit: fn(&u8) -> bool) -> Option<(&[u8], &[u8], &[u8])> {
    let end = |text: &[u8]| text.iter().position(|byte| !is_digit(byte)).unwrap_or(text.len());
    let (whole, rest) = text.split_at(end(text));
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => rest.split_at(end(rest)),
        _ => (&rest[..0], rest),
    };
    (whole.len() + fraction.len() > 0).then_some((whole, fraction, rest))
}

/// The exponent that may end a number. One that is too large for 64 bits is as good as the largest.
fn exponent(text: &[u8], letter: u8) -> Option<i64> {
    let Some((first, text)) = text.split_first() else { return Some(0) };
    if !first.eq_ignore_ascii_case(&letter) {
        return None;
    }
    let (sign, text) = match text {
        [b'-', rest @ ..] => (-1, rest),
        [b'+', rest @ ..] => (1, rest),
        _ => (1, text),
    };
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = text.iter().fold(0_i64, |number, digit| {
        number.saturating_mul(10).saturating_add(i64::from(digit - b'0'))
    });
    Some(sign * number)
}

impl Decimal<'_> {
    /// The digits from the first that is not 0 on, and the power of ten that the point before them stands for: the
    /// number is 0.DIGITS times that power. None if it is 0.
    pub(super) fn normal(&self) -> Option<(Vec<u8>, i64)> {
        let digits: Vec<u8> = [self.whole, self.fraction].concat();
        let zeros = digits.iter().position(|&digit| digit != b'0')?;
        let moved = i64::try_from(self.whole.len()).ok()? - i64::try_from(zeros).ok()?;
        Some((digits[zeros..].to_vec(), self.exponent.saturating_add(moved)))
    }
}

impl Binary {
    /// The power of two that the number is just below; none if it is 0.
    pub(super) fn magnitude(&self) -> Option<i64> {
        let bits = 64 - self.mantissa.leading_zeros();
        (bits > 0).then(|| self.exponent.saturating_add(i64::from(bits)))
    }
}
