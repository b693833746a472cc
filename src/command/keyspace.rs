//! The commands of Redis's generic and server groups that are about keys, whatever they hold.

use super::arguments::{database, integer, is_word, syntax};
use super::replies::{bulk_or_nil, bulks, count, flag, text};
use super::{Answer, Refusal, Unlocked};
use crate::keyspace::Guard;
use crate::quoting::c_text;
use crate::{Error, Reply, ScanOptions};

/// DEL and UNLINK
pub(super) fn del(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let keys: Vec<_> = args[1..].iter().map(|key| guard.key(key)).collect();
    Ok(count(guard.del(keys)))
}

/// EXISTS and TOUCH
pub(super) fn exists(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    Ok(count(guard.exists(args[1..].iter().map(|key| guard.key(key)))))
}

/// TYPE
pub(super) fn key_type(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let key = guard.key(args[1]);
    Ok(Reply::Status(guard.shard(key).type_name(key).into()))
}

pub(super) fn keys(guard: &Guard<'_>, args: &[&[u8]]) -> Result<Unlocked, Refusal> {
    let (names, options) = (guard.names(), ScanOptions::new().pattern(args[1]));
    Ok(Box::new(move || bulks(options.select(&names))))
}

pub(super) fn scan(guard: &Guard<'_>, args: &[&[u8]]) -> Result<Unlocked, Refusal> {
    let cursor = cursor(args[1])?;
    let mut options = ScanOptions::new();
    let mut rest = args[2..].iter();
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
    let (next, names) = guard.scan(cursor, &options);
    Ok(Box::new(move || Reply::Array(vec![text(&next.to_string()), bulks(options.select(&names))])))
}

/// A cursor is no strict integer: `+0` and `00` are 0.
fn cursor(argument: &[u8]) -> Result<u64, Refusal> {
    let digits = std::str::from_utf8(c_text(argument)).ok();
    digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| Refusal::new("ERR invalid cursor"))
}

pub(super) fn randomkey(guard: &mut Guard<'_>, _: &[&[u8]]) -> Answer {
    Ok(bulk_or_nil(guard.randomkey()))
}

pub(super) fn dbsize(guard: &mut Guard<'_>, _: &[&[u8]]) -> Answer {
    Ok(count(guard.dbsize()))
}

/// FLUSHALL and FLUSHDB
pub(super) fn flush(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    match args[1..] {
        [] => {}
        [mode] if is_word(mode, "sync") || is_word(mode, "async") => {}
        _ => return Err(syntax()),
    }
    guard.flushall();
    Ok(Reply::ok())
}

pub(super) fn rename(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let (key, newkey) = (guard.key(args[1]), guard.key(args[2]));
    guard.rename(key, newkey)?;
    Ok(Reply::ok())
}

pub(super) fn renamenx(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let (key, newkey) = (guard.key(args[1]), guard.key(args[2]));
    Ok(flag(guard.renamenx(key, newkey)?))
}

pub(super) fn copy(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let mut replace = false;
    let mut options = &args[3..];
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
    let (source, destination) = (guard.key(args[1]), guard.key(args[2]));
    Ok(flag(guard.copy(source, destination, replace)?))
}

/// OBJECT ENCODING
pub(super) fn object_encoding(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let key = guard.key(args[2]);
    Ok(guard.shard(key).encoding(key).map_or(Reply::Nil, text))
}
