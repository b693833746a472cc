//! What a transaction takes of memory besides the lists: an import keeps no replies, and KEYS few names. A counting
//! allocator says how much was in use, so all of it is one test, which is alone in its process.

use std::alloc::System;

use cap::Cap;
use redeque::Store;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

const LIST: usize = 1024 * 1024;

#[test]
fn neither_replies_nor_names_of_a_transaction_fill_memory() {
    let store = Store::new();
    store.rpush("k", vec![b'x'; LIST]).expect("an element");
    let mut stream = "MULTI\n".to_owned();
    for _ in 0..200 {
        stream.push_str("LRANGE k 0 -1\n");
    }
    stream.push_str("EXEC\n");

    let before = MEMORY.max_allocated();
    assert_eq!(store.import_commands(stream.as_bytes()).expect("a stream"), 202);
    let grown = MEMORY.max_allocated() - before;
    assert!(grown < 10 * LIST, "the replies took {grown} bytes");

    // The names of all keys, which each of these looks through, are not kept for all of them.
    store.rpush(vec![b'k'; LIST], "x").expect("an element");
    let mut connection = store.connect();
    connection.execute(["MULTI"]);
    for _ in 0..200 {
        connection.execute(["KEYS", "nothing"]);
    }
    let before = MEMORY.max_allocated().max(MEMORY.allocated());
    let replies = connection.execute(["EXEC"]).into_array().expect("an array");
    assert!(replies.len() == 200 && replies.iter().all(|reply| reply.as_array() == Some(&[])));
    let grown = MEMORY.max_allocated() - before;
    assert!(grown < 20 * LIST, "the names took {grown} bytes");
}
