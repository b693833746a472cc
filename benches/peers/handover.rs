//! What waiting costs: from a push to the return of the one who waits for it, the throughput of one producer and one
//! consumer, and of bounded queues. Beside it, the channels and queues that people would use instead.
//!
//! Every element is a buffer of eight bytes that the producer allocates and the consumer frees. The runs are short, and the
//! peers take turns at them, so that what else the machine does hits all of them alike:
//!
//! `cargo bench --bench handover -- [part of a title] [rounds]`
//!
//! Hand-overs are timed by the fifty, a flow of elements from its start to its end. The tables have the fastest, the
//! lower quartile and the median of these times. Two threads that spin need a processor each: where other work
//! takes one, the fastest times tell more than the others.

use std::hint::black_box;
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Instant;

use redeque::Store;
use tokio::runtime::{Builder, Runtime};

/// How many hand-overs, to and fro, are timed at once.
const CHUNK: usize = 50;

/// How many chunks a run has.
const CHUNKS: usize = 100;

/// How many elements go from a producer to a consumer in a run.
const FLOW: usize = 10_000;

/// How many elements a bounded queue has room for.
const BOUND: usize = 64;

const PAYLOAD: [u8; 8] = *b"12345678";

/// Ends the one who echoes.
const END: [u8; 1] = *b"!";

/// What is measured of each peer: nanoseconds a hand-over, for every part of a run that was timed.
type Run = Box<dyn Fn() -> Vec<f64>>;

struct Cell {
    title: &'static str,
    /// redeque comes first.
    peers: Vec<(&'static str, Run)>,
}

fn payload() -> Vec<u8> {
    PAYLOAD.to_vec()
}

fn pop(store: &Store, key: &str) -> Vec<u8> {
    store.blpop([key], None).unwrap().unwrap().1
}

fn push(store: &Store, key: &str, element: Vec<u8>) {
    store.rpush(key, element).unwrap();
}

/// What an act costs for each time that it does something.
fn nanoseconds_each(times: usize, act: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    act();
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(u32::try_from(times).unwrap())
}

/// Sends to the one who echoes, and receives what comes back.
fn to_and_fro(send: impl Fn(Vec<u8>), receive: impl Fn() -> Vec<u8>) -> Vec<f64> {
    let chunk = || {
        nanoseconds_each(CHUNK, || {
            for _ in 0..CHUNK / 2 {
                send(payload());
                black_box(receive());
            }
        })
    };
    let times = (0..CHUNKS).map(|_| chunk()).collect();
    send(END.to_vec());
    times
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

/// The same by tasks. Macros, as what the peers return has no name.
macro_rules! to_and_fro_in_a_task {
    ($send:expr, $receive:expr) => {{
        let mut times = Vec::with_capacity(CHUNKS);
        for _ in 0..CHUNKS {
            let begun = Instant::now();
            for _ in 0..CHUNK / 2 {
                $send(payload());
                black_box($receive.await);
            }
            times.push(nanoseconds_each_since(begun, CHUNK));
        }
        $send(END.to_vec());
        times
    }};
}

macro_rules! echo_in_a_task {
    ($send:expr, $receive:expr) => {
        loop {
            let element: Vec<u8> = $receive.await;
            if element == END {
                break;
            }
            $send(element);
        }
    };
}

fn nanoseconds_each_since(begun: Instant, times: usize) -> f64 {
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(u32::try_from(times).unwrap())
}

async fn pop_async(store: &Store, key: &str) -> Vec<u8> {
    store.blpop_async([key]).await.unwrap().1
}

fn runtime(workers: usize) -> &'static Runtime {
    let runtime = Builder::new_multi_thread().worker_threads(workers).build();
    Box::leak(Box::new(runtime.expect("a runtime")))
}

fn between_threads() -> Cell {
    let redeque = || {
        let store = Store::new();
        thread::scope(|scope| {
            scope.spawn(|| echo(|e| push(&store, "back", e), || pop(&store, "there")));
            to_and_fro(|e| push(&store, "there", e), || pop(&store, "back"))
        })
    };
    let crossbeam = || {
        let [(there, arrived), (back, returned)] =
            [crossbeam_channel::unbounded(), crossbeam_channel::unbounded()];
        thread::scope(|scope| {
            scope.spawn(move || echo(|e| back.send(e).unwrap(), || arrived.recv().unwrap()));
            to_and_fro(|e| there.send(e).unwrap(), || returned.recv().unwrap())
        })
    };
    let flume = || {
        let [(there, arrived), (back, returned)] = [flume::unbounded(), flume::unbounded()];
        thread::scope(|scope| {
            scope.spawn(move || echo(|e| back.send(e).unwrap(), || arrived.recv().unwrap()));
            to_and_fro(|e| there.send(e).unwrap(), || returned.recv().unwrap())
        })
    };
    Cell {
        title: "hand-over to a thread, and back",
        peers: vec![
            ("redeque", Box::new(redeque)),
            ("crossbeam-channel", Box::new(crossbeam)),
            ("flume", Box::new(flume)),
        ],
    }
}

/// A thread hands over to a waiting task, which hands back to the waiting thread.
fn to_a_task() -> Cell {
    let tasks = runtime(1);
    let redeque = || {
        let store = Store::new();
        let of_task = store.clone();
        let task = tasks.spawn(async move {
            echo_in_a_task!(|e| push(&of_task, "back", e), pop_async(&of_task, "there"));
        });
        let times = to_and_fro(|e| push(&store, "there", e), || pop(&store, "back"));
        tasks.block_on(task).unwrap();
        times
    };
    let flume = || {
        let [(there, arrived), (back, returned)] = [flume::unbounded(), flume::unbounded()];
        let task = tasks.spawn(async move {
            echo_in_a_task!(|e| back.send(e).unwrap(), async {
                arrived.recv_async().await.unwrap()
            });
        });
        let times = to_and_fro(|e| there.send(e).unwrap(), || returned.recv().unwrap());
        tasks.block_on(task).unwrap();
        times
    };
    Cell {
        title: "hand-over to a task, and back to a thread",
        peers: vec![("redeque", Box::new(redeque)), ("flume", Box::new(flume))],
    }
}

fn between_tasks(title: &'static str, workers: usize) -> Cell {
    let tasks = runtime(workers);
    let redeque = move || {
        let store = Store::new();
        let of_echo = store.clone();
        tasks.spawn(async move {
            echo_in_a_task!(|e| push(&of_echo, "back", e), pop_async(&of_echo, "there"));
        });
        let all = tasks.spawn(async move {
            to_and_fro_in_a_task!(|e| push(&store, "there", e), pop_async(&store, "back"))
        });
        tasks.block_on(all).unwrap()
    };
    let flume = move || {
        let [(there, arrived), (back, returned)] = [flume::unbounded(), flume::unbounded()];
        tasks.spawn(async move {
            echo_in_a_task!(|e| back.send(e).unwrap(), async {
                arrived.recv_async().await.unwrap()
            });
        });
        let all = tasks.spawn(async move {
            to_and_fro_in_a_task!(|e| there.send(e).unwrap(), async {
                returned.recv_async().await.unwrap()
            })
        });
        tasks.block_on(all).unwrap()
    };
    let mpsc = move || {
        let [(there, mut arrived), (back, mut returned)] =
            std::array::from_fn(|_| tokio::sync::mpsc::unbounded_channel());
        tasks.spawn(async move {
            echo_in_a_task!(|e| back.send(e).unwrap(), async { arrived.recv().await.unwrap() });
        });
        let all = tasks.spawn(async move {
            to_and_fro_in_a_task!(|e| there.send(e).unwrap(), returned.recv())
        });
        tasks.block_on(all).unwrap()
    };
    let peers: Vec<(_, Run)> = vec![
        ("redeque", Box::new(redeque)),
        ("flume", Box::new(flume)),
        ("tokio mpsc", Box::new(mpsc)),
    ];
    Cell { title, peers }
}

/// The time until the one has taken what the other one sends.
fn flow(send: impl Fn(Vec<u8>) + Send + 'static, receive: impl Fn() -> Vec<u8>) -> Vec<f64> {
    let producer = thread::spawn(move || (0..FLOW).for_each(|_| send(payload())));
    let time = nanoseconds_each(FLOW, || (0..FLOW).for_each(|_| drop(black_box(receive()))));
    producer.join().unwrap();
    vec![time]
}

fn flow_between_threads() -> Cell {
    let redeque = || {
        let store = Store::new();
        let of_producer = store.clone();
        flow(move |e| push(&of_producer, "k", e), || pop(&store, "k"))
    };
    let crossbeam = || {
        let (sender, receiver) = crossbeam_channel::unbounded();
        flow(move |e| sender.send(e).unwrap(), || receiver.recv().unwrap())
    };
    let flume = || {
        let (sender, receiver) = flume::unbounded();
        flow(move |e| sender.send(e).unwrap(), || receiver.recv().unwrap())
    };
    Cell {
        title: "one producer and one consumer, threads",
        peers: vec![
            ("redeque", Box::new(redeque)),
            ("crossbeam-channel", Box::new(crossbeam)),
            ("flume", Box::new(flume)),
        ],
    }
}

/// The time from the start of both tasks until the one has taken what the other one sends.
macro_rules! flow_in_tasks {
    ($tasks:expr, $send:expr, $receive:expr) => {{
        let begun = Instant::now();
        let producer = $tasks.spawn(async move { (0..FLOW).for_each(|_| $send(payload())) });
        let consumer = $tasks.spawn(async move {
            for _ in 0..FLOW {
                black_box::<Vec<u8>>($receive.await);
            }
            nanoseconds_each_since(begun, FLOW)
        });
        let time = $tasks.block_on(consumer).unwrap();
        $tasks.block_on(producer).unwrap();
        vec![time]
    }};
}

fn flow_between_tasks() -> Cell {
    let tasks = runtime(2);
    let redeque = || {
        let store = Store::new();
        let of_producer = store.clone();
        flow_in_tasks!(tasks, |e| push(&of_producer, "k", e), pop_async(&store, "k"))
    };
    let deadqueue = || {
        let queue = std::sync::Arc::new(deadqueue::unlimited::Queue::new());
        let of_producer = std::sync::Arc::clone(&queue);
        flow_in_tasks!(tasks, |e| of_producer.push(e), queue.pop())
    };
    let flume = || {
        let (sender, receiver) = flume::unbounded();
        flow_in_tasks!(tasks, |e| sender.send(e).unwrap(), async {
            receiver.recv_async().await.unwrap()
        })
    };
    let mpsc = || {
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        flow_in_tasks!(tasks, |e| sender.send(e).unwrap(), async { receiver.recv().await.unwrap() })
    };
    Cell {
        title: "one producer and one consumer, tasks",
        peers: vec![
            ("redeque", Box::new(redeque)),
            ("deadqueue", Box::new(deadqueue)),
            ("flume", Box::new(flume)),
            ("tokio mpsc", Box::new(mpsc)),
        ],
    }
}

/// The time until as many consumers as producers have taken what these send.
fn flow_of_several(
    pairs: usize,
    send: impl Fn(Vec<u8>) + Sync,
    receive: impl Fn() -> Vec<u8> + Sync,
) -> Vec<f64> {
    let start = &Barrier::new(2 * pairs + 1);
    let (send, receive) = (&send, &receive);
    let share = FLOW / pairs;
    thread::scope(|scope| {
        let producer = || {
            start.wait();
            (0..share).for_each(|_| send(payload()));
        };
        let consumer = || {
            start.wait();
            (0..share).for_each(|_| drop(black_box(receive())));
        };
        let producers: Vec<_> = (0..pairs).map(|_| scope.spawn(producer)).collect();
        let consumers: Vec<_> = (0..pairs).map(|_| scope.spawn(consumer)).collect();
        start.wait();
        let join = || producers.into_iter().chain(consumers).for_each(|one| one.join().unwrap());
        vec![nanoseconds_each(FLOW, join)]
    })
}

fn bounded_between_threads(title: &'static str, pairs: usize) -> Cell {
    let redeque = move || {
        let store = Store::new();
        let send = |e| assert!(store.brpush_bounded("k", BOUND, e, None).unwrap().is_some());
        flow_of_several(pairs, send, || pop(&store, "k"))
    };
    let crossbeam = move || {
        let (sender, receiver) = crossbeam_channel::bounded(BOUND);
        flow_of_several(pairs, |e| sender.send(e).unwrap(), || receiver.recv().unwrap())
    };
    let flume = move || {
        let (sender, receiver) = flume::bounded(BOUND);
        flow_of_several(pairs, |e| sender.send(e).unwrap(), || receiver.recv().unwrap())
    };
    // It has one receiver, which consumers take turns at.
    let mpsc = move || {
        let (sender, receiver) = tokio::sync::mpsc::channel(BOUND);
        let receiver = Mutex::new(receiver);
        let receive = || receiver.lock().unwrap().blocking_recv().unwrap();
        flow_of_several(pairs, |e| sender.blocking_send(e).unwrap(), receive)
    };
    let peers: Vec<(_, Run)> = vec![
        ("redeque", Box::new(redeque)),
        ("crossbeam-channel", Box::new(crossbeam)),
        ("flume", Box::new(flume)),
        ("tokio mpsc", Box::new(mpsc)),
    ];
    Cell { title, peers }
}

/// The time from the start of both tasks until the one has taken what the other one sends into a queue with a bound.
macro_rules! bounded_flow_in_tasks {
    ($tasks:expr, $send:expr, $receive:expr) => {{
        let begun = Instant::now();
        let producer = $tasks.spawn(async move {
            for _ in 0..FLOW {
                $send(payload()).await.unwrap();
            }
        });
        let consumer = $tasks.spawn(async move {
            for _ in 0..FLOW {
                black_box::<Vec<u8>>($receive.await);
            }
            nanoseconds_each_since(begun, FLOW)
        });
        let time = $tasks.block_on(consumer).unwrap();
        $tasks.block_on(producer).unwrap();
        vec![time]
    }};
}

fn bounded_between_tasks() -> Cell {
    let tasks = runtime(2);
    let redeque = || {
        let store = Store::new();
        let of_producer = store.clone();
        let send = move |e: Vec<u8>| of_producer.brpush_bounded_async("k", BOUND, e);
        bounded_flow_in_tasks!(tasks, send, pop_async(&store, "k"))
    };
    let flume = || {
        let (sender, receiver) = flume::bounded(BOUND);
        bounded_flow_in_tasks!(tasks, |e| sender.send_async(e), async {
            receiver.recv_async().await.unwrap()
        })
    };
    let mpsc = || {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(BOUND);
        bounded_flow_in_tasks!(tasks, |e| sender.send(e), async { receiver.recv().await.unwrap() })
    };
    Cell {
        title: "a bounded queue, one producer and one consumer, tasks",
        peers: vec![
            ("redeque", Box::new(redeque)),
            ("flume", Box::new(flume)),
            ("tokio mpsc", Box::new(mpsc)),
        ],
    }
}

/// The fastest of these times, the lower quartile and the median.
fn figures(mut times: Vec<f64>) -> [f64; 3] {
    times.sort_by(f64::total_cmp);
    [times[0], times[times.len() / 4], times[times.len() / 2]]
}

fn measure(cell: &Cell, rounds: usize) {
    let mut times = vec![Vec::new(); cell.peers.len()];
    for round in 0..rounds {
        for turn in 0..cell.peers.len() {
            let last = cell.peers.len() - 1;
            let peer = if round % 2 == 0 { turn } else { last - turn };
            times[peer].extend((cell.peers[peer].1)());
        }
    }
    let figures: Vec<_> = times.into_iter().map(figures).collect();
    println!("\n### {}\n", cell.title);
    println!("| ns | fastest | lower quartile | median | times as long redeque takes | | |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for ((name, _), times) in cell.peers.iter().zip(&figures) {
        let [fastest, quartile, median] = times;
        let [a, b, c] = std::array::from_fn(|which| figures[0][which] / times[which]);
        println!(
            "| {name} | {fastest:.0} | {quartile:.0} | {median:.0} | {a:.2} | {b:.2} | {c:.2} |"
        );
    }
}

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let rounds = arguments.iter().find_map(|word| word.parse().ok()).unwrap_or(60);
    let wanted = arguments.iter().find(|word| word.parse::<usize>().is_err());
    let cells = [
        between_threads(),
        to_a_task(),
        between_tasks("hand-over between tasks of one worker", 1),
        between_tasks("hand-over between tasks of two workers", 2),
        flow_between_threads(),
        flow_between_tasks(),
        bounded_between_threads("a bounded queue, one producer and one consumer, threads", 1),
        bounded_between_threads("a bounded queue, two producers and two consumers, threads", 2),
        bounded_between_tasks(),
    ];
    for cell in &cells {
        if wanted.is_none_or(|part| cell.title.contains(part.as_str())) {
            measure(cell, rounds);
        }
    }
}
