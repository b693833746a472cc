//! Replies in a notation like that of the protocol: `:3` an integer, `+OK` a status, `nil`, `[a b]` an array, `-ERR …`
//! an error, `""` the empty byte string, and everything else a byte string.

use std::collections::BTreeMap;

use redeque::{Error, Store};

/// A reply that can be written down.
pub(crate) trait Reply {
    fn written(&self) -> String;
}

/// Asserts what a command replied.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a reply is a temporary at every call")]
pub(crate) fn replies(reply: impl Reply, expected: &str) {
    assert_eq!(reply.written(), expected);
}

/// Asserts that a command fails with this text and changes nothing at all.
#[track_caller]
pub(crate) fn refuses<R: Reply>(
    store: &Store,
    command: impl FnOnce(&Store) -> Result<R, Error>,
    text: &str,
) {
    let before = contents(store);
    assert_eq!(command(store).map_err(|error| error.to_string()).written(), format!("-{text}"));
    assert_eq!(contents(store), before, "changed by a command that failed with {text}");
}

/// A store of one list, at `k`: a letter an element.
pub(crate) fn list(letters: &str) -> Store {
    let store = Store::new();
    put(&store, "k", letters);
    store
}

/// A list of letters at one more key.
pub(crate) fn put(store: &Store, key: &str, letters: &str) {
    let elements = letters.chars().map(String::from);
    assert_eq!(store.rpush_all(key, elements), Ok(letters.len()));
}

/// Asserts what the list at `key` holds; `[]` is a key that is gone.
#[track_caller]
pub(crate) fn holds(store: &Store, key: &str, elements: &str) {
    replies(store.lrange(key, 0, -1), elements);
    assert_eq!(store.exists(key), elements != "[]", "whether {key} exists");
}

/// All keys with all their elements.
pub(crate) fn contents(store: &Store) -> BTreeMap<String, String> {
    let shown = |key: Vec<u8>| (key.written(), store.lrange(&key, 0, -1).written());
    let contents: BTreeMap<_, _> = store.keys("*").into_iter().map(shown).collect();
    assert_eq!(contents.len(), store.dbsize());
    assert!(contents.values().all(|list| list != "[]"), "no key holds an empty list");
    contents
}

impl Reply for Vec<u8> {
    fn written(&self) -> String {
        if self.is_empty() { r#""""#.into() } else { self.escape_ascii().to_string() }
    }
}

impl Reply for Vec<Vec<u8>> {
    fn written(&self) -> String {
        format!("[{}]", self.iter().map(Reply::written).collect::<Vec<_>>().join(" "))
    }
}

impl Reply for Vec<usize> {
    fn written(&self) -> String {
        format!("[{}]", self.iter().map(usize::to_string).collect::<Vec<_>>().join(" "))
    }
}

impl Reply for (Vec<u8>, Vec<u8>) {
    fn written(&self) -> String {
        format!("[{} {}]", self.0.written(), self.1.written())
    }
}

impl Reply for (Vec<u8>, Vec<Vec<u8>>) {
    fn written(&self) -> String {
        format!("[{} {}]", self.0.written(), self.1.written())
    }
}

impl Reply for usize {
    fn written(&self) -> String {
        format!(":{self}")
    }
}

impl Reply for i64 {
    fn written(&self) -> String {
        format!(":{self}")
    }
}

impl Reply for bool {
    fn written(&self) -> String {
        usize::from(*self).written()
    }
}

impl Reply for () {
    fn written(&self) -> String {
        "+OK".into()
    }
}

impl Reply for &str {
    fn written(&self) -> String {
        format!("+{self}")
    }
}

impl<R: Reply> Reply for Option<R> {
    fn written(&self) -> String {
        self.as_ref().map_or_else(|| "nil".into(), Reply::written)
    }
}

impl<R: Reply, E: std::fmt::Display> Reply for Result<R, E> {
    fn written(&self) -> String {
        self.as_ref().map_or_else(|error| format!("-{error}"), Reply::written)
    }
}
