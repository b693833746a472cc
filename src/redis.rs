//! The [`redis`](https://docs.rs/redis) crate's connection traits, so that a program written for that crate runs on a
//! store in its own process, and on a server or a cluster when it outgrows the process.
//!
//! A [`Connection`] is a `redis::ConnectionLike`. `Commands`, `TypedCommands`, `redis::cmd`, pipelines, plain and
//! atomic, `redis::transaction` and the iterators of `scan` work on it as on a connection to a server, and return what
//! they return there: the same values, and errors of the same kind, code and detail. What a command does, and what is
//! supported, is in [`command`](crate::command).
//!
//! With the feature `redis-async` there is [`AsyncConnection`] for tasks, with `AsyncCommands` and
//! `redis::aio::transaction_async`.
//!
//! ```
//! use redeque::Store;
//! use redis::Commands;
//!
//! /// Knows nothing of where the lists are.
//! fn work(connection: &mut impl redis::ConnectionLike) -> redis::RedisResult<Vec<String>> {
//!     let _: usize = connection.rpush("jobs", &["first", "second"])?;
//!     let taken: Option<String> = connection.lpop("jobs", None)?;
//!     assert_eq!(taken.as_deref(), Some("first"));
//!     redis::pipe().atomic().rpush("jobs", "third").ignore().lrange("jobs", 0, -1).query(connection)
//!         .map(|(left,)| left)
//! }
//!
//! assert_eq!(work(&mut Store::new().connect())?, ["second", "third"]);
//! # Ok::<(), redis::RedisError>(())
//! ```
//!
//! # Copies
//!
//! The words of a command by itself are read where the crate has them. Those of a command with a cursor, as the iterators of
//! `scan` have it, and of a pipeline are packed by the crate into one buffer, and read there. Beside that, what outlives the
//! call is copied: elements, commands that `MULTI` queues, and the keys of a command that has to wait.
//!
//! # Differences
//!
//! - Where a command of an atomic pipeline is refused before `EXEC`, the crate makes an error that only it can make. Here
//!   it is one of a pipeline with the same kind and code, no detail either, and the same commands in
//!   [`into_server_errors`](::redis::RedisError::into_server_errors); but the first of these has the code `EXECABORT`,
//!   and its own code begins its details.
//! - Bytes that are no commands, or not as many as replies are asked for, are an error of the kind `Client`. To a server
//!   they would be sent.
//! - There are no sockets and no time limits of their own. After `QUIT`, every call fails as on a broken connection.
//!
//! # A closed store
//!
//! To a program, a store that is [closed](crate::Store::close) is a server that has gone. A command that it refuses, and a
//! wait that it ends, return an error of the kind `Io` for which
//! [`is_connection_dropped`](::redis::RedisError::is_connection_dropped) and
//! [`is_unrecoverable_error`](::redis::RedisError::is_unrecoverable_error) are true, with the text of
//! [`Error::Closed`](crate::Error::Closed). So a loop that ends where its server does, ends:
//!
//! ```
//! use redis::Commands;
//!
//! let store = redeque::Store::new();
//! let worker = std::thread::spawn({
//!     let mut connection = store.connect();
//!     move || loop {
//!         match connection.blpop::<_, (String, String)>("jobs", 0.0) {
//!             Ok((_, job)) => println!("{job}"),
//!             Err(error) if error.is_connection_dropped() => break,
//!             Err(error) => panic!("{error}"),
//!         }
//!     }
//! });
//! store.close();
//! worker.join().unwrap();
//! ```
//!
//! All other commands go on, also on a connection that has had this error, so that lists can be drained. A pipeline ends at
//! the first command that is refused, and does not run those behind it; an atomic one runs all others. Both return the error
//! alone, also with [`ignore_errors`](::redis::Pipeline::ignore_errors), so what they popped is not seen: pop by single
//! commands, or by pipelines that push nothing.

#[cfg(feature = "redis-async")]
mod aio;
mod decode;
mod encode;
mod replies;

use std::io;

use ::redis::{Arg, Cmd, ConnectionLike, ErrorKind, RedisError, RedisResult, Value};

#[cfg(feature = "redis-async")]
pub use self::aio::AsyncConnection;
use self::encode::{encode, refusal};
use self::replies::Replies;
use crate::{Connection, Reply};

/// Most commands have no more words than this: they need no allocation.
const FEW: usize = 4;

impl Connection {
    /// Runs one command and returns its reply as the crate would read it from a server.
    #[inline]
    fn ask(&mut self, words: &[&[u8]]) -> RedisResult<Value> {
        self.ask_for(words, |reply| reply)
    }

    /// The same for somebody who puts the reply in a place of its own. The two kinds that are most common are made there of
    /// what the command wrote; handed on whole, each would be copied several times right after it was written.
    #[inline]
    fn ask_for<R>(&mut self, words: &[&[u8]], put: impl FnOnce(RedisResult<Value>) -> R) -> R {
        if let Err(closed) = self.check_open() {
            return put(Err(closed));
        }
        match self.say(words) {
            Reply::Integer(number) => put(Ok(Value::Int(number))),
            // Word by word, which a box forces.
            Reply::Bulk(bytes) => put(Ok(Value::BulkString(bytes.into_boxed_slice().into_vec()))),
            reply => put(encode(reply, self.protocol())),
        }
    }

    /// The same for any command of the crate's.
    #[inline(never)]
    fn ask_at_length(&mut self, cmd: &Cmd) -> RedisResult<Value> {
        match plain_words(cmd) {
            Some(words) => self.ask(&words),
            None => self.req_packed_command(&cmd.get_packed_command()),
        }
    }

    fn check_open(&self) -> RedisResult<()> {
        if self.is_closed() {
            return Err(io::Error::from(io::ErrorKind::BrokenPipe).into());
        }
        Ok(())
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command(&mut self, cmd: &[u8]) -> RedisResult<Value> {
        self.ask(decode::commands(cmd, 1)?.only())
    }

    fn req_packed_commands(
        &mut self,
        cmd: &[u8],
        offset: usize,
        count: usize,
    ) -> RedisResult<Vec<Value>> {
        let commands = decode::commands(cmd, offset.saturating_add(count))?;
        let mut replies = Replies::new(offset, count);
        let kept = self.together(|connection| {
            for words in commands.iter() {
                connection.ask_for(words, |reply| replies.add(reply));
                if replies.is_broken() {
                    break;
                }
            }
        });
        kept.map_err(|error| refusal(error, self.protocol()))?;
        replies.finish()
    }

    fn req_command(&mut self, cmd: &Cmd) -> RedisResult<Value> {
        if cmd.is_no_response() {
            return self.ask_at_length(cmd).map(|_| Value::Nil);
        }
        let mut room = [&[][..]; FEW];
        match few_plain_words(cmd, &mut room) {
            Some(words) => self.ask(words),
            None => self.ask_at_length(cmd),
        }
    }

    /// Always 0: a store has one database.
    fn get_db(&self) -> i64 {
        0
    }

    /// True unless the client said `QUIT`.
    fn check_connection(&mut self) -> bool {
        ::redis::cmd("PING").query::<String>(self).is_ok()
    }

    /// True unless the client said `QUIT`.
    fn is_open(&self) -> bool {
        !self.is_closed()
    }
}

/// The words of a command; none if there are none, or if the crate keeps one of them, a cursor, to itself.
fn plain_words(cmd: &Cmd) -> Option<Vec<&[u8]>> {
    let words = cmd.args_iter().map(|word| match word {
        Arg::Simple(bytes) => Some(bytes),
        _ => None,
    });
    words.collect::<Option<Vec<_>>>().filter(|words| !words.is_empty())
}

/// The same without an allocation; also none if there is no room for them.
#[inline]
fn few_plain_words<'w, 'c>(cmd: &'c Cmd, room: &'w mut [&'c [u8]; FEW]) -> Option<&'w [&'c [u8]]> {
    let args = cmd.args_iter();
    let words = room.get_mut(..args.len()).filter(|words| !words.is_empty())?;
    for (word, arg) in words.iter_mut().zip(args) {
        let Arg::Simple(bytes) = arg else { return None };
        *word = bytes;
    }
    Some(words)
}

fn client_error(what: &'static str) -> RedisError {
    (ErrorKind::Client, what).into()
}
