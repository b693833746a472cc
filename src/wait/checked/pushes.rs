//! A push against those who wait, or are about to.

use std::task::Waker;

use super::{
    A, AT_ONCE, B, NEVER, Scene, begun, finished, in_bounded_orders, in_every_order, join,
    polled_around,
};

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
fn a_push_wakes_a_thread_that_parks_until_a_deadline() {
    in_every_order(|| {
        let scene = Scene::<1>::new();
        let pusher = scene.spawn(|scene| scene.push(A, "x"));
        assert!(scene.blpop([A]).block(NEVER).is_some());
        pusher.join().unwrap();
        scene.ends_with([""]);
    });
}

/// A push wakes after it has unlocked, so it may wake a thread that has seen its element and waits again.
#[test]
fn a_late_wake_does_not_end_the_next_wait_of_the_thread() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        let pusher = scene.spawn(|scene| {
            scene.push(A, "x");
            scene.push(B, "y");
        });
        let replies = [A, B].map(|key| scene.blpop([key]).block(None).unwrap());
        assert_eq!(replies.map(|reply| scene.got(reply)), [(A, "x"), (B, "y")]);
        pusher.join().unwrap();
        scene.ends_with(["", ""]);
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
            join(pushers);
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
        join(pushers);
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
fn the_first_to_wait_is_served_first_and_nobody_gets_ahead() {
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
fn a_push_passes_by_a_waiter_that_another_key_served() {
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
        join([pusher, renamer]);
        let renamed_both = scene.store.exists(&scene.keys[A]);
        scene.ends_with(if renamed_both { ["y", ""] } else { ["", "y"] });
    });
}
