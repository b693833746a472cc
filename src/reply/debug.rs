//! A reply as a failed test prints it: what is text as text, what is bytes as a byte string.

use std::fmt;

use super::Reply;
use crate::literal::{Bytes, Text};

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, content): (_, &dyn fmt::Debug) = match self {
            Self::Nil => return f.write_str("Nil"),
            Self::Silence => return f.write_str("Silence"),
            Self::NilArray => return f.write_str("NilArray"),
            Self::Status(word) => ("Status", word),
            Self::Error(text) => ("Error", &Text(text)),
            Self::Integer(number) => ("Integer", number),
            Self::Bulk(bytes) => ("Bulk", &Bytes(bytes)),
            Self::Verbatim(text) => ("Verbatim", &Bytes(text)),
            Self::Array(items) => ("Array", items),
            Self::Map(pairs) => ("Map", &Pairs(pairs)),
            Self::Set(items) => ("Set", items),
        };
        f.debug_tuple(name).field(content).finish()
    }
}

struct Pairs<'r>(&'r [(Reply, Reply)]);

impl fmt::Debug for Pairs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, value)| (name, value))).finish()
    }
}

#[cfg(test)]
mod tests {
    use crate::Reply;

    #[track_caller]
    fn check(reply: &Reply, printed: &str) {
        assert_eq!(format!("{reply:?}"), printed);
    }

    #[test]
    fn a_reply_prints_what_it_says() {
        check(&Reply::ok(), r#"Status("OK")"#);
        check(
            &Reply::Error(b"ERR can't, \"x\"\n\xff".to_vec()),
            r#"Error("ERR can't, \"x\"\n\xff")"#,
        );
        check(&Reply::Integer(-7), "Integer(-7)");
        check(&Reply::Bulk(b"it's \\\0\xff".to_vec()), r#"Bulk(b"it's \\\x00\xff")"#);
        check(&Reply::Nil, "Nil");
        check(&Reply::NilArray, "NilArray");
        check(&Reply::Verbatim(b"a:1".to_vec()), r#"Verbatim(b"a:1")"#);
        check(&Reply::Silence, "Silence");
    }

    #[test]
    fn what_is_inside_prints_alike() {
        let bulk = |text: &str| Reply::Bulk(text.into());
        let array = Reply::Array(vec![bulk("a"), Reply::Array(vec![]), Reply::Nil]);
        check(&array, r#"Array([Bulk(b"a"), Array([]), Nil])"#);
        check(&Reply::Set(vec![Reply::ok()]), r#"Set([Status("OK")])"#);
        let map = Reply::Map(vec![(bulk("proto"), Reply::Integer(3)), (bulk("id"), array)]);
        check(
            &map,
            r#"Map({Bulk(b"proto"): Integer(3), Bulk(b"id"): Array([Bulk(b"a"), Array([]), Nil])})"#,
        );
    }

    #[test]
    fn a_long_reply_prints_over_several_lines() {
        let pair = (Reply::Bulk(b"k".to_vec()), Reply::Error(b"ERR x".to_vec()));
        let reply = Reply::Array(vec![Reply::Integer(1), Reply::Map(vec![pair])]);
        let printed = r#"Array(
    [
        Integer(
            1,
        ),
        Map(
            {
                Bulk(
                    b"k",
                ): Error(
                    "ERR x",
                ),
            },
        ),
    ],
)"#;
        assert_eq!(format!("{reply:#?}"), printed);
    }
}
