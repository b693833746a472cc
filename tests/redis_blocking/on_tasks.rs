//! Clients of a store, each a future that is polled by hand when it was woken.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use redeque::{Connection, Protocol, Store};

use crate::resp::Value;
use crate::schedule::{Action, Name, Told, Words};
use crate::side::{Side, connect, execute, filled, value};

pub(crate) struct OnTasks {
    store: Store,
    clients: BTreeMap<Name, Client>,
    numbers: BTreeMap<Name, u64>,
    observer: Connection,
    woken: Arc<Woken>,
    told: Rc<RefCell<Told>>,
}

enum Client {
    Idle(Connection),
    Busy { task: Pin<Box<dyn Future<Output = Connection>>>, expired: Rc<Cell<bool>> },
}

/// Those who were woken, in this order.
#[derive(Default)]
struct Woken(Mutex<VecDeque<Name>>);

impl Woken {
    fn push(&self, name: Name) {
        self.0.lock().expect("no panic under it").push_back(name);
    }

    fn pop(&self) -> Option<Name> {
        self.0.lock().expect("no panic under it").pop_front()
    }
}

struct WakeOne {
    name: Name,
    woken: Arc<Woken>,
}

impl Wake for WakeOne {
    fn wake(self: Arc<Self>) {
        self.woken.push(self.name);
    }
}

impl OnTasks {
    pub(crate) fn new(store: Store, names: &[Name], protocol: Protocol) -> Self {
        let (mut clients, mut numbers) = (BTreeMap::new(), BTreeMap::new());
        for &name in names {
            let connection = connect(&store, protocol);
            numbers.insert(name, connection.id());
            clients.insert(name, Client::Idle(connection));
        }
        let (woken, told) = (Arc::default(), Rc::default());
        Self { observer: store.connect(), store, clients, numbers, woken, told }
    }

    fn say(&mut self, name: Name, commands: &[Words]) {
        let Some(Client::Idle(connection)) = self.clients.remove(&name) else {
            panic!("{name} is not there, or blocked")
        };
        let commands = commands.iter().map(|words| filled(words, &self.numbers)).collect();
        let expired = Rc::new(Cell::new(false));
        let task = run(name, connection, commands, Rc::clone(&expired), Rc::clone(&self.told));
        self.clients.insert(name, Client::Busy { task: Box::pin(task), expired });
        self.woken.push(name);
    }

    fn poll(&mut self, name: Name) {
        let Some(Client::Busy { task, .. }) = self.clients.get_mut(&name) else { return };
        let waker = Waker::from(Arc::new(WakeOne { name, woken: Arc::clone(&self.woken) }));
        if let Poll::Ready(connection) = task.as_mut().poll(&mut Context::from_waker(&waker)) {
            self.clients.insert(name, Client::Idle(connection));
        }
    }

    /// Polls those who were woken until nobody is. Then nobody else has anything to do: neither in their own eyes, nor
    /// in the store's.
    fn settle(&mut self) -> Told {
        while let Some(name) = self.woken.pop() {
            self.poll(name);
        }
        let told = self.told.take();
        let blocked = |(name, client): (&Name, &Client)| match client {
            Client::Busy { .. } => Some(*name),
            Client::Idle(_) => None,
        };
        let blocked: Vec<Name> = self.clients.iter().filter_map(blocked).collect();
        assert_eq!(self.store.blocked_clients(), blocked.len(), "blocked: {blocked:?}");
        for name in blocked {
            self.poll(name);
        }
        assert!(self.told.borrow().is_empty(), "not woken, but {:?}", self.told);
        told
    }
}

/// Says these commands one after the other, and gives the connection back.
async fn run(
    name: Name,
    mut connection: Connection,
    commands: Vec<Words>,
    expired: Rc<Cell<bool>>,
    told: Rc<RefCell<Told>>,
) -> Connection {
    for words in commands {
        let mut executed = Some(connection.execute_async(words));
        let reply = poll_fn(|context| {
            if expired.take() {
                return Poll::Ready(executed.take().expect("once").expire());
            }
            Pin::new(executed.as_mut().expect("until the reply")).poll(context)
        });
        let reply = reply.await;
        drop(executed);
        told.borrow_mut().entry(name).or_default().push(value(&connection, &reply));
    }
    connection
}

impl Side for OnTasks {
    fn act(&mut self, action: &Action) -> Told {
        match action {
            Action::Say(name, commands) => self.say(*name, commands),
            Action::TimeOut(name) => {
                let Some(Client::Busy { expired, .. }) = self.clients.get(name) else {
                    panic!("{name} does not wait")
                };
                expired.set(true);
                self.woken.push(*name);
            }
            Action::Disconnect(name) => drop(self.clients.remove(name)),
        }
        self.settle()
    }

    fn ask(&mut self, words: &[&str]) -> Value {
        execute(&mut self.observer, words)
    }
}
