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
