//! Redis's commands as text: a table of them, and what each does with its arguments.
//!
//! Nothing here knows of sockets, and no logic of a command is here either: a handler reads its arguments in the
//! order in which a server reads them, and calls what the store's own method calls.
//!
//! # What is covered
//!
//! | group | commands |
//! | --- | --- |
//! | list | all of Redis 8.10: those of [`commands`] whose group is `list` |
//! | generic | DEL UNLINK EXISTS TOUCH TYPE KEYS SCAN RANDOMKEY RENAME RENAMENX COPY MOVE EXPIRE PEXPIRE EXPIREAT PEXPIREAT TTL PTTL EXPIRETIME PEXPIRETIME PERSIST SORT `SORT_RO` WAIT WAITAOF OBJECT with ENCODING FREQ IDLETIME REFCOUNT |
//! | server | DBSIZE FLUSHALL FLUSHDB SWAPDB BGREWRITEAOF LASTSAVE INFO ROLE TIME MEMORY USAGE CONFIG with GET RESETSTAT REWRITE SET, COMMAND with COUNT DOCS GETKEYS GETKEYSANDFLAGS INFO LIST |
//! | connection | PING ECHO SELECT AUTH HELLO RESET QUIT CLIENT with GETNAME GETREDIR ID INFO KILL LIST NO-EVICT NO-TOUCH REPLY SETINFO SETNAME UNBLOCK |
//! | transactions | MULTI EXEC DISCARD WATCH UNWATCH |
//!
//! There is one database, 0, as on a server with `databases 1`. A command that is not here gets a server's reply to a
//! command that it does not know: those of other types of data, of snapshots on disk and of access control.
//!
//! Keys expire by the store's clock, which TIME tells: the system's, or one that is [turned by hand](crate::ManualClock). No
//! command finds a key whose deadline has passed. As on a server, DBSIZE and INFO count it until it is removed; here
//! commands and [`Store::reap`](crate::Store::reap) do that, and no thread. In EXEC time stands still.
//!
//! There is one user, `default`, without a password. As on such a server, `AUTH default x` and `HELLO 3 AUTH default x` are
//! right with any password, and `AUTH x` is refused. `CLIENT KILL` ends a connection for good: its next command is refused
//! as that after a `QUIT`, and a command in which it waits ends so. `MEMORY USAGE` counts the entry of a key and its list, the
//! key if it is longer than 22 bytes, and the buffers of the list, also what is not in use of them; not what the allocator
//! adds to each. Over a bound on memory, a command with the flag `denyoom` is refused before anything of it is looked at but how
//! many words it has.
//!
//! # Differences
//!
//! The tests send the same commands to real servers, Redis and Valkey, and compare the replies byte for byte. Where
//! servers differ, the store does what Redis 8 does; where they have a mistake, it has none. These are all the replies
//! that can differ from a server's:
//!
#![doc = include_str!("command/differences.md")]
#![expect(clippy::unnecessary_wraps, reason = "all handlers of the table have one type")]

/// A handler as a row has it. Its answer becomes the reply where it is made, and nothing moves it from there to the caller:
/// what is read right after it was written in smaller parts holds a command up.
macro_rules! on_keyspace {
    ($handler:path) => {
        crate::command::Run::Keyspace(|call| $handler(call).unwrap_or_else(crate::Reply::from))
    };
}

mod arguments;
mod blocking;
mod call;
mod catalogue;
mod clients;
mod config;
mod expiry;
mod info;
mod keys;
mod keyspace;
mod lists;
mod persistence;
mod refusal;
mod replies;
mod session;
mod sort;
mod table;
mod timeout;

use std::time::Duration;

pub(crate) use self::blocking::Blocking;
use self::blocking::Parse;
pub(crate) use self::call::{Bound, Call, Unlocked};
use self::keys::KeySpec;
pub(crate) use self::refusal::Refusal;
pub(crate) use self::session::{Replies, Session, client_reply};
pub(crate) use self::table::{Unusable, lookup};
use crate::Reply;
use crate::keyspace::Keyspace;

/// What a handler returns.
pub(crate) type Answer = Result<Reply, Refusal>;

/// A command of the table: what [`COMMAND INFO`](https://redis.io/commands/command-info/) and a shell's `help` tell
/// of it.
///
/// ```
/// use redeque::command;
///
/// let lpush = command::commands().iter().find(|spec| spec.name() == "lpush").unwrap();
/// assert_eq!(lpush.syntax(), "key element [element ...]");
/// assert_eq!((lpush.group(), lpush.arity(), lpush.first_key()), ("list", -3, 1));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct CommandSpec {
    name: &'static str,
    syntax: &'static str,
    summary: &'static str,
    since: &'static str,
    group: &'static str,
    arity: i64,
    flags: &'static [&'static str],
    /// The categories of access control, besides those that follow from the flags.
    categories: &'static [&'static str],
    /// Hints for clients of a cluster.
    tips: &'static [&'static str],
    keys: &'static [KeySpec],
    /// The position of the first word that is to be stored.
    elements: usize,
    subcommands: &'static [CommandSpec],
    run: Run,
}

/// Who carries a command out.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Run {
    /// The keyspace: of it what its row says of keys, or all of it if that is nothing.
    Keyspace(fn(&mut Call<'_, '_>) -> Reply),
    /// The keyspace as well; and it waits if its keys have nothing.
    Blocking(Parse),
    /// The keyspace, all of it, for somebody in particular.
    Client(fn(&mut Call<'_, '_>, &mut Session) -> Answer),
    /// The session alone.
    Session(fn(&mut Session, &[&[u8]]) -> Answer),
    /// The connection, which is told what to do.
    Connection(Control),
}

/// A command about the connection itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    Multi,
    Exec,
    Discard,
    Watch,
    Unwatch,
    Reset,
    Quit,
    Reply,
}

/// The timeout of the command that these words are; none if it does not wait, or waits forever.
pub(crate) fn timeout_of(keyspace: &Keyspace, args: &[&[u8]]) -> Option<Duration> {
    let spec = lookup(args).ok()?;
    match spec.run() {
        Run::Blocking(parse) => parse(&Call::alone(keyspace, spec, args)).ok()?.timeout,
        _ => None,
    }
}

/// Every command that a [`Connection`](crate::Connection) knows, by name.
///
/// Complexity: O(1).
///
/// ```
/// assert!(redeque::command::commands().is_sorted_by_key(|spec| spec.name()));
/// ```
pub fn commands() -> &'static [CommandSpec] {
    table::all()
}

impl CommandSpec {
    /// The name in lower case. That of a subcommand has its parent's before it: `client|id`.
    ///
    /// ```
    /// let names: Vec<_> = redeque::command::commands().iter().map(|spec| spec.name()).collect();
    /// assert!(names.contains(&"lmove"));
    /// ```
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What comes after the name, in Redis's notation: `key [count]`. Empty if nothing does.
    ///
    /// ```
    /// let lpop = redeque::command::commands().iter().find(|spec| spec.name() == "lpop").unwrap();
    /// assert_eq!(lpop.syntax(), "key [count]");
    /// ```
    pub const fn syntax(&self) -> &'static str {
        self.syntax
    }

    /// What it does, in one line.
    ///
    /// ```
    /// assert!(redeque::command::commands().iter().all(|spec| spec.summary().ends_with('.')));
    /// ```
    pub const fn summary(&self) -> &'static str {
        self.summary
    }

    /// The version of Redis that brought the command.
    ///
    /// ```
    /// let lmove = redeque::command::commands().iter().find(|spec| spec.name() == "lmove").unwrap();
    /// assert_eq!(lmove.since(), "6.2.0");
    /// ```
    pub const fn since(&self) -> &'static str {
        self.since
    }

    /// Redis's group: `list`, `generic`, `server`, `connection` or `transactions`.
    ///
    /// ```
    /// let ping = redeque::command::commands().iter().find(|spec| spec.name() == "ping").unwrap();
    /// assert_eq!(ping.group(), "connection");
    /// ```
    pub const fn group(&self) -> &'static str {
        self.group
    }

    /// How many words the command has, its name included; negative if that is a minimum.
    ///
    /// ```
    /// let llen = redeque::command::commands().iter().find(|spec| spec.name() == "llen").unwrap();
    /// assert_eq!(llen.arity(), 2);
    /// ```
    pub const fn arity(&self) -> i64 {
        self.arity
    }

    /// Redis's flags: `write`, `readonly`, `fast`, …
    ///
    /// ```
    /// let llen = redeque::command::commands().iter().find(|spec| spec.name() == "llen").unwrap();
    /// assert_eq!(llen.flags(), ["readonly", "fast"]);
    /// ```
    pub const fn flags(&self) -> &'static [&'static str] {
        self.flags
    }

    /// The commands whose second word makes another command of them, such as CLIENT, have several; the others none.
    ///
    /// ```
    /// let client = redeque::command::commands().iter().find(|spec| spec.name() == "client").unwrap();
    /// assert!(client.subcommands().iter().any(|spec| spec.name() == "client|id"));
    /// ```
    pub const fn subcommands(&self) -> &'static [CommandSpec] {
        self.subcommands
    }

    /// The position of the first key among the words, the name being 0; also 0 if there are none at fixed positions.
    ///
    /// ```
    /// let blpop = redeque::command::commands().iter().find(|spec| spec.name() == "blpop").unwrap();
    /// assert_eq!((blpop.first_key(), blpop.last_key(), blpop.key_step()), (1, -2, 1));
    /// ```
    pub fn first_key(&self) -> i64 {
        keys::legacy(self.keys).0
    }

    /// The position of the last key, counted from the end if it is negative: -1 is the last word.
    ///
    /// ```
    /// let del = redeque::command::commands().iter().find(|spec| spec.name() == "del").unwrap();
    /// assert_eq!(del.last_key(), -1);
    /// ```
    pub fn last_key(&self) -> i64 {
        keys::legacy(self.keys).1
    }

    /// The distance from one key to the next; 0 if there are none at fixed positions.
    ///
    /// ```
    /// let llen = redeque::command::commands().iter().find(|spec| spec.name() == "llen").unwrap();
    /// assert_eq!(llen.key_step(), 1);
    /// ```
    pub fn key_step(&self) -> i64 {
        keys::legacy(self.keys).2
    }

    /// Whether it may change something.
    #[cfg(feature = "durable")]
    pub(crate) fn writes(&self) -> bool {
        self.flags.contains(&"write")
    }

    /// Whether it is refused over the bound on memory.
    pub(crate) fn needs_memory(&self) -> bool {
        self.flags.contains(&"denyoom")
    }

    pub(crate) fn run(&self) -> Run {
        self.run
    }

    pub(crate) fn is(&self, control: Control) -> bool {
        matches!(self.run, Run::Connection(own) if own == control)
    }

    /// Whether MULTI queues it: everything but commands about the connection, of which UNWATCH alone is queued.
    pub(crate) fn is_queued(&self) -> bool {
        !matches!(self.run, Run::Connection(_)) || self.is(Control::Unwatch)
    }

    /// Whether it may touch any key.
    fn reaches_all(&self) -> bool {
        matches!(self.run, Run::Keyspace(_) | Run::Client(_)) && self.keys.is_empty()
    }

    /// The words up to the first element, and the elements.
    fn split<'w, 'a>(&self, words: &'w [&'a [u8]]) -> (&'w [&'a [u8]], &'w [&'a [u8]]) {
        words.split_at_checked(self.elements).unwrap_or((words, &[]))
    }

    /// Whether this many words, the name included, can be this command.
    pub(crate) fn accepts(&self, words: usize) -> bool {
        let wanted = usize::try_from(self.arity.unsigned_abs()).unwrap_or(usize::MAX);
        if self.arity < 0 { words >= wanted } else { words == wanted }
    }

    pub(crate) fn wrong_arity(&self) -> Refusal {
        Refusal::wrong_arity(self.name)
    }
}
