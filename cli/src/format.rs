//! Replies as redis-cli prints them: for people, or raw for programs.

use redeque::{Protocol, Reply};

use crate::words::until_zero;

/// Which of the two forms replies take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Kinds are told apart, strings are quoted, aggregates are numbered.
    Readable,
    /// The bytes alone, items on lines of their own.
    Raw,
}

/// Appends a reply, in the form that it has on a connection of that protocol, with the line's end.
pub(crate) fn write(reply: &Reply, protocol: Protocol, form: Form, output: &mut Vec<u8>) {
    match (form, reply) {
        (_, Reply::Silence) => {}
        // redis-cli knows the commands that reply with a text for people, and shows it as it is, line ends and all.
        (_, Reply::Verbatim(text)) => output.extend_from_slice(text),
        (Form::Readable, _) => readable(reply, protocol, 0, output),
        (Form::Raw, _) => {
            raw(reply, protocol, output);
            output.push(b'\n');
        }
    }
}

/// Appends a byte string in double quotes, with escapes for whatever is not printable ASCII.
pub(crate) fn quote(bytes: &[u8], output: &mut Vec<u8>) {
    output.push(b'"');
    for &byte in bytes {
        match byte {
            b'\\' | b'"' => output.extend([b'\\', byte]),
            b'\n' => output.extend(br"\n"),
            b'\r' => output.extend(br"\r"),
            b'\t' => output.extend(br"\t"),
            b'\x07' => output.extend(br"\a"),
            b'\x08' => output.extend(br"\b"),
            b' '..=b'~' => output.push(byte),
            _ => output.extend(format!("\\x{byte:02x}").into_bytes()),
        }
    }
    output.push(b'"');
}

/// A reply that holds others.
struct Aggregate<'r> {
    /// What comes after the number of an item.
    mark: char,
    when_empty: &'static str,
    /// Each has one reply, or two if it is a name with its value.
    items: Vec<(&'r Reply, Option<&'r Reply>)>,
}

impl<'r> Aggregate<'r> {
    fn new(reply: &'r Reply, protocol: Protocol) -> Option<Self> {
        let single = |item: &'r Reply| (item, None);
        let (mark, when_empty, items) = match (reply, protocol) {
            (Reply::Map(pairs), Protocol::Resp3) => {
                let items = pairs.iter().map(|(name, value)| (name, Some(value))).collect();
                ('#', "(empty hash)", items)
            }
            (Reply::Map(pairs), Protocol::Resp2) => {
                let flat = pairs.iter().flat_map(|(name, value)| [name, value]);
                (')', "(empty array)", flat.map(single).collect())
            }
            (Reply::Set(items), Protocol::Resp3) => {
                ('~', "(empty set)", items.iter().map(single).collect())
            }
            (Reply::Array(items) | Reply::Set(items), _) => {
                (')', "(empty array)", items.iter().map(single).collect())
            }
            _ => return None,
        };
        Some(Self { mark, when_empty, items })
    }
}

/// The first line needs no indentation: whoever calls has written what comes before it.
fn readable(reply: &Reply, protocol: Protocol, indentation: usize, output: &mut Vec<u8>) {
    if let Some(aggregate) = Aggregate::new(reply, protocol) {
        return readable_items(&aggregate, protocol, indentation, output);
    }
    match reply {
        Reply::Status(word) => output.extend_from_slice(word.as_bytes()),
        Reply::Error(text) => {
            output.extend_from_slice(b"(error) ");
            output.extend_from_slice(until_zero(text));
        }
        Reply::Integer(number) => output.extend(format!("(integer) {number}").into_bytes()),
        Reply::Verbatim(text) if protocol == Protocol::Resp3 => output.extend_from_slice(text),
        Reply::Bulk(bytes) | Reply::Verbatim(bytes) => quote(bytes, output),
        _ => output.extend_from_slice(b"(nil)"),
    }
    output.push(b'\n');
}

fn readable_items(
    aggregate: &Aggregate<'_>,
    protocol: Protocol,
    indentation: usize,
    output: &mut Vec<u8>,
) {
    let Aggregate { mark, when_empty, items } = aggregate;
    if items.is_empty() {
        output.extend_from_slice(when_empty.as_bytes());
        output.push(b'\n');
        return;
    }
    let width = items.len().to_string().len();
    let nested = indentation + width + 2;
    for (index, (item, value)) in items.iter().enumerate() {
        if index > 0 {
            indent(indentation, output);
        }
        output.extend(format!("{:width$}{mark} ", index + 1).into_bytes());
        readable(item, protocol, nested, output);
        if let Some(value) = value {
            // The value goes on the line of its name, unless it takes several lines itself.
            output.pop();
            output.extend_from_slice(b" => ");
            if Aggregate::new(value, protocol).is_some_and(|inner| inner.items.len() > 1) {
                output.push(b'\n');
                indent(nested, output);
            }
            readable(value, protocol, nested, output);
        }
    }
}

fn indent(indentation: usize, output: &mut Vec<u8>) {
    output.resize(output.len() + indentation, b' ');
}

fn raw(reply: &Reply, protocol: Protocol, output: &mut Vec<u8>) {
    if let Some(aggregate) = Aggregate::new(reply, protocol) {
        for (index, (item, value)) in aggregate.items.into_iter().enumerate() {
            if index > 0 {
                output.push(b'\n');
            }
            raw(item, protocol, output);
            if let Some(value) = value {
                output.push(b' ');
                raw(value, protocol, output);
            }
        }
        return;
    }
    match reply {
        Reply::Status(word) => output.extend_from_slice(word.as_bytes()),
        Reply::Error(text) => {
            output.extend_from_slice(text);
            output.push(b'\n');
        }
        Reply::Integer(number) => output.extend(number.to_string().into_bytes()),
        Reply::Bulk(bytes) | Reply::Verbatim(bytes) => output.extend_from_slice(bytes),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use redeque::{Protocol, Reply};

    use super::{Form, write};

    #[track_caller]
    fn check(reply: &Reply, protocol: Protocol, readable: &str, raw: &str) {
        for (form, expected) in [(Form::Readable, readable), (Form::Raw, raw)] {
            let mut output = Vec::new();
            write(reply, protocol, form, &mut output);
            assert_eq!(String::from_utf8(output).unwrap(), expected);
        }
    }

    fn word(text: &str) -> Reply {
        Reply::Bulk(text.into())
    }

    #[test]
    fn each_kind_of_single_reply_looks_its_own() {
        check(&Reply::ok(), Protocol::Resp2, "OK\n", "OK\n");
        check(&Reply::Integer(-1), Protocol::Resp2, "(integer) -1\n", "-1\n");
        check(&Reply::Error("ERR no".into()), Protocol::Resp2, "(error) ERR no\n", "ERR no\n\n");
        check(&Reply::Nil, Protocol::Resp2, "(nil)\n", "\n");
        check(&Reply::NilArray, Protocol::Resp3, "(nil)\n", "\n");
        check(
            &word("a\"\\\n\r\t\x07\x08\0~\x7fé"),
            Protocol::Resp2,
            "\"a\\\"\\\\\\n\\r\\t\\a\\b\\x00~\\x7f\\xc3\\xa9\"\n",
            "a\"\\\n\r\t\x07\x08\0~\x7fé\n",
        );
    }

    #[test]
    fn a_text_for_people_is_shown_as_it_is_and_silence_not_at_all() {
        let text = Reply::Verbatim("# A\r\nb:\"1\"\r\n".into());
        let shown = "# A\r\nb:\"1\"\r\n";
        check(&text, Protocol::Resp2, shown, shown);
        check(&text, Protocol::Resp3, shown, shown);
        // Among the replies of a transaction redis-cli goes by the protocol.
        let text = Reply::Array(vec![Reply::Verbatim("a\n".into())]);
        check(&text, Protocol::Resp2, "1) \"a\\n\"\n", "a\n\n");
        check(&text, Protocol::Resp3, "1) a\n\n", "a\n\n");
        check(&Reply::Silence, Protocol::Resp2, "", "");
    }

    #[test]
    fn numbers_of_items_are_aligned_and_nested_items_indented() {
        let mut items = vec![Reply::Integer(7); 9];
        items.push(Reply::Array(vec![word("a"), Reply::Array(vec![]), Reply::Nil]));
        let readable = " 1) (integer) 7\n 2) (integer) 7\n 3) (integer) 7\n 4) (integer) 7\n 5) (integer) 7\n \
            6) (integer) 7\n 7) (integer) 7\n 8) (integer) 7\n 9) (integer) 7\n10) 1) \"a\"\n    \
            2) (empty array)\n    3) (nil)\n";
        check(
            &Reply::Array(items),
            Protocol::Resp2,
            readable,
            "7\n7\n7\n7\n7\n7\n7\n7\n7\na\n\n\n",
        );
    }

    #[test]
    fn maps_and_sets_have_marks_of_their_own_in_resp3_only() {
        let set = Reply::Set(vec![Reply::Status("x".into())]);
        let two = Reply::Set(vec![Reply::Integer(1), Reply::Integer(2)]);
        let one = Reply::Map(vec![(word("c"), Reply::Integer(3))]);
        let map = Reply::Map(vec![(word("a"), set), (word("b"), two), (word("m"), one)]);
        check(
            &map,
            Protocol::Resp3,
            "1# \"a\" => 1~ x\n2# \"b\" => \n   1~ (integer) 1\n   2~ (integer) 2\n3# \"m\" => 1# \"c\" => (integer) 3\n",
            "a x\nb 1\n2\nm c 3\n",
        );
        check(
            &map,
            Protocol::Resp2,
            "1) \"a\"\n2) 1) x\n3) \"b\"\n4) 1) (integer) 1\n   2) (integer) 2\n5) \"m\"\n6) 1) \"c\"\n   2) (integer) 3\n",
            "a\nx\nb\n1\n2\nm\nc\n3\n",
        );
    }

    #[test]
    fn empty_aggregates_are_named() {
        check(&Reply::Map(vec![]), Protocol::Resp3, "(empty hash)\n", "\n");
        check(&Reply::Set(vec![]), Protocol::Resp3, "(empty set)\n", "\n");
        check(&Reply::Array(vec![]), Protocol::Resp3, "(empty array)\n", "\n");
        check(&Reply::Map(vec![]), Protocol::Resp2, "(empty array)\n", "\n");
    }
}
