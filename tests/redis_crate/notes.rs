//! What a program saw, in a form that can be compared.

use std::fmt::Debug;

use redis::{RedisError, RedisResult};

use crate::server::Kind;

/// What a program did and what came of it, in order.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<(String, String)>);

impl Notes {
    pub(crate) fn say(&mut self, what: &str, outcome: impl Debug) {
        self.0.push((what.to_owned(), format!("{outcome:?}")));
    }

    pub(crate) fn add<T: Debug>(&mut self, what: &str, outcome: RedisResult<T>) {
        match outcome {
            Ok(value) => self.say(what, value),
            Err(error) => self.0.push((what.to_owned(), all_of(error))),
        }
    }

    /// The same for the error of a transaction of which a command was refused: the crate makes it in a way that nobody
    /// else can, so how it is shown, and the code of the first refused command, are not compared.
    #[track_caller]
    pub(crate) fn add_aborted<T: Debug>(&mut self, what: &str, outcome: RedisResult<T>) {
        let error = outcome.expect_err("a transaction with a refused command");
        self.say(what, fields(&error));
        let mut errors = error.into_server_errors().expect("the refused commands").to_vec();
        let (index, first) = errors.remove(0);
        let details = first.details().unwrap_or_default().to_owned();
        let text = match first.code() {
            "EXECABORT" => details,
            code => format!("{code} {details}"),
        };
        self.say(what, (index, text));
        self.say(what, errors);
    }
}

/// Every field of an error.
fn all_of(error: RedisError) -> String {
    let fields = fields(&error);
    // The text of a broken connection is the operating system's.
    if error.is_connection_dropped() {
        return fields;
    }
    let text = error.to_string();
    format!("{fields} {text} {:?}", error.into_server_errors())
}

fn fields(error: &RedisError) -> String {
    // What the crate could not read is shown with its place in the crate's own buffer.
    let detail = error.detail().filter(|_| error.kind() != redis::ErrorKind::Parse);
    format!(
        "{:?} {:?} {detail:?} {:?} source {} unrecoverable {} dropped {} timeout {}",
        error.kind(),
        error.code(),
        error.category(),
        std::error::Error::source(error).is_some(),
        error.is_unrecoverable_error(),
        error.is_connection_dropped(),
        error.is_timeout(),
    )
}

#[track_caller]
pub(crate) fn compare(ours: &Notes, theirs: &Notes, kind: Kind, protocol: u8) {
    let pairs = ours.0.iter().zip(&theirs.0);
    let differences: Vec<String> = pairs
        .filter(|(ours, theirs)| ours != theirs)
        .map(|((what, ours), (_, theirs))| format!("{what}\n  store  {ours}\n  server {theirs}"))
        .collect();
    assert!(differences.is_empty(), "{kind}, RESP{protocol}\n{}", differences.join("\n"));
    assert_eq!(ours.0.len(), theirs.0.len(), "one program ended before the other");
}
