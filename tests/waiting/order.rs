//! The order of service: first come first served for each key, and nobody loses a place.

use crate::support::{Spelled, block, contents, everywhere, exec, run};

fn crowd(store: &redeque::Store, count: usize) -> Vec<Spelled> {
    (0..count).map(|_| block(store, "BLPOP k")).collect()
}

#[test]
fn a_crowd_is_served_in_the_order_of_its_arrival() {
    everywhere(|store| {
        let mut clients = crowd(store, 100);
        for (number, client) in clients.iter_mut().enumerate() {
            run(store, &format!("RPUSH k {number}"));
            assert_eq!(client.got(), format!("k {number}"));
        }
        assert_eq!(contents(store), "");
    });
}

#[test]
fn one_push_serves_as_many_as_it_has_elements() {
    everywhere(|store| {
        let mut clients = crowd(store, 5);
        assert_eq!(run(store, "RPUSH k 0 1 2"), "3");
        for (number, client) in clients.iter_mut().enumerate().take(3) {
            assert_eq!(client.got(), format!("k {number}"));
        }
        clients.iter_mut().skip(3).for_each(Spelled::is_blocked);
    });
}

#[test]
fn a_waiter_that_is_served_and_waits_again_goes_to_the_tail() {
    everywhere(|store| {
        let [mut first, mut second] = [block(store, "BLPOP k"), block(store, "BLPOP k")];
        run(store, "RPUSH k 1");
        assert_eq!(first.got(), "k 1");
        let mut first = block(store, "BLPOP k");
        run(store, "RPUSH k 2");
        assert_eq!(second.got(), "k 2");
        first.is_blocked();
        run(store, "RPUSH k 3");
        assert_eq!(first.got(), "k 3");
    });
}

#[test]
fn a_pipelined_second_pop_comes_after_those_who_already_wait() {
    everywhere(|store| {
        let [mut first, mut other] = [block(store, "BLPOP k"), block(store, "BLPOP k")];
        assert_eq!(run(store, "RPUSH k 1 2 3"), "3");
        assert_eq!((first.got(), other.got()), ("k 1".to_owned(), "k 2".to_owned()));
        assert_eq!(run(store, "BLPOP k"), "k 3");
    });
}

#[test]
fn each_key_has_its_own_queue() {
    everywhere(|store| {
        let mut both = block(store, "BLPOP a b");
        let mut late = block(store, "BLPOP b");
        let mut early = block(store, "BLPOP a");
        run(store, "RPUSH a 1 2");
        assert_eq!(both.got(), "a 1");
        assert_eq!(early.got(), "a 2");
        late.is_blocked();
        run(store, "RPUSH b 3");
        assert_eq!(late.got(), "b 3");
    });
}

#[test]
fn those_who_are_not_served_keep_their_places() {
    everywhere(|store| {
        let mut clients = crowd(store, 4);
        exec(store, &["RPUSH k x", "DEL k"]);
        drop(clients.remove(1));
        run(store, "FLUSHALL");
        run(store, "RPUSH k 0 1 2");
        for (number, client) in clients.iter_mut().enumerate() {
            assert_eq!(client.got(), format!("k {number}"));
        }
    });
}

#[test]
fn a_key_that_was_served_can_become_ready_again_in_the_same_command() {
    everywhere(|store| {
        let mut there = block(store, "BLMOVE a b LEFT LEFT");
        let mut back = block(store, "BLMOVE b a LEFT LEFT");
        let mut end = block(store, "BLPOP a");
        run(store, "RPUSH a x");
        assert_eq!([there.got(), back.got(), end.got()], ["x", "x", "a x"]);
        assert_eq!(contents(store), "");
    });
}

#[test]
fn many_movers_to_many_keys_are_served_by_one_transaction() {
    everywhere(|store| {
        let mut movers: Vec<_> =
            (0..50).map(|n| block(store, &format!("BLMOVE k d{n} LEFT LEFT"))).collect();
        let elements: Vec<String> = (0..50).map(|number| number.to_string()).collect();
        let pushed = format!("RPUSH k {}", elements.join(" "));
        exec(store, &[&pushed]);
        for (number, mover) in movers.iter_mut().enumerate() {
            assert_eq!(mover.got(), number.to_string());
            assert_eq!(store.lrange(format!("d{number}"), 0, -1), [number.to_string().as_bytes()]);
        }
    });
}

#[test]
fn a_chain_over_many_keys_runs_to_its_end_in_one_push() {
    everywhere(|store| {
        let mut movers: Vec<_> =
            (0..40).map(|n| block(store, &format!("BLMOVE c{n} c{} LEFT LEFT", n + 1))).collect();
        run(store, "RPUSH c0 x");
        assert!(movers.iter_mut().all(|mover| mover.got() == "x"));
        assert_eq!(contents(store), "c40 x");
    });
}

/// The order in which keys are looked at decides who is served, so it has to be foreseen for the locks. Here `k` is looked at
/// after `x` in the last round but one, although an element had gone round in `k` before `x` got any.
#[test]
fn an_element_that_goes_round_does_not_bring_its_key_forward() {
    everywhere(|store| {
        let moves = [
            "BLMOVE a k LEFT RIGHT",
            "BLMOVE a y LEFT RIGHT",
            "BLMOVE k k LEFT RIGHT",
            "BLMOVE k x LEFT RIGHT",
            "BLMOVE y k LEFT RIGHT",
            "BLMOVE x k LEFT RIGHT",
        ];
        let _moves = moves.map(|command| block(store, command));
        let mut batch = block(store, "BLMOVEM k q LEFT RIGHT EXACTLY 2 BULK");
        let mut behind = block(store, "BLPOP k");
        run(store, "RPUSH a 1 2");
        behind.is_blocked();
        assert_eq!(batch.got(), "2 1");
        assert_eq!(contents(store), "q 2 1");
    });
}

/// Nor does a push that had waited for room there, and is served by now.
#[test]
fn a_push_that_was_served_does_not_bring_its_key_forward() {
    everywhere(|store| {
        run(store, "RPUSH k 0");
        let waits = [
            "BLMOVE a k LEFT RIGHT",
            "BLMOVE a y LEFT RIGHT",
            "BLMOVEM k e LEFT RIGHT EXACTLY 2 BULK",
            "BRPUSH_BOUNDED k 1 p",
            "BLMOVE y k LEFT RIGHT",
            "BLMOVEM a z LEFT RIGHT COUNT 2 BULK",
            "BLMOVEM z late LEFT RIGHT COUNT 2 BULK",
            "BLMOVEM k x LEFT RIGHT EXACTLY 2 BULK",
            "BLMOVEM late k LEFT RIGHT COUNT 2 BULK",
            "BLMOVE x k LEFT RIGHT",
        ];
        let _waits = waits.map(|command| block(store, command));
        let mut batch = block(store, "BLMOVEM k q LEFT RIGHT EXACTLY 3 BULK");
        let mut behind = block(store, "BLMOVEM k r LEFT RIGHT EXACTLY 2 BULK");
        run(store, "RPUSH a 1 2 3 4");
        behind.is_blocked();
        assert_eq!(batch.got(), "3 4 p");
        assert_eq!(contents(store), "e 0 1; q 3 4 p; x 2");
    });
}

#[test]
fn a_flush_keeps_the_places_of_keys_that_were_ready_before() {
    everywhere(|store| {
        run(store, "RPUSH full 0");
        let mut push = block(store, "BRPUSH_BOUNDED full 1 p");
        let mut moved = block(store, "BLMOVE k full LEFT RIGHT");
        let mut connection = store.connect();
        for line in ["MULTI", "RPUSH k 1", "FLUSHALL", "RPUSH k 2", "EXEC"] {
            connection.execute(line.split(' '));
        }
        assert_eq!(moved.got(), "2");
        push.is_blocked();
        assert_eq!(contents(store), "full 2");
    });
}
