//! How long a thread tries to get a lock before it sleeps.

#[cfg(any(test, redeque_loom))]
pub(crate) use self::hasty::Patience;
#[cfg(not(any(test, redeque_loom)))]
pub(crate) use self::patient::Patience;

#[cfg(not(any(test, redeque_loom)))]
mod patient {
    use std::thread::yield_now;

    use parking_lot_core::SpinWait;

    use crate::pace;
    use crate::release::is_by_store;

    /// As long as with a lock of `parking_lot`, and longer where the sleep would cost others too much.
    pub(crate) struct Patience(SpinWait);

    impl Patience {
        pub(crate) fn new() -> Self {
            Self(SpinWait::new())
        }

        /// Lets a moment pass. Returns false if it is time to sleep instead.
        pub(crate) fn spin(&mut self) -> bool {
            if self.0.spin() {
                return true;
            }
            let too_soon = is_by_store() && !pace::claim_barrier();
            if too_soon {
                yield_now();
            }
            too_soon
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
