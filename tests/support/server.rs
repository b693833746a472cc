//! A `redis-server` of the test's own: on a unix socket in a directory of its own, gone when the test ends.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{env, fs};

use crate::resp::Value;

/// A running server. It has one database, as a store has.
pub(crate) struct Server {
    process: Child,
    directory: PathBuf,
    version: (u32, u32),
}

/// A connection to a [`Server`].
pub(crate) struct Client {
    input: BufReader<UnixStream>,
    output: UnixStream,
}

/// Longer than any command that a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

impl Server {
    /// Starts a server. Without one on the PATH there is nothing to compare with: that is said in one line, and is a
    /// failure where the environment has `CI=true`.
    pub(crate) fn start() -> Option<Self> {
        static STARTED: AtomicU64 = AtomicU64::new(0);
        static TOLD: Once = Once::new();
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let directory = env::temp_dir().join(format!("redeque-{}-{number}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory for the server");
        let spawned = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no"])
            .args(["--databases", "1", "--hz", "500"])
            .arg("--unixsocket")
            .arg(directory.join("socket"))
            .arg("--dir")
            .arg(&directory)
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let process = match spawned {
            Ok(process) => process,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let _ = fs::remove_dir(&directory);
                assert!(env::var("CI").as_deref() != Ok("true"), "no redis-server on the PATH");
                // Not `println!`, whose text the test harness keeps to itself when a test passes.
                TOLD.call_once(|| {
                    let told = "no redis-server on the PATH: nothing was compared";
                    let _ = writeln!(io::stderr(), "{told}");
                });
                return None;
            }
            Err(error) => panic!("redis-server does not start: {error}"),
        };
        let mut server = Self { process, directory, version: (0, 0) };
        server.wait_until_ready();
        server.version = server.ask_version();
        Some(server)
    }

    /// Major and minor version.
    pub(crate) fn version(&self) -> (u32, u32) {
        self.version
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.join("socket")
    }

    pub(crate) fn client(&self) -> Client {
        let output = UnixStream::connect(self.socket()).expect("a connection");
        output.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let input = BufReader::new(output.try_clone().expect("a second handle"));
        Client { input, output }
    }

    /// Reads what the server says until it says that it is ready.
    fn wait_until_ready(&mut self) {
        let said = self.process.stdout.take().expect("the server's output");
        let ready = BufReader::new(said)
            .lines()
            .map_while(Result::ok)
            .any(|line| line.contains("eady to accept connections"));
        assert!(ready, "the server ended before it was ready");
    }

    fn ask_version(&self) -> (u32, u32) {
        let Value::Bulk(info) = self.client().call(&["INFO", "server"]) else {
            panic!("INFO without a text")
        };
        let info = String::from_utf8_lossy(&info).into_owned();
        let version = info.lines().find_map(|line| line.strip_prefix("redis_version:"));
        let mut numbers =
            version.expect("a version").split('.').map(|part| part.parse().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // By its process id, and only this one.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

impl Client {
    /// Sends one command and reads its reply.
    pub(crate) fn call<W: AsRef<[u8]>>(&mut self, words: &[W]) -> Value {
        self.call_all([words]).remove(0)
    }

    /// Sends several commands at once and reads their replies.
    pub(crate) fn call_all<'c, W: AsRef<[u8]> + 'c>(
        &mut self,
        commands: impl IntoIterator<Item = &'c [W]>,
    ) -> Vec<Value> {
        let mut bytes = Vec::new();
        let mut count = 0;
        for words in commands {
            count += 1;
            write_command(&mut bytes, words);
        }
        self.output.write_all(&bytes).expect("the server listens");
        (0..count).map(|_| Value::read(&mut self.input).expect("the server answers")).collect()
    }
}

/// A command as it goes over the wire.
pub(crate) fn write_command<W: AsRef<[u8]>>(bytes: &mut Vec<u8>, words: &[W]) {
    bytes.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        let word = word.as_ref();
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
}
