//! The thread that rewrites a log when that is due.

use std::io;
use std::sync::{Arc, Weak};
use std::thread::Builder;
use std::time::Duration;

use super::lists::AllLists;
use crate::keyspace::Keyspace;
use crate::log::Writer;

/// How long it waits after a rewriting that has failed: twice as long each time, up to the most.
const FIRST: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_secs(60);

/// Starts the thread, which sleeps until it is wanted, and ends when the log does.
pub(super) fn start(keyspace: &Arc<Keyspace>) -> io::Result<()> {
    let Some(log) = keyspace.log().map(Arc::clone) else { return Ok(()) };
    let (weak, writer) = (Arc::downgrade(keyspace), Arc::clone(&log));
    let name = "redeque-log-rewrite".to_owned();
    let thread = Builder::new().name(name).spawn(move || run(&weak, &writer))?;
    log.size.tell(thread.thread().clone());
    Ok(())
}

fn run(keyspace: &Weak<Keyspace>, log: &Writer) {
    let mut pause = FIRST;
    while log.size.wait_until_wanted() {
        let Some(keyspace) = log.size.hold(|| keyspace.upgrade()) else { return };
        let rewritten = AllLists::in_the_background(&keyspace).rewrite();
        log.size.let_go(keyspace);
        if rewritten.is_ok() {
            pause = FIRST;
        } else {
            log.size.wait_for(pause);
            pause = (pause * 2).min(MOST);
        }
        log.size.is_done();
    }
}
