//! What several threads did and saw, and whether commands that take effect at once explain it.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use redeque::Store;
use redeque::model::{Model, Operation, Outcome};
use stateright::semantics::{ConsistencyTester, LinearizabilityTester, SequentialSpec};

use crate::program::{Program, Step};

/// One step of one thread. It took effect between two moments of a clock that all threads share.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) thread: usize,
    pub(crate) step: Step,
    pub(crate) reply: Vec<Outcome>,
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

/// The model, as the checker wants it.
#[derive(Clone)]
struct Reference(Model);

impl SequentialSpec for Reference {
    type Op = Step;
    type Ret = Vec<Outcome>;

    fn invoke(&mut self, step: &Step) -> Vec<Outcome> {
        step.on_model(&mut self.0)
    }
}

impl History {
    /// Runs a program on a new store, each step with `run`. In the end one more thread looks at every list.
    pub(crate) fn record(
        program: &Program,
        run: impl Fn(&Step, &Store) -> Vec<Outcome> + Sync,
    ) -> Self {
        let store = Store::builder().shards(program.shards).build().unwrap();
        for operation in &program.before {
            operation.on_store(&store);
        }
        let (clock, ready) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let now = || clock.fetch_add(1, Ordering::SeqCst);
        let perform = |thread: usize, step: &Step| {
            let invoked = now();
            let reply = run(step, &store);
            let returned = now();
            Event { thread, step: step.clone(), reply, invoked, returned }
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

    pub(crate) fn is_linearizable(&self) -> bool {
        let mut model = Model::new();
        for operation in &self.before {
            operation.on_model(&mut model);
        }
        let mut edges: Vec<(usize, &Event)> =
            self.events.iter().flat_map(|e| [(e.invoked, e), (e.returned, e)]).collect();
        edges.sort_by_key(|(moment, _)| *moment);
        let mut tester = LinearizabilityTester::new(Reference(model));
        for (moment, event) in edges {
            let recorded = if moment == event.invoked {
                tester.on_invoke(event.thread, event.step.clone())
            } else {
                tester.on_return(event.thread, event.reply.clone())
            };
            recorded.expect("each thread does one thing after the other");
        }
        tester.is_consistent()
    }

    /// Whether two threads were inside of commands on the same key at the same time.
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
        for Event { thread, step, reply, invoked, returned } in &self.events {
            writeln!(f, "  {invoked:3} to {returned:3}, thread {thread}: {step:?} -> {reply:?}")?;
        }
        Ok(())
    }
}
