//! A store that is closed: who waits is told, nothing comes in, and everything can be taken out.

use redeque::Direction::{Left, Right};
use redeque::{Error, Store};

use crate::rules::CLOSED;
use crate::support::{block, contents, everywhere, run};

/// Runs a test on a closed store with the elements 1, 2 and 3 at `k`.
fn when_closed(test: impl Fn(&Store)) {
    everywhere(|store| {
        run(store, "RPUSH k 1 2 3");
        assert!(!store.is_closed());
        store.close();
        assert!(store.is_closed());
        test(store);
    });
}

#[test]
fn what_brings_elements_is_refused_and_changes_nothing() {
    when_closed(|store| {
        for command in [
            "LPUSH k x",
            "RPUSH k x",
            "LPUSH k x y",
            "RPUSH new x y",
            "LPUSHX k x",
            "RPUSHX k x",
            "RPUSHX none x",
            "LINSERT k 1 x",
            "LINSERT none 1 x",
            "COPY k new",
            "COPY k new REPLACE",
            "LPUSH_BOUNDED k 9 x",
            "RPUSH_BOUNDED new 9 x",
            "LPUSH_BOUNDED k 9 x y",
            "RPUSH_BOUNDED k 9 x y",
        ] {
            assert_eq!(run(store, command), CLOSED, "{command}");
            assert_eq!(contents(store), "k 1 2 3", "after {command}");
        }
        assert_eq!(store.brpush_bounded("k", 9, "x", None), Err(Error::Closed));
        assert_eq!(store.blpush_bounded("new", 9, "x", None), Err(Error::Closed));
        let in_transaction = store.transaction(["k"], |tx| tx.rpush("k", "x"));
        assert_eq!(in_transaction, Err(Error::Closed));
        assert!(store.import(&b"*3\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n$1\r\nx\r\n"[..]).is_err());
        assert!(store.import_commands(&b"RPUSH k x\n"[..]).is_err());
        assert_eq!(contents(store), "k 1 2 3");
    });
}

#[test]
fn arguments_that_are_never_right_are_told_first() {
    when_closed(|store| {
        assert_eq!(store.rpush_bounded("k", 0, "x"), Err(Error::NeverFits));
        assert_eq!(store.brpush_bounded("k", 0, "x", None), Err(Error::NeverFits));
        assert_eq!(store.rpush_bounded_all("k", 1, ["x", "y"]), Err(Error::NeverFits));
    });
}

#[test]
fn everything_else_goes_on() {
    when_closed(|store| {
        for (command, reply) in [
            ("LSET k zero", "OK"),
            ("LMOVE k j LEFT LEFT", "zero"),
            ("RPOPLPUSH k j", "3"),
            ("LMOVEM j k LEFT RIGHT EXACTLY 2 BULK", "3 zero"),
            ("LMPOP LEFT 1 none k", "k 2"),
            ("RENAME k j", "OK"),
            ("RENAMENX j k", "true"),
            ("LREM k 3", "1"),
            ("LTRIM k 0 -1", "OK"),
            ("LPOP k", "zero"),
            ("DEL k", "0"),
            ("FLUSHALL", "OK"),
        ] {
            assert_eq!(run(store, command), reply, "{command}");
        }
        assert_eq!(store.dbsize(), 0);
    });
}

#[test]
fn a_wait_that_begins_later_takes_what_there_is_or_fails_at_once() {
    when_closed(|store| {
        assert_eq!(run(store, "BLPOP none k"), "k 1");
        assert_eq!(run(store, "BLMOVE k d LEFT LEFT"), "2");
        assert_eq!(store.blpop(["none"], None), Err(Error::Closed));
        assert_eq!(store.brpop(["none", "neither"], None), Err(Error::Closed));
        assert_eq!(store.blmpop(["none"], Left, 2, None), Err(Error::Closed));
        assert_eq!(store.blmove("none", "d", Left, Right, None), Err(Error::Closed));
        assert_eq!(store.blocked_clients(), 0);
        assert_eq!(contents(store), "d 2; k 3");
    });
}

#[test]
fn closing_again_changes_nothing() {
    everywhere(|store| {
        let mut waiting = block(store, "BLPOP k j");
        store.close();
        store.clone().close();
        assert_eq!(waiting.got(), CLOSED);
        assert_eq!(store.blocked_clients(), 0);
        assert!(store.is_closed());
    });
}

#[test]
fn a_wait_that_was_served_before_keeps_its_element() {
    everywhere(|store| {
        let mut served = block(store, "BLPOP k j");
        run(store, "RPUSH k 1");
        store.close();
        assert_eq!(served.got(), "k 1");
    });
}

#[test]
fn what_dropped_futures_hold_comes_back() {
    everywhere(|store| {
        let pop = block(store, "BLPOP k other");
        run(store, "RPUSH k 1");
        let batch = block(store, "BLMOVEM s d LEFT RIGHT EXACTLY 2 BULK");
        run(store, "RPUSH s 2 3");
        run(store, "RPUSH full 4");
        let push = block(store, "BRPUSH_BOUNDED full 1 5");
        run(store, "LPOP full");
        let never = store.brpush_bounded_async("k", 9, "x");
        store.close();
        assert_eq!(contents(store), "d 2 3; full 5");
        drop((pop, batch, push, never));
        assert_eq!(contents(store), "k 1; s 2 3");
    });
}

#[test]
fn inside_a_closure_it_takes_effect_afterwards() {
    everywhere(|store| {
        let mut waiting = block(store, "BLPOP k j");
        let pushed = store.transaction(["k"], |tx| {
            store.close();
            store.close();
            assert!(!store.is_closed());
            tx.rpush("k", "1")?;
            tx.rpush("k", "2")
        });
        assert_eq!(pushed, Ok(2));
        assert!(store.is_closed());
        assert_eq!(waiting.got(), "k 1", "served by the transaction, before it was closed");
        assert_eq!(run(store, "RPUSH k 3"), CLOSED);
        assert_eq!(contents(store), "k 2");
    });
}
