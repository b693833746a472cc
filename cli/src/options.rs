//! The command line. A word that is no option ends the options: it and all after it are a command.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, Parser};
use redeque::Fsync;

use crate::format::Form;
use crate::words;

const OF_A_LOG: [&str; 4] = ["--log", "--fsync", "--check-log", "--repair-log"];

/// Redis lists inside this process, with redis-cli's manners. Without a command it is a shell.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Debug, Parser)]
#[command(name = "redeque", version, args_override_self = true, disable_version_flag = true)]
pub(crate) struct Options {
    /// Execute the command N times; without end if N is negative
    #[arg(short, value_name = "N", default_value = "1", value_parser = repeat)]
    #[arg(allow_hyphen_values = true)]
    pub(crate) repeat: i64,

    /// Wait so long after each time; fractions are understood
    #[arg(short, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    pub(crate) interval: Duration,

    /// Read the last argument of the command from standard input
    #[arg(short = 'x')]
    pub(crate) last_argument_from_stdin: bool,

    /// Exit with an error when the command fails
    #[arg(short = 'e')]
    pub(crate) exit_on_error: bool,

    /// Speak RESP2 at first
    #[arg(short = '2', conflicts_with = "resp3")]
    resp2: bool,

    /// Speak RESP3 at first
    #[arg(short = '3')]
    pub(crate) resp3: bool,

    /// Print replies raw: the default unless standard output is a terminal
    #[arg(long, overrides_with = "no_raw")]
    raw: bool,

    /// Print replies for people, also where standard output is no terminal
    #[arg(long)]
    no_raw: bool,

    /// Keep the lists in this directory, which is made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) log: Option<PathBuf>,

    /// When they are brought to disk: always before a command returns, everysec by itself, no when the system finds the time
    #[arg(long, value_name = "WHEN", requires = "log", value_parser = fsync)]
    pub(crate) fsync: Option<Fsync>,

    /// Read the log in this directory, and say what is in it and whether it opens; change nothing. The status is 1 if its end
    /// is damaged, or if it does not open
    #[arg(long, value_name = "DIR", conflicts_with_all = ["log", "repair_log", "words"])]
    pub(crate) check_log: Option<PathBuf>,

    /// Cut off the damaged end of the log in this directory, also where that loses what had been on disk: copy it first. The
    /// status is 1 if the damage is not at its end
    #[arg(long, value_name = "DIR", conflicts_with_all = ["log", "words"])]
    pub(crate) repair_log: Option<PathBuf>,

    /// Print the version
    #[arg(short = 'v', long, action = ArgAction::Version)]
    version: Option<bool>,

    /// A command and its arguments
    #[arg(trailing_var_arg = true, value_name = "COMMAND")]
    words: Vec<OsString>,
}

impl Options {
    /// The options, or the status to exit with at once: what there was to say is printed.
    pub(crate) fn parse_or_explain() -> Result<Self, ExitCode> {
        Self::try_parse().map_err(|error| {
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            if is_about_a_log(&error) {
                drop(error.print());
                return ExitCode::from(2);
            }
            match (error.kind(), error.get(ContextKind::InvalidArg)) {
                (ErrorKind::ArgumentConflict, _) => {
                    eprintln!("Options -2 and -3 are mutually exclusive.");
                }
                (_, Some(ContextValue::String(argument))) if !asked => {
                    // The option alone, without the name of the value that it wants.
                    let option = argument.split(' ').next().unwrap_or_default();
                    eprintln!("Unrecognized option or bad number of args for: '{option}'");
                }
                // Where this cannot be printed there is nobody to tell.
                _ => drop(error.print()),
            }
            if asked { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        })
    }

    pub(crate) fn form(&self) -> Form {
        if self.no_raw || !self.raw && std::io::stdout().is_terminal() {
            Form::Readable
        } else {
            Form::Raw
        }
    }

    /// The command as bytes; empty if there is none.
    pub(crate) fn take_command(&mut self) -> Vec<Vec<u8>> {
        self.words.drain(..).map(OsString::into_encoded_bytes).collect()
    }
}

/// Whether an option is misused that no redis-cli has.
fn is_about_a_log(error: &clap::Error) -> bool {
    let is = |argument: &String| {
        let option = argument.split([' ', '=']).next();
        option.is_some_and(|option| OF_A_LOG.contains(&option))
    };
    let kinds = [ContextKind::InvalidArg, ContextKind::PriorArg];
    kinds.into_iter().any(|kind| match error.get(kind) {
        Some(ContextValue::String(argument)) => is(argument),
        Some(ContextValue::Strings(arguments)) => arguments.iter().any(is),
        _ => false,
    })
}

fn fsync(text: &str) -> Result<Fsync, String> {
    text.parse().map_err(|_| "it is always, everysec or no".to_owned())
}

#[expect(clippy::unnecessary_wraps, reason = "clap asks for a result")]
fn repeat(text: &str) -> Result<i64, String> {
    let (number, _) = words::leading_number(text.as_bytes());
    let limit = if number < 0 { i64::MIN } else { i64::MAX };
    Ok(i64::try_from(number).unwrap_or(limit))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::Options;

    fn parse(line: &str) -> Result<Options, clap::Error> {
        Options::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_definition_holds_together() {
        Options::command().debug_assert();
    }

    #[test]
    fn the_first_word_that_is_no_option_ends_the_options() {
        let options = parse("redeque -e lrange k 0 -1 --raw -x").unwrap();
        assert_eq!(options.words, ["lrange", "k", "0", "-1", "--raw", "-x"]);
        assert!(options.exit_on_error && !options.raw && !options.last_argument_from_stdin);
    }

    #[test]
    fn the_last_of_two_opposite_options_counts() {
        let options = parse("redeque --raw --no-raw").unwrap();
        assert!(options.no_raw && !options.raw);
        let options = parse("redeque --no-raw --raw").unwrap();
        assert!(options.raw && !options.no_raw);
    }

    #[test]
    fn counts_are_read_as_far_as_they_are_numbers() {
        let repeat = |text: &str| parse(&format!("redeque -r {text}")).unwrap().repeat;
        assert_eq!((repeat("3x"), repeat("abc"), repeat("-1")), (3, 0, -1));
        assert_eq!(repeat("99999999999999999999"), i64::MAX);
    }

    #[test]
    fn unknown_options_and_missing_values_are_refused() {
        assert!(parse("redeque -z ping").is_err());
        assert!(parse("redeque -r").is_err());
        assert!(parse("redeque -i -1 ping").is_err());
        assert!(parse("redeque -2 -3 ping").is_err());
    }
}
