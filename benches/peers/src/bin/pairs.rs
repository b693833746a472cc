//! Pairs of push and pop and nothing else, for `valgrind --tool=callgrind` and `perf`:
//!
//! `pairs <peer> <depth> <bytes> <keys> <pairs>`
//!
//! `redeque_text` is the same by text commands, `redeque_into` with `lpop_into`, `redeque_blpop` and `redeque_blpop_async`
//! with these, and `redeque_adaptor` by the `redis` crate's traits, `redeque_adaptor_async` by those for tasks;
//! `redeque_adaptor_pipeline` by its pipelines of 64 commands, so it runs a multiple of 32 pairs. `redeque_waits` begins to
//! wait before it pushes, on lists of no depth. `redeque_bounded` pushes with a bound that leaves room,
//! `redeque_bounded_beside` the same where somebody waits for room of a smaller bound, and `redeque_bounded_waits` begins to
//! wait for room, which its pop makes, on lists of some depth. `redeque_log` has a log that is never synced, which a thread of its
//! own writes: `callgrind --separate-threads=yes` tells them apart.
//!
//! Two runs that differ only in the number of pairs tell what a pair costs.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use redeque::redis::AsyncConnection;
use redeque::{Fsync, LogOptions, Reply, Store};
use redeque_peers::workload::{Key, element, read, shuffled_keys};
use redeque_peers::{
    DashMapOfDeques, HandTuned, HandTunedFast, Lists, OneMutex, PIPELINE, PapayaOfDeques, Queues,
    Redeque, SccOfDeques, YoStripes,
};
use redis::{AsyncCommands, Commands};

struct Shape {
    depth: usize,
    size: usize,
    keys: usize,
    pairs: usize,
}

/// Runs one pair after the other on a peer that has the keys and the depth.
fn run(peer: &impl Lists, shape: &Shape) {
    on_each_key(peer, shape, |key, element| {
        peer.rpush(key, element);
        read(peer.lpop(key).expect("it was pushed").as_ref());
    });
}

/// The same by other ways to pop, or to say it.
fn run_form_of_redeque(form: &str, shape: &Shape) {
    let peer = Redeque::default();
    match form {
        "redeque_text" => by_text(&peer, shape),
        "redeque_into" => into_a_buffer(&peer, shape),
        "redeque_blpop" => on_each_key(&peer, shape, |key, element| {
            peer.rpush(key, element);
            let (_, popped) = peer.store().blpop([key], None).unwrap().expect("it was pushed");
            read(&popped);
        }),
        "redeque_blpop_async" => on_each_key(&peer, shape, |key, element| {
            peer.rpush(key, element);
            read(&now(peer.store().blpop_async([key])).expect("there is a key").1);
        }),
        "redeque_bounded" => bounded(&peer, shape),
        "redeque_bounded_beside" => bounded_beside_waiters(&peer, shape),
        "redeque_bounded_waits" => on_each_key(&peer, shape, |key, element| {
            let mut waiting = peer.store().brpush_bounded_async(key, shape.depth, element);
            assert!(poll(&mut waiting).is_pending(), "there was room");
            read(&peer.store().lpop(key).unwrap().expect("there were some"));
            assert!(poll(&mut waiting).is_ready(), "there is room");
        }),
        _ => on_each_key(&peer, shape, |key, element| {
            let mut waiting = peer.store().blpop_async([key]);
            assert!(poll(&mut waiting).is_pending(), "nothing was pushed");
            peer.rpush(key, element);
            read(&now(waiting).expect("there is a key").1);
        }),
    }
}

/// With room for one more.
fn bounded(peer: &Redeque, shape: &Shape) {
    on_each_key(peer, shape, |key, element| bounded_pair(peer, shape, key, element));
}

/// The same where somebody waits at each key for a list that is shorter than it ever is.
fn bounded_beside_waiters(peer: &Redeque, shape: &Shape) {
    let keys = shuffled_keys(shape.keys);
    fill(peer, shape, &keys);
    let push = |key| peer.store().brpush_bounded_async(key, shape.depth, "waits");
    let mut waiting: Vec<_> = keys.iter().map(push).collect();
    for push in &mut waiting {
        assert!(poll(push).is_pending(), "there was room");
    }
    on_filled_keys(shape, &keys, |key, element| bounded_pair(peer, shape, key, element));
}

/// With a log, in a directory that goes afterwards.
fn run_logged(shape: &Shape) -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let options = LogOptions::new().fsync(Fsync::Never).rewrite_percentage(0);
    let peer = Redeque::with(Store::builder().log(directory.path().join("log"), options).open()?);
    run(&peer, shape);
    Ok(peer.store().shutdown()?)
}

fn bounded_pair(peer: &Redeque, shape: &Shape, key: &[u8], element: &[u8]) {
    let pushed = peer.store().brpush_bounded(key, shape.depth + 1, element, None);
    assert!(pushed.is_ok_and(|len| len.is_some()), "there is room");
    read(&peer.store().blpop([key], None).unwrap().expect("it was pushed").1);
}

fn by_text(peer: &Redeque, shape: &Shape) {
    let mut connection = peer.store().connect();
    on_each_key(peer, shape, |key, element| {
        connection.execute([b"RPUSH", key, element]);
        let Reply::Bulk(popped) = connection.execute([b"LPOP", key]) else {
            panic!("it was pushed")
        };
        read(&popped);
    });
}

/// The same by the `redis` crate, a command at a time.
fn run_adaptor(shape: &Shape) {
    let peer = Redeque::default();
    let mut connection = peer.store().connect();
    on_each_key(&peer, shape, |key, element| {
        let _: usize = connection.rpush(key, element).expect("nothing limits a push");
        let popped: Vec<u8> = connection.lpop(key, None).expect("it was pushed");
        read(&popped);
    });
}

/// The same by the `redis` crate's commands for tasks, none of which has to wait.
fn run_adaptor_async(shape: &Shape) {
    let peer = Redeque::default();
    let mut connection = AsyncConnection::new(peer.store().connect());
    on_each_key(&peer, shape, |key, element| {
        let _: usize = now(connection.rpush(key, element)).expect("nothing limits a push");
        let popped: Vec<u8> = now(connection.lpop(key, None)).expect("it was pushed");
        read(&popped);
    });
}

/// The same with as many pairs in one pipeline as it holds.
fn run_adaptor_pipeline(shape: &Shape) {
    let peer = Redeque::default();
    let mut connection = peer.store().connect();
    let mut pipeline = redis::pipe();
    on_each_key(&peer, shape, |key, element| {
        pipeline.cmd("RPUSH").arg(key).arg(element).cmd("LPOP").arg(key);
        if pipeline.len() as u64 == PIPELINE {
            let replies: Vec<(usize, Vec<u8>)> =
                pipeline.query(&mut connection).expect("they were pushed");
            for (_, popped) in &replies {
                read(popped);
            }
            pipeline.clear();
        }
    });
}

fn into_a_buffer(peer: &Redeque, shape: &Shape) {
    let mut buffer = Vec::new();
    on_each_key(peer, shape, |key, element| {
        peer.rpush(key, element);
        assert_eq!(peer.store().lpop_into(key, &mut buffer), Ok(true), "it was pushed");
        read(&buffer);
    });
}

/// What a future has by now.
fn now<F: Future + Unpin>(mut future: F) -> F::Output {
    match poll(&mut future) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it was pushed"),
    }
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn on_each_key(peer: &impl Lists, shape: &Shape, pair: impl FnMut(&[u8], &[u8])) {
    let keys = shuffled_keys(shape.keys);
    fill(peer, shape, &keys);
    on_filled_keys(shape, &keys, pair);
}

fn on_filled_keys(shape: &Shape, keys: &[Key], mut pair: impl FnMut(&[u8], &[u8])) {
    let element = element(0, shape.size);
    for key in keys.iter().cycle().take(shape.pairs) {
        pair(key, &element);
    }
}

fn fill(peer: &impl Lists, shape: &Shape, keys: &[Key]) {
    if shape.depth > 0 {
        let element = element(0, shape.size);
        let elements = vec![&*element; shape.depth];
        for key in keys {
            peer.rpush_all(key, &elements);
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [peer, numbers @ ..] = &*arguments else { return Err("which peer?".into()) };
    let numbers: Vec<usize> = numbers.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    let &[depth, size, keys, pairs] = &*numbers else {
        return Err("after the peer: depth, bytes, keys, pairs".into());
    };
    if size < 8 || keys == 0 {
        return Err("an element has at least 8 bytes, and there is at least one key".into());
    }
    if peer == "redeque_waits" && depth != 0 {
        return Err("who waits has lists of no depth".into());
    }
    if matches!(&**peer, "redeque_bounded_beside" | "redeque_bounded_waits") && depth == 0 {
        return Err("who waits for room has lists of some depth".into());
    }
    let shape = Shape { depth, size, keys, pairs };
    match &**peer {
        "redeque" => run(&Redeque::default(), &shape),
        "redeque_log" => run_logged(&shape)?,
        "redeque_adaptor" => run_adaptor(&shape),
        "redeque_adaptor_async" => run_adaptor_async(&shape),
        "redeque_adaptor_pipeline" => run_adaptor_pipeline(&shape),
        form @ ("redeque_text"
        | "redeque_into"
        | "redeque_blpop"
        | "redeque_blpop_async"
        | "redeque_bounded"
        | "redeque_bounded_beside"
        | "redeque_bounded_waits"
        | "redeque_waits") => run_form_of_redeque(form, &shape),
        "hand_tuned" => run(&HandTuned::default(), &shape),
        "hand_tuned_fast" => run(&HandTunedFast::default(), &shape),
        "dashmap" => run(&DashMapOfDeques::default(), &shape),
        "one_mutex" => run(&OneMutex::default(), &shape),
        "yo_kv" => run(&YoStripes::default(), &shape),
        "papaya" => run(&PapayaOfDeques::default(), &shape),
        "scc" => run(&SccOfDeques::default(), &shape),
        _ => return Err(format!("no such peer: {peer}").into()),
    }
    Ok(())
}
