//! Input that is large: an error, or work in proportion to what is there, and never the end of the process.

use std::time::Duration;

use redeque::Direction::{Left, Right};
use redeque::{Connection, Error, LposOptions, MoveCount, MoveOrder, Reply, Store};

use super::notation::{list, replies};

fn say(connection: &mut Connection, line: &str) -> Reply {
    connection.execute(line.split(' '))
}

/// The longest that a server takes.
const HALF_A_GIB: usize = 512 << 20;

#[test]
fn an_element_of_half_a_gib_comes_and_goes_in_its_buffer() {
    let store = Store::builder().max_memory(1 << 20).build().expect("a bound");
    // Nobody writes to it, so it is hardly there.
    let element = vec![0_u8; HALF_A_GIB];
    let place = element.as_ptr();
    assert_eq!(store.rpush("k", element), Ok(1), "nothing was used before it");
    assert!(store.used_memory() >= HALF_A_GIB);
    assert_eq!(store.rpush("k", "x"), Err(Error::OutOfMemory));
    let popped = store.lpop("k").expect("there is no log").expect("an element");
    assert_eq!((popped.as_ptr(), popped.len()), (place, HALF_A_GIB));
    assert!(store.used_memory() < 1 << 20);
}

#[test]
fn an_element_of_half_a_gib_is_refused_before_it_is_copied() {
    let store = Store::builder().max_memory(1).build().expect("a bound");
    store.rpush("k", "x").expect("nothing was used before it");
    let element = vec![0_u8; HALF_A_GIB];
    let refused = store.connect().execute([b"RPUSH", &b"k"[..], &element]);
    assert_eq!(refused, Reply::Error(Error::OutOfMemory.to_string().into_bytes()));
}

/// 2^63, which is none of the numbers that a server knows, and the one below it.
const TOO_MUCH: &str = "9223372036854775808";
const MOST: &str = "9223372036854775807";

#[test]
fn counts_that_are_too_large_are_refused() {
    let mut connection = list("abc").connect();
    for line in [
        "LPOP k @",
        "RPOP k @",
        "LRANGE k 0 @",
        "LPOS k a COUNT @",
        "LMPOP 1 k LEFT COUNT @",
        "BLMPOP 0 1 k LEFT COUNT @",
        "BLMPOP 0 @ k LEFT",
        "SORT k ALPHA LIMIT 0 @",
        "LREM k @ a",
        "LTRIM k @ @",
        "LMOVEM k d LEFT RIGHT COUNT @ OBO",
    ] {
        let reply = say(&mut connection, &line.replace('@', TOO_MUCH));
        assert!(reply.is_error(), "{line}: {reply:?}");
    }
    assert_eq!(say(&mut connection, "LLEN k"), Reply::Integer(3));
}

#[test]
fn the_largest_counts_take_what_is_there() {
    let letters = || Reply::Array(["a", "b", "c"].map(|text| Reply::Bulk(text.into())).to_vec());
    let of_k = || Reply::Array(vec![Reply::Bulk(b"k".to_vec()), letters()]);
    for (line, expected) in [
        ("LPOP k @", letters()),
        ("LRANGE k -@ @", letters()),
        ("LPOS k a COUNT @", Reply::Array(vec![Reply::Integer(0)])),
        ("LMPOP 1 k LEFT COUNT @", of_k()),
        ("BLMPOP 0 1 k LEFT COUNT @", of_k()),
        ("SORT k ALPHA LIMIT 0 @", letters()),
        ("SORT k ALPHA LIMIT @ @", Reply::Array(Vec::new())),
        ("LREM k @ a", Reply::Integer(1)),
        ("LTRIM k -@ @", Reply::ok()),
        ("LMOVEM k d LEFT RIGHT COUNT @ OBO", letters()),
    ] {
        let mut connection = list("abc").connect();
        assert_eq!(say(&mut connection, &line.replace('@', MOST)), expected, "{line}");
    }
}

#[test]
fn methods_take_any_count() {
    let now = Some(Duration::ZERO);
    replies(list("abc").lpop_count("k", usize::MAX), "[a b c]");
    replies(list("abc").lrange("k", i64::MIN, i64::MAX), "[a b c]");
    let positions = list("aba").lpos_count("k", "a", usize::MAX, LposOptions::default());
    assert_eq!(positions, [0, 2]);
    let popped = list("abc").blmpop(["k"], Left, usize::MAX, now).expect("there is no log");
    assert_eq!(popped.map(|(_, elements)| elements.len()), Some(3));
    let (count, order) = (MoveCount::UpTo(usize::MAX), MoveOrder::OneByOne);
    replies(list("abc").lmovem("k", "d", Left, Right, count, order), "[a b c]");
    let (count, order) = (MoveCount::Exactly(usize::MAX), MoveOrder::Bulk);
    assert_eq!(list("abc").blmovem("k", "d", Left, Right, count, order, now), Ok(None));
    assert_eq!(list("abc").rpush_bounded("k", usize::MAX, "d"), Ok(Some(4)));
}

#[test]
fn a_pattern_of_50_000_stars_is_matched_in_proportion() {
    let store = Store::new();
    let key = "a".repeat(2000);
    store.rpush(&key, "x").expect("there is no bound");
    let stars = "*".repeat(50_000);
    assert_eq!(store.keys(&stars), [key.as_bytes()]);
    assert!(store.keys(format!("{stars}b")).is_empty());
    // No two of them beside each other.
    let many = "*a".repeat(25_000);
    assert!(store.keys(&many).is_empty());
    let mut connection = store.connect();
    let found = connection.execute(["SCAN", "0", "MATCH", &stars, "COUNT", "100"]);
    assert!(
        matches!(found, Reply::Array(parts) if matches!(&parts[1], Reply::Array(keys) if keys.len() == 1))
    );
    let found = connection.execute(["CONFIG", "GET", &stars]);
    assert!(matches!(found, Reply::Map(pairs) if pairs.len() > 5));
    let found = connection.execute(["COMMAND", "LIST", "FILTERBY", "PATTERN", &stars]);
    assert!(matches!(found, Reply::Array(names) if names.len() > 50));
}
