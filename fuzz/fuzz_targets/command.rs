//! Raw bytes as text commands: no input makes a panic, a command that is half done, or an empty list.
//!
//! The input is lines of words. A space ends a word, a newline ends a command, and a backslash takes the next byte
//! literally. A line that begins with `>` is said by the second of two clients.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use redeque::{Connection, Protocol, Reply, Store, command};

fuzz_target!(|bytes: &[u8]| {
    let store = Store::builder().shards(3).build().expect("three shards are a legal number");
    let mut clients = [Client::of(&store), Client::of(&store)];
    for line in lines(bytes) {
        let (client, words) = line;
        let before = contents(&store);
        let Some(reply) = clients[client].execute(&words) else { continue };
        let _ = (reply.to_resp(Protocol::Resp2), reply.to_resp(Protocol::Resp3));
        let after = contents(&store);
        assert!(after.values().all(|list| !list.is_empty()), "an empty list after {words:?}");
        if matches!(reply, Reply::Error(_)) {
            assert_eq!(after, before, "{words:?} was refused, and changed something");
        }
    }
});

struct Client {
    connection: Connection,
    in_transaction: bool,
}

impl Client {
    fn of(store: &Store) -> Self {
        Self { connection: store.connect(), in_transaction: false }
    }

    /// Runs a command, unless that might wait.
    fn execute(&mut self, words: &[Vec<u8>]) -> Option<Reply> {
        let name = words.first().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
        let spec = command::commands().iter().find(|spec| spec.name().as_bytes() == name);
        let waits = spec.is_some_and(|spec| spec.flags().contains(&"blocking"));
        if waits && !self.in_transaction {
            return None;
        }
        let reply = self.connection.execute(words);
        match &name[..] {
            b"multi" => self.in_transaction |= reply == Reply::ok(),
            // Other than DISCARD, these leave the transaction also where they are refused.
            b"exec" | b"reset" | b"quit" => self.in_transaction = false,
            b"discard" => self.in_transaction &= reply != Reply::ok(),
            _ => {}
        }
        Some(reply)
    }
}

fn contents(store: &Store) -> BTreeMap<Vec<u8>, Vec<Vec<u8>>> {
    store.keys("*").into_iter().map(|key| (key.clone(), store.lrange(&key, 0, -1))).collect()
}

/// The commands of the input, and who says each.
fn lines(bytes: &[u8]) -> Vec<(usize, Vec<Vec<u8>>)> {
    let mut lines = vec![(0, vec![Vec::new()])];
    let mut escaped = false;
    for &byte in bytes {
        let (client, words) = lines.last_mut().expect("there is one");
        let at_start = words.len() == 1 && words[0].is_empty();
        let word = words.last_mut().expect("there is one");
        match byte {
            _ if std::mem::take(&mut escaped) => word.push(byte),
            b'\\' => escaped = true,
            b' ' => words.push(Vec::new()),
            b'\n' => lines.push((0, vec![Vec::new()])),
            b'>' if at_start => *client = 1,
            _ => word.push(byte),
        }
    }
    lines
}
