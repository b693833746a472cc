//! Keys that expire while both sides are asked: by a server's clock and by the system's, which are the same.

use std::time::{Duration, Instant};

use redeque::{Connection, Protocol, Store};

use crate::resp::Value;
use crate::server::{Client, Server};

/// How long a key is there: so long that it is when it is first asked for, even on a machine with much to do.
const MILLIS: &str = "400";

/// A server never needs as long as this to find that a key has expired.
const PATIENCE: Duration = Duration::from_secs(30);

/// One side, which says what it is told.
trait Side {
    fn say(&mut self, line: &str) -> Value;
}

impl Side for Client {
    fn say(&mut self, line: &str) -> Value {
        self.call(&line.split(' ').collect::<Vec<_>>())
    }
}

impl Side for Connection {
    fn say(&mut self, line: &str) -> Value {
        Value::from_bytes(&self.execute(line.split(' ')).to_resp(Protocol::Resp2))
    }
}

/// What is said before a key has expired, and after that.
const SCENES: [(&[&str], &[&str]); 6] = [
    (
        &["LLEN k", "EXISTS k k"],
        &["LLEN k", "EXISTS k k", "TYPE k", "TTL k", "LRANGE k 0 -1", "LPOP k", "LINDEX k 0"],
    ),
    (&[], &["RPUSH k x", "TTL k", "LRANGE k 0 -1"]),
    (
        &[],
        &[
            "RPUSHX k x",
            "LSET k 0 x",
            "PERSIST k",
            "EXPIRE k 10",
            "DEL k",
            "RENAME k other",
            "COPY k other",
        ],
    ),
    (&["RPUSH s y"], &["RENAMENX s k", "TTL k", "LRANGE k 0 -1"]),
    (&["RPUSH s y"], &["COPY s k", "LMOVE s k LEFT RIGHT", "LRANGE k 0 -1", "PEXPIRETIME k"]),
    (&["RENAME k n", "RPUSH n x", "COPY n k", "LLEN k"], &["EXISTS n k", "RPUSH n z", "TTL n"]),
];

fn scene(side: &mut dyn Side, before: &[&str], after: &[&str]) -> Vec<Value> {
    side.say("FLUSHALL");
    let mut replies = vec![side.say("RPUSH k a b"), side.say(&format!("PEXPIRE k {MILLIS}"))];
    replies.extend(before.iter().map(|line| side.say(line)));
    expires(side, if before.iter().any(|line| line.starts_with("RENAME")) { "n" } else { "k" });
    replies.extend(after.iter().map(|line| side.say(line)));
    replies
}

/// Returns when a key has expired.
fn expires(side: &mut dyn Side, key: &str) {
    let begun = Instant::now();
    while side.say(&format!("PTTL {key}")) != Value::Integer(-2) {
        assert!(begun.elapsed() < PATIENCE, "{key} stays");
    }
}

/// WATCH of a key that expires, and of one that had expired before.
fn watching(side: &mut dyn Side, other: &mut dyn Side) -> Vec<Value> {
    side.say("FLUSHALL");
    for line in ["RPUSH k a", &format!("PEXPIRE k {MILLIS}"), "WATCH k"] {
        side.say(line);
    }
    expires(other, "k");
    let lines = ["MULTI", "RPUSH k x", "EXEC", "EXISTS k", "WATCH k", "MULTI", "RPUSH k x", "EXEC"];
    lines.iter().map(|line| side.say(line)).collect()
}

#[test]
#[ignore = "needs redis-server"]
fn keys_expire_as_on_a_server() {
    for server in Server::start_each() {
        let store = Store::new();
        let (mut there, mut here) = (server.client(), store.connect());
        for (before, after) in SCENES {
            let replies = scene(&mut there, before, after);
            assert_eq!(scene(&mut here, before, after), replies, "{after:?}, {}", server.kind());
        }
        let replies = watching(&mut there, &mut server.client());
        assert_eq!(watching(&mut here, &mut store.connect()), replies, "{}", server.kind());
        server.report("keys that expire", &format!("{} scenes", SCENES.len() + 1));
    }
}
