//! A reply as a server would put it on the wire.

use super::{Protocol, Reply};

impl Reply {
    /// The bytes that a server would send.
    ///
    /// Complexity: O(n) for n bytes.
    ///
    /// ```
    /// use redeque::{Protocol, Reply};
    ///
    /// assert_eq!(Reply::NilArray.to_resp(Protocol::Resp2), b"*-1\r\n");
    /// assert_eq!(Reply::NilArray.to_resp(Protocol::Resp3), b"_\r\n");
    /// ```
    #[must_use]
    pub fn to_resp(&self, protocol: Protocol) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write_resp(protocol, &mut bytes);
        bytes
    }

    /// Appends the bytes that a server would send.
    ///
    /// Complexity: O(n) for n bytes.
    ///
    /// ```
    /// use redeque::{Protocol, Reply};
    ///
    /// let mut output = Vec::new();
    /// Reply::Integer(1).write_resp(Protocol::Resp2, &mut output);
    /// Reply::Nil.write_resp(Protocol::Resp2, &mut output);
    /// assert_eq!(output, b":1\r\n$-1\r\n");
    /// ```
    pub fn write_resp(&self, protocol: Protocol, output: &mut Vec<u8>) {
        let resp3 = protocol == Protocol::Resp3;
        match self {
            Self::Status(word) => line(output, b'+', word.as_bytes()),
            Self::Error(text) => line(output, b'-', text),
            Self::Integer(number) => line(output, b':', number.to_string().as_bytes()),
            Self::Bulk(bytes) => string(output, bytes),
            Self::Nil | Self::NilArray if resp3 => line(output, b'_', b""),
            Self::Nil => line(output, b'$', b"-1"),
            Self::NilArray => line(output, b'*', b"-1"),
            Self::Array(items) => aggregate(output, b'*', items.len(), items, protocol),
            Self::Set(items) => {
                let kind = if resp3 { b'~' } else { b'*' };
                aggregate(output, kind, items.len(), items, protocol);
            }
            Self::Verbatim(text) if resp3 => {
                // The text's kind counts.
                header(output, b'=', b"txt:".len() + text.len());
                output.extend_from_slice(b"txt:");
                output.extend_from_slice(text);
                output.extend_from_slice(b"\r\n");
            }
            Self::Verbatim(text) => string(output, text),
            Self::Silence => {}
            Self::Map(pairs) => {
                let (kind, len) = if resp3 { (b'%', pairs.len()) } else { (b'*', pairs.len() * 2) };
                let items = pairs.iter().flat_map(|(name, value)| [name, value]);
                aggregate(output, kind, len, items, protocol);
            }
        }
    }
}

fn string(output: &mut Vec<u8>, bytes: &[u8]) {
    header(output, b'$', bytes.len());
    output.extend_from_slice(bytes);
    output.extend_from_slice(b"\r\n");
}

fn line(output: &mut Vec<u8>, kind: u8, text: &[u8]) {
    output.push(kind);
    output.extend_from_slice(text);
    output.extend_from_slice(b"\r\n");
}

fn header(output: &mut Vec<u8>, kind: u8, len: usize) {
    line(output, kind, len.to_string().as_bytes());
}

fn aggregate<'r>(
    output: &mut Vec<u8>,
    kind: u8,
    len: usize,
    items: impl IntoIterator<Item = &'r Reply>,
    protocol: Protocol,
) {
    header(output, kind, len);
    for item in items {
        item.write_resp(protocol, output);
    }
}

#[cfg(test)]
mod tests {
    use crate::{Protocol, Reply};

    #[track_caller]
    fn check(reply: &Reply, resp2: &[u8], resp3: &[u8]) {
        assert_eq!(
            reply.to_resp(Protocol::Resp2).escape_ascii().to_string(),
            resp2.escape_ascii().to_string()
        );
        assert_eq!(
            reply.to_resp(Protocol::Resp3).escape_ascii().to_string(),
            resp3.escape_ascii().to_string()
        );
    }

    #[test]
    fn both_protocols_write_the_simple_replies_alike() {
        check(&Reply::ok(), b"+OK\r\n", b"+OK\r\n");
        check(&Reply::Error(b"ERR x\xff".to_vec()), b"-ERR x\xff\r\n", b"-ERR x\xff\r\n");
        check(&Reply::Integer(-7), b":-7\r\n", b":-7\r\n");
        check(&Reply::Bulk(vec![]), b"$0\r\n\r\n", b"$0\r\n\r\n");
        check(&Reply::Array(vec![]), b"*0\r\n", b"*0\r\n");
    }

    #[test]
    fn resp2_has_two_nulls_and_resp3_one() {
        check(&Reply::Nil, b"$-1\r\n", b"_\r\n");
        check(&Reply::NilArray, b"*-1\r\n", b"_\r\n");
    }

    #[test]
    fn a_text_for_people_is_a_byte_string_in_resp2_and_says_its_kind_in_resp3() {
        let text = Reply::Verbatim(b"# Keyspace\r\n".to_vec());
        check(&text, b"$12\r\n# Keyspace\r\n\r\n", b"=16\r\ntxt:# Keyspace\r\n\r\n");
    }

    #[test]
    fn silence_is_not_a_byte() {
        check(&Reply::Silence, b"", b"");
    }

    #[test]
    fn maps_and_sets_are_flat_arrays_in_resp2() {
        let pair = (Reply::Bulk(b"a".to_vec()), Reply::Nil);
        check(&Reply::Map(vec![pair]), b"*2\r\n$1\r\na\r\n$-1\r\n", b"%1\r\n$1\r\na\r\n_\r\n");
        check(&Reply::Set(vec![Reply::Integer(1)]), b"*1\r\n:1\r\n", b"~1\r\n:1\r\n");
    }
}
