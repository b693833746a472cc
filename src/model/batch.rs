//! A transaction as a value: the keys that it declares, and the operations inside it.

use super::{ByteString, Model, Operation, Outcome};
use crate::{Error, Store};

/// One transaction: what it declares and what it does.
///
/// Only operations on named keys have a place in it; others are skipped on both sides.
///
/// ```
/// use redeque::{Error, Store};
/// use redeque::model::{Batch, Model, Operation, Outcome};
///
/// let pop = |key: &str| Operation::Lpop { key: key.into() };
/// let batch = Batch { keys: vec!["k".into()], operations: vec![pop("k"), pop("other")] };
/// let outcomes = batch.on_store(&Store::new());
/// assert_eq!(outcomes, [Outcome::Nil, Outcome::Failed(Error::UndeclaredKey)]);
/// assert_eq!(outcomes, batch.on_model(&mut Model::new()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Batch {
    /// The keys that the transaction declares.
    pub keys: Vec<ByteString>,
    /// What it does, in order.
    pub operations: Vec<Operation>,
}

impl Batch {
    /// Runs the operations on the model. One that names an undeclared key fails and changes nothing.
    ///
    /// ```
    /// use redeque::model::{Batch, Model};
    ///
    /// let empty = Batch { keys: vec![], operations: vec![] };
    /// assert!(empty.on_model(&mut Model::new()).is_empty());
    /// ```
    pub fn on_model(&self, model: &mut Model) -> Vec<Outcome> {
        let outcome = |operation: &Operation| {
            let declared = operation.keys()?.into_iter().all(|key| self.keys.contains(key));
            Some(if declared {
                operation.on_model(model)
            } else {
                Outcome::Failed(Error::UndeclaredKey)
            })
        };
        self.operations.iter().filter_map(outcome).collect()
    }

    /// Runs the operations as one transaction of a store.
    ///
    /// An operation that names an undeclared key *and* has an argument that no keyspace would make good is free to
    /// report either fault: it counts as the undeclared key. A transaction that fails as a whole is one failed outcome.
    ///
    /// ```
    /// use redeque::Store;
    /// use redeque::model::{Batch, Operation, Outcome};
    ///
    /// let push = Operation::Lpush { key: "k".into(), element: "a".into() };
    /// let batch = Batch { keys: vec!["k".into()], operations: vec![push] };
    /// assert_eq!(batch.on_store(&Store::new()), [Outcome::Integer(1)]);
    /// ```
    pub fn on_store(&self, store: &Store) -> Vec<Outcome> {
        let outcomes = store.transaction(&self.keys, |transaction| {
            let outcome = |operation: &Operation| {
                let outcome = operation.in_transaction(transaction)?;
                let either = !self.declares(operation) && bad_argument(operation, &outcome);
                Some(if either { Outcome::Failed(Error::UndeclaredKey) } else { outcome })
            };
            Ok(self.operations.iter().filter_map(outcome).collect())
        });
        outcomes.unwrap_or_else(|error| vec![Outcome::Failed(error)])
    }

    fn declares(&self, operation: &Operation) -> bool {
        operation.keys().into_iter().flatten().all(|key| self.keys.contains(key))
    }
}

/// Whether `outcome` is about the operation's arguments alone: without any key it fails in the same way, and not
/// because there is no key.
fn bad_argument(operation: &Operation, outcome: &Outcome) -> bool {
    *outcome != Outcome::Failed(Error::NoSuchKey)
        && matches!(outcome, Outcome::Failed(_))
        && *outcome == operation.on_model(&mut Model::new())
}
