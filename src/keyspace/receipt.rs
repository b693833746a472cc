//! A commit's last step, which needs none of its locks.

use std::sync::Arc;
use std::task::Waker;

use smallvec::SmallVec;

use super::each::each_by_itself;
use super::table::Table;
use super::waiter::Waiter;
use crate::Error;
use crate::list::List;

/// What a commit leaves to do when its locks are given up. It is settled, and then dropped.
#[derive(Debug, Default)]
pub(super) struct Receipt {
    /// Told after the locks are given up: who runs then does not run into one.
    pub(super) ended: Ended,
    // What commands removed and nobody asked for is freed last: neither unlocking nor waking waits for the allocator.
    pub(super) lists: Vec<List>,
    pub(super) tables: Vec<Table>,
    #[cfg(test)]
    pub(super) fault: Option<Error>,
}

/// Those whose waits have ended. They are told and woken when this is dropped, each by itself: a waker that panics keeps
/// nobody from being woken.
#[derive(Debug, Default)]
pub(crate) struct Ended(pub(super) SmallVec<[(Arc<Waiter>, Waker); 1]>);

impl Drop for Ended {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            each_by_itself(self.0.drain(..), |(waiter, waker)| waiter.tell(waker));
        }
    }
}

impl Receipt {
    /// Makes sure of what the commit promises. Memory promises nothing that could fail.
    #[cfg_attr(not(test), expect(clippy::unnecessary_wraps, reason = "tests rehearse a failure"))]
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        #[cfg(test)]
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        _ = self;
        Ok(())
    }
}
