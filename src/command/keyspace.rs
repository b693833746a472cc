//! What of Redis's generic and server groups is about keys, whatever they hold.

use super::arguments::{database, integer, is_word, syntax};
use super::refusal::c_text;
use super::replies::{bulk_or_nil, bulks, count, flag, text};
use super::{Answer, Refusal, Unlocked};
use crate::transaction::View;
use crate::{Error, Reply, ScanOptions};

/// DEL and UNLINK
pub(super) fn del(view: &mut View<'_>, args: &[&[u8]]) -> Answer {
    let keys: Vec<_> = args[1..].iter().map(|key| view.key(key)).collect();
    Ok(count(view.del(keys)))
}

/// EXISTS and TOUCH
pub(super) fn exists(view: &mut View<'_>, args: &[&[u8]]) -> Answer {
    Ok(count(view.exists(args[1..].iter().map(|key| view.key(key)))))
}

/// TYPE
pub(super) fn key_type(view: &mut View<'_>, args: &[&[u8]]) -> Answer {
    let key = view.key(args[1]);
    Ok(Reply::Status(view.shard(key).type_name(key).into()))
}

pub(super) fn keys(view: &View<'_>, args: &[&[u8]]) -> Result<Unlocked, Refusal> {
    let (names, options) = (view.names(), ScanOptions::new().pattern(args[1]));
    Ok(Box::new(move || bulks(options.select(&names))))
}

pub(super) fn scan(view: &View<'_>, args: &[&[u8]]) -> Result<Unlocked, Refusal> {
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
    let (next, names) = view.scan(cursor, &options);
    Ok(Box::new(move || Reply::Array(vec![text(&next.to_string()), bulks(options.select(&names))])))
}

/// A cursor is no strict integer: `+0` and `00` are 0.
fn cursor(argument: &[u8]) -> Result<u64, Refusal> {
    let digits = std::str::from_utf8(c_text(argument)).ok();
    digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| Refusal::new("ERR invalid cursor"))
}

pub(super) fn randomkey(view: &mut View<'_>, _: &[&[u8]]) -> Answer {
    Ok(bulk_or_nil(view.randomkey()))
}

pub(super) fn dbsize(view: &mut View<'_>, _: &[&[u8]]) -> Answer {
    Ok(count(view.dbsize()))
}

/// FLUSHALL and FLUSHDB
pub(super) fn flush(view: &mut View<'_>, args: &[&[u8]]) -> Answer {
    match args[1..] {
        [] => {}
        [mode] if is_word(mode, "sync") || is_word(mode, "async") => {}
        _ => return Err(syntax()),
    }
    view.flushall();
    Ok(Reply::ok())
}

pub(super) fn rename(view: &mut View<'_>, args: &[&[u8]]) -> Answer {
    let (key, newkey) = (view.key(args[1]), view.key(args[2]));
    view.rename(key, newkey)?;
    Ok(Reply::ok())
}

pub(super) fn renamenx(view: &mut View<'_>, args: &[&[u8]]) -> Answer {
    let (key, newkey) = (view.key(args[1]), view.key(args[2]));
    Ok(flag(view.renamenx(key, newkey)?))
}

pub(super) fn copy(view: &mut View<'_>, args: &[&[u8]]) -> Answer {
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
    let (source, destination) = (view.key(args[1]), view.key(args[2]));
    Ok(flag(view.copy(source, destination, replace)?))
}

/// OBJECT ENCODING
pub(super) fn object_encoding(view: &mut View<'_>, args: &[&[u8]]) -> Answer {
    let key = view.key(args[2]);
    Ok(view.shard(key).encoding(key).map_or(Reply::Nil, text))
}
