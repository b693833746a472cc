//! Elements that are pushed, moved and popped by many threads: each stays one element, in its place in the order.

use redeque::Direction::{Left, Right};
use redeque::Error;

use crate::KEYS;
use crate::race::{Race, Runner, assert_each_once, element, ids, seen_in_all, store_of};

#[test]
fn nothing_is_lost_and_nothing_comes_twice() -> Result<(), Error> {
    const PRODUCERS: u32 = 3;
    const EACH: u32 = 15_000;

    for shards in [1, 2, 64] {
        let store = store_of(shards);
        let mut race = Race::new();
        race.hold_up(&KEYS);
        for producer in 0..PRODUCERS {
            race.work(move |runner| {
                let mut own = (producer * EACH..(producer + 1) * EACH).peekable();
                while own.peek().is_some() {
                    produce(runner, &mut own)?;
                }
                Ok(Vec::new())
            });
        }
        for _ in 0..2 {
            race.follow(|runner| {
                while runner.others_work() {
                    pass_on(runner)?;
                }
                Ok(Vec::new())
            });
            race.follow(|runner| {
                let mut consumed = Vec::new();
                while runner.others_work() {
                    consumed.extend(consume(runner, PRODUCERS * EACH)?);
                }
                Ok(consumed)
            });
        }
        let mut found: Vec<u32> =
            race.run(&store).into_iter().collect::<Result<Vec<_>, Error>>()?.concat();
        found.extend(KEYS.iter().flat_map(|key| ids(store.lrange(key, 0, -1))));
        assert_each_once(found, PRODUCERS * EACH);
    }
    Ok(())
}

/// Pushes one or more of a thread's own elements, somewhere, somehow.
fn produce(runner: &mut Runner, own: &mut impl Iterator<Item = u32>) -> Result<(), Error> {
    let (key, other) = (runner.key(&KEYS), runner.key(&KEYS));
    let way = runner.roll(8);
    let several: Vec<[u8; 4]> = own.take(if way < 5 { 1 } else { 3 }).map(element).collect();
    let one = several[0];
    let store = &runner.store;
    let done = match way {
        0 => store.lpush(key, one)? > 0,
        1 => store.rpush(key, one)? > 0,
        2 => store.lpushx(key, one)? > 0,
        3 => store.rpushx(key, one)? > 0,
        4 => match store.lindex(key, 1) {
            Some(pivot) => store.linsert_before(key, &pivot, one)? > 0,
            None => false,
        },
        5 => store.lpush_all(key, &several)? > 0,
        6 => store.rpush_all(key, &several)? > 0,
        _ => store.transaction([key, other], |tx| {
            tx.lpush(other, one)?;
            match several.get(1..).unwrap_or_default() {
                [] => Ok(true),
                rest => tx.rpush_all(key, rest).map(|len| len > 0),
            }
        })?,
    };
    if !done {
        store.rpush_all(key, &several)?;
    }
    Ok(())
}

/// Moves elements, or rearranges a list, and keeps them all.
fn pass_on(runner: &mut Runner) -> Result<(), Error> {
    let (key, other) = (runner.key(&KEYS), runner.key(&KEYS));
    let (from, to) = (runner.end(), runner.end());
    let way = runner.roll(6);
    let store = &runner.store;
    match way {
        0 => drop(store.lmove(key, other, from, to)?),
        1 => drop(store.rpoplpush(key, other)?),
        2 => match store.renamenx(key, other) {
            Ok(_) | Err(Error::NoSuchKey) => {}
            Err(refused) => return Err(refused),
        },
        3 => store.transaction([key, other], |tx| -> Result<(), Error> {
            for element in tx.lpop_count(key, 3)?.unwrap_or_default() {
                tx.rpush(other, element)?;
            }
            Ok(())
        })?,
        4 => store.transaction([key, other], |tx| -> Result<(), Error> {
            if key != other && tx.copy(key, other)? {
                tx.del(key)?;
            }
            Ok(())
        })?,
        _ => store.transaction([key], |tx| -> Result<(), Error> {
            if let (Some(head), Some(tail)) = (tx.lindex(key, 0)?, tx.lindex(key, -1)?) {
                tx.lset(key, 0, tail)?;
                tx.lset(key, -1, head)?;
            }
            Ok(())
        })?,
    }
    Ok(())
}

/// Takes elements out, and returns which.
fn consume(runner: &mut Runner, count: u32) -> Result<Vec<u32>, Error> {
    let (key, other) = (runner.key(&KEYS), runner.key(&KEYS));
    let from = runner.end();
    let wanted = u32::try_from(runner.roll(count as usize)).unwrap();
    let way = runner.roll(8);
    let store = &runner.store;
    Ok(match way {
        0 => ids(store.lpop(key)?),
        1 => ids(store.rpop(key)?),
        2 => ids(store.lpop_count(key, 3)?.unwrap_or_default()),
        3 => ids(store.rpop_count(key, 2)?.unwrap_or_default()),
        4 => {
            let popped = store.lmpop([key, other], from, 4)?;
            ids(popped.map(|(_, elements)| elements).unwrap_or_default())
        }
        5 => vec![wanted; store.lrem(key, 0, element(wanted))?],
        6 => store.transaction([key, other], |tx| {
            let (left, right) = (tx.lpop(key)?, tx.rpop(other)?);
            Ok::<_, Error>(ids(left.into_iter().chain(right)))
        })?,
        _ => store.transaction([key], |tx| {
            let all = tx.lrange(key, 0, -1)?;
            let removed = if all.len() < 50 { tx.del(key)? } else { false };
            Ok::<_, Error>(if removed { ids(all) } else { Vec::new() })
        })?,
    })
}

/// LMOVE takes and gives in one step, so even two threads that pass elements on from queue to queue keep their order.
#[test]
fn elements_of_one_producer_leave_a_chain_of_queues_in_order() -> Result<(), Error> {
    const PRODUCERS: u32 = 2;
    const EACH: u32 = 20_000;

    for (shards, head) in [(64, Left), (64, Right), (1, Left)] {
        let tail = if head == Left { Right } else { Left };
        let store = store_of(shards);
        let mut race = Race::new();
        race.hold_up(&["first", "second"]);
        for producer in 0..PRODUCERS {
            race.work(move |runner| {
                for number in producer * EACH..(producer + 1) * EACH {
                    match tail {
                        Left => runner.store.lpush("first", element(number))?,
                        Right => runner.store.rpush("first", element(number))?,
                    };
                }
                Ok(Vec::new())
            });
        }
        for _ in 0..2 {
            race.follow(move |runner| {
                while runner.others_work() {
                    runner.store.lmove("first", "second", head, tail)?;
                }
                Ok(Vec::new())
            });
            race.follow(move |runner| {
                let mut seen = Vec::new();
                while runner.others_work() {
                    let count = 1 + runner.roll(3);
                    let popped = runner.store.lmpop(["second"], head, count)?;
                    seen.extend(ids(popped.map(|(_, elements)| elements).unwrap_or_default()));
                }
                Ok(seen)
            });
        }
        let mut logs = race.run(&store).into_iter().collect::<Result<Vec<_>, Error>>()?;
        let mut rest = Vec::new();
        for key in ["second", "first"] {
            while let Some((_, elements)) = store.lmpop([key], head, 100)? {
                rest.extend(ids(elements));
            }
        }
        logs.push(rest);
        for log in &logs {
            for producer in 0..PRODUCERS {
                let own = log.iter().filter(|id| *id / EACH == producer);
                assert!(own.is_sorted(), "one consumer met elements of a producer out of order");
            }
        }
        assert_each_once(logs.concat(), PRODUCERS * EACH);
    }
    Ok(())
}

/// With 64 shards, the keys of the ring all being in one is beyond chance.
#[test]
fn a_ring_of_moves_always_holds_the_same_elements() -> Result<(), Error> {
    const RING: [&str; 6] = ["r0", "r1", "r2", "r3", "r4", "r5"];

    for shards in [64, 2] {
        let store = store_of(shards);
        for number in 0..12_u32 {
            store.rpush(RING[number as usize / 4], element(number))?;
        }
        let mut race = Race::new();
        race.hold_up(&RING);
        for worker in 0..4 {
            race.work(move |runner| {
                for _ in 0..15_000 {
                    let at = runner.roll(RING.len());
                    let step = if worker % 2 == 0 { 1 } else { RING.len() - 1 };
                    let (from, to) = (runner.end(), runner.end());
                    let next = RING[(at + step) % RING.len()];
                    runner.store.lmove(RING[at], next, from, to).unwrap();
                }
            });
        }
        for observer in 0..2 {
            race.follow(move |runner| {
                let mut keys = RING;
                keys.rotate_left(observer * 3);
                while runner.others_work() {
                    assert_each_once(seen_in_all(&runner.store, &keys), 12);
                    keys.rotate_left(1);
                }
            });
        }
        race.run(&store);
        assert_each_once(seen_in_all(&store, &RING), 12);
    }
    Ok(())
}

#[test]
fn an_element_on_its_way_is_never_in_both_lists_or_in_neither() -> Result<(), Error> {
    let store = store_of(64);
    store.rpush("a", "x")?;
    let mut race = Race::new();
    race.hold_up(&["a", "b"]);
    for (source, destination) in [("a", "b"), ("b", "a")] {
        race.work(move |runner| {
            for _ in 0..60_000 {
                match runner.roll(4) {
                    0 => drop(runner.store.lmove(source, destination, Left, Right)),
                    1 => drop(runner.store.rpoplpush(source, destination)),
                    2 => drop(runner.store.rename(source, destination)),
                    _ => drop(runner.store.renamenx(source, destination)),
                }
            }
        });
    }
    race.follow(|runner| {
        while runner.others_work() {
            assert_eq!(runner.store.exists_all(["a", "b"]), 1);
            assert_eq!(runner.store.touch_all(["b", "a"]), 1);
            assert_eq!(runner.store.dbsize(), 1);
        }
    });
    race.follow(|runner| {
        while runner.others_work() {
            let lengths =
                runner.store.transaction(["b", "a"], |tx| Ok((tx.llen("a")?, tx.llen("b")?)));
            assert!(matches!(lengths, Ok::<_, Error>((0, 1) | (1, 0))), "{lengths:?}");
            assert_eq!(runner.store.keys("*").len(), 1);
            assert!(runner.store.randomkey().is_some());
        }
    });
    race.run(&store);
    Ok(())
}

#[test]
fn lmpop_finds_an_element_wherever_it_is_being_moved() -> Result<(), Error> {
    let store = store_of(64);
    store.rpush("a", "x")?;
    let mut race = Race::new();
    race.hold_up(&["a", "b"]);
    race.work(|runner| {
        for _ in 0..40_000 {
            let (key, elements) = runner.store.lmpop(["a", "b"], Left, 2).unwrap().unwrap();
            assert_eq!(elements, [b"x"]);
            runner.store.rpush(&key, &elements[0]).unwrap();
        }
    });
    for (source, destination) in [("a", "b"), ("b", "a")] {
        race.follow(move |runner| {
            while runner.others_work() {
                drop(runner.store.lmove(source, destination, Left, Left));
            }
        });
    }
    race.run(&store);
    assert_eq!(store.exists_all(["a", "b"]), 1);
    Ok(())
}
