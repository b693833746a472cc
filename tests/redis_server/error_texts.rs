//! Every error text that the library can give, found in its sources: a text that no script meets is one that nothing
//! compares.

use std::fs;
use std::path::Path;

use crate::differences::difference;
use crate::server::Kind;

/// What no script meets.
const NEVER_MET: [&str; 10] = [
    "ERR key is not declared in this transaction",
    "ERR there will never be room for that within max_len",
    "ERR the connection is closed",
    "ERR there is no clock on this platform",
    // See `tests/durable/text.rs`.
    "ERR this store has no log",
    "ERR Background append only file rewriting already in progress",
    "ERR value is out of range, value must between 0 and 1",
    "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
    // Of a word for `Fsync`, which CONFIG SET does not take: see `src/log/options.rs`.
    "ERR argument(s) must be one of the following: ",
    // See `tests/redis_blocking`.
    "UNBLOCKED client unblocked via CLIENT UNBLOCK",
];

/// What servers do not say that a difference is true of.
const NOT_MET: [(&str, &str); 7] = [
    ("large-timeout", "ERR timeout is out of range"),
    (
        "lrem-least-count",
        "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
    ),
    ("client-setinfo", "ERR Unrecognized option '"),
    ("kill-maxage", "ERR maxage is not an integer or out of range"),
    ("kill-maxage", "ERR maxage should be greater than 0"),
    ("reply-in-transaction", "ERR Command 'client|reply' not allowed inside a transaction"),
    ("hello-unknown-user", "WRONGPASS invalid username-password pair or user is disabled."),
];

/// The words that errors begin with.
const CODES: [&str; 6] = ["ERR", "EXECABORT", "NOPROTO", "OOM", "UNBLOCKED", "WRONGPASS"];

/// How each of the texts begins, up to what is put into it: those that such a server has.
pub(crate) fn error_texts(kind: Kind) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut texts = Vec::new();
    for place in ["error.rs", "connection.rs", "connection", "command"] {
        read(&root.join(place), &mut texts);
    }
    let unknown = NOT_MET.iter().filter(|(name, _)| difference(name).is_true_of(kind));
    let unmet: Vec<&str> = unknown.map(|(_, text)| *text).chain(NEVER_MET).collect();
    texts.retain(|text| !unmet.contains(&text.as_str()));
    texts
}

fn read(path: &Path, texts: &mut Vec<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a directory of sources") {
            read(&entry.expect("an entry").path(), texts);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        let source = fs::read_to_string(path).expect("a source");
        let (code, _) = source.split_once("#[cfg(test)]\nmod ").unwrap_or((&source, ""));
        let code: String = code.lines().map(without_comment).collect::<Vec<_>>().join("\n");
        assert!(
            code.matches('"').count().is_multiple_of(2),
            "{}: a quote that is none",
            path.display()
        );
        texts.extend(code.split('"').skip(1).step_by(2).filter_map(error_text));
    }
}

fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with("//") { "" } else { line }
}

/// The beginning of an error text, if the literal is one.
fn error_text(literal: &str) -> Option<String> {
    let (code, _) = literal.split_once(' ')?;
    let joined: String = literal.split("\\\n").map(str::trim_start).collect();
    CODES.contains(&code).then(|| joined.split('{').next().unwrap_or_default().to_owned())
}
