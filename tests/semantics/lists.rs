//! What each command on lists does.

use redeque::Direction::{self, Left, Right};
use redeque::MoveOrder::{Bulk, OneByOne};
use redeque::{LposOptions, MoveCount, MoveOrder, Protocol, Reply, Store};

use super::notation::{contents, holds, list, put, refuses, replies};

// Values and keys

#[test]
fn any_bytes_are_a_key_and_an_element() {
    let store = Store::new();
    let all: Vec<u8> = (0..=u8::MAX).collect();
    for bytes in [&b""[..], b"\0", b"\r\n", b"\xff\xfe", b" ", &all, &vec![b'x'; 70_000]] {
        assert_eq!(store.rpush(bytes, bytes), Ok(1));
        assert_eq!(store.lindex(bytes, 0).as_deref(), Some(bytes));
        assert_eq!(store.key_type(bytes), "list");
        assert_eq!(store.lpos(bytes, bytes), Some(0));
    }
    assert_eq!(store.dbsize(), 7);
}

#[test]
fn elements_are_equal_only_byte_for_byte() {
    let store = Store::new();
    let numbers = ["1", "01", "+1", "1.0", "1 ", "1"];
    replies(store.rpush_all("k", numbers), ":6");
    replies(store.lpos("k", "01"), ":1");
    replies(store.lpos("k", "1.0"), ":3");
    replies(store.lpos("k", "1e0"), "nil");
    replies(store.linsert_before("k", "+1", "x"), ":7");
    replies(store.linsert_before("k", "-1", "x"), ":-1");
    replies(store.lrem("k", 0, "1"), ":2");
    holds(&store, "k", "[01 x +1 1.0 1 ]");
}

#[test]
fn keys_are_equal_only_byte_for_byte() {
    let store = Store::new();
    for key in ["k", "K", "k ", "k\0", ""] {
        replies(store.rpush(key, "x"), ":1");
    }
    replies(store.dbsize(), ":5");
}

#[test]
fn whatever_removes_the_last_element_removes_the_key() {
    let removals: [fn(&Store); 14] = [
        |store| replies(store.lpop("k"), "a"),
        |store| replies(store.rpop("k"), "a"),
        |store| replies(store.lpop_count("k", 1), "[a]"),
        |store| replies(store.rpop_count("k", usize::MAX), "[a]"),
        |store| replies(store.lmpop(["k"], Left, 1), "[k [a]]"),
        |store| replies(store.lrem("k", 0, "a"), ":1"),
        |store| replies(store.lrem("k", 1, "a"), ":1"),
        |store| replies(store.lrem("k", -1, "a"), ":1"),
        |store| replies(store.ltrim("k", 1, 0), "+OK"),
        |store| replies(store.ltrim("k", 1, -1), "+OK"),
        |store| replies(store.lmove("k", "other", Left, Right), "a"),
        |store| replies(store.rpoplpush("k", "other"), "a"),
        |store| replies(store.del("k"), ":1"),
        |store| replies(store.rename("k", "other"), "+OK"),
    ];
    for remove in removals {
        let store = list("a");
        remove(&store);
        replies(store.exists("k"), ":0");
        replies(store.key_type("k"), "+none");
        replies(store.llen("k"), ":0");
        replies(store.rpushx("k", "b"), ":0");
        assert!(!contents(&store).contains_key("k"));
    }
}

#[test]
fn rotating_a_list_of_one_element_keeps_its_key() {
    let store = list("a");
    for (from, to) in [(Left, Left), (Left, Right), (Right, Left), (Right, Right)] {
        replies(store.lmove("k", "k", from, to), "a");
        holds(&store, "k", "[a]");
    }
    replies(store.rpoplpush("k", "k"), "a");
    holds(&store, "k", "[a]");
}

// Pushes

#[test]
fn lpush_puts_one_element_after_the_other_at_the_head() {
    let store = Store::new();
    replies(store.lpush("k", "a"), ":1");
    replies(store.lpush("k", "b"), ":2");
    replies(store.lpush_all("k", ["c", "d", "e"]), ":5");
    holds(&store, "k", "[e d c b a]");
}

#[test]
fn rpush_puts_one_element_after_the_other_at_the_tail() {
    let store = Store::new();
    replies(store.rpush("k", "a"), ":1");
    replies(store.rpush("k", "b"), ":2");
    replies(store.rpush_all("k", ["c", "d", "e"]), ":5");
    holds(&store, "k", "[a b c d e]");
}

#[test]
fn lpushx_and_rpushx_push_only_to_a_list_that_exists() {
    let store = Store::new();
    replies(store.lpushx("k", "a"), ":0");
    replies(store.rpushx("k", "a"), ":0");
    replies(store.lpushx_all("k", ["a", "b"]), ":0");
    replies(store.rpushx_all("k", ["a", "b"]), ":0");
    replies(store.dbsize(), ":0");

    put(&store, "k", "m");
    replies(store.lpushx("k", "l"), ":2");
    replies(store.rpushx("k", "n"), ":3");
    replies(store.lpushx_all("k", ["k", "j"]), ":5");
    replies(store.rpushx_all("k", ["o", "p"]), ":7");
    holds(&store, "k", "[j k l m n o p]");
}

// Pops

#[test]
fn lpop_and_rpop_take_one_element_from_their_end() {
    let store = list("abc");
    replies(store.lpop("k"), "a");
    replies(store.rpop("k"), "c");
    replies(store.lpop("k"), "b");
    replies(store.lpop("k"), "nil");
    replies(store.rpop("k"), "nil");
}

#[test]
fn lpop_and_rpop_with_a_count_take_that_many_in_the_order_of_popping() {
    let store = list("abcdef");
    replies(store.lpop_count("k", 2), "[a b]");
    replies(store.rpop_count("k", 2), "[f e]");
    replies(store.rpop_count("k", 1), "[d]");
    replies(store.rpop_count("k", 9), "[c]");

    let store = list("abc");
    replies(store.lpop_count("k", usize::MAX), "[a b c]");
    replies(store.dbsize(), ":0");
}

#[test]
fn a_count_of_zero_is_empty_on_a_list_and_nil_without_one() {
    let store = list("ab");
    replies(store.lpop_count("k", 0), "[]");
    replies(store.rpop_count("k", 0), "[]");
    holds(&store, "k", "[a b]");
    for count in [0, 1, usize::MAX] {
        replies(store.lpop_count("missing", count), "nil");
        replies(store.rpop_count("missing", count), "nil");
    }
}

#[test]
fn lmpop_pops_from_the_first_key_that_has_elements() {
    let store = Store::new();
    put(&store, "a", "123");
    put(&store, "b", "456");
    replies(store.lmpop(["missing", "b", "a"], Left, 1), "[b [4]]");
    replies(store.lmpop(["missing", "b", "a"], Right, 9), "[b [6 5]]");
    replies(store.lmpop(["missing", "b", "a"], Right, 2), "[a [3 2]]");
    replies(store.lmpop(["b", "missing"], Left, 1), "nil");
    replies(store.lmpop(["b", "a"], Left, usize::MAX), "[a [1]]");
    replies(store.lmpop(["b", "a"], Left, 1), "nil");
}

#[test]
fn lmpop_takes_a_key_named_twice_once() {
    let store = list("abc");
    replies(store.lmpop(["k", "k"], Left, 2), "[k [a b]]");
    replies(store.lmpop(["missing", "k", "missing", "k"], Left, 2), "[k [c]]");
    replies(store.dbsize(), ":0");
}

// Reads

#[test]
fn llen_of_a_missing_key_is_zero() {
    let store = list("abc");
    replies(store.llen("k"), ":3");
    replies(store.llen("missing"), ":0");
}

#[test]
fn lrange_includes_both_ends_and_counts_negative_indexes_from_the_tail() {
    let store = list("abcde");
    replies(store.lrange("k", 0, -1), "[a b c d e]");
    replies(store.lrange("k", 1, 3), "[b c d]");
    replies(store.lrange("k", 2, 2), "[c]");
    replies(store.lrange("k", -3, -2), "[c d]");
    replies(store.lrange("k", -2, 4), "[d e]");
    replies(store.lrange("k", 1, -1), "[b c d e]");
}

#[test]
fn lrange_is_clamped_to_the_list_and_empty_outside_of_it() {
    let store = list("abcde");
    replies(store.lrange("k", -100, 100), "[a b c d e]");
    replies(store.lrange("k", i64::MIN, i64::MAX), "[a b c d e]");
    replies(store.lrange("k", -6, 0), "[a]");
    replies(store.lrange("k", 4, 5), "[e]");
    replies(store.lrange("k", 0, -5), "[a]");
    for (start, stop) in [(0, -6), (3, 2), (-1, -2), (5, 5), (5, 100), (i64::MAX, i64::MIN)] {
        replies(store.lrange("k", start, stop), "[]");
    }
    replies(store.lrange("k", i64::MIN, i64::MIN), "[]");
    replies(store.lrange("k", i64::MAX, i64::MAX), "[]");
    replies(store.lrange("missing", 0, -1), "[]");
}

#[test]
fn lindex_counts_from_either_end_and_is_nil_outside_of_the_list() {
    let store = list("abc");
    for (index, element) in [(0, "a"), (2, "c"), (-1, "c"), (-3, "a")] {
        replies(store.lindex("k", index), element);
    }
    for index in [3, -4, 1 << 32, -(1 << 32), i64::MAX, i64::MIN] {
        replies(store.lindex("k", index), "nil");
    }
    replies(store.lindex("missing", 0), "nil");
}

#[test]
fn lpos_finds_the_first_match_from_the_head() {
    let store = list("abcabc");
    replies(store.lpos("k", "a"), ":0");
    replies(store.lpos("k", "c"), ":2");
    replies(store.lpos("k", "z"), "nil");
    replies(store.lpos("k", ""), "nil");
    replies(store.lpos("missing", "a"), "nil");
}

fn rank(rank: i64) -> LposOptions {
    LposOptions::new().rank(rank).expect("a rank that LPOS takes")
}

#[test]
fn lpos_rank_skips_matches_and_a_negative_one_searches_from_the_tail() {
    let store = list("abcabcabc");
    let found = |nth: i64| store.lpos_with("k", "b", rank(nth));
    for (nth, position) in [(1, ":1"), (2, ":4"), (3, ":7"), (-1, ":7"), (-2, ":4"), (-3, ":1")] {
        replies(found(nth), position);
    }
    for nth in [4, -4, i64::MAX, i64::MIN + 1] {
        replies(found(nth), "nil");
    }
}

#[test]
fn lpos_count_lists_matches_in_the_order_of_the_search() {
    let store = list("abcabcab");
    let found = |count, nth| store.lpos_count("k", "b", count, rank(nth));
    replies(found(0, 1), "[1 4 7]");
    replies(found(0, -1), "[7 4 1]");
    replies(found(2, 1), "[1 4]");
    replies(found(2, -1), "[7 4]");
    replies(found(1, 2), "[4]");
    replies(found(0, -2), "[4 1]");
    replies(found(usize::MAX, 1), "[1 4 7]");
    replies(found(0, 4), "[]");
    replies(store.lpos_count("k", "z", 0, rank(1)), "[]");
    replies(store.lpos_count("missing", "a", 0, rank(1)), "[]");
}

#[test]
fn lpos_maxlen_limits_how_many_elements_are_compared_from_where_the_search_starts() {
    let store = list("abcabcab");
    let found = |nth, maxlen| store.lpos_count("k", "b", 0, rank(nth).maxlen(maxlen));
    replies(found(1, 1), "[]");
    replies(found(1, 2), "[1]");
    replies(found(1, 5), "[1 4]");
    replies(found(-1, 1), "[7]");
    replies(found(-1, 3), "[7]");
    replies(found(-1, 4), "[7 4]");
    replies(found(1, 0), "[1 4 7]");
    replies(found(1, usize::MAX), "[1 4 7]");
    replies(store.lpos_with("k", "b", rank(2).maxlen(4)), "nil");
}

// Edits

#[test]
fn lset_replaces_the_element_at_an_index_from_either_end() {
    let store = list("abc");
    replies(store.lset("k", 0, "x"), "+OK");
    replies(store.lset("k", -1, "z"), "+OK");
    replies(store.lset("k", 1, ""), "+OK");
    holds(&store, "k", r#"[x "" z]"#);
    replies(store.lset("k", -3, "long".repeat(5000)), "+OK");
    replies(store.lindex("k", 0).map(|element| element.len()), ":20000");
    replies(store.lrange("k", 1, -1), r#"["" z]"#);
}

#[test]
fn linsert_puts_an_element_beside_the_first_pivot_from_the_head() {
    let store = list("abcb");
    replies(store.linsert_before("k", "b", "x"), ":5");
    replies(store.linsert_after("k", "b", "y"), ":6");
    holds(&store, "k", "[a x b y c b]");
    replies(store.linsert_before("k", "a", "h"), ":7");
    replies(store.linsert_after("k", "c", "t"), ":8");
    holds(&store, "k", "[h a x b y c t b]");
}

#[test]
fn linsert_without_a_pivot_is_minus_one_and_without_a_key_zero() {
    let store = list("abc");
    replies(store.linsert_before("k", "z", "x"), ":-1");
    replies(store.linsert_after("k", "", "x"), ":-1");
    replies(store.linsert_before("missing", "a", "x"), ":0");
    replies(store.linsert_after("missing", "a", "x"), ":0");
    holds(&store, "k", "[a b c]");
    replies(store.dbsize(), ":1");
}

#[test]
fn lrem_removes_from_the_head_from_the_tail_or_everywhere() {
    let after = |count, removed, left| {
        let store = list("abacada");
        replies(store.lrem("k", count, "a"), removed);
        holds(&store, "k", left);
    };
    after(0, ":4", "[b c d]");
    after(1, ":1", "[b a c a d a]");
    after(-1, ":1", "[a b a c a d]");
    after(2, ":2", "[b c a d a]");
    after(-3, ":3", "[a b c d]");
    after(9, ":4", "[b c d]");
    after(i64::MAX, ":4", "[b c d]");
    after(i64::MIN + 1, ":4", "[b c d]");
}

#[test]
fn lrem_of_nothing_is_zero() {
    let store = list("abc");
    replies(store.lrem("k", 0, "z"), ":0");
    replies(store.lrem("missing", 0, "a"), ":0");
    replies(store.lrem("missing", -5, "a"), ":0");
    holds(&store, "k", "[a b c]");
}

#[test]
fn ltrim_keeps_a_range_and_always_says_ok() {
    let after = |start, stop, left| {
        let store = list("abcde");
        replies(store.ltrim("k", start, stop), "+OK");
        holds(&store, "k", left);
    };
    after(0, -1, "[a b c d e]");
    after(1, 3, "[b c d]");
    after(-2, -1, "[d e]");
    after(i64::MIN, i64::MAX, "[a b c d e]");
    after(4, 100, "[e]");
    for (start, stop) in [(3, 2), (5, 9), (0, -6), (i64::MAX, i64::MIN)] {
        after(start, stop, "[]");
    }
    replies(Store::new().ltrim("missing", 0, -1), "+OK");
}

// Moves

#[test]
fn lmove_takes_from_one_end_and_puts_at_one_end() {
    let moved = |from: Direction, to: Direction, element, source, destination| {
        let store = list("abc");
        put(&store, "d", "xy");
        replies(store.lmove("k", "d", from, to), element);
        holds(&store, "k", source);
        holds(&store, "d", destination);
    };
    moved(Left, Left, "a", "[b c]", "[a x y]");
    moved(Left, Right, "a", "[b c]", "[x y a]");
    moved(Right, Left, "c", "[a b]", "[c x y]");
    moved(Right, Right, "c", "[a b]", "[x y c]");
}

#[test]
fn lmove_from_a_list_to_itself_rotates_it() {
    let rotated = |from: Direction, to: Direction, element, left| {
        let store = list("abc");
        replies(store.lmove("k", "k", from, to), element);
        holds(&store, "k", left);
    };
    rotated(Left, Right, "a", "[b c a]");
    rotated(Right, Left, "c", "[c a b]");
    rotated(Left, Left, "a", "[a b c]");
    rotated(Right, Right, "c", "[a b c]");
}

#[test]
fn lmove_makes_its_destination_and_is_nil_without_a_source() {
    let store = list("ab");
    replies(store.lmove("missing", "d", Left, Left), "nil");
    replies(store.lmove("missing", "missing", Left, Left), "nil");
    replies(store.lmove("missing", "k", Left, Left), "nil");
    replies(store.dbsize(), ":1");
    replies(store.lmove("k", "d", Right, Right), "b");
    replies(store.lmove("k", "d", Right, Right), "a");
    holds(&store, "d", "[b a]");
    holds(&store, "k", "[]");
}

/// Of five elements three, to a list of two.
#[test]
fn lmovem_moves_a_block_in_the_order_that_is_asked_for() {
    let moved = |order: MoveOrder, from: Direction, to: Direction, block, source, destination| {
        let store = list("12345");
        put(&store, "d", "xy");
        replies(store.lmovem("k", "d", from, to, MoveCount::UpTo(3), order), block);
        holds(&store, "k", source);
        holds(&store, "d", destination);
    };
    moved(OneByOne, Left, Left, "[3 2 1]", "[4 5]", "[3 2 1 x y]");
    moved(OneByOne, Right, Right, "[5 4 3]", "[1 2]", "[x y 5 4 3]");
    moved(Bulk, Left, Left, "[1 2 3]", "[4 5]", "[1 2 3 x y]");
    moved(Bulk, Right, Right, "[3 4 5]", "[1 2]", "[x y 3 4 5]");
    for order in [OneByOne, Bulk] {
        moved(order, Left, Right, "[1 2 3]", "[4 5]", "[x y 1 2 3]");
        moved(order, Right, Left, "[3 4 5]", "[1 2]", "[3 4 5 x y]");
    }
}

#[test]
fn lmovem_from_a_list_to_itself_takes_the_block_out_first() {
    let moved = |order: MoveOrder, from: Direction, to: Direction, count, left| {
        let store = list("123");
        store.lmovem("k", "k", from, to, MoveCount::UpTo(count), order).unwrap();
        holds(&store, "k", left);
    };
    for count in [3, 4] {
        for (from, to) in [(Left, Right), (Right, Left)] {
            moved(OneByOne, from, to, count, "[1 2 3]");
            moved(Bulk, from, to, count, "[1 2 3]");
        }
        for end in [Left, Right] {
            moved(OneByOne, end, end, count, "[3 2 1]");
            moved(Bulk, end, end, count, "[1 2 3]");
        }
    }
    moved(OneByOne, Left, Left, 2, "[2 1 3]");
    moved(OneByOne, Right, Right, 2, "[1 3 2]");
    moved(Bulk, Left, Right, 2, "[3 1 2]");
    moved(OneByOne, Right, Left, 2, "[2 3 1]");
}

#[test]
fn lmovem_moves_up_to_a_number_or_exactly_as_many_or_nothing() {
    let store = list("abc");
    let moved = |key, count| store.lmovem(key, "d", Left, Right, count, Bulk);
    replies(moved("k", MoveCount::Exactly(4)), "nil");
    replies(moved("missing", MoveCount::UpTo(1)), "nil");
    replies(moved("missing", MoveCount::Exactly(1)), "nil");
    replies(store.dbsize(), ":1");
    replies(moved("k", MoveCount::Exactly(2)), "[a b]");
    replies(moved("k", MoveCount::Exactly(2)), "nil");
    replies(moved("k", MoveCount::UpTo(usize::MAX)), "[c]");
    holds(&store, "d", "[a b c]");
    holds(&store, "k", "[]");
    for count in [MoveCount::UpTo(0), MoveCount::Exactly(0)] {
        let zero = |store: &Store| store.lmovem("d", "d", Left, Left, count, Bulk);
        refuses(&store, zero, "ERR count should be greater than 0");
    }
}

/// No server at hand knows it, so what it replies is written down.
#[test]
fn lmovem_reads_its_words_as_the_reference_says() {
    let mut connection = Store::new().connect();
    let mut says = |line: &str, reply: &str| {
        let got = connection.execute(line.split(' ')).to_resp(Protocol::Resp2);
        assert_eq!(String::from_utf8_lossy(&got), reply.replace(' ', "\r\n") + "\r\n", "{line}");
    };
    says("RPUSH k 1 2 3 4 5 6 7", ":7");
    says("LMOVEM k d LEFT RIGHT", "*1 $1 1");
    says("lmovem k d left right count 2 obo", "*2 $1 2 $1 3");
    says("LMOVEM k d RIGHT RIGHT EXACTLY 2 BULK", "*2 $1 6 $1 7");
    says("LMOVEM k d LEFT RIGHT EXACTLY 3 BULK", "*-1");
    says("LMOVEM none d LEFT RIGHT", "*-1");
    let (syntax, count) = ("ERR syntax error", "ERR count should be greater than 0");
    for (ending, text) in [
        ("up right", syntax),
        ("left up", syntax),
        ("left right count 1", syntax),
        ("left right exactly 1", syntax),
        ("left right most 1 obo", syntax),
        ("left right count 1 both", syntax),
        ("left right obo", syntax),
        ("left right count 1 obo more", syntax),
        ("left right count 0", syntax),
        ("left right count 0 obo", count),
        ("left right exactly -1 bulk", count),
        ("left right count x obo", count),
        ("left right count 0 both", count),
    ] {
        let reply = connection.execute(format!("LMOVEM k d {ending}").split(' '));
        assert_eq!(reply, Reply::Error(text.into()), "{ending}");
    }
}

#[test]
fn rpoplpush_moves_from_the_tail_to_the_head() {
    let store = list("abc");
    put(&store, "d", "xy");
    replies(store.rpoplpush("k", "d"), "c");
    holds(&store, "k", "[a b]");
    holds(&store, "d", "[c x y]");
    replies(store.rpoplpush("d", "d"), "y");
    holds(&store, "d", "[y c x]");
    replies(store.rpoplpush("missing", "d"), "nil");
}
