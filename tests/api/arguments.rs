//! Whatever has the bytes of an element is one, and whatever yields keys or elements is several of them.

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use redeque::Direction::Left;
use redeque::{Element, Elements, Error, Keys, Reply, Store, Words};

#[track_caller]
fn check<'e>(given: impl Into<Element<'e>> + Clone, stored: &[u8]) {
    assert_eq!(given.clone().into().as_bytes(), stored);
    assert_eq!(given.clone().into().into_vec(), stored);
    let store = Store::new();
    store.rpush("k", given).expect("a push is not refused");
    assert_eq!(store.lpop("k"), Ok(Some(stored.to_vec())));
}

#[test]
fn text_and_bytes_are_elements_borrowed_owned_and_shared() {
    check("text", b"text");
    check(&String::from("text"), b"text");
    check(String::from("text"), b"text");
    check(Box::<str>::from("text"), b"text");
    check(Arc::<str>::from("text"), b"text");
    check(Rc::<str>::from("text"), b"text");
    check(Arc::new(String::from("text")), b"text");
    check(&b"\0\xff"[..], b"\0\xff");
    check(b"\0\xff", b"\0\xff");
    check(*b"\0\xff", b"\0\xff");
    check([0, 255], b"\0\xff");
    check(&vec![0, 255], b"\0\xff");
    check(vec![0, 255], b"\0\xff");
    check(Box::<[u8]>::from(*b"\0\xff"), b"\0\xff");
    check(Arc::<[u8]>::from(*b"\0\xff"), b"\0\xff");
    check(&Arc::<[u8]>::from(*b"\0\xff"), b"\0\xff");
    check(Rc::<[u8]>::from(*b"\0\xff"), b"\0\xff");
    check([0; 0], b"");
}

#[test]
fn a_cow_is_an_element_either_way() {
    check(Cow::Borrowed("text"), b"text");
    check(Cow::<str>::Owned(String::from("text")), b"text");
    check(Cow::Borrowed(&b"\xff"[..]), b"\xff");
    check(Cow::<[u8]>::Owned(vec![0xff]), b"\xff");
}

#[test]
fn an_integer_is_its_decimal_text() {
    check(7, b"7");
    check(i16::MIN, b"-32768");
    check(i32::MIN, b"-2147483648");
    check(i64::MIN, b"-9223372036854775808");
    check(i128::MIN, b"-170141183460469231731687303715884105728");
    check(-1_isize, b"-1");
    check(u16::MAX, b"65535");
    check(u32::MAX, b"4294967295");
    check(u64::MAX, b"18446744073709551615");
    check(u128::MAX, b"340282366920938463463374607431768211455");
    check(0_usize, b"0");
}

#[test]
fn a_long_buffer_that_is_handed_over_comes_out_again() {
    let store = Store::new();
    let buffer = vec![b'x'; 1000];
    let address = buffer.as_ptr();
    for owned in [Element::from(buffer.clone().into_boxed_slice()), Element::from(buffer)] {
        store.rpush("k", owned).expect("a push is not refused");
    }
    let popped = [store.lpop("k"), store.lpop("k")].map(|popped| popped.unwrap().unwrap());
    assert_ne!(popped[0].as_ptr(), address);
    assert_eq!(popped[1].as_ptr(), address);

    let text = "y".repeat(1000);
    let address = text.as_ptr();
    store.rpush("k", Cow::<str>::Owned(text)).expect("a push is not refused");
    let popped = store.lpop("k").unwrap().unwrap();
    assert_eq!(popped.as_ptr(), address);
}

#[test]
fn an_element_prints_its_bytes() {
    assert_eq!(format!("{:?}", Element::from("caf\u{e9}\"")), r#"Element(b"caf\xc3\xa9\"")"#);
    assert_eq!(format!("{:?}", Element::from(vec![0])), r#"Element(b"\x00")"#);
}

/// Each of these is a type that has to be inferred from the argument alone.
#[test]
#[expect(clippy::needless_borrows_for_generic_args, reason = "the references are on trial, too")]
fn several_keys_come_in_any_collection() {
    let store = Store::new();
    store.rpush_all("a", 0..20).expect("there are elements");
    let (owned, borrowed) = (vec![String::from("a"), String::from("b")], ["a", "b"]);
    assert_eq!(store.exists_all(["a", "b"]), 1);
    assert_eq!(store.exists_all([b"a", b"b"]), 1);
    assert_eq!(store.exists_all(borrowed), 1);
    assert_eq!(store.exists_all(&borrowed), 1);
    assert_eq!(store.exists_all(&borrowed[..1]), 1);
    assert_eq!(store.exists_all(&owned), 1);
    assert_eq!(store.exists_all(owned.iter()), 1);
    assert_eq!(store.exists_all(owned.iter().map(String::as_str).rev()), 1);
    assert_eq!(store.exists_all(owned.clone()), 1);
    assert_eq!(store.exists_all(Some("a")), 1);
    assert_eq!(store.exists_all((0..3).map(|number| format!("key:{number}"))), 0);
    assert_eq!(store.exists_all(owned.iter().collect::<BTreeSet<_>>()), 1);
    assert_eq!(store.exists_all(Vec::<Vec<u8>>::new()), 0);
    assert_eq!(store.touch_all(&store.keys("*")), 1);
    assert_eq!(store.blpop(&owned, None).unwrap().unwrap().1, b"0");
    assert_eq!(store.brpop(Some("a"), None).unwrap().unwrap().1, b"19");
    assert_eq!(store.lmpop(owned.iter(), Left, 1).unwrap().unwrap().1, [b"1"]);
    assert_eq!(store.blmpop(&borrowed, Left, 1, None).unwrap().unwrap().1, [b"2"]);
    assert_eq!(store.transaction(&owned, |tx| tx.exists_all(&borrowed)), Ok(1));
    assert_eq!(
        store.transaction(owned.iter(), |tx| tx.lmpop(&owned, Left, 1)).unwrap().unwrap().1,
        [b"3"]
    );
    assert_eq!(store.transaction(["a"], |tx| tx.blpop(Some("a"))).unwrap().unwrap().1, b"4");
    assert_eq!(store.del_all(owned), Ok(1));
}

#[test]
fn several_elements_come_in_any_collection() {
    let store = Store::new();
    let owned = vec![String::from("a"), String::from("b")];
    let bytes: [&[u8]; 2] = [b"a", b"bc"];
    let pushes = [
        store.rpush_all("k", ["a", "b"]),
        store.rpush_all("k", [b"a", b"b"]),
        store.rpush_all("k", [*b"a", *b"b"]),
        store.rpush_all("k", bytes),
        store.rpush_all("k", &bytes),
        store.rpush_all("k", &owned),
        store.rpush_all("k", owned.iter()),
        store.rpush_all("k", owned.iter().map(String::as_str)),
        store.rpush_all("k", [&owned[0], &owned[1]]),
        store.rpush_all("k", ["a", "b"].map(Cow::Borrowed)),
        store.rpush_all("k", [1, 2]),
        store.rpush_all("k", 1..=2_u64),
        store.rpush_all("k", VecDeque::from(vec![vec![1], vec![2]])),
        store.transaction(["k"], |tx| tx.rpush_all("k", &owned)),
        store.transaction(["k"], |tx| tx.rpushx_all("k", 1..=2)),
        store.rpushx_all("k", owned),
    ];
    let lengths: Vec<usize> = pushes.into_iter().map(Result::unwrap).collect();
    assert_eq!(lengths, (1..=16).map(|pushed| 2 * pushed).collect::<Vec<_>>());
}

/// The traits are enough for a function of the caller's own.
#[test]
fn what_takes_several_can_be_wrapped() {
    fn push<'e>(store: &Store, elements: impl Elements<'e>) -> Result<usize, Error> {
        store.rpush_all("k", elements)
    }
    fn push_each<T: AsRef<[u8]>>(store: &Store, elements: &[T]) -> Result<usize, Error> {
        store.rpush_all("k", elements)
    }
    fn count(store: &Store, keys: impl Keys) -> usize {
        keys.into_iter().map(|key| store.llen(key)).sum()
    }
    fn count_all<K: AsRef<[u8]>>(store: &Store, keys: impl IntoIterator<Item = K>) -> usize {
        store.exists_all(keys)
    }
    fn ask(store: &Store, words: impl Words) -> Reply {
        store.connect().execute(words)
    }
    let store = Store::new();
    assert_eq!(push(&store, ["a"]), Ok(1));
    assert_eq!(push(&store, vec![1]), Ok(2));
    assert_eq!(push_each(&store, &["b"]), Ok(3));
    assert_eq!(count(&store, ["k", "k"]), 6);
    assert_eq!(count_all(&store, ["k", "k"]), 2);
    assert_eq!(ask(&store, "LLEN k".split(' ')), Reply::Integer(3));
}
