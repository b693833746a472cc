//! A copy that is made while lists change, carried out on an empty store.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Waker};
use std::{mem, thread};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::keyspace::recorder::Sink;
use crate::keyspace::recorder::tests::{
    Step, carry_out, contents, deadlines, replay, say, step, store_of,
};
use crate::keyspace::{CopySink, Keyspace, Shard};
use crate::{Direction, Error, Store, Wait};

/// More pieces than any copy here can take, if it comes to an end.
const ENDLESS: usize = 100_000;

/// A copy that is begun.
fn copy_of(store: &Store, piece: usize) -> Arc<Sink> {
    let sink = Arc::new(Sink::default());
    let to: Arc<dyn CopySink> = Arc::<Sink>::clone(&sink);
    assert!(store.keyspace().begin_copy_by(piece, to), "no other is being made");
    sink
}

fn copy_all(keyspace: &Keyspace) {
    let pieces = (0..ENDLESS).take_while(|_| keyspace.copy_more()).count();
    assert!(pieces < ENDLESS, "it does not come to an end");
}

fn is_being_copied(store: &Store) -> bool {
    let keyspace = store.keyspace();
    (0..keyspace.count()).any(|index| keyspace.read_shard(index, Shard::is_being_copied))
}

/// Commands as lines.
fn lines(commands: &[Vec<Vec<u8>>]) -> Vec<String> {
    commands.iter().map(|words| words.join(&b' ').escape_ascii().to_string()).collect()
}

/// A copy beside the store that it is made of: how much was written to it, and what that makes.
struct Beside<'s> {
    store: &'s Store,
    sink: Arc<Sink>,
    read: usize,
    copy: Store,
}

impl<'s> Beside<'s> {
    fn begin(store: &'s Store, piece: usize) -> Self {
        Self { store, sink: copy_of(store, piece), read: 0, copy: Store::new() }
    }

    /// What the copy has is the beginning of what is there.
    fn check(&mut self) {
        let read = mem::replace(&mut self.read, self.sink.len());
        replay(&self.copy, &self.sink.commands_in(read..self.read));
        let there = contents(self.store);
        // A deadline comes behind the last element.
        for (key, list) in contents(&self.copy) {
            let is_prefix = there.get(&key).is_some_and(|whole| whole.starts_with(&list));
            let said = lines(&self.sink.commands());
            assert!(is_prefix, "{}: {list:?} of {there:?}: {said:#?}", key.escape_ascii());
        }
        let there = deadlines(self.store);
        for (key, deadline) in deadlines(&self.copy) {
            let said = lines(&self.sink.commands());
            assert_eq!(there.get(&key), Some(&deadline), "{}: {said:#?}", key.escape_ascii());
        }
    }

    fn end(mut self) {
        copy_all(self.store.keyspace());
        let len = self.store.keyspace().end_copy(|| self.sink.len());
        assert_eq!(len, Some(self.sink.len()), "everything is copied");
        self.check();
        let said = lines(&self.sink.commands());
        assert_eq!(contents(&self.copy), contents(self.store), "{said:#?}");
        assert_eq!(deadlines(&self.copy), deadlines(self.store), "{said:#?}");
        assert!(!is_being_copied(self.store));
        assert_eq!(Arc::strong_count(&self.sink), 1, "nobody writes to it any more");
    }
}

fn filling() -> impl Strategy<Value = String> {
    let elements = vec(select(&["1", "2", "3", "u", "v", "w", "x", "y", "z"][..]), 1..9);
    (select(&["a", "b", "c", "d", "e", "f", "g"][..]), elements)
        .prop_map(|(key, elements)| format!("RPUSH {key} {}", elements.join(" ")))
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(prop_oneof![4 => step(), 1 => filling().prop_map(Step::Say)], 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 400 } else { 20_000 }))]

    /// Copies are begun and ended among the steps of a program, and make progress after each step.
    #[test]
    fn a_copy_is_the_state_at_its_end(
        filled in vec(filling(), 0..10),
        steps in steps(),
        pieces in vec(0_usize..4, 1..20),
        ends in vec(0_usize..30, 1..4),
        piece in select(&[1_usize, 46, 60, 100, 300][..]),
        shards in select(&[1_usize, 2, 3, 64][..]),
    ) {
        let store = store_of(shards);
        store.keyspace().record();
        for line in &filled {
            say(&mut store.connect(), line);
        }
        let (mut pieces, mut ends) = (pieces.iter().cycle(), ends.iter().cycle());
        let mut next = || *ends.next().expect("it goes round");
        let mut left = next();
        let mut beside = Some(Beside::begin(&store, piece));
        carry_out(&store, &steps, || {
            if let Some(copy) = &mut beside {
                for _ in 0..*pieces.next().expect("it goes round") {
                    store.keyspace().copy_more();
                }
                copy.check();
            }
            if left > 0 {
                left -= 1;
                return;
            }
            left = next();
            beside = match beside.take() {
                Some(copy) => {
                    copy.end();
                    None
                }
                None => Some(Beside::begin(&store, piece)),
            };
        });
        beside.into_iter().for_each(Beside::end);
    }
}

/// What a place counts, `RPUSH k`, and three words of seven bytes.
const THREE_LETTERS: usize = 16 + 22 + 3 * 7;

/// A store with a list `k` of the letters from a to j, of which a copy has the first three.
fn three_of_ten(shards: usize) -> (Store, Arc<Sink>) {
    let store = store_of(shards);
    store.keyspace().record();
    store.rpush_all("k", ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]).expect("elements");
    let sink = copy_of(&store, THREE_LETTERS);
    while sink.len() == 0 {
        assert!(store.keyspace().copy_more());
    }
    assert_eq!(lines(&sink.commands()), ["RPUSH k a b c"]);
    (store, sink)
}

#[track_caller]
fn is_copied_as(command: &str, expected: &[&str]) {
    for shards in [1, 64] {
        let (store, sink) = three_of_ten(shards);
        let before = sink.len();
        say(&mut store.connect(), command);
        let said = lines(&sink.commands_in(before..sink.len()));
        assert_eq!(said, expected, "{command}");
        copy_all(store.keyspace());
        assert_eq!(store.keyspace().end_copy(|| ()), Some(()));
        let copy = Store::new();
        replay(&copy, &sink.commands());
        assert_eq!(contents(&copy), contents(&store), "{command}");
    }
}

#[test]
fn a_push_to_part_of_a_list() {
    is_copied_as("LPUSH k x y", &["RPUSH k d e", "LPUSH k x", "RPUSH k f g", "LPUSH k y"]);
    is_copied_as("RPUSH k x y", &["RPUSH k d e f g"]);
    // Seven are left to copy, and one fewer each time: two when the sixth is pushed.
    is_copied_as("RPUSH k 1 2 3 4 5", &["RPUSH k d e f g h i j 1 2 3"]);
    is_copied_as("RPUSH k 1 2 3 4 5 6", &["RPUSH k d e f g h i j 1 2 3 4 5 6"]);
}

#[test]
fn a_pop_from_part_of_a_list() {
    is_copied_as("LPOP k", &["LPOP k 1"]);
    is_copied_as("LPOP k 5", &["LPOP k 3"]);
    is_copied_as("LPOP k 10", &["LPOP k 3"]);
    is_copied_as("RPOP k", &[]);
    is_copied_as("RPOP k 7", &[]);
    is_copied_as("RPOP k 8", &["RPOP k 1"]);
    is_copied_as("RPOP k 10", &["RPOP k 3"]);
}

#[test]
fn a_rotation_of_part_of_a_list() {
    is_copied_as("LMOVE k k LEFT RIGHT", &["LPOP k 1", "RPUSH k d e"]);
    is_copied_as("LMOVE k k RIGHT LEFT", &["LPUSH k j"]);
    is_copied_as("LMOVE k k LEFT LEFT", &[]);
    is_copied_as("LMOVE k k RIGHT RIGHT", &[]);
}

#[test]
fn a_change_inside_of_part_of_a_list() {
    is_copied_as("LSET k 4 x", &["RPUSH k d e", "LSET k 4 x"]);
    is_copied_as("LSET k 5 x", &["RPUSH k d e"]);
    is_copied_as("LSET k -10 x", &["RPUSH k d e", "LSET k 0 x"]);
    is_copied_as("LINSERT k AFTER e x", &["RPUSH k d e", "LINSERT k AFTER e x"]);
    is_copied_as("LINSERT k BEFORE e x", &["RPUSH k d e", "LINSERT k BEFORE e x"]);
    is_copied_as("LINSERT k BEFORE f x", &["RPUSH k d e"]);
    is_copied_as("LINSERT k AFTER f x", &["RPUSH k d e"]);
}

#[test]
fn a_removal_from_part_of_a_list() {
    is_copied_as("DEL k", &["LPOP k 3"]);
    is_copied_as("LTRIM k 1 -2", &["LPOP k 1"]);
    is_copied_as("LTRIM k 1 1", &["RPOP k 1", "LPOP k 1"]);
    is_copied_as("LTRIM k 5 6", &["LPOP k 3"]);
    is_copied_as("LTRIM k 5 4", &["RPOP k 3"]);
    is_copied_as("LREM k 0 e", &["RPUSH k d e", "LREM k 1 e"]);
    is_copied_as("LREM k 0 f", &["RPUSH k d e"]);
    is_copied_as("LREM k -1 e", &["RPUSH k d e", "LREM k -1 e"]);
    is_copied_as("FLUSHALL", &["FLUSHDB"]);
}

#[test]
fn a_removal_of_some_of_equal_elements() {
    for (count, expected) in [
        ("1", &["RPUSH k x x", "LREM k 1 x"][..]),
        ("3", &["RPUSH k x x", "LREM k 3 x"]),
        ("7", &["RPUSH k x x", "LREM k 5 x"]),
        ("0", &["RPUSH k x x", "LREM k 5 x"]),
        ("-3", &["RPUSH k x x"]),
        ("-5", &["RPUSH k x x"]),
        ("-7", &["RPUSH k x x", "LREM k -2 x"]),
        ("-9", &["RPUSH k x x", "LREM k -4 x"]),
    ] {
        let store = store_of(1);
        store.keyspace().record();
        store.rpush_all("k", ["x"; 10]).expect("elements");
        let beside = Beside::begin(&store, THREE_LETTERS);
        assert!(store.keyspace().copy_more());
        let before = beside.sink.len();
        say(&mut store.connect(), &format!("LREM k {count} x"));
        assert_eq!(lines(&beside.sink.commands_in(before..beside.sink.len())), expected, "{count}");
        beside.end();
    }
}

type Popping = Wait<Result<(Vec<u8>, Vec<u8>), Error>>;

/// A store with a log, and futures that were served the elements from an end of its list `k` and do not know it yet.
fn served(count: usize, end: Direction, elements: &[&str]) -> (Store, Vec<Popping>) {
    let store = store_of(1);
    store.keyspace().record();
    let pop = || match end {
        Direction::Left => store.blpop_async(["k"]),
        Direction::Right => store.brpop_async(["k"]),
    };
    let mut futures: Vec<_> = (0..count).map(|_| pop()).collect();
    futures.iter_mut().for_each(begin);
    store.rpush_all("k", elements).expect("elements");
    (store, futures)
}

fn begin<F: Future + Unpin>(future: &mut F) {
    let mut context = Context::from_waker(Waker::noop());
    assert!(Pin::new(future).poll(&mut context).is_pending());
}

/// The first element that comes back is at the end, and the others are behind it.
#[test]
fn elements_come_back_to_a_list_of_which_part_is_copied() {
    let letters = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    for end in [Direction::Left, Direction::Right] {
        for copied in 1..7 {
            let (store, futures) = served(3, end, &letters);
            assert_eq!(store.llen("k"), 7);
            let mut beside = Beside::begin(&store, 16 + 22 + copied * 7);
            assert!(store.keyspace().copy_more());
            for future in futures {
                drop(future);
                beside.check();
            }
            assert_eq!(store.lrange("k", 0, -1).concat(), b"abcdefghij");
            beside.end();
        }
    }
}

/// A cancelled move takes back the third element of a list.
#[test]
fn an_element_is_taken_back_from_a_list_of_which_part_is_copied() {
    for copied in 1..7 {
        let store = store_of(1);
        store.keyspace().record();
        store.rpush_all("k", ["a", "b"]).expect("elements");
        let mut moving = store.blmove_async("s", "k", Direction::Left, Direction::Right);
        begin(&mut moving);
        store.rpush("s", "moved").expect("an element");
        store.rpush_all("k", ["c", "d", "e", "f", "g"]).expect("elements");
        let mut beside = Beside::begin(&store, 16 + 22 + copied * 7);
        assert!(store.keyspace().copy_more());
        drop(moving);
        beside.check();
        assert_eq!(store.lrange("k", 0, -1).concat(), b"abcdefg");
        assert_eq!(store.lrange("s", 0, -1).concat(), b"moved");
        beside.end();
    }
}

#[test]
fn part_of_a_list_goes_from_key_to_key() {
    is_copied_as("RENAME k l", &["RENAME k l"]);
    is_copied_as("COPY k l", &["COPY k l REPLACE"]);
    is_copied_as("SORT k ALPHA DESC STORE k", &["DEL k", "RPUSH k j i h g f e d c b a"]);
    is_copied_as("LMOVE k l LEFT LEFT", &["LPOP k 1", "LPUSH l a"]);
    is_copied_as("LMOVE k l RIGHT LEFT", &["LPUSH l j"]);
}

/// What is copied already and what is not meet: keys of one shard, of which the copy has the last one.
#[test]
fn a_list_comes_from_where_it_is_not_copied_or_goes_there() {
    for (command, expected) in [
        ("RENAME copied new", &["RENAME copied new"][..]),
        ("RENAME copied other", &["DEL copied"]),
        ("RENAME other copied", &["DEL copied"]),
        ("RENAME other new", &["DEL new"]),
        ("RENAME other third", &[]),
        ("COPY copied other REPLACE", &[]),
        ("COPY copied new", &["COPY copied new REPLACE"]),
        ("COPY other copied REPLACE", &["DEL copied"]),
        ("COPY other third REPLACE", &[]),
        ("SORT other ALPHA STORE third", &[]),
        ("SORT other ALPHA STORE copied", &["DEL copied", "RPUSH copied x y"]),
        ("LMOVE other copied LEFT LEFT", &["LPUSH copied x"]),
        ("LMOVE copied other LEFT LEFT", &["LPOP copied"]),
        ("RPUSH other z", &[]),
        ("RPUSH new z", &["RPUSH new z"]),
        // The last entry moves to where nothing is copied yet, and is not copied again.
        ("DEL other", &[]),
    ] {
        let store = store_of(1);
        store.keyspace().record();
        for key in ["other", "third", "copied"] {
            store.rpush_all(key, ["x", "y"]).expect("elements");
        }
        let beside = Beside::begin(&store, 16 + 27 + 2 * 7);
        assert!(store.keyspace().copy_more());
        let before = beside.sink.len();
        assert_eq!(lines(&beside.sink.commands()), ["RPUSH copied x y"]);
        say(&mut store.connect(), command);
        let said = lines(&beside.sink.commands_in(before..beside.sink.len()));
        assert_eq!(said, expected, "{command}");
        beside.end();
    }
}

/// Four keys of one shard, of which the last one is copied when these commands are said. As a key goes, the last one takes its
/// place.
#[test]
fn keys_come_and_go_while_a_copy_is_made() {
    for commands in [
        &["DEL a"][..],
        &["DEL d", "RPUSH d z"],
        &["DEL c", "DEL d", "RPUSH e z"],
        &["DEL b", "DEL c", "DEL d", "RPUSH e z"],
        // What was copied takes a place from where it goes again, for what was not.
        &["DEL a", "DEL d"],
        &["DEL a", "DEL c", "DEL b"],
        &["RPUSH e z", "DEL a", "DEL b", "RPUSH a z", "RPUSH b z"],
        &["FLUSHALL", "RPUSH a z", "RPUSH e z"],
    ] {
        let store = store_of(1);
        store.keyspace().record();
        for key in ["a", "b", "c", "d"] {
            store.rpush_all(key, ["x", "y"]).expect("elements");
        }
        let mut beside = Beside::begin(&store, THREE_LETTERS - 7);
        assert!(store.keyspace().copy_more());
        assert_eq!(lines(&beside.sink.commands()), ["RPUSH d x y"]);
        for command in commands {
            say(&mut store.connect(), command);
            beside.check();
        }
        beside.end();
    }
}

/// Lists that change by more than a piece between one piece and the next.
#[test]
fn a_copy_ends_however_much_is_done_meanwhile() {
    let changes: [&[&str]; 6] = [
        &["RPUSH k 1 2 3 4 5 6 7 8 9", "RPUSH k 1 2 3 4 5 6 7 8 9"],
        &["LPUSH k 1 2 3 4 5 6 7 8 9", "LPUSH k 1 2 3 4 5 6 7 8 9"],
        &["LMOVE k k LEFT RIGHT", "LMOVE k k LEFT RIGHT", "LMOVE k k LEFT RIGHT"],
        &["LINSERT k BEFORE last x", "LINSERT k BEFORE last x", "LINSERT k BEFORE last x"],
        &["RENAME k l", "RENAME l k"],
        &["COPY k l REPLACE", "COPY k m REPLACE"],
    ];
    for change in changes {
        for shards in [1, 64] {
            let store = store_of(shards);
            store.keyspace().record();
            store.rpush_all("k", (0..500).map(|number: i32| number.to_string())).expect("elements");
            store.rpush("k", "last").expect("an element");
            let beside = Beside::begin(&store, 1);
            let mut pieces = 0;
            while store.keyspace().copy_more() {
                pieces += 1;
                assert!(pieces < 3000, "{change:?} holds it up");
                for line in change {
                    say(&mut store.connect(), line);
                }
            }
            beside.end();
        }
    }
}

#[test]
fn one_copy_is_made_at_a_time_and_leaves_nothing_behind() {
    let store = store_of(3);
    store.keyspace().record();
    store.rpush_all("k", ["a", "b", "c"]).expect("elements");
    let sink = copy_of(&store, 1);
    assert!(!store.keyspace().begin_copy(Arc::new(Sink::default())));
    assert_eq!(store.keyspace().end_copy(|| panic!("nothing is copied")), None::<()>);
    assert!(store.keyspace().copy_more());
    store.keyspace().abandon_copy();
    assert!(!is_being_copied(&store));
    assert_eq!(Arc::strong_count(&sink), 1);
    let len = sink.len();
    store.rpush("k", "d").expect("an element");
    assert!(!store.keyspace().copy_more());
    assert_eq!(store.keyspace().end_copy(|| panic!("no copy is made")), None::<()>);
    assert_eq!(sink.len(), len);
    Beside::begin(&store, 1).end();
}

#[test]
fn an_empty_store_is_copied_at_once() {
    let store = store_of(64);
    store.keyspace().record();
    let sink = copy_of(&store, 1);
    assert!(!store.keyspace().copy_more());
    assert_eq!(store.keyspace().end_copy(|| sink.len()), Some(0));
}

#[test]
fn what_takes_no_writes_can_be_copied() {
    let store = store_of(3);
    store.rpush_all("k", ["a", "b", "c"]).expect("elements");
    store.keyspace().record().break_down();
    assert!(matches!(store.rpush("k", "d"), Err(Error::OutcomeUnknown(_))));
    assert!(matches!(store.rpush("k", "e"), Err(Error::LogFailed(_))));
    Beside::begin(&store, 1).end();
}

/// What eight threads do meanwhile is in the copy as far as it was done before the cut, as the log of the commits says.
#[test]
fn threads_go_on_while_copies_are_made() {
    const THREADS: usize = 8;
    let store = store_of(4);
    let log = store.keyspace().record();
    let (start, stop) = (Barrier::new(THREADS + 1), AtomicBool::new(false));
    let cuts: Vec<_> = thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, start, stop) = (&store, &start, &stop);
            scope.spawn(move || {
                start.wait();
                hammer(store, thread as u64, stop);
            });
        }
        start.wait();
        let rounds = if cfg!(debug_assertions) { 20 } else { 300 };
        let cuts = (0..rounds).map(|round| {
            let sink = copy_of(&store, [1, 40, 200, 2000][round % 4]);
            while store.keyspace().copy_more() {
                let more = log.len() + 300;
                while log.len() < more {
                    thread::yield_now();
                }
            }
            let cut = store.keyspace().end_copy(|| (log.len(), sink.len()));
            let (log_end, sink_end) = cut.expect("nothing is left");
            (log_end, sink, sink_end)
        });
        let cuts = cuts.collect();
        stop.store(true, Ordering::Relaxed);
        cuts
    });
    let (logged, mut read) = (Store::new(), 0);
    for (log_end, sink, sink_end) in cuts {
        replay(&logged, &log.commands_in(mem::replace(&mut read, log_end)..log_end));
        let copied = Store::new();
        replay(&copied, &sink.commands_in(0..sink_end));
        assert!(contents(&copied) == contents(&logged), "at {log_end}");
    }
}

/// Does what does not let lists grow without bound.
fn hammer(store: &Store, thread: u64, stop: &AtomicBool) {
    let mut state = thread + 1;
    let mut draw = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % below
    };
    let mut connection = store.connect();
    while !stop.load(Ordering::Relaxed) {
        let [a, b] = [draw(12), draw(12)];
        let line = match draw(12) {
            0..3 => format!("RPUSH {a} {thread} 1 2 {b}"),
            3 => format!("LPUSH {a} {thread} {b}"),
            4 => format!("LPOP {a} 3"),
            5 => format!("RPOP {a} 2"),
            6 => format!("LMOVE {a} {b} LEFT RIGHT"),
            7 => format!("RENAME {a} {b}"),
            8 => format!("COPY {a} {b} REPLACE"),
            9 => format!("LREM {a} -3 {thread}"),
            10 => format!("LTRIM {a} 1 60"),
            _ => format!("LINSERT {a} BEFORE 1 {b}"),
        };
        say(&mut connection, &line);
    }
}
