//! A commit, from the intent of a command to its receipt.
//!
//! Whatever writes passes these steps, in this order:
//!
//! 1. **Admission**: the one place where a command is refused before it has changed anything. What a cancelled wait
//!    gives back, and what was promised to somebody who waits, is never refused.
//! 2. **Changes**: each command notes what it did, for those who observe the shard.
//! 3. **Commit**: those who wait for keys that came into existence are served, which may change more; places of keys that
//!    are gone go; the locks are given up.
//! 4. **Receipt**: what is left to do without the locks. It is settled before those who were served are woken and before
//!    the command returns.
//!
//! Where nobody observes a shard, a command on one of its keys has nobody to ask, to serve or to tell, and takes none of
//! these steps: see [`Keyspace::write`].

use std::task::Waker;

use smallvec::SmallVec;

use super::each::each_by_itself;
use super::guard::Guard;
use super::key::Key;
use super::table::Table;
use super::{ANY, Keyspace};
use crate::Error;
use crate::list::List;

/// What a command is about to do, as far as the keyspace must know before it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    /// It removes elements or keys, and adds none.
    Remove,
    /// It adds elements, up to this many of them to lists that somebody may wait for: the missing ones.
    Add(usize),
}

impl Intent {
    /// How many elements it may bring to those who wait.
    pub(super) fn brings(self) -> usize {
        match self {
            Self::Remove => 0,
            Self::Add(count) => count,
        }
    }
}

/// What a commit leaves to do when its locks are given up.
#[derive(Debug, Default)]
#[must_use = "a command returns when its receipt is settled"]
pub(super) struct Receipt {
    /// Woken after the locks are given up: who runs then does not run into one.
    pub(super) wakers: Wakers,
    /// Freed last: neither unlocking nor waking waits for the allocator.
    pub(super) garbage: Garbage,
    #[cfg(test)]
    pub(super) fault: Option<Error>,
}

/// What commands removed and nobody asked for.
#[derive(Debug, Default)]
pub(super) struct Garbage {
    pub(super) lists: Vec<List>,
    pub(super) tables: Vec<Table>,
}

/// Those who are to be woken when this is dropped, each by itself: a waker that panics keeps nobody from being woken.
#[derive(Debug, Default)]
pub(super) struct Wakers(pub(super) SmallVec<[Waker; 1]>);

impl Drop for Wakers {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            each_by_itself(self.0.drain(..), Waker::wake);
        }
    }
}

impl Receipt {
    /// Makes sure of what the commit promises, wakes those who were served, and frees what nobody asked for. Memory
    /// promises nothing that could fail.
    #[cfg_attr(not(test), expect(clippy::unnecessary_wraps, reason = "tests rehearse a failure"))]
    pub(super) fn settle(self) -> Result<(), Error> {
        #[cfg(test)]
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        drop(self);
        Ok(())
    }
}

impl Keyspace {
    /// Several commands on these keys as one commit, which [`Guard::end`] ends. Each asks for its own admission.
    pub(crate) fn batch<'k>(&self, keys: impl Iterator<Item = Key<'k>> + Clone) -> Guard<'_> {
        self.lock(keys, ANY)
    }

    /// The same on any keys.
    pub(crate) fn batch_all(&self) -> Guard<'_> {
        self.lock_all()
    }

    /// Notes or forgets who watches these keys, which changes none.
    pub(crate) fn attend<'k, R>(
        &self,
        keys: impl Iterator<Item = Key<'k>> + Clone,
        attend: impl FnOnce(&mut Guard<'_>) -> R,
    ) -> R {
        attend(&mut self.lock(keys, 0))
    }
}

impl Guard<'_> {
    /// Commits, and settles what is left to do.
    pub(crate) fn end(self) -> Result<(), Error> {
        self.commit().settle()
    }

    /// Runs one command, if it is admitted, and commits it.
    pub(super) fn run<R>(
        mut self,
        intent: Intent,
        command: impl FnOnce(&mut Self) -> R,
    ) -> Result<R, Error> {
        self.admit(intent)?;
        let reply = command(&mut self);
        self.end()?;
        Ok(reply)
    }

    /// Admission. Memory without a bound refuses nothing.
    #[cfg_attr(not(test), expect(clippy::unnecessary_wraps, reason = "tests rehearse a refusal"))]
    pub(super) fn admit(&self, intent: Intent) -> Result<(), Error> {
        #[cfg(test)]
        self.keyspace().rehearsal().admit(intent)?;
        _ = (self, intent);
        Ok(())
    }
}
