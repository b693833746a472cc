//! What looking through a long list costs, beside `memchr::memmem` over the same bytes:
//!
//! `scan [rounds]`
//!
//! Each round runs every way once, so that what else the machine does falls on all of them. The fastest round counts.
//! The bytes are those that a list keeps: each element with its length on both sides. LREM and LINSERT are of an
//! element in the middle, LPOS of one that is not there; so they go through half of the bytes and through all of them, and
//! each is compared with `memmem` over as many.

use std::hint::black_box;
use std::time::Instant;

use memchr::memmem;
use redeque::Store;
use redeque_peers::workload::{element, renumber};

const COUNT: usize = 100_000;
const KEY: &[u8] = b"list";

/// A list, its elements as packed bytes, and elements of it.
struct Case {
    name: &'static str,
    store: Store,
    packed: Vec<u8>,
    absent: Vec<u8>,
    middle: Vec<u8>,
    behind_middle: Vec<u8>,
}

impl Case {
    /// Elements whose lengths are these in turn.
    fn new(name: &'static str, lengths: &[usize]) -> Self {
        let numbered = |number: usize| {
            let mut element = element(0, lengths[number % lengths.len()]);
            renumber(&mut element, number);
            element
        };
        let (store, mut packed) = (Store::new(), Vec::new());
        for number in 0..COUNT {
            let element = numbered(number);
            let len = u8::try_from(element.len()).expect("elements are short");
            packed.push(len);
            packed.extend_from_slice(&element);
            packed.push(len);
            store.rpush(KEY, &element).expect("nothing limits a push");
        }
        let [absent, middle, behind_middle] = [COUNT, COUNT / 2, COUNT / 2 + 1].map(numbered);
        Self { name, store, packed, absent, middle, behind_middle }
    }

    /// The nanoseconds of each way in one round.
    fn round(&self) -> [f64; 5] {
        [
            timed(|| memmem::find(&self.packed, &self.absent)),
            timed(|| self.store.lpos(KEY, &self.absent)),
            timed(|| memmem::find(&self.packed, &self.middle)),
            timed(|| self.store.lrem(KEY, 1, &self.middle)),
            timed(|| self.store.linsert_before(KEY, &self.behind_middle, &self.middle)),
        ]
    }

    fn report(&self, rounds: usize) {
        let mut best = [f64::INFINITY; 5];
        for _ in 0..rounds {
            for (best, time) in best.iter_mut().zip(self.round()) {
                *best = best.min(time);
            }
        }
        let [all, lpos, half, lrem, linsert] = best;
        for (what, time, memmem) in [
            ("memmem over all", all, all),
            ("LPOS", lpos, all),
            ("memmem over half", half, half),
            ("LREM of one", lrem, half),
            ("LINSERT", linsert, half),
        ] {
            println!("| {} | {what} | {:.1} | {:.2} |", self.name, time / 1e3, time / memmem);
        }
    }
}

fn timed<R>(run: impl FnOnce() -> R) -> f64 {
    let start = Instant::now();
    black_box(run());
    start.elapsed().as_secs_f64() * 1e9
}

fn main() {
    let rounds = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(200);
    println!("| {COUNT} elements | | µs | of memmem's time |");
    println!("| --- | --- | ---: | ---: |");
    Case::new("16 bytes", &[16]).report(rounds);
    Case::new("100 bytes", &[100]).report(rounds);
    Case::new("12 to 20 bytes", &[12, 13, 14, 15, 16, 17, 18, 19, 20]).report(rounds);
}
