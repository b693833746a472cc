//! Directories that earlier versions wrote, in `tests/durable/fixtures`, which all later ones open.
//!
//! Those of this version are written anew, where the format has changed and before it is published, by
//! `REDEQUE_RENEW_FIXTURES=1 cargo test --all-features --test durable fixtures`. What a server wrote needs a `redis-server`.

use std::path::{Path, PathBuf};
use std::{env, fs};

use redeque::{LogOptions, Store};

use crate::home::{Contents, Home, INCREMENT, LOG, contents, lists};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/durable/fixtures")
}

/// A copy of a fixture.
fn copied(name: &str) -> Home {
    let home = Home::with(&[]);
    for entry in fs::read_dir(fixtures().join(name)).expect("a fixture") {
        let from = entry.expect("an entry").path();
        fs::copy(&from, home.log().join(from.file_name().expect("a name"))).expect("a file");
    }
    home
}

/// What the lists of each fixture are: with every kind of key and element.
fn varied() -> Contents {
    let mut contents = lists("jobs: second third; done: first");
    contents.insert(Vec::new(), vec![Vec::new(), b"of the empty key".to_vec()]);
    contents.insert(b"\0\r\n\xff".to_vec(), vec![(0..=255).collect()]);
    contents.insert(b"large".to_vec(), vec![vec![b'x'; 3000]; 2]);
    contents
}

#[test]
fn a_base_and_an_increment_of_0_1_0_open() {
    renew("0.1.0/base-and-increment", write_base_and_increment);
    let home = copied("0.1.0/base-and-increment");
    assert_eq!(home.files().len(), 3);
    let store = home.open();
    assert_eq!(contents(&store), varied());
    assert_eq!(store.recovery().expect("a log").cut(), None);
    store.rpush("more", "a").expect("it goes on");
    drop(store);
    assert_eq!(home.open().llen("more"), 1);
}

#[test]
fn a_torn_end_of_0_1_0_opens() {
    renew("0.1.0/torn", write_torn);
    let store = copied("0.1.0/torn").open();
    assert_eq!(contents(&store), varied());
    let cut = store.recovery().and_then(|recovery| recovery.cut()).expect("a cut");
    assert_eq!((cut.file(), cut.bytes()), (INCREMENT, 40));
}

#[test]
fn what_a_kill_leaves_of_0_1_0_opens() {
    renew("0.1.0/killed", write_killed);
    let home = copied("0.1.0/killed");
    assert!(home.files()[INCREMENT].ends_with(b"\0\0\0\0\r\n"), "there is room");
    let store = home.open();
    assert_eq!(contents(&store), varied());
    assert_eq!(store.recovery().expect("a log").cut(), None);
}

#[test]
fn what_a_server_wrote_opens() {
    #[cfg(unix)]
    renew("redis-7.0/base-and-increment", write_on_a_server);
    let home = copied("redis-7.0/base-and-increment");
    assert_eq!(home.files().len(), 3);
    let store = home.open();
    assert_eq!(contents(&store), varied());
    assert_eq!(store.recovery().expect("a log").cut(), None);
}

/// Writes a fixture anew, if that is asked for.
fn renew(name: &str, write: fn(&Home)) {
    if env::var_os("REDEQUE_RENEW_FIXTURES").is_none() {
        return;
    }
    let home = Home::new();
    write(&home);
    let directory = fixtures().join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("a directory");
    for (name, bytes) in home.files() {
        fs::write(directory.join(name), bytes).expect("a file");
    }
}

/// The same lists, made in several ways.
fn fill(home: &Home, halfway: impl FnOnce(&Store)) {
    let store = home.open();
    store.rpush_all("jobs", ["first", "second", "third", "fourth"]).expect("a push");
    store.rpush_all("", ["", "of the empty key"]).expect("a push");
    store.rpush_all("gone", ["a", "b"]).expect("a push");
    store.rpush("large", vec![b'x'; 3000]).expect("a push");
    halfway(&store);
    let every_byte: Vec<u8> = (0..=255).collect();
    store.rpush(b"\0\r\n\xff", every_byte).expect("a push");
    let moved = store.transaction(["jobs", "done"], |tx| {
        tx.rpop("jobs")?;
        tx.lmove("jobs", "done", redeque::Direction::Left, redeque::Direction::Right)
    });
    assert_eq!(moved.expect("a transaction"), Some(b"first".to_vec()));
    store.del("gone").expect("a removal");
    store.lpush("large", vec![b'x'; 3000]).expect("a push");
}

fn write_base_and_increment(home: &Home) {
    fill(home, |store| store.rewrite_log().expect("a disk"));
}

fn write_torn(home: &Home) {
    fill(home, |_| ());
    let path = home.log().join(INCREMENT);
    let mut bytes = fs::read(&path).expect("a file");
    bytes.extend(b"*3\r\n$5\r\nRPUSH\r\n$4\r\ntorn\r\n$50\r\n0123456789");
    fs::write(path, bytes).expect("a file");
}

fn write_killed(home: &Home) {
    fill(home, |_| ());
    let options = LogOptions::new().growth_bytes(200);
    let store = Store::builder().log(home.log(), options).open().expect("a store");
    // Room is made by the first write, and the lists are to be the same.
    store.rpush("gone", "a").expect("a push");
    store.del("gone").expect("a removal");
    store.sync().expect("a disk");
    let left = home.files();
    drop(store);
    home.hold(&left);
}

#[cfg(unix)]
fn write_on_a_server(home: &Home) {
    use crate::server::{Server, programs};

    let (server, _) = Server::open(&programs()[0], home.path(), LOG);
    let mut client = server.client();
    let all = varied();
    for (key, elements) in &all {
        let mut words = vec![&b"RPUSH"[..], key];
        words.extend(elements.iter().map(Vec::as_slice));
        client.call(&words);
    }
    client.call(&["RPUSH", "jobs", "fourth"]);
    crate::servers::rewrite_there(&mut client);
    for words in [
        &["MULTI"][..],
        &["RPOP", "jobs"],
        &["LPUSH", "jobs", "first"],
        &["LPOP", "jobs"],
        &["EXEC"],
    ] {
        client.call(words);
    }
    drop(client);
    server.shut_down();
}
