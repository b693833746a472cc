//! What the environment says about how long to test, and with which random numbers.

use std::env;
use std::hash::{BuildHasher, RandomState};

use proptest::test_runner::{RngAlgorithm, TestRng};

/// The number in a variable of the environment, if it is set.
pub(crate) fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

/// How many cases to try: that many, unless a variable says otherwise.
pub(crate) fn cases(variable: &str, default: u32) -> u32 {
    number(variable).and_then(|count| u32::try_from(count).ok()).unwrap_or(default)
}

/// The seed that `REDEQUE_SEED` gives, or a new one.
pub(crate) fn seed() -> u64 {
    number("REDEQUE_SEED").unwrap_or_else(|| RandomState::new().hash_one(0))
}

/// Random numbers that the seed alone decides.
pub(crate) fn rng(seed: u64) -> TestRng {
    // The fastest there is; it must not be all zeros.
    let bytes = [seed.to_le_bytes(), (!seed).to_le_bytes()].concat();
    TestRng::from_seed(RngAlgorithm::XorShift, &bytes)
}
