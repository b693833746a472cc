//! A real `redis-server` of our own on a unix socket, and its lists through the `redis` crate.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use parking_lot::Mutex;
use redis::{Cmd, Connection, ConnectionAddr, FromRedisValue, IntoConnectionInfo, Pipeline, cmd};
use tempfile::TempDir;

use crate::{Lists, Queues};

/// How many commands a pipeline holds.
pub const PIPELINE: u64 = 64;

/// A server without persistence, stopped when this is dropped.
pub struct RedisServer {
    process: Child,
    /// Kept open, so that the server's log has somewhere to go.
    log: BufReader<ChildStdout>,
    directory: TempDir,
}

impl RedisServer {
    /// Starts a server and waits until it listens. If that does not work, says so on standard error.
    pub fn start() -> Option<Self> {
        Self::try_start()
            .inspect_err(|error| eprintln!("no redis-server ({error}): Redis is left out"))
            .ok()
    }

    fn try_start() -> std::io::Result<Self> {
        let directory = TempDir::new()?;
        let mut process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(directory.path().join("socket"))
            .arg("--dir")
            .arg(directory.path())
            .stdout(Stdio::piped())
            .spawn()?;
        let log = process.stdout.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
        let mut server = Self { process, log: BufReader::new(log), directory };
        server.wait_until_ready()?;
        Ok(server)
    }

    fn wait_until_ready(&mut self) -> std::io::Result<()> {
        let mut line = String::new();
        while self.log.read_line(&mut line)? != 0 {
            if line.contains("eady to accept connections") {
                return Ok(());
            }
            line.clear();
        }
        Err(std::io::Error::other("it ended before it listened"))
    }

    /// A connection to the emptied server.
    pub fn lists(&self) -> RedisLists {
        let socket = ConnectionAddr::Unix(self.directory.path().join("socket"));
        let info = socket.into_connection_info().expect("an address is all that it needs");
        let connection = redis::Client::open(info)
            .and_then(|client| client.get_connection())
            .expect("the server listens");
        let lists = RedisLists { connection: Mutex::new(connection) };
        lists.ask::<()>(&cmd("FLUSHALL"));
        lists
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // Nothing is lost with it, and there is nobody left to tell if it is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The server's lists over one connection, one command a round trip.
pub struct RedisLists {
    connection: Mutex<Connection>,
}

impl RedisLists {
    /// One command and its reply.
    pub fn ask<R: FromRedisValue>(&self, command: &Cmd) -> R {
        command.query(&mut *self.connection.lock()).expect("the server answers")
    }

    /// Several commands in one round trip, and their replies.
    pub fn ask_all(&self, commands: &Pipeline) -> Vec<redis::Value> {
        commands.query(&mut *self.connection.lock()).expect("the server answers")
    }
}

impl Queues for RedisLists {
    type Popped = Vec<u8>;

    fn rpush(&self, key: &[u8], element: &[u8]) {
        self.ask::<()>(cmd("RPUSH").arg(key).arg(element));
    }

    fn lpop(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.ask(cmd("LPOP").arg(key))
    }
}

impl Lists for RedisLists {
    fn rpush_all(&self, key: &[u8], elements: &[&[u8]]) {
        self.ask::<()>(cmd("RPUSH").arg(key).arg(elements));
    }

    fn lpop_count(&self, key: &[u8], count: usize) -> Vec<Vec<u8>> {
        self.ask(cmd("LPOP").arg(key).arg(count))
    }

    fn lrange(&self, key: &[u8], start: usize, stop: usize) -> Vec<Vec<u8>> {
        self.ask(cmd("LRANGE").arg(key).arg(start).arg(stop))
    }

    fn lindex(&self, key: &[u8], index: usize) -> Option<Vec<u8>> {
        self.ask(cmd("LINDEX").arg(key).arg(index))
    }

    fn lpos(&self, key: &[u8], element: &[u8]) -> Option<usize> {
        self.ask(cmd("LPOS").arg(key).arg(element))
    }

    fn lrem(&self, key: &[u8], element: &[u8]) -> usize {
        self.ask(cmd("LREM").arg(key).arg(0).arg(element))
    }

    fn linsert_before(&self, key: &[u8], pivot: &[u8], element: &[u8]) -> bool {
        self.ask::<i64>(cmd("LINSERT").arg(key).arg("BEFORE").arg(pivot).arg(element)) > 0
    }

    fn key_count(&self) -> usize {
        self.ask(&cmd("DBSIZE"))
    }
}
