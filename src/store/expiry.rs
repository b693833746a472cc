//! The commands that say when a key expires.

use std::time::{Duration, SystemTime};

use super::Store;
use crate::keyspace::{Shard, Single};
use crate::{Error, ExpireOptions, ExpireTime, Ttl};

/// # Keys that expire
///
/// A key can have a deadline, to the millisecond by the store's [clock](crate::Builder::clock). Once it has passed, no command
/// finds the key any more, and its memory goes soon: a command in the same part of the store removes a few keys that
/// are due, and [`reap`](Self::reap) all of them. The library has no thread of its own for that.
///
/// What changes a list leaves its deadline alone. A list that is emptied loses it with its key; one that is made anew has none.
/// `rename` and `copy` carry it, over the one of a key that is replaced; SORT with STORE ends it.
///
/// If a [future](crate::Wait) is dropped that was served the last element of a list, that comes back with the deadline of the list,
/// unless somebody has made the key anew by then. If the deadline has passed, nothing comes back.
impl Store {
    /// Has a key expire once more than `after` has passed, in the place of the deadline that it may have. Returns false if there
    /// is no such key. A part of a millisecond counts as a whole one, and zero removes the key at once.
    ///
    /// Complexity: O(log d) for d keys with a deadline. Redis: [`EXPIRE`](https://redis.io/commands/expire/),
    /// [`PEXPIRE`](https://redis.io/commands/pexpire/).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidExpireTime`] for more than about 290 million years.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let store = redeque::Store::new();
    /// store.rpush("session", "x")?;
    /// assert!(store.expire("session", Duration::from_secs(60))?);
    /// assert!(!store.expire("missing", Duration::from_secs(60))?);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn expire(&self, key: impl AsRef<[u8]>, after: Duration) -> Result<bool, Error> {
        self.expire_with(key, after, ExpireOptions::new())
    }

    /// Has a key expire as [`expire`](Self::expire) does, if the conditions hold. Returns false if one does not, or if there is no
    /// such key.
    ///
    /// Complexity: O(log d) for d keys with a deadline. Redis: [`EXPIRE`](https://redis.io/commands/expire/) with `NX`, `XX`, `GT`
    /// and `LT`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidExpireTime`] for more than about 290 million years; [`Error::NxWithOthers`] and [`Error::GtWithLt`] for
    /// conditions that exclude each other.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use redeque::{Error, ExpireOptions};
    ///
    /// # let store = redeque::Store::new();
    /// store.rpush("k", "x")?;
    /// let later = ExpireOptions::new().gt();
    /// assert!(!store.expire_with("k", Duration::from_secs(60), later)?, "never comes later");
    /// assert!(store.expire_with("k", Duration::from_secs(60), ExpireOptions::new().lt())?);
    /// let refused = store.expire_with("k", Duration::from_secs(60), later.lt());
    /// assert_eq!(refused, Err(Error::GtWithLt));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn expire_with(
        &self,
        key: impl AsRef<[u8]>,
        after: Duration,
        options: ExpireOptions,
    ) -> Result<bool, Error> {
        self.keyspace.alone().expire(self.keyspace.key(key.as_ref()), after.into(), options)
    }

    /// Has a key expire once `deadline` has passed, in the place of the deadline that it may have. Returns false if there is no
    /// such key. A part of a millisecond does not count, and a moment that is not in the future removes the key at once.
    ///
    /// Complexity: O(log d) for d keys with a deadline. Redis: [`EXPIREAT`](https://redis.io/commands/expireat/),
    /// [`PEXPIREAT`](https://redis.io/commands/pexpireat/).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidExpireTime`] for a moment more than about 290 million years from 1970.
    ///
    /// ```
    /// # use std::time::{Duration, SystemTime};
    /// # let store = redeque::Store::new();
    /// store.rpush("k", "x")?;
    /// assert!(store.expireat("k", SystemTime::now() + Duration::from_secs(60))?);
    /// assert!(store.expireat("k", SystemTime::UNIX_EPOCH)?);
    /// assert!(!store.exists("k"));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn expireat(&self, key: impl AsRef<[u8]>, deadline: SystemTime) -> Result<bool, Error> {
        self.expireat_with(key, deadline, ExpireOptions::new())
    }

    /// Has a key expire as [`expireat`](Self::expireat) does, if the conditions hold. Returns false if one does not, or if there is
    /// no such key.
    ///
    /// Complexity: O(log d) for d keys with a deadline. Redis: [`EXPIREAT`](https://redis.io/commands/expireat/) with `NX`,
    /// `XX`, `GT` and `LT`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidExpireTime`] for a moment more than about 290 million years from 1970; [`Error::NxWithOthers`] and
    /// [`Error::GtWithLt`] for conditions that exclude each other.
    ///
    /// ```
    /// # use std::time::{Duration, SystemTime};
    /// # let store = redeque::Store::new();
    /// store.rpush("k", "x")?;
    /// let deadline = SystemTime::now() + Duration::from_secs(60);
    /// assert!(!store.expireat_with("k", deadline, redeque::ExpireOptions::new().xx())?);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn expireat_with(
        &self,
        key: impl AsRef<[u8]>,
        deadline: SystemTime,
        options: ExpireOptions,
    ) -> Result<bool, Error> {
        self.keyspace.alone().expire(self.keyspace.key(key.as_ref()), deadline.into(), options)
    }

    /// Takes a key's deadline away. Returns false if it has none, or if there is no such key.
    ///
    /// Complexity: O(log d) for d keys with a deadline. Redis: [`PERSIST`](https://redis.io/commands/persist/).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let store = redeque::Store::new();
    /// store.rpush("k", "x")?;
    /// store.expire("k", Duration::from_secs(60))?;
    /// assert!(store.persist("k")?);
    /// assert!(!store.persist("k")?);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn persist(&self, key: impl AsRef<[u8]>) -> Result<bool, Error> {
        self.keyspace.alone().persist(self.keyspace.key(key.as_ref()))
    }

    /// How long a key has left: [`Ttl::NoKey`] if there is no such key.
    ///
    /// Complexity: O(1). Redis: [`TTL`](https://redis.io/commands/ttl/), [`PTTL`](https://redis.io/commands/pttl/).
    ///
    /// ```
    /// # use std::time::Duration;
    /// use redeque::{ManualClock, Store, Ttl};
    ///
    /// let clock = ManualClock::new();
    /// let store = Store::builder().clock(&clock).build().unwrap();
    /// assert_eq!(store.ttl("k"), Ttl::NoKey);
    /// store.rpush("k", "x")?;
    /// assert_eq!(store.ttl("k"), Ttl::NoDeadline);
    /// store.expire("k", Duration::from_secs(60))?;
    /// clock.advance(Duration::from_secs(20));
    /// assert_eq!(store.ttl("k"), Ttl::Remaining(Duration::from_secs(40)));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn ttl(&self, key: impl AsRef<[u8]>) -> Ttl {
        self.read(key.as_ref(), Shard::expiry).into()
    }

    /// When a key expires: [`ExpireTime::NoKey`] if there is no such key.
    ///
    /// Complexity: O(1). Redis: [`EXPIRETIME`](https://redis.io/commands/expiretime/),
    /// [`PEXPIRETIME`](https://redis.io/commands/pexpiretime/).
    ///
    /// ```
    /// # use std::time::{Duration, UNIX_EPOCH};
    /// use redeque::ExpireTime;
    ///
    /// # let store = redeque::Store::new();
    /// assert_eq!(store.expiretime("k"), ExpireTime::NoKey);
    /// let deadline = UNIX_EPOCH + Duration::from_secs(4_102_444_800);
    /// store.rpush("k", "x")?;
    /// store.expireat("k", deadline)?;
    /// assert_eq!(store.expiretime("k"), ExpireTime::At(deadline));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn expiretime(&self, key: impl AsRef<[u8]>) -> ExpireTime {
        self.read(key.as_ref(), Shard::expiry).into()
    }

    /// Removes all keys that have expired by now, and returns how many it removed. Those who waited for room there are served.
    /// This is redeque's own: call it now and then, where no other command comes by, so that memory goes and who waits
    /// for room in a task is served.
    ///
    /// Commands remove a few of these by themselves, those that read one key and those that write, so a program that uses its
    /// store all the time need not call it. It locks
    /// one part of the store at a time, for a few keys.
    ///
    /// Complexity: O(s + r log d + n) for s shards, r keys that are removed of d with a deadline, and to free n elements.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # let store = redeque::Store::new();
    /// store.rpush("k", "x")?;
    /// store.expire("k", Duration::from_millis(1))?;
    /// std::thread::sleep(Duration::from_millis(10));
    /// assert_eq!(store.reap(), 1);
    /// assert_eq!(store.dbsize(), 0);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn reap(&self) -> usize {
        self.keyspace.reap()
    }
}
