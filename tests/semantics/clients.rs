//! Connections as others see them, and the figures of a store.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use redeque::{Connection, Protocol, Reply, Store};

fn say(connection: &mut Connection, line: &str) -> Reply {
    connection.execute(line.split(' '))
}

fn refused(text: &str) -> Reply {
    Reply::Error(text.as_bytes().to_vec())
}

fn text(reply: Reply) -> String {
    String::from_utf8(reply.into_bytes().expect("a text")).expect("UTF-8")
}

fn gone() -> Reply {
    refused("ERR the connection is closed")
}

/// A field of the line of CLIENT LIST about this connection.
fn told(by: &mut Connection, about: u64, field: &str) -> String {
    let list = text(say(by, "CLIENT LIST"));
    let line = list.lines().find(|line| line.starts_with(&format!("id={about} ")));
    let line = line.unwrap_or_else(|| panic!("no client {about} in {list}"));
    let value = line.split(' ').find_map(|part| part.strip_prefix(&format!("{field}=")));
    value.unwrap_or_else(|| panic!("no {field} in {line}")).to_owned()
}

#[test]
fn a_connection_tells_all_of_itself_in_one_line() {
    let store = Store::new();
    let mut connection = store.connect();
    for line in ["CLIENT SETNAME me", "CLIENT SETINFO LIB-NAME lib", "CLIENT SETINFO lib-ver 7"] {
        assert_eq!(say(&mut connection, line), Reply::ok());
    }
    let line = "id=1 addr=?:0 laddr=?:0 fd=-1 name=me age=0 flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 watch=0 \
        user=default redir=-1 resp=2 lib-name=lib lib-ver=7\n";
    assert_eq!(text(say(&mut connection, "CLIENT INFO")), line);
    assert_eq!(text(say(&mut connection, "CLIENT LIST")), line);
    assert_eq!(text(say(&mut store.connect(), "CLIENT LIST ID 1 1 77 -1")), line.repeat(2));
}

#[test]
fn a_list_of_clients_follows_what_they_do() {
    let store = Store::new();
    let (mut one, mut other) = (store.connect(), store.connect());
    let mut told = |field| told(&mut one, 2, field);
    say(&mut other, "WATCH a b a");
    assert_eq!(
        (told("watch"), told("multi"), told("flags")),
        ("2".into(), "-1".into(), "N".into())
    );
    store.rpush("b", "x").unwrap();
    assert_eq!(told("flags"), "d");
    say(&mut other, "UNWATCH");
    say(&mut other, "MULTI");
    say(&mut other, "PING");
    say(&mut other, "PING");
    assert_eq!((told("watch"), told("multi"), told("flags")), ("0".into(), "2".into(), "x".into()));
    say(&mut other, "EXEC");
    say(&mut other, "HELLO 3 SETNAME you");
    say(&mut other, "CLIENT NO-EVICT on");
    say(&mut other, "CLIENT NO-TOUCH on");
    assert_eq!((told("multi"), told("flags")), ("-1".into(), "eT".into()));
    assert_eq!((told("resp"), told("name")), ("3".into(), "you".into()));
    say(&mut other, "RESET");
    assert_eq!(
        (told("resp"), told("name"), told("flags")),
        ("2".into(), String::new(), "N".into())
    );
    drop(other);
    assert_eq!(text(say(&mut one, "CLIENT LIST")).lines().count(), 1);
}

/// Each way to end a connection, and what is listed then.
#[test]
fn who_is_gone_is_not_listed() {
    let store = Store::new();
    let mut one = store.connect();
    for (count, end) in ["QUIT", "CLIENT KILL ID 3 SKIPME no"].into_iter().enumerate() {
        let mut other = store.connect();
        assert_eq!(other.id(), count as u64 + 2);
        assert_eq!(store.stats().connections, 2);
        say(&mut other, end);
        assert!(other.is_closed());
        assert_eq!(store.stats().connections, 1);
        assert_eq!(text(say(&mut one, "CLIENT LIST")).lines().count(), 1);
    }
}

#[test]
fn who_waits_is_listed_so_and_killed_in_its_wait() {
    let store = Store::new();
    let mut killer = store.connect();
    thread::scope(|scope| {
        let mut waiting = store.connect();
        let waited = scope.spawn(move || {
            let reply = say(&mut waiting, "BLPOP k other 0");
            (reply, waiting.is_closed(), say(&mut waiting, "PING"))
        });
        while store.blocked_clients() == 0 {
            thread::yield_now();
        }
        assert_eq!(told(&mut killer, 2, "flags"), "b");
        assert_eq!(say(&mut killer, "CLIENT KILL ID 2"), Reply::Integer(1));
        assert_eq!(waited.join().unwrap(), (gone(), true, gone()));
    });
    assert_eq!(store.blocked_clients(), 0);
    assert_eq!(store.rpush("k", "x"), Ok(1), "nobody waits for it any more");
}

#[test]
fn a_future_that_waits_is_killed_as_well() {
    let store = Store::new();
    let mut waiting = store.connect();
    let mut popping = waiting.execute_async(["BLPOP", "k", "0"]);
    let mut context = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut popping).poll(&mut context).is_pending());
    assert_eq!(say(&mut store.connect(), "CLIENT KILL TYPE normal"), Reply::Integer(1));
    store.rpush("k", "x").unwrap();
    assert_eq!(Pin::new(&mut popping).poll(&mut context), Poll::Ready(gone()));
    assert_eq!(store.llen("k"), 1);
}

#[test]
fn a_kill_ends_a_transaction_with_nothing_done() {
    let store = Store::new();
    let mut other = store.connect();
    say(&mut other, "MULTI");
    say(&mut other, "RPUSH k x");
    assert_eq!(say(&mut store.connect(), "CLIENT KILL ID 1"), Reply::Integer(1));
    assert_eq!(say(&mut other, "EXEC"), gone());
    assert!(!store.exists("k"));
    assert_eq!(say(&mut store.connect(), "CLIENT KILL ID 1"), Reply::Integer(0), "it is gone");
}

#[test]
fn a_transaction_that_kills_its_own_connection_is_replied_to_first() {
    let mut connection = Store::new().connect();
    for line in ["MULTI", "CLIENT KILL SKIPME no", "PING"] {
        say(&mut connection, line);
    }
    let pong = Reply::Status("PONG".into());
    assert_eq!(say(&mut connection, "EXEC"), Reply::Array(vec![Reply::Integer(1), pong]));
    assert_eq!(say(&mut connection, "PING"), gone());
}

#[test]
fn the_old_form_of_a_kill_goes_by_the_address() {
    let store = Store::new();
    let mut connection = store.connect();
    assert_eq!(say(&mut connection, "CLIENT KILL 127.0.0.1:1"), refused("ERR No such client"));
    assert_eq!(say(&mut connection, "CLIENT KILL ?:0"), Reply::ok());
    assert_eq!(say(&mut connection, "PING"), gone());
    let mut connection = store.connect();
    assert_eq!(say(&mut connection, "CLIENT KILL MAXAGE 1000 SKIPME no"), Reply::Integer(0));
}

/// A command that waits is not answered either, whenever it ends.
#[test]
fn silence_lasts_over_a_wait() {
    let store = Store::new();
    let mut connection = store.connect();
    assert_eq!(say(&mut connection, "CLIENT REPLY OFF"), Reply::Silence);
    assert_eq!(say(&mut connection, "BLPOP k 0.001"), Reply::Silence);
    let mut context = Context::from_waker(Waker::noop());
    let mut popping = connection.execute_async(["BLPOP", "k", "0"]);
    assert!(Pin::new(&mut popping).poll(&mut context).is_pending());
    store.rpush("k", "x").unwrap();
    assert_eq!(Pin::new(&mut popping).poll(&mut context), Poll::Ready(Reply::Silence));
    drop(popping);
    assert_eq!(connection.execute_async(["BLPOP", "k", "1"]).expire(), Reply::Silence);
    assert_eq!(say(&mut connection, "CLIENT REPLY ON"), Reply::ok());
}

#[test]
fn no_reply_in_a_transaction_would_be_missed_so_none_is_taken_away() {
    let mut connection = Store::new().connect();
    say(&mut connection, "MULTI");
    let refusal = "ERR Command 'client|reply' not allowed inside a transaction";
    assert_eq!(say(&mut connection, "CLIENT REPLY OFF"), refused(refusal));
    let aborted = "EXECABORT Transaction discarded because of previous errors.";
    assert_eq!(say(&mut connection, "EXEC"), refused(aborted));
}

#[test]
fn figures_count_what_is_there_and_what_happened() {
    let store = Store::builder().shards(4).build().unwrap();
    let (mut connection, mut watching) = (store.connect(), store.connect());
    store.rpush_all("k", ["a", "b"]).unwrap();
    say(&mut watching, "WATCH a b c");
    let mut context = Context::from_waker(Waker::noop());
    let mut waits: Vec<_> = (0..4).map(|_| store.blpop_async(["none", "other"])).collect();
    for wait in &mut waits {
        assert!(Pin::new(wait).poll(&mut context).is_pending());
    }
    let stats = store.stats();
    assert_eq!((stats.keys, stats.waiters, stats.watched_keys), (1, 4, 3));
    assert_eq!((stats.connections, stats.connections_received), (2, 2));
    assert_eq!((stats.waits_served, stats.waits_given_up), (0, 0));
    // One is handed an element, one is served in a transaction, one is dropped, and one is left.
    store.rpush("none", "x").unwrap();
    say(&mut connection, "MULTI");
    say(&mut connection, "RPUSH other y");
    say(&mut connection, "EXEC");
    drop(waits.pop());
    assert_eq!(store.blpop(["nothing"], Some(Duration::from_millis(1))), Ok(None));
    drop(watching);
    let stats = store.stats();
    assert_eq!((stats.waiters, stats.watched_keys, stats.connections), (1, 0, 1));
    assert_eq!((stats.waits_served, stats.waits_given_up), (2, 2));
    assert_eq!(say(&mut connection, "CONFIG RESETSTAT"), Reply::ok());
    let stats = store.stats();
    assert_eq!((stats.waits_served, stats.waits_given_up, stats.connections_received), (0, 0, 0));
    assert_eq!((stats.keys, stats.waiters, stats.connections), (1, 1, 1), "these are no events");
    // What the first two got is not given back, so the third is not served.
    for wait in &mut waits[..2] {
        assert!(Pin::new(wait).poll(&mut context).is_ready());
    }
    drop((store.connect(), waits));
    let stats = store.stats();
    assert_eq!((stats.waits_served, stats.waits_given_up, stats.connections_received), (0, 1, 1));
}

/// An element is handed to who waits alone; several are served under one lock, or, where somebody watches, at the end of a
/// commit.
#[test]
fn whichever_way_a_wait_is_served_it_counts_once() {
    let store = Store::builder().shards(1).build().unwrap();
    let mut context = Context::from_waker(Waker::noop());
    let mut served = 0_u64;
    for watched in [false, true] {
        let mut watching = store.connect();
        if watched {
            say(&mut watching, "WATCH k");
        }
        for count in [1, 2] {
            let mut waits: Vec<_> = (0..count).map(|_| store.blpop_async(["k"])).collect();
            for wait in &mut waits {
                assert!(Pin::new(wait).poll(&mut context).is_pending());
            }
            match count {
                1 => store.rpush("k", "0").unwrap(),
                _ => store.rpush_all("k", ["0", "1"]).unwrap(),
            };
            for wait in &mut waits {
                assert!(Pin::new(wait).poll(&mut context).is_ready());
            }
            served += count;
            assert_eq!(store.stats().waits_served, served);
        }
        // One that is dropped is not served.
        assert!(Pin::new(&mut store.blpop_async(["k"])).poll(&mut context).is_pending());
        store.rpush("k", "one").unwrap();
        assert_eq!(store.lpop("k").unwrap().as_deref(), Some(&b"one"[..]));
    }
    assert_eq!((store.stats().waits_served, store.stats().waits_given_up), (served, 2));
}

/// The sections that are not compared with servers byte for byte.
#[test]
fn information_has_the_figures_of_the_store() {
    let store = Store::new();
    let mut connection = store.connect();
    store.rpush("k", "a").unwrap();
    let clients =
        "# Clients\r\nconnected_clients:1\r\nblocked_clients:0\r\ntotal_watched_keys:0\r\n";
    let memory = "# Memory\r\nused_memory:260\r\nused_memory_human:260B\r\nmaxmemory:0\r\nmaxmemory_human:0B\r\nmaxmemory_policy:noeviction\r\n";
    let stats = "# Stats\r\ntotal_connections_received:1\r\nrejected_connections:0\r\nexpired_keys:0\r\nevicted_keys:0\r\n\
        elements:1\r\ncommits:1\r\nwaits_served:0\r\nwaits_given_up:0\r\n";
    let replication = "# Replication\r\nrole:master\r\nconnected_slaves:0\r\n";
    let cluster = "# Cluster\r\ncluster_enabled:0\r\n";
    let keyspace = "# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0,subexpiry=0\r\n";
    let persistence = "# Persistence\r\nloading:0\r\naof_enabled:0\r\n";
    let sections = [clients, memory, persistence, stats, replication, cluster, keyspace];
    let all = text(say(&mut connection, "INFO"));
    assert!(all.starts_with("# Server\r\nredis_version:8.2.0\r\nserver_name:redeque\r\n"), "{all}");
    assert!(all.ends_with(&format!("\r\n\r\n{}", sections.join("\r\n"))), "{all}");
    let some = text(say(&mut connection, "INFO keyspace STATS nosuch"));
    assert_eq!(some, [stats, keyspace].join("\r\n"));
    assert_eq!(say(&mut connection, "INFO nosuch"), Reply::Verbatim(vec![]));
    store.flushall().unwrap();
    assert_eq!(text(say(&mut connection, "INFO keyspace")), "# Keyspace\r\n");
    say(&mut connection, "HELLO 3");
    let reply = say(&mut connection, "INFO cluster");
    assert_eq!(
        reply.to_resp(Protocol::Resp3),
        b"=34\r\ntxt:# Cluster\r\ncluster_enabled:0\r\n\r\n"
    );
}

#[test]
fn the_time_is_that_of_the_machine() {
    let reply = say(&mut Store::new().connect(), "TIME");
    let parts: Vec<u64> = reply
        .as_array()
        .unwrap()
        .iter()
        .map(|part| str::from_utf8(part.as_bytes().unwrap()).unwrap().parse().unwrap())
        .collect();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(now.abs_diff(parts[0]) < 60 && parts[1] < 1_000_000, "{parts:?}");
}
