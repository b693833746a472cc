//! Many threads on few keys: nothing is lost, nothing comes twice, and nobody sees a command half done.
//!
//! What the threads do to each other differs from run to run. What the tests hold of it does not.

mod bounded;
mod closing;
mod closures;
mod destructors;
mod elements;
mod expiry;
mod keyspace;
mod memory;
mod race;
mod snapshots;

/// The keys that the threads meet on.
const KEYS: [&str; 4] = ["a", "b", "c", "d"];
