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
    everywhere(|store| play(store, blocked, written, got, left));
}

#[track_caller]
fn play(store: &Store, blocked: &str, written: &str, got: &str, left: &str) {
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

// Exact batches: who waits for one is looked at again whenever the list grows.
vectors! {
    an_exact_batch_holds_up_nobody_and_keeps_its_place:
        "A BLMOVEM src dst LEFT RIGHT EXACTLY 2 BULK | B BLPOP src | C BLPOP src",
        "RPUSH src a => 1 | RPUSH src b c => 2 | RPUSH src d => 1",
        "A b c | B src a | C src d", "dst b c";
    who_is_behind_an_exact_batch_takes_the_element_that_is_too_few:
        "A BLMOVEM src dst LEFT RIGHT EXACTLY 2 BULK | B BLPOP src", "RPUSH src a => 1",
        "B src a", "";
    an_exact_batch_is_there_when_an_existing_list_has_grown:
        "A BLMOVEM src dst LEFT RIGHT EXACTLY 3 BULK",
        "RPUSH src 1 => 1 | LPUSH src 0 => 2 | LINSERT src 1 h => 3", "A 0 h 1", "dst 0 h 1";
    a_move_into_the_source_completes_an_exact_batch:
        "A BLMOVEM src dst LEFT RIGHT EXACTLY 2 BULK",
        "RPUSH src 1 => 1 | RPUSH s 2 3 => 2 | LMOVE s src LEFT RIGHT => 2", "A 1 2",
        "dst 1 2; s 3";
    a_rename_over_the_source_completes_an_exact_batch:
        "A BLMOVEM src dst LEFT RIGHT EXACTLY 2 BULK",
        "RPUSH src 1 => 1 | RPUSH s 2 3 => 2 | RENAME s src => OK", "A 2 3", "dst 2 3";
    an_exact_batch_leaves_what_is_more:
        "A BLMOVEM src dst RIGHT LEFT EXACTLY 2 OBO", "RPUSH src 1 2 3 => 3", "A 2 3",
        "dst 2 3; src 1";
    a_batch_with_a_count_waits_for_a_list_only:
        "A BLMOVEM src dst LEFT RIGHT COUNT 3 BULK", "RPUSH src 1 => 1 | RPUSH src 2 => 1", "A 1",
        "dst 1; src 2";
    a_batch_with_a_count_takes_up_to_that:
        "A BLMOVEM src dst LEFT RIGHT COUNT 3 BULK", "RPUSH src 1 2 3 4 => 4", "A 1 2 3",
        "dst 1 2 3; src 4";
    one_by_one_turns_a_batch_round_at_the_head:
        "A BLMOVEM src dst LEFT LEFT EXACTLY 3 OBO", "RPUSH src 1 2 3 => 3", "A 3 2 1",
        "dst 3 2 1";
    in_bulk_a_batch_keeps_its_order_at_the_head:
        "A BLMOVEM src dst LEFT LEFT EXACTLY 3 BULK", "RPUSH src 1 2 3 => 3", "A 1 2 3",
        "dst 1 2 3";
    one_by_one_a_batch_from_the_tail_is_in_the_order_of_popping:
        "A BLMOVEM src dst RIGHT RIGHT EXACTLY 3 OBO", "RPUSH src 2 3 4 5 => 4", "A 5 4 3",
        "dst 5 4 3; src 2";
    in_bulk_a_batch_from_the_tail_keeps_its_order:
        "A BLMOVEM src dst RIGHT RIGHT EXACTLY 3 BULK", "RPUSH src 2 3 4 5 => 4", "A 3 4 5",
        "dst 3 4 5; src 2";
    a_batch_onto_its_own_key_goes_round:
        "A BLMOVEM k k LEFT RIGHT EXACTLY 2 BULK", "RPUSH k 1 2 3 => 3", "A 1 2", "k 3 1 2";
    a_whole_list_goes_round_and_is_left_to_the_next:
        "A BLMOVEM k k LEFT LEFT EXACTLY 2 OBO | B BLPOP k", "RPUSH k 1 2 => 2", "A 2 1 | B k 2",
        "k 1";
    a_batch_feeds_those_who_wait_for_its_destination:
        "A BLMOVEM src dst LEFT RIGHT EXACTLY 2 BULK | B BLMOVEM dst end LEFT RIGHT EXACTLY 3 BULK \
         | C BLPOP end",
        "RPUSH dst 0 => 1 | RPUSH src 1 2 => 2", "A 1 2 | B 0 1 2 | C end 0", "end 1 2";
    of_two_exact_batches_the_smaller_one_passes:
        "A BLMOVEM k a LEFT RIGHT EXACTLY 3 BULK | B BLMOVEM k b LEFT RIGHT EXACTLY 2 BULK",
        "RPUSH k 1 2 => 2 | RPUSH k 3 4 5 => 3", "A 3 4 5 | B 1 2", "a 3 4 5; b 1 2";
    of_two_exact_batches_that_fit_the_first_is_next:
        "A BLMOVEM k a LEFT RIGHT EXACTLY 3 BULK | B BLMOVEM k b LEFT RIGHT EXACTLY 2 BULK",
        "RPUSH k 1 2 3 4 => 4", "A 1 2 3", "a 1 2 3; k 4";
    a_transaction_completes_before_a_batch_is_looked_at:
        "A BLMOVEM k a LEFT RIGHT EXACTLY 3 BULK",
        "MULTI | RPUSH k 1 2 3 => 3 | LPOP k => 1 | LMOVEM k k LEFT RIGHT EXACTLY 3 BULK => nil",
        "", "k 2 3";
}

/// As `check`, after these commands.
#[track_caller]
fn check_after(before: &str, blocked: &str, written: &str, got: &str, left: &str) {
    everywhere(|store| {
        write(store, before);
        play(store, blocked, written, got, left);
    });
}

macro_rules! vectors_after {
    ($($name:ident: $before:literal, $blocked:literal, $written:literal, $got:literal, $left:literal;)+) => {
        $(#[test] fn $name() { check_after($before, $blocked, $written, $got, $left); })+
    };
}

// Bounded pushes, which are served by whatever makes room.
vectors_after! {
    a_pop_makes_room:
        "RPUSH k 1 2 => 2", "A BRPUSH_BOUNDED k 2 3", "LPOP k => 1", "A 2", "k 2 3";
    a_pop_of_several_makes_room_for_several:
        "RPUSH k 1 2 => 2", "A BRPUSH_BOUNDED k 2 3 | B BLPUSH_BOUNDED k 2 4 | C BRPUSH_BOUNDED k 2 5",
        "LMPOP LEFT 2 k => k 1 2", "A 1 | B 2", "k 4 3";
    a_move_away_makes_room:
        "RPUSH k 1 => 1", "A BRPUSH_BOUNDED k 1 2", "LMOVE k d LEFT LEFT => 1", "A 1", "d 1; k 2";
    a_batch_that_moves_away_makes_room:
        "RPUSH k 1 2 => 2", "A BRPUSH_BOUNDED k 1 3", "LMOVEM k d LEFT RIGHT EXACTLY 2 BULK => 1 2",
        "A 1", "d 1 2; k 3";
    a_move_within_the_list_makes_none:
        "RPUSH k 1 2 => 2", "A BRPUSH_BOUNDED k 2 3",
        "LMOVE k k LEFT RIGHT => 1 | LMOVEM k k LEFT RIGHT EXACTLY 2 BULK => 2 1", "", "k 2 1";
    a_removal_makes_room:
        "RPUSH k 1 2 => 2", "A BRPUSH_BOUNDED k 2 3", "LREM k x => 0 | LREM k 2 => 1", "A 2", "k 1 3";
    a_trim_makes_room:
        "RPUSH k 1 2 => 2", "A BRPUSH_BOUNDED k 2 3", "LTRIM k 0 -1 => OK | LTRIM k 1 -1 => OK",
        "A 2", "k 2 3";
    a_deletion_makes_room:
        "RPUSH k 1 2 => 2", "A BRPUSH_BOUNDED k 1 3", "DEL k => 1", "A 1", "k 3";
    a_flush_makes_room:
        "RPUSH k 1 2 => 2", "A BRPUSH_BOUNDED k 1 3", "FLUSHALL => OK", "A 1", "k 3";
    a_rename_away_makes_room:
        "RPUSH k 1 2 => 2", "A BRPUSH_BOUNDED k 1 3", "RENAME k j => OK", "A 1", "j 1 2; k 3";
    a_rename_of_a_shorter_list_makes_room:
        "RPUSH k 1 2 => 2 | RPUSH s 8 => 1", "A BRPUSH_BOUNDED k 2 3", "RENAME s k => OK", "A 2",
        "k 8 3";
    a_copy_of_a_shorter_list_makes_room:
        "RPUSH k 1 2 => 2 | RPUSH s 8 => 1", "A BRPUSH_BOUNDED k 2 3", "COPY s k REPLACE => true",
        "A 2", "k 8 3; s 8";
    a_transaction_makes_room_when_it_is_over:
        "RPUSH k 1 2 => 2", "A BRPUSH_BOUNDED k 2 3",
        "MULTI | LPOP k => 1 | RPUSH k 4 => 2 | LPOP k => 2", "A 2", "k 4 3";
    room_that_a_transaction_fills_again_is_none:
        "RPUSH k 1 2 => 2", "A BRPUSH_BOUNDED k 2 3", "MULTI | LPOP k => 1 | RPUSH k 4 => 2", "",
        "k 2 4";
    a_smaller_bound_is_passed_by_a_larger_one:
        "RPUSH k 1 2 3 => 3", "A BRPUSH_BOUNDED k 2 a | B BRPUSH_BOUNDED k 3 b", "LPOP k => 1", "B 3",
        "k 2 3 b";
    of_two_pushes_that_fit_the_first_is_next:
        "RPUSH k 1 2 3 => 3", "A BRPUSH_BOUNDED k 2 a | B BRPUSH_BOUNDED k 3 b",
        "LMPOP LEFT 2 k => k 1 2", "A 2 | B 3", "k 3 a b";
    a_served_batch_makes_room_and_the_push_feeds_the_next:
        "RPUSH k 1 => 1",
        "A BLMOVEM k d LEFT RIGHT EXACTLY 2 BULK | B BRPUSH_BOUNDED k 1 b | C BRPUSH_BOUNDED k 1 c",
        "RPUSH k 2 => 2", "A 1 2 | B 1", "d 1 2; k b";
    a_push_that_finds_room_completes_a_batch_which_makes_room:
        "RPUSH k 1 2 => 2",
        "A BLMOVEM k d LEFT RIGHT EXACTLY 3 BULK | B BRPUSH_BOUNDED k 2 b | C BRPUSH_BOUNDED k 2 c",
        "RPUSH k 3 => 3", "A 1 2 3 | B 1 | C 2", "d 1 2 3; k b c";
    a_push_through_a_chain_of_full_queues:
        "RPUSH a 1 => 1 | RPUSH b 2 => 1", "A BRPUSH_BOUNDED a 1 3 | B BRPUSH_BOUNDED b 1 4",
        "MULTI | LPOP b => 2 | LMOVE a b LEFT RIGHT => 1", "A 1", "a 3; b 1";
    a_bounded_push_that_does_not_wait_changes_nothing_without_room:
        "RPUSH k 1 => 1", "A BRPUSH_BOUNDED k 1 9",
        "RPUSH_BOUNDED k 1 2 => nil | RPUSH_BOUNDED k 3 2 3 4 => nil | RPUSH_BOUNDED k 3 2 3 => 3 \
         | LPUSH_BOUNDED k 3 0 => nil | LPUSH_BOUNDED k 4 0 => 4", "", "k 0 1 2 3";
}

// Closing wakes all who wait; what there is can still be taken.
vectors_after! {
    closing_ends_every_wait:
        "RPUSH full 1 => 1",
        "A BLPOP k j | B BLMOVE k d LEFT LEFT | C BLMOVEM full d LEFT LEFT EXACTLY 2 BULK \
         | D BRPUSH_BOUNDED full 1 2 | E BLMPOP LEFT 3 k",
        "CLOSE => OK | CLOSE => OK | LPOP full => 1",
        "A CLOSED the store is closed | B CLOSED the store is closed \
         | C CLOSED the store is closed | D CLOSED the store is closed \
         | E CLOSED the store is closed", "";
    what_is_left_can_be_drained:
        "RPUSH k 1 2 3 4 => 4", "A BLPOP j",
        "CLOSE => OK | BLPOP k => k 1 | LMOVE k d LEFT LEFT => 2 | LREM k 3 => 1 | RENAME k e => OK \
         | BLPOP k => CLOSED the store is closed | BLMOVE d e LEFT RIGHT => 2",
        "A CLOSED the store is closed", "e 4 2";
}
