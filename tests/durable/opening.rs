//! What is opened, and what is refused and left as it was.

use std::error::Error as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use redeque::{Error, Fsync, LogOptions, Store};

use crate::home::{Home, INCREMENT, LOG, MANIFEST, commands, contents, lists};

/// Opens what does not open, and returns what is said of it without the name of the directory. The files are what they were.
#[track_caller]
fn refusal(home: &Home) -> String {
    let before = home.files();
    let error = home.try_open().map(|store| contents(&store)).expect_err("it does not load");
    assert_eq!(home.files(), before, "{error}");
    assert!(!error.is_in_use(), "{error}");
    let directory = format!("{}: ", home.log().display());
    error.to_string().strip_prefix(&directory).expect("the directory is named").to_owned()
}

#[test]
fn what_was_written_is_there_again_in_each_mode() {
    for fsync in [Fsync::Always, Fsync::EverySecond, Fsync::Never] {
        let home = Home::new();
        let open = || {
            let options = LogOptions::new().fsync(fsync);
            Store::builder().shards(4).log(home.log(), options).open().expect("it opens")
        };
        let store = open();
        assert_eq!(store.recovery().expect("a log").keys(), 0);
        store.rpush_all("k", ["a", "b", "c"]).expect("a push");
        store.lmove("k", "l", redeque::Direction::Left, redeque::Direction::Right).expect("a move");
        drop(store);
        let store = open();
        assert_eq!(contents(&store), lists("k: b c; l: a"));
        let recovery = store.recovery().expect("a log");
        assert_eq!((recovery.keys(), recovery.cut()), (2, None));
        assert!(recovery.commands() >= 2 && recovery.bytes() > 100, "{recovery:?}");
    }
}

#[test]
fn a_directory_has_one_store_at_a_time() {
    let home = Home::new();
    let store = home.open();
    let error = home.try_open().expect_err("it is open");
    assert!(error.is_in_use());
    assert!(error.to_string().ends_with("is locked: the log in there is open"), "{error}");
    assert!(error.source().is_some());
    // By another name, too.
    let name = home.path().join(".").join("queues");
    assert!(Store::open(name).expect_err("it is open").is_in_use());
    store.rpush("k", "a").expect("the first goes on");
    drop(store);
    assert_eq!(contents(&home.open()), lists("k: a"));
}

#[test]
fn parents_that_are_missing_are_made() {
    let home = Home::new();
    let deep = home.path().join("a/b/c");
    Store::open(&deep).expect("it is made").rpush("k", "a").expect("a push");
    assert_eq!(contents(&Store::open(&deep).expect("it is there")), lists("k: a"));
}

/// Names the directory for the process in which a test runs again, since the working directory is the whole process's.
const WORKS_IN: &str = "REDEQUE_WORKS_IN";

#[test]
fn a_relative_path_stays_what_it_was_when_the_process_works_elsewhere() {
    if let Some(home) = env::var_os(WORKS_IN) {
        env::set_current_dir(&home).expect("a directory");
        let store = Store::open(LOG).expect("it opens");
        store.rpush("k", "a").expect("a push");
        env::set_current_dir(Path::new(&home).join("elsewhere")).expect("a directory");
        store.rewrite_log().expect("the files are found");
        store.shutdown().expect("a disk");
        return;
    }
    let home = Home::new();
    fs::create_dir(home.path().join("elsewhere")).expect("a directory");
    let name = "opening::a_relative_path_stays_what_it_was_when_the_process_works_elsewhere";
    let status = Command::new(env::current_exe().expect("this program"))
        .args([name, "--exact", "--nocapture"])
        .env(WORKS_IN, home.path())
        .status();
    assert!(status.expect("it runs").success());
    assert_eq!(contents(&home.open()), lists("k: a"));
    assert!(home.files().contains_key("appendonly.aof.1.base.aof"));
}

#[test]
fn what_is_no_directory_is_refused() {
    let home = Home::new();
    fs::write(home.log(), "a file").expect("a file");
    for path in [home.log(), home.log().join("inside")] {
        let error = Store::open(&path).expect_err("a file");
        assert!(error.to_string().starts_with(&format!("{}: ", path.display())), "{error}");
        assert!(error.to_string().contains("directory"), "{error}");
        assert!(!error.is_in_use() && error.file().is_none() && error.source().is_some());
    }
    assert_eq!(fs::read(home.log()).expect("a file"), b"a file");
}

/// Nobody can make a file there, whatever he may do elsewhere.
#[test]
#[cfg(target_os = "linux")]
fn a_directory_that_cannot_be_written_to_is_refused() {
    for path in ["/proc/self", "/proc/self/no such directory"] {
        let error = Store::open(path).expect_err("it cannot be written to");
        assert!(error.to_string().starts_with(&format!("{path}: ")), "{error}");
        assert!(!error.is_in_use() && error.source().is_some());
    }
}

#[test]
fn a_store_without_a_directory_is_built_and_one_with_a_directory_is_opened() {
    let error = Store::builder().open().expect_err("nowhere");
    assert_eq!(error.to_string(), "a store is opened in a directory, and none was named");
    assert!(error.source().is_none());
    let error = Store::open("").expect_err("nowhere, too");
    assert_eq!(error.to_string(), "a store is opened in a directory, and none was named");
    let home = Home::new();
    let refused = Store::builder().log(home.log(), LogOptions::new()).build().expect_err("a log");
    assert!(refused.to_string().contains("open"), "{refused}");
    let refused = Store::builder().shards(0).log(home.log(), LogOptions::new()).open();
    assert!(refused.expect_err("no shards").source().is_some());
    assert!(!Path::new(&home.log()).exists());
}

#[test]
fn what_is_no_log_of_lists_is_refused_and_left_as_it_was() {
    let increment = |text: &str| Home::with_increment(&commands(text));
    for (home, expected) in [
        (increment("SELECT 0; RPUSH k a; SELECT 1; RPUSH k b"), "database 1 is selected"),
        (increment("SELECT 0; RPUSH k a; SET k b"), "unknown command"),
        (
            increment("SELECT 0; RPUSH k a; LRANGE k 0 -1"),
            "the command 'lrange' has no place in a log",
        ),
        (increment("SELECT 0; RPUSH k a; LSET k 5 b"), "ERR index out of range"),
        (increment("SELECT 0; RPUSH k a; RPUSH k"), "wrong number of arguments"),
        (
            Home::with(&[(INCREMENT, &commands("SELECT 0; RPUSH k a"))]),
            "the directory has this file and no manifest",
        ),
        (
            Home::with(&[(MANIFEST, format!("file {INCREMENT} seq 1 type i\n").as_bytes())]),
            "the manifest names this file, and it is not there",
        ),
        (
            Home::with(&[
                (MANIFEST, b"file appendonly.aof.1.base.rdb seq 1 type b\n"),
                ("appendonly.aof.1.base.rdb", b"REDIS0010\xfa\x09redis-ver"),
            ]),
            "rewrite its log (BGREWRITEAOF) with aof-use-rdb-preamble no",
        ),
    ] {
        println!("{expected}");
        let said = refusal(&home);
        assert!(said.contains(expected), "{said}");
        assert!(said.starts_with("appendonly.aof."), "it names the file: {said}");
    }
}

#[test]
fn an_error_says_which_file_and_where() {
    let bytes = commands("SELECT 0; RPUSH k a; SET k b");
    let error = Home::with_increment(&bytes).try_open().expect_err("no lists");
    assert_eq!(error.file(), Some(INCREMENT));
    let before = commands("SELECT 0; RPUSH k a").len() as u64;
    assert_eq!(error.offset(), Some(before), "{error}");
}

/// A file that is none of the log's, such as a note, harms nobody.
#[test]
fn what_else_is_in_the_directory_stays() {
    let home = Home::with(&[("README", b"of somebody else")]);
    match home.try_open() {
        Ok(store) => {
            store.rpush("k", "a").expect("a push");
            drop(store);
            assert_eq!(home.files()["README"], b"of somebody else");
        }
        Err(error) => assert_eq!(error.file(), Some("README"), "{error}"),
    }
    assert_eq!(home.files()["README"], b"of somebody else");
}

#[test]
fn a_torn_end_is_cut_off_and_told() {
    let home = Home::new();
    let store = home.open();
    store.rpush("k", "a").expect("a push");
    drop(store);
    let path = home.log().join(INCREMENT);
    let whole = fs::read(&path).expect("a file");
    fs::write(&path, [&whole[..], b"*3\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n$9\r\nto"].concat())
        .expect("a file");
    let store = home.open();
    assert_eq!(contents(&store), lists("k: a"));
    let cut = store.recovery().and_then(|recovery| recovery.cut()).expect("a cut");
    assert_eq!((cut.file(), cut.offset(), cut.bytes()), (INCREMENT, whole.len() as u64, 28));
    drop(store);
    assert_eq!(home.open().recovery().expect("a log").cut(), None);
}

#[test]
fn zeros_at_the_end_are_cut_off() {
    let home = Home::new();
    let store = home.open();
    store.rpush("k", "a").expect("a push");
    drop(store);
    let path = home.log().join(INCREMENT);
    let whole = fs::read(&path).expect("a file");
    fs::write(&path, [&whole[..], &[0; 4096]].concat()).expect("a file");
    let store = home.open();
    assert_eq!(contents(&store), lists("k: a"));
    let cut = store.recovery().and_then(|recovery| recovery.cut()).expect("a cut");
    assert_eq!(cut.bytes(), 4096);
    assert!(cut.to_string().contains("the file ends with zeros"), "{cut}");
}

/// What a kill would leave.
#[test]
fn what_a_file_was_made_longer_by_is_no_loss_where_nobody_shut_the_log_down() {
    let (home, left) = (Home::new(), Home::new());
    let options = LogOptions::new().fsync(Fsync::Always);
    let store = Store::builder().log(home.log(), options).open().expect("a store");
    store.rpush("k", "a").expect("a push");
    left.hold(&home.files());
    drop(store);
    let shut = home.files()[INCREMENT].len() as u64;
    assert_eq!(home.open().recovery().expect("a log").cut(), None);

    assert!(left.files()[INCREMENT].len() as u64 > shut + (1 << 20));
    let store = left.open();
    assert_eq!(contents(&store), lists("k: a"));
    assert_eq!(store.recovery().expect("a log").cut(), None);
    assert_eq!(left.files()[INCREMENT].len() as u64, shut);
}

#[test]
fn damage_in_what_was_on_disk_is_an_error() {
    let home = Home::new();
    let store = home.open();
    for element in ["first", "second", "third"] {
        store.rpush("k", element).expect("a push");
        store.sync().expect("a disk");
    }
    drop(store);
    let path = home.log().join(INCREMENT);
    let mut bytes = fs::read(&path).expect("a file");
    let at = bytes.windows(5).position(|bytes| bytes == b"first").expect("it is there");
    bytes[at] ^= 1;
    fs::write(&path, bytes).expect("a file");
    let said = refusal(&home);
    assert!(said.contains("the file was on disk up to byte"), "{said}");
}

/// What is in a log is let in, whatever the bound, and what would add to it is not.
#[test]
fn a_store_that_holds_more_than_its_bound_opens_and_says_so() {
    let home = Home::new();
    let open = |bound| {
        let bounded = Store::builder().max_memory(bound).log(home.log(), LogOptions::new());
        bounded.open().expect("it opens")
    };
    let store = open(0);
    store.rpush("k", vec![b'x'; 100_000]).expect("there is no bound");
    store.copy("k", "copy").expect("there is no bound");
    assert_eq!(store.recovery().expect("a log").bytes_over_bound(), None);
    drop(store);

    let store = open(50_000);
    assert_eq!((store.llen("k"), store.llen("copy")), (1, 1));
    let over = store.recovery().expect("a log").bytes_over_bound();
    assert_eq!(over, Some(store.used_memory() - 50_000));
    assert!(over > Some(150_000));
    assert_eq!(store.rpush("k", "x"), Err(Error::OutOfMemory));
    assert_eq!(store.copy("k", "another"), Err(Error::OutOfMemory));
    store.rewrite_log().expect("that adds nothing");
    assert_eq!(store.flushall(), Ok(()));
    assert_eq!(store.rpush("k", "x"), Ok(1));
    drop(store);
    assert_eq!(open(50_000).recovery().expect("a log").bytes_over_bound(), None);
}
