//! What the public types print of themselves: those that hold bytes print these, those that lead to a store nothing of it.

use redeque::{ElementBuf, Error, ScanOptions, Store};

#[test]
fn what_leads_to_a_store_prints_nothing_of_it() {
    let store = Store::builder().shards(2).build().expect("a legal number of shards");
    store.rpush_all("key", ["a", "b"]).expect("elements");
    let mut connection = store.connect();
    for words in [&["WATCH", "key"][..], &["MULTI"], &["RPUSH", "key", "c"]] {
        assert!(!connection.execute(words).is_error());
    }
    assert_eq!(format!("{store:?}"), "Store { shards: 2, .. }");
    assert_eq!(format!("{connection:?}"), "Connection { id: 1, .. }");
    assert_eq!(format!("{:?}", connection.execute_async(["EXEC"])), "Execute { .. }");
    assert_eq!(format!("{:?}", store.blpop_async(["key"])), "Wait { state: \"new\", .. }");
    let printed = store.transaction(["key"], |tx| Ok::<_, Error>(format!("{tx:?}")));
    assert_eq!(printed.as_deref(), Ok("Transaction { declared: 1, .. }"));
}

#[test]
#[cfg(feature = "redis-async")]
fn nor_does_a_connection_for_tasks() {
    let connection = redeque::redis::AsyncConnection::new(Store::new().connect());
    assert_eq!(format!("{connection:?}"), "AsyncConnection { .. }");
}

#[test]
fn what_holds_bytes_prints_them() {
    let (store, mut buffer) = (Store::new(), ElementBuf::new());
    store.rpush("key", "a").expect("an element");
    store.lrange_into("key", 0, -1, &mut buffer);
    assert_eq!(format!("{buffer:?}"), r#"[b"a"]"#);
    assert!(format!("{:?}", buffer.iter()).contains(r#"[b"a"]"#));
    assert_eq!(format!("{:?}", redeque::Element::from("a")), r#"Element(b"a")"#);
    let error = store.connect().execute(["NONE", "a"]).into_result().expect_err("no such command");
    assert!(format!("{error:?}").contains("'NONE', with args beginning with: 'a'"));
    let error = store.import(&b"NONE a\n"[..]).expect_err("no such command");
    assert!(format!("{error:?}").contains("NONE"));
    assert!(format!("{:?}", ScanOptions::new().pattern("a")).contains("[97]"));
}
