//! A store that is used while a thread ends: in the destructors of its thread-local variables, by when some of those
//! that the library or the standard library keep for themselves may be gone.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use redeque::Direction::{Left, Right};
use redeque::{Error, Reply, Store};

/// Runs something when the thread ends.
struct AtTheEnd(RefCell<Option<Box<dyn FnOnce()>>>);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        if let Some(run) = self.0.take() {
            run();
        }
    }
}

thread_local! {
    static AT_THE_END: AtTheEnd = const { AtTheEnd(RefCell::new(None)) };
}

/// Runs `call` in a destructor of a thread that has used the store before, and returns what it returned. The variable
/// of this file is the first of the thread's, so it is the last to go.
fn in_a_destructor<R: Send + 'static>(
    store: &Store,
    call: impl FnOnce(&Store) -> R + Send + 'static,
) -> R {
    let (sender, receiver) = mpsc::channel();
    let store = store.clone();
    thread::spawn(move || {
        let inside = store.clone();
        AT_THE_END.with(|at_the_end| {
            let run = move || drop(sender.send(call(&inside)));
            at_the_end.0.replace(Some(Box::new(run)));
        });
        store.transaction(["warm"], |tx| tx.llen("warm")).unwrap();
        assert_eq!(store.blpop(["warm"], Some(Duration::from_millis(1))), Ok(None));
    });
    receiver.recv().expect("the destructor ends without a panic")
}

#[test]
fn a_transaction_runs_in_a_destructor() {
    let store = Store::new();
    let moved = in_a_destructor(&store, |store| {
        store.transaction(["a", "b"], |tx| {
            tx.rpush_all("a", ["1", "2"])?;
            tx.lmove("a", "b", Left, Right)
        })
    });
    assert_eq!(moved, Ok(Some(b"1".to_vec())));
    assert_eq!(store.lrange("a", 0, -1), [b"2"]);
}

#[test]
fn calling_the_store_inside_its_own_transaction_panics_in_a_destructor_too() {
    let store = Store::new();
    let panicked = in_a_destructor(&store, |store| {
        let inside =
            AssertUnwindSafe(|| store.transaction(["a"], |_| Ok::<_, Error>(store.llen("a"))));
        catch_unwind(inside).is_err()
    });
    assert!(panicked);
}

/// Runs a transaction of each store inside that of the one before; the sum of what was pushed and what there is.
fn nest(stores: &[Store]) -> Result<usize, Error> {
    match stores {
        [] => Ok(0),
        [store, rest @ ..] => {
            store.transaction(["k"], |tx| Ok(tx.rpush("k", "1")? + nest(rest)? + tx.llen("k")?))
        }
    }
}

#[test]
fn transactions_nest_in_a_destructor() {
    let stores: Vec<Store> = (0..8).map(|_| Store::new()).collect();
    let all = stores.clone();
    assert_eq!(in_a_destructor(&stores[0], move |_| nest(&all)), Ok(16));
}

#[test]
fn waiting_and_giving_back_work_in_a_destructor() {
    let store = Store::new();
    let waited = in_a_destructor(&store, |store| {
        assert_eq!(store.blpop(["k"], Some(Duration::from_millis(1))), Ok(None));
        let mut waiting = store.blpop_async(["k"]);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(std::pin::Pin::new(&mut waiting).poll(&mut context).is_pending());
        store.rpush("k", "1").unwrap();
        let dropped = store.transaction(["k"], move |_| {
            drop(waiting);
            Ok::<_, Error>(())
        });
        assert_eq!(dropped, Ok(()));
        store.connect().execute(["LRANGE", "k", "0", "-1"])
    });
    assert_eq!(waited, Reply::Array(vec![Reply::Bulk(b"1".to_vec())]));
}
