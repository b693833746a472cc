//! What is refused, in whose words, and that nothing changes then.

use std::panic::{AssertUnwindSafe, catch_unwind};

use redeque::Direction::{Left, Right};
use redeque::{BuildError, Builder, ElementBuf, Error, LposOptions, ScanOptions, Store};

use super::notation::{holds, list, put, refuses, replies};

const NO_SUCH_KEY: &str = "ERR no such key";
const SAME_OBJECT: &str = "ERR source and destination objects are the same";
const UNDECLARED: &str = "ERR key is not declared in this transaction";
const REFUSED: &str = "-ERR key is not declared in this transaction";
const OUT_OF_RANGE: &str = "ERR index out of range";
const NO_NUMKEYS: &str = "ERR numkeys should be greater than 0";
const NO_COUNT: &str = "ERR count should be greater than 0";
const NO_OPPOSITE: &str = "ERR value is out of range, value must between -9223372036854775807 and \
                           9223372036854775807";
const NONE: [&str; 0] = [];

fn arity(command: &str) -> String {
    format!("ERR wrong number of arguments for '{command}' command")
}

// Arguments

#[test]
fn lset_refuses_an_index_outside_of_the_list() {
    let store = list("abc");
    for index in [3, -4, 100, 1 << 32, -(1 << 32), i64::MAX, i64::MIN] {
        refuses(&store, |store| store.lset("k", index, "x"), OUT_OF_RANGE);
    }
}

#[test]
fn lset_refuses_a_missing_key_whatever_the_index() {
    let store = list("abc");
    for index in [0, -1, i64::MIN] {
        refuses(&store, |store| store.lset("missing", index, "x"), NO_SUCH_KEY);
    }
}

#[test]
fn a_push_of_no_elements_has_the_wrong_number_of_arguments() {
    let store = list("abc");
    for key in ["k", "missing"] {
        refuses(&store, |store| store.lpush_all(key, NONE), &arity("lpush"));
        refuses(&store, |store| store.rpush_all(key, NONE), &arity("rpush"));
        refuses(&store, |store| store.lpushx_all(key, NONE), &arity("lpushx"));
        refuses(&store, |store| store.rpushx_all(key, NONE), &arity("rpushx"));
    }
    refuses(&store, |store| store.del_all(NONE), &arity("del"));
    refuses(&store, |store| store.unlink_all(NONE), &arity("unlink"));
}

#[test]
fn lmpop_refuses_no_keys_before_it_refuses_a_count_of_zero() {
    let store = list("abc");
    for count in [0, 1] {
        let command = |store: &Store| store.lmpop(NONE, Left, count);
        refuses(&store, command, NO_NUMKEYS);
    }
    for key in ["k", "missing"] {
        let command = |store: &Store| store.lmpop([key], Right, 0);
        refuses(&store, command, NO_COUNT);
    }
}

#[test]
fn lrem_refuses_the_one_count_that_has_no_opposite() {
    let store = list("abc");
    refuses(&store, |store| store.lrem("k", i64::MIN, "a"), NO_OPPOSITE);
    refuses(&store, |store| store.lrem("missing", i64::MIN, "a"), NO_OPPOSITE);
}

#[test]
fn lpos_refuses_rank_zero_and_the_one_that_has_no_opposite() {
    let text = |rank| LposOptions::new().rank(rank).map(|_| ()).map_err(|error| error.to_string());
    let zero = "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second \
                ... or use negative to start from the end of the list";
    replies(text(0), zero);
    replies(text(i64::MIN), &format!("-{NO_OPPOSITE}"));
    replies(text(i64::MIN + 1), "+OK");
    replies(text(i64::MAX), "+OK");
}

#[test]
fn scan_refuses_a_count_of_zero() {
    let count = ScanOptions::new().count(0).map(|_| ());
    replies(count, "-ERR syntax error");
}

#[test]
fn a_store_has_at_least_one_shard_and_no_absurd_number() {
    let refused = |shards| Store::builder().shards(shards).build().unwrap_err();
    assert_eq!(refused(0), BuildError::ZeroShards);
    assert_eq!(refused(0).to_string(), "a store needs at least one shard");
    assert_eq!(refused(Builder::MAX_SHARDS + 1), BuildError::TooManyShards);
    assert_eq!(refused(usize::MAX).to_string(), "a store has at most 65536 shards");
    assert!(Store::builder().shards(Builder::MAX_SHARDS).build().is_ok());
}

// Keys

#[test]
fn rename_and_renamenx_refuse_a_missing_key_also_to_its_own_name() {
    let store = list("abc");
    for newkey in ["k", "new", "missing"] {
        refuses(&store, |store| store.rename("missing", newkey), NO_SUCH_KEY);
        refuses(&store, |store| store.renamenx("missing", newkey), NO_SUCH_KEY);
    }
}

#[test]
fn copy_refuses_a_key_to_itself_also_a_missing_one() {
    let store = list("abc");
    for key in ["k", "missing"] {
        refuses(&store, |store| store.copy(key, key), SAME_OBJECT);
        refuses(&store, |store| store.copy_replace(key, key), SAME_OBJECT);
    }
}

#[test]
fn no_command_makes_a_key_that_it_only_looked_for() {
    let store = Store::new();
    replies(store.lpop("k"), "nil");
    replies(store.rpop_count("k", 3), "nil");
    replies(store.lmpop(["k", "j"], Left, 3), "nil");
    replies(store.lpushx("k", "x"), ":0");
    replies(store.linsert_before("k", "x", "y"), ":0");
    replies(store.lrem("k", 0, "x"), ":0");
    replies(store.ltrim("k", 0, -1), "+OK");
    replies(store.lmove("k", "j", Left, Left), "nil");
    replies(store.copy_replace("k", "j"), ":0");
    replies(store.llen("k"), ":0");
    replies(store.lset("k", 0, "x"), &format!("-{NO_SUCH_KEY}"));
    replies(store.rename("k", "j"), &format!("-{NO_SUCH_KEY}"));
    replies(store.dbsize(), ":0");
    replies(store.keys("*"), "[]");
}

// Transactions

fn of_shards(shards: usize) -> Store {
    let store = Store::builder().shards(shards).build().expect("a legal number of shards");
    put(&store, "k", "abc");
    put(&store, "other", "xyz");
    store
}

/// One store where both keys share a lock, and one where, most likely, they do not.
fn stores() -> [Store; 2] {
    [of_shards(1), of_shards(64)]
}

#[test]
fn what_a_transaction_did_before_and_after_an_undeclared_key_stays() {
    for store in stores() {
        let popped = store.transaction(["k"], |tx| {
            replies(tx.rpush("k", "d"), ":4");
            replies(tx.lmove("k", "other", Left, Left), REFUSED);
            replies(tx.lmpop(["k", "other"], Left, 1), REFUSED);
            tx.lpop("k")
        });
        replies(popped, "a");
        holds(&store, "k", "[b c d]");
        holds(&store, "other", "[x y z]");
    }
}

#[test]
fn a_refused_command_leaves_the_callers_buffer_as_it_was() {
    for store in stores() {
        let (mut one, mut several) = (b"before".to_vec(), ElementBuf::new());
        store.lrange_into("k", 0, 1, &mut several);
        let before = several.clone();
        replies(
            store.transaction(["k"], |tx| {
                replies(tx.lpop_into("other", &mut one), REFUSED);
                replies(tx.rpop_into("other", &mut one), REFUSED);
                replies(tx.lpop_count_into("other", 2, &mut several), REFUSED);
                replies(tx.rpop_count_into("other", 2, &mut several), REFUSED);
                replies(tx.lrange_into("other", 0, -1, &mut several), REFUSED);
                tx.llen("k")
            }),
            ":3",
        );
        assert_eq!((&one[..], several), (&b"before"[..], before));
        holds(&store, "other", "[x y z]");
    }
}

#[test]
fn a_transaction_without_keys_can_touch_none() {
    for store in stores() {
        for key in ["k", "missing", ""] {
            refuses(&store, |store| store.transaction(NONE, |tx| tx.lpop(key)), UNDECLARED);
        }
        replies(store.transaction(NONE, |tx| tx.exists_all(NONE)), ":0");
    }
}

#[test]
fn a_key_declared_twice_is_declared_once() {
    for store in stores() {
        replies(store.transaction(["k", "k", "other", "k"], |tx| tx.llen("k")), ":3");
    }
}

#[test]
fn a_transaction_refuses_bad_arguments_in_the_words_of_the_command() {
    for store in stores() {
        let keys = ["k", "other", "missing"];
        refuses(&store, |s| s.transaction(keys, |tx| tx.lset("k", 3, "x")), OUT_OF_RANGE);
        refuses(&store, |s| s.transaction(keys, |tx| tx.lset("missing", 0, "x")), NO_SUCH_KEY);
        refuses(&store, |s| s.transaction(keys, |tx| tx.rename("missing", "k")), NO_SUCH_KEY);
        refuses(&store, |s| s.transaction(keys, |tx| tx.renamenx("missing", "k")), NO_SUCH_KEY);
        refuses(&store, |s| s.transaction(keys, |tx| tx.copy("k", "k")), SAME_OBJECT);
        refuses(&store, |s| s.transaction(keys, |tx| tx.copy_replace("k", "k")), SAME_OBJECT);
        refuses(&store, |s| s.transaction(keys, |tx| tx.lmpop(NONE, Left, 1)), NO_NUMKEYS);
        refuses(&store, |s| s.transaction(keys, |tx| tx.lmpop(["k"], Left, 0)), NO_COUNT);
        refuses(&store, |s| s.transaction(keys, |tx| tx.lrem("k", i64::MIN, "a")), NO_OPPOSITE);
        refuses(&store, |s| s.transaction(keys, |tx| tx.rpush_all("k", NONE)), &arity("rpush"));
        refuses(&store, |s| s.transaction(keys, |tx| tx.lpushx_all("k", NONE)), &arity("lpushx"));
        refuses(&store, |s| s.transaction(keys, |tx| tx.del_all(NONE)), &arity("del"));
        refuses(&store, |s| s.transaction(keys, |tx| tx.unlink_all(NONE)), &arity("unlink"));
    }
}

#[test]
fn an_error_from_the_closure_rolls_nothing_back() {
    for store in stores() {
        let result = store.transaction(["k", "other"], |tx| {
            tx.lmove("k", "other", Left, Right)?;
            tx.lset("k", 9, "x")?;
            Ok::<_, Error>(())
        });
        replies(result, "-ERR index out of range");
        holds(&store, "k", "[b c]");
        holds(&store, "other", "[x y z a]");
    }
}

#[test]
fn a_panic_in_the_closure_leaves_the_store_usable() {
    for store in stores() {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            store.transaction(["k", "other"], |tx| -> Result<(), Error> {
                replies(tx.lmove("k", "other", Left, Right), "a");
                panic!("a bug in the caller's closure");
            })
        }));
        assert!(panicked.is_err());
        holds(&store, "k", "[b c]");
        holds(&store, "other", "[x y z a]");
        replies(store.transaction(["k"], |tx| tx.lpop_count("k", 9)), "[b c]");
        replies(store.dbsize(), ":1");
    }
}

#[test]
fn a_call_of_the_store_from_its_own_transaction_panics_instead_of_waiting_for_itself() {
    for store in stores() {
        let calls: [fn(&Store); 4] = [
            |store| _ = store.rpush("elsewhere", "x"),
            |store| _ = store.llen("elsewhere"),
            |store| _ = store.clone().dbsize(),
            |store| _ = store.transaction(["elsewhere"], |tx| tx.llen("elsewhere")),
        ];
        for call in calls {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                store.transaction(["k"], |_| -> Result<(), Error> {
                    call(&store);
                    Ok(())
                })
            }));
            assert!(panicked.is_err());
            replies(store.exists("elsewhere"), ":0");
        }
        replies(store.transaction(["k"], |_| Store::new().rpush("elsewhere", "x")), ":1");
    }
}
