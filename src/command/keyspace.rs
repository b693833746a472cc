//! The commands of Redis's generic and server groups that are about keys, whatever they hold.

use super::arguments::{database, integer, integer_32, is_word, strict_integer, syntax};
use super::replies::{bulk_or_nil, bulks, count, flag, text};
use super::session::Session;
use super::{Answer, Call, Refusal};
use crate::keyspace::{Access, Reach, Shard, Single};
use crate::quoting::c_text;
use crate::{Error, Reply, ScanOptions, clock};

/// DEL and UNLINK
pub(super) fn del(call: &mut Call<'_, '_>) -> Answer {
    let keys = call.keys(1..call.args.len());
    Ok(count(call.keyspace.del(&keys)?))
}

/// EXISTS and TOUCH
pub(super) fn exists(call: &mut Call<'_, '_>) -> Answer {
    Ok(count(call.keyspace.exists(&call.keys(1..call.args.len()))))
}

/// TYPE
pub(super) fn key_type(call: &mut Call<'_, '_>) -> Answer {
    Ok(Reply::Status(call.keyspace.read(call.key(1), Shard::type_name).into()))
}

pub(super) fn keys(call: &mut Call<'_, '_>) -> Answer {
    let options = ScanOptions::new().pattern(call.args[1]);
    let names = call.keyspace.look(Reach::All, |guard| guard.names());
    call.unlocked(move || bulks(options.select(&names)))
}

pub(super) fn scan(call: &mut Call<'_, '_>) -> Answer {
    let cursor = cursor(call.args[1])?;
    let mut options = ScanOptions::new();
    let mut rest = call.args[2..].iter();
    while let Some(option) = rest.next() {
        let value = rest.next().ok_or_else(syntax);
        if is_word(option, "count") {
            let count = integer(value?)?.max(0);
            options = options.count(usize::try_from(count).unwrap_or(usize::MAX))?;
        } else if is_word(option, "match") {
            options = options.pattern(value?);
        } else if is_word(option, "type") {
            options = options.key_type(c_text(value?));
        } else {
            return Err(syntax());
        }
    }
    let (next, names) = call.keyspace.scan(cursor, &options);
    call.unlocked(move || {
        Reply::Array(vec![text(&next.to_string()), bulks(options.select(&names))])
    })
}

/// A cursor is no strict integer: `+0` and `00` are 0.
fn cursor(argument: &[u8]) -> Result<u64, Refusal> {
    let digits = std::str::from_utf8(c_text(argument)).ok();
    digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| Refusal::new("ERR invalid cursor"))
}

pub(super) fn randomkey(call: &mut Call<'_, '_>) -> Answer {
    Ok(bulk_or_nil(call.keyspace.randomkey()))
}

pub(super) fn dbsize(call: &mut Call<'_, '_>) -> Answer {
    Ok(count(call.keyspace.look(Reach::All, |guard| guard.dbsize())))
}

/// FLUSHALL and FLUSHDB
pub(super) fn flush(call: &mut Call<'_, '_>) -> Answer {
    match call.args[1..] {
        [] => {}
        [mode] if is_word(mode, "sync") || is_word(mode, "async") => {}
        _ => return Err(syntax()),
    }
    call.keyspace.flushall()?;
    Ok(Reply::ok())
}

pub(super) fn rename(call: &mut Call<'_, '_>) -> Answer {
    let (key, newkey) = (call.key(1), call.key(2));
    call.keyspace.rename(key, newkey)?;
    Ok(Reply::ok())
}

pub(super) fn renamenx(call: &mut Call<'_, '_>) -> Answer {
    let (key, newkey) = (call.key(1), call.key(2));
    Ok(flag(call.keyspace.renamenx(key, newkey)?))
}

pub(super) fn copy(call: &mut Call<'_, '_>) -> Answer {
    let mut replace = false;
    let mut options = &call.args[3..];
    loop {
        options = match options {
            [] => break,
            [option, rest @ ..] if is_word(option, "replace") => {
                replace = true;
                rest
            }
            [option, index, rest @ ..] if is_word(option, "db") => {
                database(index)?;
                rest
            }
            _ => return Err(Error::Syntax.into()),
        }
    }
    let (source, destination) = (call.key(1), call.key(2));
    Ok(flag(call.keyspace.copy(source, destination, replace)?))
}

/// OBJECT ENCODING
pub(super) fn object_encoding(call: &mut Call<'_, '_>) -> Answer {
    Ok(call.keyspace.read(call.key(2), Shard::encoding).map_or(Reply::Nil, text))
}

/// OBJECT REFCOUNT: nothing is shared.
pub(super) fn object_refcount(call: &mut Call<'_, '_>) -> Answer {
    Ok(if call.keyspace.read(call.key(2), Shard::exists) { Reply::Integer(1) } else { Reply::Nil })
}

/// OBJECT IDLETIME: no command notes when a key was used, as none is ever evicted, so each might have been used just now.
pub(super) fn object_idletime(call: &mut Call<'_, '_>) -> Answer {
    Ok(if call.keyspace.read(call.key(2), Shard::exists) { Reply::Integer(0) } else { Reply::Nil })
}

/// OBJECT FREQ
pub(super) fn object_freq(call: &mut Call<'_, '_>) -> Answer {
    if !call.keyspace.read(call.key(2), Shard::exists) {
        return Ok(Reply::Nil);
    }
    Err(Refusal::new(
        "ERR An LFU maxmemory policy is not selected, access frequency not tracked. \
         Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
    ))
}

/// MEMORY USAGE, which counts every buffer: there is no need for samples.
pub(super) fn memory_usage(call: &mut Call<'_, '_>) -> Answer {
    for option in call.args[3..].chunks(2) {
        match *option {
            [name, samples] if is_word(name, "samples") => {
                if integer(samples)? < 0 {
                    return Err(syntax());
                }
            }
            _ => return Err(syntax()),
        }
    }
    Ok(call.keyspace.read(call.key(2), Shard::memory_usage).map_or(Reply::Nil, count))
}

/// MOVE: there is no other database to move a key to.
pub(super) fn move_key(_: &mut Session, args: &[&[u8]]) -> Answer {
    database(args[2])?;
    Err(Error::SameObject.into())
}

/// SWAPDB: the one database with itself, which changes nothing.
pub(super) fn swapdb(_: &mut Session, args: &[&[u8]]) -> Answer {
    let number =
        |place: usize, refusal: &str| integer_32(args[place]).map_err(|_| Refusal::new(refusal));
    let first = number(1, "ERR invalid first DB index")?;
    let second = number(2, "ERR invalid second DB index")?;
    if (first, second) != (0, 0) {
        return Err(Refusal::new("ERR DB index is out of range"));
    }
    Ok(Reply::ok())
}

/// WAIT: there are no replicas, and none can come, so there is nothing to wait for.
pub(super) fn wait(_: &mut Session, args: &[&[u8]]) -> Answer {
    integer(args[1])?;
    let timeout = strict_integer(args[2])
        .ok_or_else(|| Refusal::new("ERR timeout is not an integer or out of range"))?;
    let now = clock::since_1970().and_then(|now| i64::try_from(now.as_millis()).ok());
    if timeout < 0 {
        Err(Refusal::new("ERR timeout is negative"))
    } else if timeout.checked_add(now.unwrap_or(0)).is_none() {
        Err(Refusal::new("ERR timeout is out of range"))
    } else {
        Ok(Reply::Integer(0))
    }
}
