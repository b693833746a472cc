//! The rows of Redis's transactions.

use super::super::keys::KeySpec;
use super::super::{CommandSpec, Control, Run};
use super::transactions;

pub(super) const COMMANDS: &[CommandSpec] = &[
    transactions("multi", "", "1.2.0", Run::Connection(Control::Multi))
        .does("Begins a transaction: what follows is queued.")
        .with_flags(&["noscript", "loading", "stale", "fast", "allow_busy"]),
    transactions("exec", "", "1.2.0", Run::Connection(Control::Exec))
        .does("Runs what was queued, as one.")
        .with_flags(&["noscript", "loading", "stale", "skip_slowlog"]),
    transactions("discard", "", "2.0.0", Run::Connection(Control::Discard))
        .does("Forgets what was queued.")
        .with_flags(&["noscript", "loading", "stale", "fast", "allow_busy"]),
    transactions("watch", "key [key ...]", "2.2.0", Run::Connection(Control::Watch))
        .does("Makes the next transaction depend on keys that nobody changes until then.")
        .with_flags(&["noscript", "loading", "stale", "fast", "allow_busy"])
        .with_keys(&[KeySpec::from(1, -1, &["RO"])]),
    transactions("unwatch", "", "2.2.0", Run::Connection(Control::Unwatch))
        .does("Forgets the watched keys.")
        .with_flags(&["noscript", "loading", "stale", "fast", "allow_busy"]),
];
