//! Commands without a person: one from the command line, or lines from a file or a pipe.

use std::io::{self, BufRead, Read, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;

use crate::options::Options;
use crate::shell::Shell;

/// Runs the command of the command line.
pub(crate) fn command(
    shell: &mut Shell<impl Write>,
    mut words: Vec<Vec<u8>>,
    options: &Options,
) -> io::Result<ExitCode> {
    if options.last_argument_from_stdin {
        let mut last = Vec::new();
        io::stdin().lock().read_to_end(&mut last)?;
        words.push(last);
    }
    shell.repeat(&words, options.repeat).map(status)
}

/// Does what each line says.
pub(crate) fn lines(
    shell: &mut Shell<impl Write>,
    mut input: impl BufRead,
) -> io::Result<ExitCode> {
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        if let ControlFlow::Break(code) = shell.line(&line)? {
            return Ok(code);
        }
        line.clear();
    }
    Ok(ExitCode::SUCCESS)
}

fn status(next: ControlFlow<ExitCode>) -> ExitCode {
    match next {
        ControlFlow::Continue(()) => ExitCode::SUCCESS,
        ControlFlow::Break(code) => code,
    }
}
