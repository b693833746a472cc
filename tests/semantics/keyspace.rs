//! What each command on keys does.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use redeque::{Reply, ScanOptions, Store};

use super::notation::{holds, list, put, replies};

/// A pop that empties a list lets somebody push to it again who waits for room.
#[test]
fn scan_misses_no_key_that_a_served_push_makes_again() {
    let store = Store::builder().shards(1).build().unwrap();
    let names: Vec<String> = (0..40).map(|number| format!("k{number}")).collect();
    for name in &names {
        store.rpush(name, "x").unwrap();
    }
    let page = ScanOptions::new().count(3).unwrap();
    let mut context = Context::from_waker(Waker::noop());
    for round in 0..400 {
        let (mut cursor, mut seen) = (0, BTreeSet::new());
        loop {
            let (next, keys) = store.scan(cursor, &page);
            seen.extend(keys);
            if next == 0 {
                break;
            }
            cursor = next;
            let name = &names[(round * 7 + seen.len() * 11) % 40];
            let mut push = pin!(store.brpush_bounded_async(name, 1, "x"));
            assert!(push.as_mut().poll(&mut context).is_pending());
            store.lpop(name).unwrap();
            assert_eq!(push.poll(&mut context), Poll::Ready(Ok(1)));
        }
        assert_eq!(seen.len(), 40, "round {round}");
    }
}

/// A key that is removed and made again in one step was there all the time.
#[test]
fn scan_misses_no_key_that_is_made_again_in_one_step() {
    let store = Store::builder().shards(1).build().unwrap();
    let names: Vec<String> = (0..40).map(|number| format!("k{number}")).collect();
    for name in &names {
        store.rpush(name, "x").unwrap();
    }
    let mut connection = store.connect();
    let page = ScanOptions::new().count(3).unwrap();
    for round in 0..400 {
        let (mut cursor, mut seen) = (0, BTreeSet::new());
        loop {
            let (next, keys) = store.scan(cursor, &page);
            seen.extend(keys);
            if next == 0 {
                break;
            }
            cursor = next;
            let name = &names[(round * 7 + seen.len() * 11) % 40];
            if round % 2 == 0 {
                store
                    .transaction([name], |tx| {
                        tx.lpop(name)?;
                        assert_eq!(tx.exists(name), Ok(false));
                        tx.rpush(name, "x")
                    })
                    .unwrap();
            } else {
                for line in [
                    "MULTI",
                    &format!("DEL {name}"),
                    "DBSIZE",
                    "KEYS *",
                    &format!("RPUSH {name} x"),
                ] {
                    connection.execute(line.split(' '));
                }
                let Reply::Array(replies) = connection.execute(["EXEC"]) else {
                    panic!("no array")
                };
                assert_eq!(replies[1], Reply::Integer(39));
                assert!(matches!(&replies[2], Reply::Array(keys) if keys.len() == 39));
            }
        }
        assert_eq!(seen.len(), 40, "round {round}");
    }
}

#[test]
fn del_and_unlink_count_each_key_that_existed_once() {
    let store = Store::new();
    for key in ["a", "b", "c", "d", "e"] {
        put(&store, key, "xyz");
    }
    replies(store.del("a"), ":1");
    replies(store.del("a"), ":0");
    replies(store.unlink("b"), ":1");
    replies(store.unlink("b"), ":0");
    replies(store.del_all(["a", "c", "c", "missing"]), ":1");
    replies(store.unlink_all(["d", "d", "e"]), ":2");
    replies(store.dbsize(), ":0");
}

#[test]
fn exists_and_touch_count_each_argument() {
    let store = list("a");
    replies(store.exists("k"), ":1");
    replies(store.touch("k"), ":1");
    replies(store.exists("missing"), ":0");
    replies(store.touch("missing"), ":0");
    replies(store.exists_all(["k", "k", "missing"]), ":2");
    replies(store.touch_all(["k", "missing", "k", "k"]), ":3");
    replies(store.exists_all([""; 0]), ":0");
}

#[test]
fn type_is_list_or_none() {
    let store = list("a");
    replies(store.key_type("k"), "+list");
    replies(store.key_type("missing"), "+none");
}

#[test]
fn rename_takes_the_place_of_what_was_there() {
    let store = list("abc");
    put(&store, "other", "xyz");
    replies(store.rename("k", "other"), "+OK");
    holds(&store, "k", "[]");
    holds(&store, "other", "[a b c]");
    replies(store.rename("other", "other"), "+OK");
    holds(&store, "other", "[a b c]");
    replies(store.rename("other", ""), "+OK");
    holds(&store, "", "[a b c]");
    replies(store.dbsize(), ":1");
}

#[test]
fn renamenx_only_takes_a_name_that_is_free() {
    let store = list("abc");
    put(&store, "other", "xyz");
    replies(store.renamenx("k", "other"), ":0");
    replies(store.renamenx("k", "k"), ":0");
    holds(&store, "k", "[a b c]");
    holds(&store, "other", "[x y z]");
    replies(store.renamenx("k", "free"), ":1");
    holds(&store, "free", "[a b c]");
    holds(&store, "k", "[]");
}

#[test]
fn copy_leaves_a_destination_that_exists_unless_told_to_replace_it() {
    let store = list("abc");
    put(&store, "other", "xyz");
    replies(store.copy("k", "other"), ":0");
    holds(&store, "other", "[x y z]");
    replies(store.copy("k", "free"), ":1");
    holds(&store, "free", "[a b c]");
    replies(store.copy_replace("k", "other"), ":1");
    holds(&store, "other", "[a b c]");
    replies(store.copy("missing", "new"), ":0");
    replies(store.copy_replace("missing", "other"), ":0");
    holds(&store, "other", "[a b c]");
    replies(store.dbsize(), ":3");
}

#[test]
fn a_copy_and_its_source_change_apart() {
    let store = list("abc");
    replies(store.copy("k", "copy"), ":1");
    replies(store.lset("k", 0, "x"), "+OK");
    replies(store.rpop("copy"), "c");
    holds(&store, "k", "[x b c]");
    holds(&store, "copy", "[a b]");
}

#[test]
fn dbsize_counts_keys_and_randomkey_names_one_of_them() {
    let store = Store::new();
    replies(store.dbsize(), ":0");
    replies(store.randomkey(), "nil");
    put(&store, "a", "123");
    put(&store, "b", "4");
    replies(store.dbsize(), ":2");
    let mut seen = [false; 2];
    for _ in 0..200 {
        match store.randomkey().as_deref() {
            Some(b"a") => seen[0] = true,
            Some(b"b") => seen[1] = true,
            other => panic!("{other:?} is no key of this store"),
        }
    }
    assert_eq!(seen, [true; 2]);
}

#[test]
fn flushall_and_flushdb_remove_everything() {
    for flush in [Store::flushall, Store::flushdb] {
        let store = list("abc");
        put(&store, "other", "x");
        replies(flush(&store), "+OK");
        replies(store.dbsize(), ":0");
        replies(store.keys("*"), "[]");
        replies(store.lpush("k", "again"), ":1");
        replies(flush(&Store::new()), "+OK");
    }
}

#[test]
fn a_clone_is_the_same_store() {
    let store = list("abc");
    replies(store.clone().lpop("k"), "a");
    holds(&store, "k", "[b c]");
}

// Patterns

/// Asserts which of these keys KEYS and SCAN MATCH name for a pattern, each alone in a store.
#[track_caller]
fn matches(pattern: &[u8], matching: &[&[u8]], others: &[&[u8]]) {
    let answers = |key: &[u8]| {
        let store = Store::new();
        replies(store.rpush(key, "x"), ":1");
        let keys = store.keys(pattern);
        assert_eq!(store.scan(0, &ScanOptions::new().pattern(pattern).count(99).unwrap()).1, keys);
        keys
    };
    let text = pattern.escape_ascii();
    for key in matching {
        assert_eq!(answers(key), [*key], "{text} matches {}", key.escape_ascii());
    }
    for key in others {
        assert!(answers(key).is_empty(), "{text} does not match {}", key.escape_ascii());
    }
}

#[test]
fn a_pattern_of_plain_bytes_is_one_key_and_case_matters() {
    matches(b"k1", &[b"k1"], &[b"k", b"k12", b"K1", b"", b"xk1"]);
    matches(b"\xff\n", &[b"\xff\n"], &[b"\xff"]);
}

#[test]
fn the_empty_pattern_matches_the_empty_key_only() {
    matches(b"", &[b""], &[b"a", b" "]);
}

#[test]
fn a_star_is_any_run_of_bytes() {
    matches(b"*", &[b"", b"a", b"\xff\0\n"], &[]);
    matches(b"h*llo", &[b"hllo", b"heeello", b"h*llo", b"hllollo"], &[b"hll", b"hlloo", b"allo"]);
    matches(b"*a*b", &[b"ab", b"xaxb", b"abab"], &[b"ba", b"aba"]);
    matches(b"a**", &[b"a", b"abc"], &[b"", b"ba"]);
    matches(b"**", &[b"a"], &[]);
}

#[test]
fn a_question_mark_is_exactly_one_byte() {
    matches(b"h?llo", &[b"hello", b"h?llo", b"h\xffllo"], &[b"hllo", b"heello"]);
    matches(b"?", &[b"a"], &[b"", b"aa", "é".as_bytes()]);
    matches(b"??", &["é".as_bytes()], &[b"a"]);
}

#[test]
fn a_class_is_one_byte_of_those_listed() {
    matches(b"h[ae]llo", &[b"hallo", b"hello"], &[b"hillo", b"hllo", b"haello"]);
    matches(b"h[^e]llo", &[b"hallo", b"h^llo"], &[b"hello", b"hllo"]);
    matches(b"h[a-c]llo", &[b"hallo", b"hbllo", b"hcllo"], &[b"hdllo", b"h-llo"]);
    matches(b"[c-a]", &[b"a", b"b", b"c"], &[b"d", b"-"]);
    matches(b"[^a-c]x", &[b"dx"], &[b"ax", b"x"]);
    matches(b"[a-cx-z]", &[b"b", b"y"], &[b"d", b"-"]);
    matches(b"[a^]", &[b"a", b"^"], &[b"b"]);
    matches(b"[*?]", &[b"*", b"?"], &[b"a"]);
}

#[test]
fn a_class_that_nothing_closes_ends_with_the_pattern() {
    matches(b"[ab", &[b"a", b"b"], &[b"[ab", b"ab", b"c"]);
    matches(b"x[", &[], &[b"x", b"x[", b"xa"]);
    matches(b"[^", &[b"a", b"^"], &[b"", b"ab"]);
    matches(b"[a-", &[b"a", b"-"], &[b"b"]);
}

#[test]
fn a_bracket_closes_a_class_also_in_first_place() {
    matches(b"[]", &[], &[b"]", b"[]", b"a"]);
    matches(b"[^]", &[b"a", b"]"], &[b"aa"]);
    matches(b"[]a]", &[], &[b"a", b"a]", b"]a]"]);
}

#[test]
fn a_backslash_makes_the_next_byte_plain() {
    matches(br"h\*llo", &[b"h*llo"], &[b"hello", br"h\*llo"]);
    matches(br"\a\?", &[b"a?"], &[b"ab", br"\a?"]);
    matches(br"[\]]", &[b"]"], &[br"\", br"\]"]);
    matches(br"[\^a]", &[b"^", b"a"], &[b"b"]);
    matches(br"[a\-c]", &[b"a", b"-", b"c"], &[b"b"]);
    matches(br"\\", &[br"\"], &[br"\\"]);
    matches(br"a\", &[br"a\"], &[b"a"]);
}

#[test]
fn keys_lists_all_that_match() {
    let store = Store::new();
    for key in ["one", "two", "three", "four", ""] {
        replies(store.rpush(key, "x"), ":1");
    }
    let sorted = |pattern: &str| {
        let mut keys = store.keys(pattern);
        keys.sort();
        keys
    };
    replies(sorted("*o*"), "[four one two]");
    replies(sorted("t??"), "[two]");
    assert_eq!(sorted("*").len(), 5);
    replies(sorted(""), r#"[""]"#);
    replies(sorted("nothing*"), "[]");
}

// Scan

/// All keys that a whole iteration returns.
fn scan(store: &Store, options: &ScanOptions) -> Vec<Vec<u8>> {
    let (mut cursor, mut found) = (0, Vec::new());
    loop {
        let (next, keys) = store.scan(cursor, options);
        found.extend(keys);
        if next == 0 {
            return found;
        }
        assert!(found.len() < 10_000, "a scan that does not end");
        cursor = next;
    }
}

fn numbered(store: &Store, numbers: std::ops::Range<u32>) {
    for number in numbers {
        assert_eq!(store.rpush(format!("k{number}"), "x"), Ok(1));
    }
}

fn of_shards(shards: usize) -> Store {
    Store::builder().shards(shards).build().expect("a legal number of shards")
}

#[test]
fn scan_returns_every_key_whatever_the_size_of_a_page() {
    for shards in [1, 3, 64] {
        let store = of_shards(shards);
        assert!(scan(&store, &ScanOptions::new()).is_empty());
        numbered(&store, 0..250);
        for count in [1, 7, 10, 249, 250, 251, usize::MAX] {
            let found = scan(&store, &ScanOptions::new().count(count).unwrap());
            assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), 250, "{shards}, {count}");
        }
    }
}

#[test]
fn scan_filters_by_pattern_and_type() {
    let store = Store::new();
    numbered(&store, 0..100);
    let count = |options: ScanOptions| scan(&store, &options).len();
    assert_eq!(count(ScanOptions::new().pattern("k7?")), 10);
    assert_eq!(count(ScanOptions::new().pattern("z*")), 0);
    for name in ["list", "LiSt"] {
        assert_eq!(count(ScanOptions::new().key_type(name)), 100, "{name}");
    }
    for name in ["string", "ZSET", "stream", "foo", "", "lists", "none"] {
        assert_eq!(count(ScanOptions::new().key_type(name)), 0, "{name}");
    }
    assert_eq!(count(ScanOptions::new().pattern("k7?").key_type("hash")), 0);
    assert_eq!(count(ScanOptions::new().key_type("foo").key_type("list")), 100);
    assert_eq!(count(ScanOptions::new().key_type("list").key_type("foo")), 0);
    assert_eq!(count(ScanOptions::new().count(1).unwrap().count(50).unwrap()), 100);
}

/// The type filters what was fetched, so a page may be empty although there are more.
#[test]
fn scan_for_a_type_that_no_key_has_still_goes_through_all_pages() {
    let store = of_shards(4);
    numbered(&store, 0..100);
    let options = ScanOptions::new().key_type("foo").count(10).unwrap();
    let (mut cursor, mut pages) = (0, 0);
    loop {
        let (next, keys) = store.scan(cursor, &options);
        assert!(keys.is_empty(), "{keys:?}");
        pages += 1;
        if next == 0 {
            break;
        }
        assert!(pages <= 100, "a scan that does not end");
        cursor = next;
    }
    assert!(pages >= 100 / 10, "{pages} pages of ten keys");
}

/// Other keys come and go between the pages: few, then so many that every table grows, then next to none.
#[test]
fn scan_returns_every_key_that_stays_while_others_come_and_go() {
    for (shards, count) in [(1, 1), (1, 10), (4, 3), (64, 5)] {
        let store = of_shards(shards);
        numbered(&store, 0..200);
        let options = ScanOptions::new().count(count).unwrap();
        let (mut cursor, mut found, mut page) = (0, BTreeSet::new(), 0);
        loop {
            let (next, keys) = store.scan(cursor, &options);
            found.extend(keys);
            if next == 0 {
                break;
            }
            cursor = next;
            page += 1;
            assert!(page < 10_000, "a scan that does not end");
            match page % 3 {
                0 => numbered(&store, 1000..1300),
                1 => numbered(&store, 2000..2010),
                _ => drop(store.del_all((1000..2010).map(|other| format!("k{other}")))),
            }
            // A key that goes and comes back was not there throughout, but must not hide others.
            replies(store.del("k0"), ":1");
            replies(store.rpush("k0", "x"), ":1");
        }
        for stayed in 1..200 {
            let key = format!("k{stayed}").into_bytes();
            assert!(found.contains(&key), "k{stayed} of {shards} shards, pages of {count}");
        }
    }
}

#[test]
fn a_page_of_one_key_is_still_a_step() {
    let store = of_shards(64);
    numbered(&store, 0..100);
    let (mut cursor, mut pages) = (0, 0);
    loop {
        (cursor, _) = store.scan(cursor, &ScanOptions::new().count(1).unwrap());
        pages += 1;
        if cursor == 0 {
            break;
        }
        assert!(pages <= 100 + 64, "a scan that does not end");
    }
}

#[test]
fn any_cursor_is_legal_and_leads_to_an_end() {
    for shards in [1, 3, 64] {
        let store = of_shards(shards);
        numbered(&store, 0..50);
        for start in [1, 63, 64, 65, 1000, 1 << 32, u64::MAX / 64, u64::MAX - 1, u64::MAX] {
            let mut cursor = start;
            for page in 0.. {
                cursor = store.scan(cursor, &ScanOptions::new().count(3).unwrap()).0;
                if cursor == 0 {
                    break;
                }
                assert!(page <= 50 + 64, "cursor {start} of {shards} shards does not end");
            }
        }
    }
}
