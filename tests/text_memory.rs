//! Where the text commands copy a long element: never under a lock. A counting allocator sees it, so all of it is one test,
//! which is alone in its process.

use std::alloc::System;
use std::time::{Duration, Instant};

use cap::Cap;
use redeque::{Error, Reply, Store};

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

const LONG: usize = 16 << 20;

/// More than all that is allocated besides the elements, and less than one of them.
const SMALL: usize = 1 << 20;

/// Another thread says the command while this one has the locks. Its element is copied all the same.
fn prepares_before_it_locks(store: &Store, words: &[&[u8]]) {
    let before = MEMORY.allocated();
    std::thread::scope(|scope| {
        let copied = store.transaction(["k"], |_| {
            scope.spawn(|| {
                let reply = store.connect().execute(words);
                assert!(!matches!(reply, Reply::Error(_)), "{reply:?}");
            });
            let deadline = Instant::now() + Duration::from_secs(30);
            while MEMORY.allocated() < before + LONG && Instant::now() < deadline {
                std::thread::yield_now();
            }
            Ok::<_, Error>(MEMORY.allocated() - before)
        });
        assert!(copied.is_ok_and(|copied| copied >= LONG), "no copy without the lock");
    });
}

/// What EXEC asks the allocator for, with the locks or without.
fn allocated_by_exec(store: &Store, words: &[&[u8]]) -> usize {
    let mut connection = store.connect();
    connection.execute(["MULTI"]);
    assert_eq!(connection.execute(words), Reply::Status("QUEUED".into()));
    let before = MEMORY.total_allocated();
    let Reply::Array(replies) = connection.execute(["EXEC"]) else { panic!("no replies") };
    assert!(!matches!(replies[0], Reply::Error(_)), "{replies:?}");
    MEMORY.total_allocated() - before
}

#[test]
fn long_elements_are_copied_before_the_locks_are_taken() {
    let long = vec![b'x'; LONG];
    let commands: [&[&[u8]]; 6] = [
        &[b"RPUSH", b"k", &long],
        &[b"LPUSH", b"k", b"short", &long],
        &[b"RPUSHX", b"k", &long],
        &[b"LPUSHX", b"k", &long],
        &[b"LSET", b"k", b"0", &long],
        &[b"LINSERT", b"k", b"BEFORE", b"pivot", &long],
    ];
    for words in commands {
        let store = Store::new();
        store.rpush("k", "pivot").expect("an element");
        prepares_before_it_locks(&store, words);
        drop(store);
        let store = Store::new();
        store.rpush("k", "pivot").expect("an element");
        let allocated = allocated_by_exec(&store, words);
        assert!(allocated < SMALL, "EXEC allocated {allocated} bytes");
    }
}
