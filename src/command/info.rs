//! INFO, and what else a server tells of itself: ROLE and TIME.

use std::fmt::Write as _;
use std::time::Duration;

use super::arguments::is_word;
use super::call::Call;
use super::replies::text;
use super::session::Session;
use super::{Answer, Refusal};
use crate::keyspace::{Access, Reach};
use crate::{Reply, Stats};

/// The version of Redis whose behaviour a store has: clients ask for it before they use what a version brought.
const REDIS_VERSION: &str = "8.2.0";

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

/// What a section is called, and what makes its fields.
type Section = (&'static str, fn(&Known) -> String);

/// In a server's order.
const SECTIONS: [Section; 8] = [
    ("Server", server),
    ("Clients", clients),
    ("Memory", memory),
    ("Persistence", persistence),
    ("Stats", stats),
    ("Replication", replication),
    ("Cluster", cluster),
    ("Keyspace", keyspace),
];

struct Known {
    stats: Stats,
    max_memory: usize,
    uptime: u64,
    now: Option<Duration>,
    persistence: Vec<(&'static str, String)>,
}

/// INFO: the sections whose names are among the arguments. Nothing is told of others.
pub(super) fn info(call: &mut Call<'_, '_>) -> Answer {
    const ALL: [&str; 3] = ["default", "all", "everything"];
    let known = Known {
        stats: call.keyspace.look(Reach::All, |guard| guard.stats()),
        max_memory: call.keyspace.keyspace().max_memory(),
        uptime: call.keyspace.keyspace().age().as_secs(),
        now: call.keyspace.keyspace().time().since_1970(),
        persistence: super::persistence::fields(call.keyspace.keyspace()),
    };
    let wanted = &call.args[1..];
    let is_said = |name: &str| wanted.iter().any(|word| is_word(word, name));
    let tells_all = wanted.is_empty() || ALL.into_iter().any(is_said);
    let told = SECTIONS.iter().filter(|(name, _)| tells_all || is_said(name));
    let told = told.map(|(name, fields)| format!("# {name}\r\n{}", fields(&known)));
    Ok(Reply::Verbatim(told.collect::<Vec<_>>().join("\r\n").into_bytes()))
}

fn server(known: &Known) -> String {
    let mut lines = format!(
        "redis_version:{REDIS_VERSION}\r\nserver_name:redeque\r\nredeque_version:{}\r\n\
         redis_mode:standalone\r\nos:{} {}\r\narch_bits:{}\r\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        usize::BITS,
    );
    // A platform without processes has no numbers of them either.
    #[cfg(not(target_family = "wasm"))]
    field(&mut lines, "process_id", std::process::id());
    field(&mut lines, "tcp_port", 0);
    if let Some(now) = known.now {
        field(&mut lines, "server_time_usec", now.as_micros());
    }
    field(&mut lines, "uptime_in_seconds", known.uptime);
    field(&mut lines, "uptime_in_days", known.uptime / SECONDS_OF_A_DAY);
    field(&mut lines, "config_file", "");
    lines
}

fn clients(Known { stats, .. }: &Known) -> String {
    let mut lines = String::new();
    field(&mut lines, "connected_clients", stats.connections);
    field(&mut lines, "blocked_clients", stats.waiters);
    field(&mut lines, "total_watched_keys", stats.watched_keys);
    lines
}

fn memory(known: &Known) -> String {
    let mut lines = String::new();
    for (name, bytes) in [("used_memory", known.stats.bytes), ("maxmemory", known.max_memory)] {
        field(&mut lines, name, bytes);
        field(&mut lines, &format!("{name}_human"), human(bytes));
    }
    field(&mut lines, "maxmemory_policy", "noeviction");
    lines
}

/// Bytes as a server tells them to people.
fn human(bytes: usize) -> String {
    const UNITS: [(&str, i32); 5] = [("P", 5), ("T", 4), ("G", 3), ("M", 2), ("K", 1)];
    match UNITS.iter().find(|&&(_, power)| bytes as u64 >> (10 * power) > 0) {
        #[expect(clippy::cast_precision_loss, reason = "two digits behind the point are told")]
        Some((unit, power)) => format!("{:.2}{unit}", bytes as f64 / 1024_f64.powi(*power)),
        None => format!("{bytes}B"),
    }
}

fn persistence(known: &Known) -> String {
    let mut lines = String::new();
    for (name, value) in &known.persistence {
        field(&mut lines, name, value);
    }
    lines
}

fn stats(Known { stats, .. }: &Known) -> String {
    let mut lines = String::new();
    field(&mut lines, "total_connections_received", stats.connections_received);
    field(&mut lines, "rejected_connections", 0);
    field(&mut lines, "expired_keys", stats.expired);
    field(&mut lines, "evicted_keys", 0);
    field(&mut lines, "elements", stats.elements);
    field(&mut lines, "commits", stats.commits);
    field(&mut lines, "waits_served", stats.waits_served);
    field(&mut lines, "waits_given_up", stats.waits_given_up);
    lines
}

fn replication(_: &Known) -> String {
    "role:master\r\nconnected_slaves:0\r\n".into()
}

fn cluster(_: &Known) -> String {
    "cluster_enabled:0\r\n".into()
}

/// A database without keys has no line. Nobody adds up how long keys have left, which is 0 on a server that has not yet.
fn keyspace(Known { stats, .. }: &Known) -> String {
    match stats.keys {
        0 => String::new(),
        keys => {
            let expires = stats.keys_with_deadline;
            format!("db0:keys={keys},expires={expires},avg_ttl=0,subexpiry=0\r\n")
        }
    }
}

fn field(lines: &mut String, name: &str, value: impl std::fmt::Display) {
    // Writing to a string cannot fail.
    let _ = write!(lines, "{name}:{value}\r\n");
}

/// ROLE: nobody follows a store, and nothing is sent to anybody.
pub(super) fn role(_: &mut Session, _: &[&[u8]]) -> Answer {
    Ok(Reply::Array(vec![text("master"), Reply::Integer(0), Reply::Array(Vec::new())]))
}

/// TIME, by the clock by which keys expire.
pub(super) fn time(call: &mut Call<'_, '_>) -> Answer {
    let Some(now) = call.keyspace.keyspace().time().since_1970() else {
        return Err(Refusal::new("ERR there is no clock on this platform"));
    };
    let parts = [now.as_secs().to_string(), now.subsec_micros().to_string()];
    Ok(Reply::Array(parts.iter().map(|part| text(part)).collect()))
}

#[cfg(test)]
mod tests {
    use super::human;

    #[test]
    fn bytes_are_told_as_a_server_tells_them() {
        let told = [0, 1023, 1024, 1536, 1_048_575, 1 << 20, 868_352, 5 << 30].map(human);
        assert_eq!(
            told,
            ["0B", "1023B", "1.00K", "1.50K", "1024.00K", "1.00M", "848.00K", "5.00G"]
        );
    }
}
