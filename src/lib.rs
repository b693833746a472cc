//! Redis lists inside your own process.
//!
//! Keys map to deques of byte strings, and every Redis list command is a method of [`Store`] that behaves exactly as
//! Redis does. There is no server, no socket, and no protocol between the caller and the data.
//!
//! ```
//! use redeque::Store;
//!
//! let store = Store::new();
//! store.rpush("jobs", "first")?;
//! store.rpush("jobs", "second")?;
//! assert_eq!(store.lpop("jobs")?.as_deref(), Some(&b"first"[..]));
//! assert_eq!(store.lpop("no such list")?, None);
//! # Ok::<(), redeque::Error>(())
//! ```
//!
//! # Where to begin
//!
//! - [`Store`] has the commands. Clone it to share it: a clone is another handle on the same lists.
//! - [`Store::transaction`] runs several of them as one, on keys that are declared beforehand.
//! - [`Store::blpop`] and the other `b…` methods wait for elements, or for room; their `_async` forms do so in a task.
//!   [`Store::close`] wakes all who wait.
//! - [`Store::expire`] gives a key a deadline; [`ManualClock`] is for tests of that.
//! - [`Builder::max_memory`] bounds what a store takes, and [`Store::used_memory`] tells what that is.
//! - [`Store::connect`] makes a [`Connection`], which takes commands as text and answers with a [`Reply`]; [`command`]
//!   lists them, and [`split_words`] reads them from a line.
//! - [`Element`] says what can be pushed, and [`Keys`] what several keys can be; [`Direction`] names the ends, [`Error`]
//!   is what can be refused.
//! - [`recipes`] has what programs do with queues: typed ones, streams, retries, bounds, batches, leases.
//!
//! # Replies
//!
//! A command that writes returns a `Result`, one that only reads returns its reply. A missing key reads as an empty
//! list; where Redis says nil, a method returns `None`. The [`Display`](std::fmt::Display) of an [`Error`] is the exact
//! text that a server sends, except for the errors that are redeque's own, which say so. A command that was refused has
//! changed nothing.
//!
//! A push is refused if the store is [closed](Store::close), or takes more memory than it [may](Builder::max_memory). Some
//! other writes, such as a pop, can fail only in a store with a
//! log (feature `durable`): it refuses all writes once the log has failed, and where it fails under a command that is already
//! carried out, `Error::OutcomeUnknown` says so. They return a `Result` in every store, so a later reason to refuse one
//! changes no signature.
//!
//! # Consistency
//!
//! Every command is atomic, and so is every transaction: there is one order of all of them, which agrees with what each
//! thread saw and with real time. Keys are spread over shards, each under its own lock; a command takes the locks of all
//! its keys, in one fixed order, before it changes anything. [`Store::scan`] is a walk in many steps, and promises
//! only what Redis's does; [`Store::export`] and [`Store::import`] are many commands. [`Store::snapshot`] is one, so the
//! export of a snapshot is of one moment.
//!
//! # Blocking
//!
//! No method holds a lock after it has returned, so callers cannot deadlock themselves, and none runs a caller's code
//! under a lock except the closure of a transaction. That closure keeps others from its keys' shards: let it be short.
//! It must use the [`Transaction`] that it is given; to call its own store there panics at once.
//!
//! In a store with a log, a command that writes may wait for the disk, without a lock: before it returns with `Fsync::Always`,
//! and otherwise only where the disk is far behind.
//!
//! # Features
//!
//! - `durable`: a store that survives. `Store::open` keeps a log in a directory, in the format of Redis's append-only file; the
//!   README has a table of what can be lost.
//! - `model`: the reference model of Redis lists, with proptest strategies.
//! - `redis`: the connection traits of the `redis` crate, so that a program written for it runs on a store.
//! - `redis-async`: the same for tasks, under tokio.
//! - `fast-lock`: locks that are released by a plain store, from the crate `redeque-lock`. There is nothing to call: the first
//!   store of the process asks Linux for the barrier that this takes, and where it is refused, or on another system, locks are
//!   released as usual. It is decided once for the whole process, whichever library turned the feature on. It interrupts the
//!   process's threads where many wait for a lock, and needs unsafe code, all of it in that crate. The feature is off by
//!   default; `--cfg redeque_ordinary_lock` in `RUSTFLAGS` has locks released as usual where it is on.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod clients;
mod clock;
pub mod command;
mod direction;
#[cfg(feature = "durable")]
mod durable;
mod element;
mod element_buf;
mod error;
mod expiry;
mod glob;
mod index;
mod keyspace;
mod list;
mod literal;
mod lmovem;
#[cfg(feature = "durable")]
mod log;
mod lpos;
mod memory;
#[cfg(feature = "model")]
pub mod model;
mod names;
mod quoting;
#[cfg(any(doc, doctest))]
pub mod recipes;
#[cfg(feature = "redis")]
pub mod redis;
mod reply;
mod scan;
mod several;
mod stats;
mod store;
mod sync;
mod transaction;
mod transfer;
mod unwind;
mod wait;

// Behind the store, so that its documentation shows `connect` last.
mod connection;

pub use self::clock::{Clock, ManualClock};
pub use self::connection::{Connection, Execute};
pub use self::direction::Direction;
#[cfg(feature = "durable")]
pub use self::durable::{OpenError, SyncLog, check_log, repair_log};
pub use self::element::Element;
pub use self::element_buf::{ElementBuf, ElementBufIter};
pub use self::error::Error;
#[cfg(feature = "durable")]
pub use self::error::LogFailure;
pub use self::expiry::{ExpireOptions, ExpireTime, Ttl};
pub use self::lmovem::{MoveCount, MoveOrder};
#[cfg(feature = "durable")]
pub use self::log::{Cut, Fsync, LogOptions, Recovery};
pub use self::lpos::LposOptions;
pub use self::quoting::split_words;
pub use self::reply::{Protocol, Reply, ReplyError};
pub use self::scan::ScanOptions;
pub use self::several::{Elements, Keys, Words};
pub use self::stats::Stats;
pub use self::store::{BuildError, Builder, Store};
pub use self::transaction::Transaction;
pub use self::transfer::ImportError;
pub use self::wait::Wait;

/// The examples of the README are tests, too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Entrances for fuzz targets.
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing {
    /// Runs the operations that these bytes stand for on a list and on a deque of vectors.
    ///
    /// # Panics
    ///
    /// If the two differ.
    pub fn list(bytes: &[u8]) {
        crate::list::replay::replay(bytes);
    }

    /// Reads these bytes as files of a log, and has it measured what that allocates.
    ///
    /// # Panics
    ///
    /// If something loads that is not in them, or that does not load again.
    #[cfg(feature = "durable")]
    pub fn log(bytes: &[u8], measure: &mut dyn FnMut(&mut dyn FnMut())) {
        crate::log::fuzzing::log(bytes, measure);
    }
}
