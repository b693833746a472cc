//! Which commands make a key ready: those that make a list come into existence, or longer, or shorter, for those who wait
//! for that; and no others.

use redeque::{ElementBuf, Store};

use crate::support::{block, contents, everywhere, exec, run};

/// Each after `RPUSH src a`, with a client that waits for `k`.
const MAKING: [&str; 9] = [
    "LPUSH k a",
    "RPUSH k a",
    "LMOVE src k LEFT LEFT",
    "RPOPLPUSH src k",
    "BLMOVE src k LEFT RIGHT",
    "RENAME src k",
    "RENAMENX src k",
    "COPY src k",
    "COPY src k REPLACE",
];

#[test]
fn every_command_that_makes_a_key_serves_its_waiters() {
    for command in MAKING {
        everywhere(|store| {
            run(store, "RPUSH src a");
            let mut client = block(store, "BLPOP k");
            run(store, command);
            assert_eq!(client.got(), "k a", "after {command}");
            assert!(!store.exists("k"), "after {command}");
        });
    }
}

#[test]
fn the_same_commands_do_so_in_a_transaction() {
    for command in MAKING {
        everywhere(|store| {
            run(store, "RPUSH src a");
            let mut client = block(store, "BLPOP k");
            exec(store, &[command]);
            assert_eq!(client.got(), "k a", "after {command}");
            assert!(!store.exists("k"), "after {command}");
        });
    }
}

#[test]
fn a_blocked_move_makes_its_destination() {
    everywhere(|store| {
        let mut mover = block(store, "BLMOVE src k LEFT RIGHT");
        let mut client = block(store, "BLPOP k");
        run(store, "RPUSH src a");
        assert_eq!((mover.got(), client.got()), ("a".to_owned(), "k a".to_owned()));
        assert_eq!(contents(store), "");
    });
}

#[test]
fn a_move_that_finds_its_source_at_once_makes_its_destination() {
    everywhere(|store| {
        let mut client = block(store, "BLPOP k");
        run(store, "RPUSH src a b");
        assert_eq!(run(store, "BLMOVE src k LEFT RIGHT"), "a");
        assert_eq!(client.got(), "k a");
        assert_eq!(contents(store), "src b");
    });
}

#[test]
fn what_only_changes_or_removes_lists_wakes_nobody() {
    let commands = [
        "LPUSHX k a",
        "RPUSHX k a",
        "LINSERT k pivot a",
        "LSET k a",
        "LREM k a",
        "LTRIM k 0 -1",
        "LPOP k",
        "DEL k other",
        "LPUSH other a",
        "RENAME missing k",
        "RENAMENX missing k",
        "COPY missing k",
        "COPY missing k REPLACE",
        "LMOVE missing k LEFT LEFT",
        "FLUSHALL",
    ];
    for command in commands {
        everywhere(|store| {
            run(store, "RPUSH other x y");
            let mut client = block(store, "BLPOP k");
            run(store, command);
            client.is_blocked();
            assert!(!store.exists("k"), "after {command}");
            run(store, "RPUSH k b");
            assert_eq!(client.got(), "k b", "after {command}");
        });
    }
}

#[test]
fn a_command_that_finds_a_list_does_not_wait() {
    everywhere(|store| {
        run(store, "RPUSH k2 a b c d");
        assert_eq!(run(store, "BLPOP k1 k2"), "k2 a");
        assert_eq!(store.brpop(["k1", "k2"], None).unwrap().unwrap().1, b"d");
        assert_eq!(store.brpoplpush("k2", "k3", None), Ok(Some(b"c".to_vec())));
        let all = store.blmpop(["k3", "k2"], redeque::Direction::Left, 9, None).unwrap();
        assert_eq!(all, Some((b"k3".to_vec(), vec![b"c".to_vec()])));
        assert_eq!(contents(store), "k2 b");
    });
}

/// Each after `RPUSH src 1` and `RPUSH other 2 3`: the list at `src` has three elements then, or two.
const GROWING: [(&str, &str); 13] = [
    ("LPUSH src 0 9", "9 0 1"),
    ("RPUSH src 2 3", "1 2 3"),
    ("LPUSHX src 0 9", "9 0 1"),
    ("RPUSHX src 2 3", "1 2 3"),
    ("LPUSH_BOUNDED src 3 0 9", "9 0 1"),
    ("RPUSH_BOUNDED src 3 2 3", "1 2 3"),
    ("LINSERT src 1 0", "0 1"),
    ("LMOVE other src LEFT RIGHT", "1 2"),
    ("BLMOVE other src LEFT RIGHT", "1 2"),
    ("RPOPLPUSH other src", "3 1"),
    ("LMOVEM other src LEFT RIGHT EXACTLY 2 BULK", "1 2 3"),
    ("RENAME other src", "2 3"),
    ("COPY other src REPLACE", "2 3"),
];

#[test]
fn every_command_that_makes_a_list_longer_serves_a_batch() {
    for (command, batch) in GROWING {
        for in_transaction in [false, true] {
            everywhere(|store| {
                run(store, "RPUSH src 1");
                run(store, "RPUSH other 2 3");
                let exactly = batch.split(' ').count();
                let wait = format!("BLMOVEM src d LEFT RIGHT EXACTLY {exactly} BULK");
                let mut client = block(store, &wait);
                if in_transaction {
                    exec(store, &[command]);
                } else {
                    run(store, command);
                }
                assert_eq!(client.got(), batch, "after {command}");
                assert!(!store.exists("src"), "after {command}");
            });
        }
    }
}

/// Each after `RPUSH k 1 2` and `RPUSH short s`.
const SHRINKING: [&str; 16] = [
    "LPOP k",
    "RPOP k",
    "LMPOP LEFT 2 none k",
    "BLPOP none k",
    "LMOVE k d LEFT LEFT",
    "BLMOVE k d LEFT LEFT",
    "RPOPLPUSH k d",
    "LMOVEM k d LEFT LEFT COUNT 2 OBO",
    "LREM k 1",
    "LTRIM k 1 -1",
    "LTRIM k 5 6",
    "DEL none k",
    "RENAME k d",
    "RENAMENX k d",
    "RENAME short k",
    "COPY short k REPLACE",
];

#[test]
fn every_command_that_makes_a_list_shorter_serves_a_push() {
    for command in SHRINKING {
        for in_transaction in [false, true] {
            everywhere(|store| {
                run(store, "RPUSH k 1 2");
                run(store, "RPUSH short s");
                let mut client = block(store, "BRPUSH_BOUNDED k 2 x");
                if in_transaction {
                    exec(store, &[command]);
                } else {
                    run(store, command);
                }
                let left = store.llen("k");
                assert_eq!(client.got(), left.to_string(), "after {command}");
                assert_eq!(store.lindex("k", -1).as_deref(), Some(&b"x"[..]), "after {command}");
            });
        }
    }
}

#[test]
fn every_method_without_words_that_makes_a_list_shorter_serves_a_push() {
    let shrink: [fn(&Store); 8] = [
        |store| drop(store.lpop_count("k", 2).unwrap()),
        |store| drop(store.rpop_count("k", 9).unwrap()),
        |store| assert!(store.lpop_into("k", &mut Vec::new()).unwrap()),
        |store| assert!(store.rpop_into("k", &mut Vec::new()).unwrap()),
        |store| assert!(store.lpop_count_into("k", 1, &mut ElementBuf::new()).unwrap()),
        |store| assert!(store.rpop_count_into("k", 2, &mut ElementBuf::new()).unwrap()),
        |store| assert!(store.unlink("k").unwrap()),
        |store| store.flushall().unwrap(),
    ];
    for (number, shrink) in shrink.into_iter().enumerate() {
        everywhere(|store| {
            run(store, "RPUSH k 1 2");
            let mut client = block(store, "BLPUSH_BOUNDED k 2 x");
            shrink(store);
            assert_eq!(client.got(), store.llen("k").to_string(), "method {number}");
            assert_eq!(store.lindex("k", 0).as_deref(), Some(&b"x"[..]), "method {number}");
        });
    }
}
