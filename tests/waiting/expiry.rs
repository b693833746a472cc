//! Who waits at keys that expire, by a clock that is turned by hand; and at keys that have expired and that nobody has removed
//! yet, as there are with the system's clock whenever no command came by.

use std::time::Duration;

use redeque::{ManualClock, Store};

use crate::support::{SlyClock, block, contents, exec, run};

/// Stores whose keys share a shard, and stores in which each has its own.
fn everywhere(test: impl Fn(&Store, &ManualClock)) {
    for shards in [1, 2, 3, 3, 512, 512, 512] {
        let clock = ManualClock::new();
        let store = Store::builder().shards(shards).clock(&clock).build().unwrap();
        test(&store, &clock);
    }
}

/// Turns the clock and reaps nothing: what is due stays until a command comes by.
fn with_a_sly_clock(test: impl Fn(&Store, &SlyClock)) {
    everywhere(|store, clock| test(store, &SlyClock::new(store, clock)));
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_move_that_finds_an_expired_list_takes_what_is_pushed_in_its_place_all_the_way() {
    with_a_sly_clock(|store, clock| {
        let mut onwards = block(store, "BLMOVE b c LEFT RIGHT");
        let mut further = block(store, "BLMOVE c d LEFT RIGHT");
        run(store, "RPUSH a old");
        run(store, "PEXPIRE a 500");
        let mut pushing = block(store, "BRPUSH_BOUNDED a 1 new");
        clock.turn(SECOND);
        let moved = run(store, "BLMOVE a b LEFT RIGHT");
        assert_eq!(moved, "new");
        assert_eq!(pushing.got(), "1");
        assert_eq!((onwards.got(), further.got()), ("new".to_owned(), "new".to_owned()));
        assert_eq!(contents(store), "d new");
    });
}

#[test]
fn who_waited_for_room_comes_before_who_finds_that_there_is_some() {
    with_a_sly_clock(|store, clock| {
        run(store, "RPUSH a old");
        run(store, "PEXPIRE a 500");
        let mut first = block(store, "BRPUSH_BOUNDED a 1 first");
        clock.turn(SECOND);
        let mut second = block(store, "BRPUSH_BOUNDED a 1 second");
        assert_eq!(first.got(), "1");
        assert_eq!(contents(store), "a first");
        run(store, "LPOP a");
        assert_eq!(second.got(), "1");
        assert_eq!(contents(store), "a second");
    });
}

/// How long a key has left.
fn left(store: &Store, key: &str) -> Option<u64> {
    store.ttl(key).remaining().map(|left| u64::try_from(left.as_millis()).expect("a short time"))
}

/// Pushes 1, 2 and so on, and gives their list a second, before anybody is served.
fn push_for_a_second(store: &Store, key: &str, count: usize) {
    let elements: Vec<String> = (1..=count).map(|number| number.to_string()).collect();
    let push = format!("RPUSH {key} {}", elements.join(" "));
    exec(store, &[&push, &format!("PEXPIRE {key} 1000")]);
}

#[test]
fn a_key_that_comes_back_has_the_deadline_that_it_had() {
    everywhere(|store, clock| {
        for (command, count) in [
            ("BLPOP k", 1),
            ("BLPOP other k", 1),
            ("BLMPOP RIGHT 3 k", 3),
            ("BLMPOP LEFT 9 k", 2),
            ("BLMOVE k d LEFT RIGHT", 1),
            ("BLMOVEM k d LEFT LEFT COUNT 9 OBO", 3),
            ("BLMOVEM k d RIGHT LEFT EXACTLY 2 BULK", 2),
            ("BLMOVE k k LEFT RIGHT", 1),
            ("BLMOVEM k k LEFT RIGHT COUNT 3 BULK", 2),
        ] {
            let gone = block(store, command);
            push_for_a_second(store, "k", count);
            clock.advance(SECOND / 4);
            drop(gone);
            assert_eq!(store.llen("k"), count, "{command}");
            assert_eq!(store.dbsize(), 1, "{command}");
            assert_eq!(left(store, "k"), Some(750), "{command}");
            clock.advance(SECOND);
            assert_eq!(contents(store), "", "{command}");
        }
    });
}

#[test]
fn what_comes_back_to_a_list_that_would_have_expired_has_expired_with_it() {
    let expired = |store: &Store| store.stats().expired;
    with_a_sly_clock(|store, clock| {
        for (command, count, rest) in [
            ("BLPOP k", 1, ""),
            ("BLMPOP LEFT 2 k", 2, ""),
            ("BLMOVE k d LEFT RIGHT", 1, "d 0"),
            ("BLMOVEM k d LEFT RIGHT EXACTLY 2 OBO", 2, "d 0"),
        ] {
            let before = expired(store);
            if !rest.is_empty() {
                run(store, "RPUSH d 0");
            }
            let gone = block(store, command);
            push_for_a_second(store, "k", count);
            clock.turn(SECOND);
            let mut next = block(store, "BLPOP k");
            clock.turn(SECOND);
            drop(gone);
            next.is_blocked();
            drop(next);
            assert_eq!(contents(store), rest, "{command}");
            assert_eq!(expired(store), before + 1, "{command}");
            run(store, "FLUSHALL");
        }
    });
}

#[test]
fn what_comes_back_leaves_the_deadline_of_a_key_that_was_made_anew() {
    everywhere(|store, clock| {
        for (made, elements, deadline) in [
            (&["RPUSH k 7"][..], "k 1 7", None),
            (&["RPUSH k 7", "PEXPIRE k 9000"], "k 1 7", Some(9000)),
            (&["RPUSH j 7", "PEXPIRE j 8000", "RENAME j k"], "k 1 7", Some(8000)),
            (&["RPUSH j 7", "RENAME j k"], "k 1 7", None),
            (&["RPUSH k 7", "PEXPIRE k 9000", "RENAME k j"], "j 7; k 1", Some(750)),
            (&["RPUSH k 7", "LPOP k"], "k 1", Some(750)),
        ] {
            let gone = block(store, "BLPOP k");
            push_for_a_second(store, "k", 1);
            clock.advance(SECOND / 4);
            for line in made {
                run(store, line);
            }
            drop(gone);
            assert_eq!(contents(store), elements, "after {made:?}");
            assert_eq!(left(store, "k"), deadline, "after {made:?}");
            run(store, "FLUSHALL");
        }
        // Also where its own would have passed.
        let gone = block(store, "BLPOP k");
        push_for_a_second(store, "k", 1);
        clock.advance(2 * SECOND);
        run(store, "RPUSH k 7");
        drop(gone);
        assert_eq!(contents(store), "k 1 7");
        run(store, "FLUSHALL");
    });
}

#[test]
fn an_element_that_went_round_comes_back_to_the_deadline_that_its_list_has_by_then() {
    everywhere(|store, _| {
        for (meanwhile, deadline) in
            [("PERSIST k", None), ("PEXPIRE k 5000", Some(5000)), ("PEXPIRE d 5000", Some(1000))]
        {
            for command in ["BLMOVE k k LEFT RIGHT", "BLMOVEM k k LEFT LEFT COUNT 2 OBO"] {
                let gone = block(store, command);
                push_for_a_second(store, "k", 1);
                run(store, meanwhile);
                drop(gone);
                assert_eq!(contents(store), "k 1");
                assert_eq!(left(store, "k"), deadline, "{command}, {meanwhile}");
                run(store, "FLUSHALL");
            }
        }
    });
}

#[test]
fn a_moved_element_that_somebody_took_brings_no_deadline_back() {
    everywhere(|store, clock| {
        let gone = block(store, "BLMOVE k d LEFT RIGHT");
        push_for_a_second(store, "k", 1);
        assert_eq!(run(store, "LPOP d"), "1");
        clock.advance(2 * SECOND);
        drop(gone);
        assert_eq!((store.dbsize(), store.stats().expired), (0, 0));
    });
}

#[test]
fn of_several_waits_the_one_that_took_the_last_element_gives_back_the_deadline() {
    everywhere(|store, clock| {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let commands = ["BLPOP k", "BLMOVE k d LEFT RIGHT", "BLMPOP LEFT 2 k"];
            let mut gone = commands.map(|command| Some(block(store, command)));
            push_for_a_second(store, "k", 4);
            for number in order {
                clock.advance(SECOND / 10);
                gone[number] = None;
            }
            assert_eq!(contents(store), "k 1 2 3 4", "{order:?}");
            // What came back before has made a key of its own.
            assert_eq!(left(store, "k"), (order[0] == 2).then_some(700), "{order:?}");
            run(store, "FLUSHALL");
        }
    });
}

#[test]
fn what_was_not_the_last_of_its_list_comes_back_whatever_became_of_that() {
    everywhere(|store, clock| {
        for meanwhile in [&["PERSIST k", "LPOP k"][..], &["PEXPIRE k 9000", "LPOP k"], &["LPOP k"]]
        {
            let gone = block(store, "BLPOP k");
            push_for_a_second(store, "k", 2);
            for line in meanwhile {
                run(store, line);
            }
            clock.advance(2 * SECOND);
            drop(gone);
            assert_eq!(
                (contents(store).as_str(), left(store, "k")),
                ("k 1", None),
                "{meanwhile:?}"
            );
            run(store, "FLUSHALL");
        }
        // Nor does the last one take others with it.
        let [first, second] = [(); 2].map(|()| block(store, "BLPOP k"));
        push_for_a_second(store, "k", 2);
        drop(first);
        clock.advance(2 * SECOND);
        drop(second);
        assert_eq!(contents(store), "k 1 2");
    });
}

#[test]
fn who_is_served_with_what_came_back_gives_it_back_with_its_deadline() {
    everywhere(|store, clock| {
        let [first, second, third] = [(); 3].map(|()| block(store, "BLPOP k"));
        push_for_a_second(store, "k", 1);
        drop(first);
        clock.advance(SECOND / 4);
        drop(second);
        drop(third);
        assert_eq!(contents(store), "k 1");
        assert_eq!(left(store, "k"), Some(750));
        clock.advance(SECOND);
        assert_eq!(contents(store), "");
    });
}
