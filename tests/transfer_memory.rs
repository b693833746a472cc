//! What an import takes of memory besides the lists: no replies, which a few bytes can make many. A counting allocator
//! says how much was in use, so all of it is one test, which is alone in its process.

use std::alloc::System;

use cap::Cap;
use redeque::Store;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

const LIST: usize = 1024 * 1024;

#[test]
fn the_replies_of_a_transaction_are_dropped_as_they_are_made() {
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
}
