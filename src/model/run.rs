//! Operations run on the model, on a store, and inside a transaction.

use std::collections::HashSet;

use super::{ByteString, Contents, Model, Operation, Outcome};
use crate::{Error, LposOptions, ScanOptions, Store, Transaction};

/// Runs the operations that are called alike on all three sides; the arms in braces are the rest.
macro_rules! reply {
    ($operation:expr, $side:ident, { $($own:tt)* }) => {
        match $operation {
            Operation::Lpush { key, element } => $side.lpush(key, element).into(),
            Operation::Rpush { key, element } => $side.rpush(key, element).into(),
            Operation::Lpushx { key, element } => $side.lpushx(key, element).into(),
            Operation::Rpushx { key, element } => $side.rpushx(key, element).into(),
            Operation::LpushAll { key, elements } => $side.lpush_all(key, elements).into(),
            Operation::RpushAll { key, elements } => $side.rpush_all(key, elements).into(),
            Operation::LpushxAll { key, elements } => $side.lpushx_all(key, elements).into(),
            Operation::RpushxAll { key, elements } => $side.rpushx_all(key, elements).into(),
            Operation::Lpop { key } => $side.lpop(key).into(),
            Operation::Rpop { key } => $side.rpop(key).into(),
            Operation::LpopCount { key, count } => $side.lpop_count(key, *count).into(),
            Operation::RpopCount { key, count } => $side.rpop_count(key, *count).into(),
            Operation::Lmpop { keys, from, count } => $side.lmpop(keys, *from, *count).into(),
            Operation::Llen { key } => $side.llen(key).into(),
            Operation::Lrange { key, start, stop } => $side.lrange(key, *start, *stop).into(),
            Operation::Lindex { key, index } => $side.lindex(key, *index).into(),
            Operation::Lpos { key, element } => $side.lpos(key, element).into(),
            Operation::Lset { key, index, element } => $side.lset(key, *index, element).into(),
            Operation::LinsertBefore { key, pivot, element } => $side.linsert_before(key, pivot, element).into(),
            Operation::LinsertAfter { key, pivot, element } => $side.linsert_after(key, pivot, element).into(),
            Operation::Lrem { key, count, element } => $side.lrem(key, *count, element).into(),
            Operation::Ltrim { key, start, stop } => $side.ltrim(key, *start, *stop).into(),
            Operation::Lmove { source, destination, from, to } => $side.lmove(source, destination, *from, *to).into(),
            Operation::Rpoplpush { source, destination } => $side.rpoplpush(source, destination).into(),
            Operation::Del { key } => $side.del(key).into(),
            Operation::Unlink { key } => $side.unlink(key).into(),
            Operation::DelAll { keys } => $side.del_all(keys).into(),
            Operation::UnlinkAll { keys } => $side.unlink_all(keys).into(),
            Operation::Exists { key } => $side.exists(key).into(),
            Operation::Touch { key } => $side.touch(key).into(),
            Operation::ExistsAll { keys } => $side.exists_all(keys).into(),
            Operation::TouchAll { keys } => $side.touch_all(keys).into(),
            Operation::KeyType { key } => $side.key_type(key).into(),
            Operation::Rename { key, newkey } => $side.rename(key, newkey).into(),
            Operation::Renamenx { key, newkey } => $side.renamenx(key, newkey).into(),
            Operation::Copy { source, destination } => $side.copy(source, destination).into(),
            Operation::CopyReplace { source, destination } => $side.copy_replace(source, destination).into(),
            $($own)*
        }
    };
}

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
        reply!(self, model, {
            Self::LposWith { key, element, rank, maxlen } => {
                model.lpos_with(key, element, *rank, *maxlen).into()
            }
            Self::LposCount { key, element, count, rank, maxlen } => {
                model.lpos_count(key, element, *count, *rank, *maxlen).into()
            }
            Self::Keys { pattern } => model.keys(pattern).into(),
            Self::Scan { pattern, count, key_type } => {
                model.scan(pattern.as_deref(), *count, key_type.as_deref()).into()
            }
            Self::Randomkey => model.randomkey().map_or(Outcome::Nil, |_| Outcome::SomeKey),
            Self::Dbsize => model.dbsize().into(),
            Self::Flushall => {
                model.flushall();
                Outcome::Ok
            }
            Self::Flushdb => {
                model.flushdb();
                Outcome::Ok
            }
        })
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
        reply!(self, store, {
            Self::LposWith { key, element, rank, maxlen } => {
                options(*rank, *maxlen).map(|options| store.lpos_with(key, element, options)).into()
            }
            Self::LposCount { key, element, count, rank, maxlen } => options(*rank, *maxlen)
                .map(|options| store.lpos_count(key, element, *count, options))
                .into(),
            Self::Keys { pattern } => Outcome::from(store.keys(pattern)).sorted_without_repeats(),
            Self::Scan { pattern, count, key_type } => {
                Outcome::from(scan(store, pattern.as_ref(), *count, key_type.as_deref())).sorted_without_repeats()
            }
            Self::Randomkey => match store.randomkey() {
                Some(key) if store.exists(&key) => Outcome::SomeKey,
                missing => missing.into(),
            },
            Self::Dbsize => store.dbsize().into(),
            Self::Flushall => store.flushall().into(),
            Self::Flushdb => store.flushdb().into(),
        })
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
        Some(reply!(self, transaction, {
            Self::LposWith { key, element, rank, maxlen } => options(*rank, *maxlen)
                .and_then(|options| transaction.lpos_with(key, element, options))
                .into(),
            Self::LposCount { key, element, count, rank, maxlen } => options(*rank, *maxlen)
                .and_then(|options| transaction.lpos_count(key, element, *count, options))
                .into(),
            Self::Keys { .. }
            | Self::Scan { .. }
            | Self::Randomkey
            | Self::Dbsize
            | Self::Flushall
            | Self::Flushdb => return None,
        }))
    }
}

fn options(rank: i64, maxlen: usize) -> Result<LposOptions, Error> {
    Ok(LposOptions::new().rank(rank)?.maxlen(maxlen))
}

/// Every page of one iteration, one after the other.
fn scan(
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
