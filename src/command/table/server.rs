//! What of Redis's server group a store has.

use super::super::{CommandSpec, Run, catalogue, keyspace};
use super::SERVER;

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "dbsize",
        summary: "Counts the keys.",
        since: "1.0.0",
        arity: 1,
        flags: &["readonly", "fast"],
        tips: &["request_policy:all_shards", "response_policy:agg_sum"],
        run: Run::Keyspace(keyspace::dbsize),
        ..SERVER
    },
    CommandSpec {
        name: "flushall",
        syntax: "[ASYNC|SYNC]",
        summary: "Removes all keys.",
        since: "1.0.0",
        arity: -1,
        flags: &["write"],
        categories: &["keyspace", "dangerous"],
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        run: Run::Keyspace(keyspace::flush),
        ..SERVER
    },
    CommandSpec {
        name: "flushdb",
        syntax: "[ASYNC|SYNC]",
        summary: "Removes all keys of the database.",
        since: "1.0.0",
        arity: -1,
        flags: &["write"],
        categories: &["keyspace", "dangerous"],
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        run: Run::Keyspace(keyspace::flush),
        ..SERVER
    },
    CommandSpec {
        name: "command",
        summary: "Tells about all commands.",
        since: "2.8.13",
        arity: -1,
        flags: &["loading", "stale"],
        categories: &["connection"],
        tips: &["nondeterministic_output_order"],
        subcommands: &[
            CommandSpec {
                name: "command|count",
                summary: "Counts the commands.",
                since: "2.8.13",
                arity: 2,
                flags: &["loading", "stale"],
                categories: &["connection"],
                run: Run::Session(catalogue::count_all),
                ..SERVER
            },
            CommandSpec {
                name: "command|docs",
                syntax: "[command-name [command-name ...]]",
                summary: "Describes commands for people.",
                since: "7.0.0",
                arity: -2,
                flags: &["loading", "stale"],
                categories: &["connection"],
                tips: &["nondeterministic_output_order"],
                run: Run::Session(catalogue::docs),
                ..SERVER
            },
            CommandSpec {
                name: "command|list",
                syntax: "[FILTERBY MODULE module-name|ACLCAT category|PATTERN pattern]",
                summary: "Lists the names of commands.",
                since: "7.0.0",
                arity: -2,
                flags: &["loading", "stale"],
                categories: &["connection"],
                tips: &["nondeterministic_output_order"],
                run: Run::Session(catalogue::list),
                ..SERVER
            },
            CommandSpec {
                name: "command|info",
                syntax: "[command-name [command-name ...]]",
                summary: "Describes commands for programs.",
                since: "2.8.13",
                arity: -2,
                flags: &["loading", "stale"],
                categories: &["connection"],
                tips: &["nondeterministic_output_order"],
                run: Run::Session(catalogue::info),
                ..SERVER
            },
            CommandSpec {
                name: "command|help",
                summary: "Lists the forms of COMMAND.",
                since: "5.0.0",
                arity: 2,
                flags: &["loading", "stale"],
                categories: &["connection"],
                run: Run::Session(catalogue::help),
                ..SERVER
            },
        ],
        run: Run::Session(catalogue::command),
        ..SERVER
    },
];
