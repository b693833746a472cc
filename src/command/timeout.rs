//! How long a command may wait: seconds with a fraction, as text.
//!
//! A server reads them as C's `long double` and rounds up to milliseconds. Here the text is rounded without a detour,
//! which comes to the same, but for the one text at the end of [`timeout`].

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Refusal;
use super::float::{self, Binary, Decimal, Magnitude};

/// A longer text is no number to a server.
const LONGEST: usize = 5 * 1024;

/// The time that a command may wait; none if that is forever.
pub(super) fn timeout(text: &[u8]) -> Result<Option<Duration>, Refusal> {
    let not_a_float = || Refusal::new("ERR timeout is not a float or out of range");
    if text.len() >= LONGEST {
        return Err(not_a_float());
    }
    let seconds = float::parse(text).ok_or_else(not_a_float)?;
    let time = Milliseconds::of(seconds.magnitude).ok_or_else(not_a_float)?;
    if !seconds.negative {
        let milliseconds = time.rounded_up();
        if milliseconds > latest() {
            return Err(Refusal::new("ERR timeout is out of range"));
        }
        return Ok((milliseconds > 0).then(|| Duration::from_millis(milliseconds)));
    }
    // What rounds to 0 waits forever. So does `-0.001`: as a `long double` it is a hair less than a millisecond.
    if time.whole > 1 || time.whole == 1 && time.fraction {
        return Err(Refusal::new("ERR timeout is negative"));
    }
    Ok(None)
}

/// The most milliseconds from now on until which a server can count.
fn latest() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    u64::try_from(i64::MAX).unwrap_or(u64::MAX).saturating_sub(now)
}

/// A time, with `u64::MAX` for all that is longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Milliseconds {
    whole: u64,
    /// Whether a part of a millisecond comes on top.
    fraction: bool,
}

impl Milliseconds {
    const NONE: Self = Self { whole: 0, fraction: false };
    const LESS_THAN_ONE: Self = Self { whole: 0, fraction: true };
    const TOO_MANY: Self = Self { whole: u64::MAX, fraction: false };

    fn rounded_up(self) -> u64 {
        self.whole.saturating_add(u64::from(self.fraction))
    }

    /// So many seconds, unless a `long double` can't hold the number or would make 0 of it.
    fn of(seconds: Magnitude<'_>) -> Option<Self> {
        match seconds {
            Magnitude::Infinite => Some(Self::TOO_MANY),
            Magnitude::Decimal(decimal) => Self::of_decimal(&decimal),
            Magnitude::Binary(binary) => Self::of_binary(binary),
        }
    }

    fn of_decimal(seconds: &Decimal<'_>) -> Option<Self> {
        let Some((digits, exponent)) = seconds.normal() else { return Some(Self::NONE) };
        // 2^16384 less what rounds to it, and 2^-16446.
        let too_large = (4933, &b"118973149535723176505"[..]);
        let too_small = (-4950, &b"182259976594123730126"[..]);
        if (exponent, &digits[..]) >= too_large || (exponent, &digits[..]) <= too_small {
            return None;
        }
        let Ok(places) = usize::try_from(exponent + 3) else { return Some(Self::LESS_THAN_ONE) };
        if places > 20 {
            return Some(Self::TOO_MANY);
        }
        let (whole, fraction) = digits.split_at(places.min(digits.len()));
        let padded = whole.iter().copied().chain(std::iter::repeat(b'0')).take(places);
        let whole = padded.fold(0_u128, |number, digit| number * 10 + u128::from(digit - b'0'));
        let fraction = fraction.iter().any(|&digit| digit != b'0');
        Some(Self { whole: u64::try_from(whole).unwrap_or(u64::MAX), fraction })
    }

    fn of_binary(seconds: Binary) -> Option<Self> {
        let Some(power) = seconds.magnitude() else { return Some(Self::NONE) };
        let half_of_the_least = power == -16445 && seconds.mantissa.is_power_of_two();
        if !(-16445..=16384).contains(&power) || half_of_the_least && !seconds.more {
            return None;
        }
        if power > 64 {
            return Some(Self::TOO_MANY);
        }
        let scaled = u128::from(seconds.mantissa) * 1000;
        let (whole, fraction) = match u32::try_from(-seconds.exponent) {
            // The mantissa has at most `power` bits, so this loses none.
            Err(_) => (scaled << seconds.exponent.clamp(0, 64), seconds.more),
            Ok(shift @ 0..128) => {
                let whole = scaled >> shift;
                (whole, seconds.more || whole << shift != scaled)
            }
            Ok(_) => (0, true),
        };
        Some(Self { whole: u64::try_from(whole).unwrap_or(u64::MAX), fraction })
    }
}

#[cfg(test)]
mod tests {
    use super::timeout;

    #[track_caller]
    fn waits(text: &str, milliseconds: u128) {
        let time = timeout(text.as_bytes()).map(|time| time.map(|time| time.as_millis()));
        assert_eq!(time, Ok((milliseconds > 0).then_some(milliseconds)), "{text}");
    }

    #[track_caller]
    fn refuses(text: &str, reason: &str) {
        let refusal = timeout(text.as_bytes()).map_err(|refusal| refusal.bare().to_vec());
        assert_eq!(refusal, Err(reason.as_bytes().to_vec()), "{text}");
    }

    #[test]
    fn seconds_round_up_to_milliseconds() {
        for (text, milliseconds) in [
            ("1", 1000),
            ("1.5", 1500),
            ("+0.01", 10),
            (".01", 10),
            ("00.01", 10),
            ("1e-2", 10),
            ("1E+2", 100_000),
            ("5.", 5000),
            ("0.0001", 1),
            ("0.0010001", 2),
            ("1e-4940", 1),
            ("0x1p-7", 8),
            ("0xA.8", 10_500),
            ("0X1P-16000", 1),
            ("9223370000000000", 9_223_370_000_000_000_000),
            ("0.000000000000000000000000000000001e33", 1000),
        ] {
            waits(text, milliseconds);
        }
    }

    #[test]
    fn zero_and_what_is_negative_by_less_than_a_millisecond_wait_for_ever() {
        for text in ["0", "-0", "0e99999999999999999999", "0x0", "-0.0001", "-0.0009", "-0.001"] {
            waits(text, 0);
        }
    }

    #[test]
    fn negative_times_are_refused() {
        for text in ["-0.0011", "-0.002", "-1", "-inf", "-INFINITY", "-1e400", "-0x1p70"] {
            refuses(text, "timeout is negative");
        }
    }

    #[test]
    fn times_beyond_the_last_millisecond_are_refused() {
        for text in ["inf", "Infinity", "1e400", "9223372036854776", "9223372036854775", "0x1p64"] {
            refuses(text, "timeout is out of range");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let odd = ["", " 1", "1 ", "nan", "-nan", "nan(1)", ".", "+", "-.", "e1", "1e", "1e+"];
        let more = ["0x", "0x.", "0x1p", "1_0", "1,5", "1\0", "1\n", "--1", "+ 1", "infi", "٣"];
        let range = ["1e4933", "1e-5000", "1.2e4932", "1.8e-4951", "0x1p16384", "0x1p-16446"];
        for text in odd.into_iter().chain(more).chain(range) {
            refuses(text, "timeout is not a float or out of range");
        }
        refuses(&"0".repeat(5 * 1024), "timeout is not a float or out of range");
        waits(&"0".repeat(5 * 1024 - 1), 0);
    }
}
