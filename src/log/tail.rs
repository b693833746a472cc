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
        tail.write_or_leave(0, &[IoSlice::new(opening)])?;
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

    /// The batch and what closes it go over the beginning of the room; or to the end of the file, if there is less room.
    fn write_batch(&mut self) -> Result<(), NotWritten> {
        let mut behind = self.closing();
        let len = self.len + (self.batch.len() + behind.len()) as u64;
        if let Some(zeros) = room::zeros_within(self.file_len.saturating_sub(len)) {
            room::begin(zeros, &mut behind);
            self.write_over_room(&behind)?;
        } else {
            self.cut_room()?;
            self.file_len = self.append(behind, len)?;
        }
        self.len = len;
        Ok(())
    }

    /// The record that closes the batch, behind which room can begin.
    fn closing(&self) -> Vec<u8> {
        let slices = self.batch.slices();
        let sum = slices.iter().fold(checksum::EMPTY, |sum, slice| checksum::extend(sum, slice));
        let mut closing = Vec::with_capacity(room::PAD.len() + checksum::LONGEST + room::LONGEST);
        checksum::close(sum, self.batch.len() as u64, self.synced, &mut closing);
        let end = self.len + (self.batch.len() + closing.len()) as u64;
        if self.growth > 0 && room::would_cross_a_page(end) {
            closing.clear();
            closing.extend_from_slice(room::PAD);
            let covered = (self.batch.len() + room::PAD.len()) as u64;
            checksum::close(checksum::extend(sum, room::PAD), covered, self.synced, &mut closing);
        }
        closing
    }

    /// A kill can end a write at the boundary of a page. So all that is behind the first boundary is written first, into the room;
    /// and then, at one moment, what stands on the page where the room began.
    fn write_over_room(&self, behind: &[u8]) -> Result<(), NotWritten> {
        let mut slices = self.batch.slices();
        slices.push(IoSlice::new(behind));
        let on_the_page = room::PAGE - self.len % room::PAGE;
        let [first, rest] = split(&slices, on_the_page);
        self.write_or_leave(self.len + on_the_page, &rest)?;
        self.write_or_leave(self.len, &first)
    }

    /// With the beginning of new room. Where a kill ends this, the last record is not whole, and a server leaves it out. Says where the
    /// file ends, of which `len` bytes were written.
    fn append(&self, mut behind: Vec<u8>, len: u64) -> Result<u64, NotWritten> {
        let mut end = len;
        if self.growth > 0 {
            room::begin(self.growth, &mut behind);
            end += room::len(self.growth);
        }
        let mut slices = self.batch.slices();
        slices.push(IoSlice::new(&behind));
        self.write_or_leave(self.len, &slices)?;
        // Room only saves time, so there is none where this fails.
        if end > len
            && write_all(&*self.file, end - END.len() as u64, &[IoSlice::new(END)]).is_err()
        {
            self.file.set_len(len)?;
            return Ok(len);
        }
        Ok(end)
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
    fn write_or_leave(&self, offset: u64, slices: &[IoSlice<'_>]) -> Result<(), NotWritten> {
        match write_all(&*self.file, offset, slices) {
            Err(error) if is_full(&error) => {
                self.file.set_len(self.len)?;
                Err(NotWritten::Full(error))
            }
            outcome => Ok(outcome?),
        }
    }
}

/// The first `at` bytes, and the rest.
fn split<'s>(slices: &'s [IoSlice<'_>], mut at: u64) -> [Vec<IoSlice<'s>>; 2] {
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for slice in slices {
        let here = usize::try_from(at).unwrap_or(usize::MAX).min(slice.len());
        at -= here as u64;
        first.push(IoSlice::new(&slice[..here]));
        rest.push(IoSlice::new(&slice[here..]));
    }
    [first, rest]
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
