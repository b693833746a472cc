//! What the store does on purpose, and some servers do not: each difference by the name that the documentation gives
//! it, with the servers that it is true of. Nothing else is excused.

use crate::excuse::{Case, Difference, Effect};
use crate::generate::LARGE;
use crate::introspection::{only_facts, without_flags_and_hints, without_identity, without_notes};
use crate::program::{Words, is, is_sub, says};
use crate::resp::Value;
use crate::server::Kind::{self, Redis, Valkey};

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "LPOS RANK of the least integer is out of range",
        servers: |kind| before(kind, 7, 2),
        effect: Effect::Reply(|case| {
            is(case.words, "lpos")
                && case.words.iter().any(|word| word == LEAST)
                && !case.server.is_error()
                && is_error(case.store, SYMMETRIC)
        }),
    },
    Difference {
        name: "LREM with the least integer is out of range",
        servers: |kind| before(kind, 7, 4),
        effect: Effect::Rest(|case| {
            is(case.words, "lrem")
                && case.words.get(2).is_some_and(|word| word == LEAST)
                && !case.server.is_error()
                && is_error(case.store, SYMMETRIC)
        }),
    },
    Difference {
        name: "LSET does not cut its index to 32 bits",
        servers: |kind| !before(kind, 7, 2),
        effect: Effect::Instead(|words, _| {
            let mut words = words.to_vec();
            let text = std::str::from_utf8(words.get(2)?).ok()?;
            let index: i64 = text.parse().ok()?;
            #[expect(clippy::cast_possible_truncation, reason = "that is the difference")]
            let cut = index as i32;
            // Other texts of a number are refused.
            if !is(&words, "lset") || index.to_string() != text || i64::from(cut) == index {
                return None;
            }
            words[2] = cut.to_string().into_bytes();
            Some(words)
        }),
    },
    Difference {
        name: TIMEOUTS,
        servers: |_| true,
        effect: Effect::Reply(|case| {
            is_error(case.server, NO_TIMEOUT) && !is_error(case.store, NO_TIMEOUT)
        }),
    },
    // The server waits, or pops what the store keeps.
    Difference {
        name: TIMEOUTS,
        servers: |_| true,
        effect: Effect::Rest(|case| {
            is_error(case.store, NO_TIMEOUT)
                && case.words.iter().any(|word| word.starts_with(b"0x"))
        }),
    },
    Difference {
        name: "timeouts that are too large are out of range",
        servers: |kind| before(kind, 7, 2),
        effect: Effect::Reply(|case| {
            case.words[0].to_ascii_lowercase().starts_with(b"b")
                && is_error(case.store, "ERR timeout is out of range")
                && (!case.server.is_error() || is_error(case.server, "ERR timeout is negative"))
        }),
    },
    Difference {
        name: "OBJECT ENCODING does not depend on what was refused",
        servers: |kind| !before(kind, 7, 2),
        effect: Effect::Reply(|case| {
            let refused = |words: &Words| is(words, "lset") || is(words, "linsert");
            is_larger_on_the_server(case)
                && case.before.iter().any(|words| refused(words) && says_much(words))
        }),
    },
    Difference {
        name: LISTPACK,
        servers: |kind| before(kind, 7, 2),
        effect: Effect::Reply(is_larger_on_the_server),
    },
    // Since 7.2 only a list that has been larger.
    Difference {
        name: LISTPACK,
        servers: |kind| !before(kind, 7, 2),
        effect: Effect::Reply(|case| {
            is_larger_on_the_server(case) && case.before.iter().any(says_much)
        }),
    },
    Difference {
        name: "SCAN TYPE finds nothing of an unknown type",
        servers: |kind| matches!(kind, Valkey(..)),
        effect: Effect::Reply(|case| {
            is(case.words, "scan") && is_error(case.server, "ERR unknown type name '")
        }),
    },
    Difference {
        name: "SCAN refuses empty, negative and padded cursors",
        servers: |_| true,
        effect: Effect::Reply(|case| {
            let odd = |cursor: &Vec<u8>| {
                matches!(cursor[..], [] | [b'-' | 0, ..]) || cursor.starts_with(b" ")
            };
            is(case.words, "scan")
                && case.words.get(1).is_some_and(odd)
                && is_error(case.store, "ERR invalid cursor")
        }),
    },
    Difference {
        name: SORT_NUMBERS,
        servers: |kind| before(kind, 8, 0) || matches!(kind, Valkey(..)),
        effect: Effect::Rest(|case| says(case.words, "store") && reads_other_numbers(case)),
    },
    Difference {
        name: SORT_NUMBERS,
        servers: |kind| before(kind, 8, 0) || matches!(kind, Valkey(..)),
        effect: Effect::Reply(reads_other_numbers),
    },
    Difference {
        name: SORT_EQUALS,
        servers: |_| true,
        effect: Effect::Part(|words, reply| match reply {
            Value::Array(items) if sorts_equals(words) => {
                Some(Value::Array(vec![Value::Null; items.len()]))
            }
            _ => None,
        }),
    },
    Difference {
        name: SORT_EQUALS,
        servers: |_| true,
        effect: Effect::Unsaid(|words| sorts_equals(words) && says(words, "store")),
    },
    Difference {
        name: "LTRIM touches a watched key also where it removes nothing",
        servers: |kind| matches!(kind, Valkey(..)),
        effect: Effect::Rest(|case| {
            is(case.words, "exec")
                && case.server.items().is_some()
                && case.store.flattened() == Value::Null
                && case.before.iter().any(|words| is(words, "ltrim"))
        }),
    },
    Difference {
        name: REFUSED_IN_A_TRANSACTION,
        servers: |kind| matches!(kind, Valkey(..)),
        effect: Effect::Reply(|case| is_nested(case.words, case.server) && case.store.is_error()),
    },
    // The store has to refuse what follows, too.
    Difference {
        name: REFUSED_IN_A_TRANSACTION,
        servers: |kind| matches!(kind, Valkey(..)),
        effect: Effect::Instead(|words, server| {
            is_nested(words, server).then(|| vec![b"NO-SUCH-COMMAND".to_vec()])
        }),
    },
    Difference {
        name: "HELLO names redeque and its version",
        servers: |_| true,
        effect: Effect::Part(|words, reply| is(words, "hello").then(|| without_identity(reply))),
    },
    Difference {
        name: HELLO_OPTIONS,
        servers: |kind| before(kind, 8, 0),
        effect: Effect::Rest(|case| {
            is(case.words, "hello")
                && says(case.words, "auth")
                && is_error(case.server, "WRONGPASS ")
        }),
    },
    Difference {
        name: HELLO_OPTIONS,
        servers: |kind| before(kind, 8, 0),
        effect: Effect::Reply(|case| {
            let named = |words: &Words| is(words, "hello") && says(words, "setname");
            is_sub(case.words, "client", "getname") && case.before.iter().any(named)
        }),
    },
    Difference {
        name: "HELLO always replies to a user that it refuses",
        servers: |kind| matches!(kind, Redis(..)) && !before(kind, 8, 0),
        effect: Effect::Unsaid(|words| is(words, "hello") && says(words, "auth")),
    },
    Difference {
        name: "a client's name may have a NUL, and anything behind it",
        servers: |kind| before(kind, 8, 0),
        effect: Effect::Rest(|case| {
            let odd = |word: &Vec<u8>| word.contains(&0);
            says(case.words, "setname")
                && case.words.iter().any(odd)
                && is_error(case.server, "ERR Client names cannot contain spaces")
        }),
    },
    Difference {
        name: "CLIENT UNBLOCK refuses more than one word after the number",
        servers: |kind| matches!(kind, Valkey(..)),
        effect: Effect::Reply(|case| {
            is_sub(case.words, "client", "unblock") && case.words.len() > 4
        }),
    },
    Difference {
        name: "COMMAND INFO tells the flags and hints of Redis 8",
        servers: |kind| before(kind, 8, 0) || matches!(kind, Valkey(..)),
        effect: Effect::Part(|words, reply| {
            is_sub(words, "command", "info").then(|| without_flags_and_hints(reply))
        }),
    },
    Difference {
        name: "COMMAND and HELP tell of the commands above, in other words and without their history",
        servers: |_| true,
        effect: Effect::Part(|words, reply| {
            if is_sub(words, "command", "info") {
                Some(without_notes(reply))
            } else if is_sub(words, "command", "docs") {
                Some(only_facts(reply))
            } else {
                None
            }
        }),
    },
];

const REFUSED_IN_A_TRANSACTION: &str =
    "MULTI and WATCH in a transaction are refused, and it goes on";
const HELLO_OPTIONS: &str = "HELLO reads all its options before any has an effect";
const LISTPACK: &str = "OBJECT ENCODING of a small list is listpack";
const SORT_EQUALS: &str =
    "SORT by a pattern with ALPHA and LIMIT keeps the order of equal elements";
const SORT_NUMBERS: &str = "SORT reads numbers as Redis 8 does";
const TIMEOUTS: &str = "timeouts are decimal numbers of any size";
const NO_TIMEOUT: &str = "ERR timeout is not a float or out of range";
const LEAST: &[u8] = b"-9223372036854775808";
const SYMMETRIC: &str = "ERR value is out of range, value must between -9223372036854775807 and";

/// Whether it is a Redis before that version. Valkey began as Redis 7.2, and has since done as Redis 8 does.
fn before(kind: Kind, major: u32, minor: u32) -> bool {
    matches!(kind, Redis(its_major, its_minor) if (its_major, its_minor) < (major, minor))
}

fn is_error(value: &Value, beginning: &str) -> bool {
    matches!(value, Value::Error(text) if text.starts_with(beginning.as_bytes()))
}

fn is_larger_on_the_server(case: &Case<'_>) -> bool {
    is_sub(case.words, "object", "encoding")
        && *case.server == Value::Bulk(b"quicklist".to_vec())
        && *case.store == Value::Bulk(b"listpack".to_vec())
}

fn says_much(words: &Words) -> bool {
    words.iter().any(|word| word.len() >= LARGE)
}

/// SORT of elements that are all numbers to one of the two only.
fn reads_other_numbers(case: &Case<'_>) -> bool {
    const NO_NUMBERS: &str = "ERR One or more scores can't be converted into double";
    (is(case.words, "sort") || is(case.words, "sort_ro"))
        && is_error(case.server, NO_NUMBERS) != is_error(case.store, NO_NUMBERS)
}

/// SORT by weights that are all missing, as text: no two elements have an order, and with LIMIT a server's algorithm
/// is one that shuffles equals, from seven on.
fn sorts_equals(words: &[Vec<u8>]) -> bool {
    (is(words, "sort") || is(words, "sort_ro"))
        && ["by", "alpha", "limit"].iter().all(|option| says(words, option))
        && words.iter().any(|word| word.contains(&b'*'))
}

/// MULTI or WATCH in a transaction, as Valkey refuses it.
fn is_nested(words: &[Vec<u8>], server: &Value) -> bool {
    (is(words, "multi") || is(words, "watch")) && is_error(server, "ERR Command '")
}
