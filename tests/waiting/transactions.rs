//! What is peculiar to transactions: nothing waits in them, and those who wait outside are served however they end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use redeque::Direction::{Left, Right};
use redeque::{Error, Reply, Store};

use crate::support::{Client, block, contents, everywhere, run};

#[test]
fn a_panic_after_a_push_still_serves_the_waiters() {
    everywhere(|store| {
        let mut popper = block(store, "BLPOP k");
        let mut mover = block(store, "BLMOVE k d LEFT LEFT");
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            store.transaction(["k"], |tx| -> Result<(), Error> {
                tx.rpush_all("k", ["1", "2", "3"])?;
                panic!("on purpose");
            })
        }));
        assert!(panicked.is_err());
        assert_eq!((popper.got(), mover.got()), ("k 1".to_owned(), "2".to_owned()));
        assert_eq!(contents(store), "d 2; k 3");
    });
}

#[test]
fn nobody_is_served_before_the_transaction_ends() {
    everywhere(|store| {
        let mut client = block(store, "BLPOP k");
        let length = store.transaction(["k"], |tx| {
            tx.rpush("k", "1")?;
            assert_eq!(client.wakes(), 0);
            tx.llen("k")
        });
        assert_eq!(length, Ok(1));
        assert_eq!(client.got(), "k 1");
    });
}

#[test]
fn blocking_commands_take_what_there_is_in_a_transaction() {
    everywhere(|store| {
        run(store, "RPUSH k 1 2 3 4 5 6");
        let nothing = store.transaction(["k", "d", "none"], |tx| {
            let popped = |element: &[u8]| Ok(Some((b"k".to_vec(), element.to_vec())));
            assert_eq!(tx.blpop(["none", "k"]), popped(b"1"));
            assert_eq!(tx.brpop(["k"]), popped(b"6"));
            assert_eq!(tx.blmove("k", "d", Left, Right), Ok(Some(b"2".to_vec())));
            assert_eq!(tx.brpoplpush("k", "d"), Ok(Some(b"5".to_vec())));
            let rest = vec![b"3".to_vec(), b"4".to_vec()];
            assert_eq!(tx.blmpop(["k"], Left, 9), Ok(Some((b"k".to_vec(), rest))));
            assert_eq!(tx.blpop(["k", "none"]), Ok(None));
            tx.blmpop(["k", "none"], Left, 9)
        });
        assert_eq!(nothing, Ok(None));
        assert_eq!(contents(store), "d 5 2");
    });
}

#[test]
fn bad_arguments_are_refused_in_a_transaction() {
    let store = Store::new();
    let refused = store.transaction(["k"], |tx| {
        assert_eq!(tx.blpop([""; 0]), Err(Error::WrongArity("blpop")));
        assert_eq!(tx.brpop([""; 0]), Err(Error::WrongArity("brpop")));
        assert_eq!(tx.blmpop([""; 0], Left, 1), Err(Error::NumkeysNotPositive));
        assert_eq!(tx.blmpop(["k"], Left, 0), Err(Error::CountNotPositive));
        assert_eq!(tx.blpop(["k", "other"]), Err(Error::UndeclaredKey));
        tx.blmove("k", "other", Left, Left)
    });
    assert_eq!(refused, Err(Error::UndeclaredKey));
}

#[test]
fn waiting_for_the_store_that_a_transaction_holds_panics() {
    let store = Store::new();
    for call in [
        |store: &Store| drop(store.blpop(["k"], None)),
        |store: &Store| drop(store.blmove("k", "d", Left, Left, None)),
        |store: &Store| drop(Client::new(store.blpop_async(["k"])).poll()),
    ] {
        let inside = AssertUnwindSafe(|| {
            store.transaction(["k"], |tx| {
                call(&store);
                tx.llen("k")
            })
        });
        let panic = catch_unwind(inside).expect_err("it would wait for itself");
        let text = panic.downcast_ref::<&str>().expect("a text");
        assert!(text.contains("transaction's closure called the store"), "{text}");
    }
    assert_eq!(run(&store, "RPUSH k 1"), "1");
}

#[test]
fn a_future_that_was_refused_in_a_transaction_can_be_polled_afterwards() {
    everywhere(|store| {
        let mut client = Client::new(store.blpop_async(["k"]));
        let refused =
            AssertUnwindSafe(|| store.transaction(["k"], |_| Ok::<_, Error>(client.poll())));
        assert!(catch_unwind(refused).is_err());
        client.is_blocked();
        run(store, "RPUSH k 1");
        assert_eq!(client.got(), Ok((b"k".to_vec(), b"1".to_vec())));
    });
}

#[test]
fn another_store_may_be_waited_for_inside_a_transaction() {
    let [outer, inner] = [Store::new(), Store::new()];
    run(&inner, "RPUSH k 1");
    let popped = outer.transaction(["k"], |_| inner.blpop(["k"], None));
    assert_eq!(popped, Ok(Some((b"k".to_vec(), b"1".to_vec()))));
}

#[test]
fn a_future_that_is_polled_where_it_may_not_be_loses_nothing() {
    everywhere(|store| {
        let mut served = block(store, "BLPOP k other");
        run(store, "RPUSH k 1");
        let inside = AssertUnwindSafe(|| {
            store.transaction(["k", "other"], |_| Ok::<_, Error>(served.poll())).unwrap()
        });
        match catch_unwind(inside) {
            Ok(Poll::Ready(reply)) => assert_eq!(reply, "k 1"),
            Ok(Poll::Pending) => panic!("it had been served"),
            Err(_) => {
                drop(served);
                assert_eq!(contents(store), "k 1");
            }
        }
    });
}

#[test]
fn futures_dropped_inside_a_transaction_give_back_when_it_ends() {
    everywhere(|store| {
        let served = block(store, "BLPOP k");
        let waiting = block(store, "BLPOP k2 k");
        run(store, "RPUSH k 1");
        let length = store.transaction(["k"], |tx| {
            drop((served, waiting));
            tx.llen("k")
        });
        assert_eq!(length, Ok(0));
        run(store, "RPUSH k2 2");
        assert_eq!(contents(store), "k 1; k2 2");
    });
}

#[test]
fn a_panic_that_drops_a_future_inside_a_transaction_loses_nothing() {
    everywhere(|store| {
        let served = block(store, "BLPOP k");
        run(store, "RPUSH k 1");
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            store.transaction(["k"], |_| -> Result<(), Error> {
                let _dropped = served;
                panic!("on purpose");
            })
        }));
        assert!(panicked.is_err());
        assert_eq!(contents(store), "k 1");
    });
}

/// Uses the store at the moment when it is woken.
struct CallsBack(Store);

impl Wake for CallsBack {
    fn wake(self: Arc<Self>) {
        run(&self.0, "RPUSH log woken");
    }
}

#[test]
fn a_waker_may_use_the_store_when_a_transaction_wakes_it() {
    everywhere(|store| {
        let mut future = Box::pin(store.blpop_async(["k"]));
        let waker = Waker::from(Arc::new(CallsBack(store.clone())));
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        store.transaction(["k"], |tx| tx.rpush("k", "1")).unwrap();
        assert_eq!(contents(store), "log woken");
    });
}

/// Somebody waits for room, and so a pop serves; but somebody else watches the key.
#[test]
fn a_command_that_serves_is_seen_by_those_who_watch() {
    everywhere(|store| {
        run(store, "RPUSH k 1 2");
        let mut connection = store.connect();
        for line in ["WATCH k", "MULTI", "LLEN k"] {
            connection.execute(line.split(' '));
        }
        let mut pusher = block(store, "BRPUSH_BOUNDED k 2 3");
        run(store, "LPOP k");
        assert_eq!(connection.execute(["EXEC"]), Reply::NilArray);
        assert_eq!(pusher.got(), "2");
        assert_eq!(contents(store), "k 2 3");
    });
}
