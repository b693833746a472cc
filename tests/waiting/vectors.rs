//! What Redis does, as recorded from servers: who was blocked, in which order; what was written; who got what; and
//! what is left. The rules are Redis's since 7.2: a waiter takes the first of its keys that has a list.
//!
//! Vectors that need databases, expiry, a type other than lists, or connections are tested with the text commands.

use redeque::Store;

use crate::support::{Spelled, block, contents, everywhere, exec, run};

/// Checks a vector in every kind of store. `blocked` is `NAME COMMAND | ...`. `written` is `COMMAND => REPLY | ...`,
/// each a command of its own, or all of them one transaction if it begins with `MULTI`. `got` is `NAME REPLY | ...`:
/// who is not named there is still blocked.
#[track_caller]
fn check(blocked: &str, written: &str, got: &str, left: &str) {
    everywhere(|store| {
        let mut clients: Vec<(&str, Spelled)> = Vec::new();
        for line in blocked.split(" | ") {
            let (name, command) = line.split_once(' ').expect("a name and a command");
            clients.push((name, block(store, command)));
        }
        write(store, written);
        for (name, client) in &mut clients {
            let reply = got.split(" | ").find_map(|line| line.strip_prefix(&format!("{name} ")));
            match reply {
                Some(reply) => assert_eq!(client.got(), reply, "what {name} got"),
                None => client.is_blocked(),
            }
        }
        assert_eq!(contents(store), left, "what is left");
    });
}

#[track_caller]
fn write(store: &Store, written: &str) {
    let steps = |lines: &str| -> Vec<(String, String)> {
        let step = |line: &str| line.split_once(" => ").map(|(a, b)| (a.to_owned(), b.to_owned()));
        lines.split(" | ").map(|line| step(line).expect("a command and its reply")).collect()
    };
    if let Some(queued) = written.strip_prefix("MULTI | ") {
        let (lines, replies): (Vec<_>, Vec<_>) = steps(queued).into_iter().unzip();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(exec(store, &lines), replies, "the replies to {written}");
    } else {
        for (line, reply) in steps(written) {
            assert_eq!(run(store, &line), reply, "the reply to {line}");
        }
    }
}

macro_rules! vectors {
    ($($name:ident: $blocked:literal, $written:literal, $got:literal, $left:literal;)+) => {
        $(#[test] fn $name() { check($blocked, $written, $got, $left); })+
    };
}

// One key.
vectors! {
    waiters_are_served_first_come_first_and_the_reply_counts_what_they_take:
        "A BLPOP k | B BLPOP k", "RPUSH k 1 2 3 => 3", "A k 1 | B k 2", "k 3";
    a_push_of_several_elements_completes_before_a_waiter_is_served:
        "A BLPOP k", "LPUSH k a b c => 3", "A k c", "k b a";
    brpop_takes_from_the_tail:
        "A BRPOP k", "RPUSH k a b c => 3", "A k c", "k a b";
    each_waiter_pops_its_own_end:
        "A BLPOP k | B BRPOP k", "RPUSH k 1 2 3 => 3", "A k 1 | B k 3", "k 2";
    a_waiter_is_served_between_two_commands:
        "A BLPOP k", "LPUSH k a => 1 | LPUSH k b => 1", "A k a", "k b";
    a_flush_before_the_push_changes_nothing:
        "A BLPOP k", "FLUSHALL => OK | RPUSH k a => 1", "A k a", "";
    a_key_named_twice_is_waited_for_once:
        "A BLPOP k k", "RPUSH k a b => 2", "A k a", "k b";
    blmpop_takes_up_to_its_count:
        "A BLMPOP LEFT 10 k", "RPUSH k a b c => 3", "A k a b c", "";
    blmpop_leaves_the_rest_to_the_next:
        "A BLMPOP RIGHT 2 k | B BLPOP k", "RPUSH k a b c d => 4", "A k d c | B k a", "k b";
    blmpop_never_waits_for_more:
        "A BLMPOP LEFT 10 k", "RPUSH k a => 1 | RPUSH k b => 1", "A k a", "k b";
    a_rename_feeds_the_new_name:
        "A BLPOP k", "RPUSH src a b => 2 | RENAME src k => OK", "A k a", "k b";
}

// Transactions.
vectors! {
    a_transaction_completes_before_a_waiter_is_served:
        "A BLPOP k", "MULTI | RPUSH k a => 1 | LPUSH k b => 2", "A k b", "k a";
    a_push_that_is_deleted_wakes_nobody:
        "A BLPOP k", "MULTI | RPUSH k a => 1 | DEL k => 1", "", "";
    a_push_that_is_popped_wakes_nobody:
        "A BLPOP k", "MULTI | RPUSH k a => 1 | LPOP k => a", "", "";
    a_push_that_is_trimmed_wakes_nobody:
        "A BLPOP k", "MULTI | RPUSH k a => 1 | LTRIM k 1 0 => OK", "", "";
    a_push_that_is_removed_wakes_nobody:
        "A BLPOP k", "MULTI | RPUSH k a => 1 | LREM k a => 1", "", "";
    what_counts_is_the_list_at_the_end:
        "A BLPOP k", "MULTI | RPUSH k a => 1 | DEL k => 1 | RPUSH k b c => 2", "A k b", "k c";
    a_push_that_is_renamed_feeds_the_new_name:
        "A BLPOP k | B BLPOP j", "MULTI | RPUSH k a => 1 | RENAME k j => OK", "B j a", "";
    an_lmove_in_a_transaction_takes_first:
        "A BLPOP src", "MULTI | RPUSH src 1 2 => 2 | LMOVE src dst LEFT LEFT => 1",
        "A src 2", "dst 1";
    a_blpop_in_a_transaction_beats_those_outside:
        "A BLPOP k", "MULTI | RPUSH k a => 1 | BLPOP k => k a", "", "";
    a_blpop_in_a_transaction_never_waits:
        "A BLPOP k", "MULTI | BLPOP k => nil | BLMOVE k d LEFT LEFT => nil", "", "";
    a_blmove_in_a_transaction_feeds_those_outside:
        "A BLPOP d",
        "MULTI | RPUSH s a => 1 | BLMOVE s d LEFT LEFT => a | LLEN d => 1",
        "A d a", "";
}

// Moves.
vectors! {
    a_blmove_onto_its_own_key_rotates:
        "A BLMOVE k k LEFT RIGHT", "RPUSH k a b c => 3", "A a", "k b c a";
    a_blmove_onto_its_own_key_leaves_the_element_to_the_next:
        "A BLMOVE k k LEFT RIGHT | B BLPOP k", "RPUSH k a => 1", "A a | B k a", "";
    one_element_serves_every_blmove_onto_its_own_key:
        "A BLMOVE k k LEFT LEFT | B BLMOVE k k RIGHT LEFT | C BLMOVE k d LEFT LEFT | D BLPOP d",
        "RPUSH k a => 1", "A a | B a | C a | D d a", "";
    a_chain_of_moves_runs_to_its_end:
        "A BLMOVE a b LEFT LEFT | B BLMOVE b c LEFT LEFT | C BLPOP c",
        "RPUSH a 1 => 1", "A 1 | B 1 | C c 1", "";
    a_cycle_of_moves_ends:
        "A BLMOVE a b LEFT RIGHT | B BLMOVE b a LEFT RIGHT", "RPUSH a x => 1", "A x | B x", "a x";
    two_turns_around_a_cycle:
        "A BLMOVE a b LEFT RIGHT | B BLMOVE b a LEFT RIGHT | C BLMOVE a b LEFT RIGHT \
         | D BLMOVE b a LEFT RIGHT | E BLMOVE a e LEFT RIGHT",
        "RPUSH a x => 1", "A x | B x | C x | D x | E x", "e x";
    both_moves_of_a_round_come_before_the_destinations_waiter:
        "A BLMOVE a b LEFT RIGHT | D BLMOVE a b LEFT LEFT | B BLPOP b",
        "RPUSH a 1 2 3 => 3", "A 1 | D 2 | B b 2", "a 3; b 1";
    a_destination_is_served_in_the_next_round:
        "D BLPOP d | A BLMOVE k1 d LEFT RIGHT | B BLMOVE k2 d LEFT LEFT",
        "MULTI | RPUSH k1 1 => 1 | RPUSH k2 2 => 1", "A 1 | B 2 | D d 2", "d 1";
    keys_are_served_in_the_order_in_which_they_became_ready:
        "A BLMOVE k1 d LEFT RIGHT | B BLMOVE k2 d LEFT RIGHT | C BLMOVE k3 d LEFT RIGHT",
        "MULTI | RPUSH k3 3 => 1 | RPUSH k1 1 => 1 | RPUSH k2 2 => 1",
        "A 1 | B 2 | C 3", "d 3 1 2";
    a_key_keeps_the_place_of_when_it_first_became_ready:
        "A BLMOVE k1 d LEFT RIGHT | B BLMOVE k2 d LEFT RIGHT",
        "MULTI | RPUSH k2 x => 1 | RPUSH k1 1 => 1 | DEL k2 => 1 | RPUSH k2 2 => 1",
        "A 1 | B 2", "d 2 1";
    a_moved_element_reaches_a_waiter_for_several_keys:
        "A BRPOPLPUSH l1 l3 | B BLPOP l2 | C BLMPOP LEFT 1 l2 l3",
        "MULTI | LPUSH l1 1 => 1 | LPUSH l2 2 => 1", "A 1 | B l2 2 | C l3 1", "";
    a_move_appends_to_a_list_that_exists:
        "A BLMOVE a b LEFT RIGHT", "RPUSH b x => 1 | RPUSH a 1 2 => 2", "A 1", "a 2; b x 1";
}

// Several keys: the first that has a list, in the waiter's own order.
vectors! {
    blpop_takes_the_first_of_its_keys_whichever_became_ready_first:
        "A BLPOP k1 k2", "MULTI | RPUSH k2 b => 1 | RPUSH k1 a => 1", "A k1 a", "k2 b";
    blmpop_takes_the_first_of_its_keys_whichever_became_ready_first:
        "A BLMPOP LEFT 5 k1 k2", "MULTI | RPUSH k2 b bb => 2 | RPUSH k1 a => 1", "A k1 a",
        "k2 b bb";
    the_key_that_a_waiter_leaves_feeds_the_next:
        "A BLPOP k1 k2 | B BLPOP k2", "MULTI | RPUSH k2 b => 1 | RPUSH k1 a => 1",
        "A k1 a | B k2 b", "";
    a_waiter_for_two_keys_may_take_the_one_that_another_waits_for:
        "A BLPOP k1 k2 | B BLPOP k1 | C BLPOP k2", "MULTI | RPUSH k2 b => 1 | RPUSH k1 a => 1",
        "A k1 a | C k2 b", "";
    a_blmove_feeds_the_first_key_of_a_later_waiter_for_both:
        "B BLMOVE s d LEFT LEFT | A BLPOP d s", "RPUSH s 1 2 => 2", "B 1 | A d 1", "s 2";
    a_waiter_for_several_keys_is_served_by_any:
        "A BLPOP k1 k2 k3", "RPUSH k3 c => 1 | RPUSH k1 a => 1", "A k3 c", "k1 a";
    a_waiter_that_was_served_elsewhere_does_not_delay_the_next:
        "A BLPOP k1 k2 | B BLPOP k2", "RPUSH k1 a => 1 | RPUSH k2 b => 1", "A k1 a | B k2 b", "";
}
