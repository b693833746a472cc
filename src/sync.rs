//! The locks, the threads that look for a moment and then park, and what a thread keeps for itself, in one place, so that a
//! model checker can stand in for them.

use std::sync::Arc;
use std::task::Wake;

#[cfg(not(redeque_loom))]
pub(crate) use self::looking::Patience;
#[cfg(not(redeque_loom))]
pub(crate) use self::parking::{Parker, Unparker};
#[cfg(not(any(feature = "fast-lock", redeque_loom)))]
pub(crate) use parking_lot::{Mutex, MutexGuard};
#[cfg(all(feature = "fast-lock", not(redeque_loom)))]
pub(crate) use redeque_lock::{Mutex, MutexGuard};
#[cfg(not(redeque_loom))]
pub(crate) use std::sync::atomic::AtomicBool;
#[cfg(not(redeque_loom))]
pub(crate) use std::thread_local as per_thread;

#[cfg(all(test, redeque_loom))]
pub(crate) use self::checked::time_passes_by;
#[cfg(redeque_loom)]
pub(crate) use self::checked::{
    AtomicBool, Mutex, MutexGuard, Parker, Patience, Unparker, per_thread,
};

#[cfg(not(redeque_loom))]
mod looking {
    use std::hint;
    use std::num::NonZero;
    use std::sync::OnceLock;
    use std::thread;

    /// How often a thread looks, at first without giving up its processor and then after giving it up: about as long as
    /// it takes to fall asleep and to be woken.
    const SPINS: u32 = 250;
    const YIELDS: u32 = 8;

    /// The most waits of a thread that sleep at once because others before them had looked in vain.
    const MOST_SKIPS: u32 = 15;

    /// How a thread looks at something for a moment before it sleeps. It learns whether that is worth it: after each look
    /// in vain it sleeps at once for about twice as many waits as before, and after the first one that was not, never.
    #[derive(Debug, Default)]
    pub(crate) struct Patience {
        /// How many waits from here on sleep at once.
        skips: u32,
        /// How many the last look in vain cost.
        penalty: u32,
    }

    impl Patience {
        /// Looks until it is there, at most for a moment. Says whether it was.
        pub(crate) fn look(&mut self, is_there: impl Fn() -> bool) -> bool {
            if self.skips > 0 || !has_several_processors() {
                self.skips = self.skips.saturating_sub(1);
                return false;
            }
            let found = look_for_a_moment(is_there);
            self.penalty = if found { 0 } else { (2 * self.penalty + 1).min(MOST_SKIPS) };
            self.skips = self.penalty;
            found
        }
    }

    fn look_for_a_moment(is_there: impl Fn() -> bool) -> bool {
        let mut spins = (0..SPINS).map(|_| hint::spin_loop());
        let mut yields = (0..YIELDS).map(|_| thread::yield_now());
        spins.any(|()| is_there()) || yields.any(|()| is_there())
    }

    /// On one processor, nobody can end a wait while another one looks. The system is asked once.
    fn has_several_processors() -> bool {
        static SEVERAL: OnceLock<bool> = OnceLock::new();
        let ask =
            || thread::available_parallelism().is_ok_and(|count| count > NonZero::<usize>::MIN);
        *SEVERAL.get_or_init(ask)
    }

    #[cfg(test)]
    mod tests {
        use std::cell::Cell;

        use super::{Patience, has_several_processors};

        /// Which of the next waits look at all, if none of them finds anything.
        fn looks_in_vain(patience: &mut Patience, waits: u32) -> Vec<u32> {
            let looks = |patience: &mut Patience| {
                let looked = Cell::new(false);
                assert!(!patience.look(|| {
                    looked.set(true);
                    false
                }));
                looked.get()
            };
            (0..waits).filter(|_| looks(patience)).collect()
        }

        #[test]
        fn who_looks_in_vain_looks_less_often_and_who_finds_something_looks_each_time() {
            let mut patience = Patience::default();
            let looked = looks_in_vain(&mut patience, 60);
            if !has_several_processors() {
                assert!(looked.is_empty());
                return;
            }
            assert_eq!(looked, [0, 2, 6, 14, 30, 46]);
            assert_eq!((0..60).find(|_| patience.look(|| true)), Some(2));
            assert!((0..60).all(|_| patience.look(|| true)));
            assert_eq!(looks_in_vain(&mut patience, 2), [0]);
        }
    }
}

impl Wake for Unparker {
    fn wake(self: Arc<Self>) {
        self.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.unpark();
    }
}

/// To be called before a lock is made: decides, once in a process, how all of them are released, where that is a question.
pub(crate) fn prepare_locks() {
    #[cfg(all(feature = "fast-lock", not(redeque_loom)))]
    redeque_lock::prepare();
}

#[cfg(not(redeque_loom))]
mod parking {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread::{self, Thread};
    use std::time::Instant;

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
            while !self.take() {
                thread::park();
            }
        }

        /// Also returns at the deadline, and not before.
        pub(crate) fn park_deadline(&self, deadline: Instant) {
            while !self.take() {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return;
                }
                thread::park_timeout(left);
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
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use loom::sync::Condvar;
    pub(crate) use loom::sync::MutexGuard;
    pub(crate) use loom::sync::atomic::AtomicBool;

    /// Loom runs all threads of a model in one, and knows no constants here.
    macro_rules! per_thread {
        ($(#[$attribute:meta])* static $name:ident: $type:ty = const $value:block;) => {
            loom::thread_local! { $(#[$attribute])* static $name: $type = $value; }
        };
    }
    pub(crate) use per_thread;

    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().expect("no thread of a checked test panics and goes on")
        }
    }

    /// One look, at any time. Another one would find what a later one of this would.
    #[derive(Debug, Default)]
    pub(crate) struct Patience;

    impl Patience {
        #[expect(clippy::unused_self, reason = "as the other one, which learns")]
        pub(crate) fn look(&mut self, is_there: impl Fn() -> bool) -> bool {
            is_there()
        }
    }

    /// Until when time may pass while somebody sleeps.
    const NEAR: Duration = Duration::from_secs(60);

    std::thread_local! {
        /// What has time pass. Loom runs all threads of a model in one.
        static PASSES: RefCell<Option<Rc<dyn Fn()>>> = const { RefCell::new(None) };
    }

    /// Has time pass like this when somebody sleeps until a deadline that is near; or not at all.
    pub(crate) fn time_passes_by(pass: Option<Rc<dyn Fn()>>) {
        PASSES.with(|passes| *passes.borrow_mut() = pass);
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

        /// Time does not pass in a checked test unless it says how. A deadline is over before anybody parks, or it never comes; or it
        /// is near, and what has time pass is done instead of sleeping.
        pub(crate) fn park_deadline(&self, deadline: Instant) {
            let is_near = deadline < Instant::now() + NEAR;
            match PASSES.with(|passes| passes.borrow().clone()).filter(|_| is_near) {
                Some(pass) => pass(),
                None => self.park(),
            }
        }
    }

    impl Unparker {
        pub(crate) fn unpark(&self) {
            *self.0.given.lock() = true;
            self.0.changed.notify_one();
        }
    }
}
