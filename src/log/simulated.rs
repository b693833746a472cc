//! A disk in memory, for tests: it keeps the history of all that was done to it, fails when it is told to, and shows what a
//! crash at any moment may leave.
//!
//! No crash happens while a program runs. A program runs once, and [`Simulated::crashed`] makes of any beginning of the history
//! a disk as it may be found after the power was lost there. What that allows is in [`crash`].

mod crash;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[cfg(test)]
pub(crate) use self::crash::{Draw, Loss};
use super::storage::{Directory, File};

/// What a system calls an error of the device, and a disk that is full.
pub(crate) const EIO: i32 = 5;
pub(crate) const ENOSPC: i32 = 28;

/// A directory of files in memory. A clone is the same directory.
#[derive(Clone, Default)]
pub(crate) struct Simulated {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    hook: Mutex<Option<Arc<Hook>>>,
}

/// Is asked before each operation, with the name by which the file was opened (of the directory's own operations, none).
type Hook = dyn Fn(&str, &Action) -> Verdict + Send + Sync;

/// What happens to an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Verdict {
    Succeed,
    /// A write takes no more bytes than this, and says so. Anything else succeeds.
    Short(usize),
    /// The operation does nothing, and fails with this number of the system's.
    Fail(i32),
}

#[derive(Debug, Clone)]
pub(crate) enum Action {
    Names,
    Open,
    Len,
    Read,
    Create,
    Rename {
        to: String,
    },
    Remove,
    /// The directory's own, of the names.
    SyncNames,
    Write {
        offset: u64,
        bytes: Vec<u8>,
    },
    SetLen {
        len: u64,
    },
    Sync,
}

/// An operation that is over.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) action: Action,
    pub(crate) failed: bool,
    /// The file that the name stood for, or the next one to be made.
    file: usize,
    /// How many operations were over when it began. A sync has no say about what was written later.
    begun: usize,
}

/// The files by number, also those that have no name any more, and the names.
#[derive(Debug, Clone, Default)]
struct Contents {
    names: BTreeMap<String, usize>,
    files: Vec<Vec<u8>>,
}

#[derive(Debug, Default)]
struct State {
    now: Contents,
    /// What was there before the history began. All of it is on disk.
    before: Contents,
    history: Vec<Step>,
}

impl Action {
    /// Whether a crash can tell whether it has happened.
    pub(crate) fn changes(&self) -> bool {
        !matches!(self, Self::Names | Self::Open | Self::Len | Self::Read)
    }
}

impl Contents {
    fn apply(&mut self, name: &str, file: usize, action: &Action) -> io::Result<()> {
        let known = self.names.contains_key(name);
        match action {
            Action::Open | Action::Rename { .. } | Action::Remove if !known => {
                return Err(io::ErrorKind::NotFound.into());
            }
            Action::Create if known => return Err(io::ErrorKind::AlreadyExists.into()),
            Action::Create => {
                self.files.push(Vec::new());
                self.names.insert(name.to_owned(), file);
            }
            Action::Rename { to } => {
                self.names.remove(name);
                self.names.insert(to.clone(), file);
            }
            Action::Remove => {
                self.names.remove(name);
            }
            Action::Write { offset, bytes } => write(&mut self.files[file], *offset, bytes),
            Action::SetLen { len } => self.files[file].resize(index(*len), 0),
            // They read, or bring to disk what is there.
            _ => {}
        }
        Ok(())
    }
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).expect("a file of a test fits into memory")
}

/// Overwrites what is there, and fills what is missing before it with zeros.
fn write(file: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    let (begin, end) = (index(offset), index(offset) + bytes.len());
    if !bytes.is_empty() && file.len() < end {
        file.resize(end, 0);
    }
    if !bytes.is_empty() {
        file[begin..end].copy_from_slice(bytes);
    }
}

impl Simulated {
    /// A disk that holds these files, all of them synced.
    pub(crate) fn with<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Self {
        let mut contents = Contents::default();
        for (name, bytes) in files {
            contents.names.insert(name.to_owned(), contents.files.len());
            contents.files.push(bytes.to_owned());
        }
        Self::holding(contents)
    }

    fn holding(contents: Contents) -> Self {
        let disk = Self::default();
        *disk.state() = State { now: contents.clone(), before: contents, ..State::default() };
        disk
    }

    /// Asks this before each operation. It may block; no lock of the disk's is held.
    pub(crate) fn hook(&self, hook: impl Fn(&str, &Action) -> Verdict + Send + Sync + 'static) {
        let hook: Arc<Hook> = Arc::new(hook);
        *lock(&self.shared.hook) = Some(hook);
    }

    /// From now on all succeeds.
    pub(crate) fn unhook(&self) {
        *lock(&self.shared.hook) = None;
    }

    /// How many operations are over, those that failed or only read among them.
    pub(crate) fn steps(&self) -> usize {
        self.state().history.len()
    }

    pub(crate) fn history(&self) -> Vec<Step> {
        self.state().history.clone()
    }

    /// All files by name, as they can be read now.
    pub(crate) fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.state();
        let names = state.now.names.iter();
        names.map(|(name, &file)| (name.clone(), state.now.files[file].clone())).collect()
    }

    pub(crate) fn file(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        state.now.names.get(name).map(|&file| state.now.files[file].clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.shared.state)
    }

    /// Does an operation, and says on which file, and how many bytes it wrote.
    fn perform(
        &self,
        name: &str,
        handle: Option<usize>,
        mut action: Action,
    ) -> io::Result<(usize, usize)> {
        let begun = self.steps();
        let hook = lock(&self.shared.hook).clone();
        let verdict = hook.map_or(Verdict::Succeed, |hook| hook(name, &action));
        if let (Verdict::Short(most), Action::Write { bytes, .. }) = (verdict, &mut action) {
            bytes.truncate(most);
        }
        let written = if let Action::Write { bytes, .. } = &action { bytes.len() } else { 0 };
        let mut state = self.state();
        let State { now, history, .. } = &mut *state;
        let file = handle.or_else(|| now.names.get(name).copied()).unwrap_or(now.files.len());
        let done = match verdict {
            Verdict::Fail(number) => Err(io::Error::from_raw_os_error(number)),
            Verdict::Succeed | Verdict::Short(_) => now.apply(name, file, &action),
        };
        history.push(Step { name: name.to_owned(), action, failed: done.is_err(), file, begun });
        done.map(|()| (file, written))
    }

    fn handle(&self, name: &str, action: Action) -> io::Result<Box<dyn File>> {
        let (file, _) = self.perform(name, None, action)?;
        Ok(Box::new(Handle { disk: self.clone(), name: name.to_owned(), file }))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A test that panics elsewhere is the one to be heard.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Directory for Simulated {
    fn names(&self) -> io::Result<Vec<String>> {
        self.perform("", None, Action::Names)?;
        Ok(self.state().now.names.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.handle(name, Action::Open)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        self.handle(name, Action::Create)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.perform(from, None, Action::Rename { to: to.to_owned() }).map(drop)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.perform(name, None, Action::Remove).map(drop)
    }

    fn sync(&self) -> io::Result<()> {
        self.perform("", None, Action::SyncNames).map(drop)
    }
}

/// An open file, which stays the same under any name or none.
struct Handle {
    disk: Simulated,
    name: String,
    file: usize,
}

impl Handle {
    fn perform(&self, action: Action) -> io::Result<usize> {
        let (_, written) = self.disk.perform(&self.name, Some(self.file), action)?;
        Ok(written)
    }
}

impl File for Handle {
    fn len(&self) -> io::Result<u64> {
        self.perform(Action::Len)?;
        Ok(self.disk.state().now.files[self.file].len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.perform(Action::Read)?;
        let state = self.disk.state();
        let rest = state.now.files[self.file].get(index(offset)..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, offset: u64, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let bytes = parts.iter().flat_map(|part| part.iter().copied()).collect();
        self.perform(Action::Write { offset, bytes })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.perform(Action::SetLen { len }).map(drop)
    }

    fn sync(&self) -> io::Result<()> {
        self.perform(Action::Sync).map(drop)
    }
}
