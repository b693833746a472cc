//! Threads that push to a bounded queue, take from it one by one and in exact batches, and give up at random: nothing is
//! lost, nothing comes twice, and the queue stays as short as it should.
//!
//! `REDEQUE_DROPPED` sets how many futures the last of the tests drops.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use redeque::Direction::{Left, Right};
use redeque::{Error, MoveCount, MoveOrder, Wait};

use crate::race::{Race, Runner, element, id, ids, store_of};

const BOUND: usize = 8;
const PRODUCERS: u32 = 3;
const CONSUMERS: usize = 3;
/// The most elements that one who waits takes.
const BATCH: usize = 3;

/// What became of elements.
#[derive(Default)]
struct Told {
    pushed: Vec<u32>,
    /// Those of pushes that were dropped: taken out again, or taken by somebody.
    unknown: Vec<u32>,
    taken: Vec<u32>,
    dropped: usize,
}

/// Polls a future a few times, and drops it.
fn drive<T>(runner: &mut Runner, mut wait: Wait<Result<T, Error>>) -> Option<T> {
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..=runner.roll(3) {
        if let Poll::Ready(reply) = Pin::new(&mut wait).poll(&mut context) {
            return Some(reply.unwrap());
        }
        for _ in 0..runner.roll(3) {
            std::thread::yield_now();
        }
    }
    None
}

fn moment(runner: &mut Runner) -> Duration {
    Duration::from_micros([0, 1, 50, 500][runner.roll(4)])
}

/// Pushes an element, unless a future of it was dropped.
fn produce(runner: &mut Runner, number: u32, told: &mut Told) {
    let store = runner.store.clone();
    let bytes = element(number);
    let pushed = match runner.roll(6) {
        0 => store.brpush_bounded("q", BOUND, bytes, None).unwrap(),
        1 => store.blpush_bounded("q", BOUND, bytes, None).unwrap(),
        2 | 3 => {
            let pushed = drive(runner, store.brpush_bounded_async("q", BOUND, bytes));
            if pushed.is_none() {
                told.dropped += 1;
                told.unknown.push(number);
                return;
            }
            pushed
        }
        way => loop {
            let pushed = match way {
                4 => store.brpush_bounded("q", BOUND, bytes, Some(moment(runner))),
                _ => store.lpush_bounded("q", BOUND, bytes),
            };
            if let Some(len) = pushed.unwrap() {
                break Some(len);
            }
            std::thread::yield_now();
        },
    };
    assert!((1..=BOUND).contains(&pushed.unwrap()), "the length after a push: {pushed:?}");
    told.pushed.push(number);
}

/// Takes an element, or moves some on, or does so and is dropped.
fn consume(runner: &mut Runner, drops: bool, told: &mut Told) {
    let store = runner.store.clone();
    let exactly = MoveCount::Exactly(1 + runner.roll(BATCH));
    let order = [MoveOrder::Bulk, MoveOrder::OneByOne][runner.roll(2)];
    let (from, to) = (runner.end(), runner.end());
    let one = |popped: Option<(Vec<u8>, Vec<u8>)>| popped.map(|(_, element)| id(&element));
    match runner.roll(if drops { 8 } else { 5 }) {
        0 => told.taken.extend(store.lpop("q").unwrap().map(|element| id(&element))),
        1 => told.taken.extend(one(store.blpop(["q", "d"], Some(moment(runner))).unwrap())),
        2 => {
            let popped = store.blmpop(["d", "q"], from, BATCH, Some(moment(runner))).unwrap();
            told.taken.extend(popped.map(|(_, elements)| ids(elements)).unwrap_or_default());
        }
        3 => drop(store.blmovem("q", "d", from, to, exactly, order, Some(moment(runner))).unwrap()),
        4 => drop(store.lmovem("q", "q", from, to, exactly, order).unwrap()),
        5 => {
            let popped = drive(runner, store.blmpop_async(["q", "d"], from, BATCH));
            told.dropped += usize::from(popped.is_none());
            told.taken.extend(popped.map(|(_, elements)| ids(elements)).unwrap_or_default());
        }
        _ => {
            let moved = drive(runner, store.blmovem_async("q", "d", from, to, exactly, order));
            told.dropped += usize::from(moved.is_none());
        }
    }
}

/// Has them work on one queue, and looks that nothing was lost or doubled. Returns how many futures were dropped.
fn conserves(shards: usize, drops: bool, each: u32) -> usize {
    let store = store_of(shards);
    let mut race = Race::new();
    for producer in 0..PRODUCERS {
        race.work(move |runner| {
            let mut told = Told::default();
            let own = producer * each..(producer + 1) * each;
            own.for_each(|number| produce(runner, number, &mut told));
            told
        });
    }
    for _ in 0..CONSUMERS {
        race.follow(move |runner| {
            let mut told = Told::default();
            while runner.others_work() {
                consume(runner, drops, &mut told);
            }
            told
        });
    }
    // What comes back from those who are dropped is never refused, and each of them has taken that much at most.
    let longest = BOUND + if drops { CONSUMERS * BATCH } else { 0 };
    race.follow(move |runner| {
        while runner.others_work() {
            let len = runner.store.llen("q");
            assert!(len <= longest, "{len} elements");
            std::thread::yield_now();
        }
        Told::default()
    });
    let told = race.run(&store);
    let left = ["q", "d"].map(|key| ids(store.lrange(key, 0, -1))).concat();
    let found: Vec<u32> = told.iter().flat_map(|told| &told.taken).copied().chain(left).collect();
    let distinct: BTreeSet<u32> = found.iter().copied().collect();
    assert_eq!(distinct.len(), found.len(), "some came twice");
    let all = |of: fn(&Told) -> &Vec<u32>| -> BTreeSet<u32> {
        told.iter().flat_map(of).copied().collect()
    };
    let (pushed, unknown) = (all(|told| &told.pushed), all(|told| &told.unknown));
    assert_eq!(pushed.difference(&distinct).next(), None, "one was lost");
    let may_be_there: BTreeSet<u32> = &pushed | &unknown;
    assert_eq!(distinct.difference(&may_be_there).next(), None, "one came from nowhere");
    assert_eq!(store.blocked_clients(), 0);
    told.iter().map(|told| told.dropped).sum()
}

#[test]
fn nothing_is_lost_or_doubled_where_pushes_pops_and_batches_are_dropped() {
    let dropped: usize = [1, 2, 64].into_iter().map(|shards| conserves(shards, true, 1300)).sum();
    assert!(dropped > 200, "few were dropped: {dropped}");
}

#[test]
fn a_queue_is_never_longer_than_the_bound_of_all_who_push() {
    for shards in [1, 2, 64] {
        conserves(shards, false, 1500);
    }
}

/// Two threads hand elements to each other through two queues of one place, so each push waits for a pop of the other.
#[test]
fn full_queues_between_two_threads_never_stand_still() {
    for shards in [1, 2] {
        let store = store_of(shards);
        let mut race = Race::new();
        for (own, other) in [("a", "b"), ("b", "a")] {
            race.work(move |runner| {
                for number in 0..2000 {
                    runner.store.brpush_bounded(own, 1, element(number), None).unwrap();
                    let taken = runner.store.blpop([other], None).unwrap().unwrap().1;
                    assert_eq!(id(&taken), number);
                }
            });
        }
        race.run(&store);
        assert_eq!(store.dbsize(), 0);
    }
}

/// A move is an exchange: it makes room at one end of a pipeline, and fills the other.
#[test]
fn a_pipeline_of_bounded_queues_drains() {
    const COUNT: u32 = 3000;
    let store = store_of(64);
    let mut race = Race::new();
    race.work(|runner| {
        for number in 0..COUNT {
            runner.store.brpush_bounded("a", 4, element(number), None).unwrap();
        }
        Vec::new()
    });
    race.work(|runner| {
        for _ in 0..COUNT / 3 {
            let three = MoveCount::Exactly(3);
            let order = MoveOrder::Bulk;
            let moved = runner.store.blmovem("a", "b", Left, Right, three, order, None);
            assert_eq!(moved.unwrap().unwrap().len(), 3);
        }
        Vec::new()
    });
    race.work(|runner| {
        let pop = |_| id(&runner.store.blpop(["b"], None).unwrap().unwrap().1);
        (0..COUNT).map(pop).collect()
    });
    let taken = race.run(&store).concat();
    assert_eq!(taken, (0..COUNT).collect::<Vec<_>>());
    assert_eq!(store.dbsize(), 0);
}

/// The elements that are never dropped: each is in a list or in a thread's hands. Those of dropped pushes have higher numbers.
const KEPT: u32 = 16;

/// A thread that begins waits and drops them.
struct Dropper {
    /// Elements that are to be pushed again.
    hands: Vec<u32>,
    /// Those of dropped pushes that it has popped.
    seen: Vec<u32>,
    next: u32,
    dropped: u32,
}

impl Dropper {
    fn take(&mut self, elements: impl IntoIterator<Item = Vec<u8>>) {
        for id in ids(elements) {
            if id < KEPT { self.hands.push(id) } else { self.seen.push(id) }
        }
    }

    /// Begins a wait, and drops it after a while if it was not over at once.
    fn drop_soon<T>(&mut self, mut wait: Wait<Result<T, Error>>, pauses: usize) -> Option<T> {
        let poll = Pin::new(&mut wait).poll(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(reply) = poll {
            return Some(reply.unwrap());
        }
        self.dropped += 1;
        (0..pauses).for_each(|_| std::hint::spin_loop());
        None
    }

    fn act(&mut self, runner: &mut Runner) {
        let store = runner.store.clone();
        let (end, pauses) = (runner.end(), runner.roll(50));
        match runner.roll(7) {
            0 | 1 => {
                self.next += 1;
                let push = store.brpush_bounded_async("q", BOUND, element(self.next));
                self.drop_soon(push, pauses);
            }
            2 => {
                let popped = self.drop_soon(store.blmpop_async(["q", "d"], end, BATCH), pauses);
                self.take(popped.map(|(_, elements)| elements).unwrap_or_default());
            }
            3 => {
                let exactly = MoveCount::Exactly(1 + runner.roll(2 * BOUND));
                let order = MoveOrder::OneByOne;
                let batch = store.blmovem_async("q", "d", end, Left, exactly, order);
                self.drop_soon(batch, pauses);
            }
            4 => self.take(store.lpop("q").unwrap()),
            5 => self.take(store.lpop("d").unwrap()),
            _ => {
                for id in self.hands.drain(..) {
                    store.rpush("q", element(id)).unwrap();
                }
            }
        }
    }
}

#[test]
fn elements_survive_any_number_of_dropped_futures() {
    const THREADS: u32 = 3;
    const ROUND: u32 = 30_000;
    let count: u32 =
        std::env::var("REDEQUE_DROPPED").map_or(60_000, |count| count.parse().unwrap());
    for round in 0..count.div_ceil(ROUND) {
        let store = store_of([1, 64][round as usize % 2]);
        store.rpush_all("q", (0..KEPT).map(element)).unwrap();
        let mut race = Race::new();
        for thread in 0..THREADS {
            race.work(move |runner| {
                let next = KEPT + thread * (u32::MAX / 4);
                let mut dropper = Dropper { hands: vec![], seen: vec![], next, dropped: 0 };
                while dropper.dropped < ROUND / THREADS {
                    dropper.act(runner);
                }
                [dropper.hands, dropper.seen].concat()
            });
        }
        let mut found = race.run(&store).concat();
        found.extend(["q", "d"].map(|key| ids(store.lrange(key, 0, -1))).concat());
        let len = found.len();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), len, "some came twice");
        let kept: Vec<u32> = found.into_iter().take_while(|id| *id < KEPT).collect();
        assert_eq!(kept, (0..KEPT).collect::<Vec<_>>());
        assert_eq!(store.blocked_clients(), 0);
    }
}
