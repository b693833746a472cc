//! What the process that is killed has in common with the one that kills it: what it does, and how it tells.

pub mod lanes;
pub mod report;
