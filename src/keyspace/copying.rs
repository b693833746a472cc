//! A copy of all lists as commands, made while commits go on: what compaction writes to a new file.
//!
//! The one who makes it goes from shard to shard and from key to key, and holds one lock at a time, for no longer than a piece
//! takes. Those who commit write to the copy what they change of it: see [`Copied`]. So there is no second copy of the lists
//! in memory, and when everything is copied, the copy is the state of that moment.
//!
//! It comes to an end whatever goes on meanwhile. No list that is begun is begun again: one that gets another key takes
//! along what was copied of it, and what is made in one piece is written in one piece, as it is to the log. And who adds to a
//! list that is being copied copies two elements of it for each that is added. Only a COPY of a list that is being copied adds
//! to the work, by what is left to copy of that list; once the list is copied, so is what is made of it.
//!
//! Two things take longer under a lock than otherwise: an LREM of a list that is being copied searches it twice, and an
//! element that is larger than a piece is copied at once.

#[cfg(test)]
mod tests;

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::access::Reach;
use super::change::Intent;
use super::copied::{Copied, CopySink, Step};
use super::journal::Journal;
use super::{Keyspace, Shard};

/// How many bytes are copied at once: some tens of microseconds.
const PIECE: usize = 64 * 1024;

/// Where a copy goes on: from 0 on at the shard in which lists are begun, then at the one whose lists go on.
#[derive(Debug, Default)]
pub(super) struct Progress(AtomicUsize);

impl Keyspace {
    /// Begins a copy, to which every commit writes from here on what it changes. False if one is being made. There must be a
    /// log.
    pub(crate) fn begin_copy(&self, sink: Arc<dyn CopySink>) -> bool {
        self.begin_copy_by(PIECE, sink)
    }

    fn begin_copy_by(&self, piece: usize, sink: Arc<dyn CopySink>) -> bool {
        let of_shard = |sink| Copied::new(sink, Journal::new(self.hasher.clone()), piece);
        let of_all = iter::repeat_n(sink, self.count()).map(|sink| Box::new(of_shard(sink)));
        let mut copies: Vec<_> = of_all.collect();
        let mut all = self.lock(Reach::All, Intent::Look);
        if all.shards().any(Shard::is_being_copied) {
            return false;
        }
        for shard in all.shards_mut() {
            copies.pop().into_iter().for_each(|copied| shard.begin_copy(copied));
        }
        self.progress.0.store(0, Ordering::Relaxed);
        true
    }

    /// Copies a piece under one shard's lock. False when there is nothing left to copy.
    pub(crate) fn copy_more(&self) -> bool {
        let count = self.count();
        // All of them are begun before any goes on, so that no list moves away from where it is copied to where it is not yet.
        for _ in 0..2 * count {
            let turn = self.progress.0.load(Ordering::Relaxed);
            let step = if turn < count { Step::Begin } else { Step::GoOn };
            let was_left = self.lock_shard(turn % count).copy_piece(step);
            if !(was_left && step == Step::Begin) {
                let next = if turn + 1 < 2 * count { turn + 1 } else { count };
                self.progress.0.store(next, Ordering::Relaxed);
            }
            if was_left {
                return true;
            }
        }
        false
    }

    /// Ends a copy that has everything: runs `cut` at a moment at which it is the whole state. None if something is left to
    /// copy, or nothing is being copied.
    pub(crate) fn end_copy<R>(&self, cut: impl FnOnce() -> R) -> Option<R> {
        let mut all = self.lock(Reach::All, Intent::Look);
        if !all.shards().all(Shard::is_copied) {
            return None;
        }
        let result = cut();
        let copies: Vec<_> = all.shards_mut().filter_map(Shard::end_copy).collect();
        drop(all);
        drop(copies);
        Some(result)
    }

    /// Gives up a copy, if one is being made.
    pub(crate) fn abandon_copy(&self) {
        let mut all = self.lock(Reach::All, Intent::Look);
        let copies: Vec<_> = all.shards_mut().filter_map(Shard::end_copy).collect();
        drop(all);
        drop(copies);
    }
}
