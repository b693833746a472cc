//! What no server promises, and so is not compared: an order, a random choice, a number of a client.

use crate::program::{is, is_sub};
use crate::resp::Value;

/// A reply without what is not specified.
pub(crate) fn without_unspecified(words: &[Vec<u8>], reply: &Value) -> Value {
    match reply {
        Value::Array(items) if is(words, "keys") || is_sub(words, "command", "list") => {
            Value::Array(sorted(items))
        }
        Value::Array(items) if is(words, "scan") => page(words, items),
        Value::Bulk(_) if is(words, "randomkey") => Value::Bulk(b"any key".to_vec()),
        Value::Integer(_) if is_sub(words, "client", "id") => Value::Bulk(b"any id".to_vec()),
        Value::Integer(_)
            if is_sub(words, "object", "idletime") || is_sub(words, "memory", "usage") =>
        {
            Value::Bulk(b"any number".to_vec())
        }
        // How much is left depends on when both sides are asked. That it is left in seconds and rounded is in `tests/semantics`.
        Value::Integer(1..) if is(words, "ttl") || is(words, "pttl") => {
            Value::Bulk(b"any time".to_vec())
        }
        Value::Array(parts) if is(words, "time") => {
            let is_number = |part: &Value| matches!(part, Value::Bulk(digits) if digits.iter().all(u8::is_ascii_digit));
            assert!(parts.len() == 2 && parts.iter().all(is_number), "no time: {parts:?}");
            Value::Bulk(b"any time".to_vec())
        }
        // How much was sent to replicas.
        Value::Array(parts) if is(words, "role") => {
            let kept = parts.iter().filter(|part| !matches!(part, Value::Integer(_)));
            Value::Array(kept.cloned().collect())
        }
        Value::Array(flat) if is_sub(words, "config", "get") => {
            let pairs = flat.chunks(2).map(|pair| Value::Array(pair.to_vec()));
            Value::Array(sorted(&pairs.collect::<Vec<_>>()))
        }
        Value::Map(pairs) if is_sub(words, "config", "get") => {
            let mut pairs = pairs.clone();
            pairs.sort_by_key(|pair| format!("{pair:?}"));
            Value::Map(pairs)
        }
        _ => reply.clone(),
    }
}

pub(crate) fn sorted(items: &[Value]) -> Vec<Value> {
    let mut items = items.to_vec();
    items.sort_by_key(|item| format!("{item:?}"));
    items
}

/// Of a page of SCAN only its shape, unless it is certainly the whole keyspace.
fn page(words: &[Vec<u8>], items: &[Value]) -> Value {
    let whole = words.get(1).is_some_and(|cursor| cursor == b"0")
        && words
            .iter()
            .rposition(|word| word.eq_ignore_ascii_case(b"count"))
            .is_some_and(|at| words.get(at + 1).is_some_and(|count| count.len() > 3));
    match items {
        [cursor, Value::Array(keys)] if whole => {
            Value::Array(vec![cursor.clone(), Value::Array(sorted(keys))])
        }
        [Value::Bulk(_), Value::Array(_)] => Value::Simple(b"a page".to_vec()),
        _ => Value::Array(items.to_vec()),
    }
}
