//! Waits for room and for exact batches: against what serves them, against each other, and where they end.

use super::{
    A, AT_ONCE, B, NEVER, Scene, begun, finished, in_bounded_orders, in_every_order, join,
};

#[test]
fn no_pop_slips_between_the_look_for_room_and_the_wait() {
    in_every_order(|| {
        let scene = Scene::<1>::new();
        scene.push(A, "x");
        let popper = scene.spawn(|scene| scene.pop(A));
        assert_eq!(scene.push_to_one(A, "y").block(None), Some(Ok(1)));
        assert_eq!(popper.join().unwrap(), Some("x"));
        scene.ends_with(["y"]);
    });
}

#[test]
fn a_renamed_list_wakes_a_push_that_parks_until_a_deadline() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        scene.push(A, "x");
        let renamer =
            scene.spawn(|scene| scene.store.rename(&scene.keys[A], &scene.keys[B]).unwrap());
        assert_eq!(scene.push_to_one(A, "y").block(NEVER), Some(Ok(1)));
        renamer.join().unwrap();
        scene.ends_with(["y", "x"]);
    });
}

#[test]
fn a_pop_serves_the_push_or_the_timeout_came_first() {
    in_every_order(|| {
        let scene = Scene::<1>::new();
        scene.push(A, "x");
        let popper = scene.spawn(|scene| scene.pop(A));
        let pushed = scene.push_to_one(A, "y").block(AT_ONCE);
        assert_eq!(popper.join().unwrap(), Some("x"));
        scene.ends_with([if pushed.is_some() { "y" } else { "" }]);
    });
}

#[test]
fn a_dropped_push_takes_its_element_out_unless_somebody_took_it() {
    in_every_order(|| {
        let scene = Scene::<1>::new();
        scene.push(A, "x");
        let pushing = begun(scene.push_to_one(A, "y"));
        let popper = scene.spawn(|scene| [scene.pop(A), scene.pop(A)]);
        drop(pushing);
        let popped = popper.join().unwrap();
        assert!(matches!(popped, [Some("x"), None | Some("y")]), "{popped:?}");
        scene.ends_with([""]);
    });
}

#[test]
fn the_next_push_has_the_room_of_one_that_is_dropped() {
    in_every_order(|| {
        let scene = Scene::<1>::new();
        scene.push(A, "x");
        let first = begun(scene.push_to_one(A, "x"));
        let mut second = begun(scene.push_to_one(A, "y"));
        let popper = scene.spawn(|scene| scene.pop(A));
        drop(first);
        assert_eq!(popper.join().unwrap(), Some("x"));
        assert_eq!(finished(&mut second), Ok(1));
        scene.ends_with(["y"]);
    });
}

#[test]
fn two_pushes_never_share_the_room_for_one() {
    in_every_order(|| {
        let scene = Scene::<1>::new();
        scene.push(A, "x");
        let other = scene.spawn(|scene| scene.push_to_one(A, "y").block(AT_ONCE));
        let popper = scene.spawn(|scene| scene.pop(A));
        let own = scene.push_to_one(A, "x").block(AT_ONCE);
        let other = other.join().unwrap();
        assert_eq!(popper.join().unwrap(), Some("x"));
        assert!(own.is_none() || other.is_none());
        let left = if own.is_some() {
            "x"
        } else if other.is_some() {
            "y"
        } else {
            ""
        };
        scene.ends_with([left]);
    });
}

#[test]
fn a_push_that_waits_and_a_pop_that_waits_find_each_other() {
    in_bounded_orders(|| {
        let scene = Scene::<1>::new();
        scene.push(A, "x");
        let pusher = scene.spawn(|scene| scene.push_to_one(A, "y").block(None).unwrap());
        let pop = |scene: &Scene<1>| {
            let reply = scene.blpop([A]).block(None).unwrap();
            scene.got(reply)
        };
        let other = scene.spawn(move |scene| pop(scene));
        let mut popped = [pop(&scene), other.join().unwrap()];
        popped.sort_unstable();
        assert_eq!(popped, [(A, "x"), (A, "y")]);
        assert!(pusher.join().unwrap().is_ok());
        scene.ends_with([""]);
    });
}

#[test]
fn a_push_with_a_bound_is_handed_to_a_pop_that_waits() {
    in_every_order(|| {
        let scene = Scene::<1>::new();
        let popper = scene.spawn(|scene| {
            let reply = scene.blpop([A]).block(None).unwrap();
            scene.got(reply)
        });
        assert_eq!(scene.push_to_one(A, "x").block(None), Some(Ok(1)));
        assert_eq!(popper.join().unwrap(), (A, "x"));
        scene.ends_with([""]);
    });
}

/// One that is dropped and one of a thread, which stays: a pop serves the one or the other.
#[test]
fn a_thread_has_the_room_that_a_dropped_push_leaves() {
    in_every_order(|| {
        let scene = Scene::<1>::new();
        scene.push(A, "x");
        let dropped = begun(scene.push_to_one(A, "x"));
        let pusher = scene.spawn(|scene| scene.push_to_one(A, "y").block(None));
        assert_eq!(scene.pop(A), Some("x"));
        drop(dropped);
        assert_eq!(pusher.join().unwrap(), Some(Ok(1)));
        scene.ends_with(["y"]);
    });
}

#[test]
fn no_push_slips_between_the_look_for_a_batch_and_the_wait() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        scene.push(A, "x");
        let pusher = scene.spawn(|scene| scene.push(A, "y"));
        assert!(scene.pair(A, B).block(None).unwrap().is_ok());
        pusher.join().unwrap();
        scene.ends_with(["", "xy"]);
    });
}

#[test]
fn two_pushes_complete_a_batch() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        let mut batch = begun(scene.pair(A, B));
        let pusher = scene.spawn(|scene| scene.push(A, "x"));
        scene.push(A, "y");
        pusher.join().unwrap();
        assert_eq!(finished(&mut batch).unwrap().len(), 2);
        assert_eq!(scene.sorted_elements(), "xy");
        assert_eq!(scene.lists()[A], "");
        scene.ends_without_waiters();
    });
}

#[test]
fn a_batch_is_moved_whole_or_the_timeout_came_first() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        scene.push(A, "x");
        let pusher = scene.spawn(|scene| scene.push(A, "y"));
        let moved = scene.pair(A, B).block(AT_ONCE);
        pusher.join().unwrap();
        scene.ends_with(if moved.is_some() { ["", "xy"] } else { ["xy", ""] });
    });
}

#[test]
fn who_is_behind_a_batch_takes_what_is_too_few() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        let batch = begun(scene.pair(A, B));
        let behind = begun(scene.blpop([A]));
        let pusher = scene.spawn(|scene| scene.push(A, "x"));
        let timed_out = batch.block(AT_ONCE);
        pusher.join().unwrap();
        assert_eq!(timed_out, None);
        assert_eq!(scene.has_got(behind), (A, "x"));
        scene.ends_with(["", ""]);
    });
}

#[test]
fn a_dropped_batch_gives_back_what_is_still_there() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        scene.push(A, "x");
        let batch = begun(scene.pair(A, B));
        let pusher = scene.spawn(|scene| scene.push(A, "y"));
        let popper = scene.spawn(|scene| scene.pop(B));
        drop(batch);
        pusher.join().unwrap();
        scene.ends_with(match popper.join().unwrap() {
            None => ["xy", ""],
            Some(_) => ["y", ""],
        });
    });
}

#[test]
fn what_a_dropped_batch_gives_back_serves_the_next() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        scene.push(A, "x");
        let first = begun(scene.pair(A, B));
        let mut next = begun(scene.pair(A, B));
        let pusher = scene.spawn(|scene| scene.push(A, "y"));
        drop(first);
        pusher.join().unwrap();
        assert_eq!(finished(&mut next).unwrap().len(), 2);
        scene.ends_with(["", "xy"]);
    });
}

/// The push needs the lock of the destination, and the one who waits for room is served after the batch, or has gone.
#[test]
fn a_batch_makes_room_for_a_push_that_times_out() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        scene.push(A, "x");
        let mut batch = begun(scene.pair(A, B));
        let waiting = begun(scene.push_to_one(A, "x"));
        let pusher = scene.spawn(|scene| scene.push(A, "y"));
        let pushed = waiting.block(AT_ONCE);
        pusher.join().unwrap();
        assert!(finished(&mut batch).is_ok());
        scene.ends_with([if pushed.is_some() { "x" } else { "" }, "xy"]);
    });
}

/// A pop needs the lock of the key that the push it makes room for is moved on to.
#[test]
fn a_pop_and_a_push_race_for_the_last_place_of_a_chain() {
    in_every_order(|| {
        let scene = Scene::<2>::new();
        scene.push(B, "x");
        let waiting = begun(scene.push_to_one(B, "y"));
        let popper = scene.spawn(|scene| scene.pop(B));
        let mover = scene.spawn(|scene| _ = scene.lmove(B, A));
        drop(waiting);
        let popped = popper.join().unwrap();
        join([mover]);
        // A dropped push leaves nothing in its own list.
        assert_eq!(scene.lists()[B], "");
        let all = scene.lists()[A].clone() + popped.unwrap_or("");
        assert!(["x", "xy", "yx"].contains(&&*all), "{all}");
        scene.ends_without_waiters();
    });
}
