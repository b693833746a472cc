//! How long a command may wait: seconds with a fraction, as text.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Refusal;
use super::arguments::float;

/// The time that a command may wait; none if that is forever.
pub(super) fn timeout(text: &[u8]) -> Result<Option<Duration>, Refusal> {
    let seconds =
        float(text).ok_or_else(|| Refusal::new("ERR timeout is not a float or out of range"))?;
    // What rounds to 0 waits forever. So does `-0.001`: to a server it is a hair less than a millisecond.
    if seconds < -0.001 {
        return Err(Refusal::new("ERR timeout is negative"));
    }
    let milliseconds = rounded_up(seconds * 1000.0);
    if milliseconds > latest() {
        return Err(Refusal::new("ERR timeout is out of range"));
    }
    Ok((milliseconds > 0).then(|| Duration::from_millis(milliseconds)))
}

/// As an `f64`, 2.007 seconds are a hair more than 2007 milliseconds, and are not to become 2008.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is negative is 0, and what is too large for a u64 is the largest"
)]
fn rounded_up(number: f64) -> u64 {
    let nearest = number.round();
    let is_whole = (number - nearest).abs() <= nearest.abs() * f64::EPSILON;
    (if is_whole { nearest } else { number.ceil() }) as u64
}

/// The most milliseconds from now on until which a server can count.
fn latest() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    u64::try_from(i64::MAX).unwrap_or(u64::MAX).saturating_sub(now)
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
            ("1.001", 1001),
            ("1.1", 1100),
            ("2.007", 2007),
            ("2.0070001", 2008),
            ("8589934592.003", 8_589_934_592_003),
            ("1e-300", 1),
            ("9223370000000000", 9_223_370_000_000_000_000),
            ("0.000000000000000000000000000000001e33", 1000),
        ] {
            waits(text, milliseconds);
        }
    }

    #[test]
    fn zero_and_a_millisecond_less_wait_forever() {
        for text in ["0", "-0", "0e99999999999999999999", "1e-400", "-0.0001", "-0.0009", "-0.001"]
        {
            waits(text, 0);
        }
    }

    #[test]
    fn negative_times_are_refused() {
        for text in ["-0.0011", "-0.002", "-1", "-inf", "-INFINITY", "-1e400"] {
            refuses(text, "timeout is negative");
        }
    }

    #[test]
    fn times_beyond_the_last_millisecond_are_refused() {
        for text in ["inf", "Infinity", "1e400", "9223372036854776", "9223372036854775"] {
            refuses(text, "timeout is out of range");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let odd = ["", " 1", "1 ", "nan", "-nan", "nan(1)", ".", "+", "-.", "e1", "1e", "1e+"];
        let more = ["0x", "0x1", "0x1p3", "1_0", "1,5", "1\0", "1\n", "--1", "+ 1", "infi", "٣"];
        for text in odd.into_iter().chain(more) {
            refuses(text, "timeout is not a float or out of range");
        }
    }
}
