//! What the figures were measured with.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The crates whose versions a reader is told, as in the crate's `Cargo.lock`.
const CRATES: [&str; 11] = [
    "dashmap",
    "hashbrown",
    "foldhash",
    "parking_lot",
    "yo-kv",
    "papaya",
    "scc",
    "crossbeam-queue",
    "concurrent-queue",
    "redis",
    "criterion",
];

/// The compiler and the crates, as a sentence.
pub(crate) fn sentence(crate_root: &Path) -> Result<String, Box<dyn Error>> {
    let rustc = Command::new("rustc").arg("-V").output()?;
    let rustc = String::from_utf8(rustc.stdout)?;
    let lock = fs::read_to_string(crate_root.join("Cargo.lock"))?;
    let version = |name: &&str| {
        let version = version(&lock, name).ok_or_else(|| format!("{name} is not in Cargo.lock"))?;
        Ok(format!("{name} {version}"))
    };
    let crates: Vec<String> = CRATES.iter().map(version).collect::<Result<_, String>>()?;
    Ok(format!("Measured with {}; {}.", rustc.trim(), crates.join(", ")))
}

/// The version of a crate that this one depends on. Where the lock has several, it says which beside the name.
fn version<'l>(lock: &'l str, name: &str) -> Option<&'l str> {
    let packages = lock.split("[[package]]\n");
    let own = packages.clone().find(|package| package.starts_with("name = \"redeque-peers\""))?;
    let dependencies = own.lines().filter_map(|line| line.trim().strip_prefix('"'));
    let depended = dependencies.filter_map(|line| line.strip_suffix("\","));
    let mut words =
        depended.map(|line| line.split(' ')).find(|words| words.clone().next() == Some(name))?;
    if let Some(version) = words.nth(1) {
        return Some(version);
    }
    let named = format!("name = \"{name}\"\n");
    let package = packages.into_iter().find_map(|package| package.strip_prefix(&*named))?;
    package.lines().next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::version;

    const LOCK: &str = r#"
[[package]]
name = "map"
version = "1.2.3"

[[package]]
name = "redeque-peers"
version = "0.0.0"
dependencies = [
 "map",
 "table 0.17.2",
]

[[package]]
name = "table"
version = "0.14.5"

[[package]]
name = "table"
version = "0.17.2"
"#;

    #[test]
    fn the_version_is_that_of_the_dependency() {
        assert_eq!(version(LOCK, "map"), Some("1.2.3"));
        assert_eq!(version(LOCK, "table"), Some("0.17.2"));
        assert_eq!(version(LOCK, "tab"), None);
    }
}
