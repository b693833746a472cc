//! Replies as they come over the wire, read without loss: two values are equal if their bytes are.

use std::fmt;
use std::io::{self, BufRead, Read};

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Simple(Vec<u8>),
    Error(Vec<u8>),
    Integer(i64),
    Bulk(Vec<u8>),
    /// RESP3's text for people, with its kind in front.
    Verbatim(Vec<u8>),
    NullBulk,
    NullArray,
    /// RESP3's one null.
    Null,
    Array(Vec<Value>),
    Set(Vec<Value>),
    Map(Vec<(Value, Value)>),
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed reply: {what}"))
}

impl Value {
    pub(crate) fn read(input: &mut impl BufRead) -> io::Result<Self> {
        let mut line = Vec::new();
        input.read_until(b'\n', &mut line)?;
        let line = line.strip_suffix(b"\r\n").ok_or_else(|| malformed("line without end"))?;
        let (kind, rest) = line.split_first().ok_or_else(|| malformed("empty line"))?;
        let number = || -> io::Result<i64> {
            let text = std::str::from_utf8(rest).map_err(|_| malformed("number"))?;
            text.parse().map_err(|_| malformed("number"))
        };
        let mut items =
            |count: i64| (0..count).map(|_| Self::read(input)).collect::<io::Result<Vec<Self>>>();
        Ok(match kind {
            b'+' => Self::Simple(rest.to_vec()),
            b'-' => Self::Error(rest.to_vec()),
            b':' => Self::Integer(number()?),
            b'_' => Self::Null,
            b'$' => match usize::try_from(number()?) {
                Ok(len) => Self::Bulk(read_bulk(input, len)?),
                Err(_) => Self::NullBulk,
            },
            b'=' => {
                let len = usize::try_from(number()?).map_err(|_| malformed("length"))?;
                Self::Verbatim(read_bulk(input, len)?)
            }
            b'*' => match number()? {
                -1 => Self::NullArray,
                count => Self::Array(items(count)?),
            },
            b'~' => Self::Set(items(number()?)?),
            b'%' => {
                let flat = items(2 * number()?)?;
                Self::Map(
                    flat.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect(),
                )
            }
            other => return Err(malformed(&format!("kind {:?}", char::from(*other)))),
        })
    }

    pub(crate) fn from_bytes(mut bytes: &[u8]) -> Self {
        let value = Self::read(&mut bytes).expect("a whole reply");
        assert!(bytes.is_empty(), "more than a reply");
        value
    }

    pub(crate) fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }

    /// The replies in it, if it is an array.
    pub(crate) fn items(&self) -> Option<&[Value]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The same in what both protocols have: one null, and arrays only.
    pub(crate) fn flattened(&self) -> Self {
        let all = |items: &[Self]| Self::Array(items.iter().map(Self::flattened).collect());
        match self {
            Self::NullBulk | Self::NullArray | Self::Null => Self::Null,
            Self::Array(items) | Self::Set(items) => all(items),
            Self::Verbatim(text) => Self::Bulk(text.strip_prefix(b"txt:").unwrap_or(text).to_vec()),
            Self::Map(pairs) => Self::Array(
                pairs
                    .iter()
                    .flat_map(|(name, value)| [name.flattened(), value.flattened()])
                    .collect(),
            ),
            other => other.clone(),
        }
    }
}

fn read_bulk(input: &mut impl Read, len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len + 2];
    input.read_exact(&mut bytes)?;
    bytes.truncate(len);
    Ok(bytes)
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Simple(text) => write!(f, "+{}", text.escape_ascii()),
            Self::Error(text) => write!(f, "-{}", text.escape_ascii()),
            Self::Integer(number) => write!(f, ":{number}"),
            Self::Bulk(bytes) => write!(f, "\"{}\"", bytes.escape_ascii()),
            Self::Verbatim(text) => write!(f, "={}", text.escape_ascii()),
            Self::NullBulk => f.write_str("$-1"),
            Self::NullArray => f.write_str("*-1"),
            Self::Null => f.write_str("_"),
            Self::Array(items) => f.debug_list().entries(items).finish(),
            Self::Set(items) => {
                f.write_str("~")?;
                f.debug_list().entries(items).finish()
            }
            Self::Map(pairs) => {
                f.write_str("%")?;
                f.debug_map().entries(pairs.iter().map(|(name, value)| (name, value))).finish()
            }
        }
    }
}
