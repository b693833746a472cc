//! A process that writes under load and ends badly, and what is there afterwards, held to the README's table of losses.
//!
//! `REDEQUE_KILLS` says how many kills there are in each mode, 20 without it.
#![cfg(unix)]

mod endings;
mod faults;
mod forks;
mod held;
mod killed;
mod run;
