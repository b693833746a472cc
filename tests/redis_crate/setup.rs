//! What the crate says of its own when it connects, and what programs ask of a server: nothing of it is refused.
//!
//! A connection to a store is made without any of it. Here the crate's own client connects, by a socket behind which a store
//! answers: a refusal that the crate ignores is seen there.

use std::fs;
use std::io::{BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::thread;

use redeque::{Connection, Protocol, Store};
use redis::{Commands, ConnectionInfo, InfoDict, IntoConnectionInfo, ProtocolVersion, RedisResult};

use crate::notes::Notes;
use crate::resp::Value;
use crate::{Connect, on_both};

/// A place for a socket, gone when the test ends.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Answers one client from a store until it goes, and returns what it said and what it was answered.
fn answer(stream: &UnixStream, mut connection: Connection) -> Vec<(String, Value)> {
    let mut input = BufReader::new(stream);
    let mut said = Vec::new();
    while let Ok(Value::Array(words)) = Value::read(&mut input) {
        let words: Vec<Vec<u8>> = words
            .into_iter()
            .map(|word| match word {
                Value::Bulk(word) => word,
                other => panic!("a word that is {other:?}"),
            })
            .collect();
        let bytes = connection.execute(&words).to_resp(connection.protocol());
        let line = words.iter().map(|word| String::from_utf8_lossy(word)).collect::<Vec<_>>();
        said.push((line.join(" "), Value::from_bytes(&bytes)));
        let mut output = stream;
        output.write_all(&bytes).expect("the crate listens");
    }
    said
}

/// Connects the crate's own client to a store, and returns what it said.
fn connect(
    name: &str,
    store: &Store,
    configure: impl FnOnce(ConnectionInfo) -> ConnectionInfo,
    program: impl FnOnce(&mut redis::Connection),
) -> Vec<(String, Value)> {
    let file = format!("redeque-{}-{name}", std::process::id());
    let place = Place(std::env::temp_dir().join(file));
    let listener = UnixListener::bind(&place.0).expect("a socket");
    let address = format!("unix://{}", place.0.display());
    let info = configure(address.into_connection_info().expect("an address"));
    thread::scope(|scope| {
        let answering = scope.spawn(|| {
            let (stream, _) = listener.accept().expect("the crate connects");
            answer(&stream, store.connect())
        });
        let client = redis::Client::open(info).expect("a client");
        let mut connection = client.get_connection().expect("nothing is refused");
        program(&mut connection);
        drop(connection);
        answering.join().expect("all is read")
    })
}

fn lines(said: &[(String, Value)]) -> Vec<&str> {
    said.iter().map(|(line, _)| line.as_str()).collect()
}

#[test]
fn the_crate_connects_with_a_password_and_a_library_and_no_refusal_is_ignored() {
    for (version, greeting) in [
        (ProtocolVersion::RESP2, "AUTH default secret"),
        (ProtocolVersion::RESP3, "HELLO 3 AUTH default secret"),
    ] {
        let store = Store::new();
        let configure = |info: ConnectionInfo| {
            let settings = info.redis_settings().clone();
            info.set_redis_settings(
                settings
                    .set_protocol(version)
                    .set_username("default")
                    .set_password("secret")
                    .set_lib_name("my-library", "1.2"),
            )
        };
        let said = connect(&format!("{version:?}"), &store, configure, |connection| {
            let _: () = connection.client_setname("me").expect("a name");
            let about: String = redis::cmd("CLIENT").arg("INFO").query(connection).expect("a line");
            for part in ["name=me ", "lib-name=my-library lib-ver=1.2", "user=default"] {
                assert!(about.contains(part), "{about}");
            }
        });
        assert_eq!(
            lines(&said),
            [
                greeting,
                "CLIENT SETINFO LIB-NAME my-library",
                "CLIENT SETINFO LIB-VER 1.2",
                "CLIENT SETNAME me",
                "CLIENT INFO"
            ]
        );
        assert!(said.iter().all(|(_, reply)| !reply.is_error()), "{said:?}");
    }
}

#[test]
fn a_password_alone_is_refused_as_by_a_server_that_has_none() {
    let mut connection = Store::new().connect();
    let refused = redis::cmd("AUTH").arg("secret").query::<()>(&mut connection).unwrap_err();
    assert!(refused.to_string().contains("without any password configured"), "{refused}");
    let wrong = redis::cmd("AUTH").arg("somebody").arg("x").query::<()>(&mut connection);
    assert_eq!(wrong.unwrap_err().code(), Some("WRONGPASS"));
}

#[test]
fn a_killed_connection_is_a_lost_one() {
    let store = Store::new();
    let (mut one, mut other) = (store.connect(), store.connect());
    let killed: RedisResult<usize> =
        redis::cmd("CLIENT").arg("KILL").arg("ID").arg(other.id()).query(&mut one);
    assert_eq!(killed, Ok(1));
    let lost = other.rpush::<_, _, usize>("k", "x").expect_err("it is gone");
    assert!(lost.is_io_error() && lost.is_connection_dropped(), "{lost:?}");
    assert!(!redis::ConnectionLike::is_open(&other));
}

#[test]
fn a_connection_that_is_killed_in_its_wait_is_a_lost_one() {
    let store = Store::new();
    let mut waiting = store.connect();
    let id = waiting.id();
    thread::scope(|scope| {
        let waited = scope.spawn(move || waiting.blpop::<_, (String, String)>("k", 0.0));
        while store.blocked_clients() == 0 {
            thread::yield_now();
        }
        let killed = store.connect().execute(["CLIENT", "KILL", "ID", &id.to_string()]);
        assert_eq!(killed.as_integer(), Some(1));
        let lost = waited.join().expect("no panic").expect_err("it is gone");
        assert!(lost.is_connection_dropped() && lost.is_unrecoverable_error(), "{lost:?}");
    });
}

/// A reply that is not to come is none that the crate waits for.
#[test]
fn silence_is_nil() {
    let mut connection = Store::new().connect();
    let mut say = |words: &[&str]| redis::cmd(words[0]).arg(&words[1..]).query(&mut connection);
    assert_eq!(say(&["CLIENT", "REPLY", "OFF"]), Ok(redis::Value::Nil));
    assert_eq!(say(&["RPUSH", "k", "a"]), Ok(redis::Value::Nil));
    assert_eq!(say(&["CLIENT", "REPLY", "ON"]), Ok(redis::Value::Okay));
    assert_eq!(say(&["LLEN", "k"]), Ok(redis::Value::Int(1)));
}

#[test]
#[ignore = "needs redis-server"]
fn what_programs_ask_of_a_server_is_the_same() {
    fn program(to: &impl Connect) -> Notes {
        let mut notes = Notes::default();
        let mut connection = to.connect();
        let mut ask = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            let reply =
                redis::cmd(words[0]).arg(&words[1..]).query::<redis::Value>(&mut connection);
            notes.add(line, reply);
        };
        for line in [
            "AUTH default x",
            "AUTH x",
            "CLIENT SETNAME me",
            "CLIENT GETREDIR",
            "CLIENT NO-EVICT on",
            "CLIENT LIST ID 1000000",
            "CLIENT KILL ID 1000000",
            "CONFIG GET maxmemory",
            "CONFIG SET nosuch 1",
            "INFO cluster",
            "WAIT 0 0",
            "SWAPDB 0 0",
            "SWAPDB 0 1",
            "MOVE k 0",
            "OBJECT FREQ none",
            "MEMORY USAGE none",
            "COMMAND GETKEYS rpush a b",
        ] {
            ask(line);
        }
        notes
    }
    on_both!(program);
}

/// The crate reads a text for people in either protocol.
#[test]
fn information_is_a_dictionary() {
    for protocol in [Protocol::Resp2, Protocol::Resp3] {
        let store = Store::new();
        let mut connection = store.connect();
        if protocol == Protocol::Resp3 {
            redis::cmd("HELLO").arg(3).exec(&mut connection).expect("a greeting");
        }
        let info: InfoDict = redis::cmd("INFO").query(&mut connection).expect("a text");
        assert_eq!(info.get::<String>("redis_mode").as_deref(), Some("standalone"));
        assert_eq!(info.get::<usize>("connected_clients"), Some(1));
    }
}
