//! A store that is closed while threads use it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redeque::Direction::{Left, Right};
use redeque::{Error, MoveCount, MoveOrder, Store};

use crate::KEYS;
use crate::race::{Race, Runner, store_of};

/// One of the commands that a closed store refuses: how many elements it brought.
fn bring(runner: &mut Runner) -> Result<usize, Error> {
    let (key, way) = (runner.key(&KEYS), runner.roll(9));
    let store = &runner.store;
    match way {
        0 => store.lpush(key, "x").map(|_| 1),
        1 => store.rpush_all(key, ["x", "y"]).map(|_| 2),
        2 => store.rpushx(key, "x").map(|len| usize::from(len > 0)),
        3 => store.linsert_before(key, "x", "y").map(|len| usize::from(len > 0)),
        4 => store.copy_replace("one", "copy").map(|_| 0),
        5 => store.rpush_bounded(key, 1 << 20, "x").map(|len| usize::from(len.is_some())),
        6 => store.rpush_bounded_all(key, 1 << 20, ["x", "y"]).map(|_| 2),
        7 => store.brpush_bounded(key, 1 << 20, "x", None).map(|_| 1),
        _ => store.transaction([key], |tx| tx.lpush(key, "x")).map(|_| 1),
    }
}

#[test]
fn nothing_refused_is_seen_to_succeed_after_close_has_returned() {
    for round in 0..30 {
        let store = store_of([1, 2, 64][round % 3]);
        store.rpush("one", "1").unwrap();
        let is_closed = Arc::new(AtomicBool::new(false));
        let mut race = Race::new();
        for _ in 0..3 {
            let is_closed = Arc::clone(&is_closed);
            race.work(move |runner| {
                let mut brought = 0;
                loop {
                    let was_closed = is_closed.load(Ordering::SeqCst);
                    match bring(runner) {
                        Ok(count) => {
                            assert!(!was_closed, "it succeeded after the store was closed");
                            brought += count;
                        }
                        Err(error) => {
                            assert_eq!(error, Error::Closed);
                            return brought;
                        }
                    }
                }
            });
        }
        race.work(move |runner| {
            for _ in 0..runner.roll(200) + round {
                std::thread::yield_now();
            }
            runner.store.close();
            is_closed.store(true, Ordering::SeqCst);
            0
        });
        let brought: usize = race.run(&store).into_iter().sum();
        let found: usize = KEYS.iter().map(|key| store.llen(key)).sum();
        assert_eq!(found, brought, "what was acknowledged is there, and nothing else");
    }
}

#[test]
fn every_kind_of_wait_is_woken() {
    for round in 0..20 {
        let store = store_of([1, 2, 64][round % 3]);
        store.rpush("full", "x").unwrap();
        let mut race = Race::new();
        let ends: [fn(&Store) -> bool; 5] = [
            |store| store.blpop(["none", "other"], None) == Err(Error::Closed),
            |store| store.blmove("none", "d", Left, Right, None) == Err(Error::Closed),
            |store| {
                let two = MoveCount::Exactly(2);
                store.blmovem("full", "d", Left, Right, two, MoveOrder::Bulk, None)
                    == Err(Error::Closed)
            },
            |store| store.brpush_bounded("full", 1, "y", None) == Err(Error::Closed),
            |store| {
                let far = Some(Duration::from_secs(1 << 30));
                store.blmpop(["none"], Left, 2, far) == Err(Error::Closed)
            },
        ];
        for ends in ends {
            race.work(move |runner| ends(&runner.store));
        }
        race.work(move |runner| {
            // Some of the waits begin before this, and some after.
            while runner.store.blocked_clients() < round % 6 {
                std::thread::yield_now();
            }
            runner.store.close();
            true
        });
        assert!(race.run(&store).into_iter().all(|ended| ended));
        assert_eq!(store.blocked_clients(), 0);
        assert_eq!(store.llen("full"), 1);
    }
}
