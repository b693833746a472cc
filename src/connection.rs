//! What one client has: its session, its queue of commands, and the keys that it watches.
//!
//! It knows nothing of sockets. What a command does is in `command`.

mod transaction;
mod wait;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use self::transaction::{Queue, Watched};
pub use self::wait::Execute;
use crate::command::{
    self, Answer, Blocking, Call, CommandSpec, Control, Refusal, Replies, Run, Session, Unusable,
    client_reply,
};
use crate::keyspace::{Keyspace, Promise};
use crate::wait::Wait;
use crate::{Error, Protocol, Reply, Store, Words};

/// A client of a [`Store`] that speaks Redis's command language; see [`Store::connect`].
///
/// It is to a store what a client's connection is to a server: it has a number, a name, a version of the protocol, a
/// transaction that may be open, and keys that it watches. Several connections to one store may be used from several
/// threads, and any command of any of them is atomic.
pub struct Connection {
    keyspace: Arc<Keyspace>,
    session: Session,
    /// The open transaction.
    queue: Option<Queue>,
    watched: Watched,
    /// Of the replies of a transaction only errors are kept, and nil stands for each other.
    errors_only: bool,
}

/// A command that has to wait. Boxed, so that the replies of all other commands are not handed on as something large.
type Waiting = Box<Unserved>;

/// What is waited for, and for how long; without a limit, forever.
struct Unserved {
    wait: Wait<Reply>,
    timeout: Option<Duration>,
    /// Nobody wants to know how it ends.
    muted: bool,
}

/// What is left of a command of a task.
enum Unfinished {
    Waiting(Waiting),
    /// Its reply, which is not given before this is kept.
    Promised(Reply, Promise),
}

/// Not what its store holds, nor what it watches and queued.
impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("id", &self.id()).finish_non_exhaustive()
    }
}

/// # Text
impl Store {
    /// A client of this store, which speaks Redis's commands as text.
    ///
    /// Complexity: O(1).
    ///
    /// ```
    /// use redeque::{Reply, Store};
    ///
    /// let store = Store::new();
    /// let mut connection = store.connect();
    /// connection.execute(["LPUSH", "TEST", "A"]);
    /// assert_eq!(store.rpop("TEST")?.as_deref(), Some(&b"A"[..]));
    /// assert_eq!(connection.execute(["LLEN", "TEST"]), Reply::Integer(0));
    /// # Ok::<(), redeque::Error>(())
    /// ```
    pub fn connect(&self) -> Connection {
        Connection::new(Arc::clone(self.keyspace()))
    }
}

impl Connection {
    pub(crate) fn new(keyspace: Arc<Keyspace>) -> Self {
        let session = Session::new(keyspace.clients().admit());
        let watched = Watched::default();
        Self { keyspace, session, queue: None, watched, errors_only: false }
    }

    /// The same connection for somebody who looks at nothing but errors in the replies to a transaction: these do not
    /// fill memory then.
    pub(crate) fn for_errors_only(mut self) -> Self {
        self.errors_only = true;
        self
    }

    /// Runs one command: its name and its arguments, any bytes.
    ///
    /// Whatever a server would refuse is a [`Reply::Error`] in its words, and has changed nothing. Without any words,
    /// where a server would not answer at all, the reply is the one to a command with an empty name.
    ///
    /// The reply is to be written in the [`protocol`](Self::protocol) that the connection has *after* the command:
    /// `HELLO 3` is answered in RESP3.
    ///
    /// Complexity: that of the command.
    ///
    /// # Panics
    ///
    /// As every use of a store, inside the closure of a [`transaction`](crate::Store::transaction) of that same store.
    ///
    /// ```
    /// use redeque::{Reply, Store};
    ///
    /// let mut connection = Store::new().connect();
    /// assert_eq!(connection.execute(["RPUSH", "k", "a", "b"]), Reply::Integer(2));
    /// assert_eq!(connection.execute(["lpop", "k"]), Reply::Bulk(b"a".to_vec()));
    /// assert_eq!(
    ///     connection.execute(["LPOP"]),
    ///     Reply::Error(b"ERR wrong number of arguments for 'lpop' command".to_vec())
    /// );
    /// ```
    #[inline]
    pub fn execute(&mut self, args: impl Words) -> Reply {
        with_slices(args, |args| self.say(args))
    }

    /// The same with slices of the words.
    pub(crate) fn say(&mut self, args: &[&[u8]]) -> Reply {
        self.answer(args, |Unserved { wait, timeout, .. }| {
            wait.block(timeout).unwrap_or_else(Blocking::timed_out)
        })
    }

    /// As [`execute`](Self::execute), but a command that would wait is told at once that its time is over.
    pub(crate) fn execute_now(&mut self, words: &[Vec<u8>]) -> Reply {
        let args: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        self.answer(&args, |Unserved { wait, .. }| {
            wait.block(Some(Duration::ZERO)).unwrap_or_else(Blocking::timed_out)
        })
    }

    /// Runs several commands, and then settles what they promise. If that cannot be, none of them is acknowledged.
    #[cfg(feature = "redis")]
    pub(crate) fn together(&mut self, run: impl FnOnce(&mut Self)) -> Result<(), Error> {
        let keyspace = Arc::clone(&self.keyspace);
        let ((), promise) = keyspace.putting_off(|| run(self));
        Promise::settle_if_any(promise)
    }

    /// Whether MULTI was said, and neither EXEC nor DISCARD.
    pub(crate) fn in_transaction(&self) -> bool {
        self.queue.is_some()
    }

    /// As [`execute`](Self::execute), for a task: a command that waits does not block the thread.
    ///
    /// The words are copied when the future is made. The command runs when it is first polled. Dropping the future is
    /// safe: a command that waits has then either been carried out and answered, or has changed nothing. The future keeps
    /// no clock, so the timeout of a command that waits is the caller's to observe; see [`Execute::timeout`].
    ///
    /// ```
    /// # let store = redeque::Store::new();
    /// let mut connection = store.connect();
    /// let popped = connection.execute_async(["BLPOP", "k", "0"]); // await it
    /// # drop(popped);
    /// ```
    pub fn execute_async(&mut self, args: impl Words) -> Execute<'_> {
        let args = args.into_iter().map(|word| word.as_ref().to_vec()).collect();
        Execute::new(self, args)
    }

    /// Runs a command of a task. If it has to wait, what is left of it comes back.
    #[cfg(feature = "redis-async")]
    pub(crate) fn say_async(&mut self, args: &[&[u8]]) -> Result<Reply, Execute<'_>> {
        if self.keyspace.lacks_room() {
            let args = args.iter().map(|word| word.to_vec()).collect();
            return Err(Execute::new(self, args));
        }
        self.begin(args).map_err(|unfinished| Execute::unfinished(self, unfinished))
    }

    /// The version of the protocol that the client asked for with HELLO: at first RESP2.
    ///
    /// ```
    /// use redeque::{Protocol, Store};
    ///
    /// let mut connection = Store::new().connect();
    /// assert_eq!(connection.protocol(), Protocol::Resp2);
    /// connection.execute(["HELLO", "3"]);
    /// assert_eq!(connection.protocol(), Protocol::Resp3);
    /// ```
    pub fn protocol(&self) -> Protocol {
        self.session.protocol
    }

    /// The number of this connection: the first of a store is 1, and none comes twice.
    ///
    /// ```
    /// let store = redeque::Store::new();
    /// assert_eq!(store.connect().id(), 1);
    /// assert_eq!(store.connect().id(), 2);
    /// ```
    pub fn id(&self) -> u64 {
        self.session.client.id
    }

    /// Whether the client said `QUIT`, or another one ended this connection with `CLIENT KILL`. A server closes the
    /// connection then; here every further command is refused.
    ///
    /// ```
    /// use redeque::{Reply, Store};
    ///
    /// let mut connection = Store::new().connect();
    /// assert_eq!(connection.execute(["QUIT"]), Reply::ok());
    /// assert!(connection.is_closed());
    /// assert!(matches!(connection.execute(["PING"]), Reply::Error(_)));
    /// ```
    pub fn is_closed(&self) -> bool {
        self.session.client.is_closed()
    }

    /// Carries a command out, or as much of it as can be done without waiting, be it for others or for the disk.
    fn begin(&mut self, args: &[&[u8]]) -> Result<Reply, Unfinished> {
        let keyspace = Arc::clone(&self.keyspace);
        let mut begun = None;
        let (reply, promise) = keyspace.putting_off(|| {
            self.answer(args, |unserved| {
                begun = Some(Box::new(unserved));
                Blocking::timed_out()
            })
        });
        match (begun, promise) {
            (Some(waiting), _) => Err(Unfinished::Waiting(waiting)),
            (None, Some(promise)) => Err(Unfinished::Promised(reply, promise)),
            (None, None) => Ok(reply),
        }
    }

    /// Carries a command out, and leaves it to `on_wait` where it has to wait.
    #[inline]
    fn answer(&mut self, args: &[&[u8]], on_wait: impl FnOnce(Unserved) -> Reply) -> Reply {
        // Also what takes no lock: MULTI must not begin what EXEC cannot end.
        self.keyspace.refuse_inside_closure();
        if self.session.client.is_ordinary() {
            self.carry_out(args, on_wait)
        } else {
            self.answer_peculiarly(args, on_wait)
        }
    }

    /// The same where the connection is closed, or where the client has asked for silence. What asks for replies again is
    /// answered itself, as RESET is where it ends more than one command's silence.
    #[cold]
    #[inline(never)]
    fn answer_peculiarly(
        &mut self,
        args: &[&[u8]],
        on_wait: impl FnOnce(Unserved) -> Reply,
    ) -> Reply {
        if self.is_closed() {
            return Refusal::from(Error::Killed).into();
        }
        let before = self.session.replies();
        if before == Replies::AfterNext {
            self.session.answer_to(Replies::All);
        }
        let reply = self.carry_out(args, |unserved| on_wait(Unserved { muted: true, ..unserved }));
        let asks = |spec: &CommandSpec| {
            spec.is(Control::Reply) || spec.is(Control::Reset) && before == Replies::None
        };
        if !reply.is_error() && command::lookup(args).is_ok_and(asks) {
            reply
        } else {
            Reply::Silence
        }
    }

    /// Carries a command out.
    #[expect(
        clippy::inline_always,
        reason = "it is a part of both of the above: a call in between costs each command"
    )]
    #[inline(always)]
    fn carry_out(&mut self, args: &[&[u8]], on_wait: impl FnOnce(Unserved) -> Reply) -> Reply {
        let spec = match command::lookup(args) {
            Ok(spec) => spec,
            Err(unusable) => return self.reject(*unusable).into(),
        };
        if self.keyspace.may_be_over_bound()
            && let Some(unusable) = self.lacks_memory(spec)
        {
            return self.reject(unusable).into();
        }
        if let Some(queue) = &mut self.queue
            && spec.is_queued()
        {
            if let Some(queued) = queue.push(&self.keyspace, spec, args) {
                self.session.client.queues(Some(queued));
            }
            return Reply::Status("QUEUED".into());
        }
        match spec.run() {
            Run::Keyspace(command) => command(&mut Call::alone(&self.keyspace, spec, args)),
            Run::Blocking(parse) => {
                let blocking = parse(&Call::alone(&self.keyspace, spec, args));
                blocking.map_or_else(Reply::from, |blocking| self.wait(blocking, on_wait))
            }
            Run::Client(command) => {
                let call = &mut Call::alone(&self.keyspace, spec, args);
                command(call, &mut self.session).unwrap_or_else(Reply::from)
            }
            Run::Session(command) => command(&mut self.session, args).unwrap_or_else(Reply::from),
            Run::Connection(control) => self.control(control, args).unwrap_or_else(Reply::from),
        }
    }

    /// Why a command is refused over the bound on memory, before anything of it is looked at.
    #[cold]
    fn lacks_memory(&self, spec: &'static CommandSpec) -> Option<Unusable> {
        let runs = |queue: &Queue| spec.is(Control::Exec) && queue.needs_memory();
        if !spec.needs_memory() && !self.queue.as_ref().is_some_and(runs) {
            return None;
        }
        let error = self.keyspace.admits_more().err()?;
        Some(Unusable { command: Some(spec), refusal: error.into() })
    }

    /// An error before the command itself: it spoils an open transaction, or ends it if the command was EXEC.
    #[cold]
    fn reject(&mut self, unusable: Unusable) -> Refusal {
        let Unusable { command, refusal } = unusable;
        if command.is_some_and(|spec| spec.is(Control::Exec)) {
            self.discard();
            let text = b"EXECABORT Transaction discarded because of: ";
            return Refusal::new([text, refusal.bare()].concat());
        }
        if let Some(queue) = &mut self.queue {
            queue.spoil();
        }
        refusal
    }

    #[inline(never)]
    fn wait(&self, blocking: Blocking, on_wait: impl FnOnce(Unserved) -> Reply) -> Reply {
        let Blocking { request, finish, timeout, .. } = blocking;
        let mut wait = Wait::new(Arc::clone(&self.keyspace), request, finish).for_client(self.id());
        wait.start().unwrap_or_else(|| {
            // Who kills this connection looks for it among those who wait, perhaps just before it began to.
            if self.is_closed() {
                return Refusal::from(Error::Killed).into();
            }
            on_wait(Unserved { wait, timeout, muted: false })
        })
    }

    #[inline(never)]
    fn control(&mut self, control: Control, args: &[&[u8]]) -> Answer {
        match control {
            Control::Multi => self.multi(),
            Control::Exec => self.exec(),
            Control::Discard => {
                if self.queue.is_none() {
                    return Err(Refusal::new("ERR DISCARD without MULTI"));
                }
                self.discard();
                Ok(Reply::ok())
            }
            Control::Watch => self.watch(&args[1..]),
            Control::Unwatch => {
                self.unwatch();
                Ok(Reply::ok())
            }
            Control::Reset => {
                self.discard();
                self.session.reset();
                Ok(Reply::Status("RESET".into()))
            }
            Control::Quit => {
                self.discard();
                self.session.client.close();
                self.keyspace.clients().dismiss(self.id());
                Ok(Reply::ok())
            }
            // Replies of a transaction that are missing would make all of it unreadable.
            Control::Reply if self.queue.is_some() => {
                let text = "ERR Command 'client|reply' not allowed inside a transaction";
                Err(self.reject(Unusable { command: None, refusal: Refusal::new(text) }))
            }
            Control::Reply => client_reply(&mut self.session, args),
        }
    }
}

/// Most commands have no more words than this.
const FEW: usize = 4;

/// Runs a command on slices of its words. Few words are kept without an allocation. It becomes a part of the caller, which
/// then puts the words where they are read from, and nothing copies them.
#[inline]
fn with_slices<W: AsRef<[u8]>, R>(
    words: impl IntoIterator<Item = W>,
    run: impl FnOnce(&[&[u8]]) -> R,
) -> R {
    let mut words = words.into_iter().fuse();
    let few: [Option<W>; FEW] = std::array::from_fn(|_| words.next());
    let more: Vec<W> = words.collect();
    let (mut slices, mut len): ([&[u8]; FEW], _) = ([&[]; FEW], 0);
    for (slice, word) in slices.iter_mut().zip(&few) {
        let Some(word) = word else { break };
        *slice = word.as_ref();
        len += 1;
    }
    if more.is_empty() {
        return run(&slices[..len]);
    }
    let all: Vec<&[u8]> = slices.into_iter().chain(more.iter().map(AsRef::as_ref)).collect();
    run(&all)
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.keyspace.clients().dismiss(self.id());
        let watched = std::mem::take(&mut self.watched);
        let keyspace = Arc::clone(&self.keyspace);
        self.keyspace.outside(move || watched.forget(&keyspace));
        #[cfg(feature = "durable")]
        self.keyspace.be_the_last();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier};
    use std::thread;

    use super::Connection;
    use crate::{Error, Reply, Store};

    /// Runs a line of words without quotes.
    fn say(connection: &mut Connection, line: &str) -> Reply {
        connection.execute(line.split(' '))
    }

    fn error(text: &str) -> Reply {
        Reply::Error(text.as_bytes().to_vec())
    }

    #[test]
    fn no_words_are_a_command_without_a_name() {
        let reply = Store::new().connect().execute([""; 0]);
        assert_eq!(reply, error("ERR unknown command '', with args beginning with: "));
    }

    #[test]
    fn administration_is_unknown() {
        let mut connection = Store::new().connect();
        let unknown = "ERR unknown command 'ACL', with args beginning with: 'GETUSER' 'me' ";
        assert_eq!(say(&mut connection, "ACL GETUSER me"), error(unknown));
        let unknown = "ERR unknown command 'debug', with args beginning with: 'SLEEP' '0' ";
        assert_eq!(say(&mut connection, "debug SLEEP 0"), error(unknown));
    }

    #[test]
    fn connections_are_numbered_by_store() {
        let (one, other) = (Store::new(), Store::new());
        assert_eq!((one.connect().id(), one.connect().id(), other.connect().id()), (1, 2, 1));
        assert_eq!(say(&mut one.connect(), "CLIENT ID"), Reply::Integer(3));
    }

    #[test]
    fn quitting_forgets_the_queue_and_refuses_what_follows() {
        let mut connection = Store::new().connect();
        say(&mut connection, "MULTI");
        say(&mut connection, "RPUSH k a");
        assert_eq!(say(&mut connection, "QUIT"), Reply::ok());
        assert!(connection.is_closed());
        assert_eq!(say(&mut connection, "EXEC"), error("ERR the connection is closed"));
    }

    #[test]
    fn what_ends_a_watch_leaves_nothing_behind() {
        let store = Store::new();
        for end in ["EXEC", "DISCARD", "UNWATCH", "RESET", "QUIT", "EXEC x", "drop"] {
            let mut connection = store.connect();
            say(&mut connection, "WATCH a b a");
            let changed = connection.watched.changed();
            assert_eq!(changed.holders(), 5, "two keys, twice the connection, and this test");
            if end != "UNWATCH" {
                say(&mut connection, "MULTI");
            }
            if end == "drop" {
                drop(connection);
            } else {
                say(&mut connection, end);
            }
            assert_eq!(changed.holders(), 1, "{end}");
        }
    }

    #[test]
    fn a_connection_that_watches_may_be_dropped_inside_a_closure() {
        let store = Store::new();
        let mut connection = store.connect();
        say(&mut connection, "WATCH k");
        let dropped = store.transaction(["k"], move |_| {
            drop(connection);
            Ok::<_, Error>(())
        });
        assert_eq!(dropped, Ok(()));
        assert_eq!(say(&mut store.connect(), "RPUSH k a"), Reply::Integer(1));
    }

    #[test]
    fn many_elements_are_no_listpack() {
        let mut connection = Store::new().connect();
        say(&mut connection, "RPUSH k a");
        assert_eq!(say(&mut connection, "OBJECT ENCODING k"), Reply::Bulk(b"listpack".to_vec()));
        connection.execute([b"RPUSH", &b"k"[..], &[b'x'; 8192]]);
        assert_eq!(say(&mut connection, "OBJECT ENCODING k"), Reply::Bulk(b"quicklist".to_vec()));
        say(&mut connection, "RPOP k");
        assert_eq!(say(&mut connection, "OBJECT ENCODING k"), Reply::Bulk(b"listpack".to_vec()));
    }

    /// Two threads make a key and remove it again, each time in one transaction.
    #[test]
    fn nobody_sees_a_transaction_half_done() {
        const ROUNDS: usize = 500;
        let store = Store::new();
        store.rpush_all("a", ["1", "2", "3"]).expect("elements");
        let barrier = Arc::new(Barrier::new(3));
        let movers = [["a", "b", "c"], ["c", "b", "a"]].map(|[from, over, to]| {
            let (mut connection, barrier) = (store.connect(), Arc::clone(&barrier));
            thread::spawn(move || {
                barrier.wait();
                for _ in 0..ROUNDS {
                    say(&mut connection, "MULTI");
                    say(&mut connection, &format!("LMOVE {from} {over} LEFT RIGHT"));
                    say(&mut connection, &format!("RENAME {over} {to}"));
                    say(&mut connection, &format!("RPUSH {over} x"));
                    say(&mut connection, &format!("DEL {over}"));
                    say(&mut connection, "EXEC");
                }
            })
        });
        let mut counter = store.connect();
        barrier.wait();
        for _ in 0..ROUNDS {
            say(&mut counter, "MULTI");
            say(&mut counter, "EXISTS b");
            let reply = say(&mut counter, "EXEC");
            assert_eq!(reply, Reply::Array(vec![Reply::Integer(0)]), "b lives inside only");
        }
        for mover in movers {
            mover.join().expect("a mover does not panic");
        }
    }
}
