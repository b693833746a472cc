//! Bytes as Rust's literals spell them, for `Debug`.

use std::fmt;

/// Printed as `b"..."`.
pub(crate) struct Bytes<'b>(pub(crate) &'b [u8]);

/// Bytes that are most likely text. Printed as `"..."`.
pub(crate) struct Text<'b>(pub(crate) &'b [u8]);

impl fmt::Debug for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b{:?}", Text(self.0))
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for byte in self.0 {
            match byte {
                // `escape_ascii` escapes it, too, for literals of one byte.
                b'\'' => f.write_str("'")?,
                byte => write!(f, "{}", byte.escape_ascii())?,
            }
        }
        f.write_str("\"")
    }
}
