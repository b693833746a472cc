//! What is done with a log that nobody has open: it is checked, and repaired.
#![cfg(feature = "durable")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::{env, process};

use redeque::{Store, check_log, repair_log};

const FILE: &str = "appendonly.aof.1.incr.aof";

/// A directory of its own for each test, without what an earlier run may have left.
fn directory(name: &str) -> PathBuf {
    let path = env::temp_dir().join(format!("redeque-maintenance-{name}-{}", process::id()));
    fs::remove_dir_all(&path).ok();
    path
}

/// A log of three jobs, each of which was on disk before the next.
fn log_of_three(name: &str) -> PathBuf {
    let path = directory(name);
    let store = Store::open(&path).unwrap();
    for job in ["first", "second", "third"] {
        store.rpush("jobs", job).unwrap();
        store.sync().unwrap();
    }
    store.shutdown().unwrap();
    path
}

fn change(path: &Path, how: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path.join(FILE)).unwrap();
    how(&mut bytes);
    fs::write(path.join(FILE), bytes).unwrap();
}

fn everything(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(path).unwrap().map(Result::unwrap);
    files
        .map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()))
        .collect()
}

#[test]
fn a_check_finds_what_opening_would_and_leaves_every_byte() {
    let path = log_of_three("torn");
    change(&path, |bytes| bytes.truncate(bytes.len() - 3));
    fs::remove_file(path.join("lock")).unwrap();
    let before = everything(&path);
    let found = check_log(&path).unwrap();
    assert_eq!(everything(&path), before);
    assert_eq!((found.keys(), found.commands()), (1, 2));
    let store = Store::open(&path).unwrap();
    let recovery = store.recovery().unwrap();
    assert_eq!(found.cut().map(ToString::to_string), recovery.cut().map(ToString::to_string));
    assert!(found.cut().is_some());
    assert_eq!(store.lrange("jobs", 0, -1), ["first", "second"].map(|job| job.as_bytes()));
    fs::remove_dir_all(&path).unwrap();
}

#[test]
fn a_check_finds_a_command_that_is_refused() {
    let path = directory("refused");
    fs::create_dir_all(&path).unwrap();
    let manifest = format!("file {FILE} seq 1 type i\n");
    fs::write(path.join("appendonly.aof.manifest"), manifest).unwrap();
    fs::write(
        path.join(FILE),
        "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n",
    )
    .unwrap();
    let error = check_log(&path).unwrap_err();
    assert_eq!((error.file(), error.offset()), (Some(FILE), Some(23)));
    assert!(error.to_string().contains("unknown command 'SET'"), "{error}");
    assert!(!error.to_string().contains("repair_log"), "no cut mends that: {error}");
    assert!(repair_log(&path).unwrap().is_none(), "it is whole, and so nothing is cut");
    assert!(Store::open(&path).is_err());
    fs::remove_dir_all(&path).unwrap();
}

#[test]
fn what_had_been_on_disk_is_lost_by_a_repair_alone() {
    let path = log_of_three("rotten");
    change(&path, |bytes| {
        let at = bytes.windows(6).position(|part| part == b"second").unwrap();
        bytes[at] ^= 1;
    });
    let before = everything(&path);
    let checked = check_log(&path).unwrap_err().to_string();
    assert!(
        checked.contains("; redeque::repair_log cuts the log off")
            && checked.contains("redeque::check_log"),
        "{checked}"
    );
    assert_eq!(Store::open(&path).unwrap_err().to_string(), checked);
    assert_eq!(everything(&path), before);
    let cut = repair_log(&path).unwrap().expect("it is damaged");
    assert_eq!((cut.file(), cut.offset() + cut.bytes()), (FILE, before[FILE].len() as u64));
    assert_eq!(check_log(&path).unwrap().cut(), None);
    assert_eq!(repair_log(&path).unwrap(), None, "once is enough");
    assert_eq!(Store::open(&path).unwrap().lrange("jobs", 0, -1), [b"first"]);
    fs::remove_dir_all(&path).unwrap();
}

#[test]
fn a_log_that_is_open_is_neither_checked_nor_repaired() {
    let path = log_of_three("open");
    let store = Store::open(&path).unwrap();
    assert!(check_log(&path).unwrap_err().is_in_use());
    assert!(repair_log(&path).unwrap_err().is_in_use());
    store.shutdown().unwrap();
    assert_eq!(check_log(&path).unwrap().commands(), 3);
    fs::remove_dir_all(&path).unwrap();
}

#[test]
fn a_directory_that_does_not_exist_is_not_made() {
    let path = directory("nowhere");
    assert!(check_log(&path).is_err());
    assert!(repair_log(&path).is_err());
    assert!(!path.exists());
}
