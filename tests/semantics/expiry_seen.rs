//! What others make of a key that has expired, whether somebody has removed it or not: commands, WATCH, INFO and TIME, by a
//! clock that is turned by hand.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, UNIX_EPOCH};

use redeque::ManualClock;

use super::expiry_text::{START, Told};

/// Runs its closure when it is woken.
struct Interrupt(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Wake for Interrupt {
    fn wake(self: Arc<Self>) {
        let run = self.0.lock().unwrap().take();
        if let Some(run) = run {
            run();
        }
    }
}

/// Turns a clock by a second and a millisecond, and has something said when it shows that time, and what has expired is still
/// kept: a store that goes by the same clock, and is told of it first, serves somebody there whose waker says it.
fn while_kept(prepare: &[&str], said: &[&str]) -> Vec<String> {
    let clock = ManualClock::at(UNIX_EPOCH + Duration::from_millis(START));
    let mut first = Told::by(&clock, 1);
    let mut told = Told::by(&clock, 4);
    for line in prepare {
        assert!(!told.say(line).starts_with('-'), "{line}");
    }
    let replies = Arc::new(Mutex::new(Vec::new()));
    let (heard, said) = (Arc::clone(&replies), said.join("\n"));
    let run = Box::new(move || {
        let replies = said.lines().map(|line| told.say(line)).collect();
        *heard.lock().unwrap() = replies;
    });
    let interrupt = Waker::from(Arc::new(Interrupt(Mutex::new(Some(run)))));
    first.replies([("RPUSH full x", ":1"), ("EXPIRE full 1", ":1")]);
    let mut push = pin!(first.store.brpush_bounded_async("full", 1, "y"));
    assert!(push.as_mut().poll(&mut Context::from_waker(&interrupt)).is_pending());
    clock.advance(Duration::from_millis(1001));
    assert_eq!(push.poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(1)));
    std::mem::take(&mut replies.lock().unwrap())
}

#[test]
fn a_key_that_has_expired_and_is_kept_is_there_for_dbsize_alone() {
    let replies = while_kept(
        &["RPUSH k a", "EXPIRE k 1", "RPUSH l a", "EXPIRE l 1", "RPUSH stays a"],
        &[
            "DBSIZE",
            "KEYS *",
            "SCAN 0 COUNT 100",
            "RANDOMKEY",
            "RANDOMKEY",
            "RANDOMKEY",
            "DBSIZE",
            "MULTI",
            "KEYS *",
            "EXISTS k l k",
            "TYPE k",
            "DEL k",
            "RANDOMKEY",
            "DBSIZE",
            "EXEC",
        ],
    );
    assert_eq!(
        replies,
        [
            ":3",
            "[stays]",
            "[0 [stays]]",
            "stays",
            "stays",
            "stays",
            ":3",
            "+OK",
            "+QUEUED",
            "+QUEUED",
            "+QUEUED",
            "+QUEUED",
            "+QUEUED",
            "+QUEUED",
            "[[stays] :0 +none :0 stays :2]",
        ]
    );
    let prepare = ["RPUSH k a", "EXPIRE k 1", "RPUSH free a"];
    for (line, reply) in [
        ("EXISTS k", ":0"),
        ("TOUCH k", ":0"),
        ("TYPE k", "+none"),
        ("OBJECT ENCODING k", "nil"),
        ("OBJECT REFCOUNT k", "nil"),
        ("OBJECT IDLETIME k", "nil"),
        ("OBJECT FREQ k", "nil"),
        ("MEMORY USAGE k", "nil"),
        ("RANDOMKEY", "free"),
        ("KEYS k", "[]"),
        ("SCAN 0 MATCH k COUNT 100", "[0 []]"),
        ("DEL k", ":0"),
        ("UNLINK k k", ":0"),
        ("RENAME k l", "-ERR no such key"),
        ("RENAME k k", "-ERR no such key"),
        ("RENAMENX free k", ":1"),
        ("RENAMENX k l", "-ERR no such key"),
        ("COPY k l", ":0"),
        ("COPY free k", ":1"),
        ("SORT k", "[]"),
        ("SORT k STORE l", ":0"),
        ("TTL k", ":-2"),
        ("PERSIST k", ":0"),
        ("EXPIRE k 10", ":0"),
        ("LMOVE k l LEFT LEFT", "nil"),
        ("LMPOP 2 k free LEFT", "[free [a]]"),
        ("LPOS k a", "nil"),
        ("LPUSHX k b", ":0"),
        ("LINSERT k BEFORE a b", ":0"),
        ("LREM k 0 a", ":0"),
        ("LTRIM k 0 -1", "+OK"),
        ("LPOP k 1", "nil array"),
        ("LINDEX k 0", "nil"),
        ("RPUSH k b", ":1"),
    ] {
        assert_eq!(while_kept(&prepare, &[line]), [reply], "{line}");
    }
}

#[test]
fn randomkey_is_nil_where_all_keys_have_expired() {
    let replies = while_kept(&["RPUSH k a", "EXPIRE k 1"], &["DBSIZE", "RANDOMKEY", "KEYS *"]);
    assert_eq!(replies, [":1", "nil", "[]"]);
}

/// With locks for its keys, and with all locks.
const TRANSACTIONS: [&str; 2] = ["PING", "DBSIZE"];

#[test]
fn exec_aborts_where_a_live_watched_key_has_expired_whether_it_is_kept_or_not() {
    for mut told in Told::each() {
        for command in TRANSACTIONS {
            told.replies([("RPUSH k a", ":1"), ("EXPIRE k 1", ":1"), ("WATCH k", "+OK")]);
            told.pass(1000);
            assert!(told.exec(&[command]).starts_with('['), "alive");
            assert_eq!(told.say("WATCH k"), "+OK");
            told.pass(1);
            assert_eq!(told.store.dbsize(), 0, "it is removed");
            assert_eq!(told.exec(&[command]), "nil array", "{command}");
            assert!(told.exec(&[command]).starts_with('['), "it is watched no more");
        }
    }
    for said in [["DBSIZE", "EXEC"], ["LLEN other", "EXEC"]] {
        for watched in ["WATCH k", "WATCH other k"] {
            let prepare = ["RPUSH k a", "EXPIRE k 1", watched, "MULTI", "RPUSH other b"];
            assert_eq!(while_kept(&prepare, &said), ["+QUEUED", "nil array"]);
        }
    }
}

#[test]
fn exec_goes_on_where_a_watched_key_had_expired_before() {
    for mut told in Told::each() {
        for command in TRANSACTIONS {
            told.replies([("RPUSH k a", ":1"), ("EXPIRE k 1", ":1")]);
            told.pass(1001);
            told.replies([("WATCH k", "+OK"), ("EXISTS k", ":0")]);
            assert!(told.exec(&[command]).starts_with('['), "{command}");
        }
    }
    let prepare = ["RPUSH k a", "EXPIRE k 1"];
    let said = &["WATCH k", "EXISTS k", "LLEN k", "MULTI", "DBSIZE", "EXEC"];
    assert_eq!(while_kept(&prepare, said), ["+OK", ":0", ":0", "+OK", "+QUEUED", "[:0]"]);
    let said = &["WATCH k", "RPUSH k a", "MULTI", "PING", "EXEC"];
    assert_eq!(while_kept(&prepare, said), ["+OK", ":1", "+OK", "+QUEUED", "nil array"]);
}

#[test]
fn a_deadline_that_is_set_or_taken_touches_a_watched_key_and_nothing_else_of_it_does() {
    for mut told in Told::each() {
        for (line, touches) in [
            ("EXPIRE k 10 XX", false),
            ("PERSIST k", false),
            ("EXPIRE k abc", false),
            ("EXPIRE none 10", false),
            ("EXPIRE k 10", true),
            ("EXPIRE k 10 GT", false),
            ("TTL k", false),
            ("PEXPIRETIME k", false),
            ("EXPIRE k 10", true),
            ("COPY k l", false),
            ("PERSIST k", true),
            ("PEXPIREAT k 1", true),
        ] {
            if told.say("EXISTS k") == ":0" {
                told.say("RPUSH k a");
            }
            assert_eq!(told.say("WATCH k"), "+OK");
            drop(told.store.connect().execute(line.split(' ')));
            let expected = if touches { "nil array" } else { "[+PONG]" };
            assert_eq!(told.exec(&["PING"]), expected, "{line}");
        }
    }
}

#[test]
fn info_tells_how_many_keys_have_deadlines_and_how_many_expired() {
    for mut told in Told::each() {
        told.replies([("RPUSH a x", ":1"), ("RPUSH b x", ":1"), ("RPUSH c x", ":1")]);
        assert_eq!(told.info("keyspace", "db0"), "keys=3,expires=0,avg_ttl=0,subexpiry=0");
        told.replies([("EXPIRE a 1", ":1"), ("EXPIRE b 2", ":1"), ("EXPIRE c 3", ":1")]);
        assert_eq!(told.info("keyspace", "db0"), "keys=3,expires=3,avg_ttl=0,subexpiry=0");
        told.replies([("PERSIST a", ":1"), ("EXPIRE c -1", ":1")]);
        assert_eq!(told.info("keyspace", "db0"), "keys=2,expires=1,avg_ttl=0,subexpiry=0");
        // One that is removed at once did not expire.
        assert_eq!(told.info("stats", "expired_keys"), "0");
        told.pass(2001);
        assert_eq!(told.info("keyspace", "db0"), "keys=1,expires=0,avg_ttl=0,subexpiry=0");
        assert_eq!(told.info("stats", "expired_keys"), "1");
        assert_eq!(told.store.stats().expired, 1);
        assert_eq!(told.say("CONFIG RESETSTAT"), "+OK");
        assert_eq!(told.info("stats", "expired_keys"), "0");
        told.replies([("EXPIRE a 1", ":1")]);
        told.pass(1001);
        assert_eq!(told.info("stats", "expired_keys"), "1");
    }
}

#[test]
fn time_and_info_tell_what_the_clock_shows() {
    for mut told in Told::each() {
        told.pass(1234);
        assert_eq!(told.say("TIME"), "[1000001 234000]");
        assert_eq!(told.info("server", "server_time_usec"), "1000001234000");
        assert_eq!(told.exec(&["PING", "TIME"]), "[+PONG [1000001 234000]]");
    }
}
