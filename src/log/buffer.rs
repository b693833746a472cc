//! What commits append to while they hold the locks of their shards.
//!
//! The order in which its lock is taken is the order of the log. It is taken after the shards' locks and held for a copy;
//! nobody asks the system for anything under it but, now and then, memory.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::batch::{Batch, Part};
use crate::sync::{AtomicBool, Mutex};

/// All that was appended up to here, counted in bytes since the log was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(pub(super) u64);

#[cfg(test)]
impl Position {
    pub(crate) fn in_bytes(self) -> u64 {
        self.0
    }
}

/// How far those who append may be ahead of the disk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) bytes: u64,
    pub(super) time: Duration,
}

#[derive(Debug)]
pub(super) struct Buffer {
    filling: Mutex<Filling>,
    bounds: Bounds,
    /// Whether writers have to look closer before they go on: something was appended that the disk is too far behind with, a
    /// file is being exchanged, or the log has ended.
    caution: AtomicBool,
}

#[derive(Debug, Default)]
struct Filling {
    batch: Batch,
    /// When the first byte of the batch came.
    began: Option<Instant>,
    end: u64,
    /// Up to where everything was handed to the system.
    written: u64,
}

/// What was taken out of the buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    pub(super) upto: u64,
    pub(super) began: Option<Instant>,
}

impl Buffer {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { filling: Mutex::new(Filling::default()), bounds, caution: AtomicBool::new(false) }
    }

    /// Appends what belongs together, as one piece.
    #[inline]
    pub(super) fn append<'p>(&self, parts: impl IntoIterator<Item = Part<'p>>) -> Position {
        self.append_by(|batch| parts.into_iter().for_each(|part| batch.push(part)))
    }

    /// The same where that is one piece, which is written here: of at most that many bytes.
    #[inline]
    pub(super) fn append_written(&self, most: usize, write: impl FnOnce(&mut Vec<u8>)) -> Position {
        self.append_by(|batch| batch.write(most, write))
    }

    #[inline]
    fn append_by(&self, append: impl FnOnce(&mut Batch)) -> Position {
        let mut filling = self.filling.lock();
        let filling = &mut *filling;
        let (len, chunks) = (filling.batch.len(), filling.batch.chunks());
        if len == 0 {
            filling.began = Some(Instant::now());
        }
        append(&mut filling.batch);
        filling.end += (filling.batch.len() - len) as u64;
        self.look_how_full(filling, chunks)
    }

    /// Calls for caution after something was appended, if there is reason to. Returns where it ends.
    #[inline]
    fn look_how_full(&self, filling: &Filling, chunks: usize) -> Position {
        // The time is looked at rarely: where a chunk is full.
        if filling.is_full(self.bounds)
            || chunks != filling.batch.chunks() && filling.is_old(self.bounds)
        {
            self.caution.store(true, Ordering::Release);
        }
        Position(filling.end)
    }

    /// Behind all that was appended.
    pub(super) fn end(&self) -> Position {
        Position(self.filling.lock().end)
    }

    /// How many bytes wait to be taken.
    pub(super) fn len(&self) -> u64 {
        self.filling.lock().batch.len() as u64
    }

    pub(super) fn is_empty(&self) -> bool {
        self.filling.lock().batch.is_empty()
    }

    /// Whether too much waits to be handed to the system, or for too long.
    pub(super) fn is_behind(&self) -> bool {
        let filling = self.filling.lock();
        filling.is_full(self.bounds) || filling.is_old(self.bounds)
    }

    pub(super) fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Exchanges what was appended for an empty batch.
    pub(super) fn take(&self, empty: &mut Batch) -> Taken {
        let mut filling = self.filling.lock();
        std::mem::swap(&mut filling.batch, empty);
        Taken { upto: filling.end, began: filling.began.take() }
    }

    #[inline]
    pub(super) fn needs_caution(&self) -> bool {
        self.caution.load(Ordering::Acquire)
    }

    /// For a reason outside the buffer: under the lock under which [`note`](Self::note) is called, too.
    pub(super) fn call_for_caution(&self) {
        self.caution.store(true, Ordering::Release);
    }

    /// Notes up to where everything was handed to the system, and whether there is a reason for caution outside the buffer.
    pub(super) fn note(&self, written: u64, caution: bool) {
        let mut filling = self.filling.lock();
        filling.written = written;
        self.caution.store(caution || filling.is_full(self.bounds), Ordering::Release);
    }
}

impl Filling {
    fn is_full(&self, bounds: Bounds) -> bool {
        self.end - self.written > bounds.bytes
    }

    fn is_old(&self, bounds: Bounds) -> bool {
        self.began.is_some_and(|began| began.elapsed() > bounds.time)
    }
}
