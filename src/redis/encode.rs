//! Replies as the crate's values: those that it would have read from a server's bytes.

use std::io;

use ::redis::{RedisError, RedisResult, Value, parse_redis_value};

use crate::{Error, Protocol, Reply};

/// The value that the crate makes of a reply in this version of the protocol. Errors are values too, except for those
/// whose text is not UTF-8, which the crate can't read, and for that of a closed store.
pub(super) fn encode(reply: Reply, protocol: Protocol) -> RedisResult<Value> {
    Ok(match reply {
        Reply::Integer(number) => Value::Int(number),
        Reply::Bulk(bytes) => Value::BulkString(bytes),
        Reply::Verbatim(text) => encode_verbatim(text, protocol)?,
        // Silence is what the crate makes of a command that it was told not to read the reply of.
        Reply::Nil | Reply::NilArray | Reply::Silence => Value::Nil,
        Reply::Status(word) if word == "OK" => Value::Okay,
        Reply::Status(word) => Value::SimpleString(word.into_owned()),
        Reply::Error(text) => encode_error(text, protocol)?,
        Reply::Set(items) if protocol == Protocol::Resp3 => Value::Set(all(items, protocol)?),
        Reply::Array(items) | Reply::Set(items) => Value::Array(all(items, protocol)?),
        Reply::Map(pairs) => encode_map(pairs, protocol)?,
    })
}

fn encode_verbatim(text: Vec<u8>, protocol: Protocol) -> RedisResult<Value> {
    match protocol {
        Protocol::Resp2 => Ok(Value::BulkString(text)),
        Protocol::Resp3 => parse_redis_value(&Reply::Verbatim(text).to_resp(protocol)),
    }
}

/// To a program, a closed store is a server that has gone, and so is the end of a connection that was killed.
fn encode_error(text: Vec<u8>, protocol: Protocol) -> RedisResult<Value> {
    for gone in [Error::Closed, Error::Killed] {
        if text == gone.to_string().as_bytes() {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, gone).into());
        }
    }
    // How an error's line becomes its kind, code and detail is the crate's to say.
    parse_redis_value(&Reply::Error(text).to_resp(protocol))
}

/// The error of commands that were carried out, and none of which is acknowledged.
pub(super) fn refusal(error: Error, protocol: Protocol) -> RedisError {
    match encode_error(error.to_string().into_bytes(), protocol) {
        Ok(Value::ServerError(error)) => error.into(),
        Ok(_) => io::Error::other(error).into(),
        Err(error) => error,
    }
}

fn encode_map(pairs: Vec<(Reply, Reply)>, protocol: Protocol) -> RedisResult<Value> {
    if protocol == Protocol::Resp2 {
        let items = pairs.into_iter().flat_map(|(name, value)| [name, value]);
        return Ok(Value::Array(all(items, protocol)?));
    }
    let pairs = pairs
        .into_iter()
        .map(|(name, value)| Ok((encode(name, protocol)?, encode(value, protocol)?)));
    Ok(Value::Map(pairs.collect::<RedisResult<_>>()?))
}

fn all(items: impl IntoIterator<Item = Reply>, protocol: Protocol) -> RedisResult<Vec<Value>> {
    items.into_iter().map(|item| encode(item, protocol)).collect()
}

#[cfg(test)]
mod tests {
    use ::redis::parse_redis_value;
    use proptest::prelude::{Just, Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};

    use super::encode;
    use crate::{Protocol, Reply};

    fn reply() -> impl Strategy<Value = Reply> {
        let leaf = prop_oneof![
            prop_oneof!["OK", "QUEUED", "[a-z ]{0,5}"].prop_map(|word| Reply::Status(word.into())),
            "(ERR|EXECABORT|WRONGTYPE|NOPROTO|UNBLOCKED|-)?( [a-zé' ]{0,9})?"
                .prop_map(|text| Reply::Error(text.into_bytes())),
            prop::collection::vec(prop_oneof![Just(b'E'), Just(b' '), Just(0xff)], 0..5)
                .prop_map(Reply::Error),
            any::<i64>().prop_map(Reply::Integer),
            any::<Vec<u8>>().prop_map(Reply::Bulk),
            "[a-zé\r\n]{0,9}".prop_map(|text| Reply::Verbatim(text.into_bytes())),
            Just(Reply::Nil),
            Just(Reply::NilArray),
        ];
        leaf.prop_recursive(3, 30, 4, |inner| {
            let items = prop::collection::vec(inner.clone(), 0..4);
            prop_oneof![
                items.clone().prop_map(Reply::Array),
                items.prop_map(Reply::Set),
                prop::collection::vec((inner.clone(), inner), 0..3).prop_map(Reply::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_reply_is_what_the_crate_reads_from_its_bytes(reply in reply()) {
            for protocol in [Protocol::Resp2, Protocol::Resp3] {
                let read = parse_redis_value(&reply.to_resp(protocol));
                match (encode(reply.clone(), protocol), read) {
                    (Err(ours), Err(theirs)) => prop_assert_eq!(ours.kind(), theirs.kind()),
                    (ours, theirs) => prop_assert_eq!(ours, theirs),
                }
            }
        }
    }
}
