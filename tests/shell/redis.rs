//! A real server for one test, and the redis-cli that talks to it.

use std::env;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Once;

use tempfile::TempDir;

/// A redis-server on a socket in a directory of its own. It ends with this value.
pub(crate) struct Redis {
    directory: TempDir,
    process: Child,
    /// Kept open, so that the server can go on to log.
    _log: BufReader<ChildStdout>,
}

impl Redis {
    /// A server that accepts connections. Without one on the `PATH` it says so once, and there is none.
    pub(crate) fn start() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let spawned = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket", "socket"])
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let mut process = match spawned {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                skip();
                return None;
            }
            spawned => spawned.unwrap(),
        };
        let mut log = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("ready to accept connections") {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "redis-server did not start");
        }
        Some(Self { directory, process, _log: log })
    }

    /// redis-cli, without its arguments.
    pub(crate) fn cli(&self) -> Command {
        let mut command = Command::new("redis-cli");
        command.arg("-s").arg(self.directory.path().join("socket")).env_remove("FAKETTY");
        command
    }

    pub(crate) fn flush(&self) {
        let output = self.cli().arg("flushall").output().unwrap();
        assert_eq!(output.stdout, b"OK\n");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It keeps nothing that would have to be saved.
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn skip() {
    static TOLD: Once = Once::new();
    assert!(env::var("CI").as_deref() != Ok("true"), "there is no redis-server on the PATH");
    TOLD.call_once(|| {
        // Past the capture of a test's output: a skipped comparison must be seen.
        let told = writeln!(io::stderr(), "no redis-server on the PATH: redis-cli is not compared");
        told.unwrap();
    });
}
