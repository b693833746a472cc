//! What of Redis's server group a store has.

use super::super::{CommandSpec, Run, catalogue, keyspace};
use super::server;

pub(super) const COMMANDS: &[CommandSpec] = &[
    server("dbsize", "", "1.0.0", on_keyspace!(keyspace::dbsize))
        .does("Counts the keys.")
        .with_flags(&["readonly", "fast"])
        .with_tips(&["request_policy:all_shards", "response_policy:agg_sum"]),
    server("flushall", "[ASYNC|SYNC]", "1.0.0", on_keyspace!(keyspace::flush))
        .does("Removes all keys.")
        .with_flags(&["write"])
        .with_categories(&["keyspace", "dangerous"])
        .with_tips(&["request_policy:all_shards", "response_policy:all_succeeded"]),
    server("flushdb", "[ASYNC|SYNC]", "1.0.0", on_keyspace!(keyspace::flush))
        .does("Removes all keys of the database.")
        .with_flags(&["write"])
        .with_categories(&["keyspace", "dangerous"])
        .with_tips(&["request_policy:all_shards", "response_policy:all_succeeded"]),
    server("command", "", "2.8.13", Run::Session(catalogue::command))
        .does("Tells about all commands.")
        .with_arity(-1)
        .with_flags(&["loading", "stale"])
        .with_categories(&["connection"])
        .with_tips(&["nondeterministic_output_order"])
        .with_subcommands(&[
            server("command|count", "", "2.8.13", Run::Session(catalogue::count_all))
                .does("Counts the commands.")
                .with_flags(&["loading", "stale"])
                .with_categories(&["connection"]),
            server(
                "command|docs",
                "[command-name [command-name ...]]",
                "7.0.0",
                Run::Session(catalogue::docs),
            )
            .does("Describes commands for people.")
            .with_flags(&["loading", "stale"])
            .with_categories(&["connection"])
            .with_tips(&["nondeterministic_output_order"]),
            server(
                "command|list",
                "[FILTERBY MODULE module-name|ACLCAT category|PATTERN pattern]",
                "7.0.0",
                Run::Session(catalogue::list),
            )
            .does("Lists the names of commands.")
            .with_flags(&["loading", "stale"])
            .with_categories(&["connection"])
            .with_tips(&["nondeterministic_output_order"]),
            server(
                "command|info",
                "[command-name [command-name ...]]",
                "2.8.13",
                Run::Session(catalogue::info),
            )
            .does("Describes commands for programs.")
            .with_flags(&["loading", "stale"])
            .with_categories(&["connection"])
            .with_tips(&["nondeterministic_output_order"]),
            server("command|help", "", "5.0.0", Run::Session(catalogue::help))
                .does("Lists the forms of COMMAND.")
                .with_flags(&["loading", "stale"])
                .with_categories(&["connection"]),
        ]),
];
