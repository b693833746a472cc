//! What a reply is and what is in it, for callers that know what they expect.

use super::{Reply, ReplyError};

impl Reply {
    /// Whether this is nil, in either of its forms: [`Nil`](Self::Nil) or [`NilArray`](Self::NilArray).
    ///
    /// ```
    /// let mut connection = redeque::Store::new().connect();
    /// assert!(connection.execute(["LPOP", "missing"]).is_nil());
    /// assert!(connection.execute(["LMPOP", "1", "missing", "LEFT"]).is_nil());
    /// assert!(!connection.execute(["LLEN", "missing"]).is_nil());
    /// ```
    #[must_use]
    pub const fn is_nil(&self) -> bool {
        matches!(self, Self::Nil | Self::NilArray)
    }

    /// Whether the command was refused. Errors inside an array, which are those of the commands of an `EXEC`, do
    /// not count.
    ///
    /// ```
    /// let mut connection = redeque::Store::new().connect();
    /// assert!(connection.execute(["LPOP"]).is_error());
    /// assert!(!connection.execute(["LPOP", "missing"]).is_error());
    /// ```
    #[must_use]
    pub const fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }

    /// The number, if this is one.
    ///
    /// ```
    /// let mut connection = redeque::Store::new().connect();
    /// assert_eq!(connection.execute(["RPUSH", "k", "a", "b"]).as_integer(), Some(2));
    /// assert_eq!(connection.execute(["LPOP", "k"]).as_integer(), None);
    /// ```
    #[must_use]
    pub const fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The bytes of a byte string, of a status or of a text. None for anything else, nil and errors included.
    ///
    /// ```
    /// let mut connection = redeque::Store::new().connect();
    /// connection.execute(["RPUSH", "k", "a"]);
    /// assert_eq!(connection.execute(["TYPE", "k"]).as_bytes(), Some(&b"list"[..]));
    /// assert_eq!(connection.execute(["LPOP", "k"]).as_bytes(), Some(&b"a"[..]));
    /// assert_eq!(connection.execute(["LPOP", "k"]).as_bytes(), None);
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bulk(bytes) | Self::Verbatim(bytes) => Some(bytes),
            Self::Status(word) => Some(word.as_bytes()),
            _ => None,
        }
    }

    /// The bytes of a byte string, of a status or of a text, moved out. None for anything else, nil and errors included.
    ///
    /// ```
    /// let mut connection = redeque::Store::new().connect();
    /// connection.execute(["RPUSH", "k", "a"]);
    /// assert_eq!(connection.execute(["LPOP", "k"]).into_result()?.into_bytes(), Some(b"a".to_vec()));
    /// assert_eq!(connection.execute(["LPOP", "k"]).into_result()?.into_bytes(), None);
    /// # Ok::<(), redeque::ReplyError>(())
    /// ```
    #[must_use]
    pub fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Bulk(bytes) | Self::Verbatim(bytes) => Some(bytes),
            Self::Status(word) => Some(word.into_owned().into_bytes()),
            _ => None,
        }
    }

    /// The items of an array or of a set. None for anything else, nil and errors included.
    ///
    /// ```
    /// use redeque::Reply;
    ///
    /// let mut connection = redeque::Store::new().connect();
    /// connection.execute(["RPUSH", "k", "a", "b"]);
    /// let range = connection.execute(["LRANGE", "k", "0", "-1"]);
    /// let elements: Vec<&[u8]> = range.as_array().unwrap().iter().filter_map(Reply::as_bytes).collect();
    /// assert_eq!(elements, [b"a", b"b"]);
    /// ```
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) | Self::Set(items) => Some(items),
            _ => None,
        }
    }

    /// The items of an array or of a set, moved out. None for anything else, nil and errors included.
    ///
    /// ```
    /// use redeque::Reply;
    ///
    /// let mut connection = redeque::Store::new().connect();
    /// connection.execute(["RPUSH", "k", "a", "b"]);
    /// let popped = connection.execute(["LPOP", "k", "2"]).into_array().unwrap();
    /// let elements: Vec<Vec<u8>> = popped.into_iter().filter_map(Reply::into_bytes).collect();
    /// assert_eq!(elements, [b"a", b"b"]);
    /// ```
    #[must_use]
    pub fn into_array(self) -> Option<Vec<Self>> {
        match self {
            Self::Array(items) | Self::Set(items) => Some(items),
            _ => None,
        }
    }

    /// The same reply, unless it is an error, for the `?` operator. Errors inside an array stay where they are.
    ///
    /// # Errors
    ///
    /// [`ReplyError`] with the text of an [`Error`](Self::Error).
    ///
    /// ```
    /// let mut connection = redeque::Store::new().connect();
    /// let pushed = connection.execute(["RPUSH", "k", "a"]).into_result()?;
    /// assert_eq!(pushed.as_integer(), Some(1));
    /// let refused = connection.execute(["LSET", "missing", "0", "x"]).into_result().unwrap_err();
    /// assert_eq!(refused.to_string(), "ERR no such key");
    /// # Ok::<(), redeque::ReplyError>(())
    /// ```
    pub fn into_result(self) -> Result<Self, ReplyError> {
        match self {
            Self::Error(text) => Err(ReplyError::new(text)),
            reply => Ok(reply),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Reply;

    /// One reply of each kind.
    fn all() -> [Reply; 11] {
        [
            Reply::ok(),
            Reply::Error(b"ERR x".to_vec()),
            Reply::Integer(-7),
            Reply::Bulk(b"a".to_vec()),
            Reply::Nil,
            Reply::Array(vec![Reply::Nil]),
            Reply::NilArray,
            Reply::Map(vec![(Reply::Nil, Reply::Nil)]),
            Reply::Set(vec![]),
            Reply::Verbatim(b"v".to_vec()),
            Reply::Silence,
        ]
    }

    #[test]
    fn each_part_is_got_of_the_replies_that_have_it_and_of_no_other() {
        let [status, error, integer, bulk, nil, array, nil_array, map, set, verbatim, silence] =
            all();
        for reply in all() {
            assert_eq!(reply.is_nil(), [&nil, &nil_array].contains(&&reply));
            assert_eq!(reply.is_error(), reply == error);
            assert_eq!(reply.as_integer(), (reply == integer).then_some(-7));
            let bytes = [(&status, &b"OK"[..]), (&bulk, b"a"), (&verbatim, b"v")];
            let bytes = bytes.into_iter().find(|(has, _)| **has == reply).map(|(_, bytes)| bytes);
            assert_eq!(reply.as_bytes(), bytes);
            assert_eq!(reply.clone().into_bytes().as_deref(), bytes);
            let items = [(&array, &[Reply::Nil][..]), (&set, &[])];
            let items = items.into_iter().find(|(has, _)| **has == reply).map(|(_, items)| items);
            assert_eq!(reply.as_array(), items);
            assert_eq!(reply.clone().into_array().as_deref(), items);
        }
        assert_eq!((map.as_array(), silence.as_array()), (None, None));
    }

    #[test]
    fn only_an_error_itself_is_a_refusal() {
        for reply in all() {
            let result = reply.clone().into_result();
            match reply {
                Reply::Error(text) => assert_eq!(result.unwrap_err().as_bytes(), text),
                reply => assert_eq!(result, Ok(reply)),
            }
        }
        let inside = Reply::Array(vec![Reply::Error(b"ERR x".to_vec())]);
        assert!(!inside.is_error());
        assert_eq!(inside.clone().into_result(), Ok(inside));
    }
}
