//! Going on in another file: what compaction needs of those who write.
//!
//! A manifest that names two files promises that the first is whole, so it may become valid only when the first is on disk to
//! its end, and nothing may be promised that is only in the second before the manifest is valid. Hence the order:
//!
//! 1. the next file gets its first bytes, and the old one is synced, while others go on;
//! 2. nobody else writes or syncs from here on: [`Writer::rotate`] returns;
//! 3. the [*cut*](Rotation::cut): what was appended before goes to the old file, what comes after to the next one;
//! 4. the old file is written and synced to its end, and nothing is behind that;
//! 5. the manifest is *published*, which is the caller's;
//! 6. the next file takes the place of the old one, and others go on.
//!
//! Commits append all the time. From 2 to 6 they don't return, as nothing is handed to the system.
//!
//! In a log that has failed, or for which the disk is full, 4 is left out: what the old file lacks must be in what is published.
//! Then the failure is over.

use std::io;

use super::buffer::Position;
use super::seat::seated;
use super::storage::File;
use super::tail::{NotWritten, Tail};
use super::writer::Writer;
use crate::error::LogFailure as Failure;

/// Nobody else writes or syncs as long as it exists. Dropped before it has switched, it leaves the log as it was.
pub(crate) struct Rotation<'w> {
    writer: &'w Writer,
    /// The old file and the next one, until it is over.
    files: Option<(Tail, Tail)>,
    has_failed: bool,
    is_cut: bool,
    /// Why it did not succeed.
    failure: Option<Failure>,
}

impl Writer {
    /// Prepares an empty file to go on in, which gets these first bytes, and waits until nobody writes or syncs.
    ///
    /// # Errors
    ///
    /// The next file cannot be written, and nothing has changed; or the log was shut down.
    pub(crate) fn rotate(&self, next: Box<dyn File>, opening: &[u8]) -> io::Result<Rotation<'_>> {
        self.refuse_after_fork()?;
        let next = Tail::begin(next, opening)?;
        // If it fails, the log does, and the rotation is there to help.
        let _ = self.sync();
        let (old, has_failed) = self.reserve()?;
        let next = next.growing_by(old.growth());
        let files = Some((old, next));
        let mut rotation =
            Rotation { writer: self, files, has_failed, is_cut: false, failure: None };
        rotation.hand_over()?;
        Ok(rotation)
    }

    /// Returns when nobody writes or syncs, and says whether the log has failed.
    pub(super) fn reserve(&self) -> Result<(Tail, bool), Failure> {
        let (mut is_mine, mut has_written) = (false, false);
        seated(|seat| {
            loop {
                let mut turn = self.turn.lock();
                if turn.is_shut() {
                    if is_mine {
                        turn.end_reservation();
                    }
                    self.give_way(turn);
                    return Err(Failure::SHUT);
                }
                let tail = turn.reserve(seat.unparker(), &mut is_mine);
                self.buffer.call_for_caution();
                if let Some(tail) = tail {
                    return Ok((tail, turn.failure().is_some()));
                }
                // While somebody syncs, what has returned must not wait for that.
                if is_mine
                    && !has_written
                    && turn.ended.is_none()
                    && let Some(tail) = turn.lend_tail()
                {
                    drop(turn);
                    has_written = self.write(tail).is_some();
                    continue;
                }
                drop(turn);
                seat.park();
            }
        })
    }
}

impl Rotation<'_> {
    /// Whether the log has failed, or the disk is full: then what is published must not need the old file.
    #[cfg(test)]
    pub(crate) fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// Hands to the system what was appended before anybody was kept from returning: it must not wait until this is over.
    fn hand_over(&mut self) -> io::Result<()> {
        if self.has_failed {
            return Ok(());
        }
        let buffer = &self.writer.buffer;
        let (old, _) = self.files();
        old.fill(buffer);
        let outcome = old.write();
        if let Err(NotWritten::Broken(error)) = &outcome {
            self.failure = Some(Failure::from(error));
        }
        Ok(outcome?)
    }

    /// Decides what goes to which file: the position that is returned is the end of the old one. Under the locks of all
    /// shards, that is what they hold at this moment.
    pub(crate) fn cut(&mut self) -> Position {
        self.is_cut = true;
        let buffer = &self.writer.buffer;
        let (old, _) = self.files();
        // What it could not write is kept, as the rotation may be given up.
        old.fill_behind(buffer);
        Position(old.upto())
    }

    /// Ends the old file, publishes, and goes on in the next one; cuts here, if that is not done. Returns the length of the old
    /// file, in bytes, which is also what `publish` is given.
    ///
    /// # Errors
    ///
    /// The old file could not be ended, or `publish` has failed. The log has failed then, too, as it is not known which manifest is
    /// on disk; so `publish` should do no more than make valid what was prepared. Where there is only no room for the end of the
    /// old file, the rotation is given up.
    pub(crate) fn switch(mut self, publish: impl FnOnce(u64) -> io::Result<()>) -> io::Result<u64> {
        if !self.is_cut {
            self.cut();
        }
        let outcome = match self.end_old() {
            Ok(len) => publish(len).map(|()| len),
            // Nothing has happened yet, so that is no reason to end the log.
            Err(NotWritten::Full(error)) => return Err(error),
            Err(NotWritten::Broken(error)) => Err(error),
        };
        match &outcome {
            Ok(_) => self.go_on(),
            Err(error) => {
                self.writer.be_in_doubt();
                self.failure = Some(Failure::from(error));
            }
        }
        outcome
    }

    fn files(&mut self) -> &mut (Tail, Tail) {
        self.files.as_mut().expect("it is not over as long as somebody has it")
    }

    fn end_old(&mut self) -> Result<u64, NotWritten> {
        let has_failed = self.has_failed;
        let (old, _) = self.files();
        if !has_failed {
            old.write()?;
            old.cut_room()?;
            old.sync()?;
        }
        Ok(old.len())
    }

    fn go_on(&mut self) {
        let Some((old, next)) = self.files.take() else { return };
        let writer = self.writer;
        let mut turn = writer.turn.lock();
        turn.go_on(next, old.upto());
        turn.end_sync();
        turn.end_reservation();
        writer.give_way(turn);
        // The threads in the background have not been told of what came while the log had failed.
        writer.have_caught_up();
    }
}

impl Drop for Rotation<'_> {
    fn drop(&mut self) {
        let Some((old, _)) = self.files.take() else { return };
        let mut turn = self.writer.turn.lock();
        turn.end_sync();
        turn.end_reservation();
        if let Some(failure) = self.failure.take() {
            turn.end(failure);
        }
        if turn.ended.is_some() {
            turn.give_tail_back(old);
            self.writer.give_way(turn);
        } else {
            drop(turn);
            // With what was cut off. Those who wait for it are told.
            self.writer.write(old);
        }
    }
}
