//! What a keyspace does about its log, if it has one: without the feature it is `unlogged` that does nothing in its place.

use std::sync::Arc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use super::access::Reach;
use super::change::Intent;
use super::guard::Guard;
use super::journal::Journal;
use super::log_copies::LogCopies;
use super::promise::{self, End, Promise};
use super::receipt::Ended;
use super::shard::Shard;
use super::waiter::Waiter;
use super::{Keyspace, Parts};
use crate::log::{Log, Writer};
use crate::sync::MutexGuard;
use crate::{Element, Error};

impl Keyspace {
    /// From here on every commit is written down. There is one log at most: another one changes nothing. What was carried out
    /// to make the lists again that it has were no events of this store.
    pub(crate) fn write_to(&self, log: Log) {
        let mut all = self.lock(Reach::All, Intent::Look);
        if self.log.set(log).is_ok() {
            all.reset_stats();
            all.keep_journals(|| Journal::new(self.hasher.clone()));
        }
    }

    pub(crate) fn log_handle(&self) -> Option<&Log> {
        self.log.get()
    }

    pub(crate) fn log(&self) -> Option<&Arc<Writer>> {
        self.log.get().map(|log| &**log)
    }

    /// Runs a command of a task, which must not wait for the disk. What it promises comes back with its reply.
    pub(crate) fn putting_off<R>(&self, command: impl FnOnce() -> R) -> (R, Option<Promise>) {
        match self.log() {
            Some(log) => promise::putting_off(log, command),
            None => (command(), None),
        }
    }

    /// Before a handle goes: if only the one is left by which the log is being rewritten in the background, that one goes first,
    /// since a program may end as soon as its own have gone.
    pub(crate) fn be_the_last(self: &Arc<Self>) {
        const MOMENT: Duration = Duration::from_micros(100);
        if let Some(log) = self.log() {
            while Arc::strong_count(self) == 2 && log.size.is_held() {
                thread::sleep(MOMENT);
            }
        }
    }

    /// Copies for the log those elements that are long.
    #[inline]
    pub(super) fn copies_for_log(&self, elements: &[Element<'_>]) -> LogCopies {
        if self.promises() && elements.iter().any(LogCopies::is_for) {
            LogCopies::of(elements)
        } else {
            LogCopies::NONE
        }
    }

    /// Whether the log gets a copy of an element, which is not copied once more then.
    #[inline]
    pub(super) fn logs_copy_of(&self, element: &Element<'_>) -> bool {
        LogCopies::is_for(element) && self.promises()
    }

    /// Whether commits promise anything.
    pub(super) fn promises(&self) -> bool {
        self.log().is_some()
    }

    /// Whether anything may be changed, as far as the log is concerned. Asked under locks.
    pub(super) fn admits_changes(&self) -> Result<(), Error> {
        self.log().map_or(Ok(()), |log| log.check().map_err(promise::admission))
    }

    /// Whether a change needs more than one shard's lock to be admitted, because of the log.
    #[inline]
    pub(super) fn needs_caution(&self) -> bool {
        #[cfg(test)]
        if self.rehearsal.is_on() {
            return true;
        }
        self.log().is_some_and(|log| log.needs_caution())
    }

    /// Writes a commit under one shard's lock to the log. Those who were served are promised what the one who commits is.
    #[inline]
    pub(super) fn write_down(&self, shard: &mut Shard, ended: &Ended) -> Option<End> {
        let log = self.log()?;
        let end = shard.journal()?.records().commit(log);
        shard.send_to_copy();
        let end = end?;
        ended.0.iter().for_each(|(waiter, _)| waiter.promise(end));
        Some(end)
    }

    /// Settles what a commit promises, if it is anything.
    #[inline]
    pub(super) fn settle(&self, end: Option<End>) -> Result<(), Error> {
        match (self.log(), end) {
            (Some(log), Some(end)) => promise::settle(log, end),
            _ => Ok(()),
        }
    }

    /// Waits until the disk is no longer too far behind for another change, unless that is put off. Without locks.
    pub(super) fn wait_for_room(&self) {
        if let Some(log) = self.log()
            && log.needs_caution()
            && !promise::is_put_off(log)
        {
            // If the log has failed, admission says so.
            let _ = log.admit();
        }
    }

    /// Whether a task would have to wait for that.
    #[cfg(feature = "redis-async")]
    pub(crate) fn lacks_room(&self) -> bool {
        self.log().is_some_and(|log| log.is_behind())
    }

    /// The same for a task, which keeps what it waits for: so it has one place among those who wait, however often it asks.
    pub(crate) fn poll_room(&self, room: &mut Option<Promise>, waker: &Waker) -> Poll<()> {
        if room.is_none() {
            *room = self.log().filter(|log| log.is_behind()).map(Promise::barrier);
        }
        // If the log has failed, admission says so.
        if room.as_mut().is_some_and(|room| room.poll(waker).is_pending()) {
            return Poll::Pending;
        }
        *room = None;
        Poll::Ready(())
    }

    /// A guard of a shard that is locked. If there is no room for another change, it is given up until there is.
    pub(super) fn guard_with_room<'s>(
        &'s self,
        shard: MutexGuard<'s, Shard>,
        hash: u64,
    ) -> Guard<'s> {
        let index = self.shard_of(hash);
        if self.log().is_some_and(|log| log.is_behind() && !promise::is_put_off(log)) {
            drop(shard);
            self.wait_for_room();
            return Guard::new(self, self.lock_parts(Parts::from_slice(&[index])), false);
        }
        Guard::of(self, index, shard)
    }

    /// What somebody was promised who was served, once that is known: when the commit is written down, a moment after it is
    /// decided.
    pub(crate) fn promised(&self, waiter: &Waiter) -> Poll<Option<Promise>> {
        match (self.log(), waiter.promised()) {
            (None, _) => Poll::Ready(None),
            (Some(log), Some(end)) => Poll::Ready(Some(Promise::new(log, end))),
            (Some(_), None) => Poll::Pending,
        }
    }

    /// Whether somebody's wait was ended by a commit that is not written down yet.
    pub(crate) fn is_being_served(&self, waiter: &Waiter) -> bool {
        self.promised(waiter).is_pending() && waiter.slot().is_served()
    }
}
