//! Clients of a store, each in a thread of its own that blocks.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use redeque::{Connection, Protocol, Store};

use crate::resp::Value;
use crate::schedule::{Action, Name, Told, Words};
use crate::side::{Side, connect, execute, filled, until};

pub(crate) struct OnThreads {
    store: Store,
    clients: BTreeMap<Name, Said>,
    numbers: BTreeMap<Name, u64>,
    observer: Connection,
}

struct Said {
    commands: Sender<Words>,
    replies: Receiver<Value>,
    /// How many replies are to come.
    open: usize,
    thread: JoinHandle<()>,
}

impl OnThreads {
    pub(crate) fn new(store: Store, names: &[Name], protocol: Protocol) -> Self {
        let (mut clients, mut numbers) = (BTreeMap::new(), BTreeMap::new());
        for &name in names {
            let connection = connect(&store, protocol);
            numbers.insert(name, connection.id());
            clients.insert(name, Said::start(connection));
        }
        Self { observer: store.connect(), store, clients, numbers }
    }

    /// Takes over the replies that have come.
    fn collect(&mut self, told: &mut Told) {
        for (name, said) in &mut self.clients {
            for reply in said.replies.try_iter() {
                said.open -= 1;
                told.entry(*name).or_default().push(reply);
            }
        }
    }

    /// Ends when each client that has not got all its replies is blocked.
    fn settle(&mut self) -> Told {
        let mut told = Told::new();
        until("every client is blocked or has all its replies", || {
            self.collect(&mut told);
            let open = self.clients.values().filter(|said| said.open > 0).count();
            (self.store.blocked_clients() == open).then_some(())
        });
        // Whoever is blocked again has sent the replies before.
        self.collect(&mut told);
        told
    }

    /// Ends the thread of a client, whatever it does. A thread can't be taken away from what it waits for, so another
    /// connection unblocks it.
    fn disconnect(&mut self, name: Name) {
        let Said { commands, thread, .. } = self.clients.remove(&name).expect("a client");
        drop(commands);
        let number = self.numbers[&name].to_string();
        until("the client has gone", || {
            self.observer.execute(["CLIENT", "UNBLOCK", &number]);
            thread.is_finished().then_some(())
        });
        thread.join().expect("a client does not panic");
    }
}

impl Said {
    fn start(mut connection: Connection) -> Self {
        let (commands, inbox) = mpsc::channel::<Words>();
        let (outbox, replies) = mpsc::channel();
        let thread = thread::spawn(move || {
            for words in inbox {
                // Nobody listens to a client that is made to go.
                let _ = outbox.send(execute(&mut connection, &words));
            }
        });
        Self { commands, replies, open: 0, thread }
    }
}

impl Side for OnThreads {
    fn act(&mut self, action: &Action) -> Told {
        match action {
            Action::Say(name, commands) => {
                let said = self.clients.get_mut(name).expect("a client that is there");
                for words in commands {
                    said.commands.send(filled(words, &self.numbers)).expect("a client runs");
                    said.open += 1;
                }
                self.settle()
            }
            Action::TimeOut(name) => {
                let said = self.clients.get_mut(name).expect("a client that is there");
                // It may have come before.
                let reply = (said.open > 0).then(|| said.replies.recv().expect("a client runs"));
                said.open -= usize::from(reply.is_some());
                let mut told = self.settle();
                if let Some(reply) = reply {
                    told.entry(*name).or_default().insert(0, reply);
                }
                told
            }
            Action::Disconnect(name) => {
                self.disconnect(*name);
                self.settle()
            }
        }
    }

    fn ask(&mut self, words: &[&str]) -> Value {
        execute(&mut self.observer, words)
    }
}

impl Drop for OnThreads {
    fn drop(&mut self) {
        if !thread::panicking() {
            let names: Vec<Name> = self.clients.keys().copied().collect();
            for name in names {
                self.disconnect(name);
            }
        }
    }
}
