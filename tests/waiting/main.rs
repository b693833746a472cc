//! Waiting, step by step: nothing here runs at the same time as anything else. Futures are polled by hand, so each
//! test says when somebody begins to wait, what makes it go on, and what it got by then.

mod cancellation;
mod closing;
mod costs;
mod counted;
#[path = "../support/elements.rs"]
mod elements;
mod expiry;
mod order;
mod panics;
mod programs;
mod ready;
mod rules;
mod support;
mod text;
mod threads;
mod transactions;
mod vectors;
mod wakers;
