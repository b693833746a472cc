//! How long a thread tries to get a lock before it sleeps.

#[cfg(any(test, redeque_loom))]
pub(crate) use self::hasty::Patience;
#[cfg(not(any(test, redeque_loom)))]
pub(crate) use self::patient::Patience;

#[cfg(not(any(test, redeque_loom)))]
mod patient {
    use std::thread::yield_now;
    use std::time::{Duration, Instant};

    use parking_lot_core::SpinWait;

    use crate::release::is_by_store;

    /// At least this much longer where a sleep costs a heavy barrier. A lock that is held for longer is slept for at most so
    /// often, which bounds how often others are interrupted for it.
    const LONGER: Duration = Duration::from_micros(100);

    /// As long as with a lock of `parking_lot`, and then somewhat longer where a sleep costs others something.
    pub(crate) struct Patience {
        spin: SpinWait,
        end: Option<Instant>,
    }

    impl Patience {
        pub(crate) fn new() -> Self {
            Self { spin: SpinWait::new(), end: None }
        }

        /// Lets a moment pass. Returns false if it is time to sleep instead.
        pub(crate) fn spin(&mut self) -> bool {
            self.spin.spin() || (is_by_store() && self.goes_on())
        }

        fn goes_on(&mut self) -> bool {
            let now = Instant::now();
            let goes_on = now < *self.end.get_or_insert(now + LONGER);
            if goes_on {
                yield_now();
            }
            goes_on
        }
    }
}

/// None, in tests of sleeping.
#[cfg(any(test, redeque_loom))]
mod hasty {
    pub(crate) struct Patience;

    impl Patience {
        pub(crate) fn new() -> Self {
            Self
        }

        #[expect(clippy::unused_self)]
        pub(crate) fn spin(&mut self) -> bool {
            false
        }
    }
}
