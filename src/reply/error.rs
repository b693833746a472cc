//! A refusal in the form that Rust's programs hand on.

use std::fmt;

use crate::literal::Text;

/// The error with which a command was answered; see [`Reply::into_result`](crate::Reply::into_result).
///
/// [`Display`](fmt::Display) is the text that a server sends, without the protocol's leading `-`. It may repeat bytes of
/// the command, and those that are not UTF-8 are shown as `U+FFFD`; [`as_bytes`](Self::as_bytes) has them as they are.
///
/// ```
/// use redeque::Store;
///
/// let error = Store::new().connect().execute(["LPOP"]).into_result().unwrap_err();
/// assert_eq!(error.to_string(), "ERR wrong number of arguments for 'lpop' command");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ReplyError(Vec<u8>);

impl ReplyError {
    pub(super) fn new(text: Vec<u8>) -> Self {
        Self(text)
    }

    /// The error's code, which is its first word: `ERR`, `WRONGTYPE`, `EXECABORT` and the like.
    ///
    /// ```
    /// let error = redeque::Store::new().connect().execute(["EXEC"]).into_result().unwrap_err();
    /// assert_eq!(error.code(), b"ERR");
    /// ```
    #[must_use]
    pub fn code(&self) -> &[u8] {
        self.0.split(|&byte| byte == b' ').next().unwrap_or(&self.0)
    }

    /// The whole text: the error's code, a space and what it says.
    ///
    /// ```
    /// let mut connection = redeque::Store::new().connect();
    /// let error = connection.execute([&b"PU\xffSH"[..]]).into_result().unwrap_err();
    /// assert_eq!(error.as_bytes(), b"ERR unknown command 'PU\xffSH', with args beginning with: ");
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReplyError").field(&Text(&self.0)).finish()
    }
}

impl std::error::Error for ReplyError {}
