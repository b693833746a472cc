//! The commands of Redis's generic and server groups that are about keys, whatever they hold.

use super::arguments::{database, integer, is_word, syntax};
use super::replies::{bulk_or_nil, bulks, count, flag, text};
use super::{Answer, Call, Refusal};
use crate::keyspace::{Access, Reach, Shard, Single};
use crate::quoting::c_text;
use crate::{Error, Reply, ScanOptions};

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
    Ok(bulk_or_nil(call.keyspace.look(Reach::All, |guard| guard.randomkey())))
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
