//! Servers of the test's own: each on a unix socket in a directory of its own, gone when the test ends.
//!
//! `REDEQUE_SERVERS` names the programs, with colons between them; without it there is the `redis-server` of the PATH.
//! A test that needs a server is ignored unless it is asked for, and fails where there is none.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{env, fmt, fs, io};

use crate::resp::Value;

/// A running server. It has one database, as a store has.
pub(crate) struct Server {
    process: Child,
    program: PathBuf,
    directory: PathBuf,
    kind: Kind,
}

/// Whose server it is, and its major and minor version: what differences depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Redis(u32, u32),
    Valkey(u32, u32),
}

/// A connection to a [`Server`].
pub(crate) struct Client {
    input: BufReader<UnixStream>,
    output: UnixStream,
}

/// Longer than any command that a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

impl Kind {
    /// As `INFO server` has it. Valkey also names the version of Redis that it goes back to, always the same.
    fn of(info: &str) -> Self {
        let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name));
        let valkey = field("valkey_version:");
        let version = valkey.or_else(|| field("redis_version:")).expect("a version");
        let mut numbers = version.split('.').map(|part| part.parse().expect("a number"));
        let mut next = || numbers.next().expect("a major and a minor version");
        let (major, minor) = (next(), next());
        if valkey.is_some() { Self::Valkey(major, minor) } else { Self::Redis(major, minor) }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redis(major, minor) => write!(f, "Redis {major}.{minor}"),
            Self::Valkey(major, minor) => write!(f, "Valkey {major}.{minor}"),
        }
    }
}

/// The programs to compare with.
pub(crate) fn programs() -> Vec<PathBuf> {
    let named = env::var_os("REDEQUE_SERVERS").unwrap_or_else(|| OsString::from("redis-server"));
    let programs: Vec<PathBuf> =
        env::split_paths(&named).filter(|program| !program.as_os_str().is_empty()).collect();
    assert!(!programs.is_empty(), "REDEQUE_SERVERS names no server");
    programs
}

impl Server {
    /// Starts the servers to compare with, one after the other.
    pub(crate) fn start_each() -> impl Iterator<Item = Self> {
        programs().into_iter().map(|program| Self::run(&program))
    }

    fn run(program: &Path) -> Self {
        let mut server = Self::spawn(program, None, &[]).0;
        server.kind = server.ask_kind();
        server
    }

    /// Starts a server on the log in this directory, as the README says. Returns it with what it said until it was ready.
    #[allow(dead_code, reason = "only the tests of the log need it")]
    pub(crate) fn open(program: &Path, parent: &Path, log: &str) -> (Self, String) {
        let options = ["--aof-use-rdb-preamble", "no"];
        let (mut server, said) = Self::spawn(program, Some((parent, log)), &options);
        server.kind = server.ask_kind();
        (server, said)
    }

    /// Starts a server on the log in this directory that rewrites it as it does by default: as a snapshot.
    #[allow(dead_code, reason = "only the tests of the log need it")]
    pub(crate) fn open_with_snapshots(program: &Path, parent: &Path, log: &str) -> Self {
        let mut server = Self::spawn(program, Some((parent, log)), &[]).0;
        server.kind = server.ask_kind();
        server
    }

    fn spawn(program: &Path, log: Option<(&Path, &str)>, options: &[&str]) -> (Self, String) {
        static STARTED: AtomicU64 = AtomicU64::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let directory = env::temp_dir().join(format!("redeque-{}-{number}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory for the server");
        let mut command = Command::new(program);
        match log {
            None => command.args(["--appendonly", "no", "--dir"]).arg(&directory),
            Some((parent, log)) => {
                command.args(["--appendonly", "yes", "--appenddirname", log, "--dir"]).arg(parent)
            }
        };
        let spawned = command
            .args(options)
            .args(["--port", "0", "--save", ""])
            .args(["--databases", "1", "--hz", "500"])
            // Redis 8 counts a client as blocked while FLUSHALL frees the memory, unless that is left to be done later.
            .args(["--lazyfree-lazy-user-flush", "yes"])
            .arg("--unixsocket")
            .arg(directory.join("socket"))
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let process = spawned.unwrap_or_else(|error| {
            let _ = fs::remove_dir(&directory);
            let program = program.display();
            panic!(
                "nothing to compare with: {program} does not start ({error}). Install redis-server, \
                 or name servers in REDEQUE_SERVERS"
            )
        });
        let mut server =
            Self { process, program: program.to_owned(), directory, kind: Kind::Redis(0, 0) };
        let said = server.wait_until_ready();
        (server, said)
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Says in one line what was compared with this server, so that a gate can look for it.
    pub(crate) fn report(&self, comparison: &str, figures: &str) {
        let (program, kind) = (self.program.display(), self.kind);
        // Not `println!`, whose text the test harness keeps to itself when a test passes; and in one piece, which no other
        // test's line comes into.
        let line = format!("compared with {program}, {kind}: {comparison}: {figures}\n");
        let _ = io::stderr().write_all(line.as_bytes());
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
    fn wait_until_ready(&mut self) -> String {
        let mut output = BufReader::new(self.process.stdout.take().expect("the server's output"));
        let mut said = String::new();
        while !said.contains("eady to accept connections") {
            let more = output.read_line(&mut said).expect("text");
            assert_ne!(more, 0, "the server ended before it was ready: {said}");
        }
        said
    }

    /// Ends it in good order.
    #[allow(dead_code, reason = "only the tests of the log need it")]
    pub(crate) fn shut_down(mut self) {
        let mut client = self.client();
        let mut bytes = Vec::new();
        write_command(&mut bytes, &["SHUTDOWN", "NOSAVE"]);
        client.output.write_all(&bytes).expect("the server listens");
        assert!(self.process.wait().expect("its end").success());
    }

    fn ask_kind(&self) -> Kind {
        let Value::Bulk(info) = self.client().call(&["INFO", "server"]) else {
            panic!("INFO without a text")
        };
        Kind::of(&String::from_utf8_lossy(&info))
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
