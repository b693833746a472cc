//! A mutex that is released by a plain store.
//!
//! Most mutexes are released by an atomic exchange, so that the thread that releases cannot miss one that is about to
//! sleep. That costs about as much as taking the lock. Here the release is a store and a look, and a thread that is about
//! to sleep, which is rare and slow anyway, makes up for it with a memory barrier on *every* running thread of the process.
//!
//! [`Mutex`] is a [`lock_api::Mutex`], and [`RawMutex`] what it is made of. Until [`prepare`] has been called, and where
//! the system has no such barrier, a lock is released by an exchange and works as those of `parking_lot` do.
//!
//! ```
//! use redeque_lock::Mutex;
//!
//! redeque_lock::prepare(); // once, while there are few threads
//! let count = Mutex::new(0);
//! *count.lock() += 1;
//! assert_eq!(*count.lock(), 1);
//! ```
//!
//! # The protocol
//!
//! A lock is two atomics: whether it is *locked*, and a *mark* that somebody sleeps or is about to. Those who sleep are in
//! a queue of `parking_lot_core`, found by the address of the mark. The queue has a lock of its own.
//!
//! ```text
//! release                              sleep
//! R1  locked = false                   S1  mark = true
//! R2  light barrier                    S2  heavy barrier, if the mark was not set before
//! R3  mark?  then wake one             S3  under the queue's lock: locked and mark?  then join the queue
//! ```
//!
//! The hazard is *store buffering*: a processor may carry out R3 before others see its R1, and S3 before others see its
//! S1. If both happen, the releasing thread sees no mark, the other one sees a lock that is held, and sleeps although
//! nobody will wake it. Two sequentially consistent fences, at R2 and S2, rule that out: then R3 sees S1, or S3 sees R1.
//! Here
//!
//! - the light barrier only keeps the *compiler* from exchanging R1 and R3;
//! - the heavy barrier asks the system ([`membarrier`], private and expedited) to have each running thread of the process
//!   execute a full fence between two of its instructions. A thread that is not running passed one when it was
//!   suspended.
//!
//! So during S2 there is a point in the program of the releasing thread at which it fences. If that point is before R3,
//! R3 sees the mark. If it is after R3, it is after R1 as well, and S3 sees what R1 stored. The light barrier is what makes
//! "as well" true. A later owner of the lock changes nothing: S3 then sees a lock held by that one, and the same holds of
//! its release.
//!
//! What the mark and the queue's lock are for:
//!
//! - The mark is removed only under that lock, and only if the queue is empty. So the mark is set while anybody is queued.
//! - A thread may find that the mark it set was removed, by one that found the queue still empty. Hence S3 looks at the
//!   mark too, and the thread begins anew.
//! - A thread that finds the mark set leaves the barrier to the one that set it. That one's barrier is over, and every
//!   release from then on sees the mark; or it is still to come, and after it that thread looks at the lock itself. It
//!   then takes the lock, and sees the mark when it releases; or the lock is held by somebody who will see it. So a release
//!   that comes before the barrier may miss those who are queued, but not for longer than until that thread goes on.
//!
//! A release that sees the mark beforehand does not give up the lock before it has looked into the queue. So a lock is
//! handed over to a sleeper as often as `parking_lot` does it ([eventual fairness]), and nobody can barge in between. One
//! that sees the mark only at R3 takes the lock back to do the same; if somebody else was faster, it is theirs to do.
//!
//! # After the release
//!
//! R3 reads the lock when it may be somebody else's already. That is sound, as releasing takes `&self`: the
//! reference, and the guard that was made from it, borrow the lock until the release returns, so whatever owns the lock
//! cannot be dropped or moved before that, on any thread. An `Arc` may lose its other handles meanwhile, not the one that
//! is borrowed here. Only unsafe code could end the lock in between, by concluding from having *locked* it that no other
//! thread uses it any more and freeing it under that thread's reference. It must not: it has to know that the other
//! thread's unlock *returned*.
//!
//! # One decision in a process
//!
//! How locks are released is decided once: by [`prepare`], or by the first thread that has to sleep without it,
//! which decides for the exchange. It never turns to the plain store later. So a thread that sleeps knows
//! what is decided, and uses the fence that belongs to it; one that releases may learn of it late, and uses an exchange
//! until then, which is right with either. That is why locks may exist, and be in use, before the decision.
//!
//! The system can refuse the barrier later, in a sandbox that is entered meanwhile ([`Release::Refused`]). From then on locks
//! are released by an exchange again. A thread that has not heard of it may still release by a store, and a wake-up can
//! be lost to it, so the thread that sets the mark sleeps with a time limit from then on. One that finds the mark set and has
//! not heard of it may sleep without: the one that set the mark gets the lock after its time, and wakes the next at its
//! release. (A sandbox that ends the process on a system call that it does not know will do so here.)
//!
//! A child made by `fork` has its parent's registration; if it had not, its barriers would be refused, and it would
//! go on as in a sandbox. A lock in memory that several processes share does not work: neither the queue nor the barrier
//! reaches others.
//!
//! # What it costs others
//!
//! A heavy barrier interrupts each running thread of the process for some tenths of a microsecond. Where threads sleep one
//! behind the other, one barrier does for all of them. A thread spins and yields before it sleeps, and goes on yielding as
//! long as the process's last barrier is less than 100 microseconds ago. That aims at 10,000 barriers a second at most,
//! with which no thread loses a hundredth of its time; it is no bound, as a barrier that a mark was about to make needless
//! is not paced. [`barriers`] counts them, and the example `bystander` measures what a thread loses that has nothing to do
//! with a contended lock.
//!
//! # Proof, and what it is of
//!
//! Under `cfg(redeque_loom)` and `cfg(miri)` both barriers are sequentially consistent fences, since neither tool knows
//! the other kind. What they check is that *model*: with both fences nobody sleeps through a release, and without either of them
//! loom finds who does. That `membarrier` and a compiler fence amount to the two fences on a *machine* is the
//! argument above and the kernel's promise; the stress test, whose threads sleep without a limit, is what looks at that.
//!
//! `--cfg redeque_ordinary_lock` builds the crate without the plain store.
//!
//! [`membarrier`]: https://man7.org/linux/man-pages/man2/membarrier.2.html
//! [eventual fairness]: https://docs.rs/parking_lot/0.12/parking_lot/type.Mutex.html#fairness

// The model of it has atomics and a queue that are no constants, so it is no lock for others.
#![cfg(any(test, not(redeque_loom)))]

mod barrier;
#[cfg(not(redeque_loom))]
mod pace;
mod patience;
mod queue;
mod raw;
mod release;

pub use self::barrier::barriers;
pub use self::raw::RawMutex;
pub use self::release::{Release, prepare};

/// A mutex around a value.
#[cfg(not(redeque_loom))]
pub type Mutex<T> = lock_api::Mutex<RawMutex, T>;

/// What [`Mutex::lock`](lock_api::Mutex::lock) returns: the value, until it is dropped.
#[cfg(not(redeque_loom))]
pub type MutexGuard<'a, T> = lock_api::MutexGuard<'a, RawMutex, T>;

/// Holds the README's example to compile and run.
#[cfg(all(doctest, not(redeque_loom)))]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(all(test, redeque_loom))]
mod checked;
#[cfg(all(test, not(redeque_loom)))]
mod tests;
