//! Clients of a server.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use redeque::Protocol;

use crate::resp::Value;
use crate::schedule::{Action, Name, Told, Words};
use crate::server::{Client, Server, write_command};
use crate::side::{Side, filled, greeting, until};

pub(crate) struct OnServer {
    clients: BTreeMap<Name, Said>,
    numbers: BTreeMap<Name, u64>,
    observer: Client,
}

/// A client that does not wait for the replies to its commands.
struct Said {
    input: BufReader<UnixStream>,
    output: UnixStream,
    /// How many replies are to come.
    open: usize,
}

impl OnServer {
    /// An empty server, and new clients.
    pub(crate) fn new(server: &Server, names: &[Name], protocol: Protocol) -> Self {
        let mut observer = server.client();
        until("everybody has gone", || (blocked_clients(&mut observer) == 0).then_some(()));
        observer.call(&["FLUSHALL"]);
        let (mut clients, mut numbers) = (BTreeMap::new(), BTreeMap::new());
        for &name in names {
            let mut said = Said::connect(server);
            said.send(&[words(&greeting(protocol)), words(&["CLIENT", "ID"])]);
            said.reply();
            let Value::Integer(number) = said.reply() else { panic!("a client without a number") };
            numbers.insert(name, u64::try_from(number).expect("a number"));
            clients.insert(name, said);
        }
        Self { clients, numbers, observer }
    }

    /// Takes over the replies that have come.
    fn collect(&mut self, told: &mut Told) {
        for (name, said) in &mut self.clients {
            while said.has_reply() {
                let reply = said.reply();
                told.entry(*name).or_default().push(reply);
            }
        }
    }

    /// Ends when each client that has not got all its replies is blocked. Nobody else is blocked, so it is enough to
    /// count: a reply that is on its way, or a command that is, belongs to a client that is not blocked.
    fn settle(&mut self) -> Told {
        let mut told = Told::new();
        until("every client is blocked or has all its replies", || {
            self.collect(&mut told);
            let open = self.clients.values().filter(|said| said.open > 0).count();
            (blocked_clients(&mut self.observer) == open).then_some(())
        });
        // Whoever is blocked again may have a reply on its way, which is sent before the next one to the observer.
        self.observer.call(&["PING"]);
        self.collect(&mut told);
        told
    }
}

impl Said {
    fn connect(server: &Server) -> Self {
        let output = UnixStream::connect(server.socket()).expect("a connection");
        let input = BufReader::new(output.try_clone().expect("a second handle"));
        Self { input, output, open: 0 }
    }

    fn send(&mut self, commands: &[Words]) {
        let mut bytes = Vec::new();
        for words in commands {
            write_command(&mut bytes, words);
        }
        self.output.write_all(&bytes).expect("the server listens");
        self.open += commands.len();
    }

    /// Whether a reply has begun to come.
    fn has_reply(&mut self) -> bool {
        if self.open == 0 || !self.input.buffer().is_empty() {
            return self.open > 0;
        }
        let blocking = |yes: bool| self.output.set_nonblocking(!yes).expect("a socket");
        blocking(false);
        let came = self.input.fill_buf().map(|bytes| !bytes.is_empty());
        blocking(true);
        match came {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => false,
            came => came.expect("the server answers"),
        }
    }

    fn reply(&mut self) -> Value {
        self.open -= 1;
        Value::read(&mut self.input).expect("the server answers")
    }
}

fn words(words: &[&str]) -> Words {
    words.iter().map(|&word| word.to_owned()).collect()
}

impl Side for OnServer {
    fn act(&mut self, action: &Action) -> Told {
        match action {
            Action::Say(name, commands) => {
                let commands: Vec<_> =
                    commands.iter().map(|words| filled(words, &self.numbers)).collect();
                let said = self.clients.get_mut(name).expect("a client that is there");
                said.send(&commands);
                self.settle()
            }
            Action::TimeOut(name) => {
                let said = self.clients.get_mut(name).expect("a client that is there");
                until("the timeout", || (said.open == 0 || said.has_reply()).then_some(()));
                self.settle()
            }
            Action::Disconnect(name) => {
                self.clients.remove(name);
                self.settle()
            }
        }
    }

    fn ask(&mut self, words: &[&str]) -> Value {
        self.observer.call(words)
    }
}

fn blocked_clients(observer: &mut Client) -> usize {
    let Value::Bulk(info) = observer.call(&["INFO", "clients"]) else {
        panic!("INFO without a text")
    };
    let info = String::from_utf8(info).expect("INFO is text");
    let number = info.lines().find_map(|line| line.strip_prefix("blocked_clients:"));
    number.expect("a number of blocked clients").trim().parse().expect("a number")
}
