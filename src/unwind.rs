//! Why a store, a connection and a wait may be used after a panic, which the compiler can't know.
//!
//! It takes a value behind a lock, or behind `&mut`, for one that a panic may have left half-changed. Here none can
//! be, since no code that panics runs while a list, a table or a queue is being changed. What can panic is
//!
//! - the caller's iterators and `AsRef`s: their items are drawn before anything is locked;
//! - the closure of a transaction: it runs between commands, each of which is complete, and its panic ends the
//!   transaction as its return does, so that those who wait are served;
//! - wakers: they are cloned before the locks, and woken and dropped after them;
//! - a call of a store inside the closure of its own transaction: it is refused before anything is locked, and before
//!   a connection changes what it holds.
//!
//! The locks know no poison, and are given up by unwinding.

use std::panic::{RefUnwindSafe, UnwindSafe};

use crate::Execute;
use crate::clients::Client;
use crate::keyspace::{Keyspace, Waiter};

impl UnwindSafe for Keyspace {}
impl RefUnwindSafe for Keyspace {}

impl UnwindSafe for Waiter {}
impl RefUnwindSafe for Waiter {}

/// What it holds of a log is behind locks under which no code of the caller's runs.
#[cfg(feature = "durable")]
impl UnwindSafe for crate::keyspace::Promise {}
#[cfg(feature = "durable")]
impl RefUnwindSafe for crate::keyspace::Promise {}

impl UnwindSafe for Client {}
impl RefUnwindSafe for Client {}

/// The `&mut` in it is one of a connection, which is whole between any two commands.
impl UnwindSafe for Execute<'_> {}

/// Its lock is one of tokio's, which know no poison either.
#[cfg(feature = "redis-async")]
impl UnwindSafe for crate::redis::AsyncConnection {}
#[cfg(feature = "redis-async")]
impl RefUnwindSafe for crate::redis::AsyncConnection {}
