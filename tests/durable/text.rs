//! What clients ask of a log by text. No server is asked beside it: it would speak of its own files. Its texts are Redis 8.2's.

use redeque::{Connection, Fsync, LogOptions, Reply, Store};

use crate::home::Home;

fn say(connection: &mut Connection, line: &str) -> Reply {
    connection.execute(line.split(' '))
}

fn error(text: &str) -> Reply {
    Reply::Error(text.as_bytes().to_vec())
}

fn numbers(numbers: [i64; 2]) -> Reply {
    Reply::Array(numbers.map(Reply::Integer).into())
}

/// The fields of INFO's section.
fn persistence(connection: &mut Connection) -> String {
    let Reply::Verbatim(text) = say(connection, "INFO persistence") else { panic!("a text") };
    String::from_utf8(text).expect("text")
}

#[track_caller]
fn number(fields: &str, name: &str) -> u64 {
    let mut lines = fields.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.unwrap_or_else(|| panic!("no {name}: {fields}")).parse().expect("a number")
}

#[test]
fn a_store_without_a_log_says_so() {
    let mut connection = Store::new().connect();
    assert_eq!(say(&mut connection, "BGREWRITEAOF"), error("ERR this store has no log"));
    let refused = "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.";
    assert_eq!(say(&mut connection, "WAITAOF 1 0 0"), error(refused));
    assert_eq!(say(&mut connection, "WAITAOF 0 0 0"), numbers([0, 0]));
    assert_eq!(persistence(&mut connection), "# Persistence\r\nloading:0\r\naof_enabled:0\r\n");
    let told = say(&mut connection, "CONFIG GET append*").to_resp(redeque::Protocol::Resp2);
    let expected =
        "*4\r\n$10\r\nappendonly\r\n$2\r\nno\r\n$11\r\nappendfsync\r\n$8\r\neverysec\r\n";
    assert_eq!(String::from_utf8(told).expect("text"), expected);
}

#[test]
fn waitaof_waits_for_the_disk_and_refuses_in_a_servers_words() {
    let home = Home::new();
    let store = home.open();
    let mut connection = store.connect();
    store.rpush("k", "a").expect("a push");
    assert_eq!(say(&mut connection, "WAITAOF 1 0 0"), numbers([1, 0]));
    let mut client = store.connect();
    let awaited = futures_lite::future::block_on(client.execute_async(["WAITAOF", "1", "0", "0"]));
    assert_eq!(awaited, numbers([1, 0]));
    for (line, text) in [
        ("WAITAOF 2 0 0", "ERR value is out of range, value must between 0 and 1"),
        ("WAITAOF x 0 0", "ERR value is not an integer or out of range"),
        ("WAITAOF 0 -1 0", "ERR value is out of range, must be positive"),
        ("WAITAOF 0 0 -1", "ERR timeout is negative"),
        ("WAITAOF 0 0 x", "ERR timeout is not an integer or out of range"),
        ("WAITAOF 0 0", "ERR wrong number of arguments for 'waitaof' command"),
        ("LASTSAVE x", "ERR wrong number of arguments for 'lastsave' command"),
        ("BGREWRITEAOF x", "ERR wrong number of arguments for 'bgrewriteaof' command"),
    ] {
        assert_eq!(say(&mut connection, line), error(text), "{line}");
    }
    // In a transaction it does not wait.
    say(&mut connection, "MULTI");
    say(&mut connection, "WAITAOF 1 0 0");
    assert_eq!(say(&mut connection, "EXEC"), Reply::Array(vec![numbers([0, 0])]));
}

#[test]
fn a_rewriting_is_asked_for_and_told_of() {
    let home = Home::new();
    let options = LogOptions::new().fsync(Fsync::Always);
    let store = Store::builder().log(home.path(), options).open().expect("a directory");
    let mut connection = store.connect();
    for _ in 0..100 {
        store.rpush("k", "job").expect("a push");
        store.lpop("k").expect("a pop");
    }
    let Reply::Integer(made) = say(&mut connection, "LASTSAVE") else { panic!("a time") };
    let before = persistence(&mut connection);
    assert!(before.contains("aof_enabled:1\r\n") && before.contains("aof_last_write_status:ok"));
    assert!(before.contains("aof_last_rewrite_time_sec:-1\r\n"), "{before}");
    let size = number(&before, "aof_current_size");
    assert!(size > 5000, "{before}");
    let started = Reply::Status("Background append only file rewriting started".into());
    assert_eq!(say(&mut connection, "BGREWRITEAOF"), started);
    // It waits for the disk several times.
    let already = error("ERR Background append only file rewriting already in progress");
    assert!((0..1000).any(|_| say(&mut connection, "BGREWRITEAOF") == already));
    // One that was asked for in the background is under way, or this one begins when that is over.
    store.rewrite_log().expect("a disk");
    let after = persistence(&mut connection);
    assert!(number(&after, "aof_current_size") < size / 10, "{after}");
    assert!(number(&after, "aof_base_size") > 0, "{after}");
    assert!(after.contains("aof_last_bgrewrite_status:ok\r\n"), "{after}");
    let Reply::Integer(saved) = say(&mut connection, "LASTSAVE") else { panic!("a time") };
    assert!(saved >= made);
    let told = say(&mut connection, "CONFIG GET append*").to_resp(redeque::Protocol::Resp2);
    let expected = "*4\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n$11\r\nappendfsync\r\n$6\r\nalways\r\n";
    assert_eq!(String::from_utf8(told).expect("text"), expected);
}
