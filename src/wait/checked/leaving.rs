//! Waits that end by a timeout, by being dropped or by CLIENT UNBLOCK, against those that serve them.

use std::task::Waker;
use std::time::Duration;

use super::{A, AT_ONCE, B, Scene, begun, finished, in_every_order, join, polled_around};
use crate::{Error, ManualClock, Transaction};

#[test]
fn a_push_serves_the_waiter_or_stays_where_the_timeout_came_first() {
    in_every_order(|| {
        let scene = Scene::<1>::new();
        let pusher = scene.spawn(|scene| scene.push(A, "x"));
        let popped = scene.blpop([A]).block(AT_ONCE).map(|reply| scene.got(reply));
        pusher.join().unwrap();
        if let Some(got) = popped {
            assert_eq!(got, (A, "x"));
            scene.ends_with([""]);
        } else {
            scene.ends_with(["x"]);
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
        join(pushers);
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
        if let Some(reply) = first {
            assert_eq!(scene.got(reply), (A, "x"));
            drop(second);
        } else {
            assert_eq!(scene.has_got(second), (A, "x"));
        }
        scene.ends_with([""]);
    });
}

/// A push of one element counts on the waiters for its key alone, and locks no more than what they need.
#[test]
fn a_push_reaches_the_mover_behind_one_that_times_out() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        let first = begun(scene.blpop([B]));
        let mover = begun(scene.blmove(B, A));
        let pusher = scene.spawn(|scene| scene.push(B, "x"));
        let first = first.block(AT_ONCE);
        pusher.join().unwrap();
        if let Some(reply) = first {
            assert_eq!(scene.got(reply), (B, "x"));
            drop(mover);
            scene.ends_with(["", ""]);
        } else {
            assert_eq!(finished(&mut { mover }).unwrap(), b"x");
            scene.ends_with(["x", ""]);
        }
    });
}

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
        join(pushers);
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
        join([dropper, pusher]);
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

/// It is back when the clock is turned, or would have expired when it comes back.
#[test]
fn what_a_dropped_future_gives_back_is_gone_when_its_deadline_has_passed() {
    in_every_order(|| {
        let clock = ManualClock::new();
        let scene = Scene::<1>::by(&clock);
        let waiting = begun(scene.blpop([A]));
        let key = &scene.keys[A];
        let push_for_a_second = |tx: &mut Transaction<'_>| {
            tx.rpush(key, "x")?;
            tx.expire(key, Duration::from_secs(1))
        };
        assert_eq!(scene.store.transaction([key], push_for_a_second), Ok(true));
        // The clock itself is no step of a thread, so that it is turned in the midst of the drop only by another one.
        let turner = scene.spawn(move |_| clock.advance(Duration::from_secs(2)));
        drop(waiting);
        join([turner]);
        assert_eq!(scene.store.stats().expired, 1);
        scene.ends_with([""]);
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

const CLIENT: u64 = 7;

#[test]
fn a_client_is_served_or_unblocked() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        let waiting = begun(scene.blpop([A, B]).for_client(CLIENT));
        let pusher = scene.spawn(|scene| scene.push(B, "x"));
        let other = scene.spawn(|scene| scene.unblock(CLIENT));
        let mut unblocked = false;
        let reply = polled_around(waiting, Waker::noop(), || {
            pusher.join().unwrap();
            unblocked = other.join().unwrap();
        });
        if unblocked {
            assert_eq!(reply, Err(Error::Unblocked));
            scene.ends_with(["", "x"]);
        } else {
            assert_eq!(scene.got(reply), (B, "x"));
            scene.ends_with(["", ""]);
        }
    });
}

#[test]
fn a_parked_client_is_woken_when_it_is_unblocked() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        let waiting = begun(scene.blmove(A, B).for_client(CLIENT));
        let other = scene.spawn(|scene| scene.unblock(CLIENT));
        assert_eq!(waiting.block(None), Some(Err(Error::Unblocked)));
        assert!(other.join().unwrap());
        scene.ends_with(["", ""]);
    });
}

#[test]
fn a_client_times_out_or_is_unblocked() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        let waiting = begun(scene.blpop([A, B]).for_client(CLIENT));
        let other = scene.spawn(|scene| scene.unblock(CLIENT));
        let reply = waiting.block(AT_ONCE);
        let unblocked = other.join().unwrap();
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
        let other = scene.spawn(|scene| scene.unblock(CLIENT));
        drop(waiting);
        pusher.join().unwrap();
        other.join().unwrap();
        scene.ends_with(["x"]);
    });
}
