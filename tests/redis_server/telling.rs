//! What INFO and CLIENT LIST tell, field by field: a store tells fewer fields than a server, and what both tell of the same
//! thing is the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::resp::Value;

type Fields<'t> = BTreeMap<&'t str, String>;

/// Whether two texts of CLIENT INFO or CLIENT LIST tell of the same clients, in any order, and but for some fields.
pub(crate) fn same_clients(server: &Value, store: &Value, but_for: &[&str]) -> bool {
    let (Some(server), Some(store)) = (text(server), text(store)) else { return false };
    let (mut theirs, mut ours) = (clients(&server), clients(&store));
    for client in theirs.iter_mut().chain(&mut ours) {
        client.retain(|name, _| !but_for.contains(name));
    }
    // What one side does not tell of is not compared.
    let told = |all: &[Fields<'_>]| -> BTreeSet<String> {
        all.iter().flat_map(|one| one.keys().map(|name| (*name).to_owned())).collect()
    };
    let both: BTreeSet<String> = told(&theirs).intersection(&told(&ours)).cloned().collect();
    for client in theirs.iter_mut().chain(&mut ours) {
        client.retain(|name, _| both.contains(*name));
    }
    theirs.sort();
    ours.sort();
    theirs == ours && both.len() + but_for.len() >= 8
}

fn clients(text: &str) -> Vec<Fields<'_>> {
    text.lines().filter(|line| !line.is_empty()).map(client).collect()
}

fn client(line: &str) -> Fields<'_> {
    const OWN: [&str; 6] = ["id", "addr", "laddr", "fd", "age", "cmd"];
    let pairs = line.split(' ').filter_map(|field| field.split_once('='));
    let mut fields: Fields<'_> = pairs
        .filter(|(name, _)| !OWN.contains(name))
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    let flags = fields.get_mut("flags").expect("flags");
    // By a unix socket.
    flags.retain(|flag| flag != 'U' && flag != 'N');
    // Servers do not agree on how many commands a transaction has that was spoilt; and Valkey says 0 where there is none after a
    // WATCH or a RESET. The flag `x` tells.
    let is_dirty = flags.contains('d');
    fields.remove("multi");
    // Where a watched key has changed, servers watch nothing any more.
    if is_dirty && fields.contains_key("watch") {
        fields.insert("watch", "0".into());
    }
    fields
}

/// Whether two texts of INFO agree in what both tell.
pub(crate) fn same_info(server: &Value, store: &Value) -> bool {
    let (Some(server), Some(store)) = (text(server), text(store)) else { return false };
    let (theirs, ours) = (info(&server), info(&store));
    let both = ours.iter().filter_map(|(name, ours)| Some((ours, theirs.get(name)?)));
    let mut both = both.peekable();
    both.peek().is_some() && both.all(|(ours, theirs)| ours == theirs)
}

/// The fields, and each section as one.
fn info(text: &str) -> Fields<'_> {
    const OWN: [&str; 13] = [
        "redis_version",
        "server_name",
        "os",
        "process_id",
        "server_time_usec",
        "uptime_in_seconds",
        "uptime_in_days",
        "connected_clients",
        "total_connections_received",
        // A server counts those of the programs before.
        "expired_keys",
        "used_memory",
        "used_memory_human",
        // See above.
        "total_watched_keys",
    ];
    let lines = text.lines().filter(|line| !line.is_empty());
    let pairs = lines.map(|line| line.split_once(':').unwrap_or((line, "")));
    let value = |name: &str, value: &str| match name {
        // What comes after is measured now and then, or differs from server to server.
        "db0" => value.split(',').take(2).collect::<Vec<_>>().join(","),
        _ => value.to_owned(),
    };
    let kept = pairs.filter(|(name, _)| !OWN.contains(name));
    kept.map(|(name, said)| (name, value(name, said))).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Bulk(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        Value::Verbatim(bytes) => {
            Some(String::from_utf8_lossy(bytes.strip_prefix(b"txt:")?).into_owned())
        }
        _ => None,
    }
}
