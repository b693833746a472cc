//! The packed list beside a deque of vectors. Five bytes are one operation; the list's own invariants are checked after
//! each.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| redeque::fuzzing::list(bytes));
