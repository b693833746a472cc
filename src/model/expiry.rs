//! The commands on deadlines, and the time.
//!
//! A key is there up to its deadline, and is removed by what turns the clock beyond that. So no other command has to know
//! of time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Deadlines, Model};
use crate::{Error, ExpireOptions, ExpireTime, Ttl};

/// A condition of EXPIRE and its like, of which there can be several.
///
/// ```
/// use std::time::Duration;
/// use redeque::model::{ExpireCondition, Model};
///
/// let mut model = Model::new();
/// model.rpush(b"k", b"a");
/// assert!(!model.expire_with(b"k", Duration::from_secs(1), &[ExpireCondition::Xx])?);
/// assert!(model.expire_with(b"k", Duration::from_secs(1), &[ExpireCondition::Nx])?);
/// # Ok::<(), redeque::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExpireCondition {
    /// NX: the key has no deadline.
    Nx,
    /// XX: it has one.
    Xx,
    /// GT: the new one is later. A key without one never expires, and nothing is later than that.
    Gt,
    /// LT: the new one is earlier.
    Lt,
}

use ExpireCondition::{Gt, Lt, Nx, Xx};

impl ExpireCondition {
    /// Several as a store takes them.
    pub(super) fn options(all: &[Self]) -> ExpireOptions {
        all.iter().fold(ExpireOptions::new(), |options, condition| match condition {
            Nx => options.nx(),
            Xx => options.xx(),
            Gt => options.gt(),
            Lt => options.lt(),
        })
    }

    fn check(all: &[Self]) -> Result<(), Error> {
        let has = |condition| all.contains(&condition);
        if has(Nx) && (has(Xx) || has(Gt) || has(Lt)) {
            return Err(Error::NxWithOthers);
        }
        if has(Gt) && has(Lt) { Err(Error::GtWithLt) } else { Ok(()) }
    }

    fn holds(self, new: i64, old: Option<i64>) -> bool {
        match self {
            Nx => old.is_none(),
            Xx => old.is_some(),
            Gt => old.is_some_and(|old| new > old),
            Lt => old.is_none_or(|old| new < old),
        }
    }
}

/// A moment in milliseconds since the beginning of 1970. What is left of one does not count.
fn in_milliseconds(moment: SystemTime) -> i64 {
    let whole = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    match moment.duration_since(UNIX_EPOCH) {
        Ok(since) => whole(since),
        Err(before) => -whole(before.duration()),
    }
}

/// A moment that is not before 1970.
fn moment(milliseconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(milliseconds.unsigned_abs())
}

/// When keys expire.
impl Model {
    /// EXPIRE and PEXPIRE: has `key` expire after this time, of which a part of a millisecond counts as a whole one; returns
    /// whether there is such a key.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidExpireTime`] if 64 bits of milliseconds do not hold the deadline.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"k", b"a");
    /// assert!(model.expire(b"k", Duration::from_secs(1))?);
    /// assert!(!model.expire(b"missing", Duration::from_secs(1))?);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn expire(&mut self, key: &[u8], after: Duration) -> Result<bool, Error> {
        self.expire_with(key, after, &[])
    }

    /// EXPIRE and PEXPIRE with NX, XX, GT and LT: returns whether there is such a key and all conditions hold.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidExpireTime`] if 64 bits of milliseconds do not hold the deadline; [`Error::NxWithOthers`] and
    /// [`Error::GtWithLt`] for conditions that exclude each other.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use redeque::model::{ExpireCondition::Gt, Model};
    ///
    /// let mut model = Model::new();
    /// model.rpush(b"k", b"a");
    /// assert!(!model.expire_with(b"k", Duration::from_secs(1), &[Gt])?, "never comes later");
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn expire_with(
        &mut self,
        key: &[u8],
        after: Duration,
        conditions: &[ExpireCondition],
    ) -> Result<bool, Error> {
        ExpireCondition::check(conditions)?;
        let milliseconds = after.as_nanos().div_ceil(1_000_000);
        let deadline =
            i64::try_from(milliseconds).ok().and_then(|after| self.now.checked_add(after));
        let deadline = deadline.ok_or(Error::InvalidExpireTime("expire"))?;
        Ok(self.set_deadline(key, deadline, conditions))
    }

    /// EXPIREAT and PEXPIREAT: has `key` expire when this moment has passed; returns whether there is such a key. If it is
    /// not in the future, the key goes at once.
    ///
    /// ```
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"k", b"a");
    /// assert_eq!(model.expireat(b"k", model.now()), Ok(true));
    /// assert!(!model.exists(b"k"));
    /// ```
    ///
    /// # Errors
    ///
    /// None.
    pub fn expireat(&mut self, key: &[u8], deadline: SystemTime) -> Result<bool, Error> {
        self.expireat_with(key, deadline, &[])
    }

    /// EXPIREAT and PEXPIREAT with NX, XX, GT and LT: returns whether there is such a key and all conditions hold.
    ///
    /// # Errors
    ///
    /// [`Error::NxWithOthers`] and [`Error::GtWithLt`] for conditions that exclude each other.
    ///
    /// ```
    /// use redeque::Error;
    /// use redeque::model::{ExpireCondition::{Gt, Lt}, Model};
    ///
    /// let mut model = Model::new();
    /// assert_eq!(model.expireat_with(b"k", model.now(), &[Gt, Lt]), Err(Error::GtWithLt));
    /// ```
    pub fn expireat_with(
        &mut self,
        key: &[u8],
        deadline: SystemTime,
        conditions: &[ExpireCondition],
    ) -> Result<bool, Error> {
        ExpireCondition::check(conditions)?;
        Ok(self.set_deadline(key, in_milliseconds(deadline), conditions))
    }

    fn set_deadline(&mut self, key: &[u8], new: i64, conditions: &[ExpireCondition]) -> bool {
        let old = self.deadlines.get(key).copied();
        if !self.exists(key) || !conditions.iter().all(|condition| condition.holds(new, old)) {
            return false;
        }
        if new <= self.now {
            self.remove(key);
        } else {
            self.deadlines.insert(key.to_vec(), new);
        }
        true
    }

    /// PERSIST: takes away the deadline of `key`; returns whether it had one.
    ///
    /// ```
    /// assert!(!redeque::model::Model::new().persist(b"k"));
    /// ```
    pub fn persist(&mut self, key: &[u8]) -> bool {
        self.deadlines.remove(key).is_some()
    }

    /// TTL and PTTL: how long `key` has left.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use redeque::Ttl;
    ///
    /// let mut model = redeque::model::Model::new();
    /// assert_eq!(model.ttl(b"k"), Ttl::NoKey);
    /// model.rpush(b"k", b"a");
    /// model.expire(b"k", Duration::from_secs(2))?;
    /// model.elapse(Duration::from_secs(1));
    /// assert_eq!(model.ttl(b"k"), Ttl::Remaining(Duration::from_secs(1)));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn ttl(&self, key: &[u8]) -> Ttl {
        match self.deadlines.get(key) {
            Some(deadline) => {
                Ttl::Remaining(Duration::from_millis((deadline - self.now).unsigned_abs()))
            }
            None if self.exists(key) => Ttl::NoDeadline,
            None => Ttl::NoKey,
        }
    }

    /// EXPIRETIME and PEXPIRETIME: when `key` expires.
    ///
    /// ```
    /// use redeque::ExpireTime;
    ///
    /// assert_eq!(redeque::model::Model::new().expiretime(b"k"), ExpireTime::NoKey);
    /// ```
    pub fn expiretime(&self, key: &[u8]) -> ExpireTime {
        match self.deadlines.get(key) {
            Some(deadline) => ExpireTime::At(moment(*deadline)),
            None if self.exists(key) => ExpireTime::NoDeadline,
            None => ExpireTime::NoKey,
        }
    }
}

/// The time.
impl Model {
    /// What time it is.
    ///
    /// ```
    /// assert_eq!(redeque::model::Model::new().now(), std::time::UNIX_EPOCH);
    /// ```
    pub fn now(&self) -> SystemTime {
        moment(self.now)
    }

    /// Turns the clock forwards, by whole milliseconds. Keys whose deadline passes are gone.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let mut model = redeque::model::Model::new();
    /// model.rpush(b"k", b"a");
    /// model.expire(b"k", Duration::from_secs(1))?;
    /// model.elapse(Duration::from_secs(1));
    /// assert!(model.exists(b"k"), "a key is there up to its deadline");
    /// model.elapse(Duration::from_millis(1));
    /// assert!(!model.exists(b"k"));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn elapse(&mut self, by: Duration) {
        let passed = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.now = self.now.saturating_add(passed);
        let has_expired = |(_, deadline): &(&Vec<u8>, &i64)| **deadline < self.now;
        let expired = self.deadlines.iter().filter(has_expired).map(|(key, _)| key.clone());
        for key in expired.collect::<Vec<_>>() {
            self.remove(&key);
        }
    }

    /// Removes all keys that have expired: none, as they are gone already.
    ///
    /// ```
    /// redeque::model::Model::new().reap();
    /// ```
    pub fn reap(&mut self) {}

    /// Returns when keys expire, for a comparison with [`deadlines_of`](super::deadlines_of) a store.
    ///
    /// ```
    /// assert!(redeque::model::Model::new().deadlines().is_empty());
    /// ```
    #[must_use]
    pub fn deadlines(&self) -> Deadlines {
        let deadlines = self.deadlines.iter();
        deadlines.map(|(key, deadline)| (key.clone().into(), moment(*deadline))).collect()
    }
}
