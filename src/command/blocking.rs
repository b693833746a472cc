//! The commands that wait: what each wants, and what it replies.
//!
//! A command of these is read into a [`Blocking`], whether it may wait or not. Waiting itself is the connection's.

use std::time::Duration;

use super::arguments::direction;
use super::lists::{block, pop_several};
use super::replies::{bulks, popped_from};
use super::timeout::timeout;
use super::{Answer, Call, Refusal};
use crate::keyspace::{Access, Outcome, OwnedRequest, Request, Taken};
use crate::lmovem::Block;
use crate::wait::Finish;
use crate::{Direction, Reply};

/// A command that waits until one of its keys has an element.
#[derive(Debug)]
pub(crate) struct Blocking {
    pub(crate) request: OwnedRequest,
    /// Makes the reply from how the wait ended.
    pub(crate) finish: Finish<Reply>,
    /// None waits forever.
    pub(crate) timeout: Option<Duration>,
    /// The reply where nothing may wait and there is nothing.
    in_vain: Reply,
}

/// Reads the words of a command that waits.
pub(crate) type Parse = fn(&Call<'_, '_>) -> Result<Blocking, Refusal>;

pub(super) fn blpop(call: &Call<'_, '_>) -> Result<Blocking, Refusal> {
    pop(call, "blpop", Direction::Left)
}

pub(super) fn brpop(call: &Call<'_, '_>) -> Result<Blocking, Refusal> {
    pop(call, "brpop", Direction::Right)
}

pub(super) fn blmove(call: &Call<'_, '_>) -> Result<Blocking, Refusal> {
    let (from, to) = (direction(call.args[3])?, direction(call.args[4])?);
    move_element(call, from, to, call.args[5])
}

pub(super) fn blmovem(call: &Call<'_, '_>) -> Result<Blocking, Refusal> {
    let (from, to) = (direction(call.args[3])?, direction(call.args[4])?);
    let timeout = timeout(call.args[5])?;
    let block = block(from, to, &call.args[6..])?;
    let request = OwnedRequest::new(Request::moving(&call.key(1), call.key(2), block));
    let finish: Finish<Reply> = |_, outcome| reply(outcome, |taken| bulks(taken.into_elements()));
    Ok(Blocking { request, finish, timeout, in_vain: Reply::NilArray })
}

pub(super) fn brpoplpush(call: &Call<'_, '_>) -> Result<Blocking, Refusal> {
    move_element(call, Direction::Right, Direction::Left, call.args[3])
}

/// Its timeout comes first and is looked at last.
pub(super) fn blmpop(call: &Call<'_, '_>) -> Result<Blocking, Refusal> {
    let request = pop_several(call, 2)?;
    let finish: Finish<Reply> =
        |key, outcome| reply(outcome, |taken| popped_from(key.to_vec(), taken.into_elements()));
    Ok(Blocking { request, finish, timeout: timeout(call.args[1])?, in_vain: Reply::NilArray })
}

fn pop(call: &Call<'_, '_>, command: &'static str, end: Direction) -> Result<Blocking, Refusal> {
    let last = call.args.len() - 1;
    let timeout = timeout(call.args[last])?;
    let request = OwnedRequest::new(Request::pop(command, &call.keys(1..last), end)?);
    let finish: Finish<Reply> = |key, outcome| {
        reply(outcome, |taken| {
            Reply::Array(vec![Reply::Bulk(key.to_vec()), Reply::Bulk(taken.into_element())])
        })
    };
    Ok(Blocking { request, finish, timeout, in_vain: Reply::NilArray })
}

fn move_element(
    call: &Call<'_, '_>,
    from: Direction,
    to: Direction,
    seconds: &[u8],
) -> Result<Blocking, Refusal> {
    let timeout = timeout(seconds)?;
    let request =
        OwnedRequest::new(Request::moving(&call.key(1), call.key(2), Block::one(from, to)));
    let finish: Finish<Reply> =
        |_, outcome| reply(outcome, |taken| Reply::Bulk(taken.into_element()));
    Ok(Blocking { request, finish, timeout, in_vain: Reply::Nil })
}

impl Blocking {
    /// The whole command where nothing may wait: in a transaction.
    pub(crate) fn run_now(self, call: &mut Call<'_, '_>) -> Answer {
        let request = self.request.as_request();
        Ok(match call.keyspace.take(request)? {
            Some(taken) => (self.finish)(request.key_of(&taken), Outcome::Served(taken)),
            None => self.in_vain,
        })
    }

    /// The reply to a command that waited in vain, which is the same for all of them.
    pub(crate) fn timed_out() -> Reply {
        Reply::NilArray
    }
}

fn reply(outcome: Outcome, served: impl FnOnce(Taken) -> Reply) -> Reply {
    match outcome {
        Outcome::Served(taken) => served(taken),
        Outcome::TimedOut => Blocking::timed_out(),
        Outcome::Failed(error) => Refusal::from(error).into(),
    }
}
