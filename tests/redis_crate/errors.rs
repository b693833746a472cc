//! Errors: their kinds, codes and details, and what a program sees of them.

use redis::{Cmd, ConnectionLike, Value, cmd, pack_command};

use crate::notes::Notes;
use crate::{Connect, on_both};

const REFUSED: [&[&str]; 26] = [
    &["LPUSH", "k"],
    &["LPOP"],
    &["LPOP", "k", "-1"],
    &["LPOP", "k", "x"],
    &["LINSERT", "k", "BESIDE", "a", "b"],
    &["LSET", "none", "0", "x"],
    &["LSET", "k", "7", "x"],
    &["LSET", "k", "x", "x"],
    &["LRANGE", "k", "a", "b"],
    &["LPOS", "k", "a", "RANK", "0"],
    &["LPOS", "k", "a", "COUNT", "-1"],
    &["LMOVE", "k", "l", "UP", "DOWN"],
    &["LMPOP", "0", "k", "LEFT"],
    &["LMPOP", "1", "k", "LEFT", "COUNT", "0"],
    &["BLPOP", "k", "soon"],
    &["BLPOP", "k", "-1"],
    &["RENAME", "none", "k"],
    &["SCAN", "x"],
    &["SELECT", "x"],
    &["HELLO", "9"],
    &["HELLO", "x"],
    &["CLIENT", "NO-SUCH"],
    &["NO-SUCH-COMMAND", "with", "arguments"],
    &["EXEC"],
    &["DISCARD"],
    &["OBJECT", "ENCODING"],
];

#[test]
#[ignore = "needs redis-server"]
fn an_error_has_the_same_kind_code_and_detail() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        cmd("RPUSH").arg("k").arg("a").exec(&mut connection).expect("a list");
        for words in REFUSED {
            let mut command = Cmd::new();
            command.arg(words);
            notes.add(&words.join(" "), command.query::<Value>(&mut connection));
            notes.add(&words.join(" "), connection.req_command(&command));
            let packed = command.get_packed_command();
            notes.add(&words.join(" "), connection.req_packed_command(&packed));
        }
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn no_words_are_an_error_of_the_crates_own() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        notes.add("no words", Cmd::new().query::<Value>(&mut connection));
        notes.add("no bytes", connection.req_packed_command(b""));
        notes.add("no commands", redis::pipe().query::<Value>(&mut connection));
        notes.add("PING", cmd("PING").query::<Value>(&mut connection));
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn an_error_that_repeats_bytes_that_are_no_text_can_not_be_read() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let packed = pack_command(&[b"no-such-command".to_vec(), b"\xff".to_vec()]);
        notes.add("no text", to.connect().req_packed_command(&packed));
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn a_command_without_a_response_is_carried_out() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        let push = cmd("RPUSH").arg("k").arg("a").set_no_response(true).take();
        notes.add("RPUSH", connection.req_command(&push));
        // On another connection: on this one the crate would now read the reply that it did not wait for.
        let mut other = to.connect();
        let popped = cmd("BLPOP").arg("k").arg(0).query::<Value>(&mut other);
        notes.add("BLPOP", popped);
        notes
    }
    on_both!(program);
}

/// Not compared: before 7.2 a server takes it for a negative one.
#[test]
fn a_time_limit_without_an_end_is_out_of_range() {
    let mut connection = redeque::Store::new().connect();
    for timeout in [f64::INFINITY, 1e300] {
        let refused = redis::Commands::blpop::<_, Value>(&mut connection, "k", timeout);
        let error = refused.expect_err("a refusal");
        assert_eq!((error.code(), error.detail()), (Some("ERR"), Some("timeout is out of range")));
    }
}
