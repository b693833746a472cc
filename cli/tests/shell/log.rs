//! The options about a log, which no redis-cli has.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::{TempDir, tempdir};

use super::{redeque, run};

const FILE: &str = "appendonly.aof.1.incr.aof";

/// What it exits with and prints: on standard output, and on standard error.
#[track_caller]
fn of(args: &[&str], input: &str) -> (i32, String, String) {
    let mut command = redeque();
    command.args(args);
    let output = run(command, input.as_bytes());
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn path(directory: &TempDir) -> &str {
    directory.path().to_str().unwrap()
}

/// Three jobs, each of which was on disk before the next.
fn log_of_three() -> TempDir {
    let directory = tempdir().unwrap();
    let args = ["--log", path(&directory), "--fsync", "always"];
    let said = of(&args, "rpush jobs first\nrpush jobs second\nrpush jobs third\n");
    assert_eq!((said.0, said.1.as_str()), (0, "1\n2\n3\n"));
    directory
}

fn change(directory: &Path, how: impl FnOnce(&mut Vec<u8>)) {
    let file = directory.join(FILE);
    let mut bytes = fs::read(&file).unwrap();
    how(&mut bytes);
    fs::write(file, bytes).unwrap();
}

#[test]
fn lists_stay_in_the_directory_and_a_shell_says_what_it_found() {
    let parent = tempdir().unwrap();
    let directory = parent.path().join("queues");
    let directory = directory.to_str().unwrap();
    for fsync in ["always", "everysec", "no"] {
        let said = of(&["--log", directory, "--fsync", fsync, "rpush", fsync, "a", "b"], "");
        assert_eq!(said, (0, "2\n".to_owned(), String::new()));
    }
    let (code, out, err) = of(&["--log", directory], "lrange no 0 -1\nlpop always\n");
    assert_eq!((code, out.as_str()), (0, "a\nb\na\n"));
    assert!(err.starts_with(&format!("{directory}: keys 3, commands 3, bytes ")), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
    assert_eq!(of(&["--log", directory, "llen", "always"], "").1, "1\n");
}

#[test]
fn a_command_that_fails_leaves_what_came_before_it() {
    let directory = tempdir().unwrap();
    let said = of(&["-e", "--log", path(&directory), "lset", "none", "0", "x"], "");
    assert_eq!(said, (1, String::new(), "ERR no such key\n".to_owned()));
    assert_eq!(of(&["--check-log", path(&directory)], "").0, 0);
}

#[test]
fn a_torn_end_is_told_by_a_check_and_cut_off_by_opening() {
    let directory = log_of_three();
    let (code, out, err) = of(&["--check-log", path(&directory)], "");
    assert_eq!((code, out.lines().count(), err.as_str()), (0, 1, ""));
    assert!(out.contains(": keys 1, commands 3, bytes "), "{out}");
    change(directory.path(), |bytes| bytes.truncate(bytes.len() - 3));
    let before = fs::read(directory.path().join(FILE)).unwrap();
    let (code, out, _) = of(&["--check-log", path(&directory)], "");
    assert_eq!((code, out.lines().count()), (1, 2));
    assert!(out.contains(": keys 1, commands 2, bytes "), "{out}");
    assert!(out.contains(&format!(": opening it would cut off {FILE}: the last ")), "{out}");
    assert_eq!(fs::read(directory.path().join(FILE)).unwrap(), before);
    let (code, out, err) = of(&["--log", path(&directory), "lrange", "jobs", "0", "-1"], "");
    assert_eq!((code, out.as_str()), (0, "first\nsecond\n"));
    assert!(err.contains(&format!(": cut off {FILE}: the last ")), "{err}");
    assert_eq!(of(&["--check-log", path(&directory)], "").0, 0);
}

#[test]
fn damage_that_does_not_open_is_repaired_when_that_is_asked_for() {
    let directory = log_of_three();
    change(directory.path(), |bytes| {
        let at = bytes.windows(6).position(|part| part == b"second").unwrap();
        bytes[at] = b'?';
    });
    for args in [&["--check-log", path(&directory)][..], &["--log", path(&directory), "ping"]] {
        let (code, out, err) = of(args, "");
        assert_eq!((code, out.as_str()), (1, ""));
        assert!(
            err.starts_with(&format!("Error: {}: {FILE}: at byte ", path(&directory))),
            "{err}"
        );
    }
    let (code, out, _) = of(&["--repair-log", path(&directory)], "");
    assert!(code == 0 && out.contains(&format!(": cut off {FILE}: the last ")), "{code} {out}");
    let (code, out, _) = of(&["--repair-log", path(&directory)], "");
    assert!(code == 0 && out.ends_with(": nothing had to be cut off\n"), "{code} {out}");
    assert_eq!(of(&["--log", path(&directory), "lrange", "jobs", "0", "-1"], "").1, "first\n");
}

#[test]
fn what_is_no_log_is_refused_by_all() {
    let directory = tempdir().unwrap();
    fs::write(directory.path().join("letter"), "Dear Ada").unwrap();
    for option in ["--log", "--check-log", "--repair-log"] {
        let (code, out, err) = of(&[option, path(&directory)], "ping\n");
        assert_eq!((code, out.as_str()), (1, ""), "{option}");
        assert!(err.contains(": letter: the directory has this file and no manifest"), "{err}");
    }
    let missing = directory.path().join("missing");
    let missing = missing.to_str().unwrap();
    assert_eq!(of(&["--check-log", missing], "").0, 1);
    assert_eq!(of(&["--repair-log", missing], "").0, 1);
    assert!(!Path::new(missing).exists());
}

#[test]
fn what_is_said_wrongly_is_told_apart_from_damage() {
    let directory = tempdir().unwrap();
    let path = path(&directory);
    for args in [
        &["--log"][..],
        &["--fsync", "always", "ping"],
        &["--log", path, "--fsync", "sometimes", "ping"],
        &["--check-log"],
        &["--check-log", path, "ping"],
        &["--check-log", path, "--log", path],
        &["--check-log", path, "--repair-log", path],
        &["--repair-log", path, "ping"],
        &["--log", path, "--repair-log", path],
    ] {
        let (code, out, err) = of(args, "ping\n");
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert!(err.starts_with("error: "), "{args:?}: {err}");
    }
    assert_eq!(fs::read_dir(path).unwrap().count(), 0);
}

/// A shell that goes on reading, and has answered.
fn running(directory: &str) -> (Child, BufReader<ChildStdout>) {
    let mut command = redeque();
    command.args(["--log", directory]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut shell = command.stderr(Stdio::null()).spawn().unwrap();
    shell.stdin.as_mut().unwrap().write_all(b"rpush jobs first\n").unwrap();
    let mut output = BufReader::new(shell.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "1\n");
    (shell, output)
}

#[test]
fn a_directory_is_open_in_one_program_at_a_time() {
    let directory = tempdir().unwrap();
    let (mut shell, _output) = running(path(&directory));
    for option in ["--log", "--check-log", "--repair-log"] {
        let (code, out, err) = of(&[option, path(&directory)], "ping\n");
        assert_eq!((code, out.as_str()), (1, ""), "{option}");
        assert!(err.ends_with("is locked: the log in there is open\n"), "{err}");
    }
    drop(shell.stdin.take());
    assert!(shell.wait().unwrap().success());
    assert_eq!(of(&["--log", path(&directory), "lpop", "jobs"], "").1, "first\n");
}

#[test]
fn an_interrupt_ends_the_shell_with_what_it_did_on_disk() {
    let directory = tempdir().unwrap();
    let (mut shell, _output) = running(path(&directory));
    let killed = Command::new("kill").args(["-INT", &shell.id().to_string()]).status().unwrap();
    assert!(killed.success());
    // Open: it must not come to the end of its input instead.
    let _input = shell.stdin.take();
    assert_eq!(shell.wait().unwrap().code(), Some(1));
    let (code, out, _) = of(&["--check-log", path(&directory)], "");
    assert!(code == 0 && out.contains(": keys 1, commands 1, "), "{code} {out}");
}
