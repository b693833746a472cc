//! The end of what was written to the file: a batch goes there as a whole, with its checksum, or nothing of it stays.

use std::io::{self, IoSlice};
use std::sync::Arc;
use std::time::Instant;

use super::batch::{Batch, Part};
use super::buffer::Buffer;
use super::checksum;
use super::record::END;
use super::room;
use super::storage::File;
use crate::error::LogFailure;

/// Only its owner writes to the file.
pub(super) struct Tail {
    file: Arc<dyn File>,
    /// How much of the file was written, and how much of that is known to be on disk.
    len: u64,
    synced: u64,
    /// How long the file is. Behind what was written is room.
    file_len: u64,
    /// How many zeros the room has when the file is made longer.
    growth: u64,
    /// On its way to the file; empty between two owners, unless the disk is full or the log has failed.
    batch: Batch,
    /// The positions in the log that the file has reached, and that it reaches with the batch.
    reached: u64,
    upto: u64,
    began: Option<Instant>,
}

/// What is to be synced: a file, its length, and up to where that brings the log.
pub(super) struct Written {
    pub(super) file: Arc<dyn File>,
    pub(super) len: u64,
    pub(super) upto: u64,
    /// Whether any of it is not known to be on disk.
    pub(super) is_new: bool,
}

/// Why a batch is not in the file.
#[derive(Debug)]
pub(super) enum NotWritten {
    /// The disk is full. The file ends with what was written before, and the batch is kept for another attempt.
    Full(io::Error),
    /// It is not known what the file holds.
    Broken(io::Error),
}

impl From<io::Error> for NotWritten {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

impl From<NotWritten> for io::Error {
    fn from(reason: NotWritten) -> Self {
        match reason {
            NotWritten::Full(error) | NotWritten::Broken(error) => error,
        }
    }
}

impl Tail {
    /// Of a file with `len` bytes, all of them synced.
    pub(super) fn new(file: Box<dyn File>, len: u64) -> Self {
        Self {
            file: Arc::from(file),
            len,
            synced: len,
            file_len: len,
            growth: 0,
            batch: Batch::default(),
            reached: 0,
            upto: 0,
            began: None,
        }
    }

    /// Of an empty file, which gets this as its first bytes, and is synced.
    pub(super) fn begin(file: Box<dyn File>, opening: &[u8]) -> io::Result<Self> {
        let mut tail = Self::new(file, 0);
        tail.write_or_leave(&[IoSlice::new(opening)])?;
        tail.file.sync()?;
        let len = opening.len() as u64;
        (tail.len, tail.synced, tail.file_len) = (len, len, len);
        Ok(tail)
    }

    /// Of a file that is made longer than what is written to it: a sync of what is written within its length need not bring a new
    /// length to disk.
    pub(super) fn growing_by(self, growth: u64) -> Self {
        Self { growth, ..self }
    }

    pub(super) fn growth(&self) -> u64 {
        self.growth
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn set_synced(&mut self, len: u64) {
        self.synced = len;
    }

    pub(super) fn reached(&self) -> u64 {
        self.reached
    }

    /// Says of an empty file where in the log it begins.
    pub(super) fn set_reached(&mut self, position: u64) {
        (self.reached, self.upto) = (position, position);
    }

    pub(super) fn upto(&self) -> u64 {
        self.upto
    }

    /// When the first byte of what was last taken came.
    pub(super) fn began(&self) -> Option<Instant> {
        self.began
    }

    /// Takes what was appended, if it has nothing to write.
    pub(super) fn fill(&mut self, buffer: &Buffer) {
        if !self.batch.is_empty() {
            return;
        }
        let taken = buffer.take(&mut self.batch);
        (self.upto, self.began) = (taken.upto, taken.began);
    }

    /// Takes what was appended, behind what it has to write.
    pub(super) fn fill_behind(&mut self, buffer: &Buffer) {
        if self.batch.is_empty() {
            return self.fill(buffer);
        }
        let mut more = Batch::default();
        self.upto = buffer.take(&mut more).upto;
        more.slices().iter().for_each(|slice| self.batch.push(Part::Short(slice)));
    }

    /// Hands the batch to the system. Its checksum also says how much of this file is known to be on disk.
    pub(super) fn write(&mut self) -> Result<(), NotWritten> {
        self.check_length()?;
        if !self.batch.is_empty() {
            if let Err(reason) = self.write_batch() {
                // The rest was cut off; or it is not known what the file holds, and nobody asks any more.
                self.file_len = self.len;
                return Err(reason);
            }
            self.batch.clear();
        }
        self.reached = self.upto;
        Ok(())
    }

    /// The batch, what closes it, and the beginning of the room behind that.
    fn write_batch(&mut self) -> Result<(), NotWritten> {
        let mut behind = Vec::with_capacity(checksum::LONGEST + room::LONGEST);
        let mut slices = self.batch.slices();
        let sum = slices.iter().fold(checksum::EMPTY, |sum, slice| checksum::extend(sum, slice));
        checksum::close(sum, self.batch.len() as u64, self.synced, &mut behind);
        let len = self.len + (self.batch.len() + behind.len()) as u64;
        let end = self.begin_room(len, &mut behind);
        let begun = self.len + (self.batch.len() + behind.len()) as u64;
        slices.push(IoSlice::new(&behind));
        self.write_or_leave(&slices)?;
        // New room ends behind the old one, of which a batch has taken more than the two differ by.
        let is_longer = end > self.file_len.max(len);
        self.file_len = if is_longer && self.end_room(begun, end).is_err() {
            self.file.set_len(len)?;
            len
        } else {
            end
        };
        self.len = len;
        Ok(())
    }

    /// Appends what comes behind the first `len` bytes of the file, and says where the file is to end.
    fn begin_room(&self, len: u64, behind: &mut Vec<u8>) -> u64 {
        if self.growth == 0 {
            return len;
        }
        let left = room::zeros_within(self.file_len.saturating_sub(len));
        let zeros = left.unwrap_or(self.growth);
        room::begin(zeros, behind);
        len + room::len(zeros)
    }

    /// Makes the file longer, up to the end of the room, whose beginning is there already: a server leaves out a last record that
    /// is not whole. What ended the old room becomes zeros of the new one, as far as that is not its beginning.
    fn end_room(&self, begun: u64, end: u64) -> io::Result<()> {
        let old_end = self.file_len.saturating_sub(END.len() as u64);
        write_all(&*self.file, begun.max(old_end), &[IoSlice::new(&[0; END.len()])])?;
        write_all(&*self.file, end - END.len() as u64, &[IoSlice::new(END)])
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }

    /// Has the file end with what was written, which a sync brings to disk. False if it did.
    pub(super) fn cut_room(&mut self) -> io::Result<bool> {
        if self.file_len == self.len {
            return Ok(false);
        }
        self.check_length()?;
        self.file.set_len(self.len)?;
        self.file_len = self.len;
        Ok(true)
    }

    /// The same where all that was written is on disk, and so is the end then.
    pub(super) fn end(&mut self) -> io::Result<()> {
        if self.cut_room()? { self.sync() } else { Ok(()) }
    }

    pub(super) fn written(&self) -> Written {
        let is_new = self.len > self.synced;
        Written { file: Arc::clone(&self.file), len: self.len, upto: self.reached, is_new }
    }

    /// A server takes no lock, so the length is how it is found out.
    fn check_length(&self) -> io::Result<()> {
        let len = self.file.len()?;
        if len == self.file_len { Ok(()) } else { Err(LogFailure::FOREIGN.into()) }
    }

    /// A disk that is full may have space later. Until then the file ends with what was written before.
    fn write_or_leave(&self, slices: &[IoSlice<'_>]) -> Result<(), NotWritten> {
        match write_all(&*self.file, self.len, slices) {
            Err(error) if is_full(&error) => {
                self.file.set_len(self.len)?;
                Err(NotWritten::Full(error))
            }
            outcome => Ok(outcome?),
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, StorageFull, WriteZero};
    matches!(error.kind(), StorageFull | QuotaExceeded | WriteZero)
}

fn write_all(file: &dyn File, mut offset: u64, slices: &[IoSlice<'_>]) -> io::Result<()> {
    // Advancing changes them, and another attempt begins with the first byte.
    let mut copy = slices.to_vec();
    let mut rest = copy.as_mut_slice();
    IoSlice::advance_slices(&mut rest, 0);
    while !rest.is_empty() {
        match file.write_at(offset, rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(len) => {
                offset += len as u64;
                IoSlice::advance_slices(&mut rest, len);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
