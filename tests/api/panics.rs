//! A store, a connection and a wait go on after a panic as if the call that it ended had not been made.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use redeque::{Connection, Error, Reply, Store};

fn say(connection: &mut Connection, line: &str) -> Reply {
    connection.execute(line.split(' '))
}

/// Runs a line inside the closure of a transaction of the connection's own store, which is refused by a panic.
#[track_caller]
fn say_inside(store: &Store, connection: &mut Connection, line: &str) {
    let said =
        AssertUnwindSafe(|| store.transaction(["k"], |_| Ok::<_, Error>(say(connection, line))));
    assert!(catch_unwind(said).is_err(), "{line}");
}

#[test]
fn a_store_keeps_what_was_done_before_a_panic() -> Result<(), Error> {
    let store = Store::new();
    let panicked = catch_unwind(|| {
        store.transaction(["k"], |tx| -> Result<(), Error> {
            tx.rpush("k", "before")?;
            resume_unwind(Box::new("in the closure"));
        })
    });
    assert!(panicked.is_err());
    assert_eq!(store.rpush("k", "after")?, 2);
    assert_eq!(store.lrange("k", 0, -1), [&b"before"[..], b"after"]);
    Ok(())
}

#[test]
fn a_connection_goes_on_after_words_that_panic() {
    let mut connection = Store::new().connect();
    say(&mut connection, "MULTI");
    let words = ["RPUSH", "k", "a"].into_iter().inspect(|&word| {
        if word == "a" {
            resume_unwind(Box::new("in the iterator"));
        }
    });
    assert!(catch_unwind(AssertUnwindSafe(|| connection.execute(words))).is_err());
    assert_eq!(say(&mut connection, "RPUSH k b"), Reply::Status("QUEUED".into()));
    assert_eq!(say(&mut connection, "EXEC"), Reply::Array(vec![Reply::Integer(1)]));
}

#[test]
fn an_exec_that_was_refused_inside_a_closure_can_be_said_again() {
    let store = Store::new();
    let mut connection = store.connect();
    say(&mut connection, "WATCH k");
    say(&mut connection, "MULTI");
    say(&mut connection, "RPUSH k a");
    say_inside(&store, &mut connection, "EXEC");
    assert_eq!(store.llen("k"), 0);
    assert_eq!(say(&mut connection, "EXEC"), Reply::Array(vec![Reply::Integer(1)]));
}

#[test]
fn a_watch_outlives_what_was_refused_inside_a_closure() {
    for line in ["EXEC", "DISCARD", "RESET", "QUIT"] {
        let store = Store::new();
        let mut connection = store.connect();
        say(&mut connection, "CLIENT SETNAME before");
        say(&mut connection, "WATCH k");
        say(&mut connection, "MULTI");
        say(&mut connection, "CLIENT GETNAME");
        say_inside(&store, &mut connection, line);
        say(&mut store.connect(), "RPUSH k a");
        assert!(!connection.is_closed(), "{line}");
        assert_eq!(say(&mut connection, "EXEC"), Reply::NilArray, "{line}");
        assert_eq!(say(&mut connection, "CLIENT GETNAME"), Reply::Bulk(b"before".to_vec()));
    }
    let store = Store::new();
    let mut connection = store.connect();
    say(&mut connection, "WATCH k");
    say_inside(&store, &mut connection, "UNWATCH");
    say(&mut store.connect(), "RPUSH k a");
    say(&mut connection, "MULTI");
    assert_eq!(say(&mut connection, "EXEC"), Reply::NilArray);
}

#[test]
fn a_wait_goes_on_after_a_panic_beside_it() {
    let store = Store::new();
    let mut wait = store.blpop_async(["k"]);
    let mut context = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut wait).poll(&mut context).is_pending());
    let panicked = catch_unwind(|| {
        store.rpush("k", "a").unwrap();
        assert_eq!(format!("{wait:?}"), r#"Wait { state: "waiting", .. }"#);
        resume_unwind(Box::new("beside it"));
    });
    assert!(panicked.is_err());
    let popped = Poll::Ready(Ok((b"k".to_vec(), b"a".to_vec())));
    assert_eq!(Pin::new(&mut wait).poll(&mut context), popped);
}
