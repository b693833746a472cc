//! A person at a terminal: the prompt, history, completion and hints.

use std::borrow::Cow;
use std::env;
use std::io::{self, ErrorKind, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::{Hint, Hinter};
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use crate::help::{groups, hint, topics};
use crate::shell::{Next, Shell};

/// Reads lines and does what they say, until the person leaves.
pub(crate) fn run(shell: &mut Shell<impl Write>) -> io::Result<ExitCode> {
    let config = Config::builder().completion_type(CompletionType::Circular).build();
    let mut editor = Editor::<Guide, FileHistory>::with_config(config).map_err(io::Error::other)?;
    editor.set_helper(Some(Guide { hints: shell.hints }));
    let history = history_file();
    if let Some(file) = &history {
        // A file that is missing, or not to be read, is an empty history.
        let _ = editor.load_history(file);
    }
    loop {
        let prompt = if shell.client.is_in_transaction() { "redeque(TX)> " } else { "redeque> " };
        let next = match editor.readline(prompt) {
            Ok(line) if line.is_empty() => continue,
            Ok(line) => {
                // Losing the history must not cost the session.
                let _ = editor.add_history_entry(line.as_str());
                if let Some(file) = &history {
                    let _ = editor.append_history(file);
                }
                each_line(shell, &line)
            }
            // A line must be text. One that is not must not cost the lists that are in memory either.
            Err(ReadlineError::Io(error)) if error.kind() == ErrorKind::InvalidData => {
                shell.refuse_line()
            }
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => return Ok(ExitCode::SUCCESS),
            Err(ReadlineError::Io(error)) => return Err(error),
            Err(error) => return Err(io::Error::other(error)),
        };
        if let ControlFlow::Break(code) = next? {
            return Ok(code);
        }
        if let Some(guide) = editor.helper_mut() {
            guide.hints = shell.hints;
        }
    }
}

/// What was pasted comes as one text. It means what it would if it had been typed.
fn each_line(shell: &mut Shell<impl Write>, text: &str) -> Next {
    for line in text.lines() {
        let next = shell.line(line.as_bytes())?;
        if next.is_break() {
            return Ok(next);
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Where lines are remembered: `REDEQUE_HISTFILE`, or a file at home. An empty name or `/dev/null` is nowhere.
fn history_file() -> Option<PathBuf> {
    let Some(file) = env::var_os("REDEQUE_HISTFILE") else {
        return env::home_dir().map(|home| home.join(".redeque_history"));
    };
    (!file.is_empty() && file != "/dev/null").then(|| file.into())
}

/// Completes names and tells of arguments.
struct Guide {
    hints: bool,
}

/// Arguments that are still to be typed. They are shown only: no key inserts them.
struct Arguments(String);

impl Hint for Arguments {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Completer for Guide {
    type Candidate = String;

    /// Commands; after `help ` also groups.
    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = &line[..position];
        let after_help = typed.get(..5).filter(|word| word.eq_ignore_ascii_case("help "));
        let name = after_help.map_or(typed, |word| typed[word.len()..].trim_ascii_start());
        let groups = groups().into_iter().map(|group| format!("@{group}"));
        let candidates = groups
            .filter(|_| after_help.is_some())
            .chain(topics().map(|topic| topic.name))
            .filter(|topic| {
                topic.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
            })
            .collect();
        Ok((position - name.len(), candidates))
    }
}

impl Hinter for Guide {
    type Hint = Arguments;

    fn hint(&self, line: &str, position: usize, _: &Context<'_>) -> Option<Arguments> {
        (self.hints && position == line.len()).then(|| hint(line)).flatten().map(Arguments)
    }
}

impl Highlighter for Guide {
    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        format!("\x1b[0;90;49m{hint}\x1b[0m").into()
    }
}

impl Validator for Guide {}

impl Helper for Guide {}
