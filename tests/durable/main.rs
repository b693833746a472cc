//! A store with a log as its users see it: what opens and what does not, how it ends, and that a server reads what it wrote, and it what
//! a server wrote.
//!
//! What a crash leaves is proven elsewhere: on a simulated disk in `src/`, and by real kills in `tests/kills`.

#[path = "../support/elements.rs"]
mod elements;
mod ending;
mod expiry;
mod fixtures;
mod home;
mod opening;
#[cfg(unix)]
#[path = "../support/resp.rs"]
#[expect(dead_code, reason = "shared with the tests that compare replies")]
mod resp;
mod rewriting;
#[cfg(unix)]
#[path = "../support/server.rs"]
#[expect(dead_code, reason = "shared with the tests that compare replies")]
mod server;
#[cfg(unix)]
mod servers;
#[cfg(unix)]
#[path = "../support/settings.rs"]
#[expect(dead_code, reason = "shared with the tests that compare replies")]
mod settings;
mod text;
