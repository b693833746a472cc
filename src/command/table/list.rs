//! The rows of Redis's list group.

use super::super::keys::KeySpec;
use super::super::{CommandSpec, Run, blocking, lists};
use super::LIST;

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "lpush",
        syntax: "key element [element ...]",
        summary: "Puts elements at the head of a list, which is made if it is missing.",
        since: "1.0.0",
        arity: -3,
        flags: &["write", "denyoom", "fast"],
        keys: &[KeySpec::at(1, &["RW", "insert"])],
        run: Run::Keys(lists::lpush),
        ..LIST
    },
    CommandSpec {
        name: "rpush",
        syntax: "key element [element ...]",
        summary: "Puts elements at the tail of a list, which is made if it is missing.",
        since: "1.0.0",
        arity: -3,
        flags: &["write", "denyoom", "fast"],
        keys: &[KeySpec::at(1, &["RW", "insert"])],
        run: Run::Keys(lists::rpush),
        ..LIST
    },
    CommandSpec {
        name: "lpushx",
        syntax: "key element [element ...]",
        summary: "Puts elements at the head of a list, if there is one.",
        since: "2.2.0",
        arity: -3,
        flags: &["write", "denyoom", "fast"],
        keys: &[KeySpec::at(1, &["RW", "insert"])],
        run: Run::Keys(lists::lpushx),
        ..LIST
    },
    CommandSpec {
        name: "rpushx",
        syntax: "key element [element ...]",
        summary: "Puts elements at the tail of a list, if there is one.",
        since: "2.2.0",
        arity: -3,
        flags: &["write", "denyoom", "fast"],
        keys: &[KeySpec::at(1, &["RW", "insert"])],
        run: Run::Keys(lists::rpushx),
        ..LIST
    },
    CommandSpec {
        name: "lpop",
        syntax: "key [count]",
        summary: "Takes elements from the head of a list.",
        since: "1.0.0",
        arity: -2,
        flags: &["write", "fast"],
        keys: &[KeySpec::at(1, &["RW", "access", "delete"])],
        run: Run::Keys(lists::lpop),
        ..LIST
    },
    CommandSpec {
        name: "rpop",
        syntax: "key [count]",
        summary: "Takes elements from the tail of a list.",
        since: "1.0.0",
        arity: -2,
        flags: &["write", "fast"],
        keys: &[KeySpec::at(1, &["RW", "access", "delete"])],
        run: Run::Keys(lists::rpop),
        ..LIST
    },
    CommandSpec {
        name: "llen",
        syntax: "key",
        summary: "Counts the elements of a list.",
        since: "1.0.0",
        arity: 2,
        flags: &["readonly", "fast"],
        keys: &[KeySpec::at(1, &["RO"])],
        run: Run::Keys(lists::llen),
        ..LIST
    },
    CommandSpec {
        name: "lrange",
        syntax: "key start stop",
        summary: "Reads the elements from one index to another.",
        since: "1.0.0",
        arity: 4,
        flags: &["readonly"],
        keys: &[KeySpec::at(1, &["RO", "access"])],
        run: Run::Keys(lists::lrange),
        ..LIST
    },
    CommandSpec {
        name: "lindex",
        syntax: "key index",
        summary: "Reads the element at an index.",
        since: "1.0.0",
        arity: 3,
        flags: &["readonly"],
        keys: &[KeySpec::at(1, &["RO", "access"])],
        run: Run::Keys(lists::lindex),
        ..LIST
    },
    CommandSpec {
        name: "lset",
        syntax: "key index element",
        summary: "Replaces the element at an index.",
        since: "1.0.0",
        arity: 4,
        flags: &["write", "denyoom"],
        keys: &[KeySpec::at(1, &["RW", "update"])],
        run: Run::Keys(lists::lset),
        ..LIST
    },
    CommandSpec {
        name: "linsert",
        syntax: "key BEFORE|AFTER pivot element",
        summary: "Puts an element next to the first one that equals the pivot.",
        since: "2.2.0",
        arity: 5,
        flags: &["write", "denyoom"],
        keys: &[KeySpec::at(1, &["RW", "insert"])],
        run: Run::Keys(lists::linsert),
        ..LIST
    },
    CommandSpec {
        name: "lrem",
        syntax: "key count element",
        summary: "Removes elements that equal the given one.",
        since: "1.0.0",
        arity: 4,
        flags: &["write"],
        keys: &[KeySpec::at(1, &["RW", "delete"])],
        run: Run::Keys(lists::lrem),
        ..LIST
    },
    CommandSpec {
        name: "ltrim",
        syntax: "key start stop",
        summary: "Keeps only the elements from one index to another.",
        since: "1.0.0",
        arity: 4,
        flags: &["write"],
        keys: &[KeySpec::at(1, &["RW", "delete"])],
        run: Run::Keys(lists::ltrim),
        ..LIST
    },
    CommandSpec {
        name: "lpos",
        syntax: "key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
        summary: "Finds where an element is in a list.",
        since: "6.0.6",
        arity: -3,
        flags: &["readonly"],
        keys: &[KeySpec::at(1, &["RO", "access"])],
        run: Run::Keys(lists::lpos),
        ..LIST
    },
    CommandSpec {
        name: "lmove",
        syntax: "source destination LEFT|RIGHT LEFT|RIGHT",
        summary: "Takes an element from one end of a list and puts it at an end of another.",
        since: "6.2.0",
        arity: 5,
        flags: &["write", "denyoom"],
        keys: &[KeySpec::at(1, &["RW", "access", "delete"]), KeySpec::at(2, &["RW", "insert"])],
        run: Run::Keys(lists::lmove),
        ..LIST
    },
    CommandSpec {
        name: "rpoplpush",
        syntax: "source destination",
        summary: "Takes the last element of a list and puts it at the head of another.",
        since: "1.2.0",
        arity: 3,
        flags: &["write", "denyoom"],
        keys: &[KeySpec::at(1, &["RW", "access", "delete"]), KeySpec::at(2, &["RW", "insert"])],
        run: Run::Keys(lists::rpoplpush),
        ..LIST
    },
    CommandSpec {
        name: "lmpop",
        syntax: "numkeys key [key ...] LEFT|RIGHT [COUNT count]",
        summary: "Takes elements from the first of several lists that has any.",
        since: "7.0.0",
        arity: -4,
        flags: &["write"],
        keys: &[KeySpec::counted(1, &["RW", "access", "delete"])],
        run: Run::Keys(lists::lmpop),
        ..LIST
    },
    CommandSpec {
        name: "blpop",
        syntax: "key [key ...] timeout",
        summary: "Takes an element from the head of the first list that has any, and waits for one.",
        since: "2.0.0",
        arity: -3,
        flags: &["write", "blocking"],
        keys: &[KeySpec::from(1, -2, &["RW", "access", "delete"])],
        run: Run::Blocking(blocking::blpop),
        ..LIST
    },
    CommandSpec {
        name: "brpop",
        syntax: "key [key ...] timeout",
        summary: "Takes an element from the tail of the first list that has any, and waits for one.",
        since: "2.0.0",
        arity: -3,
        flags: &["write", "blocking"],
        keys: &[KeySpec::from(1, -2, &["RW", "access", "delete"])],
        run: Run::Blocking(blocking::brpop),
        ..LIST
    },
    CommandSpec {
        name: "blmove",
        syntax: "source destination LEFT|RIGHT LEFT|RIGHT timeout",
        summary: "Moves an element from list to list as LMOVE does, and waits for one.",
        since: "6.2.0",
        arity: 6,
        flags: &["write", "denyoom", "blocking"],
        keys: &[KeySpec::at(1, &["RW", "access", "delete"]), KeySpec::at(2, &["RW", "insert"])],
        run: Run::Blocking(blocking::blmove),
        ..LIST
    },
    CommandSpec {
        name: "brpoplpush",
        syntax: "source destination timeout",
        summary: "Moves an element from list to list as RPOPLPUSH does, and waits for one.",
        since: "2.2.0",
        arity: 4,
        flags: &["write", "denyoom", "blocking"],
        keys: &[KeySpec::at(1, &["RW", "access", "delete"]), KeySpec::at(2, &["RW", "insert"])],
        run: Run::Blocking(blocking::brpoplpush),
        ..LIST
    },
    CommandSpec {
        name: "blmpop",
        syntax: "timeout numkeys key [key ...] LEFT|RIGHT [COUNT count]",
        summary: "Takes elements as LMPOP does, and waits for one.",
        since: "7.0.0",
        arity: -5,
        flags: &["write", "blocking"],
        keys: &[KeySpec::counted(2, &["RW", "access", "delete"])],
        run: Run::Blocking(blocking::blmpop),
        ..LIST
    },
];
