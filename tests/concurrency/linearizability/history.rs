//! What several threads did and saw, and whether commands that take effect at once explain it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use redeque::model::{Model, Operation, Outcome};
use redeque::{Error, Store};
use stateright::semantics::{ConsistencyTester, LinearizabilityTester, SequentialSpec};

use crate::program::{Program, Step};
use crate::waiting::{Answer, Return, Waiting, give_back};

/// One step of one thread. It took effect between two moments of a clock that all threads share.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) thread: usize,
    pub(crate) step: Step,
    pub(crate) answer: Answer,
    pub(crate) invoked: usize,
    pub(crate) returned: usize,
}

#[derive(Debug)]
pub(crate) struct History {
    /// What a single thread did to the empty store, before all else.
    pub(crate) before: Vec<Operation>,
    /// In the order in which they were invoked.
    pub(crate) events: Vec<Event>,
}

/// What the checker looks for a place for.
#[derive(Debug, Clone)]
enum Effect {
    Whole(Step),
    /// The two halves of a future that was dropped: it took what there was, if anything, and gave that back.
    Take(usize, Waiting),
    GiveBack(usize, Return),
}

/// An effect, and the moments between which it came.
struct Span {
    thread: usize,
    effect: Effect,
    reply: Vec<Outcome>,
    from: usize,
    to: usize,
}

/// The model, as the checker wants it.
#[derive(Clone)]
struct Reference {
    model: Model,
    /// What dropped futures have got and not yet given back.
    taken: BTreeMap<usize, (Operation, Outcome)>,
    is_closed: bool,
}

impl SequentialSpec for Reference {
    type Op = Effect;
    type Ret = Vec<Outcome>;

    fn invoke(&mut self, effect: &Effect) -> Vec<Outcome> {
        match effect {
            Effect::Whole(step) => return self.run(step),
            Effect::Take(future, Waiting { takes, .. }) => {
                let got = self.operate(takes);
                self.taken.insert(*future, (takes.clone(), got));
            }
            Effect::GiveBack(future, way) => match self.taken.remove(future) {
                Some((takes, got)) => give_back(&mut self.model, &takes, got, *way),
                // No reply that a history has: nothing is given back before it was got.
                None => return vec![Outcome::Nil],
            },
        }
        Vec::new()
    }
}

impl Reference {
    fn run(&mut self, step: &Step) -> Vec<Outcome> {
        match step {
            Step::Command(operation) => vec![self.operate(operation)],
            Step::Transaction(batch) if self.is_closed => {
                let declared = batch.operations.iter().filter(|one| one.keys().is_some());
                declared.map(|operation| self.operate(operation)).collect()
            }
            Step::Transaction(batch) => batch.on_model(&mut self.model),
            Step::Wait(waiting) => match self.operate(&waiting.takes) {
                Outcome::Nil if self.is_closed => vec![Outcome::Failed(Error::Closed)],
                reply => vec![reply],
            },
            Step::Close => {
                self.is_closed = true;
                vec![Outcome::Ok]
            }
        }
    }

    /// What a command replies: a closed store refuses it if it brings elements, and before it looks at any.
    fn operate(&mut self, operation: &Operation) -> Outcome {
        if !self.is_closed || !brings_elements(operation) {
            return operation.on_model(&mut self.model);
        }
        match operation.on_model(&mut Model::new()) {
            wrong @ Outcome::Failed(Error::WrongArity(_) | Error::NeverFits) => wrong,
            _ => Outcome::Failed(Error::Closed),
        }
    }
}

fn brings_elements(operation: &Operation) -> bool {
    let brings = |command: &&str| operation.method().starts_with(command);
    ["lpush", "rpush", "linsert", "copy"].iter().any(brings)
}

impl Event {
    /// The ways in which a future that was dropped may have given back what it had got; one where nothing is.
    fn ways(&self, dropped: usize) -> Vec<Return> {
        match (&self.step, &self.answer.dropped) {
            (Step::Wait(waiting), Some(_)) => Return::all(&waiting.takes, dropped),
            _ => vec![Return::default()],
        }
    }

    /// The effects of the event, the halves of which are on threads of their own: nothing orders them but the moments.
    fn spans(&self, number: usize, threads: usize, way: Return) -> Vec<Span> {
        let Event { thread, step, answer, invoked, returned } = self;
        let span = |thread, effect, from| Span {
            thread,
            effect,
            reply: answer.reply.clone(),
            from,
            to: *returned,
        };
        match (step, &answer.dropped) {
            (Step::Wait(waiting), Some(dropped)) => vec![
                span(threads + 2 * number, Effect::Take(number, waiting.clone()), *invoked),
                span(threads + 2 * number + 1, Effect::GiveBack(number, way), dropped.at),
            ],
            _ => vec![span(*thread, Effect::Whole(step.clone()), *invoked)],
        }
    }
}

impl History {
    /// Runs a program on a new store, each step with `run`. In the end one more thread looks at every list.
    pub(crate) fn record(
        program: &Program,
        run: impl Fn(&Step, &Store, &dyn Fn() -> usize) -> Answer + Sync,
    ) -> Self {
        let store = Store::builder().shards(program.shards).build().unwrap();
        for operation in &program.before {
            operation.on_store(&store);
        }
        let (clock, ready) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let now = || clock.fetch_add(1, Ordering::SeqCst);
        let perform = |thread: usize, step: &Step| {
            let invoked = now();
            let answer = run(step, &store, &now);
            let returned = now();
            Event { thread, step: step.clone(), answer, invoked, returned }
        };
        let run_thread = |(thread, steps): (usize, &Vec<Step>)| {
            ready.fetch_add(1, Ordering::SeqCst);
            while ready.load(Ordering::SeqCst) < program.threads.len() {
                thread::yield_now();
            }
            steps.iter().map(|step| perform(thread, step)).collect::<Vec<_>>()
        };
        let mut events: Vec<Event> = thread::scope(|scope| {
            let threads = program.threads.iter().enumerate();
            let threads: Vec<_> =
                threads.map(|thread| scope.spawn(move || run_thread(thread))).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        events.push(perform(program.threads.len(), &Program::look_at_all()));
        events.sort_by_key(|event| event.invoked);
        Self { before: program.before.clone(), events }
    }

    /// Whether some order of the commands explains the replies. Where something goes that is given back depends on what
    /// else was and is told in `tests/waiting/programs.rs`; here any of the places will do, so it is tried with each.
    pub(crate) fn is_linearizable(&self) -> bool {
        let dropped = self.dropped();
        let ways: Vec<Vec<Return>> = self.events.iter().map(|event| event.ways(dropped)).collect();
        let count = ways.iter().map(Vec::len).product();
        (0..count).any(|mut choice: usize| {
            let chosen = ways.iter().map(|ways| {
                let way = ways[choice % ways.len()];
                choice /= ways.len();
                way
            });
            self.is_linearizable_with(&chosen.collect::<Vec<_>>())
        })
    }

    /// How many steps were taken.
    pub(crate) fn events(&self) -> usize {
        self.events.len()
    }

    /// How many waits were dropped.
    pub(crate) fn dropped(&self) -> usize {
        self.events.iter().filter(|event| event.answer.dropped.is_some()).count()
    }

    fn is_linearizable_with(&self, ways: &[Return]) -> bool {
        let mut model = Model::new();
        for operation in &self.before {
            operation.on_model(&mut model);
        }
        let threads = self.events.iter().map(|event| event.thread + 1).max().unwrap_or(0);
        let numbered = self.events.iter().enumerate();
        let spans: Vec<Span> = numbered
            .flat_map(|(number, event)| event.spans(number, threads, ways[number]))
            .collect();
        let mut edges: Vec<(usize, &Span)> =
            spans.iter().flat_map(|span| [(span.from, span), (span.to, span)]).collect();
        edges.sort_by_key(|(moment, _)| *moment);
        let mut tester = LinearizabilityTester::new(Reference {
            model,
            taken: BTreeMap::new(),
            is_closed: false,
        });
        for (moment, span) in edges {
            let recorded = if moment == span.from {
                tester.on_invoke(span.thread, span.effect.clone())
            } else {
                tester.on_return(span.thread, span.reply.clone())
            };
            recorded.expect("each thread does one thing after the other");
        }
        tester.is_consistent()
    }

    /// Whether two threads were inside commands on the same key at the same time.
    pub(crate) fn overlaps(&self) -> bool {
        self.events.iter().enumerate().any(|(at, first)| {
            let later = self.events[at + 1..].iter();
            later
                .take_while(|second| second.invoked < first.returned)
                .any(|second| first.step.shares_a_key_with(&second.step))
        })
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "no order of these commands explains the replies")?;
        for operation in &self.before {
            writeln!(f, "  before: {operation:?}")?;
        }
        for Event { thread, step, answer, invoked, returned } in &self.events {
            write!(f, "  {invoked:3} to {returned:3}, thread {thread}: {step:?} -> ")?;
            match &answer.dropped {
                None => writeln!(f, "{:?}", answer.reply)?,
                Some(dropped) => writeln!(f, "dropped since {}", dropped.at)?,
            }
        }
        Ok(())
    }
}
