//! [`proptest`](mod@proptest) strategies for programs that find bugs: few keys, so that commands meet on them; few
//! different elements, so that searches find several; lists that are short, long and empty; arguments at every edge; and
//! deadlines, some of which come while the program runs.
//!
//! ```
//! use proptest::prelude::*;
//! use redeque::model::strategy;
//!
//! proptest!(|(key in strategy::key(), program in strategy::program(0..20))| {
//!     prop_assert!(key.len() < 10);
//!     prop_assert!(program.len() < 20);
//! });
//! ```

use proptest::collection::{SizeRange, vec};
use proptest::prelude::*;
use proptest::sample::subsequence;
use proptest::strategy::Union;

use super::arguments::KEYS;
pub use super::arguments::{
    count, direction, element, elements, index, key, keys, pattern, turning,
};
use super::{Batch, ByteString, Operation};

/// Any command on named keys: what a transaction offers.
///
/// Pushes outweigh pops and removals, so that most commands find a list.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::model::strategy;
///
/// proptest!(|(operation in strategy::key_operation())| prop_assert!(operation.keys().is_some()));
/// ```
pub fn key_operation() -> impl Strategy<Value = Operation> {
    Union::new_weighted(Operation::on_keys())
}

/// Any command.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::model::{Model, strategy};
///
/// let mut model = Model::new();
/// proptest!(|(operation in strategy::operation())| {
///     let copy = model.clone().contents();
///     operation.on_model(&mut model.clone());
///     prop_assert_eq!(model.contents(), copy);
/// });
/// ```
pub fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![40 => key_operation(), 3 => Union::new_weighted(Operation::on_all_keys())]
}

/// A program: operations in a row, as many as `length` allows.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::model::strategy;
///
/// proptest!(ProptestConfig::with_cases(32), |(program in strategy::program(10..=20))| {
///     prop_assert!((10..=20).contains(&program.len()));
/// });
/// ```
pub fn program(length: impl Into<SizeRange>) -> impl Strategy<Value = Vec<Operation>> {
    vec(operation(), length)
}

/// A program in transactions, as many as `length` allows, of up to twelve operations each. Most transactions declare
/// every key that they use, some only a few of them.
///
/// ```
/// use proptest::prelude::*;
/// use redeque::model::strategy;
///
/// proptest!(ProptestConfig::with_cases(32), |(batches in strategy::transaction_program(0..5))| {
///     for batch in batches {
///         prop_assert!(batch.operations.iter().all(|operation| operation.keys().is_some()));
///     }
/// });
/// ```
pub fn transaction_program(length: impl Into<SizeRange>) -> impl Strategy<Value = Vec<Batch>> {
    let keys = || KEYS.map(ByteString::from).to_vec();
    let declared =
        prop_oneof![3 => Just(keys()), 1 => subsequence(keys(), 0..=KEYS.len()).prop_shuffle()];
    let operations = vec(key_operation(), 0..=12);
    vec((declared, operations).prop_map(|(keys, operations)| Batch { keys, operations }), length)
}
