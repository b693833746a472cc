//! A command that waits asks for no more memory than the one that does not, where it finds an element. A counting allocator
//! sees it, so all of it is one test, which is alone in its process.

use std::alloc::System;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use cap::Cap;
use redeque::Direction::{Left, Right};
use redeque::{Connection, Reply, Store, Wait};

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

const ROUNDS: usize = 1000;

/// Less than a byte for each round, and room for what the test's own threads do.
const SLACK: usize = 512;

/// A key that is longer than what is kept without an allocation of its own, and one that is not.
const LONG: &str = "a key that is longer than most keys are";
const SHORT: &str = "k";

/// How many bytes are asked for by as many calls as there are rounds.
fn asked(mut call: impl FnMut()) -> usize {
    call();
    // The least of several: another thread may ask meanwhile.
    let asked = (0..5).map(|_| {
        let before = MEMORY.total_allocated();
        (0..ROUNDS).for_each(|_| call());
        MEMORY.total_allocated() - before
    });
    asked.min().expect("five rounds")
}

#[track_caller]
fn costs_only(what: &str, more: usize, waiting: impl FnMut(), plain: impl FnMut()) {
    let (waiting, plain) = (asked(waiting), asked(plain));
    assert!(plain > 0, "{what}: what is popped is asked for");
    let limit = plain + more * ROUNDS + SLACK;
    assert!(waiting <= limit, "{what} asked for {waiting} bytes, of which {limit} are explained");
}

fn now<T>(mut wait: Wait<T>) -> T {
    match Pin::new(&mut wait).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(reply) => reply,
        Poll::Pending => panic!("there is an element"),
    }
}

fn filled() -> Store {
    let store = Store::new();
    for key in [SHORT, LONG] {
        for _ in 0..50 * ROUNDS {
            store.rpush_all(key, ["an element", "another"]).expect("elements");
        }
    }
    store
}

fn pops(store: &Store) {
    for key in [SHORT, LONG] {
        let plain = || assert!(store.lpop(key).unwrap().is_some());
        let blpop = || assert!(store.blpop([key], None).unwrap().is_some());
        costs_only("blpop", key.len(), blpop, plain);
        let behind = || assert!(store.brpop(["missing", key], None).unwrap().is_some());
        costs_only("brpop of two keys", key.len(), behind, plain);
    }
    let plain = || assert!(store.lpop(SHORT).unwrap().is_some());
    let task = || assert!(now(store.blpop_async([SHORT])).is_ok());
    costs_only("blpop_async", SHORT.len(), task, plain);
    // The future keeps its key until it is done.
    let plain = || assert!(store.lpop(LONG).unwrap().is_some());
    let task = || assert!(now(store.blpop_async([LONG])).is_ok());
    costs_only("blpop_async of a long key", 2 * LONG.len(), task, plain);
}

fn moves(store: &Store) {
    let plain = || assert!(store.lmove(SHORT, LONG, Left, Right).unwrap().is_some());
    let waiting = || assert!(store.blmove(LONG, SHORT, Left, Right, None).unwrap().is_some());
    costs_only("blmove", 0, waiting, plain);
    let plain = || assert!(store.lmpop([SHORT], Left, 2).unwrap().is_some());
    let waiting = || assert!(store.blmpop([SHORT], Left, 2, None).unwrap().is_some());
    costs_only("blmpop", 0, waiting, plain);
}

fn text(connection: &mut Connection, other: &mut Connection) {
    let two_replies = 2 * size_of::<Reply>();
    let waiting = || {
        let reply = connection.execute(["BLPOP", SHORT, "0"]);
        assert!(matches!(reply, Reply::Array(replies) if replies.len() == 2));
    };
    let plain = || assert!(matches!(other.execute(["LPOP", SHORT]), Reply::Bulk(_)));
    costs_only("BLPOP", SHORT.len() + two_replies, waiting, plain);
}

#[test]
fn who_finds_an_element_asks_for_no_memory_to_wait() {
    let store = filled();
    pops(&store);
    moves(&store);
    text(&mut store.connect(), &mut store.connect());
}
