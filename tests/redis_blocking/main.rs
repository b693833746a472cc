//! Blocked clients against real servers: who is served, in which order, with which reply.
//!
//! The servers are started by the tests themselves: the `redis-server` of the PATH, or the programs that
//! `REDEQUE_SERVERS` names. The tests that need one are ignored unless they are asked for, with `--include-ignored`.
//!
//! A schedule says which client sends what. After each of its steps a test waits until every client, at the server and
//! at the store, has got its reply or is blocked; so it is the same schedule on both sides, whatever the machine does.
//! `tests/redis_blocking/scripts` has the ones written by hand. Random ones come on top: `REDEQUE_SCHEDULES` sets how
//! many (by default 200 for each kind of clients and each server, some 7,000 steps) and `REDEQUE_SEED` which.
#![cfg(unix)]

#[path = "../support/differences.rs"]
mod differences;
mod generate;
mod on_server;
mod on_tasks;
mod on_threads;
mod play;
#[path = "../support/resp.rs"]
mod resp;
mod schedule;
#[path = "../support/server.rs"]
mod server;
#[path = "../support/settings.rs"]
mod settings;
mod side;

use std::cell::RefCell;
use std::collections::BTreeSet;

use differences::difference;
use play::{Clients, Counts, Player};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestError, TestRunner};
use redeque::Protocol;
use schedule::{Schedule, parse};
use server::Server;

const SCRIPTS: [(&str, &str); 5] = [
    ("vectors", include_str!("scripts/vectors.txt")),
    ("ready", include_str!("scripts/ready.txt")),
    ("unblock", include_str!("scripts/unblock.txt")),
    ("transactions", include_str!("scripts/transactions.txt")),
    ("several_keys", include_str!("scripts/several_keys.txt")),
];

fn schedules() -> impl Iterator<Item = (&'static str, Schedule)> {
    let of_file = |(file, script)| parse(script).into_iter().map(move |one| (file, one));
    SCRIPTS.into_iter().flat_map(of_file)
}

#[track_caller]
fn play_all(clients: Clients) {
    for server in Server::start_each() {
        let mut counts = Counts::default();
        let mut failures = Vec::new();
        for (file, schedule) in schedules() {
            for (protocol, shards) in
                [(Protocol::Resp2, 1), (Protocol::Resp3, 64), (Protocol::Resp2, 64)]
            {
                let player = Player { server: &server, clients, protocol, shards };
                if let Err(reason) = player.play(&schedule, &mut counts) {
                    failures.push(format!("{file}, {protocol:?}, {shards} shards: {reason}"));
                }
            }
        }
        assert!(failures.is_empty(), "{}\n{}", server.kind(), failures.join("\n\n"));
        server.report(&format!("schedules for {clients:?}"), &counts.to_string());
    }
}

#[test]
#[ignore = "needs redis-server"]
fn threads_are_served_as_clients_of_a_server_are() {
    play_all(Clients::Threads);
}

#[test]
#[ignore = "needs redis-server"]
fn tasks_are_served_as_clients_of_a_server_are() {
    play_all(Clients::Tasks);
}

#[track_caller]
fn play_random(clients: Clients) {
    for server in Server::start_each() {
        play_random_on(&server, clients);
    }
}

#[track_caller]
fn play_random_on(server: &Server, clients: Clients) {
    let counts = RefCell::new(Counts::default());
    let seed = settings::seed();
    let config = ProptestConfig {
        cases: settings::cases("REDEQUE_SCHEDULES", 200),
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..ProptestConfig::default()
    };
    let sides = (select(vec![Protocol::Resp2, Protocol::Resp3]), select(vec![1_usize, 2, 64]));
    let mut runner = TestRunner::new_with_rng(config, settings::rng(seed));
    let held = runner.run(&(generate::schedules(), sides), |(schedule, (protocol, shards))| {
        let player = Player { server, clients, protocol, shards };
        player.play(&schedule, &mut counts.borrow_mut()).map_err(TestCaseError::fail)
    });
    let counts = counts.into_inner();
    match held {
        Ok(()) => {
            let comparison = format!("random schedules for {clients:?}");
            server.report(&comparison, &format!("{counts}, REDEQUE_SEED={seed}"));
        }
        Err(TestError::Fail(reason, (schedule, sides))) => {
            panic!(
                "{reason}\n\n{}, REDEQUE_SEED={seed}, {clients:?}, {sides:?}, the schedule\n{schedule:?}",
                server.kind()
            )
        }
        Err(aborted) => panic!("{aborted}"),
    }
    assert!(counts.waits * 10 > counts.steps, "schedules in which nobody waits prove little");
}

#[test]
#[ignore = "needs redis-server"]
fn threads_of_random_schedules_are_served_as_clients_of_a_server_are() {
    play_random(Clients::Threads);
}

#[test]
#[ignore = "needs redis-server"]
fn tasks_of_random_schedules_are_served_as_clients_of_a_server_are() {
    play_random(Clients::Tasks);
}

/// The differences that only schedules can show, or that concern a client who waits, and those that they are about.
#[test]
fn the_schedules_show_the_differences_of_waiting() {
    let shown: BTreeSet<String> =
        schedules().filter_map(|(_, schedule)| schedule.differs).collect();
    let expected = ["unblock-extra-word", "waiter-for-several-keys"];
    assert_eq!(shown, expected.map(|name| difference(name).name.to_owned()).into());
}
