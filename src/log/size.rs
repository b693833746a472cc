//! How large a log is, and who is told when it has grown too large.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::options::LogOptions;
use crate::sync::Mutex;

/// In bytes. The numbers are looked at one by one, and may be of different moments.
#[derive(Debug, Default)]
pub(crate) struct Size {
    /// All files before the last one.
    before: AtomicU64,
    last: AtomicU64,
    /// What it was when it was last rewritten.
    base: AtomicU64,
    options: OnceLock<LogOptions>,
    rewriter: OnceLock<Thread>,
    is_wanted: AtomicBool,
    is_over: AtomicBool,
    /// Whether who rewrites it has a handle on the store.
    is_held: Mutex<bool>,
}

impl Size {
    /// Of files that were found.
    pub(super) fn begin(&self, before: u64, last: u64, base: u64, options: &LogOptions) {
        self.go_on(before, last, base);
        // It is said once, when the log is opened.
        let _ = self.options.set(options.clone());
    }

    /// The files are others now.
    pub(super) fn go_on(&self, before: u64, last: u64, base: u64) {
        self.before.store(before, Ordering::Relaxed);
        self.last.store(last, Ordering::Relaxed);
        self.base.store(base, Ordering::Relaxed);
    }

    /// The last file was written to.
    pub(super) fn note(&self, last: u64) {
        self.last.store(last, Ordering::Relaxed);
        if self.is_due() {
            self.want();
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.before.load(Ordering::Relaxed) + self.last.load(Ordering::Relaxed)
    }

    pub(crate) fn base(&self) -> u64 {
        self.base.load(Ordering::Relaxed)
    }

    pub(crate) fn is_due(&self) -> bool {
        self.options.get().is_some_and(|options| options.is_rewrite_due(self.total(), self.base()))
    }

    /// Whom to wake when it is to be rewritten.
    pub(crate) fn tell(&self, rewriter: Thread) {
        // There is one.
        let _ = self.rewriter.set(rewriter);
    }

    /// Has it rewritten in the background. False if that was wanted before.
    pub(crate) fn want(&self) -> bool {
        let is_new =
            !self.is_wanted.load(Ordering::Relaxed) && !self.is_wanted.swap(true, Ordering::AcqRel);
        if is_new {
            self.rewriter.get().iter().for_each(|thread| thread.unpark());
        }
        is_new
    }

    /// In the thread that rewrites it: sleeps until that is wanted. False when it will not be any more.
    pub(crate) fn wait_until_wanted(&self) -> bool {
        loop {
            if self.is_over.load(Ordering::Acquire) {
                return false;
            }
            if self.is_wanted.load(Ordering::Acquire) {
                return true;
            }
            thread::park();
        }
    }

    /// In that thread: sleeps for this long, or until there is nothing more to do.
    pub(crate) fn wait_for(&self, pause: Duration) {
        let end = Instant::now() + pause;
        while !self.is_over.load(Ordering::Acquire) {
            let now = Instant::now();
            if now >= end {
                return;
            }
            thread::park_timeout(end - now);
        }
    }

    /// It was rewritten, or that has failed. It may be due again.
    pub(crate) fn is_done(&self) {
        self.is_wanted.store(false, Ordering::Release);
        if self.is_due() {
            self.want();
        }
    }

    /// Takes a handle on the store, for as long as it is rewritten.
    pub(crate) fn hold<T>(&self, take: impl FnOnce() -> Option<T>) -> Option<T> {
        let mut is_held = self.is_held.lock();
        let taken = take();
        *is_held = taken.is_some();
        taken
    }

    /// Gives it up.
    pub(crate) fn let_go<T>(&self, taken: T) {
        let mut is_held = self.is_held.lock();
        drop(taken);
        *is_held = false;
    }

    pub(crate) fn is_held(&self) -> bool {
        *self.is_held.lock()
    }

    /// It will not be rewritten any more.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        self.rewriter.get().iter().for_each(|thread| thread.unpark());
    }
}
