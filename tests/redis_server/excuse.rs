//! How a difference excuses what a server replies, and which differences a comparison has met.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::differences::difference;
use crate::excuses::EXCUSES;
use crate::program::Words;
use crate::resp::Value;
use crate::server::Kind;

/// A difference, by its name in the table, and where it shows.
#[derive(Clone, Copy)]
pub(crate) struct Excuse {
    pub(crate) name: &'static str,
    pub(crate) effect: Effect,
}

#[derive(Clone, Copy)]
pub(crate) enum Effect {
    /// Replies may differ where this is so.
    Reply(fn(&Case<'_>) -> bool),
    /// Replies may differ where this is so, and all that comes after.
    Rest(fn(&Case<'_>) -> bool),
    /// What is compared of replies to some commands.
    Part(fn(&[Vec<u8>], &Value) -> Option<Value>),
    /// Neither side is told this.
    Unsaid(fn(&[Vec<u8>]) -> bool),
    /// What the store is told instead of some commands, so that both sides go on alike: the server's reply says which.
    Instead(fn(&[Vec<u8>], &Value) -> Option<Words>),
}

/// A command, and what both sides replied.
pub(crate) struct Case<'c> {
    pub(crate) words: &'c [Vec<u8>],
    pub(crate) server: &'c Value,
    pub(crate) store: &'c Value,
    /// All that was said before it, by anybody.
    pub(crate) before: &'c [Words],
}

/// What may be said of replies that are not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Excused,
    /// And nothing that comes after can be compared.
    Over,
    Wrong,
}

/// The differences from one server.
pub(crate) struct Excuses {
    known: Vec<Excuse>,
    met: RefCell<BTreeSet<&'static str>>,
}

impl Excuses {
    pub(crate) fn of(kind: Kind) -> Self {
        let known = EXCUSES.iter().filter(|one| difference(one.name).is_true_of(kind));
        Self { known: known.copied().collect(), met: RefCell::default() }
    }

    /// The differences that nothing has shown so far.
    pub(crate) fn unmet(&self) -> Vec<&'static str> {
        let met = self.met.borrow();
        self.known.iter().map(|one| one.name).filter(|name| !met.contains(name)).collect()
    }

    /// The first answer that a difference has.
    fn find<T>(&self, mut answer: impl FnMut(&Effect) -> Option<T>) -> Option<T> {
        let (name, found) =
            self.known.iter().find_map(|one| Some((one.name, answer(&one.effect)?)))?;
        self.met.borrow_mut().insert(name);
        Some(found)
    }

    /// Whether a program can say this.
    pub(crate) fn is_said(&self, words: &[Vec<u8>]) -> bool {
        let unsaid = self.find(|effect| match effect {
            Effect::Unsaid(unsaid) => unsaid(words).then_some(()),
            _ => None,
        });
        unsaid.is_none()
    }

    /// What the store is told.
    pub(crate) fn told(&self, words: &[Vec<u8>], server: &Value) -> Words {
        let instead = self.find(|effect| match effect {
            Effect::Instead(instead) => instead(words, server),
            _ => None,
        });
        instead.unwrap_or_else(|| words.to_vec())
    }

    /// What is to be compared of a reply.
    pub(crate) fn compared(&self, words: &[Vec<u8>], mut reply: Value) -> Value {
        for one in &self.known {
            if let Effect::Part(part) = one.effect
                && let Some(rest) = part(words, &reply)
            {
                self.met.borrow_mut().insert(one.name);
                reply = rest;
            }
        }
        reply
    }

    pub(crate) fn judge(&self, case: &Case<'_>) -> Verdict {
        let verdict = self.find(|effect| match effect {
            Effect::Reply(excuses) => excuses(case).then_some(Verdict::Excused),
            Effect::Rest(excuses) => excuses(case).then_some(Verdict::Over),
            _ => None,
        });
        verdict.unwrap_or(Verdict::Wrong)
    }
}
