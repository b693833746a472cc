//! Random schedules of a few clients that feed each other, on which servers before and since 7.2 agree.
//!
//! They differ over waiters for several keys, when more than one of these has a list at the moment of serving. Two
//! kinds of schedules never come to that:
//!
//! - [`moves`]: every waiter waits for one key. Moves may wait, and so form chains; transactions do anything.
//! - [`several_keys`]: waiters wait for one to three keys. None of them is a move, so serving makes no key; a command
//!   by itself makes one at most, and a transaction pushes, moves and renames to one key only. Since no waiter's key
//!   had a list before, at most that one has.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::schedule::{Action, Name, Schedule, Words};

const KEYS: [&str; 4] = ["a", "b", "c", "d"];
const ENDS: [&str; 2] = ["LEFT", "RIGHT"];
/// Those who may be blocked. One more never is.
const WAITERS: [Name; 4] = ['A', 'B', 'C', 'D'];
const WRITER: Name = 'W';

/// How many steps a schedule has at most. Those of clients that are blocked by then do not count.
const LENGTH: usize = 100;

pub(crate) fn schedules() -> BoxedStrategy<Schedule> {
    let steps = prop_oneof![
        (2..=KEYS.len(), 2..=WAITERS.len()).prop_flat_map(|(keys, waiters)| {
            vec(moves(&KEYS[..keys], &WAITERS[..waiters]), 1..=LENGTH)
        }),
        (2..=KEYS.len(), 2..=WAITERS.len()).prop_flat_map(|(keys, waiters)| {
            vec(several_keys(&KEYS[..keys], &WAITERS[..waiters]), 1..=LENGTH)
        }),
    ];
    steps.prop_map(Schedule::from).boxed()
}

fn moves(keys: &'static [&'static str], waiters: &'static [Name]) -> BoxedStrategy<Action> {
    let wait = prop_oneof![
        3 => waiting_pop(keys, 1),
        2 => waiting_move(keys),
    ];
    let queued = prop_oneof![
        6 => write(keys, keys),
        1 => waiting_pop(keys, 1),
        1 => waiting_move(keys),
        1 => unblock(waiters),
    ];
    actions(wait.boxed(), write(keys, keys), vec(queued, 1..6).boxed(), waiters)
}

fn several_keys(keys: &'static [&'static str], waiters: &'static [Name]) -> BoxedStrategy<Action> {
    let transaction = (0..keys.len()).prop_flat_map(move |one| {
        let queued = prop_oneof![
            6 => write(keys, &keys[one..=one]),
            1 => waiting_pop(keys, 3),
            1 => unblock(waiters),
        ];
        vec(queued, 1..6)
    });
    actions(waiting_pop(keys, 3), write(keys, keys), transaction.boxed(), waiters)
}

fn actions(
    wait: BoxedStrategy<Words>,
    write: BoxedStrategy<Words>,
    transaction: BoxedStrategy<Vec<Words>>,
    waiters: &'static [Name],
) -> BoxedStrategy<Action> {
    let anybody = || prop_oneof![2 => Just(WRITER), 1 => select(waiters)];
    let exec =
        |queued: Vec<Words>| [vec![words(["MULTI"])], queued, vec![words(["EXEC"])]].concat();
    prop_oneof![
        96 => (select(waiters), wait).prop_map(|(name, wait)| Action::Say(name, vec![wait])),
        48 => (anybody(), vec(write, 1..3)).prop_map(|(name, writes)| Action::Say(name, writes)),
        24 => (anybody(), transaction).prop_map(move |(name, all)| Action::Say(name, exec(all))),
        8 => (anybody(), unblock(waiters)).prop_map(|(name, one)| Action::Say(name, vec![one])),
        8 => (anybody(), vec(select(&KEYS[..]), 1..3)).prop_map(|(name, keys)| {
            Action::Say(name, vec![[vec!["WATCH"], keys].concat().into_iter().map(str::to_owned).collect()])
        }),
        1 => select(waiters).prop_map(Action::Disconnect),
    ]
    .boxed()
}

fn words<const N: usize>(words: [&str; N]) -> Words {
    words.map(str::to_owned).to_vec()
}

/// One that waits, for up to `most` keys, forever.
fn waiting_pop(keys: &'static [&'static str], most: usize) -> BoxedStrategy<Words> {
    let keys = || vec(select(keys), 1..=most);
    let pop = |(command, keys): (&str, Vec<&str>)| {
        let all = [&[command][..], &keys, &["0"]].concat();
        all.into_iter().map(str::to_owned).collect()
    };
    let several = |(keys, end, count): (Vec<&str>, &str, usize)| {
        let (numkeys, count) = (keys.len().to_string(), count.to_string());
        let all = [&["BLMPOP", "0", &numkeys][..], &keys, &[end, "COUNT", &count]].concat();
        all.into_iter().map(str::to_owned).collect()
    };
    prop_oneof![
        2 => (select(&["BLPOP", "BRPOP"][..]), keys()).prop_map(pop),
        1 => (keys(), select(&ENDS[..]), 1..4_usize).prop_map(several),
    ]
    .boxed()
}

fn waiting_move(keys: &'static [&'static str]) -> BoxedStrategy<Words> {
    let ends = (select(&ENDS[..]), select(&ENDS[..]));
    prop_oneof![
        3 => (select(keys), select(keys), ends)
            .prop_map(|(source, to, (from, at))| words(["BLMOVE", source, to, from, at, "0"])),
        1 => (select(keys), select(keys))
            .prop_map(|(source, to)| words(["BRPOPLPUSH", source, to, "0"])),
    ]
    .boxed()
}

fn unblock(waiters: &'static [Name]) -> BoxedStrategy<Words> {
    let how = select(&["TIMEOUT", "ERROR"][..]);
    (select(waiters), how)
        .prop_map(|(name, how)| words(["CLIENT", "UNBLOCK", &format!("${name}"), how]))
        .boxed()
}

/// A command that does not wait; only keys of `made` can come into existence by it.
fn write(keys: &'static [&'static str], made: &'static [&'static str]) -> BoxedStrategy<Words> {
    let key = || select(keys);
    let end = || select(&ENDS[..]);
    let element = || (0..40_u32).prop_map(|number| number.to_string());
    let push = |(command, key, elements): (&str, &str, Vec<String>)| {
        [words([command, key]), elements].concat()
    };
    prop_oneof![
        10 => (select(&["LPUSH", "RPUSH"][..]), select(made), vec(element(), 1..5)).prop_map(push),
        3 => (key(), select(made), end(), end())
            .prop_map(|(source, to, from, at)| words(["LMOVE", source, to, from, at])),
        1 => (key(), select(made)).prop_map(|(key, newkey)| words(["RENAME", key, newkey])),
        1 => (key(), select(made)).prop_map(|(key, newkey)| words(["RENAMENX", key, newkey])),
        1 => (key(), select(made)).prop_map(|(key, newkey)| words(["COPY", key, newkey, "REPLACE"])),
        1 => (key(), select(made)).prop_map(|(key, to)| words(["SORT", key, "STORE", to])),
        2 => (select(&["LPOP", "RPOP", "DEL", "LLEN"][..]), key())
            .prop_map(|(command, key)| words([command, key])),
        1 => (select(&["LPUSHX", "RPUSHX"][..]), key(), element())
            .prop_map(|(command, key, element)| words([command, key, &element])),
        1 => (key(), element(), element())
            .prop_map(|(key, pivot, element)| words(["LINSERT", key, "BEFORE", &pivot, &element])),
        1 => (key(), element()).prop_map(|(key, element)| words(["LREM", key, "0", &element])),
        1 => (key(), element()).prop_map(|(key, element)| words(["LSET", key, "0", &element])),
        1 => key().prop_map(|key| words(["LTRIM", key, "1", "2"])),
        1 => Just(words(["FLUSHALL"])),
    ]
    .boxed()
}
