//! Queues that survive, each with a push that has returned when it keeps the promise that its name states.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use fjall::{KeyspaceCreateOptions, PersistMode};
use redb::{Durability, TableDefinition};
use redeque::{Fsync, Store};
use redeque_peers::workload::{element, key};
use redis::{ConnectionAddr, IntoConnectionInfo};
use rusqlite::params;

use crate::server::{LOG, Server};
use crate::{Failure, open, open_without_room};

/// A queue in a directory of its own.
pub(crate) trait Queue: Sync {
    /// Pushes elements of 16 bytes to the key of this thread, one after the other, while `go_on` says so. Returns how many.
    fn push_while(&self, thread: usize, go_on: &dyn Fn() -> bool) -> Result<u64, Failure>;

    /// Ends what was begun.
    fn end(&self) -> Result<(), Failure> {
        Ok(())
    }
}

/// How one is made.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// What of a push that has returned is still there.
    pub(crate) promise: &'static str,
    pub(crate) make: fn(&Path) -> Result<Box<dyn Queue>, Failure>,
}

/// What has returned is on disk.
pub(crate) const ON_DISK: [Kind; 6] = [
    Kind {
        name: "redeque, always",
        promise: "on disk",
        make: |path| made(open(&path.join(LOG), Fsync::Always)),
    },
    Kind {
        name: "redeque, always, without room in its file",
        promise: "on disk",
        make: |path| made(open_without_room(&path.join(LOG), Fsync::Always)),
    },
    Kind {
        name: "Redis, appendfsync always",
        promise: "on disk",
        make: |path| made(Redis::start(path, "always")),
    },
    Kind {
        name: "SQLite, WAL, synchronous FULL",
        promise: "on disk",
        make: |path| made(Sqlite::create(path, "FULL")),
    },
    Kind {
        name: "redb, Immediate",
        promise: "on disk",
        make: |path| made(Redb::create(path, Durability::Immediate)),
    },
    Kind {
        name: "fjall, SyncData",
        promise: "on disk",
        make: |path| made(Fjall::create(path, Some(PersistMode::SyncData))),
    },
];

/// What has returned will be.
pub(crate) const LATER: [Kind; 7] = [
    Kind {
        name: "redeque, every second",
        promise: "survives a kill after 10 ms, a power cut after a second",
        make: |path| made(open(&path.join(LOG), Fsync::EverySecond)),
    },
    Kind {
        name: "redeque, never",
        promise: "survives a kill after 10 ms",
        make: |path| made(open(&path.join(LOG), Fsync::Never)),
    },
    Kind {
        name: "Redis, appendfsync everysec",
        promise: "survives a kill, a power cut after a second",
        make: |path| made(Redis::start(path, "everysec")),
    },
    Kind {
        name: "SQLite, WAL, synchronous NORMAL",
        promise: "survives a kill, a power cut after a checkpoint",
        make: |path| made(Sqlite::create(path, "NORMAL")),
    },
    Kind {
        name: "redb, None",
        promise: "survives a kill after a later commit with Immediate",
        make: |path| made(Redb::create(path, Durability::None)),
    },
    Kind {
        name: "fjall, Buffer",
        promise: "survives a kill",
        make: |path| made(Fjall::create(path, None)),
    },
    Kind {
        name: "yaque",
        promise: "survives a kill; it never syncs",
        make: |path| made(Yaque::create(path)),
    },
];

fn made<Q: Queue + 'static>(queue: Result<Q, Failure>) -> Result<Box<dyn Queue>, Failure> {
    queue.map(|queue| Box::new(queue) as Box<dyn Queue>)
}

/// Pushes by a closure, which gets how many went before.
fn repeat(
    go_on: &dyn Fn() -> bool,
    mut push: impl FnMut(u64) -> Result<(), Failure>,
) -> Result<u64, Failure> {
    let mut pushed = 0;
    while go_on() {
        push(pushed)?;
        pushed += 1;
    }
    Ok(pushed)
}

impl Queue for Store {
    fn push_while(&self, thread: usize, go_on: &dyn Fn() -> bool) -> Result<u64, Failure> {
        let (key, element) = (key(thread), element(0, 16));
        repeat(go_on, |_| Ok(self.rpush(key, &element).map(drop)?))
    }

    fn end(&self) -> Result<(), Failure> {
        Ok(self.shutdown()?)
    }
}

/// A connection for each thread.
struct Redis(Server);

impl Redis {
    fn start(path: &Path, fsync: &str) -> Result<Self, Failure> {
        Ok(Self(Server::start(path, fsync)?))
    }
}

impl Queue for Redis {
    fn push_while(&self, thread: usize, go_on: &dyn Fn() -> bool) -> Result<u64, Failure> {
        let socket = ConnectionAddr::Unix(self.0.socket()).into_connection_info()?;
        let mut connection = redis::Client::open(socket)?.get_connection()?;
        let (key, element) = (key(thread), element(0, 16));
        let mut push = redis::cmd("RPUSH");
        push.arg(&key[..]).arg(&element);
        repeat(go_on, |_| Ok(push.exec(&mut connection)?))
    }
}

/// One connection under a lock: with one for each thread they sleep until the file is free, which takes longer.
struct Sqlite(Mutex<rusqlite::Connection>);

impl Sqlite {
    fn create(path: &Path, synchronous: &str) -> Result<Self, Failure> {
        let connection = rusqlite::Connection::open(path.join("sqlite"))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.execute_batch(
            "CREATE TABLE queue (id INTEGER PRIMARY KEY, key BLOB NOT NULL, element BLOB NOT NULL)",
        )?;
        Ok(Self(Mutex::new(connection)))
    }
}

impl Queue for Sqlite {
    fn push_while(&self, thread: usize, go_on: &dyn Fn() -> bool) -> Result<u64, Failure> {
        let (key, element) = (key(thread), element(0, 16));
        repeat(go_on, |_| {
            let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let mut insert =
                connection.prepare_cached("INSERT INTO queue (key, element) VALUES (?, ?)")?;
            insert.execute(params![&key[..], element])?;
            Ok(())
        })
    }
}

/// A place of a queue in a map: its key, and a number that sorts as it counts.
fn place(thread: usize, number: u64) -> [u8; 20] {
    let mut place = [0; 20];
    place[..12].copy_from_slice(&key(thread));
    place[12..].copy_from_slice(&number.to_be_bytes());
    place
}

struct Redb(redb::Database, Durability);

const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("queue");

impl Redb {
    fn create(path: &Path, durability: Durability) -> Result<Self, Failure> {
        Ok(Self(redb::Database::create(path.join("redb"))?, durability))
    }
}

impl Queue for Redb {
    fn push_while(&self, thread: usize, go_on: &dyn Fn() -> bool) -> Result<u64, Failure> {
        let element = element(0, 16);
        repeat(go_on, |number| {
            let mut write = self.0.begin_write()?;
            write.set_durability(self.1)?;
            write.open_table(TABLE)?.insert(&place(thread, number)[..], &element[..])?;
            Ok(write.commit()?)
        })
    }
}

/// An insertion goes to the operating system's buffers by itself.
struct Fjall {
    database: fjall::Database,
    queue: fjall::Keyspace,
    persist: Option<PersistMode>,
}

impl Fjall {
    fn create(path: &Path, persist: Option<PersistMode>) -> Result<Self, Failure> {
        let database = fjall::Database::builder(path.join("fjall")).open()?;
        let queue = database.keyspace("queue", KeyspaceCreateOptions::default)?;
        Ok(Self { database, queue, persist })
    }
}

impl Queue for Fjall {
    fn push_while(&self, thread: usize, go_on: &dyn Fn() -> bool) -> Result<u64, Failure> {
        let element = element(0, 16);
        repeat(go_on, |number| {
            self.queue.insert(place(thread, number), &element[..])?;
            self.persist.map_or(Ok(()), |mode| Ok(self.database.persist(mode)?))
        })
    }
}

/// One queue, as it knows no keys, with a sender that one thread has at a time.
struct Yaque(Mutex<yaque::Sender>);

impl Yaque {
    fn create(path: &Path) -> Result<Self, Failure> {
        Ok(Self(Mutex::new(yaque::Sender::open(path.join("yaque"))?)))
    }
}

impl Queue for Yaque {
    fn push_while(&self, _: usize, go_on: &dyn Fn() -> bool) -> Result<u64, Failure> {
        let element = element(0, 16);
        repeat(go_on, |_| {
            let mut sender = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            sender.try_send(&element).map_err(|_| "it has no bound, and the disk has room".into())
        })
    }
}
