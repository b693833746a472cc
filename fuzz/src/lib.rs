//! Programs for the fuzz target `programs`: decoded from bytes, and run on a store and on the model.

mod decode;

use std::fmt;

use redeque::model::{self, Batch, Model, Operation};
use redeque::{ManualClock, Store};

/// What the bytes of an input say.
#[derive(Debug)]
pub struct Program {
    shards: usize,
    steps: Vec<Step>,
}

enum Step {
    Alone(Operation),
    Transaction(Batch),
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alone(operation) => operation.fmt(f),
            Self::Transaction(batch) => batch.fmt(f),
        }
    }
}

impl Program {
    /// Runs the program on a store and on the model.
    ///
    /// # Panics
    ///
    /// If any reply differs, or what both hold at the end.
    pub fn run(&self) {
        let mut model = Model::new();
        let clock = ManualClock::at(model.now());
        let store = Store::builder().shards(self.shards).clock(clock).build();
        let store = store.expect("a legal number of shards");
        for (at, step) in self.steps.iter().enumerate() {
            let (real, expected) = match step {
                Step::Alone(operation) => {
                    (vec![operation.on_store(&store)], vec![operation.on_model(&mut model)])
                }
                Step::Transaction(batch) => (batch.on_store(&store), batch.on_model(&mut model)),
            };
            assert_eq!(real, expected, "store, then model: step {at} of {self:#?}");
        }
        let (real, expected) = (model::contents_of(&store), model.contents());
        assert_eq!(real, expected, "contents of store, then model, after {self:#?}");
        let (real, expected) = (model::deadlines_of(&store), model.deadlines());
        assert_eq!(real, expected, "deadlines of store, then model, after {self:#?}");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_can_be_decoded() {
        let decoded = (0..=254).flat_map(|code| Program::decode(&[0, code]).steps);
        let methods: BTreeSet<&str> = decoded
            .map(|step| match step {
                Step::Alone(operation) => operation.method(),
                Step::Transaction(batch) => panic!("{batch:?} is none"),
            })
            .collect();
        assert_eq!(methods, Operation::METHODS.iter().copied().collect());
    }
}
