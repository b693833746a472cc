//! The same for tasks: programs written against the crate's `aio`, on both sides.

use std::cell::Cell;
use std::future::Future;
use std::num::NonZeroUsize;
use std::time::Duration;

use futures_lite::future::zip;
use redeque::Store;
use redeque::redis::AsyncConnection;
use redis::aio::{ConnectionLike, MultiplexedConnection, transaction_async};
use redis::{
    AsyncCommands, AsyncConnectionConfig, AsyncIter, AsyncTypedCommands, Cmd, Direction,
    LposOptions, RedisResult, Value, cmd, pipe,
};

use crate::closing::{closed_store, is_gone};
use crate::commands::{generic_methods, list_methods};
use crate::notes::{self, Notes};
use crate::server::Server;

/// As [`crate::Connect`], for tasks.
trait Connect {
    type Connection: ConnectionLike + Clone + Send + Sync + 'static;

    fn connect(&self) -> impl Future<Output = Self::Connection>;
}

struct ToStore {
    store: Store,
    protocol: u8,
}

struct ToServer {
    client: redis::Client,
    protocol: u8,
}

impl Connect for ToStore {
    type Connection = AsyncConnection;

    async fn connect(&self) -> Self::Connection {
        greet(AsyncConnection::new(self.store.connect()), self.protocol).await
    }
}

impl Connect for ToServer {
    type Connection = MultiplexedConnection;

    async fn connect(&self) -> Self::Connection {
        // The crate would give up on a command that waits.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await;
        greet(connection.expect("the server listens"), self.protocol).await
    }
}

async fn greet<C: ConnectionLike>(mut connection: C, protocol: u8) -> C {
    cmd("HELLO").arg(protocol).exec_async(&mut connection).await.expect("a greeting");
    connection
}

fn run<T>(future: impl Future<Output = T>) -> T {
    // One thread: a command that blocked it would never be served.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

macro_rules! on_both {
    ($program:path) => {
        for server in Server::start_each() {
            for protocol in [2, 3] {
                let to_store = ToStore { store: Store::new(), protocol };
                let to_server = ToServer { client: crate::client(&server), protocol };
                let ours = run($program(&to_store));
                let theirs = run(async {
                    let theirs = $program(&to_server).await;
                    let mut connection = to_server.connect().await;
                    cmd("FLUSHALL").exec_async(&mut connection).await.expect("an empty server");
                    theirs
                });
                notes::compare(&ours, &theirs, server.kind(), protocol);
            }
        }
    };
}

#[test]
#[ignore = "needs redis-server"]
fn every_list_method_returns_the_same() {
    async fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect().await;
        macro_rules! call {
            ($method:ident($($arg:expr),*)) => {
                let outcome: RedisResult<Value> =
                    AsyncCommands::$method(&mut connection, $($arg),*).await;
                notes.add(stringify!($method($($arg),*)), outcome);
            };
        }
        list_methods!(call);
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn every_list_method_returns_the_same_as_a_type_of_the_callers() {
    async fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect().await;
        macro_rules! call {
            ($type:ty, $method:ident($($arg:expr),*)) => {
                let outcome: RedisResult<$type> =
                    AsyncCommands::$method(&mut connection, $($arg),*).await;
                notes.add(stringify!($method($($arg),*) -> $type), outcome);
            };
        }
        generic_methods!(call);
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn every_typed_list_method_returns_the_same() {
    async fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect().await;
        macro_rules! call {
            ($method:ident($($arg:expr),*)) => {
                let outcome = AsyncTypedCommands::$method(&mut connection, $($arg),*).await;
                notes.add(stringify!($method($($arg),*)), outcome);
            };
        }
        list_methods!(call);
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn errors_and_pipelines_return_the_same() {
    async fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect().await;
        for words in [&["LSET", "k", "0", "x"][..], &["NO-SUCH", "x"], &["EXEC"], &["HELLO", "9"]] {
            let command = cmd(words[0]).arg(&words[1..]).take();
            notes.add(words[0], command.query_async::<Value>(&mut connection).await);
        }
        notes.add("no words", Cmd::new().query_async::<Value>(&mut connection).await);
        notes.add("no commands", pipe().query_async::<Value>(&mut connection).await);

        let mut plain = pipe();
        plain.rpush("k", &["a", "b"]).ignore().blpop("k", 0.0).blpop("none", 0.001).llen("k");
        notes.add("plain", plain.query_async::<Value>(&mut connection).await);
        plain.lset("none", 0, "x").cmd("LLEN");
        notes.add("errors", plain.query_async::<Value>(&mut connection).await);
        plain.ignore_errors();
        notes.add("errors by item", plain.query_async::<Value>(&mut connection).await);

        let mut atomic = pipe();
        atomic.atomic().rpush("k", "c").ignore().blpop("none", 0.0).lrange("k", 0, -1);
        notes.add("atomic", atomic.query_async::<Value>(&mut connection).await);
        atomic.lset("none", 0, "x");
        notes.add("atomic, errors", atomic.query_async::<Value>(&mut connection).await);
        atomic.cmd("LLEN").cmd("NO-SUCH");
        let aborted = atomic.query_async::<Value>(&mut connection).await;
        notes.add_aborted("aborted", aborted);
        notes.add("left", AsyncCommands::llen::<_, Value>(&mut connection, "k").await);

        notes.add("QUIT", cmd("QUIT").query_async::<Value>(&mut connection).await);
        notes.add("after QUIT", cmd("PING").query_async::<Value>(&mut connection).await);
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn a_transaction_of_clones_is_tried_again_after_a_conflict() {
    async fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let (connection, other) = (to.connect().await, to.connect().await);
        let attempts = Cell::new(0);
        let done = transaction_async(connection.clone(), &["k"], |mut connection, mut pipeline| {
            let mut other = other.clone();
            let attempts = &attempts;
            async move {
                attempts.set(attempts.get() + 1);
                let len: usize = AsyncCommands::llen(&mut connection, "k").await?;
                if attempts.get() < 3 {
                    let _: usize = AsyncCommands::rpush(&mut other, "k", "conflict").await?;
                }
                pipeline.rpush("k", len).ignore().lrange("k", 0, -1);
                pipeline.query_async(&mut connection).await
            }
        });
        notes.add::<(Vec<String>,)>("transaction", done.await);
        notes.say("attempts", attempts.get());

        // What one clone watches ends the other's transaction.
        let (mut one, mut another) = (connection.clone(), connection);
        notes.add("WATCH", cmd("WATCH").arg("k").query_async::<Value>(&mut one).await);
        let mut third = to.connect().await;
        notes.add("other", AsyncCommands::del::<_, Value>(&mut third, "k").await);
        let conflict = pipe().atomic().rpush("k", "x").query_async::<Value>(&mut another).await;
        notes.add("conflict", conflict);
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn a_command_that_waits_lets_other_tasks_run() {
    async fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let (mut waiting, mut other) = (to.connect().await, to.connect().await);
        let popped = AsyncCommands::blpop::<_, Value>(&mut waiting, "k", 0.0);
        let pushed = AsyncCommands::rpush::<_, _, Value>(&mut other, "k", "x");
        let (popped, pushed) = zip(popped, pushed).await;
        notes.add("popped", popped);
        notes.add("pushed", pushed);
        let popped = AsyncCommands::brpop::<_, Value>(&mut waiting, "k", 100.0);
        let pushed = AsyncCommands::rpush::<_, _, Value>(&mut other, "k", "y");
        let (popped, pushed) = zip(popped, pushed).await;
        notes.add("popped in time", popped);
        notes.add("pushed", pushed);
        notes
    }
    on_both!(program);
}

#[test]
#[ignore = "needs redis-server"]
fn the_iterator_finds_every_key() {
    async fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect().await;
        for number in 0..100 {
            let key = format!("key:{number}");
            let _: usize =
                AsyncCommands::rpush(&mut connection, key, number).await.expect("a list");
        }
        let mut found = Vec::new();
        let mut keys: AsyncIter<'_, String> =
            AsyncCommands::scan_match(&mut connection, "*7*").await.expect("a first page");
        while let Some(key) = keys.next_item().await {
            found.push(key.expect("a key"));
        }
        found.sort();
        found.dedup();
        notes.say("found", found);
        notes
    }
    on_both!(program);
}

#[test]
fn a_future_that_is_dropped_while_it_waits_takes_nothing() {
    run(async {
        let store = Store::new();
        let mut connection = AsyncConnection::new(store.connect());
        let waiting = AsyncCommands::blpop::<_, Value>(&mut connection, "k", 0.0);
        assert!(tokio::time::timeout(Duration::from_millis(1), waiting).await.is_err());
        store.rpush("k", "x").expect("an element");
        assert_eq!(AsyncCommands::llen(&mut connection, "k").await, Ok(1));
    });
}

#[test]
fn commands_of_clones_are_carried_out_in_their_order() {
    run(async {
        let store = Store::new();
        let connection = AsyncConnection::new(store.connect());
        let [mut first, mut second, mut third] = [(); 3].map(|()| connection.clone());
        let mut both = pipe();
        both.blpop("k", 0.0).rpush("order", "first");
        let waiting = both.exec_async(&mut first);
        let later = AsyncCommands::rpush::<_, _, usize>(&mut second, "order", "second");
        let serving = async {
            let served = store.rpush("k", "x");
            let third = AsyncCommands::rpush::<_, _, usize>(&mut third, "order", "third").await;
            (served, third)
        };
        let ((first, second), third) = zip(zip(waiting, later), serving).await;
        assert_eq!((first, second, third), (Ok(()), Ok(2), (Ok(1), Ok(3))));
        assert_eq!(store.lrange("order", 0, -1), [&b"first"[..], b"second", b"third"]);
    });
}

#[test]
fn what_a_closed_store_refuses_is_a_lost_connection() {
    run(async {
        let store = closed_store();
        let mut connection = AsyncConnection::new(store.connect());
        is_gone(&cmd("RPUSH").arg("k").arg("x").exec_async(&mut connection).await.unwrap_err());
        is_gone(&cmd("BLPOP").arg("none").arg(0).exec_async(&mut connection).await.unwrap_err());
        let mut plain = pipe();
        plain.lset("k", 0, "A").rpush("k", "x").lpop("k", None);
        is_gone(&plain.exec_async(&mut connection).await.unwrap_err());
        let mut atomic = pipe();
        atomic.atomic().rpush("k", "x").lset("k", 2, "C");
        is_gone(&atomic.exec_async(&mut connection).await.unwrap_err());
        assert_eq!(store.lrange("k", 0, -1), [b"A", b"b", b"C"]);
        let popped = AsyncCommands::blpop(&mut connection, "k", 0.0).await;
        assert_eq!(popped, Ok(("k".to_owned(), "A".to_owned())));
    });
}

#[test]
fn a_task_whose_wait_is_ended_by_closing_has_lost_its_connection() {
    for timeout in [0.0, 100.0] {
        run(async {
            let store = Store::new();
            let mut waiting = AsyncConnection::new(store.connect());
            let mut piped = AsyncConnection::new(store.connect());
            let mut pipeline = pipe();
            pipeline.blpop("none", timeout).rpush("k", "x");
            let waits = zip(
                AsyncCommands::brpop::<_, Value>(&mut waiting, "none", timeout),
                pipeline.query_async::<Value>(&mut piped),
            );
            let closing = async {
                assert_eq!(store.blocked_clients(), 2);
                store.close();
            };
            let ((alone, piped), ()) = zip(waits, closing).await;
            is_gone(&alone.unwrap_err());
            is_gone(&piped.unwrap_err());
        });
    }
}
