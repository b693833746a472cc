//! The store against the behaviour of a Redis server, as far as it shows in the methods of `Store` and `Transaction`.
//! Every expectation is written down, none is computed.

mod bad_input;
mod clients;
#[path = "../support/elements.rs"]
mod elements;
mod expiry;
mod expiry_seen;
mod expiry_text;
mod figures;
mod keyspace;
mod large_input;
mod lists;
mod memory;
mod notation;
mod snapshots;
