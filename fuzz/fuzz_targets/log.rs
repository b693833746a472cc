//! Raw bytes as files of a log: no input makes a panic, what loads is in the file, what was settled loads again, and reading takes no more
//! memory than in proportion to the file.

#![no_main]

use std::alloc::System;

use cap::Cap;
use libfuzzer_sys::fuzz_target;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// For each byte of the file. A word takes 6 bytes there at least, and 16 twice in memory, in vectors that double.
const PER_BYTE: usize = 16;

/// What a manifest, names and errors take.
const BESIDES: usize = 16 * 1024;

fuzz_target!(|bytes: &[u8]| {
    redeque::fuzzing::log(bytes, &mut |load| {
        let bound = MEMORY.allocated() + PER_BYTE * bytes.len() + BESIDES;
        MEMORY.set_limit(bound).expect("more than is allocated");
        load();
        MEMORY.set_limit(usize::MAX).expect("no limit");
    });
});
