//! The types that callers see: what can be given to a method, what the compiler may assume of a public type, what it
//! prints, and what is left of it by a panic.

mod arguments;
mod auto_traits;
mod panics;
mod printed;
