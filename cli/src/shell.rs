//! What a line of input does. It does not know whether a person typed it.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use redeque::{Reply, split_words};

use crate::client::Client;
use crate::format::{self, Form};
use crate::help::help;
use crate::words;

/// From here on a command is slow enough that readable output tells its time.
const SLOW: Duration = Duration::from_millis(500);

/// Whether to go on, or to exit with that status.
pub(crate) type Next = io::Result<ControlFlow<ExitCode>>;

/// A client whose replies are printed.
#[derive(Debug)]
pub(crate) struct Shell<W> {
    pub(crate) client: Client,
    pub(crate) form: Form,
    /// After each command.
    pub(crate) pause: Duration,
    /// Whether a command that fails ends the program.
    pub(crate) exit_on_error: bool,
    /// Whether a terminal shows the arguments that are still to be typed.
    pub(crate) hints: bool,
    pub(crate) output: W,
}

impl<W: Write> Shell<W> {
    /// Does what a line says.
    ///
    /// Here and below, words are C strings where redis-cli itself reads them: a zero byte is the end of one.
    pub(crate) fn line(&mut self, line: &[u8]) -> Next {
        let Some(words) = split_words(line) else { return self.refuse_line() };
        let Some(first) = words.first() else { return Ok(ControlFlow::Continue(())) };
        let (count, after) = words::leading_number(words::until_zero(first));
        if words.len() == 1 || !after.is_empty() {
            return self.words(&words);
        }
        match i64::try_from(count) {
            Ok(count @ 1..) => self.timed(&words[1..], count),
            // redis-cli's text: scripts that look for it find it.
            _ => self.say("Invalid redis-cli repeat command option value.\n"),
        }
    }

    /// Says that a line could not be read as words.
    pub(crate) fn refuse_line(&mut self) -> Next {
        self.say("Invalid argument(s)\n")
    }

    /// Runs a command so many times, without end if the count is negative.
    pub(crate) fn repeat(&mut self, words: &[Vec<u8>], mut count: i64) -> Next {
        let name = words.first().map_or(&b""[..], |name| words::until_zero(name));
        if name == b"?" || name.eq_ignore_ascii_case(b"help") {
            return self.say(&help(&words[1..]));
        }
        while count != 0 {
            count = count.saturating_sub(1).max(-1);
            let (reply, protocol) = self.client.send(words);
            if let (Reply::Error(text), true) = (&reply, self.exit_on_error) {
                let mut stderr = io::stderr().lock();
                stderr.write_all(words::until_zero(text))?;
                stderr.write_all(b"\n")?;
                return Ok(ControlFlow::Break(ExitCode::FAILURE));
            }
            let mut text = Vec::new();
            format::write(&reply, protocol, self.form, &mut text);
            self.output.write_all(&text)?;
            self.output.flush()?;
            if self.client.is_disconnected() {
                break;
            }
            thread::sleep(self.pause);
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Carries out a line without a count: what the shell itself knows, or a command.
    fn words(&mut self, words: &[Vec<u8>]) -> Next {
        let first = words::until_zero(&words[0]);
        let is = |name: &str| first.eq_ignore_ascii_case(name.as_bytes());
        if is("quit") || is("exit") {
            return Ok(ControlFlow::Break(ExitCode::SUCCESS));
        }
        if first.starts_with(b":") {
            return self.prefer(words);
        }
        if is("clear") && words.len() == 1 {
            return self.say("\x1b[H\x1b[2J");
        }
        self.timed(words, 1)
    }

    fn timed(&mut self, words: &[Vec<u8>], count: i64) -> Next {
        let start = Instant::now();
        let next = self.repeat(words, count)?;
        let elapsed = start.elapsed();
        if elapsed >= SLOW && self.form == Form::Readable {
            return self.say(&format!("({:.2}s)\n", elapsed.as_secs_f64()));
        }
        Ok(next)
    }

    /// `:set hints` and `:set nohints`.
    fn prefer(&mut self, words: &[Vec<u8>]) -> Next {
        let first = words::until_zero(&words[0]);
        let unknown = match words.get(1) {
            Some(name) if first.eq_ignore_ascii_case(b":set") => {
                let name = words::until_zero(name);
                if name.eq_ignore_ascii_case(b"hints") || name.eq_ignore_ascii_case(b"nohints") {
                    self.hints = name.len() == "hints".len();
                    return Ok(ControlFlow::Continue(()));
                }
                ("preference", name)
            }
            _ => ("internal command", first),
        };
        let (what, name) = unknown;
        self.output.write_all(format!("unknown redis-cli {what} '").as_bytes())?;
        self.output.write_all(name)?;
        self.say("'\n")
    }

    fn say(&mut self, text: &str) -> Next {
        self.output.write_all(text.as_bytes())?;
        self.output.flush()?;
        Ok(ControlFlow::Continue(()))
    }
}
