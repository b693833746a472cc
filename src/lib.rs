//! Redis lists inside your own process.
pub mod command;
mod connection;
mod direction;
mod element;
mod error;
mod glob;
mod list;
mod lpos;
#[cfg(feature = "model")]
pub mod model;
mod range;
mod reply;
mod scan;
mod shard;
mod shards;
mod store;
mod transaction;

pub use self::connection::Connection;
pub use self::direction::Direction;
pub use self::element::Element;
pub use self::error::Error;
pub use self::lpos::LposOptions;
pub use self::reply::{Protocol, Reply};
pub use self::scan::ScanOptions;
pub use self::store::{BuildError, Builder, Store};
pub use self::transaction::Transaction;
