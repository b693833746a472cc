//! What a server tells of itself and of its commands, without what is its own.

use crate::resp::Value;
use crate::unspecified::sorted;

/// HELLO: all but who answers, which version of it and with which modules, and which number the client has.
pub(crate) fn without_identity(reply: &Value) -> Value {
    const OWN: [&[u8]; 4] = [b"server", b"version", b"modules", b"id"];
    let own = |name: &Value| OWN.iter().any(|own| is_bulk(name, own));
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
pub(crate) fn without_notes(reply: &Value) -> Value {
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

/// COMMAND INFO without the flags and the hints of each command, which change from version to version.
pub(crate) fn without_flags_and_hints(reply: &Value) -> Value {
    const FLAGS: usize = 2;
    const HINTS: usize = 7;
    let of_command = |command: &Value| match command {
        Value::Array(fields) => {
            let kept = fields.iter().enumerate().filter(|(at, _)| ![FLAGS, HINTS].contains(at));
            Value::Array(kept.map(|(_, field)| field.clone()).collect())
        }
        other => other.clone(),
    };
    match reply.flattened() {
        Value::Array(commands) => Value::Array(commands.iter().map(of_command).collect()),
        other => other,
    }
}

/// COMMAND DOCS: of each command its version and its group. The rest is prose, or about what a store has not.
pub(crate) fn only_facts(reply: &Value) -> Value {
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
