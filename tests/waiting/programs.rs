//! Random programs of waiting, writing, giving up and closing, against the [rules](crate::rules): after every step the same
//! clients were served, with the same elements, and the same lists are left.
//!
//! `PROPTEST_CASES` sets how many programs run.

use std::task::Poll;

use proptest::prelude::*;
use proptest::sample::select;

use crate::rules::{Block, How, Rules, State, Wanted, Written};
use crate::support::{Spelled, begin, block, contents, exec, run, store_of};

const KEYS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// How many of them a program has.
const FEW: usize = 5;
const ENDS: [&str; 2] = ["LEFT", "RIGHT"];

#[derive(Debug, Clone)]
enum Step {
    /// A client begins to wait.
    Block(Wanted),
    Write(Vec<Written>),
    Flush,
    Close,
    /// The client of that number, counted around, is polled; or gives up.
    Poll(usize),
    Drop(usize),
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
            Step::Block(wanted) => self.block(wanted)?,
            Step::Write(commands) => self.write(commands),
            Step::Flush => self.flush(),
            Step::Close => {
                self.rules.close();
                self.store.close();
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

    fn block(&mut self, wanted: &Wanted) -> Result<(), TestCaseError> {
        let mut wanted = wanted.clone();
        if let Wanted::Push { element, .. } = &mut wanted {
            *element = self.rules.pushed;
            self.rules.pushed += 1;
        }
        match self.rules.block(&wanted) {
            Some(reply) => prop_assert_eq!(at_once(&self.store, &wanted), reply),
            None => self.clients.push(Some(block(&self.store, &wanted.command()))),
        }
        Ok(())
    }

    fn write(&mut self, commands: &[Written]) {
        let mut lines = Vec::new();
        for command in commands {
            lines.push(self.rules.command(command));
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

    /// In which order a flush makes several keys ready is not told, so it is DEL where that matters.
    fn flush(&mut self) {
        self.rules.write(&Written::Del(KEYS.to_vec()));
        let is_ordered = KEYS.iter().filter(|key| self.rules.has_pushers(key)).count() > 1;
        self.rules.serve();
        let command =
            if is_ordered { format!("DEL {}", KEYS.join(" ")) } else { "FLUSHALL".to_owned() };
        run(&self.store, &command);
    }

    fn poll(&mut self, number: usize) -> Result<(), TestCaseError> {
        let Some(client) = &mut self.clients[number] else { return Ok(()) };
        let reply = match client.poll() {
            Poll::Ready(reply) => Some(reply),
            Poll::Pending => None,
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
                let state = &self.rules.clients[number].1;
                let ended = matches!(state, State::Served { .. } | State::Closed);
                prop_assert_eq!(client.wakes(), usize::from(ended), "client {}", number);
            }
        }
        Ok(())
    }

    fn run(mut self, steps: &[Step]) -> Result<(), TestCaseError> {
        for step in steps {
            self.step(step)?;
        }
        (0..self.clients.len()).try_for_each(|number| self.poll(number))
    }
}

fn at_once(store: &redeque::Store, wanted: &Wanted) -> String {
    match begin(store, &wanted.command()).poll() {
        Poll::Ready(reply) => reply,
        Poll::Pending => "it waits".to_owned(),
    }
}

fn key(keys: usize) -> impl Strategy<Value = &'static str> {
    select(&KEYS[..keys])
}

fn end() -> impl Strategy<Value = &'static str> {
    select(&ENDS[..])
}

fn moves() -> impl Strategy<Value = Block> {
    let several = (any::<bool>(), 1..5_usize, any::<bool>());
    let several = several.prop_map(|(exactly, count, bulk)| How::Several { exactly, count, bulk });
    let how = prop_oneof![Just(How::One), several.boxed()];
    (end(), end(), how).prop_map(|(from, at, how)| Block { from, at, how })
}

/// What clients wait for, moves as often as `moving` says.
fn wanted(among: usize, moving: u32) -> impl Strategy<Value = Wanted> {
    let key = move || key(among);
    let keys = prop::collection::vec(key(), 1..4);
    prop_oneof![
        3 => (keys, end(), 1..4_usize)
            .prop_map(|(keys, end, count)| Wanted::Pop { keys, end, count }),
        moving => (key(), key(), moves())
            .prop_map(|(source, to, block)| Wanted::Move { source, to, block }),
        3 => (key(), end(), 1..5_usize)
            .prop_map(|(key, end, max_len)| Wanted::Push { key, end, max_len, element: 0 }),
    ]
}

fn written() -> impl Strategy<Value = Written> {
    let key = || key(FEW);
    let keys = || prop::collection::vec(key(), 1..4);
    prop_oneof![
        5 => (key(), end(), 1..5_usize).prop_map(|(k, e, count)| Written::Push(k, e, count)),
        2 => (key(), end(), 3..7_usize, 1..4_usize)
            .prop_map(|(k, e, max_len, count)| Written::PushBounded(k, e, max_len, count)),
        2 => key().prop_map(Written::Pop),
        2 => (keys(), end(), 1..5_usize).prop_map(|(ks, e, n)| Written::PopMany(ks, e, n)),
        3 => (key(), key(), moves()).prop_map(|(s, d, block)| Written::Move(s, d, block)),
        1 => (key(), any::<usize>()).prop_map(|(k, place)| Written::Remove(k, place)),
        1 => (key(), 0..3_usize, 0..4_usize).prop_map(|(k, i, j)| Written::Trim(k, i, j)),
        1 => (key(), key()).prop_map(|(k, n)| Written::Rename(k, n)),
        1 => (key(), key()).prop_map(|(k, n)| Written::Copy(k, n)),
        1 => keys().prop_map(Written::Del),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let one = written().prop_map(|written| vec![written]);
    let several = prop::collection::vec(written(), 0..6);
    prop_oneof![
        50 => wanted(FEW, 5).prop_map(Step::Block),
        30 => one.prop_map(Step::Write),
        10 => several.prop_map(Step::Write),
        2 => Just(Step::Flush),
        1 => Just(Step::Close),
        10 => any::<usize>().prop_map(Step::Poll),
        20 => any::<usize>().prop_map(Step::Drop),
    ]
}

fn new_pair(shards: usize) -> Pair {
    Pair { store: store_of(shards), clients: Vec::new(), rules: Rules::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_program_serves_the_same_clients_as_the_rules(
        steps in prop::collection::vec(step(), 1..40),
        shards in select(&[1_usize, 2, 3, 64][..]),
    ) {
        new_pair(shards).run(&steps)?;
    }

    /// Many wait to move elements on before anything is there, each key in a shard of its own: every lock that serving needs
    /// has to be found, and in which order keys are looked at decides which ones those are.
    #[test]
    fn every_program_of_moves_finds_its_locks(
        waits in prop::collection::vec(wanted(KEYS.len(), 20).prop_map(Step::Block), 5..30),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        new_pair(256).run(&[waits, steps].concat())?;
    }
}
