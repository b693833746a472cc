//! What a client is sent at all: where it asks for no replies, and where it is killed. Here the bytes of several commands are
//! compared as one, since how many replies there are is the question.

use std::io::{self, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use redeque::{Protocol, Store};

use crate::resp::Value;
use crate::server::{Server, write_command};

/// Commands, a line each, to be said by one client.
const MUTED: [&str; 12] = [
    "CLIENT REPLY SKIP|PING|PING",
    "CLIENT REPLY SKIP|CLIENT REPLY ON",
    "CLIENT REPLY SKIP|CLIENT REPLY SKIP|PING|PING",
    "CLIENT REPLY SKIP|CLIENT REPLY foo|PING",
    "CLIENT REPLY SKIP|MULTI|PING|EXEC|PING",
    "CLIENT REPLY SKIP|NOSUCH|PING",
    "CLIENT REPLY SKIP|RESET|PING",
    "CLIENT REPLY OFF|PING|CLIENT REPLY foo|LPOP|NOSUCH|CLIENT REPLY ON|PING",
    "CLIENT REPLY OFF|CLIENT REPLY SKIP|PING|PING|CLIENT REPLY ON|PING",
    "CLIENT REPLY OFF|MULTI|PING|EXEC|CLIENT REPLY ON",
    "CLIENT REPLY OFF|RPUSH k a|BLPOP k 0|BLPOP k 0.001|CLIENT REPLY ON|LLEN k",
    "CLIENT REPLY OFF|PING|RESET|PING",
];

/// Said last, so that it is known where the replies end.
const END: [&str; 2] = ["ECHO", "the end"];

#[test]
#[ignore = "needs redis-server"]
fn who_wants_no_replies_gets_none() {
    for server in Server::start_each() {
        for lines in MUTED {
            let mut client = Stream::to(&server);
            let mut commands: Vec<Vec<&str>> =
                lines.split('|').map(|line| line.split(' ').collect()).collect();
            commands.push(END.to_vec());
            for words in &commands {
                client.send(words);
            }
            let theirs = client.read_until(&Value::Bulk(END[1].into()));
            let ours = said_to_store(&commands);
            assert_eq!(ours, theirs, "{}: {lines}", server.kind());
            client.send(&["FLUSHALL"]);
            client.read().expect("the server goes on");
        }
    }
}

/// A connection to a server on which replies are read one by one, if they come.
struct Stream(BufReader<UnixStream>);

impl Stream {
    fn to(server: &Server) -> Self {
        let stream = UnixStream::connect(server.socket()).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        Self(BufReader::new(stream))
    }

    /// A connection that is gone takes nothing, which reading will tell.
    fn send<W: AsRef<[u8]>>(&mut self, words: &[W]) {
        let mut bytes = Vec::new();
        write_command(&mut bytes, words);
        let _ = self.0.get_mut().write_all(&bytes);
    }

    fn read(&mut self) -> io::Result<Value> {
        Value::read(&mut self.0)
    }

    /// The replies up to this one.
    fn read_until(&mut self, last: &Value) -> Vec<Value> {
        let mut replies = Vec::new();
        while replies.last() != Some(last) {
            replies.push(self.read().expect("the server answers"));
        }
        replies
    }

    fn call<W: AsRef<[u8]>>(&mut self, words: &[W]) -> Value {
        self.send(words);
        self.read().expect("the server answers")
    }

    /// Whether a further command is answered.
    fn is_served(&mut self) -> bool {
        self.send(&["PING"]);
        self.read().is_ok()
    }
}

/// All that a store sends.
fn said_to_store(commands: &[Vec<&str>]) -> Vec<Value> {
    let mut connection = Store::new().connect();
    let mut bytes = Vec::new();
    for words in commands {
        connection.execute(words).write_resp(Protocol::Resp2, &mut bytes);
    }
    let mut rest = &bytes[..];
    std::iter::from_fn(|| (!rest.is_empty()).then(|| Value::read(&mut rest).expect("a reply")))
        .collect()
}

/// Whom a filter of CLIENT KILL finds, of two clients: `1` is the number of the one who asks, `2` that of the other.
#[test]
#[ignore = "needs redis-server"]
fn the_same_clients_are_killed() {
    for server in Server::start_each() {
        for filter in [
            "ID 2",
            "ID 1",
            "ID 1 SKIPME no",
            "TYPE normal",
            "TYPE normal SKIPME no",
            "TYPE pubsub SKIPME no",
            "USER default",
            "SKIPME yes",
            "SKIPME no",
            "ID 1 ID 2",
            "ID 2 TYPE normal TYPE pubsub",
            "TYPE pubsub TYPE normal",
        ] {
            assert_eq!(killed_here(filter), killed_there(&server, filter), "{}", server.kind());
        }
    }
}

/// The reply, and whether the one who asked, and the other, can go on.
fn killed_there(server: &Server, filter: &str) -> (Value, [bool; 2]) {
    let [mut one, mut other] = [(); 2].map(|()| Stream::to(server));
    let ids = [&mut one, &mut other].map(|client| match client.call(&["CLIENT", "ID"]) {
        Value::Integer(id) => id.to_string(),
        reply => panic!("no number: {reply:?}"),
    });
    let reply = one.call(&words(filter, &ids));
    (reply, [one.is_served(), other.is_served()])
}

fn killed_here(filter: &str) -> (Value, [bool; 2]) {
    let store = Store::new();
    let [mut one, mut other] = [(); 2].map(|()| store.connect());
    let ids = [one.id().to_string(), other.id().to_string()];
    let reply = one.execute(words(filter, &ids));
    let reply = Value::from_bytes(&reply.to_resp(Protocol::Resp2));
    (reply, [&mut one, &mut other].map(|client| !client.execute(["PING"]).is_error()))
}

fn words(filter: &str, ids: &[String; 2]) -> Vec<String> {
    let numbered = filter.split(' ').map(|word| match word {
        "1" => ids[0].clone(),
        "2" => ids[1].clone(),
        word => word.to_owned(),
    });
    ["CLIENT", "KILL"].map(str::to_owned).into_iter().chain(numbered).collect()
}
