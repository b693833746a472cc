//! Operations run on the model, on a store, and inside a transaction.

use std::collections::HashSet;

use super::{ByteString, Contents, Model, Operation, Outcome};
use crate::{ElementBuf, Error, LposOptions, ScanOptions, Store, Transaction};

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
        self.reply_of_model(model)
    }

    /// Runs the operation on a store.
    ///
    /// SCAN is a whole iteration, and for RANDOMKEY the store is asked whether the key exists: both are more than
    /// one call, so the outcome is only meaningful while nobody else changes the store.
    ///
    /// # Panics
    ///
    /// If the store returns a cursor of SCAN twice, so that the iteration would never end.
    ///
    /// ```
    /// use redeque::Store;
    /// use redeque::model::{Operation, Outcome};
    ///
    /// let store = Store::new();
    /// assert_eq!(Operation::Lpop { key: "k".into() }.on_store(&store), Outcome::Nil);
    /// ```
    pub fn on_store(&self, store: &Store) -> Outcome {
        self.reply_of_store(store)
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
        self.reply_of_transaction(transaction)
    }
}

pub(super) fn options(rank: i64, maxlen: usize) -> Result<LposOptions, Error> {
    Ok(LposOptions::new().rank(rank)?.maxlen(maxlen))
}

/// What RANDOMKEY returned, if it is a key.
pub(super) fn random_key(store: &Store) -> Outcome {
    match store.randomkey() {
        Some(key) if store.exists(&key) => Outcome::SomeKey,
        missing => missing.into(),
    }
}

/// Every page of one iteration, one after the other.
pub(super) fn scan(
    store: &Store,
    pattern: Option<&ByteString>,
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
    let (mut cursor, mut keys) = store.scan(0, &options);
    let mut cursors = HashSet::new();
    while cursor != 0 {
        assert!(cursors.insert(cursor), "a scan came back to the cursor {cursor}: it has no end");
        let (next, page) = store.scan(cursor, &options);
        keys.extend(page);
        cursor = next;
    }
    Ok(keys)
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

/// The element that a method put into a buffer, which held something else before; none if it says that there is none.
pub(super) fn one_into(
    method: impl FnOnce(&mut Vec<u8>) -> Result<bool, Error>,
) -> Result<Option<Vec<u8>>, Error> {
    let mut buffer = b"what it held".to_vec();
    // An element that is not told of is a difference, too.
    let told = method(&mut buffer)?;
    Ok((told || !buffer.is_empty()).then_some(buffer))
}

/// The same for several elements.
pub(super) fn several_into(
    method: impl FnOnce(&mut ElementBuf) -> Result<bool, Error>,
) -> Result<Option<Vec<Vec<u8>>>, Error> {
    let mut buffer = ElementBuf::new();
    let told = method(&mut buffer)?;
    Ok((told || !buffer.is_empty()).then(|| buffer.iter().map(<[u8]>::to_vec).collect()))
}
