//! LMOVEM and BLMOVEM, for which the crate has no methods. No server at hand knows them, so what they return is written
//! down, from Redis's own tests and sources.

use redeque::Store;
use redis::{Cmd, Value, cmd, pipe};

/// The words of a line as a command of the crate's.
fn said(line: &str) -> Cmd {
    let words: Vec<&str> = line.split(' ').collect();
    cmd(words[0]).arg(&words[1..]).take()
}

fn bulks(line: &str) -> Value {
    Value::Array(line.split(' ').map(|word| Value::BulkString(word.into())).collect())
}

/// What Redis's own tests of the two commands ask and expect, on connections of both versions of the protocol.
const DIALOGUE: [(&str, &str); 19] = [
    ("RPUSH src a b c", ":3"),
    ("LMOVEM src dst left right", "a"),
    ("LRANGE src 0 -1", "b c"),
    ("LMOVEM src dst left right exactly 4 bulk", "nil"),
    ("LMOVEM src dst left right count 100 bulk", "b c"),
    ("EXISTS src", ":0"),
    ("LMOVEM src dst left right", "nil"),
    ("LMOVEM src dst left right count 5 bulk", "nil"),
    ("LRANGE dst 0 -1", "a b c"),
    ("RPUSH k 1 2 3 4 5", ":5"),
    ("LMOVEM k k left right count 2 bulk", "1 2"),
    ("LRANGE k 0 -1", "3 4 5 1 2"),
    ("LMOVEM k k left left count 2 obo", "4 3"),
    ("LMOVEM k new left left count 3 obo", "5 3 4"),
    ("LMOVEM k none right right exactly 2 obo", "2 1"),
    ("BLMOVEM new src left right 0 count 2 bulk", "5 3"),
    ("BLMOVEM new src left right 0", "4"),
    ("BLMOVEM new src left right 0.001 exactly 3 bulk", "nil"),
    ("LRANGE src 0 -1", "5 3 4"),
];

fn expected(reply: &str) -> Value {
    match reply.strip_prefix(':') {
        Some(number) => Value::Int(number.parse().expect("a number")),
        None if reply == "nil" => Value::Nil,
        None => bulks(reply),
    }
}

#[test]
fn a_batch_returns_what_redis_says() {
    for protocol in [2, 3] {
        let mut connection = Store::new().connect();
        cmd("HELLO").arg(protocol).exec(&mut connection).expect("a greeting");
        for (line, reply) in DIALOGUE {
            assert_eq!(said(line).query(&mut connection), Ok(expected(reply)), "{line}");
        }
    }
}

#[test]
fn a_batch_is_of_the_types_of_the_callers() {
    let mut connection = Store::new().connect();
    said("RPUSH k 1 2 3").exec(&mut connection).expect("a list");
    let moved = said("LMOVEM k d LEFT RIGHT EXACTLY 2 BULK").query(&mut connection);
    assert_eq!(moved, Ok(Some(vec![1, 2])));
    let none =
        said("LMOVEM k d LEFT RIGHT EXACTLY 2 BULK").query::<Option<Vec<u8>>>(&mut connection);
    assert_eq!(none, Ok(None));
}

#[test]
fn pipelines_have_batches() {
    let mut connection = Store::new().connect();
    let mut pipeline = pipe();
    pipeline
        .rpush("k", &["1", "2", "3", "4", "5"])
        .ignore()
        .add_command(said("LMOVEM k d LEFT LEFT COUNT 2 OBO"))
        .add_command(said("BLMOVEM k d LEFT RIGHT 0 EXACTLY 2 BULK"))
        .add_command(said("BLMOVEM k d LEFT RIGHT 0.001 EXACTLY 2 BULK"));
    let replies = vec![bulks("2 1"), bulks("3 4"), Value::Nil];
    assert_eq!(pipeline.query(&mut connection), Ok(replies.clone()));
    // In a transaction nothing waits, whatever the timeout.
    said("FLUSHALL").exec(&mut connection).expect("an empty store");
    let mut atomic = pipe();
    atomic
        .atomic()
        .rpush("k", &["1", "2", "3", "4", "5"])
        .ignore()
        .add_command(said("LMOVEM k d LEFT LEFT COUNT 2 OBO"))
        .add_command(said("BLMOVEM k d LEFT RIGHT 0 EXACTLY 2 BULK"))
        .add_command(said("BLMOVEM k d LEFT RIGHT 0 EXACTLY 2 BULK"));
    assert_eq!(atomic.query(&mut connection), Ok(replies));
    let mut queue = pipe();
    queue.add_command(said("MULTI"));
    queue.add_command(said("BLMOVEM none d LEFT RIGHT 0"));
    queue.add_command(said("EXEC"));
    let replies: Vec<Value> = queue.query(&mut connection).expect("replies");
    assert_eq!(replies[2], Value::Array(vec![Value::Nil]));
}

#[test]
fn a_batch_waits_until_it_is_there() {
    let store = Store::new();
    let waiting = std::thread::spawn({
        let mut connection = store.connect();
        move || {
            said("BLMOVEM k d LEFT RIGHT 0 EXACTLY 3 BULK").query::<Vec<String>>(&mut connection)
        }
    });
    while store.blocked_clients() == 0 {
        std::thread::yield_now();
    }
    let mut other = store.connect();
    said("RPUSH k 1 2").exec(&mut other).expect("a list");
    assert_eq!(store.blocked_clients(), 1);
    said("LINSERT k BEFORE 1 0").exec(&mut other).expect("a longer list");
    let moved = waiting.join().expect("a thread that ends");
    assert_eq!(moved, Ok(vec!["0".to_owned(), "1".to_owned(), "2".to_owned()]));
    assert_eq!(store.lrange("d", 0, -1), [b"0", b"1", b"2"]);
}

#[test]
fn refusals_have_redis_own_code_and_text() {
    let mut connection = Store::new().connect();
    let mut refuses = |line: &str, detail: &str| {
        let error = said(line).exec(&mut connection).expect_err("a refusal");
        assert_eq!((error.code(), error.detail()), (Some("ERR"), Some(detail)), "{line}");
    };
    refuses("LMOVEM k d LEFT", "wrong number of arguments for 'lmovem' command");
    refuses("BLMOVEM k d LEFT RIGHT", "wrong number of arguments for 'blmovem' command");
    for name in ["LMOVEM k d LEFT RIGHT", "BLMOVEM k d LEFT RIGHT 0"] {
        for ending in ["count 2", "count 2 obo extra", "bad 2 obo", "count 2 badorder"] {
            refuses(&format!("{name} {ending}"), "syntax error");
        }
        for ending in ["count 0 bulk", "exactly 0 bulk", "count -1 bulk", "count a bulk"] {
            refuses(&format!("{name} {ending}"), "count should be greater than 0");
        }
    }
    refuses("LMOVEM k d bad RIGHT count 2 obo", "syntax error");
    refuses("BLMOVEM k d LEFT bad 0 count 2 obo", "syntax error");
}

/// As in the files that Redis's table of commands is made from.
#[test]
fn the_table_has_redis_own_entries() {
    let store = Store::new();
    let mut connection = store.connect();
    let mut told = |line: &str| format!("{:?}", said(line).query::<Value>(&mut connection));
    for (name, arity, flags) in [
        ("lmovem", -5, &["write", "denyoom"][..]),
        ("blmovem", -6, &["write", "denyoom", "blocking"]),
    ] {
        let spec = redeque::command::commands().iter().find(|spec| spec.name() == name);
        let spec = spec.expect("a row of the table");
        assert_eq!((spec.arity(), spec.group(), spec.first_key()), (arity, "list", 1));
        let info = told(&format!("COMMAND INFO {name}"));
        for flag in flags {
            assert!(info.contains(&format!("simple-string({flag:?})")), "{flag} in {info}");
        }
        assert!(!info.contains("fast"), "{info}");
        let docs = told(&format!("COMMAND DOCS {name}"));
        assert!(docs.contains("8.10.0") && docs.contains(r#""list""#), "{docs}");
    }
    let key_specs = |name: &str| {
        let info =
            said(&format!("COMMAND INFO {name}")).query::<Vec<Vec<Value>>>(&mut store.connect());
        info.expect("a row").remove(0).remove(8)
    };
    // Redis's LMOVE has the same flags of keys.
    assert_eq!(key_specs("lmovem"), key_specs("lmove"));
    assert_eq!(key_specs("blmovem"), key_specs("blmove"));
}
