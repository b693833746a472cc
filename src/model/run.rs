//! Operations run on the model, on a store, and inside a transaction.

use std::collections::HashSet;
use std::ops::{Deref, DerefMut};
use std::time::{Duration, SystemTime};

use super::{ByteString, Contents, Deadlines, ExpireCondition, Model, Operation, Outcome};
use crate::{ElementBuf, Error, ExpireTime, LposOptions, ScanOptions, Store, Transaction};

impl Operation {
    /// Runs the operation on the model.
    ///
    /// ```
    /// use redeque::model::{Model, Operation, Outcome};
    ///
    /// let mut model = Model::new();
    /// assert_eq!(Operation::Lpop { key: "k".into() }.on_model(&mut model), Outcome::Nil);
    /// ```
    pub fn on_model(&self, model: &mut Model) -> Outcome {
        match (self, self.call_model(model)) {
            (Self::Randomkey, Outcome::Bytes(_)) => Outcome::SomeKey,
            (_, reply) => reply,
        }
    }

    /// Runs the operation on a store.
    ///
    /// SCAN is a whole iteration, for RANDOMKEY the store is asked whether the key exists, and after DBSIZE what has expired
    /// is removed: that is more than one call, so the outcome is only meaningful while nobody else changes the store.
    ///
    /// # Panics
    ///
    /// If the store returns a cursor of SCAN twice, so that the iteration would never end; and if time is to
    /// [elapse](Self::Elapse), but the store does not go by a [`ManualClock`](crate::ManualClock).
    ///
    /// ```
    /// use redeque::Store;
    /// use redeque::model::{Operation, Outcome};
    ///
    /// let store = Store::new();
    /// assert_eq!(Operation::Lpop { key: "k".into() }.on_store(&store), Outcome::Nil);
    /// ```
    pub fn on_store(&self, store: &Store) -> Outcome {
        match (self, self.call_store(&mut OnStore(store))) {
            (Self::Keys { .. } | Self::Scan { .. }, keys) => keys.sorted_without_repeats(),
            (Self::Randomkey, Outcome::Bytes(key)) if store.exists(&key) => Outcome::SomeKey,
            (_, reply) => reply,
        }
    }

    /// Runs the operation inside a transaction; `None` for an operation on the whole keyspace (one without
    /// [`keys`](Self::keys)), which a transaction does not offer.
    ///
    /// ```
    /// use redeque::{Error, Store};
    /// use redeque::model::{Operation, Outcome};
    ///
    /// Store::new().transaction(["k"], |transaction| {
    ///     let pop = |key: &str| Operation::Lpop { key: key.into() };
    ///     assert_eq!(pop("k").in_transaction(transaction), Some(Outcome::Nil));
    ///     let undeclared = Outcome::Failed(Error::UndeclaredKey);
    ///     assert_eq!(pop("other").in_transaction(transaction), Some(undeclared));
    ///     assert_eq!(Operation::Dbsize.in_transaction(transaction), None);
    ///     Ok::<_, Error>(())
    /// })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn in_transaction(&self, transaction: &mut Transaction<'_>) -> Option<Outcome> {
        self.call_transaction(&mut InTransaction(transaction))
    }
}

/// A store whose methods take what the model's take.
pub(super) struct OnStore<'s>(&'s Store);

/// A transaction whose methods take what the model's take.
pub(super) struct InTransaction<'a, 't>(&'a mut Transaction<'t>);

impl Deref for OnStore<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        self.0
    }
}

impl<'t> Deref for InTransaction<'_, 't> {
    type Target = Transaction<'t>;

    fn deref(&self) -> &Transaction<'t> {
        self.0
    }
}

impl DerefMut for InTransaction<'_, '_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.0
    }
}

impl OnStore<'_> {
    /// Every page of one iteration, one after the other.
    pub(super) fn scan(
        &self,
        pattern: Option<&[u8]>,
        count: Option<usize>,
        key_type: Option<&str>,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let mut options = ScanOptions::new();
        if let Some(count) = count {
            options = options.count(count)?;
        }
        if let Some(name) = key_type {
            options = options.key_type(name);
        }
        if let Some(pattern) = pattern {
            options = options.pattern(pattern);
        }
        let (mut cursor, mut keys) = self.0.scan(0, &options);
        let mut cursors = HashSet::new();
        while cursor != 0 {
            assert!(
                cursors.insert(cursor),
                "SCAN returned the cursor {cursor} twice: it has no end"
            );
            let (next, page) = self.0.scan(cursor, &options);
            keys.extend(page);
            cursor = next;
        }
        Ok(keys)
    }
}

/// Time, and what the store does about it.
impl OnStore<'_> {
    /// All that is there, without what has expired: that is still to be removed then, and is counted by who removes it.
    pub(super) fn dbsize(&self) -> usize {
        self.0.dbsize().saturating_sub(self.0.reap())
    }

    pub(super) fn reap(&self) {
        self.0.reap();
    }

    pub(super) fn elapse(&self, by: Duration) {
        let clock = self.0.keyspace().time().clock();
        assert!(clock.elapse(by), "the store of a program in which time passes has a ManualClock");
    }
}

/// EXPIRE and its like with conditions in a row.
macro_rules! conditions_in_a_row {
    ($side:ty) => {
        impl $side {
            pub(super) fn expire_with(
                &mut self,
                key: &[u8],
                after: Duration,
                conditions: &[ExpireCondition],
            ) -> Result<bool, Error> {
                self.0.expire_with(key, after, ExpireCondition::options(conditions))
            }

            pub(super) fn expireat_with(
                &mut self,
                key: &[u8],
                deadline: SystemTime,
                conditions: &[ExpireCondition],
            ) -> Result<bool, Error> {
                self.0.expireat_with(key, deadline, ExpireCondition::options(conditions))
            }
        }
    };
}

conditions_in_a_row!(OnStore<'_>);
conditions_in_a_row!(InTransaction<'_, '_>);

/// LPOS with its options as numbers, which may be refused.
macro_rules! lpos_with_numbers {
    ($side:ty) => {
        impl $side {
            pub(super) fn lpos_with(
                &self,
                key: &[u8],
                element: &[u8],
                rank: i64,
                maxlen: usize,
            ) -> Outcome {
                options(rank, maxlen).map(|options| self.0.lpos_with(key, element, options)).into()
            }

            pub(super) fn lpos_count(
                &self,
                key: &[u8],
                element: &[u8],
                count: usize,
                rank: i64,
                maxlen: usize,
            ) -> Outcome {
                options(rank, maxlen)
                    .map(|options| self.0.lpos_count(key, element, count, options))
                    .into()
            }
        }
    };
}

lpos_with_numbers!(OnStore<'_>);
lpos_with_numbers!(InTransaction<'_, '_>);

fn options(rank: i64, maxlen: usize) -> Result<LposOptions, Error> {
    Ok(LposOptions::new().rank(rank)?.maxlen(maxlen))
}

/// The methods that fill a buffer, with what they put there as what they reply.
macro_rules! into_buffers {
    ($side:ty) => {
        impl $side {
            pub(super) fn lpop_into(&mut self, key: &[u8]) -> Outcome {
                one_into(|buffer| self.0.lpop_into(key, buffer)).into()
            }

            pub(super) fn rpop_into(&mut self, key: &[u8]) -> Outcome {
                one_into(|buffer| self.0.rpop_into(key, buffer)).into()
            }

            pub(super) fn lpop_count_into(&mut self, key: &[u8], count: usize) -> Outcome {
                several_into(|buffer| self.0.lpop_count_into(key, count, buffer)).into()
            }

            pub(super) fn rpop_count_into(&mut self, key: &[u8], count: usize) -> Outcome {
                several_into(|buffer| self.0.rpop_count_into(key, count, buffer)).into()
            }
        }
    };
}

into_buffers!(OnStore<'_>);
into_buffers!(InTransaction<'_, '_>);

impl OnStore<'_> {
    pub(super) fn lrange_into(&self, key: &[u8], start: i64, stop: i64) -> Outcome {
        several_into(|buffer| {
            self.0.lrange_into(key, start, stop, buffer);
            Ok(true)
        })
        .into()
    }
}

impl InTransaction<'_, '_> {
    pub(super) fn lrange_into(&self, key: &[u8], start: i64, stop: i64) -> Outcome {
        several_into(|buffer| self.0.lrange_into(key, start, stop, buffer).map(|()| true)).into()
    }
}

/// To the model a buffer makes no difference.
impl Model {
    pub(super) fn lpop_into(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        self.lpop(key)
    }

    pub(super) fn rpop_into(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        self.rpop(key)
    }

    pub(super) fn lpop_count_into(&mut self, key: &[u8], count: usize) -> Option<Vec<Vec<u8>>> {
        self.lpop_count(key, count)
    }

    pub(super) fn rpop_count_into(&mut self, key: &[u8], count: usize) -> Option<Vec<Vec<u8>>> {
        self.rpop_count(key, count)
    }

    pub(super) fn lrange_into(&self, key: &[u8], start: i64, stop: i64) -> Vec<Vec<u8>> {
        self.lrange(key, start, stop)
    }
}

/// The element that a method put into a buffer, which held something else before; none if it says that there is none.
fn one_into(
    method: impl FnOnce(&mut Vec<u8>) -> Result<bool, Error>,
) -> Result<Option<Vec<u8>>, Error> {
    let mut buffer = b"what it held".to_vec();
    // An element that is not told of is a difference, too.
    let told = method(&mut buffer)?;
    Ok((told || !buffer.is_empty()).then_some(buffer))
}

/// The same for several elements.
fn several_into(
    method: impl FnOnce(&mut ElementBuf) -> Result<bool, Error>,
) -> Result<Option<Vec<Vec<u8>>>, Error> {
    let mut buffer = ElementBuf::new();
    let told = method(&mut buffer)?;
    Ok((told || !buffer.is_empty()).then(|| buffer.iter().map(<[u8]>::to_vec).collect()))
}

/// Reads all that a store holds, for a comparison with [`Model::contents`].
///
/// This is one call for the keys and one for each list, so it only shows a state that really was while nobody else
/// changes the store.
///
/// ```
/// use redeque::Store;
/// use redeque::model::{Contents, contents_of};
///
/// let store = Store::new();
/// store.rpush("k", "a")?;
/// assert_eq!(contents_of(&store), Contents::from([("k".into(), vec!["a".into()])]));
/// # Ok::<(), redeque::Error>(())
/// ```
#[must_use]
pub fn contents_of(store: &Store) -> Contents {
    let elements =
        |key: &Vec<u8>| store.lrange(key, 0, -1).into_iter().map(ByteString::from).collect();
    store.keys("*").into_iter().map(|key| (ByteString::from(key.clone()), elements(&key))).collect()
}

/// Reads when the keys of a store expire, for a comparison with [`Model::deadlines`]. As [`contents_of`], this is a call for each
/// key.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use redeque::Store;
/// use redeque::model::{Deadlines, deadlines_of};
///
/// let (store, tomorrow) = (Store::new(), SystemTime::now() + Duration::from_secs(86400));
/// store.rpush_all("k", ["a", "b"])?;
/// store.expireat("k", tomorrow)?;
/// assert_eq!(deadlines_of(&store).len(), 1);
/// # Ok::<(), redeque::Error>(())
/// ```
#[must_use]
pub fn deadlines_of(store: &Store) -> Deadlines {
    let deadline = |key: Vec<u8>| match store.expiretime(&key) {
        ExpireTime::At(moment) => Some((key.into(), moment)),
        ExpireTime::NoKey | ExpireTime::NoDeadline => None,
    };
    store.keys("*").into_iter().filter_map(deadline).collect()
}
