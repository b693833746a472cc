//! The directory that a log lives in: which files there are, and how they are rewritten.
//!
//! A rewriting makes a new base beside those who write: [`Lists`] put all that there is into a [`Draft`], piece by piece, and what is
//! changed meanwhile behind it, as far as it concerns what is in the draft already. When it holds everything, the log
//! [rotates](super::rotation): at one moment all lists are in the draft as they are, and what comes after goes to a new increment. The
//! manifest names these two files from then on, and the old ones go. Until the manifest is renamed, it names the old files, to
//! which everything was written as well; so a crash at any point leaves a directory that loads.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use super::batch::Part;
use super::buffer::{Bounds, Buffer};
use super::checksum;
use super::manifest::{self, Entry, Manifest};
use super::recovery::{DOUBT, Recovered, Recovery};
use super::storage::{Directory, File};
use super::tail::Tail;
use super::writer::Writer;
use crate::error::LogFailure;
use crate::sync::Mutex;

/// How much of the draft is in memory before it is written.
const PIECE: u64 = 256 * 1024;

/// The lists of a store, as they are asked for all that there is.
pub(crate) trait Lists {
    /// Has everything put into a draft from now on. False if that is being done.
    fn begin(&self, draft: &Arc<Draft>) -> bool;

    /// Puts a piece more of it there. False if there is nothing left at this moment.
    fn more(&self) -> bool;

    /// If nothing is left, calls this while nobody changes anything, and has no more put there. False if something is.
    fn end(&self, cut: &mut dyn FnMut()) -> bool;

    /// Has no more put there.
    fn abandon(&self);

    /// Whether there is still somebody who could use it.
    fn is_needed(&self) -> bool;
}

/// What is put into a base until it is written.
#[derive(Debug)]
pub(crate) struct Draft(Buffer);

impl Draft {
    fn new() -> Self {
        Self(Buffer::new(Bounds { bytes: u64::MAX, time: Duration::MAX }))
    }

    /// Puts commands there, under the locks of what they say.
    pub(crate) fn append(&self, commands: &mut dyn Iterator<Item = Part<'_>>) {
        self.0.append(commands);
    }
}

/// The files of a log.
pub(crate) struct Home {
    directory: Arc<dyn Directory>,
    recovery: Recovery,
    /// Held by who rewrites the log.
    files: Mutex<Files>,
    is_shut: AtomicBool,
    status: Mutex<Status>,
}

#[derive(Debug)]
struct Files {
    manifest: Manifest,
    next_base: u64,
    next_increment: u64,
    /// The bytes of all files before the last one, of that, and of the base.
    sizes: (u64, u64, u64),
    /// Which may be named by the manifest on disk, as it is not known which one that is.
    doubtful: Vec<String>,
}

/// How it went with the rewritings.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Status {
    pub(crate) is_running: bool,
    /// The last one that ended.
    pub(crate) has_failed: bool,
    /// The last one that succeeded, and how long it took.
    pub(crate) last: Option<(SystemTime, Duration)>,
}

impl Home {
    pub(crate) fn new(
        directory: Box<dyn Directory>,
        recovered: Recovered,
        recovery: Recovery,
    ) -> Self {
        let last = recovered.increment().map_or(0, |increment| increment.len);
        let sizes = (recovered.bytes() - last, last, recovered.base_len());
        let Recovered { manifest, next_base, next_increment, .. } = recovered;
        Self {
            directory: Arc::from(directory),
            recovery,
            files: Mutex::new(Files {
                manifest,
                next_base,
                next_increment,
                sizes,
                doubtful: Vec::new(),
            }),
            is_shut: AtomicBool::new(false),
            status: Mutex::new(Status::default()),
        }
    }

    pub(crate) fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Notes that a sync has failed, for the next process: the system that fails to write something may call it written, and
    /// shows it as if it were. If this fails as well, there is nothing more to be done.
    pub(super) fn doubt(&self) -> impl Fn() + Send + Sync + 'static {
        let directory = Arc::clone(&self.directory);
        move || drop(directory.create(DOUBT))
    }

    pub(super) fn sizes(&self) -> (u64, u64, u64) {
        self.files.lock().sizes
    }

    pub(crate) fn status(&self) -> Status {
        *self.status.lock()
    }

    /// Has a rewriting given up, and waits until it is. None begins after it.
    pub(super) fn shut(&self) {
        self.is_shut.store(true, Ordering::Release);
        drop(self.files.lock());
    }

    /// Writes a base of all lists, in the place of all files. One at a time.
    ///
    /// # Errors
    ///
    /// The files are what they were; except where the manifest could not be put in its place: then the log has failed.
    pub(super) fn rewrite(&self, writer: &Writer, lists: &dyn Lists) -> Result<(), LogFailure> {
        let mut files = self.files.lock();
        let begun = Instant::now();
        self.status.lock().is_running = true;
        let outcome = Rewriting::begin(self, &mut files, writer, lists).and_then(Rewriting::run);
        let mut status = self.status.lock();
        status.is_running = false;
        status.has_failed = outcome.is_err();
        if outcome.is_ok() {
            status.last = Some((SystemTime::now(), begun.elapsed()));
        }
        outcome.map_err(|error| LogFailure::from(&error))
    }

    fn refuse_when_shut(&self) -> io::Result<()> {
        if self.is_shut.load(Ordering::Acquire) { Err(LogFailure::SHUT.into()) } else { Ok(()) }
    }

    /// Makes a file, in the place of one that an earlier attempt may have left.
    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        match self.directory.remove(name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.directory.create(name)
    }

    /// What is left of a file that is not the log's harms nobody.
    fn remove(&self, name: &str) {
        let _ = self.directory.remove(name);
    }
}

/// A rewriting under way. Dropped before it is over, it leaves nothing behind.
struct Rewriting<'r> {
    home: &'r Home,
    files: &'r mut Files,
    writer: &'r Writer,
    lists: &'r dyn Lists,
    draft: Arc<Draft>,
    base: Entry,
    tail: Tail,
    next: Entry,
    stage: Stage,
}

/// How far a rewriting has come, which says what is to be tidied up where it ends.
#[derive(Debug, Clone, Copy)]
enum Stage {
    /// The lists put all that there is into the draft.
    Filling,
    /// The draft has everything.
    Cut,
    /// There may be a manifest that names the new files.
    Publishing,
    /// There is, and it is known to be on disk.
    Over,
}

impl<'r> Rewriting<'r> {
    fn begin(
        home: &'r Home,
        files: &'r mut Files,
        writer: &'r Writer,
        lists: &'r dyn Lists,
    ) -> io::Result<Self> {
        let (base, next) = (files.next_base, files.next_increment);
        let base = Entry { name: manifest::base_name(base), seq: base };
        let next = Entry { name: manifest::increment_name(next), seq: next };
        home.refuse_when_shut()?;
        let tail = Tail::begin(home.create(&base.name)?, &checksum::opening())?;
        let draft = Arc::new(Draft::new());
        if !lists.begin(&draft) {
            home.remove(&base.name);
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        Ok(Self { home, files, writer, lists, draft, base, tail, next, stage: Stage::Filling })
    }

    fn run(mut self) -> io::Result<()> {
        self.fill()?;
        // The greater part is on disk before anybody has to wait for the rest.
        self.tail.sync()?;
        self.fill()?;
        let (home, writer) = (self.home, self.writer);
        let opening = checksum::opening();
        let next = home.create(&self.next.name)?;
        let manifest = Manifest {
            base: Some(self.base.clone()),
            increments: vec![self.next.clone()],
            history: Vec::new(),
        };
        // Others wait from here on, so as much as can be is done before.
        manifest.prepare(&*home.directory)?;
        let mut rotation = writer.rotate(next, &opening)?;
        while !self.lists.end(&mut || _ = rotation.cut()) {
            self.fill()?;
        }
        self.stage = Stage::Cut;
        self.write()?;
        self.tail.sync()?;
        // If this fails, the manifest on disk may be this one.
        (self.files.next_base, self.files.next_increment) = (self.base.seq + 1, self.next.seq + 1);
        let stage = &mut self.stage;
        rotation.switch(|_| {
            *stage = Stage::Publishing;
            manifest::publish(&*home.directory)
        })?;
        writer.size.go_on(self.tail.len(), opening.len() as u64, self.tail.len());
        let former = std::mem::replace(&mut self.files.manifest, manifest);
        former.files().for_each(|entry| home.remove(&entry.name));
        self.files.doubtful.drain(..).for_each(|name| home.remove(&name));
        home.remove(DOUBT);
        self.stage = Stage::Over;
        Ok(())
    }

    /// Writes as much as there is.
    fn fill(&mut self) -> io::Result<()> {
        loop {
            self.home.refuse_when_shut()?;
            if !self.lists.is_needed() {
                return Err(LogFailure::SHUT.into());
            }
            let mut has_more = true;
            while has_more && self.draft.0.len() < PIECE {
                has_more = self.lists.more();
            }
            self.write()?;
            if !has_more {
                return Ok(());
            }
        }
    }

    fn write(&mut self) -> io::Result<()> {
        self.tail.fill(&self.draft.0);
        Ok(self.tail.write()?)
    }
}

impl Drop for Rewriting<'_> {
    fn drop(&mut self) {
        let names = [&self.next.name, &self.base.name];
        match self.stage {
            Stage::Filling | Stage::Cut => {
                if let Stage::Filling = self.stage {
                    self.lists.abandon();
                }
                for name in names {
                    self.home.remove(name);
                }
                self.home.remove(manifest::TEMPORARY);
            }
            Stage::Publishing => self.files.doubtful.extend(names.map(String::clone)),
            Stage::Over => {}
        }
    }
}

impl fmt::Debug for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Home").field("files", &self.files).finish_non_exhaustive()
    }
}
