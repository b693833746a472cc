//! One file from its beginning: which of its records can be trusted, and where that ends.
//!
//! Since the last checksum that is right, records form a *run*. The next checksum has to cover the run and nothing else.
//! A run that is never closed is ours and torn; with a `SELECT` in it, it is a server's, which begins with one when it appends
//! to a file for the first time, and has accepted all that stood before.
//!
//! Room is no part of what loads, unless something else of its run stands behind it, as a server's does that has appended to it.

use std::io;

use super::trouble::Reason;
use crate::log::checksum::{self, Closing, EMPTY, Senseless};
use crate::log::record::{Decoder, Found};
use crate::log::room;

/// Why a scan has no result.
#[derive(Debug)]
pub(super) enum Stop {
    Io(io::Error),
    /// A command was refused that begins here.
    Refused(u64, String),
    /// Records that can be trusted select another database than 0 here.
    Database(u64, String),
}

/// How far a file can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scan {
    /// Where the last run begins.
    pub(super) run: u64,
    /// Behind the last thing that is whole, and no part of a transaction that is not.
    pub(super) whole: Mark,
    /// Whether the run has records at all, and a `SELECT` among them.
    pub(super) has_records: bool,
    pub(super) is_served: bool,
    /// Whether a server has appended to a transaction that is open.
    pub(super) is_buried: bool,
    /// What ended the scan before the end of the file, and where that begins.
    pub(super) damage: Option<(u64, Reason)>,
    /// The commands that change something.
    pub(super) commands: u64,
    pub(super) batches: u64,
}

/// A place in a file, and the checksum of the run up to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) offset: u64,
    pub(super) sum: u32,
}

/// What a record is to the log.
enum Meaning {
    Begin,
    Commit,
    /// The name of the database, unless it is 0.
    Select(Option<String>),
    /// It closes a batch, or is meant to.
    Close(Result<Closing, Senseless>),
    /// It stands where something is to be written.
    Room,
    Nothing,
    Change,
}

fn meaning(words: &[&[u8]]) -> Meaning {
    match words {
        [name] if name.eq_ignore_ascii_case(b"MULTI") => Meaning::Begin,
        [name] if name.eq_ignore_ascii_case(b"EXEC") => Meaning::Commit,
        [name, b"0"] if name.eq_ignore_ascii_case(b"SELECT") => Meaning::Select(None),
        [name, database] if name.eq_ignore_ascii_case(b"SELECT") => {
            Meaning::Select(Some(database[..database.len().min(20)].escape_ascii().to_string()))
        }
        [name, text] if name.eq_ignore_ascii_case(b"ECHO") => {
            if room::is_room(text) {
                return Meaning::Room;
            }
            checksum::recognise(words).map_or(Meaning::Nothing, Meaning::Close)
        }
        _ => Meaning::Change,
    }
}

/// Reads until there is no more or no sense, and hands on the commands on the way, with the offsets at which they begin. An
/// error that comes back ends it.
pub(super) fn scan(
    decoder: Decoder<'_>,
    visit: &mut dyn FnMut(u64, &[&[u8]]) -> Result<(), String>,
) -> Result<Scan, Stop> {
    let scan = Scan {
        run: decoder.begin(),
        whole: Mark { offset: decoder.begin(), sum: EMPTY },
        has_records: false,
        is_served: false,
        is_buried: false,
        damage: None,
        commands: 0,
        batches: 0,
    };
    Scanner { decoder, visit, scan, sum: EMPTY, open: None, open_commands: 0, database: None }.run()
}

struct Scanner<'s> {
    decoder: Decoder<'s>,
    visit: &'s mut dyn FnMut(u64, &[&[u8]]) -> Result<(), String>,
    scan: Scan,
    /// The checksum of the run so far.
    sum: u32,
    /// Where the transaction begins that is open.
    open: Option<u64>,
    /// How many commands it has.
    open_commands: u64,
    /// Where the run selects another database than 0, and which.
    database: Option<(u64, String)>,
}

impl Scanner<'_> {
    fn run(mut self) -> Result<Scan, Stop> {
        let damage = loop {
            let begin = self.decoder.end();
            let damage = match self.decoder.next().map_err(Stop::Io)? {
                Found::Record => self.record()?,
                Found::Comment => {
                    self.pass();
                    None
                }
                Found::End => break self.open.map(|begin| (begin, Reason::Open)),
                Found::Torn => Some((begin, Reason::Torn)),
                Found::Broken => Some((begin, Reason::Damaged)),
            };
            if damage.is_some() {
                break damage;
            }
        };
        self.scan.damage = damage;
        let is_rot = matches!(damage, Some((_, Reason::Checksum)));
        match self.database {
            // Elsewhere the number may be what is damaged.
            Some((offset, name)) if !is_rot => Err(Stop::Database(offset, name)),
            _ => Ok(self.scan),
        }
    }

    /// What is wrong with the record, and where that begins; if nothing is, the scan goes on behind it.
    fn record(&mut self) -> Result<Option<(u64, Reason)>, Stop> {
        let begin = self.decoder.begin();
        let visit = &mut *self.visit;
        let visited = self.decoder.words(|words| {
            let meaning = meaning(words);
            if let Meaning::Change = meaning {
                visit(begin, words)?;
            }
            Ok(meaning)
        });
        match visited.map_err(|text| Stop::Refused(begin, text))? {
            Meaning::Begin if self.open.is_none() => {
                (self.open, self.open_commands) = (Some(begin), 0);
            }
            Meaning::Commit if self.open.is_some() => {
                (self.open, self.scan.is_buried) = (None, false);
            }
            Meaning::Close(closing) if self.open.is_none() => return self.close(closing),
            Meaning::Begin | Meaning::Commit | Meaning::Close(_) => {
                return Ok(Some((begin, Reason::Damaged)));
            }
            Meaning::Select(other) => {
                // A server selects at the beginning of a transaction, or outside. Where a record of a transaction is torn, it
                // cuts off that record alone, and appends to what is open then; the next time it drops all of it.
                self.scan.is_buried |= self.open.is_some() && self.open_commands > 0;
                self.scan.is_served = true;
                self.database = self.database.take().or(other.map(|name| (begin, name)));
            }
            Meaning::Room if self.open.is_none() && !self.scan.has_records => {
                // What closes the run covers it, if anything is behind it.
                self.sum = checksum::extend(self.sum, self.decoder.bytes());
                return Ok(None);
            }
            Meaning::Room | Meaning::Nothing => {}
            Meaning::Change => {
                self.scan.commands += 1;
                self.open_commands += 1;
            }
        }
        self.scan.has_records = true;
        self.pass();
        Ok(None)
    }

    fn pass(&mut self) {
        self.sum = checksum::extend(self.sum, self.decoder.bytes());
        if self.open.is_none() {
            self.scan.whole = Mark { offset: self.decoder.end(), sum: self.sum };
        }
    }

    fn close(
        &mut self,
        closing: Result<Closing, Senseless>,
    ) -> Result<Option<(u64, Reason)>, Stop> {
        let begin = self.decoder.begin();
        let is_right = |closing: Closing| {
            closing.covered == begin - self.scan.run
                && closing.synced <= begin
                && closing.closes(self.sum)
        };
        if !closing.is_ok_and(is_right) {
            return Ok(Some((self.scan.run, Reason::Checksum)));
        }
        if let Some((offset, name)) = self.database.take() {
            return Err(Stop::Database(offset, name));
        }
        let end = self.decoder.end();
        self.sum = EMPTY;
        self.scan = Scan {
            run: end,
            whole: Mark { offset: end, sum: EMPTY },
            has_records: false,
            is_served: false,
            is_buried: false,
            batches: self.scan.batches + 1,
            ..self.scan
        };
        Ok(None)
    }
}
