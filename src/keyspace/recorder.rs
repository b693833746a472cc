//! An observer that writes down every change, as commands of Redis: a rehearsal of a log. What it wrote, carried out on an
//! empty store, makes the same lists.

use std::sync::{Arc, Mutex};

use super::Keyspace;
use super::change::{Change, Command};
use super::key::Key;

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
        self.write(vec![b"FLUSHALL".to_vec()]);
    }

    pub(super) fn record(&self, key: Key<'_>, change: Change<'_>) {
        for command in change.commands(key.bytes) {
            self.write(command);
        }
    }

    fn write(&self, command: Command) {
        self.0.lock().expect("nobody panics while recording").push(command);
    }
}

pub(super) mod tests {
    use std::collections::BTreeMap;
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Waker};

    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use crate::keyspace::change::GIVE_BACK;
    use crate::keyspace::forms::drawn;
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

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            6 => drawn("write").prop_map(Step::Say),
            3 => drawn("blocking").prop_map(Step::Begin),
            1 => Just(Step::Poll),
            2 => Just(Step::Drop),
            2 => vec(drawn("write"), 1..5).prop_map(Step::Transaction),
            1 => vec(drawn("write"), 1..4).prop_map(Step::Import),
        ];
        vec(step, 1..60)
    }

    type Contents = BTreeMap<Vec<u8>, Vec<Vec<u8>>>;

    pub(in crate::keyspace) fn contents(store: &Store) -> Contents {
        store.keys("*").into_iter().map(|key| (key.clone(), store.lrange(key, 0, -1))).collect()
    }

    pub(in crate::keyspace) fn say(connection: &mut Connection, line: &str) -> Reply {
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

    pub(in crate::keyspace) fn replay(copy: &Store, commands: &[Vec<Vec<u8>>]) {
        let mut connection = copy.connect();
        for words in commands {
            if words[0] == GIVE_BACK {
                give_back(copy, words);
                continue;
            }
            let reply = connection.execute_now(words);
            assert!(!matches!(reply, Reply::Error(_)), "{words:?} was refused: {reply:?}");
        }
    }

    /// Puts an element some places from an end: what is outside it makes room for it and comes back.
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
            let copy = Store::new();
            replay(&copy, &commands);
            prop_assert_eq!(contents(&copy), contents(&store), "{:?}", commands);
        }
    }
}
