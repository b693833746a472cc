//! How locks are released in this process, which is decided once.

use std::sync::atomic::{AtomicU8, Ordering, fence};
use std::time::{Duration, Instant};

use crate::barrier;

/// How locks are released in this process; see [`prepare`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Release {
    /// By a plain store.
    Store,
    /// By an atomic exchange.
    Exchange,
    /// By an atomic exchange, since the system took back what a store needs. No sleep is longer than ten milliseconds.
    Refused,
}

/// The only changes are from `UNDECIDED` to `EXCHANGE` or `STORE`, and from `STORE` to `REFUSED`.
static DECIDED: Line = Line(AtomicU8::new(UNDECIDED));

const UNDECIDED: u8 = 0;
const EXCHANGE: u8 = 1;
const STORE: u8 = 2;
const REFUSED: u8 = 3;

/// Every release reads it, so nothing that is written shares its cache line.
#[repr(align(128))]
struct Line(AtomicU8);

/// Decides that locks are released by a plain store, if the system can do what that needs and nothing is decided yet.
/// Returns what is decided.
///
/// Call it early: where several threads run already, asking the system the first time can take some milliseconds, in which
/// only the caller waits. Once it is decided, a call is one load.
///
/// ```
/// let decided = redeque_lock::prepare();
/// assert_eq!(redeque_lock::prepare(), decided);
/// ```
pub fn prepare() -> Release {
    if DECIDED.0.load(Ordering::Relaxed) == UNDECIDED {
        decide(if barrier::register() { STORE } else { EXCHANGE });
    }
    match DECIDED.0.load(Ordering::Relaxed) {
        STORE => Release::Store,
        REFUSED => Release::Refused,
        _ => Release::Exchange,
    }
}

/// Whether a lock may be released by a plain store. A thread may hear of the decision late.
#[inline]
pub(crate) fn is_by_store() -> bool {
    // A model checker begins many times, and checks what is to be checked.
    cfg!(redeque_loom) || (CAN_BE_BY_STORE && DECIDED.0.load(Ordering::Relaxed) == STORE)
}

/// Where it cannot, the compiler need not even look.
const CAN_BE_BY_STORE: bool = cfg!(all(any(target_os = "linux", miri), not(redeque_ordinary_lock)));

/// The longest sleep where a wake-up may be lost.
pub(crate) const LIMIT: Duration = Duration::from_millis(10);

/// The barrier of a thread that is about to sleep, after it set the mark. If that was set before, the barrier that belongs to it
/// is another thread's. Returns when the sleep must end, if it must.
pub(crate) fn before_sleep(was_marked: bool) -> Option<Instant> {
    if cfg!(redeque_loom) {
        if !was_marked {
            barrier::heavy();
        }
        return None;
    }
    // Enough for those who release by an exchange.
    fence(Ordering::SeqCst);
    match decide(EXCHANGE) {
        EXCHANGE => None,
        STORE if was_marked || barrier::heavy() => None,
        _ => {
            DECIDED.0.store(REFUSED, Ordering::Relaxed);
            Some(Instant::now() + LIMIT)
        }
    }
}

/// What is decided, which is `wish` if nothing was.
fn decide(wish: u8) -> u8 {
    // The load spares those who come later an exchange. It may be late in seeing `REFUSED`: a thread that goes by `STORE`
    // then asks the system itself.
    let seen = DECIDED.0.load(Ordering::Relaxed);
    if seen != UNDECIDED {
        return seen;
    }
    // An exchange that fails returns what is decided, so there are never two answers.
    match DECIDED.0.compare_exchange(UNDECIDED, wish, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => wish,
        Err(decided) => decided,
    }
}
