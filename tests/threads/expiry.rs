//! Keys that expire among threads: an element is popped once, or it was in a list when that expired; and who waits for room has
//! it then.

use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, SystemTime};

use redeque::{Error, ManualClock, MoveCount, MoveOrder, Store, Wait};

use crate::KEYS;
use crate::race::{Race, Runner, assert_each_once, element, id, ids, store_of};

const MILLISECOND: Duration = Duration::from_millis(1);

/// Far more than any wait here takes.
const STUCK: Duration = Duration::from_secs(30);

fn moment(runner: &mut Runner) -> Duration {
    Duration::from_micros([0, 1, 50, 500][runner.roll(4)])
}

fn timed_store(shards: usize) -> (Store, ManualClock) {
    let clock = ManualClock::new();
    (Store::builder().shards(shards).clock(&clock).build().unwrap(), clock)
}

/// Pushes an element, if need be by waiting for room.
fn produce(runner: &mut Runner, number: u32) -> Result<(), Error> {
    let (key, bytes) = (runner.key(&KEYS), element(number));
    let store = runner.store.clone();
    match runner.roll(5) {
        0 => drop(store.lpush(key, bytes)?),
        1 => drop(store.transaction([key], |tx| tx.rpush(key, bytes))?),
        2 => {
            while store.rpush_bounded(key, 4, bytes)?.is_none() {
                thread::yield_now();
            }
        }
        3 => while store.blpush_bounded(key, 4, bytes, Some(moment(runner)))?.is_none() {},
        _ => assert!(store.brpush_bounded(key, 8, bytes, None)?.is_some()),
    }
    Ok(())
}

/// Takes elements, or moves some on.
fn consume(runner: &mut Runner) -> Result<Vec<u32>, Error> {
    let (key, other) = (runner.key(&KEYS), runner.key(&KEYS));
    let (from, to, some_time) = (runner.end(), runner.end(), Some(moment(runner)));
    let two = MoveCount::Exactly(2);
    let store = runner.store.clone();
    let popped = match runner.roll(9) {
        0 => store.lpop(key)?.into_iter().collect(),
        1 => store.blpop([key, other], some_time)?.map(|(_, one)| vec![one]).unwrap_or_default(),
        2 => {
            store.blmpop([other, key], from, 3, some_time)?.map(|(_, all)| all).unwrap_or_default()
        }
        3 => {
            drop(store.blmove(key, other, from, to, some_time)?);
            Vec::new()
        }
        4 => {
            drop(store.blmovem(key, other, from, to, two, MoveOrder::Bulk, some_time)?);
            Vec::new()
        }
        5 => store.rpop_count(key, 2)?.unwrap_or_default(),
        // So that lists become full, and expire like this.
        _ => {
            thread::yield_now();
            Vec::new()
        }
    };
    Ok(ids(popped))
}

/// Has a key expire while nobody else can reach it, and returns what was in it.
fn expire(runner: &mut Runner, clock: &ManualClock) -> Result<Vec<u32>, Error> {
    let key = runner.key(&KEYS);
    let expired = runner.store.transaction([key], |tx| {
        let all = tx.lrange(key, 0, -1)?;
        assert_eq!(tx.expire(key, MILLISECOND)?, !all.is_empty());
        clock.advance(2 * MILLISECOND);
        assert_eq!(tx.lrange(key, 0, -1)?, all, "time stands still");
        Ok::<_, Error>(all)
    });
    (0..runner.roll(10)).for_each(|_| thread::yield_now());
    Ok(ids(expired?))
}

#[test]
fn an_element_is_popped_once_or_was_in_a_list_when_that_expired() {
    const PRODUCERS: u32 = 3;
    const EACH: u32 = 1000;
    for shards in [1, 2, 64] {
        let (store, clock) = timed_store(shards);
        let mut race = Race::new();
        let rounds = Arc::new(AtomicU32::new(0));
        for producer in 0..PRODUCERS {
            let rounds = Arc::clone(&rounds);
            race.work(move |runner| {
                for number in 0..EACH {
                    // Keys expire all the while, also where the scheduler prefers this thread.
                    while rounds.load(Ordering::Relaxed) < number / 2 {
                        thread::yield_now();
                    }
                    produce(runner, producer * EACH + number)?;
                }
                Ok((Vec::new(), 0))
            });
        }
        for _ in 0..2 {
            race.follow(|runner| {
                let mut popped = Vec::new();
                while runner.others_work() {
                    popped.extend(consume(runner)?);
                }
                Ok((popped, 0))
            });
        }
        race.follow(move |runner| {
            let mut expired = Vec::new();
            while runner.others_work() {
                expired.extend(expire(runner, &clock)?);
                rounds.fetch_add(1, Ordering::Relaxed);
            }
            let count = expired.len();
            Ok((expired, count))
        });
        let told = race.run(&store).into_iter().collect::<Result<Vec<_>, Error>>().unwrap();
        let expired: usize = told.iter().map(|(_, expired)| expired).sum();
        assert!(expired > 100, "few expired: {expired}");
        let mut found: Vec<u32> = told.into_iter().flat_map(|(found, _)| found).collect();
        found.extend(KEYS.iter().flat_map(|key| ids(store.lrange(key, 0, -1))));
        assert_each_once(found, PRODUCERS * EACH);
        assert_eq!(store.blocked_clients(), 0);
    }
}

/// One step of a thread that does anything with keys that expire.
fn act(runner: &mut Runner, number: u32) -> Result<Vec<u32>, Error> {
    let (key, other) = (runner.key(&KEYS), runner.key(&KEYS));
    let store = runner.store.clone();
    let after = MILLISECOND * u32::try_from(runner.roll(4)).unwrap();
    match runner.roll(12) {
        0..4 => produce_for_a_while(runner, number)?,
        4 => _ = store.persist(key)?,
        5 | 6 => _ = store.expire(key, after)?,
        7 => drop(store.rename(key, other)),
        8 => {
            store.transaction([key, other], |tx| {
                tx.rpush(key, element(number))?;
                tx.expire(key, after)?;
                tx.renamenx(key, other).or(Ok::<_, Error>(false))
            })?;
        }
        _ => return consume(runner),
    }
    Ok(Vec::new())
}

/// Pushes an element, or gives up.
fn produce_for_a_while(runner: &mut Runner, number: u32) -> Result<(), Error> {
    let (key, bytes) = (runner.key(&KEYS), element(number));
    let (bound, some_time) = (1 + runner.roll(3), Some(moment(runner)));
    let store = runner.store.clone();
    match runner.roll(3) {
        0 => drop(store.rpush(key, bytes)?),
        1 => drop(store.brpush_bounded(key, bound, bytes, some_time)?),
        _ => {
            let mut wait = store.blpush_bounded_async(key, bound, bytes);
            let _ = poll(&mut wait);
            (0..runner.roll(20)).for_each(|_| thread::yield_now());
        }
    }
    Ok(())
}

fn poll<T>(wait: &mut Wait<T>) -> Poll<T> {
    Pin::new(wait).poll(&mut Context::from_waker(Waker::noop()))
}

/// What is due is removed by whichever command comes first, which finds the locks that this needs.
#[test]
fn nothing_comes_twice_where_keys_expire_under_all_kinds_of_waits() {
    const THREADS: u32 = 5;
    const EACH: u32 = 2000;
    for shards in [1, 2, 8, 64] {
        let (store, clock) = timed_store(shards);
        let mut race = Race::new();
        for thread in 0..THREADS {
            race.work(move |runner| {
                let mut popped = Vec::new();
                for number in thread * EACH..(thread + 1) * EACH {
                    popped.extend(act(runner, number)?);
                }
                Ok(popped)
            });
        }
        // The clock runs ahead of what is reaped as long as this thread is in a transaction, which locks nothing.
        let turns = clock.clone();
        race.follow(move |runner| {
            while runner.others_work() {
                let count = 1 + runner.roll(30);
                runner.store.transaction([] as [&str; 0], |_| {
                    for _ in 0..count {
                        turns.advance(MILLISECOND);
                        thread::yield_now();
                    }
                    Ok::<_, Error>(())
                })?;
            }
            Ok(Vec::new())
        });
        let told = race.run(&store).into_iter().collect::<Result<Vec<_>, Error>>().unwrap();
        let mut found = told.concat();
        found.extend(KEYS.iter().flat_map(|key| ids(store.lrange(key, 0, -1))));
        let count = found.len();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), count, "some came twice");
        assert_eq!(store.blocked_clients(), 0);
        for key in KEYS {
            store.persist(key).unwrap();
            store.expire(key, MILLISECOND).unwrap();
        }
        clock.advance(2 * MILLISECOND);
        assert_eq!(store.dbsize(), 0);
    }
}

/// As many as there is room for have it when the list in their way expires, and the others one after the other.
#[test]
fn all_who_wait_for_room_have_it_in_the_end_where_only_expiry_makes_room() {
    const PUSHERS: u32 = 6;
    for shards in [1, 64] {
        let (store, clock) = timed_store(shards);
        store.rpush("a", element(0)).unwrap();
        let mut race = Race::new();
        for pusher in 1..=PUSHERS {
            race.work(move |runner| {
                for round in 0..100 {
                    let bytes = element(round * PUSHERS + pusher);
                    assert_eq!(runner.store.brpush_bounded("a", 1, bytes, None), Ok(Some(1)));
                }
                Ok(Vec::new())
            });
        }
        race.follow(move |runner| {
            let mut expired = Vec::new();
            while runner.others_work() {
                expired.extend(runner.store.transaction(["a"], |tx| {
                    let all = tx.lrange("a", 0, -1)?;
                    tx.expire("a", MILLISECOND)?;
                    clock.advance(2 * MILLISECOND);
                    Ok::<_, Error>(all)
                })?);
            }
            Ok::<_, Error>(ids(expired))
        });
        let told = race.run(&store).into_iter().collect::<Result<Vec<_>, Error>>().unwrap();
        let left = ids(store.lrange("a", 0, -1));
        assert_each_once([told.concat(), left].concat(), 100 * PUSHERS + 1);
    }
}

/// The result of a thread, which does not wait forever.
fn joined<R: Send + 'static>(act: impl FnOnce() -> R + Send + 'static) -> mpsc::Receiver<R> {
    let (sender, receiver) = mpsc::channel();
    // Nobody listens any more where the test has failed.
    thread::spawn(move || _ = sender.send(act()));
    receiver
}

/// A thread waits for room at `k`, in which there is one element, while this one does something to its deadline.
#[track_caller]
fn has_room_after(meanwhile: impl Fn(&Store) -> Option<SystemTime>) {
    for shards in [1, 64] {
        let store = store_of(shards);
        store.rpush("k", element(0)).unwrap();
        let waiting = {
            let store = store.clone();
            joined(move || (store.brpush_bounded("k", 1, element(1), None), SystemTime::now()))
        };
        while store.blocked_clients() == 0 {
            thread::yield_now();
        }
        // It looks for a moment before it sleeps. That it is woken whenever it does is shown by loom.
        let asleep = SystemTime::now() + 10 * MILLISECOND;
        while SystemTime::now() < asleep {
            thread::yield_now();
        }
        let deadline = meanwhile(&store);
        let (pushed, at) = waiting.recv_timeout(STUCK).expect("it sleeps on");
        assert_eq!(pushed, Ok(Some(1)));
        assert!(deadline.is_none_or(|deadline| at > deadline), "it had room too early");
        assert_eq!(ids(store.lrange("k", 0, -1)), [1]);
    }
}

fn in_millis(millis: u64) -> SystemTime {
    SystemTime::now() + Duration::from_millis(millis)
}

/// Gives a key this deadline.
fn until(store: &Store, key: &str, millis: u64) -> SystemTime {
    let deadline = in_millis(millis);
    assert_eq!(store.expireat(key, deadline), Ok(true));
    deadline
}

#[test]
fn a_thread_has_room_at_a_deadline_that_is_set_while_it_sleeps() {
    has_room_after(|store| Some(until(store, "k", 20)));
}

#[test]
fn a_thread_has_room_at_a_deadline_that_is_brought_forward_while_it_sleeps() {
    has_room_after(|store| {
        until(store, "k", 600_000);
        Some(until(store, "k", 20))
    });
}

#[test]
fn a_thread_has_no_room_before_a_deadline_that_is_put_off_while_it_sleeps() {
    has_room_after(|store| {
        let deadline = in_millis(90);
        store.expireat("k", in_millis(40)).unwrap();
        let put_off = store.expireat("k", deadline).unwrap();
        // Where the machine is that busy, the first deadline came first.
        put_off.then_some(deadline)
    });
}

#[test]
fn a_thread_has_no_room_at_a_deadline_that_is_taken_away_while_it_sleeps() {
    has_room_after(|store| {
        let first = until(store, "k", 40);
        if !store.persist("k").unwrap() {
            return None;
        }
        while SystemTime::now() <= first + Duration::from_millis(10) {
            thread::yield_now();
        }
        assert_eq!((store.blocked_clients(), store.llen("k")), (1, 1));
        Some(until(store, "k", 20))
    });
}

#[test]
fn a_thread_has_room_at_a_deadline_that_comes_with_another_list() {
    has_room_after(|store| {
        store.rpush("other", element(2)).unwrap();
        until(store, "k", 600_000);
        let deadline = until(store, "other", 30);
        store.rename("other", "k").is_ok().then_some(deadline)
    });
    has_room_after(|store| {
        store.rpush("other", element(2)).unwrap();
        let deadline = until(store, "other", 30);
        store
            .copy_replace("other", "k")
            .is_ok_and(|copied| copied)
            .then_some(deadline)
            .or_else(|| Some(until(store, "k", 20)))
    });
    has_room_after(|store| {
        let deadline = in_millis(30);
        store
            .transaction(["k"], |tx| {
                tx.del("k")?;
                tx.rpush_all("k", [element(2), element(3)])?;
                tx.expireat("k", deadline)
            })
            .unwrap();
        Some(deadline)
    });
}

#[test]
fn a_thread_has_room_at_the_deadline_that_it_found_when_it_began_to_wait() {
    for shards in [1, 64] {
        let store = store_of(shards);
        store.rpush("k", element(0)).unwrap();
        until(&store, "k", 20);
        assert_eq!(store.brpush_bounded("k", 1, element(1), None), Ok(Some(1)));
        assert_eq!(ids(store.lrange("k", 0, -1)), [1]);
    }
}

/// Each has its own turn to sleep until the deadline of what the one before it pushed.
#[test]
fn threads_that_wait_for_room_wake_each_other_deadline_by_deadline() {
    for shards in [1, 64] {
        let store = store_of(shards);
        let mut race = Race::new();
        for pusher in 0..4_u32 {
            race.work(move |runner| {
                for round in 0..5 {
                    let bytes = element(round * 4 + pusher);
                    assert_eq!(runner.store.brpush_bounded("k", 1, bytes, None), Ok(Some(1)));
                    // It may be another's by now.
                    runner.store.expire("k", 2 * MILLISECOND).unwrap();
                }
            });
        }
        race.run(&store);
        assert_eq!(store.blocked_clients(), 0);
    }
}

/// A task has no thread to sleep in: the next command in that part of the store serves it, and so does reaping.
#[test]
fn a_task_that_waits_for_room_has_it_when_somebody_comes_by() {
    let comes_by: [(usize, fn(&Store)); 6] = [
        (1, |store| assert_eq!(store.llen("another"), 0)),
        (1, |store| assert_eq!(store.rpush("another", "x"), Ok(1))),
        (64, |store| assert_eq!(store.llen("k"), 1)),
        (64, |store| assert_eq!(store.lpop("k"), Ok(None))),
        (64, |store| assert_eq!(store.reap(), 1)),
        (64, |store| assert_eq!(store.brpush_bounded("k", 1, "x", Some(Duration::ZERO)), Ok(None))),
    ];
    for (shards, come_by) in comes_by {
        let store = store_of(shards);
        store.rpush("k", element(0)).unwrap();
        let deadline = until(&store, "k", 2);
        let mut wait = store.brpush_bounded_async("k", 1, element(1));
        if poll(&mut wait).is_ready() {
            // The deadline came first.
            continue;
        }
        while SystemTime::now() <= deadline + MILLISECOND {
            thread::yield_now();
        }
        assert!(poll(&mut wait).is_pending());
        come_by(&store);
        assert_eq!(poll(&mut wait), Poll::Ready(Ok(1)));
        let first = store.lindex("k", 0);
        assert_eq!(first.map(|one| id(&one)), Some(1));
    }
}
