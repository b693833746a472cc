//! A thread that runs a transaction's closure must not call the store itself: it would wait for a lock that it holds.
//!
//! Such a call is a mistake in the program and not in its input, so it panics at once, and always, with a message that
//! names the way out. Waiting for ever, and only where two keys happen to share a shard, would be the alternative.

use std::cell::{Cell, RefCell};

use super::Shards;

thread_local! {
    /// How many closures this thread is inside of. Looked at for every lock, so it is a plain cell.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// The addresses of their stores.
    static STORES: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

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

/// Panics if this thread is inside a transaction of this store.
pub(super) fn refuse(shards: &Shards) {
    if DEPTH.get() != 0 {
        refuse_slowly(shards);
    }
}

/// Whether this thread is inside a transaction of this store.
pub(super) fn is_inside(shards: &Shards) -> bool {
    DEPTH.get() != 0 && STORES.with_borrow(|stores| stores.contains(&address(shards)))
}

#[cold]
fn refuse_slowly(shards: &Shards) {
    assert!(
        !is_inside(shards),
        "a transaction's closure called the store that it runs on: use the transaction it was given"
    );
}

fn address(shards: &Shards) -> usize {
    std::ptr::from_ref(shards).addr()
}
