//! Those who sleep for a lock, and the mark that there are some.

#[cfg(redeque_loom)]
use loom::sync::atomic::AtomicBool;
#[cfg(not(redeque_loom))]
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

#[cfg(redeque_loom)]
pub(crate) use self::checked::Queue;
#[cfg(not(redeque_loom))]
pub(crate) use self::parking::Queue;

/// That somebody sleeps or is about to. All changes are exchanges, so each follows the one that it saw, and nobody finds an
/// older state than their own change made.
pub(crate) struct Mark(AtomicBool);

impl Mark {
    #[expect(clippy::declare_interior_mutable_const)]
    #[cfg(not(redeque_loom))]
    const NEW: Self = Self(AtomicBool::new(false));

    #[inline]
    pub(crate) fn is_set(&self, ordering: Ordering) -> bool {
        self.0.load(ordering)
    }

    /// Returns whether it was set before, so that the barrier is somebody else's duty, past or to come.
    pub(crate) fn set(&self) -> bool {
        self.0.swap(true, Ordering::Relaxed)
    }

    /// Under the lock of the queue, in which nobody is left. Who sets it at this moment looks again under that lock.
    fn remove(&self) {
        self.0.swap(false, Ordering::Relaxed);
    }
}

/// What was found in the queue, for who decides about the lock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    /// Whether somebody is being woken.
    pub(crate) is_woken: bool,
    /// Whether it is time that the one being woken gets the lock, before others who run.
    pub(crate) is_due: bool,
}

/// How a sleep ends, or why there was none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Woken {
    /// The lock was handed over, and is this thread's.
    Owner,
    /// The lock is to be tried again.
    Contender,
}

#[cfg(not(redeque_loom))]
mod parking {
    use std::ptr;
    use std::sync::atomic::Ordering;
    use std::time::Instant;

    use parking_lot_core::{
        DEFAULT_PARK_TOKEN, ParkResult, UnparkResult, UnparkToken, park, unpark_one,
    };

    use super::{Found, Mark, Woken};

    const CONTENDER: UnparkToken = UnparkToken(0);
    const OWNER: UnparkToken = UnparkToken(1);

    /// The queue itself is one of `parking_lot_core`'s, by the address of the mark.
    pub(crate) struct Queue {
        pub(crate) mark: Mark,
    }

    impl Queue {
        #[expect(clippy::declare_interior_mutable_const)]
        pub(crate) const NEW: Self = Self { mark: Mark::NEW };

        /// Sleeps, if under the queue's lock the mark is set and the lock is held.
        ///
        /// # Safety
        ///
        /// `is_held` must not panic, and not call `parking_lot_core`: it runs under the queue's lock.
        pub(crate) unsafe fn sleep(
            &self,
            is_held: impl Fn() -> bool,
            limit: Option<Instant>,
        ) -> Woken {
            let validate = || self.mark.is_set(Ordering::Relaxed) && is_held();
            let timed_out = |_key, is_empty: bool| {
                if is_empty {
                    self.mark.remove();
                }
            };
            // SAFETY: the key is an address in this lock, which is borrowed as long as this runs. Besides what the caller
            // answers for, the closures only read and write atomics: they do not panic, and do not call `parking_lot_core`.
            let result =
                unsafe { park(self.key(), validate, || {}, timed_out, DEFAULT_PARK_TOKEN, limit) };
            match result {
                ParkResult::Unparked(OWNER) => Woken::Owner,
                ParkResult::Unparked(_) | ParkResult::Invalid | ParkResult::TimedOut => {
                    Woken::Contender
                }
            }
        }

        /// Wakes the first of the queue, if there is one, and removes the mark if nobody is left. In between, when nobody
        /// can join or leave, `decide` says what to do about the lock.
        ///
        /// # Safety
        ///
        /// `decide` must not panic, and not call `parking_lot_core`: it runs under the queue's lock.
        pub(crate) unsafe fn wake(&self, decide: impl FnOnce(Found) -> Woken) {
            let callback = |result: UnparkResult| {
                if !result.have_more_threads {
                    self.mark.remove();
                }
                let is_woken = result.unparked_threads != 0;
                match decide(Found { is_woken, is_due: result.be_fair }) {
                    Woken::Owner => OWNER,
                    Woken::Contender => CONTENDER,
                }
            };
            // SAFETY: the key is as above. Besides what the caller answers for, the callback only writes an atomic.
            unsafe { unpark_one(self.key(), callback) };
        }

        fn key(&self) -> usize {
            ptr::from_ref(&self.mark).addr()
        }

        /// How many sleep.
        #[cfg(test)]
        pub(crate) fn len(&self) -> usize {
            use parking_lot_core::{DEFAULT_UNPARK_TOKEN, FilterOp, unpark_filter};

            let mut count = 0;
            let skip = |_| {
                count += 1;
                FilterOp::Skip
            };
            // SAFETY: the key is as above, and the closures only count.
            unsafe { unpark_filter(self.key(), skip, |_| DEFAULT_UNPARK_TOKEN) };
            count
        }
    }
}

/// The same under loom: a queue under a lock, for each lock one.
#[cfg(redeque_loom)]
mod checked {
    use std::collections::VecDeque;
    use std::sync::Arc;
    use std::time::Instant;

    use loom::sync::atomic::{AtomicBool, Ordering};
    use loom::sync::{Condvar, Mutex};

    use super::{Found, Mark, Woken};
    use crate::checked::sleepers_are_due;

    pub(crate) struct Queue {
        pub(crate) mark: Mark,
        sleepers: Mutex<VecDeque<Arc<Sleeper>>>,
    }

    struct Sleeper {
        outcome: Mutex<Option<Woken>>,
        decided: Condvar,
    }

    impl Queue {
        pub(crate) fn new() -> Self {
            Self { mark: Mark(AtomicBool::new(false)), sleepers: Mutex::new(VecDeque::new()) }
        }

        /// # Safety
        ///
        /// As the other one has it.
        pub(crate) unsafe fn sleep(
            &self,
            is_held: impl Fn() -> bool,
            _limit: Option<Instant>,
        ) -> Woken {
            let mut sleepers = self.sleepers.lock().unwrap();
            if !(self.mark.is_set(Ordering::Relaxed) && is_held()) {
                return Woken::Contender;
            }
            let own = Arc::new(Sleeper { outcome: Mutex::new(None), decided: Condvar::new() });
            sleepers.push_back(Arc::clone(&own));
            drop(sleepers);
            let mut outcome = own.outcome.lock().unwrap();
            while outcome.is_none() {
                outcome = own.decided.wait(outcome).unwrap();
            }
            outcome.unwrap()
        }

        /// # Safety
        ///
        /// As the other one has it.
        pub(crate) unsafe fn wake(&self, decide: impl FnOnce(Found) -> Woken) {
            let mut sleepers = self.sleepers.lock().unwrap();
            let first = sleepers.pop_front();
            if sleepers.is_empty() {
                self.mark.remove();
            }
            let found = Found { is_woken: first.is_some(), is_due: sleepers_are_due() };
            let outcome = decide(found);
            drop(sleepers);
            if let Some(sleeper) = first {
                *sleeper.outcome.lock().unwrap() = Some(outcome);
                sleeper.decided.notify_one();
            }
        }
    }
}
