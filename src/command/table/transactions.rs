//! The rows of Redis's transactions.

use super::super::keys::KeySpec;
use super::super::{CommandSpec, Control, Run};
use super::TRANSACTIONS;

pub(super) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "multi",
        summary: "Begins a transaction: what follows is queued.",
        since: "1.2.0",
        arity: 1,
        flags: &["noscript", "loading", "stale", "fast", "allow_busy"],
        run: Run::Connection(Control::Multi),
        ..TRANSACTIONS
    },
    CommandSpec {
        name: "exec",
        summary: "Runs what was queued, as one.",
        since: "1.2.0",
        arity: 1,
        flags: &["noscript", "loading", "stale", "skip_slowlog"],
        run: Run::Connection(Control::Exec),
        ..TRANSACTIONS
    },
    CommandSpec {
        name: "discard",
        summary: "Forgets what was queued.",
        since: "2.0.0",
        arity: 1,
        flags: &["noscript", "loading", "stale", "fast", "allow_busy"],
        run: Run::Connection(Control::Discard),
        ..TRANSACTIONS
    },
    CommandSpec {
        name: "watch",
        syntax: "key [key ...]",
        summary: "Makes the next transaction depend on keys that nobody changes until then.",
        since: "2.2.0",
        arity: -2,
        flags: &["noscript", "loading", "stale", "fast", "allow_busy"],
        keys: &[KeySpec::from(1, -1, &["RO"])],
        run: Run::Connection(Control::Watch),
        ..TRANSACTIONS
    },
    CommandSpec {
        name: "unwatch",
        summary: "Forgets the watched keys.",
        since: "2.2.0",
        arity: 1,
        flags: &["noscript", "loading", "stale", "fast", "allow_busy"],
        run: Run::Connection(Control::Unwatch),
        ..TRANSACTIONS
    },
];
