//! Random programs for a few threads that get in each other's way.

use std::fmt;
use std::ops::Deref;
use std::thread;
use std::time::Duration;

use crate::waiting::{Answer, Patience, Waiting};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use redeque::model::{Batch, ByteString, Operation, Outcome, strategy};
use redeque::{Error, ManualClock, MoveCount, MoveOrder, Store, Ttl};

/// Keys that the model's own strategies also use. A program has the first one, two or three of them.
pub(crate) const KEYS: [&str; 3] = ["a", "b", "list"];

/// A command, several in a transaction, one that waits, or the end of all that.
#[derive(Clone)]
pub(crate) enum Step {
    Command(Operation),
    Transaction(Batch),
    Wait(Waiting),
    Close,
    /// The clock is turned, by a number of milliseconds.
    Turn(u64),
    /// Milliseconds from now.
    Expire(ByteString, u64),
    Persist(ByteString),
    Ttl(ByteString),
    /// An element is pushed and its list has a deadline, in one.
    PushForAWhile(ByteString, ByteString, u64),
}

/// A store, and its clock.
pub(crate) struct Ground {
    pub(crate) store: Store,
    pub(crate) hands: ManualClock,
}

impl Deref for Ground {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) shards: usize,
    pub(crate) before: Vec<Operation>,
    /// What each thread does.
    pub(crate) threads: Vec<Vec<Step>>,
}

impl Step {
    /// Runs the step on a store. Between the commands of a transaction other threads get their turn, so that they
    /// meet its locks on any number of cores.
    pub(crate) fn on_store(&self, store: &Ground, now: &dyn Fn() -> usize) -> Answer {
        match self {
            Self::Command(operation) => vec![operation.on_store(store)].into(),
            Self::Transaction(batch) => {
                let replies = store.transaction(&batch.keys, |tx| {
                    let run = |operation: &Operation| {
                        let outcome = operation.in_transaction(tx);
                        thread::yield_now();
                        outcome
                    };
                    Ok::<Vec<_>, Error>(batch.operations.iter().filter_map(run).collect())
                });
                replies.unwrap().into()
            }
            Self::Wait(waiting) => waiting.on_store(store, now),
            Self::Close => {
                store.close();
                vec![Outcome::Ok].into()
            }
            Self::Turn(by) => {
                store.hands.advance(Duration::from_millis(*by));
                vec![Outcome::Ok].into()
            }
            Self::Expire(key, after) => {
                vec![store.expire(key, Duration::from_millis(*after)).into()].into()
            }
            Self::Persist(key) => vec![store.persist(key).into()].into(),
            Self::Ttl(key) => vec![Outcome::Integer(remaining(store.ttl(key)))].into(),
            Self::PushForAWhile(key, element, after) => {
                push_for_a_while(store, key, element, Duration::from_millis(*after)).into()
            }
        }
    }

    /// The keys of the step; `None` if it is about all of them.
    fn keys(&self) -> Option<Vec<&ByteString>> {
        match self {
            Self::Command(operation) => operation.keys(),
            Self::Transaction(batch) => Some(batch.keys.iter().collect()),
            Self::Wait(waiting) => waiting.takes.keys(),
            Self::Close | Self::Turn(_) => None,
            Self::Expire(key, _)
            | Self::Persist(key)
            | Self::Ttl(key)
            | Self::PushForAWhile(key, ..) => Some(vec![key]),
        }
    }

    pub(crate) fn shares_a_key_with(&self, other: &Self) -> bool {
        match (self.keys(), other.keys()) {
            (Some(own), Some(others)) => own.iter().any(|key| others.contains(key)),
            _ => true,
        }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(operation) => operation.fmt(f),
            Self::Transaction(batch) => write!(f, "transaction {:?}", batch.operations),
            Self::Wait(waiting) => waiting.fmt(f),
            Self::Close => f.write_str("close"),
            Self::Turn(by) => write!(f, "turn the clock by {by}"),
            Self::Expire(key, after) => write!(f, "expire({key:?}, {after})"),
            Self::Persist(key) => write!(f, "persist({key:?})"),
            Self::Ttl(key) => write!(f, "ttl({key:?})"),
            Self::PushForAWhile(key, element, after) => {
                write!(f, "transaction [rpush({key:?}, {element:?}), expire({key:?}, {after})]")
            }
        }
    }
}

fn push_for_a_while(
    store: &Store,
    key: &ByteString,
    element: &ByteString,
    after: Duration,
) -> Vec<Outcome> {
    let replies = store.transaction([key], |tx| {
        let len = tx.rpush(key, element);
        thread::yield_now();
        Ok::<Vec<_>, Error>(vec![len.into(), tx.expire(key, after).into()])
    });
    replies.unwrap()
}

/// A reply of TTL in milliseconds.
fn remaining(ttl: Ttl) -> i64 {
    match ttl {
        Ttl::NoKey => -2,
        Ttl::NoDeadline => -1,
        Ttl::Remaining(left) => i64::try_from(left.as_millis()).expect("a program takes moments"),
    }
}

impl Program {
    /// The program of this number, which is always the same.
    pub(crate) fn random(shards: usize, seed: u64) -> Self {
        Self::drawn(&program(shards), seed)
    }

    /// The program of this number in which threads and tasks wait for each other.
    pub(crate) fn waiting(shards: usize, seed: u64) -> Self {
        Self::drawn(&waiting_program(shards), seed)
    }

    /// The program of this number in which they wait for room and for batches, and the store may be closed.
    pub(crate) fn lengths(shards: usize, seed: u64) -> Self {
        Self::drawn(&program_of_lengths(shards), seed)
    }

    /// The program of this number in which keys expire.
    pub(crate) fn deadlines(shards: usize, seed: u64) -> Self {
        Self::drawn(&program_of_deadlines(shards), seed)
    }

    fn drawn(programs: &BoxedStrategy<Self>, seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let config = ProptestConfig { max_local_rejects: u32::MAX, ..ProptestConfig::default() };
        let mut runner = TestRunner::new_with_rng(config, rng);
        programs.new_tree(&mut runner).expect("a program").current()
    }

    /// A look at all lists at once.
    pub(crate) fn look_at_all() -> Step {
        let keys = KEYS.map(ByteString::from).to_vec();
        let look = |key: &ByteString| Operation::Lrange { key: key.clone(), start: 0, stop: -1 };
        Step::Transaction(Batch { operations: keys.iter().map(look).collect(), keys })
    }
}

/// Three or four threads with three to five steps each, on one to three lists that begin with a few elements.
fn program(shards: usize) -> BoxedStrategy<Program> {
    (1..=KEYS.len())
        .prop_flat_map(move |count| {
            let keys = &KEYS[..count];
            let before = vec(push_several(keys), 0..=3);
            let threads = vec(vec(step(keys), 3..=5), 3..=4);
            (before, threads).prop_map(move |(before, threads)| Program { shards, before, threads })
        })
        .boxed()
}

/// Three or four threads that mostly wait or feed those who do.
fn waiting_program(shards: usize) -> BoxedStrategy<Program> {
    (1..=KEYS.len())
        .prop_flat_map(move |count| {
            let keys = &KEYS[..count];
            let before = vec(push_several(keys), 0..=1);
            let step = prop_oneof![
                4 => wait(keys).prop_map(Step::Wait),
                4 => push_several(keys).prop_map(Step::Command),
                1 => transfer(keys).prop_map(Step::Command),
                2 => step(keys),
            ];
            let threads = vec(vec(step, 3..=5), 3..=4);
            (before, threads).prop_map(move |(before, threads)| Program { shards, before, threads })
        })
        .boxed()
}

/// Three threads that wait for room and for batches, or make both.
fn program_of_lengths(shards: usize) -> BoxedStrategy<Program> {
    (1..=KEYS.len())
        .prop_flat_map(move |count| {
            let keys = &KEYS[..count];
            let before = vec(push_several(keys), 0..=2);
            let step = prop_oneof![
                8 => wait_for_length(keys).prop_map(Step::Wait),
                3 => wait(keys).prop_map(Step::Wait),
                4 => push_several(keys).prop_map(Step::Command),
                4 => take(keys).prop_map(Step::Command),
                2 => batch(keys).prop_map(Step::Command),
                3 => bounded(keys).prop_map(Step::Command),
                2 => step(keys),
                1 => Just(Step::Close),
            ];
            let threads = vec(vec(step, 3..=4), 3..=3);
            (before, threads).prop_map(move |(before, threads)| Program { shards, before, threads })
        })
        .boxed()
}

/// Three threads on lists that expire, of which some wait for room. DBSIZE has no part in it: it counts what has expired and was
/// not removed yet.
fn program_of_deadlines(shards: usize) -> BoxedStrategy<Program> {
    (1..=KEYS.len())
        .prop_flat_map(move |count| {
            let keys = &KEYS[..count];
            let before = vec(push_several(keys), 0..=2);
            let threads = vec(vec(step_of_deadlines(keys), 3..=4), 3..=3);
            (before, threads).prop_map(move |(before, threads)| Program { shards, before, threads })
        })
        .boxed()
}

fn step_of_deadlines(keys: &'static [&'static str]) -> BoxedStrategy<Step> {
    let key = || key(keys);
    let moments = || 0..3_u64;
    let patience = (0..3_u64).prop_map(|ms| Patience::Thread(Duration::from_millis(ms)));
    let waits = (prop_oneof![2 => bounded(keys), 1 => batch(keys)], patience)
        .prop_map(|(takes, patience)| Step::Wait(Waiting { takes, patience }));
    prop_oneof![
        4 => (1..3_u64).prop_map(Step::Turn),
        4 => (key(), moments()).prop_map(|(key, after)| Step::Expire(key, after)),
        1 => key().prop_map(Step::Persist),
        3 => key().prop_map(Step::Ttl),
        3 => (key(), element(), moments()).prop_map(|(k, e, after)| Step::PushForAWhile(k, e, after)),
        3 => waits,
        4 => wait(keys).prop_map(Step::Wait),
        2 => transfer(keys).prop_map(Step::Command),
        2 => push_several(keys).prop_map(Step::Command),
        2 => look(keys).prop_map(Step::Command),
        1 => take(keys).prop_map(Step::Command),
        1 => key_operation(keys).prop_map(Step::Command),
        1 => Just(Step::Command(Operation::Keys { pattern: "*".into() })),
    ]
    .boxed()
}

/// What is in the way of a batch that is dropped has too many orders to try: only threads wait for one.
fn wait_for_length(keys: &'static [&'static str]) -> BoxedStrategy<Waiting> {
    let threads = || (0..3_u64).prop_map(|ms| Patience::Thread(Duration::from_millis(ms)));
    let patience = prop_oneof![
        2 => threads(),
        2 => (1..200_usize).prop_map(Patience::Task),
        1 => (0..20_usize).prop_map(Patience::Blind),
    ];
    prop_oneof![
        (batch(keys), threads()).prop_map(|(takes, patience)| Waiting { takes, patience }),
        (bounded(keys), patience).prop_map(|(takes, patience)| Waiting { takes, patience }),
    ]
    .boxed()
}

fn batch(keys: &'static [&'static str]) -> BoxedStrategy<Operation> {
    let count = prop_oneof![
        3 => (1..4_usize).prop_map(MoveCount::Exactly),
        1 => (1..4_usize).prop_map(MoveCount::UpTo),
    ];
    let order = select(&[MoveOrder::Bulk, MoveOrder::OneByOne][..]);
    let ends = (strategy::direction(), strategy::direction());
    (key(keys), key(keys), ends, count, order)
        .prop_map(|(source, destination, (from, to), count, order)| Operation::Lmovem {
            source,
            destination,
            from,
            to,
            count,
            order,
        })
        .boxed()
}

fn bounded(keys: &'static [&'static str]) -> BoxedStrategy<Operation> {
    (key(keys), 1..4_usize, element(), any::<bool>())
        .prop_map(|(key, max_len, element, at_head)| {
            if at_head {
                Operation::LpushBounded { key, max_len, element }
            } else {
                Operation::RpushBounded { key, max_len, element }
            }
        })
        .boxed()
}

fn wait(keys: &'static [&'static str]) -> BoxedStrategy<Waiting> {
    let pop = (vec(key(keys), 1..=3), strategy::direction(), 1..3_usize)
        .prop_map(|(keys, from, count)| Operation::Lmpop { keys, from, count });
    let ends = (strategy::direction(), strategy::direction());
    let transfer = (key(keys), key(keys), ends).prop_map(|(source, destination, (from, to))| {
        Operation::Lmove { source, destination, from, to }
    });
    let patience = prop_oneof![
        2 => (0..3_u64).prop_map(|ms| Patience::Thread(Duration::from_millis(ms))),
        3 => (1..200_usize).prop_map(Patience::Task),
        1 => (0..20_usize).prop_map(Patience::Blind),
    ];
    (prop_oneof![2 => pop, 1 => transfer], patience)
        .prop_map(|(takes, patience)| Waiting { takes, patience })
        .boxed()
}

fn step(keys: &'static [&'static str]) -> BoxedStrategy<Step> {
    prop_oneof![
        3 => operation(keys).prop_map(Step::Command),
        1 => vec(key_operation(keys), 2..=3).prop_map(|operations| {
            let mut keys: Vec<ByteString> =
                operations.iter().filter_map(Operation::keys).flatten().cloned().collect();
            keys.sort();
            keys.dedup();
            Step::Transaction(Batch { keys, operations })
        }),
    ]
    .boxed()
}

fn operation(keys: &'static [&'static str]) -> BoxedStrategy<Operation> {
    prop_oneof![
        12 => key_operation(keys),
        1 => prop_oneof![
            3 => Just(Operation::Keys { pattern: "*".into() }),
            3 => Just(Operation::Dbsize),
            1 => Just(Operation::Flushall),
        ],
    ]
    .boxed()
}

/// Any command on these keys, and more of those that touch several or take elements away.
fn key_operation(keys: &'static [&'static str]) -> BoxedStrategy<Operation> {
    let fits = move |operation: &Operation| {
        let known = |key: &ByteString| keys.iter().any(|known| key[..] == *known.as_bytes());
        let short = || format!("{operation:?}").len() < 100;
        operation.keys().into_iter().flatten().all(known) && short() && !is_of_time(operation)
    };
    prop_oneof![
        2 => strategy::key_operation().prop_filter("keys of the program, few elements", fits),
        2 => push_several(keys),
        2 => take(keys),
        3 => transfer(keys),
        2 => look(keys),
    ]
    .boxed()
}

/// There are steps for this, which a clock of the program's own decides.
fn is_of_time(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Expire { .. }
            | Operation::ExpireWith { .. }
            | Operation::Expireat { .. }
            | Operation::ExpireatWith { .. }
            | Operation::Persist { .. }
            | Operation::Ttl { .. }
            | Operation::Expiretime { .. }
    )
}

fn key(keys: &'static [&'static str]) -> impl Strategy<Value = ByteString> {
    select(keys).prop_map(ByteString::from)
}

/// Elements that are mostly different: a reply then tells which one it was.
fn element() -> impl Strategy<Value = ByteString> {
    (0..1000_u32).prop_map(|number| ByteString::from(number.to_string().as_str()))
}

fn push_several(keys: &'static [&'static str]) -> BoxedStrategy<Operation> {
    let elements = || vec(element(), 1..=3);
    prop_oneof![
        (key(keys), elements()).prop_map(|(key, elements)| Operation::RpushAll { key, elements }),
        (key(keys), elements()).prop_map(|(key, elements)| Operation::LpushAll { key, elements }),
    ]
    .boxed()
}

fn take(keys: &'static [&'static str]) -> BoxedStrategy<Operation> {
    prop_oneof![
        key(keys).prop_map(|key| Operation::Lpop { key }),
        key(keys).prop_map(|key| Operation::Rpop { key }),
        (vec(key(keys), 1..=3), strategy::direction(), 1..3_usize)
            .prop_map(|(keys, from, count)| Operation::Lmpop { keys, from, count }),
        vec(key(keys), 1..=3).prop_map(|keys| Operation::DelAll { keys }),
    ]
    .boxed()
}

fn transfer(keys: &'static [&'static str]) -> BoxedStrategy<Operation> {
    let two = || (key(keys), key(keys));
    prop_oneof![
        4 => (two(), strategy::direction(), strategy::direction()).prop_map(
            |((source, destination), from, to)| Operation::Lmove { source, destination, from, to }
        ),
        1 => two()
            .prop_map(|(source, destination)| Operation::Rpoplpush { source, destination }),
        1 => two().prop_map(|(key, newkey)| Operation::Rename { key, newkey }),
        1 => two().prop_map(|(source, destination)| Operation::Copy { source, destination }),
        1 => two().prop_map(|(source, destination)| Operation::CopyReplace { source, destination }),
    ]
    .boxed()
}

fn look(keys: &'static [&'static str]) -> BoxedStrategy<Operation> {
    prop_oneof![
        key(keys).prop_map(|key| Operation::Lrange { key, start: 0, stop: -1 }),
        key(keys).prop_map(|key| Operation::Llen { key }),
        vec(key(keys), 1..=3).prop_map(|keys| Operation::ExistsAll { keys }),
    ]
    .boxed()
}
