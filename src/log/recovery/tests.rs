//! Whole directories: what loads of them, written out; random logs cut and damaged anywhere; and real servers.

mod accidents;
mod support;
mod tables;
#[cfg(unix)]
mod with_servers;
