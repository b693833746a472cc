//! Who is to be woken, once no lock is held.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

use crate::sync::Unparker;

#[derive(Debug)]
pub(super) enum Who {
    Thread(Unparker),
    Task(Waker),
}

#[derive(Debug, Default)]
pub(super) struct Wakes {
    /// The one whose turn it is: so the disk is not idle while others are being woken.
    pub(super) first: Option<Unparker>,
    pub(super) threads: Vec<Unparker>,
    tasks: Vec<Waker>,
}

impl FromIterator<Who> for Wakes {
    fn from_iter<I: IntoIterator<Item = Who>>(all: I) -> Self {
        let mut wakes = Self::default();
        for who in all {
            match who {
                Who::Thread(thread) => wakes.threads.push(thread),
                Who::Task(task) => wakes.tasks.push(task),
            }
        }
        wakes
    }
}

impl Wakes {
    pub(super) fn wake(self) {
        self.first.iter().chain(&self.threads).for_each(Unparker::unpark);
        for waker in self.tasks {
            // The thread that wakes has nothing to do with the task, and others wait for it.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
                // What a panic carries may panic when it is dropped.
                std::mem::forget(panic);
            }
        }
    }
}
