//! The store's own operations: `cargo bench --bench store`, or with `-- --quick` for a first look.
//!
//! An id is the operation, the size of an element, the number of keys that take turns, and the number of threads that
//! share the work. The time is that of one operation, or of one pair: a push with its pop, a move with the one back.
//! With two threads it is what passed, divided by what both did. The rate is in elements.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use redeque::Direction::{Left, Right};
use redeque::{Builder, Store};

/// Bytes of an element.
const SIZES: [usize; 3] = [16, 100, 1000];
const KEYS: [usize; 2] = [1, 1000];
const THREADS: [usize; 2] = [1, 2];

/// Elements of a list that is only read.
const LENGTH: usize = 100;
/// So many pushes or pops are measured before the lists are made anew, which keeps them within memory.
const ROUND: usize = 16_384;

/// A key with one to move elements to.
struct Pair {
    key: String,
    other: String,
}

/// What an operation works on.
struct Setting {
    store: Store,
    pairs: Vec<Pair>,
    element: Vec<u8>,
    /// The elements of each list at first.
    length: usize,
}

impl Setting {
    fn new(store: Store, size: usize, keys: usize, length: usize) -> Self {
        let pair = |number| Pair { key: format!("key:{number}"), other: format!("other:{number}") };
        let pairs = (0..keys).map(pair).collect();
        let setting = Self { store, pairs, element: vec![b'x'; size], length };
        setting.fill();
        setting
    }

    /// Makes all lists as they were at first.
    fn fill(&self) {
        self.store.flushall().expect("a flush is never refused");
        for Pair { key, other } in &self.pairs {
            let elements = (0..self.length).map(|_| &self.element);
            self.store.rpush_all(key, elements).expect("elements to push");
            // One stays there, so that no move has to make the list.
            self.store.rpush(other, &self.element).expect("a push is never refused");
        }
    }

    /// How long it takes that many threads to do so many operations in all.
    fn time<R>(
        &self,
        threads: usize,
        operations: usize,
        operation: impl Fn(&Setting, &Pair) -> R + Sync,
    ) -> Duration {
        let barrier = Barrier::new(threads);
        let run = |thread: usize| {
            let share = operations / threads + usize::from(thread < operations % threads);
            // Each thread begins at another key.
            let first = thread * self.pairs.len() / threads;
            let pairs = self.pairs.iter().cycle().skip(first).take(share);
            barrier.wait();
            let start = Instant::now();
            for pair in pairs {
                black_box(operation(self, black_box(pair)));
            }
            (start, Instant::now())
        };
        let (start, end) = thread::scope(|scope| {
            let others: Vec<_> =
                (1..threads).map(|thread| scope.spawn(move || run(thread))).collect();
            others.into_iter().fold(run(0), |(start, end), other| {
                let (other_start, other_end) = other.join().expect("no operation panics");
                (start.min(other_start), end.max(other_end))
            })
        });
        end - start
    }
}

/// How one operation is measured.
struct Plan {
    name: &'static str,
    shards: Builder,
    /// Elements of each list at first, for a number of keys.
    length: fn(usize) -> usize,
    /// Whether lists grow or shrink, so that they must be made anew after each round.
    rounds: bool,
    /// Elements that one operation is about.
    elements: usize,
}

impl Plan {
    fn new(name: &'static str) -> Self {
        Self { name, shards: Store::builder(), length: |_| LENGTH, rounds: false, elements: 1 }
    }

    fn measure<R>(
        &self,
        criterion: &mut Criterion,
        operation: impl Fn(&Setting, &Pair) -> R + Sync,
    ) {
        let mut group = criterion.benchmark_group(self.name);
        group.throughput(Throughput::Elements(self.elements as u64));
        for (size, keys, threads) in settings() {
            let store = self.shards.clone().build().expect("a number of shards within bounds");
            let setting = Setting::new(store, size, keys, (self.length)(keys));
            let plural = |count| if count == 1 { "" } else { "s" };
            let id = format!(
                "{size} bytes/{keys} key{}/{threads} thread{}",
                plural(keys),
                plural(threads)
            );
            group.bench_function(id, |bencher| {
                bencher.iter_custom(|iterations| {
                    let mut left = usize::try_from(iterations).expect("iterations fit a `usize`");
                    let mut time = Duration::ZERO;
                    while left > 0 {
                        let operations = if self.rounds { left.min(ROUND) } else { left };
                        if self.rounds {
                            setting.fill();
                        }
                        time += setting.time(threads, operations, &operation);
                        left -= operations;
                    }
                    time
                });
            });
        }
        group.finish();
    }
}

fn settings() -> impl Iterator<Item = (usize, usize, usize)> {
    let keys = KEYS.into_iter().flat_map(|keys| THREADS.map(|threads| (keys, threads)));
    keys.flat_map(|(keys, threads)| SIZES.map(|size| (size, keys, threads)))
}

fn ends(criterion: &mut Criterion) {
    // One element stays, so that the keys do too.
    let push = Plan { length: |_| 1, rounds: true, ..Plan::new("push") };
    push.measure(criterion, |on, at| on.store.rpush(&at.key, &on.element));

    let length = |keys| ROUND.div_ceil(keys) + 1;
    let pop = Plan { length, rounds: true, ..Plan::new("pop") };
    pop.measure(criterion, |on, at| on.store.lpop(&at.key));

    let push_and_pop = Plan { elements: 2, ..Plan::new("push and pop") };
    push_and_pop.measure(criterion, |on, at| {
        (on.store.rpush(&at.key, &on.element), on.store.lpop(&at.key))
    });
}

fn reads(criterion: &mut Criterion) {
    Plan::new("len").measure(criterion, |on, at| on.store.llen(&at.key));
    Plan::new("index of the middle").measure(criterion, |on, at| on.store.lindex(&at.key, 50));

    let range = Plan { elements: 10, ..Plan::new("range of 10 in the middle") };
    range.measure(criterion, |on, at| on.store.lrange(&at.key, 45, 54));
}

/// Which shards hold two keys is the store's own affair. But in a store of one shard they share it, and in one of very
/// many they don't, but for a few pairs in a thousand.
fn moves(criterion: &mut Criterion) {
    let rotate = Plan::new("move within one list");
    rotate.measure(criterion, |on, at| on.store.lmove(&at.key, &at.key, Left, Right));

    for (name, shards) in [("move within one shard", 1), ("move between shards", 4096)] {
        let shards = Store::builder().shards(shards);
        let there_and_back = Plan { shards, elements: 2, ..Plan::new(name) };
        there_and_back.measure(criterion, |on, at| {
            let there = on.store.lmove(&at.key, &at.other, Left, Right);
            (there, on.store.lmove(&at.other, &at.key, Left, Right))
        });
    }
}

criterion_group! {
    name = store;
    config = Criterion::default()
        .without_plots()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500));
    targets = ends, reads, moves
}
criterion_main!(store);
