//! Recipes: things that programs do with queues, in a few lines each, to be copied and changed.
//!
//! - [A queue of values instead of bytes](#a-queue-of-values-instead-of-bytes)
//! - [An iterator over a queue until it is empty](#an-iterator-over-a-queue-until-it-is-empty)
//! - [Batches in one buffer](#batches-in-one-buffer)
//! - [A stream of jobs for a task](#a-stream-of-jobs-for-a-task)
//! - [Taking all of several queues at one moment](#taking-all-of-several-queues-at-one-moment)
//! - [Trying again later](#trying-again-later)
//! - [A queue with a bound](#a-queue-with-a-bound)
//! - [Work in batches](#work-in-batches)
//! - [The end of a program](#the-end-of-a-program)
//! - [A lease that ends when its holder does](#a-lease-that-ends-when-its-holder-does)
//! - [Keys that expire in an idle program](#keys-that-expire-in-an-idle-program)
//!
//! Whole programs are in the crate's `examples`: queues, stacks, pools of workers that may die, jobs as JSON. One with
//! bounded queues, which ends well at Ctrl-C, is in the repository's `examples/pipeline/`.
//!
//! # A queue of values instead of bytes
//!
//! A list holds bytes, and [`serde`](https://docs.rs/serde) turns values into them. A type of your own says once which
//! key holds what:
//!
//! ```
//! use std::marker::PhantomData;
//! use redeque::Store;
//! use serde::{Deserialize, Serialize, de::DeserializeOwned};
//!
//! struct Queue<T> {
//!     store: Store,
//!     key: &'static str,
//!     values: PhantomData<fn(T) -> T>,
//! }
//!
//! impl<T: Serialize + DeserializeOwned> Queue<T> {
//!     fn new(store: &Store, key: &'static str) -> Self {
//!         Self { store: store.clone(), key, values: PhantomData }
//!     }
//!
//!     fn push(&self, value: &T) -> Result<(), Box<dyn std::error::Error>> {
//!         self.store.rpush(self.key, serde_json::to_vec(value)?)?;
//!         Ok(())
//!     }
//!
//!     fn pop(&self) -> Result<Option<T>, Box<dyn std::error::Error>> {
//!         let Some(bytes) = self.store.lpop(self.key)? else { return Ok(None) };
//!         Ok(Some(serde_json::from_slice(&bytes)?))
//!     }
//! }
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! struct Mail {
//!     to: String,
//!     attempts: u32,
//! }
//!
//! let store = Store::new();
//! let mails = Queue::new(&store, "mails");
//! mails.push(&Mail { to: "ada".into(), attempts: 0 })?;
//! assert_eq!(mails.pop()?, Some(Mail { to: "ada".into(), attempts: 0 }));
//! assert_eq!(mails.pop()?, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # An iterator over a queue until it is empty
//!
//! What others push meanwhile is returned as well. With a timeout in [`blpop`](crate::Store::blpop) instead of
//! [`lpop`](crate::Store::lpop) it ends when nothing came for that long.
//!
//! ```
//! use redeque::Store;
//!
//! let store = Store::new();
//! store.rpush_all("jobs", ["a", "b"])?;
//! for job in std::iter::from_fn(|| store.lpop("jobs").transpose()) {
//!     let job = job?;
//!     if job == b"b" {
//!         store.rpush("done", job)?;
//!     }
//! }
//! assert_eq!((store.llen("jobs"), store.llen("done")), (0, 1));
//! # Ok::<(), redeque::Error>(())
//! ```
//!
//! # Batches in one buffer
//!
//! An [`ElementBuf`](crate::ElementBuf) holds the elements of a batch side by side, and takes the next batch when that one
//! is done. It asks for memory until it has held the largest one, and not for each element.
//!
//! ```
//! use redeque::{ElementBuf, Error, Store};
//!
//! /// Takes all lines, up to a hundred at a time; how many there were, and how many bytes.
//! fn count(store: &Store) -> Result<(usize, usize), Error> {
//!     let (mut batch, mut lines, mut bytes) = (ElementBuf::new(), 0, 0);
//!     while store.lpop_count_into("lines", 100, &mut batch)? {
//!         lines += batch.len();
//!         bytes += batch.iter().map(<[u8]>::len).sum::<usize>();
//!     }
//!     Ok((lines, bytes))
//! }
//!
//! let store = Store::new();
//! for number in 0..250 {
//!     store.rpush("lines", format!("line {number:03}"))?;
//! }
//! assert_eq!(count(&store)?, (250, 2000));
//! assert_eq!(count(&store)?, (0, 0));
//! # Ok::<(), redeque::Error>(())
//! ```
//!
//! # A stream of jobs for a task
//!
//! `unfold` of [`futures`](https://docs.rs/futures) or [`futures-lite`](https://docs.rs/futures-lite) makes a stream of
//! one waiting pop after the other. It may be dropped at any time: an element that it was given and did not yield goes
//! back to its list.
//!
//! ```
//! use futures_lite::{StreamExt, future, stream};
//! use redeque::Store;
//!
//! fn jobs(store: Store) -> impl futures_lite::Stream<Item = Vec<u8>> {
//!     stream::unfold(store, |store| async move {
//!         let (_key, job) = store.blpop_async(["urgent", "normal"]).await.ok()?;
//!         Some((job, store))
//!     })
//! }
//!
//! let store = Store::new();
//! store.rpush("normal", "a")?;
//! store.rpush("urgent", "b")?;
//! let two: Vec<_> = future::block_on(jobs(store.clone()).take(2).collect());
//! assert_eq!(two, [b"b", b"a"]);
//! # Ok::<(), redeque::Error>(())
//! ```
//!
//! # Taking all of several queues at one moment
//!
//! [`lpop_count`](crate::Store::lpop_count) takes all of one list. In a [transaction](crate::Store::transaction) it takes
//! all of several, and nobody sees one of them empty and another not:
//!
//! ```
//! use redeque::{Error, Store};
//!
//! let store = Store::new();
//! store.rpush_all("urgent", ["1"])?;
//! store.rpush_all("normal", ["2", "3"])?;
//! let queues = ["urgent", "normal"];
//! let all = store.transaction(queues, |tx| {
//!     let mut all = Vec::new();
//!     for queue in queues {
//!         all.extend(tx.lpop_count(queue, usize::MAX)?.unwrap_or_default());
//!     }
//!     Ok::<_, Error>(all)
//! })?;
//! assert_eq!(all, [b"1", b"2", b"3"]);
//! assert_eq!(store.dbsize(), 0);
//! # Ok::<(), redeque::Error>(())
//! ```
//!
//! # Trying again later
//!
//! A job that failed waits in a second list, with the time when it is due in front. With one delay for all of them
//! the list is in the order of these times, so only its head is looked at, by a timer or between two jobs. Nothing but
//! `put_off` writes this list. Workers that wait for `jobs` do so with a timeout, or jobs that are due wait for the next
//! push:
//!
//! ```
//! use redeque::{Error, Store};
//!
//! /// A job that failed is due again at this time, in seconds.
//! fn put_off(store: &Store, job: &[u8], due: u64) -> Result<(), Error> {
//!     store.rpush("later", [&due.to_be_bytes()[..], job].concat())?;
//!     Ok(())
//! }
//!
//! /// Jobs that are due go back to the queue.
//! fn bring_back(store: &Store, now: u64) -> Result<(), Error> {
//!     store.transaction(["later", "jobs"], |tx| {
//!         while let Some(head) = tx.lindex("later", 0)? {
//!             let Some((due, job)) = head.split_first_chunk() else { break };
//!             if u64::from_be_bytes(*due) > now {
//!                 break;
//!             }
//!             // In this order: a push can be refused, by a store that is closed.
//!             tx.rpush("jobs", job)?;
//!             tx.lpop("later")?;
//!         }
//!         Ok(())
//!     })
//! }
//!
//! let store = Store::new();
//! put_off(&store, b"a", 100)?;
//! put_off(&store, b"b", 105)?;
//! bring_back(&store, 104)?;
//! assert_eq!(store.lrange("jobs", 0, -1), [b"a"]);
//! assert_eq!(store.llen("later"), 1);
//! # Ok::<(), redeque::Error>(())
//! ```
//!
//! # A queue with a bound
//!
//! [`rpush_bounded`](crate::Store::rpush_bounded) refuses what would make a list too long, and
//! [`brpush_bounded`](crate::Store::brpush_bounded) waits until it would not:
//!
//! ```
//! use std::time::Duration;
//! use redeque::Store;
//!
//! let store = Store::new();
//! let patience = Some(Duration::from_millis(1));
//! assert_eq!(store.rpush_bounded("jobs", 2, "a")?, Some(1));
//! assert_eq!(store.rpush_bounded("jobs", 2, "b")?, Some(2));
//! assert_eq!(store.rpush_bounded("jobs", 2, "c")?, None);
//! assert_eq!(store.brpush_bounded("jobs", 2, "c", patience)?, None);
//! store.lpop("jobs")?;
//! assert_eq!(store.brpush_bounded("jobs", 2, "c", patience)?, Some(2));
//! # Ok::<(), redeque::Error>(())
//! ```
//!
//! A list that keeps the newest instead, and forgets the oldest, is [`rpush`](crate::Store::rpush) and
//! [`ltrim`](crate::Store::ltrim) in one transaction.
//!
//! # Work in batches
//!
//! A batch moves when it is full, or after a while with what there is. Until it is done it lies in a list of its own, where
//! it is found again if the worker dies:
//!
//! ```
//! use std::time::Duration;
//! use redeque::Direction::{Left, Right};
//! use redeque::{Error, MoveCount, MoveOrder, Store};
//!
//! fn batch(store: &Store, size: usize, patience: Duration) -> Result<Vec<Vec<u8>>, Error> {
//!     let (full, rest) = (MoveCount::Exactly(size), MoveCount::UpTo(size));
//!     let order = MoveOrder::Bulk;
//!     let batch = store.blmovem("jobs", "running", Left, Right, full, order, Some(patience))?;
//!     match batch {
//!         Some(batch) => Ok(batch),
//!         None => Ok(store.lmovem("jobs", "running", Left, Right, rest, order)?.unwrap_or_default()),
//!     }
//! }
//!
//! let store = Store::new();
//! store.rpush_all("jobs", ["1", "2", "3", "4", "5"])?;
//! assert_eq!(batch(&store, 4, Duration::ZERO)?, [b"1", b"2", b"3", b"4"]);
//! assert_eq!(batch(&store, 4, Duration::ZERO)?, [b"5"]);
//! assert_eq!(store.llen("running"), 5);
//! # Ok::<(), redeque::Error>(())
//! ```
//!
//! # The end of a program
//!
//! Workers that wait without a timeout end, too: [`close`](crate::Store::close) wakes those who wait, and the others go on
//! until the lists are empty.
//!
//! ```
//! use redeque::Store;
//!
//! let store = Store::new();
//! let workers: Vec<_> = (0..2)
//!     .map(|_| {
//!         let store = store.clone();
//!         std::thread::spawn(move || {
//!             std::iter::from_fn(|| store.blpop(["jobs"], None).ok().flatten()).count()
//!         })
//!     })
//!     .collect();
//! store.rpush_all("jobs", ["a", "b", "c"])?;
//! store.close();
//! let done: usize = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
//! assert_eq!(done, 3);
//! # Ok::<(), redeque::Error>(())
//! ```
//!
//! # A lease that ends when its holder does
//!
//! A pool of resources, each used by one holder at a time: connections, licences, names of devices. A holder moves one to
//! a list of leases, where it can be seen, and its guard moves it back, also in a panic. (As every use of a store, not
//! inside the closure of a transaction of that same store: a lease must not be dropped there.)
//!
//! ```
//! use redeque::Direction::{Left, Right};
//! use redeque::{Error, Store};
//!
//! struct Lease<'s> {
//!     store: &'s Store,
//!     name: Vec<u8>,
//! }
//!
//! impl<'s> Lease<'s> {
//!     /// Waits until one is free.
//!     fn take(store: &'s Store) -> Result<Self, Error> {
//!         let name = store.blmove("free", "leased", Left, Right, None)?;
//!         let name = name.expect("without a timeout it waits until there is one");
//!         Ok(Self { store, name })
//!     }
//! }
//!
//! impl Drop for Lease<'_> {
//!     fn drop(&mut self) {
//!         // Not an unwrap: this may run in a panic.
//!         let _ = self.store.transaction(["leased", "free"], |tx| {
//!             if tx.lpos("leased", &self.name)?.is_some() {
//!                 tx.rpush("free", &self.name)?;
//!                 tx.lrem("leased", 1, &self.name)?;
//!             }
//!             Ok::<_, Error>(())
//!         });
//!     }
//! }
//!
//! let store = Store::new();
//! store.rpush_all("free", ["tty0", "tty1"])?;
//! let lease = Lease::take(&store)?;
//! assert_eq!(lease.name, b"tty0");
//! assert_eq!(store.lrange("leased", 0, -1), [b"tty0"]);
//! drop(lease);
//! assert_eq!(store.lrange("free", 0, -1), [b"tty1", b"tty0"]);
//! # Ok::<(), redeque::Error>(())
//! ```
//!
//! # Keys that expire in an idle program
//!
//! Commands remove what has expired as they come by. Where none comes for a while, a timer does that, so that memory goes and
//! tasks that wait for room are served. It ends when the store is closed:
//!
//! ```
//! use std::thread;
//! use std::time::Duration;
//! use redeque::Store;
//!
//! let store = Store::new();
//! let reaper = thread::spawn({
//!     let store = store.clone();
//!     move || {
//!         while !store.is_closed() {
//!             store.reap();
//!             thread::sleep(Duration::from_millis(100));
//!         }
//!     }
//! });
//! store.rpush("session", "data")?;
//! store.expire("session", Duration::from_secs(60))?;
//! # store.close();
//! # reaper.join().unwrap();
//! # Ok::<(), redeque::Error>(())
//! ```
//!
//! In a task it is an interval of the runtime's, as `tokio::time::interval`, that calls [`reap`](crate::Store::reap).
