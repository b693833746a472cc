//! Programs written against the `redis` crate alone, run on a store and on a server: everything that they see is the same.
//!
//! Each program notes the outcome of every call, errors field by field. It runs on a `redeque::Connection` and on a
//! `redis::Connection` to servers of the test's own, in both versions of the protocol, and the notes are compared. The
//! tests that need a server are ignored unless they are asked for.
#![cfg(unix)]

mod batches;
mod closing;
mod commands;
mod errors;
mod notes;
mod pipelines;
#[path = "../support/resp.rs"]
#[expect(dead_code, reason = "shared with the tests that compare replies")]
mod resp;
mod scan;
#[path = "../support/server.rs"]
#[expect(dead_code, reason = "shared with the tests that compare replies")]
mod server;
mod setup;
#[cfg(feature = "redis-async")]
mod tasks;
mod transactions;

use notes::Notes;
use redeque::Store;
use redis::ConnectionLike;
use server::Server;

/// What a program gets: a way to connect to the lists, which are empty at first.
trait Connect: Sync {
    type Connection: ConnectionLike + Send;

    fn connect(&self) -> Self::Connection;
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
    type Connection = redeque::Connection;

    fn connect(&self) -> Self::Connection {
        greet(self.store.connect(), self.protocol)
    }
}

impl Connect for ToServer {
    type Connection = redis::Connection;

    fn connect(&self) -> Self::Connection {
        greet(self.client.get_connection().expect("the server listens"), self.protocol)
    }
}

fn greet<C: ConnectionLike>(mut connection: C, protocol: u8) -> C {
    redis::cmd("HELLO").arg(protocol).exec(&mut connection).expect("a greeting");
    connection
}

fn client(server: &Server) -> redis::Client {
    redis::Client::open(format!("unix://{}", server.socket().display())).expect("an address")
}

/// Runs a program on both sides, with this name in scope for what connects.
macro_rules! on_both {
    ($program:path) => {
        for server in $crate::server::Server::start_each() {
            for protocol in [2, 3] {
                let to_store = $crate::ToStore { store: redeque::Store::new(), protocol };
                let to_server = $crate::ToServer { client: $crate::client(&server), protocol };
                let ours = $program(&to_store);
                let theirs = $program(&to_server);
                $crate::notes::compare(&ours, &theirs, server.kind(), protocol);
                redis::cmd("FLUSHALL").exec(&mut to_server.connect()).expect("an empty server");
            }
        }
    };
}
use on_both;

#[test]
#[ignore = "needs redis-server"]
fn a_connection_says_of_itself_what_one_to_a_server_does() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        notes.say("database", connection.get_db());
        notes.say("pipelining", connection.supports_pipelining());
        notes.say("alive", connection.check_connection());
        notes.say("open", connection.is_open());
        notes.add("QUIT", redis::cmd("QUIT").query::<redis::Value>(&mut connection));
        notes.say("alive after QUIT", connection.check_connection());
        notes.add("after QUIT", redis::cmd("PING").query::<redis::Value>(&mut connection));
        notes
    }
    on_both!(program);
}

/// Not compared: when the crate notices that a server has gone depends on what its socket tells first.
#[test]
fn a_connection_is_open_until_it_says_quit() {
    let mut connection = Store::new().connect();
    assert!(ConnectionLike::is_open(&connection));
    redis::cmd("QUIT").exec(&mut connection).expect("a goodbye");
    assert!(!ConnectionLike::is_open(&connection));
}
