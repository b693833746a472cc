//! A store that is closed, against those who wait, or are about to, and against those who serve them.

use super::{A, AT_ONCE, B, Scene, begun, finished, in_every_order};
use crate::Error;

#[test]
fn no_wait_begins_unseen_by_the_one_who_closes() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        let closer = scene.spawn(|scene| scene.store.close());
        assert_eq!(scene.blpop([A, B]).block(None), Some(Err(Error::Closed)));
        closer.join().unwrap();
        scene.ends_with(["", ""]);
    });
}

#[test]
fn a_push_that_waits_is_told() {
    in_every_order(|| {
        let scene = Scene::<1>::new();
        scene.push(A, "x");
        let closer = scene.spawn(|scene| scene.store.close());
        assert_eq!(scene.push_to_one(A, "y").block(None), Some(Err(Error::Closed)));
        closer.join().unwrap();
        scene.ends_with(["x"]);
    });
}

#[test]
fn a_batch_that_waits_is_told() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        scene.push(A, "x");
        let closer = scene.spawn(|scene| scene.store.close());
        assert_eq!(scene.pair(A, B).block(None), Some(Err(Error::Closed)));
        closer.join().unwrap();
        scene.ends_with(["x", ""]);
    });
}

#[test]
fn a_push_is_refused_or_came_before() {
    in_every_order(|| {
        let scene = Scene::<1>::new();
        let closer = scene.spawn(|scene| {
            scene.store.close();
            assert_eq!(scene.store.rpush(&scene.keys[A], "y"), Err(Error::Closed));
            scene.store.llen(&scene.keys[A])
        });
        let pushed = scene.store.rpush(&scene.keys[A], "x");
        let seen = closer.join().unwrap();
        // What is not there when it is closed never comes.
        assert_eq!(pushed.is_ok(), seen == 1);
        scene.ends_with([if pushed.is_ok() { "x" } else { "" }]);
    });
}

/// It takes several locks, and is admitted under them.
#[test]
fn a_copy_is_refused_or_came_before() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        scene.push(A, "x");
        let closer = scene.spawn(|scene| {
            scene.store.close();
            scene.store.llen(&scene.keys[B])
        });
        let copied = scene.store.copy(&scene.keys[A], &scene.keys[B]);
        let seen = closer.join().unwrap();
        assert_eq!(copied, if seen == 1 { Ok(true) } else { Err(Error::Closed) });
        scene.ends_with(["x", if seen == 1 { "x" } else { "" }]);
    });
}

#[test]
fn a_push_that_might_wait_is_refused_or_came_before() {
    in_every_order(|| {
        let scene = Scene::<1>::new();
        let closer = scene.spawn(|scene| {
            scene.store.close();
            scene.store.llen(&scene.keys[A])
        });
        let pushed = scene.push_to_one(A, "x").block(None).unwrap();
        let seen = closer.join().unwrap();
        assert_eq!(pushed, if seen == 1 { Ok(1) } else { Err(Error::Closed) });
        scene.ends_with([if seen == 1 { "x" } else { "" }]);
    });
}

#[test]
fn a_batch_is_moved_whole_or_the_store_was_closed_first() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        scene.push(A, "x");
        let mut batch = begun(scene.pair(A, B));
        let closer = scene.spawn(|scene| scene.store.close());
        let pushed = scene.store.rpush(&scene.keys[A], "y");
        closer.join().unwrap();
        match finished(&mut batch) {
            Ok(moved) => {
                assert_eq!((moved.len(), pushed), (2, Ok(2)));
                scene.ends_with(["", "xy"]);
            }
            Err(error) => {
                assert_eq!((error, pushed), (Error::Closed, Err(Error::Closed)));
                scene.ends_with(["x", ""]);
            }
        }
    });
}

/// What it brings goes with it.
#[test]
fn a_push_that_is_dropped_while_others_close_leaves_nothing() {
    in_every_order(|| {
        let scene = Scene::<1>::new();
        scene.push(A, "x");
        let waiting = begun(scene.push_to_one(A, "y"));
        let closer = scene.spawn(|scene| scene.store.close());
        drop(waiting);
        closer.join().unwrap();
        scene.ends_with(["x"]);
    });
}

#[test]
fn who_waits_is_served_or_told() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        let mut waiting = begun(scene.blpop([A, B]));
        let closer = scene.spawn(|scene| scene.store.close());
        let pushed = scene.store.rpush(&scene.keys[B], "x");
        closer.join().unwrap();
        match finished(&mut waiting) {
            Ok(_) => assert_eq!(pushed, Ok(1)),
            Err(error) => {
                assert_eq!((error, pushed), (Error::Closed, Err(Error::Closed)));
            }
        }
        scene.ends_with(["", ""]);
    });
}

#[test]
fn a_push_that_waits_finds_room_or_is_told() {
    in_every_order(|| {
        let scene = Scene::<1>::new();
        scene.push(A, "x");
        let mut waiting = begun(scene.push_to_one(A, "y"));
        let closer = scene.spawn(|scene| scene.store.close());
        assert_eq!(scene.pop(A), Some("x"));
        closer.join().unwrap();
        let pushed = finished(&mut waiting);
        scene.ends_with([if pushed == Ok(1) { "y" } else { "" }]);
        assert!(matches!(pushed, Ok(1) | Err(Error::Closed)));
    });
}

#[test]
fn a_timeout_comes_first_or_the_one_who_closes() {
    in_every_order(|| {
        let scene = Scene::<1>::new();
        let waiting = begun(scene.blpop([A]));
        let closer = scene.spawn(|scene| scene.store.close());
        let reply = waiting.block(AT_ONCE);
        assert!(matches!(reply, None | Some(Err(Error::Closed))), "{reply:?}");
        closer.join().unwrap();
        scene.ends_with([""]);
    });
}

#[test]
fn what_a_dropped_future_has_got_comes_back() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        let waiting = begun(scene.blmove(A, B));
        let closer = scene.spawn(|scene| scene.store.close());
        let pusher = scene.spawn(|scene| scene.store.rpush(&scene.keys[A], "x").is_ok());
        drop(waiting);
        closer.join().unwrap();
        scene.ends_with(if pusher.join().unwrap() { ["x", ""] } else { ["", ""] });
    });
}

#[test]
fn two_may_close_it_while_others_wait() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        let closer = scene.spawn(|scene| scene.store.close());
        let waiting = begun_or_closed(scene.blpop([A, B]));
        scene.store.close();
        // Each of them returns when all who wait have been told.
        if let Some(mut waiting) = waiting {
            assert_eq!(finished(&mut waiting), Err(Error::Closed));
        }
        closer.join().unwrap();
        scene.ends_with(["", ""]);
    });
}

fn begun_or_closed(mut waiting: super::Popping) -> Option<super::Popping> {
    match super::poll(&mut waiting) {
        std::task::Poll::Pending => Some(waiting),
        std::task::Poll::Ready(reply) => {
            assert_eq!(reply, Err(Error::Closed));
            None
        }
    }
}
