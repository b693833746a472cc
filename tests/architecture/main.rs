//! The floors of the house: a module uses only what is below it, so there are no circles and each can be understood,
//! tested and replaced without those above.
//!
//! What counts is every path from `crate`, `super` or `self` in the code, followed through re-exports to the module that
//! has the item. Comments, strings and what only tests compile do not count, and neither do methods: an `impl` block
//! belongs to the file that it is in.

mod house;
mod reader;

use std::fs;
use std::path::Path;

use house::House;

/// The rooms from the ground up, a floor a line. A room uses those of lower floors, none on its own.
const FLOORS: &[&str] = &[
    "clock error glob index literal names quoting stats sync",
    "direction element element_buf expiry log memory reply scan",
    "clients list",
    "lmovem lpos several",
    "keyspace",
    "wait",
    "transaction",
    "store",
    "command",
    "connection",
    "durable redis transfer",
    "model recipes unwind",
];

/// The files of the keyspace. Those joined by `+` are one part: a keyspace hands out guards, and a guard has commands
/// and serves.
const KEYSPACE: &[&str] = &[
    "account condition each key log_copies segments time",
    "buckets",
    "deadlines",
    "key_map reentry table",
    "change",
    "journal moved partial promise returns watchers",
    "prefix waiter",
    "copied queues receipt",
    "shard",
    "single walk",
    "keyspace+guard+commands+serve+ahead+waiting+access+copying+figures+persistence+logged+unlogged",
];

/// The files of the list, as its layout is: from packed bytes to all chunks.
const LIST: &[&str] =
    &["packed popped", "wanted", "node", "inline ring", "chunk", "directory", "list"];

/// The files of the log, from the disk up.
const LOG: &[&str] = &[
    "storage background batch claim options seat wakes",
    "disk whole buffer size",
    "record",
    "checksum manifest",
    "room",
    "recovery tail",
    "turn",
    "writer+home",
    "flusher rotation syncer",
    "log",
];

/// All that the reference model has in common with what it is compared with: words for arguments and errors, and the two
/// façades that its operations also run on.
const SHARED_WITH_THE_MODEL: [&str; 9] = [
    "direction",
    "element_buf",
    "error",
    "expiry",
    "lmovem",
    "lpos",
    "scan",
    "store",
    "transaction",
];

fn sources(directory: &Path, inside: &str, into: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(directory).expect("a directory of sources") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8");
        let name = format!("{inside}{name}");
        if path.is_dir() {
            sources(&path, &format!("{name}/"), into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push((name, fs::read_to_string(&path).expect("a source in UTF-8")));
        }
    }
}

fn this_house() -> House {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut files);
    House::read(files.iter().map(|(file, source)| (file.as_str(), source.as_str())))
}

#[test]
fn rooms_use_only_what_is_below_them() {
    assert_eq!(this_house().complaints(&[], FLOORS), Vec::<String>::new());
}

#[test]
fn files_of_the_keyspace_use_only_what_is_below_them() {
    assert_eq!(this_house().complaints(&["keyspace"], KEYSPACE), Vec::<String>::new());
}

#[test]
fn files_of_the_list_use_only_what_is_below_them() {
    assert_eq!(this_house().complaints(&["list"], LIST), Vec::<String>::new());
}

#[test]
fn files_of_the_log_use_only_what_is_below_them() {
    assert_eq!(this_house().complaints(&["log"], LOG), Vec::<String>::new());
}

#[test]
fn the_log_knows_nothing_but_bytes_and_files() {
    let used = this_house().used_by("log");
    assert_eq!(used.into_iter().collect::<Vec<_>>(), ["error", "quoting", "sync"]);
}

#[test]
fn the_reference_model_shares_no_code_with_the_store() {
    let house = this_house();
    let used = house.used_by("model");
    assert!(used.contains("store"), "the model's operations run on a store: {used:?}");
    let foreign: Vec<_> =
        used.iter().filter(|room| !SHARED_WITH_THE_MODEL.contains(&room.as_str())).collect();
    assert_eq!(foreign, Vec::<&String>::new());
}

/// The complaints about a house of two floors, `low` and `high`, with this source as `low`.
fn about(low: &str) -> Vec<String> {
    let root =
        "mod high; mod low; pub use self::high::{Above, inner::Deep as Renamed}; use low::Own;";
    let high = "pub(crate) mod inner; pub(crate) use self::inner::Far; use crate::low::Below;";
    let files = [("lib.rs", root), ("low.rs", low), ("high.rs", high), ("high/inner.rs", "")];
    House::read(files).complaints(&[], &["low", "high"])
}

#[test]
fn an_upward_use_is_found_however_it_is_written() {
    for low in [
        "use crate::high;",
        "use crate::high::*;",
        "use crate::{low::Own, Above};",
        "use crate::{Renamed as Other};",
        "use super::high::{self, Far};",
        "fn f() { let _: crate::Above = r#\"\"\"#; }",
        "fn f<'a>(_: &'a u8) -> char { crate::high::f('\"', b'\\'') }",
        "mod nested { use super::super::{high::inner::{Deep}}; }",
        "use crate::high as up; fn f() { up::f() }",
        "#[cfg(test)] use std::fmt; use crate::Above;",
        "#[cfg(test)] mod tests { } use crate::Above;",
        "#[cfg(not(test))] use crate::Above;",
        "pub(crate) use crate::Above as Own;",
        "struct S { #[cfg(test)] a: u8, b: crate::Above }",
    ] {
        assert_eq!(about(low), ["low.rs: low uses high, which is above it"], "{low}");
    }
}

#[test]
fn what_is_no_use_is_no_upward_use() {
    for low in [
        "// crate::high\n/* crate::high /* */ crate::high */ //! [`crate::Above`]\n",
        "const A: &str = \"crate::high \\\" crate::high\"; const B: &[u8] = br##\"crate::high\"# crate::high\"##;",
        "#[cfg(test)] mod tests { use crate::high; fn f() { crate::high::f() } }",
        "#[cfg(all(test, loom))] #[allow(x)] pub(crate) fn f<A, B>() -> [u8; 1] { crate::Above }",
        "#[cfg(any(test, fuzzing))] use crate::{Above, high};",
        "struct S { #[cfg(test)] a: crate::Above }",
        "use crate::Own; use crate::low::Other; use std::{fmt, high::Above};",
        "pub(crate) struct S; fn f(self) { self.high() }",
    ] {
        assert_eq!(about(low), Vec::<String>::new(), "{low}");
    }
}

#[test]
fn a_use_beside_or_of_the_root_is_a_circle_in_waiting() {
    let files = [("lib.rs", "mod a; mod b; fn own() {}"), ("a.rs", "use crate::b;"), ("b.rs", "")];
    let beside = House::read(files).complaints(&[], &["a b"]);
    assert_eq!(beside, ["a.rs: a uses b, which is on its floor"]);
    assert_eq!(House::read(files).complaints(&[], &["a+b"]), Vec::<String>::new());
    assert_eq!(about("use crate::own;"), ["low.rs: low uses the root, which is above it"]);
}

#[test]
fn a_module_without_a_row_and_a_row_without_a_module_are_found() {
    let files = [
        ("lib.rs", "mod a; mod b; #[cfg(test)] mod support;"),
        ("a.rs", ""),
        ("b.rs", ""),
        ("support.rs", "use crate::b;"),
    ];
    let complaints = House::read(files).complaints(&[], &["a gone"]);
    assert_eq!(complaints, ["b is on no floor", "gone is on a floor, and there is no such module"]);
}
