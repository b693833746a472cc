//! A bound on memory: what is refused while more is used, by method and as text, and what goes on.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use redeque::Direction::{Left, Right};
use redeque::{Connection, Error, ImportError, MoveCount, MoveOrder, Reply, Store};

use super::notation::{contents, put};

const REFUSED: &str = "OOM command not allowed when used memory > 'maxmemory'.";
const NOW: Option<Duration> = Some(Duration::ZERO);

/// Lists at `k` and `other`, and a bound that is less than what they take.
fn over_its_bound() -> Store {
    let store = Store::new();
    put(&store, "k", "abc");
    put(&store, "other", "xy");
    bound(&store, "1");
    store
}

fn bound(store: &Store, bytes: &str) {
    assert_eq!(say(&mut store.connect(), &format!("CONFIG SET maxmemory {bytes}")), Reply::ok());
}

/// Words without quotes.
fn say(connection: &mut Connection, line: &str) -> Reply {
    connection.execute(line.split(' '))
}

fn error(text: &str) -> Reply {
    Reply::Error(text.as_bytes().to_vec())
}

#[track_caller]
fn refuses<R>(store: &Store, command: impl FnOnce(&Store) -> Result<R, Error>) {
    let before = (contents(store), store.used_memory());
    assert_eq!(command(store).err(), Some(Error::OutOfMemory));
    assert_eq!((contents(store), store.used_memory()), before, "nothing changed");
}

#[test]
fn the_error_is_a_servers() {
    assert_eq!(Error::OutOfMemory.to_string(), REFUSED);
}

#[test]
fn methods_that_may_need_memory_are_refused() {
    let store = over_its_bound();
    refuses(&store, |store| store.lpush("k", "x"));
    refuses(&store, |store| store.rpush("new", "x"));
    refuses(&store, |store| store.lpush_all("k", ["x", "y"]));
    refuses(&store, |store| store.rpush_all("k", ["x", "y"]));
    for key in ["k", "missing"] {
        refuses(&store, |store| store.lpushx(key, "x"));
        refuses(&store, |store| store.rpushx(key, "x"));
        refuses(&store, |store| store.lpushx_all(key, ["x"]));
        refuses(&store, |store| store.rpushx_all(key, ["x"]));
        refuses(&store, |store| store.lset(key, 0, "x"));
        refuses(&store, |store| store.linsert_before(key, "a", "x"));
        refuses(&store, |store| store.linsert_after(key, "a", "x"));
        refuses(&store, |store| store.lmove(key, "other", Left, Right));
        refuses(&store, |store| store.rpoplpush(key, "other"));
        refuses(&store, |store| store.copy(key, "new"));
        refuses(&store, |store| store.copy_replace(key, "other"));
        refuses(&store, |store| store.blmove(key, "other", Left, Right, NOW));
        refuses(&store, |store| store.brpoplpush(key, "other", NOW));
    }
    refuses(&store, |store| store.lmove("k", "k", Left, Right));
    for count in [MoveCount::UpTo(2), MoveCount::Exactly(2)] {
        let order = MoveOrder::OneByOne;
        refuses(&store, |store| store.lmovem("k", "other", Left, Right, count, order));
        refuses(&store, |store| store.blmovem("k", "other", Left, Right, count, order, NOW));
    }
    refuses(&store, |store| store.lpush_bounded("k", 9, "x"));
    refuses(&store, |store| store.rpush_bounded("k", 9, "x"));
    refuses(&store, |store| store.lpush_bounded_all("k", 9, ["x", "y"]));
    refuses(&store, |store| store.rpush_bounded_all("k", 9, ["x", "y"]));
    // Where there is room in the list, and where it would have to wait for that.
    for max_len in [9, 3] {
        refuses(&store, |store| store.blpush_bounded("k", max_len, "x", NOW));
        refuses(&store, |store| store.brpush_bounded("k", max_len, "x", None));
    }
}

#[test]
fn tasks_are_refused_as_threads_are() {
    let store = over_its_bound();
    let mut context = Context::from_waker(Waker::noop());
    let moved = pin!(store.blmove_async("missing", "k", Left, Right)).poll(&mut context);
    assert_eq!(moved, Poll::Ready(Err(Error::OutOfMemory)));
    let pushed = pin!(store.brpush_bounded_async("k", 1, "x")).poll(&mut context);
    assert_eq!(pushed, Poll::Ready(Err(Error::OutOfMemory)));
}

#[test]
fn methods_that_make_room_or_none_go_on() {
    let store = over_its_bound();
    assert_eq!(store.lpop("k"), Ok(Some(b"a".to_vec())));
    assert_eq!(store.blpop(["k"], NOW).unwrap().map(|(_, element)| element), Some(b"b".to_vec()));
    assert_eq!(store.blpop(["missing"], NOW), Ok(None));
    assert_eq!(store.lrem("k", 0, "nothing"), Ok(0));
    assert_eq!(store.ltrim("k", 0, 5), Ok(()));
    assert_eq!(store.rename("k", "renamed"), Ok(()));
    assert_eq!(store.renamenx("renamed", "k"), Ok(true));
    assert_eq!(
        store.lmpop(["other"], Left, 1).unwrap().map(|(key, _)| key),
        Some(b"other".to_vec())
    );
    assert_eq!(store.rpop_count("other", 5).unwrap().map(|popped| popped.len()), Some(1));
    assert_eq!(store.lrange("k", 0, -1), [b"c"]);
    assert!(store.exists("k"));
    assert!(store.touch("k"));
    assert_eq!(store.del("k"), Ok(true));
    assert_eq!(store.flushall(), Ok(()));
    assert_eq!(store.rpush("k", "there is room again"), Ok(1));
}

/// The list of a server, in which LMOVEM is as LMOVE.
const REFUSED_TEXT: [&str; 26] = [
    "RPUSH k x",
    "LPUSH k x",
    "LPUSH k x y",
    "RPUSHX k x",
    "LPUSHX missing x",
    "LSET k 0 x",
    "LSET k not-an-index x",
    "LSET missing 0 x",
    "LINSERT k BEFORE a x",
    "LINSERT k NOWHERE a x",
    "LMOVE k other LEFT RIGHT",
    "LMOVE k other UP DOWN",
    "LMOVE missing other LEFT RIGHT",
    "RPOPLPUSH k other",
    "BLMOVE k other LEFT RIGHT 0",
    "BLMOVE missing other LEFT RIGHT no-time",
    "BRPOPLPUSH missing other 0",
    "LMOVEM k other LEFT RIGHT COUNT 2 OBO",
    "BLMOVEM missing other LEFT RIGHT 0 EXACTLY 2 OBO",
    "COPY k new",
    "COPY k k",
    "COPY k other REPLACE",
    "SORT k ALPHA",
    "SORT missing",
    "SORT k ALPHA STORE new",
    "SORT k NONSENSE",
];

const ALLOWED_TEXT: [&str; 32] = [
    "LPOP k",
    "RPOP k 1",
    "LMPOP 1 k LEFT",
    "BLPOP missing 0.001",
    "BRPOP missing 0.001",
    "BLMPOP 0.001 1 missing LEFT",
    "LREM other 0 nothing",
    "LTRIM other 0 5",
    "LRANGE other 0 -1",
    "LINDEX other 0",
    "LLEN other",
    "LPOS other x",
    "SORT_RO other ALPHA",
    "RENAME other o",
    "RENAMENX o other",
    "EXISTS other",
    "TYPE other",
    "TOUCH other",
    "KEYS *",
    "SCAN 0",
    "RANDOMKEY",
    "DBSIZE",
    "OBJECT ENCODING other",
    "MEMORY USAGE other",
    "WATCH other",
    "UNWATCH",
    "PING",
    "INFO memory",
    "CONFIG GET maxmemory",
    "UNLINK missing",
    "DEL other",
    "FLUSHALL",
];

#[test]
fn text_that_may_need_memory_is_refused_before_anything_of_it_is_looked_at() {
    let store = over_its_bound();
    let mut connection = store.connect();
    let before = contents(&store);
    for line in REFUSED_TEXT {
        assert_eq!(say(&mut connection, line), error(REFUSED), "{line}");
    }
    assert_eq!(contents(&store), before);
    for (line, name) in [("RPUSH k", "rpush"), ("LMOVE k other LEFT", "lmove"), ("SORT", "sort")] {
        let arity = format!("ERR wrong number of arguments for '{name}' command");
        assert_eq!(say(&mut connection, line), error(&arity), "that comes first");
    }
}

#[test]
fn all_other_text_goes_on() {
    let mut connection = over_its_bound().connect();
    for line in ALLOWED_TEXT {
        let reply = say(&mut connection, line);
        assert!(!reply.is_error(), "{line}: {reply:?}");
    }
}

#[test]
fn each_command_that_is_refused_has_the_flag_and_no_other_has() {
    let name = |line: &&str| line.split(' ').next().unwrap_or_default().to_ascii_lowercase();
    let refused: Vec<String> = REFUSED_TEXT.iter().map(name).collect();
    for spec in redeque::command::commands() {
        let is_refused = refused.iter().any(|name| name == spec.name());
        assert_eq!(spec.flags().contains(&"denyoom"), is_refused, "{}", spec.name());
    }
}

/// As Redis 8.2 and Valkey 9.1 were seen to do.
#[test]
fn a_transaction_is_spoilt_by_what_is_refused_and_refused_by_what_it_has() {
    const BECAUSE: &str = "EXECABORT Transaction discarded because of: ";
    let store = over_its_bound();
    let mut connection = store.connect();
    for line in ["MULTI", "LLEN k", "LPOP missing"] {
        assert!(!say(&mut connection, line).is_error(), "{line}");
    }
    let replies = Reply::Array(vec![Reply::Integer(3), Reply::Nil]);
    assert_eq!(say(&mut connection, "EXEC"), replies);

    say(&mut connection, "MULTI");
    assert_eq!(say(&mut connection, "RPUSH k x"), error(REFUSED));
    assert_eq!(say(&mut connection, "LLEN k"), Reply::Status("QUEUED".into()));
    let spoilt = "EXECABORT Transaction discarded because of previous errors.";
    assert_eq!(say(&mut connection, "EXEC"), error(spoilt));

    for spoils in [None, Some("NONSENSE")] {
        bound(&store, "0");
        say(&mut connection, "MULTI");
        assert_eq!(say(&mut connection, "RPUSH k x"), Reply::Status("QUEUED".into()));
        spoils.map(|line| say(&mut connection, line));
        bound(&store, "1");
        assert_eq!(say(&mut connection, "EXEC"), error(&format!("{BECAUSE}{REFUSED}")));
        assert_eq!(say(&mut connection, "EXEC"), error("ERR EXEC without MULTI"));
    }
    assert_eq!(store.llen("k"), 3);
}

#[test]
fn a_closure_is_let_in_as_a_whole_once_it_has_written() {
    let store = over_its_bound();
    let refused = store.transaction(["k"], |transaction| {
        assert_eq!(transaction.llen("k"), Ok(3));
        assert_eq!(transaction.rpush("k", "x"), Err(Error::OutOfMemory));
        transaction.lmove("k", "k", Left, Right)
    });
    assert_eq!(refused, Err(Error::OutOfMemory));
    // Otherwise what was popped would be in no list.
    let moved = store.transaction(["k", "to"], |transaction| {
        let batch = transaction.lpop_count("k", 2)?.unwrap_or_default();
        transaction.rpush_all("to", &batch)
    });
    assert_eq!((moved, store.llen("k")), (Ok(2), 1));
    assert_eq!(store.rpush("k", "x"), Err(Error::OutOfMemory));
}

#[test]
fn each_command_of_a_transaction_as_text_is_let_in_by_itself() {
    let store = Store::builder().max_memory(100_000).build().expect("a bound");
    store.rpush("k", "y").expect("there is room");
    // A server would have let in all.
    let mut connection = store.connect();
    say(&mut connection, "MULTI");
    connection.execute([b"RPUSH", &b"k"[..], &vec![b'x'; 200_000]]);
    say(&mut connection, "RPUSH k z");
    say(&mut connection, "LLEN k");
    let replies = Reply::Array(vec![Reply::Integer(2), error(REFUSED), Reply::Integer(2)]);
    assert_eq!(say(&mut connection, "EXEC"), replies);
}

#[test]
fn who_waits_already_is_served_over_the_bound() {
    let store = Store::new();
    put(&store, "other", "xy");
    put(&store, "full", "z");
    let mut context = Context::from_waker(Waker::noop());
    let mut moving = pin!(store.blmove_async("k", "to", Left, Right));
    let mut pushing = pin!(store.brpush_bounded_async("full", 1, "w"));
    assert!(moving.as_mut().poll(&mut context).is_pending());
    assert!(pushing.as_mut().poll(&mut context).is_pending());
    bound(&store, "1");
    assert_eq!(store.rename("other", "k"), Ok(()));
    assert_eq!(moving.poll(&mut context), Poll::Ready(Ok(b"x".to_vec())));
    assert_eq!(store.lpop("full"), Ok(Some(b"z".to_vec())));
    assert_eq!(pushing.poll(&mut context), Poll::Ready(Ok(1)));
    assert_eq!(store.lrange("to", 0, -1), [b"x"]);
}

#[test]
fn what_comes_back_is_let_in() {
    let store = Store::new();
    let mut context = Context::from_waker(Waker::noop());
    let mut popping = Box::pin(store.blpop_async(["k"]));
    assert!(popping.as_mut().poll(&mut context).is_pending());
    store.rpush("k", "x").expect("there is no bound");
    put(&store, "other", "xy");
    bound(&store, "1");
    drop(popping);
    assert_eq!(store.lrange("k", 0, -1), [b"x"]);
}

#[test]
fn an_import_stops_at_the_bound_and_says_so() {
    let store = Store::builder().max_memory(10_000).build().expect("a bound");
    let line = format!("RPUSH k {}\n", "x".repeat(1000));
    let stream = line.repeat(50);
    let imports: [fn(&Store, &[u8]) -> Result<u64, ImportError>; 2] =
        [|store, stream| store.import(stream), |store, stream| store.import_commands(stream)];
    for import in imports {
        store.flushall().expect("there is no log");
        let error = import(&store, stream.as_bytes()).expect_err("there is no room");
        let applied = usize::try_from(error.applied()).expect("few");
        assert_eq!(error.to_string(), format!("at byte {applied}: {REFUSED}"));
        assert_eq!(store.llen("k") * line.len(), applied);
        assert!((10_000..12_000).contains(&store.used_memory()));
    }
}

#[test]
fn lists_that_double_stop_at_the_bound() {
    for prepared in ["MULTI", "PING"] {
        let store = Store::builder().max_memory(1 << 20).build().expect("a bound");
        put(&store, "k", "abcdefgh");
        let mut connection = store.connect();
        say(&mut connection, prepared);
        let double =
            |connection: &mut Connection| say(connection, "SORT k BY nosort GET # GET # STORE k");
        let replies: Vec<Reply> = (0..40).map(|_| double(&mut connection)).collect();
        let Reply::Array(replies) = (match prepared {
            "MULTI" => say(&mut connection, "EXEC"),
            _ => Reply::Array(replies),
        }) else {
            panic!("as many replies as commands")
        };
        assert_eq!(replies.last(), Some(&error(REFUSED)));
        assert!(replies.iter().filter(|reply| reply.is_error()).count() > 15);
        assert!(store.used_memory() < 4 << 20, "no more than the last of them added");
    }
}

#[test]
fn the_bound_is_told_and_changed_as_a_servers() {
    let store = Store::builder().max_memory(1 << 20).build().expect("a bound");
    let mut connection = store.connect();
    let told = |connection: &mut Connection| {
        let Reply::Map(pairs) = say(connection, "CONFIG GET maxmemory") else { panic!("pairs") };
        pairs.into_iter().map(|(_, value)| value).collect::<Vec<_>>()
    };
    assert_eq!(told(&mut connection), [Reply::Bulk(b"1048576".to_vec())]);
    let Reply::Verbatim(memory) = say(&mut connection, "INFO memory") else { panic!("text") };
    let memory = String::from_utf8(memory).expect("text");
    assert_eq!(
        memory,
        "# Memory\r\nused_memory:0\r\nused_memory_human:0B\r\nmaxmemory:1048576\r\nmaxmemory_human:1.00M\r\n\
         maxmemory_policy:noeviction\r\n"
    );
    assert_eq!(say(&mut connection, "CONFIG SET maxmemory 2k"), Reply::ok());
    assert_eq!(told(&mut connection), [Reply::Bulk(b"2000".to_vec())]);
    // Nothing is set if anything can't be.
    assert!(say(&mut connection, "CONFIG SET maxmemory 5 save x").is_error());
    assert_eq!(told(&mut connection), [Reply::Bulk(b"2000".to_vec())]);
    assert_eq!(store.stats().bytes, store.used_memory());
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("woken");
    }
}

#[test]
fn what_a_removal_frees_is_counted_where_a_waker_panics() {
    let removals: [fn(&Store) -> Result<bool, Error>; 3] = [
        |store| store.del("k"),
        |store| store.unlink("k"),
        |store| store.expire("k", Duration::ZERO),
    ];
    for removal in removals {
        let store = Store::new();
        store.rpush("k", vec![b'x'; 100_000]).expect("an element");
        let mut wait = store.brpush_bounded_async("k", 1, "next");
        let waker = Waker::from(Arc::new(Panics));
        assert!(Pin::new(&mut wait).poll(&mut Context::from_waker(&waker)).is_pending());
        assert!(catch_unwind(AssertUnwindSafe(|| removal(&store))).is_err());
        assert_eq!(store.lrange("k", 0, -1), [b"next"]);
        assert!(store.used_memory() < 10_000);
        let other = Store::new();
        other.rpush("k", vec![b'x'; 50_000]).expect("an element");
        assert!((50_000..60_000).contains(&other.used_memory()));
    }
}
