//! Programs of every command, also in transactions, on a store and on the model.

#![no_main]

use libfuzzer_sys::fuzz_target;
use redeque_fuzz::Program;

fuzz_target!(|bytes: &[u8]| Program::decode(bytes).run());
