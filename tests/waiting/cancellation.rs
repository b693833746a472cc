//! Futures that are dropped: before they wait, while they wait, and after they were served but before they know it.

use redeque::Direction::{Left, Right};

use redeque::Store;

use crate::support::{Client, Spelled, block, contents, everywhere, exec, run};

#[test]
fn a_future_that_was_never_polled_never_waits() {
    everywhere(|store| {
        let never = store.blpop_async(["k"]);
        run(store, "RPUSH k a");
        drop(never);
        assert_eq!(contents(store), "k a");
    });
}

#[test]
fn a_future_that_was_never_polled_has_no_place_in_the_queue() {
    everywhere(|store| {
        let mut made_first = Client::new(store.blpop_async(["k"]));
        let mut polled_first = block(store, "BLPOP k");
        assert!(made_first.poll().is_pending());
        run(store, "RPUSH k a");
        assert_eq!(polled_first.got(), "k a");
        made_first.is_blocked();
    });
}

#[test]
fn a_waiter_that_gives_up_is_passed_over() {
    everywhere(|store| {
        for command in ["BLPOP k", "BLPOP other k", "BLMPOP LEFT 3 k", "BLMOVE k d LEFT LEFT"] {
            let gone = block(store, command);
            let mut next = block(store, "BLPOP k");
            drop(gone);
            run(store, "RPUSH k a");
            assert_eq!(next.got(), "k a", "behind {command}");
            assert_eq!(contents(store), "", "behind {command}");
        }
    });
}

#[test]
fn a_waiter_that_gives_up_leaves_all_its_queues() {
    everywhere(|store| {
        drop(block(store, "BLPOP a b c"));
        for key in ["a", "b", "c"] {
            assert_eq!(run(store, &format!("RPUSH {key} x")), "1");
        }
        assert_eq!(contents(store), "a x; b x; c x");
    });
}

/// All orders of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(count - 1);
    let places = (0..count).flat_map(|place| shorter.iter().map(move |order| (place, order)));
    places.map(|(place, order)| [&order[..place], &[count - 1], &order[place..]].concat()).collect()
}

/// Drops futures in this order.
fn drop_in_order<T>(futures: impl IntoIterator<Item = T>, order: &[usize]) {
    let mut futures: Vec<Option<T>> = futures.into_iter().map(Some).collect();
    for &number in order {
        drop(futures[number].take());
    }
}

#[test]
fn elements_that_nobody_took_stand_as_they_stood_in_whichever_order_they_return() {
    everywhere(|store| {
        for (command, pushed) in [
            ("BLPOP k", "k 1 2 3 4"),
            ("BRPOP k", "k 1 2 3 4"),
            ("BLPOP other k", "k 1 2 3 4"),
            ("BLMPOP LEFT 2 k", "k 1 2 3 4 5 6 7"),
            ("BLMPOP RIGHT 2 k", "k 1 2 3 4 5 6 7"),
        ] {
            for order in orders(3) {
                let futures = [(); 3].map(|()| block(store, command));
                run(store, &format!("RPUSH {pushed}"));
                drop_in_order(futures, &order);
                assert_eq!(contents(store), pushed, "{command}, dropped in the order {order:?}");
                run(store, "DEL k");
            }
        }
    });
}

#[test]
fn elements_that_are_all_of_a_list_return_as_they_stood_at_both_ends() {
    everywhere(|store| {
        for order in orders(4) {
            let commands = ["BLPOP k", "BRPOP k", "BLPOP k", "BRPOP k"];
            let futures = commands.map(|command| block(store, command));
            run(store, "RPUSH k 1 2 3 4 5");
            drop_in_order(futures, &order);
            assert_eq!(contents(store), "k 1 2 3 4 5", "dropped in the order {order:?}");
            run(store, "DEL k");
        }
    });
}

#[test]
fn pops_and_waiters_between_do_not_change_the_order_in_which_elements_return() {
    everywhere(|store| {
        let [first, second, third] = [(); 3].map(|()| block(store, "BLPOP k"));
        run(store, "RPUSH k 1 2 3 4 5");
        drop(second);
        drop(third);
        assert_eq!(contents(store), "k 2 3 4 5");
        // What came back is taken for good, or by somebody who gives it back in turn.
        assert_eq!(run(store, "LPOP k"), "2");
        run(store, "RPUSH k 6");
        run(store, "RPOP k");
        drop(first);
        assert_eq!(contents(store), "k 1 3 4 5");
        run(store, "DEL k");

        let [first, second] = [(); 2].map(|()| block(store, "BLPOP k"));
        run(store, "RPUSH k 1 2");
        let third = block(store, "BLPOP k");
        drop(second);
        drop(first);
        drop(third);
        assert_eq!(contents(store), "k 1 2");
    });
}

/// A move that was served: `x` went from `k` to the head of `d`.
fn served_move(store: &Store) -> Spelled {
    let client = block(store, "BLMOVE k d LEFT LEFT");
    run(store, "RPUSH k x");
    assert_eq!(contents(store), "d x");
    client
}

#[test]
fn a_move_that_nobody_took_takes_back_its_own_element_and_no_equal_one() {
    everywhere(|store| {
        for (meanwhile, left) in [
            (&["RPUSH d x"][..], "d x; k x"),
            (&["LPUSH d x", "RPUSH d 1"], "d x 1; k x"),
            (&["LPOP d", "RPUSH d x"], "d x"),
            (&["RPUSH d x", "LPOP d"], "d x"),
            (&["RPUSH d 1 2 x", "RPOP d", "RPOP d"], "d 1; k x"),
            (&["LMOVE d d LEFT RIGHT"], "d x"),
            (&["DEL d", "RPUSH d x"], "d x"),
            (&["RENAME d e", "RENAME e d"], "d x"),
            (&["LSET d 0 x"], "d x"),
        ] {
            let client = served_move(store);
            for command in meanwhile {
                store.connect().execute(command.split(' '));
            }
            drop(client);
            assert_eq!(contents(store), left, "after {meanwhile:?}");
            run(store, "FLUSHALL");
        }
    });
}

#[test]
fn moves_that_nobody_took_are_taken_back_in_any_order() {
    everywhere(|store| {
        for command in ["BLMOVE k d LEFT RIGHT", "BLMOVE k d LEFT LEFT", "BLMOVE k k LEFT RIGHT"] {
            for order in orders(3) {
                let futures = [(); 3].map(|()| block(store, command));
                run(store, "RPUSH k 1 1 1 2");
                drop_in_order(futures, &order);
                assert_eq!(contents(store), "k 1 1 1 2", "{command}, in the order {order:?}");
                run(store, "DEL k");
            }
        }
    });
}

#[test]
fn nothing_is_remembered_of_a_move_that_was_collected() {
    everywhere(|store| {
        let mut collected = served_move(store);
        run(store, "RPUSH d 1");
        assert_eq!(collected.got(), "x");
        drop(collected);
        assert_eq!(contents(store), "d x 1");
    });
}

#[test]
fn an_element_that_nobody_took_returns_to_the_end_that_it_came_from() {
    everywhere(|store| {
        for (command, expected) in [
            ("BLPOP k", "k 1 2 3 4"),
            ("BRPOP k", "k 1 2 3 4"),
            ("BLPOP other k", "k 1 2 3 4"),
            ("BLMPOP LEFT 3 k", "k 1 2 3 4"),
            ("BLMPOP RIGHT 3 k", "k 1 2 3 4"),
            ("BLMPOP LEFT 9 k", "k 1 2 3 4"),
            ("BLMOVE k d LEFT RIGHT", "k 1 2 3 4"),
            ("BLMOVE k d RIGHT LEFT", "k 1 2 3 4"),
            ("BLMOVE k k RIGHT LEFT", "k 1 2 3 4"),
            ("BLMOVE k k LEFT RIGHT", "k 1 2 3 4"),
            ("BLMOVE k k LEFT LEFT", "k 1 2 3 4"),
        ] {
            let gone = block(store, command);
            run(store, "RPUSH k 1 2 3 4");
            drop(gone);
            assert_eq!(contents(store), expected, "after {command}");
            run(store, "FLUSHALL");
        }
    });
}

#[test]
fn an_element_returns_beside_what_came_since() {
    everywhere(|store| {
        let [left, right] = [block(store, "BLPOP l"), block(store, "BRPOP r")];
        run(store, "RPUSH l 1");
        run(store, "RPUSH r 1");
        for key in ["l", "r"] {
            run(store, &format!("RPUSH {key} 2"));
            run(store, &format!("LPUSH {key} 0"));
        }
        drop((left, right));
        assert_eq!(contents(store), "l 1 0 2; r 0 2 1");
    });
}

#[test]
fn the_next_waiter_is_served_at_once_with_what_returns() {
    everywhere(|store| {
        for (gone, next, got, left) in [
            ("BLPOP k", "BLPOP k", "k 1", ""),
            ("BLPOP k other", "BLPOP other k", "k 1", ""),
            ("BLMOVE k d LEFT LEFT", "BLPOP k", "k 1", ""),
            ("BLPOP k", "BLMOVE k d LEFT LEFT", "1", "d 1"),
            ("BLMOVE k d LEFT LEFT", "BLMOVE k e LEFT LEFT", "1", "e 1"),
        ] {
            let gone = block(store, gone);
            let mut next = block(store, next);
            run(store, "RPUSH k 1");
            next.is_blocked();
            drop(gone);
            assert_eq!(next.got(), got);
            assert_eq!(contents(store), left);
            run(store, "FLUSHALL");
        }
    });
}

#[test]
fn several_elements_that_return_serve_several_in_their_order() {
    everywhere(|store| {
        let gone = block(store, "BLMPOP RIGHT 3 k");
        let [mut a, mut b] = [block(store, "BLPOP k"), block(store, "BRPOP k")];
        run(store, "RPUSH k 1 2 3");
        drop(gone);
        assert_eq!((a.got(), b.got()), ("k 1".to_owned(), "k 3".to_owned()));
        assert_eq!(contents(store), "k 2");
    });
}

#[test]
fn a_whole_queue_may_give_up_after_it_was_served() {
    everywhere(|store| {
        let mut clients: Vec<_> = (0..10).map(|_| block(store, "BLPOP k")).collect();
        let mut last = block(store, "BLPOP k");
        run(store, "RPUSH k 1");
        clients.drain(..).for_each(drop);
        assert_eq!(last.got(), "k 1");
        assert_eq!(contents(store), "");
    });
}

#[test]
fn a_crowd_of_movers_to_many_keys_may_give_up() {
    everywhere(|store| {
        let crowd: Vec<_> =
            (0..1000).map(|n| block(store, &format!("BLMOVE k d{n} LEFT LEFT"))).collect();
        let mut last = block(store, "BLPOP k");
        run(store, "RPUSH k x");
        drop(crowd);
        assert_eq!(last.got(), "k x");
        assert_eq!(contents(store), "");
    });
}

#[test]
fn a_moved_element_that_somebody_took_from_the_destination_is_theirs() {
    everywhere(|store| {
        let gone = block(store, "BLMOVE k d LEFT RIGHT");
        let mut taker = block(store, "BLPOP d");
        run(store, "RPUSH k 1");
        drop(gone);
        assert_eq!(taker.got(), "d 1");
        assert_eq!(contents(store), "");
    });
}

#[test]
fn a_moved_element_is_found_among_others_in_the_destination() {
    everywhere(|store| {
        run(store, "RPUSH d 8 9");
        let gone = block(store, "BLMOVE k d LEFT RIGHT");
        run(store, "RPUSH k 1");
        run(store, "RPUSH d 7");
        assert_eq!(contents(store), "d 8 9 1 7");
        drop(gone);
        assert_eq!(contents(store), "d 8 9 7; k 1");
    });
}

#[test]
fn what_was_seen_is_never_given_back() {
    everywhere(|store| {
        let mut client = block(store, "BLPOP k other");
        run(store, "RPUSH k 1");
        assert_eq!(client.got(), "k 1");
        drop(client);
        let mut at_once = Client::new(store.blmove_async("k", "d", Left, Right));
        run(store, "RPUSH k 2");
        assert!(at_once.poll().is_ready());
        drop(at_once);
        assert_eq!(contents(store), "d 2");
    });
}

#[test]
fn giving_up_and_being_fed_do_not_disturb_the_others_of_a_cycle() {
    everywhere(|store| {
        let there = block(store, "BLMOVE a b LEFT LEFT");
        let back = block(store, "BLMOVE b a LEFT LEFT");
        let mut last = block(store, "BLPOP b");
        drop(back);
        run(store, "RPUSH a x");
        assert_eq!(last.got(), "b x");
        drop(there);
        assert_eq!(contents(store), "");
    });
}

#[test]
fn a_wait_that_ends_as_its_key_comes_and_goes_leaves_nothing() {
    everywhere(|store| {
        let gone = block(store, "BLPOP k other");
        exec(store, &["RPUSH k 1", "LPOP k"]);
        drop(gone);
        run(store, "RPUSH k 2");
        run(store, "RPUSH other 3");
        assert_eq!(contents(store), "k 2; other 3");
    });
}

/// Two batches of two, of four elements that look alike and of a fifth.
#[test]
fn batches_that_nobody_took_stand_as_they_stood_in_whichever_order_they_return() {
    everywhere(|store| {
        for ends in ["LEFT LEFT", "LEFT RIGHT", "RIGHT LEFT", "RIGHT RIGHT"] {
            for how in ["EXACTLY 2 BULK", "EXACTLY 2 OBO", "COUNT 2 BULK", "COUNT 2 OBO"] {
                for destination in ["d", "k"] {
                    for order in orders(3) {
                        let command = format!("BLMOVEM k {destination} {ends} {how}");
                        let futures = [(); 3].map(|()| block(store, &command));
                        run(store, "RPUSH k 1 2 3 4 5 6 7");
                        drop_in_order(futures, &order);
                        assert_eq!(contents(store), "k 1 2 3 4 5 6 7", "{command}, {order:?}");
                        run(store, "DEL k");
                    }
                }
            }
        }
    });
}

/// Of a block, what is still where it was put goes back.
#[test]
fn what_is_left_of_a_batch_goes_back_to_its_places() {
    everywhere(|store| {
        for (meanwhile, left) in [
            (&[][..], "k 1 2 3 4"),
            (&["LPOP d"], "k 2 3 4"),
            (&["RPOP d"], "k 1 2 4"),
            (&["LPOP d", "RPOP d"], "k 2 4"),
            (&["LPOP d", "LPUSH d 1"], "d 1; k 2 3 4"),
            (&["RPUSH d 5", "LPUSH d 0"], "d 0 5; k 1 2 3 4"),
            (&["LPOP k", "RPUSH k 5"], "k 1 2 3 5"),
            (&["LREM d 2"], "d 1 3; k 4"),
            (&["LMOVE d d LEFT RIGHT"], "d 1; k 2 3 4"),
            (&["RENAME d e"], "e 1 2 3; k 4"),
            (&["DEL d"], "k 4"),
        ] {
            let batch = block(store, "BLMOVEM k d LEFT RIGHT EXACTLY 3 BULK");
            run(store, "RPUSH k 1 2 3 4");
            assert_eq!(contents(store), "d 1 2 3; k 4");
            for command in meanwhile {
                run(store, command);
            }
            drop(batch);
            assert_eq!(contents(store), left, "after {meanwhile:?}");
            run(store, "FLUSHALL");
        }
    });
}

#[test]
fn a_push_that_nobody_saw_takes_out_its_own_element_and_no_equal_one() {
    everywhere(|store| {
        for (meanwhile, left) in [
            (&[][..], "k 1"),
            (&["RPUSH k x"], "k 1 x"),
            (&["LPUSH k x", "RPUSH k 2"], "k x 1 2"),
            (&["RPOP k", "RPUSH k x"], "k 1 x"),
            (&["LPOP k", "LPOP k"], ""),
            (&["LSET k y"], "k y x"),
            (&["LMOVE k j RIGHT LEFT"], "j x; k 1"),
            (&["RENAME k j"], "j 1 x"),
        ] {
            run(store, "RPUSH k 0 1");
            let push = block(store, "BRPUSH_BOUNDED k 2 x");
            run(store, "LPOP k");
            assert_eq!(contents(store), "k 1 x");
            for command in meanwhile {
                run(store, command);
            }
            drop(push);
            assert_eq!(contents(store), left, "after {meanwhile:?}");
            run(store, "FLUSHALL");
        }
    });
}

#[test]
fn pushes_that_nobody_saw_are_taken_out_in_any_order() {
    everywhere(|store| {
        for command in ["BRPUSH_BOUNDED k 4 x", "BLPUSH_BOUNDED k 4 x"] {
            for order in orders(3) {
                run(store, "RPUSH k x x x x");
                let futures = [(); 3].map(|()| block(store, command));
                run(store, "LMPOP LEFT 3 k");
                assert_eq!(store.llen("k"), 4);
                drop_in_order(futures, &order);
                assert_eq!(contents(store), "k x", "{command}, in the order {order:?}");
                run(store, "DEL k");
            }
        }
    });
}

#[test]
fn the_room_of_a_push_that_nobody_saw_is_the_next_ones() {
    everywhere(|store| {
        run(store, "RPUSH k 1");
        let gone = block(store, "BRPUSH_BOUNDED k 1 x");
        let mut next = block(store, "BRPUSH_BOUNDED k 1 y");
        run(store, "LPOP k");
        next.is_blocked();
        drop(gone);
        assert_eq!(next.got(), "1");
        assert_eq!(contents(store), "k y");
    });
}

#[test]
fn a_batch_that_goes_back_may_complete_a_larger_one() {
    everywhere(|store| {
        let gone = block(store, "BLMOVEM k d LEFT RIGHT EXACTLY 2 BULK");
        run(store, "RPUSH k 1 2 3");
        let mut next = block(store, "BLMOVEM k e LEFT RIGHT EXACTLY 3 BULK");
        next.is_blocked();
        drop(gone);
        assert_eq!(next.got(), "1 2 3");
        assert_eq!(contents(store), "e 1 2 3");
    });
}

#[test]
fn who_gives_up_before_there_is_room_or_enough_leaves_nothing() {
    everywhere(|store| {
        run(store, "RPUSH k 1");
        for command in ["BRPUSH_BOUNDED k 1 x", "BLMOVEM k d LEFT RIGHT EXACTLY 2 BULK"] {
            drop(block(store, command));
        }
        let never = store.brpush_bounded_async("k", 9, "x");
        drop(never);
        run(store, "RPUSH k 2");
        run(store, "LPOP k");
        assert_eq!(contents(store), "k 2");
        assert_eq!(store.blocked_clients(), 0);
    });
}

#[test]
fn nothing_is_remembered_of_a_push_that_was_seen() {
    everywhere(|store| {
        run(store, "RPUSH k 1");
        let mut seen = block(store, "BRPUSH_BOUNDED k 1 x");
        run(store, "LPOP k");
        assert_eq!(seen.got(), "1");
        drop(seen);
        assert_eq!(contents(store), "k x");
    });
}
