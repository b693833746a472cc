//! What a directory holds: read from its manifest to its last byte, and given to a store command by command.
//!
//! 1. [`recover`] reads and decides, and changes nothing. Damage is an error wherever it cannot be a tear: in any file but the
//!    last increment, below an offset that a later batch says was on disk, and in what a server has accepted. Otherwise the log
//!    loads up to the damage.
//! 2. [`Recovered::settle`] makes the directory what was loaded, and brings that to disk: before it returns, nothing else may be
//!    written.
//!
//! A file is read with a buffer of the size of its longest record. The last increment is read twice, as what is right with it can
//! be said only at its end.

mod report;
mod scan;
mod search;
mod settle;
mod trouble;

#[cfg(test)]
mod tests;

use std::io;

pub use self::report::Recovery;
use self::scan::{Mark, Scan, Stop, scan};
pub use self::trouble::Cut;
pub(crate) use self::trouble::{Kind, Reason, Trouble, Why};
use super::checksum;
use super::manifest::{self, Entry, Manifest};
use super::record::Decoder;
use super::storage::{Directory, File};
use super::whole;

/// The file that keeps a second log away.
const LOCK: &str = "lock";

/// The file that says that a sync has failed: what the system has of the last increment may never come to disk.
pub(crate) const DOUBT: &str = "unsynced";

/// What an RDB snapshot begins with: Redis's, and Valkey's since version 9.
const SNAPSHOTS: [&[u8]; 2] = [b"REDIS", b"VALKEY"];

/// What is done with each command that changes something: nothing, or it is refused with this text.
pub(crate) type Apply<'a> = dyn FnMut(&[&[u8]]) -> Result<(), String> + 'a;

/// What was found in a directory, and where to go on writing.
#[derive(Debug)]
pub(crate) struct Recovered {
    /// Without any file if there is no log yet.
    pub(crate) manifest: Manifest,
    /// What was read, in this order: the base, if there is one, and the increments.
    pub(crate) files: Vec<FileRead>,
    pub(crate) cut: Option<Cut>,
    /// The numbers of the next files; there is no file of these names.
    pub(crate) next_base: u64,
    pub(crate) next_increment: u64,
    /// Files that look like the log's, and that the manifest does not name.
    pub(crate) leftovers: Vec<String>,
    /// Whether what was read may not be brought to disk by a sync, and is to be written anew.
    pub(crate) is_in_doubt: bool,
    end: Option<End>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileRead {
    pub(crate) name: String,
    /// In bytes, without what is cut off.
    pub(crate) len: u64,
    /// Those that change something.
    pub(crate) commands: u64,
    /// How many checksums were right.
    pub(crate) batches: u64,
}

/// How the last increment ends.
#[derive(Debug, Clone, Copy)]
struct End {
    /// The length that it had.
    len: u64,
    /// Up to where it loads, and the checksum of what has none yet.
    loads: Mark,
    /// Where that begins.
    run: u64,
}

/// Where to go on writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Increment {
    pub(crate) name: String,
    pub(crate) seq: u64,
    pub(crate) len: u64,
}

/// Reads a log and applies its commands. One that is not there yet has none.
///
/// # Errors
///
/// The log does not load. The directory is as it was; what was applied until then is to be thrown away.
pub(crate) fn recover(
    directory: &dyn Directory,
    apply: &mut Apply<'_>,
) -> Result<Recovered, Trouble> {
    read(directory, apply, Rule::Strict)
}

/// Reads a log as [`recover`] does, and says what that would do. What the commands are does not matter.
#[cfg(any(test, fuzzing))]
pub(crate) fn check(directory: &dyn Directory) -> Result<Recovered, Trouble> {
    read(directory, &mut |_| Ok(()), Rule::Strict)
}

/// Cuts the last increment where it is damaged, also where [`recover`] refuses because something is lost by that.
///
/// # Errors
///
/// What is wrong is elsewhere, and nothing has changed.
pub(crate) fn repair(directory: &dyn Directory) -> Result<Recovered, Trouble> {
    let mut recovered = read(directory, &mut |_| Ok(()), Rule::Lossy)?;
    recovered.settle(directory)?;
    Ok(recovered)
}

/// Whether something that was on disk may be cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Strict,
    Lossy,
}

fn read(
    directory: &dyn Directory,
    apply: &mut Apply<'_>,
    rule: Rule,
) -> Result<Recovered, Trouble> {
    let names = directory.names().map_err(Trouble::of_the_directory)?;
    let bytes = manifest::read(directory).map_err(|error| Trouble::io(manifest::NAME, error))?;
    let manifest = match &bytes {
        Some(bytes) => Manifest::parse(bytes)
            .map_err(|fault| Trouble::of(manifest::NAME, Kind::Manifest(fault)))?,
        None => nothing_yet(directory, &names)?,
    };
    if let Some(missing) = manifest.files().find(|entry| !names.contains(&entry.name)) {
        return Err(Trouble::of(&missing.name, Kind::Missing));
    }
    let mut recovered = Recovered::of(manifest, &names);
    for entry in recovered.manifest.files() {
        let reading = Reading::open(directory, entry)?;
        let is_last = recovered.manifest.increments.last() == Some(entry);
        let (found, end) =
            if is_last { reading.last(apply, rule)? } else { (reading.earlier(apply)?, None) };
        let len = end.as_ref().map_or(reading.len, |(end, _)| end.loads.offset);
        recovered.files.push(FileRead {
            name: entry.name.clone(),
            len,
            commands: found.commands,
            batches: found.batches,
        });
        if let Some((end, cut)) = end {
            (recovered.end, recovered.cut) = (Some(end), cut);
        }
    }
    Ok(recovered)
}

/// A directory without a manifest holds nothing that could be a log's: no more than a crash leaves of one that is being made.
fn nothing_yet(directory: &dyn Directory, names: &[String]) -> Result<Manifest, Trouble> {
    let mut names: Vec<_> = names.iter().collect();
    names.sort();
    for name in names {
        let is_ours = match manifest::meaning(name) {
            Some((is_base, _)) => {
                let begun = directory.open(name).and_then(|file| is_at_most_begun(&*file));
                !is_base && begun.map_err(|error| Trouble::io(name, error))?
            }
            None => matches!(name.as_str(), LOCK | DOUBT | manifest::TEMPORARY),
        };
        if !is_ours {
            return Err(Trouble::of(name, Kind::Foreign));
        }
    }
    Ok(Manifest::default())
}

/// Whether a file holds no more than its first bytes, of which a crash may have left zeros.
fn is_at_most_begun(file: &dyn File) -> io::Result<bool> {
    let opening = checksum::opening();
    let mut bytes = vec![0; opening.len() + 1];
    let len = whole::read(file, 0, &mut bytes)?;
    let is_ours = bytes.iter().zip(&opening).all(|(byte, ours)| byte == ours || *byte == 0);
    Ok(len <= opening.len() && is_ours)
}

impl Recovered {
    fn of(manifest: Manifest, present: &[String]) -> Self {
        let is_leftover = |name: &&String| {
            let is_known = *name == manifest::TEMPORARY || manifest::meaning(name).is_some();
            is_known && !manifest.names(name)
        };
        let leftovers = present.iter().filter(is_leftover).cloned().collect();
        // What the manifest names is there, except history that was removed before the manifest could say so.
        let gone = manifest.history.iter().map(|entry| &entry.name);
        let (mut base, mut increment) = (manifest.base.as_ref().map_or(0, |base| base.seq), 0);
        let numbers = present.iter().chain(gone);
        for (is_base, seq) in numbers.filter_map(|name| manifest::meaning(name)) {
            let last = if is_base { &mut base } else { &mut increment };
            *last = seq.max(*last);
        }
        let last = manifest.increments.last().map_or(0, |entry| entry.seq);
        Self {
            next_base: base.saturating_add(1),
            next_increment: increment.max(last).saturating_add(1),
            files: Vec::new(),
            cut: None,
            leftovers,
            is_in_doubt: present.iter().any(|name| name == DOUBT),
            end: None,
            manifest,
        }
    }

    /// Where to go on writing. After [`settle`](Self::settle) there is such a file.
    pub(crate) fn increment(&self) -> Option<Increment> {
        let (entry, read) = (self.manifest.increments.last()?, self.files.last()?);
        Some(Increment { name: entry.name.clone(), seq: entry.seq, len: read.len })
    }

    /// The file to go on writing, and its length, when that is [settled](Self::settle).
    pub(crate) fn last(&self, directory: &dyn Directory) -> Result<(Box<dyn File>, u64), Trouble> {
        let missing = || Trouble::of(manifest::NAME, Kind::Missing);
        let Increment { name, len, .. } = self.increment().ok_or_else(missing)?;
        let file = directory.open(&name).map_err(|error| Trouble::io(&name, error))?;
        Ok((file, len))
    }

    /// How long the base is, in bytes; 0 without one.
    pub(crate) fn base_len(&self) -> u64 {
        let base = self.manifest.base.as_ref().and(self.files.first());
        base.map_or(0, |read| read.len)
    }

    /// How many commands were applied.
    pub(crate) fn commands(&self) -> u64 {
        self.files.iter().map(|read| read.commands).sum()
    }

    /// How many bytes of all files load.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|read| read.len).sum()
    }
}

/// A file that is being read.
struct Reading<'r> {
    name: &'r str,
    file: Box<dyn File>,
    len: u64,
}

impl<'r> Reading<'r> {
    fn open(directory: &dyn Directory, entry: &'r Entry) -> Result<Self, Trouble> {
        let name = &entry.name;
        let open = || {
            let file = directory.open(name)?;
            let len = file.len()?;
            let mut first = [0; 6];
            whole::read(&*file, 0, &mut first)?;
            Ok((file, len, SNAPSHOTS.iter().any(|name| first.starts_with(name))))
        };
        match open() {
            Ok((.., true)) => Err(Trouble::of(name, Kind::Snapshot)),
            Ok((file, len, false)) => Ok(Self { name, file, len }),
            Err(error) => Err(Trouble::io(name, error)),
        }
    }

    /// A file that others follow, or a base: it was whole before the manifest named it or the next one.
    fn earlier(&self, apply: &mut Apply<'_>) -> Result<Scan, Trouble> {
        let found = self.scan(self.len, &mut |_, words| apply(words))?;
        match found.damage {
            Some((offset, reason)) => Err(self.damage(offset, reason, Why::NotTheLast)),
            None => Ok(found),
        }
    }

    /// The last increment, which may have a torn end.
    fn last(
        &self,
        apply: &mut Apply<'_>,
        rule: Rule,
    ) -> Result<(Scan, Option<(End, Option<Cut>)>), Trouble> {
        let found = self.scan(self.len, &mut |_, _| Ok(()))?;
        let (loads, cut) = self.decide(&found, rule)?;
        let end = End { len: self.len, loads, run: found.run };
        let replayed = self.scan(loads.offset, &mut |_, words| apply(words))?;
        Ok((replayed, Some((end, cut))))
    }

    /// Up to where it loads, and what is cut off.
    fn decide(&self, found: &Scan, rule: Rule) -> Result<(Mark, Option<Cut>), Trouble> {
        let is_rot = matches!(found.damage, Some((_, Reason::Checksum)));
        let is_accepted = found.is_served && !is_rot;
        if !found.has_records && found.damage.is_none() {
            // What stands behind it, if anything does, is room: no loss.
            return Ok((found.whole, None));
        }
        let start = Mark { offset: found.run, sum: checksum::EMPTY };
        let loads = if is_accepted { found.whole } else { start };
        let unclosed = (loads.offset < self.len).then_some((found.run, Reason::Unclosed));
        let Some((offset, reason)) = found.damage.or(unclosed) else { return Ok((loads, None)) };
        let is_lossy = is_rot && found.is_served || found.is_buried;
        if is_lossy && rule == Rule::Strict {
            return Err(self.damage(offset, reason, Why::Served));
        }
        let reason = match reason {
            // An ECHO that was room once may have what was written over it.
            Reason::Torn | Reason::Damaged | Reason::Checksum | Reason::Unclosed => {
                self.look_behind(loads.offset, offset, reason, rule)?
            }
            Reason::Open | Reason::Zeros => reason,
        };
        let cut = Cut {
            file: self.name.to_owned(),
            offset: loads.offset,
            len: self.len,
            reason,
            found: offset,
        };
        Ok((loads, Some(cut)))
    }

    /// Whether what is behind the damage allows for a cut; then the reason for it, more exactly.
    fn look_behind(
        &self,
        cut: u64,
        damage: u64,
        reason: Reason,
        rule: Rule,
    ) -> Result<Reason, Trouble> {
        let behind = search::search(&*self.file, cut, self.len);
        let behind = behind.map_err(|error| Trouble::io(self.name, error))?;
        match behind.synced {
            Some(synced) if rule == Rule::Strict => {
                Err(self.damage(damage, reason, Why::Synced(synced)))
            }
            _ if reason == Reason::Damaged && behind.ends_in_zeros => Ok(Reason::Zeros),
            _ => Ok(reason),
        }
    }

    fn scan(
        &self,
        len: u64,
        visit: &mut dyn FnMut(u64, &[&[u8]]) -> Result<(), String>,
    ) -> Result<Scan, Trouble> {
        scan(Decoder::new(&*self.file, 0..len), visit).map_err(|stop| match stop {
            Stop::Io(error) => Trouble::io(self.name, error),
            Stop::Refused(offset, text) => Trouble::at(self.name, offset, Kind::Refused(text)),
            Stop::Database(offset, name) => Trouble::at(self.name, offset, Kind::Database(name)),
        })
    }

    fn damage(&self, offset: u64, reason: Reason, why: Why) -> Trouble {
        Trouble::at(self.name, offset, Kind::Damage(reason, why))
    }
}
