//! What time it is for a store.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use crate::Clock;
use crate::clock::UnixTime;

/// A clock that never goes back.
#[derive(Debug)]
pub(crate) struct Time {
    clock: Clock,
    /// The latest time that anybody was told.
    latest: AtomicI64,
    /// What is replayed had not expired when it was done, so nothing does meanwhile.
    stands_still: AtomicBool,
}

impl Time {
    pub(super) fn new(clock: Clock) -> Self {
        let (latest, stands_still) = (AtomicI64::new(i64::MIN), AtomicBool::new(false));
        Self { clock, latest, stands_still }
    }

    /// The same time for a copy of the store, in which it does not go back either.
    pub(super) fn for_copy(&self) -> Self {
        let copy = Self::new(self.clock.clone());
        copy.latest.store(self.latest.load(Ordering::SeqCst), Ordering::SeqCst);
        copy
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn now(&self) -> UnixTime {
        let UnixTime(now) = self.clock.now();
        let latest = self.latest.load(Ordering::SeqCst);
        if now <= latest {
            return UnixTime(latest);
        }
        UnixTime(self.latest.fetch_max(now, Ordering::SeqCst).max(now))
    }

    /// The same as exactly as the clock tells it: none where there is none.
    pub(crate) fn since_1970(&self) -> Option<Duration> {
        let shown = self.clock.since_1970()?;
        Some(shown.max(UnixTime(0).until(self.now())))
    }

    /// Whether anybody was ever told the time: otherwise no key has a deadline.
    pub(super) fn was_asked(&self) -> bool {
        self.latest.load(Ordering::SeqCst) > i64::MIN
    }

    /// The time by which keys expire: as if none had come while time [stands still](Self::stand_still).
    pub(super) fn expiry_time(&self) -> UnixTime {
        self.expiry_time_at(self.now())
    }

    pub(super) fn expiry_time_at(&self, now: UnixTime) -> UnixTime {
        if self.stands_still.load(Ordering::SeqCst) { UnixTime::MIN } else { now }
    }

    /// How long somebody can sleep until a deadline has passed; none if time does not pass by itself. It is never long, as the
    /// system's clock may be put forward meanwhile.
    pub(super) fn until_after(&self, now: UnixTime, deadline: UnixTime) -> Option<Duration> {
        const LONGEST: Duration = Duration::from_secs(1);
        let passed = now.until(deadline).saturating_add(Duration::from_millis(1));
        // In a model nobody puts a clock forward but by sleeping.
        let longest = if cfg!(redeque_loom) { Duration::MAX } else { LONGEST };
        self.clock.runs().then(|| passed.min(longest))
    }

    /// Whether nothing expires from here on.
    #[cfg(feature = "durable")]
    pub(crate) fn stand_still(&self, stands_still: bool) {
        self.stands_still.store(stands_still, Ordering::SeqCst);
    }
}
