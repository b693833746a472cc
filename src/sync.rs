//! The locks, the parked threads and what a thread keeps for itself, in one place, so that a model checker can stand in
//! for them.

#[cfg(not(redeque_loom))]
pub(crate) use self::parking::{Parker, Unparker};
#[cfg(not(any(feature = "fast-lock", redeque_loom)))]
pub(crate) use parking_lot::{Mutex, MutexGuard};
#[cfg(all(feature = "fast-lock", not(redeque_loom)))]
pub(crate) use redeque_lock::{Mutex, MutexGuard};
#[cfg(not(redeque_loom))]
pub(crate) use std::thread_local as per_thread;

#[cfg(redeque_loom)]
pub(crate) use self::checked::{Mutex, MutexGuard, Parker, Unparker, per_thread};

/// To be called before a lock is made: decides, once in a process, how all of them are released.
#[cfg(all(feature = "fast-lock", not(redeque_loom)))]
pub(crate) fn prepare_locks() {
    redeque_lock::prepare();
}

/// There is nothing to decide about these locks.
#[cfg(any(not(feature = "fast-lock"), redeque_loom))]
pub(crate) fn prepare_locks() {}

#[cfg(not(redeque_loom))]
mod parking {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread::{self, Thread};
    use std::time::Instant;

    use crossbeam_utils::Backoff;

    /// The place where the thread that made it sleeps until it is given a token.
    #[derive(Debug)]
    pub(crate) struct Parker(Unparker);

    #[derive(Debug, Clone)]
    pub(crate) struct Unparker {
        token: Arc<AtomicBool>,
        thread: Thread,
    }

    impl Parker {
        pub(crate) fn new() -> Self {
            Self(Unparker { token: Arc::default(), thread: thread::current() })
        }

        pub(crate) fn unparker(&self) -> &Unparker {
            &self.0
        }

        pub(crate) fn park(&self) {
            self.spin();
            while !self.take() {
                thread::park();
            }
        }

        /// Also returns at the deadline, and not before.
        pub(crate) fn park_deadline(&self, deadline: Instant) {
            self.spin();
            while !self.take() {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return;
                }
                thread::park_timeout(left);
            }
        }

        /// Waits for as long as it takes to fall asleep and to be woken, or less if there is a token.
        fn spin(&self) {
            let backoff = Backoff::new();
            while !self.0.token.load(Ordering::Relaxed) && !backoff.is_completed() {
                backoff.snooze();
            }
        }

        fn take(&self) -> bool {
            self.0.token.swap(false, Ordering::Acquire)
        }
    }

    impl Unparker {
        pub(crate) fn unpark(&self) {
            self.token.store(true, Ordering::Release);
            self.thread.unpark();
        }
    }
}

/// The same under loom, which runs a test under every order of its threads' steps.
#[cfg(redeque_loom)]
mod checked {
    use std::sync::Arc;
    use std::time::Instant;

    use loom::sync::Condvar;
    pub(crate) use loom::sync::MutexGuard;

    /// Loom runs all threads of a model in one, and knows no constants here.
    macro_rules! per_thread {
        ($(#[$attribute:meta])* static $name:ident: $type:ty = const $value:block;) => {
            loom::thread_local! { $(#[$attribute])* static $name: $type = $value; }
        };
    }
    pub(crate) use per_thread;

    #[derive(Debug)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().expect("no thread of a checked test panics and goes on")
        }
    }

    /// Loom's own `park` forgets a token that is given while the thread waits for a lock, so this is one under a lock.
    #[derive(Debug)]
    struct Token {
        given: Mutex<bool>,
        changed: Condvar,
    }

    #[derive(Debug)]
    pub(crate) struct Parker(Unparker);

    #[derive(Debug, Clone)]
    pub(crate) struct Unparker(Arc<Token>);

    impl Parker {
        pub(crate) fn new() -> Self {
            Self(Unparker(Arc::new(Token { given: Mutex::new(false), changed: Condvar::new() })))
        }

        pub(crate) fn unparker(&self) -> &Unparker {
            &self.0
        }

        pub(crate) fn park(&self) {
            let token = &self.0.0;
            let mut given = token.given.lock();
            while !*given {
                given = token.changed.wait(given).expect("as for every lock here");
            }
            *given = false;
        }

        /// Time does not pass in a checked test. A deadline is over before anybody parks, or it never comes.
        pub(crate) fn park_deadline(&self, _deadline: Instant) {
            self.park();
        }
    }

    impl Unparker {
        pub(crate) fn unpark(&self) {
            *self.0.given.lock() = true;
            self.0.changed.notify_one();
        }
    }
}
