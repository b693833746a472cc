//! What several threads did and saw, and whether commands that take effect at once explain it.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use redeque::model::{Operation, Outcome};
use redeque::{ManualClock, Store};

use crate::program::{Ground, Program, Step};
use crate::reference::{Effect, Reference, State};
use crate::waiting::Answer;

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

/// An effect, and the moments between which it came.
pub(crate) struct Span {
    pub(crate) thread: usize,
    pub(crate) effect: Effect,
    pub(crate) reply: Vec<Outcome>,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// A search for an order, depth first.
struct Search<'s> {
    spans: &'s [Span],
    /// Which spans were placed, and what there was then: the rest was tried from there, in vain. Many orders meet there, so this
    /// is what brings the search to its end.
    seen: HashSet<(u64, State)>,
}

impl Search<'_> {
    /// Whether there is an order of what is not placed yet, from here on. A bit stands for each span that is.
    fn goes_on(&mut self, placed: u64, reference: &Reference) -> bool {
        let open = |number: &usize| placed & (1 << number) == 0;
        let spans = self.spans;
        let ends = (0..spans.len()).filter(open).map(|number| spans[number].to);
        // Anybody who began after the first of them returned comes after that one.
        let Some(first_end) = ends.min() else { return true };
        let next = (0..spans.len()).filter(open).filter(|&number| spans[number].from < first_end);
        for number in next.collect::<Vec<_>>() {
            let span = &spans[number];
            for (after, reply) in reference.after(&span.effect) {
                let placed = placed | 1 << number;
                if reply == span.reply
                    && self.seen.insert((placed, after.state()))
                    && self.goes_on(placed, &after)
                {
                    return true;
                }
            }
        }
        false
    }
}

impl Event {
    /// The effects of the event, the halves of which are on threads of their own: nothing orders them but the moments.
    fn spans(&self, number: usize, threads: usize) -> Vec<Span> {
        let Event { thread, step, answer, invoked, returned } = self;
        let span = |thread, effect, from| Span {
            thread,
            effect,
            reply: answer.reply.clone(),
            from,
            to: *returned,
        };
        match (step, &answer.dropped) {
            (Step::Wait(waiting), Some(drop)) => {
                vec![
                    span(threads + 2 * number, Effect::Take(number, waiting.clone()), *invoked),
                    span(threads + 2 * number + 1, Effect::GiveBack(number), drop.at),
                ]
            }
            _ => vec![span(*thread, Effect::Whole(step.clone()), *invoked)],
        }
    }
}

impl History {
    /// Runs a program on a new store, each step with `run`. In the end one more thread looks at every list.
    pub(crate) fn record(
        program: &Program,
        run: impl Fn(&Step, &Ground, &dyn Fn() -> usize) -> Answer + Sync,
    ) -> Self {
        let hands = ManualClock::new();
        let store = Store::builder().shards(program.shards).clock(&hands).build().unwrap();
        for operation in &program.before {
            operation.on_store(&store);
        }
        let ground = Ground { store, hands };
        let (clock, ready) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let now = || clock.fetch_add(1, Ordering::SeqCst);
        let perform = |thread: usize, step: &Step| {
            let invoked = now();
            let answer = run(step, &ground, &now);
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
        let spans = self.spans();
        let mut search = Search { spans: &spans, seen: HashSet::new() };
        search.goes_on(0, &Reference::new(&self.before))
    }

    /// What has to find its place among the others.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let threads = self.events.iter().map(|event| event.thread + 1).max().unwrap_or(0);
        let numbered = self.events.iter().enumerate();
        numbered.flat_map(|(number, event)| event.spans(number, threads)).collect()
    }

    /// How many steps were taken.
    pub(crate) fn events(&self) -> usize {
        self.events.len()
    }

    /// How many waits were dropped.
    pub(crate) fn dropped(&self) -> usize {
        self.events.iter().filter(|event| event.answer.dropped.is_some()).count()
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
