//! The commands that wait: what each wants, and what it replies.
//!
//! A command of these is read into a [`Blocking`], whoever carries it out. Waiting itself is the connection's.

use std::time::Duration;

use super::arguments::direction;
use super::lists::PopSeveral;
use super::replies::popped_from;
use super::timeout::timeout;
use super::{Answer, Refusal};
use crate::keyspace::Guard;
use crate::keyspace::{Key, Outcome, Request, Taken, Unblock};
use crate::wait::Finish;
use crate::{Direction, Error, Reply};

/// A command that waits until one of its keys has an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blocking<'a> {
    /// In the order in which they are looked at.
    keys: Vec<&'a [u8]>,
    take: Take<'a>,
    /// None waits forever.
    timeout: Option<Duration>,
}

/// What is taken from the first key that has any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Take<'a> {
    /// BLPOP and BRPOP
    One(Direction),
    /// BLMPOP: up to so many.
    Several(Direction, usize),
    /// BLMOVE and BRPOPLPUSH: one, which goes to the other end or another list.
    Move { destination: &'a [u8], from: Direction, to: Direction },
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

impl<'a> Blocking<'a> {
    /// None waits forever.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// What it wants, in a store that hashes its keys like this.
    pub(crate) fn request(&self, hash: impl Fn(&'a [u8]) -> Key<'a>) -> Result<Request, Error> {
        match self.take {
            Take::One(from) => Request::pop("blpop", self.hashed(hash), from),
            Take::Several(from, count) => Request::pop_many(self.hashed(hash), from, count),
            Take::Move { destination, from, to } => {
                let source = self.keys.first().copied().unwrap_or_default();
                Ok(Request::lmove(hash(source), hash(destination), from, to))
            }
        }
    }

    fn hashed(&self, hash: impl Fn(&'a [u8]) -> Key<'a>) -> impl Iterator<Item = Key<'a>> {
        self.keys.iter().map(move |key| hash(key))
    }

    /// What makes the reply from how the wait ended.
    pub(crate) fn finish(&self) -> Finish<Reply> {
        match self.take {
            Take::One(_) => |request, outcome| reply(outcome, |taken| one(taken, request)),
            Take::Several(..) => |request, outcome| reply(outcome, |taken| several(taken, request)),
            Take::Move { .. } => {
                |_, outcome| reply(outcome, |taken| Reply::Bulk(taken.into_element()))
            }
        }
    }

    /// The whole command where nothing may wait: in a transaction.
    pub(crate) fn run_now(&self, guard: &mut Guard<'_>) -> Answer {
        let request = self.request(|key| guard.key(key))?;
        Ok(match guard.take(&request) {
            Some(taken) => self.finish()(&request, Outcome::Served(taken)),
            None => self.nothing(),
        })
    }

    /// The reply to a command that may not wait and found nothing.
    fn nothing(&self) -> Reply {
        match self.take {
            Take::Move { .. } => Reply::Nil,
            Take::One(_) | Take::Several(..) => Reply::NilArray,
        }
    }

    /// The reply to a command that waited in vain, which is the same for all of them.
    pub(crate) fn timed_out() -> Reply {
        Reply::NilArray
    }
}

fn one(taken: Taken, request: &Request) -> Reply {
    let (key, element) = taken.into_popped(request);
    Reply::Array(vec![Reply::Bulk(key), Reply::Bulk(element)])
}

fn several(taken: Taken, request: &Request) -> Reply {
    let (key, elements) = taken.into_popped_many(request);
    popped_from(key, elements)
}

fn reply(outcome: Outcome, served: impl FnOnce(Taken) -> Reply) -> Reply {
    match outcome {
        Outcome::Served(taken) => served(taken),
        Outcome::Unblocked(Unblock::Timeout) => Blocking::timed_out(),
        Outcome::Unblocked(Unblock::Error) => Refusal::from(Error::Unblocked).into(),
    }
}
