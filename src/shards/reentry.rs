//! A thread that runs a transaction's closure must not call the store itself: it would wait for a lock that it holds.
//!
//! Such a call is a mistake in the program and not in its input, so it panics at once, and always, with a message that
//! names the way out. Waiting for ever, and only where two keys happen to share a shard, would be the alternative.
//!
//! Dropping something there is no mistake. What a drop has to do to the store is put off until the closure has ended.

use std::cell::{Cell, RefCell};

use super::Shards;

thread_local! {
    /// How many closures this thread is inside of. Looked at for every lock, so it is a plain cell.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// The addresses of their stores.
    static STORES: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    /// What is put off until this thread is outside of the closures of a store.
    static PUT_OFF: RefCell<Vec<(usize, Task)>> = const { RefCell::new(Vec::new()) };
}

type Task = Box<dyn FnOnce()>;

/// This thread is inside the closure of a transaction as long as this lives.
#[derive(Debug)]
pub(crate) struct Inside(());

impl Inside {
    pub(super) fn enter(shards: &Shards) -> Self {
        STORES.with_borrow_mut(|stores| stores.push(address(shards)));
        DEPTH.set(DEPTH.get() + 1);
        Self(())
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
        STORES.with_borrow_mut(Vec::pop);
    }
}

/// Where this is dropped, what was put off is done, if this thread is outside by then.
#[derive(Debug)]
pub(crate) struct Afterwards;

impl Drop for Afterwards {
    fn drop(&mut self) {
        let due = PUT_OFF.with_borrow_mut(|tasks| {
            tasks.extract_if(.., |(store, _)| !is_inside(*store)).collect::<Vec<_>>()
        });
        for (_, task) in due {
            task();
        }
    }
}

/// Runs a task that calls this store, now or when this thread is outside of its transactions.
pub(super) fn outside(shards: &Shards, task: impl FnOnce() + 'static) {
    if DEPTH.get() != 0 && is_inside(address(shards)) {
        PUT_OFF.with_borrow_mut(|tasks| tasks.push((address(shards), Box::new(task))));
    } else {
        task();
    }
}

/// Panics if this thread is inside a transaction of this store.
pub(super) fn refuse(shards: &Shards) {
    if DEPTH.get() != 0 {
        refuse_slowly(shards);
    }
}

fn is_inside(store: usize) -> bool {
    STORES.with_borrow(|stores| stores.contains(&store))
}

#[cold]
fn refuse_slowly(shards: &Shards) {
    assert!(
        !is_inside(address(shards)),
        "a transaction's closure called the store that it runs on: use the transaction it was given"
    );
}

fn address(shards: &Shards) -> usize {
    std::ptr::from_ref(shards).addr()
}
