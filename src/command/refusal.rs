//! Why a text command is refused, as the bytes of Redis's error.

use crate::quoting::c_text;
use crate::{Error, Reply};

/// An error's whole text, its code included. It may repeat bytes of the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal(Vec<u8>);

impl Refusal {
    pub(crate) fn new(text: impl Into<Vec<u8>>) -> Self {
        Self(text.into())
    }

    pub(crate) fn wrong_arity(name: &str) -> Self {
        Self(format!("ERR wrong number of arguments for '{name}' command").into_bytes())
    }

    /// A text around bytes of the command, which a server takes for C's text: they end at a NUL.
    pub(crate) fn quoting(before: &str, quoted: &[u8], after: &str) -> Self {
        Self([before.as_bytes(), c_text(quoted), after.as_bytes()].concat())
    }

    /// The text without its code, if that is `ERR`.
    pub(crate) fn bare(&self) -> &[u8] {
        self.0.strip_prefix(b"ERR ").unwrap_or(&self.0)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self(error.to_string().into_bytes())
    }
}

impl From<Refusal> for Reply {
    /// Line breaks would end the reply too early: those at its end go, and others become spaces.
    #[cold]
    fn from(Refusal(mut text): Refusal) -> Self {
        while let Some(b'\r' | b'\n') = text.last() {
            text.pop();
        }
        for byte in &mut text {
            if matches!(byte, b'\r' | b'\n') {
                *byte = b' ';
            }
        }
        Self::Error(text)
    }
}
