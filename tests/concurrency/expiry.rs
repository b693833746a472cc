//! Keys that live for some milliseconds, under load, by the system's clock: nothing hangs, nothing comes twice, and what has no
//! deadline is not lost.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use redeque::Direction::{Left, Right};
use redeque::{ExpireOptions, MoveCount, MoveOrder, Reply, Store};

use crate::{FOREVER, Load, Random, number, time_to_run};

const THREADS: u64 = 8;
/// Keys by this name expire, and the others do not.
const FLEETING: [&str; 6] = ["f0", "f1", "f2", "f3", "f4", "f5"];
const LASTING: [&str; 3] = ["l0", "l1", "l2"];

/// What a thread did with elements, which begin with the letter of their keys.
#[derive(Default)]
struct Told {
    pushed: Vec<String>,
    popped: Vec<String>,
}

struct Worker {
    load: Load,
    random: Random,
    /// What it pushes next.
    next: u64,
    told: Told,
}

impl Worker {
    fn keys(&mut self) -> [&'static str; 2] {
        let kind: &[&str] = if self.random.chance(4) { &LASTING } else { &FLEETING };
        [kind[self.random.below(kind.len())], kind[self.random.below(kind.len())]]
    }

    /// An element for keys of this kind.
    fn element(&mut self, key: &str) -> String {
        self.next += 1;
        format!("{}{}", &key[..1], self.next)
    }

    fn popped(&mut self, elements: impl IntoIterator<Item = Vec<u8>>) {
        let text = |element| String::from_utf8(element).expect("elements are text");
        self.told.popped.extend(elements.into_iter().map(text));
    }

    fn act(&mut self) {
        let [key, other] = self.keys();
        match self.random.below(10) {
            0..4 => self.push(key),
            4 => self.end_soon(),
            5 => self.change_if_unchanged(key),
            6 => self.move_on(key, other),
            _ => self.pop(key, other),
        }
    }

    fn push(&mut self, key: &str) {
        let element = self.element(key);
        let (store, timeout) = (&self.load.store, Some(self.random.timeout()));
        let bound = 1 + self.random.below(4);
        let is_pushed = match self.random.below(4) {
            0 => store.rpush(key, &element).is_ok(),
            1 => store.brpush_bounded(key, bound, &element, timeout).unwrap().is_some(),
            2 => store.lpush_bounded(key, bound, &element).unwrap().is_some(),
            // Somebody pops, or the list expires in the end.
            _ if key.starts_with('f') => {
                store.blpush_bounded(key, bound, &element, None).unwrap().is_some()
            }
            _ => false,
        };
        self.told.pushed.extend(is_pushed.then_some(element));
    }

    fn pop(&mut self, key: &str, other: &str) {
        let (store, timeout) = (self.load.store.clone(), Some(self.random.timeout()));
        match self.random.below(3) {
            0 => self.popped(store.lpop(key).unwrap()),
            1 => self.popped(store.blpop([key, other], timeout).unwrap().map(|(_, one)| one)),
            _ => {
                let popped = store.blmpop([other, key], Right, 3, timeout).unwrap();
                self.popped(popped.into_iter().flat_map(|(_, all)| all));
            }
        }
    }

    fn move_on(&mut self, key: &str, other: &str) {
        let (store, timeout) = (&self.load.store, Some(self.random.timeout()));
        if self.random.chance(2) {
            store.blmove(key, other, Left, Right, timeout).unwrap();
        } else {
            let two = MoveCount::Exactly(2);
            store.blmovem(key, other, Left, Right, two, MoveOrder::Bulk, timeout).unwrap();
        }
    }

    /// Sets a deadline, changes it or takes it away.
    fn end_soon(&mut self) {
        let key = FLEETING[self.random.below(FLEETING.len())];
        let after = Duration::from_millis(1 + self.random.below(20) as u64);
        match self.random.below(8) {
            0 => _ = self.load.store.persist(key).unwrap(),
            _ => _ = self.load.store.expire(key, after).unwrap(),
        }
    }

    /// EXEC, unless the key has changed or expired since WATCH.
    fn change_if_unchanged(&mut self, key: &str) {
        let element = self.element(key);
        let mut connection = self.load.store.connect();
        connection.execute(["WATCH", key]);
        self.random.spin(2000);
        connection.execute(["MULTI"]);
        connection.execute(["RPUSH", key, &element]);
        match connection.execute(["EXEC"]) {
            Reply::NilArray => {}
            Reply::Array(replies) => {
                assert!(matches!(replies[..], [Reply::Integer(1..)]), "{replies:?}");
                self.told.pushed.push(element);
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Has all lists expire, so that there is room for all who wait for it. Said again and again, it puts no deadline off.
fn expire_all(store: &Store) {
    for key in FLEETING {
        store.expire_with(key, Duration::from_millis(1), ExpireOptions::new().nx()).unwrap();
    }
}

fn round(random: &mut Random, time: Duration) -> usize {
    let load = Load::new(random);
    let (over, reaping) = mpsc::channel::<()>();
    let (_going_on, pause) = mpsc::channel::<()>();
    let reaped = load.store.clone();
    // A timer of the caller's.
    let timer = thread::spawn(move || {
        let moment = Duration::from_millis(3);
        while reaping.recv_timeout(moment) == Err(RecvTimeoutError::Timeout) {
            reaped.reap();
        }
    });
    let workers: Vec<_> = (0..THREADS)
        .map(|thread| (load.clone(), random.fork(), thread << 32))
        .map(|(load, random, next)| {
            thread::spawn(move || {
                let mut worker = Worker { load, random, next, told: Told::default() };
                while !worker.load.is_over() {
                    worker.act();
                }
                worker.told
            })
        })
        .collect();
    // Nobody sends anything: this ends when the time is over.
    let _ = pause.recv_timeout(time);
    load.over.store(true, Ordering::SeqCst);
    let begun = Instant::now();
    while !workers.iter().all(thread::JoinHandle::is_finished) {
        expire_all(&load.store);
        assert!(begun.elapsed() < FOREVER, "somebody sleeps on");
        thread::yield_now();
    }
    let told = workers.into_iter().map(|worker| worker.join().expect("a thread panicked"));
    let expired = adds_up(&load.store, told.collect());
    drop(over);
    timer.join().expect("reaping panicked");
    expire_all(&load.store);
    while FLEETING.iter().any(|key| load.store.exists(key)) {
        thread::yield_now();
    }
    load.store.del_all(LASTING).unwrap();
    assert_eq!((load.store.reap(), load.store.dbsize()), (0, 0));
    assert_eq!(load.store.blocked_clients(), 0);
    expired
}

/// How many elements have expired: those that are nowhere else.
fn adds_up(store: &Store, told: Vec<Told>) -> usize {
    let (mut pushed, mut found) = (Vec::new(), Vec::new());
    for one in told {
        pushed.extend(one.pushed);
        found.extend(one.popped);
    }
    let keys = FLEETING.iter().chain(&LASTING);
    let left = keys.flat_map(|key| store.lrange(key, 0, -1));
    found.extend(left.map(|element| String::from_utf8(element).expect("elements are text")));
    for all in [&mut pushed, &mut found] {
        all.sort_unstable();
        let len = all.len();
        all.dedup();
        assert_eq!(all.len(), len, "some came twice");
    }
    assert!(found.iter().all(|one| pushed.binary_search(one).is_ok()), "one came from nowhere");
    let (lost, rest): (Vec<_>, Vec<_>) =
        pushed.iter().partition(|one| found.binary_search(one).is_err());
    assert_eq!(lost.iter().find(|one| one.starts_with('l')), None, "one was lost");
    let lasting = rest.iter().find(|one| one.starts_with('l'));
    assert!(lasting.is_some_and(|one| number(&one.as_bytes()[1..]) > 0));
    lost.len()
}

#[test]
fn keys_that_live_for_milliseconds_leave_nobody_waiting_and_nothing_behind() {
    let mut random = Random::seeded();
    let begun = Instant::now();
    let (mut rounds, mut expired) = (0, 0);
    while begun.elapsed() < time_to_run() {
        expired += round(&mut random, Duration::from_millis(500));
        rounds += 1;
    }
    eprintln!("{expired} elements expired in {rounds} rounds");
    assert!(expired > 0);
}
