//! Wakers: which one is woken, how often, and what it may do then.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use redeque::{Error, Store, Wait};

use crate::support::{Client, Counter, block, contents, everywhere, pair, run, store_of};

type Popped = Result<(Vec<u8>, Vec<u8>), Error>;

fn poll_with(future: &mut Wait<Popped>, waker: &Waker) -> Poll<Popped> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

fn spelled(poll: Poll<Popped>) -> String {
    match poll {
        Poll::Ready(popped) => pair(popped.unwrap()),
        Poll::Pending => "pending".to_owned(),
    }
}

#[test]
fn only_the_waker_of_the_last_poll_is_woken() {
    everywhere(|store| {
        let [first, last] = [Arc::<Counter>::default(), Arc::<Counter>::default()];
        let mut future = store.blpop_async(["k"]);
        assert!(poll_with(&mut future, &Waker::from(Arc::clone(&first))).is_pending());
        assert!(poll_with(&mut future, &Waker::from(Arc::clone(&last))).is_pending());
        assert_eq!(Arc::strong_count(&first), 1, "the former waker is kept");
        run(store, "RPUSH k 1");
        assert_eq!((first.count(), last.count()), (0, 1));
        assert_eq!(Arc::strong_count(&last), 1, "a waker is kept after it was woken");
        assert_eq!(spelled(poll_with(&mut future, Waker::noop())), "k 1");
    });
}

#[test]
fn a_future_may_be_polled_without_being_woken() {
    everywhere(|store| {
        let mut client = block(store, "BLPOP k");
        (0..3).for_each(|_| client.is_blocked());
        run(store, "RPUSH k 1");
        assert_eq!(client.got(), "k 1");
    });
}

#[test]
fn a_future_that_is_over_is_pending_forever() {
    everywhere(|store| {
        let mut future = store.blpop_async(["k"]);
        run(store, "RPUSH k 1 2");
        assert_eq!(spelled(poll_with(&mut future, Waker::noop())), "k 1");
        assert_eq!(spelled(poll_with(&mut future, Waker::noop())), "pending");
        drop(future);
        assert_eq!(contents(store), "k 2");
    });
}

#[test]
fn a_served_waiter_for_several_keys_is_woken_once() {
    everywhere(|store| {
        let mut client = block(store, "BLPOP a b c");
        for key in ["b", "a", "c"] {
            run(store, &format!("RPUSH {key} x"));
        }
        assert_eq!(client.got(), "b x");
        assert_eq!(contents(store), "a x; c x");
    });
}

#[test]
fn a_future_may_go_to_another_thread_while_it_waits() {
    everywhere(|store| {
        let mut future = store.blpop_async(["k", "other"]);
        assert!(poll_with(&mut future, Waker::noop()).is_pending());
        let counter = Arc::<Counter>::default();
        let waker = Waker::from(Arc::clone(&counter));
        let mut future = thread::spawn(move || {
            assert!(poll_with(&mut future, &waker).is_pending());
            future
        })
        .join()
        .unwrap();
        run(store, "RPUSH k 1");
        assert_eq!(counter.count(), 1);
        let got = thread::spawn(move || spelled(poll_with(&mut future, Waker::noop())));
        assert_eq!(got.join().unwrap(), "k 1");
    });
}

#[test]
fn a_future_may_outlive_every_handle_on_its_store() {
    let mut client = Client::new(Store::new().blpop_async(["k"]));
    assert!(client.poll().is_pending());
    client.is_blocked();
}

#[test]
fn bad_arguments_are_refused_without_waiting() {
    let store = Store::new();
    let no_keys: [&str; 0] = [];
    let left = redeque::Direction::Left;
    assert_eq!(store.blpop(no_keys, None), Err(Error::WrongArity("blpop")));
    assert_eq!(store.brpop(no_keys, None), Err(Error::WrongArity("brpop")));
    assert_eq!(store.blmpop(no_keys, left, 1, None), Err(Error::NumkeysNotPositive));
    assert_eq!(store.blmpop(["k"], left, 0, None), Err(Error::CountNotPositive));
    let mut future = Client::new(store.blpop_async(no_keys));
    assert_eq!(future.poll(), Poll::Ready(Err(Error::WrongArity("blpop"))));
    assert_eq!(future.poll(), Poll::Pending);
}

/// Uses the store when it is woken, and when it is dropped.
struct CallsBack(Store);

impl Wake for CallsBack {
    fn wake(self: Arc<Self>) {
        run(&self.0, "RPUSH log woken");
    }
}

impl Drop for CallsBack {
    fn drop(&mut self) {
        run(&self.0, "RPUSH log dropped");
    }
}

/// Runs a test that hangs where it fails, so that it fails instead.
fn ends(test: impl FnOnce() + Send + 'static) {
    let (done, ended) = mpsc::channel();
    let runner = thread::spawn(move || {
        test();
        let _ = done.send(());
    });
    let outcome = ended.recv_timeout(Duration::from_secs(60));
    let hangs = outcome == Err(mpsc::RecvTimeoutError::Timeout);
    assert!(!hangs, "it waits for a lock that it holds itself");
    runner.join().unwrap();
}

/// A future that waits with a waker that calls back, in a store where every key has the same lock.
fn calling_back(keys: &[&str]) -> (Store, Wait<Popped>) {
    let store = Store::builder().shards(1).build().unwrap();
    let mut future = store.blpop_async(keys);
    let waker = Waker::from(Arc::new(CallsBack(store.clone())));
    assert!(poll_with(&mut future, &waker).is_pending());
    (store, future)
}

#[test]
fn a_waker_may_use_the_store() {
    ends(|| {
        for keys in [&["k"][..], &["k", "other"]] {
            let (store, _future) = calling_back(keys);
            run(&store, "RPUSH k 1");
            assert_eq!(contents(&store), "log woken dropped");
        }
    });
}

#[test]
fn a_waker_may_use_the_store_when_it_is_replaced() {
    ends(|| {
        let (store, mut future) = calling_back(&["k"]);
        assert!(poll_with(&mut future, Waker::noop()).is_pending());
        assert_eq!(contents(&store), "log dropped");
    });
}

#[test]
fn a_waker_may_use_the_store_when_its_future_is_dropped() {
    ends(|| {
        for keys in [&["k"][..], &["k", "other"]] {
            let (store, future) = calling_back(keys);
            drop(future);
            assert_eq!(contents(&store), "log dropped");
        }
    });
}

/// A task that is held by its waker alone, as an executor's are: it is polled when it is woken, and once at first.
struct Task<F> {
    future: Mutex<Option<F>>,
    /// Dropped with the task, which the test sees by its count.
    _alive: Arc<()>,
}

impl<F: Future<Output = ()> + Unpin + Send + 'static> Task<F> {
    fn spawn(future: F, alive: &Arc<()>) {
        let future = Mutex::new(Some(future));
        Arc::new(Self { future, _alive: Arc::clone(alive) }).wake();
    }
}

impl<F: Future<Output = ()> + Unpin + Send + 'static> Wake for Task<F> {
    fn wake(self: Arc<Self>) {
        let waker = Waker::from(Arc::clone(&self));
        let mut slot = self.future.lock().unwrap();
        if let Some(future) = &mut *slot
            && Pin::new(future).poll(&mut Context::from_waker(&waker)).is_ready()
        {
            *slot = None;
        }
    }
}

#[test]
fn a_task_that_only_its_waker_holds_goes_with_its_store() {
    for keys in [&["k"][..], &["k", "other"]] {
        let (store, alive) = (store_of(512), Arc::new(()));
        let mut waiting = store.blpop_async(keys);
        let task =
            std::future::poll_fn(move |context| Pin::new(&mut waiting).poll(context).map(drop));
        Task::spawn(task, &alive);
        assert_eq!(Arc::strong_count(&alive), 2, "it waits");
        drop(store);
        assert_eq!(Arc::strong_count(&alive), 1, "it is leaked");
    }
}

#[test]
fn what_a_wait_got_outlives_the_store() {
    for keys in [&["k"][..], &["other", "k"]] {
        let store = store_of(512);
        let [mut polled, mut dropped] = [(); 2].map(|()| store.blpop_async(keys));
        for future in [&mut polled, &mut dropped] {
            assert!(poll_with(future, Waker::noop()).is_pending());
        }
        run(&store, "RPUSH k 1 2");
        drop(store);
        assert_eq!(spelled(poll_with(&mut polled, Waker::noop())), "k 1");
        drop(dropped);
    }
}

#[test]
fn wakers_that_are_dropped_with_the_store_may_panic() {
    struct Panics(#[expect(dead_code, reason = "it is counted")] Arc<()>);
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {}
    }
    impl Drop for Panics {
        fn drop(&mut self) {
            resume_unwind(Box::new("out of a waker"));
        }
    }
    let (store, alive) = (store_of(512), Arc::new(()));
    let futures: Vec<_> = (0..8)
        .map(|number: u32| {
            let mut future = store.blpop_async([number.to_string()]);
            let waker = Waker::from(Arc::new(Panics(Arc::clone(&alive))));
            assert!(poll_with(&mut future, &waker).is_pending());
            future
        })
        .collect();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(store))).is_err());
    assert_eq!(Arc::strong_count(&alive), 1, "a waker was not dropped");
    drop(futures);
}
