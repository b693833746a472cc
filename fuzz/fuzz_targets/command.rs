//! Raw bytes as text commands: no input makes a panic, a command that is half done, or an empty list.
//!
//! The input is lines of words. A space ends a word, a newline ends a command, and a backslash takes the next byte
//! literally. A line that begins with `>` is said by the second of two clients.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use redeque::{Protocol, Reply, Store};

fuzz_target!(|bytes: &[u8]| {
    let store = Store::builder().shards(3).build().expect("three shards are a legal number");
    let mut clients = [store.connect(), store.connect()];
    for (client, words) in lines(bytes) {
        let before = contents(&store);
        // A command that waits gives up at once: nobody else is there to end its wait.
        let reply = clients[client].execute_async(&words).expire();
        let _ = (reply.to_resp(Protocol::Resp2), reply.to_resp(Protocol::Resp3));
        let after = contents(&store);
        assert!(after.values().all(|list| !list.is_empty()), "an empty list after {words:?}");
        if matches!(reply, Reply::Error(_)) {
            assert_eq!(after, before, "{words:?} was refused, and changed something");
        }
    }
});

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
