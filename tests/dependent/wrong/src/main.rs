//! Calls that do not compile. Above each, behind `//~`, is what the compiler must say, in parts with a bar between them.

use redeque::Direction::Left;
use redeque::{Element, Error, Store, Transaction};

fn main() -> Result<(), Error> {
    let store = Store::new();
    one_key(&store, "k")?;
    store.transaction(["k"], |tx| one_key_in_a_transaction(tx, String::from("k")))?;
    one_element(&store, "x")?;
    bytes(&store, b"abc".to_vec())?;
    store.transaction(["k"], |tx| one_element_in_a_transaction(tx, "x"))?;
    one_line(&store);
    Ok(())
}

fn one_key(store: &Store, key: &str) -> Result<(), Error> {
    //~ `&str` is not a list of keys | for a single key, write `[key]`
    store.blpop(key, None)?;
    //~ `String` is not a list of keys
    store.brpop(String::from(key), None)?;
    //~ `&String` is not a list of keys
    store.blmpop(&String::from(key), Left, 1, None)?;
    //~ `&str` is not a list of keys
    store.lmpop(key, Left, 1)?;
    //~ `&str` is not a list of keys
    drop(store.blpop_async(key));
    //~ `&[u8; 1]` is not a list of keys
    drop(store.brpop_async(b"k"));
    //~ `&str` is not a list of keys
    drop(store.blmpop_async(key, Left, 1));
    //~ `&[u8]` is not a list of keys
    store.del_all(key.as_bytes())?;
    //~ `&str` is not a list of keys
    store.unlink_all(key)?;
    //~ `[{integer}; 2]` is not a list of keys | a key is anything that is `AsRef<[u8]>`
    store.exists_all([1, 2]);
    //~ `&str` is not a list of keys
    store.touch_all(key);
    //~ `&str` is not a list of keys
    store.transaction(key, |tx| tx.llen(key))?;
    Ok(())
}

fn one_key_in_a_transaction(tx: &mut Transaction<'_>, key: String) -> Result<(), Error> {
    //~ `&String` is not a list of keys | for a single key, write `[key]`
    tx.blpop(&key)?;
    //~ `&str` is not a list of keys
    tx.brpop("k")?;
    //~ `&str` is not a list of keys
    tx.blmpop("k", Left, 1)?;
    //~ `&str` is not a list of keys
    tx.lmpop("k", Left, 1)?;
    //~ `&str` is not a list of keys
    tx.del_all("k")?;
    //~ `&str` is not a list of keys
    tx.unlink_all("k")?;
    //~ `&str` is not a list of keys
    tx.exists_all("k")?;
    //~ `String` is not a list of keys
    tx.touch_all(key)?;
    Ok(())
}

fn one_element(store: &Store, element: &str) -> Result<(), Error> {
    //~ `&str` is not a list of elements | write `[element]`, or call the method without `_all`
    store.rpush_all("k", element)?;
    //~ `String` is not a list of elements
    store.lpush_all("k", String::from(element))?;
    //~ `{integer}` is not a list of elements
    store.rpushx_all("k", 7)?;
    //~ Element<'_>` is not a list of elements
    store.lpushx_all("k", Element::from(element))?;
    Ok(())
}

fn bytes(store: &Store, bytes: Vec<u8>) -> Result<(), Error> {
    //~ `&Vec<u8>` is not a list of elements
    store.rpush_all("k", &bytes)?;
    //~ `&[u8; 3]` is not a list of elements
    store.lpush_all("k", b"abc")?;
    //~ `[i8; 2]` is not a list of elements | it could be a byte or a number
    store.rpush_all("k", [1_i8, 2])?;
    //~ `Vec<u8>` is not a list of elements | it could be a byte or a number
    store.rpush_all("k", bytes)?;
    //~ Element<'_>: From<u8>` is not satisfied
    store.rpush("k", b'a')?;
    //~ Element<'_>: From<i8>` is not satisfied
    store.rpush("k", -1_i8)?;
    Ok(())
}

fn one_element_in_a_transaction(tx: &mut Transaction<'_>, element: &str) -> Result<(), Error> {
    //~ `&str` is not a list of elements
    tx.rpush_all("k", element)?;
    //~ `&str` is not a list of elements
    tx.lpush_all("k", element)?;
    //~ `&str` is not a list of elements
    tx.rpushx_all("k", element)?;
    //~ `Vec<u8>` is not a list of elements
    tx.lpushx_all("k", b"abc".to_vec())?;
    Ok(())
}

fn one_line(store: &Store) {
    //~ `&str` is not a list of words | write each word by itself
    store.connect().execute("LLEN k");
    //~ `&str` is not a list of words
    drop(store.connect().execute_async("LLEN k"));
}
