//! Snapshots while many threads write: each is of one moment.

use redeque::Direction::{Left, Right};
use redeque::{Error, Store};

use crate::race::{Race, assert_each_once, element, ids, store_of};

const QUEUES: [&str; 12] =
    ["q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8", "q9", "q10", "q11"];

/// The elements of the export of a store, as another store reads it.
fn exported(store: &Store) -> Result<Vec<u32>, Box<dyn std::error::Error>> {
    let mut stream = Vec::new();
    store.export(&mut stream)?;
    let copy = Store::new();
    copy.import(&stream[..])?;
    Ok(QUEUES.iter().flat_map(|key| ids(copy.lrange(key, 0, -1))).collect())
}

#[test]
fn each_snapshot_has_every_element_once_while_they_move_about() -> Result<(), Error> {
    const ELEMENTS: u32 = 1_200;

    for shards in [64, 2, 1] {
        let store = store_of(shards);
        for number in 0..ELEMENTS {
            store.rpush(QUEUES[number as usize % QUEUES.len()], element(number))?;
        }
        let mut race = Race::new();
        race.hold_up(&QUEUES);
        for _ in 0..3 {
            race.work(|runner| {
                for _ in 0..30_000 {
                    let (source, destination) = (runner.key(&QUEUES), runner.key(&QUEUES));
                    let (from, to) = (runner.end(), runner.end());
                    runner.store.lmove(source, destination, from, to).unwrap();
                }
            });
        }
        race.follow(|runner| {
            while runner.others_work() {
                let found = exported(&runner.store.snapshot()).unwrap();
                assert_each_once(found, ELEMENTS);
            }
        });
        race.run(&store);
        assert_each_once(exported(&store).unwrap(), ELEMENTS);
    }
    Ok(())
}

/// One thread pushes to one queue after the other, so no snapshot has an element without those pushed before it. Nor does it have
/// fewer than a snapshot taken before it.
#[test]
fn a_snapshot_has_all_that_came_before_the_last_that_it_has() {
    for (shards, to) in [(64, Right), (64, Left), (3, Right)] {
        let store = store_of(shards);
        let mut race = Race::new();
        race.hold_up(&QUEUES);
        race.work(move |runner| {
            for number in 0..60_000 {
                let key = QUEUES[number as usize % QUEUES.len()];
                match to {
                    Left => runner.store.lpush(key, element(number)).unwrap(),
                    Right => runner.store.rpush(key, element(number)).unwrap(),
                };
            }
        });
        race.follow(|runner| {
            let mut before = 0;
            while runner.others_work() {
                let snapshot = runner.store.snapshot();
                let found: Vec<u32> =
                    QUEUES.iter().flat_map(|key| ids(snapshot.lrange(key, 0, -1))).collect();
                let count = u32::try_from(found.len()).unwrap();
                assert_each_once(found, count);
                assert!(count >= before, "{count} after {before}");
                before = count;
            }
        });
        race.run(&store);
        assert_eq!(QUEUES.iter().map(|key| store.snapshot().llen(key)).sum::<usize>(), 60_000);
    }
}
