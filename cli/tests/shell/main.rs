//! The shell against redis-cli: the same input, byte for byte the same output, the same status.

#![cfg(unix)]

mod log;
#[path = "../../../tests/support/resp.rs"]
#[expect(dead_code, reason = "replies are compared as redis-cli prints them")]
mod resp;
#[path = "../../../tests/support/server.rs"]
#[expect(dead_code, reason = "other tests ask more of a server")]
mod server;
mod terminal;

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::process::{Command, Output, Stdio};

use self::server::Server;

/// The forms of output and the protocols. Input and output are no terminals here, so raw is the default.
const FORMS: [&[&str]; 4] = [&[], &["--no-raw"], &["--raw", "-3"], &["--no-raw", "-3"]];

/// The first of the servers to compare with: it is redis-cli's output that counts.
fn server() -> Server {
    Server::start_each().next().expect("there is at least one")
}

fn redeque() -> Command {
    Command::new(env!("CARGO_BIN_EXE_redeque"))
}

fn run(mut command: Command, input: &[u8]) -> Output {
    // A file, since a pipe could fill up while nobody reads the other.
    let mut file: File = tempfile::tempfile().unwrap();
    file.write_all(input).unwrap();
    file.rewind().unwrap();
    command.stdin(Stdio::from(file)).output().unwrap()
}

/// Runs both programs with these arguments, and compares what they print as `same` wants it.
#[track_caller]
fn compare_by(server: &Server, args: &[&str], input: &[u8], same: fn(&[u8]) -> Vec<Vec<u8>>) {
    server.client().call(&["FLUSHALL"]);
    let mut redis_cli = Command::new("redis-cli");
    redis_cli.arg("-s").arg(server.socket()).args(args).env_remove("FAKETTY");
    let mut redeque = redeque();
    redeque.args(args);
    let (expected, actual) = (run(redis_cli, input), run(redeque, input));
    for (name, expected, actual) in [
        ("standard output", &expected.stdout, &actual.stdout),
        ("standard error", &expected.stderr, &actual.stderr),
    ] {
        let (expected, actual) = (same(expected), same(actual));
        if expected != actual {
            let at = expected.iter().zip(&actual).take_while(|(left, right)| left == right).count();
            let show = |lines: &[Vec<u8>]| {
                lines.get(at).map_or("no line".into(), |line| line.escape_ascii().to_string())
            };
            panic!(
                "{name} of {args:?} differs at line {}:\nredis-cli: {}\nredeque:   {}\n",
                at + 1,
                show(&expected),
                show(&actual),
            );
        }
    }
    assert_eq!(expected.status, actual.status, "status of {args:?}");
}

fn every_line(output: &[u8]) -> Vec<Vec<u8>> {
    output.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// What HELP says, but for the summaries of commands, which are in our own words, and for LMOVEM and BLMOVEM, which no
/// redis-cli at hand knows.
fn all_but_summaries(output: &[u8]) -> Vec<Vec<u8>> {
    let has = |line: &[u8], word: &[u8]| line.windows(word.len()).any(|part| part == word);
    let mut lines = every_line(output);
    lines.retain(|line| !has(line, b"summary:"));
    while let Some(at) = lines.iter().position(|line| has(line, b"LMOVEM")) {
        // The name, since when it is there, and an empty line.
        lines.drain(at..at + 3);
    }
    lines
}

#[track_caller]
fn compare(server: &Server, args: &[&str], input: &[u8]) {
    compare_by(server, args, input, every_line);
}

/// Sends lines to both, in every form.
#[track_caller]
fn compare_lines(lines: impl AsRef<[u8]>) {
    let server = server();
    for form in FORMS {
        compare(&server, form, lines.as_ref());
    }
}

const FIRST_SESSION: &str = "llen TEST\nlpush TEST A\nlpush TEST B\nllen TEST\nrpop TEST\nrpop TEST\nllen TEST\n\
     lpush TEST A\nlpush TEST B\nlpush TEST C\nlpop TEST\nlpop TEST\nlpop TEST\nlpop TEST\n";

#[test]
fn the_queue_and_the_stack_of_the_first_session_come_out_exactly() {
    let mut command = redeque();
    command.arg("--no-raw");
    let output = run(command, FIRST_SESSION.as_bytes());
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "(integer) 0\n(integer) 1\n(integer) 2\n(integer) 2\n\"A\"\n\"B\"\n(integer) 0\n\
         (integer) 1\n(integer) 2\n(integer) 3\n\"C\"\n\"B\"\n\"A\"\n(nil)\n"
    );
    assert!(output.status.success());
}

#[test]
#[ignore = "needs redis-server"]
fn the_first_session_is_shown_alike() {
    compare_lines(FIRST_SESSION);
}

#[test]
#[ignore = "needs redis-server"]
fn replies_of_every_kind_are_shown_alike() {
    compare_lines(
        "ping\nping hello\nrpush k a b c d e f g h i j\nlrange k 0 -1\nlrange k 0 8\nlrange no 0 -1\n\
         lpop no\nlpop no 2\nlpop k 0\nlmpop 1 no left\nlmpop 1 k left count 10\nlmpop 2 no k right\n\
         lindex k 0\nexists k\nobject encoding k\nobject encoding no\ntype k\ntype no\nkeys *\n\
         rpush \"\\xff\\x00\\n key\" 1\nkeys *\nscan 0\nlpos k a\nlpos k a count 0\ndbsize\n",
    );
}

#[test]
#[ignore = "needs redis-server"]
fn maps_and_sets_are_shown_alike() {
    compare_lines("command info llen\ncommand info llen nosuch lmove lmpop\ncommand count x\n");
}

#[test]
fn hello_changes_how_maps_are_shown_from_its_own_reply_on() {
    let mut command = redeque();
    command.arg("--no-raw");
    let input = b"hello\nhello 3\nhello 2\nhello 3\nreset\nhello\n";
    let output = String::from_utf8(run(command, input).stdout).unwrap();
    let is_version = |line: &&str| line.contains("\"proto\"") || line.ends_with("6) (integer) 2");
    let versions: Vec<_> = output.lines().filter(is_version).collect();
    let (resp2, resp3) = ([" 5) \"proto\"", " 6) (integer) 2"], ["3# \"proto\" => (integer) 3"]);
    let expected: Vec<_> = [&resp2[..], &resp3, &resp2, &resp3, &resp2].concat();
    assert_eq!(versions, expected);
}

#[test]
#[ignore = "needs redis-server"]
fn errors_are_shown_alike() {
    compare_lines(
        "foo\nfoo bar 'b a z' \"\\x01\\xff\"\nlpush\nlpush k\nrpush k a\nlset k 9 x\nlset no 0 x\n\
         lindex k x\nlrange k 0 9223372036854775808\nlpop k -1\nlinsert k here a b\nselect 1\n\
         exec\ndiscard\nclient nosuch\nobject\nLPOS k a RANK 0\n\"lpush\\x00\" k a\n\"\\r\\n\"\n",
    );
}

#[test]
#[ignore = "needs redis-server"]
fn transactions_are_shown_alike() {
    compare_lines(
        "multi\nrpush k a b\nlset k 9 x\nlrange k 0 -1\nlrange no 0 -1\nlpop no\nlmpop 1 k left\nexec\n\
         multi\nfoo\nping\nexec\nmulti\nmulti\ndiscard\nwatch k\nrpush k c\nmulti\nping\nexec\n\
         multi\nping\nreset\nexec\nmulti\nexec\nunwatch\n",
    );
}

#[test]
#[ignore = "needs redis-server"]
fn texts_for_people_are_shown_alike() {
    compare_lines("info cluster\nping\nclient list id 99\nping\ninfo nosuch\nping\n");
}

#[test]
#[ignore = "needs redis-server"]
fn quotes_and_escapes_are_read_alike() {
    compare_lines(
        b"echo \"\\x00\\n\\xZZ\\q\\\"\\\\\\a\\b\\t\\r\"\necho 'a\\n\\'b'\necho \"a\"b\necho 'a'b\necho \"a\necho 'a\n\
          echo a\"b\"\necho a'b'\necho \"\"\necho ''\n\"pi\"ng\npi\"ng\"\n   ping   \n\tping\r\n\x0bping\x0c\n\
          echo a\x0bb\necho \xff\xfe\xc3\xa9\necho a\0b\n\0ping\n\n  \n''\n\"\"\n\\ping\necho \"a\\",
    );
}

#[test]
#[ignore = "needs redis-server"]
fn every_short_line_of_quotes_and_backslashes_is_read_alike() {
    let alphabet = br#""'\x0na "#;
    let mut arguments: Vec<Vec<u8>> = vec![vec![]];
    let mut shorter = 0..1;
    for _ in 0..4 {
        let longer: Vec<_> = arguments[shorter.clone()]
            .iter()
            .flat_map(|argument| alphabet.iter().map(|&byte| [argument, &[byte][..]].concat()))
            .collect();
        shorter = arguments.len()..arguments.len() + longer.len();
        arguments.extend(longer);
    }
    let lines: Vec<u8> =
        arguments.iter().flat_map(|argument| [b"echo ", &argument[..], b"\n"].concat()).collect();
    compare_lines(lines);
}

#[test]
#[ignore = "needs redis-server"]
fn every_byte_is_read_and_shown_alike() {
    let bare = (0..=255).flat_map(|byte: u8| [b"echo ", &[byte][..], b"\n"].concat());
    let escaped = (0..=255).flat_map(|byte: u8| format!("echo \"\\x{byte:02X}\"\n").into_bytes());
    compare_lines(bare.chain(escaped).collect::<Vec<u8>>());
}

#[test]
#[ignore = "needs redis-server"]
fn a_number_before_a_command_repeats_it() {
    compare_lines(
        "3 rpush k a\n0 ping\n-1 ping\n+2 ping\n\"\" ping\n\" 2\" ping\n\"2\\x00x\" ping\n2x ping\n0x2 ping\n\
         99999999999999999999 ping\n-99999999999999999999 ping\n5\n2 2 ping\n2 foo\n2 clear\n2 :set\n\
         2 lrange k 0 -1\n",
    );
}

#[test]
#[ignore = "needs redis-server"]
fn words_of_the_shell_itself_are_no_commands() {
    compare_lines(
        "clear\nCLEAR\nclear x\n:set hints\n:SET nohints\n:set x\n:set\n:foo\n:\nexit now\nping\n",
    );
    compare_lines("ping\nquit\nping\n");
    compare_lines("ping\n\"EXIT\\x00\"\nping\n");
}

#[test]
#[ignore = "needs redis-server"]
fn input_need_not_end_with_a_line_end() {
    compare_lines("ping");
    compare_lines("echo 'a");
    compare_lines("");
}

#[test]
#[ignore = "needs redis-server"]
fn help_is_laid_out_alike() {
    let server = server();
    let input = "help llen\n? LPUSH\nhelp @list\nhelp @Transactions\nhelp @nosuch\nhelp nosuch\nhelp ''\n\
        help lpush x\n3 help rpop\nhelp client id\nhelp client setname\n";
    compare_by(&server, &[], input.as_bytes(), all_but_summaries);
    compare_by(&server, &["help", "@list"], b"", all_but_summaries);
    compare_by(&server, &["-r", "0", "--no-raw", "help", "LMOVE"], b"", all_but_summaries);
}

#[test]
#[ignore = "needs redis-server"]
fn arguments_are_one_command() {
    let server = server();
    let input = b"ping not me\n";
    for args in [
        &["ping"][..],
        &["rpush", "k", "a b", "-1", "--raw", "-r", ""],
        &["--no-raw", "echo", "a \"b\" \\x00 é"],
        &["lrange", "k", "0", "-1"],
        &["3", "ping"],
        &["", "ping"],
        &["quit"],
        &["exit"],
        &["clear"],
        &["-3", "--no-raw", "command", "info", "llen"],
        &["--no-raw", "--raw", "lpop", "no"],
        &["--raw", "--no-raw", "lpop", "no"],
        &["-3", "-3", "--no-raw", "command", "info", "llen"],
    ] {
        compare(&server, args, input);
    }
}

#[test]
#[ignore = "needs redis-server"]
fn the_exit_status_tells_of_errors_only_when_asked() {
    let server = server();
    for args in [
        &["foo"][..],
        &["-e", "foo", "a\nb"],
        &["-e", "ping"],
        &["-e", "--no-raw", "foo"],
        &["-e", "-r", "3", "lset", "k", "0", "a"],
    ] {
        compare(&server, args, b"");
    }
    compare(&server, &["-e"], b"foo\nping\n\"\n");
}

#[test]
#[ignore = "needs redis-server"]
fn options_repeat_the_command() {
    let server = server();
    for args in [
        &["-r", "3", "rpush", "k", "a"][..],
        &["-r", "0", "ping"],
        &["-r", "x", "ping"],
        &["-r", "2x", "ping"],
        &["-r", "1", "-r", "2", "ping"],
        &["-r", "2", "-i", "0.001", "ping"],
    ] {
        compare(&server, args, b"");
    }
    compare(&server, &["-r", "2", "-i", "0"], b"ping\n2 ping\n");
}

#[test]
#[ignore = "needs redis-server"]
fn slow_commands_tell_their_time_where_people_read() {
    /// Machines differ in how long they really sleep.
    fn without_times(output: &[u8]) -> Vec<Vec<u8>> {
        let is_time = |line: &[u8]| line.starts_with(b"(") && line.ends_with(b"s)");
        let hide = |line: Vec<u8>| if is_time(&line) { b"(time)".to_vec() } else { line };
        every_line(output).into_iter().map(hide).collect()
    }
    let server = server();
    for form in [&["--no-raw", "-i", "0.5"][..], &["-i", "0.5"], &["--no-raw", "-i", "0.001"]] {
        compare_by(&server, form, b"ping\n", without_times);
    }
}

#[test]
#[ignore = "needs redis-server"]
fn wrong_options_are_refused() {
    let server = server();
    for args in [
        &["-2", "-3", "ping"][..],
        &["-3", "-2"],
        &["-z"],
        &["-r"],
        &["--nosuch", "ping"],
        &["--raw", "-i"],
    ] {
        compare(&server, args, b"ping\n");
    }
}

#[test]
#[ignore = "needs redis-server"]
fn the_last_argument_can_come_from_standard_input() {
    let server = server();
    compare(&server, &["-x", "--no-raw", "echo"], b"a\nb\0\xff\n");
    compare(&server, &["-x", "rpush", "k"], b"");
    compare(&server, &["-x", "-r", "3", "rpush", "k", "a"], b"b");
    compare(&server, &["-x", "lpush"], b"k");
    compare(&server, &["-x"], b"echo a\nping\n");
}

#[test]
fn a_connection_that_was_quit_is_opened_anew() {
    let output = run(redeque(), b"2 multi\n3 quit\nrpush k a\nlpop k\n");
    let expected = b"OK\nERR MULTI calls can not be nested\n\nOK\n1\na\n";
    assert_eq!(output.stdout.escape_ascii().to_string(), expected.escape_ascii().to_string());
}
