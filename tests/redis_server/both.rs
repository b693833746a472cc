//! A server and a store side by side, and programs run on both.

use std::collections::BTreeMap;

use redeque::{Connection, Protocol, Store};

use crate::differences::{excuse, normalised};
use crate::program::{Step, is};
use crate::resp::Value;
use crate::server::{Client, Server};

/// How many clients a program has.
pub(crate) const CLIENTS: usize = 2;

pub(crate) struct Both<'s> {
    server: &'s Server,
    clients: [Client; CLIENTS],
    observer: Client,
    /// Every reply of the server that was an error, for those who want to know what was covered.
    pub(crate) errors: Vec<Vec<u8>>,
}

/// What a run of a program knows of the store's side.
struct Run {
    connections: [Connection; CLIENTS],
    observer: Connection,
    /// What each client has queued.
    queues: [Vec<Vec<Vec<u8>>>; CLIENTS],
}

impl<'s> Both<'s> {
    pub(crate) fn new(server: &'s Server) -> Self {
        let clients = std::array::from_fn(|_| server.client());
        Self { server, clients, observer: server.client(), errors: Vec::new() }
    }

    /// Runs a program from an empty keyspace, and says where the two differ.
    pub(crate) fn run(&mut self, program: &[Step], protocol: Protocol) -> Result<(), String> {
        let mut run = self.start(protocol);
        for steps in program.chunk_by(|a, b| a.client == b.client) {
            let client = steps[0].client;
            let replies =
                self.clients[client].call_all(steps.iter().map(|step| step.words.as_slice()));
            if steps.iter().any(|step| step.is("quit")) {
                self.clients[client] = self.server.client();
            }
            for (step, reply) in steps.iter().zip(replies) {
                if let Value::Error(text) = &reply {
                    self.errors.push(text.clone());
                }
                run.check(step, &reply, self.server.version())
                    .map_err(|reason| format!("{reason}\n{step:?}"))?;
            }
        }
        let (server, store) = (self.contents(), run.contents());
        if server == store {
            Ok(())
        } else {
            Err(format!("the keyspaces differ\nserver: {server:?}\nstore:  {store:?}"))
        }
    }

    /// Both sides as good as new.
    fn start(&mut self, protocol: Protocol) -> Run {
        let greeting = ["HELLO", if protocol == Protocol::Resp3 { "3" } else { "2" }];
        for client in &mut self.clients {
            client.call_all([&["RESET"][..], &greeting]);
        }
        self.observer.call(&["FLUSHALL"]);
        let store = Store::new();
        let connections = std::array::from_fn(|_| {
            let mut connection = store.connect();
            connection.execute(greeting);
            connection
        });
        Run { connections, observer: store.connect(), queues: Default::default() }
    }

    fn contents(&mut self) -> BTreeMap<Vec<u8>, Value> {
        let keys = names(&self.observer.call(&["KEYS", "*"]));
        let reads: Vec<Vec<Vec<u8>>> = keys.iter().map(|key| read_of(key)).collect();
        let lists = self.observer.call_all(reads.iter().map(Vec::as_slice));
        keys.into_iter().zip(lists).collect()
    }
}

fn names(keys: &Value) -> Vec<Vec<u8>> {
    let name = |key: &Value| match key {
        Value::Bulk(name) => name.clone(),
        other => panic!("a key that is {other:?}"),
    };
    keys.items().unwrap_or(&[]).iter().map(name).collect()
}

/// The command that reads all of a list.
fn read_of(key: &[u8]) -> Vec<Vec<u8>> {
    [b"LRANGE", key, b"0", b"-1"].map(<[u8]>::to_vec).to_vec()
}

impl Run {
    /// Runs a step on the store, and compares its reply with the server's.
    fn check(&mut self, step: &Step, server: &Value, version: (u32, u32)) -> Result<(), String> {
        let connection = &mut self.connections[step.client];
        let reply = connection.execute(&step.words);
        let store = Value::from_bytes(&reply.to_resp(connection.protocol()));
        let queue = &mut self.queues[step.client];
        if *server == Value::Simple(b"QUEUED".to_vec()) {
            queue.push(step.words.clone());
        } else if step.is("exec") {
            return compare_exec(version, &std::mem::take(queue), server, &store);
        } else if step.is("discard") || step.is("reset") {
            queue.clear();
        }
        compare(version, &step.words, server, &store)
    }

    fn contents(&mut self) -> BTreeMap<Vec<u8>, Value> {
        let mut ask = |words: &[Vec<u8>]| {
            let reply = self.observer.execute(words);
            Value::from_bytes(&reply.to_resp(Protocol::Resp2))
        };
        let keys = names(&ask(&[b"KEYS".to_vec(), b"*".to_vec()]));
        keys.into_iter().map(|key| (key.clone(), ask(&read_of(&key)))).collect()
    }
}

fn compare(
    version: (u32, u32),
    words: &[Vec<u8>],
    server: &Value,
    store: &Value,
) -> Result<(), String> {
    if server == store
        || normalised(words, server) == normalised(words, store)
        || excuse(version, words, server, store).is_some()
    {
        Ok(())
    } else {
        Err(format!("server: {server:?}\nstore:  {store:?}"))
    }
}

/// The replies of a transaction, one by one. A server changes the protocol in the midst of its reply where HELLO is
/// one of the commands; a store writes all of it in one.
fn compare_exec(
    version: (u32, u32),
    queue: &[Vec<Vec<u8>>],
    server: &Value,
    store: &Value,
) -> Result<(), String> {
    let mixed = queue.iter().any(|words| is(words, "hello"));
    let (server, store) = if mixed {
        (server.flattened(), store.flattened())
    } else {
        (server.clone(), store.clone())
    };
    match (server.items(), store.items()) {
        (Some(theirs), Some(ours)) if theirs.len() == ours.len() && queue.len() == ours.len() => {
            let mut rows = queue.iter().zip(theirs.iter().zip(ours));
            rows.try_for_each(|(words, (server, store))| compare(version, words, server, store))
        }
        _ => compare(version, &[b"EXEC".to_vec()], &server, &store),
    }
}
