//! Keys that expire, by text and a clock that is turned by hand: what the commands refuse, in which order, what they reply,
//! and what a deadline outlives.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, UNIX_EPOCH};

use redeque::{Connection, ManualClock, Reply, Store};

use super::notation::Reply as _;

/// What the clock shows at first: 1,000,000 seconds.
pub(crate) const START: u64 = 1_000_000_000;

/// A store, its clock, and somebody who speaks to it.
pub(crate) struct Told {
    pub(crate) store: Store,
    pub(crate) clock: ManualClock,
    connection: Connection,
}

impl Told {
    /// In one shard, in which a neighbour's command removes what is due, or in many.
    pub(crate) fn each() -> impl Iterator<Item = Self> {
        [1, 64].into_iter().map(Self::with_shards)
    }

    fn with_shards(shards: usize) -> Self {
        Self::by(&ManualClock::at(UNIX_EPOCH + Duration::from_millis(START)), shards)
    }

    pub(crate) fn by(clock: &ManualClock, shards: usize) -> Self {
        let store = Store::builder().shards(shards).clock(clock).build().expect("a store");
        let (connection, clock) = (store.connect(), clock.clone());
        Self { store, clock, connection }
    }

    pub(crate) fn say(&mut self, line: &str) -> String {
        written(&self.connection.execute(line.split(' ')))
    }

    /// Says each line, and asserts what is replied.
    #[track_caller]
    pub(crate) fn replies<const N: usize>(&mut self, lines: [(&str, &str); N]) {
        for (line, reply) in lines {
            assert_eq!(self.say(line), reply, "{line}");
        }
    }

    /// The commands as a transaction: its replies.
    pub(crate) fn exec(&mut self, lines: &[&str]) -> String {
        assert_eq!(self.say("MULTI"), "+OK");
        for line in lines {
            assert_eq!(self.say(line), "+QUEUED", "{line}");
        }
        self.say("EXEC")
    }

    pub(crate) fn pass(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }

    pub(crate) fn info(&mut self, section: &str, field: &str) -> String {
        let told = self.connection.execute(["INFO", section]).into_bytes().expect("a text");
        let told = String::from_utf8(told).expect("UTF-8");
        let mut lines = told.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(name, _)| *name == field).expect("the field").1.to_owned()
    }
}

/// In the notation of the methods' replies.
fn written(reply: &Reply) -> String {
    match reply {
        Reply::Status(text) => format!("+{text}"),
        Reply::Error(text) => format!("-{}", String::from_utf8_lossy(text)),
        Reply::Integer(number) => number.written(),
        Reply::Bulk(bytes) => bytes.written(),
        Reply::Nil => "nil".into(),
        Reply::NilArray => "nil array".into(),
        Reply::Array(parts) => {
            format!("[{}]", parts.iter().map(written).collect::<Vec<_>>().join(" "))
        }
        other => panic!("{other:?} is not expected here"),
    }
}

const NO_INTEGER: &str = "-ERR value is not an integer or out of range";

#[test]
fn option_words_come_before_conflicts_before_the_number_before_its_range_before_the_key() {
    const NX: &str = "-ERR NX and XX, GT or LT options at the same time are not compatible";
    const GT_LT: &str = "-ERR GT and LT options at the same time are not compatible";
    for mut told in Told::each() {
        for command in ["EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"] {
            let invalid =
                format!("-ERR invalid expire time in '{}' command", command.to_lowercase());
            for (rest, reply) in [
                ("missing abc FOO", "-ERR Unsupported option FOO"),
                ("missing abc NX XX fOo GT", "-ERR Unsupported option fOo"),
                ("missing abc NX XX", NX),
                ("missing abc gt Nx", NX),
                ("missing abc NX LT", NX),
                ("missing abc GT LT NX", NX),
                ("missing abc LT GT", GT_LT),
                ("missing abc XX GT LT", GT_LT),
                ("missing abc NX nx", NO_INTEGER),
                ("missing abc XX GT XX", NO_INTEGER),
                ("missing +1", NO_INTEGER),
                ("missing 01", NO_INTEGER),
                ("missing 9223372036854775808", NO_INTEGER),
                ("missing 9223372036854775807", &invalid),
                ("missing 9223372036854775807 XX LT", &invalid),
                ("missing 4102444800 XX", ":0"),
            ] {
                // Milliseconds since 1970 are what they are.
                let reply = if command == "PEXPIREAT" && reply == invalid { ":0" } else { reply };
                assert_eq!(told.say(&format!("{command} {rest}")), reply, "{command} {rest}");
            }
        }
        let quoted = told.connection.execute([&b"EXPIRE"[..], b"k", b"1", b"a\r\nb\0c"]);
        assert_eq!(written(&quoted), "-ERR Unsupported option a  b");
        let ends_in_breaks = told.connection.execute([&b"EXPIRE"[..], b"k", b"1", b"a\n \r\n"]);
        assert_eq!(written(&ends_in_breaks), "-ERR Unsupported option a  ");
        let ends_at_nul = told.connection.execute([&b"EXPIRE"[..], b"k", b"1", b"nx\0c"]);
        assert_eq!(written(&ends_at_nul), ":0");
    }
}

#[test]
fn a_time_is_refused_where_64_bits_of_milliseconds_do_not_hold_it() {
    const INVALID: &str = "-ERR invalid expire time in 'expire' command";
    const INVALID_AT: &str = "-ERR invalid expire time in 'expireat' command";
    const INVALID_MILLIS: &str = "-ERR invalid expire time in 'pexpire' command";
    for mut told in Told::each() {
        told.replies([
            ("RPUSH k a", ":1"),
            // The largest that holds with what the clock shows.
            ("PEXPIRE k 9223372035854775807", ":1"),
            ("PEXPIRETIME k", ":9223372036854775807"),
            ("EXPIRETIME k", ":9223372036854776"),
            ("PEXPIRE k 9223372035854775808", INVALID_MILLIS),
            ("EXPIRE k 9223372035854775", ":1"),
            ("EXPIRE k 9223372035854776", INVALID),
            ("EXPIREAT k 9223372036854775", ":1"),
            ("EXPIREAT k 9223372036854776", INVALID_AT),
            ("EXPIREAT k -9223372036854776", INVALID_AT),
            ("EXPIRE k -9223372036854776", INVALID),
            ("EXPIRE k -9223372036854775808", INVALID),
            ("EXISTS k", ":1"),
            // Far below what there is of time, which is over.
            ("PEXPIRE k -9223372036854775808", ":1"),
            ("EXISTS k", ":0"),
            ("RPUSH k a", ":1"),
            ("EXPIREAT k -9223372036854775", ":1"),
            ("EXISTS k", ":0"),
        ]);
    }
}

#[test]
fn a_time_that_is_not_in_the_future_removes_the_key() {
    for mut told in Told::each() {
        for line in [
            "EXPIRE k 0",
            "EXPIRE k -1",
            "PEXPIRE k 0",
            "PEXPIRE k -5",
            "EXPIREAT k 1000000",
            "EXPIREAT k 0",
            "PEXPIREAT k 1000000000",
            "PEXPIREAT k -1",
        ] {
            assert_eq!(told.say("RPUSH k a"), ":1");
            assert_eq!(told.say(line), ":1", "{line}");
            assert_eq!(told.exec(&["EXISTS k", "DBSIZE"]), "[:0 :0]", "{line}");
        }
        told.replies([("RPUSH k a", ":1"), ("PEXPIREAT k 1000000001", ":1"), ("PTTL k", ":1")]);
    }
}

#[test]
fn conditions_are_strict_and_no_deadline_is_one_that_never_comes() {
    for mut told in Told::each() {
        told.replies([
            ("RPUSH k a", ":1"),
            ("EXPIRE k 10 XX", ":0"),
            ("EXPIRE k 10 GT", ":0"),
            ("EXPIRE k 10 XX GT", ":0"),
            ("EXPIRE k 10 XX LT", ":0"),
            ("TTL k", ":-1"),
            ("EXPIRE k 10 LT", ":1"),
            ("EXPIRE k 20 NX", ":0"),
            ("EXPIRE k 10 GT", ":0"),
            ("EXPIRE k 10 LT", ":0"),
            ("PEXPIRE k 10001 GT GT", ":1"),
            ("PEXPIRE k 10000 LT XX", ":1"),
            ("PEXPIRE k 20000 xx gT", ":1"),
            // Over and allowed, or not.
            ("EXPIRE k 0 GT", ":0"),
            ("EXPIRE k 0 NX", ":0"),
            ("TTL k", ":20"),
            ("EXPIRE k 0 LT", ":1"),
            ("EXISTS k", ":0"),
        ]);
    }
}

#[test]
fn seconds_are_the_nearest() {
    for mut told in Told::each() {
        told.replies([
            ("TTL k", ":-2"),
            ("PTTL k", ":-2"),
            ("EXPIRETIME k", ":-2"),
            ("PEXPIRETIME k", ":-2"),
            ("RPUSH k a", ":1"),
            ("TTL k", ":-1"),
            ("PTTL k", ":-1"),
            ("EXPIRETIME k", ":-1"),
            ("PEXPIRETIME k", ":-1"),
        ]);
        for (millis, seconds) in [(1, 0), (400, 0), (499, 0), (500, 1), (1499, 1), (1500, 2)] {
            assert_eq!(told.say(&format!("PEXPIRE k {millis}")), ":1");
            assert_eq!(told.say("TTL k"), format!(":{seconds}"));
            assert_eq!(told.say("PTTL k"), format!(":{millis}"));
            assert_eq!(told.say("EXPIRETIME k"), format!(":{}", 1_000_000 + seconds));
            assert_eq!(told.say("PEXPIRETIME k"), format!(":{}", 1_000_000_000 + millis));
        }
        told.pass(1500);
        told.replies([("TTL k", ":0"), ("PTTL k", ":0"), ("EXISTS k", ":1")]);
        told.pass(1);
        told.replies([("TTL k", ":-2"), ("EXISTS k", ":0")]);
    }
}

#[test]
fn persist_says_whether_there_was_a_deadline() {
    for mut told in Told::each() {
        told.replies([
            ("PERSIST k", ":0"),
            ("RPUSH k a", ":1"),
            ("PERSIST k", ":0"),
            ("EXPIRE k 1", ":1"),
            ("PERSIST k", ":1"),
            ("PERSIST k", ":0"),
        ]);
        told.pass(1001);
        told.replies([("TTL k", ":-1"), ("EXPIRE k 1", ":1")]);
        told.pass(1001);
        told.replies([("PERSIST k", ":0"), ("EXISTS k", ":0")]);
    }
}

#[test]
fn a_list_is_there_up_to_its_deadline_and_a_new_one_has_none() {
    for mut told in Told::each() {
        told.replies([("RPUSH k a b", ":2"), ("PEXPIRE k 100", ":1")]);
        told.pass(100);
        told.replies([("LRANGE k 0 -1", "[a b]"), ("RPUSH k c", ":3"), ("PTTL k", ":0")]);
        told.pass(1);
        told.replies([
            ("LRANGE k 0 -1", "[]"),
            ("RPUSHX k d", ":0"),
            ("LSET k 0 d", "-ERR no such key"),
            ("EXPIRE k 10", ":0"),
            ("RPUSH k d", ":1"),
            ("TTL k", ":-1"),
        ]);
    }
}

#[test]
fn what_changes_a_list_leaves_its_deadline() {
    for mut told in Told::each() {
        told.replies([("RPUSH k a b c d e", ":5"), ("RPUSH src x y", ":2"), ("EXPIRE k 9", ":1")]);
        for line in [
            "LPUSH k f",
            "RPUSH k g",
            "LPUSHX k h",
            "RPUSHX k i",
            "LPOP k",
            "RPOP k",
            "LPOP k 0",
            "LSET k 0 j",
            "LINSERT k BEFORE j l",
            "LREM k 1 l",
            "LTRIM k 0 4",
            "LMOVE src k LEFT LEFT",
            "RPOPLPUSH src k",
            "LMOVE k k LEFT RIGHT",
            "LMPOP 1 k LEFT COUNT 2",
            "BLPOP k 0",
            "LTRIM k 0 0",
            "RPOPLPUSH k k",
            "LMOVE k k LEFT LEFT",
        ] {
            assert!(!told.say(line).starts_with('-'), "{line}");
            assert_eq!(told.say("TTL k"), ":9", "{line}");
        }
        assert_eq!(told.say("LLEN k"), ":1");
        told.pass(9001);
        assert_eq!(told.say("EXISTS k"), ":0");
    }
}

#[test]
fn whatever_empties_a_list_ends_its_deadline() {
    for mut told in Told::each() {
        for line in [
            "LPOP k",
            "RPOP k 7",
            "LREM k 0 a",
            "LTRIM k 1 0",
            "LMOVE k other LEFT LEFT",
            "LMPOP 1 k LEFT COUNT 2",
            "BLMPOP 0 1 k RIGHT",
            "DEL k",
            "UNLINK k",
            "RENAME k other",
            "SORT none STORE k",
            "FLUSHALL",
        ] {
            told.replies([("RPUSH k a", ":1"), ("EXPIRE k 9", ":1")]);
            assert!(!told.say(line).starts_with('-'), "{line}");
            assert_eq!(told.exec(&["TTL k", "RPUSH k b", "TTL k"]), "[:-2 :1 :-1]", "{line}");
            told.replies([("RPUSH k a", ":2"), ("EXPIRE k 9", ":1")]);
            told.say("DEL k other");
        }
        // Also within one transaction.
        told.replies([("RPUSH k a", ":1"), ("EXPIRE k 9", ":1")]);
        assert_eq!(told.exec(&["LPOP k", "RPUSH k b", "TTL k"]), "[a :1 :-1]");
    }
}

#[test]
fn rename_and_copy_carry_a_deadline_and_sort_with_store_ends_it() {
    for mut told in Told::each() {
        told.replies([
            ("RPUSH k 2 1", ":2"),
            ("EXPIRE k 10", ":1"),
            ("RPUSH l x", ":1"),
            ("EXPIRE l 20", ":1"),
            ("COPY k l", ":0"),
            ("TTL l", ":20"),
            ("COPY k l REPLACE", ":1"),
            ("TTL l", ":10"),
            ("EXPIRE l 20", ":1"),
            ("RENAMENX k l", ":0"),
            ("RENAMENX k m", ":1"),
            ("TTL m", ":10"),
            ("TTL k", ":-2"),
            ("RENAME l m", "+OK"),
            ("TTL m", ":20"),
            ("RENAME m m", "+OK"),
            ("TTL m", ":20"),
            ("RPUSH plain x", ":1"),
            ("COPY plain m REPLACE", ":1"),
            ("TTL m", ":-1"),
            ("EXPIRE m 20", ":1"),
            ("RENAME plain m", "+OK"),
            ("TTL m", ":-1"),
            ("DEL m", ":1"),
            ("RPUSH k 2 1", ":2"),
            ("EXPIRE k 10", ":1"),
            ("COPY k l", ":1"),
            ("SORT k STORE l", ":2"),
            ("TTL l", ":-1"),
            ("TTL k", ":10"),
            ("SORT k STORE k", ":2"),
            ("TTL k", ":-1"),
            // There is no other database.
            ("EXPIRE k 10", ":1"),
            ("MOVE k 1", "-ERR DB index is out of range"),
            ("MOVE k 0", "-ERR source and destination objects are the same"),
            ("TTL k", ":10"),
        ]);
        told.pass(10_001);
        told.replies([("MOVE k 0", "-ERR source and destination objects are the same")]);
    }
}

#[test]
fn a_waiter_is_served_with_the_deadline_that_a_rename_brings() {
    for mut told in Told::each() {
        let mut waiting = told.store.connect();
        let mut waiting = pin!(waiting.execute_async(["BLPOP", "k", "0"]));
        let mut context = Context::from_waker(Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        told.replies([("RPUSH src a b", ":2"), ("EXPIRE src 100", ":1"), ("RENAME src k", "+OK")]);
        let Poll::Ready(reply) = waiting.poll(&mut context) else { panic!("not served") };
        assert_eq!(written(&reply), "[k a]");
        told.replies([("LRANGE k 0 -1", "[b]"), ("TTL k", ":100")]);
    }
}

/// Serving looks at the clock anew.
#[test]
fn what_expires_before_the_end_of_its_transaction_serves_nobody() {
    for mut told in Told::each() {
        let mut waiting = told.store.connect();
        let mut waiting = pin!(waiting.execute_async(["BLPOP", "k", "0"]));
        let mut context = Context::from_waker(Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        assert_eq!(told.exec(&["RPUSH k a", "EXPIRE k -1"]), "[:1 :1]");
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        let clock = told.clock.clone();
        let transaction = told.store.transaction(["k"], |tx| {
            tx.rpush("k", "a")?;
            tx.expire("k", Duration::from_secs(1))?;
            clock.advance(Duration::from_secs(2));
            // Time stands still inside.
            assert_eq!(tx.ttl("k")?, redeque::Ttl::Remaining(Duration::from_secs(1)));
            tx.llen("k")
        });
        assert_eq!(transaction, Ok(1));
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        told.replies([("EXISTS k", ":0"), ("RPUSH k b", ":1")]);
        let Poll::Ready(reply) = waiting.poll(&mut context) else { panic!("not served") };
        assert_eq!(written(&reply), "[k b]");
    }
}

/// By the system's clock, while some milliseconds pass.
#[test]
fn time_stands_still_inside_exec() {
    let store = Store::new();
    store.rpush_all("large", (0..3000).rev().map(|number| number.to_string())).unwrap();
    let mut connection = store.connect();
    let mut say = |line: &str| written(&connection.execute(line.split(' ')));
    say("RPUSH k a");
    say("MULTI");
    say("PEXPIRE k 1");
    for _ in 0..20 {
        say("SORT large STORE sorted");
    }
    say("PTTL k");
    say("EXISTS k");
    say("PEXPIRE k 7 GT");
    say("PTTL k");
    assert_eq!(say("EXEC"), format!("[:1 {}:1 :1 :1 :7]", ":3000 ".repeat(20)));
}
