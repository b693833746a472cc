//! What the store does on purpose, and some servers do not.

use crate::schedule::By;
use crate::server::Kind;

/// The schedules that begin with `differs:` and this name say what those servers do, and what the store does.
pub(crate) struct Difference {
    pub(crate) name: &'static str,
    servers: fn(Kind) -> bool,
}

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "a waiter for several keys takes the first of them that has a list",
        servers: |kind| matches!(kind, Kind::Redis(major, minor) if (major, minor) < (7, 2)),
    },
    Difference {
        name: "CLIENT UNBLOCK refuses more than one word after the number",
        servers: |kind| matches!(kind, Kind::Valkey(..)),
    },
];

/// What is to be expected of such a server.
pub(crate) fn excuse(kind: Kind, name: &str) -> Result<By, String> {
    let known = DIFFERENCES.iter().find(|difference| difference.name == name);
    let known = known.ok_or_else(|| format!("no difference is called {name}"))?;
    Ok(if (known.servers)(kind) { By::Others } else { By::Store })
}
