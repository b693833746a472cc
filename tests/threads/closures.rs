//! Code of the caller that runs inside a call: closures of transactions, and iterators.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use redeque::Direction::{Left, Right};
use redeque::{Error, ScanOptions, Store, Transaction};

use crate::KEYS;
use crate::race::{Race, assert_each_once, element, seen_in_all, store_of};

/// Moves an element, with the panic at one of three places.
fn move_and_panic(tx: &mut Transaction<'_>, keys: [&str; 2], place: usize) -> Result<(), Error> {
    let fail_at = |at| {
        if place == at {
            resume_unwind(Box::new("in the middle of a transaction"));
        }
    };
    fail_at(0);
    tx.lmove(keys[0], keys[1], Left, Right)?;
    fail_at(1);
    tx.rpoplpush(keys[1], keys[0])?;
    fail_at(2);
    Ok(())
}

#[test]
fn transactions_that_panic_leave_the_store_usable_for_everyone() -> Result<(), Error> {
    for shards in [1, 64] {
        let store = store_of(shards);
        for number in 0..40_u32 {
            store.rpush(KEYS[number as usize / 10], element(number))?;
        }
        let mut race = Race::new();
        race.hold_up(&KEYS);
        for _ in 0..2 {
            race.work(|runner| {
                for _ in 0..3000 {
                    let keys = [runner.key(&KEYS), runner.key(&KEYS)];
                    let (place, store) = (runner.roll(3), &runner.store);
                    let panicked = catch_unwind(AssertUnwindSafe(|| {
                        store.transaction(keys, |tx| move_and_panic(tx, keys, place))
                    }));
                    assert!(panicked.is_err());
                    // The thread that panicked may go on with the same store, and the same keys.
                    drop(store.lmove(keys[0], keys[1], Left, Left));
                }
            });
            race.work(|runner| {
                for _ in 0..3000 {
                    let (key, other) = (runner.key(&KEYS), runner.key(&KEYS));
                    drop(runner.store.lmove(key, other, Right, Left));
                    assert_each_once(seen_in_all(&runner.store, &KEYS), 40);
                }
            });
        }
        race.run(&store);
        assert_each_once(seen_in_all(&store, &KEYS), 40);
        assert_eq!(store.dbsize(), store.exists_all(KEYS));
    }
    Ok(())
}

/// Some items, and then a panic.
fn items_that_panic<T: 'static>(items: Vec<T>) -> impl Iterator<Item = T> {
    let mut items = items.into_iter();
    std::iter::from_fn(move || match items.next() {
        None => resume_unwind(Box::new("out of a caller's iterator")),
        item => item,
    })
}

#[track_caller]
fn assert_panics<R>(call: impl FnOnce() -> R) {
    assert!(catch_unwind(AssertUnwindSafe(call)).is_err(), "the call returned");
}

/// Calls each command that draws from an iterator with one that panics.
fn draw_from_iterators_that_panic(store: &Store) {
    let keys = || items_that_panic(vec!["a", "b"]);
    assert_panics(|| store.lpush_all("a", items_that_panic(vec!["new", "new"])));
    assert_panics(|| store.rpush_all("missing", items_that_panic(vec!["new", "new"])));
    assert_panics(|| store.lpushx_all("a", items_that_panic(vec!["new", "new"])));
    assert_panics(|| store.rpushx_all("a", items_that_panic(vec!["new", "new"])));
    assert_panics(|| store.lmpop(keys(), Left, 1));
    assert_panics(|| store.del_all(keys()));
    assert_panics(|| store.unlink_all(keys()));
    assert_panics(|| store.exists_all(keys()));
    assert_panics(|| store.transaction(keys(), |tx| tx.del("a")));
    assert_panics(|| {
        store.transaction(["a", "missing"], |tx| {
            tx.rpush_all("missing", items_that_panic(vec!["new", "new"]))
        })
    });
    assert_panics(|| store.transaction(["a", "b"], |tx| tx.del_all(keys())));
    assert_panics(|| store.transaction(["a", "b"], |tx| tx.lmpop(keys(), Left, 1)));
}

#[test]
fn an_iterator_that_panics_changes_nothing() -> Result<(), Error> {
    let store = store_of(2);
    store.rpush_all("a", ["1", "2"])?;
    store.rpush_all("b", ["3"])?;
    let mut race = Race::new();
    race.hold_up(&["a", "b"]);
    race.work(|runner| (0..300).for_each(|_| draw_from_iterators_that_panic(&runner.store)));
    race.follow(|runner| {
        while runner.others_work() {
            assert_eq!(runner.store.lrange("a", 0, -1), [b"1", b"2"]);
            assert_eq!(runner.store.lrange("b", 0, -1), [b"3"]);
            assert_eq!(runner.store.dbsize(), 2);
        }
    });
    race.run(&store);
    assert_eq!(store.lrange("a", 0, -1), [b"1", b"2"]);
    assert_eq!(store.dbsize(), 2);
    Ok(())
}

/// An iterator is drawn from before any lock is taken, so it may use the store itself.
#[test]
fn an_iterator_may_come_out_of_the_same_store() -> Result<(), Error> {
    let store = store_of(1);
    store.rpush_all("from", ["1", "2", "3"])?;
    let mut race = Race::new();
    race.work(|runner| {
        let store = runner.store.clone();
        let popped = std::iter::from_fn(move || store.lpop("from").unwrap());
        runner.store.rpush_all("to", popped)
    });
    assert_eq!(race.run(&store), [Ok(3)]);
    assert_eq!(store.lrange("to", 0, -1), [b"1", b"2", b"3"]);
    Ok(())
}

/// One call of each kind: of one lock, of several, and of all.
fn calls(store: &Store) -> Vec<Box<dyn Fn() + '_>> {
    vec![
        Box::new(|| drop(store.rpush("a", "new"))),
        Box::new(|| assert_eq!(store.llen("undeclared"), 0)),
        Box::new(|| drop(store.lmove("a", "undeclared", Left, Right))),
        Box::new(|| drop(store.lmpop(["undeclared", "a"], Left, 1))),
        Box::new(|| drop(store.del_all(["undeclared", "a"]))),
        Box::new(|| assert_ne!(store.dbsize(), 0)),
        Box::new(|| drop(store.flushall())),
        Box::new(|| drop(store.snapshot())),
        Box::new(|| drop(store.scan(0, &ScanOptions::new()))),
        Box::new(|| drop(store.transaction(["undeclared"], |tx| tx.del("undeclared")))),
        Box::new(|| drop(store.clone().lpop("a"))),
    ]
}

#[test]
fn calling_the_store_inside_its_own_transaction_panics_at_once() -> Result<(), Error> {
    for shards in [1, 64] {
        let store = store_of(shards);
        store.rpush("a", "1")?;
        let mut race = Race::new();
        for _ in 0..2 {
            race.work(|runner| {
                let store = &runner.store;
                for call in calls(store) {
                    // Both a panic that the closure catches and goes on from, and one that ends it.
                    let length = store.transaction(["a"], |tx| {
                        assert_panics(&call);
                        tx.llen("a")
                    });
                    assert_eq!(length, Ok(1));
                    assert_panics(|| {
                        store.transaction(["a"], |_| {
                            call();
                            Ok::<_, Error>(())
                        })
                    });
                    assert_eq!(store.lrange("a", 0, -1), [b"1"]);
                }
            });
        }
        race.run(&store);
        assert_eq!(store.rpush("a", "2"), Ok(2));
        assert_eq!(store.dbsize(), 1);
    }
    Ok(())
}

#[test]
fn a_transaction_may_use_another_store() {
    let (store, other) = (store_of(1), store_of(1));
    let reply = store.transaction(["a"], |tx| {
        tx.rpush("a", "1")?;
        other.transaction(["a"], |inner| inner.rpush("a", "2"))?;
        assert_panics(|| store.llen("a"));
        other.rpush("a", "3")
    });
    assert_eq!(reply, Ok(2));
    assert_eq!(store.llen("a"), 1);
}
