//! An observer that writes down every change, as commands of Redis: a rehearsal of a log. What it wrote, carried out on an
//! empty store, makes the same lists.

use std::fmt::Display;
use std::sync::{Arc, Mutex};

use super::Keyspace;
use super::change::{Change, Side};
use super::key::Key;
use crate::Direction;

type Command = Vec<Vec<u8>>;

/// `GIVEBACK key LEFT|RIGHT place element`, for which Redis has no command.
const GIVE_BACK: &[u8] = b"GIVEBACK";

/// The changes of a whole keyspace, in their order.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<Vec<Command>>);

impl Keyspace {
    /// Writes down every change from here on.
    pub(crate) fn record(&self) -> Arc<Recorder> {
        let recorder = Arc::new(Recorder::default());
        for shard in &self.shards {
            shard.lock().record(&recorder);
        }
        recorder
    }
}

impl Recorder {
    /// What was recorded until now.
    pub(crate) fn commands(&self) -> Vec<Command> {
        self.0.lock().expect("nobody panics while recording").clone()
    }

    /// The whole keyspace was emptied. Each of its shards says so.
    pub(super) fn flushed(&self) {
        self.write([b"FLUSHALL".to_vec()]);
    }

    pub(super) fn record(&self, key: Key<'_>, change: Change<'_>) {
        let key = || key.bytes.to_vec();
        match change {
            Change::Push { end, element } => {
                self.write([side(end, "PUSH"), key(), element.to_vec()]);
            }
            Change::Pop { end, count } => self.write([side(end, "POP"), key(), number(count)]),
            Change::Rotate { from, to } => {
                self.write([b"LMOVE".to_vec(), key(), key(), word(from), word(to)]);
            }
            Change::Set { position, element } => {
                self.write([b"LSET".to_vec(), key(), number(position), element.to_vec()]);
            }
            Change::Insert { side, pivot, element } => {
                let side = if side == Side::Before { "BEFORE" } else { "AFTER" };
                let side = side.as_bytes().to_vec();
                self.write([b"LINSERT".to_vec(), key(), side, pivot.to_vec(), element.to_vec()]);
            }
            Change::TakeBack { position } => {
                // Nobody pushes this.
                let mark = b"the element that was taken back".to_vec();
                self.write([b"LSET".to_vec(), key(), number(position), mark.clone()]);
                self.write([b"LREM".to_vec(), key(), number(1), mark]);
            }
            Change::Remove { count, element } => {
                self.write([b"LREM".to_vec(), key(), number(count), element.to_vec()]);
            }
            Change::Trim { start, stop } => {
                self.write([b"LTRIM".to_vec(), key(), number(start), number(stop)]);
            }
            Change::GiveBack { end, place, element } => {
                self.write([GIVE_BACK.to_vec(), key(), word(end), number(place), element.to_vec()]);
            }
            Change::Delete => self.write([b"DEL".to_vec(), key()]),
            Change::Put { list } => {
                self.write([b"DEL".to_vec(), key()]);
                self.write(
                    [b"RPUSH".to_vec(), key()].into_iter().chain(list.iter().map(<[u8]>::to_vec)),
                );
            }
        }
    }

    fn write(&self, words: impl IntoIterator<Item = Vec<u8>>) {
        let command = words.into_iter().collect();
        self.0.lock().expect("nobody panics while recording").push(command);
    }
}

fn number(number: impl Display) -> Vec<u8> {
    number.to_string().into_bytes()
}

fn word(end: Direction) -> Vec<u8> {
    match end {
        Direction::Left => b"LEFT".to_vec(),
        Direction::Right => b"RIGHT".to_vec(),
    }
}

fn side(end: Direction, command: &str) -> Vec<u8> {
    let initial = if end == Direction::Left { "L" } else { "R" };
    [initial, command].concat().into_bytes()
}

mod tests {
    use std::collections::BTreeMap;
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Waker};

    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::GIVE_BACK;
    use crate::{Connection, Reply, Store};

    /// What somebody does to a store.
    #[derive(Debug, Clone)]
    enum Step {
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
    }

    /// Forms of every command that changes a store: `k` is a key, `e` an element, `d` an end.
    const FORMS: [&str; 33] = [
        "LPUSH k e e",
        "RPUSH k e e",
        "RPUSH k e",
        "LPUSHX k e",
        "RPUSHX k e e",
        "LPOP k",
        "RPOP k",
        "LPOP k 2",
        "RPOP k 2",
        "LSET k 1 e",
        "LSET k -1 e",
        "LINSERT k BEFORE e e",
        "LINSERT k AFTER e e",
        "LREM k 1 e",
        "LREM k -2 e",
        "LREM k 0 e",
        "LTRIM k 1 -1",
        "LTRIM k 0 2",
        "LTRIM k 5 9",
        "LMOVE k k d d",
        "RPOPLPUSH k k",
        "LMPOP 2 k k d COUNT 2",
        "DEL k k",
        "UNLINK k",
        "RENAME k k",
        "RENAMENX k k",
        "COPY k k",
        "COPY k k REPLACE",
        "SORT k ALPHA STORE k",
        "FLUSHALL",
        "FLUSHDB",
        "BLPOP k k 0",
        "BLMOVE k k d d 0",
    ];

    const WAITING: [&str; 6] = [
        "BLPOP k k 0",
        "BRPOP k 0",
        "BLMOVE k k d d 0",
        "BRPOPLPUSH k k 0",
        "BLMPOP 0 2 k k d COUNT 2",
        "BLPOP k 0",
    ];

    /// A form with its words drawn.
    fn drawn(forms: &'static [&'static str]) -> impl Strategy<Value = String> {
        (select(forms), vec(0_usize..4, 8)).prop_map(|(form, draws)| {
            let mut draws = draws.into_iter();
            let mut draw = |from: [&'static str; 4]| from[draws.next().unwrap_or(0)];
            let words = form.split(' ').map(|word| match word {
                "k" => draw(["a", "b", "c", "d"]),
                "e" => draw(["1", "2", "3", "a longer element that is stored in another way"]),
                "d" => draw(["LEFT", "RIGHT", "LEFT", "RIGHT"]),
                word => word,
            });
            // What is not split at spaces must have none.
            words.map(|word| word.replace(' ', "_")).collect::<Vec<_>>().join(" ")
        })
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            6 => drawn(&FORMS).prop_map(Step::Say),
            3 => drawn(&WAITING).prop_map(Step::Begin),
            1 => Just(Step::Poll),
            2 => Just(Step::Drop),
            2 => vec(drawn(&FORMS), 1..5).prop_map(Step::Transaction),
            1 => vec(drawn(&FORMS), 1..4).prop_map(Step::Import),
        ];
        vec(step, 1..60)
    }

    type Contents = BTreeMap<Vec<u8>, Vec<Vec<u8>>>;

    fn contents(store: &Store) -> Contents {
        store.keys("*").into_iter().map(|key| (key.clone(), store.lrange(key, 0, -1))).collect()
    }

    fn say(connection: &mut Connection, line: &str) -> Reply {
        let words: Vec<Vec<u8>> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        connection.execute_now(&words)
    }

    fn carry_out(store: &Store, steps: &[Step]) {
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
            }
        }
    }

    fn replayed(commands: &[Vec<Vec<u8>>]) -> Store {
        let copy = Store::new();
        let mut connection = copy.connect();
        for words in commands {
            if words[0] == GIVE_BACK {
                give_back(&copy, words);
                continue;
            }
            let reply = connection.execute_now(words);
            assert!(!matches!(reply, Reply::Error(_)), "{words:?} was refused: {reply:?}");
        }
        copy
    }

    /// Puts an element so many places from an end: what is outside it makes room for it and comes back.
    fn give_back(store: &Store, words: &[Vec<u8>]) {
        let [_, key, end, place, element] = words else { panic!("{words:?}") };
        let place = str::from_utf8(place).unwrap().parse().unwrap();
        if end == b"LEFT" {
            let outer = store.lpop_count(key, place).unwrap().unwrap_or_default();
            store.lpush(key, element).unwrap();
            outer.iter().rev().for_each(|element| _ = store.lpush(key, element).unwrap());
        } else {
            let outer = store.rpop_count(key, place).unwrap().unwrap_or_default();
            store.rpush(key, element).unwrap();
            outer.iter().rev().for_each(|element| _ = store.rpush(key, element).unwrap());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 300 } else { 20_000 }))]

        #[test]
        fn replaying_the_changes_makes_the_same_lists(steps in steps(), shards in select(&[1_usize, 3, 64][..])) {
            let store = Store::builder().shards(shards).build().expect("a legal number");
            let recorder = store.keyspace().record();
            carry_out(&store, &steps);
            let commands = recorder.commands();
            prop_assert_eq!(contents(&replayed(&commands)), contents(&store), "{:?}", commands);
        }
    }
}
