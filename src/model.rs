//! The reference model: Redis lists as a `HashMap` of `VecDeque`s, written to be read, not to be fast.
//!
//! A property test needs something to be right *against*. [`Model`] is that something: every command of
//! [`Store`](crate::Store) under the name of its method, each as the plainest code that says what Redis does. It shares
//! nothing with the store but words such as [`Error`](crate::Error), [`Direction`](crate::Direction) and [`Ttl`](crate::Ttl):
//! it has its own index rules, its own glob matcher, its own idea of LPOS, its own time.
//!
//! # Testing your own code with it
//!
//! [`Operation`] is one command with its arguments, [`Outcome`] is its reply in a form that can be compared, and
//! [`strategy`] holds the [`proptest`] strategies that make whole programs of operations. A test runs one
//! program on both sides:
//!
//! ```
//! use proptest::prelude::*;
//! use redeque::{ManualClock, Store};
//! use redeque::model::{self, Model, strategy};
//!
//! proptest!(ProptestConfig::with_cases(16), |(program in strategy::program(1..50))| {
//!     let mut model = Model::new();
//!     let store = Store::builder().clock(ManualClock::at(model.now())).build().unwrap();
//!     for operation in &program {
//!         prop_assert_eq!(operation.on_store(&store), operation.on_model(&mut model), "{:?}", operation);
//!     }
//!     prop_assert_eq!(model::contents_of(&store), model.contents());
//!     prop_assert_eq!(model::deadlines_of(&store), model.deadlines());
//! });
//! ```
//!
//! A failure shows the shortest program that still fails, one operation a line.
//!
//! # Time
//!
//! Keys expire in the midst of a program, as [`Operation::Elapse`] turns the clocks of both sides. So the store of a
//! program goes by a [`ManualClock`](crate::ManualClock), which begins where the model does: at the beginning of 1970, near
//! which are the deadlines that the strategies draw.
//!
//! # What may differ
//!
//! Some commands leave Redis a choice, so their outcomes are normalised before anybody compares them:
//!
//! - KEYS promises no order: its outcome is sorted.
//! - SCAN promises no order and may repeat keys: the operation is a *whole* iteration, from cursor 0 back to
//!   cursor 0, sorted and without repeats.
//! - RANDOMKEY may return any key: its outcome only says whether it returned one that exists.
//! - DBSIZE counts keys that have expired until they are removed, which a store does when it comes by: its outcome is
//!   without those that [`reap`](crate::Store::reap) then removes.
//! - How many keys there are to reap is a matter of what came by before: that outcome says nothing.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::SystemTime;

mod arguments;
mod batch;
mod byte_string;
mod expiry;
mod glob;
mod keyspace;
mod list;
mod operation;
mod outcome;
mod run;
pub mod strategy;

pub use batch::Batch;
pub use byte_string::ByteString;
pub use expiry::ExpireCondition;
pub use glob::glob_matches;
pub use operation::Operation;
#[cfg(fuzzing)]
pub use operation::{Fields, Source};
pub use outcome::Outcome;
pub use run::{contents_of, deadlines_of};

/// What a keyspace holds: each key with its elements, from head to tail.
///
/// ```
/// use redeque::model::{Contents, Model};
///
/// let mut model = Model::new();
/// model.rpush(b"k", b"a");
/// assert_eq!(model.contents(), Contents::from([("k".into(), vec!["a".into()])]));
/// ```
pub type Contents = BTreeMap<ByteString, Vec<ByteString>>;

/// Which keys of a keyspace expire, and when.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use redeque::model::{Deadlines, Model};
///
/// let mut model = Model::new();
/// model.rpush(b"k", b"a");
/// model.expire(b"k", Duration::from_secs(1))?;
/// let deadline = UNIX_EPOCH + Duration::from_secs(1);
/// assert_eq!(model.deadlines(), Deadlines::from([("k".into(), deadline)]));
/// # Ok::<(), redeque::Error>(())
/// ```
pub type Deadlines = BTreeMap<ByteString, SystemTime>;

/// Redis lists as a plain map from keys to deques.
///
/// The methods are [`Store`](crate::Store)'s, with `&mut self`. A command that no argument can make fail returns
/// its reply plainly instead of in a `Result`.
///
/// ```
/// use redeque::model::Model;
///
/// let mut model = Model::new();
/// assert_eq!(model.rpush(b"queue", b"first"), 1);
/// assert_eq!(model.rpush(b"queue", b"second"), 2);
/// assert_eq!(model.lpop(b"queue"), Some(b"first".to_vec()));
/// assert_eq!(model.lpop(b"missing"), None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    lists: HashMap<Vec<u8>, VecDeque<Vec<u8>>>,
    /// Of those keys that have one: when they expire, in milliseconds since the beginning of 1970.
    deadlines: HashMap<Vec<u8>, i64>,
    /// What time it is, in the same way. No deadline is before this.
    now: i64,
}

impl Model {
    /// Makes a model without any key. It is the beginning of 1970.
    ///
    /// ```
    /// assert_eq!(redeque::model::Model::new().dbsize(), 0);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns every key with all its elements, for a comparison with [`contents_of`] a store.
    ///
    /// ```
    /// use redeque::Store;
    /// use redeque::model::{self, Model};
    ///
    /// let (store, mut model) = (Store::new(), Model::new());
    /// store.rpush("k", "a")?;
    /// assert_ne!(model::contents_of(&store), model.contents());
    /// model.rpush(b"k", b"a");
    /// assert_eq!(model::contents_of(&store), model.contents());
    /// # Ok::<(), redeque::Error>(())
    /// ```
    #[must_use]
    pub fn contents(&self) -> Contents {
        let elements =
            |list: &VecDeque<Vec<u8>>| list.iter().cloned().map(ByteString::from).collect();
        self.lists.iter().map(|(key, list)| (key.clone().into(), elements(list))).collect()
    }

    /// The elements of the list at `key`; a missing key reads as an empty list.
    fn get(&self, key: &[u8]) -> &VecDeque<Vec<u8>> {
        static MISSING: VecDeque<Vec<u8>> = VecDeque::new();
        self.lists.get(key).unwrap_or(&MISSING)
    }

    /// Makes `list` the value of `key`, whose deadline stays. An empty list is no value: it removes the key.
    fn put(&mut self, key: &[u8], list: VecDeque<Vec<u8>>) {
        if list.is_empty() {
            self.remove(key);
        } else {
            self.lists.insert(key.to_vec(), list);
        }
    }

    /// Removes `key` with its deadline: its list, if there was one, and the deadline, if it had one.
    fn remove(&mut self, key: &[u8]) -> (Option<VecDeque<Vec<u8>>>, Option<i64>) {
        (self.lists.remove(key), self.deadlines.remove(key))
    }

    /// Makes a list and a deadline those of `key`, over what it had.
    fn replace(&mut self, key: &[u8], list: VecDeque<Vec<u8>>, deadline: Option<i64>) {
        self.remove(key);
        self.lists.insert(key.to_vec(), list);
        self.deadlines.extend(deadline.map(|deadline| (key.to_vec(), deadline)));
    }

    /// Takes the list at `key` out, lets `edit` change it, and puts it back. A missing key begins as an empty list.
    fn edit<R>(&mut self, key: &[u8], edit: impl FnOnce(&mut VecDeque<Vec<u8>>) -> R) -> R {
        let mut list = self.lists.remove(key).unwrap_or_default();
        let reply = edit(&mut list);
        self.put(key, list);
        reply
    }
}
