//! MULTI, EXEC, DISCARD, WATCH and UNWATCH.

use std::collections::BTreeSet;

use super::Connection;
use crate::Reply;
use crate::command::{Answer, Bound, CommandSpec, Refusal, Run, Session, Unlocked};
use crate::keyspace::{Changed, Guard, KeyVec, Keyspace, OwnedKey, Reach};

/// The commands of an open transaction.
#[derive(Debug, Default)]
pub(super) struct Queue {
    commands: Vec<Bound>,
    /// A command was refused before it was queued, so EXEC will refuse them all.
    spoiled: bool,
    /// Among those that were queued before is one that needs memory.
    spoiled_one_that_needs_memory: bool,
}

/// The keys that EXEC depends on.
#[derive(Debug, Default)]
pub(super) struct Watched {
    keys: BTreeSet<OwnedKey>,
    changed: Changed,
}

/// At most this many commands of a transaction are finished without the locks, since each keeps the names of all keys
/// until then. Further ones are finished at once.
const MOST_UNFINISHED: usize = 8;

impl Queue {
    /// Returns how many commands there are then, if they are kept.
    pub(super) fn push(
        &mut self,
        keyspace: &Keyspace,
        spec: &'static CommandSpec,
        words: &[&[u8]],
    ) -> Option<usize> {
        // Nobody will run them, so they need not be kept.
        if self.spoiled {
            return None;
        }
        self.commands.push(Bound::new(keyspace, spec, words));
        Some(self.commands.len())
    }

    pub(super) fn spoil(&mut self) {
        self.spoiled_one_that_needs_memory = self.needs_memory();
        self.spoiled = true;
        self.commands = Vec::new();
    }

    /// Whether one of the commands is refused over the bound on memory.
    pub(super) fn needs_memory(&self) -> bool {
        self.spoiled_one_that_needs_memory
            || self.commands.iter().any(|command| command.spec.needs_memory())
    }

    /// Runs the commands one after the other. Returns the replies, and what is left to do for some of them.
    fn run(
        &mut self,
        guard: &mut Guard<'_>,
        session: &mut Session,
        errors_only: bool,
    ) -> (Vec<Reply>, Vec<(usize, Unlocked)>) {
        let mut unfinished = Vec::new();
        let replies = self.commands.iter_mut().enumerate().map(|(position, command)| {
            let mut left = None;
            let reply = run_queued(command, guard, session, &mut left);
            match (reply, left) {
                (error @ Reply::Error(_), _) => error,
                _ if errors_only => Reply::Nil,
                (_, Some(finish)) if unfinished.len() == MOST_UNFINISHED => finish(),
                (reply, left) => {
                    unfinished.extend(left.map(|finish| (position, finish)));
                    reply
                }
            }
        });
        (replies.collect(), unfinished)
    }
}

impl Connection {
    pub(super) fn multi(&mut self) -> Answer {
        if self.queue.is_some() {
            return Err(Refusal::new("ERR MULTI calls can not be nested"));
        }
        self.queue = Some(Queue::default());
        self.session.client.queues(Some(0));
        Ok(Reply::ok())
    }

    /// Runs the queue with all shards locked that it or the watched keys need: nobody sees it half done, and no
    /// watched key changes between the check and the commands.
    pub(super) fn exec(&mut self) -> Answer {
        let Some(open) = &self.queue else {
            return Err(Refusal::new("ERR EXEC without MULTI"));
        };
        if open.spoiled {
            self.discard();
            let text = "EXECABORT Transaction discarded because of previous errors.";
            return Err(Refusal::new(text));
        }
        // Declared before the guard, so that they are freed after unlocking.
        let (mut queue, watched);
        // Where this panics, inside a closure, the transaction is still open and the keys are still watched.
        let mut guard = match reach(&open.commands, &self.watched) {
            Some(keys) => self.keyspace.batch(Reach::Keys(&keys)),
            None => self.keyspace.batch(Reach::All),
        };
        queue = self.queue.take().unwrap_or_default();
        watched = std::mem::take(&mut self.watched);
        // What has expired by now has changed, whether somebody removed it or not.
        guard.expire_all(watched.keys());
        let changed = watched.changed.is_raised();
        guard.unwatch(&watched.keys(), &watched.changed);
        self.session.client.watches_nothing();
        if changed {
            self.session.client.queues(None);
            return Ok(Reply::NilArray);
        }
        let (mut replies, unfinished) = queue.run(&mut guard, &mut self.session, self.errors_only);
        self.session.client.queues(None);
        guard.end()?;
        for (position, finish) in unfinished {
            replies[position] = finish();
        }
        Ok(Reply::Array(replies))
    }

    /// Leaves the transaction, if one is open, and forgets the watched keys.
    pub(super) fn discard(&mut self) {
        self.unwatch();
        self.queue = None;
        self.session.client.queues(None);
    }

    pub(super) fn watch(&mut self, keys: &[&[u8]]) -> Answer {
        if self.queue.is_some() {
            return Err(Refusal::new("ERR WATCH inside MULTI is not allowed"));
        }
        let keys: KeyVec<'_> = keys.iter().map(|key| self.keyspace.key(key)).collect();
        self.keyspace.attend(&keys, |guard| guard.watch(&keys, &self.watched.changed));
        self.watched.keys.extend(keys.into_iter().map(OwnedKey::new));
        let changed = self.watched.changed.flag();
        self.session.client.watches(self.watched.keys.len(), changed);
        Ok(Reply::ok())
    }

    pub(super) fn unwatch(&mut self) {
        self.watched.forget(&self.keyspace);
        self.watched = Watched::default();
        self.session.client.watches_nothing();
    }
}

impl Watched {
    #[cfg(test)]
    pub(super) fn changed(&self) -> Changed {
        self.changed.clone()
    }

    fn keys(&self) -> KeyVec<'_> {
        self.keys.iter().map(OwnedKey::as_key).collect()
    }

    /// Leaves the watchers of these keys.
    pub(super) fn forget(&self, keyspace: &Keyspace) {
        if !self.keys.is_empty() {
            let keys = self.keys();
            keyspace.attend(&keys, |guard| guard.unwatch(&keys, &self.changed));
        }
    }
}

/// The keys that these commands may touch, and the watched ones; none if they may touch any.
fn reach<'a>(commands: &'a [Bound], watched: &'a Watched) -> Option<KeyVec<'a>> {
    let mut all = watched.keys();
    for command in commands {
        all.extend(command.keys()?);
    }
    Some(all)
}

/// Runs a command of a transaction, whose locks are held.
fn run_queued(
    command: &mut Bound,
    guard: &mut Guard<'_>,
    session: &mut Session,
    left: &mut Option<Unlocked>,
) -> Reply {
    match command.spec.run() {
        Run::Keyspace(run) => command.call(guard, left, run),
        Run::Blocking(parse) => {
            let answer = command.call(guard, left, |call| parse(call)?.run_now(call));
            answer.unwrap_or_else(Reply::from)
        }
        Run::Client(run) => {
            let answer = command.call(guard, left, |call| run(call, session));
            answer.unwrap_or_else(Reply::from)
        }
        Run::Session(run) => run(session, &command.args()).unwrap_or_else(Reply::from),
        // Of these only UNWATCH is ever queued, and EXEC has already forgotten the watched keys.
        Run::Connection(_) => Reply::ok(),
    }
}
