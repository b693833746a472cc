//! A keyspace that refuses, or whose log is not sure of its commits.

use std::sync::atomic::{AtomicU8, Ordering};

use super::Keyspace;
use super::change::Intent;
use crate::Error;

const NOTHING: u8 = 0;
const ADDITIONS: u8 = 1;
const WRITES: u8 = 2;

/// An error that no command has by itself outside the tests of those that wait.
const REFUSED: Error = Error::Unblocked;

/// What goes wrong.
#[derive(Debug, Default)]
pub(super) struct Rehearsal(AtomicU8);

impl Keyspace {
    pub(super) fn rehearsal(&self) -> &Rehearsal {
        &self.rehearsal
    }

    /// From here on this goes wrong. Every shard is observed, as it is wherever something can.
    fn rehearse(&self, fault: u8) {
        drop(self.record());
        self.rehearsal.0.store(fault, Ordering::Relaxed);
    }
}

impl Rehearsal {
    /// Whether anything may be refused, so that a commit needs its admission.
    pub(super) fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed) != NOTHING
    }

    pub(super) fn admit(&self, intent: Intent) -> Result<(), Error> {
        let refused = match self.0.load(Ordering::Relaxed) {
            ADDITIONS => intent.needs_memory(),
            WRITES => true,
            _ => false,
        };
        if refused { Err(REFUSED) } else { Ok(()) }
    }
}

mod tests {
    use std::collections::BTreeMap;
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};
    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::{ADDITIONS, NOTHING, REFUSED, WRITES};
    use crate::command::commands;
    use crate::keyspace::forms;
    use crate::keyspace::recorder::tests::{contents, deadlines, replay, say};
    use crate::log::simulated::EIO;
    use crate::{Direction, ElementBuf, Error, ExpireTime, LogFailure, Reply, Store};

    const LEFT: Direction = Direction::Left;

    fn filled() -> Store {
        let store = Store::builder().shards(4).build().expect("four shards");
        store.rpush_all("a", ["1", "2", "3"]).expect("elements");
        store.expireat("a", UNIX_EPOCH + Duration::from_secs(4_102_444_800)).expect("a list");
        store.rpush_all("b", ["3", "1"]).expect("elements");
        store
    }

    /// Every command that is said to write, in a form that changes what is there, and whether a server without memory
    /// refuses it.
    fn writing() -> Vec<(String, bool)> {
        let forms_of = |name: &str| {
            let begins = |form: &String| form.split(' ').next() == Some(name);
            forms::forms("write").into_iter().filter(begins).collect::<Vec<_>>()
        };
        let specs = commands().iter().filter(|spec| !forms_of(spec.name()).is_empty());
        let lines = specs.map(|spec| {
            let lines = forms::filled(forms_of(spec.name()));
            let mut runner = TestRunner::deterministic();
            let mut draw = || lines.new_tree(&mut runner).expect("a command").current();
            let line = (0..1000).map(|_| draw()).find(|line| {
                let store = filled();
                say(&mut store.connect(), line);
                held(&store) != held(&filled())
            });
            let line = line.unwrap_or_else(|| panic!("{} changes nothing", spec.name()));
            (line, spec.flags().contains(&"denyoom"))
        });
        lines.collect()
    }

    /// All that a store holds: of each key its elements and its deadline.
    fn held(store: &Store) -> BTreeMap<Vec<u8>, (Vec<Vec<u8>>, Option<ExpireTime>)> {
        let mut deadlines = deadlines(store);
        let held = |(key, list)| {
            let deadline = deadlines.remove(&key);
            (key, (list, deadline))
        };
        contents(store).into_iter().map(held).collect()
    }

    fn refusal() -> Reply {
        error(&REFUSED)
    }

    fn error(error: &Error) -> Reply {
        Reply::Error(error.to_string().into_bytes())
    }

    /// By itself, and in a transaction, in which the other commands are carried out.
    #[test]
    fn what_is_refused_changes_nothing() {
        for (line, adds) in writing() {
            for fault in [ADDITIONS, WRITES] {
                let store = filled();
                store.keyspace().rehearse(fault);
                let mut connection = store.connect();
                let refused = fault == WRITES || adds;
                if refused {
                    assert_eq!(say(&mut connection, &line), refusal(), "{line}");
                }
                say(&mut connection, "MULTI");
                say(&mut connection, "LLEN b");
                say(&mut connection, &line);
                let Reply::Array(replies) = say(&mut connection, "EXEC") else { panic!("{line}") };
                assert_eq!(replies[0], Reply::Integer(2));
                assert_eq!(replies[1] == refusal(), refused, "{line}: {replies:?}");
                assert_eq!(held(&store) == held(&filled()), refused, "{line}");
            }
        }
    }

    /// Whoever observes changes is told of each: a key that is watched, and a log.
    #[test]
    fn what_changes_is_noted() {
        for (line, _) in writing() {
            let store = filled();
            let recorder = store.keyspace().record();
            let mut watching: Vec<_> =
                ["a", "b", "c", "d"].map(|key| (key, store.connect())).into();
            for (key, connection) in &mut watching {
                say(connection, &format!("WATCH {key}"));
                say(connection, "MULTI");
            }
            say(&mut store.connect(), &line);
            let copy = filled();
            replay(&copy, &recorder.commands());
            assert_eq!(held(&copy), held(&store), "{line}");
            for (key, mut connection) in watching {
                let changed =
                    held(&store).get(key.as_bytes()) != held(&filled()).get(key.as_bytes());
                let aborted = say(&mut connection, "EXEC") == Reply::NilArray;
                assert!(aborted || !changed, "{line}: {key} is not touched");
            }
        }
    }

    #[test]
    fn methods_and_closures_are_refused_as_text_is() {
        let store = filled();
        let before = held(&store);
        store.keyspace().rehearse(WRITES);
        assert_eq!(store.rpush("a", "x"), Err(REFUSED));
        assert_eq!(store.lpop("a"), Err(REFUSED));
        let (mut one, mut several) = (b"before".to_vec(), ElementBuf::new());
        store.lrange_into("b", 0, -1, &mut several);
        assert_eq!(store.lpop_into("a", &mut one), Err(REFUSED));
        assert_eq!(store.rpop_count_into("a", 1, &mut several), Err(REFUSED));
        assert_eq!((&one[..], several.len()), (&b"before"[..], 2), "buffers keep what they held");
        assert_eq!(store.lmove("a", "b", LEFT, LEFT), Err(REFUSED));
        assert_eq!(store.del_all(["a", "b"]), Err(REFUSED));
        assert_eq!(store.blpop(["a"], None), Err(REFUSED));
        let counted = store.transaction(["a"], |tx| {
            assert_eq!(tx.rpush("a", "x"), Err(REFUSED));
            assert_eq!(tx.lmove("a", "a", LEFT, LEFT), Err(REFUSED));
            tx.llen("a")
        });
        assert_eq!(counted, Ok(3));
        assert_eq!(held(&store), before);
    }

    /// What was promised to somebody who waits, and what comes back, is not refused.
    #[test]
    fn serving_and_giving_back_go_on() {
        let store = filled();
        let mut context = Context::from_waker(Waker::noop());
        let mut moving = store.blmove_async("s", "t", LEFT, LEFT);
        let mut popping = store.blpop_async(["u"]);
        assert!(Pin::new(&mut moving).poll(&mut context).is_pending());
        assert!(Pin::new(&mut popping).poll(&mut context).is_pending());
        let fill = store.transaction(["s", "u"], |tx| {
            tx.rpush("s", "x")?;
            tx.rpush("u", "y")?;
            store.keyspace().rehearsal.0.store(WRITES, super::Ordering::Relaxed);
            Ok::<_, Error>(())
        });
        assert_eq!(fill, Ok(()));
        assert_eq!(store.lrange("t", 0, -1), [b"x"]);
        assert!(!store.exists("u"));
        drop((moving, popping));
        assert_eq!(
            (store.lrange("s", 0, -1), store.lrange("u", 0, -1)),
            (vec![b"x".to_vec()], vec![b"y".to_vec()])
        );
    }

    /// Nobody is told that something was done of which that is not sure, and no element is handed out. After that nothing is
    /// changed any more, and reads go on.
    #[test]
    fn what_is_not_sure_of_is_not_acknowledged() {
        let eio = LogFailure::from(&std::io::Error::from_raw_os_error(EIO));
        let unknown = Error::OutcomeUnknown(eio);
        let broken = || {
            let store = filled();
            store.keyspace().record().break_down();
            store
        };
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(broken().rpush("a", "x"), Err(unknown.clone()));
        assert_eq!(broken().lpop("a"), Err(unknown.clone()));
        assert_eq!(broken().blpop(["a"], None), Err(unknown.clone()));
        assert_eq!(
            futures_lite::future::block_on(broken().blpop_async(["a"])),
            Err(unknown.clone())
        );
        assert_eq!(broken().transaction(["a"], |tx| tx.lpop("a")), Err(unknown.clone()));
        for words in [&["RPUSH", "a", "x"][..], &["BLPOP", "a", "0"]] {
            let (said, awaited) = (broken().connect().execute(words), {
                let mut connection = broken().connect();
                futures_lite::future::block_on(connection.execute_async(words))
            });
            assert_eq!(said, error(&unknown));
            assert_eq!(awaited, error(&unknown));
        }
        let store = broken();
        let mut connection = store.connect();
        let mut waiting = store.blpop_async(["none"]);
        assert!(Pin::new(&mut waiting).poll(&mut context).is_pending());
        say(&mut connection, "MULTI");
        say(&mut connection, "RPUSH a y");
        say(&mut connection, "RPUSH none z");
        assert_eq!(say(&mut connection, "EXEC"), error(&unknown));
        assert!(!connection.in_transaction());
        assert_eq!(Pin::new(&mut waiting).poll(&mut context), Poll::Ready(Err(unknown)));
        // All of it was done all the same.
        assert_eq!(store.lrange("a", -1, -1), [b"y"]);
        assert_eq!(store.llen("none"), 0);
        let refused = Error::LogFailed(eio);
        assert_eq!(store.lpop("a"), Err(refused.clone()));
        assert_eq!(store.blpop(["a"], None), Err(refused.clone()));
        assert_eq!(say(&mut connection, "LPOP a"), error(&refused));
    }

    #[test]
    fn a_wait_goes_on_where_nothing_goes_wrong_any_more() {
        let store = filled();
        store.keyspace().rehearse(WRITES);
        let mut context = Context::from_waker(Waker::noop());
        let mut refused = store.blpop_async(["a"]);
        assert_eq!(Pin::new(&mut refused).poll(&mut context), Poll::Ready(Err(REFUSED)));
        store.keyspace().rehearse(NOTHING);
        assert_eq!(store.lpop("a"), Ok(Some(b"1".to_vec())));
    }
}
