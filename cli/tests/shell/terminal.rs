//! The shell in a pseudo-terminal. Each wait is for output that must come, with a deadline.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};
use tempfile::TempDir;

const DEADLINE_IN_MS: u64 = 30_000;
const TAB: &str = "\t";
const UP: &str = "\x1b[A";
const ERASE_LINE: &str = "\x15";

struct Terminal {
    session: PtySession,
    /// Where the cursor is, at the end of which prompt.
    prompt: &'static str,
}

impl Terminal {
    fn start(args: &[&str], history: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_redeque"));
        command.args(args).env("TERM", "xterm").env("REDEQUE_HISTFILE", history);
        let session = spawn_command(command, Some(DEADLINE_IN_MS)).unwrap();
        let mut terminal = Self { session, prompt: "redeque> " };
        terminal.expect("redeque> ");
        terminal
    }

    fn type_in(&mut self, keys: &str) {
        self.session.send(keys).unwrap();
        self.session.flush().unwrap();
    }

    #[track_caller]
    fn expect(&mut self, text: &str) -> String {
        self.session.exp_string(text).unwrap()
    }

    /// Enters a line, and waits for all that it prints and for the prompt after it.
    #[track_caller]
    fn enter(&mut self, line: &str, printed: &str) {
        self.type_in(&format!("{line}\r"));
        self.expect(&format!("\r\n{printed}"));
        self.expect(self.prompt);
    }

    #[track_caller]
    fn expect_exit(mut self, status: i32) {
        self.session.exp_eof().unwrap();
        let ended = self.session.process().wait().unwrap();
        assert!(matches!(ended, WaitStatus::Exited(_, code) if code == status), "{ended:?}");
    }
}

fn history() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn replies_are_readable_and_the_prompt_tells_of_a_transaction() {
    let directory = history();
    let mut terminal = Terminal::start(&[], &directory.path().join("history"));
    terminal.enter("llen TEST", "(integer) 0\r\n");
    terminal.enter("lpush TEST A", "(integer) 1\r\n");
    terminal.enter("rpop TEST", "\"A\"\r\n");
    terminal.enter("rpop TEST", "(nil)\r\n");
    terminal.enter("lpush TEST \"", "Invalid argument(s)\r\n");
    terminal.prompt = "redeque(TX)> ";
    terminal.enter("multi", "OK\r\n");
    terminal.enter("rpush k a b", "QUEUED\r\n");
    terminal.enter("lrange k 0 -1", "QUEUED\r\n");
    terminal.prompt = "redeque> ";
    terminal.enter("exec", "1) (integer) 2\r\n2) 1) \"a\"\r\n   2) \"b\"\r\n");
    terminal.enter("clear", "\x1b[H\x1b[2J");
    terminal.type_in("quit\r");
    terminal.expect_exit(0);
}

#[test]
fn lines_that_are_pasted_together_are_commands_of_their_own() {
    let directory = history();
    let mut terminal = Terminal::start(&[], &directory.path().join("history"));
    terminal.type_in("\x1b[200~rpush k a\nrpush k b\nllen k\x1b[201~\r");
    terminal.expect("(integer) 1\r\n(integer) 2\r\n(integer) 2\r\n");
    terminal.expect(terminal.prompt);
    terminal.enter("lrange k 0 -1", "1) \"a\"\r\n2) \"b\"\r\n");
    terminal.type_in("quit\r");
    terminal.expect_exit(0);
}

#[test]
fn tab_completes_and_goes_on_to_the_next() {
    let directory = history();
    let mut terminal = Terminal::start(&[], &directory.path().join("history"));
    terminal.type_in(&format!("lpo{TAB}"));
    terminal.expect("LPOP");
    terminal.type_in(TAB);
    terminal.expect("LPOS");
    terminal.enter(" k a", "(nil)\r\n");
    terminal.type_in(&format!("HELP @tr{TAB}"));
    terminal.expect("@transactions");
    terminal.type_in("\r");
    terminal.expect("\x1b[1mDISCARD\x1b[0m");
    terminal.expect("\x1b[1mWATCH\x1b[0m \x1b[90mkey [key ...]\x1b[0m");
    terminal.expect("redeque> ");
    terminal.type_in(&format!("client getn{TAB}"));
    terminal.expect("CLIENT GETNAME");
    terminal.type_in(ERASE_LINE);
    terminal.type_in("exit\r");
    terminal.expect_exit(0);
}

#[test]
fn arguments_are_hinted_until_hints_are_switched_off() {
    let directory = history();
    let mut terminal = Terminal::start(&[], &directory.path().join("history"));
    terminal.type_in("lset k");
    terminal.expect("\x1b[0;90;49m index element\x1b[0m");
    terminal.enter("", "(error) ERR wrong number of arguments for 'lset' command\r\n");
    terminal.enter(":set nohints", "");
    terminal.type_in("lset k\r");
    let line = terminal.expect("(error)");
    assert!(!line.contains("index"), "{line:?}");
    terminal.expect("redeque> ");
    terminal.type_in("quit\r");
    terminal.expect_exit(0);
}

#[test]
fn history_is_there_in_this_session_and_in_the_next() {
    let directory = history();
    let file = directory.path().join("history");
    let mut terminal = Terminal::start(&[], &file);
    terminal.enter("rpush k a", "(integer) 1\r\n");
    terminal.enter("llen k", "(integer) 1\r\n");
    terminal.enter(&UP.repeat(2), "(integer) 2\r\n");
    terminal.type_in("quit\r");
    terminal.expect_exit(0);
    let mut terminal = Terminal::start(&[], &file);
    terminal.enter(&UP.repeat(2), "(integer) 1\r\n");
    terminal.session.send_control('d').unwrap();
    terminal.expect_exit(0);
}

#[test]
fn a_line_that_is_no_text_is_refused_and_the_lists_remain() {
    let directory = history();
    let mut terminal = Terminal::start(&[], &directory.path().join("history"));
    terminal.enter("rpush k a", "(integer) 1\r\n");
    let mut keys = terminal.session.process().get_file_handle().unwrap();
    keys.write_all(b"echo \xff\r").unwrap();
    terminal.expect("\r\nInvalid argument(s)\r\n");
    terminal.expect("redeque> ");
    terminal.enter("llen k", "(integer) 1\r\n");
    terminal.session.send_control('d').unwrap();
    terminal.expect_exit(0);
}

#[test]
fn help_is_printed() {
    let directory = history();
    let mut terminal = Terminal::start(&[], &directory.path().join("history"));
    terminal.type_in("help\r");
    terminal.expect("To get help about Redis commands type:\r\n");
    terminal.expect("redeque> ");
    terminal.type_in("help LPUSH\r");
    terminal.expect("\x1b[1mLPUSH\x1b[0m \x1b[90mkey element [element ...]\x1b[0m");
    terminal.expect("\x1b[33mgroup:\x1b[0m list");
    terminal.expect("redeque> ");
    terminal.session.send_control('d').unwrap();
    terminal.expect_exit(0);
}

#[test]
fn control_c_at_the_prompt_leaves() {
    let directory = history();
    let mut terminal = Terminal::start(&[], &directory.path().join("history"));
    terminal.type_in("lpush k");
    terminal.session.send_control('c').unwrap();
    terminal.expect_exit(0);
}

#[test]
fn control_c_during_a_command_leaves_with_an_error() {
    let directory = history();
    let an_hour = ["-i", "3600"];
    let mut terminal = Terminal::start(&an_hour, &directory.path().join("history"));
    terminal.type_in("ping\r");
    terminal.expect("PONG\r\n");
    terminal.session.send_control('c').unwrap();
    terminal.expect_exit(1);
}

#[test]
fn raw_output_can_be_asked_for() {
    let directory = history();
    let mut terminal = Terminal::start(&["--raw"], &directory.path().join("history"));
    terminal.enter("rpush k a", "1\r\n");
    terminal.enter("lpop k", "a\r\n");
    terminal.session.send_control('d').unwrap();
    terminal.expect_exit(0);
}
