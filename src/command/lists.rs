//! Redis's list group, but for the commands that wait.

use super::arguments::{at_least, direction, integer, is_word, syntax};
use super::replies::{bulk_or_nil, bulks, count, popped_from};
use super::{Answer, Refusal};
use crate::keyspace::Guard;
use crate::keyspace::{Request, Side};
use crate::list::Popped;
use crate::{Direction, Element, Error, LposOptions, Reply};

pub(super) fn lpush(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    push(guard, args, Direction::Left)
}

pub(super) fn rpush(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    push(guard, args, Direction::Right)
}

pub(super) fn lpushx(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    push_existing(guard, args, Direction::Left)
}

pub(super) fn rpushx(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    push_existing(guard, args, Direction::Right)
}

pub(super) fn lpop(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    pop(guard, args, Direction::Left, "lpop")
}

pub(super) fn rpop(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    pop(guard, args, Direction::Right, "rpop")
}

pub(super) fn llen(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let key = guard.key(args[1]);
    Ok(count(guard.shard(key).len(key)))
}

pub(super) fn lrange(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let (start, stop) = (integer(args[2])?, integer(args[3])?);
    let key = guard.key(args[1]);
    Ok(bulks(guard.shard(key).range(key, start, stop)))
}

/// The index is not even looked at if there is no list.
pub(super) fn lindex(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let key = guard.key(args[1]);
    if !guard.shard(key).exists(key) {
        return Ok(Reply::Nil);
    }
    let index = integer(args[2])?;
    Ok(bulk_or_nil(guard.shard(key).index(key, index).map(<[u8]>::into_vec)))
}

/// The index is not even looked at if there is no list.
pub(super) fn lset(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let key = guard.key(args[1]);
    if !guard.shard(key).exists(key) {
        return Err(Error::NoSuchKey.into());
    }
    let index = integer(args[2])?;
    guard.shard_mut(key).set(key, index, Element::from(args[3]))?;
    Ok(Reply::ok())
}

pub(super) fn linsert(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let side = if is_word(args[2], "before") {
        Side::Before
    } else if is_word(args[2], "after") {
        Side::After
    } else {
        return Err(syntax());
    };
    let key = guard.key(args[1]);
    let len = guard.shard_mut(key).insert(key, side, args[3], Element::from(args[4]));
    Ok(Reply::Integer(len))
}

pub(super) fn lrem(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let limit = integer(args[2])?;
    let key = guard.key(args[1]);
    Ok(count(guard.shard_mut(key).remove(key, limit, args[3])?))
}

pub(super) fn ltrim(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let (start, stop) = (integer(args[2])?, integer(args[3])?);
    let key = guard.key(args[1]);
    guard.shard_mut(key).trim(key, start, stop);
    Ok(Reply::ok())
}

/// All options are read before the key is looked at; of a repeated one the last counts.
pub(super) fn lpos(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let mut options = LposOptions::new();
    let mut wanted = None;
    let mut rest = args[3..].iter();
    while let Some(option) = rest.next() {
        let value = rest.next().ok_or_else(syntax);
        if is_word(option, "rank") {
            options = options.rank(integer(value?)?)?;
        } else if is_word(option, "count") {
            wanted = Some(at_least(0, value?, "ERR COUNT can't be negative")?);
        } else if is_word(option, "maxlen") {
            options = options.maxlen(at_least(0, value?, "ERR MAXLEN can't be negative")?);
        } else {
            return Err(syntax());
        }
    }
    let key = guard.key(args[1]);
    let positions = guard.shard(key).positions(key, args[2], wanted.unwrap_or(1), options);
    let mut positions = positions.into_iter().map(count);
    Ok(match wanted {
        Some(_) => Reply::Array(positions.collect()),
        None => positions.next().unwrap_or(Reply::Nil),
    })
}

pub(super) fn lmove(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let (from, to) = (direction(args[3])?, direction(args[4])?);
    Ok(move_element(guard, args[1], args[2], from, to))
}

pub(super) fn rpoplpush(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    Ok(move_element(guard, args[1], args[2], Direction::Right, Direction::Left))
}

pub(super) fn lmpop(guard: &mut Guard<'_>, args: &[&[u8]]) -> Answer {
    let PopSeveral { keys, from, count } = PopSeveral::parse(&args[1..])?;
    let request = Request::pop_many(keys.iter().map(|key| guard.key(key)), from, count)?;
    Ok(guard.take(&request).map_or(Reply::NilArray, |taken| {
        let (key, elements) = taken.into_popped_many(&request);
        popped_from(key, elements)
    }))
}

/// The arguments of LMPOP, which are also those of BLMPOP behind its timeout.
pub(super) struct PopSeveral<'k, 'a> {
    pub(super) keys: &'k [&'a [u8]],
    pub(super) from: Direction,
    pub(super) count: usize,
}

impl<'k, 'a> PopSeveral<'k, 'a> {
    /// `numkeys key [key ...] LEFT|RIGHT [COUNT count]`, where COUNT may come only once.
    pub(super) fn parse(args: &'k [&'a [u8]]) -> Result<Self, Refusal> {
        let numkeys = args.first().ok_or_else(syntax)?;
        let numkeys = at_least(1, numkeys, "ERR numkeys should be greater than 0")?;
        let (keys, rest) = args[1..].split_at_checked(numkeys).ok_or_else(syntax)?;
        let (end, options) = rest.split_first().ok_or_else(syntax)?;
        let from = direction(end)?;
        let count = match options {
            [] => 1,
            [option, value, more @ ..] if is_word(option, "count") => {
                let count = at_least(1, value, "ERR count should be greater than 0")?;
                if !more.is_empty() {
                    return Err(syntax());
                }
                count
            }
            _ => return Err(syntax()),
        };
        Ok(Self { keys, from, count })
    }
}

fn push(guard: &mut Guard<'_>, args: &[&[u8]], end: Direction) -> Answer {
    let key = guard.key(args[1]);
    let elements = args[2..].iter().map(Element::from);
    Ok(count(guard.shard_mut(key).push(key, end, elements)))
}

fn push_existing(guard: &mut Guard<'_>, args: &[&[u8]], end: Direction) -> Answer {
    let key = guard.key(args[1]);
    let elements = args[2..].iter().map(Element::from);
    Ok(count(guard.shard_mut(key).push_existing(key, end, elements)))
}

/// A third argument is the command's own to refuse, not the table's: in a transaction it is refused at EXEC.
fn pop(guard: &mut Guard<'_>, args: &[&[u8]], end: Direction, name: &str) -> Answer {
    let key = guard.key(args[1]);
    match args[2..] {
        [] => Ok(bulk_or_nil(guard.shard_mut(key).pop(key, end).map(Popped::into_vec))),
        [limit] => {
            let limit = at_least(0, limit, "ERR value is out of range, must be positive")?;
            Ok(guard.shard_mut(key).pop_count(key, end, limit).map_or(Reply::NilArray, bulks))
        }
        _ => Err(Refusal::wrong_arity(name)),
    }
}

fn move_element(
    guard: &mut Guard<'_>,
    source: &[u8],
    destination: &[u8],
    from: Direction,
    to: Direction,
) -> Reply {
    let (source, destination) = (guard.key(source), guard.key(destination));
    bulk_or_nil(guard.lmove(source, destination, from, to).map(Popped::into_vec))
}
