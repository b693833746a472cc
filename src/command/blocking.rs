//! The commands that wait: what each wants, what it takes at once, and what it replies.
//!
//! A command of these is read into a [`Blocking`], whoever carries it out. Waiting itself is the connection's.

use std::time::Duration;

use super::arguments::direction;
use super::lists::PopSeveral;
use super::replies::popped_from;
use super::timeout::timeout;
use super::{Answer, Refusal};
use crate::list::Popped;
use crate::transaction::View;
use crate::{Direction, Reply};

/// A command that waits until one of its keys has an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blocking<'a> {
    /// In the order in which they are looked at.
    pub(crate) keys: Vec<&'a [u8]>,
    pub(crate) take: Take<'a>,
    /// None waits for ever.
    pub(crate) timeout: Option<Duration>,
}

/// What is taken from the first key that has any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Take<'a> {
    /// BLPOP and BRPOP
    One(Direction),
    /// BLMPOP: up to so many.
    Several(Direction, usize),
    /// BLMOVE and BRPOPLPUSH: one, which goes to the other end or another list.
    Move { destination: &'a [u8], from: Direction, to: Direction },
}

/// What was taken, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The position of the key among those of the command.
    pub(crate) position: usize,
    pub(crate) elements: Vec<Vec<u8>>,
}

/// Reads the words of a command that waits.
pub(crate) type Parse = for<'a> fn(&[&'a [u8]]) -> Result<Blocking<'a>, Refusal>;

pub(super) fn blpop<'a>(args: &[&'a [u8]]) -> Result<Blocking<'a>, Refusal> {
    pop(args, Direction::Left)
}

pub(super) fn brpop<'a>(args: &[&'a [u8]]) -> Result<Blocking<'a>, Refusal> {
    pop(args, Direction::Right)
}

pub(super) fn blmove<'a>(args: &[&'a [u8]]) -> Result<Blocking<'a>, Refusal> {
    let (from, to) = (direction(args[3])?, direction(args[4])?);
    let take = Take::Move { destination: args[2], from, to };
    Ok(Blocking { keys: vec![args[1]], take, timeout: timeout(args[5])? })
}

pub(super) fn brpoplpush<'a>(args: &[&'a [u8]]) -> Result<Blocking<'a>, Refusal> {
    let (from, to) = (Direction::Right, Direction::Left);
    let take = Take::Move { destination: args[2], from, to };
    Ok(Blocking { keys: vec![args[1]], take, timeout: timeout(args[3])? })
}

/// Its timeout comes first and is looked at last.
pub(super) fn blmpop<'a>(args: &[&'a [u8]]) -> Result<Blocking<'a>, Refusal> {
    let PopSeveral { keys, from, count } = PopSeveral::parse(&args[2..])?;
    let take = Take::Several(from, count);
    Ok(Blocking { keys: keys.to_vec(), take, timeout: timeout(args[1])? })
}

fn pop<'a>(args: &[&'a [u8]], end: Direction) -> Result<Blocking<'a>, Refusal> {
    let (&last, keys) = args[1..].split_last().ok_or_else(super::arguments::syntax)?;
    Ok(Blocking { keys: keys.to_vec(), take: Take::One(end), timeout: timeout(last)? })
}

impl Blocking<'_> {
    /// Takes what there is, from the first of the keys that has any.
    pub(crate) fn take(&self, view: &mut View<'_>) -> Result<Option<Taken>, Refusal> {
        let (from, limit) = match self.take {
            Take::Move { destination, from, to } => {
                let Some(&source) = self.keys.first() else { return Ok(None) };
                let (source, destination) = (view.key(source), view.key(destination));
                let moved = view.lmove(source, destination, from, to).map(Popped::into_vec);
                return Ok(moved.map(|element| Taken { position: 0, elements: vec![element] }));
            }
            Take::One(from) => (from, 1),
            Take::Several(from, limit) => (from, limit),
        };
        let keys: Vec<_> = self.keys.iter().map(|key| view.key(key)).collect();
        let popped = view.lmpop(&keys, from, limit)?;
        Ok(popped.map(|(position, elements)| Taken { position, elements }))
    }

    /// The reply to a command that took something.
    pub(crate) fn reply(&self, taken: Taken) -> Reply {
        let Taken { position, mut elements } = taken;
        let key = self.keys.get(position).copied().unwrap_or_default();
        match self.take {
            Take::Several(..) => popped_from(key, elements),
            Take::One(_) => {
                let element = elements.pop().map_or(Reply::Nil, Reply::Bulk);
                Reply::Array(vec![Reply::Bulk(key.to_vec()), element])
            }
            Take::Move { .. } => elements.pop().map_or(Reply::Nil, Reply::Bulk),
        }
    }

    /// The reply to a command that may not wait and found nothing: in a transaction.
    pub(crate) fn nothing(&self) -> Reply {
        match self.take {
            Take::Move { .. } => Reply::Nil,
            Take::One(_) | Take::Several(..) => Reply::NilArray,
        }
    }

    /// The reply to a command that waited in vain, which is the same for all of them.
    pub(crate) fn timed_out() -> Reply {
        Reply::NilArray
    }

    /// The whole command, without waiting.
    pub(crate) fn run_now(&self, view: &mut View<'_>) -> Answer {
        Ok(self.take(view)?.map_or_else(|| self.nothing(), |taken| self.reply(taken)))
    }
}
