//! Whole stores on a disk in memory, which loses its power, fails, or hangs.
//!
//! What is expected is said by a store without a log, to which the same is done step by step: [`run`] keeps what it held after
//! each commit, [`steps`] and [`upkeep`] are what is done, and [`images`] opens what a crash leaves and looks for it there.
//! What a test that fails has to say is put into [`difference`]'s words.

mod clients;
mod commands;
mod crashes;
mod difference;
mod faults;
mod images;
mod run;
mod served;
mod steps;
mod traffic;
mod upkeep;
mod waits;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::recover;
use crate::log::simulated::Simulated;
use crate::log::{LogOptions, Trouble};
use crate::{ExpireTime, Fsync, ManualClock, Store};

/// A test that waits for something fails after this.
const DEADLINE: Duration = Duration::from_secs(30);

/// How much longer than what is written a log's file is.
const ROOM: u64 = 1000;

/// All lists by their keys. Behind the elements of one that has a deadline stands that, as if it were another one.
type Contents = BTreeMap<Vec<u8>, Vec<Vec<u8>>>;

/// What a deadline begins with there, as no element does. Milliseconds since the beginning of 1970 follow.
const UNTIL: &[u8] = b"until ";

fn contents(store: &Store) -> Contents {
    let list = |key: Vec<u8>| {
        let deadline = match store.expiretime(&key) {
            ExpireTime::At(time) => Some([UNTIL, millis(time).to_string().as_bytes()].concat()),
            ExpireTime::NoKey | ExpireTime::NoDeadline => None,
        };
        let elements = store.lrange(&key, 0, -1).into_iter();
        (key, elements.chain(deadline).collect())
    };
    check_elements(store);
    store.keys("*").into_iter().map(list).collect()
}

/// What is counted is what there is, and what has expired and is kept.
fn check_elements(store: &Store) {
    let (stats, keys) = (store.stats(), store.keys("*"));
    let found: usize = keys.iter().map(|key| store.llen(key)).sum();
    if stats.keys == keys.len() {
        assert_eq!(stats.elements, found, "counted, then found");
    } else {
        assert!(stats.elements > found, "{} counted, {found} found", stats.elements);
    }
}

fn millis(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).expect("clocks here begin then").as_millis()
}

/// The deadline behind these elements, in milliseconds since the beginning of 1970.
fn deadline(list: &[Vec<u8>]) -> Option<u64> {
    let text = list.last()?.strip_prefix(UNTIL)?;
    Some(str::from_utf8(text).ok()?.parse().expect("a number"))
}

/// What of this has not expired at a time.
fn alive(contents: &Contents, now: SystemTime) -> Contents {
    let is_alive = |list: &[Vec<u8>]| deadline(list).is_none_or(|at| u128::from(at) >= millis(now));
    let lists = contents.iter().filter(|(_, list)| is_alive(list));
    lists.map(|(key, list)| (key.clone(), list.clone())).collect()
}

/// A clock at which nothing has expired.
fn long_ago() -> ManualClock {
    ManualClock::at(UNIX_EPOCH)
}

fn open(disk: &Simulated, fsync: Fsync) -> Result<Store, Trouble> {
    open_with(disk, &LogOptions::new().fsync(fsync).growth_bytes(ROOM))
}

fn open_with(disk: &Simulated, options: &LogOptions) -> Result<Store, Trouble> {
    open_by(&long_ago(), disk, options)
}

fn open_by(clock: &ManualClock, disk: &Simulated, options: &LogOptions) -> Result<Store, Trouble> {
    let store = Store::builder().shards(3).clock(clock).build().expect("a legal number");
    recover(&store, Box::new(disk.clone()), options, None, 0)?;
    Ok(store)
}

/// Wakes a thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// What becomes of a future, unless that takes too long.
fn in_time<T>(mut future: impl Future<Output = T> + Unpin) -> Option<T> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let deadline = Instant::now() + DEADLINE;
    loop {
        let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
        thread::park_timeout(deadline.checked_duration_since(Instant::now())?);
    }
}

/// Looks again and again until it is so.
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < deadline, "it never happened that {what}");
        thread::yield_now();
    }
}
