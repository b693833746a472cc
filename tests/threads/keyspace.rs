//! Keys that come and go while other threads look.

use std::collections::BTreeSet;

use redeque::Direction::{Left, Right};
use redeque::{Error, ScanOptions, Store};

use crate::KEYS;
use crate::race::{Race, Runner, element, ids, store_of};

/// Anything that makes keys come and go.
fn make_keys_come_and_go(runner: &mut Runner) {
    let (key, other) = (runner.key(&KEYS), runner.key(&KEYS));
    let way = runner.roll(16);
    let store = &runner.store;
    match way {
        0 => drop(store.rename(key, other)),
        1 => drop(store.renamenx(key, other)),
        2 => drop(store.copy(key, other)),
        3 => drop(store.copy_replace(key, other)),
        4 => drop(store.del(key)),
        5 => drop(store.del_all([key, other])),
        6 => drop(store.unlink_all(KEYS)),
        7 => drop(store.flushall()),
        8 => drop(store.lpop(key)),
        9 => drop(store.rpop_count(key, 2)),
        10 => drop(store.ltrim(key, 1, -2)),
        11 => drop(store.lrem(key, 0, "x")),
        12 => drop(store.lmove(key, other, Left, Right)),
        13 => drop(store.lmpop(KEYS, Right, 2)),
        14 => drop(store.rpush_all(key, ["x", "y", "x"])),
        _ => drop(store.lpush(key, "x")),
    }
}

#[test]
fn a_key_exists_only_with_elements_whatever_makes_it_come_and_go() {
    for shards in [1, 64] {
        let store = store_of(shards);
        let mut race = Race::new();
        race.hold_up(&KEYS);
        for _ in 0..4 {
            race.work(|runner| {
                for _ in 0..8000 {
                    make_keys_come_and_go(runner);
                }
            });
        }
        race.follow(|runner| {
            while runner.others_work() {
                let seen = runner.store.transaction(KEYS, |tx| {
                    let look = |key| Ok((tx.exists(key)?, tx.llen(key)?, tx.lrange(key, 0, -1)?));
                    KEYS.into_iter().map(look).collect::<Result<Vec<_>, Error>>()
                });
                for (exists, length, elements) in seen.unwrap() {
                    assert_eq!(length, elements.len());
                    assert_eq!(exists, length > 0, "a key of an empty list");
                }
            }
        });
        race.run(&store);
        let filled = KEYS.iter().filter(|key| store.llen(key) > 0).count();
        assert_eq!(store.dbsize(), filled);
        assert_eq!(store.keys("*").len(), filled);
    }
}

/// Each list is of three equal elements from the first moment to the last, so a part of one would show.
#[test]
fn lists_are_made_renamed_copied_and_removed_whole() {
    let store = store_of(64);
    let mut race = Race::new();
    race.hold_up(&KEYS);
    for worker in 0..4_u32 {
        race.work(move |runner| {
            for number in 0..20_000 {
                let (key, other) = (runner.key(&KEYS), runner.key(&KEYS));
                let way = runner.roll(8);
                let store = &runner.store;
                match way {
                    0 => drop(store.rename(key, other)),
                    1 => drop(store.copy_replace(key, other)),
                    2 => drop(store.copy(key, other)),
                    3 => drop(store.del(key)),
                    4 => drop(store.flushall()),
                    5 => drop(store.lpop_count(key, 3)),
                    _ => drop(store.transaction([key], |tx| {
                        let stale = tx.exists(key)? && tx.del(key)?;
                        let new = element(worker * 20_000 + number);
                        tx.rpush_all(key, [&new; 3]).map(|len| (stale, len))
                    })),
                }
                let list = ids(store.lrange(other, 0, -1));
                let whole = list.len() == 3 && list.iter().all(|id| *id == list[0]);
                assert!(list.is_empty() || whole, "{list:?}");
            }
        });
    }
    race.run(&store);
}

/// Both keys are made in one transaction and removed by one command, so there are always two of them or none.
#[test]
fn keys_that_are_removed_together_disappear_together() {
    const PAIR: [&str; 2] = ["p", "q"];

    for shards in [4, 64] {
        let store = store_of(shards);
        let mut race = Race::new();
        race.hold_up(&PAIR);
        for _ in 0..2 {
            race.work(|runner| {
                for _ in 0..10_000 {
                    let way = runner.roll(6);
                    let store = &runner.store;
                    match way {
                        0 => drop(store.del_all(PAIR)),
                        1 => drop(store.unlink_all(PAIR)),
                        2 => drop(store.flushall()),
                        _ => drop(store.transaction(PAIR, |tx| {
                            tx.rpush("p", "x")?;
                            tx.lpush("q", "x")
                        })),
                    }
                }
            });
            race.follow(|runner| {
                while runner.others_work() {
                    let store = &runner.store;
                    let counts =
                        [store.exists_all(PAIR), store.dbsize(), store.keys("[p-q]").len()];
                    assert!(counts.iter().all(|count| [0, 2].contains(count)), "{counts:?}");
                }
            });
        }
        race.run(&store);
    }
}

/// Whoever changes the source removes the copy in the same transaction, so a copy that is there is a true one.
#[test]
fn a_copy_is_of_what_the_source_holds_at_that_moment() {
    let store = store_of(64);
    let mut race = Race::new();
    race.hold_up(&["source", "copy"]);
    race.work(|runner| {
        for number in 0..20_000 {
            let replaced = runner.store.transaction(["source", "copy"], |tx| {
                tx.del_all(["source", "copy"])?;
                tx.rpush_all("source", [&element(number); 2])
            });
            assert_eq!(replaced, Ok(2));
        }
    });
    for replace in [true, false] {
        race.follow(move |runner| {
            let store = &runner.store;
            while runner.others_work() {
                let copied = if replace {
                    store.copy_replace("source", "copy")
                } else {
                    store.copy("source", "copy")
                };
                assert!(copied.is_ok());
                let both = store.transaction(["copy", "source"], |tx| {
                    Ok::<_, Error>((tx.lrange("source", 0, -1)?, tx.lrange("copy", 0, -1)?))
                });
                let (source, copy) = both.unwrap();
                assert!(copy.is_empty() || copy == source, "{copy:?} of {source:?}");
            }
        });
    }
    race.run(&store);
}

/// One iteration, from cursor 0 to cursor 0.
fn scan_all(store: &Store, options: &ScanOptions) -> BTreeSet<Vec<u8>> {
    let (mut cursor, first) = store.scan(0, options);
    let mut found = BTreeSet::from_iter(first);
    while cursor != 0 {
        let (next, page) = store.scan(cursor, options);
        found.extend(page);
        cursor = next;
    }
    found
}

#[test]
fn a_scan_returns_every_key_that_stays() -> Result<(), Error> {
    for shards in [1, 3, 64] {
        let store = store_of(shards);
        let stays: BTreeSet<Vec<u8>> =
            (0..100).map(|number| format!("stays:{number}").into_bytes()).collect();
        // Between keys that go, so that the removal of those moves the ones that stay.
        for (number, key) in stays.iter().enumerate() {
            store.rpush(format!("goes:{number}"), "x")?;
            store.rpush(key, "x")?;
        }
        let mut race = Race::new();
        for worker in 0..2 {
            let stays: Vec<Vec<u8>> = stays.iter().cloned().collect();
            race.work(move |runner| {
                for round in 0..4000 {
                    let number = runner.roll(400);
                    let (goes, stays) = (format!("goes:{number}"), &stays[number % stays.len()]);
                    let store = &runner.store;
                    match round % 4 {
                        0 => drop(store.del(&goes)),
                        1 => drop(store.rpush(&goes, "x")),
                        2 => drop(store.rename(&goes, format!("goes:{worker}"))),
                        // The first element stays, and so does the key.
                        _ => drop(store.rpush(stays, "y").and_then(|_| store.rpop(stays))),
                    }
                }
            });
        }
        race.follow(move |runner| {
            while runner.others_work() {
                let count = 1 + runner.roll(20);
                let options = ScanOptions::new().count(count).unwrap();
                let found = scan_all(&runner.store, &options);
                let missed: Vec<_> =
                    stays.difference(&found).map(|key| key.escape_ascii().to_string()).collect();
                assert!(missed.is_empty(), "missed by a scan of count {count}: {missed:?}");
            }
        });
        race.run(&store);
    }
    Ok(())
}
