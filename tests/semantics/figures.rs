//! What a store counts: elements, which no command may lose count of, and commits.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use redeque::Direction::{Left, Right};
use redeque::{Error, Store};

use super::elements::check_elements;
use super::expiry_text::Told;

/// Text, and how many elements there are then.
const PROGRAM: [(&str, usize); 35] = [
    ("RPUSH a 1", 1),
    ("LPUSH a 2 3 4", 4),
    ("RPUSHX a 5 6", 6),
    ("LPUSHX none 5", 6),
    ("LPOP a", 5),
    ("RPOP a 2", 3),
    ("LPOP a 0", 3),
    ("LPOP none", 3),
    ("LINSERT a BEFORE 1 x", 4),
    ("LINSERT a AFTER nothing x", 4),
    ("LSET a 0 y", 4),
    ("RPUSH a y y y", 7),
    ("LREM a 2 y", 5),
    ("LREM a 1 nothing", 5),
    ("LTRIM a 1 -1", 4),
    ("LMOVE a b LEFT RIGHT", 4),
    ("LMOVE a a LEFT RIGHT", 4),
    ("LMOVEM a b LEFT RIGHT EXACTLY 2 BULK", 4),
    ("COPY b c", 7),
    ("COPY b a REPLACE", 9),
    ("RENAME c a", 6),
    ("RENAME none a", 6),
    ("SORT a ALPHA STORE d", 9),
    ("SORT none STORE d", 6),
    ("LMPOP 2 none a LEFT COUNT 2", 4),
    ("EXPIRE a 0", 3),
    ("RPUSH e 1 2", 5),
    ("RPUSH f 1", 6),
    ("DEL e none", 4),
    ("PEXPIRE b 10", 4),
    ("PERSIST b", 4),
    ("LTRIM b 5 0", 1),
    ("LMOVE f f LEFT LEFT", 1),
    ("RPUSH g 1 2 3", 4),
    ("FLUSHALL", 0),
];

/// Who observes a shard, so that commands take another way.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Observed {
    Not,
    Watched,
    /// Another key is.
    WaitedFor,
    /// A key has a deadline.
    Expires,
}

const EACH: [Observed; 4] =
    [Observed::Not, Observed::Watched, Observed::WaitedFor, Observed::Expires];

fn observe<R>(told: &Told, observed: Observed, run: impl FnOnce() -> R) -> R {
    let mut watching = told.store.connect();
    let mut wait = told.store.blpop_async(["awaited"]);
    match observed {
        Observed::Not => {}
        Observed::Watched => drop(watching.execute(["WATCH", "a", "b", "c", "d"])),
        Observed::WaitedFor => {
            let mut context = Context::from_waker(Waker::noop());
            assert!(Pin::new(&mut wait).poll(&mut context).is_pending());
        }
        Observed::Expires => {
            told.store.rpush("expiring", "x").unwrap();
            assert_eq!(told.store.expire("expiring", Duration::from_secs(9)), Ok(true));
        }
    }
    run()
}

#[test]
fn elements_are_counted_whatever_changes_them() {
    for observed in EACH {
        for mut told in Told::each() {
            let store = told.store.clone();
            let mut other = store.connect();
            observe(&told, observed, || {
                for (line, elements) in PROGRAM {
                    let words: Vec<&str> = line.split(' ').collect();
                    other.execute(words);
                    let more = usize::from(observed == Observed::Expires && line != "FLUSHALL");
                    assert_eq!(store.stats().elements, elements + more, "{line}, {observed:?}");
                    check_elements(&store);
                    check_elements(&store.snapshot());
                }
            });
            // All of it as one commit.
            let lines: Vec<&str> = PROGRAM.iter().map(|(line, _)| *line).collect();
            told.exec(&lines[..lines.len() - 1]);
            assert_eq!(told.store.stats().elements, 4, "{observed:?}");
            check_elements(&told.store);
        }
    }
}

#[test]
fn what_has_expired_and_is_removed_counts_no_more() {
    for mut told in Told::each() {
        told.say("RPUSH k a b c");
        told.say("RPUSH l a");
        told.say("PEXPIRE k 10");
        assert_eq!(told.store.stats().elements, 4);
        told.pass(11);
        assert_eq!(told.store.stats().elements, 1);
        check_elements(&told.store);
    }
}

/// What a store puts back, or takes back, as those who got it did not want it any more.
#[test]
fn elements_of_waits_that_are_dropped_are_counted() {
    let mut context = Context::from_waker(Waker::noop());
    for told in Told::each() {
        let store = &told.store;
        let mut popping = store.blpop_async(["k"]);
        assert!(Pin::new(&mut popping).poll(&mut context).is_pending());
        let mut moving = store.blmove_async("k", "d", Left, Right);
        assert!(Pin::new(&mut moving).poll(&mut context).is_pending());
        store.rpush_all("k", ["a", "b", "c"]).unwrap();
        assert_eq!(store.stats().elements, 2);
        check_elements(store);
        drop(popping);
        drop(moving);
        assert_eq!(store.stats().elements, 3);
        check_elements(store);
        store.rpush_all("d", ["x", "y"]).unwrap();
        let mut pushing = store.brpush_bounded_async("k", 3, "z");
        assert!(Pin::new(&mut pushing).poll(&mut context).is_pending());
        store.lpop("k").unwrap();
        assert_eq!(store.stats().elements, 5);
        // It is not the last one any more when it is taken back.
        store.rpush("k", "later").unwrap();
        drop(pushing);
        assert_eq!(store.stats().elements, 5);
        check_elements(store);
    }
}

/// Text, and how many more commits there are then.
const COMMITS: [(&str, u64); 23] = [
    ("RPUSH a 1", 1),
    ("RPUSH a 1 2 3", 1),
    ("LPOP a", 1),
    ("LPOP none", 1),
    ("LSET none 0 x", 1),
    ("LLEN a", 0),
    ("LRANGE a 0 -1", 0),
    ("KEYS *", 0),
    ("EXISTS a b", 0),
    ("INFO", 0),
    ("LMOVE a b LEFT RIGHT", 1),
    ("COPY a b REPLACE", 1),
    ("BLPOP a 0", 1),
    ("BLPOP x b 0", 1),
    ("WATCH a", 0),
    ("MULTI", 0),
    ("RPUSH a 1", 0),
    ("RPUSH b 1", 0),
    ("EXEC", 1),
    ("RPUSH", 0),
    ("EXPIRE a 100", 1),
    ("DEL a b", 1),
    ("FLUSHALL", 1),
];

#[test]
fn commands_that_write_count_as_commits_and_transactions_once() {
    for observed in EACH {
        for mut told in Told::each() {
            let (store, mut other) = (told.store.clone(), told.store.connect());
            observe(&told, observed, || {
                let mut commits = store.stats().commits;
                for (line, more) in COMMITS {
                    other.execute(line.split(' '));
                    commits += more;
                    assert_eq!(store.stats().commits, commits, "{line}, {observed:?}");
                }
            });
            assert_eq!(told.exec(&["LLEN a", "LRANGE a 0 -1"]), "[:0 []]");
            told.say("RPUSH a 1");
            let before = told.store.stats();
            assert_eq!(told.say("CONFIG RESETSTAT"), "+OK");
            let after = told.store.stats();
            assert_eq!((after.commits, after.elements), (0, before.elements));
            told.store.rpush("a", "2").unwrap();
            assert_eq!(told.store.stats().commits, 1);
            assert_eq!(told.store.snapshot().stats().commits, 0);
        }
    }
}

#[test]
fn what_is_refused_or_ends_a_wait_is_no_commit() {
    let mut context = Context::from_waker(Waker::noop());
    for told in Told::each() {
        let store = &told.store;
        let mut popping = store.blpop_async(["k"]);
        assert!(Pin::new(&mut popping).poll(&mut context).is_pending());
        let mut moving = store.blmove_async("k", "d", Left, Right);
        assert!(Pin::new(&mut moving).poll(&mut context).is_pending());
        assert_eq!(store.stats().commits, 0);
        // It is handed over, without a list.
        store.rpush("k", "a").unwrap();
        assert_eq!(store.stats().commits, 1);
        drop((popping, moving));
        assert_eq!((store.stats().commits, store.stats().elements), (1, 1));
        store.expire("d", Duration::from_millis(5)).unwrap();
        assert_eq!(store.stats().commits, 2);
        told.pass(6);
        store.reap();
        store.close();
        assert_eq!(store.rpush("k", "b"), Err(Error::Closed));
        assert_eq!(store.stats().commits, 2);
        store.del("k").unwrap();
        assert_eq!(store.stats().commits, 3);
    }
}

#[test]
fn a_store_without_a_log_has_none_of_its_bytes() {
    let store = Store::new();
    store.rpush("k", "a").unwrap();
    assert_eq!(store.stats().log_bytes, 0);
}
