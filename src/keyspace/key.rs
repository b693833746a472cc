//! A key as a command brings it, and as the keyspace keeps it.

use std::cmp::Ordering;
use std::hash::{BuildHasher, Hasher};
use std::ops::Deref;

use smallvec::SmallVec;

use crate::memory;

/// What hashes keys. Only where instructions are counted does it have the same seed in every store, so that the counts
/// are those of the code.
#[cfg(redeque_fixed_seed)]
pub(crate) use foldhash::fast::FixedState as RandomState;
#[cfg(not(redeque_fixed_seed))]
pub(crate) use foldhash::fast::RandomState;

/// A key of a command, with its hash in this store: it is hashed once and found by that everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key<'k> {
    pub(crate) hash: u64,
    pub(crate) bytes: &'k [u8],
}

impl<'k> Key<'k> {
    /// The bytes are all that is hashed: a length before them, as `Hash` writes it, would tell nothing new.
    #[inline]
    pub(crate) fn new(hasher: &RandomState, bytes: &'k [u8]) -> Self {
        let mut hasher = hasher.build_hasher();
        hasher.write(bytes);
        Self { hash: hasher.finish(), bytes }
    }
}

/// The keys of one command.
pub(crate) type KeyVec<'k> = SmallVec<[Key<'k>; 8]>;

/// A key that outlives the call that brought it.
#[derive(Debug)]
pub(crate) struct OwnedKey {
    hash: u64,
    key: StoredKey,
}

impl OwnedKey {
    #[inline]
    pub(crate) fn new(key: Key<'_>) -> Self {
        Self { hash: key.hash, key: StoredKey::new(key.bytes) }
    }

    #[inline]
    pub(crate) fn as_key(&self) -> Key<'_> {
        Key { hash: self.hash, bytes: self.key.as_bytes() }
    }

    /// The bytes that it has allocated.
    pub(super) fn allocated(&self) -> usize {
        StoredKey::allocated(self.key.as_bytes().len())
    }
}

impl PartialEq for OwnedKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_key() == other.as_key()
    }
}

impl Eq for OwnedKey {}

impl PartialOrd for OwnedKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OwnedKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_key().cmp(&other.as_key())
    }
}

/// The longest key that needs no allocation of its own.
const INLINE: usize = 22;

/// A key that the keyspace keeps.
#[derive(Debug, Clone)]
pub(super) enum StoredKey {
    Short { len: u8, bytes: [u8; INLINE] },
    Long(Box<[u8]>),
}

impl Default for StoredKey {
    /// The empty key.
    fn default() -> Self {
        Self::Short { len: 0, bytes: [0; INLINE] }
    }
}

impl StoredKey {
    pub(super) fn new(key: &[u8]) -> Self {
        let mut stored = Self::default();
        stored.set(key);
        stored
    }

    #[inline]
    pub(super) fn set(&mut self, key: &[u8]) {
        match (&mut *self, u8::try_from(key.len())) {
            (Self::Short { len, bytes }, Ok(short)) if key.len() <= INLINE => {
                *len = short;
                bytes[..key.len()].copy_from_slice(key);
            }
            _ => *self = Self::Long(key.into()),
        }
    }

    /// Whether this is that key. Most keys are of 8 to 16 bytes, which two words cover: they need no call to compare.
    #[inline]
    pub(super) fn is(&self, key: &[u8]) -> bool {
        if !matches!(key.len(), 8..=16) {
            return self.is_slowly(key);
        }
        match self {
            Self::Short { len, bytes } if usize::from(*len) == key.len() => {
                ends(&bytes[..key.len()]) == ends(key)
            }
            _ => false,
        }
    }

    #[inline(never)]
    fn is_slowly(&self, key: &[u8]) -> bool {
        self.as_bytes() == key
    }

    /// The bytes that a key of this length has allocated.
    pub(super) const fn allocated(len: usize) -> usize {
        if len <= INLINE { 0 } else { len }
    }

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short { len, bytes } => &bytes[..usize::from(*len)],
            Self::Long(bytes) => bytes,
        }
    }
}

/// A key of a list, whose memory is counted with that of the lists.
#[derive(Debug, Default)]
pub(super) struct CountedKey(StoredKey);

impl CountedKey {
    /// Of the empty key, makes this one.
    #[inline]
    pub(super) fn set(&mut self, key: &[u8]) {
        debug_assert_eq!(self.allocated(), 0, "nothing would be left to count that");
        let allocated = StoredKey::allocated(key.len());
        if allocated > 0 {
            memory::note(0, allocated);
        }
        self.0.set(key);
    }

    fn allocated(&self) -> usize {
        match &self.0 {
            StoredKey::Short { .. } => 0,
            StoredKey::Long(bytes) => bytes.len(),
        }
    }
}

impl Clone for CountedKey {
    fn clone(&self) -> Self {
        memory::note(0, self.allocated());
        Self(self.0.clone())
    }
}

impl Drop for CountedKey {
    #[inline]
    fn drop(&mut self) {
        let freed = self.allocated();
        if freed > 0 {
            memory::note(freed, 0);
        }
    }
}

impl Deref for CountedKey {
    type Target = StoredKey;

    #[inline]
    fn deref(&self) -> &StoredKey {
        &self.0
    }
}

/// The first and the last eight bytes.
#[inline]
fn ends(key: &[u8]) -> Option<(u64, u64)> {
    let (first, last) = (key.first_chunk()?, key.last_chunk()?);
    Some((u64::from_ne_bytes(*first), u64::from_ne_bytes(*last)))
}

#[cfg(test)]
mod tests {
    use super::{INLINE, StoredKey};

    #[test]
    fn keys_of_every_length_come_back_as_they_were() {
        for len in [0, 1, INLINE - 1, INLINE, INLINE + 1, 300] {
            let key: Vec<u8> = (0..len).map(|i| u8::try_from(i % 251).unwrap()).collect();
            assert_eq!(StoredKey::new(&key).as_bytes(), key);
        }
    }

    #[test]
    fn a_key_is_another_only_if_every_byte_is_the_same() {
        for len in 0..=40 {
            let key: Vec<u8> = (0..len).collect();
            let stored = StoredKey::new(&key);
            assert!(stored.is(&key));
            for changed in 0..usize::from(len) {
                let mut other = key.clone();
                other[changed] ^= 1;
                assert!(!stored.is(&other), "{len}, {changed}");
            }
            assert!(!stored.is(&[&key[..], b"x"].concat()));
        }
    }

    #[test]
    fn a_stored_key_is_three_words() {
        assert_eq!(size_of::<StoredKey>(), 24);
    }
}
