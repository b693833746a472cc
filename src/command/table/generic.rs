//! What of Redis's generic group concerns lists.

use super::super::keys::{Find, KeySpec};
use super::super::{CommandSpec, Run, catalogue, expiry, keyspace, persistence, sort};
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
    generic("expire", "key seconds [NX|XX|GT|LT]", "1.0.0", on_keyspace!(expiry::expire))
        .does("Has a key expire after a number of seconds.")
        .with_flags(&["write", "fast"])
        .with_keys(&[KeySpec::at(1, &["RW", "update"])]),
    generic("pexpire", "key milliseconds [NX|XX|GT|LT]", "2.6.0", on_keyspace!(expiry::pexpire))
        .does("Has a key expire after a number of milliseconds.")
        .with_flags(&["write", "fast"])
        .with_keys(&[KeySpec::at(1, &["RW", "update"])]),
    generic("expireat", "key unix-time-seconds [NX|XX|GT|LT]", "1.2.0", on_keyspace!(expiry::expireat))
        .does("Has a key expire at a time in seconds since 1970.")
        .with_flags(&["write", "fast"])
        .with_keys(&[KeySpec::at(1, &["RW", "update"])]),
    generic("pexpireat", "key unix-time-milliseconds [NX|XX|GT|LT]", "2.6.0", on_keyspace!(expiry::pexpireat))
        .does("Has a key expire at a time in milliseconds since 1970.")
        .with_flags(&["write", "fast"])
        .with_keys(&[KeySpec::at(1, &["RW", "update"])]),
    generic("persist", "key", "2.2.0", on_keyspace!(expiry::persist))
        .does("Takes a key's deadline away.")
        .with_flags(&["write", "fast"])
        .with_keys(&[KeySpec::at(1, &["RW", "update"])]),
    generic("ttl", "key", "1.0.0", on_keyspace!(expiry::ttl))
        .does("Tells how many seconds a key has left: -1 without a deadline, -2 without a key.")
        .with_flags(&["readonly", "fast"])
        .with_tips(&["nondeterministic_output"])
        .with_keys(&[KeySpec::at(1, READ)]),
    generic("pttl", "key", "2.6.0", on_keyspace!(expiry::pttl))
        .does("Tells how many milliseconds a key has left: -1 without a deadline, -2 without a key.")
        .with_flags(&["readonly", "fast"])
        .with_tips(&["nondeterministic_output"])
        .with_keys(&[KeySpec::at(1, READ)]),
    generic("expiretime", "key", "7.0.0", on_keyspace!(expiry::expiretime))
        .does("Tells when a key expires, in seconds since 1970: -1 without a deadline, -2 without a key.")
        .with_flags(&["readonly", "fast"])
        .with_keys(&[KeySpec::at(1, READ)]),
    generic("pexpiretime", "key", "7.0.0", on_keyspace!(expiry::pexpiretime))
        .does("Tells when a key expires, in milliseconds since 1970: -1 without a deadline, -2 without a key.")
        .with_flags(&["readonly", "fast"])
        .with_keys(&[KeySpec::at(1, READ)]),
    generic("move", "key db", "1.0.0", Run::Session(keyspace::move_key))
        .does("Moves a key to another database, of which there is none.")
        .with_flags(&["write", "fast"])
        .with_keys(&[KeySpec::at(1, &["RW", "access", "update"])]),
    generic("waitaof", "numlocal numreplicas timeout", "7.2.0", on_keyspace!(persistence::waitaof))
        .does("Waits until what was written is on disk.")
        .with_flags(&["blocking"])
        .with_categories(&["connection"])
        .with_tips(&["request_policy:all_shards", "response_policy:agg_min"]),
    generic("wait", "numreplicas timeout", "3.0.0", Run::Session(keyspace::wait))
        .does("Counts the replicas that have all writes of this connection: none.")
        .with_flags(&["blocking"])
        .with_categories(&["connection"])
        .with_tips(&["request_policy:all_shards", "response_policy:agg_min"]),
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
            generic("object|refcount", "key", "2.2.3", on_keyspace!(keyspace::object_refcount))
                .does("Counts who shares what a key holds: itself alone.")
                .with_flags(&["readonly"])
                .with_tips(&["nondeterministic_output"])
                .with_keys(&[KeySpec::at(2, &["RO"])]),
            generic("object|idletime", "key", "2.2.3", on_keyspace!(keyspace::object_idletime))
                .does("Tells for how many seconds a key has not been used: 0, as nobody notes it.")
                .with_flags(&["readonly"])
                .with_tips(&["nondeterministic_output"])
                .with_keys(&[KeySpec::at(2, &["RO"])]),
            generic("object|freq", "key", "4.0.0", on_keyspace!(keyspace::object_freq))
                .does("Tells how often a key is used, which nobody counts.")
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
