//! Deadlines in a log.

use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use redeque::{ExpireTime, Fsync, LogOptions, ManualClock, Store, Ttl};

use crate::home::{Home, INCREMENT, commands, contents, lists};

const SECOND: Duration = Duration::from_secs(1);

/// A clock that shows how many seconds have passed since the beginning of 1970.
fn clock(seconds: u32) -> ManualClock {
    ManualClock::at(UNIX_EPOCH + SECOND * seconds)
}

fn open(home: &Home, clock: &ManualClock) -> Store {
    let options = LogOptions::new().fsync(Fsync::Always);
    let builder = Store::builder().clock(clock).log(home.log(), options);
    builder.open().unwrap_or_else(|error| panic!("{error}"))
}

fn deadline(store: &Store, key: &str) -> Option<u64> {
    match store.expiretime(key) {
        ExpireTime::At(time) => Some(time.duration_since(UNIX_EPOCH).unwrap().as_secs()),
        ExpireTime::NoKey | ExpireTime::NoDeadline => None,
    }
}

/// The commands in the increment, as lines, without what begins a file and what closes a batch.
fn logged(home: &Home) -> Vec<String> {
    let bytes = fs::read(home.log().join(INCREMENT)).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let mut lines = text.split("\r\n").filter(|line| !line.starts_with('$'));
    let mut commands = Vec::new();
    while let Some(count) = lines.next().and_then(|line| line.strip_prefix('*')) {
        let words: Vec<_> = lines.by_ref().take(count.parse().unwrap()).collect();
        commands.push(words.join(" "));
    }
    commands.retain(|line| !line.starts_with("ECHO ") && !line.starts_with("SELECT "));
    commands
}

#[test]
fn deadlines_are_there_again_and_time_goes_on() {
    let home = Home::new();
    let store = open(&home, &clock(1000));
    for key in ["short", "long", "persistent", "renamed", "copied"] {
        store.rpush_all(key, ["a", "b"]).unwrap();
        store.expire(key, 100 * SECOND).unwrap();
    }
    store.expire("short", 10 * SECOND).unwrap();
    store.persist("persistent").unwrap();
    store.rename("renamed", "other").unwrap();
    store.copy("copied", "copy").unwrap();
    store.lpop("long").unwrap();
    drop(store);

    let store = open(&home, &clock(1011));
    assert_eq!(store.recovery().unwrap().keys(), 6, "none expires while it is read");
    assert_eq!(store.ttl("short"), Ttl::NoKey);
    for key in ["long", "other", "copied", "copy"] {
        assert_eq!(deadline(&store, key), Some(1100), "{key}");
    }
    assert_eq!(store.ttl("persistent"), Ttl::NoDeadline);
    drop(store);
    let store = open(&home, &clock(1200));
    assert_eq!(contents(&store), lists("persistent: a b"));
}

/// As on a server: what was done to a key was done while it was there.
#[test]
fn nothing_expires_while_a_log_is_read() {
    let text =
        "SELECT 0; RPUSH k a; PEXPIREAT k 1000; RPUSH k b; PERSIST k; RPUSH l a; PEXPIREAT l 1000";
    let home = Home::with_increment(&commands(text));
    let store = open(&home, &clock(60));
    assert_eq!(contents(&store), lists("k: a b"));
    assert_eq!(store.ttl("k"), Ttl::NoDeadline);
}

/// Otherwise what comes after it would be added to what has expired.
#[test]
fn what_has_expired_is_removed_before_what_comes_in_its_place() {
    // The clock of a store that is there would be turned with it, and remove what is due by itself.
    let later = clock(1002);
    for (command, expected) in [
        (&["RPUSH", "k", "new"][..], &["MULTI", "DEL k", "RPUSH k new", "EXEC"][..]),
        (&["COPY", "other", "k"], &["MULTI", "DEL k", "COPY other k REPLACE", "EXEC"]),
        (&["RENAMENX", "other", "k"], &["MULTI", "DEL k", "RENAME other k", "EXEC"]),
        (
            &["LMOVE", "other", "k", "LEFT", "LEFT"],
            &["MULTI", "DEL k", "LPOP other", "LPUSH k x", "EXEC"],
        ),
        (&["LPOP", "k"], &["DEL k"]),
        (&["LLEN", "k"], &["DEL k"]),
    ] {
        let home = Home::new();
        let store = open(&home, &clock(1000));
        store.rpush("other", "x").unwrap();
        store.rpush("k", "old").unwrap();
        store.expireat("k", UNIX_EPOCH + 1001 * SECOND).unwrap();
        drop(store);
        let before = logged(&home).len();
        let store = open(&home, &later);
        store.connect().execute(command);
        let expected_here = contents(&store);
        store.shutdown().unwrap();
        assert_eq!(logged(&home)[before..], *expected, "{command:?}");
        drop(store);
        assert_eq!(contents(&open(&home, &later)), expected_here);
    }
}

#[test]
fn a_rewriting_keeps_deadlines_of_long_lists_and_short_ones() {
    let home = Home::new();
    let clock = clock(1000);
    let store = open(&home, &clock);
    let elements: Vec<_> = (0..100_000_u32).collect();
    store.rpush_all("long", elements).unwrap();
    store.rpush("short", "x").unwrap();
    store.rpush("plain", "x").unwrap();
    store.rpush("over", "x").unwrap();
    for (key, seconds) in [("long", 50), ("short", 60), ("over", 1)] {
        store.expire(key, SECOND * seconds).unwrap();
    }
    store.rewrite_log().unwrap();
    let before = contents(&store);
    drop(store);
    let store = open(&home, &clock);
    assert_eq!(contents(&store), before);
    let deadlines = ["long", "short", "over", "plain"].map(|key| deadline(&store, key));
    assert_eq!(deadlines, [Some(1050), Some(1060), Some(1001), None]);
}
