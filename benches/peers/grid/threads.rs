//! Two threads: on a thousand keys, and on one.
//!
//! The clock runs from the first thread's start to the last one's end. An iteration is one pair of push and pop, by
//! whichever thread, so a group of two threads is directly comparable with one of one.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, SamplingMode};
use redeque_peers::workload::{Key, element, read, shuffled_keys};
use redeque_peers::{
    DashMapOfDeques, HandTuned, HandTunedFast, Mpsc, OneMutex, Queues, Redeque, Seg, YoStripes,
};

use super::Group;

/// Elements that each queue holds in between.
const DEPTH: usize = 50;

/// Runs the job in so many threads, which are numbered, and returns the time from the first start to the last end.
fn together(threads: usize, job: impl Fn(usize) + Sync) -> Duration {
    let (barrier, job) = (&Barrier::new(threads), &job);
    let run = |thread| {
        move || {
            barrier.wait();
            let start = Instant::now();
            job(thread);
            (start, Instant::now())
        }
    };
    let spans: Vec<(Instant, Instant)> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|number| scope.spawn(run(number))).collect();
        running.into_iter().map(|thread| thread.join().expect("no job panics")).collect()
    });
    let start = spans.iter().map(|span| span.0).min();
    let end = spans.iter().map(|span| span.1).max();
    start.zip(end).map_or(Duration::ZERO, |(start, end)| end - start)
}

/// The share of a thread, rounded up.
fn share(times: u64, threads: usize) -> u64 {
    times.div_ceil(u64::try_from(threads).unwrap_or(1))
}

/// Pairs of push and pop, each thread from another place among the keys.
fn pairs(peer: &impl Queues, keys: &[Key], element: &[u8], threads: usize, times: u64) -> Duration {
    together(threads, |thread| {
        let visits = keys.iter().cycle().skip(thread * keys.len() / threads);
        let count = usize::try_from(share(times, threads)).unwrap_or(usize::MAX);
        for key in visits.take(count) {
            peer.rpush(key, element);
            read(peer.lpop(key).expect("as many are pushed before").as_ref());
        }
    })
}

/// One thread pushes and another pops all of that.
fn pipe(peer: &impl Queues, key: &Key, element: &[u8], times: u64) -> Duration {
    together(2, |thread| {
        if thread == 0 {
            (0..times).for_each(|_| peer.rpush(key, element));
            return;
        }
        let mut left = times;
        while left > 0 {
            match peer.lpop(key) {
                Some(popped) => {
                    read(popped.as_ref());
                    left -= 1;
                }
                None => thread::yield_now(),
            }
        }
    })
}

fn measure<P: Queues + Default>(
    group: &mut Group<'_>,
    name: &str,
    parameters: &str,
    fill: impl Fn(&P),
    run: impl Fn(&P, u64) -> Duration,
) {
    let mut filled = None;
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function(BenchmarkId::new(name, parameters), |bencher| {
        let peer: &P = filled.get_or_insert_with(|| {
            let peer = P::default();
            fill(&peer);
            peer
        });
        bencher.iter_custom(|times| run(peer, times));
    });
}

/// Does the same for each of these peers.
macro_rules! each {
    ($group:expr, $parameters:expr, $fill:expr, $run:expr, [$($name:literal: $peer:ty),* $(,)?]) => {
        $(measure::<$peer>($group, $name, $parameters, $fill, $run);)*
    };
}

pub(crate) fn spread(criterion: &mut Criterion) {
    let keys = shuffled_keys(1000);
    for (threads, name) in [(1, "spread_1_thread"), (2, "spread_2_threads")] {
        let mut group = criterion.benchmark_group(name);
        for size in [16, 100, 1000] {
            let element = element(0, size);
            each!(
                &mut group,
                &format!("1000 keys, {size} bytes"),
                |peer| fill(peer, &keys, &element),
                |peer, times| pairs(peer, &keys, &element, threads, times),
                [
                    "redeque": Redeque,
                    "hand_tuned": HandTuned,
                    "hand_tuned_fast": HandTunedFast,
                    "dashmap": DashMapOfDeques,
                    "one_mutex": OneMutex,
                    "yo_kv": YoStripes,
                ]
            );
        }
        group.finish();
    }
}

pub(crate) fn hot(criterion: &mut Criterion) {
    let keys = shuffled_keys(1);
    let mut group = criterion.benchmark_group("hot_2_threads");
    for size in [16, 100, 1000] {
        let element = element(0, size);
        each!(
            &mut group,
            &format!("pairs, {size} bytes"),
            |peer| fill(peer, &keys, &element),
            |peer, times| pairs(peer, &keys, &element, 2, times),
            [
                "redeque": Redeque,
                "hand_tuned": HandTuned,
                "hand_tuned_fast": HandTunedFast,
                "dashmap": DashMapOfDeques,
                "one_mutex": OneMutex,
                "yo_kv": YoStripes,
                "segqueue": Seg,
                "mpsc": Mpsc,
            ]
        );
        each!(
            &mut group,
            &format!("one pushes, one pops, {size} bytes"),
            |_| (),
            |peer, times| pipe(peer, &keys[0], &element, times),
            [
                "redeque": Redeque,
                "hand_tuned": HandTuned,
                "hand_tuned_fast": HandTunedFast,
                "dashmap": DashMapOfDeques,
                "one_mutex": OneMutex,
                "yo_kv": YoStripes,
                "segqueue": Seg,
                "mpsc": Mpsc,
            ]
        );
    }
    group.finish();
}

fn fill(peer: &impl Queues, keys: &[Key], element: &[u8]) {
    for key in keys {
        (0..DEPTH).for_each(|_| peer.rpush(key, element));
    }
}
