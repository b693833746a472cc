//! The keys and elements of every measurement, and how a popped element is read.

use std::hint::black_box;

/// A key of 12 bytes.
pub type Key = [u8; 12];

/// `key:00001234`
pub fn key(number: usize) -> Key {
    let mut key = *b"key:00000000";
    write_digits(&mut key[4..], number);
    key
}

/// `count` keys in an order that is shuffled but the same in each run.
pub fn shuffled_keys(count: usize) -> Vec<Key> {
    let mut keys: Vec<Key> = (0..count).map(key).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for last in (1..keys.len()).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let below = u64::try_from(last).unwrap_or(u64::MAX) + 1;
        let chosen = usize::try_from((state >> 33) % below).unwrap_or(last);
        keys.swap(last, chosen);
    }
    keys
}

/// An element of `size` bytes, at least 8, that starts with its number.
pub fn element(number: usize, size: usize) -> Vec<u8> {
    let mut element = vec![b'x'; size];
    write_digits(&mut element[..8], number);
    element
}

/// Writes a number over these bytes, right-aligned, with zeros on the left.
fn write_digits(bytes: &mut [u8], mut number: usize) {
    for byte in bytes.iter_mut().rev() {
        *byte = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
}

/// Overwrites the number that an element starts with, so that a million elements need one buffer.
pub fn renumber(element: &mut [u8], number: usize) {
    write_digits(&mut element[..8], number);
}

/// Reads every byte, as a consumer would: moving a pointer to bytes that nobody looks at would otherwise be free.
pub fn read(bytes: &[u8]) {
    let (words, rest) = bytes.as_chunks::<8>();
    let words = words.iter().fold(0, |all, word| all ^ u64::from_ne_bytes(*word));
    let rest = rest.iter().fold(0, |all, byte| all ^ byte);
    black_box((words, rest));
}
