//! The rows of Redis's list group.

use super::super::keys::KeySpec;
use super::super::{CommandSpec, Run, blocking, lists};
use super::{TAKEN, list};

pub(super) const COMMANDS: &[CommandSpec] = &[
    list("lpush", "key element [element ...]", "1.0.0", on_keyspace!(lists::lpush))
        .does("Puts elements at the head of a list, which is made if it is missing.")
        .with_flags(&["write", "denyoom", "fast"])
        .with_keys(&[KeySpec::at(1, &["RW", "insert"])])
        .with_elements(2),
    list("rpush", "key element [element ...]", "1.0.0", on_keyspace!(lists::rpush))
        .does("Puts elements at the tail of a list, which is made if it is missing.")
        .with_flags(&["write", "denyoom", "fast"])
        .with_keys(&[KeySpec::at(1, &["RW", "insert"])])
        .with_elements(2),
    list("lpushx", "key element [element ...]", "2.2.0", on_keyspace!(lists::lpushx))
        .does("Puts elements at the head of a list, if there is one.")
        .with_flags(&["write", "denyoom", "fast"])
        .with_keys(&[KeySpec::at(1, &["RW", "insert"])])
        .with_elements(2),
    list("rpushx", "key element [element ...]", "2.2.0", on_keyspace!(lists::rpushx))
        .does("Puts elements at the tail of a list, if there is one.")
        .with_flags(&["write", "denyoom", "fast"])
        .with_keys(&[KeySpec::at(1, &["RW", "insert"])])
        .with_elements(2),
    list("lpop", "key [count]", "1.0.0", on_keyspace!(lists::lpop))
        .does("Takes elements from the head of a list.")
        .with_flags(&["write", "fast"])
        .with_keys(&[KeySpec::at(1, TAKEN)]),
    list("rpop", "key [count]", "1.0.0", on_keyspace!(lists::rpop))
        .does("Takes elements from the tail of a list.")
        .with_flags(&["write", "fast"])
        .with_keys(&[KeySpec::at(1, TAKEN)]),
    list("llen", "key", "1.0.0", on_keyspace!(lists::llen))
        .does("Counts the elements of a list.")
        .with_flags(&["readonly", "fast"])
        .with_keys(&[KeySpec::at(1, &["RO"])]),
    list("lrange", "key start stop", "1.0.0", on_keyspace!(lists::lrange))
        .does("Reads the elements from one index to another.")
        .with_flags(&["readonly"])
        .with_keys(&[KeySpec::at(1, &["RO", "access"])]),
    list("lindex", "key index", "1.0.0", on_keyspace!(lists::lindex))
        .does("Reads the element at an index.")
        .with_flags(&["readonly"])
        .with_keys(&[KeySpec::at(1, &["RO", "access"])]),
    list("lset", "key index element", "1.0.0", on_keyspace!(lists::lset))
        .does("Replaces the element at an index.")
        .with_flags(&["write", "denyoom"])
        .with_keys(&[KeySpec::at(1, &["RW", "update"])])
        .with_elements(3),
    list("linsert", "key BEFORE|AFTER pivot element", "2.2.0", on_keyspace!(lists::linsert))
        .does("Puts an element next to the first one that equals the pivot.")
        .with_flags(&["write", "denyoom"])
        .with_keys(&[KeySpec::at(1, &["RW", "insert"])])
        .with_elements(4),
    list("lrem", "key count element", "1.0.0", on_keyspace!(lists::lrem))
        .does("Removes elements that equal the given one.")
        .with_flags(&["write"])
        .with_keys(&[KeySpec::at(1, &["RW", "delete"])]),
    list("ltrim", "key start stop", "1.0.0", on_keyspace!(lists::ltrim))
        .does("Keeps only the elements from one index to another.")
        .with_flags(&["write"])
        .with_keys(&[KeySpec::at(1, &["RW", "delete"])]),
    list(
        "lpos",
        "key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
        "6.0.6",
        on_keyspace!(lists::lpos),
    )
    .does("Finds where an element is in a list.")
    .with_flags(&["readonly"])
    .with_keys(&[KeySpec::at(1, &["RO", "access"])]),
    list("lmove", "source destination LEFT|RIGHT LEFT|RIGHT", "6.2.0", on_keyspace!(lists::lmove))
        .does("Takes an element from one end of a list and puts it at an end of another.")
        .with_flags(&["write", "denyoom"])
        .with_keys(&[KeySpec::at(1, TAKEN), KeySpec::at(2, &["RW", "insert"])]),
    list(
        "lmovem",
        "source destination LEFT|RIGHT LEFT|RIGHT [COUNT|EXACTLY count OBO|BULK]",
        "8.10.0",
        on_keyspace!(lists::lmovem),
    )
    .does("Takes elements from one end of a list and puts them at an end of another.")
    .with_flags(&["write", "denyoom"])
    .with_keys(&[KeySpec::at(1, TAKEN), KeySpec::at(2, &["RW", "insert"])]),
    list("rpoplpush", "source destination", "1.2.0", on_keyspace!(lists::rpoplpush))
        .does("Takes the last element of a list and puts it at the head of another.")
        .with_flags(&["write", "denyoom"])
        .with_keys(&[KeySpec::at(1, TAKEN), KeySpec::at(2, &["RW", "insert"])]),
    list(
        "lmpop",
        "numkeys key [key ...] LEFT|RIGHT [COUNT count]",
        "7.0.0",
        on_keyspace!(lists::lmpop),
    )
    .does("Takes elements from the first of several lists that has any.")
    .with_flags(&["write"])
    .with_keys(&[KeySpec::counted(1, TAKEN)]),
    list("blpop", "key [key ...] timeout", "2.0.0", Run::Blocking(blocking::blpop))
        .does("Takes an element from the head of the first list that has any, and waits for one.")
        .with_flags(&["write", "blocking"])
        .with_keys(&[KeySpec::from(1, -2, TAKEN)]),
    list("brpop", "key [key ...] timeout", "2.0.0", Run::Blocking(blocking::brpop))
        .does("Takes an element from the tail of the first list that has any, and waits for one.")
        .with_flags(&["write", "blocking"])
        .with_keys(&[KeySpec::from(1, -2, TAKEN)]),
    list(
        "blmove",
        "source destination LEFT|RIGHT LEFT|RIGHT timeout",
        "6.2.0",
        Run::Blocking(blocking::blmove),
    )
    .does("Moves an element from list to list as LMOVE does, and waits for one.")
    .with_flags(&["write", "denyoom", "blocking"])
    .with_keys(&[KeySpec::at(1, TAKEN), KeySpec::at(2, &["RW", "insert"])]),
    list(
        "blmovem",
        "source destination LEFT|RIGHT LEFT|RIGHT timeout [COUNT|EXACTLY count OBO|BULK]",
        "8.10.0",
        Run::Blocking(blocking::blmovem),
    )
    .does("Moves elements from list to list as LMOVEM does, and waits for as many.")
    .with_flags(&["write", "denyoom", "blocking"])
    .with_keys(&[KeySpec::at(1, TAKEN), KeySpec::at(2, &["RW", "insert"])]),
    list("brpoplpush", "source destination timeout", "2.2.0", Run::Blocking(blocking::brpoplpush))
        .does("Moves an element from list to list as RPOPLPUSH does, and waits for one.")
        .with_flags(&["write", "denyoom", "blocking"])
        .with_keys(&[KeySpec::at(1, TAKEN), KeySpec::at(2, &["RW", "insert"])]),
    list(
        "blmpop",
        "timeout numkeys key [key ...] LEFT|RIGHT [COUNT count]",
        "7.0.0",
        Run::Blocking(blocking::blmpop),
    )
    .does("Takes elements as LMPOP does, and waits for one.")
    .with_flags(&["write", "blocking"])
    .with_keys(&[KeySpec::counted(2, TAKEN)]),
];
