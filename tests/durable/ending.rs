//! How a store ends, and what it leaves.

use std::fs::File;
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use futures_lite::future::block_on;
use redeque::{Error, Fsync, LogOptions, Store};

use crate::home::{Home, contents, lists};

const JOBS: usize = 10_000;

struct Nobody;

impl Wake for Nobody {
    fn wake(self: Arc<Self>) {}
}

fn is_pending(future: &mut (impl Future + Unpin)) -> bool {
    let waker = Waker::from(Arc::new(Nobody));
    matches!(std::pin::Pin::new(future).poll(&mut Context::from_waker(&waker)), Poll::Pending)
}

#[test]
fn after_a_shutdown_writes_are_refused_and_reads_go_on() {
    let home = Home::new();
    let store = home.open();
    store.rpush_all("k", ["a", "b"]).expect("a push");
    let mut client = store.connect();
    store.shutdown().expect("a disk");
    let before = home.files();
    let refused = [
        store.rpush("k", "c").map(drop),
        store.lpop("k").map(drop),
        store.lset("k", 0, "c"),
        store.del("k").map(drop),
        store.blpop(["k"], None).map(drop),
        store.transaction(["k"], |tx| tx.lpop("k").map(drop)),
        store.rewrite_log(),
        block_on(store.blpop_async(["k"])).map(drop),
    ];
    for (number, outcome) in refused.into_iter().enumerate() {
        assert_eq!(outcome, Err(Error::Closed), "{number}");
    }
    let reply = client.execute(["RPOP", "k"]).to_resp(redeque::Protocol::Resp2);
    assert_eq!(reply, b"-CLOSED the store is closed\r\n");
    assert_eq!(contents(&store), lists("k: a b"));
    assert_eq!(client.execute(["LLEN", "k"]), redeque::Reply::Integer(2));
    assert_eq!(store.shutdown(), Ok(()), "a second time");
    // Everything that returned is on disk.
    assert_eq!((store.sync(), block_on(store.sync_async())), (Ok(()), Ok(())));

    let again = home.open();
    assert_eq!(contents(&again), lists("k: a b"));
    assert_eq!(store.lpop("k"), Err(Error::Closed));
    drop((store, client));
    again.rpush("k", "c").expect("it has the directory");
    drop(again);
    assert!(home.files() != before);
    assert_eq!(contents(&home.open()), lists("k: a b c"));
}

#[test]
fn what_a_pop_returned_while_the_store_is_shut_down_is_not_there_again() {
    for fsync in [Fsync::Always, Fsync::EverySecond, Fsync::Never] {
        for _ in 0..20 {
            let home = Home::new();
            let options = LogOptions::new().fsync(fsync);
            let store = Store::builder().log(home.log(), options).open().expect("it opens");
            store.rpush_all("k", 0..JOBS).expect("a push");
            let start = Barrier::new(2);
            let popped = thread::scope(|scope| {
                let worker = scope.spawn(|| {
                    start.wait();
                    (0..JOBS).take_while(|_| matches!(store.lpop("k"), Ok(Some(_)))).count()
                });
                start.wait();
                store.shutdown().expect("a disk");
                worker.join().expect("no panic")
            });
            drop(store);
            assert_eq!(popped + home.open().llen("k"), JOBS, "{fsync:?}");
        }
    }
}

#[test]
fn a_shutdown_ends_every_wait() {
    let home = Home::new();
    let store = home.open();
    let mut task = store.blpop_async(["k"]);
    assert!(is_pending(&mut task));
    let waiting = thread::spawn({
        let store = store.clone();
        move || store.blpop(["k"], None)
    });
    while store.blocked_clients() < 2 {
        thread::yield_now();
    }
    store.shutdown().expect("a disk");
    assert_eq!(waiting.join().expect("no panic"), Err(Error::Closed));
    assert_eq!(block_on(task), Err(Error::Closed));
}

#[test]
fn a_store_without_a_log_has_nothing_to_sync() {
    let store = Store::new();
    assert_eq!(store.sync(), Err(Error::NoLog));
    assert_eq!(block_on(store.sync_async()), Err(Error::NoLog));
    assert_eq!(store.rewrite_log(), Err(Error::NoLog));
    assert_eq!(store.recovery(), None);
    assert_eq!(store.shutdown(), Ok(()));
}

#[test]
fn the_last_handle_gives_up_the_directory_whichever_it_is() {
    let home = Home::new();
    let store = home.open();
    let clone = store.clone();
    let mut client = store.connect();
    drop(store);
    clone.rpush("k", "a").expect("a push");
    drop(clone);
    assert!(home.try_open().expect_err("a connection has it").is_in_use());
    client.execute(["RPUSH", "k", "b"]);
    drop(client);
    assert_eq!(contents(&home.open()), lists("k: a b"));
}

#[test]
fn a_thread_that_waits_has_a_handle() {
    let home = Home::new();
    let store = home.open();
    store.rpush("k", "a").expect("a push");
    let mut client = store.connect();
    let waiting = thread::spawn({
        let store = store.clone();
        move || store.blpop(["elsewhere"], Some(Duration::from_millis(1500)))
    });
    while store.blocked_clients() < 1 {
        thread::yield_now();
    }
    drop(store);
    client.execute(["RPUSH", "k", "b"]);
    drop(client);
    assert!(home.try_open().is_err_and(|error| error.is_in_use()) || waiting.is_finished());
    // The thread drops the last one, in its own time.
    assert_eq!(waiting.join().expect("no panic"), Ok(None));
    assert_eq!(contents(&home.open()), lists("k: a b"));
}

#[test]
fn a_task_that_waits_has_none() {
    let home = Home::new();
    let store = home.open();
    let mut task = store.blpop_async(["k"]);
    assert!(is_pending(&mut task));
    drop(store);
    home.open().rpush("k", "a").expect("a push");
    drop(task);
    assert_eq!(contents(&home.open()), lists("k: a"));
}

/// What a dropped wait was given comes back, and is logged where it stands.
#[test]
fn what_dropped_waits_give_back_is_there() {
    let home = Home::new();
    for fsync in [Fsync::Always, Fsync::EverySecond, Fsync::Never] {
        let options = LogOptions::new().fsync(fsync);
        let store = Store::builder().log(home.log(), options).open().expect("it opens");
        let mut waits: Vec<_> = (0..3).map(|_| store.blpop_async(["k"])).collect();
        for wait in &mut waits {
            assert!(is_pending(wait));
        }
        store.rpush_all("k", ["1", "2", "3", "4"]).expect("a push");
        assert_eq!(contents(&store), lists("k: 4"));
        drop(waits.remove(1));
        drop(waits.remove(1));
        drop(waits.remove(0));
        drop(store);
        let store = home.open();
        assert_eq!(contents(&store), lists("k: 1 2 3 4"), "{fsync:?}");
        store.flushall().expect("a flush");
    }
}

/// A rewriting has a handle on the store, but it never is the last.
#[test]
fn who_drops_the_last_handle_has_everything_on_disk_though_the_log_is_being_rewritten() {
    let home = Home::new();
    let options = LogOptions::new().rewrite_min_bytes(0).rewrite_percentage(1);
    let mut expected = 0;
    for _ in 0..30 {
        let store =
            Store::builder().log(home.path(), options.clone()).open().expect("it was given up");
        assert_eq!(store.llen("k"), expected);
        for number in 0..200 {
            store.rpush("k", format!("{number:0>200}")).expect("a push");
        }
        expected += 200;
        drop(store);
        // Not a moment later.
        let lock = File::open(home.path().join("lock")).expect("it stays");
        lock.try_lock().expect("the directory was given up");
    }
}
