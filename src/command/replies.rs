//! From what the store's operations return to the replies of commands.

use crate::Reply;

/// A number of things.
pub(super) fn count(number: usize) -> Reply {
    Reply::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// 1 or 0.
pub(super) fn flag(yes: bool) -> Reply {
    Reply::Integer(i64::from(yes))
}

pub(super) fn bulk_or_nil(bytes: Option<Vec<u8>>) -> Reply {
    bytes.map_or(Reply::Nil, Reply::Bulk)
}

pub(super) fn bulks(items: Vec<Vec<u8>>) -> Reply {
    Reply::Array(items.into_iter().map(Reply::Bulk).collect())
}

/// A text, as a byte string.
pub(super) fn text(text: &str) -> Reply {
    Reply::Bulk(text.as_bytes().to_vec())
}

/// What LMPOP replies: the key, and the elements that came from there.
pub(super) fn popped_from(key: Vec<u8>, elements: Vec<Vec<u8>>) -> Reply {
    Reply::Array(vec![Reply::Bulk(key), bulks(elements)])
}
