//! Transactions that watch keys, with somebody else who writes them.

use redis::{Commands, Value, cmd, pipe, transaction};

use crate::notes::Notes;
use crate::{Connect, on_both};

#[test]
#[ignore = "needs redis-server"]
fn a_transaction_is_tried_again_after_a_conflict() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let (mut connection, mut other) = (to.connect(), to.connect());
        let mut attempts = 0;
        let done = transaction(&mut connection, &["k", "l"], |connection, pipeline| {
            attempts += 1;
            let len: usize = connection.llen("k")?;
            if attempts < 3 {
                let _: usize = other.rpush("k", "conflict")?;
            }
            pipeline.rpush("k", len).ignore().lrange("k", 0, -1).query(connection)
        });
        notes.add::<(Vec<String>,)>("transaction", done);
        notes.say("attempts", attempts);
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn a_transaction_that_fails_ends_with_its_error() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        let done = transaction(&mut connection, &["k"], |connection, pipeline| {
            pipeline.lset("k", 0, "x").rpush("k", "x").query(connection)
        });
        notes.add::<Value>("transaction", done);
        let none: [&str; 0] = [];
        let unwatched = transaction(&mut connection, &none, |connection, pipeline| {
            pipeline.rpush("k", "x").query(connection)
        });
        notes.add::<Value>("no keys", unwatched);
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn a_conflict_is_nil() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let (mut connection, mut other) = (to.connect(), to.connect());
        for writes in [true, false] {
            notes.add("WATCH", cmd("WATCH").arg(&["k", "l"]).query::<Value>(&mut connection));
            if writes {
                notes.add("other", other.rpush::<_, _, Value>("l", "x"));
            }
            let mut pipeline = pipe();
            pipeline.atomic().rpush("k", "a").llen("l");
            notes.add("pipeline", pipeline.query::<Value>(&mut connection));
        }
        notes.add("WATCH", cmd("WATCH").arg("k").query::<Value>(&mut connection));
        notes.add("other", other.rpush::<_, _, Value>("k", "x"));
        let pipeline = pipe().atomic().rpush("k", "a").take_items(&mut connection);
        notes.add("as an option", pipeline);
        notes.add("UNWATCH", cmd("UNWATCH").query::<Value>(&mut connection));
        notes.add("left", connection.lrange::<_, Value>("k", 0, -1));
        notes
    }
    on_both!(program);
}

/// A result as programs take it that handle conflicts themselves.
trait TakeItems {
    fn take_items(
        &self,
        connection: &mut dyn redis::ConnectionLike,
    ) -> redis::RedisResult<Option<Vec<usize>>>;
}

impl TakeItems for redis::Pipeline {
    fn take_items(
        &self,
        connection: &mut dyn redis::ConnectionLike,
    ) -> redis::RedisResult<Option<Vec<usize>>> {
        self.query(connection)
    }
}
