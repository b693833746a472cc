//! A directory goes from here to a server and back, and the lists with it.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use futures_lite::future::{block_on, poll_once};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRng, TestRunner};
use redeque::Direction::{Left, Right};
use redeque::model::{Operation, strategy};
use redeque::{ExpireTime, Fsync, LogOptions, MoveCount, MoveOrder, Store};

use crate::home::{Home, LOG};
use crate::resp::Value;
use crate::server::{Client, Server, programs};
use crate::settings;

/// Everything that a store holds: of each key its elements, and its deadline in milliseconds since 1970.
type Contents = BTreeMap<Vec<u8>, (Vec<Vec<u8>>, Option<u64>)>;

/// A directory goes there and back so often.
const ROUNDS: usize = 10;

/// Random programs, of which each is drawn once.
struct Programs(TestRunner);

impl Programs {
    fn new(rng: TestRng) -> Self {
        Self(TestRunner::new_with_rng(Config::default(), rng))
    }

    fn draw<S: Strategy>(&mut self, strategy: S) -> S::Value {
        strategy.new_tree(&mut self.0).expect("a value").current()
    }

    fn below(&mut self, bound: usize) -> usize {
        self.draw(0..bound)
    }
}

/// Everything that can be done here: random commands and transactions, and what these have not. Returns how many there were.
fn write_here(store: &Store, programs: &mut Programs) -> usize {
    let mut operations = programs.draw(strategy::program(40..=80));
    operations.retain(is_timeless);
    for operation in &operations {
        operation.on_store(store);
    }
    let mut batches = programs.draw(strategy::transaction_program(5..=10));
    for batch in &mut batches {
        batch.operations.retain(is_timeless);
        batch.on_store(store);
    }
    write_what_a_server_may_not_know(store, programs);
    set_deadlines(store, programs);
    give_back(store, programs);
    let large: Vec<u8> = (0..=255).cycle().take(programs.below(300_000)).collect();
    store.rpush("large", large).expect("a push");
    if programs.below(4) == 0 {
        store.flushall().expect("a flush");
        store.rpush_all(b"\xff\0 \r\n$1\r\n", [&b""[..], b"\r\n*1\r\n", b"\xff"]).expect("a push");
    }
    operations.len() + batches.iter().map(|batch| batch.operations.len()).sum::<usize>()
}

/// So far off that none comes meanwhile, or over already.
fn set_deadlines(store: &Store, programs: &mut Programs) {
    for key in store.keys("*") {
        match programs.below(5) {
            0 => _ = store.expireat(&key, UNIX_EPOCH + far_off(programs)).expect("a deadline"),
            1 => _ = store.persist(&key).expect("a key"),
            2 if programs.below(5) == 0 => {
                store.expireat(&key, UNIX_EPOCH).expect("a deadline");
            }
            _ => {}
        }
    }
}

fn far_off(programs: &mut Programs) -> Duration {
    Duration::from_millis(4_000_000_000_000 + programs.below(1_000_000) as u64)
}

/// A server goes by a clock of its own, which nobody turns.
fn is_timeless(operation: &Operation) -> bool {
    !matches!(
        operation,
        Operation::Elapse { .. }
            | Operation::Expire { .. }
            | Operation::ExpireWith { .. }
            | Operation::Expireat { .. }
            | Operation::ExpireatWith { .. }
    )
}

/// What is logged by its effect.
fn write_what_a_server_may_not_know(store: &Store, programs: &mut Programs) {
    let mut client = store.connect();
    let numbers: Vec<_> = (0..5).map(|_| programs.below(100).to_string()).collect();
    store.rpush_all("numbers", &numbers).expect("a push");
    let sort = ["SORT", "numbers", "ALPHA", "DESC", "LIMIT", "0", "40", "STORE", "sorted"];
    assert!(matches!(client.execute(sort), redeque::Reply::Integer(1..)));
    for order in [MoveOrder::OneByOne, MoveOrder::Bulk] {
        let count = MoveCount::UpTo(1 + programs.below(4));
        store.lmovem("numbers", "moved", Right, Left, count, order).expect("a move");
    }
    for words in [
        &["MULTI"][..],
        &["RPUSH", "queue", "a", "b"],
        &["LMOVE", "queue", "moved", "LEFT", "RIGHT"],
        &["BLPOP", "queue", "0"],
        &["EXEC"],
    ] {
        client.execute(words);
    }
}

/// Waits that are served and dropped before they know, in any order, beside elements that look like theirs.
fn give_back(store: &Store, programs: &mut Programs) {
    store.del("given").expect("a removal");
    let mut pops: Vec<_> = (0..3).map(|_| store.blpop_async(["given"])).collect();
    for pop in &mut pops {
        assert!(block_on(poll_once(pop)).is_none());
    }
    let mut moved = store.blmove_async("given", "elsewhere", Left, Right);
    assert!(block_on(poll_once(&mut moved)).is_none());
    store.rpush_all("given", ["x", "y", "x", "z", "x"]).expect("a push");
    store.rpush("elsewhere", "z").expect("a push");
    while !pops.is_empty() {
        drop(pops.remove(programs.below(pops.len())));
    }
    drop(moved);
    assert_eq!(store.lrange("given", 0, -1), ["x", "y", "x", "z", "x"].map(|text| text.as_bytes()));
}

/// Commands of a client to a server, as random as those here.
fn write_there(client: &mut Client, programs: &mut Programs) -> usize {
    let keys: [&[u8]; 5] = [b"a", b"b", b"numbers", b"", b"\xff\0 \r\n$1\r\n"];
    let elements: [&[u8]; 6] = [b"1", b"2", b"", b"\r\n", b"x", b"*1\r\n$4\r\nEXEC\r\n"];
    let mut open = false;
    for _ in 0..100 {
        let key = keys[programs.below(keys.len())];
        let other = keys[programs.below(keys.len())];
        let element = elements[programs.below(elements.len())];
        let deadline = far_off(programs).as_millis().to_string();
        let words: &[&[u8]] = match programs.below(25) {
            0..=4 => &[b"RPUSH", key, element, b"y", element],
            5..=7 => &[b"LPUSH", key, element],
            8 => &[b"LPOP", key, b"2"],
            9 => &[b"RPOP", key],
            10 => &[b"LMOVE", key, other, b"LEFT", b"RIGHT"],
            11 => &[b"RPOPLPUSH", key, other],
            12 => &[b"LREM", key, b"-1", element],
            13 => &[b"LTRIM", key, b"1", b"20"],
            14 => &[b"LSET", key, b"-1", element],
            15 => &[b"LINSERT", key, b"AFTER", element, b"z"],
            16 => &[b"RENAME", key, other],
            17 => &[b"COPY", key, other, b"REPLACE"],
            18 => &[b"SORT", key, b"ALPHA", b"DESC", b"STORE", other],
            19 => &[b"LMPOP", b"2", key, other, b"RIGHT", b"COUNT", b"2"],
            20 if programs.below(4) == 0 => &[b"FLUSHALL"],
            20 => &[b"UNLINK", key, other],
            21 => &[b"PEXPIREAT", key, deadline.as_bytes()],
            22 => &[b"EXPIRE", key, b"1000000000"],
            23 => &[b"PERSIST", key],
            _ if open => &[b"EXEC"],
            _ => &[b"MULTI"],
        };
        open = if words[0] == b"MULTI" { true } else { open && words[0] != b"EXEC" };
        client.call(words);
    }
    if open {
        client.call(&["EXEC"]);
    }
    100
}

fn bulk(value: Value) -> Vec<u8> {
    let Value::Bulk(bytes) = value else { panic!("{value:?} is no bulk") };
    bytes
}

fn bulks(value: Value) -> Vec<Vec<u8>> {
    let Value::Array(values) = value else { panic!("{value:?} is no array") };
    values.into_iter().map(bulk).collect()
}

fn contents_there(client: &mut Client) -> Contents {
    let keys = bulks(client.call(&["KEYS", "*"]));
    let list = |key: Vec<u8>| {
        let elements = bulks(client.call(&[&b"LRANGE"[..], &key, b"0", b"-1"]));
        let time = client.call(&[&b"PEXPIRETIME"[..], &key]);
        let Value::Integer(time) = time else { panic!("{time:?} is no integer") };
        (key, (elements, u64::try_from(time).ok()))
    };
    keys.into_iter().map(list).collect()
}

fn contents(store: &Store) -> Contents {
    let deadline = |key: &[u8]| match store.expiretime(key) {
        ExpireTime::At(time) => {
            Some(u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_millis()).expect("it fits"))
        }
        ExpireTime::NoKey | ExpireTime::NoDeadline => None,
    };
    let list = |key: Vec<u8>| {
        let kept = (store.lrange(&key, 0, -1), deadline(&key));
        (key, kept)
    };
    store.keys("*").into_iter().map(list).collect()
}

pub(crate) fn rewrite_there(client: &mut Client) {
    client.call(&["BGREWRITEAOF"]);
    while !String::from_utf8_lossy(&bulk(client.call(&["INFO", "persistence"])))
        .contains("aof_rewrite_in_progress:0")
    {}
}

fn has_room(files: &BTreeMap<String, Vec<u8>>) -> bool {
    files.values().any(|bytes| bytes.ends_with(b"\0\0\0\0\r\n"))
}

#[test]
#[ignore = "needs redis-server"]
fn a_directory_goes_to_a_server_and_back_ten_times() {
    let seed = settings::seed();
    println!("REDEQUE_SEED={seed}");
    for program in programs() {
        let home = Home::new();
        let mut random = Programs::new(settings::rng(seed));
        let mut expected = Contents::new();
        let mut commands = 0;
        let mut name = None;
        for round in 0..ROUNDS {
            let fsync = [Fsync::Always, Fsync::EverySecond, Fsync::Never][round % 3];
            let options = LogOptions::new().fsync(fsync).growth_bytes([0, 1 << 20][round % 2]);
            let store = Store::builder().log(home.log(), options).open();
            let store = store.unwrap_or_else(|error| panic!("round {round}: {error}"));
            assert_eq!(contents(&store), expected, "here, round {round}");
            assert_eq!(store.recovery().expect("a log").cut(), None, "round {round}");
            commands += write_here(&store, &mut random);
            if random.below(3) == 0 {
                store.rewrite_log().expect("a disk");
                commands += write_here(&store, &mut random);
            }
            expected = contents(&store);
            // In each second round as a kill leaves it, with the room that the file has.
            store.sync().expect("a disk");
            let left = home.files();
            drop(store);
            if round % 2 == 1 {
                assert!(has_room(&left), "round {round}");
                home.hold(&left);
            }

            let (server, said) = Server::open(&program, home.path(), LOG);
            assert!(!said.contains("CRITICAL"), "round {round}: {said}");
            let mut client = server.client();
            assert!(contents_there(&mut client) == expected, "there, round {round}");
            commands += write_there(&mut client, &mut random);
            if random.below(3) == 0 {
                rewrite_there(&mut client);
                commands += write_there(&mut client, &mut random);
            }
            expected = contents_there(&mut client);
            drop(client);
            if name.is_none() {
                name = Some(server.kind());
                server.report("directories to and fro", &format!("{ROUNDS} rounds"));
            }
            server.shut_down();
        }
        assert!(contents(&home.open()) == expected);
        assert!(commands > 1000, "{commands}");
    }
}

/// The README's way to a log that opens here, from a server that rewrites its own as a snapshot, which is the default.
#[test]
#[ignore = "needs redis-server"]
fn a_servers_snapshot_is_refused_and_replaced_as_the_readme_says() {
    let seed = settings::seed();
    println!("REDEQUE_SEED={seed}");
    for program in programs() {
        let home = Home::new();
        let mut random = Programs::new(settings::rng(seed));
        let server = Server::open_with_snapshots(&program, home.path(), LOG);
        let mut client = server.client();
        write_there(&mut client, &mut random);
        client.call(&["RPUSH", "in the snapshot", "a", "b"]);
        rewrite_there(&mut client);
        client.call(&["RPUSH", "behind it", "c"]);
        client.call(&["RPOP", "in the snapshot"]);
        let expected = contents_there(&mut client);
        server.shut_down();
        let before = home.files();
        let said = home.try_open().expect_err("a snapshot").to_string();
        assert!(said.contains("BGREWRITEAOF) with aof-use-rdb-preamble no"), "{said}");
        assert!(home.files() == before, "it is left as it was");

        let server = Server::open_with_snapshots(&program, home.path(), LOG);
        let mut client = server.client();
        let set = client.call(&["CONFIG", "SET", "aof-use-rdb-preamble", "no"]);
        assert_eq!(set, Value::Simple(b"OK".to_vec()));
        rewrite_there(&mut client);
        assert!(contents_there(&mut client) == expected, "there");
        server.shut_down();
        let store = home.open();
        assert!(contents(&store) == expected, "here");
        assert_eq!(store.recovery().expect("a log").cut(), None);
    }
}

/// What else the README says of a directory that both read.
#[test]
#[ignore = "needs redis-server"]
fn a_torn_end_stops_no_server_and_zeros_are_cut_off_here_first() {
    for program in programs() {
        for end in [&b"*3\r\n$5\r\nRPU"[..], &[0; 100]] {
            let home = Home::new();
            let store = home.open();
            store.rpush("k", "a").expect("a push");
            drop(store);
            let path = home.log().join(crate::home::INCREMENT);
            let whole = fs::read(&path).expect("a file");
            fs::write(&path, [&whole[..], end].concat()).expect("a file");
            if end[0] == 0 {
                drop(home.open());
            }
            let (server, said) = Server::open(&program, home.path(), LOG);
            assert!(!said.contains("CRITICAL"), "{said}");
            let expected = Contents::from([(b"k".to_vec(), (vec![b"a".to_vec()], None))]);
            assert_eq!(contents_there(&mut server.client()), expected);
        }
    }
}
