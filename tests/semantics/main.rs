//! The store against the behaviour of a Redis server, as far as it shows in the methods of `Store` and `Transaction`.
//! Every expectation is written down, none is computed.

mod bad_input;
mod keyspace;
mod lists;
mod notation;
