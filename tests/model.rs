//! The store against the reference model: random programs, every reply compared, and all contents at the end.
//!
//! `PROPTEST_CASES` sets how many programs each test runs; the default is some 200,000 operations in all.
#![cfg(feature = "model")]

use std::cell::Cell;
use std::fmt::Debug;
use std::io::{self, Write};

use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use redeque::Store;
use redeque::model::{self, Batch, Model, Operation, Outcome, strategy};

/// Runs `case` on values of `strategy`, and tells how many operations that were. `case` returns how many it ran.
#[track_caller]
fn hold<V: Debug>(
    name: &str,
    strategy: impl Strategy<Value = V>,
    case: impl Fn(V) -> Result<usize, TestCaseError>,
) {
    let operations = Cell::new(0);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
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

fn store_of(shards: usize) -> Store {
    Store::builder().shards(shards).build().expect("a legal number of shards")
}

fn run_on_both(store: &Store, program: &[Operation]) -> Result<usize, TestCaseError> {
    let mut model = Model::new();
    for (at, operation) in program.iter().enumerate() {
        let (real, expected) = (operation.on_store(store), operation.on_model(&mut model));
        prop_assert_eq!(real, expected, "store, then model: operation {}, {:?}", at, operation);
    }
    prop_assert_eq!(model::contents_of(store), model.contents(), "contents of store, then model");
    Ok(program.len())
}

fn run_transactions_on_both(store: &Store, batches: &[Batch]) -> Result<usize, TestCaseError> {
    let mut model = Model::new();
    for (at, batch) in batches.iter().enumerate() {
        let (real, expected) = (batch.on_store(store), batch.on_model(&mut model));
        prop_assert_eq!(real, expected, "store, then model: transaction {}, {:?}", at, batch);
        prop_assert_eq!(model::contents_of(store), model.contents(), "after transaction {}", at);
    }
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
    hold("transactions, 1 shard", strategy::transaction_program(1..=60), |batches| {
        run_transactions_on_both(&store_of(1), &batches)
    });
}

#[test]
fn transactions_behave_as_the_model_in_many_shards() {
    hold("transactions, 64 shards", strategy::transaction_program(1..=60), |batches| {
        run_transactions_on_both(&store_of(64), &batches)
    });
}

/// Many keys, so that SCAN needs many pages and shards hold several keys each.
#[test]
fn scans_find_every_key_of_a_large_keyspace() {
    let names = prop::collection::btree_set("[a-d]{1,4}", 0..150);
    let scans = prop::collection::vec(scan(), 1..6);
    let case = |(names, scans): (std::collections::BTreeSet<String>, Vec<Operation>)| {
        let pushes = names
            .iter()
            .map(|name| Operation::Rpush { key: name.as_str().into(), element: "x".into() });
        let program: Vec<Operation> = pushes.chain(scans).collect();
        run_on_both(&store_of(1), &program)?;
        run_on_both(&store_of(8), &program)
    };
    hold("scans", (names, scans), case);
}

fn scan() -> impl Strategy<Value = Operation> {
    let pattern = prop::option::of(prop_oneof![
        strategy::pattern(),
        "[a-d]\\*|\\*[a-d]|\\?\\?|\\[\\^a-b\\]\\*".prop_map(|text| text.as_str().into()),
    ]);
    (pattern, prop::option::of(1..20_usize)).prop_map(|(pattern, count)| Operation::Scan {
        pattern,
        count,
        key_type: None,
    })
}

/// A test of the tests: programs that only ever meet missing keys or short lists would prove little.
#[test]
fn programs_mostly_find_lists_and_some_lists_get_long() {
    let (named, found) = (Cell::new(0), Cell::new(0));
    let (longest, failed) = (Cell::new(0), Cell::new(0));
    hold("programs, model only", strategy::program(600), |program| {
        let mut model = Model::new();
        for operation in &program {
            if let Some(key) = operation.keys().and_then(|keys| keys.first().copied()) {
                named.set(named.get() + 1);
                found.set(found.get() + usize::from(model.exists(key)));
                longest.set(longest.get().max(model.llen(key)));
            }
            let outcome = operation.on_model(&mut model);
            failed.set(failed.get() + usize::from(matches!(outcome, Outcome::Failed(_))));
        }
        Ok(program.len())
    });
    let (named, found) = (named.get(), found.get());
    assert!(found * 10 > named * 6, "{found} of {named} operations found a list at their key");
    assert!(longest.get() > 300, "the longest list had {} elements", longest.get());
    assert!(failed.get() * 10 < named, "{} of {named} operations failed", failed.get());
}
