//! Tests: what one command moves, however many keys there are.

use std::cell::Cell;

thread_local! {
    static HASHED: Cell<usize> = const { Cell::new(0) };
    static MOVED: Cell<usize> = const { Cell::new(0) };
    /// The looks since locks were last taken, and the most that there were.
    static LOOKS: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// A key that was there was hashed to find its slot, as that moves to another bucket or to a larger one.
pub(super) fn hashed() {
    HASHED.set(HASHED.get() + 1);
}

/// As many entries may have moved, as their segment grew or shrank.
pub(super) fn moved(count: usize) {
    MOVED.set(MOVED.get() + count);
}

/// Locks were taken.
pub(super) fn locked() {
    LOOKS.set((0, LOOKS.get().1));
}

/// Somebody looked what key is at a place, and whether it is there.
pub(super) fn looked() {
    let (looks, most) = LOOKS.get();
    LOOKS.set((looks + 1, most.max(looks + 1)));
}

mod tests {
    use std::time::Duration;

    use super::super::key::RandomState;

    use super::{HASHED, LOOKS, MOVED};
    use crate::keyspace::key::Key;
    use crate::keyspace::key_map::KeyMap;
    use crate::{Error, ManualClock, Reply, Store};

    const KEYS: usize = 200_000;

    /// The keys of a bucket that is split, three times as many as the mean, and those of another that grows.
    const MOST_HASHED: usize = 256;

    /// The entries of a segment.
    const MOST_MOVED: usize = 256;

    /// How many keys one command removes, if its own has expired and others have, too.
    const MOST_REMOVED: usize = 1 + 8;

    /// Runs one command for each of these keys and holds each to what it may move.
    fn each(keys: impl Iterator<Item = usize>, command: impl FnMut(&[u8])) {
        each_of(1, keys, command);
    }

    /// The same where one command can do the work of as many as this.
    fn each_of(most: usize, keys: impl Iterator<Item = usize>, mut command: impl FnMut(&[u8])) {
        for (number, key) in keys.enumerate() {
            HASHED.set(0);
            MOVED.set(0);
            command(&key.to_be_bytes());
            let (hashed, moved) = (HASHED.get(), MOVED.get());
            assert!(hashed <= most * MOST_HASHED, "command {number} hashed {hashed} keys");
            assert!(moved <= most * MOST_MOVED, "command {number} moved {moved} entries");
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

    /// Time passes, and nobody turns the clock and has them removed by that.
    #[test]
    fn no_command_removes_more_than_a_few_of_many_keys_that_expire_at_once() {
        // How many keys each adds.
        let commands: [fn(&Store, &[u8]) -> usize; 6] = [
            |store, key| store.rpush(key, "y").expect("an element"),
            |store, key| usize::from(store.lpop(key) != Ok(None)),
            |store, key| store.llen(key),
            |store, key| usize::from(store.rename(key, "new") != Err(Error::NoSuchKey)),
            |store, key| usize::from(store.persist(key) != Ok(false)),
            |store, key| usize::from(store.transaction([key], |tx| tx.exists(key)) != Ok(false)),
        ];
        let store = Store::builder().shards(1).clock(ManualClock::new()).build().unwrap();
        let second = Duration::from_secs(1);
        each(0..KEYS, |key| assert_eq!(store.rpush(key, "x"), Ok(1)));
        each(jumbled(), |key| assert_eq!(store.expire(key, second), Ok(true)));
        assert!(store.keyspace().time().clock().elapse(2 * second));
        let (mut kept, mut most) = (store.dbsize(), 0);
        assert_eq!(kept, KEYS, "what has expired is still there");
        let mut commands = commands.iter().cycle();
        each_of(MOST_REMOVED, jumbled().take(KEYS / 8 + 1), |key| {
            let added = commands.next().expect("they go round")(&store, key);
            let removed = kept + added - store.dbsize();
            kept = store.dbsize();
            most = most.max(removed);
        });
        assert_eq!(most, MOST_REMOVED);
        assert_eq!(store.reap(), 0, "by and by all are gone");
    }

    /// How many keys RANDOMKEY draws before it gives up the locks.
    const MOST_DRAWN: usize = 100;

    #[test]
    fn a_random_key_among_many_that_have_expired_is_found_by_few_looks_at_a_time() {
        let ways: [fn(&Store) -> Option<Vec<u8>>; 2] = [Store::randomkey, |store| {
            store.connect().execute(["RANDOMKEY"]).as_bytes().map(<[u8]>::to_vec)
        }];
        for (shards, draw) in [1, 64].into_iter().flat_map(|shards| ways.map(|way| (shards, way))) {
            for alive in [&["alive"][..], &[]] {
                let clock = ManualClock::new();
                let store = Store::builder().shards(shards).clock(clock).build().unwrap();
                let second = Duration::from_secs(1);
                for key in 0..KEYS / 10 {
                    assert_eq!(store.rpush(key.to_be_bytes(), "x"), Ok(1));
                    assert_eq!(store.expire(key.to_be_bytes(), second), Ok(true));
                }
                for key in alive {
                    assert_eq!(store.rpush(key, "x"), Ok(1));
                }
                assert!(store.keyspace().time().clock().elapse(2 * second));
                // In a transaction the locks are held anyway, and hardly anything is removed.
                let mut connection = store.connect();
                connection.execute(["MULTI"]);
                connection.execute(["RANDOMKEY"]);
                let replies = connection.execute(["EXEC"]);
                let found = replies.as_array().expect("a reply").first().and_then(Reply::as_bytes);
                assert_eq!(found, alive.first().map(|key| key.as_bytes()));
                assert!(store.dbsize() > KEYS / 20);
                LOOKS.set((0, 0));
                assert_eq!(draw(&store), alive.first().map(|key| key.as_bytes().to_vec()));
                let (_, most) = LOOKS.get();
                assert!(most > 0, "nobody looked");
                assert!(most <= MOST_DRAWN, "{most} looks under the locks");
                assert_eq!(store.dbsize(), alive.len());
            }
        }
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
