//! A whole store as a stream of Redis commands, written and read.
//!
//! The stream is what a client would send to a server: arrays of byte strings in RESP. So `redis-cli --pipe` loads what
//! is written here, and what is read here can come from anything that speaks to Redis, or from people: a line of words
//! is a command, too. What a command does is in `command`. A stream of lists has `RPUSH` alone, and fills no more memory
//! than it has bytes; one of commands can do whatever a client can.

mod commands;

use std::fmt;
use std::io::{self, BufRead, Write};

use self::commands::Commands;
use crate::names::Names;
use crate::{Connection, Reply, Store};

/// An `RPUSH` of the stream has no more elements than this, and fewer bytes than [`CHUNK_BYTES`] before its last one.
const CHUNK_ELEMENTS: usize = 1024;

const CHUNK_BYTES: usize = 64 * 1024;

/// Why [`Store::import`] stopped.
///
/// ```
/// let store = redeque::Store::new();
/// let error = store.import(&b"RPUSH k a\nDEL k\n"[..]).unwrap_err();
/// assert_eq!((error.applied(), error.offset()), (10, 10));
/// assert!(error.to_string().starts_with("at byte 10: 'DEL' refused: import runs only RPUSH"));
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
                write!(f, "'{name}' refused: import runs only RPUSH, import_commands any command")
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
    /// Writes every list as Redis commands, an `RPUSH` for each thousand elements or so, and returns how many keys
    /// there were. `redis-cli --pipe` loads the stream into a server, [`import`](Self::import) into a store.
    ///
    /// Each key is written as it was at one moment, which is not the same one for all keys: what others do meanwhile
    /// may or may not be in the stream. No lock is held while `output` is written to.
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
                if let Some(list) = self.read(key, |shard, key| shard.duplicate(key)) {
                    write_list(&mut output, key, list.iter())?;
                    written += 1;
                }
            }
        }
        output.flush()?;
        Ok(written)
    }

    /// Adds the lists of a stream that [`export`](Self::export) wrote, and returns how many commands there were. What
    /// is in the store already stays: an `RPUSH` makes a list longer.
    ///
    /// A stream of lists has no other command than `RPUSH`, and any other is refused here. So a stream that cannot be
    /// trusted fills no more memory than in proportion to its bytes, and removes nothing;
    /// [`import_commands`](Self::import_commands) runs any command. A stream that begins with a line of text may have
    /// more of these, each a command as people type it.
    ///
    /// Complexity: O(n) for n bytes. Besides the lists, no more is kept in memory than one command.
    ///
    /// # Errors
    ///
    /// An [`ImportError`] if the stream can't be read, is damaged, ends in the middle of a command, or contains
    /// any command but `RPUSH`. All that came before was applied, and nothing of the command itself. Nor is a command run
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
        self.run_stream(input, only_pushes)
    }

    /// Runs every command of a stream, and returns how many there were. The stream is anything that
    /// `redis-cli --pipe` would send to a server: every command that a [`Connection`] knows, transactions included.
    ///
    /// So it can do whatever a client can: remove all keys, or fill the memory of the process with a few commands that
    /// copy lists (`COPY`, `SORT` with `STORE`). Let it come from somebody you trust; to take in lists,
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
    /// As [`import`](Self::import), except for what it says of `RPUSH`; and if the stream ends in the middle of a
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
        let mut import = Import { connection, applied: 0, queued: Vec::new() };
        let mut count = 0;
        loop {
            match commands.next() {
                Ok(Some(words)) => {
                    let start = commands.start();
                    admit(&words).map_err(|kind| import.error(start, kind))?;
                    import.run(start, &words)?;
                }
                Ok(None) => break,
                Err((offset, kind)) => return Err(import.error(offset, kind)),
            }
            if !import.connection.in_transaction() {
                import.applied = commands.offset();
            }
            count += 1;
        }
        if import.connection.in_transaction() {
            let kind = Kind::Damaged("the stream ends in the middle of a transaction");
            return Err(import.error(commands.offset(), kind));
        }
        Ok(count)
    }
}

/// Lets in what [`Store::export`] writes.
fn only_pushes(words: &[Vec<u8>]) -> Result<(), Kind> {
    /// What is told of a name that is longer.
    const LONGEST: usize = 64;
    match words.first() {
        Some(name) if !name.eq_ignore_ascii_case(b"rpush") => {
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
}

impl Import {
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

fn write_list<'l>(
    output: &mut impl Write,
    key: &[u8],
    elements: impl Iterator<Item = &'l [u8]>,
) -> io::Result<()> {
    let mut chunk: Vec<&[u8]> = Vec::new();
    let mut bytes = 0;
    for element in elements {
        if chunk.len() == CHUNK_ELEMENTS || bytes >= CHUNK_BYTES {
            write_push(output, key, &chunk)?;
            chunk.clear();
            bytes = 0;
        }
        bytes += element.len();
        chunk.push(element);
    }
    write_push(output, key, &chunk)
}

fn write_push(output: &mut impl Write, key: &[u8], elements: &[&[u8]]) -> io::Result<()> {
    write!(output, "*{}\r\n", elements.len() + 2)?;
    for word in [b"RPUSH", key].iter().chain(elements) {
        write!(output, "${}\r\n", word.len())?;
        output.write_all(word)?;
        output.write_all(b"\r\n")?;
    }
    Ok(())
}
