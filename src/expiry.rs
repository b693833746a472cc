//! When keys expire: what the commands that set a deadline ask for, and what those that read one reply.

use std::time::{Duration, SystemTime};

use crate::Error;
use crate::clock::UnixTime;

/// On what condition [`Store::expire_with`](crate::Store::expire_with) and [`expireat_with`](crate::Store::expireat_with) set
/// a deadline: by default on none. Several conditions have all to hold; a key without a deadline counts as one whose deadline
/// never comes.
///
/// ```
/// use std::time::Duration;
/// use redeque::{ExpireOptions, Store};
///
/// let store = Store::new();
/// store.rpush("k", "x")?;
/// let minute = Duration::from_secs(60);
/// assert!(store.expire_with("k", minute, ExpireOptions::new().nx())?);
/// assert!(!store.expire_with("k", minute, ExpireOptions::new().nx())?, "it has a deadline");
/// assert!(store.expire_with("k", 2 * minute, ExpireOptions::new().gt())?);
/// # Ok::<(), redeque::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "Redis has these four words, of which any may be said"
)]
pub struct ExpireOptions {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
}

impl ExpireOptions {
    /// No condition.
    ///
    /// ```
    /// assert_eq!(redeque::ExpireOptions::new(), redeque::ExpireOptions::default());
    /// ```
    pub const fn new() -> Self {
        Self { nx: false, xx: false, gt: false, lt: false }
    }

    /// Only if the key has no deadline (`NX`). Goes with no other condition.
    ///
    /// ```
    /// let options = redeque::ExpireOptions::new().nx();
    /// # let _ = options;
    /// ```
    #[must_use]
    pub const fn nx(self) -> Self {
        Self { nx: true, ..self }
    }

    /// Only if the key has a deadline (`XX`).
    ///
    /// ```
    /// let options = redeque::ExpireOptions::new().xx().lt();
    /// # let _ = options;
    /// ```
    #[must_use]
    pub const fn xx(self) -> Self {
        Self { xx: true, ..self }
    }

    /// Only if the new deadline is later than the one that the key has (`GT`): never if it has none.
    ///
    /// ```
    /// let options = redeque::ExpireOptions::new().gt();
    /// # let _ = options;
    /// ```
    #[must_use]
    pub const fn gt(self) -> Self {
        Self { gt: true, ..self }
    }

    /// Only if the new deadline is earlier than the one that the key has (`LT`): always if it has none.
    ///
    /// ```
    /// let options = redeque::ExpireOptions::new().lt();
    /// # let _ = options;
    /// ```
    #[must_use]
    pub const fn lt(self) -> Self {
        Self { lt: true, ..self }
    }

    /// Refuses what contradicts itself.
    pub(crate) fn check(self) -> Result<(), Error> {
        if self.nx && (self.xx || self.gt || self.lt) {
            return Err(Error::NxWithOthers);
        }
        if self.gt && self.lt { Err(Error::GtWithLt) } else { Ok(()) }
    }

    /// Whether a deadline may take the place of the one that a key has.
    pub(crate) fn allow(self, new: UnixTime, old: Option<UnixTime>) -> bool {
        let Self { nx, xx, gt, lt } = self;
        match old {
            None => !xx && !gt,
            Some(old) => !nx && (!gt || new > old) && (!lt || new < old),
        }
    }
}

/// The moment that a command gives a key as its deadline.
#[derive(Debug, Clone, Copy)]
pub(crate) struct When {
    /// In lower case, for the error.
    command: &'static str,
    is_from_now: bool,
    /// From now, or since the beginning of 1970; none where that is beyond 64 bits.
    millis: Option<i64>,
}

impl When {
    /// A number of milliseconds from now.
    pub(crate) fn after(command: &'static str, millis: Option<i64>) -> Self {
        Self { command, is_from_now: true, millis }
    }

    /// A number of milliseconds since the beginning of 1970.
    pub(crate) fn at(command: &'static str, millis: Option<i64>) -> Self {
        Self { command, is_from_now: false, millis }
    }

    /// The moment itself, if that can be told.
    pub(crate) fn deadline(self, now: UnixTime) -> Result<UnixTime, Error> {
        let millis = self.millis.and_then(|millis| {
            if self.is_from_now { now.0.checked_add(millis) } else { Some(millis) }
        });
        millis.map(UnixTime).ok_or(Error::InvalidExpireTime(self.command))
    }
}

/// A part of a millisecond counts as a whole one, so that nothing expires too early.
impl From<Duration> for When {
    fn from(after: Duration) -> Self {
        Self::after("expire", i64::try_from(after.as_nanos().div_ceil(1_000_000)).ok())
    }
}

/// To the millisecond.
impl From<SystemTime> for When {
    fn from(time: SystemTime) -> Self {
        Self::at("expireat", UnixTime::of(time).map(|time| time.0))
    }
}

/// How long a key has left: what [`Store::ttl`](crate::Store::ttl) returns.
///
/// ```
/// use redeque::{Store, Ttl};
///
/// let store = Store::new();
/// assert_eq!(store.ttl("k"), Ttl::NoKey);
/// store.rpush("k", "x")?;
/// assert_eq!(store.ttl("k"), Ttl::NoDeadline);
/// # Ok::<(), redeque::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ttl {
    /// There is no such key: -2 in Redis's reply.
    NoKey,
    /// The key stays until somebody removes it: -1 in Redis's reply.
    NoDeadline,
    /// The key expires when more than this has passed, which is in whole milliseconds.
    Remaining(Duration),
}

/// When a key expires: what [`Store::expiretime`](crate::Store::expiretime) returns.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use redeque::{ExpireTime, Store};
///
/// let store = Store::new();
/// let deadline = UNIX_EPOCH + Duration::from_secs(4_102_444_800); // the year 2100
/// store.rpush("k", "x")?;
/// store.expireat("k", deadline)?;
/// assert_eq!(store.expiretime("k"), ExpireTime::At(deadline));
/// # Ok::<(), redeque::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExpireTime {
    /// There is no such key: -2 in Redis's reply.
    NoKey,
    /// The key stays until somebody removes it: -1 in Redis's reply.
    NoDeadline,
    /// The last millisecond of the key. One that is beyond what the platform's calendar can tell is told as an earlier one.
    At(SystemTime),
}

impl Ttl {
    /// How long a key has left that has a deadline.
    ///
    /// ```
    /// use std::time::Duration;
    /// use redeque::Ttl;
    ///
    /// let minute = Duration::from_secs(60);
    /// assert_eq!(Ttl::Remaining(minute).remaining(), Some(minute));
    /// assert_eq!(Ttl::NoDeadline.remaining(), None);
    /// ```
    pub const fn remaining(self) -> Option<Duration> {
        match self {
            Self::Remaining(left) => Some(left),
            Self::NoKey | Self::NoDeadline => None,
        }
    }
}

impl ExpireTime {
    /// The deadline of a key that has one.
    ///
    /// ```
    /// use std::time::UNIX_EPOCH;
    /// use redeque::ExpireTime;
    ///
    /// assert_eq!(ExpireTime::At(UNIX_EPOCH).deadline(), Some(UNIX_EPOCH));
    /// assert_eq!(ExpireTime::NoKey.deadline(), None);
    /// ```
    pub const fn deadline(self) -> Option<SystemTime> {
        match self {
            Self::At(deadline) => Some(deadline),
            Self::NoKey | Self::NoDeadline => None,
        }
    }
}

/// What a store knows of a key's deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    NoKey,
    NoDeadline,
    At { deadline: UnixTime, now: UnixTime },
}

impl From<Expiry> for Ttl {
    fn from(expiry: Expiry) -> Self {
        match expiry {
            Expiry::NoKey => Self::NoKey,
            Expiry::NoDeadline => Self::NoDeadline,
            Expiry::At { deadline, now } => Self::Remaining(now.until(deadline)),
        }
    }
}

impl From<Expiry> for ExpireTime {
    fn from(expiry: Expiry) -> Self {
        match expiry {
            Expiry::NoKey => Self::NoKey,
            Expiry::NoDeadline => Self::NoDeadline,
            Expiry::At { deadline, .. } => Self::At(deadline.to_system()),
        }
    }
}
