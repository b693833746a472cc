//! A store that survives: a log of what was changed, in the format of Redis's append-only file.
//!
//! From the bottom up: [`storage`] is all that the log asks of a directory, [`disk`] is a real one, and [`simulated`] one that
//! crashes. A [`claim`] keeps a directory for one log at a time. [`record`], [`checksum`] and [`room`] are what a file is made of, and
//! the [`manifest`] says which files there are. [`options`] is what a user can say.
//!
//! Reading: [`recovery`] decides what of all that loads.
//!
//! Writing: commits append to the [`buffer`], which is a [`batch`] under a lock. The [`tail`] of the file takes it from there.
//! Whose [`turn`] it is to do so, the [`writer`] asks, which is the door to all of it. The [`flusher`] and the [`syncer`] are
//! threads that do what nobody waits for. A [`rotation`] goes on in another file.

mod background;
mod batch;
mod buffer;
#[cfg(all(test, redeque_loom))]
mod checked;
mod checksum;
mod claim;
mod disk;
mod flusher;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod home;
mod manifest;
mod options;
pub(crate) mod record;
mod recovery;
mod room;
mod rotation;
mod seat;
#[cfg(any(test, fuzzing))]
#[cfg_attr(
    not(test),
    expect(dead_code, unused_imports, reason = "the fuzz target crashes nothing")
)]
pub(crate) mod simulated;
mod size;
mod storage;
mod syncer;
mod tail;
#[cfg(all(test, not(redeque_loom)))]
mod tests;
mod turn;
mod wakes;
mod whole;
mod writer;

pub(crate) use self::batch::{LONG, Part};
pub(crate) use self::buffer::Position;
pub(crate) use self::claim::Claim;
pub(crate) use self::disk::Disk;
pub(crate) use self::home::{Draft, Home, Lists, Status};
pub use self::options::{Fsync, LogOptions};
#[cfg(test)]
pub(crate) use self::recovery::DOUBT;
pub use self::recovery::{Cut, Recovery};
pub(crate) use self::recovery::{Trouble, recover, repair};
pub(crate) use self::storage::Directory;
pub(crate) use self::turn::Ticket;
pub(crate) use self::writer::{Log, Writer};
