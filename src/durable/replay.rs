//! Carrying out the commands of a log.

use crate::Reply;
use crate::command::{self, Call, Run};
use crate::keyspace::Keyspace;

/// Carries a command out. What changes no list has no place in a log, and is refused with what is wrong with it.
pub(super) fn replay(keyspace: &Keyspace, words: &[&[u8]]) -> Result<(), String> {
    let reply = match command::lookup(words) {
        Ok(spec) => match spec.run() {
            Run::Keyspace(run) if spec.writes() => run(&mut Call::alone(keyspace, spec, words)),
            _ => return Err(format!("the command '{}' has no place in a log", spec.name())),
        },
        Err(unusable) => unusable.refusal.into(),
    };
    match reply {
        Reply::Error(text) => Err(String::from_utf8_lossy(&text).into_owned()),
        _ => Ok(()),
    }
}
