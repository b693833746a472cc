//! Threads that fill a store up to its bound on memory, and make room again: it never takes more than the bound and what
//! the commands add that were let in before it was reached.
//!
//! `REDEQUE_SOAK_SECONDS` says for how long, by default 3.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use redeque::Direction::{Left, Right};
use redeque::{Error, Store};

#[path = "../support/settings.rs"]
#[expect(dead_code, reason = "no random programs are made here")]
mod settings;

const THREADS: usize = 8;
const BOUND: usize = 2 << 20;
const LONGEST: usize = 4000;

/// What a command adds at most besides its elements: a node, handles of nodes, a segment of entries, a part of the index.
const BESIDE: usize = 24 << 10;

/// The most that a command of these pushes.
const AT_ONCE: usize = 4;

fn duration() -> Duration {
    Duration::from_secs(settings::number("REDEQUE_SOAK_SECONDS").unwrap_or(3))
}

/// One that pushes where it may, and pops as soon as it may not. How often it was refused.
fn fill_and_drain(store: &Store, number: usize, stop: &AtomicBool) -> usize {
    let (mut refused, mut random) = (0, number);
    while !stop.load(Ordering::Relaxed) {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let dice = random >> 33;
        let key = format!("{}", dice % 50);
        let element = vec![b'x'; [8, 100, 500, LONGEST][dice / 50 % 4]];
        let done = match dice / 200 % 6 {
            0 => store.rpush(&key, element),
            1 => store.rpush_all(&key, [&element; AT_ONCE]),
            2 => store.lmove(&key, "moved", Left, Right).map(|_| 0),
            3 => store
                .copy(&key, format!("copy of {key}, under a name that is not short"))
                .map(|_| 0),
            _ => store.lpush(&key, element),
        };
        match done {
            Ok(_) => {}
            Err(Error::OutOfMemory) => {
                refused += 1;
                (0..20).for_each(|_| drop(store.rpop(&key)));
                drop(store.del(format!("copy of {key}, under a name that is not short")));
                drop(store.lpop_count("moved", 5));
            }
            Err(error) => panic!("{error}"),
        }
        // No list is much longer than what one command may copy.
        store.ltrim(&key, 0, 30).expect("there is no log");
    }
    refused
}

#[test]
fn a_store_never_takes_more_than_its_bound_and_what_was_let_in_before() {
    // A copy is the most that a command adds: of a list that was trimmed, and was pushed to since by the others.
    let longest_list = (31 + THREADS * AT_ONCE) * (LONGEST + 64);
    let most = BOUND + THREADS * (longest_list + BESIDE);
    let store = Store::builder().max_memory(BOUND).build().expect("a bound");
    let (stop, highest) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let barrier = Arc::new(Barrier::new(THREADS + 1));
    let fillers: Vec<_> = (0..THREADS)
        .map(|number| {
            let (store, stop, barrier) = (store.clone(), Arc::clone(&stop), Arc::clone(&barrier));
            let highest = Arc::clone(&highest);
            thread::spawn(move || {
                barrier.wait();
                let refused = fill_and_drain(&store, number, &stop);
                highest.fetch_max(store.used_memory(), Ordering::Relaxed);
                refused
            })
        })
        .collect();
    barrier.wait();
    let begun = Instant::now();
    while begun.elapsed() < duration() {
        let used = store.used_memory();
        highest.fetch_max(used, Ordering::Relaxed);
        assert!(used <= most, "{used} bytes");
        thread::yield_now();
    }
    stop.store(true, Ordering::Relaxed);
    let refused: usize = fillers.into_iter().map(|one| one.join().expect("it is well")).sum();
    let highest = highest.load(Ordering::Relaxed);
    println!("{highest} bytes at most of {BOUND}, {refused} refused");
    assert!(highest > BOUND, "the bound was reached");
    assert!(refused > 100, "and heeded");
    store.flushall().expect("there is no log");
    assert_eq!(store.used_memory(), 0, "all that was counted was counted off");
}

/// Without copies, what a command adds is known to the byte but for what leads to it.
#[test]
fn eight_pushers_overshoot_by_what_eight_pushes_add() {
    let store = Store::builder().max_memory(BOUND).build().expect("a bound");
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (store, barrier) = (&store, &barrier);
            scope.spawn(move || {
                let (key, begun) = (number.to_string(), Instant::now());
                barrier.wait();
                while begun.elapsed() < duration() / 3 {
                    while store.rpush(&key, vec![b'x'; LONGEST]).is_ok() {}
                    let used = store.used_memory();
                    assert!(used <= BOUND + THREADS * (LONGEST + BESIDE), "{used} bytes");
                    drop(store.lpop_count(&key, 3));
                }
            });
        }
    });
}
