//! Keys that expire, by a clock that is turned by hand.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Barrier;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use redeque::Direction::Left;
use redeque::MoveOrder::{Bulk, OneByOne};
use redeque::{
    Error, ExpireOptions, ExpireTime, ManualClock, MoveCount, Store, Transaction, Ttl, Wait,
};

/// A store in one shard or in many, so that what is due is removed by a neighbour or not, and its clock.
fn stores() -> impl Iterator<Item = (Store, ManualClock)> {
    [1, 64].into_iter().map(|shards| {
        let clock = ManualClock::at(UNIX_EPOCH + Duration::from_secs(1_000_000));
        let store = Store::builder().shards(shards).clock(&clock).build().unwrap();
        (store, clock)
    })
}

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);

fn remaining(millis: u64) -> Ttl {
    Ttl::Remaining(Duration::from_millis(millis))
}

fn poll<T>(wait: &mut Wait<T>) -> Poll<T> {
    Pin::new(wait).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_key_is_there_up_to_its_deadline_and_not_after() {
    for (store, clock) in stores() {
        store.rpush_all("k", ["a", "b"]).unwrap();
        assert_eq!(store.expire("k", SECOND), Ok(true));
        clock.advance(SECOND);
        assert_eq!(store.ttl("k"), remaining(0));
        assert_eq!(store.llen("k"), 2);
        clock.advance(MILLISECOND);
        assert_eq!(store.ttl("k"), Ttl::NoKey);
        assert_eq!(store.llen("k"), 0);
        assert_eq!(store.lpop("k"), Ok(None));
        assert_eq!(store.rpush("k", "c"), Ok(1));
        assert_eq!(store.ttl("k"), Ttl::NoDeadline);
    }
}

#[test]
fn what_changes_a_list_leaves_its_deadline() {
    for (store, _) in stores() {
        store.rpush_all("k", ["a", "b", "c", "d"]).unwrap();
        store.expire("k", SECOND).unwrap();
        store.lpush("k", "z").unwrap();
        store.rpop("k").unwrap();
        store.lset("k", 0, "y").unwrap();
        store.linsert_before("k", "a", "x").unwrap();
        store.lrem("k", 0, "a").unwrap();
        store.ltrim("k", 0, 1).unwrap();
        store.rpoplpush("k", "k").unwrap();
        assert_eq!(store.ttl("k"), remaining(1000));
    }
}

#[test]
fn an_emptied_list_loses_its_deadline_and_the_rotation_of_one_element_does_not() {
    for (store, _) in stores() {
        store.rpush("k", "a").unwrap();
        store.expire("k", SECOND).unwrap();
        store.rpoplpush("k", "k").unwrap();
        assert_eq!(store.ttl("k"), remaining(1000));
        store.lpop("k").unwrap();
        store.rpush("k", "b").unwrap();
        assert_eq!(store.ttl("k"), Ttl::NoDeadline);
        store.expire("k", SECOND).unwrap();
        store
            .transaction(["k"], |tx| {
                tx.lpop("k")?;
                tx.rpush("k", "c")
            })
            .unwrap();
        assert_eq!(store.ttl("k"), Ttl::NoDeadline);
    }
}

#[test]
fn a_whole_list_that_is_moved_to_itself_keeps_its_deadline() {
    let (left, right) = (redeque::Direction::Left, redeque::Direction::Right);
    for (store, _) in stores() {
        store.rpush_all("k", ["a", "b", "c"]).unwrap();
        store.expire("k", SECOND).unwrap();
        for (count, order) in [(MoveCount::UpTo(9), Bulk), (MoveCount::Exactly(3), OneByOne)] {
            let moved = store.lmovem("k", "k", left, right, count, order).unwrap();
            assert_eq!(moved.unwrap().len(), 3);
            assert_eq!(store.ttl("k"), remaining(1000));
        }
    }
}

#[test]
fn rename_and_copy_carry_a_deadline_and_a_move_does_not() {
    for (store, _) in stores() {
        store.rpush_all("k", ["a", "b"]).unwrap();
        store.rpush("other", "x").unwrap();
        store.expire("k", SECOND).unwrap();
        store.expire("other", 5 * SECOND).unwrap();
        assert_eq!(store.copy_replace("k", "other"), Ok(true));
        assert_eq!(store.ttl("other"), remaining(1000));
        store.lmove("k", "moved", redeque::Direction::Left, redeque::Direction::Left).unwrap();
        assert_eq!(store.ttl("moved"), Ttl::NoDeadline);
        store.expire("other", 5 * SECOND).unwrap();
        store.rename("k", "other").unwrap();
        assert_eq!(store.ttl("other"), remaining(1000));
        store.rpush("plain", "x").unwrap();
        store.rename("plain", "other").unwrap();
        assert_eq!(store.ttl("other"), Ttl::NoDeadline);
        assert_eq!(store.ttl("k"), Ttl::NoKey);
    }
}

#[test]
fn no_command_finds_what_has_expired() {
    for (store, clock) in stores() {
        for key in ["k", "other"] {
            store.rpush(key, "a").unwrap();
            store.expire(key, SECOND).unwrap();
        }
        store.rpush("stays", "a").unwrap();
        clock.advance(2 * SECOND);
        assert!(!store.exists("k"));
        assert_eq!(store.keys("*"), [b"stays"]);
        assert_eq!(store.randomkey().unwrap(), b"stays");
        assert_eq!(store.rename("k", "new"), Err(Error::NoSuchKey));
        assert_eq!(store.copy("k", "new"), Ok(false));
        assert_eq!(store.del("k"), Ok(false));
        assert_eq!(store.renamenx("stays", "other"), Ok(true));
        assert_eq!(store.ttl("other"), Ttl::NoDeadline);
    }
}

#[test]
fn the_options_decide() {
    for (store, _) in stores() {
        let with = |seconds: u32, options: ExpireOptions| {
            store.expire_with("k", SECOND * seconds, options).unwrap()
        };
        let options = ExpireOptions::new();
        assert!(!with(1, options), "no key");
        store.rpush("k", "a").unwrap();
        assert!(!with(1, options.xx()));
        assert!(!with(1, options.gt()));
        assert!(with(9, options.lt()));
        assert!(!with(1, options.nx()));
        assert!(!with(9, options.gt()));
        assert!(!with(9, options.lt()));
        assert!(with(8, options.xx().lt()));
        assert!(with(9, options.gt()));
        assert!(with(0, options));
        assert!(!store.exists("k"));
        let refused = store.expire_with("k", SECOND, options.nx().gt());
        assert_eq!(refused, Err(Error::NxWithOthers));
        let refused = store.expire("k", Duration::MAX);
        assert_eq!(refused, Err(Error::InvalidExpireTime("expire")));
    }
}

#[test]
fn a_moment_that_is_over_removes_the_key() {
    for (store, clock) in stores() {
        store.rpush("k", "a").unwrap();
        assert_eq!(store.expireat("k", clock.now()), Ok(true));
        assert!(!store.exists("k"));
        store.rpush("k", "a").unwrap();
        let later = clock.now() + SECOND;
        assert_eq!(store.expireat("k", later), Ok(true));
        assert_eq!(store.expiretime("k"), ExpireTime::At(later));
        assert_eq!(store.persist("k"), Ok(true));
        assert_eq!(store.persist("k"), Ok(false));
        assert_eq!(store.expiretime("k"), ExpireTime::NoDeadline);
    }
}

#[test]
fn turning_the_clock_removes_what_is_due_and_serves_who_waits_for_room() {
    for (store, clock) in stores() {
        store.rpush("k", "a").unwrap();
        store.expire("k", SECOND).unwrap();
        thread::scope(|scope| {
            let pusher = scope.spawn(|| store.brpush_bounded("k", 1, "b", None));
            while store.blocked_clients() == 0 {
                thread::yield_now();
            }
            clock.advance(2 * SECOND);
            assert_eq!(pusher.join().unwrap(), Ok(Some(1)));
        });
        assert_eq!(store.lrange("k", 0, -1), [b"b"]);
        assert_eq!(store.ttl("k"), Ttl::NoDeadline);
    }
}

#[test]
fn a_thread_that_waits_for_room_wakes_itself_at_the_deadline() {
    for shards in [1, 64] {
        let store = Store::builder().shards(shards).build().unwrap();
        store.rpush("k", "a").unwrap();
        thread::scope(|scope| {
            let pusher = scope.spawn(|| store.brpush_bounded("k", 1, "b", None));
            while store.blocked_clients() == 0 {
                thread::yield_now();
            }
            store.expire("k", Duration::from_millis(30)).unwrap();
            assert_eq!(pusher.join().unwrap(), Ok(Some(1)));
        });
        assert_eq!(store.lrange("k", 0, -1), [b"b"]);
    }
}

#[test]
fn a_copy_of_the_store_has_the_deadlines_and_the_clock() {
    for (store, clock) in stores() {
        store.rpush("k", "a").unwrap();
        store.expire("k", SECOND).unwrap();
        let copy = store.snapshot();
        store.persist("k").unwrap();
        assert_eq!(copy.ttl("k"), remaining(1000));
        clock.advance(2 * SECOND);
        assert_eq!(copy.dbsize(), 0);
        assert_eq!(store.dbsize(), 1);
    }
}

/// Also where the first deadline is one that the transaction sets.
#[test]
fn time_stands_still_in_a_transaction_whose_closure_turns_the_clock() {
    for (store, clock) in stores() {
        for others in [false, true] {
            store.flushall().unwrap();
            if others {
                for number in 0..200 {
                    store.rpush(number.to_string(), "x").unwrap();
                    store.expire(number.to_string(), 9 * SECOND).unwrap();
                }
            }
            let began = clock.now();
            let seen = store.transaction(["k"], |tx| {
                tx.rpush("k", "a")?;
                clock.advance(3 * SECOND);
                assert!(tx.expire("k", SECOND)?);
                Ok::<_, Error>((tx.ttl("k")?, tx.expiretime("k")?, tx.lrange("k", 0, -1)?))
            });
            let expected = (remaining(1000), ExpireTime::At(began + SECOND), vec![b"a".to_vec()]);
            assert_eq!(seen, Ok(expected), "others: {others}");
            assert_eq!(store.ttl("k"), Ttl::NoKey, "it was to be gone two seconds ago");
        }
    }
}

/// Serving looks at the clock afresh, as a server does.
#[test]
fn what_expires_while_its_transaction_goes_on_wakes_nobody_who_waits_to_pop() {
    for (store, clock) in stores() {
        let (mut popping, mut moving) =
            (store.blpop_async(["k"]), store.blmove_async("m", "d", Left, Left));
        assert!(poll(&mut popping).is_pending() && poll(&mut moving).is_pending());
        let turned = store.transaction(["k", "m", "src"], |tx| {
            for key in ["k", "src"] {
                tx.rpush(key, "a")?;
                tx.expire(key, SECOND)?;
            }
            tx.rename("src", "m")?;
            clock.advance(2 * SECOND);
            Ok::<_, Error>((tx.llen("k")?, tx.llen("m")?, tx.ttl("m")?))
        });
        assert_eq!(turned, Ok((1, 1, remaining(1000))));
        assert_eq!(store.dbsize(), 0, "what the turning put off was done afterwards");
        assert!(poll(&mut popping).is_pending() && poll(&mut moving).is_pending());
        assert_eq!(store.blocked_clients(), 2);
        assert_eq!((store.rpush("k", "b"), store.rpush("m", "c")), (Ok(1), Ok(1)));
        assert_eq!(poll(&mut popping), Poll::Ready(Ok((b"k".to_vec(), b"b".to_vec()))));
        assert_eq!(poll(&mut moving), Poll::Ready(Ok(b"c".to_vec())));
    }
}

/// What expires meanwhile has room all the same, when it has been removed.
#[test]
fn what_expires_while_its_transaction_goes_on_makes_room() {
    for (store, clock) in stores() {
        store.rpush("k", "a").unwrap();
        let mut pushing = store.brpush_bounded_async("k", 1, "b");
        assert!(poll(&mut pushing).is_pending());
        let turned = store.transaction(["k"], |tx| {
            tx.expire("k", SECOND)?;
            clock.advance(2 * SECOND);
            tx.lpush("k", "c")
        });
        assert_eq!(turned, Ok(2));
        assert_eq!(poll(&mut pushing), Poll::Ready(Ok(1)));
        assert_eq!(store.lrange("k", 0, -1), [b"b"]);
    }
}

/// It may hold what somebody needs who turns the clock in a transaction of this one. What has expired is not found all the same.
#[test]
fn a_closure_of_another_store_puts_it_off_too() {
    for (store, clock) in stores() {
        let other = Store::builder().clock(&clock).build().unwrap();
        for store in [&store, &other] {
            store.rpush("k", "a").unwrap();
            store.expire("k", SECOND).unwrap();
        }
        let seen = other.transaction(["k"], |tx| {
            clock.advance(2 * SECOND);
            Ok::<_, Error>((store.dbsize(), store.exists("k"), tx.llen("k")?))
        });
        assert_eq!(seen, Ok((1, false, 1)));
        assert_eq!((store.dbsize(), other.dbsize()), (0, 0));
    }
}

#[test]
fn two_threads_turn_a_clock_in_closures_of_two_stores() {
    let clock = ManualClock::new();
    let stores = [(); 2].map(|()| Store::builder().clock(&clock).build().unwrap());
    for store in &stores {
        store.rpush("k", "a").unwrap();
        store.expire("k", SECOND).unwrap();
    }
    let inside = Barrier::new(2);
    thread::scope(|scope| {
        for store in &stores {
            scope.spawn(|| {
                let turn = |_: &mut Transaction<'_>| {
                    inside.wait();
                    clock.advance(2 * SECOND);
                    Ok::<_, Error>(())
                };
                store.transaction(["k"], turn).unwrap();
            });
        }
    });
    assert_eq!(stores.map(|store| store.dbsize()), [0, 0]);
}

#[test]
fn a_closure_that_panics_reaps_what_it_put_off() {
    for (store, clock) in stores() {
        store.rpush("k", "a").unwrap();
        store.expire("k", SECOND).unwrap();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            store.transaction(["k"], |_| -> Result<(), Error> {
                clock.advance(2 * SECOND);
                resume_unwind(Box::new("on purpose"))
            })
        }));
        assert!(panicked.is_err());
        assert_eq!(store.dbsize(), 0);
    }
}
