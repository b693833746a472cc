//! What may differ between the server's reply and the store's.
//!
//! First what no server promises: an order, a random choice, a number of a client. Then what the store does on
//! purpose as later servers do; each such case is excused for the versions it is true of, and nothing else is.

use crate::program::is;
use crate::resp::Value;

/// A reply without what is not specified.
pub(crate) fn normalised(words: &[Vec<u8>], reply: &Value) -> Value {
    match reply {
        Value::Array(items) if is(words, "keys") || is_sub(words, "command", "list") => {
            Value::Array(sorted(items))
        }
        Value::Array(items) if is(words, "scan") => normalised_scan(words, items),
        Value::Array(_) if sorts_equals(words) => Value::Simple(b"any order".to_vec()),
        Value::Bulk(_) if is(words, "randomkey") => Value::Bulk(b"any key".to_vec()),
        Value::Integer(_) if is_sub(words, "client", "id") => Value::Bulk(b"any id".to_vec()),
        _ if is(words, "hello") => without_identity(reply),
        _ if is_sub(words, "command", "info") => without_notes(reply),
        _ if is_sub(words, "command", "docs") => only_facts(reply),
        _ => reply.clone(),
    }
}

fn is_sub(words: &[Vec<u8>], name: &str, subcommand: &str) -> bool {
    is(words, name) && words.len() > 1 && is(&words[1..], subcommand)
}

/// SORT by weights that are all missing, as text: no two elements have an order, and with LIMIT a server's algorithm
/// is one that shuffles equals.
fn sorts_equals(words: &[Vec<u8>]) -> bool {
    let says = |option: &str| words.iter().any(|word| word.eq_ignore_ascii_case(option.as_bytes()));
    (is(words, "sort") || is(words, "sort_ro")) && says("by") && says("alpha") && says("limit")
}

fn sorted(items: &[Value]) -> Vec<Value> {
    let mut items = items.to_vec();
    items.sort_by_key(|item| format!("{item:?}"));
    items
}

/// Of a page of SCAN only its shape, unless it is certainly the whole keyspace.
fn normalised_scan(words: &[Vec<u8>], items: &[Value]) -> Value {
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

/// HELLO: who answers, which version, and which number the client has.
fn without_identity(reply: &Value) -> Value {
    let own =
        |name: &Value| [&b"server"[..], b"version", b"id"].iter().any(|own| is_bulk(name, own));
    match reply {
        Value::Map(pairs) => {
            Value::Map(pairs.iter().filter(|(name, _)| !own(name)).cloned().collect())
        }
        Value::Array(flat) => {
            let pairs = flat.chunks(2).filter(|pair| !own(&pair[0]));
            Value::Array(pairs.flatten().cloned().collect())
        }
        other => other.clone(),
    }
}

fn is_bulk(value: &Value, bytes: &[u8]) -> bool {
    matches!(value, Value::Bulk(other) if other == bytes)
}

/// COMMAND INFO: the notes are prose.
fn without_notes(reply: &Value) -> Value {
    let note = |name: &Value| is_bulk(name, b"notes");
    match reply {
        Value::Map(pairs) => {
            let kept = pairs.iter().filter(|(name, _)| !note(name));
            Value::Map(kept.map(|(name, value)| (name.clone(), without_notes(value))).collect())
        }
        Value::Array(items) if items.first().is_some_and(note) => {
            Value::Array(items[2..].iter().map(without_notes).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_notes).collect()),
        Value::Set(items) => Value::Set(items.iter().map(without_notes).collect()),
        other => other.clone(),
    }
}

/// COMMAND DOCS: of each command its version and its group. The rest is prose, or about what a store has not.
fn only_facts(reply: &Value) -> Value {
    let Value::Array(flat) = reply.flattened() else { return reply.clone() };
    let commands = flat.chunks(2).map(|command| {
        let fields = command[1].items().unwrap_or(&[]);
        let facts = fields
            .chunks(2)
            .filter(|field| is_bulk(&field[0], b"since") || is_bulk(&field[0], b"group"));
        let facts = facts.flatten().cloned();
        Value::Array(std::iter::once(command[0].clone()).chain(facts).collect())
    });
    Value::Array(sorted(&commands.collect::<Vec<_>>()))
}

/// Something that the store does on purpose, and some servers do not.
pub(crate) struct Difference {
    pub(crate) name: &'static str,
    /// For which major and minor versions of the server.
    servers: fn((u32, u32)) -> bool,
    /// Whether it explains the server's reply to this command, and the store's.
    explains: fn(&[Vec<u8>], &Value, &Value) -> bool,
}

/// The reason why these replies may differ, if there is one.
pub(crate) fn excuse(
    version: (u32, u32),
    words: &[Vec<u8>],
    server: &Value,
    store: &Value,
) -> Option<&'static str> {
    let known = DIFFERENCES.iter().filter(|difference| (difference.servers)(version));
    known.filter(|known| (known.explains)(words, server, store)).map(|known| known.name).next()
}

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "LPOS RANK of the least integer is out of range",
        servers: |version| version < (7, 2),
        explains: |words, server, store| {
            is(words, "lpos")
                && words.iter().any(|word| word == LEAST)
                && !server.is_error()
                && is_error(store, SYMMETRIC)
        },
    },
    Difference {
        name: "LREM with the least integer is out of range",
        servers: |version| version < (7, 4),
        explains: |words, server, store| {
            is(words, "lrem")
                && words.get(2).is_some_and(|word| word == LEAST)
                && !server.is_error()
                && is_error(store, SYMMETRIC)
        },
    },
    Difference {
        name: "LSET does not cut its index to 32 bits",
        servers: |version| version >= (7, 2),
        explains: |words, server, store| {
            is(words, "lset") && !server.is_error() && is_error(store, "ERR index out of range")
        },
    },
    Difference {
        name: "timeouts that are too large are out of range",
        servers: |version| version < (7, 2),
        explains: |words, server, store| {
            words[0].to_ascii_lowercase().starts_with(b"b")
                && is_error(store, "ERR timeout is out of range")
                && (!server.is_error() || is_error(server, "ERR timeout is negative"))
        },
    },
    Difference {
        name: "OBJECT ENCODING of a small list is listpack",
        servers: |version| version < (7, 2),
        explains: |words, server, store| {
            is(words, "object") && is_bulk(server, b"quicklist") && is_bulk(store, b"listpack")
        },
    },
    Difference {
        name: "SCAN TYPE refuses what is no type",
        servers: |version| version < (8, 0),
        // A server goes on to the next option.
        explains: |words, _, store| is(words, "scan") && is_error(store, "ERR unknown type name '"),
    },
    Difference {
        name: "SCAN refuses empty, negative and padded cursors",
        servers: |_| true,
        explains: |words, _, store| {
            let odd = |cursor: &Vec<u8>| {
                matches!(cursor[..], [] | [b'-' | 0, ..]) || cursor.starts_with(b" ")
            };
            is(words, "scan")
                && words.get(1).is_some_and(odd)
                && is_error(store, "ERR invalid cursor")
        },
    },
    Difference {
        name: "SORT reads numbers as C does",
        servers: |version| version >= (8, 0),
        explains: |words, _, _| is(words, "sort") || is(words, "sort_ro"),
    },
];

const LEAST: &[u8] = b"-9223372036854775808";
const SYMMETRIC: &str = "ERR value is out of range, value must between -9223372036854775807 and";

fn is_error(value: &Value, beginning: &str) -> bool {
    matches!(value, Value::Error(text) if text.starts_with(beginning.as_bytes()))
}
