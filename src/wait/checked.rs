//! The protocol of waiting under loom, which runs each scenario in every order of its threads' steps.
//!
//! Loom reports a thread that nobody wakes, and threads that wait for each other's locks, as a deadlock. Every scenario
//! ends by counting: each element is with the one who got it or in a list, and nobody is left in a queue. Scenarios in
//! which somebody waits before anything else happens begin such waits in the first thread.
//!
//! `.ci/loom` runs them and prints how many orders each has.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use loom::thread::JoinHandle;

use super::Wait;
use crate::shard::{Shard, Unblock};
use crate::shards::Shards;
use crate::transaction::View;
use crate::{Direction, Error, Store};

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

/// A store of a few shards, with a key for each of them.
struct Scene<const SHARDS: usize> {
    store: Store,
    shards: Arc<Shards>,
    keys: [String; SHARDS],
}

/// What was popped: from which key, and the element.
type Got = (usize, &'static str);

impl<const SHARDS: usize> Scene<SHARDS> {
    fn new() -> Arc<Self> {
        let store = Store::builder().shards(SHARDS).build().unwrap();
        let shards = Arc::clone(&store.blpop_async([""]).shards);
        let keys = std::array::from_fn(|shard| key_in(&shards, shard));
        Arc::new(Self { store, shards, keys })
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
        self.store.lpop(&self.keys[key]).unwrap().map(known)
    }

    fn lmove(&self, source: usize, destination: usize) -> Option<&'static str> {
        let [source, destination] = [source, destination].map(|key| &self.keys[key]);
        let moved = self.store.lmove(source, destination, Direction::Left, Direction::Right);
        moved.unwrap().map(known)
    }

    fn blpop(&self, keys: impl IntoIterator<Item = usize>) -> Popping {
        self.store.blpop_async(keys.into_iter().map(|key| &self.keys[key]))
    }

    fn blmove(&self, source: usize, destination: usize) -> Moving {
        let [source, destination] = [source, destination].map(|key| &self.keys[key]);
        self.store.blmove_async(source, destination, Direction::Left, Direction::Right)
    }

    /// CLIENT UNBLOCK
    fn unblock(&self, client: u64) -> bool {
        View::lock_all(&self.shards).unblock(client, Unblock::Timeout)
    }

    fn got(&self, reply: Result<(Vec<u8>, Vec<u8>), Error>) -> Got {
        let (key, element) = reply.unwrap();
        (self.keys.iter().position(|name| name.as_bytes() == key).unwrap(), known(element))
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
        assert!(!self.shards.lock_all().parts().any(Shard::is_waited_for), "somebody is left");
    }

    fn lists(&self) -> [String; SHARDS] {
        let elements = |key| self.store.lrange(key, 0, -1).into_iter().map(known);
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
fn key_in(shards: &Shards, shard: usize) -> String {
    let numbers = (0_u32..).map(|number| number.to_string());
    numbers
        .into_iter()
        .find(|name| shards.shard_of(shards.key(name.as_bytes()).hash) == shard)
        .unwrap()
}

fn known(element: Vec<u8>) -> &'static str {
    ["x", "y", "z"].into_iter().find(|known| known.as_bytes() == element).unwrap()
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
    explore(loom::model::Builder::new(), "every order", scenario);
}

/// Runs a scenario in every order with at most [`PREEMPTIONS`].
fn in_bounded_orders(scenario: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    explore(builder, &format!("orders with at most {PREEMPTIONS} preemptions"), scenario);
}

fn explore(
    builder: loom::model::Builder,
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

mod timeouts {
    use super::*;

    #[test]
    fn a_push_serves_the_waiter_or_stays_where_the_timeout_came_first() {
        in_every_order(|| {
            let scene = Scene::<1>::new();
            let pusher = scene.spawn(|scene| scene.push(A, "x"));
            let popped = scene.blpop([A]).block(AT_ONCE).map(|reply| scene.got(reply));
            pusher.join().unwrap();
            match popped {
                Some(got) => {
                    assert_eq!(got, (A, "x"));
                    scene.ends_with([""]);
                }
                None => scene.ends_with(["x"]),
            }
        });
    }

    #[test]
    fn two_pushes_against_the_timeout_of_a_waiter_for_both_keys() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let pushers =
                [scene.spawn(|scene| scene.push(A, "x")), scene.spawn(|scene| scene.push(B, "y"))];
            let popped = scene.blpop([B, A]).block(AT_ONCE).map(|reply| scene.got(reply));
            pushers.into_iter().for_each(|pusher| pusher.join().unwrap());
            match popped {
                Some((A, "x")) => scene.ends_with(["", "y"]),
                Some((B, "y")) => scene.ends_with(["x", ""]),
                None => scene.ends_with(["x", "y"]),
                other => panic!("{other:?}"),
            }
        });
    }

    #[test]
    fn a_timed_out_move_leaves_both_lists_alone() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let pusher = scene.spawn(|scene| scene.push(A, "x"));
            let moved = scene.blmove(A, B).block(AT_ONCE);
            pusher.join().unwrap();
            scene.ends_with(if moved.is_some() { ["", "x"] } else { ["x", ""] });
        });
    }

    #[test]
    fn the_next_waiter_is_served_where_the_first_one_times_out() {
        in_every_order(|| {
            let scene = Scene::<1>::new();
            let first = begun(scene.blpop([A]));
            let second = begun(scene.blpop([A]));
            let pusher = scene.spawn(|scene| scene.push(A, "x"));
            let first = first.block(AT_ONCE);
            pusher.join().unwrap();
            match first {
                Some(reply) => {
                    assert_eq!(scene.got(reply), (A, "x"));
                    drop(second);
                }
                None => assert_eq!(scene.has_got(second), (A, "x")),
            }
            scene.ends_with([""]);
        });
    }
}

mod pushes {
    use super::*;

    #[test]
    fn no_push_slips_between_the_look_and_the_wait() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let pusher = scene.spawn(|scene| scene.push(B, "x"));
            let reply = scene.blpop([A, B]).block(None).unwrap();
            assert_eq!(scene.got(reply), (B, "x"));
            pusher.join().unwrap();
            scene.ends_with(["", ""]);
        });
    }

    #[test]
    fn a_push_wakes_whoever_parks_until_a_deadline() {
        in_every_order(|| {
            let scene = Scene::<1>::new();
            let pusher = scene.spawn(|scene| scene.push(A, "x"));
            assert!(scene.blpop([A]).block(NEVER).is_some());
            pusher.join().unwrap();
            scene.ends_with([""]);
        });
    }

    #[test]
    fn two_pushes_serve_a_waiter_for_both_keys_once() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let waiting = begun(scene.blpop([A, B]));
            let pushers =
                [scene.spawn(|scene| scene.push(A, "x")), scene.spawn(|scene| scene.push(B, "y"))];
            let reply = polled_around(waiting, Waker::noop(), || {
                pushers.into_iter().for_each(|pusher| pusher.join().unwrap());
            });
            match scene.got(reply) {
                (A, "x") => scene.ends_with(["", "y"]),
                (B, "y") => scene.ends_with(["x", ""]),
                other => panic!("{other:?}"),
            }
        });
    }

    #[test]
    fn two_pushes_serve_two_waiters_for_both_keys() {
        in_bounded_orders(|| {
            let scene = Scene::<2>::new();
            let pushers =
                [scene.spawn(|scene| scene.push(A, "x")), scene.spawn(|scene| scene.push(B, "y"))];
            let other = scene.spawn(|scene| scene.blpop([A, B]).block(None).unwrap());
            let mut got = [scene.blpop([B, A]).block(None).unwrap(), other.join().unwrap()]
                .map(|reply| scene.got(reply));
            pushers.into_iter().for_each(|pusher| pusher.join().unwrap());
            got.sort_unstable();
            assert_eq!(got, [(A, "x"), (B, "y")]);
            scene.ends_with(["", ""]);
        });
    }

    #[test]
    fn one_push_serves_one_of_two_waiters() {
        in_every_order(|| {
            let scene = Scene::<1>::new();
            let patient = scene.spawn(|scene| scene.blpop([A]).block(None));
            let hasty = scene.spawn(|scene| scene.blpop([A]).block(AT_ONCE));
            scene.push(A, "x");
            if hasty.join().unwrap().is_some() {
                scene.push(A, "y");
            }
            assert!(patient.join().unwrap().is_some());
            scene.ends_with([""]);
        });
    }

    #[test]
    fn whoever_began_first_is_served_first_and_nobody_gets_ahead() {
        in_every_order(|| {
            let scene = Scene::<1>::new();
            let first = begun(scene.blpop([A]));
            let late = scene.spawn(|scene| scene.blpop([A]).block(AT_ONCE));
            let popper = scene.spawn(|scene| scene.pop(A));
            scene.push(A, "x");
            assert_eq!(scene.has_got(first), (A, "x"));
            assert_eq!(late.join().unwrap(), None);
            assert_eq!(popper.join().unwrap(), None);
            scene.ends_with([""]);
        });
    }

    #[test]
    fn a_push_passes_by_whoever_was_served_from_another_key() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let mut both = begun(scene.blpop([A, B]));
            let behind = begun(scene.blpop([B]));
            let pusher = scene.spawn(|scene| scene.push(A, "x"));
            scene.push(B, "y");
            pusher.join().unwrap();
            match scene.got(finished(&mut both)) {
                (A, "x") => {
                    assert_eq!(scene.has_got(behind), (B, "y"));
                    scene.ends_with(["", ""]);
                }
                (B, "y") => {
                    drop(behind);
                    scene.ends_with(["x", ""]);
                }
                other => panic!("{other:?}"),
            }
        });
    }

    #[test]
    fn a_renamed_list_and_a_push_serve_a_waiter_once() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            scene.push(B, "x");
            let pusher = scene.spawn(|scene| scene.push(B, "y"));
            let renamer =
                scene.spawn(|scene| scene.store.rename(&scene.keys[B], &scene.keys[A]).unwrap());
            let reply = scene.blpop([A]).block(None).unwrap();
            assert_eq!(scene.got(reply), (A, "x"));
            [pusher, renamer].into_iter().for_each(|thread| thread.join().unwrap());
            let renamed_both = scene.store.exists(&scene.keys[A]);
            scene.ends_with(if renamed_both { ["y", ""] } else { ["", "y"] });
        });
    }
}

mod cancellation {
    use super::*;

    #[test]
    fn a_dropped_future_gives_back_what_it_was_served() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let waiting = begun(scene.blpop([A, B]));
            let pusher = scene.spawn(|scene| scene.push(B, "x"));
            drop(waiting);
            pusher.join().unwrap();
            scene.ends_with(["", "x"]);
        });
    }

    #[test]
    fn two_pushes_against_a_dropped_future() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let waiting = begun(scene.blpop([A, B]));
            let pushers =
                [scene.spawn(|scene| scene.push(A, "x")), scene.spawn(|scene| scene.push(B, "y"))];
            drop(waiting);
            pushers.into_iter().for_each(|pusher| pusher.join().unwrap());
            scene.ends_with(["x", "y"]);
        });
    }

    #[test]
    fn two_futures_are_dropped_while_a_push_serves_one_of_them() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let [first, second] = [[A, B], [B, A]].map(|keys| begun(scene.blpop(keys)));
            let dropper = scene.spawn(|_| drop(first));
            let pusher = scene.spawn(|scene| scene.push(B, "x"));
            drop(second);
            [dropper, pusher].into_iter().for_each(|thread| thread.join().unwrap());
            scene.ends_with(["", "x"]);
        });
    }

    #[test]
    fn what_a_dropped_future_gives_back_serves_the_next_waiter() {
        in_every_order(|| {
            let scene = Scene::<1>::new();
            let first = begun(scene.blpop([A]));
            let next = scene.spawn(|scene| scene.blpop([A]).block(None).unwrap());
            let pusher = scene.spawn(|scene| scene.push(A, "x"));
            drop(first);
            assert_eq!(scene.got(next.join().unwrap()), (A, "x"));
            pusher.join().unwrap();
            scene.ends_with([""]);
        });
    }

    #[test]
    fn what_a_dropped_move_gives_back_serves_the_next_waiter() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let first = begun(scene.blmove(B, A));
            let next = scene.spawn(|scene| scene.blpop([B]).block(None).unwrap());
            let pusher = scene.spawn(|scene| scene.push(B, "x"));
            drop(first);
            assert_eq!(scene.got(next.join().unwrap()), (B, "x"));
            pusher.join().unwrap();
            scene.ends_with(["", ""]);
        });
    }

    /// The element that comes back is moved on, into a shard that the future that is dropped has nothing to do with.
    #[test]
    fn what_a_dropped_future_gives_back_is_moved_on() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let first = begun(scene.blpop([B]));
            let mover = begun(scene.blmove(B, A));
            let last = begun(scene.blpop([A]));
            let pusher = scene.spawn(|scene| scene.push(B, "x"));
            let popper = scene.spawn(|scene| [scene.pop(A), scene.pop(B)]);
            drop(first);
            pusher.join().unwrap();
            assert_eq!(scene.has_got(last), (A, "x"));
            assert!(finished(&mut { mover }).is_ok());
            assert_eq!(popper.join().unwrap(), [None, None]);
            scene.ends_with(["", ""]);
        });
    }

    #[test]
    fn a_dropped_move_gives_back_unless_the_element_was_taken_on() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let moving = begun(scene.blmove(A, B));
            let pusher = scene.spawn(|scene| scene.push(A, "x"));
            let popper = scene.spawn(|scene| scene.pop(B));
            drop(moving);
            pusher.join().unwrap();
            scene.ends_with(if popper.join().unwrap().is_some() { ["", ""] } else { ["x", ""] });
        });
    }
}

mod moves {
    use super::*;

    /// Runs a chain of moves from the first key to the last, with somebody who waits there, against a thread that
    /// tries to take the element on its way.
    fn nobody_takes_what_is_on_its_way<const STOPS: usize>(way: [usize; STOPS]) {
        in_every_order(move || {
            let scene = Scene::<STOPS>::new();
            let (first, last) = (way[0], way[STOPS - 1]);
            let movers: Vec<_> =
                way.windows(2).map(|step| begun(scene.blmove(step[0], step[1]))).collect();
            let waiting = begun(scene.blpop([last]));
            let popper = scene.spawn(move |scene| way.map(|key| scene.pop(key)));
            let pusher = scene.spawn(move |scene| scene.push(first, "x"));
            assert_eq!(popper.join().unwrap(), [None; STOPS]);
            pusher.join().unwrap();
            for mut mover in movers {
                assert_eq!(finished(&mut mover).unwrap(), b"x");
            }
            assert_eq!(scene.has_got(waiting), (last, "x"));
            scene.ends_with([""; STOPS]);
        });
    }

    #[test]
    fn nobody_takes_what_is_on_its_way_up() {
        nobody_takes_what_is_on_its_way([A, B]);
    }

    #[test]
    fn nobody_takes_what_is_on_its_way_down() {
        nobody_takes_what_is_on_its_way([B, A]);
    }

    #[test]
    fn nobody_takes_what_is_on_its_way_over_three_shards() {
        nobody_takes_what_is_on_its_way([B, C, A]);
        nobody_takes_what_is_on_its_way([C, B, A]);
    }

    /// Whether the mover finds the element or waits for it, it feeds the one who waits at the destination.
    #[test]
    fn a_move_feeds_whoever_waits_for_its_destination() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let waiting = begun(scene.blpop([A]));
            let mover = scene.spawn(|scene| scene.blmove(B, A).block(None).unwrap().unwrap());
            let popper = scene.spawn(|scene| scene.pop(A));
            scene.push(B, "x");
            assert_eq!(mover.join().unwrap(), b"x");
            assert_eq!(popper.join().unwrap(), None);
            assert_eq!(scene.has_got(waiting), (A, "x"));
            scene.ends_with(["", ""]);
        });
    }

    #[test]
    fn pushes_and_moves_that_lock_both_shards_from_either_side_do_not_block_each_other() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let movers = [begun(scene.blmove(A, B)), begun(scene.blmove(B, A))];
            let threads = [
                scene.spawn(|scene| scene.push(A, "x")),
                scene.spawn(|scene| scene.push(B, "y")),
                scene.spawn(|scene| drop(scene.lmove(B, A))),
            ];
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            movers.into_iter().for_each(|mut mover| drop(finished(&mut mover).unwrap()));
            assert_eq!(scene.sorted_elements(), "xy");
            scene.ends_without_waiters();
        });
    }

    #[test]
    fn moves_in_a_circle_and_commands_on_several_keys_do_not_block_each_other() {
        in_bounded_orders(|| {
            let scene = Scene::<3>::new();
            let movers = [[A, C], [C, B], [B, A]].map(|[from, to]| begun(scene.blmove(from, to)));
            let threads = [
                scene.spawn(|scene| scene.push(A, "x")),
                scene.spawn(|scene| scene.push(C, "y")),
                scene.spawn(|scene| drop(scene.lmove(C, A))),
            ];
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            movers.into_iter().for_each(|mut mover| drop(finished(&mut mover).unwrap()));
            assert_eq!(scene.sorted_elements(), "xy");
            scene.ends_without_waiters();
        });
    }

    /// While the push takes the lock that it needs for the first mover's destination, that mover gives up, and one
    /// with another destination comes.
    #[test]
    fn a_push_looks_again_after_it_took_more_locks() {
        in_every_order(|| {
            let scene = Scene::<3>::new();
            let first = begun(scene.blmove(A, B));
            let pusher = scene.spawn(|scene| scene.push(A, "x"));
            drop(first);
            let moved = scene.blmove(A, C).block(None).unwrap();
            assert_eq!(moved.unwrap(), b"x");
            pusher.join().unwrap();
            scene.ends_with(["", "", "x"]);
        });
    }

    /// The waiter for two keys is still in the queue of B when it was served from A, so a push of one element to B
    /// reaches the mover behind it.
    #[test]
    fn a_push_reaches_the_mover_behind_whoever_was_served_elsewhere() {
        in_every_order(|| {
            let scene = Scene::<3>::new();
            let mut both = begun(scene.blpop([C, B]));
            let mut mover = begun(scene.blmove(B, A));
            let pusher = scene.spawn(|scene| scene.push(C, "x"));
            scene.push(B, "y");
            pusher.join().unwrap();
            match scene.got(finished(&mut both)) {
                (C, "x") => {
                    assert_eq!(finished(&mut mover).unwrap(), b"y");
                    scene.ends_with(["y", "", ""]);
                }
                (B, "y") => {
                    drop(mover);
                    scene.ends_with(["", "", "x"]);
                }
                other => panic!("{other:?}"),
            }
        });
    }
}

mod unblocking {
    use super::*;

    const CLIENT: u64 = 7;

    #[test]
    fn a_client_is_served_or_unblocked() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let waiting = begun(scene.blpop([A, B]).for_client(CLIENT));
            let pusher = scene.spawn(|scene| scene.push(B, "x"));
            let unblocker = scene.spawn(|scene| scene.unblock(CLIENT));
            let reply = waiting.block(None).unwrap();
            pusher.join().unwrap();
            if unblocker.join().unwrap() {
                assert_eq!(reply, Err(Error::Unblocked));
                scene.ends_with(["", "x"]);
            } else {
                assert_eq!(scene.got(reply), (B, "x"));
                scene.ends_with(["", ""]);
            }
        });
    }

    #[test]
    fn a_client_times_out_or_is_unblocked() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let waiting = begun(scene.blpop([A, B]).for_client(CLIENT));
            let unblocker = scene.spawn(|scene| scene.unblock(CLIENT));
            let reply = waiting.block(AT_ONCE);
            let unblocked = unblocker.join().unwrap();
            assert_eq!(reply, unblocked.then_some(Err(Error::Unblocked)));
            scene.ends_with(["", ""]);
        });
    }

    #[test]
    fn a_dropped_future_of_a_client_is_served_or_unblocked_without_a_trace() {
        in_every_order(|| {
            let scene = Scene::<1>::new();
            let waiting = begun(scene.blpop([A]).for_client(CLIENT));
            let pusher = scene.spawn(|scene| scene.push(A, "x"));
            let unblocker = scene.spawn(|scene| scene.unblock(CLIENT));
            drop(waiting);
            pusher.join().unwrap();
            unblocker.join().unwrap();
            scene.ends_with(["x"]);
        });
    }
}

/// Wakers are code of the caller's. They may use the store, so no lock is held when they run.
mod wakers {
    use super::*;

    /// Looks at the store when it wakes, and when it is dropped.
    struct Curious<const SHARDS: usize>(Arc<Scene<SHARDS>>);

    impl<const SHARDS: usize> Curious<SHARDS> {
        fn look(&self) {
            let lengths = self.0.keys.each_ref().map(|key| self.0.store.llen(key));
            assert!(lengths.into_iter().sum::<usize>() <= 1);
        }
    }

    impl<const SHARDS: usize> Wake for Curious<SHARDS> {
        fn wake(self: Arc<Self>) {
            self.look();
        }
    }

    impl<const SHARDS: usize> Drop for Curious<SHARDS> {
        fn drop(&mut self) {
            self.look();
        }
    }

    fn curious<const SHARDS: usize>(scene: &Arc<Scene<SHARDS>>) -> Waker {
        Waker::from(Arc::new(Curious(Arc::clone(scene))))
    }

    #[test]
    fn a_waker_may_use_the_store() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let mut waiting = scene.blpop([A, B]);
            assert!(waiting.poll_now(&curious(&scene)).is_pending());
            let pusher = scene.spawn(|scene| scene.push(B, "x"));
            let reply = polled_around(waiting, &curious(&scene), || pusher.join().unwrap());
            assert_eq!(scene.got(reply), (B, "x"));
            scene.ends_with(["", ""]);
        });
    }

    #[test]
    fn a_waker_may_use_the_store_when_the_wait_is_given_up() {
        in_every_order(|| {
            let scene = Scene::<2>::new();
            let mut waiting = scene.blmove(A, B);
            assert!(waiting.poll_now(&curious(&scene)).is_pending());
            let pusher = scene.spawn(|scene| scene.push(A, "x"));
            drop(waiting);
            pusher.join().unwrap();
            scene.ends_with(["x", ""]);
        });
    }
}
