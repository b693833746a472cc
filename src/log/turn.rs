//! Whose turn it is to write and to sync, and who waits for what.
//!
//! Two things are done to the file, each by one thread at a time: *writing*, by who has the [`Tail`], and *syncing*. Where
//! something is to be on disk, one thread takes both turns, and does it for all who wait; it gives the first back when it has
//! written, so that others can write while it syncs. Everything here is done under one lock, which nobody holds during either.
//!
//! Nobody sleeps for good, since the one who gives a turn back wakes
//!
//! - all whose wait is over by it;
//! - one of the threads that go on waiting, if both turns are free: it takes them. Tasks can't, so they have a thread in the
//!   background wait for them;
//! - all who were held up before they wrote, to look again.

use std::time::Instant;

use super::tail::Tail;
use super::wakes::{Wakes, Who};
use crate::error::LogFailure as Failure;
use crate::sync::Unparker;

pub(super) struct Turn {
    /// None while somebody writes.
    tail: Option<Tail>,
    syncing: bool,
    /// The thread that exchanges the file, or waits for its turn to do so. Nobody else takes one meanwhile.
    reserved: Option<Unparker>,
    /// Positions in the log: up to where everything was handed to the system, and up to where it is on disk.
    pub(super) written: u64,
    pub(super) durable: u64,
    /// How many bytes of the file are known to be on disk.
    pub(super) synced: u64,
    /// When the first byte came that was written and is not on disk. None where that is up to the system.
    pub(super) since: Option<Instant>,
    pub(super) ended: Option<Failure>,
    /// The disk had no room for what the tail has to write. It is tried again, and nothing more is taken until then.
    pub(super) full: Option<Failure>,
    /// Nothing more is taken, and what was appended is still brought to disk.
    is_ending: bool,
    is_shut: bool,
    /// By ascending tickets.
    waiting: Vec<Waiting>,
    tickets: u64,
    /// Threads that will look again.
    held: Vec<Unparker>,
    /// Up to where tasks, or nobody in particular, want everything on disk.
    wanted: u64,
}

struct Waiting {
    ticket: u64,
    position: u64,
    who: Who,
}

/// A place among those who wait, once it has been taken.
#[derive(Debug, Default)]
pub(crate) struct Ticket(Option<u64>);

impl Turn {
    pub(super) fn new(tail: Tail) -> Self {
        Self {
            synced: tail.len(),
            tail: Some(tail),
            syncing: false,
            reserved: None,
            written: 0,
            durable: 0,
            since: None,
            ended: None,
            full: None,
            is_ending: false,
            is_shut: false,
            waiting: Vec::new(),
            tickets: 0,
            held: Vec::new(),
            wanted: 0,
        }
    }

    /// Whether everything up to a position is on disk, or it is not known when it will be.
    pub(super) fn outcome(&self, position: u64) -> Option<Result<(), Failure>> {
        if position <= self.durable {
            return Some(Ok(()));
        }
        // What is in the file can be synced also where there is no room for more.
        let full = self.full.as_ref().filter(|_| position > self.written);
        self.ended.as_ref().or(full).copied().map(Err)
    }

    /// Why nothing more is taken.
    pub(super) fn refusal(&self) -> Option<&Failure> {
        self.failure().or(self.is_ending.then_some(&Failure::SHUT))
    }

    /// Why what was appended is not in the file.
    pub(super) fn failure(&self) -> Option<&Failure> {
        self.ended.as_ref().or(self.full.as_ref())
    }

    /// The same for what need not be on disk. Not known while a file is exchanged, since nothing is handed to the system then,
    /// and a kill would lose it; nor while the log is being shut down, since nobody writes or syncs after that.
    pub(super) fn outcome_unsynced(&self, position: u64) -> Option<Result<(), Failure>> {
        let is_kept = !self.is_ending && (position <= self.written || !self.is_reserved());
        self.outcome(position).or_else(|| is_kept.then_some(Ok(())))
    }

    /// Wants everything up to a position on disk, without waiting for it.
    pub(super) fn want(&mut self, position: u64) {
        self.wanted = self.wanted.max(position);
    }

    /// Up to where something is wanted on disk that can be brought there.
    pub(super) fn wanted(&self) -> Option<u64> {
        let most = if self.full.is_some() { self.written } else { u64::MAX };
        Some(self.wanted.min(most)).filter(|&wanted| wanted > self.durable)
    }

    pub(super) fn is_reserved(&self) -> bool {
        self.reserved.is_some()
    }

    /// The turn to write.
    pub(super) fn take_tail(&mut self) -> Option<Tail> {
        if self.is_reserved() { None } else { self.lend_tail() }
    }

    /// Both turns.
    pub(super) fn take_both(&mut self) -> Option<Tail> {
        if self.is_reserved() { None } else { self.lend_both() }
    }

    /// Both turns, and nobody else gets one until [`end_reservation`](Self::end_reservation). None if they are not free: the
    /// thread is woken when they are, or if somebody else has reserved them, when that one is done.
    pub(super) fn reserve(&mut self, thread: &Unparker, is_mine: &mut bool) -> Option<Tail> {
        if self.is_reserved() && !*is_mine {
            self.hold(thread.clone());
            return None;
        }
        *is_mine = true;
        self.reserved = Some(thread.clone());
        self.lend_both()
    }

    pub(super) fn end_reservation(&mut self) {
        self.reserved = None;
    }

    fn lend_both(&mut self) -> Option<Tail> {
        if self.syncing {
            return None;
        }
        let tail = self.lend_tail();
        self.syncing = tail.is_some();
        tail
    }

    pub(super) fn lend_tail(&mut self) -> Option<Tail> {
        let mut tail = self.tail.take()?;
        tail.set_synced(self.synced);
        Some(tail)
    }

    pub(super) fn give_tail_back(&mut self, tail: Tail) {
        self.tail = Some(tail);
    }

    pub(super) fn end_sync(&mut self) {
        self.syncing = false;
    }

    pub(super) fn is_shut(&self) -> bool {
        self.is_shut
    }

    /// What was appended can still be written and synced.
    pub(super) fn take_no_more(&mut self) {
        self.is_ending = true;
    }

    /// Nobody comes back from this.
    pub(super) fn shut(&mut self) {
        self.is_shut = true;
        self.end(Failure::SHUT);
    }

    /// The log goes on in another file, which makes up for what was appended up to a position.
    pub(super) fn go_on(&mut self, mut next: Tail, upto: u64) {
        next.set_reached(upto);
        self.synced = next.len();
        self.tail = Some(next);
        (self.written, self.durable, self.since, self.full) = (upto, upto, None, None);
        if !self.is_shut {
            self.ended = None;
        }
    }

    /// The log takes nothing more. The first reason stays.
    pub(super) fn end(&mut self, failure: Failure) {
        self.ended.get_or_insert(failure);
    }

    /// Takes a place, or keeps it. Returns what was there, to be dropped outside the lock.
    #[must_use]
    pub(super) fn enter(&mut self, ticket: &mut Ticket, position: u64, who: Who) -> Option<Who> {
        if let Some(place) = self.place(ticket) {
            return Some(std::mem::replace(&mut self.waiting[place].who, who));
        }
        self.tickets += 1;
        ticket.0 = Some(self.tickets);
        self.waiting.push(Waiting { ticket: self.tickets, position, who });
        None
    }

    /// Gives up a place. Returns what was there, to be dropped outside the lock.
    #[must_use]
    pub(super) fn leave(&mut self, ticket: &mut Ticket) -> Option<Who> {
        let place = self.place(ticket);
        ticket.0 = None;
        Some(self.waiting.remove(place?).who)
    }

    /// Those who were told that their wait is over have no place any more.
    fn place(&self, ticket: &Ticket) -> Option<usize> {
        let ticket = ticket.0?;
        self.waiting.binary_search_by_key(&ticket, |waiting| waiting.ticket).ok()
    }

    /// Has a thread woken when something has changed.
    pub(super) fn hold(&mut self, thread: Unparker) {
        self.held.push(thread);
    }

    /// How many wait for a position, and how many to look again.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    /// Whom to wake after something has changed, outside the lock.
    pub(super) fn wakes(&mut self) -> Wakes {
        let mut waiting = std::mem::take(&mut self.waiting);
        let over = waiting.extract_if(.., |one| self.outcome(one.position).is_some());
        let mut wakes: Wakes = over.map(|waiting| waiting.who).collect();
        self.waiting = waiting;
        wakes.threads.append(&mut self.held);
        wakes.first = self.next().cloned();
        wakes
    }

    /// Who goes on, if both turns are free.
    fn next(&self) -> Option<&Unparker> {
        if self.tail.is_none() || self.syncing {
            return None;
        }
        self.reserved.as_ref().or_else(|| {
            self.waiting.iter().find_map(|waiting| match &waiting.who {
                Who::Thread(thread) => Some(thread),
                Who::Task(_) => None,
            })
        })
    }
}
