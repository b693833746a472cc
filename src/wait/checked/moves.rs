//! Moves that wait: chains of them over several shards, and the locks that serving them takes.

use super::{A, B, C, Scene, begun, finished, in_bounded_orders, in_every_order, join};

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

/// The first in the queue of the source may be served by way of another key while elements come to the source. Then they are
/// for the mover behind, for whom the lock of the destination is needed. A bounded push hands nothing over without a list.
#[test]
fn who_is_served_by_way_of_another_key_leaves_an_element_to_a_mover() {
    in_every_order(|| {
        let scene = Scene::<3>::new();
        let mut popping = begun(scene.blpop([A, B]));
        let mut moving = begun(scene.blmove(A, C));
        let pusher =
            scene.spawn(|scene| scene.store.rpush_bounded(&scene.keys[A], 9, "x").unwrap());
        scene.push(B, "y");
        assert_eq!(pusher.join().unwrap(), Some(1));
        if scene.got(finished(&mut popping)) == (B, "y") {
            assert_eq!(finished(&mut moving).unwrap(), b"x");
            scene.ends_with(["", "", "x"]);
        } else {
            drop(moving);
            scene.ends_with(["", "y", ""]);
        }
    });
}

/// Whether the mover finds the element or waits for it, it feeds the one who waits at the destination.
#[test]
fn a_move_feeds_the_waiter_for_its_destination() {
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
            scene.spawn(|scene| {
                scene.lmove(B, A);
            }),
        ];
        join(threads);
        for mut mover in movers {
            finished(&mut mover).unwrap();
        }
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
            scene.spawn(|scene| {
                scene.lmove(C, A);
            }),
        ];
        join(threads);
        for mut mover in movers {
            finished(&mut mover).unwrap();
        }
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

/// The waiter for two keys is still in the queue of B after it was served from C, so a push of one element to B may
/// reach the mover behind it.
#[test]
fn a_push_reaches_the_mover_behind_one_that_was_served_elsewhere() {
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
