//! A `redis-server` that keeps an append-only file.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// What a log's directory is called there.
pub(crate) const LOG: &str = "queues";

pub(crate) struct Server {
    process: Child,
    /// A socket's name may not be long, so that it has a place of its own.
    socket: TempDir,
}

impl Server {
    /// Starts one that keeps its log in `LOG` below a directory, or loads what is there, and waits until it answers.
    pub(crate) fn start(directory: &Path, fsync: &str) -> io::Result<Self> {
        let socket = TempDir::new()?;
        let process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "yes"])
            .args(["--appendfsync", fsync, "--aof-use-rdb-preamble", "no"])
            .args(["--auto-aof-rewrite-percentage", "0", "--appenddirname", LOG])
            .arg("--dir")
            .arg(fs::canonicalize(directory)?)
            .arg("--unixsocket")
            .arg(socket.path().join("socket"))
            .stdout(Stdio::null())
            .spawn()?;
        let mut server = Self { process, socket };
        server.wait_until_loaded()?;
        Ok(server)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.socket.path().join("socket")
    }

    /// While it loads, it says so in place of a reply.
    fn wait_until_loaded(&mut self) -> io::Result<()> {
        while self.ping().ok().as_deref() != Some("+PONG\r\n") {
            if self.process.try_wait()?.is_some() {
                return Err(io::Error::other("it ended before it answered"));
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    fn ping(&self) -> io::Result<String> {
        let mut connection = UnixStream::connect(self.socket())?;
        connection.write_all(b"PING\r\n")?;
        let mut reply = [0; 64];
        let len = connection.read(&mut reply)?;
        Ok(String::from_utf8_lossy(&reply[..len]).into_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nobody is left to tell if it is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
