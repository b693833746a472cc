//! A thread that starts when there is first something for it to do, and sleeps while there is nothing.

use std::io;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};

use crate::sync::{AtomicBool, Mutex, Parker, Unparker};

#[derive(Debug)]
pub(super) struct Background {
    /// Whether it sleeps, or has not started, and so has to be told that there is something to do. It is set *before* the thread
    /// looks whether there is, under the lock under which others add it, and they look at this afterwards: who comes too late for
    /// the thread to see it, sees this.
    ///
    /// Who finds it set and takes it back is the one who wakes the thread, so a `false` that others see is either the thread's,
    /// which will look again, or of somebody who wakes it. It is changed by swaps alone, which all follow one on the other: behind
    /// a plain store, a model checker lets others see a swap that has found what was there before the store.
    idle: AtomicBool,
    thread: Mutex<Thread>,
}

#[derive(Debug, Default)]
struct Thread {
    has_started: bool,
    /// Known when it runs.
    unparker: Option<Unparker>,
    handle: Option<JoinHandle<()>>,
    is_over: bool,
}

impl Background {
    pub(super) fn new() -> Self {
        Self { idle: AtomicBool::new(true), thread: Mutex::new(Thread::default()) }
    }

    /// Whether the thread has to be told that there is something to do: one of those who ask has to.
    #[inline]
    pub(super) fn needs_a_nudge(&self) -> bool {
        self.idle.load(Ordering::Acquire) && self.idle.swap(false, Ordering::AcqRel)
    }

    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.idle.load(Ordering::Acquire)
    }

    /// Tells it, and starts it if that is not done.
    pub(super) fn nudge(
        &self,
        start: impl FnOnce() -> io::Result<Option<JoinHandle<()>>>,
    ) -> io::Result<()> {
        let mut thread = self.thread.lock();
        if thread.is_over {
            return Ok(());
        }
        if let Some(sleeper) = &thread.unparker {
            sleeper.unpark();
            return Ok(());
        }
        if thread.has_started {
            // It looks by itself before it sleeps.
            return Ok(());
        }
        match start() {
            Ok(handle) => {
                (thread.has_started, thread.handle) = (true, handle);
                Ok(())
            }
            Err(error) => {
                self.set_idle(true);
                Err(error)
            }
        }
    }

    /// Ends a pause of the thread, if it makes one.
    pub(super) fn hurry(&self) {
        self.thread.lock().unparker.iter().for_each(Unparker::unpark);
    }

    /// In the thread, when it starts.
    pub(super) fn begin(&self) -> Parker {
        let parker = Parker::new();
        self.thread.lock().unparker = Some(parker.unparker().clone());
        parker
    }

    /// In the thread, before it looks whether there is something to do. Says whether it is to go on.
    pub(super) fn may_sleep(&self) -> bool {
        self.set_idle(true);
        !self.thread.lock().is_over
    }

    /// In the thread, when there was.
    pub(super) fn is_awake(&self) {
        self.set_idle(false);
    }

    fn set_idle(&self, idle: bool) {
        self.idle.swap(idle, Ordering::AcqRel);
    }

    /// Ends the thread, and waits until it has ended, except in itself.
    pub(super) fn stop(&self) {
        let mut thread = self.thread.lock();
        thread.is_over = true;
        thread.unparker.iter().for_each(Unparker::unpark);
        let handle = thread.handle.take();
        drop(thread);
        if let Some(handle) = handle
            && handle.thread().id() != thread::current().id()
        {
            // It has no panic of its own to pass on.
            let _ = handle.join();
        }
    }
}
