//! What waiting costs: from a push to the return of whoever waits for it, and the throughput of one producer and one
//! consumer. Beside it, the channels that people would use instead, in the same run.
//!
//! Every element is a buffer of eight bytes that the producer allocates and the consumer frees.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use redeque::Store;
use tokio::runtime::{Builder, Runtime};

const PAYLOAD: [u8; 8] = *b"12345678";

/// Ends the one who echoes.
const END: [u8; 1] = *b"!";

fn payload() -> Vec<u8> {
    PAYLOAD.to_vec()
}

/// The time of `count` hand-overs, half of them to the one who echoes and half of them back.
fn to_and_fro(count: u64, send: impl Fn(Vec<u8>), receive: impl Fn() -> Vec<u8>) -> Duration {
    let begun = Instant::now();
    for _ in 0..count.div_ceil(2) {
        send(payload());
        black_box(receive());
    }
    let elapsed = begun.elapsed();
    send(END.to_vec());
    elapsed
}

fn echo(send: impl Fn(Vec<u8>), receive: impl Fn() -> Vec<u8>) {
    loop {
        let element = receive();
        if element == END {
            return;
        }
        send(element);
    }
}

fn pop(store: &Store, key: &str) -> Vec<u8> {
    store.blpop([key], None).unwrap().unwrap().1
}

fn push(store: &Store, key: &str, element: Vec<u8>) {
    store.rpush(key, element).unwrap();
}

fn to_a_thread(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hand-over to a thread");
    group.bench_function("redeque", |bencher| {
        bencher.iter_custom(|count| {
            let store = Store::new();
            thread::scope(|scope| {
                scope.spawn(|| echo(|e| push(&store, "back", e), || pop(&store, "there")));
                to_and_fro(count, |e| push(&store, "there", e), || pop(&store, "back"))
            })
        });
    });
    group.bench_function("crossbeam-channel", |bencher| {
        bencher.iter_custom(|count| {
            let [(there, arrived), (back, returned)] =
                [crossbeam_channel::unbounded(), crossbeam_channel::unbounded()];
            thread::scope(|scope| {
                scope.spawn(move || echo(|e| back.send(e).unwrap(), || arrived.recv().unwrap()));
                to_and_fro(count, |e| there.send(e).unwrap(), || returned.recv().unwrap())
            })
        });
    });
    group.bench_function("flume", |bencher| {
        bencher.iter_custom(|count| {
            let [(there, arrived), (back, returned)] = [flume::unbounded(), flume::unbounded()];
            thread::scope(|scope| {
                scope.spawn(move || echo(|e| back.send(e).unwrap(), || arrived.recv().unwrap()));
                to_and_fro(count, |e| there.send(e).unwrap(), || returned.recv().unwrap())
            })
        });
    });
    group.finish();
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).build().expect("a runtime")
}

/// A thread hands over to a waiting task, which hands back to the waiting thread.
fn to_a_task(criterion: &mut Criterion) {
    let tasks = runtime();
    let mut group = criterion.benchmark_group("hand-over to a task and back to a thread");
    group.bench_function("redeque", |bencher| {
        bencher.iter_custom(|count| {
            let store = Store::new();
            let of_task = store.clone();
            let task = tasks.spawn(async move {
                loop {
                    let (_, element) = of_task.blpop_async(["there"]).await.unwrap();
                    if element == END {
                        return;
                    }
                    push(&of_task, "back", element);
                }
            });
            let elapsed = to_and_fro(count, |e| push(&store, "there", e), || pop(&store, "back"));
            tasks.block_on(task).unwrap();
            elapsed
        });
    });
    group.bench_function("flume", |bencher| {
        bencher.iter_custom(|count| {
            let [(there, arrived), (back, returned)] = [flume::unbounded(), flume::unbounded()];
            let task = tasks.spawn(async move {
                while let Ok(element) = arrived.recv_async().await
                    && element != END
                {
                    back.send(element).unwrap();
                }
            });
            let elapsed =
                to_and_fro(count, |e| there.send(e).unwrap(), || returned.recv().unwrap());
            tasks.block_on(task).unwrap();
            elapsed
        });
    });
    group.finish();
}

/// The time until the one has taken what the other one sends.
fn through(
    count: u64,
    send: impl Fn(Vec<u8>) + Send + 'static,
    receive: impl Fn() -> Vec<u8>,
) -> Duration {
    let begun = Instant::now();
    let producer = thread::spawn(move || (0..count).for_each(|_| send(payload())));
    for _ in 0..count {
        black_box(receive());
    }
    let elapsed = begun.elapsed();
    producer.join().unwrap();
    elapsed
}

fn throughput(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one producer, one consumer");
    group.throughput(Throughput::Elements(1));
    group.bench_function("redeque", |bencher| {
        bencher.iter_custom(|count| {
            let store = Store::new();
            let of_producer = store.clone();
            through(count, move |e| push(&of_producer, "k", e), || pop(&store, "k"))
        });
    });
    group.bench_function("crossbeam-channel", |bencher| {
        bencher.iter_custom(|count| {
            let (sender, receiver) = crossbeam_channel::unbounded();
            through(count, move |e| sender.send(e).unwrap(), || receiver.recv().unwrap())
        });
    });
    group.bench_function("flume", |bencher| {
        bencher.iter_custom(|count| {
            let (sender, receiver) = flume::unbounded();
            through(count, move |e| sender.send(e).unwrap(), || receiver.recv().unwrap())
        });
    });
    group.finish();
}

criterion_group! {
    name = handover;
    config = Criterion::default().sample_size(30).measurement_time(Duration::from_secs(3));
    targets = to_a_thread, to_a_task, throughput
}
criterion_main!(handover);
