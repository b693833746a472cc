//! When keys expire. Times are taken and told as redis-py does: whole seconds, or milliseconds in the methods with a `p`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pyo3::prelude::*;
use redeque::{Error, ExpireOptions, ExpireTime, Ttl};

use super::Store;
use crate::arguments::{After, At};
use crate::bell;
use crate::clock::{since_1970, system_time};
use crate::errors::OrRaise;
use crate::words::Word;

const SECOND: i64 = 1000;

/// What the library takes.
enum Deadline {
    After(Duration),
    At(SystemTime),
}

impl Deadline {
    /// The library refuses it, as a server does what 64 bits do not hold.
    const BEYOND: Self = Self::After(Duration::MAX);

    /// So many milliseconds from now. Fewer than none are over, whatever the clock shows.
    fn after(millis: Option<i64>) -> Self {
        match millis.map(u64::try_from) {
            Some(Ok(millis)) => Self::After(Duration::from_millis(millis)),
            Some(Err(_)) => Self::At(system_time(-i64::MAX).unwrap_or(UNIX_EPOCH)),
            None => Self::BEYOND,
        }
    }

    /// So many milliseconds since the beginning of 1970.
    fn at(millis: Option<i64>) -> Self {
        millis.and_then(system_time).map_or(Self::BEYOND, Self::At)
    }
}

/// Of `nx`, `xx`, `gt` and `lt`, those that are said.
fn options(said: [bool; 4]) -> ExpireOptions {
    let words: [fn(ExpireOptions) -> ExpireOptions; 4] =
        [ExpireOptions::nx, ExpireOptions::xx, ExpireOptions::gt, ExpireOptions::lt];
    let said = words.into_iter().zip(said).filter(|(_, is_said)| *is_said);
    said.fold(ExpireOptions::new(), |options, (word, _)| word(options))
}

impl Store {
    /// As the command of that name.
    fn set_deadline(
        &self,
        py: Python<'_>,
        command: &'static str,
        key: Word<'_>,
        deadline: Deadline,
        options: ExpireOptions,
    ) -> PyResult<bool> {
        let set = self.change(py, |store| match deadline {
            Deadline::After(after) => store.expire_with(key, after, options),
            Deadline::At(time) => store.expireat_with(key, time, options),
        })?;
        bell::check()?;
        set.map_err(|error| match error {
            Error::InvalidExpireTime(_) => Error::InvalidExpireTime(command),
            error => error,
        })
        .or_raise()
    }

    /// Milliseconds, or Redis's numbers for where there are none.
    fn remaining(&self, key: Word<'_>) -> PyResult<i64> {
        Ok(match self.inner()?.ttl(key) {
            Ttl::NoKey => NO_KEY,
            Ttl::NoDeadline => NO_DEADLINE,
            Ttl::Remaining(time) => i64::try_from(time.as_millis()).unwrap_or(i64::MAX),
        })
    }
}

const NO_KEY: i64 = -2;
const NO_DEADLINE: i64 = -1;

/// To the nearest second, and up from the middle.
fn in_seconds(millis: i64) -> i64 {
    millis.div_euclid(SECOND) + i64::from(millis.rem_euclid(SECOND) >= SECOND / 2)
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "Redis has these four words, and redis-py these arguments"
)]
#[expect(clippy::too_many_arguments, reason = "Python names them")]
#[pymethods]
impl Store {
    /// Has a key expire when this number of seconds has passed, and returns whether it does: there is such a key, and what is asked of
    /// its deadline holds. `time` is an int or a timedelta, of which a part of a second does not count. Zero or less removes
    /// the key at once.
    ///
    /// With `nx`, only a key that has no deadline gets one; with `xx`, only one that has one. With `gt` and `lt`, the new one
    /// must be later or earlier than the one that is there; a key without one counts as one that never expires.
    ///
    /// An expired key is absent from every method. What changes a list leaves its deadline alone, and a list that is emptied loses
    /// it; `rename` and `copy` carry it along.
    #[pyo3(signature = (key, time, nx=false, xx=false, gt=false, lt=false))]
    fn expire(
        &self,
        py: Python<'_>,
        key: Word<'_>,
        time: After,
        nx: bool,
        xx: bool,
        gt: bool,
        lt: bool,
    ) -> PyResult<bool> {
        let deadline = Deadline::after(time.0.seconds().and_then(|n| n.checked_mul(SECOND)));
        self.set_deadline(py, "expire", key, deadline, options([nx, xx, gt, lt]))
    }

    /// As `expire`, in milliseconds: a timedelta counts to the millisecond.
    #[pyo3(signature = (key, time, nx=false, xx=false, gt=false, lt=false))]
    fn pexpire(
        &self,
        py: Python<'_>,
        key: Word<'_>,
        time: After,
        nx: bool,
        xx: bool,
        gt: bool,
        lt: bool,
    ) -> PyResult<bool> {
        let deadline = Deadline::after(time.0.millis());
        self.set_deadline(py, "pexpire", key, deadline, options([nx, xx, gt, lt]))
    }

    /// As `expire`, at a moment: seconds since the beginning of 1970 as an int, or a datetime, of which a part of a second does
    /// not count. One without a time zone is local. One that is not in the future removes the key at once.
    #[pyo3(signature = (key, when, nx=false, xx=false, gt=false, lt=false))]
    fn expireat(
        &self,
        py: Python<'_>,
        key: Word<'_>,
        when: At,
        nx: bool,
        xx: bool,
        gt: bool,
        lt: bool,
    ) -> PyResult<bool> {
        let deadline = Deadline::at(when.0.seconds().and_then(|n| n.checked_mul(SECOND)));
        self.set_deadline(py, "expireat", key, deadline, options([nx, xx, gt, lt]))
    }

    /// As `expireat`, in milliseconds: a datetime counts to the millisecond.
    #[pyo3(signature = (key, when, nx=false, xx=false, gt=false, lt=false))]
    fn pexpireat(
        &self,
        py: Python<'_>,
        key: Word<'_>,
        when: At,
        nx: bool,
        xx: bool,
        gt: bool,
        lt: bool,
    ) -> PyResult<bool> {
        let deadline = Deadline::at(when.0.millis());
        self.set_deadline(py, "pexpireat", key, deadline, options([nx, xx, gt, lt]))
    }

    /// How many seconds a key has left, to the nearest one: -1 if it has no deadline, -2 if there is no such key.
    fn ttl(&self, key: Word<'_>) -> PyResult<i64> {
        let millis = self.remaining(key)?;
        Ok(if millis < 0 { millis } else { in_seconds(millis) })
    }

    /// As `ttl`, in milliseconds.
    fn pttl(&self, key: Word<'_>) -> PyResult<i64> {
        self.remaining(key)
    }

    /// When a key expires, in seconds since the beginning of 1970, to the nearest one: -1 if it has no deadline, -2 if there is
    /// no such key.
    fn expiretime(&self, key: Word<'_>) -> PyResult<i64> {
        Ok(match self.inner()?.expiretime(key) {
            ExpireTime::NoKey => NO_KEY,
            ExpireTime::NoDeadline => NO_DEADLINE,
            ExpireTime::At(time) => in_seconds(since_1970(time)),
        })
    }

    /// As `expiretime`, in milliseconds.
    fn pexpiretime(&self, key: Word<'_>) -> PyResult<i64> {
        Ok(match self.inner()?.expiretime(key) {
            ExpireTime::NoKey => NO_KEY,
            ExpireTime::NoDeadline => NO_DEADLINE,
            ExpireTime::At(time) => since_1970(time),
        })
    }

    /// Takes a key's deadline away, and returns whether it had one.
    fn persist(&self, py: Python<'_>, key: Word<'_>) -> PyResult<bool> {
        let persisted = self.change(py, |store| store.persist(key))?;
        bell::check()?;
        persisted.or_raise()
    }

    /// Removes all keys that have expired by now, and returns how many it removed. Tasks that wait for room there are served.
    /// Redis has no such command: call it now and then where no other method is, so that the memory goes. Methods remove a
    /// few of these keys by themselves.
    fn reap(&self, py: Python<'_>) -> PyResult<usize> {
        let store = self.inner()?;
        let reaped = py.detach(|| store.reap());
        bell::check()?;
        Ok(reaped)
    }
}
