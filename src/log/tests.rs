//! The writing half, on a disk in memory that fails, blocks and crashes as it is told.

mod behind;
mod crashes;
mod endings;
mod faults;
mod full;
mod group;
mod growth;
mod modes;
mod order;
mod rotation;
mod support;
mod tasks;
