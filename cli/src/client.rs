//! The client that redis-cli would be: it connects, and connects again when it has been disconnected.

use redeque::{Connection, Protocol, Reply, Store};

/// A connection to the store, and what redis-cli keeps in mind of one.
#[derive(Debug)]
pub(crate) struct Client {
    store: Store,
    connection: Connection,
    resp3: bool,
    in_transaction: bool,
}

impl Client {
    pub(crate) fn new(store: Store, resp3: bool) -> Self {
        let connection = connect(&store, resp3);
        Self { store, connection, resp3, in_transaction: false }
    }

    /// Whether a transaction is open, by what the commands so far must have done.
    pub(crate) fn is_in_transaction(&self) -> bool {
        self.in_transaction
    }

    pub(crate) fn is_disconnected(&self) -> bool {
        self.connection.is_closed()
    }

    /// Runs a command. The reply is to be shown in the protocol that comes with it.
    pub(crate) fn send(&mut self, words: &[Vec<u8>]) -> (Reply, Protocol) {
        if self.connection.is_closed() {
            self.connection = connect(&self.store, self.resp3);
            self.in_transaction = false;
        }
        let reply = self.connection.execute(words);
        if let [name] = words {
            self.follow_transaction(name, matches!(reply, Reply::Error(_)));
        }
        (reply, self.connection.protocol())
    }

    fn follow_transaction(&mut self, name: &[u8], failed: bool) {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if is("multi") && !failed {
            self.in_transaction = true;
        } else if is("exec") || (is("discard") || is("reset")) && !failed {
            self.in_transaction = false;
        }
    }
}

fn connect(store: &Store, resp3: bool) -> Connection {
    let mut connection = store.connect();
    if resp3 {
        connection.execute(["HELLO", "3"]);
    }
    connection
}
