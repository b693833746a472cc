//! COMMAND, and the HELP of commands with subcommands: the table, told in several ways.

use super::arguments::{is_word, syntax};
use super::keys::{Find, KeySpec, told};
use super::replies::{count, text};
use super::table::{by_name, subcommand};
use super::{Answer, CommandSpec, Refusal, Session, commands};
use crate::Reply;
use crate::glob::Pattern;

/// COMMAND
pub(super) fn command(_: &mut Session, _: &[&[u8]]) -> Answer {
    Ok(Reply::Array(commands().iter().map(describe).collect()))
}

/// COMMAND COUNT
pub(super) fn count_all(_: &mut Session, _: &[&[u8]]) -> Answer {
    Ok(count(commands().len()))
}

/// COMMAND INFO
pub(super) fn info(session: &mut Session, args: &[&[u8]]) -> Answer {
    if args.len() == 2 {
        return command(session, args);
    }
    let described = args[2..].iter().map(|name| full_name(name).map_or(Reply::Nil, describe));
    Ok(Reply::Array(described.collect()))
}

/// COMMAND DOCS, which knows nothing of names that are no command's.
pub(super) fn docs(_: &mut Session, args: &[&[u8]]) -> Answer {
    let wanted: Vec<&CommandSpec> = match &args[2..] {
        [] => commands().iter().collect(),
        names => names.iter().filter_map(|name| full_name(name)).collect(),
    };
    Ok(documents(wanted))
}

/// COMMAND LIST
pub(super) fn list(_: &mut Session, args: &[&[u8]]) -> Answer {
    let keep: Filter = match args[2..] {
        [] => Box::new(|_| true),
        [option, filter, value] if is_word(option, "filterby") => filter_by(filter, value)?,
        _ => return Err(syntax()),
    };
    let all = commands().iter().flat_map(|spec| std::iter::once(spec).chain(spec.subcommands));
    Ok(Reply::Array(all.filter(|spec| keep(spec)).map(|spec| text(spec.name)).collect()))
}

/// COMMAND GETKEYS
pub(super) fn getkeys(_: &mut Session, args: &[&[u8]]) -> Answer {
    let keys = keys_of(&args[2..])?.into_iter().map(|(key, _)| Reply::Bulk(key.to_vec()));
    Ok(Reply::Array(keys.collect()))
}

/// COMMAND GETKEYSANDFLAGS
pub(super) fn getkeysandflags(_: &mut Session, args: &[&[u8]]) -> Answer {
    let keys = keys_of(&args[2..])?.into_iter();
    let told =
        keys.map(|(key, access)| Reply::Array(vec![Reply::Bulk(key.to_vec()), words(access)]));
    Ok(Reply::Array(told.collect()))
}

/// The keys of the command that these words are, each with what is done to it.
fn keys_of<'a>(args: &[&'a [u8]]) -> Result<Vec<(&'a [u8], &'static [&'static str])>, Refusal> {
    let spec = by_name(args[0]).and_then(|spec| match args.get(1) {
        Some(name) if !spec.subcommands.is_empty() => subcommand(spec, name),
        _ => Some(spec),
    });
    let spec = spec.ok_or_else(|| Refusal::new("ERR Invalid command specified"))?;
    if spec.keys.is_empty() {
        return Err(Refusal::new("ERR The command has no key arguments"));
    }
    if !spec.accepts(args.len()) {
        return Err(Refusal::new("ERR Invalid number of arguments specified for command"));
    }
    let told = told(spec.keys, args)
        .ok_or_else(|| Refusal::new("ERR Invalid arguments specified for command"))?;
    Ok(told.into_iter().map(|(place, access)| (args[place], access)).collect())
}

/// Which commands COMMAND LIST is to name.
type Filter = Box<dyn Fn(&CommandSpec) -> bool>;

fn filter_by(filter: &[u8], value: &[u8]) -> Result<Filter, Refusal> {
    if is_word(filter, "module") {
        Ok(Box::new(|_| false))
    } else if is_word(filter, "aclcat") {
        let wanted = value.to_owned();
        Ok(Box::new(move |spec| categories(spec).iter().any(|name| is_word(&wanted, name))))
    } else if is_word(filter, "pattern") {
        let pattern = Pattern::new(&value.to_ascii_lowercase());
        Ok(Box::new(move |spec| pattern.matches(spec.name.as_bytes())))
    } else {
        Err(syntax())
    }
}

/// The HELP of a command with subcommands.
pub(super) fn help(_: &mut Session, args: &[&[u8]]) -> Answer {
    let subcommands = by_name(args[0]).map_or(&[][..], |spec| spec.subcommands);
    let name = args[0].to_ascii_uppercase();
    let name = String::from_utf8_lossy(&name);
    let mut lines = vec![format!("{name} <subcommand> [<arg> ...]. Subcommands are:")];
    for spec in subcommands {
        let own = spec.name.split_once('|').map_or("", |(_, own)| own).to_ascii_uppercase();
        lines.push(format!("{own} {}", spec.syntax).trim_end().to_owned());
        lines.push(format!("    {}", spec.summary));
    }
    Ok(Reply::Array(lines.into_iter().map(|line| Reply::Status(line.into())).collect()))
}

/// The command, or the subcommand, with such a name: `client|id`.
fn full_name(name: &[u8]) -> Option<&'static CommandSpec> {
    match name.iter().position(|&byte| byte == b'|') {
        Some(bar) => subcommand(by_name(&name[..bar])?, &name[bar + 1..]),
        None => by_name(name),
    }
}

fn documents<'s>(specs: impl IntoIterator<Item = &'s CommandSpec>) -> Reply {
    Reply::Map(specs.into_iter().map(|spec| (text(spec.name), document(spec))).collect())
}

fn document(spec: &CommandSpec) -> Reply {
    let mut fields = vec![
        (text("summary"), text(spec.summary)),
        (text("since"), text(spec.since)),
        (text("group"), text(spec.group)),
    ];
    if !spec.subcommands.is_empty() {
        fields.push((text("subcommands"), documents(spec.subcommands)));
    }
    Reply::Map(fields)
}

/// What COMMAND INFO tells of a command.
fn describe(spec: &CommandSpec) -> Reply {
    let mut flags = spec.flags.to_vec();
    if spec.keys.iter().any(|key| !matches!(key.find, Find::Range { .. })) {
        flags.push("movablekeys");
    }
    let categories = categories(spec).iter().map(|name| format!("@{name}")).collect::<Vec<_>>();
    Reply::Array(vec![
        text(spec.name),
        Reply::Integer(spec.arity),
        words(&flags),
        Reply::Integer(spec.first_key()),
        Reply::Integer(spec.last_key()),
        Reply::Integer(spec.key_step()),
        words(&categories),
        Reply::Set(spec.tips.iter().map(|tip| text(tip)).collect()),
        Reply::Set(spec.keys.iter().map(describe_keys).collect()),
        match spec.subcommands {
            [] => Reply::Set(Vec::new()),
            subcommands => Reply::Array(subcommands.iter().map(describe).collect()),
        },
    ])
}

fn words(words: &[impl AsRef<str>]) -> Reply {
    Reply::Set(words.iter().map(|word| Reply::Status(word.as_ref().to_owned().into())).collect())
}

/// Redis's categories of access control, in its order.
const CATEGORIES: [&str; 14] = [
    "keyspace",
    "read",
    "write",
    "set",
    "sortedset",
    "list",
    "admin",
    "fast",
    "slow",
    "blocking",
    "dangerous",
    "connection",
    "transaction",
    "scripting",
];

/// The categories of a command: its own and those that follow from its flags.
fn categories(spec: &CommandSpec) -> Vec<&'static str> {
    let flag = |name: &'static str| spec.flags.contains(&name);
    let belongs = |name: &'static str| match name {
        "read" => flag("readonly"),
        "write" | "blocking" | "fast" => flag(name),
        "admin" => flag(name) || spec.categories.contains(&name),
        "slow" => !flag("fast"),
        "dangerous" => flag("admin") || spec.categories.contains(&name),
        _ => spec.categories.contains(&name),
    };
    CATEGORIES.into_iter().filter(|name| belongs(name)).collect()
}

fn describe_keys(keys: &KeySpec) -> Reply {
    let mut fields = Vec::new();
    let number = |number| Reply::Integer(number);
    let (begin, find) = match keys.find {
        Find::Range { first, last } => (
            typed("index", vec![("index", number(first))]),
            typed(
                "range",
                vec![("lastkey", number(last)), ("keystep", number(1)), ("limit", number(0))],
            ),
        ),
        Find::Counted { numkeys } => (
            typed("index", vec![("index", number(numkeys))]),
            typed(
                "keynum",
                vec![("keynumidx", number(0)), ("firstkey", number(1)), ("keystep", number(1))],
            ),
        ),
        Find::Behind { note, .. } | Find::Unknown { note } => {
            fields.push((text("notes"), text(note)));
            (typed("unknown", Vec::new()), typed("unknown", Vec::new()))
        }
    };
    fields.push((text("flags"), words(keys.access)));
    fields.push((text("begin_search"), begin));
    fields.push((text("find_keys"), find));
    Reply::Map(fields)
}

fn typed(kind: &str, spec: Vec<(&str, Reply)>) -> Reply {
    let spec = spec.into_iter().map(|(name, value)| (text(name), value)).collect();
    Reply::Map(vec![(text("type"), text(kind)), (text("spec"), Reply::Map(spec))])
}
