//! What expired, in the log: it is gone there before its key comes back, and nobody waits for that.

use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use super::recorder::Recorder;
use super::recorder::tests::say;
use super::{Afterwards, Reach};
use crate::Direction::{Left, Right};
use crate::{Error, ManualClock, Store, Wait};

/// Far more than anything here takes.
const STUCK: Duration = Duration::from_secs(60);

/// A store with a log, in which `k` has expired, and `j`; nobody has removed them yet.
struct Scene {
    store: Store,
    clock: ManualClock,
    recorder: Recorder,
    /// How many commands were recorded until `k` had expired.
    before: usize,
    /// Done last: the reaping that was put off.
    #[expect(dead_code, reason = "it is there to be dropped")]
    afterwards: Afterwards,
}

impl Scene {
    fn new(shards: usize) -> Self {
        Self::with(shards, |_| {})
    }

    /// The same where something else is done before `k` expires.
    fn with(shards: usize, before: impl FnOnce(&Store)) -> Self {
        let scene = Self::before_that(shards, before);
        scene.turn();
        scene
    }

    fn before_that(shards: usize, before: impl FnOnce(&Store)) -> Self {
        let clock = ManualClock::at(UNIX_EPOCH + Duration::from_secs(1000));
        let store = Store::builder().shards(shards).clock(&clock).build().expect("a store");
        let recorder = store.keyspace().record();
        for key in ["k", "j"] {
            store.rpush(key, "old").expect("an element");
            store.expire(key, Duration::from_secs(1)).expect("a deadline");
        }
        before(&store);
        let before = recorder.commands().len();
        Self { store, clock, recorder, before, afterwards: Afterwards }
    }

    /// Turns the clock and reaps nothing, as this thread is in a transaction.
    fn turn(&self) {
        let batch = self.store.keyspace().batch(Reach::Keys(&[]));
        let inside = batch.run_closure();
        self.clock.advance(Duration::from_secs(2));
        drop((inside, batch));
    }

    /// What was recorded of `k` since then.
    fn recorded(&self) -> Vec<String> {
        let commands = self.recorder.commands().split_off(self.before);
        let lines = commands
            .into_iter()
            .map(|words| String::from_utf8(words.join(&b' ')).expect("the elements are text"));
        let of_transactions = ["MULTI", "EXEC"];
        let about_k = |line: &String| line.split(' ').any(|word| word == "k");
        lines.filter(|line| !of_transactions.contains(&line.as_str()) && about_k(line)).collect()
    }
}

fn poll<T>(wait: &mut Wait<T>) -> Poll<T> {
    Pin::new(wait).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_deadline_is_recorded_as_a_moment_and_what_ends_it_as_well() {
    let scene = Scene::with(1, |store| {
        store.rpush("stays", "x").expect("an element");
        store.expire("stays", Duration::from_secs(60)).expect("a deadline");
        assert_eq!(store.persist("stays"), Ok(true));
        assert_eq!(store.persist("stays"), Ok(false));
    });
    let all = scene.recorder.commands();
    let lines = all.iter().map(|words| String::from_utf8_lossy(&words.join(&b' ')).into_owned());
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [
            "RPUSH k old",
            "PEXPIREAT k 1001000",
            "RPUSH j old",
            "PEXPIREAT j 1001000",
            "RPUSH stays x",
            "PEXPIREAT stays 1060000",
            "PERSIST stays"
        ]
    );
}

/// What makes a key again, and what of that is recorded after its end.
type Remaking = (fn(&Store), &'static [&'static str]);

fn remakings() -> [Remaking; 12] {
    [
        (|store| assert_eq!(store.rpush("k", "x"), Ok(1)), &["RPUSH k x"]),
        (|store| assert_eq!(store.lpush_all("k", ["x", "y"]), Ok(2)), &["LPUSH k x y"]),
        (|store| assert_eq!(store.rpush_bounded("k", 1, "x"), Ok(Some(1))), &["RPUSH k x"]),
        (|store| assert_eq!(store.brpush_bounded("k", 1, "x", None), Ok(Some(1))), &["RPUSH k x"]),
        (
            |store| assert_eq!(store.transaction(["k"], |tx| tx.rpush("k", "x")), Ok(1)),
            &["RPUSH k x"],
        ),
        (
            |store| assert_eq!(store.lmove("src", "k", Left, Right), Ok(Some(b"a".to_vec()))),
            &["RPUSH k a"],
        ),
        (|store| assert_eq!(store.copy("src", "k"), Ok(true)), &["COPY src k REPLACE"]),
        (|store| assert_eq!(store.renamenx("src", "k"), Ok(true)), &["RENAME src k"]),
        (|store| assert_eq!(store.rename("src", "k"), Ok(())), &["RENAME src k"]),
        (|store| drop(say(&mut store.connect(), "SORT src STORE k")), &["RPUSH k 1"]),
        (
            |store| {
                let mut connection = store.connect();
                for line in ["MULTI", "LLEN k", "RPUSH k x", "EXEC"] {
                    say(&mut connection, line);
                }
            },
            &["RPUSH k x"],
        ),
        (
            |store| {
                assert_eq!(store.rename("k", "other"), Err(Error::NoSuchKey));
                assert_eq!(store.lset("k", 0, "x"), Err(Error::NoSuchKey));
                assert_eq!(store.rpushx("k", "x"), Ok(0));
                assert_eq!(store.persist("k"), Ok(false));
            },
            &[],
        ),
    ]
}

#[test]
fn what_makes_an_expired_key_again_comes_after_its_end() {
    for shards in [1, 64] {
        for (number, (makes, recorded)) in remakings().into_iter().enumerate() {
            let scene = Scene::with(shards, |store| {
                store.rpush("src", if number == 9 { "1" } else { "a" }).expect("an element");
            });
            makes(&scene.store);
            let lines = scene.recorded();
            assert_eq!(lines[0], "DEL k", "way {number}: {lines:?}");
            let rest: Vec<&str> = lines[1..].iter().map(String::as_str).collect();
            // SORT writes its result over what may be there.
            let rest = if number == 9 { &rest[1..] } else { &rest[..] };
            assert_eq!(rest, recorded, "way {number}");
        }
    }
}

#[test]
fn who_waits_for_room_and_what_comes_back_is_recorded_after_the_end() {
    for shards in [1, 64] {
        let mut waiting = None;
        let scene = Scene::with(shards, |store| {
            let mut wait = store.brpush_bounded_async("k", 1, "new");
            assert!(poll(&mut wait).is_pending());
            waiting = Some(wait);
        });
        assert_eq!(scene.store.llen("k"), 1, "who waits is served before the look");
        assert_eq!(scene.recorded(), ["DEL k", "RPUSH k new"]);

        let store = Store::builder().shards(shards).clock(&scene.clock).build().expect("a store");
        let recorder = store.keyspace().record();
        let mut popping = store.blpop_async(["k"]);
        assert!(poll(&mut popping).is_pending());
        store.rpush("k", "popped").expect("an element");
        store.rpush("k", "old").expect("an element");
        store.expire("k", Duration::from_secs(1)).expect("a deadline");
        let before = recorder.commands().len();
        let (clock, afterwards) = (scene.clock.clone(), Afterwards);
        let other = Scene { store, clock, recorder, before, afterwards };
        other.turn();
        drop(popping);
        assert_eq!(other.recorded(), ["DEL k", "LPUSH k popped"]);
        assert_eq!(other.store.lrange("k", 0, -1), [b"popped"]);
    }
}

#[test]
fn a_deadline_that_comes_back_is_recorded_with_what_comes_back() {
    for (turned, expected) in [
        (Duration::ZERO, &["MULTI", "LPUSH k a", "PEXPIREAT k 1001000", "EXEC"][..]),
        (Duration::from_secs(2), &[]),
    ] {
        for shards in [1, 64] {
            let clock = ManualClock::at(UNIX_EPOCH + Duration::from_secs(1000));
            let store = Store::builder().shards(shards).clock(&clock).build().expect("a store");
            let recorder = store.keyspace().record();
            let mut popping = store.blpop_async(["k"]);
            assert!(poll(&mut popping).is_pending());
            let push = store.transaction(["k"], |tx| {
                tx.rpush("k", "a")?;
                tx.expire("k", Duration::from_secs(1))
            });
            assert_eq!((push, store.exists("k")), (Ok(true), false));
            let before = recorder.commands().len();
            clock.advance(turned);
            drop(popping);
            let lines = recorder.commands().split_off(before).into_iter();
            let lines: Vec<_> = lines.map(|words| words.join(&b' ')).collect();
            assert_eq!(lines, expected.iter().map(|line| line.as_bytes()).collect::<Vec<_>>());
        }
    }
}

/// What reads, and removes what has expired on its way.
fn reads() -> [fn(&Store); 6] {
    [
        |store| _ = store.llen("k"),
        |store| _ = store.lindex("k", 0),
        |store| _ = store.exists("k"),
        |store| _ = store.ttl("k"),
        |store| drop(say(&mut store.connect(), "LRANGE k 0 -1")),
        |store| assert_eq!(store.reap(), 2),
    ]
}

#[test]
fn a_read_that_removes_what_has_expired_waits_for_no_disk() {
    for shards in [1, 64] {
        for read in reads() {
            let scene = Scene::with(shards, |store| {
                // The one who pushes then waits for the disk.
                let mut wait = store.brpush_bounded_async("k", 1, "new");
                assert!(poll(&mut wait).is_pending());
                std::mem::forget(wait);
            });
            let held_up = scene.recorder.hold_up();
            let (sender, done) = mpsc::channel();
            let store = scene.store.clone();
            let reader = thread::spawn(move || {
                read(&store);
                let _ = sender.send(());
            });
            done.recv_timeout(STUCK).expect("it waits for the disk");
            reader.join().expect("it returned");
            drop(held_up);
            assert_eq!(scene.recorded(), ["DEL k", "RPUSH k new"]);
        }
    }
}

#[test]
fn what_only_finds_an_expired_key_gone_waits_for_no_disk() {
    let finds: [fn(&Store); 5] = [
        |store| assert_eq!(store.lpop("k"), Ok(None)),
        |store| assert_eq!(store.del("k"), Ok(false)),
        |store| assert_eq!(store.blpop(["k"], Some(Duration::ZERO)), Ok(None)),
        |store| assert_eq!(store.lmove("k", "j", Left, Left), Ok(None)),
        |store| assert_eq!(store.expire("k", Duration::from_secs(9)), Ok(false)),
    ];
    for find in finds {
        let scene = Scene::new(64);
        let held_up = scene.recorder.hold_up();
        let (sender, done) = mpsc::channel();
        let store = scene.store.clone();
        let finder = thread::spawn(move || {
            find(&store);
            let _ = sender.send(());
        });
        done.recv_timeout(STUCK).expect("it waits for the disk");
        finder.join().expect("it returned");
        drop(held_up);
        assert_eq!(scene.recorded(), ["DEL k"]);
    }
}

/// Also where the log takes nothing any more, and in a store that is closed.
#[test]
fn a_key_expires_where_nothing_can_be_changed_any_more() {
    for shards in [1, 64] {
        for read in reads() {
            let scene = Scene::before_that(shards, |_| {});
            scene.recorder.break_down();
            assert!(matches!(scene.store.rpush("broken", "x"), Err(Error::OutcomeUnknown(_))));
            scene.turn();
            let keys = scene.store.dbsize();
            read(&scene.store);
            assert!(scene.store.dbsize() < keys, "it is gone");
            assert!(matches!(scene.store.rpush("k", "x"), Err(Error::LogFailed(_))));
            assert!(matches!(scene.store.lpop("j"), Err(Error::LogFailed(_))));
            assert_eq!(scene.store.keys("*"), [b"broken"]);
        }
        for read in reads() {
            let scene = Scene::new(shards);
            scene.store.close();
            read(&scene.store);
            assert_eq!(scene.recorded(), ["DEL k"]);
            assert_eq!(scene.store.rpush("j", "x"), Err(Error::Closed));
            assert_eq!(scene.store.lpop("j"), Ok(None));
            assert_eq!(scene.store.dbsize(), 0);
        }
    }
}

#[test]
fn a_thread_that_wakes_at_a_deadline_removes_the_key_where_the_log_has_failed() {
    for shards in [1, 64] {
        let store = Store::builder().shards(shards).build().expect("a store");
        let recorder = store.keyspace().record();
        store.rpush("k", "old").expect("an element");
        let (sender, done) = mpsc::channel();
        let waiting = store.clone();
        thread::spawn(move || sender.send(waiting.brpush_bounded("k", 1, "new", None)));
        while store.blocked_clients() == 0 {
            thread::yield_now();
        }
        // Long enough for the disk to fail before that.
        store.expire("k", Duration::from_millis(500)).expect("a deadline");
        recorder.break_down();
        let pushed = done.recv_timeout(STUCK).expect("it sleeps on");
        assert!(matches!(pushed, Err(Error::OutcomeUnknown(_))), "{pushed:?}");
        assert_eq!(store.lrange("k", 0, -1), [b"new"], "it was served, and nobody is sure of it");
    }
}

/// What removing them freed is entered in the account of the right store.
#[test]
fn a_closure_of_a_transaction_that_found_expired_keys_may_use_another_store() {
    let scene = Scene::new(1);
    let [other, alike] = [Store::new(), Store::new()];
    let push = |store: &Store| store.rpush("x", "y").map(drop);
    scene.store.transaction(["k"], |_| push(&other)).expect("it is not refused");
    push(&alike).expect("it is not refused");
    assert_eq!(other.used_memory(), alike.used_memory());
}

#[test]
fn time_goes_on_in_a_copy_from_where_it_was() {
    let scene = Scene::new(64);
    let _ = scene.store.exists("k");
    assert!(scene.store.snapshot().keyspace().time().was_asked());
}

/// A list that is gone is freed where nobody is told that it is.
#[test]
fn what_a_removal_frees_is_entered_where_the_log_fails() {
    let removals: [fn(&Store) -> Result<bool, Error>; 2] =
        [|store| store.del("k"), |store| store.expire("k", Duration::ZERO)];
    for removal in removals {
        let store = Store::new();
        let recorder = store.keyspace().record();
        store.rpush("k", vec![b'x'; 100_000]).expect("an element");
        recorder.break_down();
        assert!(matches!(removal(&store), Err(Error::OutcomeUnknown(_))));
        assert!(store.used_memory() < 10_000);
        let other = Store::new();
        other.rpush("k", vec![b'x'; 50_000]).expect("an element");
        assert!((50_000..60_000).contains(&other.used_memory()));
    }
}

/// A program that only pushes goes on: who is refused looks into some shards each time, and so into all of them in turn.
#[test]
fn a_push_that_would_be_refused_removes_what_has_expired_first() {
    const SHARDS: usize = 64;
    let clock = ManualClock::new();
    let builder = Store::builder().shards(SHARDS).clock(&clock).max_memory(50_000);
    let store = builder.build().expect("a legal number");
    store.rpush("k", vec![b'x'; 100_000]).expect("nothing is used yet");
    store.expire("k", Duration::from_secs(1)).expect("a key");
    assert_eq!(store.rpush("j", "x"), Err(Error::OutOfMemory));
    clock.turn(Duration::from_secs(2));
    let refused = (0..SHARDS).take_while(|_| store.rpush("j", "x").is_err()).count();
    assert!(refused < SHARDS / 16, "{refused}");
    assert_eq!(store.keys("*"), [b"j"]);
}
