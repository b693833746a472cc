//! Who waits is told when what served them is on disk, and not before: the disk hangs while they are served.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::traffic::Traffic;
use super::waits::{Waiter, Want};
use super::{contents, open, open_with, wait_until};
use crate::log::simulated::{Action, Loss, Simulated};
use crate::{Direction, Fsync, LogOptions, MoveCount, Reply, Store};

struct Scene {
    disk: Simulated,
    traffic: Traffic,
    store: Store,
}

/// A test that fails while the disk hangs goes on to say so: a store that goes waits for its disk.
impl Drop for Scene {
    fn drop(&mut self) {
        self.traffic.go_on();
    }
}

/// What somebody got, and how many steps of the disk were over by then.
type Got<T> = JoinHandle<(T, usize)>;

impl Scene {
    fn new() -> Self {
        Self::with(LogOptions::new())
    }

    fn with(options: LogOptions) -> Self {
        let disk = Simulated::default();
        let store = open_with(&disk, &options.fsync(Fsync::Always)).unwrap();
        let traffic = Traffic::on(&disk);
        traffic.hang();
        Self { disk, traffic, store }
    }

    fn spawn<T: Send + 'static>(&self, run: impl FnOnce(&Store) -> T + Send + 'static) -> Got<T> {
        let (store, disk) = (self.store.clone(), self.disk.clone());
        thread::spawn(move || {
            let got = run(&store);
            (got, disk.steps())
        })
    }

    fn wait_for_waiters(&self, count: usize) {
        wait_until("somebody waits", || self.store.blocked_clients() == count);
    }

    /// Another thread pushes, which serves who waits, and hangs with the disk.
    fn push_and_hang(&self, element: &'static str) -> Got<bool> {
        let pusher = self.spawn(move |store| store.rpush("k", element).is_ok());
        wait_until("the disk hangs", || self.traffic.hanging() > 0);
        pusher
    }

    /// How many steps were over when this was on disk.
    fn synced(&self, element: &str) -> usize {
        let history = self.disk.history();
        let holds = |bytes: &[u8]| memchr::memmem::find(bytes, element.as_bytes()).is_some();
        let written = history.iter().position(|step| match &step.action {
            Action::Write { bytes, .. } => holds(bytes),
            _ => false,
        });
        let behind = written.expect("it was written");
        let synced = history[behind..].iter().position(|step| matches!(step.action, Action::Sync));
        behind + synced.expect("it was synced") + 1
    }

    /// What is there after the power was lost now.
    fn left(&self) -> super::Contents {
        contents(&open(&self.disk.crashed(self.disk.steps(), Loss::All), Fsync::Always).unwrap())
    }
}

/// Time for somebody to do what they should not.
fn tempt() {
    (0..200).for_each(|_| thread::yield_now());
}

fn lists(key: &str, elements: &[&str]) -> super::Contents {
    let elements = elements.iter().map(|element| element.as_bytes().to_vec()).collect();
    [(key.as_bytes().to_vec(), elements)].into()
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// What is waited for, of elements that come to `k`, and what is there when the first one was taken and that is kept.
fn wants() -> [(Want, super::Contents); 4] {
    let (left, k, to) = (Direction::Left, || "k".to_owned(), || "to".to_owned());
    let ends = (left, Direction::Right);
    let nothing = super::Contents::new;
    [
        (Want::Pop { keys: vec![k()], end: left }, nothing()),
        (Want::PopMany { keys: vec!["other".to_owned(), k()], end: left, count: 2 }, nothing()),
        (Want::Move { from: k(), to: to(), ends }, lists("to", &["served"])),
        (
            Want::MoveMany { from: k(), to: to(), ends, count: MoveCount::Exactly(1) },
            lists("to", &["served"]),
        ),
    ]
}

#[test]
fn a_thread_that_was_served_and_who_served_it_return_when_that_is_on_disk() {
    for (want, after) in wants() {
        let scene = Scene::new();
        let waiter = scene.spawn(move |store| want.block(store));
        scene.wait_for_waiters(1);
        let pusher = scene.push_and_hang("served");
        scene.wait_for_waiters(0);
        tempt();
        assert!(!waiter.is_finished() && !pusher.is_finished());
        scene.traffic.go_on();
        let ((got, told), (is_pushed, returned)) = (waiter.join().unwrap(), pusher.join().unwrap());
        assert!(got.starts_with("Ok(") && is_pushed, "{got}");
        let synced = scene.synced("served");
        assert!(told >= synced && returned >= synced, "{told}, {returned} < {synced}");
        assert_eq!(scene.left(), after);
    }
}

#[test]
fn a_future_that_was_served_is_pending_until_that_is_on_disk() {
    for (want, after) in wants() {
        let scene = Scene::new();
        let (mut waiter, reply) = Waiter::begin(&scene.store, &want);
        assert!(reply.is_pending());
        let pusher = scene.push_and_hang("served");
        assert!(waiter.has_ended(), "it is woken when it is served, and looks");
        for _ in 0..3 {
            assert_eq!(waiter.poll(), Poll::Pending, "a spurious poll");
        }
        scene.traffic.go_on();
        assert!(waiter.finish().starts_with("Ok("));
        assert!(scene.disk.steps() >= scene.synced("served"));
        pusher.join().unwrap();
        assert_eq!(scene.left(), after);
    }
}

#[test]
fn a_future_that_was_served_before_its_time_was_over_is_ready_late() {
    for (want, _) in wants() {
        for looks_before in [false, true] {
            let scene = Scene::new();
            let (mut waiter, _) = Waiter::begin(&scene.store, &want);
            let pusher = scene.push_and_hang("served");
            if looks_before {
                assert_eq!(waiter.poll(), Poll::Pending);
            }
            assert!(!waiter.time_out(), "it has something to wait for");
            assert_eq!(waiter.poll(), Poll::Pending);
            scene.traffic.go_on();
            assert!(waiter.finish().starts_with("Ok("));
            pusher.join().unwrap();
        }
    }
}

#[test]
fn a_task_that_asks_for_room_again_and_again_waits_in_one_place() {
    let scene = Scene::with(LogOptions::new().buffer_bytes(10));
    let pusher = scene.push_and_hang("on its way");
    let waiting = || scene.store.keyspace().log().expect("it has one").waiting();
    let before = waiting();
    let mut client = scene.store.connect();
    let mut said = client.execute_async(["RPUSH", "other", "more than there is room for"]);
    let mut popped = scene.store.blpop_async(["nothing"]);
    for _ in 0..10 {
        assert!(poll(&mut said).is_pending() && poll(&mut popped).is_pending());
    }
    assert_eq!(waiting(), before + 2);
    scene.traffic.go_on();
    assert_eq!(futures_lite::future::block_on(said), Reply::Integer(1));
    drop(popped);
    pusher.join().unwrap();
}

#[test]
fn a_command_whose_time_is_over_before_there_is_room_for_it_does_not_begin_to_wait() {
    let scene = Scene::with(LogOptions::new().buffer_bytes(10));
    let pusher = scene.push_and_hang("on its way");
    let (mut first, mut second) = (scene.store.connect(), scene.store.connect());
    let mut waits_for_room = first.execute_async(["RPUSH", "other", "more than there is room for"]);
    assert!(poll(&mut waits_for_room).is_pending());
    let mut popped = second.execute_async(["BLPOP", "nothing", "1"]);
    assert!(poll(&mut popped).is_pending());
    popped.time_out();
    assert!(poll(&mut popped).is_pending(), "there is no room yet");
    scene.traffic.go_on();
    assert_eq!(futures_lite::future::block_on(waits_for_room), Reply::Integer(1));
    assert_eq!(poll(&mut popped), Poll::Ready(Reply::NilArray));
    pusher.join().unwrap();
}

#[test]
fn a_command_in_a_task_that_was_served_before_its_time_was_over_is_ready_late() {
    let scene = Scene::new();
    let mut connection = scene.store.connect();
    let mut popped = connection.execute_async(["BLPOP", "k", "1"]);
    assert!(poll(&mut popped).is_pending());
    let pusher = scene.push_and_hang("served");
    assert!(poll(&mut popped).is_pending());
    popped.time_out();
    assert!(poll(&mut popped).is_pending());
    scene.traffic.go_on();
    let expected = ["k", "served"].map(|word| Reply::Bulk(word.into()));
    assert_eq!(futures_lite::future::block_on(popped), Reply::Array(expected.into()));
    pusher.join().unwrap();
    let mut popped = connection.execute_async(["BLPOP", "k", "1"]);
    assert!(poll(&mut popped).is_pending());
    popped.time_out();
    assert_eq!(poll(&mut popped), Poll::Ready(Reply::NilArray));
}

#[test]
fn a_thread_that_was_served_before_its_time_was_over_returns_that_late() {
    const PATIENCE: Duration = Duration::from_millis(300);
    let scene = Scene::new();
    let begun = Instant::now();
    let waiter = scene.spawn(|store| store.blpop(["k"], Some(PATIENCE)));
    scene.wait_for_waiters(1);
    let pusher = scene.push_and_hang("served");
    scene.wait_for_waiters(0);
    wait_until("its time is over", || begun.elapsed() > 2 * PATIENCE);
    assert!(!waiter.is_finished());
    scene.traffic.go_on();
    let (popped, told) = waiter.join().unwrap();
    assert_eq!(popped, Ok(Some((b"k".to_vec(), b"served".to_vec()))));
    assert!(told >= scene.synced("served"));
    pusher.join().unwrap();
}

/// Whether it has looked, and knows that it was served, or not.
#[test]
fn what_served_a_future_that_is_dropped_goes_back_and_the_log_hears_of_it() {
    for (want, _) in wants() {
        for looks_before in [false, true] {
            let scene = Scene::new();
            let (mut waiter, _) = Waiter::begin(&scene.store, &want);
            let pusher = scene.push_and_hang("served");
            if looks_before {
                assert_eq!(waiter.poll(), Poll::Pending);
            }
            drop(waiter);
            assert_eq!(contents(&scene.store), lists("k", &["served"]));
            scene.traffic.go_on();
            pusher.join().unwrap();
            // Nobody waits for it: that is done in the background.
            wait_until("it is on disk", || scene.left() == lists("k", &["served"]));
        }
    }
}

#[test]
fn what_a_future_found_and_was_not_sure_of_goes_back_to_its_place() {
    for (want, _) in wants() {
        let scene = Scene::new();
        scene.traffic.go_on();
        scene.store.rpush_all("k", ["served", "second", "third"]).unwrap();
        scene.traffic.hang();
        let (mut waiter, reply) = Waiter::begin(&scene.store, &want);
        assert!(reply.is_pending() && waiter.poll().is_pending());
        assert_ne!(contents(&scene.store), lists("k", &["served", "second", "third"]));
        drop(waiter);
        let before = lists("k", &["served", "second", "third"]);
        assert_eq!(contents(&scene.store), before);
        scene.traffic.go_on();
        scene.store.sync().unwrap();
        assert_eq!(scene.left(), before);
    }
}

#[test]
fn a_command_of_a_task_is_done_whether_its_future_is_dropped_or_not() {
    let scene = Scene::new();
    let mut connection = scene.store.connect();
    let mut pushed = connection.execute_async(["RPUSH", "k", "pushed"]);
    assert!(poll(&mut pushed).is_pending());
    assert!(poll(&mut pushed).is_pending());
    drop(pushed);
    let mut second = scene.store.connect();
    let mut second = second.execute_async(["RPUSH", "k", "second"]);
    assert!(poll(&mut second).is_pending());
    scene.traffic.go_on();
    assert_eq!(futures_lite::future::block_on(second), Reply::Integer(2));
    assert_eq!(scene.left(), lists("k", &["pushed", "second"]));
}

/// In the other modes nothing waits for the disk but `sync`.
#[test]
fn a_barrier_returns_when_the_disk_does() {
    let disk = Simulated::default();
    let store = open(&disk, Fsync::Never).unwrap();
    let traffic = Traffic::on(&disk);
    traffic.hang();
    let scene = Scene { disk, traffic, store };
    scene.store.rpush("k", "pushed").unwrap();
    let mut task = scene.store.sync_async();
    assert!(poll(&mut task).is_pending());
    let thread = scene.spawn(|store| store.sync());
    wait_until("the disk hangs", || scene.traffic.hanging() > 0);
    tempt();
    assert!(!thread.is_finished() && poll(&mut task).is_pending());
    scene.traffic.go_on();
    let (synced, told) = thread.join().unwrap();
    assert_eq!((synced, futures_lite::future::block_on(task)), (Ok(()), Ok(())));
    assert!(told >= scene.synced("pushed"));
    assert_eq!(scene.left(), lists("k", &["pushed"]));
}
