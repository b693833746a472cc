//! A text command of few words asks for no memory but that of its reply. A counting allocator sees it, so all of it is one
//! test, which is alone in its process.

use std::alloc::System;

use cap::Cap;
use redeque::{Connection, Reply, Store};

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

const ROUNDS: usize = 1000;

/// How much is asked for in this number of rounds: the least of several times, for another thread may ask meanwhile.
fn asked(mut round: impl FnMut()) -> usize {
    let asked = (0..5).map(|_| {
        let before = MEMORY.total_allocated();
        (0..ROUNDS).for_each(|_| round());
        MEMORY.total_allocated() - before
    });
    asked.min().expect("five times")
}

/// A connection to a store with a list of more elements than all rounds take.
fn connection() -> Connection {
    let store = Store::new();
    for _ in 0..6 * ROUNDS {
        store.rpush_all("k", ["an element", "an element"]).expect("elements");
    }
    store.connect()
}

/// How much the replies of [`ROUNDS`] pops hold.
const POPPED: usize = ROUNDS * "an element".len();

#[cfg(feature = "redis")]
fn asked_by_a_packed_command(connection: &mut Connection) -> usize {
    let packed = redis::cmd("LLEN").arg("k").get_packed_command();
    asked(|| {
        let reply = redis::ConnectionLike::req_packed_commands(connection, &packed, 0, 1);
        assert!(reply.is_ok());
    })
}

#[cfg(feature = "redis")]
fn asks_for_nothing_of_the_crates_commands(connection: &mut Connection) {
    use redis::ConnectionLike;

    let mut llen = redis::cmd("LLEN");
    llen.arg("k");
    assert_eq!(asked(|| assert!(connection.req_command(&llen).is_ok())), 0);
    let mut lpop = redis::cmd("LPOP");
    lpop.arg("k");
    assert_eq!(asked(|| assert!(connection.req_command(&lpop).is_ok())), POPPED);

    // Beyond the first command, one more costs the place of its words and that of its value.
    let one = asked_by_a_packed_command(connection);
    let mut pipeline = redis::pipe();
    for _ in 0..64 {
        pipeline.cmd("LLEN").arg("k");
    }
    let packed = pipeline.get_packed_pipeline();
    let many = asked(|| assert!(connection.req_packed_commands(&packed, 0, 64).is_ok()));
    assert_eq!(many, 64 * one, "a command of two words has room for three");
}

#[test]
fn a_command_of_few_words_asks_for_the_memory_of_its_reply() {
    let mut connection = connection();
    let llen = asked(|| assert!(!connection.execute(["LLEN", "k"]).is_error()));
    assert_eq!(llen, 0);
    let lindex = asked(|| drop(connection.execute(["lindex", "missing", "-1"])));
    assert_eq!(lindex, 0);
    let popped = Reply::Bulk(b"an element".to_vec());
    let lpop = asked(|| assert_eq!(connection.execute(["LPOP", "k"]), popped));
    assert_eq!(lpop, POPPED);
    #[cfg(feature = "redis")]
    asks_for_nothing_of_the_crates_commands(&mut connection);
}
