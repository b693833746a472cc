//! What of Redis's generic group concerns lists.

use super::super::keys::{Find, KeySpec};
use super::super::{CommandSpec, Run, catalogue, keyspace, sort};
use super::GENERIC;

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "del",
        syntax: "key [key ...]",
        summary: "Removes keys.",
        since: "1.0.0",
        arity: -2,
        flags: &["write"],
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        keys: &[KeySpec::from(1, -1, &["RM", "delete"])],
        run: Run::Keys(keyspace::del),
        ..GENERIC
    },
    CommandSpec {
        name: "unlink",
        syntax: "key [key ...]",
        summary: "Removes keys, and frees what they held later.",
        since: "4.0.0",
        arity: -2,
        flags: &["write", "fast"],
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        keys: &[KeySpec::from(1, -1, &["RM", "delete"])],
        run: Run::Keys(keyspace::del),
        ..GENERIC
    },
    CommandSpec {
        name: "exists",
        syntax: "key [key ...]",
        summary: "Counts the arguments that name a key that exists.",
        since: "1.0.0",
        arity: -2,
        flags: &["readonly", "fast"],
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        keys: &[KeySpec::from(1, -1, &["RO"])],
        run: Run::Keys(keyspace::exists),
        ..GENERIC
    },
    CommandSpec {
        name: "touch",
        syntax: "key [key ...]",
        summary: "Counts the arguments that name a key that exists, as a use of them.",
        since: "3.2.1",
        arity: -2,
        flags: &["readonly", "fast"],
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        keys: &[KeySpec::from(1, -1, &["RO"])],
        run: Run::Keys(keyspace::exists),
        ..GENERIC
    },
    CommandSpec {
        name: "type",
        syntax: "key",
        summary: "Tells what kind of value a key holds.",
        since: "1.0.0",
        arity: 2,
        flags: &["readonly", "fast"],
        keys: &[KeySpec::at(1, &["RO"])],
        run: Run::Keys(keyspace::key_type),
        ..GENERIC
    },
    CommandSpec {
        name: "keys",
        syntax: "pattern",
        summary: "Lists the keys whose names match a pattern.",
        since: "1.0.0",
        arity: 2,
        flags: &["readonly"],
        categories: &["keyspace", "dangerous"],
        tips: &["request_policy:all_shards", "nondeterministic_output_order"],
        run: Run::Names(keyspace::keys),
        ..GENERIC
    },
    CommandSpec {
        name: "scan",
        syntax: "cursor [MATCH pattern] [COUNT count] [TYPE type]",
        summary: "Walks through the names of all keys, a page at a time.",
        since: "2.8.0",
        arity: -2,
        flags: &["readonly"],
        tips: &["nondeterministic_output", "request_policy:special", "response_policy:special"],
        run: Run::Names(keyspace::scan),
        ..GENERIC
    },
    CommandSpec {
        name: "randomkey",
        summary: "Names any one of the keys.",
        since: "1.0.0",
        arity: 1,
        flags: &["readonly"],
        tips: &["request_policy:all_shards", "response_policy:special", "nondeterministic_output"],
        run: Run::Keyspace(keyspace::randomkey),
        ..GENERIC
    },
    CommandSpec {
        name: "rename",
        syntax: "key newkey",
        summary: "Gives a key another name, in the place of what had it.",
        since: "1.0.0",
        arity: 3,
        flags: &["write"],
        keys: &[KeySpec::at(1, &["RW", "access", "delete"]), KeySpec::at(2, &["OW", "update"])],
        run: Run::Keys(keyspace::rename),
        ..GENERIC
    },
    CommandSpec {
        name: "renamenx",
        syntax: "key newkey",
        summary: "Gives a key another name, if nothing has it.",
        since: "1.0.0",
        arity: 3,
        flags: &["write", "fast"],
        keys: &[KeySpec::at(1, &["RW", "access", "delete"]), KeySpec::at(2, &["OW", "insert"])],
        run: Run::Keys(keyspace::renamenx),
        ..GENERIC
    },
    CommandSpec {
        name: "copy",
        syntax: "source destination [DB destination-db] [REPLACE]",
        summary: "Copies a list to another key.",
        since: "6.2.0",
        arity: -3,
        flags: &["write", "denyoom"],
        keys: &[KeySpec::at(1, &["RO", "access"]), KeySpec::at(2, &["OW", "update"])],
        run: Run::Keys(keyspace::copy),
        ..GENERIC
    },
    CommandSpec {
        name: "object",
        summary: "Asks how a value is kept.",
        since: "2.2.3",
        arity: -2,
        categories: &[],
        subcommands: &[
            CommandSpec {
                name: "object|encoding",
                syntax: "key",
                summary: "Names the layout in memory of what a key holds.",
                since: "2.2.3",
                arity: 3,
                flags: &["readonly"],
                tips: &["nondeterministic_output"],
                keys: &[KeySpec::at(2, &["RO"])],
                run: Run::Keys(keyspace::object_encoding),
                ..GENERIC
            },
            CommandSpec {
                name: "object|help",
                summary: "Lists the forms of OBJECT.",
                since: "6.2.0",
                arity: 2,
                flags: &["loading", "stale"],
                run: Run::Session(catalogue::help),
                ..GENERIC
            },
        ],
        ..GENERIC
    },
    CommandSpec {
        name: "sort",
        syntax: "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC|DESC] [ALPHA] [STORE destination]",
        summary: "Sorts the elements of a list, and may store them as another.",
        since: "1.0.0",
        arity: -2,
        flags: &["write", "denyoom"],
        categories: &["set", "sortedset", "list", "dangerous"],
        keys: &[
            KeySpec::at(1, &["RO", "access"]),
            KeySpec {
                access: &["RO", "access"],
                find: Find::Unknown {
                    note: "Patterns of BY and GET name keys only together with an element.",
                },
            },
            KeySpec {
                access: &["OW", "update"],
                find: Find::Behind {
                    word: "store",
                    note: "STORE may be anywhere among the options.",
                },
            },
        ],
        run: Run::Keys(sort::sort),
        ..GENERIC
    },
    CommandSpec {
        name: "sort_ro",
        syntax: "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC|DESC] [ALPHA]",
        summary: "Reads the elements of a list in sorted order.",
        since: "7.0.0",
        arity: -2,
        flags: &["readonly"],
        categories: &["set", "sortedset", "list", "dangerous"],
        keys: &[
            KeySpec::at(1, &["RO", "access"]),
            KeySpec {
                access: &["RO", "access"],
                find: Find::Unknown {
                    note: "Patterns of BY and GET name keys only together with an element.",
                },
            },
        ],
        run: Run::Keys(sort::sort_ro),
        ..GENERIC
    },
];
