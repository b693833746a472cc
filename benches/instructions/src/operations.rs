//! The operations that are counted. Each has a store of its own, makes what it needs there, and then repeats itself.
//!
//! A count is compared with that of an earlier program by the operation's name: one that does something else than before
//! has a new name.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use redeque::{Direction, ElementBuf, Error, Reply, Store};

type Operation = fn(&Store, u32);

pub(crate) const OPERATIONS: &[(&str, Operation)] = &[
    ("push_pop_empty_16", |store, times| push_pop::<16>(store, times, 0)),
    ("push_pop_empty_1000", |store, times| push_pop::<1000>(store, times, 0)),
    ("push_pop_50_deep_16", |store, times| push_pop::<16>(store, times, 50)),
    ("push_pop_50_deep_100", |store, times| push_pop::<100>(store, times, 50)),
    ("push_pop_50_deep_1000", |store, times| push_pop::<1000>(store, times, 50)),
    ("push_pop_50_deep_16_below_a_bound", |store, times| below_a_bound::<16>(store, times, 50)),
    ("push_pop_50_deep_1000_below_a_bound", |store, times| below_a_bound::<1000>(store, times, 50)),
    ("push_pop_1000_keys", push_pop_1000_keys),
    ("push_lpop_into", push_lpop_into),
    ("rpush_all_1_lpop_into", rpush_all_1_lpop_into),
    ("rpush_lpop_count_1", rpush_lpop_count_1),
    ("rpush_all_100_lpop_count", rpush_all_100_lpop_count),
    ("rpush_all_100_lpop_count_into", rpush_all_100_lpop_count_into),
    ("lrange_100", lrange_100),
    ("lrange_100_into", lrange_100_into),
    ("llen", llen),
    ("lindex", lindex),
    ("lset", lset),
    ("lpos", lpos),
    ("lrem_missing", lrem_missing),
    ("linsert_lrem", linsert_lrem),
    ("lmove_there_and_back", lmove_there_and_back),
    ("exists", exists),
    ("rpush_del", rpush_del),
    ("push_blpop_that_finds", push_blpop_that_finds),
    ("push_that_serves", push_that_serves),
    ("text_pair", text_pair),
    ("transaction_of_two", transaction_of_two),
    ("push_pop_50_deep_16_with_deadline", push_pop_with_deadline),
    ("type_with_deadline", type_with_deadline),
    ("push_pop_beside_deadline", push_pop_beside_deadline),
    ("expire", expire),
];

const KEY: &str = "key:00000001";
const OTHER: &str = "key:00000002";

/// How long the list is that is searched and read in the middle.
const LONG: u32 = 1000;

/// An element that begins with its number.
fn element<const SIZE: usize>(number: u32) -> [u8; SIZE] {
    let mut element = [b'x'; SIZE];
    element[..8].copy_from_slice(format!("{number:08}").as_bytes());
    element
}

fn fill<const SIZE: usize>(store: &Store, key: &str, count: u32) {
    for number in 0..count {
        done(store.rpush(key, element::<SIZE>(number)));
    }
}

fn repeat(times: u32, operation: impl FnMut(u32)) {
    (0..times).for_each(operation);
}

/// What a command replied: nothing refuses, and nothing of it may be left out.
fn done<R>(reply: Result<R, Error>) -> R {
    black_box(reply.expect("nothing limits the store"))
}

/// A bound on memory that is not reached.
fn below_a_bound<const SIZE: usize>(store: &Store, times: u32, depth: u32) {
    let set = store.connect().execute(["CONFIG", "SET", "maxmemory", "1gb"]);
    assert_eq!(set, Reply::ok());
    push_pop::<SIZE>(store, times, depth);
}

fn push_pop<const SIZE: usize>(store: &Store, times: u32, depth: u32) {
    fill::<SIZE>(store, KEY, depth);
    let element = element::<SIZE>(0);
    repeat(times, |_| {
        done(store.rpush(KEY, black_box(&element)));
        done(store.lpop(KEY));
    });
}

/// A key is found among others, where before it was the one that was used last.
fn push_pop_1000_keys(store: &Store, times: u32) {
    let keys: Vec<String> = (0..1000).map(|number| format!("key:{number:08}")).collect();
    for key in &keys {
        fill::<16>(store, key, 50);
    }
    let element = element::<16>(0);
    let mut visits = keys.iter().cycle();
    repeat(times, |_| {
        let key = visits.next().expect("they go round");
        done(store.rpush(key, black_box(&element)));
        done(store.lpop(key));
    });
}

/// Far enough ahead that nothing is due.
const DAY: Duration = Duration::from_hours(24);

fn push_pop_with_deadline(store: &Store, times: u32) {
    fill::<16>(store, KEY, 1);
    done(store.expire(KEY, DAY));
    push_pop::<16>(store, times, 49);
}

/// Another key of its shard has a deadline, as one of a hundred in each shard has.
fn push_pop_beside_deadline(store: &Store, times: u32) {
    for number in 0..6400 {
        let other = format!("other:{number:08}");
        fill::<16>(store, &other, 1);
        done(store.expire(&other, DAY));
    }
    push_pop::<16>(store, times, 50);
}

fn type_with_deadline(store: &Store, times: u32) {
    fill::<16>(store, KEY, 50);
    done(store.expire(KEY, DAY));
    repeat(times, |_| _ = black_box(store.key_type(black_box(KEY))));
}

fn expire(store: &Store, times: u32) {
    fill::<16>(store, KEY, 50);
    repeat(times, |_| _ = done(store.expire(KEY, black_box(DAY))));
}

fn push_lpop_into(store: &Store, times: u32) {
    fill::<16>(store, KEY, 50);
    let (element, mut buffer) = (element::<16>(0), Vec::new());
    repeat(times, |_| {
        done(store.rpush(KEY, black_box(&element)));
        done(store.lpop_into(KEY, &mut buffer));
    });
}

fn rpush_all_1_lpop_into(store: &Store, times: u32) {
    fill::<16>(store, KEY, 50);
    let (element, mut buffer) = (element::<16>(0), Vec::new());
    repeat(times, |_| {
        done(store.rpush_all(KEY, black_box([&element])));
        done(store.lpop_into(KEY, &mut buffer));
    });
}

fn rpush_lpop_count_1(store: &Store, times: u32) {
    fill::<16>(store, KEY, 50);
    let element = element::<16>(0);
    repeat(times, |_| {
        done(store.rpush(KEY, black_box(&element)));
        done(store.lpop_count(KEY, 1));
    });
}

fn rpush_all_100_lpop_count(store: &Store, times: u32) {
    fill::<16>(store, KEY, LONG);
    let elements = [element::<16>(0); 100];
    repeat(times, |_| {
        done(store.rpush_all(KEY, black_box(&elements)));
        done(store.lpop_count(KEY, 100));
    });
}

fn rpush_all_100_lpop_count_into(store: &Store, times: u32) {
    fill::<16>(store, KEY, LONG);
    let (elements, mut batch) = ([element::<16>(0); 100], ElementBuf::new());
    repeat(times, |_| {
        done(store.rpush_all(KEY, black_box(&elements)));
        done(store.lpop_count_into(KEY, 100, &mut batch));
    });
}

fn lrange_100(store: &Store, times: u32) {
    fill::<16>(store, KEY, LONG);
    repeat(times, |_| _ = black_box(store.lrange(KEY, 450, 549)));
}

fn lrange_100_into(store: &Store, times: u32) {
    fill::<16>(store, KEY, LONG);
    let mut page = ElementBuf::new();
    repeat(times, |_| {
        store.lrange_into(KEY, 450, 549, &mut page);
        black_box(&page);
    });
}

fn llen(store: &Store, times: u32) {
    fill::<16>(store, KEY, 50);
    repeat(times, |_| _ = black_box(store.llen(black_box(KEY))));
}

fn lindex(store: &Store, times: u32) {
    fill::<16>(store, KEY, LONG);
    repeat(times, |_| _ = black_box(store.lindex(KEY, black_box(500))));
}

fn lset(store: &Store, times: u32) {
    fill::<16>(store, KEY, LONG);
    let element = element::<16>(0);
    repeat(times, |_| done(store.lset(KEY, black_box(500), element.as_slice())));
}

fn lpos(store: &Store, times: u32) {
    fill::<16>(store, KEY, LONG);
    let last = element::<16>(LONG - 1);
    repeat(times, |_| assert!(store.lpos(KEY, black_box(&last)).is_some()));
}

fn lrem_missing(store: &Store, times: u32) {
    fill::<16>(store, KEY, LONG);
    let missing = element::<16>(LONG);
    repeat(times, |_| assert_eq!(store.lrem(KEY, 0, black_box(&missing)), Ok(0)));
}

fn linsert_lrem(store: &Store, times: u32) {
    fill::<16>(store, KEY, LONG);
    let (middle, new) = (&element::<16>(LONG / 2), &element::<16>(LONG));
    repeat(times, |_| {
        done(store.linsert_before(KEY, middle, black_box(new)));
        assert_eq!(store.lrem(KEY, 1, new), Ok(1));
    });
}

fn lmove_there_and_back(store: &Store, times: u32) {
    fill::<16>(store, KEY, 50);
    fill::<16>(store, OTHER, 50);
    repeat(times, |_| {
        done(store.lmove(KEY, OTHER, Direction::Left, Direction::Right));
        done(store.lmove(OTHER, KEY, Direction::Right, Direction::Left));
    });
}

fn exists(store: &Store, times: u32) {
    fill::<16>(store, KEY, 1);
    repeat(times, |_| _ = black_box(store.exists(black_box(KEY))));
}

fn rpush_del(store: &Store, times: u32) {
    let element = element::<16>(0);
    repeat(times, |_| {
        done(store.rpush(KEY, black_box(&element)));
        done(store.del(KEY));
    });
}

fn push_blpop_that_finds(store: &Store, times: u32) {
    fill::<16>(store, KEY, 50);
    let element = element::<16>(0);
    repeat(times, |_| {
        done(store.rpush(KEY, black_box(&element)));
        done(store.blpop([KEY], None)).expect("it was pushed");
    });
}

/// A task waits, is served by a push, and takes what it was served.
fn push_that_serves(store: &Store, times: u32) {
    let (element, mut task) = (element::<16>(0), Context::from_waker(Waker::noop()));
    repeat(times, |_| {
        let mut wait = pin!(store.blpop_async([KEY]));
        assert!(wait.as_mut().poll(&mut task).is_pending());
        done(store.rpush(KEY, black_box(&element)));
        assert!(matches!(wait.poll(&mut task), Poll::Ready(Ok(_))));
    });
}

fn text_pair(store: &Store, times: u32) {
    fill::<16>(store, KEY, 50);
    let (element, mut connection) = (element::<16>(0), store.connect());
    repeat(times, |_| {
        black_box(connection.execute([b"RPUSH".as_slice(), KEY.as_bytes(), black_box(&element)]));
        let popped = connection.execute(["LPOP", KEY]);
        assert!(matches!(black_box(popped), Reply::Bulk(_)));
    });
}

fn transaction_of_two(store: &Store, times: u32) {
    fill::<16>(store, KEY, 50);
    let element = element::<16>(0);
    repeat(times, |_| {
        done(store.transaction([KEY, OTHER], |lists| {
            lists.rpush(KEY, black_box(&element))?;
            lists.lpop(KEY)
        }));
    });
}
