//! What is in the file, and in which order.

use std::sync::Barrier;
use std::thread;

use super::support::{WIDE, append, by_thread, commit, file, log_on, pieces};
use crate::log::options::Fsync;
use crate::log::simulated::Simulated;

const THREADS: usize = 8;
const COMMITS: usize = 400;

fn the_file_after_many_threads(fsync: Fsync) -> Vec<u8> {
    let disk = Simulated::default();
    let log = log_on(&disk, fsync, WIDE);
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (log, start) = (&log, &start);
            scope.spawn(move || {
                start.wait();
                (0..COMMITS).for_each(|number| commit(log, thread, number).unwrap());
            });
        }
    });
    log.sync().unwrap();
    file(&disk)
}

#[test]
fn the_file_has_each_piece_whole_and_those_of_a_thread_in_their_order() {
    for fsync in [Fsync::Always, Fsync::EverySecond, Fsync::Never] {
        let threads = by_thread(&pieces(&the_file_after_many_threads(fsync)));
        assert_eq!(threads.len(), THREADS);
        assert!(
            threads.values().all(|numbers| numbers.iter().copied().eq(0..COMMITS)),
            "{fsync:?}"
        );
    }
}

#[test]
fn positions_are_those_of_the_file_without_its_checksums() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    let first = append(&log, 0, 1);
    let second = append(&log, 0, 2);
    assert_eq!((first.0, second.0), (7, 7 + 8));
    log.settle(first).unwrap();
    assert_eq!(pieces(&file(&disk)), [(0, 1), (0, 2)]);
    assert_eq!(log.end(), second);
}

#[test]
fn each_batch_ends_with_its_checksum_and_says_what_was_synced_before() {
    let disk = Simulated::default();
    let log = log_on(&disk, Fsync::Always, WIDE);
    commit(&log, 0, 0).unwrap();
    commit(&log, 0, 1).unwrap();
    let text = String::from_utf8(file(&disk)).unwrap();
    // The checksums are those of another implementation.
    let first = "<0 0 >*2\r\n$4\r\nECHO\r\n$19\r\ncrc32c:152a0757:6:8\r\n";
    let second = "<0 1 x>*2\r\n$4\r\nECHO\r\n$20\r\ncrc32c:06ffa8d0:7:54\r\n";
    assert_eq!(text, format!("opening;{first}{second}"));
}
