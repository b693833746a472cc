//! MULTI, EXEC, DISCARD, WATCH and UNWATCH.

use std::collections::HashSet;

use smallvec::SmallVec;

use super::{Connection, lock, lock_keys};
use crate::Reply;
use crate::command::{Answer, CommandSpec, Reach, Refusal, Run, Session, Unlocked};
use crate::keyspace::{Changed, Guard, Keyspace};

/// The commands of an open transaction.
#[derive(Debug, Default)]
pub(super) struct Queue {
    commands: Vec<Queued>,
    /// A command was refused before it was queued, so EXEC will refuse them all.
    spoiled: bool,
}

#[derive(Debug)]
struct Queued {
    spec: &'static CommandSpec,
    args: Vec<Vec<u8>>,
}

/// The keys that EXEC depends on.
#[derive(Debug, Default)]
pub(super) struct Watched {
    keys: HashSet<Vec<u8>>,
    changed: Changed,
}

/// So many commands of a transaction are finished without the locks. Each keeps the names of all keys until then, so
/// further ones are finished at once.
const MOST_UNFINISHED: usize = 8;

/// The reply to a command of a transaction, as far as it is made under the locks.
enum Draft {
    Reply(Reply),
    Unlocked(Unlocked),
}

impl Draft {
    fn finish(self) -> Reply {
        match self {
            Self::Reply(reply) => reply,
            Self::Unlocked(finish) => finish(),
        }
    }
}

impl Queued {
    fn words(&self) -> SmallVec<[&[u8]; 8]> {
        self.args.iter().map(Vec::as_slice).collect()
    }
}

impl Queue {
    pub(super) fn push(&mut self, spec: &'static CommandSpec, args: &[&[u8]]) {
        // Nobody will run them, so they need not be kept.
        if !self.spoiled {
            let args = args.iter().map(|argument| argument.to_vec()).collect();
            self.commands.push(Queued { spec, args });
        }
    }

    pub(super) fn spoil(&mut self) {
        self.spoiled = true;
        self.commands = Vec::new();
    }
}

impl Connection {
    pub(super) fn multi(&mut self) -> Answer {
        if self.queue.is_some() {
            return Err(Refusal::new("ERR MULTI calls can not be nested"));
        }
        self.queue = Some(Queue::default());
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
        let (queue, watched);
        // Where this panics, inside a closure, the transaction is still open and the keys are still watched.
        let mut guard = lock(&self.keyspace, &union(&open.commands, &self.watched));
        queue = self.queue.take().unwrap_or_default();
        watched = std::mem::take(&mut self.watched);
        let changed = watched.changed.is_raised();
        watched.deregister(&mut guard);
        if changed {
            return Ok(Reply::NilArray);
        }
        let (session, errors_only) = (&mut self.session, self.errors_only);
        let mut unfinished = 0;
        let drafts = queue.commands.iter().map(|queued| {
            let draft = run_queued(queued.spec, &queued.words(), &mut guard, session);
            match draft.unwrap_or_else(|refusal| Draft::Reply(refusal.into())) {
                Draft::Reply(error @ Reply::Error(_)) => Draft::Reply(error),
                _ if errors_only => Draft::Reply(Reply::Nil),
                Draft::Unlocked(finish) if unfinished == MOST_UNFINISHED => Draft::Reply(finish()),
                Draft::Unlocked(finish) => {
                    unfinished += 1;
                    Draft::Unlocked(finish)
                }
                draft @ Draft::Reply(_) => draft,
            }
        });
        let drafts: Vec<Draft> = drafts.collect();
        drop(guard);
        Ok(Reply::Array(drafts.into_iter().map(Draft::finish).collect()))
    }

    /// Leaves the transaction, if one is open, and watches nothing any more.
    pub(super) fn discard(&mut self) {
        self.unwatch();
        self.queue = None;
    }

    pub(super) fn watch(&mut self, keys: &[&[u8]]) -> Answer {
        if self.queue.is_some() {
            return Err(Refusal::new("ERR WATCH inside MULTI is not allowed"));
        }
        let mut guard = lock_keys(&self.keyspace, keys);
        for &bytes in keys {
            let key = guard.key(bytes);
            guard.shard_mut(key).watch(key, &self.watched.changed);
            self.watched.keys.insert(bytes.to_vec());
        }
        drop(guard);
        Ok(Reply::ok())
    }

    pub(super) fn unwatch(&mut self) {
        self.watched.forget(&self.keyspace);
        self.watched = Watched::default();
    }
}

impl Watched {
    #[cfg(test)]
    pub(super) fn changed(&self) -> Changed {
        self.changed.clone()
    }

    /// Nobody tells of these keys any more.
    pub(super) fn forget(&self, keyspace: &Keyspace) {
        if !self.keys.is_empty() {
            let keys: Vec<&[u8]> = self.keys.iter().map(Vec::as_slice).collect();
            self.deregister(&mut lock_keys(keyspace, &keys));
        }
    }

    fn deregister(&self, guard: &mut Guard<'_>) {
        for bytes in &self.keys {
            let key = guard.key(bytes);
            guard.shard_mut(key).unwatch(key, &self.changed);
        }
    }
}

/// Everything that these commands may touch, and the watched keys.
fn union<'a>(commands: &'a [Queued], watched: &'a Watched) -> Reach<'a> {
    let mut all: SmallVec<[&[u8]; 4]> = watched.keys.iter().map(Vec::as_slice).collect();
    for queued in commands {
        match queued.spec.reach(&queued.words()) {
            Reach::Keys(keys) => all.extend(keys),
            Reach::Everything => return Reach::Everything,
        }
    }
    Reach::Keys(all)
}

/// Runs a command of a transaction, whose locks are held.
fn run_queued(
    spec: &CommandSpec,
    args: &[&[u8]],
    guard: &mut Guard<'_>,
    session: &mut Session,
) -> Result<Draft, Refusal> {
    let answer = match spec.run() {
        Run::Names(command) => return command(guard, args).map(Draft::Unlocked),
        Run::Keys(command) | Run::Keyspace(command) => command(guard, args),
        Run::Blocking(parse) => parse(args)?.run_now(guard),
        Run::Session(command) => command(session, args),
        // Of these only UNWATCH is ever queued, and EXEC has already forgotten the watched keys.
        Run::Connection(_) => Ok(Reply::ok()),
    };
    answer.map(Draft::Reply)
}
