//! A log on a simulated disk. What it wrote, carried out on an empty store, makes the same lists with the same deadlines.

use std::ops::Range;
use std::sync::{Arc, Mutex, mpsc};

use super::access::Reach;
use super::change::Intent;
use super::{CopySink, Keyspace};
use crate::log::simulated::{Action, EIO, Simulated, Verdict};
use crate::log::{Directory, Fsync, Log, LogOptions, Part, Writer};

const FILE: &str = "log";

/// The commits of a whole keyspace, in their order.
pub(crate) struct Recorder {
    disk: Simulated,
    log: Arc<Writer>,
}

/// A copy in memory.
#[derive(Debug, Default)]
pub(super) struct Sink(Mutex<Vec<u8>>);

type Command = Vec<Vec<u8>>;

impl Keyspace {
    /// How many long words were copied for the log under locks.
    fn long_words_copied(&self) -> usize {
        let mut all = self.lock(Reach::All, Intent::Look);
        all.shards_mut()
            .map(|shard| shard.journal().map_or(0, |journal| journal.records().copied()))
            .sum()
    }

    /// Writes down every change from here on.
    pub(crate) fn record(&self) -> Recorder {
        let disk = Simulated::default();
        let file = disk.create(FILE).expect("there is no file yet");
        let log = Log::open(file, 0, &LogOptions::new().fsync(Fsync::Always), None);
        let recorder = Recorder { disk, log: Arc::clone(&log) };
        self.write_to(log);
        recorder
    }
}

impl Recorder {
    /// Nothing can be made sure of from here on.
    pub(super) fn break_down(&self) {
        self.disk.hook(|_, action| match action {
            Action::Sync => Verdict::Fail(EIO),
            _ => Verdict::Succeed,
        });
    }

    /// Nothing is made sure of from here on until this is dropped. Who waits for that waits as long.
    pub(super) fn hold_up(&self) -> mpsc::Sender<()> {
        let (held, over) = mpsc::channel();
        let over = Mutex::new(over);
        self.disk.hook(move |_, action| {
            if let Action::Sync = action {
                // Until the sender is gone.
                let _ = over.lock().expect("nobody panics while syncing").recv();
            }
            Verdict::Succeed
        });
        held
    }

    /// How many bytes were recorded until now, without what closes a batch.
    pub(super) fn len(&self) -> usize {
        usize::try_from(self.log.end().in_bytes()).expect("it is in memory")
    }

    /// What was recorded until now.
    pub(crate) fn commands(&self) -> Vec<Command> {
        self.commands_in(0..self.len())
    }

    /// The commands that these bytes are.
    pub(super) fn commands_in(&self, part: Range<usize>) -> Vec<Command> {
        // Of what was given back, nobody has waited for the disk.
        self.log.sync().expect("it does not fail");
        let bytes = self.disk.file(FILE).expect("it was made");
        let (mut rest, mut recorded) = (&bytes[..], Vec::new());
        while !rest.is_empty() {
            let before = rest;
            if command(&mut rest)[0] != b"ECHO" {
                recorded.extend_from_slice(&before[..before.len() - rest.len()]);
            }
        }
        commands(&recorded[part])
    }
}

impl CopySink for Sink {
    fn append(&self, commands: &mut dyn Iterator<Item = Part<'_>>) {
        let mut bytes = self.0.lock().expect("nobody panics while copying");
        commands.for_each(|part| match part {
            Part::Short(part) => bytes.extend(part),
            Part::Long(part) => bytes.extend(part),
        });
    }
}

impl Sink {
    /// How many bytes were copied until now.
    pub(super) fn len(&self) -> usize {
        self.0.lock().expect("nobody panics while copying").len()
    }

    /// What was copied until now.
    pub(super) fn commands(&self) -> Vec<Command> {
        self.commands_in(0..self.len())
    }

    /// The commands that these bytes are.
    pub(super) fn commands_in(&self, part: Range<usize>) -> Vec<Command> {
        commands(&self.0.lock().expect("nobody panics while copying")[part])
    }
}

/// Arrays of bulk strings, read by the letter.
fn commands(mut rest: &[u8]) -> Vec<Command> {
    let mut commands = Vec::new();
    while !rest.is_empty() {
        commands.push(command(&mut rest));
    }
    commands
}

fn command(rest: &mut &[u8]) -> Command {
    (0..number(rest, b'*')).map(|_| word(rest)).collect()
}

fn number(rest: &mut &[u8], mark: u8) -> usize {
    let end = rest.iter().position(|&byte| byte == b'\r').expect("a line ends");
    let (line, after) = rest.split_at(end);
    assert_eq!((line[0], &after[..2]), (mark, &b"\r\n"[..]));
    *rest = &after[2..];
    str::from_utf8(&line[1..]).expect("digits").parse().expect("digits")
}

fn word(rest: &mut &[u8]) -> Vec<u8> {
    let len = number(rest, b'$');
    let (word, after) = rest.split_at(len);
    assert_eq!(&after[..2], b"\r\n");
    *rest = &after[2..];
    word.to_vec()
}

pub(super) mod tests {
    use std::collections::BTreeMap;
    use std::future::Future;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Wake, Waker};
    use std::time::Duration;

    use proptest::collection::vec;
    use proptest::option::of;
    use proptest::prelude::*;
    use proptest::sample::select;

    use crate::keyspace::forms::drawn;
    use crate::keyspace::log_copies::LogCopies;
    use crate::{Connection, Error, ExpireTime, ManualClock, Reply, Store};

    /// What somebody does to a store.
    #[derive(Debug, Clone)]
    pub(in crate::keyspace) enum Step {
        /// A command, whose words are drawn from a few keys and elements.
        Say(String),
        /// A command that waits is begun, and its future kept.
        Begin(String),
        /// The future that was kept for the longest time is polled, or dropped.
        Poll,
        Drop,
        /// Several commands, by MULTI and EXEC.
        Transaction(Vec<String>),
        /// A stream of commands.
        Import(Vec<String>),
        /// So many milliseconds are left to a key: none at all removes it, and no number is no deadline.
        Expire(&'static str, Option<u64>),
        /// So many milliseconds pass.
        Elapse(u64),
    }

    pub(in crate::keyspace) fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => drawn("write").prop_map(Step::Say),
            3 => drawn("blocking").prop_map(Step::Begin),
            1 => Just(Step::Poll),
            2 => Just(Step::Drop),
            2 => vec(drawn("write"), 1..5).prop_map(Step::Transaction),
            1 => vec(drawn("write"), 1..4).prop_map(Step::Import),
            3 => (select(&["a", "b", "c", "d"][..]), of(0_u64..9))
                .prop_map(|(key, millis)| Step::Expire(key, millis)),
            2 => (1_u64..5).prop_map(Step::Elapse),
        ]
    }

    /// A store in which time passes as the steps say.
    pub(in crate::keyspace) fn store_of(shards: usize) -> Store {
        let clock = ManualClock::new();
        Store::builder().shards(shards).clock(clock).build().expect("a legal number")
    }

    pub(in crate::keyspace) type Contents = BTreeMap<Vec<u8>, Vec<Vec<u8>>>;

    /// All lists, be they expired, as long as nobody has removed them: what a log knows.
    pub(in crate::keyspace) fn contents(store: &Store) -> Contents {
        of_each_key(store, |key| store.lrange(key, 0, -1))
    }

    /// Which of them are to expire, and when.
    pub(in crate::keyspace) fn deadlines(store: &Store) -> BTreeMap<Vec<u8>, ExpireTime> {
        let mut deadlines = of_each_key(store, |key| store.expiretime(key));
        deadlines.retain(|_, time| matches!(time, ExpireTime::At(_)));
        deadlines
    }

    fn of_each_key<R>(store: &Store, look: impl Fn(&[u8]) -> R) -> BTreeMap<Vec<u8>, R> {
        let time = store.keyspace().time();
        time.stand_still(true);
        let all = store.keys("*").into_iter().map(|key| (key.clone(), look(&key))).collect();
        time.stand_still(false);
        all
    }

    pub(in crate::keyspace) fn say(connection: &mut Connection, line: &str) -> Reply {
        let words: Vec<Vec<u8>> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        connection.execute_now(&words)
    }

    pub(in crate::keyspace) fn carry_out(
        store: &Store,
        steps: &[Step],
        mut after_each: impl FnMut(),
    ) {
        let mut waiting: Vec<Pin<Box<dyn Future<Output = ()>>>> = Vec::new();
        let mut context = Context::from_waker(Waker::noop());
        for step in steps {
            match step {
                Step::Say(line) => drop(say(&mut store.connect(), line)),
                Step::Begin(line) => {
                    let (mut connection, line) = (store.connect(), line.clone());
                    let mut future = Box::pin(async move {
                        connection.execute_async(line.split(' ')).await;
                    });
                    if future.as_mut().poll(&mut context).is_pending() {
                        waiting.push(future);
                    }
                }
                Step::Poll if !waiting.is_empty() => {
                    if waiting[0].as_mut().poll(&mut context).is_ready() {
                        drop(waiting.remove(0));
                    }
                }
                Step::Drop if !waiting.is_empty() => drop(waiting.remove(0)),
                Step::Poll | Step::Drop => {}
                Step::Transaction(lines) => {
                    let mut connection = store.connect();
                    say(&mut connection, "MULTI");
                    for line in lines {
                        say(&mut connection, line);
                    }
                    say(&mut connection, "EXEC");
                }
                Step::Import(lines) => {
                    let text = lines.join("\n") + "\n";
                    drop(store.import_commands(text.as_bytes()));
                }
                Step::Expire(key, Some(millis)) => {
                    store.expire(key, Duration::from_millis(*millis)).expect("a deadline");
                }
                Step::Expire(key, None) => drop(store.persist(key)),
                Step::Elapse(millis) => {
                    let clock = store.keyspace().time().clock();
                    assert!(clock.elapse(Duration::from_millis(*millis)), "it is turned by hand");
                }
            }
            after_each();
        }
    }

    /// Time stands still meanwhile, as it does while a log is recovered.
    pub(in crate::keyspace) fn replay(copy: &Store, commands: &[Vec<Vec<u8>>]) {
        copy.keyspace().time().stand_still(true);
        let mut connection = copy.connect();
        for words in commands {
            let reply = connection.execute_now(words);
            let replies = if let Reply::Array(replies) = &reply { &replies[..] } else { &[] };
            for reply in replies.iter().chain([&reply]) {
                assert!(!matches!(reply, Reply::Error(_)), "{words:?} was refused: {reply:?}");
            }
        }
    }

    /// Methods have a way of their own, on which nobody but the log is told, and lengths have headers of their own.
    #[test]
    fn pushes_and_pops_of_one_element_by_methods_are_written_down_whatever_their_lengths() {
        let store = Store::new();
        let recorder = store.keyspace().record();
        let mut expected = Vec::new();
        for len in [1, 9, 10, 99, 100, 5000] {
            let (key, element) = (vec![b'k'; len], vec![b'e'; len]);
            assert_eq!(store.rpush(&key, &element), Ok(1));
            assert_eq!(store.lpush(&key, "first"), Ok(2));
            assert_eq!(store.rpop(&key), Ok(Some(element.clone())));
            expected.push(vec![b"RPUSH".to_vec(), key.clone(), element]);
            expected.push(vec![b"LPUSH".to_vec(), key.clone(), b"first".to_vec()]);
            expected.push(vec![b"RPOP".to_vec(), key]);
        }
        assert_eq!(recorder.commands(), expected);
    }

    /// Or it would stop the other keys of the shard for as long as it is long.
    #[test]
    fn of_a_long_element_the_copy_for_the_log_is_made_before_the_lock() {
        let store = Store::new();
        let recorder = store.keyspace().record();
        let long = |first| [&[first][..], &[b'-'; 10_000]].concat();
        let pair = || [long(b'c'), long(b'd')];
        store.rpush("k", "first").unwrap();
        store.rpush("k", long(b'a')).unwrap();
        store.lpush_all("k", pair()).unwrap();
        store.rpushx("k", long(b'e')).unwrap();
        store.rpushx_all("k", pair()).unwrap();
        store.lset("k", 0, long(b'f')).unwrap();
        store.linsert_before("k", "first", long(b'g')).unwrap();
        store.rpush_bounded("k", 100, long(b'h')).unwrap();
        store.rpush_bounded_all("k", 100, pair()).unwrap();
        store.brpush_bounded("k", 100, long(b'i'), None).unwrap();
        say(&mut store.connect(), &format!("RPUSH k {}", "-".repeat(10_000)));
        assert_eq!(store.keyspace().long_words_copied(), 0);

        let copy = Store::new();
        replay(&copy, &recorder.commands());
        assert_eq!(contents(&copy), contents(&store));
        assert_eq!(copy.llen("k"), 13);

        // What is looked for is in no list, and what a transaction stores comes under its locks.
        store.lrem("k", 1, long(b'i')).unwrap();
        store.transaction(["k"], |tx| tx.rpush("k", long(b'k')).map(drop)).unwrap();
        assert_eq!(store.keyspace().long_words_copied(), 2);
    }

    /// Notes how many copies are there when somebody is woken.
    struct Looker(AtomicUsize);

    impl Wake for Looker {
        fn wake(self: Arc<Self>) {
            self.0.store(LogCopies::count(), Ordering::SeqCst);
        }
    }

    /// What is made in a waker may be where an element was that is gone.
    #[test]
    fn the_copy_of_an_element_that_is_not_stored_is_gone_before_anybody_is_woken() {
        let long = || vec![b'-'; 10_000];
        let refused: [fn(&Store, Vec<u8>); 4] = [
            |store, long| assert_eq!(store.rpushx("k", long), Ok(0)),
            |store, long| assert_eq!(store.lpushx_all("k", [long]), Ok(0)),
            |store, long| assert_eq!(store.lset("k", 0, long), Err(Error::NoSuchKey)),
            |store, long| assert_eq!(store.linsert_after("k", "x", long), Ok(0)),
        ];
        for refused in refused {
            let store = store_of(1);
            let _recorder = store.keyspace().record();
            store.rpush("k", "x").unwrap();
            store.expire("k", Duration::from_secs(1)).unwrap();
            let looker = Arc::new(Looker(AtomicUsize::new(usize::MAX)));
            // It has room as soon as a command removes what has expired, and takes it away again.
            let mut waits = Box::pin(store.brpush_bounded_async("k", 1, "y"));
            let waker = Waker::from(Arc::clone(&looker));
            assert!(waits.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            assert!(store.keyspace().time().clock().elapse(Duration::from_secs(2)));
            refused(&store, long());
            assert_eq!(looker.0.load(Ordering::SeqCst), 0, "it was woken, and found none");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 300 } else { 20_000 }))]

        #[test]
        fn replaying_the_changes_makes_the_same_lists(steps in vec(step(), 1..60), shards in select(&[1_usize, 3, 64][..])) {
            let store = store_of(shards);
            let recorder = store.keyspace().record();
            carry_out(&store, &steps, || {});
            let commands = recorder.commands();
            let copy = Store::new();
            replay(&copy, &commands);
            prop_assert_eq!(contents(&copy), contents(&store), "{:?}", commands);
            prop_assert_eq!(deadlines(&copy), deadlines(&store), "{:?}", commands);
        }
    }
}
