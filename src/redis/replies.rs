//! The replies to a pipeline, from which the crate makes its result.

use ::redis::{
    ConnectionLike, RedisError, RedisResult, ServerError, Value, parse_redis_value, pipe,
};

/// What has come in so far.
#[derive(Debug)]
pub(super) struct Replies {
    /// How many replies at the beginning tell only whether their commands were queued.
    offset: usize,
    seen: usize,
    values: Vec<Value>,
    /// The commands that were not queued, counted from the one after MULTI.
    refused: Vec<(usize, ServerError)>,
    failure: Option<RedisError>,
}

impl Replies {
    /// For `count` commands, and before them those of the offset.
    pub(super) fn new(offset: usize, count: usize) -> Self {
        let values = Vec::with_capacity(count);
        Self { offset, seen: 0, values, refused: Vec::new(), failure: None }
    }

    #[inline]
    pub(super) fn add(&mut self, reply: RedisResult<Value>) {
        match reply {
            Ok(value) if self.seen >= self.offset => {
                self.seen += 1;
                self.values.push(value);
            }
            reply => self.note(reply),
        }
    }

    /// A reply that is not one of those asked for.
    #[cold]
    fn note(&mut self, reply: RedisResult<Value>) {
        let index = self.seen;
        self.seen += 1;
        match reply {
            Err(error) => drop(self.failure.get_or_insert(error)),
            Ok(Value::ServerError(error)) => {
                self.refused.push((index.saturating_sub(1), error));
            }
            Ok(_) => {}
        }
    }

    /// Whether the store is closed or the client said `QUIT`: a server that has gone reads no more commands.
    pub(super) fn is_broken(&self) -> bool {
        self.failure.as_ref().is_some_and(RedisError::is_connection_dropped)
    }

    pub(super) fn finish(self) -> RedisResult<Vec<Value>> {
        if !self.refused.is_empty() {
            return aborted(&self.refused);
        }
        self.failure.map_or(Ok(self.values), Err)
    }
}

/// The error of a transaction of which these commands were refused.
///
/// The crate's own can't be made outside it. That of a pipeline can, by a pipeline with these replies; its kind and
/// code are those of the first of them.
fn aborted(refused: &[(usize, ServerError)]) -> RedisResult<Vec<Value>> {
    let mut replies = Vec::new();
    for (index, error) in refused {
        let reply = if replies.is_empty() {
            let details = error.details().unwrap_or_default();
            let line = format!("-EXECABORT {} {details}", error.code());
            parse_redis_value(format!("{}\r\n", line.trim_end()).as_bytes())?
        } else {
            Value::ServerError(error.clone())
        };
        replies.resize(replies.len().max(*index), Value::Nil);
        replies.push(reply);
    }
    pipe().query::<()>(&mut Canned(replies)).map(|()| Vec::new())
}

/// A connection that has these replies to any pipeline.
struct Canned(Vec<Value>);

impl ConnectionLike for Canned {
    fn req_packed_command(&mut self, _: &[u8]) -> RedisResult<Value> {
        Ok(Value::Nil)
    }

    fn req_packed_commands(&mut self, _: &[u8], _: usize, _: usize) -> RedisResult<Vec<Value>> {
        Ok(std::mem::take(&mut self.0))
    }

    fn get_db(&self) -> i64 {
        0
    }

    fn check_connection(&mut self) -> bool {
        true
    }

    fn is_open(&self) -> bool {
        true
    }
}
