//! Tests: what one command moves, however many keys there are.

use std::cell::Cell;

thread_local! {
    static HASHED: Cell<usize> = const { Cell::new(0) };
    static MOVED: Cell<usize> = const { Cell::new(0) };
}

/// A key that was there was hashed to find its slot, as that moves to another bucket or to a larger one.
pub(super) fn hashed() {
    HASHED.set(HASHED.get() + 1);
}

/// As many entries may have moved, as their segment grew or shrank.
pub(super) fn moved(count: usize) {
    MOVED.set(MOVED.get() + count);
}

mod tests {
    use super::super::key::RandomState;

    use super::{HASHED, MOVED};
    use crate::Store;
    use crate::keyspace::key::Key;
    use crate::keyspace::key_map::KeyMap;

    const KEYS: usize = 200_000;

    /// The keys of a bucket that is split, three times as many as the mean, and those of another that grows.
    const MOST_HASHED: usize = 256;

    /// The entries of a segment.
    const MOST_MOVED: usize = 256;

    /// Runs one command for each of these keys and holds each to what it may move.
    fn each(keys: impl Iterator<Item = usize>, mut command: impl FnMut(&[u8])) {
        for (number, key) in keys.enumerate() {
            HASHED.set(0);
            MOVED.set(0);
            command(&key.to_be_bytes());
            let (hashed, moved) = (HASHED.get(), MOVED.get());
            assert!(hashed <= MOST_HASHED, "command {number} hashed {hashed} keys");
            assert!(moved <= MOST_MOVED, "command {number} moved {moved} entries");
        }
    }

    fn jumbled() -> impl Iterator<Item = usize> {
        // The factor is prime, so this is every number below `KEYS` once.
        (0..KEYS).map(|number| number * 78_787 % KEYS)
    }

    #[test]
    fn no_command_moves_more_than_a_small_part_of_a_shard() {
        let store = Store::builder().shards(1).build().unwrap();
        let fill = || each(0..KEYS, |key| assert_eq!(store.rpush(key, "x"), Ok(1)));
        fill();
        each(0..KEYS, |key| assert_eq!(store.lpop(key), Ok(Some(b"x".to_vec()))));
        fill();
        each((0..KEYS).rev(), |key| assert_eq!(store.lpop(key), Ok(Some(b"x".to_vec()))));
        fill();
        each(jumbled(), |key| assert_eq!(store.del(key), Ok(true)));
    }

    #[test]
    fn no_key_that_is_watched_or_waited_for_moves_more_than_a_few_others() {
        let hasher = RandomState::default();
        let mut map = KeyMap::<u32>::new();
        each(0..KEYS, |key| *map.entry(Key::new(&hasher, key)) += 1);
        assert_eq!(map.iter().map(|(_, count)| count).sum::<u32>(), 200_000);
        each(jumbled(), |key| map.remove(Key::new(&hasher, key)));
        assert!(map.is_empty());
    }
}
