//! Text commands against a real `redis-server`: every reply, byte for byte, and all contents at the end.
//!
//! The server is started by the tests themselves. Without one on the PATH they say so and pass; with `CI=true` in the
//! environment they fail.
//!
//! `tests/redis_server/scripts` has programs written by hand: each command and each error text, at both versions of
//! the protocol. Random programs of 200 commands come on top; `REDEQUE_PROGRAMS` sets how many (by default 650, which
//! are some 105,000 commands) and `REDEQUE_SEED` which. To run millions:
//!
//! ```sh
//! REDEQUE_PROGRAMS=20000 REDEQUE_SEED=1 cargo test --release --test redis_server random -- --nocapture
//! ```
#![cfg(unix)]

#[path = "redis_server/both.rs"]
mod both;
#[path = "redis_server/differences.rs"]
mod differences;
#[path = "redis_server/generate.rs"]
mod generate;
#[path = "redis_server/program.rs"]
mod program;
#[path = "support/resp.rs"]
mod resp;
#[path = "support/server.rs"]
mod server;
#[path = "support/settings.rs"]
mod settings;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::io::{self, Write};

use both::Both;
use program::{Step, parse_script};
use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use redeque::{Protocol, command};
use server::Server;

const SCRIPTS: [(&str, &str); 6] = [
    ("lists", include_str!("redis_server/scripts/lists.txt")),
    ("blocking", include_str!("redis_server/scripts/blocking.txt")),
    ("keyspace", include_str!("redis_server/scripts/keyspace.txt")),
    ("sort", include_str!("redis_server/scripts/sort.txt")),
    ("transactions", include_str!("redis_server/scripts/transactions.txt")),
    ("connection", include_str!("redis_server/scripts/connection.txt")),
];

const ERROR_TEXTS: &str = include_str!("redis_server/error_texts.txt");

/// How many commands a random program has.
const LENGTH: usize = 200;

#[test]
fn scripts_get_the_same_replies_in_both_protocols() {
    let Some(server) = Server::start() else { return };
    let mut both = Both::new(&server);
    let mut failures = Vec::new();
    for (name, script) in SCRIPTS {
        for program in parse_script(script) {
            for protocol in [Protocol::Resp2, Protocol::Resp3] {
                if let Err(reason) = both.run(&program, protocol) {
                    failures.push(format!("{name}, {protocol:?}: {reason}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));

    let met: BTreeSet<String> =
        both.errors.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect();
    let texts = ERROR_TEXTS.lines().filter(|line| !line.starts_with('#'));
    let missed: Vec<&str> = texts.filter(|text| !met.contains(*text)).collect();
    assert!(missed.is_empty(), "no script met {missed:#?}");
}

#[test]
fn random_programs_get_the_same_replies() {
    let Some(server) = Server::start() else { return };
    let both = RefCell::new(Both::new(&server));
    let commands = Cell::new(0);
    let seed = settings::seed();
    let config = ProptestConfig {
        cases: settings::cases("REDEQUE_PROGRAMS", 650),
        failure_persistence: None,
        max_shrink_iters: 4000,
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new_with_rng(config, settings::rng(seed));
    let held = runner.run(&(generate::programs(LENGTH), protocol()), |(program, protocol)| {
        commands.set(commands.get() + program.len());
        both.borrow_mut().run(&program, protocol).map_err(TestCaseError::fail)
    });
    match held {
        // Not `println!`, whose text the test harness keeps to itself when a test passes.
        Ok(()) => drop(writeln!(
            io::stderr(),
            "random programs: {} commands on both sides, {} refused, REDEQUE_SEED={seed}",
            commands.get(),
            both.borrow().errors.len()
        )),
        Err(TestError::Fail(reason, (program, protocol))) => {
            panic!(
                "{reason}\n\nREDEQUE_SEED={seed}, {protocol:?}, the program\n{}",
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

/// All names of the table, those of subcommands included, but not the names that need one.
fn names() -> impl Iterator<Item = &'static str> {
    let parents_and_others = command::commands().iter();
    let all = parents_and_others.flat_map(|spec| match spec.subcommands() {
        [] => std::slice::from_ref(spec),
        subcommands => subcommands,
    });
    all.map(command::CommandSpec::name)
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

/// The same of random programs. QUIT would end them, and what is told of the table as a whole differs from a server's.
#[test]
fn random_programs_say_every_command() {
    const NEVER: [&str; 5] =
        ["quit", "client|help", "object|help", "command|help", "command|count"];
    let said = generate::commands();
    let unsaid: Vec<_> = names()
        .filter(|name| !said.iter().any(|said| said == name) && !NEVER.contains(name))
        .collect();
    assert!(unsaid.is_empty(), "no form is there for {unsaid:?}");
}

/// What the documentation calls a difference, and what is excused here, is the same.
#[test]
fn every_excused_difference_is_documented() {
    let documentation = include_str!("../src/command.rs");
    let table = documentation.lines().filter(|line| line.contains("DIFFERENCE"));
    let documented: Vec<&str> = table.collect();
    for difference in differences::DIFFERENCES {
        let found = documented.iter().any(|line| line.contains(difference.name));
        assert!(found, "the documentation does not say: {}", difference.name);
    }
}
