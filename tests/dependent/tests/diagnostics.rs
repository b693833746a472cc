//! What the compiler says to a call that does not compile: what is wrong with it and what to write instead. The calls
//! are in the crate `wrong`, each below what is to be said to it.

use std::collections::BTreeMap;
use std::process::Command;

const CRATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/wrong");
const FILE: &str = "src/main.rs";

/// What the compiler says to each line that has an error.
fn said(output: &str) -> BTreeMap<usize, String> {
    let mut errors = BTreeMap::<usize, String>::new();
    for error in output.split("\n\n").filter(|message| message.starts_with("error")) {
        let place = error.split_once(&format!("--> {FILE}:"));
        if let Some((line, _)) = place.and_then(|(_, place)| place.split_once(':')) {
            errors.entry(line.parse().unwrap()).or_default().push_str(error);
        }
    }
    errors
}

/// What is to be said to each line that has an error. It is above that line, which the compiler quotes.
fn wanted(source: &str) -> BTreeMap<usize, Vec<&str>> {
    let wanted = source.lines().zip(2..).filter_map(|(line, number)| {
        let (_, parts) = line.split_once("//~ ")?;
        Some((number, parts.split(" | ").collect()))
    });
    wanted.collect()
}

#[test]
fn the_compiler_says_what_is_meant() {
    let check = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--color", "never"])
        .args(["--target-dir", env!("CARGO_TARGET_TMPDIR")])
        .current_dir(CRATE)
        .output()
        .unwrap();
    let output = String::from_utf8(check.stderr).unwrap();
    let source = std::fs::read_to_string(format!("{CRATE}/{FILE}")).unwrap();
    let (said, wanted) = (said(&output), wanted(&source));
    assert!(!wanted.is_empty());
    assert_eq!(said.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{output}");
    for (line, parts) in wanted {
        for part in parts {
            assert!(said[&line].contains(part), "{part}\n\nis not in\n\n{}", said[&line]);
        }
        assert!(!said[&line].contains("Iterator"), "it leads astray\n\n{}", said[&line]);
    }
}
