//! Words as C reads them: up to a zero byte, and the number at the start of one.

/// The bytes that C would see of a string.
pub(crate) fn until_zero(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// What C's `strtol` makes of a text: the number at its start, 0 if there is none, and what comes after.
pub(crate) fn leading_number(text: &[u8]) -> (i128, &[u8]) {
    let (negative, digits) = match after_spaces(text) {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    let len = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if len == 0 {
        return (0, text);
    }
    let number = digits[..len].iter().fold(0_i128, |number, byte| {
        number.saturating_mul(10).saturating_add(i128::from(byte - b'0'))
    });
    (if negative { -number } else { number }, &digits[len..])
}

/// What is left of a text without what C's `isspace` holds for at its start.
fn after_spaces(text: &[u8]) -> &[u8] {
    let spaces = text.iter().take_while(|&&byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    &text[spaces..]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};
    use redeque::split_words;

    use super::leading_number;
    use crate::format::quote;

    #[test]
    fn numbers_are_read_as_strtol_does() {
        assert_eq!(leading_number(b"12"), (12, &b""[..]));
        assert_eq!(leading_number(b" \t+3x"), (3, &b"x"[..]));
        assert_eq!(leading_number(b"-4"), (-4, &b""[..]));
        assert_eq!(leading_number(b""), (0, &b""[..]));
        assert_eq!(leading_number(b" -"), (0, &b" -"[..]));
        assert!(leading_number(&[b'9'; 100]).0 > i128::from(i64::MAX));
    }

    proptest! {
        #[test]
        fn no_number_panics(text: Vec<u8>) {
            leading_number(&text);
        }

        #[test]
        fn what_is_shown_in_quotes_can_be_typed_back(word in any::<Vec<u8>>()) {
            let mut line = Vec::new();
            quote(&word, &mut line);
            prop_assert_eq!(split_words(&line), Some(vec![word]));
        }
    }
}
