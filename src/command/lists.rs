//! Redis's list group, but for the commands that wait.

use super::arguments::{at_least, direction, integer, is_word, syntax};
use super::replies::{bulk_or_nil, bulks, count, popped_from};
use super::{Answer, Call, Refusal};
use crate::keyspace::{Access, OwnedRequest, Request, Shard, Side, Single};
use crate::list::Popped;
use crate::lmovem::Block;
use crate::{Direction, Error, LposOptions, MoveCount, MoveOrder, Reply};

#[inline]
pub(super) fn lpush(call: &mut Call<'_, '_>) -> Answer {
    push(call, Direction::Left)
}

#[inline]
pub(super) fn rpush(call: &mut Call<'_, '_>) -> Answer {
    push(call, Direction::Right)
}

pub(super) fn lpushx(call: &mut Call<'_, '_>) -> Answer {
    push_existing(call, Direction::Left)
}

pub(super) fn rpushx(call: &mut Call<'_, '_>) -> Answer {
    push_existing(call, Direction::Right)
}

#[inline]
pub(super) fn lpop(call: &mut Call<'_, '_>) -> Answer {
    pop(call, Direction::Left, "lpop")
}

#[inline]
pub(super) fn rpop(call: &mut Call<'_, '_>) -> Answer {
    pop(call, Direction::Right, "rpop")
}

pub(super) fn llen(call: &mut Call<'_, '_>) -> Answer {
    Ok(count(call.keyspace.read(call.key(1), Shard::len)))
}

pub(super) fn lrange(call: &mut Call<'_, '_>) -> Answer {
    let (start, stop) = (integer(call.args[2])?, integer(call.args[3])?);
    Ok(bulks(call.keyspace.read(call.key(1), |shard, key| shard.range(key, start, stop))))
}

/// An index that is no integer is refused only if there is a list.
pub(super) fn lindex(call: &mut Call<'_, '_>) -> Answer {
    let key = call.key(1);
    let index = match integer(call.args[2]) {
        Err(_) if !call.keyspace.read(key, Shard::exists) => return Ok(Reply::Nil),
        index => index?,
    };
    let element = call.keyspace.read(key, |shard, key| shard.index(key, index));
    Ok(bulk_or_nil(element.map(<[u8]>::into_vec)))
}

/// An index that is no integer is refused only if there is a list.
pub(super) fn lset(call: &mut Call<'_, '_>) -> Answer {
    let key = call.key(1);
    let index = match integer(call.args[2]) {
        Err(_) if !call.keyspace.read(key, Shard::exists) => return Err(Error::NoSuchKey.into()),
        index => index?,
    };
    let element = call.element().ok_or_else(syntax)?;
    call.keyspace.set(key, index, element)?;
    Ok(Reply::ok())
}

pub(super) fn linsert(call: &mut Call<'_, '_>) -> Answer {
    let side = if is_word(call.args[2], "before") {
        Side::Before
    } else if is_word(call.args[2], "after") {
        Side::After
    } else {
        return Err(syntax());
    };
    let (key, pivot) = (call.key(1), call.args[3]);
    let element = call.element().ok_or_else(syntax)?;
    Ok(Reply::Integer(call.keyspace.insert(key, side, pivot, element)?))
}

pub(super) fn lrem(call: &mut Call<'_, '_>) -> Answer {
    let (limit, element) = (integer(call.args[2])?, call.args[3]);
    Ok(count(call.keyspace.remove(call.key(1), limit, element)?))
}

pub(super) fn ltrim(call: &mut Call<'_, '_>) -> Answer {
    let (start, stop) = (integer(call.args[2])?, integer(call.args[3])?);
    call.keyspace.trim(call.key(1), start, stop)?;
    Ok(Reply::ok())
}

/// All options are read before the key is looked at; of a repeated one the last counts.
pub(super) fn lpos(call: &mut Call<'_, '_>) -> Answer {
    let mut options = LposOptions::new();
    let mut wanted = None;
    let mut rest = call.args[3..].iter();
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
    let (element, most) = (call.args[2], wanted.unwrap_or(1));
    let positions =
        call.keyspace.read(call.key(1), |shard, key| shard.positions(key, element, most, options));
    let mut positions = positions.into_iter().map(count);
    Ok(match wanted {
        Some(_) => Reply::Array(positions.collect()),
        None => positions.next().unwrap_or(Reply::Nil),
    })
}

pub(super) fn lmove(call: &mut Call<'_, '_>) -> Answer {
    let (from, to) = (direction(call.args[3])?, direction(call.args[4])?);
    move_element(call, from, to)
}

pub(super) fn lmovem(call: &mut Call<'_, '_>) -> Answer {
    let (from, to) = (direction(call.args[3])?, direction(call.args[4])?);
    let block = block(from, to, &call.args[5..])?;
    let moved = call.keyspace.lmovem(call.key(1), call.key(2), block)?;
    Ok(moved.map_or(Reply::NilArray, bulks))
}

/// What LMOVEM and BLMOVEM move, by their last words: `[COUNT|EXACTLY count OBO|BULK]`.
pub(super) fn block(from: Direction, to: Direction, words: &[&[u8]]) -> Result<Block, Refusal> {
    let (count, order) = match *words {
        [] => (MoveCount::UpTo(1), MoveOrder::OneByOne),
        [option, count, order] => {
            let limit: fn(usize) -> MoveCount = match option {
                option if is_word(option, "count") => MoveCount::UpTo,
                option if is_word(option, "exactly") => MoveCount::Exactly,
                _ => return Err(syntax()),
            };
            let count = at_least(1, count, "ERR count should be greater than 0")?;
            let order = match order {
                order if is_word(order, "obo") => MoveOrder::OneByOne,
                order if is_word(order, "bulk") => MoveOrder::Bulk,
                _ => return Err(syntax()),
            };
            (limit(count), order)
        }
        _ => return Err(syntax()),
    };
    Ok(Block::new(from, to, count, order)?)
}

pub(super) fn rpoplpush(call: &mut Call<'_, '_>) -> Answer {
    move_element(call, Direction::Right, Direction::Left)
}

pub(super) fn lmpop(call: &mut Call<'_, '_>) -> Answer {
    let request = pop_several(call, 1)?;
    let request = request.as_request();
    Ok(call.keyspace.take(request)?.map_or(Reply::NilArray, |taken| {
        popped_from(request.key_of(&taken).to_vec(), taken.into_elements())
    }))
}

/// What LMPOP asks for, and BLMPOP behind its timeout: from a position on `numkeys key [key ...] LEFT|RIGHT
/// [COUNT count]`, where COUNT may come only once.
pub(super) fn pop_several(call: &Call<'_, '_>, place: usize) -> Result<OwnedRequest, Refusal> {
    let args = call.args;
    let numkeys = args.get(place).ok_or_else(syntax)?;
    let numkeys = at_least(1, numkeys, "ERR numkeys should be greater than 0")?;
    let first = place + 1;
    let (keys, rest) = args[first..].split_at_checked(numkeys).ok_or_else(syntax)?;
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
    let keys = call.keys(first..first + keys.len());
    Ok(OwnedRequest::new(Request::pop_many(&keys, from, count)?))
}

#[expect(clippy::inline_always, reason = "a call in between would move the reply: see on_keyspace")]
#[inline(always)]
fn push(call: &mut Call<'_, '_>, end: Direction) -> Answer {
    let key = call.key(1);
    if let Some(element) = call.element() {
        return Ok(count(call.keyspace.push_one(key, end, element)?));
    }
    let elements = call.elements();
    Ok(count(call.keyspace.push(key, end, elements)?))
}

fn push_existing(call: &mut Call<'_, '_>, end: Direction) -> Answer {
    let (key, elements) = (call.key(1), call.elements());
    Ok(count(call.keyspace.push_existing(key, end, elements)?))
}

/// A third argument is the command's own to refuse, not the table's: in a transaction it is refused at EXEC.
#[expect(clippy::inline_always, reason = "as for push")]
#[inline(always)]
fn pop(call: &mut Call<'_, '_>, end: Direction, name: &str) -> Answer {
    match call.args[2..] {
        [] => Ok(bulk_or_nil(call.keyspace.pop(call.key(1), end)?.map(Popped::into_vec))),
        [limit] => pop_count(call, end, limit),
        _ => Err(Refusal::wrong_arity(name)),
    }
}

fn pop_count(call: &mut Call<'_, '_>, end: Direction, limit: &[u8]) -> Answer {
    let limit = at_least(0, limit, "ERR value is out of range, must be positive")?;
    let popped = call.keyspace.pop_count(call.key(1), end, limit)?;
    Ok(popped.map_or(Reply::NilArray, bulks))
}

fn move_element(call: &mut Call<'_, '_>, from: Direction, to: Direction) -> Answer {
    let (source, destination) = (call.key(1), call.key(2));
    let moved = call.keyspace.lmove(source, destination, from, to)?;
    Ok(bulk_or_nil(moved.map(Popped::into_vec)))
}
