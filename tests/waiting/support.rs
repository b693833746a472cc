//! Clients that wait, commands that feed them, and stores of which both parts may be in one shard or in several.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use redeque::Direction::{Left, Right};
use redeque::{Direction, Error, ManualClock, MoveCount, MoveOrder, Store, Transaction, Wait};

use crate::elements::check_elements;

/// Runs a test on stores whose keys share a shard, and on stores in which each key has its own. Where a key goes is
/// drawn anew for each store, so a few of them see the locks taken in several orders.
pub(crate) fn everywhere(test: impl Fn(&Store)) {
    for shards in [1, 2, 2, 3, 3, 512, 512, 512] {
        test(&store_of(shards));
    }
}

pub(crate) fn store_of(shards: usize) -> Store {
    Store::builder().shards(shards).build().expect("a legal number of shards")
}

/// A clock that is turned while nothing is reaped: as the system's goes on, by which a key expires while no command comes by.
pub(crate) struct SlyClock {
    turns: Sender<Duration>,
    turned: Receiver<()>,
}

impl SlyClock {
    /// Of a store that goes by this clock. What reaping turns put off is done some time after this is dropped.
    pub(crate) fn new(store: &Store, clock: &ManualClock) -> Self {
        let (turns, to_do) = channel::<Duration>();
        let (done, turned) = channel();
        let (store, clock) = (store.clone(), clock.clone());
        // A thread inside a transaction puts reaping off, and this one locks nothing.
        thread::spawn(move || {
            let turn_all = |_: &mut Transaction<'_>| {
                while let Ok(by) = to_do.recv() {
                    clock.advance(by);
                    let _ = done.send(());
                }
                Ok::<_, Error>(())
            };
            store.transaction([] as [&str; 0], turn_all)
        });
        Self { turns, turned }
    }

    pub(crate) fn turn(&self, by: Duration) {
        self.turns.send(by).expect("it turns the clock until this is dropped");
        self.turned.recv().expect("it tells when it has");
    }
}

/// Counts how often it is woken.
#[derive(Default)]
pub(crate) struct Counter(AtomicUsize);

impl Counter {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A future that is polled when the test says so.
pub(crate) struct Client<F> {
    future: F,
    wakes: Arc<Counter>,
}

/// A client whose reply is written as in the vectors: `k a` for a pop, `k a b` for a BLMPOP, `a` for a move.
pub(crate) type Spelled = Client<Pin<Box<dyn Future<Output = String>>>>;

impl<F: Future + Unpin> Client<F> {
    pub(crate) fn new(future: F) -> Self {
        Self { future, wakes: Arc::default() }
    }

    pub(crate) fn poll(&mut self) -> Poll<F::Output> {
        let waker = Waker::from(Arc::clone(&self.wakes));
        Pin::new(&mut self.future).poll(&mut Context::from_waker(&waker))
    }

    pub(crate) fn wakes(&self) -> usize {
        self.wakes.count()
    }

    /// What it got, of which it was told once.
    #[track_caller]
    pub(crate) fn got(&mut self) -> F::Output {
        assert_eq!(self.wakes(), 1, "how often it was woken");
        match self.poll() {
            Poll::Ready(reply) => reply,
            Poll::Pending => panic!("it was woken for nothing"),
        }
    }

    #[track_caller]
    pub(crate) fn is_blocked(&mut self) {
        assert_eq!(self.wakes(), 0, "how often it was woken");
        assert!(self.poll().is_pending(), "it got something and was not woken");
    }
}

/// Begins to wait.
#[track_caller]
pub(crate) fn block(store: &Store, command: &str) -> Spelled {
    let mut client = begin(store, command);
    assert!(client.poll().is_pending(), "it found something at once");
    client
}

/// A client that was not polled yet, for a command that waits: `BLPOP k1 k2`, `BLMOVE a b LEFT RIGHT`,
/// `BLMPOP LEFT 2 k1 k2`, `BLMOVEM a b LEFT RIGHT EXACTLY 2 BULK`; and `BRPUSH_BOUNDED k 3 x`, as long as `k` has 3 elements.
pub(crate) fn begin(store: &Store, command: &str) -> Spelled {
    let words: Vec<&str> = command.split_whitespace().collect();
    let future: Pin<Box<dyn Future<Output = String>>> = match words[..] {
        ["BLPOP", ref keys @ ..] => Box::pin(spelled(store.blpop_async(keys), pair)),
        ["BRPOP", ref keys @ ..] => Box::pin(spelled(store.brpop_async(keys), pair)),
        ["BLMPOP", from, count, ref keys @ ..] => {
            Box::pin(spelled(store.blmpop_async(keys, end(from), number(count)), many))
        }
        ["BLMOVE", source, to, from, at] => {
            Box::pin(spelled(store.blmove_async(source, to, end(from), end(at)), text))
        }
        ["BRPOPLPUSH", source, to] => Box::pin(spelled(store.brpoplpush_async(source, to), text)),
        ["BLMOVEM", source, to, from, at, how, n, order] => {
            let (how, order) = (many_of(how, n), in_order(order));
            Box::pin(spelled(
                store.blmovem_async(source, to, end(from), end(at), how, order),
                texts,
            ))
        }
        ["BLPUSH_BOUNDED", key, max_len, element] => {
            Box::pin(spelled(store.blpush_bounded_async(key, number(max_len), element), length))
        }
        ["BRPUSH_BOUNDED", key, max_len, element] => {
            Box::pin(spelled(store.brpush_bounded_async(key, number(max_len), element), length))
        }
        _ => panic!("not a command that waits: {command}"),
    };
    Client::new(future)
}

async fn spelled<T>(wait: Wait<Result<T, Error>>, spell: fn(T) -> String) -> String {
    wait.await.map_or_else(|error| error.to_string(), spell)
}

/// The commands that stores and transactions have in the same form.
macro_rules! command {
    ($on:expr, $words:expr) => {
        match $words[..] {
            ["LPUSH", key, ref elements @ ..] => spell($on.lpush_all(key, elements)),
            ["RPUSH", key, ref elements @ ..] => spell($on.rpush_all(key, elements)),
            ["LPUSHX", key, ref elements @ ..] => spell($on.lpushx_all(key, elements)),
            ["RPUSHX", key, ref elements @ ..] => spell($on.rpushx_all(key, elements)),
            ["LINSERT", key, pivot, element] => spell($on.linsert_before(key, pivot, element)),
            ["LSET", key, element] => $on.lset(key, 0, element).map_or_else(error, |()| ok()),
            ["LREM", key, element] => spell($on.lrem(key, 0, element)),
            ["LTRIM", key, start, stop] => {
                $on.ltrim(key, signed(start), signed(stop)).map_or_else(error, |()| ok())
            }
            ["LPOP", key] => $on.lpop(key).map_or_else(error, or_nil),
            ["RPOP", key] => $on.rpop(key).map_or_else(error, or_nil),
            ["LMOVE", source, to, from, at] => {
                $on.lmove(source, to, end(from), end(at)).map_or_else(error, or_nil)
            }
            ["RPOPLPUSH", source, to] => $on.rpoplpush(source, to).map_or_else(error, or_nil),
            ["LMPOP", from, count, ref keys @ ..] => {
                let popped = $on.lmpop(keys, end(from), number(count));
                popped.map_or_else(error, |popped| popped.map_or_else(nil, many))
            }
            ["LMOVEM", source, to, from, at, how, n, order] => {
                let (how, order) = (many_of(how, n), in_order(order));
                let moved = $on.lmovem(source, to, end(from), end(at), how, order);
                moved.map_or_else(error, |moved| moved.map_or_else(nil, texts))
            }
            ["LPUSH_BOUNDED", key, max_len, element] => {
                room($on.lpush_bounded(key, number(max_len), element))
            }
            ["RPUSH_BOUNDED", key, max_len, element] => {
                room($on.rpush_bounded(key, number(max_len), element))
            }
            ["LPUSH_BOUNDED", key, max_len, ref elements @ ..] => {
                room($on.lpush_bounded_all(key, number(max_len), elements))
            }
            ["RPUSH_BOUNDED", key, max_len, ref elements @ ..] => {
                room($on.rpush_bounded_all(key, number(max_len), elements))
            }
            ["DEL", ref keys @ ..] => spell($on.del_all(keys)),
            ["RENAME", key, newkey] => $on.rename(key, newkey).map_or_else(error, |()| ok()),
            ["RENAMENX", key, newkey] => spell($on.renamenx(key, newkey)),
            ["COPY", key, newkey] => spell($on.copy(key, newkey)),
            ["COPY", key, newkey, "REPLACE"] => spell($on.copy_replace(key, newkey)),
            ["PEXPIRE", key, millis] => {
                spell($on.expire(key, Duration::from_millis(number(millis) as u64)))
            }
            ["PERSIST", key] => spell($on.persist(key)),
            _ => panic!("no such command: {:?}", $words),
        }
    };
}

/// Runs a command, and returns its reply.
pub(crate) fn run(store: &Store, line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["FLUSHALL"] => store.flushall().map_or_else(error, |()| ok()),
        ["CLOSE"] => {
            store.close();
            ok()
        }
        ["BLPOP", ref keys @ ..] => {
            store.blpop(keys, None).map_or_else(error, |popped| popped.map_or_else(nil, pair))
        }
        ["BLMOVE", source, to, from, at] => {
            store.blmove(source, to, end(from), end(at), None).map_or_else(error, or_nil)
        }
        _ => command!(store, words),
    }
}

/// Runs these commands as one, and returns their replies.
pub(crate) fn exec(store: &Store, lines: &[&str]) -> Vec<String> {
    let words = |line: &&str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let keys: Vec<String> = lines.iter().flat_map(words).collect();
    let replies = |tx: &mut Transaction<'_>| lines.iter().map(|line| queued(tx, line)).collect();
    store.transaction(&keys, |tx| Ok::<_, Error>(replies(tx))).unwrap()
}

fn queued(tx: &mut Transaction<'_>, line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["LLEN", key] => spell(tx.llen(key)),
        ["BLPOP", ref keys @ ..] => {
            tx.blpop(keys).map_or_else(error, |popped| popped.map_or_else(nil, pair))
        }
        ["BLMOVE", source, to, from, at] => {
            tx.blmove(source, to, end(from), end(at)).map_or_else(error, or_nil)
        }
        _ => command!(tx, words),
    }
}

/// All lists, by ascending key: `d 1; k a b`.
pub(crate) fn contents(store: &Store) -> String {
    check_elements(store);
    let mut keys = store.keys("*");
    keys.sort();
    let list = |key: Vec<u8>| {
        let elements = store.lrange(&key, 0, -1).into_iter().map(text);
        std::iter::once(text(key)).chain(elements).collect::<Vec<_>>().join(" ")
    };
    keys.into_iter().map(list).collect::<Vec<_>>().join("; ")
}

pub(crate) fn text(bytes: impl AsRef<[u8]>) -> String {
    String::from_utf8(bytes.as_ref().to_vec()).expect("the tests' elements are text")
}

pub(crate) fn pair((key, element): (Vec<u8>, Vec<u8>)) -> String {
    format!("{} {}", text(key), text(element))
}

fn many((key, elements): (Vec<u8>, Vec<Vec<u8>>)) -> String {
    std::iter::once(key).chain(elements).map(text).collect::<Vec<_>>().join(" ")
}

fn texts(elements: Vec<Vec<u8>>) -> String {
    elements.into_iter().map(text).collect::<Vec<_>>().join(" ")
}

fn length(len: usize) -> String {
    len.to_string()
}

fn room(reply: Result<Option<usize>, Error>) -> String {
    reply.map_or_else(error, |len| len.map_or_else(nil, length))
}

fn spell(reply: Result<impl ToString, Error>) -> String {
    reply.map_or_else(error, |reply| reply.to_string())
}

fn ok() -> String {
    "OK".to_owned()
}

fn nil() -> String {
    "nil".to_owned()
}

fn or_nil(element: Option<Vec<u8>>) -> String {
    element.map_or_else(nil, text)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_or_else` calls")]
fn error(error: Error) -> String {
    error.to_string()
}

fn end(word: &str) -> Direction {
    if word == "LEFT" { Left } else { Right }
}

fn number(word: &str) -> usize {
    word.parse().expect("a count")
}

fn many_of(how: &str, count: &str) -> MoveCount {
    let count = number(count);
    if how == "EXACTLY" { MoveCount::Exactly(count) } else { MoveCount::UpTo(count) }
}

fn in_order(word: &str) -> MoveOrder {
    if word == "BULK" { MoveOrder::Bulk } else { MoveOrder::OneByOne }
}

fn signed(word: &str) -> i64 {
    word.parse().expect("an index")
}
