//! What commands do, one after the other, as the model says; with deadlines, and with futures that give back.

use std::collections::BTreeMap;

use redeque::Error;
use redeque::model::{ByteString, Model, Operation, Outcome};

use crate::program::{KEYS, Step};
use crate::waiting::{Return, Waiting, give_back};

/// What the checker looks for a place for.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    Whole(Step),
    /// The two halves of a future that was dropped: it took what there was, if anything, and gave that back.
    Take(usize, Waiting),
    GiveBack(usize),
}

/// The model, and what a history needs beside it.
#[derive(Clone)]
pub(crate) struct Reference {
    model: Model,
    /// When keys expire, by a clock that begins at 0.
    deadlines: BTreeMap<ByteString, u64>,
    now: u64,
    /// What dropped futures have got and not yet given back.
    taken: BTreeMap<usize, Taken>,
    /// How many elements they have given back.
    returned: usize,
    is_closed: bool,
}

/// What a future has got.
#[derive(Debug, Clone)]
struct Taken {
    takes: Operation,
    got: Outcome,
    /// When the list was to expire of which it was the last.
    deadline: Option<u64>,
}

impl Reference {
    pub(crate) fn new(before: &[Operation]) -> Self {
        let mut model = Model::new();
        for operation in before {
            operation.on_model(&mut model);
        }
        let (deadlines, taken) = (BTreeMap::new(), BTreeMap::new());
        Self { model, deadlines, now: 0, taken, returned: 0, is_closed: false }
    }

    /// What may be after an effect, each with what it replies.
    pub(crate) fn after(&self, effect: &Effect) -> Vec<(Self, Vec<Outcome>)> {
        let mut next = self.clone();
        match effect {
            Effect::Whole(step) => {
                let reply = next.run(step);
                vec![(next, reply)]
            }
            Effect::Take(future, Waiting { takes, .. }) => {
                let before = next.deadlines.clone();
                let got = next.operate(takes);
                let emptied = source(takes, &got).filter(|key| next.model.llen(key) == 0);
                let deadline = emptied.and_then(|key| before.get(key).copied());
                next.taken.insert(*future, Taken { takes: takes.clone(), got, deadline });
                vec![(next, Vec::new())]
            }
            Effect::GiveBack(future) => {
                // Nothing is given back before it was got.
                let Some(taken) = next.taken.remove(future) else { return Vec::new() };
                let ways = Return::all(&taken.takes, &taken.got, next.returned);
                let way = |way: &Return| {
                    let mut next = next.clone();
                    next.give_back(&taken, way);
                    (next, Vec::new())
                };
                ways.iter().map(way).collect()
            }
        }
    }

    /// A key that is made again by what was the last of its list expires when it would have: maybe at once. But one whose element
    /// went round in its own list was there all the time.
    fn give_back(&mut self, taken: &Taken, way: &Return) {
        let Taken { takes, got, deadline } = taken;
        let source = source(takes, got).filter(|key| self.model.llen(key) == 0).cloned();
        give_back(&mut self.model, takes, got.clone(), way);
        self.returned += way.places.len();
        if let (Some(key), Some(at)) = (source, *deadline)
            && self.model.llen(&key) > 0
        {
            self.deadlines.insert(key, at);
            self.expire_due();
        }
        self.forget_deadlines();
    }

    /// What it is told apart by.
    pub(crate) fn state(&self) -> State {
        let lists = KEYS.map(|key| self.model.lrange(key.as_bytes(), 0, -1));
        let taken = if self.taken.is_empty() { String::new() } else { format!("{:?}", self.taken) };
        (lists, self.deadlines.clone(), self.now, taken, self.returned, self.is_closed)
    }

    /// Keys that are gone lose their deadlines.
    fn forget_deadlines(&mut self) {
        let Self { model, deadlines, .. } = self;
        deadlines.retain(|key, _| model.llen(key) > 0);
    }
}

pub(crate) type State =
    ([Vec<Vec<u8>>; KEYS.len()], BTreeMap<ByteString, u64>, u64, String, usize, bool);

impl Reference {
    fn run(&mut self, step: &Step) -> Vec<Outcome> {
        match step {
            Step::Command(operation) => vec![self.operate(operation)],
            Step::Transaction(batch) => {
                let declared = batch.operations.iter().filter(|one| one.keys().is_some());
                declared.map(|operation| self.operate(operation)).collect()
            }
            Step::Wait(waiting) => match self.operate(&waiting.takes) {
                Outcome::Nil if self.is_closed => vec![Outcome::Failed(Error::Closed)],
                reply => vec![reply],
            },
            Step::Close => {
                self.is_closed = true;
                vec![Outcome::Ok]
            }
            Step::Turn(by) => {
                self.now += by;
                self.expire_due();
                vec![Outcome::Ok]
            }
            Step::Expire(key, after) => vec![self.expire(key, *after).into()],
            Step::Persist(key) => vec![self.deadlines.remove(key).is_some().into()],
            Step::Ttl(key) => vec![Outcome::Integer(match self.deadlines.get(key) {
                _ if self.model.llen(key) == 0 => -2,
                None => -1,
                Some(at) => i64::try_from(at - self.now).expect("a program takes moments"),
            })],
            Step::PushForAWhile(key, element, after) => {
                let push = Operation::Rpush { key: key.clone(), element: element.clone() };
                vec![self.operate(&push), self.expire(key, *after).into()]
            }
        }
    }

    fn expire_due(&mut self) {
        let due = self.deadlines.extract_if(.., |_, at| *at < self.now);
        due.for_each(|(key, _)| _ = self.model.del(&key));
    }

    fn expire(&mut self, key: &ByteString, after: u64) -> bool {
        if self.model.llen(key) == 0 {
            return false;
        }
        self.deadlines.insert(key.clone(), self.now + after);
        if after == 0 {
            self.model.del(key);
            self.deadlines.remove(key);
        }
        true
    }

    /// What a command replies: a closed store refuses it if it brings elements, and before it looks at any.
    fn operate(&mut self, operation: &Operation) -> Outcome {
        if !self.is_closed || !brings_elements(operation) {
            let before = self.deadlines.clone();
            let reply = operation.on_model(&mut self.model);
            self.carry_deadline(operation, &reply, &before);
            self.forget_deadlines();
            return reply;
        }
        match operation.on_model(&mut Model::new()) {
            wrong @ Outcome::Failed(Error::WrongArity(_) | Error::NeverFits) => wrong,
            _ => Outcome::Failed(Error::Closed),
        }
    }
}

/// What becomes of deadlines by commands.
impl Reference {
    /// RENAME and COPY carry it.
    fn carry_deadline(
        &mut self,
        operation: &Operation,
        reply: &Outcome,
        before: &BTreeMap<ByteString, u64>,
    ) {
        let done = [Outcome::Ok, Outcome::Integer(1)].contains(reply);
        let (Operation::Rename { key: from, newkey: to }
        | Operation::Renamenx { key: from, newkey: to }
        | Operation::Copy { source: from, destination: to }
        | Operation::CopyReplace { source: from, destination: to }) = operation
        else {
            return;
        };
        if done && from != to {
            self.deadlines.remove(to);
            self.deadlines.extend(before.get(from).map(|at| (to.clone(), *at)));
        }
    }
}

/// The list from which elements were taken by this.
fn source<'o>(takes: &'o Operation, got: &'o Outcome) -> Option<&'o ByteString> {
    match (takes, got) {
        (Operation::Lmpop { .. }, Outcome::Popped(key, _)) => Some(key),
        (Operation::Lmove { source, .. }, Outcome::Bytes(_)) => Some(source),
        _ => None,
    }
}

fn brings_elements(operation: &Operation) -> bool {
    let brings = |command: &&str| operation.method().starts_with(command);
    ["lpush", "rpush", "linsert", "copy"].iter().any(brings)
}
