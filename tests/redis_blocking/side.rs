//! What a server, a store used by threads and a store used by tasks have in common.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use redeque::{Connection, Protocol, Store};

use crate::resp::Value;
use crate::schedule::{Action, Name, Told, Words, name_in};

/// Longer than any step takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Something that clients can be blocked on.
pub(crate) trait Side {
    /// Acts, and returns what the clients are told by the time that each of them is blocked or has nothing to do.
    fn act(&mut self, action: &Action) -> Told;

    /// What a client that never waits is told.
    fn ask(&mut self, words: &[&str]) -> Value;
}

/// All lists, by ascending key: `d 1; k a b`.
pub(crate) fn contents(side: &mut impl Side) -> String {
    let mut keys = texts(&side.ask(&["KEYS", "*"]));
    keys.sort();
    let list = |key: String| {
        let elements = texts(&side.ask(&["LRANGE", &key, "0", "-1"]));
        std::iter::once(key).chain(elements).collect::<Vec<_>>().join(" ")
    };
    keys.into_iter().map(list).collect::<Vec<_>>().join("; ")
}

fn texts(reply: &Value) -> Vec<String> {
    let text = |item: &Value| match item {
        Value::Bulk(bytes) => String::from_utf8(bytes.clone()).expect("schedules are text"),
        other => panic!("{other:?} where a text should be"),
    };
    reply.items().expect("an array").iter().map(text).collect()
}

/// Waits for something that comes by itself.
pub(crate) fn until<R>(what: &str, mut happened: impl FnMut() -> Option<R>) -> R {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(result) = happened() {
            return result;
        }
        assert!(Instant::now() < deadline, "in vain: {what}");
        thread::yield_now();
    }
}

/// The words with the numbers of clients in the place of their names.
pub(crate) fn filled(words: &Words, numbers: &BTreeMap<Name, u64>) -> Words {
    let fill = |word: &String| match name_in(word) {
        Some(name) => numbers.get(&name).expect("a client of the schedule").to_string(),
        None => word.clone(),
    };
    words.iter().map(fill).collect()
}

pub(crate) fn greeting(protocol: Protocol) -> [&'static str; 2] {
    ["HELLO", if protocol == Protocol::Resp3 { "3" } else { "2" }]
}

/// A connection to a store, which speaks that version of the protocol.
pub(crate) fn connect(store: &Store, protocol: Protocol) -> Connection {
    let mut connection = store.connect();
    connection.execute(greeting(protocol));
    connection
}

/// The reply as it would come over the wire.
pub(crate) fn value(connection: &Connection, reply: &redeque::Reply) -> Value {
    Value::from_bytes(&reply.to_resp(connection.protocol()))
}

/// Carries a command out in this thread.
pub(crate) fn execute(connection: &mut Connection, words: &[impl AsRef<[u8]>]) -> Value {
    let reply = connection.execute(words);
    value(connection, &reply)
}
