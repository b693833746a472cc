//! Which commands make a key ready: those that make a list come into existence, and no others.

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
