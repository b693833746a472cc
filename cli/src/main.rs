//! A shell for redeque with redis-cli's manners.
//!
//! It uses only what the library offers everybody. Each run has a store of its own, which ends with it, or with `--log` stays
//! in a directory. What redis-cli prints it prints, byte for byte, and it exits with the same status, but for these:
//!
//! - DIFFERENCE: there is no server. The prompt names none, `connect` and `restart` are no words of the shell, and the
//!   options that are about servers, databases, clusters or scripts are unknown, as are the forms CSV and JSON.
//! - DIFFERENCE: `help` and `--help` speak of redeque: its version, its commands, summaries in words of its own.
//! - DIFFERENCE: there are options about a log (`--log`, `--fsync`, `--check-log`, `--repair-log`). What is wrong with their use
//!   is said in words of its own, and the status is 2.
//! - DIFFERENCE: history is in `~/.redeque_history`, or where `REDEQUE_HISTFILE` says. No file of preferences is read.
//! - DIFFERENCE: a line typed at a terminal must be UTF-8. Any other is refused as `Invalid argument(s)`; escapes such as
//!   `"\xff"` stand for any byte.
//! - DIFFERENCE: when the reader of a pipe goes away the status is 1, and no signal ends the program.

mod batch;
mod client;
mod format;
mod help;
mod interactive;
mod log;
mod options;
mod shell;
mod words;

use std::io::{self, ErrorKind, IsTerminal as _};
use std::process::ExitCode;

use redeque::Store;

use crate::client::Client;
use crate::options::Options;
use crate::shell::Shell;

fn main() -> ExitCode {
    let options = match Options::parse_or_explain() {
        Ok(options) => options,
        Err(code) => return code,
    };
    if let Some(directory) = &options.check_log {
        return log::check(directory);
    }
    if let Some(directory) = &options.repair_log {
        return log::repair(directory);
    }
    let store = match log::open(options.log.as_ref(), options.fsync) {
        Ok(store) => store,
        Err(text) => return log::refuse(&text),
    };
    let code = run(&store, options).unwrap_or_else(|error| {
        // Whoever read the replies has heard enough.
        if error.kind() != ErrorKind::BrokenPipe {
            eprintln!("Error: {error}");
        }
        ExitCode::FAILURE
    });
    log::end(&store).map_or_else(|text| log::refuse(&text), |()| code)
}

fn run(store: &Store, mut options: Options) -> io::Result<ExitCode> {
    let command = options.take_command();
    let is_shell = command.is_empty();
    if let (Some(directory), Some(recovery)) = (&options.log, store.recovery()) {
        log::tell(directory, recovery, is_shell);
    }
    if is_shell || options.log.is_some() {
        end_at_interrupt(store.clone())?;
    }
    let mut shell = Shell {
        client: Client::new(store.clone(), options.resp3),
        form: options.form(),
        pause: options.interval,
        exit_on_error: options.exit_on_error && !is_shell,
        hints: true,
        output: io::stdout().lock(),
    };
    if !is_shell {
        return batch::command(&mut shell, command, &options);
    }
    if io::stdin().is_terminal() {
        interactive::run(&mut shell)
    } else {
        batch::lines(&mut shell, io::stdin().lock())
    }
}

/// Ctrl-C ends the program, but not before the log has what was done.
fn end_at_interrupt(store: Store) -> io::Result<()> {
    let end = move || {
        if let Err(text) = log::bring_to_disk(&store) {
            log::refuse(&text);
        }
        std::process::exit(1)
    };
    ctrlc::set_handler(end).map_err(io::Error::other)
}
