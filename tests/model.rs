//! The store against the reference model: random programs, every reply compared, and all contents at the end.
//!
//! `PROPTEST_CASES` sets how many programs each test runs; the default is some 300,000 operations in all.
#![cfg(feature = "model")]

#[path = "support/elements.rs"]
mod elements;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io::{self, Write};
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{TestError, TestRunner};
use redeque::model::{self, Batch, Model, Operation, Outcome, strategy};
use redeque::{Error, ManualClock, Store, Ttl};

/// Runs `case` on values of `strategy`, and tells how many operations that were. `case` returns how many it ran.
#[track_caller]
fn hold<V: Debug>(
    name: &str,
    strategy: impl Strategy<Value = V>,
    case: impl Fn(V) -> Result<usize, TestCaseError>,
) {
    let operations = Cell::new(0);
    let config = ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    };
    let held = TestRunner::new(config).run(&strategy, |value| {
        operations.set(operations.get() + case(value)?);
        Ok(())
    });
    match held {
        Ok(()) => {
            // Not `println!`, whose text the test harness keeps to itself when a test passes.
            let _ = writeln!(io::stderr(), "{name}: {} operations on both sides", operations.get());
        }
        Err(TestError::Fail(reason, program)) => panic!("{reason}\nin the program {program:#?}"),
        Err(aborted) => panic!("{aborted}"),
    }
}

/// It begins at the time at which a model does.
fn store_of(shards: usize) -> Store {
    let clock = ManualClock::at(Model::new().now());
    Store::builder().shards(shards).clock(clock).build().expect("a legal number of shards")
}

/// The second half of a program runs on a snapshot of what the first one made, which does not change any more but for what
/// expires.
fn run_on_both(store: &Store, program: &[Operation]) -> Result<usize, TestCaseError> {
    let mut model = Model::new();
    let (first, second) = program.split_at(program.len() / 2);
    run(first, store, &mut model)?;
    let (mut halfway, snapshot) = (model.clone(), store.snapshot());
    run(second, &snapshot, &mut model)?;
    halfway.elapse(model.now().duration_since(halfway.now()).expect("it is not turned back"));
    hold_the_same(store, &halfway)?;
    Ok(program.len())
}

fn hold_the_same(store: &Store, model: &Model) -> Result<(), TestCaseError> {
    elements::check_elements(store);
    prop_assert_eq!(model::contents_of(store), model.contents(), "contents of store, then model");
    prop_assert_eq!(
        model::deadlines_of(store),
        model.deadlines(),
        "deadlines of store, then model"
    );
    Ok(())
}

fn run(program: &[Operation], store: &Store, model: &mut Model) -> Result<(), TestCaseError> {
    for (at, operation) in program.iter().enumerate() {
        let (real, expected) = (operation.on_store(store), operation.on_model(model));
        prop_assert_eq!(real, expected, "store, then model: operation {}, {:?}", at, operation);
    }
    hold_the_same(store, model)
}

/// Transactions, and how much time passes after each.
fn transactions() -> impl Strategy<Value = (Vec<Batch>, Vec<Duration>)> {
    (strategy::transaction_program(1..=60), prop::collection::vec(strategy::turning(), 60))
}

fn run_transactions_on_both(
    store: &Store,
    (batches, times): &(Vec<Batch>, Vec<Duration>),
) -> Result<usize, TestCaseError> {
    let mut model = Model::new();
    for (at, (batch, &milliseconds)) in batches.iter().zip(times).enumerate() {
        let (real, expected) = (batch.on_store(store), batch.on_model(&mut model));
        prop_assert_eq!(real, expected, "store, then model: transaction {}, {:?}", at, batch);
        let passes = Operation::Elapse { milliseconds };
        prop_assert_eq!(passes.on_store(store), passes.on_model(&mut model));
        // What has expired is still there then, every other time.
        if at % 2 == 0 {
            hold_the_same(store, &model)?;
        }
    }
    hold_the_same(store, &model)?;
    Ok(batches.iter().map(|batch| batch.operations.len()).sum())
}

#[test]
fn programs_behave_as_the_model_in_one_shard() {
    hold("programs, 1 shard", strategy::program(1..=600), |program| {
        run_on_both(&store_of(1), &program)
    });
}

#[test]
fn programs_behave_as_the_model_in_many_shards() {
    hold("programs, 64 shards", strategy::program(1..=600), |program| {
        run_on_both(&store_of(64), &program)
    });
}

#[test]
fn short_programs_behave_as_the_model() {
    hold("short programs, 3 shards", strategy::program(1..=12), |program| {
        run_on_both(&store_of(3), &program)
    });
}

#[test]
fn transactions_behave_as_the_model_in_one_shard() {
    hold("transactions, 1 shard", transactions(), |batches| {
        run_transactions_on_both(&store_of(1), &batches)
    });
}

#[test]
fn transactions_behave_as_the_model_in_many_shards() {
    hold("transactions, 64 shards", transactions(), |batches| {
        run_transactions_on_both(&store_of(64), &batches)
    });
}

/// So many keys that SCAN needs many pages, and that tables grow, shrink and move their entries about.
#[test]
fn programs_on_many_keys_behave_as_the_model() {
    let program = prop::collection::vec(operation_on_many_keys(), 1..400);
    hold("programs on many keys", program, |program| {
        run_on_both(&store_of(1), &program)?;
        run_on_both(&store_of(8), &program)
    });
}

fn operation_on_many_keys() -> impl Strategy<Value = Operation> {
    let key = || (b'a'..=b'd', 0..60_u8).prop_map(|(letter, more)| vec![letter, more].into());
    let element = || Just("x".into());
    prop_oneof![
        12 => (key(), element()).prop_map(|(key, element)| Operation::Rpush { key, element }),
        3 => key().prop_map(|key| Operation::Lpop { key }),
        3 => key().prop_map(|key| Operation::Del { key }),
        2 => key().prop_map(|key| Operation::Llen { key }),
        1 => (key(), key()).prop_map(|(key, newkey)| Operation::Rename { key, newkey }),
        1 => (key(), key())
            .prop_map(|(source, destination)| Operation::Copy { source, destination }),
        1 => scan(),
        2 => (key(), time()).prop_map(|(key, milliseconds)| Operation::Expire { key, milliseconds }),
        1 => key().prop_map(|key| Operation::Persist { key }),
        1 => time().prop_map(|milliseconds| Operation::Elapse { milliseconds }),
        1 => Just(Operation::Dbsize),
    ]
}

/// So that a few dozen keys are due at a time, more than a command removes.
fn time() -> impl Strategy<Value = Duration> {
    (0..30_u64).prop_map(Duration::from_millis)
}

fn scan() -> impl Strategy<Value = Operation> {
    let patterns = ["*", "a*", "[a-b]*", "[^a]?", "?\x01", "b", ""].map(Into::into).to_vec();
    let pattern = prop::option::of(prop::sample::select(patterns));
    (pattern, prop::option::of(1..20_usize)).prop_map(|(pattern, count)| Operation::Scan {
        pattern,
        count,
        key_type: None,
    })
}

/// A test of the tests: programs that only ever meet missing keys or short lists would prove little. Beside each event
/// is how often it must happen in ten thousand operations, about half of how often it does. The programs are always the
/// same ones.
#[test]
fn programs_reach_the_edges_often_enough() {
    const WANTED: [(&str, usize); 28] = [
        ("a list at the key", 5500),
        ("a list of one element", 400),
        ("a list of 8 elements or more", 1500),
        ("a list of 128 elements or more", 300),
        ("a list of 1000 elements or more", 70),
        ("a key removed", 280),
        ("a deadline at the key", 300),
        ("a key that expired", 20),
        ("a deadline that is not in the future", 20),
        ("a deadline refused by a condition", 20),
        ("conditions that exclude each other", 10),
        ("a deadline taken away", 4),
        ("the same key twice", 120),
        ("a list moved to itself", 25),
        ("an empty element", 50),
        ("an element of 126 to 129 bytes", 55),
        ("an element of about 1 KiB", 15),
        ("an element of about 16 KiB", 15),
        ("an index at the end of i64", 8),
        ("an index out of range", 35),
        ("a count of zero", 30),
        ("a count beyond any list", 10),
        ("an argument missing", 50),
        ("several elements removed by LREM", 28),
        ("several positions from LPOS", 17),
        ("a pivot found by LINSERT", 100),
        ("a pivot not found by LINSERT", 100),
        ("ten elements or more from LRANGE", 17),
    ];
    let (programs, mut runner) = (strategy::program(600), TestRunner::deterministic());
    let (mut seen, mut operations) = (BTreeMap::<&str, usize>::new(), 0);
    for _ in 0..100 {
        let program = programs.new_tree(&mut runner).expect("a program").current();
        let mut model = Model::new();
        for operation in &program {
            let (edges, keys) = (edges_of(operation, &model), model.dbsize());
            let outcome = operation.on_model(&mut model);
            let removed = (model.dbsize() < keys).then_some(match operation {
                Operation::Elapse { .. } => "a key that expired",
                Operation::Expire { .. } | Operation::Expireat { .. } => {
                    "a deadline that is not in the future"
                }
                _ => "a key removed",
            });
            for edge in edges.into_iter().chain(removed).chain(edge_of(operation, &outcome)) {
                *seen.entry(edge).or_default() += 1;
            }
        }
        operations += program.len();
    }
    for (edge, wanted) in WANTED {
        let times = seen.get(edge).copied().unwrap_or(0);
        assert!(times * 10_000 >= wanted * operations, "{edge}: {times} times in {operations}");
    }
}

/// What is special about an operation that is to run on this model.
fn edges_of(operation: &Operation, model: &Model) -> Vec<&'static str> {
    let keys = operation.keys().unwrap_or_default();
    let length = keys.first().map_or(0, |key| model.llen(key));
    let mut edges = match length {
        0 => vec![],
        1 => vec!["a list at the key", "a list of one element"],
        _ => vec!["a list at the key"],
    };
    let longer = [
        (8, "a list of 8 elements or more"),
        (128, "a list of 128 elements or more"),
        (1000, "a list of 1000 elements or more"),
    ];
    edges.extend(longer.into_iter().filter(|(least, _)| length >= *least).map(|(_, edge)| edge));
    if keys.first().is_some_and(|key| matches!(model.ttl(key), Ttl::Remaining(_))) {
        edges.push("a deadline at the key");
    }
    if keys.len() == 2 && keys[0] == keys[1] {
        edges.push("the same key twice");
    }
    match operation {
        Operation::Lpush { element, .. }
        | Operation::Rpush { element, .. }
        | Operation::Lset { element, .. } => match element.len() {
            0 => edges.push("an empty element"),
            126..=129 => edges.push("an element of 126 to 129 bytes"),
            1_020..=1_030 => edges.push("an element of about 1 KiB"),
            16_380..=16_390 => edges.push("an element of about 16 KiB"),
            _ => {}
        },
        Operation::LpopCount { count, .. } | Operation::RpopCount { count, .. } => match count {
            0 => edges.push("a count of zero"),
            100_000.. => edges.push("a count beyond any list"),
            _ => {}
        },
        Operation::Lindex { index, .. } if index.checked_abs().is_none_or(|far| far > 1 << 62) => {
            edges.push("an index at the end of i64");
        }
        Operation::Lmove { source, destination, .. } if source == destination && length > 1 => {
            edges.push("a list moved to itself");
        }
        _ => {}
    }
    edges
}

/// What is special about an outcome.
fn edge_of(operation: &Operation, outcome: &Outcome) -> Option<&'static str> {
    Some(match (operation, outcome) {
        (_, Outcome::Failed(Error::IndexOutOfRange)) => "an index out of range",
        (_, Outcome::Failed(Error::WrongArity(_) | Error::NumkeysNotPositive)) => {
            "an argument missing"
        }
        (_, Outcome::Failed(Error::NxWithOthers | Error::GtWithLt)) => {
            "conditions that exclude each other"
        }
        (Operation::ExpireWith { .. } | Operation::ExpireatWith { .. }, Outcome::Integer(0)) => {
            "a deadline refused by a condition"
        }
        (Operation::Persist { .. }, Outcome::Integer(1)) => "a deadline taken away",
        (Operation::Lrem { .. }, Outcome::Integer(2..)) => "several elements removed by LREM",
        (Operation::LposCount { .. }, Outcome::Positions(found)) if found.len() > 1 => {
            "several positions from LPOS"
        }
        (Operation::Lrange { .. }, Outcome::Many(found)) if found.len() >= 10 => {
            "ten elements or more from LRANGE"
        }
        (Operation::LinsertBefore { .. } | Operation::LinsertAfter { .. }, reply) => match reply {
            Outcome::Integer(1..) => "a pivot found by LINSERT",
            Outcome::Integer(-1) => "a pivot not found by LINSERT",
            _ => return None,
        },
        _ => return None,
    })
}
