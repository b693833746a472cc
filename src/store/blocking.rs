//! The commands of Redis's list group that wait, for threads and for tasks.

use std::sync::Arc;
use std::time::Duration;

use super::Store;
use crate::keyspace::{Access, Key, OwnedRequest, Reach, Request};
use crate::lmovem::Block;
use crate::several::drawn;
use crate::wait::{self, Finish, Wait};
use crate::{Direction, Element, Error, Keys, MoveCount, MoveOrder};

/// The reply of BLPOP and BRPOP.
const POPPED: Finish<Result<(Vec<u8>, Vec<u8>), Error>> =
    |key, outcome| Ok((key.to_vec(), outcome.into_taken()?.into_element()));

/// The reply of BLMPOP.
const POPPED_MANY: Finish<Result<(Vec<u8>, Vec<Vec<u8>>), Error>> =
    |key, outcome| Ok((key.to_vec(), outcome.into_taken()?.into_elements()));

/// The reply of BLMOVE and BRPOPLPUSH.
const MOVED: Finish<Result<Vec<u8>, Error>> = |_, outcome| Ok(outcome.into_taken()?.into_element());

/// The reply of BLMOVEM.
const MOVED_MANY: Finish<Result<Vec<Vec<u8>>, Error>> =
    |_, outcome| Ok(outcome.into_taken()?.into_elements());

/// # Waiting
///
/// These commands act at once if they can, and otherwise wait until another thread or task makes that possible. A
/// timeout of `None` waits forever, a timeout of zero not at all; it never ends early.
///
/// Each waits for a length of a list: a batch of exactly n for n elements, a [bounded push](#bounded-pushes) for room, and all
/// others for one element. The first to wait for a key is the first to be served, of those who can be: a waiter for whom the
/// list is too short or too long keeps its place and holds up nobody, so others may pass it forever. After each who is
/// served, the next is found anew, as the length is another then. A waiter for several keys takes the first of them, in the
/// order of the arguments, that has a list when its turn comes. Waiters are served when the command or transaction that made
/// it possible is complete, and before any other command: nobody can take the element, or the room, in between.
///
/// A command costs what it serves, however many wait who cannot be served. To find who is next takes O(c log w) if w wait for
/// the key, and the list has the length for c different ones of those that they wait for.
///
/// All of them fail with [`Error::Closed`] if the store is [closed](Self::close) and they would have to wait, or while they
/// do.
impl Store {
    /// Pops the first element of the first of these keys that has a list, and returns the key with it. Waits while
    /// none has one; `None` after the timeout.
    ///
    /// Complexity: O(k) for k keys. Redis: [`BLPOP`](https://redis.io/commands/blpop/).
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no keys.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let store = redeque::Store::new();
    /// let consumer = std::thread::spawn({
    ///     let store = store.clone();
    ///     move || store.blpop(["urgent", "normal"], None)
    /// });
    /// store.rpush("normal", "job")?;
    /// assert_eq!(consumer.join().unwrap()?, Some((b"normal".to_vec(), b"job".to_vec())));
    /// assert_eq!(store.blpop(["normal"], Some(Duration::from_millis(1)))?, None);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn blpop(
        &self,
        keys: impl Keys,
        timeout: Option<Duration>,
    ) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
        self.pop_first("blpop", keys, Direction::Left, timeout)
    }

    /// Pops the last element of the first of these keys that has a list, and returns the key with it. Waits while
    /// none has one; `None` after the timeout.
    ///
    /// Complexity: O(k) for k keys. Redis: [`BRPOP`](https://redis.io/commands/brpop/).
    ///
    /// # Errors
    ///
    /// [`Error::WrongArity`] if there are no keys.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b"])?;
    /// assert_eq!(store.brpop(["k"], None)?, Some((b"k".to_vec(), b"b".to_vec())));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn brpop(
        &self,
        keys: impl Keys,
        timeout: Option<Duration>,
    ) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
        self.pop_first("brpop", keys, Direction::Right, timeout)
    }

    /// Moves an element from one end of a list to an end of another, and returns it. Waits while there is no source;
    /// `None` after the timeout.
    ///
    /// Complexity: O(n) for an element of n bytes, which is copied while both lists are locked: one copy stays, the other
    /// is returned. Redis: [`BLMOVE`](https://redis.io/commands/blmove/).
    ///
    /// ```
    /// use redeque::Direction::{Left, Right};
    /// # let store = redeque::Store::new();
    /// store.rpush("todo", "job")?;
    /// assert_eq!(store.blmove("todo", "doing", Left, Right, None)?, Some(b"job".to_vec()));
    /// assert_eq!(store.lrange("doing", 0, -1), [b"job"]);
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn blmove(
        &self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
        from: Direction,
        to: Direction,
        timeout: Option<Duration>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let [source, destination] =
            [source.as_ref(), destination.as_ref()].map(|key| self.keyspace.key(key));
        let request = Request::moving(&source, destination, Block::one(from, to));
        wait::block(&self.keyspace, request, None, MOVED, timeout).transpose()
    }

    /// Moves elements from one end of a list to an end of another, as [`lmovem`](Self::lmovem) does, and returns them in the
    /// order in which they lie there. Waits while the source has too few: none for [`MoveCount::UpTo`], fewer than its number
    /// for [`MoveCount::Exactly`]. `None` after the timeout.
    ///
    /// Complexity: O(n) for n elements. Redis: [`BLMOVEM`](https://redis.io/commands/blmovem/).
    ///
    /// # Errors
    ///
    /// [`Error::CountNotPositive`] for a count of 0.
    ///
    /// ```
    /// use redeque::Direction::{Left, Right};
    /// use redeque::{MoveCount, MoveOrder};
    ///
    /// let store = redeque::Store::new();
    /// let batcher = std::thread::spawn({
    ///     let store = store.clone();
    ///     let pair = MoveCount::Exactly(2);
    ///     move || store.blmovem("jobs", "batch", Left, Right, pair, MoveOrder::Bulk, None)
    /// });
    /// store.rpush("jobs", "1")?;
    /// store.rpush("jobs", "2")?;
    /// assert_eq!(batcher.join().unwrap()?, Some(vec![b"1".to_vec(), b"2".to_vec()]));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    #[expect(clippy::too_many_arguments, reason = "as many as the command has")]
    pub fn blmovem(
        &self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
        from: Direction,
        to: Direction,
        count: MoveCount,
        order: MoveOrder,
        timeout: Option<Duration>,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        let block = Block::new(from, to, count, order)?;
        let [source, destination] =
            [source.as_ref(), destination.as_ref()].map(|key| self.keyspace.key(key));
        let request = Request::moving(&source, destination, block);
        wait::block(&self.keyspace, request, None, MOVED_MANY, timeout).transpose()
    }

    /// Moves the last element of a list to the head of another, and returns it. Waits while there is no source;
    /// `None` after the timeout.
    ///
    /// Complexity: O(n) for an element of n bytes, which is copied while both lists are locked: one copy stays, the other
    /// is returned. Redis: [`BRPOPLPUSH`](https://redis.io/commands/brpoplpush/).
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// store.rpush("todo", "job")?;
    /// assert_eq!(store.brpoplpush("todo", "doing", None)?, Some(b"job".to_vec()));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn brpoplpush(
        &self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
        timeout: Option<Duration>,
    ) -> Result<Option<Vec<u8>>, Error> {
        self.blmove(source, destination, Direction::Right, Direction::Left, timeout)
    }

    /// Pops up to `count` elements from one end of the first of these keys that has a list, and returns the key with
    /// them. Waits while none has one, but never for more elements; `None` after the timeout.
    ///
    /// Complexity: O(k + n) for k keys and n elements. Redis: [`BLMPOP`](https://redis.io/commands/blmpop/).
    ///
    /// # Errors
    ///
    /// [`Error::NumkeysNotPositive`] if there are no keys, [`Error::CountNotPositive`] for a count of 0.
    ///
    /// ```
    /// use redeque::Direction::Right;
    /// # let store = redeque::Store::new();
    /// store.rpush_all("k", ["a", "b", "c"])?;
    /// let popped = store.blmpop(["missing", "k"], Right, 2, None)?;
    /// assert_eq!(popped, Some((b"k".to_vec(), vec![b"c".to_vec(), b"b".to_vec()])));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn blmpop(
        &self,
        keys: impl Keys,
        from: Direction,
        count: usize,
        timeout: Option<Duration>,
    ) -> Result<Option<(Vec<u8>, Vec<Vec<u8>>)>, Error> {
        self.with_keys(&drawn(keys), |keys| {
            let request = Request::pop_many(keys, from, count)?;
            wait::block(&self.keyspace, request, None, POPPED_MANY, timeout).transpose()
        })
    }

    /// How many threads and tasks wait at this moment. Each counts once, whatever the number of its keys; one that was
    /// served and has not run since does not count.
    ///
    /// Complexity: O(s + w) for s shards, all of them locked, and w who wait. Redis: `blocked_clients` in
    /// [`INFO`](https://redis.io/commands/info/).
    ///
    /// ```
    /// let store = redeque::Store::new();
    /// let worker = std::thread::spawn({
    ///     let store = store.clone();
    ///     move || store.blpop(["urgent", "normal"], None)
    /// });
    /// while store.blocked_clients() == 0 {
    ///     std::thread::yield_now();
    /// }
    /// store.rpush("normal", "job")?;
    /// assert_eq!(store.blocked_clients(), 0);
    /// # worker.join().unwrap()?;
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn blocked_clients(&self) -> usize {
        self.keyspace.alone().look(Reach::All, |guard| guard.blocked_clients())
    }

    /// As [`blpop`](Self::blpop), for a task.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// # pollster(async {
    /// store.rpush("k", "a")?;
    /// assert_eq!(store.blpop_async(["k"]).await?, (b"k".to_vec(), b"a".to_vec()));
    /// # Ok::<(), redeque::Error>(())
    /// # })?;
    /// # fn pollster<T>(task: impl Future<Output = T>) -> T {
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     match std::pin::pin!(task).poll(&mut context) {
    /// #         std::task::Poll::Ready(done) => done,
    /// #         std::task::Poll::Pending => panic!("it would wait"),
    /// #     }
    /// # }
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn blpop_async(&self, keys: impl Keys) -> Wait<Result<(Vec<u8>, Vec<u8>), Error>> {
        self.pop_first_async("blpop", keys, Direction::Left)
    }

    /// As [`brpop`](Self::brpop), for a task.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let popped = store.brpop_async(["k"]); // await it, or select! between it and something else
    /// # drop(popped);
    /// ```
    pub fn brpop_async(&self, keys: impl Keys) -> Wait<Result<(Vec<u8>, Vec<u8>), Error>> {
        self.pop_first_async("brpop", keys, Direction::Right)
    }

    /// As [`blmove`](Self::blmove), for a task.
    ///
    /// ```
    /// use redeque::Direction::{Left, Right};
    /// # let store = redeque::Store::new();
    /// let moved = store.blmove_async("todo", "doing", Left, Right); // await it
    /// # drop(moved);
    /// ```
    pub fn blmove_async(
        &self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
        from: Direction,
        to: Direction,
    ) -> Wait<Result<Vec<u8>, Error>> {
        let [source, destination] =
            [source.as_ref(), destination.as_ref()].map(|key| self.keyspace.key(key));
        self.wait(Ok(Request::moving(&source, destination, Block::one(from, to))), None, MOVED)
    }

    /// As [`blmovem`](Self::blmovem), for a task.
    ///
    /// ```
    /// use redeque::Direction::{Left, Right};
    /// use redeque::{MoveCount, MoveOrder};
    /// # let store = redeque::Store::new();
    /// let batch = MoveCount::Exactly(10);
    /// let moved = store.blmovem_async("jobs", "batch", Left, Right, batch, MoveOrder::Bulk); // await it
    /// # drop(moved);
    /// ```
    pub fn blmovem_async(
        &self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
        from: Direction,
        to: Direction,
        count: MoveCount,
        order: MoveOrder,
    ) -> Wait<Result<Vec<Vec<u8>>, Error>> {
        let [source, destination] =
            [source.as_ref(), destination.as_ref()].map(|key| self.keyspace.key(key));
        let block = Block::new(from, to, count, order);
        let request = block.map(|block| Request::moving(&source, destination, block));
        self.wait(request, None, MOVED_MANY)
    }

    /// As [`brpoplpush`](Self::brpoplpush), for a task.
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let moved = store.brpoplpush_async("todo", "doing"); // await it
    /// # drop(moved);
    /// ```
    pub fn brpoplpush_async(
        &self,
        source: impl AsRef<[u8]>,
        destination: impl AsRef<[u8]>,
    ) -> Wait<Result<Vec<u8>, Error>> {
        self.blmove_async(source, destination, Direction::Right, Direction::Left)
    }

    /// As [`blmpop`](Self::blmpop), for a task.
    ///
    /// ```
    /// use redeque::Direction::Left;
    /// # let store = redeque::Store::new();
    /// let popped = store.blmpop_async(["k"], Left, 10); // await it
    /// # drop(popped);
    /// ```
    pub fn blmpop_async(
        &self,
        keys: impl Keys,
        from: Direction,
        count: usize,
    ) -> Wait<Result<(Vec<u8>, Vec<Vec<u8>>), Error>> {
        self.with_keys(&drawn(keys), |keys| {
            self.wait(Request::pop_many(keys, from, count), None, POPPED_MANY)
        })
    }

    fn pop_first(
        &self,
        command: &'static str,
        keys: impl Keys,
        from: Direction,
        timeout: Option<Duration>,
    ) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
        self.with_keys(&drawn(keys), |keys| self.pop_or_wait(command, keys, from, timeout))
    }

    /// Not generic, so that it is compiled here, in one piece with all that it calls.
    fn pop_or_wait(
        &self,
        command: &'static str,
        keys: &[Key<'_>],
        from: Direction,
        timeout: Option<Duration>,
    ) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
        let request = Request::pop(command, keys, from)?;
        wait::block(&self.keyspace, request, None, POPPED, timeout).transpose()
    }

    fn pop_first_async(
        &self,
        command: &'static str,
        keys: impl Keys,
        from: Direction,
    ) -> Wait<Result<(Vec<u8>, Vec<u8>), Error>> {
        self.with_keys(&drawn(keys), |keys| {
            self.wait(Request::pop(command, keys, from), None, POPPED)
        })
    }

    /// As [`keys_of`](Self::keys_of), where there is one key most of the time.
    fn with_keys<K: AsRef<[u8]>, R>(&self, names: &[K], act: impl FnOnce(&[Key<'_>]) -> R) -> R {
        match names {
            [name] => act(&[self.keyspace.key(name.as_ref())]),
            _ => act(&self.keys_of(names)),
        }
    }

    pub(super) fn wait<T>(
        &self,
        request: Result<Request<'_>, Error>,
        brought: Option<Element<'_>>,
        finish: Finish<Result<T, Error>>,
    ) -> Wait<Result<T, Error>> {
        match request {
            Ok(request) => {
                let request = OwnedRequest::new(request).bringing(brought);
                Wait::new(Arc::clone(&self.keyspace), request, finish)
            }
            Err(error) => Wait::known(finish, Err(error)),
        }
    }
}
