//! Short programs on several threads, and for each the question: is there an order of its commands, one that agrees
//! with the clock, in which the reference model gives the same replies?
//!
//! Two commands that did not overlap keep their order. Two that did may have happened in either. If no order explains
//! what the threads saw, then some command was not atomic.

mod history;
mod program;
mod reference;
mod second;
mod waiting;

use std::io::{self, Write};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use redeque::Direction::{Left, Right};
use redeque::model::{Operation, Outcome};

use self::history::{Event, History};
use self::program::{Ground, Program, Step};
use self::waiting::{Answer, Dropped, Patience, Waiting};

/// Each program is run this often, since its threads meet elsewhere each time.
const RUNS: u64 = 8;

/// Exploring takes seconds. If it takes this long, the threads wait for each other.
const STUCK: Duration = Duration::from_mins(4);

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

/// What was seen in the histories of several programs.
#[derive(Debug, Default)]
struct Seen {
    histories: u64,
    /// In which commands overlapped on a key.
    overlapping: u64,
    /// In which somebody waited and was then served.
    waited: u64,
    /// In which a future was dropped while it waited.
    dropped: u64,
    /// In which one was dropped that had been served.
    dropped_served: u64,
    /// In which the store was closed.
    closed: u64,
    /// In which a key was found to have a deadline.
    fleeting: u64,
}

impl Seen {
    fn count(&mut self, history: &History) {
        let any = |holds: fn(&Answer) -> bool| {
            u64::from(history.events.iter().any(|event| holds(&event.answer)))
        };
        self.histories += 1;
        self.overlapping += u64::from(history.overlaps());
        let closes = |event: &Event| matches!(event.step, Step::Close);
        self.closed += u64::from(history.events.iter().any(closes));
        let has_one = |event: &Event| {
            matches!(event.step, Step::Ttl(_))
                && matches!(event.answer.reply[..], [Outcome::Integer(0..)])
        };
        self.fleeting += u64::from(history.events.iter().any(has_one));
        self.waited += any(|answer| answer.waited);
        self.dropped += any(|answer| answer.dropped.is_some());
        self.dropped_served +=
            any(|answer| answer.dropped.as_ref().is_some_and(|dropped| dropped.served));
    }
}

/// Checks the histories of that many programs.
#[track_caller]
fn explore(shards: usize, programs: u64, draw: fn(usize, u64) -> Program) -> Seen {
    let seen = within_time(move || {
        let mut seen = Seen::default();
        for seed in 0..programs {
            let program = draw(shards, seed);
            for _ in 0..RUNS {
                let history = History::record(&program, Step::on_store);
                assert!(history.is_linearizable(), "{history}");
                seen.count(&history);
            }
        }
        seen
    });
    // Not `println!`, whose text the test harness keeps to itself when a test passes.
    let _ = writeln!(io::stderr(), "{shards} shards: {seen:?}");
    assert!(seen.overlapping * 2 > seen.histories, "histories without overlap prove little");
    seen
}

#[test]
fn commands_are_linearizable_in_one_shard() {
    explore(1, 250, Program::random);
}

#[test]
fn commands_are_linearizable_across_few_shards() {
    explore(3, 250, Program::random);
}

#[test]
fn commands_are_linearizable_across_many_shards() {
    explore(64, 250, Program::random);
}

/// The same with commands that wait.
#[track_caller]
fn explore_waiting(shards: usize) {
    let seen = explore(shards, 250, Program::waiting);
    assert!(seen.waited * 10 > seen.histories, "few waited: {seen:?}");
    assert!(seen.dropped * 10 > seen.histories, "few were dropped: {seen:?}");
    assert!(seen.dropped_served > 0, "none had anything to give back: {seen:?}");
}

#[test]
fn waits_are_linearizable_in_one_shard() {
    explore_waiting(1);
}

#[test]
fn waits_are_linearizable_across_few_shards() {
    explore_waiting(3);
}

#[test]
fn waits_are_linearizable_across_many_shards() {
    explore_waiting(64);
}

#[track_caller]
fn explore_lengths(shards: usize) {
    let seen = explore(shards, 120, Program::lengths);
    assert!(seen.waited * 50 > seen.histories, "few waited: {seen:?}");
    assert!(seen.closed * 10 > seen.histories, "few were closed: {seen:?}");
}

#[test]
fn bounded_pushes_batches_and_closing_are_linearizable_in_one_shard() {
    explore_lengths(1);
}

#[test]
fn bounded_pushes_batches_and_closing_are_linearizable_across_few_shards() {
    explore_lengths(3);
}

#[test]
fn bounded_pushes_batches_and_closing_are_linearizable_across_many_shards() {
    explore_lengths(64);
}

#[track_caller]
fn explore_deadlines(shards: usize) {
    let seen = explore(shards, 200, Program::deadlines);
    assert!(seen.fleeting * 20 > seen.histories, "few keys had deadlines: {seen:?}");
}

#[test]
fn deadlines_and_a_clock_that_is_turned_are_linearizable_in_one_shard() {
    explore_deadlines(1);
}

#[test]
fn deadlines_and_a_clock_that_is_turned_are_linearizable_across_few_shards() {
    explore_deadlines(3);
}

#[test]
fn deadlines_and_a_clock_that_is_turned_are_linearizable_across_many_shards() {
    explore_deadlines(64);
}

/// Histories as they were, and with one reply changed.
#[test]
fn another_checker_comes_to_the_same_verdicts() {
    let verdicts = within_time(|| {
        let mut verdicts = [0, 0];
        let programs = (0..60).flat_map(|seed| {
            [Program::random(1, seed), Program::deadlines(3, seed), Program::lengths(64, seed)]
        });
        for (seed, program) in programs.enumerate() {
            let mut history = History::record(&program, Step::on_store);
            if history.dropped() > 0 || history.events() > 12 {
                continue;
            }
            for _ in 0..2 {
                let verdict = history.is_linearizable();
                assert_eq!(second::explains(&history), verdict, "{history}");
                verdicts[usize::from(verdict)] += 1;
                let spoiled = seed % history.events.len();
                history.events[spoiled].answer.reply = vec![Outcome::Integer(1)];
            }
        }
        verdicts
    });
    let _ = writeln!(io::stderr(), "verdicts, no and yes: {verdicts:?}");
    assert!(verdicts.iter().all(|count| *count > 10), "{verdicts:?}");
}

/// A test of the tests: the checker must see what a store that moves in two steps does wrong.
#[test]
fn a_move_in_two_steps_is_found_out() {
    const ATTEMPTS: u64 = 20_000;

    let torn_move = |step: &Step, store: &Ground, now: &dyn Fn() -> usize| match step {
        Step::Command(Operation::Lmove { source, destination, from: Left, to }) => {
            let moved = store.lpop(source).unwrap();
            thread::yield_now();
            if let Some(element) = &moved {
                match to {
                    Left => store.lpush(destination, element).unwrap(),
                    Right => store.rpush(destination, element).unwrap(),
                };
            }
            vec![moved.into()].into()
        }
        whole => whole.on_store(store, now),
    };
    let found = within_time(move || {
        (0..ATTEMPTS)
            .find(|seed| !History::record(&Program::random(64, *seed), torn_move).is_linearizable())
    });
    let _ = writeln!(io::stderr(), "a move in two steps was found out by program {found:?}");
    assert!(found.is_some());
}

/// The same for a bounded push that looks first and pushes then.
#[test]
fn a_bounded_push_in_two_steps_is_found_out() {
    const ATTEMPTS: u64 = 20_000;

    let torn_push = |step: &Step, store: &Ground, now: &dyn Fn() -> usize| match step {
        Step::Command(Operation::RpushBounded { key, max_len, element }) => {
            if store.llen(key) >= *max_len {
                return vec![Outcome::Nil].into();
            }
            thread::yield_now();
            vec![Outcome::from(store.rpush(key, element))].into()
        }
        whole => whole.on_store(store, now),
    };
    let found = within_time(move || {
        (0..ATTEMPTS).find(|seed| {
            let history = History::record(&Program::lengths(1, *seed), torn_push);
            history.dropped() == 0 && !history.is_linearizable()
        })
    });
    let _ = writeln!(io::stderr(), "a push in two steps was found out by program {found:?}");
    assert!(found.is_some());
}

/// The same for one that loses what a dropped future had got.
#[test]
fn a_drop_that_gives_nothing_back_is_found_out() {
    const ATTEMPTS: u64 = 20_000;

    let forgetful_drop = |step: &Step, store: &Ground, now: &dyn Fn() -> usize| match step {
        Step::Wait(Waiting { takes, patience: Patience::Blind(turns) }) => {
            let patience = Patience::Task(*turns);
            let answer = Waiting { takes: takes.clone(), patience }.on_store(store, now);
            if !answer.waited {
                return answer;
            }
            let dropped = Some(Dropped { at: now(), served: true });
            Answer { reply: Vec::new(), waited: false, dropped }
        }
        whole => whole.on_store(store, now),
    };
    let found = within_time(move || {
        (0..ATTEMPTS).find(|seed| {
            let history = History::record(&Program::waiting(64, *seed), forgetful_drop);
            // To find that nothing explains a history takes all orders of it, and each further drop multiplies them.
            history.dropped() == 1 && history.events() <= 12 && !history.is_linearizable()
        })
    });
    let _ = writeln!(io::stderr(), "a forgetful drop was found out by program {found:?}");
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
        answer: vec![reply].into(),
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
        answer: vec![Outcome::Integer(reply)].into(),
        invoked,
        returned,
    };
    let push = |key| Operation::Rpush { key, element: "x".into() };
    let look = |key| Operation::Llen { key };
    let history = |look_until| History {
        before: vec![],
        events: vec![at(0, look_until, "a", look, 1), at(2, 4, "a", push, 1)],
    };
    assert!(history(3).is_linearizable(), "the two overlapped");
    assert!(!history(1).is_linearizable());
}

/// A task waits for `k` while an element is pushed and a third thread counts, and again when the task is over.
fn a_look_at_a_wait(answer: Answer, meanwhile: i64, afterwards: i64) -> History {
    let takes = Operation::Lmpop { keys: vec!["a".into()], from: Left, count: 1 };
    let wait = Step::Wait(Waiting { takes, patience: Patience::Task(0) });
    let push = Step::Command(Operation::Rpush { key: "a".into(), element: "x".into() });
    let look = Step::Command(Operation::Llen { key: "a".into() });
    let event = |thread, step: &Step, answer, invoked, returned| Event {
        thread,
        step: step.clone(),
        answer,
        invoked,
        returned,
    };
    let counted = |count| vec![Outcome::Integer(count)].into();
    History {
        before: vec![],
        events: vec![
            event(0, &wait, answer, 0, 6),
            event(1, &push, counted(1), 1, 2),
            event(2, &look, counted(meanwhile), 3, 4),
            event(2, &look, counted(afterwards), 7, 8),
        ],
    }
}

#[test]
fn a_served_wait_takes_its_element_once() {
    let served = || vec![Outcome::Popped("a".into(), vec!["x".into()])].into();
    assert!(a_look_at_a_wait(served(), 0, 0).is_linearizable());
    assert!(a_look_at_a_wait(served(), 1, 0).is_linearizable(), "taken after the first look");
    assert!(!a_look_at_a_wait(served(), 0, 1).is_linearizable(), "taken and still there");
}

#[test]
fn a_wait_in_vain_found_nothing() {
    let nothing = || vec![Outcome::Nil].into();
    assert!(a_look_at_a_wait(nothing(), 1, 1).is_linearizable(), "before the push");
    assert!(!a_look_at_a_wait(nothing(), 0, 1).is_linearizable(), "taken and not returned");
    assert!(!a_look_at_a_wait(nothing(), 1, 0).is_linearizable(), "taken and not returned");
}

#[test]
fn a_dropped_wait_gives_back_after_the_drop_began() {
    let dropped =
        |at| Answer { dropped: Some(Dropped { at, served: true }), ..Answer::from(vec![]) };
    assert!(a_look_at_a_wait(dropped(5), 0, 1).is_linearizable());
    assert!(a_look_at_a_wait(dropped(5), 1, 1).is_linearizable(), "before the push");
    assert!(!a_look_at_a_wait(dropped(5), 0, 0).is_linearizable(), "lost");
    assert!(!a_look_at_a_wait(dropped(5), 1, 0).is_linearizable(), "lost");
}

/// Two tasks took `x` and `y`, and what was pushed to the empty list then. Both were dropped.
#[test]
fn what_two_gave_back_stands_in_the_order_in_which_it_was_taken() {
    let key = || redeque::model::ByteString::from("a");
    let wait = || {
        let takes = Operation::Lmpop { keys: vec![key()], from: Left, count: 2 };
        Step::Wait(Waiting { takes, patience: Patience::Blind(0) })
    };
    let push = |element: &str| Operation::Rpush { key: key(), element: element.into() };
    let dropped =
        |at| Answer { dropped: Some(Dropped { at, served: true }), ..Answer::from(vec![]) };
    let history = |found: &[&str]| {
        let found = Outcome::Many(found.iter().map(|&element| element.into()).collect());
        let look = Operation::Lrange { key: key(), start: 0, stop: -1 };
        let answer = |outcome: Outcome| Answer::from(vec![outcome]);
        let events = [
            (wait(), dropped(3), 0, 8),
            (wait(), dropped(4), 1, 11),
            (Step::Command(push("z")), answer(Outcome::Integer(1)), 5, 7),
            (Step::Command(push("w")), answer(Outcome::Integer(3)), 9, 10),
            (Step::Command(look), answer(found), 12, 13),
        ];
        let events = events.into_iter().enumerate();
        let event = |(thread, (step, answer, invoked, returned))| Event {
            thread,
            step,
            answer,
            invoked,
            returned,
        };
        History { before: vec![push("x"), push("y")], events: events.map(event).collect() }
    };
    assert!(history(&["x", "y", "z", "w"]).is_linearizable(), "in the order of taking");
    assert!(
        !history(&["x", "y", "w", "z"]).is_linearizable(),
        "further in than all that came back"
    );
}
