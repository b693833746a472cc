//! Each command is on each surface: the text, the store, the transaction, the model, the strategies, and the pages that
//! name them all.
//!
//! A row of the model's operations calls one method on a store, on a transaction and on the model, so a command with such
//! a row has all three, or nothing compiles. The decoder of the fuzzer goes by the same rows; a test in `fuzz` sees each.
#![cfg(feature = "model")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use redeque::Direction::{Left, Right};
use redeque::command::{self, CommandSpec};
use redeque::model::{Operation, Outcome, contents_of, strategy};
use redeque::{Error, MoveCount, MoveOrder, Store};

/// The groups whose commands are about keys and lists, not about connections.
const GROUPS: [&str; 3] = ["list", "generic", "server"];

/// Commands that are there as text only.
const TEXT_ONLY: [&str; 19] = [
    "bgrewriteaof",
    "command",
    "config",
    "info",
    "lastsave",
    "memory",
    "move",
    "object",
    // Times of methods are in any unit.
    "pexpire",
    "pexpireat",
    "pexpiretime",
    "pttl",
    "role",
    "sort",
    "sort_ro",
    "swapdb",
    "time",
    "wait",
    "waitaof",
];

/// What else stores and transactions have beside their commands, in the files of those.
const NO_COMMANDS: [&str; 2] = ["blocked_clients", "reap"];

/// Methods of other files that the README names beside the commands.
const OTHER_METHODS: [&str; 14] = [
    "blocked_clients",
    "close",
    "export",
    "import",
    "import_commands",
    "is_closed",
    "max_memory",
    "memory_usage",
    "reap",
    "set_max_memory",
    "snapshot",
    "stats",
    "transaction",
    "used_memory",
];

/// What turns the clock of a store is no method of it.
const NO_METHOD: &str = "elapse";

/// Methods that are redeque's own, and no text.
const NO_TEXT: [&str; 3] = ["blpush_bounded", "brpush_bounded", "reap"];

/// The commands that wait, for which the model has no operations: the method for threads, which transactions have as
/// well, and that for tasks.
macro_rules! commands_that_wait {
    ($($method:ident, $for_tasks:ident: ($($argument:expr),*);)*) => {
        const WAITING: &[&str] = &[$(stringify!($method)),*];
        const WAITING_FOR_TASKS: &[&str] = &[$(stringify!($for_tasks)),*];

        #[test]
        fn a_command_that_waits_has_methods_for_threads_tasks_and_transactions() {
            let store = Store::new();
            store.rpush("full", "x").expect("a list");
            $(
                let reply = store.$method($($argument),*, Some(Duration::ZERO));
                assert!(matches!(reply, Ok(None)), "{reply:?}");
                drop(store.$for_tasks($($argument),*));
                let reply = store.transaction(["k", "l", "full"], |transaction| transaction.$method($($argument),*));
                assert!(matches!(reply, Ok(None)), "{reply:?}");
            )*
        }
    };
}

commands_that_wait! {
    blpop, blpop_async: (["k"]);
    brpop, brpop_async: (["k"]);
    blmove, blmove_async: ("k", "l", Left, Right);
    brpoplpush, brpoplpush_async: ("k", "l");
    blmovem, blmovem_async: ("k", "l", Left, Right, MoveCount::Exactly(2), MoveOrder::Bulk);
    blmpop, blmpop_async: (["k"], Left, 1);
    blpush_bounded, blpush_bounded_async: ("full", 1, "y");
    brpush_bounded, brpush_bounded_async: ("full", 1, "y");
}

#[track_caller]
fn agree(surface: &str, named: &BTreeSet<&str>, expected: &BTreeSet<&str>) {
    let (missed, more) = (expected - named, named - expected);
    assert!(
        missed.is_empty() && more.is_empty(),
        "{surface}: misses {missed:?}, has {more:?} more"
    );
}

/// The names of all methods that are commands.
fn methods() -> BTreeSet<&'static str> {
    let methods = Operation::METHODS.iter().filter(|method| **method != NO_METHOD);
    methods.chain(WAITING).copied().collect()
}

/// Whether a method is a form of a command: `lpush_all` of LPUSH.
fn is_form_of(method: &str, command: &str) -> bool {
    let method = if method == "key_type" { "type" } else { method };
    method.strip_prefix(command).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

fn commands_of_lists() -> impl Iterator<Item = &'static CommandSpec> {
    command::commands().iter().filter(|spec| GROUPS.contains(&spec.group()))
}

#[test]
fn every_command_has_an_operation_of_the_model_unless_it_waits_or_is_text_only() {
    for spec in commands_of_lists() {
        let name = spec.name();
        let has_method = methods().iter().any(|method| is_form_of(method, name));
        assert_ne!(
            has_method,
            TEXT_ONLY.contains(&name),
            "{name}: has it a row of the model's operations or of the commands that wait?"
        );
    }
}

#[test]
fn every_method_is_a_command_that_text_has_as_well() {
    for method in methods() {
        let has_row = commands_of_lists().any(|spec| is_form_of(method, spec.name()));
        assert_ne!(
            has_row,
            NO_TEXT.contains(&method),
            "{method}: the table of commands has no row for it"
        );
    }
}

/// The public methods of one of the façades: their names, from the files that have the commands.
fn methods_of(facade: &str) -> BTreeSet<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(facade);
    let mut names = BTreeSet::new();
    for file in ["lists.rs", "keyspace.rs", "expiry.rs", "blocking.rs", "bounded.rs"] {
        let source = fs::read_to_string(directory.join(file)).expect("a source");
        let heads = source.lines().filter_map(|line| line.strip_prefix("    pub fn "));
        names.extend(heads.filter_map(|head| head.split(['(', '<']).next()).map(str::to_owned));
    }
    names
}

#[test]
fn every_method_of_the_facades_is_known_to_the_model_or_waits() {
    for facade in ["store", "transaction"] {
        for method in methods_of(facade) {
            let known = methods().contains(method.as_str())
                || WAITING_FOR_TASKS.contains(&method.as_str())
                || NO_COMMANDS.contains(&method.as_str());
            assert!(known, "{facade}, {method}: the model has no Operation for it");
        }
    }
}

#[test]
fn the_strategies_draw_every_operation() {
    let (operations, mut runner) = (strategy::operation(), TestRunner::deterministic());
    let mut draw = || operations.new_tree(&mut runner).expect("an operation").current().method();
    let drawn: BTreeSet<&str> = (0..10_000).map(|_| draw()).collect();
    let missed: Vec<_> = Operation::METHODS.iter().filter(|name| !drawn.contains(*name)).collect();
    assert!(missed.is_empty(), "the strategies never draw {missed:?}");
}

#[test]
fn every_operation_refuses_keys_that_its_transaction_does_not_declare_and_changes_nothing() {
    let (operations, mut runner) = (strategy::key_operation(), TestRunner::deterministic());
    let mut draw = || operations.new_tree(&mut runner).expect("an operation").current();
    let (mut drawn, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for operation in (0..5_000).map(|_| draw()) {
        let store = Store::new();
        for key in operation.keys().expect("an operation on keys") {
            store.rpush_all(key, ["x", "y", "z"]).expect("a list");
        }
        let before = contents_of(&store);
        let reply = store.transaction(["declared"], |transaction| {
            Ok::<_, Error>(operation.in_transaction(transaction).expect("an operation on keys"))
        });
        let reply = reply.expect("the closure returns no error");
        assert_eq!(contents_of(&store), before, "{operation:?}");
        drawn.insert(operation.method());
        match reply {
            Outcome::Failed(Error::UndeclaredKey) => _ = refused.insert(operation.method()),
            // Arguments are looked at first, and there may be no keys among them.
            Outcome::Failed(_) | Outcome::Integer(0) => {}
            reply => panic!("{operation:?} got {reply:?}"),
        }
    }
    assert_eq!(refused, drawn);
}

#[test]
fn the_readme_names_every_method() {
    let readme = include_str!("../README.md");
    let (_, commands) = readme.split_once("## Commands\n\n").expect("a chapter of commands");
    let (table, _) = commands.split_once("\n\n").expect("a table");
    let quoted = table.split('`').skip(1).step_by(2);
    let named: BTreeSet<&str> =
        quoted.filter(|word| !["Store", "Transaction", "_async"].contains(word)).collect();
    agree("the README", &named, &methods().into_iter().chain(OTHER_METHODS).collect());
}

/// A row has the names of commands and subcommands in capitals, and few other words. HELP goes without saying. The row of
/// lists says that it is all of them.
#[test]
fn the_documentation_names_every_command() {
    let documentation = include_str!("../src/command.rs");
    for group in ["generic", "server", "connection", "transactions"] {
        let beginning = format!("//! | {group} | ");
        let row = documentation.lines().find_map(|line| line.strip_prefix(&beginning));
        let words = row.expect("a row of the group").split([' ', '`', '|', ',']);
        let is_name = |word: &&str| {
            !word.is_empty()
                && !word.contains(|c: char| c != '_' && c != '-' && !c.is_ascii_uppercase())
        };
        let named: Vec<String> = words.filter(is_name).map(str::to_lowercase).collect();
        let named = named.iter().map(String::as_str).collect();
        let specs = command::commands().iter().filter(|spec| spec.group() == group);
        let all = specs.flat_map(|spec| std::iter::once(spec).chain(spec.subcommands()));
        let own = all.filter_map(|spec| spec.name().split('|').next_back());
        let own = own.filter(|name| *name != "help").collect();
        agree(&format!("the row of {group} in src/command.rs"), &named, &own);
    }
}
