//! A keyspace that refuses, or whose commits cannot be made sure of: a rehearsal of a bound on memory, of a store that is
//! closed, and of a log that fails.

use std::sync::atomic::{AtomicU8, Ordering};

use super::Keyspace;
use super::change::Intent;
use super::receipt::Receipt;
use crate::Error;

const NOTHING: u8 = 0;
const ADDITIONS: u8 = 1;
const WRITES: u8 = 2;
const RECEIPTS: u8 = 3;

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
    pub(super) fn admit(&self, intent: Intent) -> Result<(), Error> {
        let refused = match self.0.load(Ordering::Relaxed) {
            ADDITIONS => matches!(intent, Intent::Add(_)),
            WRITES => true,
            _ => false,
        };
        if refused { Err(REFUSED) } else { Ok(()) }
    }

    pub(super) fn fail(&self, receipt: &mut Receipt) {
        receipt.fault = (self.0.load(Ordering::Relaxed) == RECEIPTS).then_some(REFUSED);
    }
}

mod tests {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use super::{ADDITIONS, NOTHING, RECEIPTS, REFUSED, WRITES};
    use crate::{Connection, Direction, Error, Reply, Store};

    const LEFT: Direction = Direction::Left;

    /// Every command that writes, on `l`, `m` and `missing`: its words, and whether it adds.
    const WRITING: &[(&str, bool)] = &[
        ("LPUSH l x", true),
        ("RPUSH missing x y", true),
        ("LPUSHX l x", true),
        ("RPUSHX l x", true),
        ("LSET l 0 x", true),
        ("LINSERT l BEFORE a x", true),
        ("LMOVE l m LEFT LEFT", true),
        ("RPOPLPUSH l m", true),
        ("BLMOVE l m LEFT LEFT 0", true),
        ("BRPOPLPUSH l m 0", true),
        ("RENAME l missing", true),
        ("RENAMENX l missing", true),
        ("COPY l missing", true),
        ("SORT l ALPHA STORE missing", true),
        ("LPOP l", false),
        ("RPOP l 2", false),
        ("LREM l 0 a", false),
        ("LTRIM l 1 1", false),
        ("LMPOP 1 l LEFT", false),
        ("BLPOP l 0", false),
        ("BRPOP l 0", false),
        ("BLMPOP 0 1 l LEFT", false),
        ("DEL l", false),
        ("UNLINK l m", false),
        ("FLUSHALL", false),
        ("FLUSHDB", false),
    ];

    fn filled() -> Store {
        let store = Store::builder().shards(4).build().expect("four shards");
        store.rpush_all("l", ["a", "b", "c"]).expect("elements");
        store.rpush("m", "d").expect("an element");
        store
    }

    fn contents(store: &Store) -> [Vec<Vec<u8>>; 3] {
        ["l", "m", "missing"].map(|key| store.lrange(key, 0, -1))
    }

    fn say(connection: &mut Connection, line: &str) -> Reply {
        connection.execute(line.split(' '))
    }

    fn refusal() -> Reply {
        Reply::Error(REFUSED.to_string().into_bytes())
    }

    /// By itself, and in a transaction, in which the other commands are carried out.
    #[test]
    fn what_is_refused_changes_nothing() {
        for (fault, (line, adds)) in
            [ADDITIONS, WRITES].into_iter().flat_map(|f| WRITING.iter().map(move |w| (f, *w)))
        {
            let store = filled();
            let before = contents(&store);
            store.keyspace().rehearse(fault);
            let mut connection = store.connect();
            let refused = fault == WRITES || adds;
            if refused {
                assert_eq!(say(&mut connection, line), refusal(), "{line}");
            }
            say(&mut connection, "MULTI");
            say(&mut connection, "LLEN m");
            say(&mut connection, line);
            let Reply::Array(replies) = say(&mut connection, "EXEC") else { panic!("{line}") };
            assert_eq!(replies[0], Reply::Integer(1));
            assert_eq!(replies[1] == refusal(), refused, "{line}: {replies:?}");
            assert_eq!(contents(&store) == before, refused, "{line}");
        }
    }

    /// The list names every command that is said to write, and none besides.
    #[test]
    fn every_command_that_writes_is_rehearsed() {
        let name = |(line, _): &(&'static str, bool)| line.split(' ').next().unwrap_or_default();
        let mut rehearsed: Vec<&str> = WRITING.iter().map(name).collect();
        rehearsed.sort_unstable();
        let writing =
            crate::command::commands().iter().filter(|spec| spec.flags().contains(&"write"));
        let writing: Vec<_> = writing.map(|spec| spec.name().to_ascii_uppercase()).collect();
        assert_eq!(rehearsed, writing);
    }

    #[test]
    fn methods_and_closures_are_refused_as_text_is() {
        let store = filled();
        let before = contents(&store);
        store.keyspace().rehearse(WRITES);
        assert_eq!(store.rpush("l", "x"), Err(REFUSED));
        assert_eq!(store.lpop("l"), Err(REFUSED));
        assert_eq!(store.lmove("l", "m", LEFT, LEFT), Err(REFUSED));
        assert_eq!(store.del_all(["l", "m"]), Err(REFUSED));
        assert_eq!(store.blpop(["l"], None), Err(REFUSED));
        let counted = store.transaction(["l"], |tx| {
            assert_eq!(tx.rpush("l", "x"), Err(REFUSED));
            assert_eq!(tx.lmove("l", "l", LEFT, LEFT), Err(REFUSED));
            tx.llen("l")
        });
        assert_eq!(counted, Ok(3));
        assert_eq!(contents(&store), before);
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

    /// Nobody is told that something was done of which that is not sure, and no element is handed out.
    #[test]
    fn what_is_not_sure_of_is_not_acknowledged() {
        let store = filled();
        store.keyspace().rehearse(RECEIPTS);
        assert_eq!(store.rpush("l", "x"), Err(REFUSED));
        assert_eq!(store.lpop("l"), Err(REFUSED));
        assert_eq!(store.blpop(["l"], None), Err(REFUSED));
        assert_eq!(store.transaction(["l"], |tx| tx.lpop("l")), Err(REFUSED));
        assert_eq!(
            store.transaction(["l"], |_| Err::<(), _>(Error::NoSuchKey)),
            Err(Error::NoSuchKey)
        );
        let mut connection = store.connect();
        say(&mut connection, "MULTI");
        say(&mut connection, "LLEN l");
        assert_eq!(say(&mut connection, "EXEC"), refusal());
        assert!(!connection.in_transaction());
        // All of it was done all the same.
        assert_eq!(store.lrange("l", 0, -1), [b"x"]);
    }

    #[test]
    fn a_wait_goes_on_where_nothing_goes_wrong_any_more() {
        let store = filled();
        store.keyspace().rehearse(WRITES);
        let mut context = Context::from_waker(Waker::noop());
        let mut refused = store.blpop_async(["l"]);
        assert_eq!(Pin::new(&mut refused).poll(&mut context), Poll::Ready(Err(REFUSED)));
        store.keyspace().rehearse(NOTHING);
        assert_eq!(store.lpop("l"), Ok(Some(b"a".to_vec())));
    }
}
