//! EXPIRE and its like, TTL and its like, PERSIST: seconds and milliseconds, from now or since 1970.

use super::Answer;
use super::Refusal;
use super::arguments::{integer, is_word};
use super::call::Call;
use super::replies::flag;
use crate::Reply;
use crate::expiry::{ExpireOptions, Expiry, When};
use crate::keyspace::{Shard, Single};

const SECOND: i64 = 1000;

pub(super) fn expire(call: &mut Call<'_, '_>) -> Answer {
    set(call, |number| When::after("expire", number.checked_mul(SECOND)))
}

pub(super) fn pexpire(call: &mut Call<'_, '_>) -> Answer {
    set(call, |number| When::after("pexpire", Some(number)))
}

pub(super) fn expireat(call: &mut Call<'_, '_>) -> Answer {
    set(call, |number| When::at("expireat", number.checked_mul(SECOND)))
}

pub(super) fn pexpireat(call: &mut Call<'_, '_>) -> Answer {
    set(call, |number| When::at("pexpireat", Some(number)))
}

fn set(call: &mut Call<'_, '_>, when: impl FnOnce(i64) -> When) -> Answer {
    let options = options(&call.args[3..])?;
    // Before the number is read, as a server does.
    options.check()?;
    let when = when(integer(call.args[2])?);
    let key = call.key(1);
    Ok(flag(call.keyspace.expire(key, when, options)?))
}

fn options(words: &[&[u8]]) -> Result<ExpireOptions, Refusal> {
    words.iter().try_fold(ExpireOptions::new(), |options, word| match word {
        word if is_word(word, "nx") => Ok(options.nx()),
        word if is_word(word, "xx") => Ok(options.xx()),
        word if is_word(word, "gt") => Ok(options.gt()),
        word if is_word(word, "lt") => Ok(options.lt()),
        other => Err(Refusal::quoting("ERR Unsupported option ", other, "")),
    })
}

pub(super) fn ttl(call: &mut Call<'_, '_>) -> Answer {
    tell(call, |deadline, now| in_seconds(remaining(deadline, now)))
}

pub(super) fn pttl(call: &mut Call<'_, '_>) -> Answer {
    tell(call, remaining)
}

pub(super) fn expiretime(call: &mut Call<'_, '_>) -> Answer {
    tell(call, |deadline, _| in_seconds(deadline))
}

pub(super) fn pexpiretime(call: &mut Call<'_, '_>) -> Answer {
    tell(call, |deadline, _| deadline)
}

fn tell(call: &mut Call<'_, '_>, number: impl FnOnce(i64, i64) -> i64) -> Answer {
    Ok(Reply::Integer(match call.keyspace.read(call.key(1), Shard::expiry) {
        Expiry::NoKey => -2,
        Expiry::NoDeadline => -1,
        Expiry::At { deadline, now } => number(deadline.0, now.0),
    }))
}

fn remaining(deadline: i64, now: i64) -> i64 {
    deadline.saturating_sub(now).max(0)
}

/// To the nearest second, and up from the middle.
fn in_seconds(millis: i64) -> i64 {
    millis.div_euclid(SECOND) + i64::from(millis.rem_euclid(SECOND) >= SECOND / 2)
}

pub(super) fn persist(call: &mut Call<'_, '_>) -> Answer {
    let key = call.key(1);
    Ok(flag(call.keyspace.persist(key)?))
}
