//! What of Redis's server group a store has.

use super::super::keys::KeySpec;
use super::super::{CommandSpec, Run, catalogue, config, info, keyspace, persistence};
use super::{SUBCOMMANDS, server};

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
    server("swapdb", "index1 index2", "4.0.0", Run::Session(keyspace::swapdb))
        .does("Swaps two databases, which are both the only one.")
        .with_flags(&["write", "fast"])
        .with_categories(&["keyspace", "dangerous"]),
    server("info", "[section [section ...]]", "1.0.0", on_keyspace!(info::info))
        .does("Tells of the store in sections, for people and for programs.")
        .with_flags(&["loading", "stale"])
        .with_categories(&["dangerous"])
        .with_tips(&[
            "nondeterministic_output",
            "request_policy:all_shards",
            "response_policy:special",
        ]),
    server("bgrewriteaof", "", "1.0.0", on_keyspace!(persistence::bgrewriteaof))
        .does("Rewrites the log of the store in the background.")
        .with_flags(&["admin", "noscript", "no_async_loading"])
        .with_categories(&["admin", "dangerous"]),
    server("lastsave", "", "1.0.0", on_keyspace!(persistence::lastsave))
        .does("Tells when the log was last rewritten.")
        .with_flags(&["loading", "stale", "fast"])
        .with_categories(&["admin", "dangerous"])
        .with_tips(&["nondeterministic_output"]),
    server("role", "", "2.8.12", Run::Session(info::role))
        .does("Tells that this is a master without replicas.")
        .with_flags(&["noscript", "loading", "stale", "fast"])
        .with_categories(&["admin", "dangerous"]),
    server("time", "", "2.6.0", on_keyspace!(info::time))
        .does("Tells the time in seconds and microseconds since 1970.")
        .with_flags(&["loading", "stale", "fast"])
        .with_categories(&[])
        .with_tips(&["nondeterministic_output"]),
    server("memory", "", "4.0.0", SUBCOMMANDS)
        .does("Asks about memory.")
        .with_arity(-2)
        .with_categories(&[])
        .with_subcommands(&[
            server(
                "memory|usage",
                "key [SAMPLES count]",
                "4.0.0",
                on_keyspace!(keyspace::memory_usage),
            )
            .does("Counts the bytes of a key and its list.")
            .with_flags(&["readonly"])
            .with_categories(&[])
            .with_keys(&[KeySpec::at(2, &["RO"])]),
            server("memory|help", "", "4.0.0", Run::Session(catalogue::help))
                .does("Lists the forms of MEMORY.")
                .with_flags(&["loading", "stale"])
                .with_categories(&[]),
        ]),
    server("config", "", "2.0.0", SUBCOMMANDS)
        .does("Asks about parameters.")
        .with_arity(-2)
        .with_categories(&[])
        .with_subcommands(&[
            server("config|get", "parameter [parameter ...]", "2.0.0", on_keyspace!(config::get))
                .does("Tells the values of parameters.")
                .with_flags(&["admin", "noscript", "loading", "stale"])
                .with_categories(&[]),
            server(
                "config|set",
                "parameter value [parameter value ...]",
                "2.0.0",
                on_keyspace!(config::set),
            )
            .does("Sets parameters to what they are.")
            .with_flags(&["admin", "noscript", "loading", "stale"])
            .with_categories(&[])
            .with_tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
            server("config|resetstat", "", "2.0.0", on_keyspace!(config::resetstat))
                .does("Has INFO count from 0.")
                .with_flags(&["admin", "noscript", "loading", "stale"])
                .with_categories(&[])
                .with_tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
            server("config|rewrite", "", "2.8.0", Run::Session(config::rewrite))
                .does("Writes parameters to their file, of which there is none.")
                .with_flags(&["admin", "noscript", "loading", "stale"])
                .with_categories(&[])
                .with_tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
            server("config|help", "", "5.0.0", Run::Session(catalogue::help))
                .does("Lists the forms of CONFIG.")
                .with_flags(&["loading", "stale"])
                .with_categories(&[]),
        ]),
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
                "command|getkeys",
                "command [arg [arg ...]]",
                "2.8.13",
                Run::Session(catalogue::getkeys),
            )
            .does("Tells which words of a command are keys.")
            .with_flags(&["loading", "stale"])
            .with_categories(&["connection"]),
            server(
                "command|getkeysandflags",
                "command [arg [arg ...]]",
                "7.0.0",
                Run::Session(catalogue::getkeysandflags),
            )
            .does("Tells which words of a command are keys, and what is done to them.")
            .with_flags(&["loading", "stale"])
            .with_categories(&["connection"]),
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
