//! Waiting under load: threads and tasks that push, wait, time out and give up at random points. Nothing is lost,
//! nothing comes twice, and nobody sleeps while its key has an element.
//!
//! `REDEQUE_STRESS_SECONDS` sets for how long each test runs, `REDEQUE_STRESS_PAIRS` how many elements go to and fro,
//! and `REDEQUE_STRESS_SEED` the random numbers, which are else new for each run and told by a test that fails. What
//! the scheduler does is not repeatable, so a seed repeats the programs and not their interleaving.

mod expiry;

use std::env;
use std::future::Future;
use std::pin::pin;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use redeque::Direction::{Left, Right};
use redeque::{Direction, Store};
use tokio::runtime::{Builder, Runtime};

/// Far more than any wait here takes. Whoever waits for so long was forgotten.
const FOREVER: Duration = Duration::from_secs(30);

fn setting<T: FromStr>(name: &str) -> Option<T> {
    env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name}={value}")))
}

fn time_to_run() -> Duration {
    Duration::from_secs(setting("REDEQUE_STRESS_SECONDS").unwrap_or(3))
}

/// Random enough to drive a test (xorshift64*).
struct Random(u64);

impl Random {
    fn seeded() -> Self {
        let clock = std::time::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_nanos());
        let low = u64::try_from(clock & u128::from(u32::MAX)).unwrap_or(1);
        let seed = setting("REDEQUE_STRESS_SEED").unwrap_or(low);
        eprintln!("REDEQUE_STRESS_SEED={seed}");
        Self(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next()).unwrap_or(0) % bound
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    fn direction(&mut self) -> Direction {
        if self.chance(2) { Left } else { Right }
    }

    /// Of another thread.
    fn fork(&mut self) -> Self {
        Self(self.next() | 1)
    }

    fn spin(&mut self, at_most: usize) {
        (0..self.below(at_most)).for_each(|_| std::hint::spin_loop());
    }

    /// None, short, or as long as it takes.
    fn timeout(&mut self) -> Duration {
        Duration::from_micros([0, 1, 50, 500, 2000][self.below(5)])
    }
}

fn number(element: &[u8]) -> u64 {
    std::str::from_utf8(element).ok().and_then(|text| text.parse().ok()).expect("a number")
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime")
}

/// Awaits a future only for a while: up to a time, or up to a number of polls.
async fn for_a_while<T>(random: &mut Random, future: impl Future<Output = T>) -> Option<T> {
    if random.chance(2) {
        return tokio::time::timeout(random.timeout(), future).await.ok();
    }
    let mut future = pin!(future);
    for _ in 0..random.below(4) {
        let once = std::future::poll_fn(|context| {
            let polled = future.as_mut().poll(context);
            std::task::Poll::Ready(match polled {
                std::task::Poll::Ready(reply) => Some(reply),
                std::task::Poll::Pending => None,
            })
        });
        if let Some(reply) = once.await {
            return Some(reply);
        }
        tokio::task::yield_now().await;
    }
    None
}

/// One store under load, and what all of its users need.
#[derive(Clone)]
struct Load {
    store: Store,
    keys: usize,
    /// Nobody pushes any more.
    over: Arc<AtomicBool>,
}

impl Load {
    fn new(random: &mut Random) -> Self {
        let shards = [1, 2, 8, 64][random.below(4)];
        Self {
            store: Store::builder().shards(shards).build().expect("a legal number of shards"),
            keys: 1 + random.below(8),
            over: Arc::default(),
        }
    }

    fn key(&self, random: &mut Random) -> String {
        format!("k{}", random.below(self.keys))
    }

    fn some_keys(&self, random: &mut Random) -> Vec<String> {
        (0..=random.below(3)).map(|_| self.key(random)).collect()
    }

    /// A key, and the next one in a ring.
    fn link(&self, random: &mut Random) -> [String; 2] {
        let at = random.below(self.keys);
        [at, (at + 1) % self.keys].map(|at| format!("k{at}"))
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// Pushes these numbers, in every way there is.
    fn produce(&self, mut random: Random, numbers: std::ops::Range<u64>) {
        let store = &self.store;
        let mut numbers = numbers.map(|number| number.to_string());
        while let Some(element) = numbers.next() {
            let [key, other] = self.link(&mut random);
            match random.below(6) {
                0 => drop(store.lpush(&key, &element).unwrap()),
                1 => {
                    let all = [element].into_iter().chain(numbers.by_ref().take(3));
                    store.rpush_all(&key, all.collect::<Vec<_>>()).unwrap();
                }
                2 => {
                    let moved = store.transaction([&key, &other], |tx| {
                        tx.rpush(&key, &element)?;
                        tx.lmove(&key, &other, Right, Left)
                    });
                    moved.unwrap();
                }
                3 => {
                    store.rpush(&key, &element).unwrap();
                    let _ = store.renamenx(&key, &other);
                }
                _ => drop(store.rpush(&key, &element).unwrap()),
            }
            random.spin(2000);
        }
    }

    /// Waits in a thread, and returns what it got.
    fn consume(&self, mut random: Random) -> Vec<u64> {
        let (store, mut got) = (&self.store, Vec::new());
        let mut take = |element: &Vec<u8>| got.push(number(element));
        while !self.is_over() {
            let keys = self.some_keys(&mut random);
            let timeout = Some(random.timeout());
            match random.below(5) {
                0 => {
                    let [key, next] = self.link(&mut random);
                    let (from, to) = (random.direction(), random.direction());
                    store.blmove(key, next, from, to, timeout).unwrap();
                }
                1 => {
                    let popped = store.blmpop(keys, random.direction(), 3, timeout).unwrap();
                    popped.iter().flat_map(|(_, elements)| elements).for_each(&mut take);
                }
                2 => store.brpop(keys, timeout).unwrap().iter().for_each(|(_, e)| take(e)),
                _ => store.blpop(keys, timeout).unwrap().iter().for_each(|(_, e)| take(e)),
            }
        }
        got
    }

    /// The same as a task, which also gives up.
    async fn consume_async(self, mut random: Random) -> Vec<u64> {
        let (store, mut got) = (&self.store, Vec::new());
        while !self.is_over() {
            let keys = self.some_keys(&mut random);
            match random.below(5) {
                0 => {
                    let [key, next] = self.link(&mut random);
                    let (from, to) = (random.direction(), random.direction());
                    let moved = store.blmove_async(key, next, from, to);
                    for_a_while(&mut random, moved).await;
                }
                1 => {
                    let popped = store.blmpop_async(keys, random.direction(), 3);
                    if let Some(Ok((_, elements))) = for_a_while(&mut random, popped).await {
                        got.extend(elements.iter().map(|element| number(element)));
                    }
                }
                _ => {
                    let popped = store.blpop_async(keys);
                    if let Some(Ok((_, element))) = for_a_while(&mut random, popped).await {
                        got.push(number(&element));
                    }
                }
            }
            tokio::task::yield_now().await;
        }
        got
    }

    fn left(&self) -> Vec<u64> {
        let keys = self.store.keys("*");
        let lists = keys.iter().flat_map(|key| self.store.lrange(key, 0, -1));
        lists.map(|element| number(&element)).collect()
    }
}

#[test]
fn every_element_is_delivered_once_or_is_still_there() {
    const EACH: u64 = if cfg!(debug_assertions) { 1000 } else { 5000 };
    let mut random = Random::seeded();
    let tasks = runtime();
    let begun = Instant::now();
    let (mut rounds, mut delivered) = (0, 0);
    while begun.elapsed() < time_to_run() {
        let load = Load::new(&mut random);
        let clients: Vec<_> =
            (0..6).map(|_| tasks.spawn(load.clone().consume_async(random.fork()))).collect();
        let mut got: Vec<u64> = thread::scope(|scope| {
            let consumers: Vec<_> = (0..2)
                .map(|_| random.fork())
                .map(|random| scope.spawn(|| load.consume(random)))
                .collect();
            let producers: Vec<_> = (0..2)
                .map(|producer| (producer * EACH..(producer + 1) * EACH, random.fork()))
                .map(|(numbers, random)| scope.spawn(|| load.produce(random, numbers)))
                .collect();
            let produced = producers.into_iter().map(thread::ScopedJoinHandle::join);
            let produced: Result<Vec<()>, _> = produced.collect();
            load.over.store(true, Ordering::SeqCst);
            produced.expect("a producer panicked");
            consumers.into_iter().flat_map(|consumer| consumer.join().unwrap()).collect()
        });
        for client in clients {
            got.extend(tasks.block_on(client).expect("a task panicked"));
        }
        delivered += got.len();
        got.extend(load.left());
        got.sort_unstable();
        assert!(got.iter().copied().eq(0..2 * EACH), "lost or twice, in round {rounds}");
        rounds += 1;
    }
    eprintln!("{rounds} rounds, {delivered} elements delivered");
}

/// The numbers of each producer, in the order in which they come out of a queue.
struct Order {
    next: Vec<u64>,
    left: u64,
}

const PRODUCERS: u64 = 3;

impl Order {
    fn new(each: u64) -> Self {
        Self { next: vec![0; usize::try_from(PRODUCERS).unwrap()], left: each * PRODUCERS }
    }

    /// Producer p pushes p, p + PRODUCERS, p + 2 * PRODUCERS, and so on.
    fn came(&mut self, element: &[u8]) {
        let number = number(element);
        let producer = usize::try_from(number % PRODUCERS).unwrap();
        assert_eq!(number / PRODUCERS, self.next[producer], "of producer {producer}");
        self.next[producer] += 1;
        self.left -= 1;
    }
}

fn consume_in_order(store: &Store, key: &str, each: u64, mut random: Random) {
    let mut order = Order::new(each);
    while order.left > 0 {
        let patient = random.chance(2);
        let timeout = if patient { FOREVER } else { random.timeout() };
        let popped = store.blmpop([key, "other"], Left, 1 + random.below(3), Some(timeout));
        match popped.unwrap() {
            Some((_, elements)) => elements.iter().for_each(|element| order.came(element)),
            None => assert!(!patient, "slept with {} elements there", store.llen(key)),
        }
    }
}

async fn consume_in_order_async(store: Store, key: String, each: u64, mut random: Random) {
    let mut order = Order::new(each);
    while order.left > 0 {
        let popped = store.blmpop_async([&key], Left, 1 + random.below(3));
        let popped = if random.chance(2) {
            let popped = tokio::time::timeout(FOREVER, popped).await;
            Some(popped.unwrap_or_else(|_| panic!("slept with {} there", store.llen(&key))))
        } else {
            for_a_while(&mut random, popped).await
        };
        for element in popped.map_or_else(Vec::new, |popped| popped.unwrap().1) {
            order.came(&element);
        }
    }
}

#[test]
fn a_queue_with_one_consumer_keeps_each_producers_order() {
    const EACH: u64 = if cfg!(debug_assertions) { 500 } else { 3000 };
    let mut random = Random::seeded();
    let tasks = runtime();
    let begun = Instant::now();
    while begun.elapsed() < time_to_run() {
        let Load { store, .. } = Load::new(&mut random);
        let task = consume_in_order_async(store.clone(), "tasks".into(), EACH, random.fork());
        let task = tasks.spawn(task);
        thread::scope(|scope| {
            let consumer = random.fork();
            scope.spawn(|| consume_in_order(&store, "threads", EACH, consumer));
            for producer in 0..PRODUCERS {
                let (store, mut random) = (&store, random.fork());
                scope.spawn(move || {
                    for number in 0..EACH {
                        let element = (number * PRODUCERS + producer).to_string();
                        store.rpush("threads", &element).unwrap();
                        store.rpush("tasks", &element).unwrap();
                        random.spin(2000);
                    }
                });
            }
        });
        tasks.block_on(task).expect("the task panicked");
    }
}

/// Waits for the partner's element, which comes as soon as the partner can.
fn expect(store: &Store, keys: [&str; 2], expected: u64) {
    let begun = Instant::now();
    let popped = store.blpop(keys, Some(FOREVER)).unwrap();
    let waited = begun.elapsed();
    match popped {
        // Served and not woken, it would find its element when the time is up.
        Some((_, element)) if waited < FOREVER => assert_eq!(number(&element), expected),
        _ => panic!("slept for {waited:?}, with {} elements there", store.llen(keys[0])),
    }
}

#[test]
fn no_wait_sleeps_through_a_push() {
    let default = if cfg!(debug_assertions) { 50_000 } else { 300_000 };
    let pairs: u64 = setting("REDEQUE_STRESS_PAIRS").unwrap_or(default);
    let mut random = Random::seeded();
    for shards in [1, 64] {
        let store = Store::builder().shards(shards).build().unwrap();
        let start = Barrier::new(2);
        thread::scope(|scope| {
            for keys in [["there", "back"], ["back", "there"]] {
                let (store, start, mut random) = (&store, &start, random.fork());
                scope.spawn(move || {
                    let [to, from] = keys;
                    start.wait();
                    // Two pushes and two waits a turn, in two kinds of store.
                    for turn in 0..pairs / 4 {
                        random.spin(300);
                        store.rpush(to, turn.to_string()).unwrap();
                        random.spin(300);
                        expect(store, [from, "never"], turn);
                    }
                });
            }
        });
        assert_eq!(store.dbsize(), 0);
    }
}
