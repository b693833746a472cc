//! How a name finds its command: in lower case it is two numbers, and a hash of these that no two commands share leads to
//! the only one that it can be.

use super::{CommandSpec, TABLE};

/// Longer names than this are no command's.
const LONGEST: usize = 16;

/// How many bits a hash has: many more slots than commands, so that a [`MULTIPLIER`] is soon found.
const BITS: u32 = 9;

const SLOTS: usize = 1 << BITS;

/// Gives each command a slot of its own. Where none does, two names are packed alike, and the compiler does not get past it.
const MULTIPLIER: u64 = multiplier();

static BY_HASH: [Slot; SLOTS] = by_hash();

/// The command that has this hash, if there is one.
#[derive(Clone, Copy)]
struct Slot {
    name: Packed,
    command: Option<&'static CommandSpec>,
}

/// A name in lower case: its first and its last bytes, which overlap. Of two names of the same length it is the same only
/// if they are.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Packed {
    first: u64,
    last: u64,
}

/// The command with this name, in any case.
#[inline]
pub(in super::super) fn by_name(name: &[u8]) -> Option<&'static CommandSpec> {
    let packed = Packed::new(name)?;
    let slot = &BY_HASH[packed.hash(MULTIPLIER)];
    slot.command.filter(|spec| slot.name == packed && spec.name.len() == name.len())
}

impl Packed {
    /// None if it is too short or too long for any command.
    #[inline]
    const fn new(name: &[u8]) -> Option<Self> {
        if name.len() > LONGEST {
            return None;
        }
        let ends = (name.first_chunk(), name.last_chunk());
        let (first, last) = if let (Some(first), Some(last)) = ends {
            (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
        } else if let (Some(first), Some(last)) = (name.first_chunk(), name.last_chunk()) {
            (u32::from_le_bytes(*first) as u64, u32::from_le_bytes(*last) as u64)
        } else if let [first, .., last] = name {
            (*first as u64, (name[name.len() / 2] as u64) << 8 | *last as u64)
        } else {
            return None;
        };
        Some(Self { first: lower(first), last: lower(last) })
    }

    #[inline]
    const fn hash(self, multiplier: u64) -> usize {
        let mixed = self.first ^ self.last.rotate_left(u32::BITS);
        (mixed.wrapping_mul(multiplier) >> (u64::BITS - BITS)) as usize
    }
}

/// Eight letters at once in lower case. Bytes that are no ASCII letters stay as they are.
#[inline]
const fn lower(bytes: u64) -> u64 {
    /// This byte, eight times.
    const fn each(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    let ascii = bytes & each(0x7f);
    // The highest bit of each byte says whether the sum got there.
    let from_a = ascii + each(0x80 - b'A');
    let beyond_z = ascii + each(0x7f - b'Z');
    let capitals = from_a & !beyond_z & !bytes & each(0x80);
    bytes | capitals >> 2
}

const fn packed(spec: &CommandSpec) -> Packed {
    Packed::new(spec.name.as_bytes()).expect("a name that is not too long")
}

const fn multiplier() -> u64 {
    let mut multiplier = 0x9e37_79b9_7f4a_7c15_u64;
    while !is_perfect(multiplier) {
        multiplier = multiplier.wrapping_mul(0xd134_2543_de82_ef95) | 1;
    }
    multiplier
}

const fn is_perfect(multiplier: u64) -> bool {
    let (mut taken, mut at) = ([false; SLOTS], 0);
    while at < TABLE.len() {
        let hash = packed(&TABLE[at]).hash(multiplier);
        if taken[hash] {
            return false;
        }
        taken[hash] = true;
        at += 1;
    }
    true
}

const fn by_hash() -> [Slot; SLOTS] {
    let nobody = Slot { name: Packed { first: 0, last: 0 }, command: None };
    let (mut slots, mut at) = ([nobody; SLOTS], 0);
    while at < TABLE.len() {
        let name = packed(&TABLE[at]);
        slots[name.hash(MULTIPLIER)] = Slot { name, command: Some(&TABLE[at]) };
        at += 1;
    }
    slots
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::super::super::commands;
    use super::by_name;

    /// The name of the command, found by comparing with each.
    fn found_slowly(name: &[u8]) -> Option<&'static str> {
        let mut names = commands().iter().map(|spec| spec.name());
        names.find(|own| own.as_bytes().eq_ignore_ascii_case(name))
    }

    fn found(name: &[u8]) -> Option<&'static str> {
        by_name(name).map(|spec| spec.name())
    }

    #[test]
    fn every_name_is_found_in_any_case() {
        for spec in commands() {
            let name = spec.name();
            assert!(name.len() <= 12, "{name}: there would be too many ways to write it");
            for capitals in 0..1_u32 << name.len() {
                let as_written = name.bytes().enumerate().map(|(place, letter)| {
                    if capitals >> place & 1 == 1 { letter.to_ascii_uppercase() } else { letter }
                });
                let written: Vec<u8> = as_written.collect();
                assert_eq!(found(&written), Some(name), "{}", written.escape_ascii());
            }
        }
    }

    #[test]
    fn a_name_with_any_byte_changed_is_what_it_is_by_comparison() {
        for spec in commands() {
            for place in 0..spec.name().len() {
                for byte in 0..=u8::MAX {
                    let mut name = spec.name().as_bytes().to_vec();
                    name[place] = byte;
                    assert_eq!(found(&name), found_slowly(&name), "{}", name.escape_ascii());
                }
            }
        }
    }

    #[test]
    fn a_longer_or_a_shorter_name_is_another() {
        for spec in commands() {
            let name = spec.name().as_bytes();
            for more in [&b"\0"[..], b"x", b" ", &name[name.len() - 1..], name, &[0; 20]] {
                let longer = [name, more].concat();
                assert_eq!(found(&longer), found_slowly(&longer), "{}", longer.escape_ascii());
                let longer = [more, name].concat();
                assert_eq!(found(&longer), found_slowly(&longer), "{}", longer.escape_ascii());
            }
            for len in 0..name.len() {
                assert_eq!(found(&name[..len]), found_slowly(&name[..len]));
                assert_eq!(found(&name[len..]), found_slowly(&name[len..]));
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_what_they_are_by_comparison(bytes: Vec<u8>, letters in "[a-zA-Z_]{0,5}") {
            prop_assert_eq!(found(&bytes), found_slowly(&bytes));
            prop_assert_eq!(found(letters.as_bytes()), found_slowly(letters.as_bytes()));
        }
    }
}
