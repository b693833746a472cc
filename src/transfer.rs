//! A whole store as a stream of Redis commands, written and read.
//!
//! The stream is what a client would send to a server: arrays of byte strings in RESP. So `redis-cli --pipe` loads what
//! is written here, and what is read here can come from anything that speaks to Redis, or from people: a line of words
//! is a command, too. What a command does is in `command`. A stream of lists has `RPUSH` and `PEXPIREAT` alone, and fills
//! no more memory than it has bytes; one of commands can do whatever a client can.

mod commands;

use std::fmt;
use std::io::{self, BufRead, Write};

use self::commands::Commands;
use crate::expiry::Expiry;
use crate::keyspace::{Key, Keyspace, Promise, Shard};
use crate::list::List;
use crate::memory::Apart;
use crate::names::Names;
use crate::{Connection, Reply, Store};

/// An `RPUSH` of the stream has no more elements than this, and fewer bytes than [`CHUNK_BYTES`] before its last one.
const CHUNK_ELEMENTS: usize = 1024;

const CHUNK_BYTES: usize = 64 * 1024;

/// The commands of a stream of lists.
const RPUSH: &[u8] = b"RPUSH";
const PEXPIREAT: &[u8] = b"PEXPIREAT";

/// Why [`Store::import`] stopped.
///
/// ```
/// let store = redeque::Store::new();
/// let error = store.import(&b"RPUSH k a\nDEL k\n"[..]).unwrap_err();
/// assert_eq!((error.applied(), error.offset()), (10, 10));
/// assert!(error.to_string().starts_with("at byte 10: 'DEL' refused: import runs only RPUSH and PEXPIREAT"));
/// ```
#[derive(Debug)]
pub struct ImportError {
    applied: u64,
    offset: u64,
    kind: Kind,
}

/// What the trouble is.
#[derive(Debug)]
enum Kind {
    Io(io::Error),
    Damaged(&'static str),
    /// The name of a command that a stream of lists does not have, as it can be printed.
    Foreign(String),
    /// The error with which a command was answered.
    Refused(Vec<u8>),
}

impl ImportError {
    /// How many bytes into the stream the trouble is: where it can no longer be read, or where the command begins that
    /// was refused.
    ///
    /// ```
    /// let cut = b"*3\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n$3\r\nab";
    /// let error = redeque::Store::new().import(&cut[..]).unwrap_err();
    /// assert_eq!(error.offset(), 26); // the word of three bytes
    /// ```
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes of the stream took effect: those before the command in which the trouble is. In a transaction
    /// that was not run these are the ones before its `MULTI`.
    ///
    /// ```
    /// let cut = b"*3\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n$3\r\nab";
    /// let error = redeque::Store::new().import(&cut[..]).unwrap_err();
    /// assert_eq!(error.applied(), 0);
    /// ```
    pub fn applied(&self) -> u64 {
        self.applied
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: ", self.offset)?;
        match &self.kind {
            Kind::Io(error) => error.fmt(f),
            Kind::Damaged(what) => f.write_str(what),
            Kind::Foreign(name) => {
                let only = "import runs only RPUSH and PEXPIREAT, import_commands any command";
                write!(f, "'{name}' refused: {only}")
            }
            Kind::Refused(text) => f.write_str(&String::from_utf8_lossy(text)),
        }
    }
}

impl std::error::Error for ImportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            Kind::Io(error) => Some(error),
            Kind::Damaged(_) | Kind::Foreign(_) | Kind::Refused(_) => None,
        }
    }
}

/// # Export and import
impl Store {
    /// Writes every list as Redis commands, an `RPUSH` for each thousand elements or so and a `PEXPIREAT` if it has a deadline,
    /// and returns how many keys there were. A list whose deadline has passed is not there any more. `redis-cli --pipe` loads
    /// the stream into a server, [`import`](Self::import) into a store.
    ///
    /// Each key is written as it was at one moment, which is not the same one for all keys: what others do meanwhile
    /// may or may not be in the stream, and an element that they move from list to list may be there twice, or not at all. Export a
    /// [`snapshot`](Self::snapshot) where that matters. No lock is held while `output` is written to.
    ///
    /// Complexity: O(n) for n elements. One list at a time is copied, and the keys of one shard.
    ///
    /// # Errors
    ///
    /// What `output` fails with. Part of the stream has then been written.
    ///
    /// ```
    /// use redeque::Store;
    ///
    /// let store = Store::new();
    /// store.rpush_all("k", ["a", "b"])?;
    /// let mut stream = Vec::new();
    /// assert_eq!(store.export(&mut stream)?, 1);
    /// assert_eq!(stream, b"*4\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n$1\r\na\r\n$1\r\nb\r\n");
    ///
    /// let copy = Store::new();
    /// assert_eq!(copy.import(&stream[..])?, 1);
    /// assert_eq!(copy.lrange("k", 0, -1), [b"a", b"b"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn export(&self, mut output: impl Write) -> io::Result<usize> {
        let keyspace = self.keyspace();
        let mut written = 0;
        for shard in 0..keyspace.count() {
            let keys: Names = keyspace.read_shard(shard, |shard| shard.keys().collect());
            for key in keys.iter() {
                let copy = Apart::new(|| self.read(key, copy));
                if let Some((list, expiry)) = copy.get() {
                    write_list(&mut output, key, list.iter())?;
                    write_deadline(&mut output, key, *expiry)?;
                    written += 1;
                }
            }
        }
        output.flush()?;
        Ok(written)
    }

    /// Adds the lists of a stream that [`export`](Self::export) wrote, and returns how many commands there were. What
    /// is in the store already stays: an `RPUSH` makes a list longer. A deadline is that of the whole list then, and where it
    /// has passed the list is gone, as on a server.
    ///
    /// A stream of lists has no other commands than `RPUSH` and `PEXPIREAT`, and any other is refused here. So a stream that
    /// cannot be trusted fills no more memory than in proportion to its bytes. It can have any key expire, so import it into a
    /// store of its own. [`import_commands`](Self::import_commands) runs any command. A stream that begins with a line of
    /// text may have
    /// more of these, each a command as people type it.
    ///
    /// Complexity: O(n) for n bytes. Besides the lists, no more is kept in memory than one command.
    ///
    /// # Errors
    ///
    /// An [`ImportError`] if the stream can't be read, is damaged, ends in the middle of a command, or contains
    /// any other command than `RPUSH` and `PEXPIREAT`. All that came before was applied, and nothing of the command itself.
    /// Nor is a command run
    /// if no valid command follows it: it can be the one whose length was damaged. What can't be noticed is damage
    /// inside an element: a stream has no checksum.
    ///
    /// ```
    /// let store = redeque::Store::new();
    /// let cut = b"*3\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n$1\r\na\r\n*3\r\n$5\r\nRPU";
    /// let error = store.import(&cut[..]).unwrap_err();
    /// assert_eq!(error.to_string(), "at byte 37: the stream ends in the middle of a word");
    /// assert_eq!(error.applied(), 29);
    /// assert_eq!(store.llen("k"), 1);
    /// ```
    pub fn import(&self, input: impl BufRead) -> Result<u64, ImportError> {
        self.run_stream(input, only_lists)
    }

    /// Runs every command of a stream, and returns how many there were. The stream is anything that
    /// `redis-cli --pipe` would send to a server: every command that a [`Connection`] knows, transactions included.
    ///
    /// So it can do whatever a client can: remove all keys, or, where the store has no [bound](crate::Builder::max_memory), fill
    /// the memory of the process with a few commands that copy lists (`COPY`, `SORT` with `STORE`). Let it come from somebody
    /// you trust; to take in lists,
    /// [`import`](Self::import) is enough.
    ///
    /// A stream that begins with a line of text may have more of these, each a command as people type it. No command
    /// waits here: one that would is answered as in a transaction, as if its timeout were over.
    ///
    /// Complexity: that of the commands, and O(n) for n bytes. Besides the lists, no more is kept in memory than one
    /// command with its reply, or the commands of one transaction with one of their replies at a time.
    ///
    /// # Errors
    ///
    /// As [`import`](Self::import), except for what it says of other commands; and if the stream ends in the middle of a
    /// transaction, or a command is refused. A refused command *inside* a transaction does not undo the others there,
    /// as on a server.
    ///
    /// ```
    /// let store = redeque::Store::new();
    /// let typed = b"RPUSH todo a b c\nMULTI\nLMOVE todo done LEFT RIGHT\nEXEC\n";
    /// assert_eq!(store.import_commands(&typed[..]).unwrap(), 4);
    /// assert_eq!(store.lrange("done", 0, -1), [b"a"]);
    /// ```
    pub fn import_commands(&self, input: impl BufRead) -> Result<u64, ImportError> {
        self.run_stream(input, |_| Ok(()))
    }

    /// Runs the commands of a stream that are let in.
    fn run_stream(
        &self,
        input: impl BufRead,
        admit: impl Fn(&[Vec<u8>]) -> Result<(), Kind>,
    ) -> Result<u64, ImportError> {
        let mut commands = Commands::new(input);
        let connection = self.connect().for_errors_only();
        let mut import = Import { connection, applied: 0, queued: Vec::new(), promise: None };
        let outcome = import.run_all(self.keyspace(), &mut commands, admit);
        // Also what came before the trouble.
        let settled = import.settle(commands.offset());
        outcome.and_then(|count| settled.map(|()| count))
    }
}

/// How many commands of a stream are settled together.
const SETTLED_TOGETHER: u64 = 1024;

/// Lets in what [`Store::export`] writes.
fn only_lists(words: &[Vec<u8>]) -> Result<(), Kind> {
    const ADMITTED: [&[u8]; 2] = [RPUSH, PEXPIREAT];
    /// What is told of a name that is longer.
    const LONGEST: usize = 64;
    match words.first() {
        Some(name) if !ADMITTED.iter().any(|one| name.eq_ignore_ascii_case(one)) => {
            let cut = if name.len() > LONGEST { "..." } else { "" };
            let name = name[..name.len().min(LONGEST)].escape_ascii();
            Err(Kind::Foreign(format!("{name}{cut}")))
        }
        _ => Ok(()),
    }
}

/// The state of an import.
struct Import {
    connection: Connection,
    applied: u64,
    /// Where the commands of the open transaction begin.
    queued: Vec<u64>,
    /// What was carried out and is to be settled.
    promise: Option<Promise>,
}

impl Import {
    fn run_all(
        &mut self,
        keyspace: &Keyspace,
        commands: &mut Commands<impl BufRead>,
        admit: impl Fn(&[Vec<u8>]) -> Result<(), Kind>,
    ) -> Result<u64, ImportError> {
        let mut count = 0;
        loop {
            match commands.next() {
                Ok(Some(words)) => {
                    let start = commands.start();
                    admit(&words).map_err(|kind| self.error(start, kind))?;
                    let (ran, promise) = keyspace.putting_off(|| self.run(start, &words));
                    self.promise = promise.or(self.promise.take());
                    ran?;
                }
                Ok(None) => break,
                Err((offset, kind)) => return Err(self.error(offset, kind)),
            }
            if !self.connection.in_transaction() {
                self.applied = commands.offset();
            }
            count += 1;
            if count % SETTLED_TOGETHER == 0 {
                self.settle(commands.offset())?;
            }
        }
        if self.connection.in_transaction() {
            let kind = Kind::Damaged("the stream ends in the middle of a transaction");
            return Err(self.error(commands.offset(), kind));
        }
        Ok(count)
    }

    /// Settles what was carried out so far, if that is promised.
    fn settle(&mut self, offset: u64) -> Result<(), ImportError> {
        let settled = Promise::settle_if_any(self.promise.take());
        settled.map_err(|error| self.error(offset, Kind::Refused(error.to_string().into_bytes())))
    }

    /// Runs the command that begins at this byte.
    fn run(&mut self, start: u64, words: &[Vec<u8>]) -> Result<(), ImportError> {
        let in_transaction = self.connection.in_transaction();
        match self.connection.execute_now(words) {
            Reply::Error(text) => return Err(self.error(start, Kind::Refused(text))),
            Reply::Array(replies) if in_transaction => {
                for (&start, reply) in self.queued.iter().zip(replies) {
                    if let Reply::Error(text) = reply {
                        return Err(self.error(start, Kind::Refused(text)));
                    }
                }
            }
            Reply::NilArray if in_transaction => {
                let kind = Kind::Damaged("a watched key changed, so the transaction was not run");
                return Err(self.error(start, kind));
            }
            _ if in_transaction && self.connection.in_transaction() => {
                self.queued.push(start);
                return Ok(());
            }
            _ => {}
        }
        self.queued.clear();
        Ok(())
    }

    fn error(&self, offset: u64, kind: Kind) -> ImportError {
        ImportError { applied: self.applied, offset, kind }
    }
}

/// A list and its deadline, of one moment.
fn copy(shard: &Shard, key: Key<'_>) -> Option<(List, Expiry)> {
    Some((shard.duplicate(key)?, shard.expiry(key)))
}

/// Behind the elements: if it has passed by the time it is read, a push behind it would make the list anew.
fn write_deadline(output: &mut impl Write, key: &[u8], expiry: Expiry) -> io::Result<()> {
    match expiry {
        Expiry::At { deadline, .. } => {
            write_command(output, &[PEXPIREAT, key, deadline.0.to_string().as_bytes()])
        }
        Expiry::NoKey | Expiry::NoDeadline => Ok(()),
    }
}

fn write_list<'l>(
    output: &mut impl Write,
    key: &[u8],
    elements: impl Iterator<Item = &'l [u8]>,
) -> io::Result<()> {
    let beginning = [RPUSH, key];
    let mut push = beginning.to_vec();
    let mut bytes = 0;
    for element in elements {
        if push.len() == beginning.len() + CHUNK_ELEMENTS || bytes >= CHUNK_BYTES {
            write_command(output, &push)?;
            push.truncate(beginning.len());
            bytes = 0;
        }
        bytes += element.len();
        push.push(element);
    }
    write_command(output, &push)
}

fn write_command(output: &mut impl Write, words: &[&[u8]]) -> io::Result<()> {
    write!(output, "*{}\r\n", words.len())?;
    for word in words {
        write!(output, "${}\r\n", word.len())?;
        output.write_all(word)?;
        output.write_all(b"\r\n")?;
    }
    Ok(())
}
