//! What a client can ask of a store's log: BGREWRITEAOF, LASTSAVE and WAITAOF, and what INFO says of it.

use std::fmt::Display;
use std::time::{Duration, UNIX_EPOCH};

use super::arguments::{integer, strict_integer};
use super::call::Call;
use super::replies::count;
use super::{Answer, Refusal};
use crate::keyspace::Keyspace;
use crate::{Reply, clock};

/// BGREWRITEAOF
pub(super) fn bgrewriteaof(call: &mut Call<'_, '_>) -> Answer {
    if call.keyspace.keyspace().rewrite_in_the_background()? {
        return Ok(Reply::Status("Background append only file rewriting started".into()));
    }
    Err(Refusal::new("ERR Background append only file rewriting already in progress"))
}

/// LASTSAVE: when the log was last rewritten, or the store was made.
pub(super) fn lastsave(call: &mut Call<'_, '_>) -> Answer {
    let keyspace = call.keyspace.keyspace();
    let rewritten = keyspace.persistence().and_then(|log| log.rewritten);
    let since_1970 = match rewritten {
        Some((when, _)) => when.duration_since(UNIX_EPOCH).unwrap_or_default(),
        None => clock::since_1970().unwrap_or_default().saturating_sub(keyspace.age()),
    };
    Ok(Reply::Integer(i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX)))
}

/// WAITAOF, which waits for the disk until the timeout, and for no replicas, as there are none. A task waits however long the disk
/// takes, as nothing there counts the time. In a transaction it does not wait, and says what a server does that has not synced
/// yet.
pub(super) fn waitaof(call: &mut Call<'_, '_>) -> Answer {
    let numlocal = integer(call.args[1])?;
    if !(0..=1).contains(&numlocal) {
        return Err(Refusal::new("ERR value is out of range, value must between 0 and 1"));
    }
    if integer(call.args[2])? < 0 {
        return Err(Refusal::new("ERR value is out of range, must be positive"));
    }
    let timeout = strict_integer(call.args[3])
        .ok_or_else(|| Refusal::new("ERR timeout is not an integer or out of range"))?;
    let timeout = u64::try_from(timeout).map_err(|_| Refusal::new("ERR timeout is negative"))?;
    let barrier = call.keyspace.keyspace().barrier();
    if numlocal == 1 && barrier.is_none() {
        let text = "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.";
        return Err(Refusal::new(text));
    }
    let is_synced = match barrier {
        Some(barrier) if call.keyspace.is_alone() && numlocal == 1 => match timeout {
            0 => barrier.settle().map(|()| true)?,
            milliseconds => barrier.settle_within(Duration::from_millis(milliseconds))?,
        },
        _ => false,
    };
    Ok(Reply::Array(vec![count(usize::from(is_synced)), count(0)]))
}

/// The fields of INFO's section, in a server's order.
pub(super) fn fields(keyspace: &Keyspace) -> Vec<(&'static str, String)> {
    let said = |field: &dyn Display| field.to_string();
    let flag = |is_so: bool| u8::from(is_so).to_string();
    let status = |has_failed: bool| String::from(if has_failed { "err" } else { "ok" });
    let Some(log) = keyspace.persistence() else {
        return vec![("loading", flag(false)), ("aof_enabled", flag(false))];
    };
    let took = log
        .rewritten
        .map_or(-1, |(_, took): (_, Duration)| i64::try_from(took.as_secs()).unwrap_or(i64::MAX));
    vec![
        ("loading", flag(false)),
        ("aof_enabled", flag(true)),
        ("aof_rewrite_in_progress", flag(log.is_rewriting)),
        ("aof_rewrite_scheduled", flag(false)),
        ("aof_last_rewrite_time_sec", said(&took)),
        ("aof_last_bgrewrite_status", status(log.rewrite_failed)),
        ("aof_last_write_status", status(log.has_failed)),
        ("aof_current_size", said(&log.size)),
        ("aof_base_size", said(&log.base)),
        ("aof_buffer_length", said(&log.buffered)),
    ]
}
