//! Wakers that panic: everybody else is woken all the same, nothing is lost, and the panic goes on where they were woken.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread;

use redeque::{Error, Store, Wait};

use crate::support::{block, contents, everywhere, run};

struct Panics(&'static str);

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        // Without the hook, which would print each of them.
        resume_unwind(Box::new(self.0));
    }
}

type Popped = Result<(Vec<u8>, Vec<u8>), Error>;

/// A future that waits for a key, with a waker that panics with this text.
fn block_and_panic(store: &Store, key: &str, text: &'static str) -> Wait<Popped> {
    let mut future = store.blpop_async([key]);
    let waker = Waker::from(Arc::new(Panics(text)));
    assert!(Pin::new(&mut future).poll(&mut Context::from_waker(&waker)).is_pending());
    future
}

/// The text of the panic with which this ends.
#[track_caller]
fn panic_of<R>(call: impl FnOnce() -> R) -> &'static str {
    let Err(panic) = catch_unwind(AssertUnwindSafe(call)) else { panic!("it did not panic") };
    text_of(&*panic)
}

fn text_of(panic: &(dyn Any + Send)) -> &'static str {
    panic.downcast_ref::<&str>().expect("a text")
}

#[test]
fn a_waker_that_panics_keeps_nobody_from_being_woken() {
    everywhere(|store| {
        let mut before = block(store, "BLPOP k");
        let _first = block_and_panic(store, "k", "first");
        let _second = block_and_panic(store, "k", "second");
        let mut behind = block(store, "BLMOVE k d LEFT LEFT");
        assert_eq!(panic_of(|| run(store, "RPUSH k 1 2 3 4 5")), "first");
        assert_eq!((before.got(), behind.got()), ("k 1".to_owned(), "4".to_owned()));
        assert_eq!(contents(store), "d 4; k 5");
    });
}

#[test]
fn a_closure_that_panics_and_a_waker_that_panics_are_one_panic() {
    everywhere(|store| {
        let _panics = block_and_panic(store, "k", "waker");
        let mut behind = block(store, "BLPOP k");
        let text = panic_of(|| {
            store.transaction(["k"], |tx| -> Result<(), Error> {
                tx.rpush_all("k", ["1", "2"])?;
                resume_unwind(Box::new("closure"));
            })
        });
        assert_eq!(text, "closure");
        assert_eq!(behind.got(), "k 2");
    });
}

#[test]
fn what_is_given_back_after_a_transaction_is_given_back_whatever_panics() {
    everywhere(|store| {
        let dropped = ["a", "b", "c"].map(|key| (key, block(store, &format!("BLPOP {key}"))));
        for (key, _) in &dropped {
            run(store, &format!("RPUSH {key} 1"));
        }
        // What goes back to the first key serves a waiter, whose waker panics.
        let _panics = block_and_panic(store, "a", "waker");
        let text = panic_of(|| {
            store.transaction(["t"], |tx| {
                drop(dropped);
                tx.llen("t")
            })
        });
        assert_eq!(text, "waker");
        assert_eq!(contents(store), "b 1; c 1");
    });
}

#[test]
fn a_closure_that_panics_does_not_keep_what_is_put_off_from_being_done() {
    everywhere(|store| {
        let dropped = ["a", "b"].map(|key| (key, block(store, &format!("BLPOP {key}"))));
        for (key, _) in &dropped {
            run(store, &format!("RPUSH {key} 1"));
        }
        let _panics = block_and_panic(store, "a", "waker");
        let text = panic_of(|| {
            store.transaction(["t"], |_| -> Result<(), Error> {
                drop(dropped);
                resume_unwind(Box::new("closure"));
            })
        });
        assert_eq!(text, "closure");
        assert_eq!(contents(store), "b 1");
    });
}

/// A panic whose payload panics when it is dropped.
struct Worse;

impl Drop for Worse {
    fn drop(&mut self) {
        if !thread::panicking() {
            resume_unwind(Box::new("out of a payload"));
        }
    }
}

impl Wake for Worse {
    fn wake(self: Arc<Self>) {
        resume_unwind(Box::new(Worse));
    }
}

#[test]
fn a_payload_that_panics_keeps_nobody_from_being_woken() {
    everywhere(|store| {
        let _first = block_and_panic(store, "k", "first");
        let mut worse = store.blpop_async(["k"]);
        let waker = Waker::from(Arc::new(Worse));
        assert!(Pin::new(&mut worse).poll(&mut Context::from_waker(&waker)).is_pending());
        drop(waker);
        let mut behind = block(store, "BLPOP k");
        assert_eq!(panic_of(|| run(store, "RPUSH k 1 2 3")), "first");
        assert_eq!(behind.got(), "k 3");
    });
}

/// Pushes when it is dropped.
struct Pushes<'s>(&'s Store, &'static str);

impl Drop for Pushes<'_> {
    fn drop(&mut self) {
        run(self.0, self.1);
    }
}

/// Two would abort the process.
#[test]
fn a_push_while_the_thread_panics_and_a_waker_that_panics_are_one_panic() {
    for push in ["RPUSH k 1", "RPUSH k 1 2"] {
        everywhere(|store| {
            let mut panics = block_and_panic(store, "k", "waker");
            let text = panic_of(|| {
                let _pushes = Pushes(store, push);
                resume_unwind(Box::new("own"));
            });
            assert_eq!(text, "own");
            let mut context = Context::from_waker(Waker::noop());
            assert!(Pin::new(&mut panics).poll(&mut context).is_ready());
        });
    }
}
