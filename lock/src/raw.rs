//! The lock. The crate's documentation has the protocol; the names of its steps are here.

#[cfg(redeque_loom)]
use loom::sync::atomic::AtomicBool;
#[cfg(not(redeque_loom))]
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use crate::barrier;
use crate::patience::Patience;
use crate::queue::{Found, Queue, Woken};
use crate::release::{before_sleep, is_by_store};

/// What a [`Mutex`](crate::Mutex) is made of: two bytes.
pub struct RawMutex {
    pub(crate) locked: AtomicBool,
    queue: Queue,
}

// SAFETY: a thread that gets the lock has changed `locked` from false to true in one step, or was handed it by the thread that
// had it, which left it true. It becomes false only where a thread that has it releases it: in `unlock`, which only the owner may
// call, and in `wake_after_release`, which got it itself. What one owner wrote the next one sees: by the release and the acquire of
// `locked`, or, where the lock is handed over and `locked` does not change, by the queue's own lock and the wake-up.
#[cfg(not(redeque_loom))]
unsafe impl lock_api::RawMutex for RawMutex {
    const INIT: Self = Self { locked: AtomicBool::new(false), queue: Queue::NEW };

    // As those of `parking_lot`: nothing here needs it, and it can be given up later, but not introduced.
    type GuardMarker = lock_api::GuardNoSend;

    #[inline]
    fn lock(&self) {
        if !self.take() {
            self.lock_slowly();
        }
    }

    #[inline]
    fn try_lock(&self) -> bool {
        self.take()
    }

    #[inline]
    unsafe fn unlock(&self) {
        self.release();
    }

    fn is_locked(&self) -> bool {
        self.locked.load(Ordering::Relaxed)
    }
}

impl RawMutex {
    #[inline]
    fn take(&self) -> bool {
        self.locked.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[cold]
    fn lock_slowly(&self) {
        let mut patience = Patience::new();
        loop {
            let is_free = !self.locked.load(Ordering::Relaxed);
            if is_free && self.take() {
                return;
            }
            // Others sleep: who spins could take the lock from under them again and again.
            let others_sleep = self.queue.mark.is_set(Ordering::Relaxed);
            if is_free || !others_sleep && patience.spin() {
                continue;
            }
            if self.sleep() == Woken::Owner {
                return;
            }
            patience = Patience::new();
        }
    }

    fn sleep(&self) -> Woken {
        let was_marked = self.queue.mark.set(); // S1
        let limit = before_sleep(was_marked); // S2
        // SAFETY: a load does not panic, and calls nothing.
        unsafe { self.queue.sleep(|| self.locked.load(Ordering::Relaxed), limit) } // S3
    }

    #[inline]
    fn release(&self) {
        if self.queue.mark.is_set(Ordering::Relaxed) {
            self.release_to_sleepers();
        } else if self.release_and_look() {
            self.wake_after_release();
        }
    }

    /// R1 to R3. Returns whether there is a mark, which is read when the lock may be somebody else's: `self` is borrowed until
    /// this returns, so it is there.
    #[inline]
    fn release_and_look(&self) -> bool {
        if is_by_store() {
            self.locked.store(false, Ordering::Release);
            barrier::light();
            self.queue.mark.is_set(Ordering::Relaxed)
        } else {
            // In the one order of all sequentially consistent operations, this load is after this exchange. If it misses
            // the mark, it is before the fence that follows the mark, and what is read after that sees the exchange.
            self.locked.swap(false, Ordering::SeqCst);
            self.queue.mark.is_set(Ordering::SeqCst)
        }
    }

    /// Wakes the first who sleeps, while the lock is still held, and hands it over or gives it up.
    #[cold]
    fn release_to_sleepers(&self) {
        let decide = |found: Found| {
            if found.is_woken && found.is_due {
                return Woken::Owner;
            }
            // Nobody misses this: who joins the queue looks at the lock under the lock of the queue, which is held here.
            self.locked.store(false, Ordering::Release);
            Woken::Contender
        };
        // SAFETY: a store does not panic, and calls nothing.
        unsafe { self.queue.wake(decide) };
    }

    /// Somebody set the mark at the time of the release, and may sleep by now. Who has the lock does the waking: if it was
    /// taken meanwhile, it is held by a thread that is yet to release it, and will see the mark.
    #[cold]
    fn wake_after_release(&self) {
        if self.take() {
            self.release_to_sleepers();
        }
    }
}

#[cfg(all(test, not(redeque_loom)))]
impl RawMutex {
    /// How many sleep for it.
    pub(crate) fn sleepers(&self) -> usize {
        self.queue.len()
    }
}

#[cfg(all(test, redeque_loom))]
impl RawMutex {
    pub(crate) fn new() -> Self {
        Self { locked: AtomicBool::new(false), queue: Queue::new() }
    }

    pub(crate) fn lock(&self) {
        if !self.take() {
            self.lock_slowly();
        }
    }

    /// Only for who has it.
    pub(crate) fn unlock(&self) {
        self.release();
    }
}
