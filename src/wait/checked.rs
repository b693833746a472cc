//! The protocol of waiting under loom, which runs each scenario in every order of its threads' steps.
//!
//! Loom reports a thread that nobody wakes, and threads that wait for each other's locks, as a deadlock. Every scenario
//! ends by counting: each element is with the one who got it or in a list, and nobody is left in a queue. Scenarios in
//! which somebody waits before anything else happens begin such waits in the first thread.
//!
//! `.ci/loom` runs them and prints how many orders each has. No scenario runs the closure of a transaction: loom runs
//! all threads of a model in one, and who is inside a closure is kept by thread. RENAME stands in for it.

mod closing;
mod expiry;
mod leaving;
mod lengths;
mod moves;
mod pushes;
mod wakers;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use std::time::Duration;

use loom::thread::JoinHandle;

use super::Wait;
use crate::keyspace::{Access, Keyspace, Outcome, Reach};
use crate::{Clock, Direction, Error, MoveCount, MoveOrder, Store};

/// Where a scenario has too many orders to run them all, those with at most this many preemptions are run: a thread
/// that stops where it has to, because it waits or is done, does not count. Most known bugs of such protocols need no
/// more than two.
const PREEMPTIONS: usize = 3;

/// Keys by the shards that they are in, so that their locks are taken in this order.
const A: usize = 0;
const B: usize = 1;
const C: usize = 2;

/// A timeout that is over at once. In every order, that is at every time.
const AT_ONCE: Option<Duration> = Some(Duration::ZERO);
/// A timeout that does not come as long as a test runs.
const NEVER: Option<Duration> = Some(Duration::from_secs(1 << 30));

type Popping = Wait<Result<(Vec<u8>, Vec<u8>), Error>>;
type Moving = Wait<Result<Vec<u8>, Error>>;
type Batching = Wait<Result<Vec<Vec<u8>>, Error>>;
type Pushing = Wait<Result<usize, Error>>;

/// A store of a few shards, with a key for each of them.
struct Scene<const SHARDS: usize> {
    store: Store,
    keyspace: Arc<Keyspace>,
    keys: [String; SHARDS],
}

/// What was popped: from which key, and the element.
type Got = (usize, &'static str);

impl<const SHARDS: usize> Scene<SHARDS> {
    fn new() -> Arc<Self> {
        Self::by(Clock::system())
    }

    /// The same by another clock.
    fn by(clock: impl Into<Clock>) -> Arc<Self> {
        let store = Store::builder().shards(SHARDS).clock(clock).build().unwrap();
        let keyspace = Arc::clone(store.keyspace());
        let keys = std::array::from_fn(|shard| key_in(&keyspace, shard));
        Arc::new(Self { store, keyspace, keys })
    }

    fn spawn<T: 'static>(
        self: &Arc<Self>,
        act: impl FnOnce(&Self) -> T + 'static,
    ) -> JoinHandle<T> {
        let scene = Arc::clone(self);
        loom::thread::spawn(move || act(&scene))
    }

    fn push(&self, key: usize, element: &str) {
        self.store.rpush(&self.keys[key], element).unwrap();
    }

    fn pop(&self, key: usize) -> Option<&'static str> {
        self.store.lpop(&self.keys[key]).unwrap().map(|element| known(&element))
    }

    fn lmove(&self, source: usize, destination: usize) -> Option<&'static str> {
        let [source, destination] = [source, destination].map(|key| &self.keys[key]);
        let moved = self.store.lmove(source, destination, Direction::Left, Direction::Right);
        moved.unwrap().map(|element| known(&element))
    }

    fn blpop(&self, keys: impl IntoIterator<Item = usize>) -> Popping {
        self.store.blpop_async(keys.into_iter().map(|key| &self.keys[key]))
    }

    fn blmove(&self, source: usize, destination: usize) -> Moving {
        let [source, destination] = [source, destination].map(|key| &self.keys[key]);
        self.store.blmove_async(source, destination, Direction::Left, Direction::Right)
    }

    /// A move of exactly two elements, to the tail.
    fn pair(&self, source: usize, destination: usize) -> Batching {
        let [source, destination] = [source, destination].map(|key| &self.keys[key]);
        let (from, to) = (Direction::Left, Direction::Right);
        let two = MoveCount::Exactly(2);
        self.store.blmovem_async(source, destination, from, to, two, MoveOrder::Bulk)
    }

    /// A push to a list that has place for one element.
    fn push_to_one(&self, key: usize, element: &'static str) -> Pushing {
        self.store.brpush_bounded_async(&self.keys[key], 1, element)
    }

    /// CLIENT UNBLOCK
    fn unblock(&self, client: u64) -> bool {
        self.keyspace.alone().unblock(client, Outcome::TimedOut)
    }

    fn got(&self, reply: Result<(Vec<u8>, Vec<u8>), Error>) -> Got {
        let (key, element) = reply.unwrap();
        (self.keys.iter().position(|name| name.as_bytes() == key).unwrap(), known(&element))
    }

    /// The result of a pop that must be there by now.
    fn has_got(&self, mut waiting: Popping) -> Got {
        self.got(finished(&mut waiting))
    }

    /// The last look: what is in the lists, and that nobody is left in a queue.
    fn ends_with(&self, lists: [&str; SHARDS]) {
        assert_eq!(self.lists(), lists);
        self.ends_without_waiters();
    }

    fn ends_without_waiters(&self) {
        assert!(
            !self.keyspace.alone().look(Reach::All, |guard| guard.is_waited_for()),
            "somebody is left"
        );
    }

    fn lists(&self) -> [String; SHARDS] {
        let elements =
            |key| self.store.lrange(key, 0, -1).into_iter().map(|element| known(&element));
        self.keys.each_ref().map(|key| elements(key).collect())
    }

    fn sorted_elements(&self) -> String {
        let mut elements: Vec<char> = self.lists().concat().chars().collect();
        elements.sort_unstable();
        elements.into_iter().collect()
    }
}

/// The first number that is in a shard. The hash is seeded anew for each order, so the key has to be found anew; no
/// lock is taken for that, so it is no step of the model.
fn key_in(keyspace: &Keyspace, shard: usize) -> String {
    let numbers = (0_u32..).map(|number| number.to_string());
    numbers
        .into_iter()
        .find(|name| keyspace.shard_of(keyspace.key(name.as_bytes()).hash) == shard)
        .unwrap()
}

fn known(element: &[u8]) -> &'static str {
    ["x", "y"].into_iter().find(|known| known.as_bytes() == element).unwrap()
}

/// A wait that has begun and that nobody has served.
fn begun<T: Unpin>(mut waiting: Wait<T>) -> Wait<T> {
    assert!(poll(&mut waiting).is_pending());
    waiting
}

fn finished<T: Unpin>(waiting: &mut Wait<T>) -> T {
    match poll(waiting) {
        Poll::Ready(reply) => reply,
        Poll::Pending => panic!("it should have been served"),
    }
}

fn poll<T: Unpin>(waiting: &mut Wait<T>) -> Poll<T> {
    waiting.poll_now(Waker::noop())
}

fn join(threads: impl IntoIterator<Item = JoinHandle<()>>) {
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Polls a wait while other threads run, and again when they are done.
fn polled_around<T: Unpin>(mut waiting: Wait<T>, waker: &Waker, join: impl FnOnce()) -> T {
    let early = waiting.poll_now(waker);
    join();
    match early {
        Poll::Ready(reply) => reply,
        Poll::Pending => finished(&mut waiting),
    }
}

/// Runs a scenario in every order of its threads' steps.
fn in_every_order(scenario: impl Fn() + Send + Sync + 'static) {
    explore(&loom::model::Builder::new(), "every order", scenario);
}

/// Runs a scenario in every order with at most [`PREEMPTIONS`], or `LOOM_MAX_PREEMPTIONS` of the environment.
fn in_bounded_orders(scenario: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    let bound = *builder.preemption_bound.get_or_insert(PREEMPTIONS);
    explore(&builder, &format!("orders with at most {bound} preemptions"), scenario);
}

fn explore(
    builder: &loom::model::Builder,
    extent: &str,
    scenario: impl Fn() + Send + Sync + 'static,
) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        scenario();
    });
    println!("{extent}: {}", runs.load(Ordering::Relaxed));
}
