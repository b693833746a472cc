//! How each difference shows in replies, by its name in the table. Nothing else is excused.

use crate::excuse::{Case, Effect, Excuse};
use crate::generate::LARGE;
use crate::introspection::{only_facts, without_flags_and_hints, without_identity, without_notes};
use crate::program::{Words, is, is_sub, says};
use crate::resp::Value;
use crate::telling::{same_clients, same_info};

pub(crate) const EXCUSES: &[Excuse] = &[
    Excuse {
        name: "lpos-least-rank",
        effect: Effect::Reply(|case| {
            is(case.words, "lpos")
                && case.words.iter().any(|word| word == LEAST)
                && !case.server.is_error()
                && is_error(case.store, SYMMETRIC)
        }),
    },
    Excuse {
        name: "lrem-least-count",
        effect: Effect::Rest(|case| {
            is(case.words, "lrem")
                && case.words.get(2).is_some_and(|word| word == LEAST)
                && !case.server.is_error()
                && is_error(case.store, SYMMETRIC)
        }),
    },
    Excuse {
        name: "lset-wide-index",
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
    Excuse {
        name: "timeout-number",
        effect: Effect::Reply(|case| {
            is_error(case.server, NO_TIMEOUT) && !is_error(case.store, NO_TIMEOUT)
        }),
    },
    // The server waits, or pops what the store keeps.
    Excuse {
        name: "timeout-number",
        effect: Effect::Rest(|case| {
            is_error(case.store, NO_TIMEOUT)
                && case.words.iter().any(|word| word.starts_with(b"0x"))
        }),
    },
    Excuse {
        name: "large-timeout",
        effect: Effect::Reply(|case| {
            (case.words[0].to_ascii_lowercase().starts_with(b"b") || is(case.words, "wait"))
                && is_error(case.store, "ERR timeout is out of range")
                && (!case.server.is_error() || is_error(case.server, "ERR timeout is negative"))
        }),
    },
    Excuse {
        name: "encoding-after-refusal",
        effect: Effect::Reply(|case| {
            let refused = |words: &Words| is(words, "lset") || is(words, "linsert");
            is_larger_on_the_server(case)
                && case.before.iter().any(|words| refused(words) && says_much(words))
        }),
    },
    Excuse { name: "encoding-of-small", effect: Effect::Reply(is_larger_on_the_server) },
    Excuse {
        name: "encoding-of-shrunk",
        effect: Effect::Reply(|case| {
            is_larger_on_the_server(case) && case.before.iter().any(says_much)
        }),
    },
    Excuse {
        name: "scan-unknown-type",
        effect: Effect::Reply(|case| {
            is(case.words, "scan") && is_error(case.server, "ERR unknown type name '")
        }),
    },
    Excuse {
        name: "scan-odd-cursor",
        effect: Effect::Reply(|case| {
            let odd = |cursor: &Vec<u8>| {
                matches!(cursor[..], [] | [b'-' | 0, ..]) || cursor.starts_with(b" ")
            };
            is(case.words, "scan")
                && case.words.get(1).is_some_and(odd)
                && is_error(case.store, "ERR invalid cursor")
        }),
    },
    Excuse {
        name: "sort-numbers",
        effect: Effect::Rest(|case| says(case.words, "store") && reads_other_numbers(case)),
    },
    Excuse { name: "sort-numbers", effect: Effect::Reply(reads_other_numbers) },
    Excuse {
        name: "sort-equal-elements",
        effect: Effect::Part(|words, reply| match reply {
            Value::Array(items) if sorts_equals(words) => {
                Some(Value::Array(vec![Value::Null; items.len()]))
            }
            _ => None,
        }),
    },
    Excuse {
        name: "sort-equal-elements",
        effect: Effect::Unsaid(|words| sorts_equals(words) && says(words, "store")),
    },
    Excuse {
        name: "ltrim-of-nothing",
        effect: Effect::Rest(|case| {
            is(case.words, "exec")
                && case.server.items().is_some()
                && case.store.flattened() == Value::Null
                && case.before.iter().any(|words| is(words, "ltrim"))
        }),
    },
    // The flag of a watched key that has changed, after which no key is watched any more.
    Excuse {
        name: "ltrim-of-nothing",
        effect: Effect::Reply(|case| {
            tells_of_clients(case.words)
                && case.before.iter().any(|words| is(words, "ltrim"))
                && case.before.iter().any(|words| is(words, "watch"))
                && same_clients(case.server, case.store, &["flags", "watch"])
        }),
    },
    Excuse {
        name: "multi-in-transaction",
        effect: Effect::Reply(|case| is_nested(case.words, case.server) && case.store.is_error()),
    },
    // The store has to refuse what follows, too.
    Excuse {
        name: "multi-in-transaction",
        effect: Effect::Instead(|words, server| {
            is_nested(words, server).then(|| vec![b"NO-SUCH-COMMAND".to_vec()])
        }),
    },
    Excuse {
        name: "hello-identity",
        effect: Effect::Part(|words, reply| is(words, "hello").then(|| without_identity(reply))),
    },
    Excuse {
        name: "hello-options",
        effect: Effect::Rest(|case| {
            is(case.words, "hello")
                && says(case.words, "auth")
                && is_error(case.server, "WRONGPASS ")
        }),
    },
    Excuse {
        name: "hello-options",
        effect: Effect::Reply(|case| {
            let named = |words: &Words| is(words, "hello") && says(words, "setname");
            case.before.iter().any(named)
                && (is_sub(case.words, "client", "getname")
                    || tells_of_clients(case.words)
                        && same_clients(case.server, case.store, &["name"]))
        }),
    },
    Excuse {
        name: "hello-unknown-user",
        effect: Effect::Unsaid(|words| {
            is(words, "hello") && says(words, "auth")
                || is(words, "auth") && words.len() == 3 && words[1] != b"default"
        }),
    },
    Excuse {
        name: "client-name-with-nul",
        effect: Effect::Rest(|case| {
            let odd = |word: &Vec<u8>| word.contains(&0);
            says(case.words, "setname")
                && case.words.iter().any(odd)
                && is_error(case.server, "ERR Client names cannot contain spaces")
        }),
    },
    Excuse {
        name: "client-fields",
        effect: Effect::Reply(|case| {
            tells_of_clients(case.words) && same_clients(case.server, case.store, &[])
        }),
    },
    Excuse {
        name: "reset-of-no-evict",
        effect: Effect::Reply(|case| {
            tells_of_clients(case.words)
                && case.before.iter().any(|words| is(words, "reset"))
                && same_clients(case.server, case.store, &["flags"])
        }),
    },
    Excuse {
        name: "info-fields",
        effect: Effect::Reply(|case| is(case.words, "info") && same_info(case.server, case.store)),
    },
    Excuse {
        name: "maxmemory-of-64-bits",
        effect: Effect::Reply(|case| {
            const REFUSED: &str = "ERR CONFIG SET failed (possibly related to argument 'maxmemory') \
                - argument must be greater or equal to 0";
            is_sub(case.words, "config", "set")
                && is_error(case.store, REFUSED)
                && *case.server == Value::Simple(b"OK".to_vec())
        }),
    },
    Excuse {
        name: "queued-over-maxmemory",
        effect: Effect::Rest(|case| {
            is_error(case.server, OOM) && *case.store == Value::Simple(b"QUEUED".to_vec())
        }),
    },
    Excuse {
        name: "exec-for-memory-first",
        effect: Effect::Reply(|case| {
            const BECAUSE: &str = "EXECABORT Transaction discarded because of: OOM ";
            is(case.words, "exec") && is_error(case.store, BECAUSE)
        }),
    },
    // What it added is there, and what it would have said after that.
    Excuse {
        name: "exec-over-maxmemory",
        effect: Effect::Rest(|case| is_error(case.store, OOM) && !case.server.is_error()),
    },
    Excuse {
        name: "config-is-fixed",
        effect: Effect::Reply(|case| {
            const FAILED: &str = "ERR CONFIG SET failed (possibly related to argument '";
            is_error(case.server, FAILED) && is_error(case.store, FAILED)
        }),
    },
    Excuse {
        name: "client-setinfo",
        effect: Effect::Reply(|case| {
            let told = is_sub(case.words, "command", "info") && is_nothing(case.server);
            is_unknown_setinfo(case.words, case.server)
                || told && case.words.iter().any(|word| SETINFO.contains(&&word[..]))
        }),
    },
    // The store has to refuse what follows, too.
    Excuse {
        name: "client-setinfo",
        effect: Effect::Instead(|words, server| {
            is_unknown_setinfo(words, server).then(|| vec![b"NO-SUCH-COMMAND".to_vec()])
        }),
    },
    Excuse {
        name: "reply-in-transaction",
        effect: Effect::Instead(|words, server| {
            let queued = *server == Value::Simple(b"QUEUED".to_vec());
            (is_sub(words, "client", "reply") && queued)
                .then(|| [&b"CLIENT"[..], b"NO-EVICT", b"off"].map(<[u8]>::to_vec).to_vec())
        }),
    },
    Excuse {
        name: "kill-maxage",
        effect: Effect::Reply(|case| {
            is_sub(case.words, "client", "kill")
                && says(case.words, "maxage")
                && is_error(case.server, "ERR syntax error")
        }),
    },
    Excuse {
        name: "client-filters",
        effect: Effect::Reply(|case| {
            (is_sub(case.words, "client", "kill") || is_sub(case.words, "client", "list"))
                && case.words.len() > 3
                && (case.server.is_error() || case.store.is_error())
        }),
    },
    Excuse {
        name: "getkeys-of-one-word",
        effect: Effect::Reply(|case| {
            let short = is_error(case.server, "ERR wrong number of arguments for 'command|getkeys");
            let told = is_sub(case.words, "command", "info")
                && case.words.iter().any(|word| word.starts_with(b"command|getkeys"));
            is(case.words, "command") && case.words.len() == 3 && (short || told)
        }),
    },
    Excuse {
        name: "unblock-extra-word",
        effect: Effect::Reply(|case| {
            is_sub(case.words, "client", "unblock") && case.words.len() > 4
        }),
    },
    Excuse {
        name: "lmovem",
        effect: Effect::Part(|words, reply| {
            let is_new = |name: &&Value| crate::NOT_COMPARED.iter().any(|new| is_bulk(name, new));
            let names = reply.items().filter(|_| is_sub(words, "command", "list"))?;
            names
                .iter()
                .any(|name| is_new(&name))
                .then(|| Value::Array(names.iter().filter(|name| !is_new(name)).cloned().collect()))
        }),
    },
    Excuse {
        name: "command-info-flags",
        effect: Effect::Part(|words, reply| {
            is_sub(words, "command", "info").then(|| without_flags_and_hints(reply))
        }),
    },
    // A category follows from a flag.
    Excuse {
        name: "command-info-flags",
        effect: Effect::Reply(|case| {
            is_sub(case.words, "command", "info") && says(case.words, "wait")
        }),
    },
    Excuse {
        name: "command-texts",
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

const OOM: &str = "OOM command not allowed when used memory > 'maxmemory'.";
const NO_TIMEOUT: &str = "ERR timeout is not a float or out of range";
const LEAST: &[u8] = b"-9223372036854775808";
const SYMMETRIC: &str = "ERR value is out of range, value must between -9223372036854775807 and";

fn is_error(value: &Value, beginning: &str) -> bool {
    matches!(value, Value::Error(text) if text.starts_with(beginning.as_bytes()))
}

fn is_bulk(value: &Value, text: &str) -> bool {
    matches!(value, Value::Bulk(bytes) if bytes == text.as_bytes())
}

/// What Redis 7.0 does not know.
const SETINFO: [&[u8]; 2] = [b"client|setinfo", b"client|no-touch"];

fn is_unknown_setinfo(words: &[Vec<u8>], server: &Value) -> bool {
    is_error(server, "ERR unknown subcommand '")
        && (is_sub(words, "client", "setinfo") || is_sub(words, "client", "no-touch"))
}

/// The reply to a question about one thing that is not there.
fn is_nothing(value: &Value) -> bool {
    value.flattened() == Value::Array(vec![Value::Null])
}

fn tells_of_clients(words: &[Vec<u8>]) -> bool {
    is_sub(words, "client", "info") || is_sub(words, "client", "list")
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
