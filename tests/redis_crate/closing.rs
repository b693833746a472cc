//! A store that is closed, which to a program is a server that has gone. Not compared: when the crate notices that one has
//! gone depends on what its socket tells first.

use std::error::Error as _;

use redeque::Store;
use redis::{Commands, ConnectionLike, ErrorKind, RedisError, RedisResult, Value, cmd, pipe};

/// What a program looks at to see that its server has gone.
#[track_caller]
pub(crate) fn is_gone(error: &RedisError) {
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.is_io_error() && error.is_connection_dropped() && error.is_unrecoverable_error());
    assert!(!error.is_timeout() && !error.is_connection_refusal());
    assert_eq!(error.to_string(), "CLOSED the store is closed");
    assert!(error.source().is_some());
}

#[track_caller]
fn gone<T: std::fmt::Debug>(outcome: RedisResult<T>) {
    is_gone(&outcome.expect_err("the store is closed"));
}

/// A closed store with the elements `a`, `b` and `c` at `k`.
pub(crate) fn closed_store() -> Store {
    let store = Store::new();
    store.rpush_all("k", ["a", "b", "c"]).expect("a list");
    store.close();
    store
}

#[test]
fn what_a_closed_store_refuses_is_a_lost_connection() {
    let store = closed_store();
    for protocol in [2, 3] {
        let mut connection = store.connect();
        cmd("HELLO").arg(protocol).exec(&mut connection).expect("a greeting");
        for line in [
            "RPUSH k x",
            "LPUSHX k x y",
            "LINSERT k BEFORE a x",
            "COPY k new",
            "SORT k ALPHA STORE new",
            "BLPOP none 0",
            "BLMOVE none k LEFT LEFT 0",
            "BLMOVEM k d LEFT RIGHT 0 EXACTLY 9 BULK",
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let command = cmd(words[0]).arg(&words[1..]).take();
            gone(command.query::<Value>(&mut connection));
            gone(connection.req_command(&command));
            gone(connection.req_packed_command(&command.get_packed_command()));
        }
        gone(connection.rpush::<_, _, usize>("k", "x"));
        gone(cmd("RPUSH").arg("k").arg("x").set_no_response(true).exec(&mut connection));
    }
    assert_eq!(store.lrange("k", 0, -1), [b"a", b"b", b"c"]);
}

#[test]
fn a_connection_goes_on_with_what_is_not_refused() {
    let store = closed_store();
    let mut connection = store.connect();
    gone(connection.rpush::<_, _, usize>("k", "x"));
    assert!(connection.check_connection() && connection.is_open());
    assert_eq!(connection.lpop("k", None), Ok(Some("a".to_owned())));
    let moved = connection.lmove("k", "d", redis::Direction::Left, redis::Direction::Left);
    assert_eq!(moved, Ok(Some("b".to_owned())));
    let popped = connection.blpop("k", 0.0);
    assert_eq!(popped, Ok(Some(("k".to_owned(), "c".to_owned()))));
    let refused = cmd("LSET").arg("none").arg(0).arg("x").exec(&mut connection);
    assert_eq!(refused.expect_err("no such key").code(), Some("ERR"));
}

#[test]
fn a_pipeline_ends_at_the_first_command_that_is_refused() {
    let store = closed_store();
    let mut connection = store.connect();
    let mut pipeline = pipe();
    pipeline.lset("k", 0, "A").rpush("k", "x").lpop("k", None).rpush("k", "y");
    gone(pipeline.query::<Value>(&mut connection));
    gone(pipeline.exec(&mut connection));
    pipeline.ignore_errors();
    gone(pipeline.query::<Vec<RedisResult<Value>>>(&mut connection));
    gone(pipe().blpop("none", 0.0).lpop("k", None).query::<Value>(&mut connection));
    assert_eq!(store.lrange("k", 0, -1), [b"A", b"b", b"c"]);

    let mut drain = pipe();
    drain.lpop("k", None).blpop("k", 0.0).llen("k");
    let drained = drain.query::<(String, (String, String), usize)>(&mut connection);
    assert_eq!(drained, Ok(("A".to_owned(), ("k".to_owned(), "b".to_owned()), 1)));
}

#[test]
fn an_atomic_pipeline_with_a_command_that_is_refused_is_a_lost_connection() {
    let store = closed_store();
    let mut connection = store.connect();
    let mut pipeline = pipe();
    pipeline.atomic().lset("k", 0, "A").rpush("k", "x").lset("k", 2, "C");
    gone(pipeline.query::<Value>(&mut connection));
    pipeline.ignore_errors();
    gone(pipeline.query::<Vec<RedisResult<Value>>>(&mut connection));
    // As by any error of a transaction's command, the others were carried out.
    assert_eq!(store.lrange("k", 0, -1), [b"A", b"b", b"C"]);

    gone(redis::transaction(&mut connection, &["k"], |connection, pipeline| {
        pipeline.rpush("k", "x").query::<Option<Value>>(connection)
    }));
    for word in ["MULTI", "EXEC"] {
        let reply = cmd(word).query::<Value>(&mut connection);
        assert!(reply.is_ok(), "no transaction was open: {reply:?}");
    }
    let drained = pipe().atomic().lpop("k", None).blpop("none", 0.0).query(&mut connection);
    assert_eq!(drained, Ok(("A".to_owned(), Value::Nil)));
}

#[test]
fn a_wait_that_is_ended_by_closing_is_a_lost_connection() {
    let store = Store::new();
    let waits: [fn(&mut redeque::Connection) -> RedisResult<Value>; 4] = [
        |connection| connection.blpop("none", 0.0),
        |connection| connection.brpop("none", 100.0),
        |connection| {
            let words = ["none", "d", "LEFT", "RIGHT", "0", "EXACTLY", "2", "BULK"];
            cmd("BLMOVEM").arg(&words).query(connection)
        },
        |connection| pipe().rpush("k", "a").blpop("none", 0.0).rpush("k", "b").query(connection),
    ];
    let threads = waits.map(|wait| {
        let mut connection = store.connect();
        std::thread::spawn(move || wait(&mut connection))
    });
    while store.blocked_clients() < waits.len() {
        std::thread::yield_now();
    }
    store.close();
    for thread in threads {
        gone(thread.join().expect("a thread that ends"));
    }
    assert_eq!(store.lrange("k", 0, -1), [b"a"]);
}
