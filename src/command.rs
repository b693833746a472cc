//! Redis's commands as text: a table of them, and what each does with its arguments.
//!
//! Nothing here knows of sockets, and no logic of a command is here either: a handler reads its arguments in the
//! order in which a server reads them, and calls what the store's own method calls.
//!
//! # What is covered
//!
//! | group | commands |
//! | --- | --- |
//! | list | all of Redis 8.2: LPUSH RPUSH LPUSHX RPUSHX LPOP RPOP LLEN LRANGE LINDEX LSET LINSERT LREM LTRIM LPOS LMOVE RPOPLPUSH LMPOP BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP |
//! | generic | DEL UNLINK EXISTS TOUCH TYPE KEYS SCAN RANDOMKEY RENAME RENAMENX COPY SORT `SORT_RO` OBJECT ENCODING |
//! | server | DBSIZE FLUSHALL FLUSHDB COMMAND with COUNT DOCS INFO LIST |
//! | connection | PING ECHO SELECT HELLO RESET QUIT CLIENT with ID GETNAME SETNAME UNBLOCK |
//! | transactions | MULTI EXEC DISCARD WATCH UNWATCH |
//!
//! There is one database, 0, as on a server with `databases 1`. A command that is not here gets a server's reply to a
//! command that it does not know: those of other types of data, of expiry, of persistence and of administration.
//!
//! # Differences
//!
//! The tests send the same commands to real servers, Redis and Valkey, and compare the replies byte for byte. Where
//! servers differ, the store does what Redis 8 does; where they have a mistake, it has none. These are all the replies
//! that can differ from a server's:
//!
//! | | what the store does | which servers do not |
//! | --- | --- | --- |
//! | DIFFERENCE | LPOS RANK of the least integer is out of range | before 7.2: any match counts |
//! | DIFFERENCE | LREM with the least integer is out of range | before 7.4: it removes all |
//! | DIFFERENCE | LSET does not cut its index to 32 bits | since 7.2, and Valkey: 4294967296 is element 0 |
//! | DIFFERENCE | timeouts are decimal numbers of any size | all: also hexadecimal ones, but none that C's `long double` can't hold; here what an `f64` can't hold is infinity or 0 |
//! | DIFFERENCE | timeouts that are too large are out of range | before 7.2: negative, or forever |
//! | DIFFERENCE | OBJECT ENCODING of a small list is listpack | before 7.2: quicklist. A list that has grown is small again as soon as it fits, on a server at half of that |
//! | DIFFERENCE | OBJECT ENCODING does not depend on what was refused | since 7.2, and Valkey: an LSET or LINSERT of a large element makes the list a quicklist, even if it is refused |
//! | DIFFERENCE | SCAN TYPE finds nothing of an unknown type | Valkey: it refuses the type |
//! | DIFFERENCE | SCAN refuses empty, negative and padded cursors | each takes some of them |
//! | DIFFERENCE | SORT reads numbers as Redis 8 does | before 8.0: as C does, also hexadecimal ones and behind a space; Valkey 9: no empty ones; both: none that C's `double` can't hold |
//! | DIFFERENCE | SORT does not remember that an earlier number was out of range | before 8.0: it fails until something else goes wrong |
//! | DIFFERENCE | SORT by a pattern with ALPHA and LIMIT keeps the order of equal elements | all: an order of their own, from seven elements on |
//! | DIFFERENCE | LTRIM touches a watched key also where it removes nothing | Valkey 9: it does not |
//! | DIFFERENCE | a waiter for several keys takes the first of them that has a list | before 7.2: the one that came into existence first, of those that a transaction made, or a push and the moves that it fed |
//! | DIFFERENCE | MULTI and WATCH in a transaction are refused, and it goes on | Valkey: it is spoilt |
//! | DIFFERENCE | EXEC replies in one protocol, also where HELLO is one of its commands | all: it changes in the midst of the reply |
//! | DIFFERENCE | HELLO names redeque and its version | all: they name themselves |
//! | DIFFERENCE | HELLO reads all its options before any has an effect | before 8.0: one by one, so a name stays if a later option is refused |
//! | DIFFERENCE | HELLO always replies to a user that it refuses | since 8.0: not where another reply to the client is still to be sent |
//! | DIFFERENCE | a client's name may have a NUL, and anything behind it | before 8.0: it may not |
//! | DIFFERENCE | CLIENT UNBLOCK refuses more than one word after the number | Valkey 9: it ignores them |
//! | DIFFERENCE | SCAN NOVALUES is a syntax error as any unknown option | since 7.4: it is refused as HSCAN's |
//! | DIFFERENCE | a pattern may have any number of stars | all: with more than a thousand it can match nothing |
//! | DIFFERENCE | COMMAND LIST takes a pattern in lower case | all: a class keeps escaped capitals, and its bounds are swapped first |
//! | DIFFERENCE | COMMAND INFO tells the flags and hints of Redis 8 | before 8.0, and Valkey: they tell their own |
//! | DIFFERENCE | COMMAND and HELP tell of the commands above, in other words and without their history | all: they tell of their own |
//! | DIFFERENCE | after QUIT a command is refused | all: the connection is gone |

#![expect(clippy::unnecessary_wraps, reason = "all handlers of the table have one type")]

mod arguments;
mod blocking;
mod catalogue;
mod keys;
mod keyspace;
mod lists;
mod refusal;
mod replies;
mod session;
mod sort;
mod table;
mod timeout;

use std::time::Duration;

pub(crate) use self::blocking::Blocking;
use self::blocking::Parse;
use self::keys::KeySpec;
pub(crate) use self::keys::Reach;
pub(crate) use self::refusal::Refusal;
pub(crate) use self::session::Session;
pub(crate) use self::table::lookup;
use crate::Reply;
use crate::keyspace::Guard;

/// What a handler returns.
pub(crate) type Answer = Result<Reply, Refusal>;

/// What is left to do for a reply when the locks are given up.
pub(crate) type Unlocked = Box<dyn FnOnce() -> Reply>;

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
    subcommands: &'static [CommandSpec],
    run: Run,
}

/// Who carries a command out.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Run {
    /// The keyspace, of which it needs only its keys.
    Keys(fn(&mut Guard<'_>, &[&[u8]]) -> Answer),
    /// The keyspace, all of it.
    Keyspace(fn(&mut Guard<'_>, &[&[u8]]) -> Answer),
    /// The names of all keys, which are copied under the locks and looked through without them.
    Names(fn(&Guard<'_>, &[&[u8]]) -> Result<Unlocked, Refusal>),
    /// The keyspace, of which it needs only its keys; and it waits if they have nothing.
    Blocking(Parse),
    /// The session alone.
    Session(fn(&mut Session, &[&[u8]]) -> Answer),
    /// The connection, which is told what to do.
    Connection(Control),
}

/// A command about the connection itself. None of them is ever queued, except for UNWATCH.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    Multi,
    Exec,
    Discard,
    Watch,
    Unwatch,
    Reset,
    Quit,
}

/// How long a command of these words is ready to wait; none if it does not wait, or forever.
pub(crate) fn timeout_of(args: &[&[u8]]) -> Option<Duration> {
    match lookup(args).ok()?.run() {
        Run::Blocking(parse) => parse(args).ok()?.timeout(),
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

    pub(crate) fn run(&self) -> Run {
        self.run
    }

    pub(crate) fn is(&self, control: Control) -> bool {
        matches!(self.run, Run::Connection(own) if own == control)
    }

    /// What of the keyspace a command of these words may touch.
    pub(crate) fn reach<'a>(&self, args: &[&'a [u8]]) -> Reach<'a> {
        match self.run {
            Run::Keyspace(_) | Run::Names(_) => Reach::Everything,
            _ => Reach::Keys(keys::find(self.keys, args)),
        }
    }

    /// Whether so many words, the name included, can be this command.
    pub(crate) fn accepts(&self, words: usize) -> bool {
        let wanted = usize::try_from(self.arity.unsigned_abs()).unwrap_or(usize::MAX);
        if self.arity < 0 { words >= wanted } else { words == wanted }
    }

    pub(crate) fn wrong_arity(&self) -> Refusal {
        Refusal::wrong_arity(self.name)
    }
}
