//! The same question, asked of a checker that others wrote: it tries all orders, so only histories that are short have it.

use redeque::model::Outcome;
use stateright::semantics::{ConsistencyTester, LinearizabilityTester, SequentialSpec};

use crate::history::{History, Span};
use crate::reference::{Effect, Reference};

impl SequentialSpec for Reference {
    type Op = Effect;
    type Ret = Vec<Outcome>;

    fn invoke(&mut self, effect: &Effect) -> Vec<Outcome> {
        let (next, reply) = self.after(effect).pop().expect("what is whole can always be done");
        *self = next;
        reply
    }
}

/// Whether some order explains a history, in which nothing was dropped.
pub(crate) fn explains(history: &History) -> bool {
    let spans = history.spans();
    let mut edges: Vec<(usize, &Span)> =
        spans.iter().flat_map(|span| [(span.from, span), (span.to, span)]).collect();
    edges.sort_by_key(|(moment, _)| *moment);
    let mut tester = LinearizabilityTester::new(Reference::new(&history.before));
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
