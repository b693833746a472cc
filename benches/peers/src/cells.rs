//! The cells of the grid: workloads that are the same for all peers. Here those of one thread, on lists.

mod threads;

use std::cell::Cell as Place;
use std::time::{Duration, Instant};

use redis::{Pipeline, Value, pipe};

pub use self::threads::{Pipe, Shared, SharedPairs, all_shared_pairs};
use crate::workload::{Key, element, key, read, renumber, shuffled_keys};
use crate::{Buffers, Lists, PIPELINE, RedisLists};

/// A workload of one thread, for lists.
pub trait Cell {
    /// The cells that are shown together.
    fn group(&self) -> &'static str {
        "on_one_list"
    }

    /// What tells this cell from the others of its group.
    fn parameters(&self) -> String;

    /// How many operations an iteration is.
    fn operations(&self) -> u64 {
        1
    }

    /// What is there before anything is timed.
    fn fill(&self, peer: &impl Lists);

    /// What has to have happened once before a time is that of every later one, where a short measurement could end
    /// before it.
    fn settle(&self, _peer: &impl Lists) {}

    /// The time that this number of iterations takes.
    fn run(&self, peer: &impl Lists, times: u64) -> Duration;

    /// How many commands an iteration is.
    fn commands(&self) -> u64 {
        1
    }

    /// Appends a command to a pipeline, by its number counted over all iterations.
    fn command(&self, number: u64, pipeline: &mut Pipeline);
}

/// The pairs of the grid, with 1, 1,000 and 100,000 keys.
pub fn all_pairs() -> impl Iterator<Item = Pairs> {
    let of_keys = |depth, keys| [16, 100, 1000].map(|size| Pairs::new(keys, depth, size));
    let of_depth =
        move |depth| [1, 1000, 100_000].into_iter().flat_map(move |keys| of_keys(depth, keys));
    [0, 50].into_iter().flat_map(of_depth)
}

/// The time of this number of iterations on a server, with their commands in pipelines.
pub fn run_in_pipelines(cell: &impl Cell, lists: &RedisLists, times: u64) -> Duration {
    let all = times * cell.commands();
    let start = Instant::now();
    for first in (0..all).step_by(usize::try_from(PIPELINE).unwrap_or(1)) {
        let mut pipeline = pipe();
        for number in first..all.min(first + PIPELINE) {
            cell.command(number, &mut pipeline);
        }
        lists.ask_all(&pipeline).iter().for_each(read_reply);
    }
    start.elapsed()
}

fn read_reply(reply: &Value) {
    match reply {
        Value::BulkString(bytes) => read(bytes),
        Value::Array(replies) => replies.iter().for_each(read_reply),
        _ => {}
    }
}

fn timed(times: u64, mut iteration: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..times {
        iteration();
    }
    start.elapsed()
}

/// A push and a pop of the same key, visiting keys that each hold `depth` elements in between.
pub struct Pairs {
    keys: Vec<Key>,
    depth: usize,
    element: Vec<u8>,
    /// Where the next visit is: a measurement goes on where the one before stopped.
    next: Place<usize>,
}

impl Pairs {
    #[must_use]
    pub fn new(keys: usize, depth: usize, size: usize) -> Self {
        Self { keys: shuffled_keys(keys), depth, element: element(0, size), next: Place::new(0) }
    }

    /// Whether 8 MiB of cache hold all of it, with a hundred bytes for each key. They do where there are 1 or 1,000 keys,
    /// unless 1,000 keys have 50 elements of 1,000 bytes each.
    #[must_use]
    pub fn fits_caches(&self) -> bool {
        self.keys.len() * (100 + self.depth * self.element.len()) < 8 << 20
    }

    fn next_key(&self) -> &Key {
        let next = self.next.get();
        self.next.set(if next + 1 == self.keys.len() { 0 } else { next + 1 });
        &self.keys[next]
    }
}

impl Cell for Pairs {
    fn group(&self) -> &'static str {
        if self.depth == 0 { "pairs_depth_0" } else { "pairs_depth_50" }
    }

    fn parameters(&self) -> String {
        format!("{} keys, {} bytes", self.keys.len(), self.element.len())
    }

    fn fill(&self, peer: &impl Lists) {
        let elements = vec![&*self.element; self.depth];
        if self.depth > 0 {
            for key in &self.keys {
                peer.rpush_all(key, &elements);
            }
        }
    }

    /// The first push to a deque that was filled in one call makes it grow.
    fn settle(&self, peer: &impl Lists) {
        self.run(peer, u64::try_from(self.keys.len()).unwrap_or(u64::MAX));
    }

    fn run(&self, peer: &impl Lists, times: u64) -> Duration {
        let mut buffers = Buffers::default();
        timed(times, || {
            let key = self.next_key();
            peer.rpush(key, &self.element);
            assert!(peer.consume(key, &mut buffers), "it was pushed");
        })
    }

    fn commands(&self) -> u64 {
        2
    }

    fn command(&self, number: u64, pipeline: &mut Pipeline) {
        if number.is_multiple_of(2) {
            pipeline.cmd("RPUSH").arg(self.next_key()).arg(&self.element).ignore();
        } else {
            let pushed = self.next.get().checked_sub(1).unwrap_or(self.keys.len() - 1);
            pipeline.cmd("LPOP").arg(&self.keys[pushed]);
        }
    }
}

/// A list filled with this number of elements one by one, and emptied one by one.
pub struct Drain {
    pub count: u64,
    pub size: usize,
}

impl Cell for Drain {
    fn group(&self) -> &'static str {
        "fill_and_drain"
    }

    fn parameters(&self) -> String {
        format!("{} bytes", self.size)
    }

    fn operations(&self) -> u64 {
        self.count
    }

    fn fill(&self, _peer: &impl Lists) {}

    fn run(&self, peer: &impl Lists, times: u64) -> Duration {
        let (key, element, mut buffers) = (key(0), element(0, self.size), Buffers::default());
        timed(times, || {
            for _ in 0..self.count {
                peer.rpush(&key, &element);
            }
            while peer.consume(&key, &mut buffers) {}
        })
    }

    fn commands(&self) -> u64 {
        2 * self.count
    }

    fn command(&self, number: u64, pipeline: &mut Pipeline) {
        if number % self.commands() < self.count {
            pipeline.cmd("RPUSH").arg(&key(0)).arg(element(0, self.size)).ignore();
        } else {
            pipeline.cmd("LPOP").arg(&key(0));
        }
    }
}

/// A list of different elements.
fn fill_one(peer: &impl Lists, count: usize, size: usize) {
    let mut element = element(0, size);
    for number in 0..count {
        renumber(&mut element, number);
        peer.rpush(&key(0), &element);
    }
}

/// LRANGE of 100 out of 100,000, in the middle. An operation is one element.
pub struct Lrange {
    pub size: usize,
}

impl Cell for Lrange {
    fn parameters(&self) -> String {
        format!("LRANGE of 100 out of 100000, {} bytes", self.size)
    }

    fn operations(&self) -> u64 {
        100
    }

    fn fill(&self, peer: &impl Lists) {
        fill_one(peer, 100_000, self.size);
    }

    fn run(&self, peer: &impl Lists, times: u64) -> Duration {
        let (key, mut buffers) = (key(0), Buffers::default());
        timed(times, || assert_eq!(peer.read_range(&key, 50_000, 50_099, &mut buffers), 100))
    }

    fn command(&self, _number: u64, pipeline: &mut Pipeline) {
        pipeline.cmd("LRANGE").arg(&key(0)).arg(50_000).arg(50_099);
    }
}

/// LINDEX in the middle of 1,000,000.
pub struct Lindex {
    pub size: usize,
}

impl Cell for Lindex {
    fn parameters(&self) -> String {
        format!("LINDEX in the middle of 1000000, {} bytes", self.size)
    }

    fn fill(&self, peer: &impl Lists) {
        fill_one(peer, 1_000_000, self.size);
    }

    fn run(&self, peer: &impl Lists, times: u64) -> Duration {
        let key = key(0);
        timed(times, || read(&peer.lindex(&key, 500_000).expect("it is there")))
    }

    fn command(&self, _number: u64, pipeline: &mut Pipeline) {
        pipeline.cmd("LINDEX").arg(&key(0)).arg(500_000);
    }
}

/// LPOS of the last of 100,000.
pub struct Lpos {
    pub size: usize,
}

impl Cell for Lpos {
    fn parameters(&self) -> String {
        format!("LPOS over 100000, {} bytes", self.size)
    }

    fn fill(&self, peer: &impl Lists) {
        fill_one(peer, 100_000, self.size);
    }

    fn run(&self, peer: &impl Lists, times: u64) -> Duration {
        let (key, last) = (key(0), element(99_999, self.size));
        timed(times, || assert_eq!(peer.lpos(&key, &last), Some(99_999)))
    }

    fn command(&self, _number: u64, pipeline: &mut Pipeline) {
        pipeline.cmd("LPOS").arg(&key(0)).arg(element(99_999, self.size));
    }
}

/// LREM of all that equal an element, which is the one in the middle of 100,000. An LINSERT, which is not timed, puts
/// it back.
pub struct Lrem {
    pub size: usize,
}

impl Lrem {
    fn middle(&self) -> Vec<u8> {
        element(50_000, self.size)
    }

    fn next(&self) -> Vec<u8> {
        element(50_001, self.size)
    }
}

impl Cell for Lrem {
    fn parameters(&self) -> String {
        format!("LREM over 100000, {} bytes", self.size)
    }

    fn fill(&self, peer: &impl Lists) {
        fill_one(peer, 100_000, self.size);
    }

    fn run(&self, peer: &impl Lists, times: u64) -> Duration {
        let (key, middle, next) = (key(0), self.middle(), self.next());
        let mut total = Duration::ZERO;
        for _ in 0..times {
            let start = Instant::now();
            let removed = peer.lrem(&key, &middle);
            total += start.elapsed();
            assert_eq!(removed, 1);
            assert!(peer.linsert_before(&key, &next, &middle));
        }
        total
    }

    fn commands(&self) -> u64 {
        2
    }

    /// In a pipeline the insertion is timed too.
    fn command(&self, number: u64, pipeline: &mut Pipeline) {
        if number.is_multiple_of(2) {
            pipeline.cmd("LREM").arg(&key(0)).arg(0).arg(self.middle());
        } else {
            pipeline.cmd("LINSERT").arg(&key(0)).arg("BEFORE").arg(self.next()).arg(self.middle());
        }
    }
}

/// RPUSH of 100 elements in one call, on a list that is drained, untimed, before it gets long. An operation is one
/// element.
pub struct RpushMany {
    pub size: usize,
}

impl RpushMany {
    /// How many calls are made before the list is drained.
    const CALLS: u64 = 100;
}

impl Cell for RpushMany {
    fn parameters(&self) -> String {
        format!("RPUSH of 100 in one call, {} bytes", self.size)
    }

    fn operations(&self) -> u64 {
        100
    }

    fn fill(&self, _peer: &impl Lists) {}

    fn run(&self, peer: &impl Lists, times: u64) -> Duration {
        let (key, element) = (key(0), element(0, self.size));
        let elements = vec![&*element; 100];
        let mut total = Duration::ZERO;
        let mut left = times;
        while left > 0 {
            let calls = left.min(Self::CALLS);
            total += timed(calls, || peer.rpush_all(&key, &elements));
            peer.lrem(&key, &element);
            left -= calls;
        }
        total
    }

    fn command(&self, number: u64, pipeline: &mut Pipeline) {
        if number.is_multiple_of(Self::CALLS) {
            pipeline.cmd("DEL").arg(&key(0)).ignore();
        }
        let element = element(0, self.size);
        pipeline.cmd("RPUSH").arg(&key(0)).arg(vec![&element; 100]).ignore();
    }
}

/// RPUSH of 100 elements in one call and LPOP of 100 in one call, on a list of 1,000. An operation is one element.
pub struct Batch {
    pub size: usize,
}

impl Cell for Batch {
    fn parameters(&self) -> String {
        format!("RPUSH of 100 and LPOP of 100, {} bytes", self.size)
    }

    fn operations(&self) -> u64 {
        100
    }

    fn fill(&self, peer: &impl Lists) {
        fill_one(peer, 1000, self.size);
    }

    fn run(&self, peer: &impl Lists, times: u64) -> Duration {
        let (key, element, mut buffers) = (key(0), element(0, self.size), Buffers::default());
        let elements = vec![&*element; 100];
        timed(times, || {
            peer.rpush_all(&key, &elements);
            assert_eq!(peer.consume_count(&key, 100, &mut buffers), 100);
        })
    }

    fn commands(&self) -> u64 {
        2
    }

    fn command(&self, number: u64, pipeline: &mut Pipeline) {
        if number.is_multiple_of(2) {
            let element = element(0, self.size);
            pipeline.cmd("RPUSH").arg(&key(0)).arg(vec![&element; 100]).ignore();
        } else {
            pipeline.cmd("LPOP").arg(&key(0)).arg(100);
        }
    }
}
