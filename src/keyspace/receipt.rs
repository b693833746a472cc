//! A commit's last step, which needs none of its locks.

use std::sync::Arc;
use std::task::Waker;

use smallvec::SmallVec;

use super::each::each_by_itself;
use super::promise::{Promise, aside};
use super::table::Table;
use super::waiter::Waiter;
use crate::list::List;

/// What a commit leaves to do when its locks are given up. What it promises is taken out and settled when it is dropped.
#[derive(Debug, Default)]
pub(super) struct Receipt {
    /// Told after the locks are given up: who runs then does not run into one.
    pub(super) ended: Ended,
    rare: Option<Box<Rare>>,
    /// What commands removed and nobody asked for: freed when those above have been told, who do not wait for the allocator.
    pub(super) lists: Vec<List>,
    /// That what was changed is kept.
    pub(super) promise: Option<Promise>,
}

/// What few commits leave.
#[derive(Debug, Default)]
pub(super) struct Rare {
    pub(super) rescheduled: Rescheduled,
    pub(super) tables: Vec<Table>,
}

impl Receipt {
    pub(super) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }
}

/// Those whose waits have ended. They are told and woken when this is dropped, each by itself: a waker that panics keeps
/// nobody from being woken.
#[derive(Debug, Default)]
pub(crate) struct Ended(pub(super) SmallVec<[(Arc<Waiter>, Waker); 1]>);

impl Ended {
    #[inline(never)]
    fn tell_all(&mut self) {
        aside(|| each_by_itself(self.0.drain(..), |(waiter, waker)| waiter.tell(waker)));
    }
}

impl Drop for Ended {
    #[inline]
    fn drop(&mut self) {
        if !self.0.is_empty() {
            self.tell_all();
        }
    }
}

/// Threads that sleep until a key expires, and have to look again when that will be: woken when this is dropped.
#[derive(Debug, Default)]
pub(super) struct Rescheduled(pub(super) Vec<Waker>);

impl Drop for Rescheduled {
    fn drop(&mut self) {
        self.0.drain(..).for_each(Waker::wake);
    }
}
