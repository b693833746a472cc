//! What a command answers.
//!
//! It knows nothing of commands or keys.

mod debug;
mod error;
mod parts;
mod resp;

use std::borrow::Cow;

pub use self::error::ReplyError;

/// The answer to a text command, with everything that Redis's two protocols tell apart.
///
/// What a caller expects of it is got in a line: [`into_result`](Self::into_result) makes an error of Rust's of an
/// error, [`as_integer`](Self::as_integer), [`as_bytes`](Self::as_bytes) and [`as_array`](Self::as_array) look into it.
///
/// ```
/// let mut connection = redeque::Store::new().connect();
/// let len = connection.execute(["RPUSH", "k", "a"]).into_result()?.as_integer();
/// assert_eq!(len, Some(1));
/// # Ok::<(), redeque::ReplyError>(())
/// ```
///
/// On the wire it is
///
/// ```
/// use redeque::{Protocol, Reply};
///
/// let reply = Reply::Array(vec![Reply::Integer(1), Reply::Bulk(b"a".to_vec()), Reply::Nil]);
/// assert_eq!(reply.to_resp(Protocol::Resp2), b"*3\r\n:1\r\n$1\r\na\r\n$-1\r\n");
/// assert_eq!(reply.to_resp(Protocol::Resp3), b"*3\r\n:1\r\n$1\r\na\r\n_\r\n");
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// A short word, such as `OK`.
    Status(Cow<'static, str>),
    /// An error: its code, a space and its text. It may repeat bytes of the command that are no text.
    Error(Vec<u8>),
    /// A number.
    Integer(i64),
    /// A byte string.
    Bulk(Vec<u8>),
    /// Nothing, where a byte string could have been.
    Nil,
    /// Replies in order.
    Array(Vec<Reply>),
    /// Nothing, where an array could have been.
    NilArray,
    /// Names with values: in RESP2 an array of twice as many.
    Map(Vec<(Reply, Reply)>),
    /// Replies in no particular order: in RESP2 an array.
    Set(Vec<Reply>),
    /// A text for people to read, such as that of `INFO`: in RESP2 a byte string.
    Verbatim(Vec<u8>),
    /// No reply at all, as the client has asked for with `CLIENT REPLY`: not a byte on the wire.
    Silence,
}

/// A version of Redis's serialization protocol.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// What a connection speaks until `HELLO 3`.
    #[default]
    Resp2,
    /// It has maps, sets, and one null.
    Resp3,
}

impl Reply {
    /// The status `OK`.
    ///
    /// ```
    /// assert_eq!(redeque::Reply::ok().to_resp(Default::default()), b"+OK\r\n");
    /// ```
    #[must_use]
    pub const fn ok() -> Self {
        Self::Status(Cow::Borrowed("OK"))
    }
}
