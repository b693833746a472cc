//! What the store does on purpose as later servers do, and earlier ones do not.

use crate::schedule::By;

/// The schedules that begin with `differs:` and this name say what servers do before the difference, and since.
pub(crate) struct Difference {
    pub(crate) name: &'static str,
    /// The first version in which servers do as the store does.
    since: (u32, u32),
}

pub(crate) const DIFFERENCES: &[Difference] = &[Difference {
    name: "a waiter for several keys takes the first of them that has a list",
    since: (7, 2),
}];

/// What is to be expected of a server of that version.
pub(crate) fn excuse(version: (u32, u32), name: &str) -> Result<By, String> {
    let known = DIFFERENCES.iter().find(|difference| difference.name == name);
    let known = known.ok_or_else(|| format!("no difference is called {name}"))?;
    Ok(if version < known.since { By::Before } else { By::Since })
}
