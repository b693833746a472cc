//! Random programs of waiting, writing, giving up and closing, against the [rules](crate::rules): after every step the same
//! clients were served, with the same elements, and the same lists are left.
//!
//! `PROPTEST_CASES` sets how many programs run.

use std::task::Poll;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use redeque::{ManualClock, Ttl};

use crate::rules::{Block, How, Rules, State, Wanted, Written};
use crate::support::{SlyClock, Spelled, begin, block, contents, exec, run};

const KEYS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// How many of them a program has.
const FEW: usize = 5;
const ENDS: [&str; 2] = ["LEFT", "RIGHT"];

#[derive(Debug, Clone)]
enum Step {
    /// A client begins to wait.
    Block(Wanted),
    Write(Vec<Written>),
    /// The clock is turned, and what is due is reaped at once; or it stays until the next command, which comes now.
    Turn(u64),
    TurnAndWrite(u64, Vec<Written>),
    TurnAndBlock(u64, Wanted),
    Flush,
    Close,
    /// The client of that number, counted around, is polled; or gives up.
    Poll(usize),
    Drop(usize),
}

/// The store and the rules, side by side.
struct Pair {
    store: redeque::Store,
    clock: SlyClock,
    /// As in the rules, but none for those who gave up.
    clients: Vec<Option<Spelled>>,
    rules: Rules,
}

impl Pair {
    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Block(wanted) => self.block(wanted)?,
            Step::Write(commands) => self.write(commands),
            Step::Turn(by) => {
                self.turn(*by);
                self.rules.serve();
                self.store.reap();
            }
            Step::TurnAndWrite(by, commands) => {
                self.turn(*by);
                self.write(commands);
            }
            Step::TurnAndBlock(by, wanted) => {
                self.turn(*by);
                self.rules.serve();
                self.block(wanted)?;
            }
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

    fn turn(&mut self, by: u64) {
        self.rules.turn(by);
        self.clock.turn(Duration::from_millis(by));
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
        prop_assert_eq!(deadlines(&self.store), self.rules.deadlines());
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

/// Where what is due goes depends on which shards commands lock, the rules do not say who is served when. What holds all the
/// same: nobody waits for what is the case, and commands find the locks that they need.
struct Alone {
    store: redeque::Store,
    clock: SlyClock,
    /// None for those who gave up or are done.
    clients: Vec<(Wanted, Option<Spelled>)>,
    /// They only number elements.
    rules: Rules,
    served: usize,
}

impl Alone {
    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Block(wanted) => self.block(wanted),
            Step::Write(commands) => self.write(commands),
            Step::Turn(by) => self.turn(*by),
            Step::TurnAndWrite(by, commands) => {
                self.turn(*by);
                self.write(commands);
            }
            Step::TurnAndBlock(by, wanted) => {
                self.turn(*by);
                self.block(wanted);
            }
            Step::Poll(number) | Step::Drop(number) if !self.clients.is_empty() => {
                let number = number % self.clients.len();
                if matches!(step, Step::Poll(_)) {
                    self.poll(number);
                } else {
                    self.clients[number].1 = None;
                }
            }
            Step::Flush | Step::Close | Step::Poll(_) | Step::Drop(_) => {}
        }
        // This look at a key does not remove it.
        let is_there = |key: &str| self.store.exists_all([key]);
        self.nobody_waits_in_vain(|wanted| matches!(wanted, Wanted::Pop { .. }), is_there)
    }

    fn turn(&mut self, by: u64) {
        self.clock.turn(Duration::from_millis(by));
    }

    fn block(&mut self, wanted: &Wanted) {
        let mut wanted = wanted.clone();
        if let Wanted::Push { element, .. } = &mut wanted {
            *element = self.rules.pushed;
            self.rules.pushed += 1;
        }
        let mut client = begin(&self.store, &wanted.command());
        if client.poll().is_pending() {
            self.clients.push((wanted, Some(client)));
        }
    }

    fn write(&mut self, commands: &[Written]) {
        let line = |command: &Written| {
            let line = self.rules.command(command);
            self.rules.pushed += 10;
            line
        };
        let lines: Vec<String> = commands.iter().map(line).collect();
        match &lines[..] {
            [line] => drop(run(&self.store, line)),
            lines => {
                let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                exec(&self.store, &lines);
            }
        }
    }

    fn poll(&mut self, number: usize) {
        let client = &mut self.clients[number].1;
        if client.as_mut().is_some_and(|client| client.poll().is_ready()) {
            *client = None;
            self.served += 1;
        }
    }

    /// None of these clients waits, where lists are as long as this.
    fn nobody_waits_in_vain(
        &self,
        who: fn(&Wanted) -> bool,
        len: impl Fn(&str) -> usize,
    ) -> Result<(), TestCaseError> {
        for (wanted, client) in &self.clients {
            let waits = client.as_ref().is_some_and(|client| client.wakes() == 0);
            for key in wanted.keys().iter().filter(|_| waits && who(wanted)) {
                let len = len(key);
                prop_assert!(
                    !wanted.can_be_served_by(len),
                    "{:?} waits: {} has {}",
                    wanted,
                    key,
                    len
                );
            }
        }
        Ok(())
    }

    /// Returns how many were served after they had waited.
    fn run(mut self, steps: &[Step]) -> Result<usize, TestCaseError> {
        for step in steps {
            self.step(step)?;
        }
        self.store.reap();
        self.nobody_waits_in_vain(|_| true, |key| self.store.llen(key))?;
        (0..self.clients.len()).for_each(|number| self.poll(number));
        let left = self.clients.iter().filter(|(_, client)| client.is_some()).count();
        prop_assert_eq!(self.store.blocked_clients(), left);
        Ok(self.served)
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

/// The same with deadlines.
fn written_for_a_while() -> impl Strategy<Value = Written> {
    prop_oneof![
        5 => written(),
        2 => (key(FEW), 0..5_u64).prop_map(|(k, after)| Written::Expire(k, after)),
        1 => key(FEW).prop_map(Written::Persist),
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

/// The same where keys expire. As no command comes by in vain, what is due is removed by the next one if all is in one shard.
fn step_in_time() -> impl Strategy<Value = Step> {
    let several = || prop::collection::vec(written_for_a_while(), 1..4);
    let some_time = || 1..4_u64;
    // Who waits is served from a list that expires.
    let fleeting = (key(FEW), end(), 1..4_usize, 1..6_u64).prop_map(|(key, end, count, after)| {
        Step::Write(vec![Written::Push(key, end, count), Written::Expire(key, after)])
    });
    prop_oneof![
        10 => step(),
        3 => fleeting,
        5 => several().prop_map(Step::Write),
        2 => some_time().prop_map(Step::Turn),
        2 => (some_time(), several()).prop_map(|(by, several)| Step::TurnAndWrite(by, several)),
        2 => (some_time(), wanted(FEW, 5)).prop_map(|(by, wanted)| Step::TurnAndBlock(by, wanted)),
    ]
}

/// Lists that are full and expire soon, and moves that find them when they have.
fn step_of_expiry() -> impl Strategy<Value = Step> {
    let key = || key(KEYS.len());
    let wanted = || wanted(KEYS.len(), 20);
    let fleeting = (key(), 1..3_usize, 1..3_u64).prop_map(|(key, count, after)| {
        Step::Write(vec![Written::Push(key, ENDS[1], count), Written::Expire(key, after)])
    });
    let pushing = (key(), end(), 1..3_usize).prop_map(|(key, end, max_len)| Wanted::Push {
        key,
        end,
        max_len,
        element: 0,
    });
    let turns = || 1..4_u64;
    let one = || written_for_a_while().prop_map(|written| vec![written]);
    prop_oneof![
        6 => wanted().prop_map(Step::Block),
        6 => pushing.prop_map(Step::Block),
        6 => fleeting,
        6 => (turns(), wanted()).prop_map(|(by, wanted)| Step::TurnAndBlock(by, wanted)),
        3 => (turns(), one()).prop_map(|(by, one)| Step::TurnAndWrite(by, one)),
        2 => one().prop_map(Step::Write),
        1 => any::<usize>().prop_map(Step::Drop),
    ]
}

fn new_store(shards: usize) -> (redeque::Store, SlyClock) {
    let clock = ManualClock::new();
    let store = redeque::Store::builder().shards(shards).clock(&clock).build().unwrap();
    let clock = SlyClock::new(&store, &clock);
    (store, clock)
}

fn new_pair(shards: usize) -> Pair {
    let (store, clock) = new_store(shards);
    Pair { store, clock, clients: Vec::new(), rules: Rules::default() }
}

/// How many milliseconds each key has left that has a deadline: `a 20; b 3`.
fn deadlines(store: &redeque::Store) -> String {
    let left = KEYS.iter().filter_map(|key| match store.ttl(key) {
        Ttl::Remaining(left) => Some(format!("{key} {}", left.as_millis())),
        Ttl::NoKey | Ttl::NoDeadline => None,
    });
    left.collect::<Vec<_>>().join("; ")
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

    #[test]
    fn every_program_with_deadlines_serves_the_same_clients_as_the_rules(
        steps in prop::collection::vec(step_in_time(), 1..60),
    ) {
        new_pair(1).run(&steps)?;
    }

    /// What is due goes at another time where each key is in a shard of its own, unless it is reaped.
    #[test]
    fn every_program_with_deadlines_does_in_many_shards_what_the_rules_say(
        steps in prop::collection::vec(step_in_time().prop_map(reaped), 1..60),
        shards in select(&[2_usize, 3, 64][..]),
    ) {
        new_pair(shards).run(&steps.concat())?;
    }

    #[test]
    fn every_program_with_deadlines_finds_its_locks(
        waits in prop::collection::vec(wanted(KEYS.len(), 20).prop_map(Step::Block), 0..12),
        steps in prop::collection::vec(prop_oneof![9 => step_of_expiry(), 1 => step_in_time()], 1..80),
        shards in select(&[2_usize, 4, 64, 256][..]),
    ) {
        let (store, clock) = new_store(shards);
        let alone = Alone { store, clock, clients: Vec::new(), rules: Rules::default(), served: 0 };
        alone.run(&[waits, steps].concat())?;
    }
}

/// The same with what is due reaped before the next command.
fn reaped(step: Step) -> Vec<Step> {
    match step {
        Step::TurnAndWrite(by, commands) => vec![Step::Turn(by), Step::Write(commands)],
        Step::TurnAndBlock(by, wanted) => vec![Step::Turn(by), Step::Block(wanted)],
        step => vec![step],
    }
}
