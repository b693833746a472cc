//! A keyspace that cannot have a log, in the place of `logged`.
#![expect(
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "with the feature there may be a log, which is asked"
)]

use std::task::{Poll, Waker};

use super::Keyspace;
use super::guard::Guard;
use super::log_copies::LogCopies;
use super::promise::{End, Promise};
use super::receipt::Ended;
use super::shard::Shard;
use super::waiter::Waiter;
use crate::sync::MutexGuard;
use crate::{Element, Error};

impl Keyspace {
    pub(crate) fn putting_off<R>(&self, command: impl FnOnce() -> R) -> (R, Option<Promise>) {
        (command(), None)
    }

    pub(super) fn copies_for_log(&self, _: &[Element<'_>]) -> LogCopies {
        LogCopies::NONE
    }

    pub(super) fn logs_copy_of(&self, _: &Element<'_>) -> bool {
        false
    }

    pub(super) fn promises(&self) -> bool {
        false
    }

    pub(super) fn needs_caution(&self) -> bool {
        false
    }

    pub(super) fn write_down(&self, _: &mut Shard, _: &Ended) -> Option<End> {
        None
    }

    pub(super) fn settle(&self, _: Option<End>) -> Result<(), Error> {
        Ok(())
    }

    pub(super) fn wait_for_room(&self) {}

    #[cfg(feature = "redis-async")]
    pub(crate) fn lacks_room(&self) -> bool {
        false
    }

    pub(crate) fn poll_room(&self, _: &mut Option<Promise>, _: &Waker) -> Poll<()> {
        Poll::Ready(())
    }

    pub(super) fn guard_with_room<'s>(
        &'s self,
        shard: MutexGuard<'s, Shard>,
        hash: u64,
    ) -> Guard<'s> {
        Guard::of(self, self.shard_of(hash), shard)
    }

    pub(crate) fn promised(&self, _: &Waiter) -> Poll<Option<Promise>> {
        Poll::Ready(None)
    }

    pub(crate) fn is_being_served(&self, _: &Waiter) -> bool {
        false
    }
}
