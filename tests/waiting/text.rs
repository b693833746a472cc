//! BLMOVEM, and a closed store, by text. No server at hand knows either, so what they reply is written down.

use std::task::Poll;

use redeque::{Connection, Protocol, Reply, Store};

use crate::support::{Client, contents};

fn resp(reply: &Reply) -> String {
    let bytes = reply.to_resp(Protocol::Resp2);
    String::from_utf8(bytes).unwrap().trim_end().replace("\r\n", " ")
}

fn say(connection: &mut Connection, line: &str) -> String {
    resp(&connection.execute(line.split(' ')))
}

#[track_caller]
fn dialogue(connection: &mut Connection, lines: &[(&str, &str)]) {
    for (line, reply) in lines {
        assert_eq!(say(connection, line), *reply, "{line}");
    }
}

#[test]
fn blmovem_takes_what_there_is() {
    let store = Store::new();
    dialogue(
        &mut store.connect(),
        &[
            ("RPUSH k 1 2 3 4 5 6 7 8", ":8"),
            ("BLMOVEM k d LEFT RIGHT 0", "*1 $1 1"),
            ("blmovem k d left left 0 count 2 obo", "*2 $1 3 $1 2"),
            ("BLMOVEM k d RIGHT RIGHT 0 EXACTLY 2 BULK", "*2 $1 7 $1 8"),
            ("BLMOVEM k d LEFT LEFT 0 COUNT 9 BULK", "*3 $1 4 $1 5 $1 6"),
        ],
    );
    assert_eq!(contents(&store), "d 4 5 6 3 2 1 7 8");
}

#[test]
fn blmovem_waits_until_there_are_enough() {
    let store = Store::new();
    let (mut waiting, mut other) = (store.connect(), store.connect());
    let mut batch =
        Client::new(waiting.execute_async("BLMOVEM k d LEFT RIGHT 0 EXACTLY 2 BULK".split(' ')));
    assert!(batch.poll().is_pending());
    dialogue(&mut other, &[("RPUSH k 1", ":1")]);
    batch.is_blocked();
    dialogue(&mut other, &[("RPUSH k 2 3", ":3"), ("LRANGE k 0 -1", "*1 $1 3")]);
    assert_eq!(resp(&batch.got()), "*2 $1 1 $1 2");
}

/// As Redis's own test has it.
#[test]
fn a_sorted_list_that_is_stored_completes_a_batch() {
    let store = Store::new();
    let (mut waiting, mut other) = (store.connect(), store.connect());
    dialogue(&mut other, &[("RPUSH src 1", ":1"), ("RPUSH feed 3 1 2", ":3")]);
    let words = "BLMOVEM src dst LEFT RIGHT 0 EXACTLY 3 BULK";
    let mut batch = Client::new(waiting.execute_async(words.split(' ')));
    assert!(batch.poll().is_pending());
    dialogue(&mut other, &[("SORT feed STORE src", ":3"), ("EXISTS src", ":0")]);
    assert_eq!(resp(&batch.got()), "*3 $1 1 $1 2 $1 3");
    assert_eq!(contents(&store), "dst 1 2 3; feed 3 1 2");
}

#[test]
fn a_shorter_sorted_list_that_is_stored_makes_room() {
    for (sorted, len, left) in [("few", 2, "few 9; full 9 x"), ("none", 1, "few 9; full x")] {
        let store = Store::new();
        let mut other = store.connect();
        dialogue(&mut other, &[("RPUSH full 1 2 3", ":3"), ("RPUSH few 9", ":1")]);
        let mut push = Client::new(store.brpush_bounded_async("full", 2, "x"));
        assert!(push.poll().is_pending());
        other.execute(["SORT", sorted, "STORE", "full"]);
        assert_eq!(push.got(), Ok(len));
        assert_eq!(contents(&store), left);
    }
}

#[test]
fn blmovem_in_vain_is_a_null_array() {
    let mut connection = Store::new().connect();
    dialogue(
        &mut connection,
        &[
            ("RPUSH k 1", ":1"),
            ("BLMOVEM k d LEFT RIGHT 0.001 EXACTLY 2 BULK", "*-1"),
            ("BLMOVEM none d LEFT RIGHT 0.001", "*-1"),
            ("MULTI", "+OK"),
            ("BLMOVEM k d LEFT RIGHT 0 EXACTLY 2 BULK", "+QUEUED"),
            ("BLMOVEM none d LEFT RIGHT 0", "+QUEUED"),
            ("BLMOVEM k d LEFT RIGHT 0 COUNT 2 OBO", "+QUEUED"),
            ("EXEC", "*3 *-1 *-1 *1 $1 1"),
            ("EXISTS k", ":0"),
        ],
    );
}

#[test]
fn blmovem_reads_its_words_as_the_reference_says() {
    let arity = "-ERR wrong number of arguments for 'blmovem' command";
    let syntax = "-ERR syntax error";
    let count = "-ERR count should be greater than 0";
    dialogue(
        &mut Store::new().connect(),
        &[
            ("BLMOVEM k d LEFT RIGHT", arity),
            ("BLMOVEM k d UP RIGHT 0", syntax),
            ("BLMOVEM k d LEFT UP 0", syntax),
            ("BLMOVEM k d LEFT RIGHT 0 COUNT 1", syntax),
            ("BLMOVEM k d LEFT RIGHT 0 EXACTLY 1", syntax),
            ("BLMOVEM k d LEFT RIGHT 0 MOST 1 OBO", syntax),
            ("BLMOVEM k d LEFT RIGHT 0 COUNT 1 BOTH", syntax),
            ("BLMOVEM k d LEFT RIGHT 0 OBO", syntax),
            ("BLMOVEM k d LEFT RIGHT 0 COUNT 1 OBO MORE", syntax),
            ("BLMOVEM k d LEFT RIGHT 0 COUNT 0 OBO", count),
            ("BLMOVEM k d LEFT RIGHT 0 EXACTLY -1 BULK", count),
            ("BLMOVEM k d LEFT RIGHT 0 COUNT x OBO", count),
            ("BLMOVEM k d LEFT RIGHT -1", "-ERR timeout is negative"),
            ("BLMOVEM k d LEFT RIGHT x", "-ERR timeout is not a float or out of range"),
        ],
    );
}

#[test]
fn a_closed_store_refuses_what_brings_elements() {
    let store = Store::new();
    let mut connection = store.connect();
    dialogue(
        &mut connection,
        &[("RPUSH k 1 2 3 4", ":4"), ("MULTI", "+OK"), ("RPUSH k 5", "+QUEUED")],
    );
    store.close();
    let closed = "-CLOSED the store is closed";
    dialogue(&mut connection, &[("LLEN k", "+QUEUED"), ("EXEC", &format!("*2 {closed} :4"))]);
    for line in [
        "LPUSH k x",
        "RPUSH k x",
        "RPUSH new x y",
        "LPUSHX k x",
        "RPUSHX none x",
        "LINSERT k BEFORE 1 x",
        "COPY k new",
        "COPY k new REPLACE",
        "SORT k STORE new",
        "BLPOP none 0",
        "BRPOP none 0",
        "BLMPOP 0 1 none LEFT",
        "BLMOVE none k LEFT LEFT 0",
        "BRPOPLPUSH none k 0",
        "BLMOVEM k d LEFT RIGHT 0 EXACTLY 5 BULK",
    ] {
        assert_eq!(say(&mut connection, line), closed, "{line}");
    }
    dialogue(
        &mut connection,
        &[
            ("LSET k 0 0", "+OK"),
            ("LREM k 0 2", ":1"),
            ("SORT k", "*3 $1 0 $1 3 $1 4"),
            ("LTRIM k 0 1", "+OK"),
            ("RENAME k j", "+OK"),
            ("LMOVE j k LEFT LEFT", "$1 0"),
            ("BLPOP k j 0", "*2 $1 k $1 0"),
            ("MULTI", "+OK"),
            ("BLPOP k 0", "+QUEUED"),
            ("EXEC", "*1 *-1"),
            ("RPOP j", "$1 3"),
            ("FLUSHALL", "+OK"),
            ("PING", "+PONG"),
        ],
    );
}

#[test]
fn closing_ends_a_wait_by_text() {
    let store = Store::new();
    let mut connection = store.connect();
    let mut waiting = Client::new(connection.execute_async(["BLPOP", "k", "0"]));
    assert!(waiting.poll().is_pending());
    store.close();
    assert_eq!(waiting.wakes(), 1);
    let Poll::Ready(reply) = waiting.poll() else { panic!("it still waits") };
    assert_eq!(resp(&reply), "-CLOSED the store is closed");
}
