//! Pipelines, plain and atomic.

use redis::{Commands, ConnectionLike, RedisResult, Value, cmd, pipe};

use crate::notes::Notes;
use crate::{Connect, on_both};

#[test]
#[ignore = "needs redis-server"]
fn a_plain_pipeline_returns_the_same() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        let mut pipeline = pipe();
        pipeline.rpush("k", &["a", "b"]).ignore().llen("k").lpop("k", None).lrange("none", 0, -1);
        notes.add("values", pipeline.query::<Value>(&mut connection));
        notes.add("types", pipeline.query::<(usize, String, Vec<String>)>(&mut connection));
        notes.add("nothing", pipeline.exec(&mut connection));

        pipeline.cmd("LSET").arg("none").arg(0).arg("x").llen("k").cmd("NO-SUCH").arg("k");
        notes.add("errors", pipeline.query::<Value>(&mut connection));
        pipeline.ignore_errors();
        notes.add("errors by item", pipeline.query::<Value>(&mut connection));
        let items = pipeline.query::<Vec<RedisResult<Value>>>(&mut connection);
        for (index, item) in items.expect("a result for each").into_iter().enumerate() {
            notes.add(&index.to_string(), item);
        }
        notes.add("left", connection.lrange::<_, Value>("k", 0, -1));
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn a_pipeline_may_wait() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        let mut pipeline = pipe();
        pipeline.blpop("k", 0.001).rpush("k", "a").blpop("k", 0.0).llen("k");
        notes.add("values", pipeline.query::<Value>(&mut connection));
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn an_atomic_pipeline_returns_the_same() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        let mut pipeline = pipe();
        pipeline.atomic().rpush("k", &["a", "b"]).ignore().llen("k").lpop("k", None);
        notes.add("values", pipeline.query::<Value>(&mut connection));
        notes.add("types", pipeline.query::<(usize, String)>(&mut connection));
        notes.add("nothing", pipeline.exec(&mut connection));
        pipeline.blpop("none", 0.0).blmove(
            "none",
            "k",
            redis::Direction::Left,
            redis::Direction::Left,
            0.0,
        );
        notes.add("nothing waits", pipeline.query::<Value>(&mut connection));
        notes.add("no commands", pipe().atomic().query::<Value>(&mut connection));

        pipeline.lset("none", 0, "x").llen("k").lset("k", 100, "x");
        notes.add("errors", pipeline.query::<Value>(&mut connection));
        pipeline.ignore_errors();
        let items = pipeline.query::<Vec<RedisResult<Value>>>(&mut connection);
        for (index, item) in items.expect("a result for each").into_iter().enumerate() {
            notes.add(&index.to_string(), item);
        }
        notes.add("left", connection.lrange::<_, Value>("k", 0, -1));
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn a_refused_command_aborts_an_atomic_pipeline() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        let mut pipeline = pipe();
        pipeline.atomic().rpush("k", "a").cmd("LLEN").llen("k").cmd("NO-SUCH").arg("x");
        notes.add_aborted("one of four", pipeline.query::<Value>(&mut connection));
        pipeline.ignore_errors();
        notes.add_aborted("errors ignored", pipeline.query::<Value>(&mut connection));
        let mut first = pipe();
        first.atomic().cmd("LLEN").rpush("k", "a");
        notes.add_aborted("the first", first.query::<Value>(&mut connection));
        notes.add_aborted("as nothing", first.exec(&mut connection));
        notes.add("nothing was done", connection.llen::<_, Value>("k"));
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn a_transaction_by_hand_returns_the_same() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        for words in [
            &["MULTI"][..],
            &["RPUSH", "k", "a"],
            &["LPOP", "k", "2"],
            &["LSET", "k", "0", "x"],
            &["PING"],
        ] {
            notes.add(
                &words.join(" "),
                cmd(words[0]).arg(&words[1..]).query::<Value>(&mut connection),
            );
        }
        // The raw reply, with the error inside it, and what the crate makes of it.
        notes.add("EXEC", connection.req_command(&cmd("EXEC")));
        for words in
            [&["MULTI"][..], &["LLEN"], &["EXEC"], &["MULTI"], &["LSET", "k", "0", "x"], &["EXEC"]]
        {
            notes.add(
                &words.join(" "),
                cmd(words[0]).arg(&words[1..]).query::<Value>(&mut connection),
            );
        }
        notes
    }
    on_both!(program);
}
