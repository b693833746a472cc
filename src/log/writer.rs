//! The log as those see it who write: append under the locks, settle outside them.
//!
//! A commit calls, in this order,
//!
//! 1. [`admit`](Writer::admit), before it takes a lock: whether anything may be written, which waits where the disk is far behind;
//! 2. [`append`](Writer::append), under its locks: this is its place in the order of all commits;
//! 3. [`settle`](Writer::settle) or [`poll_settled`](Writer::poll_settled), without a lock: returns when what the user asked for
//!    is kept, which with [`Fsync::Always`] is that everything up to there is on disk.
//!
//! A sync that fails ends the log: nothing more is taken until it goes on in another file. A disk that is full does not. Who was
//! in a commit is told at once, and does not know then whether it is kept; others are refused. The thread in the background tries
//! to write the same again until there is room, and then everything is as before, and what was in doubt is kept.
//!
//! Nothing is known here of what is appended.

use std::fmt;
use std::io;
use std::ops::Deref;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::background::Background;
use super::batch::Part;
use super::buffer::{Bounds, Buffer, Position};
use super::claim::Claim;
use super::home::{Home, Lists};
use super::options::{Fsync, LogOptions};
use super::seat::seated;
use super::size::Size;
use super::storage::File;
use super::tail::{NotWritten, Tail, Written};
use super::turn::{Ticket, Turn};
use super::wakes::Who;
use crate::error::LogFailure as Failure;
use crate::sync::{Mutex, MutexGuard};

/// How long what was written may not be on disk, or not with the system, until writers wait.
const PATIENCE: Duration = Duration::from_secs(2);

/// The handle of a store: when it goes, the log is shut down.
pub(crate) struct Log {
    writer: Arc<Writer>,
    /// None where the log is one file.
    home: Option<Home>,
}

/// What the store and the threads in the background share.
pub(crate) struct Writer {
    /// For the threads that it starts.
    pub(super) me: Weak<Self>,
    pub(super) buffer: Buffer,
    pub(super) turn: Mutex<Turn>,
    pub(super) fsync: Fsync,
    pub(super) flusher: Background,
    pub(super) syncer: Background,
    /// The process that opened the log.
    process: AtomicU32,
    claim: Mutex<Option<Claim>>,
    pub(crate) size: Size,
    /// What is done when a sync has failed.
    doubt: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl Log {
    /// Goes on in a file that has `len` bytes, all of them on disk.
    pub(crate) fn open(
        file: Box<dyn File>,
        len: u64,
        options: &LogOptions,
        claim: Option<Claim>,
    ) -> Self {
        let bounds = Bounds { bytes: options.bound() as u64, time: PATIENCE };
        let tail = Tail::new(file, len).growing_by(options.growth());
        Self::with(tail, options.when_to_sync(), bounds, claim)
    }

    pub(super) fn with(tail: Tail, fsync: Fsync, bounds: Bounds, claim: Option<Claim>) -> Self {
        let writer = Arc::new_cyclic(|me| Writer {
            me: Weak::clone(me),
            buffer: Buffer::new(bounds),
            turn: Mutex::new(Turn::new(tail)),
            fsync,
            flusher: Background::new(),
            syncer: Background::new(),
            process: AtomicU32::new(process::id()),
            claim: Mutex::new(claim),
            size: Size::default(),
            doubt: OnceLock::new(),
        });
        Self { writer, home: None }
    }

    /// The same in a directory, where it can be rewritten.
    pub(crate) fn at(mut self, home: Home, options: &LogOptions) -> Self {
        let (before, last, base) = home.sizes();
        self.writer.size.begin(before, last, base, options);
        // It is said once.
        let _ = self.writer.doubt.set(Box::new(home.doubt()));
        self.home = Some(home);
        self
    }

    pub(crate) fn home(&self) -> Option<&Home> {
        self.home.as_ref()
    }

    /// Rewrites the log as a base of all lists, in the place of all files.
    pub(crate) fn rewrite(&self, lists: &dyn Lists) -> Result<(), Failure> {
        self.refuse_after_fork()?;
        self.home.as_ref().map_or(Ok(()), |home| home.rewrite(&self.writer, lists))
    }

    /// Brings everything to disk, ends the threads in the background and gives up the directory. Nothing is taken from then on.
    pub(crate) fn shutdown(&self) -> Result<(), Failure> {
        if self.is_in_a_child() {
            return Ok(());
        }
        self.size.end();
        self.home.iter().for_each(Home::shut);
        self.writer.shutdown()
    }
}

impl Deref for Log {
    type Target = Arc<Writer>;

    fn deref(&self) -> &Arc<Writer> {
        &self.writer
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("fsync", &self.fsync).finish_non_exhaustive()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.shutdown();
    }
}

impl Writer {
    /// Whether a command may write. Waits where the disk is too far behind with what was written before.
    #[inline]
    pub(crate) fn admit(&self) -> Result<(), Failure> {
        if self.buffer.needs_caution() { self.admit_with_caution() } else { Ok(()) }
    }

    /// The same under locks: never waits, and does not look whether the disk is behind.
    #[inline]
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.buffer.needs_caution() { self.check_with_caution() } else { Ok(()) }
    }

    /// Whether [`admit`](Self::admit) looks closer.
    #[inline]
    pub(crate) fn needs_caution(&self) -> bool {
        self.buffer.needs_caution()
    }

    /// Whether [`admit`](Self::admit) would wait for the disk.
    pub(crate) fn is_behind(&self) -> bool {
        self.buffer.needs_caution() && (self.buffer.is_behind() || self.is_late(&self.turn.lock()))
    }

    /// Appends what one commit has to say, as one piece.
    #[inline]
    pub(crate) fn append<'p>(&self, parts: impl IntoIterator<Item = Part<'p>>) -> Position {
        self.buffer.append(parts)
    }

    pub(crate) fn when_to_sync(&self) -> Fsync {
        self.fsync
    }

    /// How many bytes wait to be handed to the system.
    pub(crate) fn buffered(&self) -> u64 {
        self.buffer.len()
    }

    /// The same where that is one piece, which is written under the log's lock: of at most that many bytes.
    #[inline]
    pub(crate) fn append_written(&self, most: usize, write: impl FnOnce(&mut Vec<u8>)) -> Position {
        self.buffer.append_written(most, write)
    }

    /// Behind all that was appended.
    pub(crate) fn end(&self) -> Position {
        self.buffer.end()
    }

    /// Makes sure of what was promised for everything up to a position.
    ///
    /// # Errors
    ///
    /// The log has failed: whether this is kept is not known until the log is opened again.
    #[inline]
    pub(crate) fn settle(&self, position: Position) -> Result<(), Failure> {
        if self.fsync == Fsync::Always {
            return self.wait_until_durable(position.0);
        }
        self.nudge_flusher();
        if self.buffer.needs_caution() { self.settle_with_caution(position.0) } else { Ok(()) }
    }

    /// The same for a task, whose waker is woken when it is to ask again. Never waits.
    pub(crate) fn poll_settled(
        &self,
        position: Position,
        ticket: &mut Ticket,
        waker: &Waker,
    ) -> Poll<Result<(), Failure>> {
        if self.fsync == Fsync::Always {
            return self.poll_synced(position, ticket, waker);
        }
        self.nudge_flusher();
        if !self.buffer.needs_caution() {
            return Poll::Ready(Ok(()));
        }
        self.refuse_after_fork()?;
        let known = self.turn.lock().outcome_unsynced(position.0);
        known.map_or_else(|| self.poll_synced(position, ticket, waker), Poll::Ready)
    }

    /// Makes sure of it in the background, for nobody who waits.
    pub(crate) fn settle_later(&self, position: Position) {
        if self.fsync == Fsync::Always {
            self.turn.lock().want(position.0);
            self.nudge_syncer();
        } else {
            self.nudge_flusher();
        }
    }

    /// Returns when everything that was appended before is on disk, whatever was promised.
    pub(crate) fn sync(&self) -> Result<(), Failure> {
        self.sync_upto(self.buffer.end())
    }

    /// What comes before waiting for the disk by request. Takes no lock in a child, where nobody may give it up.
    fn begin_barrier(&self) -> Result<(), Failure> {
        self.refuse_after_fork()?;
        if self.buffer.needs_caution() {
            self.try_again();
        }
        Ok(())
    }

    /// Where the disk was full, it may have room by now.
    fn try_again(&self) {
        seated(|seat| {
            loop {
                let mut turn = self.turn.lock();
                if turn.ended.is_some() || turn.full.is_none() {
                    return;
                }
                if let Some(tail) = turn.take_tail() {
                    drop(turn);
                    // How it went is found by who asks next.
                    self.write(tail);
                    return;
                }
                turn.hold(seat.unparker().clone());
                drop(turn);
                seat.park();
            }
        });
    }

    /// Returns when everything up to a position is on disk, whatever was promised.
    pub(crate) fn sync_upto(&self, position: Position) -> Result<(), Failure> {
        self.begin_barrier()?;
        self.wait_until_durable(position.0)
    }

    /// The same until a deadline at most. False if that came first. The thread in the background syncs, because one that syncs
    /// cannot stop at a deadline.
    pub(crate) fn sync_until(
        &self,
        position: Position,
        deadline: Instant,
    ) -> Result<bool, Failure> {
        self.begin_barrier()?;
        let mut ticket = Ticket::default();
        seated(|seat| {
            let waker = Waker::from(Arc::new(seat.unparker().clone()));
            loop {
                if let Poll::Ready(outcome) = self.poll_synced(position, &mut ticket, &waker) {
                    return outcome.map(|()| true);
                }
                if Instant::now() >= deadline {
                    let _left = self.turn.lock().leave(&mut ticket);
                    return Ok(false);
                }
                seat.park_deadline(deadline);
            }
        })
    }

    /// Whether everything up to a position is on disk. If not, the waker is woken when it is.
    pub(crate) fn poll_synced(
        &self,
        Position(position): Position,
        ticket: &mut Ticket,
        waker: &Waker,
    ) -> Poll<Result<(), Failure>> {
        self.refuse_after_fork()?;
        // Cloned before the lock and dropped behind it: it is the caller's code.
        let task = Who::Task(waker.clone());
        let mut turn = self.turn.lock();
        if let Some(outcome) = turn.outcome(position) {
            let _left = turn.leave(ticket);
            drop(turn);
            return Poll::Ready(outcome);
        }
        let _before = turn.enter(ticket, position, task);
        turn.want(position);
        drop(turn);
        self.nudge_syncer();
        Poll::Pending
    }

    /// Refuses from here on who [checks](Self::check) under a lock. What was appended can still be brought to disk.
    pub(crate) fn take_no_more(&self) {
        // The locks may be held by threads that a child does not have.
        if self.is_in_a_child() {
            return;
        }
        let mut turn = self.turn.lock();
        turn.take_no_more();
        self.buffer.call_for_caution();
    }

    /// Brings everything to disk, ends the threads in the background and gives up the directory. Nothing is taken from then on.
    pub(crate) fn shutdown(&self) -> Result<(), Failure> {
        // The locks may be held by threads that a child does not have.
        if self.is_in_a_child() {
            return Ok(());
        }
        self.take_no_more();
        let synced = self.sync();
        let ended = self.end_file();
        self.flusher.stop();
        self.syncer.stop();
        drop(self.claim.lock().take());
        synced.and(ended)
    }

    /// Has the file end with what was written, and shuts the log before anybody can write more. Others may still append: what
    /// expires, and what dropped futures give back.
    fn end_file(&self) -> Result<(), Failure> {
        // The log is shut already, and its file ended.
        let Ok((mut tail, has_failed)) = self.reserve() else { return Ok(()) };
        let outcome = if has_failed { Ok(()) } else { tail.end() };
        let mut turn = self.turn.lock();
        turn.give_tail_back(tail);
        turn.end_sync();
        turn.end_reservation();
        turn.shut();
        self.give_way(turn);
        outcome.map_err(|error| Failure::from(&error))
    }

    #[cold]
    fn check_with_caution(&self) -> Result<(), Failure> {
        self.refuse_after_fork()?;
        self.turn.lock().refusal().map_or(Ok(()), |failure| Err(*failure))
    }

    #[cold]
    fn admit_with_caution(&self) -> Result<(), Failure> {
        self.refuse_after_fork()?;
        seated(|seat| {
            loop {
                let mut turn = self.turn.lock();
                if let Some(failure) = turn.refusal() {
                    return Err(*failure);
                }
                let is_behind = self.buffer.is_behind();
                if !is_behind && !self.is_late(&turn) {
                    return Ok(());
                }
                // It does what it waits for itself, if nobody else does.
                let tail = if is_behind { turn.take_tail() } else { turn.take_both() };
                match tail {
                    Some(tail) if is_behind => {
                        drop(turn);
                        // If it fails, that is found in the next round.
                        self.write(tail);
                    }
                    Some(tail) => {
                        drop(turn);
                        self.commit(tail);
                    }
                    None => {
                        turn.hold(seat.unparker().clone());
                        drop(turn);
                        seat.park();
                    }
                }
            }
        })
    }

    #[cold]
    fn settle_with_caution(&self, position: u64) -> Result<(), Failure> {
        self.refuse_after_fork()?;
        seated(|seat| {
            loop {
                let mut turn = self.turn.lock();
                if let Some(outcome) = turn.outcome_unsynced(position) {
                    return outcome;
                }
                turn.hold(seat.unparker().clone());
                drop(turn);
                seat.park();
            }
        })
    }

    /// Waits in this thread, or does it for all.
    pub(super) fn wait_until_durable(&self, position: u64) -> Result<(), Failure> {
        self.refuse_after_fork()?;
        let mut ticket = Ticket::default();
        seated(|seat| {
            loop {
                let mut turn = self.turn.lock();
                if let Some(outcome) = turn.outcome(position) {
                    let _left = turn.leave(&mut ticket);
                    return outcome;
                }
                if let Some(tail) = turn.take_both() {
                    let _left = turn.leave(&mut ticket);
                    drop(turn);
                    self.commit(tail);
                } else {
                    let thread = Who::Thread(seat.unparker().clone());
                    let _before = turn.enter(&mut ticket, position, thread);
                    drop(turn);
                    seat.park();
                }
            }
        })
    }

    /// Both turns: writes what there is, and brings to disk what was written.
    fn commit(&self, tail: Tail) {
        let begun = Instant::now();
        match self.write(tail) {
            Some(written) if written.is_new => {
                let outcome = written.file.sync();
                self.end_sync(&written, begun, outcome);
            }
            _ => {
                let mut turn = self.turn.lock();
                turn.end_sync();
                self.give_way(turn);
            }
        }
    }

    /// The turn to write. Says how much of the log the file has, unless that is not known any more.
    pub(super) fn write(&self, mut tail: Tail) -> Option<Written> {
        let outcome = if self.is_in_a_child() {
            Err(NotWritten::Broken(Failure::FORKED.into()))
        } else {
            tail.fill(&self.buffer);
            tail.write()
        };
        let written = tail.written();
        let mut turn = self.turn.lock();
        let is_first = turn.since.is_none() && written.upto > turn.durable;
        let was_full = turn.full.is_some();
        self.note_written(&mut turn, &tail, &outcome);
        turn.give_tail_back(tail);
        let is_full = turn.full.is_some();
        if was_full && !is_full && self.fsync == Fsync::Always {
            // Nobody waits for what was in doubt.
            turn.want(self.buffer.end().0);
        }
        self.give_way(turn);
        if is_first && self.fsync == Fsync::EverySecond {
            self.nudge_syncer();
        }
        match (was_full, is_full) {
            (false, true) => self.nudge_flusher(),
            (true, false) => self.have_caught_up(),
            _ => {}
        }
        (!matches!(outcome, Err(NotWritten::Broken(_)))).then_some(written)
    }

    /// Tells the threads in the background that what they could not do can be done.
    pub(super) fn have_caught_up(&self) {
        self.flusher.hurry();
        if !self.buffer.is_empty() && self.fsync != Fsync::Always {
            self.nudge_flusher();
        }
        let wants_more = self.turn.lock().wanted().is_some();
        if wants_more {
            self.nudge_syncer();
        }
    }

    fn note_written(&self, turn: &mut Turn, tail: &Tail, outcome: &Result<(), NotWritten>) {
        turn.written = tail.reached();
        self.size.note(tail.len());
        match outcome {
            Ok(()) => turn.full = None,
            Err(NotWritten::Full(error)) => turn.full = Some(Failure::from(error)),
            Err(NotWritten::Broken(error)) => turn.end(Failure::from(error)),
        }
        if self.fsync != Fsync::Never && turn.written > turn.durable && turn.since.is_none() {
            turn.since = tail.began();
        }
    }

    /// A sync that failed is not tried again: the system may have forgotten what it could not write, and would call the next one
    /// a success.
    fn end_sync(&self, written: &Written, begun: Instant, outcome: io::Result<()>) {
        if outcome.is_err() {
            self.be_in_doubt();
        }
        let mut turn = self.turn.lock();
        turn.end_sync();
        match outcome {
            Ok(()) => {
                turn.durable = written.upto;
                turn.synced = written.len;
                let has_more = turn.written > turn.durable && self.fsync != Fsync::Never;
                turn.since = has_more.then_some(begun);
            }
            Err(error) => turn.end(Failure::from(&error)),
        }
        self.give_way(turn);
    }

    /// Before anybody is told that a sync has failed.
    pub(super) fn be_in_doubt(&self) {
        self.doubt.get().into_iter().for_each(|note| note());
    }

    /// Lets others know that something has changed, and go on.
    pub(super) fn give_way(&self, mut turn: MutexGuard<'_, Turn>) {
        let wakes = turn.wakes();
        let caution = turn.refusal().is_some() || turn.is_reserved() || self.is_late(&turn);
        self.buffer.note(turn.written, caution);
        drop(turn);
        wakes.wake();
    }

    /// Whether what was written has not been on disk for too long.
    pub(super) fn is_late(&self, turn: &Turn) -> bool {
        turn.since.is_some_and(|since| since.elapsed() > self.buffer.bounds().time)
    }

    fn is_in_a_child(&self) -> bool {
        self.process.load(Ordering::Relaxed) != process::id()
    }

    /// How many wait for something to be on disk.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.turn.lock().waiting()
    }

    /// Makes this process another one than the one that opened the log, or the same again.
    #[cfg(test)]
    pub(super) fn fork(&self, process: u32) {
        self.process.store(process, Ordering::Relaxed);
    }

    /// The threads that wait and write are in the other process, so nobody may wait for them.
    pub(super) fn refuse_after_fork(&self) -> Result<(), Failure> {
        if !self.is_in_a_child() {
            return Ok(());
        }
        // Without a lock: one that another thread had at the fork is never given up.
        self.buffer.call_for_caution();
        Err(Failure::FORKED)
    }
}
