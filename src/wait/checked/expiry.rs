//! Waits for room at keys that expire: against who gives them a deadline, and against who turns the clock.
//!
//! A thread that sleeps until a deadline which is near does not sleep: time passes instead, and it looks again. One that sleeps
//! without, or until another one, is woken or sleeps forever, which loom tells.

use std::rc::Rc;
use std::time::Duration;

use super::{A, B, Scene, begun, finished, in_bounded_orders, in_every_order, join};
use crate::ManualClock;
use crate::sync::time_passes_by;

const SOON: Duration = Duration::from_secs(1);
const LATER: Duration = Duration::from_secs(3600);

/// By this clock time passes while somebody sleeps, as long as this lives.
struct Passing;

impl Passing {
    fn by(clock: &ManualClock) -> Self {
        let clock = clock.clone();
        time_passes_by(Some(Rc::new(move || clock.turn(2 * SOON))));
        Self
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        time_passes_by(None);
    }
}

impl<const SHARDS: usize> Scene<SHARDS> {
    fn expire(&self, key: usize, after: Duration) {
        assert_eq!(self.store.expire(&self.keys[key], after), Ok(true));
    }
}

#[test]
fn who_sleeps_for_room_learns_of_a_deadline() {
    in_every_order(|| {
        let clock = ManualClock::new();
        let _passing = Passing::by(&clock);
        let scene = Scene::<1>::by(&clock);
        scene.push(A, "x");
        let pusher = scene.spawn(|scene| scene.push_to_one(A, "y").block(None));
        scene.expire(A, SOON);
        assert_eq!(pusher.join().unwrap(), Some(Ok(1)));
        scene.ends_with(["y"]);
    });
}

#[test]
fn who_sleeps_until_a_deadline_learns_of_an_earlier_one() {
    in_every_order(|| {
        let clock = ManualClock::new();
        let _passing = Passing::by(&clock);
        let scene = Scene::<1>::by(&clock);
        scene.push(A, "x");
        scene.expire(A, LATER);
        let pusher = scene.spawn(|scene| scene.push_to_one(A, "y").block(None));
        scene.expire(A, SOON);
        assert_eq!(pusher.join().unwrap(), Some(Ok(1)));
        scene.ends_with(["y"]);
    });
}

#[test]
fn who_sleeps_for_room_learns_of_a_list_that_comes_with_a_deadline() {
    in_every_order(|| {
        let clock = ManualClock::new();
        let _passing = Passing::by(&clock);
        let scene = Scene::<2>::by(&clock);
        scene.push(A, "x");
        scene.push(B, "x");
        scene.expire(B, SOON);
        let pusher = scene.spawn(|scene| scene.push_to_one(A, "y").block(None));
        let [to, from] = &scene.keys;
        scene.store.copy_replace(from, to).unwrap();
        assert_eq!(pusher.join().unwrap(), Some(Ok(1)));
        assert_eq!(scene.lists()[A], "y");
        scene.ends_without_waiters();
    });
}

/// Nobody else comes by: each of them removes its list itself.
#[test]
fn two_who_sleep_for_room_have_it_one_after_the_other() {
    in_bounded_orders(|| {
        let clock = ManualClock::new();
        let _passing = Passing::by(&clock);
        let scene = Scene::<1>::by(&clock);
        scene.push(A, "x");
        scene.expire(A, SOON);
        let push_for_a_while = |scene: &Scene<1>| {
            assert_eq!(scene.push_to_one(A, "y").block(None), Some(Ok(1)));
            // It is this one, or the other's.
            scene.store.expire(&scene.keys[A], SOON).unwrap();
        };
        let other = scene.spawn(push_for_a_while);
        push_for_a_while(&scene);
        other.join().unwrap();
        clock.advance(2 * SOON);
        scene.ends_with([""]);
    });
}

#[test]
fn a_clock_that_is_turned_serves_who_waits_for_room() {
    in_every_order(|| {
        let clock = ManualClock::new();
        let scene = Scene::<1>::by(&clock);
        scene.push(A, "x");
        scene.expire(A, SOON);
        let pusher = scene.spawn(|scene| scene.push_to_one(A, "y").block(None));
        clock.advance(2 * SOON);
        assert_eq!(pusher.join().unwrap(), Some(Ok(1)));
        scene.ends_with(["y"]);
    });
}

/// The deadline comes before or after the clock is turned.
#[test]
fn a_deadline_and_a_turning_serve_a_task_that_waits_for_room_when_both_are_over() {
    in_every_order(|| {
        let clock = ManualClock::new();
        let scene = Scene::<1>::by(&clock);
        scene.push(A, "x");
        let mut pushing = begun(scene.push_to_one(A, "y"));
        let setter = scene.spawn(|scene| scene.expire(A, SOON));
        clock.advance(2 * SOON);
        join([setter]);
        clock.advance(2 * SOON);
        assert_eq!(finished(&mut pushing), Ok(1));
        scene.ends_with(["y"]);
    });
}

/// What a command finds that comes by meanwhile is the old list, or what was pushed in its place.
#[test]
fn a_pop_a_turning_and_a_push_that_waits_agree_who_has_what() {
    in_bounded_orders(|| {
        let clock = ManualClock::new();
        let scene = Scene::<1>::by(&clock);
        scene.push(A, "x");
        scene.expire(A, SOON);
        let pusher = scene.spawn(|scene| scene.push_to_one(A, "y").block(None));
        let popper = scene.spawn(|scene| scene.pop(A));
        clock.advance(2 * SOON);
        let popped = popper.join().unwrap();
        assert_eq!(pusher.join().unwrap(), Some(Ok(1)));
        scene.ends_with([if popped == Some("y") { "" } else { "y" }]);
    });
}
