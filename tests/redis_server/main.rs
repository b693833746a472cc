//! Text commands against real servers: every reply, byte for byte, and all contents at the end.
//!
//! The servers are started by the tests themselves: the `redis-server` of the PATH, or the programs that
//! `REDEQUE_SERVERS` names. The tests that need one are ignored unless they are asked for:
//!
//! ```sh
//! cargo test --test redis_server -- --include-ignored
//! ```
//!
//! `tests/redis_server/scripts` has programs written by hand: each command and each error text, at both versions of
//! the protocol. Random programs of 200 commands come on top; `REDEQUE_PROGRAMS` sets how many for each server (by
//! default 650, which are some 105,000 commands) and `REDEQUE_SEED` which. To run millions:
//!
//! ```sh
//! REDEQUE_PROGRAMS=20000 cargo test --release --test redis_server random_programs_get -- --ignored
//! ```
#![cfg(unix)]

mod both;
#[path = "../support/differences.rs"]
mod differences;
mod error_texts;
mod excuse;
mod excuses;
mod expiring;
mod generate;
mod introspection;
mod program;
#[path = "../support/resp.rs"]
mod resp;
#[path = "../support/server.rs"]
mod server;
#[path = "../support/settings.rs"]
mod settings;
mod streams;
mod telling;
mod unspecified;

use std::cell::RefCell;
use std::collections::BTreeSet;

use both::Both;
use error_texts::error_texts;
use program::{Step, parse_script};
use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use redeque::command::CommandSpec;
use redeque::{Protocol, command};
use server::{Kind, Server};

const SCRIPTS: [(&str, &str); 9] = [
    ("lists", include_str!("scripts/lists.txt")),
    ("blocking", include_str!("scripts/blocking.txt")),
    ("keyspace", include_str!("scripts/keyspace.txt")),
    ("expiry", include_str!("scripts/expiry.txt")),
    ("sort", include_str!("scripts/sort.txt")),
    ("transactions", include_str!("scripts/transactions.txt")),
    ("connection", include_str!("scripts/connection.txt")),
    ("clients", include_str!("scripts/clients.txt")),
    ("memory", include_str!("scripts/memory.txt")),
];

/// How many commands a random program has.
const LENGTH: usize = 200;

/// The programs of all scripts, and one that asks what is told of each command.
fn scripts() -> impl Iterator<Item = (&'static str, Vec<Step>)> {
    let of_file = |(name, script)| parse_script(script).into_iter().map(move |one| (name, one));
    let asking: Vec<String> = names().map(|name| format!("COMMAND INFO {name}")).collect();
    let asking = parse_script(&asking.join("\n")).into_iter().map(|one| ("command info", one));
    SCRIPTS.into_iter().flat_map(of_file).chain(asking)
}

#[test]
#[ignore = "needs redis-server"]
fn scripts_get_the_same_replies_in_both_protocols() {
    for server in Server::start_each() {
        let mut both = Both::new(&server);
        let mut failures = Vec::new();
        for (name, program) in scripts() {
            for protocol in [Protocol::Resp2, Protocol::Resp3] {
                if let Err(reason) = both.run(&program, protocol) {
                    failures.push(format!("{name}, {protocol:?}: {reason}"));
                }
            }
        }
        assert!(failures.is_empty(), "{}\n{}", server.kind(), failures.join("\n\n"));
        let unmet = both.excuses.unmet();
        assert!(unmet.is_empty(), "{}: no script shows that {unmet:#?}", server.kind());
        // Another product has some of them in other words.
        if matches!(server.kind(), Kind::Redis(..)) {
            meets_every_error_text(server.kind(), &both.errors);
        }
        server.report("scripts", &format!("{} commands on both sides", both.commands));
    }
}

#[track_caller]
fn meets_every_error_text(kind: Kind, errors: &[Vec<u8>]) {
    let met: BTreeSet<_> = errors.iter().map(|text| String::from_utf8_lossy(text)).collect();
    let is_met = |text: &String| met.iter().any(|met| met.starts_with(text));
    let missed: Vec<String> = error_texts(kind).into_iter().filter(|text| !is_met(text)).collect();
    assert!(missed.is_empty(), "no script met {missed:#?}");
}

#[test]
#[ignore = "needs redis-server"]
fn random_programs_get_the_same_replies() {
    for server in Server::start_each() {
        run_random_programs(&server);
    }
}

#[track_caller]
fn run_random_programs(server: &Server) {
    let both = RefCell::new(Both::new(server));
    let seed = settings::seed();
    let config = ProptestConfig {
        cases: settings::cases("REDEQUE_PROGRAMS", 650),
        failure_persistence: None,
        max_shrink_iters: 4000,
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new_with_rng(config, settings::rng(seed));
    let held = runner.run(&(generate::programs(LENGTH), protocol()), |(program, protocol)| {
        both.borrow_mut().run(&program, protocol).map_err(TestCaseError::fail)
    });
    match held {
        Ok(()) => {
            let Both { commands, errors, .. } = both.into_inner();
            let refused = errors.len();
            let figures = format!(
                "{commands} commands on both sides, {refused} refused, REDEQUE_SEED={seed}"
            );
            server.report("random programs", &figures);
            println!("compared with no server: {}", NOT_COMPARED.join(" "));
        }
        Err(TestError::Fail(reason, (program, protocol))) => {
            panic!(
                "{reason}\n\n{}, REDEQUE_SEED={seed}, {protocol:?}, the program\n{}",
                server.kind(),
                listing(&program)
            )
        }
        Err(aborted) => panic!("{aborted}"),
    }
}

fn protocol() -> impl Strategy<Value = Protocol> {
    prop_oneof![Just(Protocol::Resp2), Just(Protocol::Resp3)]
}

fn listing(program: &[Step]) -> String {
    program.iter().map(|step| format!("{step:?}")).collect::<Vec<_>>().join("\n")
}

/// What no server at hand knows, and so is compared with none: see `tests/semantics/lists.rs`, `tests/waiting/text.rs` and
/// `tests/redis_crate/batches.rs`. And what speaks of a server's own files: see `tests/durable/text.rs`.
const NOT_COMPARED: [&str; 5] = ["bgrewriteaof", "blmovem", "lastsave", "lmovem", "waitaof"];

/// The commands of the table, subcommands in the place of what needs one.
fn specs() -> impl Iterator<Item = &'static CommandSpec> {
    let compared = |spec: &&CommandSpec| !NOT_COMPARED.contains(&spec.name());
    command::commands().iter().filter(compared).flat_map(|spec| match spec.subcommands() {
        [] => std::slice::from_ref(spec),
        subcommands => subcommands,
    })
}

fn names() -> impl Iterator<Item = &'static str> {
    specs().map(CommandSpec::name)
}

/// A test of the tests: a command that no script says is a command that nothing compares.
#[test]
fn scripts_say_every_command() {
    let mut said = BTreeSet::new();
    for step in SCRIPTS.iter().flat_map(|(_, script)| parse_script(script)).flatten() {
        let words: Vec<_> =
            step.words.iter().map(|word| String::from_utf8_lossy(word).to_lowercase()).collect();
        said.insert(words[0].clone());
        said.extend(words.get(1).map(|sub| format!("{}|{sub}", words[0])));
    }
    let unsaid: Vec<_> = names().filter(|name| !said.contains(*name)).collect();
    assert!(unsaid.is_empty(), "no script says {unsaid:?}");
}

/// The differences that no reply is excused for here.
const NOT_EXCUSED: [&str; 14] = [
    // See `tests/durable/text.rs`.
    "bgrewriteaof",
    "waitaof",
    // See `unspecified`.
    "idle-time",
    // Nothing expires while a program runs.
    "reaping",
    "time-in-exec",
    // No program waits for replicas, or goes on after it was killed.
    "wait-for-replicas",
    "kill-in-transaction",
    // No program has a number that C cannot hold.
    "sort-remembers-range",
    // See `tests/redis_blocking`.
    "waiter-for-several-keys",
    // See `Run::compare_exec`.
    "exec-changes-protocol",
    // No program says that option, has so long a pattern, or has a class in a pattern for names of commands.
    "scan-novalues",
    "many-stars",
    "command-list-pattern",
    // No program goes on after it.
    "after-quit",
];

/// What the documentation calls a difference, and what is excused here, is the same.
#[test]
fn the_documented_differences_are_those_that_are_excused() {
    let documented: BTreeSet<&str> = differences::differences().map(|row| row.name).collect();
    let excused = excuses::EXCUSES.iter().map(|excuse| excuse.name);
    let known: BTreeSet<&str> = excused.chain(NOT_EXCUSED).collect();
    assert_eq!(documented, known);
}
