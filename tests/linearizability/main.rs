//! Short programs on several threads, and for each the question: is there an order of its commands, one that agrees
//! with the clock, in which the reference model gives the same replies?
//!
//! Two commands that did not overlap keep their order. Two that did may have happened in either. If no order explains
//! what the threads saw, then some command was not atomic.
#![cfg(feature = "model")]

mod history;
mod program;

use std::io::{self, Write};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use redeque::Direction::{Left, Right};
use redeque::Store;
use redeque::model::{Operation, Outcome};

use self::history::{Event, History};
use self::program::{Program, Step};

/// Each program is run this often, since its threads meet elsewhere each time.
const RUNS: u64 = 8;

/// Exploring takes seconds. If it takes this long, the threads wait for each other.
const STUCK: Duration = Duration::from_secs(240);

/// Fails the test if `work` does not come to an end.
fn within_time<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let (sender, result) = mpsc::channel();
    let worker = thread::spawn(move || sender.send(work()));
    match result.recv_timeout(STUCK) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("the threads wait for each other"),
        Err(mpsc::RecvTimeoutError::Disconnected) => match worker.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(_) => unreachable!("the sender went without a result"),
        },
    }
}

/// Checks the histories of that many programs.
#[track_caller]
fn explore(shards: usize, programs: u64) {
    let (checked, overlapping) = within_time(move || {
        let mut overlapping = 0;
        for seed in 0..programs {
            let program = Program::random(shards, seed);
            for _ in 0..RUNS {
                let history = History::record(&program, Step::on_store);
                assert!(history.is_linearizable(), "{history}");
                overlapping += u64::from(history.overlaps());
            }
        }
        (programs * RUNS, overlapping)
    });
    // Not `println!`, whose text the test harness keeps to itself when a test passes.
    let _ = writeln!(
        io::stderr(),
        "{shards} shards: {checked} histories checked, \
         in {overlapping} of them commands overlapped on a key",
    );
    assert!(overlapping * 2 > checked, "histories without overlap prove little");
}

#[test]
fn commands_are_linearizable_in_one_shard() {
    explore(1, 250);
}

#[test]
fn commands_are_linearizable_across_few_shards() {
    explore(3, 250);
}

#[test]
fn commands_are_linearizable_across_many_shards() {
    explore(64, 250);
}

/// A test of the tests: the checker must see what a store that moves in two steps does wrong.
#[test]
fn a_move_in_two_steps_is_found_out() {
    const ATTEMPTS: u64 = 20_000;

    let torn_move = |step: &Step, store: &Store| match step {
        Step::Command(Operation::Lmove { source, destination, from: Left, to }) => {
            let moved = store.lpop(source).unwrap();
            thread::yield_now();
            if let Some(element) = &moved {
                match to {
                    Left => store.lpush(destination, element).unwrap(),
                    Right => store.rpush(destination, element).unwrap(),
                };
            }
            vec![moved.into()]
        }
        whole => whole.on_store(store),
    };
    let found = within_time(move || {
        (0..ATTEMPTS)
            .find(|seed| !History::record(&Program::random(64, *seed), torn_move).is_linearizable())
    });
    let _ = writeln!(io::stderr(), "a move in two steps was found out by program {found:?}");
    assert!(found.is_some());
}

/// An element moves from `a` to `b` while another thread looks at both, and finds `seen` of the two keys.
fn a_look_at_a_move(seen: i64) -> History {
    let move_it =
        Operation::Lmove { source: "a".into(), destination: "b".into(), from: Left, to: Right };
    let look = Operation::ExistsAll { keys: vec!["a".into(), "b".into()] };
    let event = |thread, command, reply, invoked, returned| Event {
        thread,
        step: Step::Command(command),
        reply: vec![reply],
        invoked,
        returned,
    };
    History {
        before: vec![Operation::Rpush { key: "a".into(), element: "x".into() }],
        events: vec![
            event(0, move_it, Outcome::Bytes("x".into()), 0, 3),
            event(1, look, Outcome::Integer(seen), 1, 2),
        ],
    }
}

#[test]
fn only_one_look_at_a_move_is_linearizable() {
    assert!(!a_look_at_a_move(0).is_linearizable(), "in neither list");
    assert!(a_look_at_a_move(1).is_linearizable());
    assert!(!a_look_at_a_move(2).is_linearizable(), "in both lists");
}

#[test]
fn a_look_that_ended_before_a_push_cannot_have_seen_it() {
    let at = |invoked,
              returned,
              key: &str,
              command: fn(redeque::model::ByteString) -> Operation,
              reply| Event {
        thread: invoked,
        step: Step::Command(command(key.into())),
        reply: vec![Outcome::Integer(reply)],
        invoked,
        returned,
    };
    let push = |key| Operation::Rpush { key, element: "x".into() };
    let look = |key| Operation::Llen { key };
    let history = |look_until| History {
        before: vec![],
        events: vec![at(0, look_until, "k", look, 1), at(2, 4, "k", push, 1)],
    };
    assert!(history(3).is_linearizable(), "the two overlapped");
    assert!(!history(1).is_linearizable());
}
