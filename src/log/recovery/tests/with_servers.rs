//! Directories that real servers write load here, and what is written here loads there.
//!
//! Each test runs with every server that `REDEQUE_SERVERS` names, or the `redis-server` of the PATH.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use super::support::{batch, commands};
use crate::log::disk::Disk;
use crate::log::manifest;
use crate::log::recovery::{Kind, recover};
use crate::log::storage::Directory;
use crate::log::whole;

/// The name of the log's directory in that of the server.
const LOG: &str = "queues";

fn programs() -> Vec<PathBuf> {
    let named = env::var_os("REDEQUE_SERVERS").unwrap_or_else(|| OsString::from("redis-server"));
    env::split_paths(&named).filter(|program| !program.as_os_str().is_empty()).collect()
}

/// A directory of the test's own, gone when the test ends.
struct Home(PathBuf);

impl Home {
    fn new(test: &str) -> Self {
        let path = env::temp_dir().join(format!("redeque-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join(LOG)).expect("a directory");
        Self(path)
    }

    fn log(&self) -> Disk {
        Disk::new(&self.0.join(LOG))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Server {
    process: Child,
    socket: UnixStream,
    /// What it said until it was ready.
    said: String,
}

impl Server {
    fn start(program: &Path, home: &Home, options: &[&str]) -> Self {
        let socket = home.0.join("socket");
        let mut process = Command::new(program)
            .args(["--port", "0", "--save", "", "--appendonly", "yes", "--appenddirname", LOG])
            .args(options)
            .arg("--unixsocket")
            .arg(&socket)
            .arg("--dir")
            .arg(&home.0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect(
                "a server to compare with: install redis-server, or name some in REDEQUE_SERVERS",
            );
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        let mut said = String::new();
        while !said.contains("eady to accept connections") {
            assert_ne!(output.read_line(&mut said).expect("text"), 0, "it ended: {said}");
        }
        // It must find somebody who reads what else it says.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Self { process, socket: UnixStream::connect(socket).expect("a connection"), said }
    }

    /// The reply to commands, as it comes, up to that of an ECHO behind them.
    fn say(&mut self, text: &str) -> String {
        let end = "*2\r\n$4\r\nECHO\r\n$3\r\nend\r\n";
        self.socket.write_all(&[&commands(text), end.as_bytes()].concat()).expect("it listens");
        let mut reply = Vec::new();
        while !reply.ends_with(b"$3\r\nend\r\n") {
            let mut byte = [0];
            self.socket.read_exact(&mut byte).expect("it answers");
            reply.push(byte[0]);
        }
        reply.truncate(reply.len() - "$3\r\nend\r\n".len());
        String::from_utf8(reply).expect("text")
    }

    fn list(&mut self, key: &str) -> Vec<String> {
        let reply = self.say(&format!("LRANGE {key} 0 -1"));
        reply.lines().skip(1).skip(1).step_by(2).map(str::to_owned).collect()
    }

    /// Ends it as a signal to terminate does: all that was written is on disk.
    fn shut_down(mut self) {
        self.socket.write_all(&commands("SHUTDOWN NOSAVE")).expect("it listens");
        assert!(self.process.wait().expect("its end").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // By its process id, and only this one.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

type Lists = BTreeMap<String, Vec<String>>;

/// Runs the few commands that these tests have.
fn run(lists: &mut Lists, words: &[&[u8]]) -> Result<(), String> {
    let words: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word)).collect();
    match words.iter().map(|word| &**word).collect::<Vec<_>>()[..] {
        ["RPUSH", key, ref elements @ ..] => {
            let list = lists.entry(key.to_owned()).or_default();
            list.extend(elements.iter().map(|&element| element.to_owned()));
        }
        ["LPOP", key] => {
            lists.get_mut(key).map(|list| list.remove(0)).ok_or("no such list")?;
        }
        _ => return Err(format!("{words:?} is none of theirs")),
    }
    Ok(())
}

fn append(directory: &Disk, name: &str, at: u64, bytes: &[u8]) -> u64 {
    let file = directory.open(name).expect("the last increment");
    assert_eq!(file.len().expect("a length"), at);
    whole::write(&*file, at, bytes).expect("room");
    at + bytes.len() as u64
}

const TEXT_BASE: [&str; 2] = ["--aof-use-rdb-preamble", "no"];

#[test]
#[ignore = "needs redis-server"]
fn what_a_server_wrote_loads() {
    for program in programs() {
        let home = Home::new("written");
        let mut server = Server::start(&program, &home, &TEXT_BASE);
        server.say("RPUSH k a b c; LPOP k; MULTI; RPUSH l x; RPUSH m y; EXEC; MULTI; LPOP k; EXEC");
        server.say("BGREWRITEAOF");
        while !server.say("INFO persistence").contains("aof_rewrite_in_progress:0") {}
        server.say("rpush l z");
        server.shut_down();
        let mut loaded = Vec::new();
        let mut recovered = recover(&home.log(), &mut |words| {
            loaded.push(
                words
                    .iter()
                    .map(|word| String::from_utf8_lossy(word))
                    .collect::<Vec<_>>()
                    .join(" "),
            );
            Ok(())
        })
        .expect("a log");
        // The base has the lists in the order of its table.
        loaded.sort();
        assert_eq!(loaded, ["RPUSH k c", "RPUSH l x", "RPUSH m y", "rpush l z"]);
        assert!(recovered.base_len() > 0 && recovered.cut.is_none());
        recovered.settle(&home.log()).expect("a directory");
        recovered.tidy(&home.log()).expect("a directory");
        let mut server = Server::start(&program, &home, &TEXT_BASE);
        assert!(!server.said.contains("CRITICAL"), "{}", server.said);
        assert_eq!([server.list("k"), server.list("l")], [vec!["c"], vec!["x", "z"]]);
    }
}

#[test]
#[ignore = "needs redis-server"]
fn a_directory_goes_back_and_forth_ten_times() {
    for program in programs() {
        let home = Home::new("to-and-fro");
        let log = home.log();
        let mut expected: Vec<String> = Vec::new();
        for round in 0..10 {
            let mut lists = Lists::new();
            let mut recovered = recover(&log, &mut |words| run(&mut lists, words)).expect("a log");
            assert_eq!(lists.remove("k").unwrap_or_default(), expected, "round {round}");
            recovered.settle(&log).expect("a directory");
            let end = recovered.increment().expect("a file to go on with");
            let text = format!(
                "RPUSH k ours-{round} more-{round}; MULTI; RPUSH k last-{round}; LPOP k; EXEC"
            );
            let len = append(&log, &end.name, end.len, &batch(&text));
            expected.extend(["ours", "more", "last"].map(|name| format!("{name}-{round}")));
            expected.remove(0);
            // Torn in each place but within a record of a transaction: servers leave that one open, and lose what they append.
            let torn = batch("MULTI; LPOP k; LPOP k; EXEC");
            let tears = [0, 5, 15, 36, 57, 80];
            let tear = tears[round % tears.len()];
            append(&log, &end.name, len, &torn[..tear]);
            if tear == 80 {
                // Behind EXEC, in the checksum: a server has accepted the pops.
                expected.drain(..2);
            }

            let mut server = Server::start(&program, &home, &TEXT_BASE);
            assert!(!server.said.contains("CRITICAL"), "{}", server.said);
            assert_eq!(server.list("k"), expected, "round {round}");
            server.say(&format!("RPUSH k theirs-{round}; LPOP k"));
            expected.push(format!("theirs-{round}"));
            expected.remove(0);
            server.shut_down();
        }
    }
}

#[test]
#[ignore = "needs redis-server"]
fn a_servers_default_base_is_refused_with_the_option_that_avoids_it() {
    for program in programs() {
        let home = Home::new("snapshot");
        let mut server = Server::start(&program, &home, &[]);
        server.say("RPUSH k a");
        server.shut_down();
        let trouble = recover(&home.log(), &mut |_| Ok(())).expect_err("a snapshot");
        assert!(matches!(trouble.kind, Kind::Snapshot), "{trouble}");
        assert!(trouble.to_string().contains("aof-use-rdb-preamble no"), "{trouble}");
    }
}

/// What stops a server is an error here, and what does not, is none.
#[test]
#[ignore = "needs redis-server"]
fn manifests_are_read_as_a_server_reads_them() {
    let line = "file appendonly.aof.1.incr.aof seq 1 type i";
    for program in programs() {
        for (text, loads) in [
            (format!("{line}\n"), true),
            (format!("# a comment\r\n{line} startoffset 0 endoffset 9\r\n"), true),
            (
                format!(
                    "SEQ 1 TYPE i FILE \"appendonly.aof.1.incr.aof\"\n{} {}\n",
                    "file x seq 2 type h", "a b"
                ),
                true,
            ),
            (line.to_owned(), false),
            (format!("{line}\n\n"), false),
            (format!("{line}\nfile appendonly.aof.1.incr.aof seq 1 type i\n"), false),
            (format!("{line}\nfile gone seq 2 type i\n"), false),
            (format!("{line} x\n"), false),
        ] {
            let home = Home::new("manifests");
            let log = home.log();
            for (name, bytes) in [
                (manifest::NAME, text.as_bytes()),
                ("appendonly.aof.1.incr.aof", &batch("RPUSH k a")),
            ] {
                let file = log.create(name).expect("a new name");
                whole::write(&*file, 0, bytes).expect("room");
            }
            assert_eq!(recover(&log, &mut |_| Ok(())).is_ok(), loads, "{text:?}");
            assert_eq!(starts(&program, &home), loads, "{text:?}");
        }
    }
}

/// Whether a server comes up.
fn starts(program: &Path, home: &Home) -> bool {
    let tried = std::panic::catch_unwind(|| Server::start(program, home, &TEXT_BASE));
    tried.is_ok_and(|mut server| server.list("k") == ["a"])
}
