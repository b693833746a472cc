//! Bytes decoded to operations on one list, each run on the packed list and on a plain deque, with every invariant of
//! the layout checked after each.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| redeque::fuzzing::list(bytes));
