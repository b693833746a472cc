//! The table of all commands, and how a name finds its command.

mod connection;
mod generic;
mod list;
mod server;
mod transactions;

use std::sync::LazyLock;

use super::refusal::Refusal;
use super::{Answer, CommandSpec, Run, Session};
use crate::quoting::c_text;

static TABLE: LazyLock<Vec<CommandSpec>> = LazyLock::new(|| {
    let groups = [
        list::COMMANDS,
        generic::COMMANDS,
        server::COMMANDS,
        connection::COMMANDS,
        transactions::COMMANDS,
    ];
    let mut all = groups.concat();
    all.sort_unstable_by_key(|spec| spec.name);
    all
});

/// Longer names than this are no command's.
const LONGEST_NAME: usize = 16;

/// What a command of each group is, as far as nothing else is said of it.
const LIST: CommandSpec = group("list", &["list"]);
const GENERIC: CommandSpec = group("generic", &["keyspace"]);
const SERVER: CommandSpec = group("server", &["keyspace"]);
const CONNECTION: CommandSpec = group("connection", &["connection"]);
const TRANSACTIONS: CommandSpec = group("transactions", &["transaction"]);

const fn group(group: &'static str, categories: &'static [&'static str]) -> CommandSpec {
    CommandSpec {
        name: "",
        syntax: "",
        summary: "",
        since: "",
        group,
        arity: -2,
        flags: &[],
        categories,
        tips: &[],
        keys: &[],
        subcommands: &[],
        run: Run::Session(subcommand_missing),
    }
}

/// The arity of a command with subcommands asks for one, so this is never what runs.
fn subcommand_missing(_: &mut Session, _: &[&[u8]]) -> Answer {
    Err(crate::Error::Syntax.into())
}

pub(super) fn all() -> &'static [CommandSpec] {
    &TABLE
}

/// The command with this name, in any case.
pub(super) fn by_name(name: &[u8]) -> Option<&'static CommandSpec> {
    let mut lower = [0; LONGEST_NAME];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    let position = TABLE.binary_search_by_key(&&*lower, |spec| spec.name.as_bytes()).ok()?;
    Some(&TABLE[position])
}

/// The subcommand with this name, in any case, of a command.
pub(super) fn subcommand(parent: &CommandSpec, name: &[u8]) -> Option<&'static CommandSpec> {
    parent.subcommands.iter().find(|spec| {
        let own = spec.name.split_once('|').map_or("", |(_, own)| own);
        own.as_bytes().eq_ignore_ascii_case(name)
    })
}

/// The command that these words are, if they are one and as many as it wants.
pub(crate) fn lookup(args: &[&[u8]]) -> Result<&'static CommandSpec, Unusable> {
    let Some(spec) = args.first().and_then(|name| by_name(name)) else {
        return Err(Unusable { command: None, refusal: unknown_command(args) });
    };
    let spec = match args.get(1) {
        Some(name) if !spec.subcommands.is_empty() => match subcommand(spec, name) {
            Some(subcommand) => subcommand,
            None => {
                return Err(Unusable { command: None, refusal: unknown_subcommand(spec, name) });
            }
        },
        _ => spec,
    };
    if spec.accepts(args.len()) {
        Ok(spec)
    } else {
        Err(Unusable { command: Some(spec), refusal: spec.wrong_arity() })
    }
}

/// Words that are no command.
#[derive(Debug)]
pub(crate) struct Unusable {
    /// The command that they would be with more or fewer arguments.
    pub(crate) command: Option<&'static CommandSpec>,
    pub(crate) refusal: Refusal,
}

/// How much of a name, and of all arguments together, an error repeats.
const REPEATED: usize = 128;

fn unknown_command(args: &[&[u8]]) -> Refusal {
    let (name, rest) = args.split_first().map_or((&b""[..], args), |(name, rest)| (*name, rest));
    let mut shown = Vec::new();
    for argument in rest {
        if shown.len() >= REPEATED {
            break;
        }
        let room = REPEATED - shown.len();
        shown.push(b'\'');
        shown.extend_from_slice(cut(argument, room));
        shown.extend_from_slice(b"' ");
    }
    let mut text = b"ERR unknown command '".to_vec();
    text.extend_from_slice(cut(name, REPEATED));
    text.extend_from_slice(b"', with args beginning with: ");
    text.extend_from_slice(&shown);
    Refusal::new(text)
}

fn unknown_subcommand(parent: &CommandSpec, name: &[u8]) -> Refusal {
    let after = format!("'. Try {} HELP.", parent.name.to_ascii_uppercase());
    Refusal::quoting("ERR unknown subcommand '", cut(name, REPEATED), &after)
}

fn cut(text: &[u8], limit: usize) -> &[u8] {
    let text = c_text(text);
    &text[..text.len().min(limit)]
}
