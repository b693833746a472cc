//! Random programs of waiting, writing and giving up, against Redis's rules written down as plainly as they are told:
//! after every step the same clients were served, with the same elements, and the same lists are left.
//!
//! `PROPTEST_CASES` sets how many programs run.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;

use proptest::prelude::*;
use proptest::sample::select;

use crate::support::{Spelled, block, contents, exec, run, store_of};

const KEYS: [&str; 4] = ["a", "b", "c", "d"];
const ENDS: [&str; 2] = ["LEFT", "RIGHT"];

#[derive(Debug, Clone)]
enum Step {
    /// A client begins to wait.
    Block(Wanted),
    Write(Vec<Written>),
    /// The client of that number, counted around, is polled; or gives up.
    Poll(usize),
    Drop(usize),
}

#[derive(Debug, Clone)]
enum Wanted {
    Pop { keys: Vec<&'static str>, end: &'static str, count: usize },
    Move { source: &'static str, to: &'static str, from: &'static str, at: &'static str },
}

#[derive(Debug, Clone)]
enum Written {
    Push(&'static str, &'static str, usize),
    Pop(&'static str),
    Move(&'static str, &'static str, &'static str, &'static str),
    Rename(&'static str, &'static str),
    Copy(&'static str, &'static str),
    Del(&'static str),
}

/// The rules. Lists by key, none of them empty; and clients in the order in which they began to wait.
#[derive(Default)]
struct Rules {
    lists: BTreeMap<&'static str, VecDeque<Held>>,
    clients: Vec<(Wanted, State)>,
    /// Keys that came into existence and were not served since.
    ready: VecDeque<&'static str>,
    pushed: usize,
    /// How many elements waiters were served.
    served: u64,
}

/// An element of a list.
#[derive(Debug, Clone, Copy)]
struct Held {
    element: usize,
    /// If it was given back at the left end, or at the right one: the how-manieth served element it was. Forgotten when
    /// that end is pushed to, or the list changed in another way than by pops and pushes.
    returned: [Option<u64>; 2],
    /// The client that waited, and was served with its move here. Forgotten when the list is changed in another way than by
    /// pops and pushes, and by what clients give back.
    moved_for: Option<usize>,
}

impl Held {
    fn new(element: usize) -> Self {
        Self { element, returned: [None; 2], moved_for: None }
    }

    fn forgotten(self) -> Self {
        Self::new(self.element)
    }
}

/// Adds an element at an end of a list.
fn add(list: &mut VecDeque<Held>, end: &str, element: usize) {
    for held in list.iter_mut() {
        held.returned[side(end)] = None;
    }
    let held = Held::new(element);
    if end == "LEFT" { list.push_front(held) } else { list.push_back(held) }
}

fn side(end: &str) -> usize {
    usize::from(end == "RIGHT")
}

enum State {
    Waiting,
    Served { key: &'static str, elements: Vec<usize>, numbers: Vec<u64> },
    Over,
}

impl Wanted {
    fn keys(&self) -> &[&'static str] {
        match self {
            Self::Pop { keys, .. } => keys,
            Self::Move { source, .. } => std::slice::from_ref(source),
        }
    }

    fn command(&self) -> String {
        match self {
            Self::Pop { keys, end, count } => format!("BLMPOP {end} {count} {}", keys.join(" ")),
            Self::Move { source, to, from, at } => format!("BLMOVE {source} {to} {from} {at}"),
        }
    }
}

impl Written {
    /// As a command, for which the elements are numbered from `next` on.
    fn command(&self, next: usize) -> String {
        match self {
            Self::Push(key, end, count) => {
                let command = if *end == "LEFT" { "LPUSH" } else { "RPUSH" };
                let numbers: Vec<String> = (next..next + count).map(|n| n.to_string()).collect();
                format!("{command} {key} {}", numbers.join(" "))
            }
            Self::Pop(key) => format!("LPOP {key}"),
            Self::Move(source, to, from, at) => format!("LMOVE {source} {to} {from} {at}"),
            Self::Rename(key, newkey) => format!("RENAME {key} {newkey}"),
            Self::Copy(key, newkey) => format!("COPY {key} {newkey} REPLACE"),
            Self::Del(key) => format!("DEL {key}"),
        }
    }
}

impl Rules {
    fn push(&mut self, key: &'static str, end: &str, element: usize) {
        if !self.lists.contains_key(key) {
            self.created(key);
        }
        add(self.lists.entry(key).or_default(), end, element);
    }

    /// An element that goes from one end of a list to the other does not make the list, also if it is the only one.
    fn lmove(
        &mut self,
        source: &'static str,
        to: &'static str,
        from: &str,
        at: &str,
    ) -> Option<Held> {
        if source != to {
            let moved = self.pop(source, from)?;
            self.push(to, at, moved.element);
            return Some(moved);
        }
        let list = self.lists.get_mut(source)?;
        let moved = if from == "LEFT" { list.pop_front() } else { list.pop_back() }?;
        add(list, at, moved.element);
        Some(moved)
    }

    fn pop(&mut self, key: &'static str, end: &str) -> Option<Held> {
        let list = self.lists.get_mut(key)?;
        let popped = if end == "LEFT" { list.pop_front() } else { list.pop_back() };
        if list.is_empty() {
            self.lists.remove(key);
        }
        popped
    }

    fn outermost(&mut self, key: &str, end: &str) -> &mut Held {
        let list = self.lists.get_mut(key).expect("it was moved here");
        let held = if end == "LEFT" { list.front_mut() } else { list.back_mut() };
        held.expect("no list is empty")
    }

    fn put(&mut self, key: &'static str, mut list: VecDeque<Held>) {
        for held in &mut list {
            *held = held.forgotten();
        }
        if self.lists.insert(key, list).is_none() {
            self.created(key);
        }
    }

    fn created(&mut self, key: &'static str) {
        if self.next_waiter(key).is_some() && !self.ready.contains(&key) {
            self.ready.push_back(key);
        }
    }

    fn next_waiter(&self, key: &str) -> Option<usize> {
        let waits = |(wanted, state): &(Wanted, State)| {
            matches!(state, State::Waiting) && wanted.keys().contains(&key)
        };
        self.clients.iter().position(waits)
    }

    fn write(&mut self, written: &Written) {
        match *written {
            Written::Push(key, end, count) => {
                for _ in 0..count {
                    self.push(key, end, self.pushed);
                    self.pushed += 1;
                }
            }
            Written::Pop(key) => drop(self.pop(key, "LEFT")),
            Written::Move(source, to, from, at) => {
                self.lmove(source, to, from, at);
            }
            Written::Rename(key, newkey) => {
                if key != newkey
                    && let Some(list) = self.lists.remove(key)
                {
                    self.put(newkey, list);
                }
            }
            Written::Copy(key, newkey) => {
                if let Some(list) = self.lists.get(key).cloned()
                    && key != newkey
                {
                    self.put(newkey, list);
                }
            }
            Written::Del(key) => drop(self.lists.remove(key)),
        }
    }

    /// What a blocking command takes, if it need not wait.
    fn take(&mut self, wanted: &Wanted) -> Option<State> {
        let key = *wanted.keys().iter().find(|key| self.lists.contains_key(*key))?;
        let (end, taken): (_, Vec<Held>) = match *wanted {
            Wanted::Pop { end, count, .. } => {
                (end, std::iter::from_fn(|| self.pop(key, end)).take(count).collect())
            }
            Wanted::Move { to, from, at, .. } => (from, vec![self.lmove(key, to, from, at)?]),
        };
        let numbers = taken.iter().map(|held| {
            held.returned[side(end)].unwrap_or_else(|| {
                self.served += 1;
                self.served
            })
        });
        let numbers = numbers.collect();
        let elements = taken.iter().map(|held| held.element).collect();
        Some(State::Served { key, elements, numbers })
    }

    /// The loop of Redis: round by round, key by key, client by client.
    fn serve(&mut self) {
        while !self.ready.is_empty() {
            for _ in 0..self.ready.len() {
                let Some(key) = self.ready.pop_front() else { return };
                while self.lists.contains_key(key)
                    && let Some(client) = self.next_waiter(key)
                {
                    let wanted = self.clients[client].0.clone();
                    self.clients[client].1 = State::Over;
                    self.clients[client].1 = self.take(&wanted).expect("the key has a list");
                    if let Wanted::Move { to, at, .. } = wanted {
                        self.outermost(to, at).moved_for = Some(client);
                    }
                }
            }
        }
    }

    fn block(&mut self, wanted: &Wanted) -> Option<String> {
        if let Some(State::Served { key, elements, .. }) = self.take(wanted) {
            self.serve();
            return Some(spelled(wanted, key, &elements));
        }
        self.clients.push((wanted.clone(), State::Waiting));
        None
    }

    fn poll(&mut self, client: usize) -> Option<String> {
        let (wanted, state) = &mut self.clients[client];
        let State::Served { key, elements, .. } = state else { return None };
        let reply = spelled(wanted, key, elements);
        *state = State::Over;
        Some(reply)
    }

    fn give_up(&mut self, client: usize) {
        let (wanted, state) = &mut self.clients[client];
        let wanted = wanted.clone();
        let State::Served { key, elements, numbers } = std::mem::replace(state, State::Over) else {
            return;
        };
        let end = match wanted {
            Wanted::Pop { end, .. } => end,
            Wanted::Move { to, from, .. } => {
                if !self.take_back(to, client) {
                    return;
                }
                from
            }
        };
        for (element, number) in elements.into_iter().zip(numbers) {
            self.give_back(key, end, element, number);
        }
        self.serve();
    }

    /// It goes behind those that came back to this end and were served before it, as long as they still are outermost.
    fn give_back(&mut self, key: &'static str, end: &str, element: usize, number: u64) {
        if !self.lists.contains_key(key) {
            self.created(key);
        }
        let list = self.lists.entry(key).or_default();
        let precedes = |held: &&Held| held.returned[side(end)].is_some_and(|other| other < number);
        let mut held = Held::new(element);
        held.returned[side(end)] = Some(number);
        if end == "LEFT" {
            list.insert(list.iter().take_while(precedes).count(), held);
        } else {
            list.insert(list.len() - list.iter().rev().take_while(precedes).count(), held);
        }
    }

    /// Removes the element that was moved here for this client, if it still is here.
    fn take_back(&mut self, key: &'static str, client: usize) -> bool {
        let Some(list) = self.lists.get_mut(key) else { return false };
        let place = list.iter().position(|held| held.moved_for == Some(client));
        let Some(place) = place else { return false };
        let is_inside = 0 < place && place + 1 < list.len();
        list.remove(place);
        if is_inside {
            for held in list.iter_mut() {
                held.returned = [None; 2];
            }
        }
        if list.is_empty() {
            self.lists.remove(key);
        }
        true
    }

    fn contents(&self) -> String {
        let list = |(key, list): (&&str, &VecDeque<Held>)| {
            list.iter().fold((*key).to_owned(), |mut line, held| {
                let _ = write!(line, " {}", held.element);
                line
            })
        };
        self.lists.iter().map(list).collect::<Vec<_>>().join("; ")
    }
}

fn spelled(wanted: &Wanted, key: &str, elements: &[usize]) -> String {
    let elements: Vec<String> = elements.iter().map(usize::to_string).collect();
    match wanted {
        Wanted::Pop { .. } => format!("{key} {}", elements.join(" ")),
        Wanted::Move { .. } => elements.join(" "),
    }
}

/// The store and the rules, side by side.
struct Pair {
    store: redeque::Store,
    /// As in the rules, but none for those who gave up.
    clients: Vec<Option<Spelled>>,
    rules: Rules,
}

impl Pair {
    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Block(wanted) => match self.rules.block(wanted) {
                Some(reply) => prop_assert_eq!(at_once(&self.store, wanted), reply),
                None => self.clients.push(Some(block(&self.store, &wanted.command()))),
            },
            Step::Write(commands) => {
                let mut lines = Vec::new();
                for command in commands {
                    lines.push(command.command(self.rules.pushed));
                    self.rules.write(command);
                }
                self.rules.serve();
                match &lines[..] {
                    [line] => drop(run(&self.store, line)),
                    lines => {
                        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                        exec(&self.store, &lines);
                    }
                }
            }
            Step::Poll(number) | Step::Drop(number) if !self.clients.is_empty() => {
                let number = number % self.clients.len();
                if matches!(step, Step::Poll(_)) {
                    self.poll(number)?;
                } else if self.clients[number].take().is_some() {
                    self.rules.give_up(number);
                }
            }
            Step::Poll(_) | Step::Drop(_) => {}
        }
        self.compare()
    }

    fn poll(&mut self, number: usize) -> Result<(), TestCaseError> {
        let Some(client) = &mut self.clients[number] else { return Ok(()) };
        let reply = match client.poll() {
            std::task::Poll::Ready(reply) => Some(reply),
            std::task::Poll::Pending => None,
        };
        let over = reply.is_some();
        prop_assert_eq!(reply, self.rules.poll(number), "client {}", number);
        if over {
            self.clients[number] = None;
        }
        Ok(())
    }

    fn compare(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(contents(&self.store), self.rules.contents());
        for (number, client) in self.clients.iter().enumerate() {
            if let Some(client) = client {
                let served = matches!(self.rules.clients[number].1, State::Served { .. });
                prop_assert_eq!(client.wakes(), usize::from(served), "client {}", number);
            }
        }
        Ok(())
    }
}

fn at_once(store: &redeque::Store, wanted: &Wanted) -> String {
    let mut client = crate::support::begin(store, &wanted.command());
    match client.poll() {
        std::task::Poll::Ready(reply) => reply,
        std::task::Poll::Pending => "it waits".to_owned(),
    }
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let keys = prop::collection::vec(select(&KEYS[..]), 1..4);
    prop_oneof![
        (keys, select(&ENDS[..]), 1..4_usize).prop_map(|(keys, end, count)| Wanted::Pop {
            keys,
            end,
            count
        }),
        [select(&KEYS[..]), select(&KEYS[..]), select(&ENDS[..]), select(&ENDS[..])]
            .prop_map(|[source, to, from, at]| Wanted::Move { source, to, from, at }),
    ]
}

fn written() -> impl Strategy<Value = Written> {
    let key = || select(&KEYS[..]);
    let end = || select(&ENDS[..]);
    prop_oneof![
        5 => (key(), end(), 1..5_usize).prop_map(|(k, e, count)| Written::Push(k, e, count)),
        1 => key().prop_map(Written::Pop),
        2 => (key(), key(), end(), end()).prop_map(|(s, d, f, t)| Written::Move(s, d, f, t)),
        1 => (key(), key()).prop_map(|(k, n)| Written::Rename(k, n)),
        1 => (key(), key()).prop_map(|(k, n)| Written::Copy(k, n)),
        1 => key().prop_map(Written::Del),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let one = written().prop_map(|written| vec![written]);
    let several = prop::collection::vec(written(), 0..6);
    prop_oneof![
        5 => wanted().prop_map(Step::Block),
        3 => one.prop_map(Step::Write),
        1 => several.prop_map(Step::Write),
        1 => any::<usize>().prop_map(Step::Poll),
        2 => any::<usize>().prop_map(Step::Drop),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_program_serves_the_same_clients_as_the_rules(
        steps in prop::collection::vec(step(), 1..40),
        shards in select(&[1_usize, 2, 3, 64][..]),
    ) {
        let mut pair =
            Pair { store: store_of(shards), clients: Vec::new(), rules: Rules::default() };
        for step in &steps {
            pair.step(step)?;
        }
        for number in 0..pair.clients.len() {
            pair.poll(number)?;
        }
    }
}
