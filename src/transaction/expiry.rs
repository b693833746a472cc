//! The methods that say when declared keys expire. Time stands still from the beginning of a transaction to its end.

use std::time::{Duration, SystemTime};

use super::Transaction;
use crate::keyspace::{Shard, Single};
use crate::{Error, ExpireOptions, ExpireTime, Ttl};

/// # Keys that expire
impl Transaction<'_> {
    /// [`EXPIRE`](https://redis.io/commands/expire/): as [`Store::expire`](crate::Store::expire).
    pub fn expire(&mut self, key: impl AsRef<[u8]>, after: Duration) -> Result<bool, Error> {
        self.expire_with(key, after, ExpireOptions::new())
    }

    /// [`EXPIRE`](https://redis.io/commands/expire/): as [`Store::expire_with`](crate::Store::expire_with).
    pub fn expire_with(
        &mut self,
        key: impl AsRef<[u8]>,
        after: Duration,
        options: ExpireOptions,
    ) -> Result<bool, Error> {
        let key = self.key(key.as_ref())?;
        self.guard.expire(key, after.into(), options)
    }

    /// [`EXPIREAT`](https://redis.io/commands/expireat/): as [`Store::expireat`](crate::Store::expireat).
    pub fn expireat(&mut self, key: impl AsRef<[u8]>, deadline: SystemTime) -> Result<bool, Error> {
        self.expireat_with(key, deadline, ExpireOptions::new())
    }

    /// [`EXPIREAT`](https://redis.io/commands/expireat/): as [`Store::expireat_with`](crate::Store::expireat_with).
    pub fn expireat_with(
        &mut self,
        key: impl AsRef<[u8]>,
        deadline: SystemTime,
        options: ExpireOptions,
    ) -> Result<bool, Error> {
        let key = self.key(key.as_ref())?;
        self.guard.expire(key, deadline.into(), options)
    }

    /// [`PERSIST`](https://redis.io/commands/persist/): as [`Store::persist`](crate::Store::persist).
    pub fn persist(&mut self, key: impl AsRef<[u8]>) -> Result<bool, Error> {
        let key = self.key(key.as_ref())?;
        self.guard.persist(key)
    }

    /// [`TTL`](https://redis.io/commands/ttl/): as [`Store::ttl`](crate::Store::ttl).
    pub fn ttl(&self, key: impl AsRef<[u8]>) -> Result<Ttl, Error> {
        self.read(key.as_ref(), Shard::expiry).map(Ttl::from)
    }

    /// [`EXPIRETIME`](https://redis.io/commands/expiretime/): as [`Store::expiretime`](crate::Store::expiretime).
    pub fn expiretime(&self, key: impl AsRef<[u8]>) -> Result<ExpireTime, Error> {
        self.read(key.as_ref(), Shard::expiry).map(ExpireTime::from)
    }
}
