//! The same commands as they are called by threads: timeouts, and being woken.

use std::cell::RefCell;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use redeque::Direction::{Left, Right};
use redeque::Store;

use crate::support::{contents, everywhere, run};

#[test]
fn a_timeout_of_zero_does_not_wait() {
    everywhere(|store| {
        let zero = Some(Duration::ZERO);
        assert_eq!(store.blpop(["k", "l"], zero), Ok(None));
        assert_eq!(store.brpop(["k"], zero), Ok(None));
        assert_eq!(store.blmove("k", "d", Left, Right, zero), Ok(None));
        assert_eq!(store.brpoplpush("k", "d", zero), Ok(None));
        assert_eq!(store.blmpop(["k", "l"], Left, 2, zero), Ok(None));
        run(store, "RPUSH k 1");
        assert_eq!(store.blpop(["l", "k"], zero), Ok(Some((b"k".to_vec(), b"1".to_vec()))));
    });
}

#[test]
fn a_timeout_never_ends_early_and_leaves_no_trace() {
    everywhere(|store| {
        for millis in [1, 3, 5] {
            let timeout = Duration::from_millis(millis);
            let begun = Instant::now();
            assert_eq!(store.blpop(["k", "l"], Some(timeout)), Ok(None));
            assert!(begun.elapsed() >= timeout);
        }
        run(store, "RPUSH k 1");
        run(store, "RPUSH l 2");
        assert_eq!(contents(store), "k 1; l 2");
    });
}

#[test]
fn a_timeout_beyond_the_clock_is_forever() {
    everywhere(|store| {
        run(store, "RPUSH k 1");
        assert!(store.blpop(["k"], Some(Duration::MAX)).unwrap().is_some());
    });
}

#[test]
fn a_thread_that_waits_is_woken_by_a_push_from_another() {
    everywhere(|store| {
        let (ask, asked) = mpsc::channel();
        let waiter = thread::spawn({
            let store = store.clone();
            move || {
                for key in asked {
                    let popped = store.blpop([key, "other"], Some(Duration::MAX)).unwrap();
                    assert_eq!(popped, Some((key.as_bytes().to_vec(), b"1".to_vec())));
                    run(&store, "RPUSH done x");
                }
            }
        });
        for key in ["a", "b", "c"] {
            ask.send(key).unwrap();
            run(store, &format!("RPUSH {key} 1"));
            assert_eq!(run(store, "BLPOP done"), "done x");
        }
        drop(ask);
        waiter.join().unwrap();
        assert_eq!(contents(store), "");
    });
}

/// Waits for a key of its store when it is dropped.
struct Last(Store);

impl Drop for Last {
    fn drop(&mut self) {
        assert_eq!(self.0.blpop(["k"], Some(Duration::from_millis(1))), Ok(None));
    }
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

/// What a thread keeps is dropped in the reverse of the order in which it was first used.
#[test]
fn a_thread_that_is_ending_may_still_wait() {
    everywhere(|store| {
        let ending = thread::spawn({
            let store = store.clone();
            move || {
                LAST.set(Some(Last(store.clone())));
                assert_eq!(store.blpop(["k"], Some(Duration::from_millis(1))), Ok(None));
            }
        });
        ending.join().unwrap();
        assert_eq!(run(store, "RPUSH k 1"), "1");
    });
}
