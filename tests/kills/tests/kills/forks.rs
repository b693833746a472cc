//! A child of `fork`, which has a copy of everything and the same open file.

use std::fs;
use std::time::{Duration, Instant};

use fork::{Fork, fork, waitpid};
use redeque::{Error, Fsync, LogOptions, Store};

use crate::run::Home;

/// A child is refused long before this has passed.
const PATIENCE: Duration = Duration::from_secs(30);

/// All that is in the directory, by the names of the files.
fn files(home: &Home) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(home.log()).expect("a directory");
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read(path).expect("a file"))
        })
        .collect();
    files.sort();
    files
}

/// What a child tries, and its exit code: 0 if it was refused everything that writes, and could read.
fn try_everything(store: Store) -> i32 {
    // If the thread that hands over the buffer was awake at the fork, the child takes it for awake, until there is too much for
    // that in the buffer, or for too long.
    let element = vec![b'-'; 10_000];
    let begun = Instant::now();
    while store.rpush("k", &element).is_ok() {
        if begun.elapsed() > PATIENCE {
            return 4;
        }
    }
    let refused = [
        store.rpush("k", "child").map(drop),
        store.lpop("k").map(drop),
        store.transaction(["k"], |tx| tx.rpush("k", "child").map(drop)),
        store.sync(),
        store.rewrite_log(),
    ];
    let is_refused = refused
        .iter()
        .all(|outcome| matches!(outcome, Err(Error::LogFailed(_) | Error::OutcomeUnknown(_))));
    // The first push may be in the lists; its error says that nobody knows whether it is kept.
    let reads = store.lrange("k", 0, 1) == [b"a".to_vec(), b"b".to_vec()];
    drop(store);
    i32::from(!is_refused) + 2 * i32::from(!reads)
}

#[test]
fn a_child_never_writes_also_not_when_it_drops_and_takes_the_directory_from_nobody() {
    for fsync in [Fsync::Always, Fsync::EverySecond, Fsync::Never] {
        let home = Home::new("forks");
        let options = LogOptions::new().fsync(fsync);
        let store = Store::builder().log(home.log(), options).open().expect("it opens");
        store.rpush_all("k", ["a", "b"]).expect("a push");
        store.sync().expect("a disk");
        let before = files(&home);
        match fork().expect("a child") {
            Fork::Child => std::process::exit(try_everything(store)),
            Fork::Parent(child) => {
                let status = waitpid(child).expect("its end");
                assert_eq!(status, 0, "{fsync:?}: the child ended with status {status:#x}");
            }
        }
        assert_eq!(files(&home), before, "{fsync:?}");
        assert!(Store::open(home.log()).expect_err("it is open").is_in_use());
        store.rpush("k", "c").expect("the parent goes on");
        store.shutdown().expect("a disk");
        assert_eq!(home.lists()["k"], ["a", "b", "c"].map(|text| text.as_bytes().to_vec()));
    }
}
