//! How often this process may interrupt all of its threads.

use std::sync::atomic::{AtomicUsize, Ordering};
#[cfg(not(test))]
use std::time::Instant;

/// The least time between two heavy barriers, in microseconds. One takes less than a microsecond from each running thread,
/// so all together take less than a hundredth.
const APART: usize = 100;

/// A clock may be read this long before a claim that is made with it.
const LATE: usize = 10_000;

/// When the last barrier was claimed, in microseconds since the first was asked for.
#[cfg(not(test))]
static LAST: AtomicUsize = AtomicUsize::new(0_usize.wrapping_sub(APART));

/// Whether a thread may sleep with a barrier now. If so, no other may for a while.
#[cfg(not(test))]
pub(crate) fn claim_barrier() -> bool {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let start = START.get_or_init(Instant::now);
    // Only differences count, so the number may begin anew.
    let now = start.elapsed().as_micros() as usize;
    claim(&LAST, now)
}

fn claim(last: &AtomicUsize, now: usize) -> bool {
    let before = last.load(Ordering::Relaxed);
    // Where another thread claimed after this one read the clock, less than nothing has passed since.
    let since = now.wrapping_sub(before);
    (APART..usize::MAX - LATE).contains(&since)
        && last.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn barriers_are_apart_also_where_the_count_begins_anew() {
        for start in [0, usize::MAX - 50, usize::MAX / 2] {
            let last = AtomicUsize::new(start);
            let claims = (1..=1000).filter(|time| claim(&last, start.wrapping_add(*time)));
            assert_eq!(
                claims.collect::<Vec<_>>(),
                [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]
            );
        }
    }

    #[test]
    fn a_barrier_long_ago_keeps_nobody_waiting() {
        let last = AtomicUsize::new(1000);
        assert!(claim(&last, 1000 + usize::MAX / 2));
        assert!(claim(&last, 1000 + usize::MAX / 2 + usize::MAX / 3));
    }

    #[test]
    fn a_late_clock_claims_nothing() {
        let last = AtomicUsize::new(1000);
        assert!(!claim(&last, 990));
        assert!(claim(&last, 1100));
    }
}
