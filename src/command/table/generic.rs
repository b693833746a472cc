//! What of Redis's generic group concerns lists.

use super::super::keys::{Find, KeySpec};
use super::super::{CommandSpec, Run, catalogue, keyspace, sort};
use super::{SUBCOMMANDS, TAKEN, generic};

const SORT: &str = "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC|DESC] \
    [ALPHA] [STORE destination]";

const SORT_RO: &str =
    "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC|DESC] [ALPHA]";

const READ: &[&str] = &["RO", "access"];

const PATTERNS: KeySpec = KeySpec {
    access: READ,
    find: Find::Unknown { note: "Patterns of BY and GET name keys only together with an element." },
};

const DESTINATION: KeySpec = KeySpec {
    access: &["OW", "update"],
    find: Find::Behind { word: "store", note: "STORE may be anywhere among the options." },
};

pub(super) const COMMANDS: &[CommandSpec] = &[
    generic("del", "key [key ...]", "1.0.0", on_keyspace!(keyspace::del))
        .does("Removes keys.")
        .with_flags(&["write"])
        .with_tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .with_keys(&[KeySpec::from(1, -1, &["RM", "delete"])]),
    generic("unlink", "key [key ...]", "4.0.0", on_keyspace!(keyspace::del))
        .does("Removes keys, and frees what they held later.")
        .with_flags(&["write", "fast"])
        .with_tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .with_keys(&[KeySpec::from(1, -1, &["RM", "delete"])]),
    generic("exists", "key [key ...]", "1.0.0", on_keyspace!(keyspace::exists))
        .does("Counts the arguments that name a key that exists.")
        .with_flags(&["readonly", "fast"])
        .with_tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .with_keys(&[KeySpec::from(1, -1, &["RO"])]),
    generic("touch", "key [key ...]", "3.2.1", on_keyspace!(keyspace::exists))
        .does("Counts the arguments that name a key that exists, as a use of them.")
        .with_flags(&["readonly", "fast"])
        .with_tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .with_keys(&[KeySpec::from(1, -1, &["RO"])]),
    generic("type", "key", "1.0.0", on_keyspace!(keyspace::key_type))
        .does("Tells what kind of value a key holds.")
        .with_flags(&["readonly", "fast"])
        .with_keys(&[KeySpec::at(1, &["RO"])]),
    generic("keys", "pattern", "1.0.0", on_keyspace!(keyspace::keys))
        .does("Lists the keys whose names match a pattern.")
        .with_flags(&["readonly"])
        .with_categories(&["keyspace", "dangerous"])
        .with_tips(&["request_policy:all_shards", "nondeterministic_output_order"]),
    generic(
        "scan",
        "cursor [MATCH pattern] [COUNT count] [TYPE type]",
        "2.8.0",
        on_keyspace!(keyspace::scan),
    )
    .does("Walks through the names of all keys, a page at a time.")
    .with_flags(&["readonly"])
    .with_tips(&[
        "nondeterministic_output",
        "request_policy:special",
        "response_policy:special",
    ]),
    generic("randomkey", "", "1.0.0", on_keyspace!(keyspace::randomkey))
        .does("Names any one of the keys.")
        .with_flags(&["readonly"])
        .with_tips(&[
            "request_policy:all_shards",
            "response_policy:special",
            "nondeterministic_output",
        ]),
    generic("rename", "key newkey", "1.0.0", on_keyspace!(keyspace::rename))
        .does("Gives a key another name, in the place of what had it.")
        .with_flags(&["write"])
        .with_keys(&[KeySpec::at(1, TAKEN), KeySpec::at(2, &["OW", "update"])]),
    generic("renamenx", "key newkey", "1.0.0", on_keyspace!(keyspace::renamenx))
        .does("Gives a key another name, if nothing has it.")
        .with_flags(&["write", "fast"])
        .with_keys(&[KeySpec::at(1, TAKEN), KeySpec::at(2, &["OW", "insert"])]),
    generic(
        "copy",
        "source destination [DB destination-db] [REPLACE]",
        "6.2.0",
        on_keyspace!(keyspace::copy),
    )
    .does("Copies a list to another key.")
    .with_flags(&["write", "denyoom"])
    .with_keys(&[KeySpec::at(1, &["RO", "access"]), KeySpec::at(2, &["OW", "update"])]),
    generic("object", "", "2.2.3", SUBCOMMANDS)
        .does("Asks how a value is kept.")
        .with_arity(-2)
        .with_categories(&[])
        .with_subcommands(&[
            generic("object|encoding", "key", "2.2.3", on_keyspace!(keyspace::object_encoding))
                .does("Names the layout in memory of what a key holds.")
                .with_flags(&["readonly"])
                .with_tips(&["nondeterministic_output"])
                .with_keys(&[KeySpec::at(2, &["RO"])]),
            generic("object|help", "", "6.2.0", Run::Session(catalogue::help))
                .does("Lists the forms of OBJECT.")
                .with_flags(&["loading", "stale"]),
        ]),
    generic("sort", SORT, "1.0.0", on_keyspace!(sort::sort))
        .does("Sorts the elements of a list, and may store them as another.")
        .with_flags(&["write", "denyoom"])
        .with_categories(&["set", "sortedset", "list", "dangerous"])
        .with_keys(&[KeySpec::at(1, READ), PATTERNS, DESTINATION]),
    generic("sort_ro", SORT_RO, "7.0.0", on_keyspace!(sort::sort_ro))
        .does("Reads the elements of a list in sorted order.")
        .with_flags(&["readonly"])
        .with_categories(&["set", "sortedset", "list", "dangerous"])
        .with_keys(&[KeySpec::at(1, READ), PATTERNS]),
];
