//! What stands behind damage: does any batch there say that the damaged part was on disk?
//!
//! Behind damage nobody knows where records begin, so a closing record is looked for at every byte, and its checksum decides whether
//! it is one. The batch of any that is found could begin anywhere; so the checksum of all bytes so far is kept for each few of
//! them, and that of a batch follows from those of its two ends.

use std::io;

use crate::log::checksum::{self, BEGINNING, Closing, EMPTY, LONGEST};
use crate::log::record::{Decoder, END, Found, Source};
use crate::log::storage::File;
use crate::log::whole;

/// For each stretch of this many bytes the checksum is kept: four bytes of memory, against reading at most this much again for
/// each record that looks like a closing one.
const STRIDE: usize = 4096;

/// What the rest of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Behind {
    /// Up to where the file was on disk, if that is behind where the rest begins. The first that says so is believed.
    pub(super) synced: Option<u64>,
    /// Whether the file ends with zeros, or with what is left of room.
    pub(super) ends_in_zeros: bool,
}

/// Reads the rest of a file, which has this length.
pub(super) fn search(file: &dyn File, from: u64, len: u64) -> io::Result<Behind> {
    let mut last = [1; 1 + END.len()];
    let count = whole::read(file, len.saturating_sub(last.len() as u64).max(from), &mut last)?;
    let last = &last[..count];
    // Where there was room, its end is behind them.
    let last = last.strip_suffix(END).unwrap_or(last);
    let mut search =
        Search { file, from, source: Source::new(file, from..len), sums: vec![EMPTY], sum: EMPTY };
    Ok(Behind { synced: search.run()?, ends_in_zeros: last.ends_with(&[0]) })
}

struct Search<'f> {
    file: &'f dyn File,
    from: u64,
    source: Source<'f>,
    /// The checksums of all from there up to each stride.
    sums: Vec<u32>,
    /// The checksum of all from there up to where the source is.
    sum: u32,
}

impl Search<'_> {
    fn run(&mut self) -> io::Result<Option<u64>> {
        loop {
            // So that no closing record is seen in part.
            while self.source.bytes().len() < LONGEST && self.source.more(LONGEST as u64)? {}
            let bytes = self.source.bytes();
            if bytes.is_empty() {
                return Ok(None);
            }
            if bytes.starts_with(BEGINNING)
                && let Some(closing) = self.closing()?
                && closing.synced > self.from
                && self.is_right(closing)?
            {
                return Ok(Some(closing.synced));
            }
            self.pass(self.to_the_next());
        }
    }

    /// How many bytes to pass over: to where a record could begin, but not so many that one could be seen in part.
    fn to_the_next(&self) -> usize {
        let bytes = self.source.bytes();
        let most = if bytes.len() < LONGEST { bytes.len() } else { bytes.len() - LONGEST + 1 };
        let next = bytes[1..most].iter().position(|&byte| byte == BEGINNING[0]);
        next.map_or(most, |at| at + 1)
    }

    fn pass(&mut self, mut count: usize) {
        while count > 0 {
            let passed = self.source.offset() - self.from;
            let in_stride = usize::try_from(passed % STRIDE as u64).unwrap_or_default();
            let now = count.min(STRIDE - in_stride);
            self.sum = checksum::extend(self.sum, &self.source.bytes()[..now]);
            self.source.skip(now);
            count -= now;
            if in_stride + now == STRIDE {
                self.sums.push(self.sum);
            }
        }
    }

    /// The closing record that begins here.
    fn closing(&self) -> io::Result<Option<Closing>> {
        let begin = self.source.offset();
        let mut decoder = Decoder::new(self.file, begin..begin + LONGEST as u64);
        if decoder.next()? != Found::Record {
            return Ok(None);
        }
        Ok(decoder.words(checksum::recognise).and_then(Result::ok))
    }

    /// Whether it closes a batch that lies here, behind the damage.
    fn is_right(&self, closing: Closing) -> io::Result<bool> {
        let end = self.source.offset();
        let begin = end.checked_sub(closing.covered).filter(|&begin| begin >= self.from);
        let Some(begin) = begin.filter(|_| closing.synced <= end) else { return Ok(false) };
        Ok(closing.closes_between(self.sum_up_to(begin)?, self.sum))
    }

    fn sum_up_to(&self, offset: u64) -> io::Result<u32> {
        let passed = offset - self.from;
        let stride = usize::try_from(passed / STRIDE as u64).unwrap_or(usize::MAX);
        let rest = usize::try_from(passed % STRIDE as u64).unwrap_or_default();
        let mut bytes = [0; STRIDE];
        let count = whole::read(self.file, offset - rest as u64, &mut bytes[..rest])?;
        Ok(checksum::extend(self.sums[stride], &bytes[..count]))
    }
}
