//! A thread that runs a transaction's closure must not call the store itself: it would wait for a lock that it holds.
//!
//! Such a call is a mistake in the program and not in its input, so it panics at once, and always, with a message that
//! names the way out. Waiting forever, and only where two keys happen to share a shard, would be the alternative.
//!
//! Dropping something there is no mistake. What a drop has to do to the store is put off until the closure has ended.
//!
//! A store is known here by the address of its keyspace alone.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;

use smallvec::SmallVec;

use super::each::each_by_itself;

/// Something of a thread that is there until its very end: it has no destructor, after which it could not be reached.
/// So the destructors of the thread's other variables may run transactions. In return it must own no memory while the
/// thread is in no transaction.
type UntilTheEnd<T> = ManuallyDrop<RefCell<T>>;

thread_local! {
    /// How many closures this thread is inside. Looked at for every lock, so it is a plain cell.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// The addresses of their stores.
    static STORES: UntilTheEnd<SmallVec<[usize; 4]>> =
        const { ManuallyDrop::new(RefCell::new(SmallVec::new_const())) };
    /// What is put off until this thread is outside the closures of a store.
    static PUT_OFF: UntilTheEnd<Vec<(usize, Task)>> =
        const { ManuallyDrop::new(RefCell::new(Vec::new())) };
}

type Task = Box<dyn FnOnce()>;

/// This thread is inside the closure of a transaction as long as this lives.
#[derive(Debug)]
pub(crate) struct Inside(());

impl Inside {
    pub(super) fn enter<S>(store: &S) -> Self {
        STORES.with(|stores| stores.borrow_mut().push(address(store)));
        DEPTH.set(DEPTH.get() + 1);
        Self(())
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
        STORES.with(|stores| {
            let mut stores = stores.borrow_mut();
            stores.pop();
            if stores.is_empty() && stores.spilled() {
                stores.shrink_to_fit();
            }
        });
    }
}

/// Where this is dropped, what was put off is done, if this thread is outside by then.
#[derive(Debug)]
pub(crate) struct Afterwards;

impl Drop for Afterwards {
    fn drop(&mut self) {
        each_by_itself(take_due(), |(_, task)| task());
    }
}

/// Takes out what was put off and can be done now. A task that puts off others finds the rest as it was.
fn take_due() -> Vec<(usize, Task)> {
    PUT_OFF.with(|put_off| {
        let (due, early) = put_off.take().into_iter().partition(|(store, _)| !is_inside(*store));
        put_off.replace(early);
        due
    })
}

/// Runs a task that calls this store, now or when this thread is outside its transactions.
pub(super) fn outside<S>(store: &S, task: impl FnOnce() + 'static) {
    if DEPTH.get() != 0 && is_inside(address(store)) {
        PUT_OFF.with(|put_off| put_off.borrow_mut().push((address(store), Box::new(task))));
    } else {
        task();
    }
}

/// Panics if this thread is inside a transaction of this store.
pub(super) fn refuse<S>(store: &S) {
    if DEPTH.get() != 0 {
        refuse_slowly(store);
    }
}

/// Runs a task that calls several stores, now or when this thread is outside all transactions.
pub(super) fn outside_all(task: impl FnOnce() + 'static) {
    if DEPTH.get() == 0 {
        task();
    } else {
        PUT_OFF.with(|put_off| put_off.borrow_mut().push((ALL, Box::new(task))));
    }
}

/// In the place of the address of a store.
const ALL: usize = 0;

fn is_inside(store: usize) -> bool {
    if store == ALL {
        return DEPTH.get() != 0;
    }
    STORES.with(|stores| stores.borrow().contains(&store))
}

#[cold]
fn refuse_slowly<S>(store: &S) {
    assert!(
        !is_inside(address(store)),
        "a transaction's closure called the store that it runs on: use the transaction it was given"
    );
}

fn address<S>(store: &S) -> usize {
    std::ptr::from_ref(store).addr()
}
