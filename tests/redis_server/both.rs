//! A server and a store side by side, and programs run on both.

use std::collections::BTreeMap;
use std::rc::Rc;

use redeque::{Connection, Protocol, Store};

use crate::excuse::{Case, Excuses, Verdict};
use crate::program::{Step, Words, is};
use crate::resp::Value;
use crate::server::{Client, Server};
use crate::unspecified::without_unspecified;

/// How many clients a program has.
pub(crate) const CLIENTS: usize = 2;

pub(crate) struct Both<'s> {
    server: &'s Server,
    clients: [Client; CLIENTS],
    observer: Client,
    pub(crate) excuses: Rc<Excuses>,
    /// How many commands were compared.
    pub(crate) commands: usize,
    /// Every reply of the server that was an error, for those who want to know what was covered.
    pub(crate) errors: Vec<Vec<u8>>,
}

/// What a run of a program knows of the store's side.
struct Run {
    excuses: Rc<Excuses>,
    connections: [Connection; CLIENTS],
    observer: Connection,
    /// What each client has queued.
    queues: [Vec<Words>; CLIENTS],
    /// All that was said.
    said: Vec<Words>,
}

impl<'s> Both<'s> {
    pub(crate) fn new(server: &'s Server) -> Self {
        let clients = std::array::from_fn(|_| server.client());
        let excuses = Rc::new(Excuses::of(server.kind()));
        let observer = server.client();
        Self { server, clients, observer, excuses, commands: 0, errors: Vec::new() }
    }

    /// Runs a program from an empty keyspace, and says where the two differ.
    pub(crate) fn run(&mut self, program: &[Step], protocol: Protocol) -> Result<(), String> {
        let mut run = self.start(protocol);
        let said = program.iter().filter(|step| self.excuses.is_said(&step.words));
        let program: Vec<&Step> = said.collect();
        for steps in program.chunk_by(|a, b| a.client == b.client) {
            let client = steps[0].client;
            let replies =
                self.clients[client].call_all(steps.iter().map(|step| step.words.as_slice()));
            if steps.iter().any(|step| step.is("quit")) {
                self.clients[client] = self.server.client();
            }
            for (&step, reply) in steps.iter().zip(replies) {
                if let Value::Error(text) = &reply {
                    self.errors.push(text.clone());
                }
                self.commands += 1;
                match run.check(step, reply) {
                    Ok(GoesOn::Yes) => {}
                    Ok(GoesOn::No) => return Ok(()),
                    Err(reason) => return Err(format!("{reason}\n{step:?}")),
                }
            }
        }
        let (server, store) = (self.contents(), run.contents());
        if are_alike(&server, &store) {
            Ok(())
        } else {
            Err(format!("the keyspaces differ\nserver: {server:?}\nstore:  {store:?}"))
        }
    }

    /// Both sides as good as new.
    fn start(&mut self, protocol: Protocol) -> Run {
        let greeting = ["HELLO", if protocol == Protocol::Resp3 { "3" } else { "2" }];
        for client in &mut self.clients {
            // A reset leaves what a client's library said of itself, and with Redis 7.0 also this flag.
            let [name, version] = ["lib-name", "lib-ver"].map(|one| ["CLIENT", "SETINFO", one, ""]);
            let evict = ["CLIENT", "NO-EVICT", "off"];
            client.call_all([&["RESET"][..], &greeting, &name, &version, &evict]);
        }
        self.observer.call(&["CONFIG", "SET", "maxmemory", "0"]);
        self.observer.call(&["FLUSHALL"]);
        let store = Store::new();
        let connections = std::array::from_fn(|_| {
            let mut connection = store.connect();
            connection.execute(greeting);
            connection
        });
        let (queues, said) = Default::default();
        Run { excuses: self.excuses.clone(), connections, observer: store.connect(), queues, said }
    }

    fn contents(&mut self) -> Contents {
        let keys = names(&self.observer.call(&["KEYS", "*"]));
        let reads: Vec<Words> = keys.iter().flat_map(|key| reads_of(key)).collect();
        let replies = self.observer.call_all(reads.iter().map(Vec::as_slice));
        contents(keys, replies)
    }
}

fn names(keys: &Value) -> Vec<Vec<u8>> {
    let name = |key: &Value| match key {
        Value::Bulk(name) => name.clone(),
        other => panic!("a key that is {other:?}"),
    };
    keys.items().unwrap_or(&[]).iter().map(name).collect()
}

/// The commands that read all of a list, and its deadline.
fn reads_of(key: &[u8]) -> [Words; 2] {
    let words = |words: &[&[u8]]| words.iter().map(|word| word.to_vec()).collect();
    [words(&[b"LRANGE", key, b"0", b"-1"]), words(&[b"PEXPIRETIME", key])]
}

/// Of each key its list and its deadline, as these were replied one after the other.
type Contents = BTreeMap<Vec<u8>, (Value, i64)>;

fn contents(keys: Vec<Vec<u8>>, replies: Vec<Value>) -> Contents {
    let mut replies = replies.into_iter();
    let mut held = || match (replies.next(), replies.next()) {
        (Some(list), Some(Value::Integer(deadline))) => (list, deadline),
        other => panic!("a list and a deadline that are {other:?}"),
    };
    keys.into_iter().map(|key| (key, held())).collect()
}

/// Whether both hold the same. What was reckoned from now was so at almost the same time.
fn are_alike(server: &Contents, store: &Contents) -> bool {
    const ALMOST: u64 = 10_000;
    let is_alike = |key: &Vec<u8>, (list, deadline): &(Value, i64)| {
        store.get(key).is_some_and(|(ours, our_deadline)| {
            list == ours && deadline.abs_diff(*our_deadline) < ALMOST
        })
    };
    server.len() == store.len() && server.iter().all(|(key, held)| is_alike(key, held))
}

/// Whether what comes after can be compared, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GoesOn {
    Yes,
    No,
}

impl Run {
    /// Runs a step on the store, and compares its reply with the server's.
    fn check(&mut self, step: &Step, server: Value) -> Result<GoesOn, String> {
        let connection = &mut self.connections[step.client];
        let reply = connection.execute(self.excuses.told(&step.words, &server));
        let store = Value::from_bytes(&reply.to_resp(connection.protocol()));
        let queue = &mut self.queues[step.client];
        let outcome = if step.is("exec") {
            let queue = std::mem::take(queue);
            self.compare_exec(&step.words, &queue, server, store)
        } else {
            if server == Value::Simple(b"QUEUED".to_vec()) {
                queue.push(step.words.clone());
            } else if step.is("discard") || step.is("reset") {
                queue.clear();
            }
            self.compare(&step.words, &server, &store)
        };
        self.said.push(step.words.clone());
        outcome
    }

    fn compare(&self, words: &[Vec<u8>], server: &Value, store: &Value) -> Result<GoesOn, String> {
        let of = |reply| self.excuses.compared(words, without_unspecified(words, reply));
        if server == store || of(server) == of(store) {
            return Ok(GoesOn::Yes);
        }
        let case = Case { words, server, store, before: &self.said };
        match self.excuses.judge(&case) {
            Verdict::Excused => Ok(GoesOn::Yes),
            Verdict::Over => Ok(GoesOn::No),
            Verdict::Wrong => Err(format!("server: {server:?}\nstore:  {store:?}")),
        }
    }

    /// The replies of a transaction, one by one. A server changes the protocol in the midst of its reply where HELLO is
    /// one of the commands; a store writes all of it in one.
    fn compare_exec(
        &self,
        words: &[Vec<u8>],
        queue: &[Words],
        mut server: Value,
        mut store: Value,
    ) -> Result<GoesOn, String> {
        if queue.iter().any(|words| is(words, "hello")) {
            (server, store) = (server.flattened(), store.flattened());
        }
        match (server.items(), store.items()) {
            (Some(theirs), Some(ours))
                if theirs.len() == ours.len() && queue.len() == ours.len() =>
            {
                for (words, (server, store)) in queue.iter().zip(theirs.iter().zip(ours)) {
                    if self.compare(words, server, store)? == GoesOn::No {
                        return Ok(GoesOn::No);
                    }
                }
                Ok(GoesOn::Yes)
            }
            _ => self.compare(words, &server, &store),
        }
    }

    fn contents(&mut self) -> Contents {
        let mut ask = |words: &[Vec<u8>]| {
            let reply = self.observer.execute(words);
            Value::from_bytes(&reply.to_resp(Protocol::Resp2))
        };
        let keys = names(&ask(&[b"KEYS".to_vec(), b"*".to_vec()]));
        let replies = keys.iter().flat_map(|key| reads_of(key)).map(|words| ask(&words)).collect();
        contents(keys, replies)
    }
}
