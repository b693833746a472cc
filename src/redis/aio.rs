//! The connection traits for tasks, on a connection that several of them share.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use ::redis::aio::ConnectionLike;
use ::redis::{Cmd, Pipeline, RedisFuture, RedisResult, Value};
use tokio::sync::Mutex;
use tokio::time;

use super::encode::{encode, refusal};
use super::replies::Replies;
use super::{FEW, decode, few_plain_words, plain_words};
use crate::keyspace::Promise;
use crate::{Connection, Execute, Reply};

/// A connection for tasks, a `redis::aio::ConnectionLike`: `AsyncCommands`, pipelines and `transaction_async` work on it
/// as on the `redis` crate's `MultiplexedConnection`.
///
/// A clone is another handle on the *same* connection, with its transaction and the keys that it watches. Their commands
/// and pipelines are carried out one at a time, in the order in which they were first polled. So a command that waits
/// holds up all clones, as on a multiplexed connection to a server: give a task that waits a connection of its own. It does
/// not hold up the thread.
///
/// On a server, a connection for tasks needs to be told that replies may take their time, or a command that waits for
/// longer than half a second is an error:
///
/// ```no_run
/// # async fn connect() -> redis::RedisResult<redis::aio::MultiplexedConnection> {
/// let config = redis::AsyncConnectionConfig::new().set_response_timeout(None);
/// let client = redis::Client::open("redis://queue.example")?;
/// client.get_multiplexed_async_connection_with_config(&config).await
/// # }
/// ```
///
/// A future may be dropped at any time. A command that waited then has changed nothing; of a pipeline, what follows the
/// command that waited is not run. (A multiplexed connection would still run it.)
///
/// Words are [copied](crate::redis#copies) no more than by a [`Connection`] that is used by a thread. It is
/// [`execute_async`](Connection::execute_async) that copies all of them.
///
/// The time limit of a command that waits is kept by tokio, which the `redis` crate brings with it.
///
/// # Panics
///
/// A command that has to wait for a limited time panics outside a tokio runtime, and in one whose timers are not
/// enabled, as [`tokio::time::sleep`] does. Every other command runs under any executor.
///
/// ```
/// use redeque::Store;
/// use redeque::redis::AsyncConnection;
/// use redis::AsyncCommands;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let mut connection = AsyncConnection::new(Store::new().connect());
/// let _: usize = connection.rpush("jobs", "first").await?;
/// let taken: Option<(String, String)> = connection.blpop("jobs", 1.0).await?;
/// assert_eq!(taken, Some(("jobs".into(), "first".into())));
/// let taken: Option<(String, String)> = connection.blpop("jobs", 0.01).await?;
/// assert_eq!(taken, None);
/// # Ok::<(), redis::RedisError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct AsyncConnection {
    connection: Arc<Mutex<Connection>>,
}

impl AsyncConnection {
    /// A handle on this connection, to be cloned for each task that is to share it.
    ///
    /// ```
    /// use redeque::{Store, redis::AsyncConnection};
    ///
    /// let connection = AsyncConnection::new(Store::new().connect());
    /// let same_connection = connection.clone();
    /// ```
    pub fn new(connection: Connection) -> Self {
        Self { connection: Arc::new(Mutex::new(connection)) }
    }
}

impl fmt::Debug for AsyncConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncConnection").finish_non_exhaustive()
    }
}

impl ConnectionLike for AsyncConnection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let mut connection = self.connection.lock().await;
            let mut room = [&[][..]; FEW];
            let reply = if let Some(words) = few_plain_words(cmd, &mut room) {
                ask(&mut connection, words).await
            } else if let Some(words) = plain_words(cmd) {
                ask(&mut connection, &words).await
            } else {
                let packed = cmd.get_packed_command();
                ask(&mut connection, decode::commands(&packed, 1)?.only()).await
            };
            if cmd.is_no_response() { reply.map(|_| Value::Nil) } else { reply }
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let packed = pipeline.get_packed_pipeline();
            let commands = decode::commands(&packed, offset.saturating_add(count))?;
            let mut replies = Replies::new(offset, count);
            let mut connection = self.connection.lock().await;
            let mut promise = None;
            for words in commands.iter() {
                replies.add(ask_in_line(&mut connection, words, &mut promise).await);
                if replies.is_broken() {
                    break;
                }
            }
            // The last one is that of all: one look at the disk for a whole pipeline.
            if let Some(mut promise) = promise {
                let kept = poll_fn(|context| promise.poll(context.waker())).await;
                kept.map_err(|error| refusal(error, connection.protocol()))?;
            }
            replies.finish()
        })
    }

    /// Always 0: a store has one database.
    fn get_db(&self) -> i64 {
        0
    }
}

/// As [`Connection::ask`], for a task.
async fn ask(connection: &mut Connection, words: &[&[u8]]) -> RedisResult<Value> {
    connection.check_open()?;
    let reply = match connection.say_async(words) {
        Ok(reply) => reply,
        Err(unfinished) => finish(unfinished).await,
    };
    encode(reply, connection.protocol())
}

/// The same for a command in a line of them. What it promises is settled by who waits for the last promise.
async fn ask_in_line(
    connection: &mut Connection,
    words: &[&[u8]],
    last: &mut Option<Promise>,
) -> RedisResult<Value> {
    connection.check_open()?;
    let reply = match connection.say_async(words).map_err(Execute::into_promised) {
        Ok(reply) => reply,
        Err(Ok((reply, promise))) => {
            *last = Some(promise);
            reply
        }
        Err(Err(unfinished)) => finish(unfinished).await,
    };
    encode(reply, connection.protocol())
}

/// Goes on with a command, until its own timeout.
async fn finish(mut execute: Execute<'_>) -> Reply {
    // Only a command that does wait needs a clock.
    let at_once = poll_fn(|context| Poll::Ready(Pin::new(&mut execute).poll(context))).await;
    if let Poll::Ready(reply) = at_once {
        return reply;
    }
    let Some(timeout) = execute.timeout() else { return execute.await };
    if let Ok(reply) = time::timeout(timeout, &mut execute).await {
        return reply;
    }
    execute.time_out();
    execute.await
}
